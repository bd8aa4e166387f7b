//! Incidents: opened by alerts, reopened by relapses, moved by people, ended by facts.

mod after;
mod cut;
mod figures;
mod record;
mod suspects;
mod teams;
mod teamwork;
mod templates;

use backend::incidents;
use domain::{
    Actor, Fault, PageRequest, Permission,
    form::Typed,
    incidents::{EntryKind, Filter, Incident, IncidentDetail, RELAPSE_MS, Ref, State},
    time::{MINUTE, SECOND},
};

use crate::{alerts::signal, app::TestApp};

impl TestApp {
    pub(crate) async fn incidents(&self) -> Vec<Incident> {
        self.portal.incidents.list(&Actor::engine("test"), &Filter::default(), &PageRequest::default()).await.expect("incidents").items
    }

    pub async fn incident(&self, number: i64) -> IncidentDetail {
        self.portal.incidents.get(&Actor::engine("test"), &Ref::Number(number)).await.expect("an incident")
    }

    /// The source says it is well, and enough time passes to believe it.
    async fn recover(&self, system: &domain::id::SystemId, source: &str) {
        self.observe(&signal(system, source, Some(false))).await.expect("observed");
        self.advance(10 * SECOND);
        self.settle().await;
    }
}

fn kinds(detail: &IncidentDetail) -> Vec<EntryKind> {
    detail.timeline.iter().map(|entry| entry.kind).collect()
}

