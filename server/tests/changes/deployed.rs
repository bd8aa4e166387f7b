//! Deployments that CI posts for a change.

use super::*;

both! {
    async fn ci_posts_start_and_finish_for_a_change(app: TestApp) {
        let room = Room::new(app).await;
        room.app.system("ledger", &room.team).await;
        let ci = room.app.user("ci", &[Permission::Read, Permission::PostDeployments], Some(&room.team)).await;
        let artifact = [("artifact", json!("gateway")), ("artifact_version", json!("4.12")), ("artifact_sha", json!("ab12cd34ef56"))];
        let change = room.request(&room.with(&artifact)).await;
        let id = change["id"].as_str().unwrap();
        let post = async |fields: &[(&str, &str)]| {
            let mut body = json!({ "system": "gateway", "version": "4.12", "sha": "ab12cd34ef5678", "change": "CHG-1" });
            for (name, value) in fields {
                body[*name] = json!(value);
            }
            room.send(&ci, "POST", "/api/v1/deployments", &body).await
        };
        let page = format!("/changes/{id}");
        room.app.get(&page).as_(&room.rita).send().await.is(200).lacks("id=\"deployments\"");
        let begun = post(&[("status", "started")]).await.is(201).json();
        assert_eq!((begun["change"].as_str(), begun["change_number"].as_i64()), (Some(id), Some(1)));
        post(&[("status", "started")]).await.is(200);
        room.app.advance(MINUTE);
        // The end need not name it again.
        let ended = post(&[("status", "succeeded"), ("change", "")]).await.is(200).json();
        assert_eq!((ended["id"].clone(), ended["change"].as_str()), (begun["id"].clone(), Some(id)));
        let told = room.read(&room.rita, &change).await;
        assert_eq!((told["deployments"].as_array().unwrap().len(), told["deployments"][0]["state"].as_str()), (1, Some("succeeded")));
        let entries: Vec<_> = told["entries"].as_array().unwrap().iter().filter(|entry| entry["kind"] == "deployed").cloned().collect();
        let texts: Vec<_> = entries.iter().map(|entry| entry["text"].as_str().unwrap()).collect();
        assert_eq!(texts, ["started\n4.12 → production", "succeeded\n4.12 → production"]);
        assert!(entries[0]["link"].as_str().unwrap().ends_with(&format!("#deployment-{}", begun["id"].as_str().unwrap())));
        let shown = room.app.get(&page).as_(&room.rita).send().await;
        shown.is(200).has("id=\"deployments\"").has("gateway 4.12 → production").has("brought 4.12 → production: succeeded").lacks("was approved.");
        room.app.get("/deployments").as_(&room.rita).send().await.is(200).has("CHG-1").has(&page);
        // Something else than was approved is told on the page.
        post(&[("status", "failed"), ("sha", "ffffffffffff"), ("change", id)]).await.is(201);
        room.app.get(&page).as_(&room.rita).send().await.is(200).has("4.12 → production brought ffffffffffff, but ab12cd34ef56 was approved.");
        let chinese = room.app.get(&page).as_(&room.rita).in_(domain::people::Locale::Zh).send().await;
        chinese.is(200).has("而获批的是 ab12cd34ef56").has("发布了 4.12 → production: ");
        // Without a change as ever.
        assert!(post(&[("version", "5"), ("change", "")]).await.is(201).json()["change"].is_null());
    }

    async fn a_change_that_is_not_there_or_touches_something_else_is_refused(app: TestApp) {
        let room = Room::new(app).await;
        room.app.system("ledger", &room.team).await;
        let ci = room.app.user("ci", &[Permission::Read, Permission::PostDeployments], Some(&room.team)).await;
        room.request(&room.body()).await;
        let others = room.app.team("others").await;
        room.app.system("shop", &others).await;
        let rights = [Permission::Read, Permission::RequestChanges, Permission::PostDeployments];
        let sam = room.app.user("sam", &rights, Some(&others)).await;
        room.send(&sam, "POST", "/api/v1/changes", &room.with(&[("systems", json!(["shop"]))])).await.is(201);
        let post = async |who: &Actor, system: &str, change: &str| {
            room.send(who, "POST", "/api/v1/deployments", &json!({ "system": system, "version": "1", "change": change })).await
        };
        for unknown in ["CHG-9", "CHG-2", "rubbish", "../x"] {
            post(&ci, "gateway", unknown).await.is(422).has("\"change\"").has("id or number of a change");
        }
        post(&ci, "ledger", "CHG-1").await.is(409).has("CHG-1 New routing does not touch ledger, only gateway.");
        assert_eq!(room.count("SELECT COUNT(*) FROM deployments").await, 0);
        // Who may not read the system is not told of what came there.
        post(&sam, "shop", "CHG-2").await.is(201);
        room.app.get("/api/v1/changes/CHG-2").as_(&ci).send().await.is(404);
    }
}
