//! From an alert to those who are told: silences, routes, groups, what keeps what quiet, and why.

use domain::{
    Actor, Fault, PageRequest, Permission,
    alerts::{Cause, DecisionKind, Labels, Severity, Signal, State},
    deliveries::Filter,
    form::Typed,
    id::SystemId,
    time::{HOUR, MINUTE, SECOND},
};
use serde_json::{Value, json};

use crate::{alerts::signal, app::TestApp};

mod acceptance;
mod apart;
mod bench;
mod cut;
mod down;
mod faults;
mod importing;
mod inbound;
mod large;
mod long;
pub mod many;
mod nobody;
mod owed;
mod pages;
mod posted;
mod prometheus;
mod settling;
mod stuck;
mod then;
mod worse;

fn typed(fields: &[(&str, &str)]) -> Typed {
    Typed::from_pairs(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

impl TestApp {
    /// A channel of all teams that hears alerts by itself, or (`chosen`) only what routes tell it.
    async fn line(&self, name: &str, chosen: bool) {
        let mut fields = vec![("name", name), ("url", "http://127.0.0.1:9/hook"), ("team", "*"), ("enabled", "on")];
        fields.extend(if chosen {
            vec![("events", "change.pending")]
        } else {
            vec![("events", "alert.firing"), ("events", "alert.resolved")]
        });
        self.portal.deliveries.create_channel(&Actor::engine("test"), &typed(&fields)).await.expect("a channel");
    }

    /// What was told, the oldest first: event, channel, and the titles that the message names.
    async fn told(&self) -> Vec<String> {
        let engine = Actor::engine("test");
        let filter = Filter::default();
        let rows = self.portal.deliveries.list(&engine, &filter, &PageRequest { after: None, limit: 500 }).await.expect("the ledger").items;
        let mut told = Vec::new();
        for row in rows.into_iter().rev().filter(|row| row.event.name().starts_with("alert.")) {
            let (_, body) = self.portal.deliveries.get(&engine, &row.id).await.expect("a delivery");
            let body: Value = serde_json::from_str(&body).expect("JSON");
            let mut names: Vec<String> = match body["data"]["alerts"].as_array() {
                Some(alerts) => alerts
                    .iter()
                    .map(|a| format!("{}:{}", a["title"].as_str().unwrap_or("?"), a["status"].as_str().unwrap_or("?")))
                    .collect(),
                None => vec![body["data"]["alert"]["title"].as_str().unwrap_or("?").to_owned()],
            };
            names.sort();
            told.push(format!("{} {} {}", row.event, row.channel_name, names.join(" ")));
        }
        told
    }

    async fn fires(&self, system: &SystemId, source: &str, holds: bool) {
        self.observe(&named(system, source, &[], holds)).await.expect("observed");
    }
}

/// A signal whose title is its source.
fn named(system: &SystemId, source: &str, labels: &[(&str, &str)], holds: bool) -> Signal {
    Signal {
        title: source.to_owned(),
        labels: labels.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect::<Labels>(),
        ..signal(system, source, Some(holds))
    }
}

both! {
    async fn a_silence_keeps_quiet_and_every_firing_that_was_told_ends_once(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        app.line("pager", false).await;
        let admin = app.admin().await;
        let silence = typed(&[("matchers", "system=gateway"), ("team", team.as_str()), ("comment", "moving"), ("duration", "1h")]);
        let made = app.portal.silences.create(&admin, &silence).await.unwrap();
        app.fires(&system, "quiet", true).await;
        app.settle().await;
        let alert = app.alerts().await.remove(0);
        assert_eq!((alert.state, alert.suppressed[0].cause, alert.suppressed[0].name.as_str()), (State::Firing, Cause::Silence, "moving"));
        assert_eq!((alert.incident, app.told().await), (None, Vec::<String>::new()), "no incident and no word");
        for (told, count) in [("yes", 1), ("no", 0), ("", 1)] {
            let listed = app.get(&format!("/api/v1/alerts?suppressed={told}")).as_(&admin).send().await.is(200).json();
            assert_eq!(listed["items"].as_array().map(Vec::len), Some(count), "{told}");
        }
        // It ends while it is silenced: nobody was told, nobody hears the end.
        app.fires(&system, "quiet", false).await;
        app.advance(10 * SECOND);
        app.settle().await;
        assert!(app.told().await.is_empty());
        // Another one outlasts the silence.
        app.fires(&system, "lasts", true).await;
        app.settle().await;
        app.portal.silences.expire(&admin, &made.id).await.unwrap();
        app.settle().await;
        assert_eq!(app.told().await, ["alert.firing pager lasts"]);
        let alert = app.alerts().await.into_iter().find(|alert| alert.title == "lasts").unwrap();
        assert!(alert.suppressed.is_empty() && alert.incident.is_some(), "it is told, and opens its incident");
        // Silenced again, it ends: the end is owed.
        app.portal.silences.create(&admin, &silence).await.unwrap();
        app.settle().await;
        app.fires(&system, "lasts", false).await;
        app.advance(10 * SECOND);
        app.settle().await;
        app.settle().await;
        assert_eq!(app.told().await, ["alert.firing pager lasts", "alert.resolved pager lasts"]);
        let why = app.portal.routes.why(&admin, &alert.id).await.unwrap();
        let kinds: Vec<_> = why.decisions.iter().map(|decision| decision.kind).collect();
        use DecisionKind::*;
        assert_eq!(kinds, [Suppressed, Routed, Released, Told, Suppressed, Told]);
        assert_eq!((why.receipts.len(), why.groups.len()), (2, 0));
    }

    async fn a_relapse_after_a_silence_that_ended_meanwhile_is_heard(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let admin = app.admin().await;
        let silence = typed(&[("matchers", "system=gateway"), ("team", team.as_str()), ("comment", "moving"), ("duration", "1h")]);
        let made = app.portal.silences.create(&admin, &silence).await.unwrap();
        app.fires(&system, "shaky", true).await;
        app.settle().await;
        app.fires(&system, "shaky", false).await;
        app.settle().await;
        assert_eq!(app.alerts().await[0].state, State::Recovering);
        app.portal.silences.expire(&admin, &made.id).await.unwrap();
        app.settle().await;
        app.fires(&system, "shaky", true).await;
        app.settle().await;
        let alert = app.alerts().await.remove(0);
        assert_eq!((alert.state, alert.suppressed.len()), (State::Firing, 0));
        assert!(alert.incident.is_some(), "nobody would be paged");
    }

    async fn silences_belong_to_teams(app: TestApp) {
        let (team, _) = app.team_with_system("gateway").await;
        let other = app.team("other").await;
        let olga = app.user("olga", &[Permission::Read, Permission::SilenceAlerts], Some(&team)).await;
        let vera = app.viewer("vera", &team).await;
        let otto = app.user("otto", &[Permission::Read, Permission::SilenceAlerts], Some(&other)).await;
        let silences = &app.portal.silences;
        let fields = |team: &str| typed(&[("matchers", "a=b"), ("team", team), ("comment", "x"), ("duration", "1h")]);
        assert_eq!(silences.create(&vera, &fields(team.as_str())).await.unwrap_err(), Fault::Forbidden(Permission::SilenceAlerts));
        assert_eq!(silences.create(&olga, &fields("*")).await.unwrap_err(), Fault::Forbidden(Permission::SilenceAlerts));
        assert_eq!(silences.create(&olga, &fields(other.as_str())).await.unwrap_err().problems()[0].field, "team");
        let made = silences.create(&olga, &fields(team.as_str())).await.unwrap();
        assert_eq!(silences.get(&otto, &made.id).await.unwrap_err(), Fault::NotFound("silence"));
        assert_eq!(silences.expire(&otto, &made.id).await.unwrap_err(), Fault::NotFound("silence"));
        assert_eq!(silences.expire(&vera, &made.id).await.unwrap_err(), Fault::Forbidden(Permission::SilenceAlerts));
        silences.expire(&olga, &made.id).await.unwrap();
        assert_eq!(silences.expire(&olga, &made.id).await.unwrap_err(), Fault::conflict("conflict-silence-expired"));
        let edit = silences.edit(&olga, &made.id, &fields(team.as_str())).await;
        assert_eq!(edit.unwrap_err(), Fault::conflict("conflict-silence-expired"));
    }

    async fn what_recurs_is_quiet_at_its_times_only(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        app.line("pager", false).await;
        let admin = app.admin().await;
        // 2025-03-14T06:00Z is 14:00 in Shanghai.
        let weekly = typed(&[
            ("matchers", "system=gateway"), ("team", team.as_str()), ("comment", "every Friday"), ("start", "2025-03-14T15:00"),
            ("zone", "Asia/Shanghai"), ("rrule", "FREQ=WEEKLY;BYDAY=FR"), ("minutes", "60"),
        ]);
        app.portal.silences.create(&admin, &weekly).await.unwrap();
        app.fires(&system, "a", true).await;
        app.settle().await;
        assert_eq!(app.told().await, ["alert.firing pager a"], "it has not begun");
        app.advance(HOUR);
        app.fires(&system, "b", true).await;
        app.settle().await;
        assert_eq!(app.told().await.len(), 1, "now it holds");
        app.advance(HOUR);
        app.settle().await;
        assert_eq!(app.told().await.len(), 2, "and now it does not");
        app.advance(7 * 24 * HOUR - HOUR);
        app.settle().await;
        let mut alerts = app.alerts().await;
        alerts.retain(|alert| alert.source_kind != "channel");
        assert!(alerts.iter().all(|alert| alert.suppressed.len() == 1), "a week later it holds again: {alerts:#?}");
    }

    async fn what_a_system_needs_is_down(app: TestApp) {
        let (_, gateway) = app.team_with_system("gateway").await;
        app.line("pager", false).await;
        let mut hosts = Vec::new();
        for n in 0..30 {
            let (_, host) = app.team_with_system(&format!("host-{n}")).await;
            app.needs(&host, &gateway).await;
            hosts.push(host);
        }
        app.fires(&gateway, "gateway", true).await;
        for (n, host) in hosts.iter().enumerate() {
            app.fires(host, &format!("h{n}"), true).await;
        }
        app.settle().await;
        assert_eq!(app.told().await, ["alert.firing pager gateway"], "thirty hosts behind one gateway make one page");
        let incidents = app.portal.incidents.list(&Actor::engine("test"), &Default::default(), &PageRequest::default()).await.unwrap();
        assert_eq!(incidents.items.len(), 1);
        app.fires(&hosts[0], "h0", false).await;
        app.fires(&gateway, "gateway", false).await;
        app.advance(10 * SECOND);
        app.settle().await;
        app.settle().await;
        // What outlasts it is told.
        let told = app.told().await;
        assert_eq!((told.len(), told.iter().filter(|told| told.starts_with("alert.firing pager h")).count()), (31, 29), "{told:?}");
    }

    async fn what_comes_and_goes_is_damped(app: TestApp) {
        let (_, system) = app.team_with_system("gateway").await;
        app.line("pager", false).await;
        for _ in 0..8 {
            app.fires(&system, "flaps", true).await;
            app.settle().await;
            app.advance(10 * SECOND);
            app.fires(&system, "flaps", false).await;
            app.advance(10 * SECOND);
            app.settle().await;
        }
        assert_eq!(app.told().await.len(), 8, "four times it fired and ended, then it was quiet");
        app.fires(&system, "flaps", true).await;
        app.settle().await;
        assert_eq!(app.told().await.len(), 8);
        app.advance(15 * MINUTE);
        app.settle().await;
        assert_eq!(app.told().await.len(), 9, "it stays: that is news");
    }

    async fn groups_wait_and_speak_together(app: TestApp) {
        let (_, system) = app.team_with_system("gateway").await;
        app.line("Duty", true).await;
        let admin = app.admin().await;
        let yaml = "route:\n  receiver: duty\n  group_by: [system]\n  group_wait: 30s\n  group_interval: 5m\n  repeat_interval: 1h\nreceivers:\n  - name: duty\n    channels: [Duty]\n";
        app.portal.routes.put(&admin, yaml, 0).await.unwrap();
        app.fires(&system, "a", true).await;
        app.fires(&system, "b", true).await;
        app.settle().await;
        assert!(app.told().await.is_empty(), "the group waits");
        app.advance(30 * SECOND);
        app.settle().await;
        assert_eq!(app.told().await, ["alert.firing Duty a:firing b:firing"]);
        app.fires(&system, "c", true).await;
        app.fires(&system, "a", false).await;
        app.advance(10 * SECOND);
        app.settle().await;
        assert_eq!(app.told().await.len(), 1, "not before its interval is over");
        app.advance(5 * MINUTE);
        app.settle().await;
        assert_eq!(app.told().await[1], "alert.firing Duty a:resolved b:firing c:firing");
        // Another process takes over: what is known stands in the database.
        let dispatcher = backend::alerts::Dispatcher::new(app.ctx.clone());
        for _ in 0..11 {
            app.advance(5 * MINUTE);
            backend::Engine::tick(&dispatcher, app.now()).await.unwrap();
        }
        assert_eq!(app.told().await.len(), 2, "nothing is new, and the hour is not over");
        app.advance(5 * MINUTE + SECOND);
        app.settle().await;
        assert_eq!(app.told().await[2], "alert.firing Duty b:firing c:firing", "again after an hour");
        // The group is inhibited, the file is edited, the receiver is taken away: the end is told all the same, once.
        let other = "route:\n  receiver: none\nreceivers:\n  - name: none\n";
        app.portal.routes.put(&admin, other, 1).await.unwrap();
        app.fires(&system, "b", false).await;
        app.fires(&system, "c", false).await;
        app.advance(10 * SECOND);
        app.settle().await;
        app.advance(10 * MINUTE);
        app.settle().await;
        let told = app.told().await;
        let ends = |name: &str| told.iter().filter(|told| told.contains(&format!("{name}:resolved"))).count();
        assert_eq!((ends("a"), ends("b"), ends("c")), (1, 1, 1), "{told:?}");
        let mut left = app.portal.routes.groups(&admin).await.unwrap();
        // That nobody listens at the other end is an alert of its own, which goes on.
        left.retain(|group| group.alerts.iter().any(|alert| alert.source_kind != "channel"));
        assert!(left.is_empty(), "{left:#?}");
        let stale = app.portal.routes.put(&admin, yaml, 1).await.unwrap_err();
        assert_eq!(stale, Fault::conflict("conflict-routing-edited"));
    }

    async fn an_edit_of_the_routes_tells_nobody_twice(app: TestApp) {
        let (_, system) = app.team_with_system("gateway").await;
        app.line("Duty", true).await;
        app.line("Late", true).await;
        let admin = app.admin().await;
        let yaml = |by: &str, more: &str| format!("route:\n  receiver: duty\n  group_by: [{by}]\n  group_wait: 0s\n  group_interval: 1m\n{more}receivers:\n  - name: duty\n    channels: [Duty]\n  - name: late\n    channels: [Late]\n");
        app.portal.routes.put(&admin, &yaml("system", ""), 0).await.unwrap();
        app.fires(&system, "a", true).await;
        app.settle().await;
        assert_eq!(app.told().await, ["alert.firing Duty a:firing"]);
        app.portal.routes.put(&admin, &yaml("alertname, severity", "  routes:\n    - matchers: [severity=\"critical\"]\n      receiver: late\n      continue: true\n    - receiver: duty\n"), 1).await.unwrap();
        app.settle().await;
        app.advance(MINUTE);
        app.settle().await;
        let mut told = app.told().await;
        told.sort();
        assert_eq!(told, ["alert.firing Duty a:firing", "alert.firing Late a:firing"], "Duty knows already");
        app.fires(&system, "a", false).await;
        app.advance(2 * MINUTE);
        app.settle().await;
        let mut told = app.told().await;
        told.sort();
        assert_eq!(told[2..], ["alert.resolved Duty a:resolved", "alert.resolved Late a:resolved"]);
    }

    async fn inhibition_and_mute_times(app: TestApp) {
        let (_, system) = app.team_with_system("gateway").await;
        app.line("Duty", true).await;
        let admin = app.admin().await;
        // The clock stands at a Friday, 06:00 UTC.
        let yaml = "route:\n  receiver: duty\n  group_by: ['...']\n  group_wait: 0s\n  group_interval: 1m\n  routes:\n    - matchers: [kind=batch]\n      receiver: duty\n      mute_time_intervals: [mornings]\nreceivers:\n  - name: duty\n    channels: [Duty]\ntime_intervals:\n  - name: mornings\n    time_intervals:\n      - times: [{start_time: '05:00', end_time: '07:00'}]\ninhibit_rules:\n  - source_matchers: [kind=core]\n    target_matchers: [kind=edge]\n    equal: [system]\n";
        app.portal.routes.put(&admin, yaml, 0).await.unwrap();
        for kind in ["core", "edge", "batch"] {
            app.observe(&named(&system, kind, &[("kind", kind)], true)).await.unwrap();
        }
        app.settle().await;
        assert_eq!(app.told().await, ["alert.firing Duty core:firing"]);
        let of = async |title: &str| app.alerts().await.into_iter().find(|alert| alert.title == title).unwrap();
        assert_eq!(of("edge").await.suppressed[0].cause, Cause::Inhibition);
        app.observe(&named(&system, "core", &[("kind", "core")], false)).await.unwrap();
        app.advance(MINUTE);
        app.settle().await;
        app.advance(MINUTE);
        app.settle().await;
        let mut told = app.told().await.split_off(1);
        told.sort();
        assert_eq!(told, ["alert.firing Duty edge:firing", "alert.resolved Duty core:resolved"]);
        app.advance(HOUR);
        app.settle().await;
        assert_eq!(app.told().await.last().map(String::as_str), Some("alert.firing Duty batch:firing"), "the morning is over");
        let why = app.portal.routes.why(&admin, &of("batch").await.id).await.unwrap();
        assert!(why.decisions.iter().any(|d| d.kind == DecisionKind::Held && d.data["interval"] == "mornings"));
    }

    async fn an_alertmanager_file_is_carried_over(app: TestApp) {
        let admin = app.admin().await;
        let olga = app.user("olga", &[Permission::Read, Permission::RouteAlerts], None).await;
        let yaml = "global:\n  smtp_from: x@y\nroute:\n  receiver: hooks\nreceivers:\n  - name: hooks\n    webhook_configs:\n      - url: http://127.0.0.1:9/a\n    slack_configs:\n      - api_url: http://127.0.0.1:9/b\n";
        let routes = &app.portal.routes;
        assert_eq!(routes.import(&olga, yaml, true).await.unwrap_err(), Fault::Forbidden(Permission::ManageChannels));
        assert_eq!(routes.import(&admin, yaml, true).await.unwrap().left.len(), 1);
        assert_eq!((routes.current(&admin).await.unwrap().version, app.portal.deliveries.channels(&admin).await.unwrap().len()), (0, 0));
        for version in [1, 2] {
            routes.import(&admin, yaml, false).await.unwrap();
            assert_eq!((routes.current(&admin).await.unwrap().version, app.portal.deliveries.channels(&admin).await.unwrap().len()), (version, 2));
        }
        assert!(routes.import(&admin, "route: {}", true).await.is_err());
    }

    async fn a_severity_that_rises_is_seen_in_the_labels(app: TestApp) {
        let (_, system) = app.team_with_system("gateway").await;
        app.observe(&Signal { severity: Severity::P3, ..named(&system, "m", &[], true) }).await.unwrap();
        app.observe(&Signal { severity: Severity::P1, ..named(&system, "m", &[], true) }).await.unwrap();
        assert_eq!(app.alerts().await[0].labels["severity"], "critical");
    }
}