fn typed(fields: &[(&str, &str)]) -> Typed {
    Typed::from_pairs(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

both! {
    async fn an_alert_opens_one_and_its_end_resolves_it(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let operator = app.user("olga", &[Permission::Read, Permission::AcknowledgeAlerts], Some(&team)).await;
        let opened = app.now();
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        app.advance(MINUTE);
        let alert = app.alerts().await[0].clone();
        app.portal.alerts.acknowledge(&operator, &alert.id).await.unwrap();
        app.advance(MINUTE);
        app.recover(&system, "m1").await;
        let detail = app.incident(1).await;
        assert_eq!(kinds(&detail), [EntryKind::Opened, EntryKind::AlertFired, EntryKind::AlertAcknowledged, EntryKind::AlertResolved, EntryKind::Moved]);
        let incident = &detail.incident;
        assert_eq!(incident.state, State::Resolved);
        assert_eq!(incident.opened_at, opened);
        assert_eq!(incident.acknowledged_at, Some(opened.plus(MINUTE)));
        assert_eq!(incident.resolved_at, Some(app.now()));
        assert_eq!(incident.mitigated_at, Some(app.now()));
        assert_eq!(incident.systems[0].name, "gateway");
        assert_eq!(detail.alerts[0].id, alert.id);
        assert_eq!(alert.incident.as_ref(), Some(&incident.id));
    }

    async fn a_relapse_reopens_and_a_later_fault_opens_another(app: TestApp) {
        let (_, system) = app.team_with_system("gateway").await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        app.recover(&system, "m1").await;
        app.advance(RELAPSE_MS);
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        let detail = app.incident(1).await;
        assert_eq!((detail.incident.state, detail.incident.reopened, detail.incident.resolved_at), (State::Triage, 1, None));
        assert!(kinds(&detail).contains(&EntryKind::Reopened));
        assert_eq!(detail.alerts.len(), 2);
        app.advance(MINUTE);
        app.recover(&system, "m1").await;
        // Two outages: what lay between them counts for nothing.
        let relapsed = app.incident(1).await.incident;
        let spans: Vec<i64> = relapsed.outages.iter().map(|outage| outage.to.unwrap().since(outage.from)).collect();
        assert_eq!(spans, [10 * SECOND, MINUTE + 10 * SECOND]);
        assert_eq!(relapsed.duration(app.now().plus(MINUTE)), MINUTE + 20 * SECOND);
        assert_eq!((relapsed.outages[0].from, relapsed.outages[1].to), (relapsed.opened_at, relapsed.resolved_at));
        let admin = app.admin().await;
        app.get("/incidents/1").as_(&admin).send().await.is(200).has("in 2 outages").has("1 min 20 s");
        app.get("/incidents").as_(&admin).send().await.is(200).has("in 2 outages");
        let api = app.get("/api/v1/incidents/1").as_(&admin).send().await.is(200).json();
        assert_eq!(api["incident"]["outages"].as_array().unwrap().len(), 2);
        app.get("/incidents.csv").as_(&admin).send().await.is(200).has("Z/").has(",80,1,");
        app.advance(RELAPSE_MS + 1);
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        assert_eq!(app.incidents().await.len(), 2);
        let second = app.incident(2).await;
        assert_eq!(second.previous_number, Some(1));
        assert!(kinds(&second).contains(&EntryKind::Linked));
        assert_eq!(app.incident(1).await.incident.state, State::Resolved);
    }

    async fn many_alerts_at_once_of_many_sources_count_without_a_gap(app: TestApp) {
        let (_, system) = app.team_with_system("gateway").await;
        let app = std::sync::Arc::new(app);
        let mut tasks = Vec::new();
        for n in 0..20 {
            let (app, signal) = (app.clone(), signal(&system, &format!("m{}", n % 5), Some(true)));
            tasks.push(tokio::spawn(async move { app.observe(&signal).await }));
        }
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        let mut numbers: Vec<i64> = app.incidents().await.iter().map(|i| i.number).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, [1, 2, 3, 4, 5]);
    }

    async fn people_move_it_along_the_table_only(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let other = app.team("other").await;
        let lead = app.user("lena", &[Permission::Read, Permission::WorkIncidents], Some(&team)).await;
        let viewer = app.viewer("vera", &team).await;
        let stranger = app.user("otto", &[Permission::Read, Permission::WorkIncidents], Some(&other)).await;
        let port = &app.portal.incidents;
        let fields = typed(&[("title", "Cards are refused"), ("severity", "P2"), ("system", system.as_str()), ("impact", "Customers of **bank A**")]);
        assert_eq!(port.open(&viewer, &fields).await.unwrap_err(), Fault::Forbidden(Permission::WorkIncidents));
        assert_eq!(port.open(&stranger, &fields).await.unwrap_err().problems()[0].field, "system");
        let incident = port.open(&lead, &fields).await.unwrap();
        assert_eq!((incident.number, incident.state, incident.owner_name.as_str()), (1, State::Triage, "lena"));
        let id = &incident.id;
        assert_eq!(port.move_to(&viewer, id, State::Identified).await, Err(Fault::Forbidden(Permission::WorkIncidents)));
        assert_eq!(port.move_to(&stranger, id, State::Identified).await, Err(Fault::NotFound("incident")));
        assert!(matches!(port.move_to(&lead, id, State::Closed).await, Err(Fault::Conflict(w)) if w.key == "conflict-incident-move"));
        for state in [State::Investigating, State::Identified, State::Mitigated, State::Resolved] {
            app.advance(MINUTE);
            port.move_to(&lead, id, state).await.unwrap();
        }
        app.advance(MINUTE);
        port.write_review(&lead, id, &typed(&[("summary", "A wrong rule"), ("causes", "- nobody looked")])).await.unwrap();
        port.finish_review(&lead, id).await.unwrap();
        app.advance(MINUTE);
        port.move_to(&lead, id, State::Closed).await.unwrap();
        let now = app.now();
        let incident = app.incident(1).await.incident;
        assert_eq!(incident.mitigated_at, Some(now.plus(-3 * MINUTE)));
        assert_eq!(incident.resolved_at, Some(now.plus(-2 * MINUTE)));
        assert_eq!(port.comment(&lead, id, &typed(&[("text", " ")])).await.unwrap_err().problems()[0].field, "text");
        port.comment(&lead, id, &typed(&[("text", "*done*")])).await.unwrap();
        assert_eq!(app.incident(1).await.timeline.last().unwrap().text, "*done*");
    }

    async fn it_is_not_over_while_an_alert_fires(app: TestApp) {
        let (_, system) = app.team_with_system("gateway").await;
        let admin = app.admin().await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        let id = app.incidents().await[0].id.clone();
        let refused = app.portal.incidents.move_to(&admin, &id, State::Resolved).await;
        assert!(matches!(refused, Err(Fault::Conflict(w)) if w.key == "conflict-incident-alerts"));
        assert_eq!(app.incident(1).await.timeline.len(), 2, "a refused act leaves nothing behind");
        app.portal.incidents.lead(&admin, &id, &typed(&[("owner", "me")])).await.unwrap();
        app.portal.incidents.lead(&admin, &id, &typed(&[("owner", "me")])).await.unwrap();
        let detail = app.incident(1).await;
        assert_eq!(detail.incident.owner_name, "admin");
        assert_eq!(kinds(&detail).iter().filter(|k| **k == EntryKind::Owned).count(), 1);
    }

    async fn a_fact_on_a_system_reaches_its_open_incidents(app: TestApp) {
        let (_, system) = app.team_with_system("gateway").await;
        let (_, other) = app.team_with_system("ledger").await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        app.observe(&signal(&other, "m2", Some(true))).await.unwrap();
        let mut tx = app.ctx.begin_write().await.unwrap();
        incidents::note_open_on(&mut tx, &app.ctx, &[system], "chris", EntryKind::Change, "CHG-1 started", Some("/changes/1")).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(app.incident(1).await.timeline.last().unwrap().kind, EntryKind::Change);
        assert_eq!(app.incident(2).await.timeline.len(), 2);
    }

    async fn changes_before_it_are_suspects_and_one_click_says_so(app: TestApp) {
        let (team, gateway) = app.team_with_system("gateway").await;
        let ledger = app.system("ledger", &team).await;
        let far = app.system("printer", &team).await;
        app.needs(&gateway, &ledger).await;
        let admin = app.admin().await;
        let approver = app.user("anna", &[Permission::Read, Permission::ApproveChanges], None).await;
        for (title, system) in [("New routing", "gateway"), ("Vacuum", "ledger"), ("Toner", "printer")] {
            let fields = typed(&[
                ("title", title), ("systems", system), ("start", "2025-03-14T06:05"), ("end", "2025-03-14T09:00"), ("zone", "UTC"), ("plan", "go"),
                ("rollback", "back"), ("risk", "low"), ("risk_reason", "weekly"), ("submit", "on"),
            ]);
            let id = app.portal.changes.request(&admin, &fields).await.unwrap();
            let hash = serde_json::to_value(app.portal.changes.detail(&admin, id.as_str()).await.unwrap()).unwrap()["hash"].as_str().unwrap().to_owned();
            app.portal.changes.approve(&approver, &id, &typed(&[("hash", &hash)])).await.unwrap();
            app.portal.changes.schedule(&admin, &id).await.unwrap();
        }
        let _ = far;
        app.advance(10 * MINUTE);
        let all = app.portal.changes.list(&admin, &domain::changes::Filter::default(), &PageRequest::default()).await.unwrap().items;
        for change in &all {
            app.portal.changes.start(&admin, &change.id, &domain::form::Typed::default()).await.unwrap();
            app.portal.changes.finish(&admin, &change.id, &typed(&[("outcome", "success")])).await.unwrap();
        }
        app.advance(MINUTE);
        app.observe(&signal(&gateway, "m1", Some(true))).await.unwrap();
        let detail = app.incident(1).await;
        let names: Vec<_> = detail.suspects.iter().map(|s| (s.title.split_once(' ').unwrap().1, s.distance, s.before_ms)).collect();
        assert_eq!(names, [("New routing", 0, MINUTE), ("Vacuum", 1, MINUTE)]);
        let viewer = app.viewer("vera", &team).await;
        let page = app.get("/incidents/1").as_(&viewer).send().await;
        page.is(200).has("New routing").has("began 1 min before the incident, on gateway itself").lacks("Caused by this");
        let change = detail.suspects[0].id.clone();
        let act = format!("/incidents/1/suspects/change/{change}");
        app.post_form(&act, &[("verdict", "confirmed")]).as_(&viewer).send().await.is(403).has("incidents.work");
        app.post_form(&act, &[("verdict", "maybe")]).as_(&admin).send().await.is(422).has("maybe");
        for _ in 0..2 {
            app.post_form(&act, &[("verdict", "confirmed")]).as_(&admin).send().await.is(303);
        }
        let detail = app.incident(1).await;
        assert_eq!(kinds(&detail).iter().filter(|k| **k == EntryKind::CauseConfirmed).count(), 1, "saying it twice is saying it once");
        assert_eq!(detail.suspects[0].judged_by, "admin");
        let other_side = serde_json::to_string(&app.portal.changes.detail(&admin, &change).await.unwrap()).unwrap();
        assert!(other_side.contains("INC-1 m1 is down"), "{other_side}");
        let mut conn = app.ctx.db.read().await.unwrap();
        assert_eq!(incidents::caused_by(&mut conn, &domain::id::ChangeId::parse(&change).unwrap()).await.unwrap()[0].1, 1);
    }

    async fn the_forms_keep_what_was_typed_and_say_what_is_wrong(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let lead = app.user("lena", &[Permission::Read, Permission::WorkIncidents, Permission::Export], Some(&team)).await;
        let viewer = app.viewer("vera", &team).await;
        app.get("/incidents").as_(&viewer).send().await.is(200).has("All clear").lacks("/incidents/new");
        app.get("/incidents/new").as_(&viewer).send().await.is(403).has("incidents.work");
        app.get("/incidents/new").as_(&lead).send().await.is(200).has("gateway");
        let wrong = [("title", ""), ("severity", "P2"), ("system", system.as_str()), ("impact", "Nobody can <pay>")];
        app.post_form("/incidents", &wrong).as_(&lead).send().await.is(422).has("error-summary").has("Nobody can &lt;pay").has("Title");
        let right = [("title", "No payments"), ("severity", "P1"), ("system", system.as_str()), ("impact", "All **cards**")];
        assert_eq!(app.post_form("/incidents", &right).as_(&lead).send().await.is(303).location(), "/incidents/1");
        let id = app.incident(1).await.incident.id.to_string();
        for name in ["1", "INC-1", id.as_str()] {
            app.get(&format!("/incidents/{name}")).as_(&viewer).send().await.is(200).has("No payments").has("<strong>cards</strong>").lacks("/incidents/1/move");
        }
        let stranger = app.viewer("otto", &app.team("other").await).await;
        app.get("/incidents/1").as_(&stranger).send().await.is(404);
        app.post_form("/incidents/1/move", &[("state", "closed")]).as_(&lead).send().await.is(409).has("does not go from triage to closed");
        app.post_form("/incidents/1/move", &[("state", "closed")]).as_(&viewer).send().await.is(403).has("incidents.work");
        app.post_form("/incidents/1/comments", &[("text", "  ")]).as_(&lead).send().await.is(422).has("error-summary");
        app.post_form("/incidents/1/comments", &[("text", "**hm** <script>alert(1)</script>")]).as_(&lead).send().await.is(303);
        app.post_form("/incidents/1/edit", &[("title", "x"), ("severity", "P9"), ("impact", "kept words")]).as_(&lead).send().await.is(422).has("kept words").has("P9");
        app.post_form("/incidents/1/edit", &[("title", "No card payments"), ("severity", "P1"), ("impact", "")]).as_(&lead).send().await.is(303);
        app.post_form("/incidents/1/move", &[("state", "identified")]).as_(&lead).send().await.is(303);
        app.get("/incidents/1").as_(&lead).send().await.is(200).has("<strong>hm</strong>").lacks("<script>alert").has("set the state to identified");
        app.get("/incidents/1").as_(&lead).in_(domain::people::Locale::Zh).send().await.is(200).has("已定位");
        app.get("/incidents/1/print").as_(&viewer).send().await.is(200).has("INC-1").has("No card payments");
        app.get("/incidents.csv?open=on").as_(&lead).send().await.is(200).has("INC-1,No card payments,P1,identified,gateway,lena");
        app.get("/incidents?q=card").as_(&viewer).send().await.is(200).has("INC-1");
        app.get("/incidents?q=INC-2").as_(&viewer).send().await.is(200).has("No incident matches");
    }

    async fn the_api_works_an_incident(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let lead = app.user("lena", &[Permission::Read, Permission::WorkIncidents], Some(&team)).await;
        let body = serde_json::json!({ "title": "Slow", "severity": "P3", "system": [system], "impact": "slow" });
        let made = app.api("POST", "/api/v1/incidents", &body).as_(&lead).send().await;
        assert_eq!((made.is(201).json()["number"].as_i64(), made.json()["state"].as_str()), (Some(1), Some("triage")));
        assert_eq!(made.location(), format!("/api/v1/incidents/{}", made.json()["id"].as_str().unwrap()));
        app.api("POST", "/api/v1/incidents/1/move", &serde_json::json!({ "state": "mitigated" })).as_(&lead).send().await.is(204);
        app.api("POST", "/api/v1/incidents/1/move", &serde_json::json!({ "state": "closed" })).as_(&lead).send().await.is(409);
        app.api("POST", "/api/v1/incidents/1/comments", &serde_json::json!({ "text": "on it" })).as_(&lead).send().await.is(204);
        app.api("PUT", "/api/v1/incidents/1/owner", &serde_json::json!({ "owner": null })).as_(&lead).send().await.is(204);
        app.api("POST", "/api/v1/incidents", &serde_json::json!({ "titel": "x" })).as_(&lead).send().await.is(422).has("titel").has("severity");
        let detail = app.get("/api/v1/incidents/INC-1").as_(&lead).send().await.is(200).json();
        assert_eq!(detail["incident"]["state"], "mitigated");
        let kinds: Vec<_> = detail["timeline"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap().to_owned()).collect();
        assert_eq!(kinds, ["opened", "owned", "moved", "comment", "released"]);
    }

    async fn nobody_overwrites_unseen_what_another_wrote(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let lead = app.user("lena", &[Permission::Read, Permission::WorkIncidents], Some(&team)).await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        let edit = async |version: &str, title: &str, severity: &str| {
            app.post_form("/incidents/1/edit", &[("version", version), ("title", title), ("severity", severity), ("impact", "words")]).as_(&lead).send().await
        };
        app.get("/incidents/1").as_(&lead).send().await.is(200).has("name=\"version\" value=\"1\"");
        edit("1", "Cards are refused", "P1").await.is(303);
        let late = edit("1", "My own title", "P3").await;
        late.is(409).has("My own title").has("Cards are refused").has("edited the incident meanwhile").has("name=\"version\" value=\"2\"");
        assert_eq!(app.incident(1).await.incident.title, "Cards are refused");
        edit("2", "My own title", "P3").await.is(303);
        // An alert that makes it worse is not undone by a form that was filled before.
        app.observe(&signal(&system, "m1", Some(false))).await.unwrap();
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        let worse = domain::alerts::Signal { severity: domain::alerts::Severity::P1, ..signal(&system, "m1", Some(true)) };
        app.observe(&worse).await.unwrap();
        assert_eq!(app.incident(1).await.incident.severity, domain::alerts::Severity::P1, "an alert that fires already got worse");
        let late = edit("3", "My own title", "P3").await;
        late.is(409);
        let body = serde_json::json!({ "title": "By the API", "severity": "P2", "version": 1 });
        app.api("PUT", "/api/v1/incidents/1", &body).as_(&lead).send().await.is(409);
        let body = serde_json::json!({ "title": "By the API", "severity": "P2" });
        app.api("PUT", "/api/v1/incidents/1", &body).as_(&lead).send().await.is(204);
        edit("one", "x", "P1").await.is(422);
    }

    async fn the_lead_is_taken_from_whom_one_sees_and_given_to_who_can(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let worker = &[Permission::Read, Permission::WorkIncidents];
        let (lena, max) = (app.user("lena", worker, Some(&team)).await, app.user("max", worker, None).await);
        let viewer = app.viewer("vera", &team).await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        let id = |actor: &Actor| actor.user().unwrap().to_string();
        let lead = async |who: &Actor, owner: &str, was: &str| app.post_form("/incidents/1/owner", &[("owner", owner), ("was", was)]).as_(who).send().await;
        lead(&lena, "me", "").await.is(303);
        lead(&lena, "me", "").await.is(303);
        lead(&max, "me", "").await.is(409).has("lena leads the incident by now");
        assert_eq!(app.incident(1).await.incident.owner_name, "lena");
        lead(&max, "me", &id(&lena)).await.is(303);
        lead(&lena, "", &id(&lena)).await.is(409).has("max leads");
        lead(&lena, "", &id(&max)).await.is(303);
        lead(&lena, &id(&max), &id(&max)).await.is(409).has("Nobody leads");
        let given = app.api("PUT", "/api/v1/incidents/1/owner", &serde_json::json!({ "owner": id(&viewer) })).as_(&lena).send().await;
        given.is(422).has("may work incidents in this team");
        let stranger = app.user("otto", worker, Some(&app.team("other").await)).await;
        app.api("PUT", "/api/v1/incidents/1/owner", &serde_json::json!({ "owner": id(&stranger) })).as_(&lena).send().await.is(422);
        app.api("PUT", "/api/v1/incidents/1/owner", &serde_json::json!({ "owner": id(&max) })).as_(&lena).send().await.is(204);
        assert_eq!(app.incident(1).await.incident.owner_name, "max");
    }

    async fn the_head_of_its_page_is_live(app: TestApp) {
        let (_, system) = app.team_with_system("gateway").await;
        let admin = app.admin().await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        let page = app.get("/incidents/1").as_(&admin).send().await;
        let head = page.is(200).body.split("id=\"incident-head\"").nth(1).unwrap().split("id=\"incident-facts\"").next().unwrap();
        assert!(head.starts_with(" data-live=\"incidents\""), "{head}");
        assert!(head.contains("/incidents/1/move") && head.contains("triage") && head.contains("/incidents/1/owner"), "{head}");
    }
}
