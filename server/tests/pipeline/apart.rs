//! Teams keep apart: nobody silences another team by posting labels, nothing of another team is named, and names of the house are its own.

use super::*;

const INHIBIT: &str = "route:\n  receiver: duty\nreceivers:\n  - name: duty\n    team: true\ninhibit_rules:\n  - source_matchers: [kind=core]\n    target_matchers: [kind=edge]\n";

impl TestApp {
    /// Posts one alert that fires.
    async fn posts(&self, sender: &Actor, labels: &Value) {
        self.api("POST", "/api/v2/alerts", &json!([{ "labels": labels }])).as_(sender).send().await.is(200);
        self.settle().await;
    }

    /// Why the alert of this name is quiet: cause and name.
    async fn quiet(&self, alertname: &str) -> Vec<(Cause, String)> {
        let alerts = self.alerts().await;
        let alert = alerts.iter().find(|alert| alert.labels.get("alertname").is_some_and(|name| name == alertname)).expect(alertname);
        alert.suppressed.iter().map(|reason| (reason.cause, reason.name.clone())).collect()
    }
}

both! {
    async fn what_one_team_posts_does_not_inhibit_another(app: TestApp) {
        let (payments, other) = (app.team("payments").await, app.team("other").await);
        let rights = [Permission::Read, Permission::IngestAlerts];
        let (pam, otto) = (app.user("pam", &rights, Some(&payments)).await, app.user("otto", &rights, Some(&other)).await);
        let both = app.user("prometheus", &rights, None).await;
        let admin = app.admin().await;
        app.portal.routes.put(&admin, INHIBIT, 0).await.unwrap();
        app.posts(&otto, &json!({ "alertname": "SecretCore", "kind": "core" })).await;
        app.posts(&pam, &json!({ "alertname": "Edge", "kind": "edge" })).await;
        assert_eq!(app.quiet("Edge").await, [], "posted by somebody else, for another team");
        // Its own team's does, and is named.
        app.posts(&pam, &json!({ "alertname": "OwnCore", "kind": "core" })).await;
        assert_eq!(app.quiet("Edge").await, [(Cause::Inhibition, "OwnCore".to_owned())]);
        // One sender that posts for both teams, may: what it says for the one is not named to the other.
        app.posts(&both, &json!({ "alertname": "WideCore", "kind": "core", "team": "other" })).await;
        app.posts(&both, &json!({ "alertname": "WideEdge", "kind": "edge", "team": "payments" })).await;
        app.api("POST", "/api/v2/alerts", &json!([{ "labels": { "alertname": "OwnCore", "kind": "core" }, "endsAt": "2025-01-01T00:00:00Z" }])).as_(&pam).send().await;
        app.settle().await;
        assert_eq!(app.quiet("WideEdge").await, [(Cause::Inhibition, String::new())]);
        let alert = app.alerts().await.into_iter().find(|alert| alert.labels["alertname"] == "WideEdge").unwrap();
        let page = app.get(&format!("/alerts/{}", alert.id)).as_(&pam).send().await;
        page.is(200).has("an alert of another team").lacks("WideCore").lacks("SecretCore");
        let what_if = app.get("/api/v1/alerts/what-if?labels=kind%3Dedge%0Ateam%3Dpayments").as_(&pam).send().await;
        what_if.is(200).lacks("SecretCore").lacks("WideCore");
    }

    async fn a_needed_system_is_down_where_its_own_sources_say_so(app: TestApp) {
        let (network, gateway) = app.team_with_system("gateway").await;
        let (_, shop) = app.team_with_system("shop").await;
        app.needs(&shop, &gateway).await;
        let nina = app.user("nina", &[Permission::Read, Permission::IngestAlerts], Some(&network)).await;
        app.posts(&nina, &json!({ "alertname": "Claim", "severity": "critical", "system": "gateway" })).await;
        app.fires(&shop, "front", true).await;
        app.settle().await;
        assert_eq!(app.quiet("monitor").await, [], "a claim of another team");
        app.fires(&gateway, "probe", true).await;
        app.settle().await;
        let alert = app.alerts().await.into_iter().find(|alert| alert.title == "front").unwrap();
        assert_eq!(alert.suppressed.iter().map(|reason| (reason.cause, reason.name.as_str())).collect::<Vec<_>>(), [(Cause::Dependency, "")]);
    }

    async fn names_of_the_house_and_nonsense_are_refused(app: TestApp) {
        let team = app.team("payments").await;
        let rights = [Permission::Read, Permission::IngestAlerts, Permission::EditMonitors];
        let pam = app.user("pam", &rights, Some(&team)).await;
        app.posts(&pam, &json!({ "alertname": "Spoof", "evenkeel_channel": "0193f2a0-7b1c-7def-8abc-0123456789ab" })).await;
        let alert = app.alerts().await.remove(0);
        assert!(!alert.labels.contains_key("evenkeel_channel") && alert.labels.contains_key("exported_evenkeel_channel"), "{alert:?}");
        for labels in ["%7B%22%22%3A%22b%22%7D", "%7B%22a%20b%22%3A%22c%22%7D", "%7B%7D", "hello%20world"] {
            app.get(&format!("/alerts/what-if?labels={labels}")).as_(&pam).send().await.is(422);
            app.get(&format!("/api/v1/alerts/what-if?labels={labels}")).as_(&pam).send().await.is(422);
        }
        let admin = app.admin().await;
        let deep = format!("route: {}{}", "[".repeat(5_000), "]".repeat(5_000));
        assert_eq!(app.portal.routes.put(&admin, &deep, 0).await.unwrap_err().problems()[0].field, "yaml");
        assert_eq!(app.portal.routes.import(&admin, &deep, true).await.unwrap_err().problems()[0].field, "yaml");
    }
}
