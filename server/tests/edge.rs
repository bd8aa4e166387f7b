//! The edge: headers, bounds, refusals, readiness.

use domain::Permission;
use serde_json::json;

both! {
    async fn every_answer_carries_its_name_and_its_policy(app: TestApp) {
        let answer = app.get("/healthz").send().await;
        answer.is(200);
        assert_eq!(answer.header("x-request-id").len(), 24);
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        app.get("/readyz").send().await.is(200);
    }

    async fn what_is_not_there_is_said_in_the_readers_language(app: TestApp) {
        app.get("/no/such/page").in_(domain::people::Locale::Zh).send().await.is(404).has("lang=\"zh-CN\"");
        let answer = app.get("/api/v1/no-such").send().await;
        answer.is(404);
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }

    async fn another_sites_post_is_refused_everywhere(app: TestApp) {
        for path in ["/login", "/api/v1/incidents", "/no/such/page"] {
            app.post_form(path, &[("a", "b")]).header("sec-fetch-site", "cross-site").send().await.is(403);
            app.post_form(path, &[("a", "b")]).header("origin", "https://evil.test").send().await.is(403);
        }
    }

    async fn a_body_beyond_the_bound_is_refused_before_it_is_read(app: TestApp) {
        let admin = app.admin().await;
        let body = "x".repeat((1 << 20) + 1);
        app.ask("POST", "/login").header("content-length", &body.len().to_string()).body(body).send().await.is(413);
        app.get("/api/v1/openapi.json").as_(&admin).send().await.is(200).has("\"openapi\":\"3.1.0\"");
        app.get("/api/docs").as_(&admin).send().await.is(200).has("Evenkeel API");
    }

    async fn nobody_hears_401_in_problem_details(app: TestApp) {
        let answer = app.get("/api/v1/openapi.json").send().await;
        answer.is(401);
        assert_eq!(answer.json()["type"], json!("urn:evenkeel:problem:unauthenticated"));
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        let team = app.team("payments").await;
        let viewer = app.user("vera", &[Permission::Read], Some(&team)).await;
        let answer = app.get("/api/v1/openapi.json").as_(&viewer).send().await;
        answer.is(200);
        assert_eq!(answer.header("ratelimit-limit"), "1200");
    }
}
