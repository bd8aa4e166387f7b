//! Incidents: opened by alerts, reopened by relapses, moved by people, ended by facts.

use backend::incidents;
use domain::{
    Actor, Fault, PageRequest, Permission,
    form::Typed,
    incidents::{EntryKind, Filter, Incident, IncidentDetail, RELAPSE_MS, Ref, State},
    time::{MINUTE, SECOND},
};

use crate::{alerts::signal, app::TestApp};

impl TestApp {
    async fn incidents(&self) -> Vec<Incident> {
        self.portal.incidents.list(&Actor::engine("test"), &Filter::default(), &PageRequest::default()).await.expect("incidents").items
    }

    async fn incident(&self, number: i64) -> IncidentDetail {
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
        app.recover(&system, "m1").await;
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
        for state in [State::Investigating, State::Identified, State::Mitigated, State::Resolved, State::Reviewed, State::Closed] {
            app.advance(MINUTE);
            port.move_to(&lead, id, state).await.unwrap();
        }
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
        app.portal.incidents.take(&admin, &id).await.unwrap();
        app.portal.incidents.take(&admin, &id).await.unwrap();
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
}
