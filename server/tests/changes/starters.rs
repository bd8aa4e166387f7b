//! Policies that a portal may begin with.

use domain::people::Locale;

use super::*;

both! {
    async fn one_press_sets_policies_where_there_are_none(app: TestApp) {
        let room = Room::new(app).await;
        let admin = room.app.admin().await;
        let path = "/approvals/policies/starters";
        // Shown before it is done, to whoever may; nobody else may.
        let page = room.app.get("/approvals/policies").as_(&admin).send().await;
        page.is(200).has("No policy is written").has("Tier 1: proven before it goes live").has("performance, high availability").has(path);
        room.app.get("/approvals/policies").as_(&admin).in_(Locale::Zh).send().await.is(200).has("一级系统：上线前须有证据").has("设立这三条");
        room.app.get("/approvals/policies").as_(&room.alan).send().await.is(200).lacks(path);
        room.app.post_form(path, &[]).as_(&room.ruth).send().await.is(403);
        assert_eq!(room.count("SELECT COUNT(*) FROM approval_policies").await, 0);
        room.app.post_form(path, &[]).as_(&admin).in_(Locale::Zh).send().await.is(303);
        assert_eq!(room.count("SELECT COUNT(*) FROM audit WHERE act = 'approval-policy.set'").await, 3);
        let kept = room.app.get("/api/v1/approval-policies").as_(&admin).send().await.is(200).json();
        assert_eq!((kept[1]["name"].as_str(), &kept[1]["evidence"], &kept[1]["tiers"]), (Some("一级系统：上线前须有证据"), &json!(["performance", "high-availability"]), &json!([1])));
        room.app.get("/approvals/policies").as_(&admin).send().await.is(200).lacks(path).has("/edit");
        // Twice is once.
        room.app.post_form(path, &[]).as_(&admin).send().await.is(409);
        assert_eq!(room.count("SELECT COUNT(*) FROM approval_policies").await, 3);
        // No proof, no go-live.
        let artifact = [("artifact", json!("gateway")), ("artifact_version", json!("4.12")), ("artifact_sha", json!("ab12cd34ef56")), ("risk", json!("high"))];
        let change = room.request(&room.with(&artifact)).await;
        assert_eq!((change["needed"].as_i64(), change["evidence"][0]["status"].as_str()), (Some(2), Some("missing")));
    }

    async fn a_program_sets_those_that_are_not_there(app: TestApp) {
        let room = Room::new(app).await;
        let admin = room.app.admin().await;
        let path = "/api/v1/approval-policies/starters";
        let set = async |locale: Locale| {
            let told = room.app.api("POST", path, &json!({})).as_(&admin).in_(locale).send().await.is(200).json();
            told.as_array().unwrap().iter().map(|policy| policy["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        room.app.get(path).as_(&room.ruth).send().await.is(403);
        room.send(&room.ruth, "POST", path, &json!({})).await.is(403);
        let listed = room.app.get(path).as_(&admin).send().await.is(200).json();
        assert_eq!((listed.as_array().unwrap().len(), listed[1]["name"].as_str(), &listed[1]["tiers"]), (3, Some("Tier 1: proven before it goes live"), &json!([1])));
        assert_eq!(room.count("SELECT COUNT(*) FROM approval_policies").await, 0);
        assert_eq!(set(Locale::En).await.len(), 3);
        // Twice is once, in whatever language; what is gone comes back.
        assert_eq!((set(Locale::En).await, set(Locale::Zh).await), (Vec::new(), Vec::new()));
        let kept = room.app.get("/api/v1/approval-policies").as_(&admin).send().await.is(200).json();
        room.app.ask("DELETE", &format!("/api/v1/approval-policies/{}", kept[1]["id"].as_str().unwrap())).as_(&admin).send().await.is(204);
        assert_eq!(set(Locale::Zh).await, ["一级系统：上线前须有证据"]);
        assert_eq!(room.count("SELECT COUNT(*) FROM audit WHERE act = 'approval-policy.set'").await, 4);
    }
}
