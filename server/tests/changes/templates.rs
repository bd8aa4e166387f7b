//! Templates: agreed to once by somebody else, then a standard change needs no agreement, and nothing of it may be another.

use domain::people::Locale;

use super::*;

impl Room {
    async fn template(&self) -> Value {
        let change = self.request(&self.body()).await;
        let body = json!({ "change": change["id"], "name": "Weekly routing" });
        let made = self.send(&self.rita, "POST", "/api/v1/change-templates", &body).await;
        made.is(201);
        made.json()
    }

    fn standard(&self, template: &Value, changes: &[(&str, Value)]) -> Value {
        let mut body =
            self.with(&[("kind", json!("standard")), ("template", template["id"].clone()), ("title", json!("Routing of week 12"))]);
        for (name, value) in changes {
            body[*name] = value.clone();
        }
        body
    }

    async fn agree(&self, who: &Actor, template: &Value) -> Answer {
        self.send(who, "POST", &format!("/api/v1/change-templates/{}/agree", template["id"].as_str().unwrap()), &json!({})).await
    }
}

both! {
    async fn a_standard_change_is_approved_with_its_template(app: TestApp) {
        let room = Room::new(app).await;
        let template = room.template().await;
        assert_eq!((template["name"].as_str(), template["approved_by"].as_str()), (Some("Weekly routing"), Some("")), "{template}");
        let asked = room.standard(&template, &[]);
        room.send(&room.rita, "POST", "/api/v1/changes", &asked).await.is(409).has("not agreed to");
        // Not by whoever made it, nor by who may not approve.
        let eve = room.app.user("eve", &[Permission::Read, Permission::ApproveChanges, Permission::RequestChanges], Some(&room.team)).await;
        room.agree(&room.ruth, &template).await.is(403);
        let own = {
            let change = room.send(&eve, "POST", "/api/v1/changes", &room.body()).await.json();
            room.send(&eve, "POST", "/api/v1/change-templates", &json!({ "change": change["id"], "name": "Own" })).await.json()
        };
        room.agree(&eve, &own).await.is(409).has("somebody else");
        room.agree(&room.alan, &template).await.is(204);
        room.agree(&room.alan, &template).await.is(204);
        let change = room.request(&asked).await;
        assert_eq!((change["state"].as_str(), change["kind"].as_str()), (Some("approved"), Some("standard")), "{change}");
        let kinds: Vec<&str> = change["entries"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["created", "submitted", "approved"]);
        let page = room.app.get(&format!("/changes/{}", change["id"].as_str().unwrap())).as_(&room.rita).send().await;
        page.is(200).has("Agreed to with its template").has("Weekly routing (alan)").lacks("of 1 approvals");
        // Its own window is its own; everything else is what was agreed to.
        let wrong = room.standard(&template, &[("plan", json!("something else")), ("risk", json!("high"))]);
        room.send(&room.rita, "POST", "/api/v1/changes", &wrong).await.is(422).has("\"plan\"").has("\"risk\"").has("Weekly routing");
        let path = format!("/api/v1/changes/{}", change["id"].as_str().unwrap());
        let mut edited = room.standard(&template, &[("version", json!(1)), ("end", json!("2025-03-14T08:30"))]);
        edited.as_object_mut().unwrap().remove("submit");
        room.send(&room.rita, "PUT", &path, &edited).await.is(200);
        assert_eq!(room.read(&room.rita, &change).await["state"], "approved");
        edited["rollback"] = json!("hope");
        edited["version"] = json!(2);
        room.send(&room.rita, "PUT", &path, &edited).await.is(422).has("\"rollback\"");
        // It starts in its window and not before, as others do.
        room.act(&room.ruth, &change, "start", &json!({})).await.is(409);
        room.app.advance(HOUR);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        assert_eq!(room.count("SELECT COUNT(*) FROM audit WHERE act = 'change-template.agree'").await, 1);
    }

    async fn nobody_agrees_to_a_template_of_what_they_wrote_nor_alone_carries_it_out(app: TestApp) {
        const BOTH: &[Permission] = &[Permission::Read, Permission::RequestChanges, Permission::ApproveChanges, Permission::ExecuteChanges];
        let room = Room::new(app).await;
        let (pa, pc) = (room.app.user("pa", BOTH, Some(&room.team)).await, room.app.user("pc", BOTH, Some(&room.team)).await);
        let make = async |change: &Value| {
            let body = json!({ "change": change["id"], "name": "Weekly routing" });
            room.send(&room.rita, "POST", "/api/v1/change-templates", &body).await.is(201).json()
        };
        // Somebody else makes the template of what pa asked for; or of what pa wrote a part of, and was written over since.
        let asked = room.send(&pa, "POST", "/api/v1/changes", &room.body()).await.is(201).json();
        room.agree(&pa, &make(&asked).await).await.is(409).has("requested or wrote");
        let edited = room.request(&room.body()).await;
        for (who, version, plan) in [(&pa, 1, "1. drain\n2. deploy\n3. look"), (&room.rita, 2, "1. drain\n2. deploy\n3. look, please")] {
            let mut body = room.with(&[("plan", json!(plan)), ("version", json!(version))]);
            body.as_object_mut().unwrap().remove("submit");
            room.send(who, "PUT", &format!("/api/v1/changes/{}", edited["id"].as_str().unwrap()), &body).await.is(200);
        }
        let template = make(&edited).await;
        assert_eq!(template["writers"].as_array().unwrap().len(), 2, "{template}");
        room.agree(&pa, &template).await.is(409).has("requested or wrote");
        assert_eq!(room.count("SELECT COUNT(*) FROM change_templates WHERE approved_at IS NOT NULL").await, 0);
        let page = room.app.get("/changes/templates").as_(&pa).send().await;
        page.is(200).has("Weekly routing").lacks("/agree\"");
        room.agree(&pc, &template).await.is(204);
        let standard = room.standard(&template, &[("plan", json!("1. drain\n2. deploy\n3. look, please"))]);
        let change = room.send(&pc, "POST", "/api/v1/changes", &standard).await.is(201).json();
        assert_eq!(change["state"], "approved");
        room.app.advance(HOUR);
        room.act(&pc, &change, "start", &json!({})).await.is(409).has("agreed to the template");
        room.act(&pa, &change, "start", &json!({})).await.is(200);
        // The database says so, too.
        let mut tx = room.app.ctx.begin_write().await.unwrap();
        assert!(backend::db::sql("UPDATE change_templates SET approved_id = author_id").run(&mut tx).await.is_err());
    }

    async fn a_change_names_no_template_of_another_team(app: TestApp) {
        let room = Room::new(app).await;
        let template = room.template().await;
        room.agree(&room.alan, &template).await.is(204);
        let other = room.app.team("cards").await;
        let stranger = room.app.user("otto", &[Permission::Read, Permission::RequestChanges], Some(&other)).await;
        room.app.system("card-gateway", &other).await;
        let mut body = room.standard(&template, &[("systems", json!(["card-gateway"])), ("plan", json!("something else"))]);
        for draft in [false, true] {
            if draft {
                body.as_object_mut().unwrap().remove("submit");
            }
            let refused = room.send(&stranger, "POST", "/api/v1/changes", &body).await;
            refused.is(422).has("\"template\"").lacks("Weekly routing").lacks("\"plan\"");
            let unknown = json!("00000000-0000-7000-8000-000000000000");
            body["template"] = unknown;
            room.send(&stranger, "POST", "/api/v1/changes", &body).await.is(422).has("\"template\"");
            body["template"] = template["id"].clone();
        }
        assert_eq!(room.count("SELECT COUNT(*) FROM changes WHERE number > 1").await, 0);
    }

    async fn a_draft_is_approved_when_it_is_asked_for_and_not_once_the_template_is_gone(app: TestApp) {
        let room = Room::new(app).await;
        let template = room.template().await;
        room.agree(&room.alan, &template).await.is(204);
        let mut draft = room.standard(&template, &[]);
        draft.as_object_mut().unwrap().remove("submit");
        let (first, second) = (room.request(&draft).await, room.request(&draft).await);
        assert_eq!(room.act(&room.rita, &first, "submit", &json!({})).await.is(200).json()["state"], "approved");
        let retire = format!("/api/v1/change-templates/{}/retire", template["id"].as_str().unwrap());
        room.send(&room.alan, "POST", &retire, &json!({})).await.is(403);
        room.send(&room.rita, "POST", &retire, &json!({})).await.is(204);
        room.act(&room.rita, &second, "submit", &json!({})).await.is(409).has("out of use");
        assert_eq!(room.read(&room.rita, &second).await["state"], "draft");
        assert_eq!(room.read(&room.rita, &first).await["state"], "approved");
        room.agree(&room.alan, &template).await.is(409);
        let list = room.app.get("/api/v1/change-templates").as_(&room.rita).send().await.json();
        assert_eq!(list, json!([]));
        assert_eq!(room.app.get("/api/v1/change-templates?retired=true").as_(&room.rita).send().await.json()[0]["name"], "Weekly routing");
    }

    async fn templates_have_pages_and_are_a_teams_own(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.request(&room.body()).await;
        let id = change["id"].as_str().unwrap();
        room.app.get(&format!("/changes/{id}")).as_(&room.rita).send().await.is(200).has("Make a template");
        room.app.post_form(&format!("/changes/{id}/template"), &[("name", "")]).as_(&room.rita).send().await.is(422).has("field-name");
        room.app.post_form(&format!("/changes/{id}/template"), &[("name", "Weekly")]).as_(&room.alan).send().await.is(403);
        room.app.post_form(&format!("/changes/{id}/template"), &[("name", "Weekly <i>routing</i>")]).as_(&room.rita).send().await.is(303);
        let page = room.app.get("/changes/templates").as_(&room.alan).send().await;
        page.is(200).has("Weekly &lt;i&gt;routing").has("waits for agreement").has("/agree").lacks("<i>routing");
        room.app.get("/changes/templates").as_(&room.rita).in_(Locale::Zh).send().await.is(200).has("等待批准").lacks("/agree\"");
        let list = room.app.get("/api/v1/change-templates").as_(&room.rita).send().await.json();
        let template = list[0].clone();
        let path = template["id"].as_str().unwrap();
        room.app.post_form(&format!("/changes/templates/{path}/agree"), &[]).as_(&room.alan).send().await.is(303);
        let form = room.app.get(&format!("/changes/new?template={path}")).as_(&room.rita).send().await;
        form.is(200).has("A standard change").has("2. deploy").has(&format!("name=\"template\" value=\"{path}\""));
        // Without a template no change is a standard one, and no other kind has one.
        let body = room.with(&[("kind", json!("standard"))]);
        room.send(&room.rita, "POST", "/api/v1/changes", &body).await.is(422).has("\"template\"");
        room.send(&room.rita, "POST", "/api/v1/changes", &room.with(&[("template", template["id"].clone())])).await.is(422).has("\"template\"");
        let other = room.app.team("cards").await;
        let stranger = room.app.user("otto", &[Permission::Read, Permission::ApproveChanges, Permission::RequestChanges], Some(&other)).await;
        assert_eq!(room.app.get("/api/v1/change-templates").as_(&stranger).send().await.json(), json!([]));
        room.app.get(&format!("/api/v1/change-templates/{path}")).as_(&stranger).send().await.is(404);
        room.agree(&stranger, &template).await.is(404);
        room.send(&stranger, "POST", &format!("/api/v1/change-templates/{path}/retire"), &json!({})).await.is(404);
        let theirs = room.app.system("card-gateway", &other).await;
        room.app.get(&format!("/changes/new?template={path}&system={theirs}")).as_(&stranger).send().await.is(404);
    }
}
