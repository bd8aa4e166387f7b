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
}
