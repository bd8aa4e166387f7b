//! Incidents of a team, where nobody knows which system it is: what others report, and what people open so.

use domain::{
    Actor, Fault, Permission,
    alerts::Signal,
    form::Typed,
    id::TeamId,
    incidents::{EntryKind, RELAPSE_MS, State},
    people::Locale,
    time::SECOND,
};
use serde_json::json;

use super::{kinds, typed};
use crate::{alerts::signal, app::TestApp};

/// What Prometheus says of one of many hosts, without naming a system.
fn host(team: &TeamId, name: &str, number: usize, holds: bool) -> Signal {
    let system = domain::id::SystemId::parse("00000000-0000-7000-8000-000000000001").expect("an id");
    let labels = [("alertname", name.to_owned()), ("instance", format!("host-{number}"))];
    Signal {
        source_kind: "alertmanager",
        system: None,
        team: Some(team.clone()),
        title: name.to_owned(),
        labels: labels.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        ..signal(&system, &format!("{team}:{name}-{number}"), Some(holds))
    }
}

/// Moves past the delay after which an end is believed.
async fn later(app: &TestApp) {
    app.advance(600 * SECOND);
    app.settle().await;
}

both! {
    async fn fifty_alerts_of_a_group_open_one_incident_that_pages_once(app: TestApp) {
        let team = app.team("payments").await;
        let lena = app.user("lena", &[Permission::Read, Permission::WorkIncidents, Permission::AcknowledgeAlerts], Some(&team)).await;
        let admin = app.admin().await;
        let steps = json!([{ "after_min": 0, "severities": ["P1"], "targets": [format!("user:{}", lena.user().unwrap())] }]);
        let policy = json!({ "team": team, "name": "Payments", "default": true, "repeat": 0, "again_min": 10, "steps": steps });
        app.api("POST", "/api/v1/oncall/policies", &policy).as_(&admin).send().await.is(201);
        for number in 0..50 {
            app.observe(&host(&team, "HostDown", number, true)).await.unwrap();
        }
        app.settle().await;
        let detail = app.incident(1).await;
        assert_eq!(app.incidents().await.len(), 1, "one for all of them");
        assert_eq!((detail.alerts.len(), detail.incident.systems.len(), &detail.incident.system), (50, 0, &None));
        assert_eq!((&detail.incident.team, detail.team_name.as_str()), (&team, "payments"));
        let record = app.get("/api/v1/incidents/1/escalations").as_(&lena).send().await.is(200).json();
        assert_eq!(record["runs"].as_array().unwrap().len(), 1, "the policy of the team pages: {record}");
        // Another condition is another incident, and so is the same one of another team.
        app.observe(&host(&team, "DiskFull", 1, true)).await.unwrap();
        let other = app.team("other").await;
        app.observe(&host(&other, "HostDown", 1, true)).await.unwrap();
        assert_eq!(app.incidents().await.len(), 3);
        app.observe(&host(&other, "HostDown", 1, false)).await.unwrap();
        app.observe(&host(&team, "DiskFull", 1, false)).await.unwrap();
        // All over but one: it lasts. Then it is over, and a relapse opens it again.
        for number in 0..49 {
            app.observe(&host(&team, "HostDown", number, false)).await.unwrap();
        }
        later(&app).await;
        assert!(app.incident(1).await.incident.state.is_open());
        app.observe(&host(&team, "HostDown", 49, false)).await.unwrap();
        later(&app).await;
        assert_eq!(app.incident(1).await.incident.state, State::Resolved);
        app.observe(&host(&team, "HostDown", 7, true)).await.unwrap();
        let again = app.incident(1).await;
        assert_eq!((again.incident.state, again.incident.reopened), (State::Triage, 1));
        assert!(kinds(&again).contains(&EntryKind::Reopened));
        app.observe(&host(&team, "HostDown", 7, false)).await.unwrap();
        later(&app).await;
        app.advance(RELAPSE_MS + SECOND);
        app.observe(&host(&team, "HostDown", 7, true)).await.unwrap();
        let fresh = app.incidents().await.remove(0);
        assert_eq!(app.incident(fresh.number).await.previous_number, Some(1));
    }

    async fn the_group_that_routes_make_is_the_incident_and_new_routes_leave_it_whole(app: TestApp) {
        let team = app.team("payments").await;
        let admin = app.admin().await;
        let yaml = |by: &str| format!("route:\n  receiver: duty\n  group_by: [{by}]\nreceivers:\n  - name: duty\n    team: true\n");
        app.portal.routes.put(&admin, &yaml("instance"), 0).await.unwrap();
        for (name, number) in [("HostDown", 1), ("DiskFull", 1), ("HostDown", 2)] {
            app.observe(&host(&team, name, number, true)).await.unwrap();
        }
        assert_eq!(app.incidents().await.len(), 2, "one for each host");
        assert_eq!(app.incident(1).await.alerts.len(), 2);
        app.portal.routes.put(&admin, &yaml("alertname"), 1).await.unwrap();
        assert_eq!((app.incidents().await.len(), app.incident(1).await.alerts.len()), (2, 2), "what runs stays where it is");
        // What begins anew follows them.
        app.observe(&host(&team, "DiskFull", 1, false)).await.unwrap();
        app.observe(&host(&team, "DiskFull", 1, true)).await.unwrap();
        app.observe(&host(&team, "DiskFull", 2, true)).await.unwrap();
        assert_eq!((app.incidents().await.len(), app.incident(3).await.alerts.len()), (3, 2));
    }

    async fn its_pages_figures_and_filters_say_that_no_system_is_known(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let lena = app.user("lena", &[Permission::Read, Permission::WorkIncidents, Permission::Export], Some(&team)).await;
        let otto = app.user("otto", &[Permission::Read, Permission::WorkIncidents], Some(&app.team("other").await)).await;
        app.observe(&host(&team, "HostDown", 1, true)).await.unwrap();
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        app.get("/incidents/1").as_(&lena).send().await.is(200).has("no particular system").has("HostDown");
        app.get("/incidents/1").as_(&otto).send().await.is(404);
        app.get("/incidents/1/print").as_(&lena).send().await.is(200).has("no particular system");
        app.get("/incidents").as_(&lena).send().await.is(200).has("HostDown").has("m1 is down");
        app.get("/incidents?system=none").as_(&lena).send().await.is(200).has("HostDown").lacks("m1 is down");
        app.get(&format!("/incidents?team={team}")).as_(&lena).send().await.is(200).has("HostDown");
        let both = app.get(&format!("/api/v1/incidents?system=none&system={system}")).as_(&lena).send().await.is(200).json();
        assert_eq!(both["items"].as_array().unwrap().len(), 2);
        assert_eq!(both["items"][1]["system"], json!(null));
        app.get("/incidents.csv").as_(&lena).send().await.is(200).has("INC-1");
        app.advance(SECOND);
        app.get("/incidents/figures").as_(&lena).send().await.is(200).has("no particular system");
        app.get("/api/v1/search?q=HostDown").as_(&lena).send().await.is(200).has("INC-1");
        app.get("/api/v1/search?q=HostDown").as_(&otto).send().await.is(200).lacks("INC-1");
        app.get("/incidents/1").as_(&lena).in_(Locale::Zh).send().await.is(200).has("未指明系统");
        // Which system it was is found out later; each can be taken away again.
        for field in ["add_system", "remove_system"] {
            app.post_form("/incidents/1/systems", &[(field, system.as_str())]).as_(&lena).send().await.is(303);
        }
        assert!(app.incident(1).await.incident.systems.is_empty());
    }

    async fn people_open_one_of_a_team(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let other = app.team("other").await;
        let lena = app.user("lena", &[Permission::Read, Permission::WorkIncidents], Some(&team)).await;
        let open = |fields: &[(&str, &str)]| {
            let mut typed: Typed = typed(fields);
            typed.set("title", "Power is out");
            typed.set("severity", "P2");
            typed
        };
        let made = app.portal.incidents.open(&lena, &open(&[("team", team.as_str())])).await.unwrap();
        assert_eq!((made.systems.len(), &made.team), (0, &team));
        let fault = app.portal.incidents.open(&lena, &open(&[])).await.unwrap_err();
        assert_eq!(fault.problems()[0].field, "system");
        let fault = app.portal.incidents.open(&lena, &open(&[("team", other.as_str())])).await.unwrap_err();
        assert_eq!(fault.problems()[0].field, "team", "another team's is none");
        let fault = app.portal.incidents.open(&Actor::engine("test"), &open(&[("team", other.as_str()), ("system", system.as_str())])).await;
        assert_eq!(fault.unwrap_err().problems()[0].field, "team", "the system belongs to somebody else");
        let vera = app.viewer("vera", &team).await;
        let refused = app.portal.incidents.open(&vera, &open(&[("team", team.as_str())])).await;
        assert_eq!(refused.unwrap_err(), Fault::Forbidden(Permission::WorkIncidents));
        app.get("/incidents/new").as_(&lena).send().await.is(200).has("name=\"team\"");
        let page = app.post_form("/incidents", &[("title", "Power"), ("severity", "P2")]).as_(&lena).send().await;
        page.is(422).has("or a team where no system is known").has("Power");
    }
}
