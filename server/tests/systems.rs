//! The catalogue: authority, cycles, optimistic versions, the YAML file.

use domain::{
    Actor, Fault, PageRequest, Permission, PermissionSet,
    form::Typed,
    id::TeamId,
    systems::{Filter, StepKind},
};
use serde_json::json;

use crate::app::TestApp;

fn typed(json: serde_json::Value) -> Typed {
    serde_json::from_value(json).expect("an object")
}

async fn editor(app: &TestApp, login: &str, team: &TeamId) -> Actor {
    app.user(login, &[Permission::Read, Permission::EditSystems, Permission::Export], Some(team)).await
}

both! {
    async fn a_cycle_is_refused_with_the_cycle_shown(app: TestApp) {
        let team = app.team("payments").await;
        let ed = editor(&app, "ed", &team).await;
        let systems = &app.portal.systems;
        let gateway = systems.create(&ed, &typed(json!({"key": "gateway", "name": "Gateway", "team": "payments", "tier": 1}))).await.unwrap();
        let ledger = typed(json!({"key": "ledger", "name": "Ledger", "team": "payments", "tier": 1, "needs": ["gateway"]}));
        systems.create(&ed, &ledger).await.unwrap();
        let closing = json!({"key": "gateway", "name": "Gateway", "team": "payments", "tier": 1, "needs": ["ledger"], "version": 1});
        let fault = systems.edit(&ed, &gateway, &typed(closing)).await.unwrap_err();
        assert_eq!(fault.problems()[0].field, "needs");
        assert_eq!(fault.problems()[0].expected.args[0].1, "gateway → ledger → gateway");
        let answer = app
            .post_form(&format!("/systems/{gateway}/edit"), &[
                ("key", "gateway"), ("name", "Typed and kept"), ("team", "payments"), ("tier", "1"), ("needs", "ledger"), ("version", "1"),
            ])
            .as_(&ed)
            .send()
            .await;
        answer.is(422).has("gateway → ledger → gateway").has("Typed and kept");
        let delete = app.post_form(&format!("/systems/{gateway}/delete"), &[("confirm", "gateway")]).as_(&ed).send().await;
        delete.is(409).has("ledger");
    }

    async fn a_file_that_nests_too_deeply_is_refused_at_once(app: TestApp) {
        let team = app.team("payments").await;
        let ed = editor(&app, "ed", &team).await;
        let begun = std::time::Instant::now();
        let answer = app.api("POST", "/api/v1/systems/plan", &json!({"yaml": "[".repeat(300_000)})).as_(&ed).send().await;
        answer.is(422).has("32");
        assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
    }

    async fn names_are_what_they_look_like(app: TestApp) {
        let team = app.team("payments").await;
        let ed = editor(&app, "ed", &team).await;
        let named = |name: &str| typed(json!({"key": "risk", "name": name, "team": "payments", "tier": 2}));
        let fault = app.portal.systems.create(&ed, &named("risk\u{202E}exe")).await.unwrap_err();
        assert_eq!((fault.problems()[0].field.as_str(), fault.problems()[0].expected.key), ("name", "expect-visible"));
        assert!(app.portal.systems.create(&ed, &named("风控 risk")).await.is_ok());
    }

    async fn an_edit_names_the_version_it_is_based_on(app: TestApp) {
        let team = app.team("payments").await;
        let ed = editor(&app, "ed", &team).await;
        let systems = &app.portal.systems;
        let form = |name: &str, version: i64| typed(json!({"key": "risk", "name": name, "team": "payments", "tier": 2, "version": version}));
        let id = systems.create(&ed, &form("Risk", 1)).await.unwrap();
        systems.edit(&ed, &id, &form("Risk engine", 1)).await.unwrap();
        assert!(matches!(systems.edit(&ed, &id, &form("Lost update", 1)).await, Err(Fault::Conflict(_))));
        assert_eq!(systems.get(&ed, &id).await.unwrap().brief.name, "Risk engine");
        let taken = systems.create(&ed, &form("Twin", 1)).await.unwrap_err();
        assert_eq!(taken.problems()[0].field, "key");
    }

    async fn another_teams_system_is_not_there(app: TestApp) {
        let (ours, theirs) = (app.team("payments").await, app.team("cards").await);
        let ed = editor(&app, "ed", &ours).await;
        let viewer = app.viewer("vera", &ours).await;
        let hidden = app.system("vault", &theirs).await;
        let own = app.system("gateway", &ours).await;
        app.needs(&own, &hidden).await;
        let systems = &app.portal.systems;
        assert_eq!(systems.get(&ed, &hidden).await.unwrap_err(), Fault::NotFound("system"));
        app.get(&format!("/systems/{hidden}")).as_(&ed).send().await.is(404);
        app.get(&format!("/systems/{hidden}")).send().await.is(303);
        let list = systems.list(&ed, &Filter::default(), &PageRequest::default()).await.unwrap();
        assert_eq!(list.items.len(), 1);
        assert!(list.items[0].needs.is_empty());
        let named = systems.create(&ed, &typed(json!({"key": "web", "name": "Web", "team": "payments", "tier": 2, "needs": ["vault"]}))).await;
        assert_eq!(named.unwrap_err().problems()[0].field, "needs");
        let foreign = systems.create(&ed, &typed(json!({"key": "web", "name": "Web", "team": "cards", "tier": 2}))).await;
        assert_eq!(foreign.unwrap_err().problems()[0].field, "team");
        let refused = systems.create(&viewer, &typed(json!({"key": "web", "name": "Web", "team": "payments", "tier": 2}))).await;
        assert_eq!(refused.unwrap_err(), Fault::Forbidden(Permission::EditSystems));
        // What the editor cannot see stays.
        systems.edit(&ed, &own, &typed(json!({"key": "gateway", "name": "G", "team": "payments", "tier": 2, "version": 1}))).await.unwrap();
        let admin = app.admin().await;
        assert_eq!(systems.get(&admin, &own).await.unwrap().needs.len(), 1);
    }

    async fn a_file_is_planned_then_applied_and_reads_back_exactly(app: TestApp) {
        let team = app.team("payments").await;
        let ed = editor(&app, "ed", &team).await;
        let systems = &app.portal.systems;
        let yaml = "systems:\n- {key: gateway, name: Gateway 网关, team: payments, tier: 1, needs: [ledger], links: [{label: Board, url: 'https://g.example/d'}]}\n- {key: ledger, name: Ledger, team: payments, tier: 1, runbook: \"# Down\\n\\n1. look\"}\n";
        let plan = systems.plan(&ed, yaml).await.unwrap();
        assert_eq!(plan.steps.iter().map(|s| s.kind).collect::<Vec<_>>(), [StepKind::Create, StepKind::Create]);
        assert!(systems.list(&ed, &Filter::default(), &PageRequest::default()).await.unwrap().items.is_empty());
        assert!(matches!(systems.apply(&ed, yaml, Some("another")).await, Err(Fault::Conflict(_))));
        systems.apply(&ed, yaml, Some(&plan.fingerprint)).await.unwrap();
        let export = systems.export(&ed).await.unwrap();
        let again = systems.plan(&ed, &export).await.unwrap();
        assert!(again.steps.is_empty(), "{again:?}");
        assert_eq!(again.unchanged, 2);
        systems.apply(&ed, &export, None).await.unwrap();
        assert_eq!(systems.export(&ed).await.unwrap(), export);
        // What a file leaves out stays; what it names and leaves empty goes, and the plan says so.
        let least = "systems:\n- {key: gateway, name: Gateway 网关, team: payments, tier: 1}\n- {key: ledger, name: Ledger, team: payments, tier: 1}\n";
        assert_eq!(systems.plan(&ed, least).await.unwrap().unchanged, 2);
        let emptied = systems.plan(&ed, &least.replace("tier: 1}\n- {key: l", "tier: 1, links: []}\n- {key: l")).await.unwrap();
        assert_eq!((emptied.unchanged, emptied.steps[0].fields.len()), (1, 1));
        assert_eq!((emptied.steps[0].fields[0].field.as_str(), emptied.steps[0].fields[0].after.as_str()), ("links", ""));
        let answer = app.post_form("/systems/import", &[("yaml", "systems:\n- {key: ledger, name: Ledger, team: payments, tier: 9}")]).as_(&ed).send().await;
        answer.is(422).has("systems[0].tier").has("1").has("4");
        let viewer = app.viewer("vera", &team).await;
        assert_eq!(systems.plan(&viewer, yaml).await.unwrap_err(), Fault::Forbidden(Permission::EditSystems));
        let loose = format!("{}\n# </textarea><b>loose</b>\n", export.replace("tier: 1", "tier: 2"));
        app.post_form("/systems/import", &[("yaml", &loose)]).as_(&ed).send().await.is(200).has("systems/import/apply").lacks("<b>loose");
        let page = app.post_form("/systems/import", &[("yaml", &export.replace("tier: 1", "tier: 2"))]).as_(&ed).send().await;
        page.is(200).has("systems-difference");
    }

    async fn pages_and_api_agree(app: TestApp) {
        let team = app.team("payments").await;
        let ed = editor(&app, "ed", &team).await;
        let body = json!({"key": "gateway", "name": "=Gateway<b>", "team": "payments", "tier": 1});
        let made = app.api("POST", "/api/v1/systems", &body).as_(&ed).send().await;
        made.is(201);
        let id = made.json()["id"].as_str().expect("an id").to_owned();
        app.get(&format!("/systems/{id}")).as_(&ed).send().await.is(200).has("=Gateway&lt;b&gt;");
        app.get("/systems").as_(&ed).send().await.is(200).has("gateway");
        app.get("/systems.csv").as_(&ed).send().await.is(200).has("'=Gateway<b>");
        for page in ["/systems/new", "/systems/import", &format!("/systems/{id}/edit")] {
            app.get(page).as_(&ed).send().await.is(200);
            app.get(page).as_(&ed).in_(domain::people::Locale::Zh).send().await.is(200).has("系统");
        }
        let bad = app.api("POST", "/api/v1/systems", &json!({"key": "X", "tier": 9, "owner": "me"})).as_(&ed).send().await;
        bad.is(422).has("owner").has("key").has("name").has("team").has("tier");
        // Where no key is typed it is made of the name; an edit does not lose the one there is.
        let form = |name: &'static str| [("name", name), ("key", ""), ("team", "payments"), ("tier", "2")];
        app.post_form("/systems/new", &form("Bank Link (v2)")).as_(&ed).send().await.is(303);
        app.get("/systems").as_(&ed).send().await.is(200).has("bank-link-v2");
        app.post_form("/systems/new", &form("Bank link V2")).as_(&ed).send().await.is(422).has("field-key");
        app.post_form("/systems/new", &form("支付网关")).as_(&ed).send().await.is(422).has("lower-case letter");
        let edit = json!({"key": "", "name": "Gateway", "team": "payments", "tier": 1});
        app.api("PUT", &format!("/api/v1/systems/{id}"), &edit).as_(&ed).send().await.is(422).has("key");
        let gone = app.ask("DELETE", &format!("/api/v1/systems/{id}")).as_(&ed).send().await;
        gone.is(204);
        let nobody = Actor { grants: domain::actor::Grants { everywhere: PermissionSet::NONE, teams: [].into() }, ..ed.clone() };
        app.get("/systems").as_(&nobody).send().await.is(200).lacks("gateway");
    }

    async fn what_runs_on_a_system_goes_with_it_to_another_team(app: TestApp) {
        let (old, new) = (app.team("payments").await, app.team("lending").await);
        let system = app.system("gateway", &old).await;
        let admin = app.admin().await;
        let (before, after) = (app.viewer("before", &old).await, app.viewer("after", &new).await);
        app.observe(&crate::alerts::signal(&system, "m1", Some(true))).await.unwrap();
        let (alert, incident) = {
            let alert = app.alerts().await.remove(0);
            (alert.id, alert.incident.expect("an incident"))
        };
        let window = |json: serde_json::Value| {
            let mut json = json;
            for (name, value) in [("start", "2025-03-14T07:00"), ("end", "2025-03-14T09:00"), ("zone", "UTC")] {
                json[name] = json!(value);
            }
            json
        };
        let change = window(json!({
            "title": "New routing", "team": old, "systems": ["gateway"], "plan": "1", "rollback": "2", "impact": "", "risk": "low", "risk_reason": "weekly",
        }));
        let change = app.api("POST", "/api/v1/changes", &change).as_(&admin).send().await.is(201).location().to_owned();
        let freeze = window(json!({ "scope": "systems", "systems": ["gateway"], "reason": "Quarter end" }));
        app.api("POST", "/api/v1/freezes", &freeze).as_(&admin).send().await.is(201);
        // One that is over stays what it was: history.
        let over = app.system("over", &old).await;
        app.observe(&crate::alerts::signal(&over, "m2", Some(true))).await.unwrap();
        app.observe(&crate::alerts::signal(&over, "m2", Some(false))).await.unwrap();
        app.advance(domain::time::HOUR);
        app.settle().await;

        let seen = async |who: &Actor| {
            let get = async |path: String| app.get(&path).as_(who).send().await;
            let freezes = get("/api/v1/freezes".into()).await.body.contains("Quarter end");
            (get(format!("/api/v1/alerts/{alert}")).await.status, get(format!("/api/v1/incidents/{incident}")).await.status, get(change.clone()).await.status, freezes)
        };
        assert_eq!((seen(&before).await, seen(&after).await), ((200, 200, 200, true), (404, 404, 404, false)));
        let edit = |key: &str| json!({ "key": key, "name": key, "team": "lending", "tier": 2, "version": 1 });
        for (id, key) in [(&system, "gateway"), (&over, "over")] {
            app.api("PUT", &format!("/api/v1/systems/{id}"), &edit(key)).as_(&admin).send().await.is(200);
        }
        // The change is of the team that asked for it, too.
        assert_eq!((seen(&before).await, seen(&after).await), ((404, 404, 200, false), (200, 200, 200, true)));
        let old_alerts = app.get("/api/v1/alerts?state=resolved").as_(&before).send().await;
        old_alerts.is(200).has("m2 is down");

        // A file moves them as a form does.
        let yaml = app.get("/api/v1/systems.yaml").as_(&admin).send().await;
        let yaml = yaml.is(200).body.replace("team: lending", "team: payments");
        app.portal.systems.apply(&admin, &yaml, None).await.unwrap();
        assert_eq!(seen(&before).await, (200, 200, 200, true));
    }
}
