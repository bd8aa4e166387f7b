//! Routes that lead to nobody on purpose.

use domain::people::Locale;

use super::*;

const FILE: &str = "route:\n  receiver: team\n  group_wait: 0s\n  group_interval: 1m\n  routes:\n    - matchers: [kind=\"noise\"]\n      receiver: blackhole\n    - matchers: [kind=\"both\"]\n      receiver: blackhole\n      continue: true\n    - matchers: [kind=\"both\"]\n      receiver: team\nreceivers:\n  - name: team\n    team: true\n  - name: blackhole\n";

both! {
    async fn what_is_led_to_nobody_opens_no_incident_and_says_why(app: TestApp) {
        let (_, system) = app.team_with_system("gateway").await;
        let admin = app.admin().await;
        app.line("pager", false).await;
        app.portal.routes.put(&admin, FILE, 0).await.unwrap();
        for kind in ["noise", "both", "plain"] {
            app.observe(&named(&system, kind, &[("kind", kind)], true)).await.unwrap();
        }
        app.settle().await;
        let of = async |name: &str| app.alerts().await.into_iter().find(|alert| alert.title == name).unwrap();
        let noise = of("noise").await;
        assert_eq!((noise.suppressed[0].cause, noise.suppressed[0].name.as_str(), noise.incident), (Cause::Nobody, "blackhole", None));
        for name in ["both", "plain"] {
            let alert = of(name).await;
            assert!(alert.suppressed.is_empty() && alert.incident.is_some(), "{name}");
        }
        assert!(!app.told().await.iter().any(|told| told.contains("noise")));
        let page = format!("/alerts/{}", noise.id);
        app.get(&page).as_(&admin).send().await.is(200).has("Its routes lead to receivers that tell nobody: blackhole");
        app.get(&page).as_(&admin).in_(Locale::Zh).send().await.is(200).has("其路由到达的接收者不通知任何人：blackhole");
        let asked = app.portal.routes.what_if(&admin, "kind=\"noise\"\nsystem=\"gateway\"", None).await.unwrap();
        assert_eq!((asked.reasons[0].cause, asked.paging.is_none()), (Cause::Nobody, true));
        // Where others look for it, it is active, as in Alertmanager.
        let found = app.get("/api/v2/alerts?filter=kind%3Dnoise&inhibited=false").as_(&admin).send().await.is(200).json();
        assert_eq!((&found[0]["status"]["state"], &found[0]["status"]["inhibitedBy"]), (&json!("active"), &json!([])));
        // Routes that lead it to somebody count at once.
        app.portal.routes.put(&admin, &FILE.replace("  - name: blackhole\n", "  - name: blackhole\n    team: true\n"), 1).await.unwrap();
        app.settle().await;
        let noise = of("noise").await;
        assert!(noise.suppressed.is_empty() && noise.incident.is_some());
    }
}
