//! The edge: headers, bounds, refusals, readiness.

use domain::{Permission, people::Locale};
use serde_json::json;
use server::router;

use crate::app::{Ask, hear};

both! {
    async fn every_answer_carries_its_name_and_its_policy(app: TestApp) {
        let answer = app.get("/healthz").send().await;
        answer.is(200);
        assert_eq!(answer.header("x-request-id").len(), 24);
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        app.get("/readyz").send().await.is(200);
    }

    async fn pages_leave_compressed(app: TestApp) {
        let plain = app.get("/login").send().await;
        assert_eq!((plain.header("content-encoding"), plain.header("vary").contains("accept-encoding")), ("", true));
        for coding in ["br", "gzip"] {
            let answer = app.get("/login").header("accept-encoding", coding).open().await;
            assert_eq!(answer.headers()["content-encoding"], coding);
            let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
            assert!(body.len() < plain.body.len() / 2, "{coding}: {} of {}", body.len(), plain.body.len());
        }
        app.get("/healthz").header("accept-encoding", "br").send().await.has("ok");
    }

    async fn what_is_not_there_is_said_in_the_readers_language(app: TestApp) {
        app.get("/no/such/page").in_(domain::people::Locale::Zh).send().await.is(404).has("lang=\"zh-CN\"").has("/login");
        app.get("/no/such/page").as_(&app.admin().await).send().await.is(404).has("fault-page").has("/incidents");
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

    async fn every_place_in_a_path_is_described(app: TestApp) {
        let admin = app.admin().await;
        let document = app.get("/api/v1/openapi.json").as_(&admin).send().await.json();
        let paths = document["paths"].as_object().expect("paths");
        assert!(paths.len() > 50, "{}", paths.len());
        for (path, methods) in paths {
            for (method, act) in methods.as_object().expect("methods") {
                let described: Vec<_> = act["parameters"].as_array().into_iter().flatten().filter(|p| p["in"] == "path").filter_map(|p| p["name"].as_str()).collect();
                let places: Vec<_> = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
                assert_eq!(described, places, "{method} {path}");
            }
        }
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

both! {
    async fn the_same_key_acts_once(app: TestApp) {
        let admin = app.admin().await;
        app.team("payments").await;
        let system = |name: &str| json!({ "key": "gateway", "name": name, "team": "payments", "tier": 1 });
        let create = |json: &serde_json::Value| app.api("POST", "/api/v1/systems", json).as_(&admin).header("idempotency-key", "k-1");

        // A refusal does nothing, so the key is free again.
        create(&json!({ "key": "gateway" })).send().await.is(422).has("\"field\":\"name\"");
        let first = create(&system("Gateway")).send().await;
        first.is(201);
        let again = create(&system("Gateway")).send().await;
        again.is(201);
        assert_eq!((again.location(), &again.body), (first.location(), &first.body));
        assert_eq!((first.header("idempotent-replayed"), again.header("idempotent-replayed")), ("", "true"));
        let other = create(&system("Another")).send().await;
        other.is(422).has("Idempotency-Key");
        // The key belongs to its caller, and lasts a day.
        let bea = app.user("bea", Permission::ALL, None).await;
        app.api("POST", "/api/v1/systems", &system("Gateway")).as_(&bea).header("idempotency-key", "k-1").send().await.is(422).has("\"field\":\"key\"");
        app.advance(domain::time::DAY + 1);
        create(&system("Gateway")).send().await.is(422).has("\"field\":\"key\"");
        let long = "x".repeat(201);
        app.api("POST", "/api/v1/systems", &system("Gateway")).as_(&admin).header("idempotency-key", &long).send().await.is(422);
    }

    async fn whoever_reads_an_act_anew_is_led_to_its_page(app: TestApp) {
        let admin = app.admin().await;
        let read = || app.get("/changes/0193f2a0-0000-7000-8000-000000000000/finish").as_(&admin);
        let led = read().header("accept", "text/html").send().await;
        assert_eq!(led.is(303).location(), "/changes/0193f2a0-0000-7000-8000-000000000000");
        read().send().await.is(405);
        app.get("/api/v1/changes/0193f2a0-0000-7000-8000-000000000000/finish").as_(&admin).header("accept", "text/html").send().await.is(405);
    }

    async fn a_caller_hears_when_to_come_again(app: TestApp) {
        let admin = app.admin().await;
        for _ in 0..1_200 {
            app.get("/api/v1/openapi.json").as_(&admin).open().await;
        }
        let answer = app.get("/api/v1/openapi.json").as_(&admin).send().await;
        answer.is(429);
        assert_eq!((answer.header("retry-after"), answer.header("ratelimit-remaining")), ("60", "0"));
        app.get("/api/v1/openapi.json").send().await.is(401);
        app.advance(domain::time::MINUTE);
        app.get("/api/v1/openapi.json").as_(&admin).send().await.is(200);
    }

    async fn who_asks_for_pages_without_end_waits_for_the_next_minute(app: TestApp) {
        let team = app.team("payments").await;
        let (vera, wei) = (app.viewer("vera", &team).await, app.viewer("wei", &team).await);
        let mut settings = (*app.edge.settings).clone();
        assert_eq!(settings.limits.pages_per_minute, 6_000, "a hundred a second: nobody clicks so fast");
        settings.limits.pages_per_minute = 3;
        let edge = router::Edge::new(app.ctx.clone(), app.portal.clone(), app.engines.clone(), settings, None);
        let house = router::build(&edge).0;
        let ask = |method: &str, path: &str| Ask::new(house.clone(), method, path);
        for path in ["/incidents", "/alerts", "/search?q=x"] {
            ask("GET", path).as_(&vera).send().await.is(200);
        }
        // A person reads it as a page in their language, a program as problem details; forms are counted with the rest.
        let page = ask("GET", "/incidents").as_(&vera).in_(Locale::Zh).header("accept", "text/html").send().await;
        page.is(429).has("请求过多").has("60");
        assert_eq!(page.header("retry-after"), "60");
        let told = ask("GET", "/search?q=x").as_(&vera).header("accept", "application/json").send().await;
        assert_eq!(told.is(429).json()["type"], json!("urn:evenkeel:problem:too-many"));
        assert_eq!((told.header("content-type"), told.header("retry-after")), ("application/problem+json", "60"));
        ask("POST", "/profile").form(&[("name", "Vera")]).as_(&vera).send().await.is(429);
        // Others are not held up, and what is drawn with, what customers are told and the API are not counted there.
        ask("GET", "/incidents").as_(&wei).send().await.is(200);
        for path in ["/a/none/none.css", "/status/none", "/beat/none"] {
            ask("GET", path).as_(&vera).send().await.is(404);
        }
        ask("GET", "/api/v1/incidents").as_(&vera).send().await.is(200);
        // What a reader makes for themselves on a status page is counted.
        for path in ["/status/none/feed", "/status/none/feed/end"] {
            ask("POST", path).form(&[]).as_(&vera).send().await.is(429);
        }
        // Nobody in particular is counted by address.
        for status in [200, 200, 200, 429] {
            ask("GET", "/login").send().await.is(status);
        }
        // From the same address the links of messages open nevertheless: they have a count of their own.
        for status in [404, 404, 404, 429] {
            ask("GET", "/ack/none").send().await.is(status);
        }
        app.advance(domain::time::MINUTE);
        ask("GET", "/incidents").as_(&vera).send().await.is(200);
    }

    async fn the_order_to_read_routes_anew_is_counted_like_the_api(app: TestApp) {
        let admin = app.admin().await;
        let mut settings = (*app.edge.settings).clone();
        settings.limits.api_per_minute = 2;
        let edge = router::Edge::new(app.ctx.clone(), app.portal.clone(), app.engines.clone(), settings, None);
        let house = router::build(&edge).0;
        for status in [200, 200, 429] {
            Ask::new(house.clone(), "POST", "/-/reload").as_(&admin).send().await.is(status);
        }
        let nobody = Ask::new(house.clone(), "POST", "/-/reload").send().await;
        assert_eq!(nobody.is(401).header("www-authenticate"), "Bearer");
    }

    async fn forwarded_addresses_count_only_from_a_trusted_proxy(app: TestApp) {
        // Nobody is trusted by default: `https` in the header makes no secure connection.
        let answer = app.get("/healthz").header("x-forwarded-proto", "https").send().await;
        assert_eq!(answer.header("strict-transport-security"), "");
        app.get("/metrics").send().await.is(200);
        // Through a proxy that nobody named the address is the proxy's, and whoever asks may be anybody.
        app.get("/metrics").header("x-forwarded-for", "203.0.113.9").send().await.is(404);
    }
}

#[tokio::test]
async fn a_trusted_proxy_is_believed() {
    let app = crate::app::TestApp::with(backend::db::Kind::Sqlite, |settings| settings.trusted_proxies = vec!["127.0.0.1".into()]).await;
    let answer = app.get("/healthz").header("x-forwarded-proto", "https").send().await;
    assert_ne!(answer.header("strict-transport-security"), "");
    app.get("/metrics").header("x-forwarded-for", "10.9.9.9, 203.0.113.9").send().await.is(404);
}

/// What was logged, for a test to read.
#[derive(Clone, Default)]
struct Log(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl Log {
    /// One that hears this thread until the guard is dropped.
    fn begin() -> (Self, tracing::dispatcher::DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let logging = tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).with_writer(move || writer.clone()).finish();
        (log, hear(logging))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("the log").clone()).expect("text")
    }
}

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("the log").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Else what the log lacks would say nothing.
#[test]
fn a_log_hears_what_another_thread_said_first() {
    let said = || tracing::info!("said");
    let (log, _guard) = Log::begin();
    std::thread::spawn(said).join().expect("the thread");
    said();
    assert_eq!(log.text().matches("said").count(), 1, "its own thread, and that alone");
}

both! {
    async fn no_secret_reaches_a_log(app: TestApp) {
        let (log, _guard) = Log::begin();
        let canary = "canary-8214";
        let admin = app.admin().await;
        for path in ["/beat/", "/setup/", "/calendar/", "/hooks/"] {
            for end in ["", "/", "/mistyped"] {
                app.get(&format!("{path}{canary}{end}")).send().await;
                app.post_form(&format!("{path}{canary}{end}"), &[("password", canary)]).send().await;
            }
        }
        app.get(&format!("/login?next=/%3Ftoken={canary}")).send().await.is(200);
        app.post_form("/login", &[("login", "admin"), ("password", canary)]).send().await.is(422);
        app.get("/api/v1/systems").header("authorization", &format!("Bearer {canary}")).send().await.is(401);
        app.get("/").header("cookie", &format!("ek_session={canary}; __Host-ek_session={canary}")).send().await;
        app.post_form("/profile/password", &[("current", canary), ("password", canary), ("again", canary)]).as_(&admin).send().await;
        app.post_form("/admin/channels", &[("name", "n"), ("url", &format!("http://127.0.0.1:9/{canary}")), ("secret", canary)]).as_(&admin).send().await;
        let text = log.text();
        assert!(text.contains("answered"), "nothing was logged");
        let leaks: Vec<_> = text.lines().filter(|line| line.contains(canary)).collect();
        assert!(leaks.is_empty(), "{leaks:#?}");
    }

    async fn every_secret_in_a_path_is_kept_out_of_logs(app: TestApp) {
        for entry in app.table.iter().filter(|entry| entry.path.contains("{secret") || entry.path.contains("{token")) {
            assert!(server::layers::naming::SECRET.iter().any(|prefix| entry.path.starts_with(prefix)), "{} would be logged", entry.path);
        }
    }
}
