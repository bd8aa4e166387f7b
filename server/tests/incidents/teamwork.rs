//! Working on an incident together: roles, tasks, runbook, merging, links, the rules of the house.

use domain::{
    Fault, Permission,
    incidents::{EntryKind, State},
    time::{HOUR, MINUTE},
};

use super::{kinds, typed};
use crate::alerts::signal;

const WORKER: &[Permission] = &[Permission::Read, Permission::WorkIncidents];

both! {
    async fn people_hold_roles_and_the_commander_leads(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let (lena, max) = (app.user("lena", WORKER, Some(&team)).await, app.user("max", WORKER, Some(&team)).await);
        let viewer = app.viewer("vera", &team).await;
        let stranger = app.user("otto", WORKER, Some(&app.team("other").await)).await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        let id = app.incident(1).await.incident.id;
        let of = |actor: &domain::Actor| actor.user().unwrap().to_string();
        let give = async |who: &domain::Actor, user: String, role: &str| {
            app.portal.incidents.add_responder(who, &id, &typed(&[("user", &user), ("role", role)])).await
        };
        assert_eq!(give(&viewer, of(&max), "scribe").await, Err(Fault::Forbidden(Permission::WorkIncidents)));
        assert_eq!(give(&stranger, of(&max), "scribe").await, Err(Fault::NotFound("incident")));
        assert_eq!(give(&lena, of(&viewer), "scribe").await.unwrap_err().problems()[0].field, "user");
        assert_eq!(give(&lena, of(&max), "pilot").await.unwrap_err().problems()[0].field, "role");
        give(&lena, of(&max), "scribe").await.unwrap();
        give(&lena, of(&max), "scribe").await.unwrap();
        give(&lena, "me".into(), "commander").await.unwrap();
        let detail = app.incident(1).await;
        assert_eq!(detail.incident.owner_name, "lena");
        let held = |detail: &domain::incidents::IncidentDetail| {
            detail.together.responders.iter().map(|r| format!("{} {}", r.name, r.role)).collect::<Vec<_>>()
        };
        assert_eq!(held(&detail), ["lena commander", "max scribe"]);
        assert_eq!(kinds(&detail).iter().filter(|kind| **kind == EntryKind::RoleGiven).count(), 1);
        // Whoever takes the lead is the commander; the one before is not any more.
        app.portal.incidents.lead(&max, &id, &typed(&[("owner", "me")])).await.unwrap();
        assert_eq!(held(&app.incident(1).await), ["max commander", "max scribe"]);
        app.portal.incidents.remove_responder(&lena, &id, &typed(&[("user", &of(&max)), ("role", "commander")])).await.unwrap();
        app.portal.incidents.remove_responder(&lena, &id, &typed(&[("user", &of(&max)), ("role", "scribe")])).await.unwrap();
        let detail = app.incident(1).await;
        assert!(detail.together.responders.is_empty() && detail.incident.owner.is_none());
        let page = app.get("/incidents/1").as_(&lena).in_(domain::people::Locale::Zh).send().await;
        page.is(200).has("max → 记录").has("分配角色");
    }

    async fn tasks_are_written_down_done_and_late(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let lena = app.user("lena", WORKER, Some(&team)).await;
        let viewer = app.viewer("vera", &team).await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        app.post_form("/incidents/1/tasks", &[("task", ""), ("due", "tomorrow"), ("zone", "UTC")]).as_(&lena).send().await
            .is(422).has("tomorrow").has("What is to be done").has("error-summary");
        let due = [("task", "Call <the bank>"), ("assignee", "me"), ("due", "2025-03-14T06:30"), ("zone", "UTC")];
        app.post_form("/incidents/1/tasks", &due).as_(&lena).send().await.is(303);
        app.post_form("/incidents/1/tasks", &due).as_(&viewer).send().await.is(403);
        app.get("/incidents/1").as_(&viewer).send().await.is(200).has("Call &lt;the bank").lacks("overdue").lacks("Add a task");
        app.advance(HOUR);
        app.get("/incidents/1").as_(&lena).send().await.is(200).has("overdue");
        let task = app.incident(1).await.together.tasks[0].id.clone();
        let act = format!("/incidents/1/tasks/{task}");
        for _ in 0..2 {
            app.post_form(&act, &[("done", "on")]).as_(&lena).send().await.is(303);
        }
        let detail = app.incident(1).await;
        assert_eq!(detail.together.tasks[0].done_by, "lena");
        assert_eq!(kinds(&detail).iter().filter(|kind| **kind == EntryKind::TaskDone).count(), 1, "done twice is done once");
        app.get("/incidents/1").as_(&lena).send().await.is(200).has("done by lena").lacks("overdue");
        let made = app.api("POST", "/api/v1/incidents/1/tasks", &serde_json::json!({ "task": "Tell them", "due": "2025-03-14T09:00:00Z" })).as_(&lena).send().await;
        let path = made.is(201).location().to_owned();
        app.api("PUT", &path, &serde_json::json!({ "done": true })).as_(&lena).send().await.is(204);
        app.api("PUT", &path, &serde_json::json!({ "done": false })).as_(&lena).send().await.is(204);
        app.ask("DELETE", &path).as_(&lena).send().await.is(204);
        app.ask("DELETE", &path).as_(&lena).send().await.is(404);
        assert_eq!(app.incident(1).await.together.tasks.len(), 1);
    }

    async fn one_incident_turns_out_to_be_another(app: TestApp) {
        let (team, gateway) = app.team_with_system("gateway").await;
        let ledger = app.system("ledger", &team).await;
        let lena = app.user("lena", WORKER, Some(&team)).await;
        let stranger = app.user("otto", WORKER, Some(&app.team("other").await)).await;
        app.observe(&signal(&gateway, "m1", Some(true))).await.unwrap();
        app.advance(MINUTE);
        app.observe(&signal(&ledger, "m2", Some(true))).await.unwrap();
        let (first, second) = (app.incident(1).await.incident, app.incident(2).await.incident);
        app.portal.incidents.add_task(&lena, &second.id, &typed(&[("task", "Restart it")])).await.unwrap();
        app.portal.incidents.lead(&lena, &second.id, &typed(&[("owner", "me")])).await.unwrap();
        let merge = async |who: &domain::Actor, what: i64, into: &str| {
            app.post_form(&format!("/incidents/{what}/merge"), &[("into", into)]).as_(who).send().await
        };
        merge(&stranger, 2, "INC-1").await.is(404);
        merge(&lena, 2, "INC-9").await.is(422).has("INC-9").has("an incident that you may see");
        merge(&lena, 2, "INC-2").await.is(409).has("into itself");
        assert_eq!(merge(&lena, 2, "INC-1").await.is(303).location(), "/incidents/1");
        let (one, two) = (app.incident(1).await, app.incident(2).await);
        assert_eq!((two.incident.state, two.incident.merged_into.as_ref()), (State::Closed, Some(&first.id)));
        assert_eq!((two.together.merged_into, one.together.merged.len()), (Some(1), 1));
        assert_eq!((one.alerts.len(), one.incident.systems.len(), one.together.tasks.len()), (2, 2, 1));
        assert_eq!(one.together.responders[0].role, "responder", "there leads nobody by a merge");
        assert!(kinds(&two).contains(&EntryKind::MergedInto) && kinds(&one).contains(&EntryKind::MergedFrom));
        app.get("/incidents/2").as_(&lena).send().await.is(200).has("This turned out to be INC-1").lacks("/incidents/2/move");
        merge(&lena, 2, "INC-1").await.is(409);
        app.post_form("/incidents/2/comments", &[("text", "hm")]).as_(&lena).send().await.is(409).has("Go on there");
        // What happens to it from now on is told there, and it is over when all is.
        app.recover(&ledger, "m2").await;
        assert_eq!(app.incident(1).await.incident.state, State::Triage);
        assert!(kinds(&app.incident(1).await).contains(&EntryKind::AlertResolved));
        app.observe(&signal(&ledger, "m2", Some(true))).await.unwrap();
        assert_eq!(app.incidents().await.len(), 2, "the same cause again joins the one that goes on");
        app.recover(&ledger, "m2").await;
        app.recover(&gateway, "m1").await;
        assert_eq!(app.incident(1).await.incident.state, State::Resolved);
        // One that lasts does not go into one that is over.
        app.advance(HOUR);
        app.observe(&signal(&gateway, "m1", Some(true))).await.unwrap();
        merge(&lena, 3, "1").await.is(409).has("Merge the other way round");
    }

    async fn incidents_and_systems_are_linked_and_unlinked(app: TestApp) {
        let (team, gateway) = app.team_with_system("gateway").await;
        let ledger = app.system("ledger", &team).await;
        let (other, far) = app.team_with_system("printer").await;
        let lena = app.user("lena", WORKER, Some(&team)).await;
        for (system, source) in [(&gateway, "m1"), (&ledger, "m2"), (&far, "m3")] {
            app.observe(&signal(system, source, Some(true))).await.unwrap();
        }
        let link = |other: &str, kind: &str| serde_json::json!({ "other": other, "kind": kind });
        app.api("POST", "/api/v1/incidents/1/links", &link("INC-3", "related")).as_(&lena).send().await.is(422);
        app.api("POST", "/api/v1/incidents/1/links", &link("2", "like")).as_(&lena).send().await.is(422).has("caused-by");
        for _ in 0..2 {
            app.api("POST", "/api/v1/incidents/1/links", &link("2", "caused-by")).as_(&lena).send().await.is(204);
        }
        app.get("/incidents/1").as_(&lena).send().await.is(200).has("caused by").has("INC-2");
        app.get("/incidents/2").as_(&lena).send().await.is(200).has("led to").has("INC-1");
        app.get("/incidents/1/relations").as_(&lena).send().await.is(200).has("Unlink");
        app.get("/incidents/1/relations").as_(&app.viewer("vera", &team).await).send().await.is(403);
        app.get("/incidents/1/relations").as_(&app.user("otto", WORKER, Some(&other)).await).send().await.is(404);
        app.ask("DELETE", "/api/v1/incidents/2/links/1/caused-by").as_(&lena).send().await.is(204);
        assert!(app.incident(1).await.together.links.is_empty());
        let concern = |field: &str, system: &domain::id::SystemId| serde_json::json!({ field: system });
        app.api("POST", "/api/v1/incidents/1/systems", &concern("add_system", &far)).as_(&lena).send().await.is(422);
        app.api("POST", "/api/v1/incidents/1/systems", &concern("add_system", &ledger)).as_(&lena).send().await.is(204);
        assert_eq!(app.incident(1).await.incident.systems.len(), 2);
        app.ask("DELETE", &format!("/api/v1/incidents/1/systems/{gateway}")).as_(&lena).send().await.is(409);
        app.ask("DELETE", &format!("/api/v1/incidents/1/systems/{ledger}")).as_(&lena).send().await.is(204);
        assert_eq!(app.incident(1).await.incident.systems.len(), 1);
    }

    async fn a_runbook_is_there_and_another_can_be_pinned(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let lena = app.user("lena", WORKER, Some(&team)).await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        app.get("/incidents/1").as_(&lena).send().await.is(200).has("Nobody has written a runbook");
        let mut conn = app.ctx.db.read().await.unwrap();
        backend::db::sql("UPDATE systems SET runbook = 'Switch to **link B**'").run(&mut conn).await.unwrap();
        drop(conn);
        app.get("/incidents/1").as_(&lena).send().await.is(200).has("Runbook of gateway").has("<strong>link B</strong>");
        app.post_form("/incidents/1/runbook", &[("runbook_of", "own"), ("runbook", "")]).as_(&lena).send().await.is(422);
        app.post_form("/incidents/1/runbook", &[("runbook_of", "own"), ("runbook", "Call *everybody*")]).as_(&lena).send().await.is(303);
        app.get("/incidents/1").as_(&lena).send().await.is(200).has("<em>everybody</em>").has("pinned another runbook").lacks("link B");
        app.post_form("/incidents/1/runbook", &[("runbook_of", system.as_str())]).as_(&lena).send().await.is(303);
        let runbook = app.incident(1).await.together.runbook.unwrap();
        assert_eq!((runbook.pinned, runbook.system_name.as_str()), (true, "gateway"));
    }

    async fn the_house_has_rules(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let admin = app.admin().await;
        let lena = app.user("lena", WORKER, Some(&team)).await;
        app.get("/incidents/rules").as_(&lena).send().await.is(403).has("settings.manage");
        app.get("/incidents/rules").as_(&admin).send().await.is(200).has("value=\"15\"").has("Scribe").has("记录");
        app.post_form("/incidents/rules", &[("reopen_minutes", "soon")]).as_(&admin).send().await.is(422).has("soon");
        app.post_form("/incidents/rules", &[("reopen_minutes", "60")]).as_(&admin).send().await.is(303);
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        app.recover(&system, "m1").await;
        app.advance(59 * MINUTE);
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        assert_eq!(app.incident(1).await.incident.reopened, 1);
        app.recover(&system, "m1").await;
        app.api("PUT", "/api/v1/incident-rules", &serde_json::json!({ "reopen_minutes": 0 })).as_(&lena).send().await.is(403);
        app.api("PUT", "/api/v1/incident-rules", &serde_json::json!({ "reopen_minutes": 0 })).as_(&admin).send().await.is(204);
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        assert_eq!(app.incident(2).await.previous_number, Some(1), "no window, no relapse");
        let role = serde_json::json!({ "name": "Legal", "name_zh": "法务" });
        app.api("PUT", "/api/v1/incident-roles/legal", &role).as_(&admin).send().await.is(200).has("Legal");
        app.post_form("/incidents/2/responders", &[("user", "me"), ("role", "legal")]).as_(&lena).send().await.is(303);
        app.ask("DELETE", "/api/v1/incident-roles/legal").as_(&admin).send().await.is(409);
        app.ask("DELETE", "/api/v1/incident-roles/commander").as_(&admin).send().await.is(409);
        app.ask("DELETE", "/api/v1/incident-roles/scribe").as_(&admin).send().await.is(204);
        app.ask("DELETE", "/api/v1/incident-roles/scribe").as_(&admin).send().await.is(404);
    }
}
