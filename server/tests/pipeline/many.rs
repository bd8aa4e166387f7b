//! Alerts by the hundred cost as many statements as one does.

use std::{
    fmt,
    future::Future,
    sync::{Arc, Mutex},
};

use backend::db::Kind;
use domain::alerts::{Posted, SeenFrom};
use sqlx::AssertSqlSafe;
use tracing::field::{Field, Visit};
use tracing_subscriber::{Layer, layer::Context, prelude::*};

use super::*;
use crate::app::hear;

/// The statements that are asked on this thread.
#[derive(Clone, Default)]
struct Statements(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "backend::db::sql" && *event.metadata().level() == tracing::Level::TRACE {
            event.record(&mut self.clone());
        }
    }
}

impl Visit for Statements {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "text" {
            self.0.lock().unwrap().push(value.to_owned());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

/// The statements of an act, in their order. What it asks in tasks of its own is not among them.
async fn statements(act: impl Future<Output = ()>) -> Vec<String> {
    let asked = Statements::default();
    let _here = hear(tracing_subscriber::registry().with(asked.clone()));
    act.await;
    std::mem::take(&mut *asked.0.lock().unwrap())
}

/// How many statements an act takes.
pub async fn counted(act: impl Future<Output = ()>) -> usize {
    statements(act).await.len()
}

#[derive(sqlx::FromRow)]
struct Plan {
    detail: String,
}

/// Alerts of different groups, with a system or none, that last or are over.
fn posts(prefix: &str, count: usize, system: Option<&str>, ends_at: Option<domain::Timestamp>) -> Vec<Posted> {
    (0..count)
        .map(|n| {
            let mut labels = Labels::from([
                ("alertname".to_owned(), prefix.to_owned()),
                ("instance".to_owned(), n.to_string()),
                ("cluster".to_owned(), format!("{prefix}-c{}", n % 7)),
                ("severity".to_owned(), "warning".to_owned()),
            ]);
            labels.extend(system.map(|key| ("system".to_owned(), key.to_owned())));
            Posted { labels, ends_at, title: Some(format!("{prefix}-{n}")), ..Posted::default() }
        })
        .collect()
}

const FROM: SeenFrom = SeenFrom { kind: "alertmanager", team: None, system: None, tells_end: false };
const GROUPED: &str = "route:\n  receiver: duty\n  group_by: [cluster]\n  group_wait: 10s\n  group_interval: 30s\n  repeat_interval: 1h\nreceivers:\n  - name: duty\n    channels: [Duty]\n    team: true\n";

both! {
    async fn a_batch_takes_as_many_statements_as_one_alert(app: TestApp) {
        let (team, _) = app.team_with_system("gateway").await;
        app.line("Duty", true).await;
        app.line("pager", false).await;
        let admin = app.admin().await;
        let sender = app.user("sender", &[Permission::Read, Permission::IngestAlerts], Some(&team)).await;
        // Told one by one, then in groups.
        for (version, yaml) in ["", GROUPED].into_iter().enumerate() {
            if version > 0 {
                app.portal.routes.put(&admin, yaml, 0).await.unwrap();
                app.settle().await;
            }
            let post = async |prefix: String, count, ends| {
                let alerts = posts(&prefix, count, None, ends);
                counted(async { app.portal.alerts.post(&sender, &FROM, alerts).await.map(drop).unwrap() }).await
            };
            let over = Some(app.now());
            let (small, large) = (format!("small-{version}"), format!("large-{version}"));
            // Sixteen, so that of the seven groups more than one is joined, as of the hundreds.
            let few = [post(small.clone(), 16, None).await, post(small.clone(), 16, None).await, post(small, 16, over).await];
            let many = [post(large.clone(), 200, None).await, post(large.clone(), 200, None).await, post(large, 200, over).await];
            assert_eq!(few, many, "begun, repeated, ended");
            // One incident opens for all that are told one by one, seven where they are grouped by cluster.
            assert!(many.iter().all(|count| *count < if version == 0 { 60 } else { 400 }), "{many:?}");
        }
    }

    async fn a_group_of_hundreds_speaks_in_as_many_statements_as_one_of_few(app: TestApp) {
        let (team, _) = app.team_with_system("gateway").await;
        app.line("Duty", true).await;
        let admin = app.admin().await;
        let sender = app.user("sender", &[Permission::Read, Permission::IngestAlerts], Some(&team)).await;
        app.portal.routes.put(&admin, &GROUPED.replace("cluster", "severity"), 0).await.unwrap();
        let dispatcher = backend::alerts::Dispatcher::new(app.ctx.clone());
        let mut counts = Vec::new();
        // Before the first one nothing of the group waits to be sent.
        for count in [3, 3, 240] {
            app.portal.alerts.post(&sender, &FROM, posts("some", count, None, None)).await.unwrap();
            app.advance(30 * SECOND);
            let spoken = counted(async { backend::Engine::tick(&dispatcher, app.now()).await.map(drop).unwrap() }).await;
            app.portal.alerts.post(&sender, &FROM, posts("some", count, None, Some(app.now()))).await.unwrap();
            app.advance(30 * SECOND);
            let ended = counted(async { backend::Engine::tick(&dispatcher, app.now()).await.map(drop).unwrap() }).await;
            counts.push((spoken, ended));
        }
        assert_eq!(counts[1], counts[2], "beginning and end");
        let told = app.told().await;
        // A message tells of all of them, one by one.
        let named: Vec<usize> = told.iter().map(|told| told.matches("some-").count()).collect();
        assert_eq!(named, [3, 3, 3, 3, 240, 240], "{told:?}");
    }

    async fn of_a_batch_nothing_is_lost_and_nothing_told_twice(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        app.line("pager", false).await;
        let sender = app.user("sender", &[Permission::Read, Permission::IngestAlerts], Some(&team)).await;
        // The same one twice in a batch, two of a system, and one that ends before it was ever said.
        let mut batch = posts("a", 3, None, None);
        batch.extend(posts("a", 3, None, None));
        batch.extend(posts("s", 2, Some("gateway"), None));
        batch.extend(posts("never", 1, None, Some(app.now())));
        app.portal.alerts.post(&sender, &FROM, batch).await.unwrap();
        app.settle().await;
        let alerts = app.alerts().await;
        assert_eq!(alerts.len(), 5);
        assert!(alerts.iter().all(|alert| alert.state == State::Firing));
        assert_eq!(alerts.iter().filter(|alert| alert.system.as_ref() == Some(&system) && alert.incident.is_some()).count(), 2);
        assert_eq!(app.told().await.len(), 5);
        // One ends and begins again within a batch.
        let mut batch = posts("a", 1, None, Some(app.now()));
        batch.extend(posts("a", 1, None, None));
        app.advance(SECOND);
        app.portal.alerts.post(&sender, &FROM, batch).await.unwrap();
        app.settle().await;
        let runs: Vec<State> = app.alerts().await.into_iter().filter(|alert| alert.title == "a-0").map(|alert| alert.state).collect();
        assert_eq!(runs.len(), 2, "{runs:?}");
        assert_eq!(app.told().await.len(), 7, "its end, and its second beginning");
        for alert in app.alerts().await {
            let detail = app.portal.alerts.get(&Actor::engine("test"), &alert.id).await.unwrap();
            let states: Vec<State> = detail.history.iter().map(|event| event.to).collect();
            assert_eq!(states[..2], [State::Pending, State::Firing], "{}", alert.title);
            let kinds: Vec<_> = app.portal.routes.why(&Actor::engine("test"), &alert.id).await.unwrap().decisions.iter().map(|d| d.kind).collect();
            assert_eq!(kinds[..2], [DecisionKind::Routed, DecisionKind::Told], "{}", alert.title);
        }
    }

    async fn what_was_over_lately_is_found_by_its_index(app: TestApp) {
        if app.ctx.db.kind() == Kind::Postgres {
            return;
        }
        let (team, _) = app.team_with_system("gateway").await;
        let sender = app.user("sender", &[Permission::Read, Permission::IngestAlerts], Some(&team)).await;
        let post = async |ends| app.portal.alerts.post(&sender, &FROM, posts("a", 3, None, ends)).await.map(drop).unwrap();
        let over = Some(app.now());
        for ends in [None, over] {
            post(ends).await;
        }
        // Its end is said once more.
        let asked = statements(post(over)).await;
        let lately = asked.iter().find(|text| text.contains(" FROM alerts WHERE 1 = 1 AND resolved_at >= ")).expect("it is asked for");
        let plan = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {lately}"));
        let plan: Vec<Plan> = sqlx::query_as::<sqlx::Any, Plan>(plan).fetch_all(&mut *app.ctx.db.read().await.unwrap()).await.unwrap();
        let plan: String = plan.into_iter().map(|step| step.detail + "\n").collect();
        assert!(plan.contains("alerts_ended") && !plan.contains("SCAN alerts"), "{plan}");
    }

    /// Of two writes, one that locks them the other way round would wait for what the other holds, and the other for it.
    async fn where_some_end_and_others_begin_incidents_are_locked_before_groups(app: TestApp) {
        let (team, _) = app.team_with_system("gateway").await;
        app.line("Duty", true).await;
        let admin = app.admin().await;
        let sender = app.user("sender", &[Permission::Read, Permission::IngestAlerts], Some(&team)).await;
        app.portal.routes.put(&admin, GROUPED, 0).await.unwrap();
        let post = async |alerts| app.portal.alerts.post(&sender, &FROM, alerts).await.map(drop).unwrap();
        for prefix in ["a", "b"] {
            post(posts(prefix, 1, None, None)).await;
        }
        // Another one of the cluster of `b-0`, whose incident is open and whose group waits.
        let mut mixed = posts("a", 1, None, Some(app.now()));
        mixed.extend(posts("b", 8, None, None).pop());
        let asked = statements(post(mixed)).await;
        let incidents: Vec<usize> = (0..asked.len()).filter(|at| asked[*at].starts_with("UPDATE incidents ")).collect();
        let group = |text: &String| text.starts_with("UPDATE alert_groups ") || text.starts_with("INSERT INTO alert_groups ");
        let groups: Vec<usize> = (0..asked.len()).filter(|at| group(&asked[*at])).collect();
        assert!(incidents.last() < groups.first(), "{asked:#?}");
        // Those of both at once, in their order.
        let (first, group) = (&asked[incidents[0]], &asked[groups[0]]);
        assert!(first.contains("id IN ($1, $2) ORDER BY id") && group.contains("id IN ($1, $2) ORDER BY group_key"), "{first} {group}");
        assert_eq!(app.alerts().await.iter().filter(|alert| alert.state == State::Firing).count(), 2);
    }

    /// However they come together: those that end in two lots, and those that are there before those that are made.
    async fn groups_are_locked_in_one_order_before_any_is_told_of(app: TestApp) {
        let (team, _) = app.team_with_system("gateway").await;
        app.system("till", &team).await;
        app.line("Duty", true).await;
        let admin = app.admin().await;
        let sender = app.user("sender", &[Permission::Read, Permission::IngestAlerts], Some(&team)).await;
        app.portal.routes.put(&admin, GROUPED, 0).await.unwrap();
        let groups = async |from: &SeenFrom, alerts| {
            let asked = statements(async { app.portal.alerts.post(&sender, from, alerts).await.map(drop).unwrap() }).await;
            let group = |text: &String| text.starts_with("UPDATE alert_groups ") || text.starts_with("INSERT INTO alert_groups ");
            asked.into_iter().filter(group).collect::<Vec<_>>()
        };
        // The key of a way in of one team stays where its alert goes to another system: there it is over by itself.
        let keyed = SeenFrom { team: Some(team.clone()), ..FROM };
        let named = |system: &str, n: usize, ends_at| {
            let posted = posts("k", n + 1, Some(system), ends_at).remove(n);
            Posted { key: Some(format!("k{n}")), ..posted }
        };
        groups(&keyed, vec![named("gateway", 0, None), named("gateway", 1, None)]).await;
        let over = Some(app.now());
        let asked = groups(&keyed, vec![named("till", 0, over), named("gateway", 1, over)]).await;
        assert!(asked[0].contains("id IN ($1, $2) ORDER BY group_key"), "{asked:#?}");
        groups(&FROM, posts("z", 1, None, None)).await;
        let mut both = posts("b", 1, None, None);
        both.extend(posts("z", 8, None, None).pop());
        let asked = groups(&FROM, both).await;
        assert!(asked[0].contains("id IN ($1) ORDER BY group_key") && asked[1].starts_with("INSERT INTO alert_groups "), "{asked:#?}");
    }

    /// Else the second round would want incidents while the first one holds groups.
    async fn what_is_said_twice_in_one_request_is_written_in_two_transactions(app: TestApp) {
        let (team, _) = app.team_with_system("gateway").await;
        let sender = app.user("sender", &[Permission::Read, Permission::IngestAlerts], Some(&team)).await;
        let mut twice = posts("a", 2, None, None);
        twice.extend(posts("a", 1, None, Some(app.now())));
        app.portal.alerts.post(&sender, &FROM, twice).await.unwrap();
        assert_eq!(app.alerts().await.iter().filter(|alert| alert.state == State::Firing).count(), 1);
        let filter = domain::audit::AuditFilter::default();
        let rows = app.portal.audit.list(&Actor::engine("test"), &filter, &PageRequest::default()).await.unwrap().items;
        let rows: Vec<_> = rows.into_iter().filter(|row| row.act == "alert.post").map(|row| row.detail).collect();
        assert!(rows.len() == 2 && rows[1].contains("\"began\":2") && rows[0].contains("\"ended\":1"), "{rows:?}");
    }

    async fn what_is_said_over_and_over_in_one_request_is_said_once(app: TestApp) {
        let (team, _) = app.team_with_system("gateway").await;
        let sender = app.user("sender", &[Permission::Read, Permission::IngestAlerts], Some(&team)).await;
        let post = async |alerts| app.portal.alerts.post(&sender, &FROM, alerts).await.map(drop).unwrap();
        let times = |prefix: &str, count: usize| (0..count).flat_map(|_| posts(prefix, 1, None, None)).collect::<Vec<_>>();
        post(times("a", 1)).await;
        let once = statements(post(times("b", 1))).await;
        let often = statements(post(times("c", 5))).await;
        assert_eq!(often.len(), once.len(), "{often:#?}");
        // By turns it begins and ends as often as is said; the trail has it in two rows.
        let turns: Vec<Posted> = (0..10).flat_map(|n| posts("d", 1, None, (n % 2 == 1).then(|| app.now()))).collect();
        post(turns).await;
        let filter = domain::audit::AuditFilter::default();
        let rows = app.portal.audit.list(&Actor::engine("test"), &filter, &PageRequest::default()).await.unwrap().items;
        let rows: Vec<_> = rows.into_iter().filter(|row| row.act == "alert.post").map(|row| row.detail).collect();
        assert!(rows.len() == 5 && rows[0].contains("\"began\":4") && rows[0].contains("\"ended\":5"), "{rows:?}");
    }

    async fn who_posted_is_in_the_audit_where_something_began_or_ended(app: TestApp) {
        let (team, _) = app.team_with_system("gateway").await;
        let sender = app.user("sender", &[Permission::Read, Permission::IngestAlerts], Some(&team)).await;
        for ends in [None, None, None, Some(app.now())] {
            app.portal.alerts.post(&sender, &FROM, posts("a", 4, None, ends)).await.unwrap();
        }
        let filter = domain::audit::AuditFilter::default();
        let rows = app.portal.audit.list(&Actor::engine("test"), &filter, &PageRequest::default()).await.unwrap().items;
        let rows: Vec<_> = rows.into_iter().filter(|row| row.act == "alert.post").collect();
        assert_eq!(rows.len(), 2, "repetitions are no news");
        assert!(rows.iter().all(|row| row.actor_name == sender.name && row.object.team.as_ref() == Some(&team)));
        assert!(rows[1].detail.contains("\"began\":4") && rows[0].detail.contains("\"ended\":4"), "{rows:?}");
    }

    async fn groups_that_speak_often_have_everything_judged_once_a_second(app: TestApp) {
        let (team, _) = app.team_with_system("gateway").await;
        app.line("Duty", true).await;
        let admin = app.admin().await;
        let sender = app.user("sender", &[Permission::Read, Permission::IngestAlerts], Some(&team)).await;
        app.portal.routes.put(&admin, GROUPED, 0).await.unwrap();
        app.portal.alerts.post(&sender, &FROM, posts("a", 1, None, None)).await.unwrap();
        let dispatcher = backend::alerts::Dispatcher::new(app.ctx.clone());
        let tick = async || backend::Engine::tick(&dispatcher, app.now()).await.map(drop).unwrap();
        let quiet = async || !app.alerts().await[0].suppressed.is_empty();
        app.advance(10 * SECOND - 500);
        tick().await;
        let silence = typed(&[("matchers", "alertname=a"), ("team", team.as_str()), ("comment", "moving"), ("duration", "1h")]);
        app.portal.silences.create(&admin, &silence).await.unwrap();
        assert!(backend::Engine::next_due(&dispatcher, app.now()).await.is_some());
        app.advance(500);
        tick().await;
        assert_eq!((quiet().await, app.told().await.len()), (false, 0), "what the group says is judged, everything else has its turn");
        app.advance(500);
        tick().await;
        assert_eq!((quiet().await, app.told().await.len()), (true, 0));
    }

    async fn a_first_word_waits_for_none_of_hundreds_that_speak_again(app: TestApp) {
        let (team, _) = app.team_with_system("gateway").await;
        app.line("Duty", true).await;
        let admin = app.admin().await;
        let sender = app.user("sender", &[Permission::Read, Permission::IngestAlerts], Some(&team)).await;
        app.portal.routes.put(&admin, GROUPED, 0).await.unwrap();
        let spoken: Vec<String> = (0..600).map(|n| format!("spoken-{n}")).collect();
        let mut tx = app.ctx.begin_write().await.unwrap();
        backend::db::sql(
            "INSERT INTO alert_groups (id, group_key, receiver, place, labels, channels, tells_team, send_resolved, wait_ms, interval_ms, \
             repeat_ms, mute, active, standing, next_at, flushed_at, created_at) VALUES ",
        )
        .rows(&spoken, |r, id| {
            let r = r.bind(id).bind(id).bind("duty").bind("0").bind("{}").bind("[]").bind(0_i64).bind(1_i64).bind(0_i64).bind(0_i64);
            r.bind(0_i64).bind("[]").bind("[]").bind(0_i64).bind(app.now()).bind(app.now()).bind(app.now())
        })
        .run(&mut tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
        app.portal.alerts.post(&sender, &FROM, posts("a", 1, None, None)).await.unwrap();
        app.advance(10 * SECOND);
        assert!(app.told().await.is_empty());
        backend::Engine::tick(&backend::alerts::Dispatcher::new(app.ctx.clone()), app.now()).await.unwrap();
        assert_eq!(app.told().await.len(), 1);
    }

    async fn edited_routes_lead_thousands_in_pieces(app: TestApp) {
        let (team, _) = app.team_with_system("gateway").await;
        app.line("Duty", true).await;
        let admin = app.admin().await;
        let sender = app.user("sender", &[Permission::Read, Permission::IngestAlerts], Some(&team)).await;
        app.portal.routes.put(&admin, GROUPED, 0).await.unwrap();
        app.portal.alerts.post(&sender, &FROM, posts("a", 1_200, None, None)).await.unwrap();
        app.advance(10 * SECOND);
        app.settle().await;
        let told = app.told().await.len();
        let by_name = GROUPED.replace("[cluster]", "[cluster, severity]");
        let edit = counted(async { app.portal.routes.put(&admin, &by_name, 1).await.map(drop).unwrap() }).await;
        assert!(edit < 20, "{edit}: the edit itself leads nothing");
        app.settle().await;
        app.advance(MINUTE);
        app.settle().await;
        assert_eq!(app.told().await.len(), told, "everybody knows already");
        let mut groups = app.portal.routes.groups(&admin).await.unwrap();
        groups.retain(|group| group.alerts.iter().any(|alert| alert.source_kind != "channel"));
        assert_eq!((groups.len(), groups.iter().all(|group| !group.leaving && group.labels.contains_key("severity"))), (7, true));
    }
}
