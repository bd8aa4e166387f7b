//! The pages: logging in as a browser does, and what an administrator sees.

use domain::{Permission, people::Locale};

use super::*;

both! {
    async fn logging_in_leads_to_the_first_screen_of_the_role(app: TestApp) {
        let admin = begin(&app).await;
        for (login, key, home) in [
            ("vera", "viewer", "/"),
            ("olga", "operator", "/alerts?mine=1"),
            ("emil", "engineer", "/"),
            ("rita", "release-manager", "/changes"),
            ("anna", "analyst", "/transactions"),
            ("paul", "approver", "/approvals"),
            ("root", "administrator", "/admin/health"),
        ] {
            user(&app, &admin, login, key).await;
            let answer = app.post_form("/login", &[("login", login), ("password", PASSWORD), ("next", "")]).send().await;
            answer.is(303);
            assert_eq!(answer.location(), home, "{login}");
            let cookie = answer.cookie("ek_session").unwrap();
            let set = answer.header("set-cookie");
            assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax") && set.contains("Path=/"), "{set}");
            app.get("/profile").cookie(&cookie).send().await.is(200).has(login);
        }
    }

    async fn the_login_page_works_in_both_languages_and_keeps_the_name(app: TestApp) {
        begin(&app).await;
        app.get("/login").in_(Locale::En).send().await.is(200).has("Log in").has("method=\"post\"");
        app.get("/login").in_(Locale::Zh).send().await.is(200).has("登录");
        let answer = app.post_form("/login", &[("login", "no\"body"), ("password", "canary-password")]).send().await;
        answer.is(422).has("no&quot;body").lacks("canary-password").has("role=\"alert\"");
        assert!(answer.cookie("ek_session").is_none());
    }

    async fn next_stays_on_this_site(app: TestApp) {
        let admin = begin(&app).await;
        user(&app, &admin, "vera", "viewer").await;
        for (next, to) in [
            ("/systems?q=1", "/systems?q=1"),
            ("//evil.test", "/"),
            ("/\\evil.test", "/"),
            ("https://evil.test", "/"),
            ("\t//evil.test", "/"),
            ("javascript:alert(1)", "/"),
            ("/login", "/"),
        ] {
            let answer = app.post_form("/login", &[("login", "vera"), ("password", PASSWORD), ("next", next)]).send().await;
            answer.is(303);
            assert_eq!(answer.location(), to, "{next}");
        }
        app.get("/login?next=//evil.test").send().await.is(200).has("name=\"next\" value=\"\"");
        // Host and forwarded headers of others change nothing: the redirect is a path.
        let ask = app.post_form("/login", &[("login", "vera"), ("password", PASSWORD), ("next", "/systems")]);
        assert_eq!(ask.header("x-forwarded-host", "evil.test").send().await.location(), "/systems");
    }

    async fn after_logging_out_the_cookie_is_nobodys(app: TestApp) {
        let admin = begin(&app).await;
        user(&app, &admin, "vera", "viewer").await;
        let cookie = format!("ek_session={}", log_in(&app, "vera").await);
        app.get("/profile").cookie(&cookie).send().await.is(200);
        let answer = app.post_form("/logout", &[]).cookie(&cookie).send().await;
        answer.is(303);
        assert_eq!(answer.cookie("ek_session").as_deref(), Some("ek_session="));
        assert_eq!(app.get("/profile").cookie(&cookie).send().await.location(), "/login?next=%2Fprofile");
        app.post_form("/profile", &[("name", "x")]).cookie(&cookie).send().await.is(401);
        app.get("/api/v1/me").cookie(&cookie).send().await.is(401);
    }

    async fn forged_cookies_hear_401(app: TestApp) {
        let admin = begin(&app).await;
        user(&app, &admin, "vera", "viewer").await;
        let good = log_in(&app, "vera").await;
        let parts: Vec<&str> = good.split('.').collect();
        let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
        let tampered = format!("{}.{}A.{}", parts[0], &parts[1][..parts[1].len() - 1], parts[2]);
        for bad in [format!("{none}.{}.", parts[1]), format!("{none}.{}.{}", parts[1], parts[2]), tampered, format!("{}.{}.", parts[0], parts[1])] {
            app.get("/api/v1/me").cookie(&format!("ek_session={bad}")).send().await.is(401);
        }
        app.get("/api/v1/me").cookie(&format!("ek_session={good}")).send().await.is(200).has("\"login\":\"vera\"");
        app.advance(13 * domain::time::HOUR);
        app.get("/api/v1/me").cookie(&format!("ek_session={good}")).send().await.is(401);
    }

    async fn twenty_wrong_passwords_are_429(app: TestApp) {
        begin(&app).await;
        for _ in 0..20 {
            app.post_form("/login", &[("login", "vera"), ("password", "wrong")]).send().await.is(422);
        }
        let answer = app.post_form("/login", &[("login", "vera"), ("password", "wrong")]).send().await;
        answer.is(429);
        assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
    }

    async fn the_set_up_page_makes_the_first_administrator(app: TestApp) {
        backend::people::ensure_defaults(&app.ctx).await.unwrap();
        let secret = backend::people::setup_secret(&app.ctx).await.unwrap().unwrap();
        let path = format!("/setup/{secret}");
        app.get("/setup/0000").send().await.is(404).has("Only the newest link opens");
        app.get("/login").send().await.is(200).has("Evenkeel is not set up yet");
        app.get(&path).send().await.is(200).has("name=\"tools\"");
        let answer = app.post_form(&path, &[("login", "root"), ("name", "Root"), ("team", "<b>Ops</b>"), ("locale", "en")]).send().await;
        answer.is(422).has("value=\"root\"").has("&lt;b&gt;Ops").has("At least 12").lacks("<b>Ops");
        let fields = [("login", "root"), ("name", "Root"), ("team", "Ops"), ("locale", "en"), ("password", PASSWORD), ("again", PASSWORD)];
        let answer = app.post_form(&path, &fields).send().await;
        answer.is(303);
        assert_eq!(answer.location(), "/admin/health");
        app.get("/admin/users").cookie(&answer.cookie("ek_session").unwrap()).send().await.is(200).has("Root");
        app.get(&path).send().await.is(404);
        app.post_form(&path, &fields).send().await.is(404);
    }

    async fn one_edits_oneself(app: TestApp) {
        let admin = begin(&app).await;
        user(&app, &admin, "vera", "viewer").await;
        let cookie = format!("ek_session={}", log_in(&app, "vera").await);
        let answer = app.post_form("/profile", &[("name", ""), ("zone", "Mars/Base"), ("locale", "zh-CN")]).cookie(&cookie).send().await;
        answer.is(422).has("value=\"Mars/Base\"").has("Asia/Shanghai");
        let fields = [("name", "Vera <3"), ("email", ""), ("zone", "Asia/Shanghai"), ("locale", "zh-CN"), ("theme", "dark")];
        app.post_form("/profile", &fields).cookie(&cookie).send().await.is(303);
        app.get("/profile").cookie(&cookie).send().await.is(200).has("lang=\"zh-CN\"").has("data-theme=\"dark\"").has("Vera &lt;3").has("当前会话");
        app.post_form("/profile/password", &[("current", "wrong"), ("password", "a long new password"), ("again", "a long new password")])
            .cookie(&cookie).send().await.is(422).has("field-current").lacks("a long new password");
        let other = log_in(&app, "vera").await;
        let session = who(&app, &other).await.unwrap().session.unwrap();
        app.post_form(&format!("/profile/sessions/{session}/revoke"), &[]).cookie(&cookie).send().await.is(303);
        assert!(who(&app, &other).await.is_err());
        app.post_form("/profile/sessions/rubbish/revoke", &[]).cookie(&cookie).send().await.is(404);
    }

    async fn an_administrator_keeps_users_teams_and_roles(app: TestApp) {
        let admin = begin(&app).await;
        let get = async |path: &str| app.get(path).as_(&admin).in_(Locale::En).send().await;
        let post = async |path: &str, fields: &[(&str, &str)]| app.post_form(path, fields).as_(&admin).in_(Locale::En).send().await;
        get("/admin/users/new").await.is(200).has("First-line operator");
        post("/admin/users", &[("login", "Bad login"), ("name", "Emil")]).await.is(422).has("value=\"Bad login\"").has("value=\"Emil\"");
        let operator = role(&app, &admin, "operator").await;
        let fields = [("login", "emil"), ("name", "Emil"), ("email", ""), ("password", PASSWORD), ("team", "*"), ("role", operator.as_str())];
        let made = post("/admin/users", &fields).await;
        made.is(303);
        let path = made.location().to_owned();
        get(&path).await.is(200).has("First-line operator · every team").has("has yet to choose a password");
        get("/admin/users?q=emi").await.is(200).has("Emil").lacks("admin</a>");
        get("/admin/users?q=nobody-such").await.is(200).has("No user matches");
        post(&format!("{path}/disable"), &[]).await.is(303);
        get(&path).await.has("disabled");
        post(&format!("{path}/enable"), &[]).await.is(303);
        post(&format!("{path}/password"), &[("password", "short")]).await.is(422).has("at least 12 characters");
        post(&format!("{path}/memberships/remove"), &[("team", "*"), ("role", &operator)]).await.is(303);
        get(&path).await.has("No role yet");
        post(&format!("{path}/memberships"), &[("team", "nonsense"), ("role", &operator)]).await.is(422);
        // Nobody is given everything because nothing was chosen.
        post(&format!("{path}/memberships"), &[("team", ""), ("role", "")]).await.is(422).has("Team: nothing was entered — expected: choose one").has("— choose —");
        get("/admin/users.csv").await.is(200).has("emil,Emil,,false");

        post("/admin/teams", &[("name", "Ops"), ("key", "OPS")]).await.is(422).has("value=\"Ops\"");
        post("/admin/teams", &[("name", "Ops"), ("key", "ops")]).await.is(303);
        let team = app.portal.people.teams(&admin).await.unwrap()[0].id.clone();
        get(&format!("/admin/teams/{team}")).await.is(200).has("Remove team");
        app.system("gateway", &team).await;
        post(&format!("/admin/teams/{team}/remove"), &[]).await.is(409).has("in use");
        get("/admin/teams/no-id").await.is(404);

        get("/admin/roles").await.is(200).has("everything").has("/alerts?mine=1");
        get("/admin/roles/new").await.is(200).has("permissions");
        let fields = [("key", "night"), ("name", "Night shift"), ("name_zh", "夜班"), ("home", "//evil"), ("permissions", "read")];
        post("/admin/roles", &fields).await.is(422).has("Night shift");
        get(&format!("/admin/roles/{operator}")).await.is(200).has("value=\"tools.run-safe\" checked");
    }

    async fn a_token_is_shown_once(app: TestApp) {
        let admin = begin(&app).await;
        user(&app, &admin, "emil", "engineer").await;
        let cookie = format!("ek_session={}", log_in(&app, "emil").await);
        let made = app.post_form("/admin/tokens", &[("name", "CI"), ("days", "7"), ("permissions", "read")]).cookie(&cookie).send().await;
        made.is(200).has("evk_");
        let secret = made.body.split("evk_").nth(1).map(|rest| format!("evk_{}", &rest[..97])).unwrap();
        app.get("/admin/tokens").cookie(&cookie).send().await.is(200).has("CI").lacks("evk_");
        let bearer = format!("Bearer {secret}");
        let me = app.get("/api/v1/me").header("authorization", &bearer).send().await;
        me.is(200);
        assert_eq!(me.json()["everywhere"], serde_json::json!(["read"]));
        app.get("/profile").header("authorization", &bearer).send().await.is(303);
        app.get("/api/v1/users").header("authorization", &bearer).send().await.is(403).has("people.manage");
        app.post_form("/admin/tokens", &[("name", "x"), ("days", "7"), ("permissions", "people.manage")]).cookie(&cookie).send().await.is(422);
    }

    async fn viewers_and_nobody_keep_out(app: TestApp) {
        begin(&app).await;
        let team = app.team("payments").await;
        let viewer = app.viewer("vera", &team).await;
        for path in ["/admin/users", "/admin/teams", "/admin/roles", "/admin/users/new", "/admin/roles/new", "/admin/users.csv", "/audit", "/audit.csv"] {
            app.get(path).as_(&viewer).send().await.is(403);
            app.get(path).send().await.is(303);
        }
        for path in ["/admin/users", "/admin/teams", "/admin/roles", "/admin/tokens", "/audit/verify"] {
            app.post_form(path, &[]).as_(&viewer).send().await.is(403);
            app.post_form(path, &[]).send().await.is(401);
        }
        app.get("/admin/tokens").as_(&viewer).send().await.is(200).lacks("name=\"days\"");
        // The refusal names what is missing and whom to ask.
        let refused = app.get("/admin/users").as_(&viewer).in_(Locale::En).send().await;
        refused.is(403).has("Manage users, teams and roles (people.manage)").has("admin");
        app.get("/admin/users").as_(&viewer).in_(Locale::Zh).send().await.is(403).has("管理用户、团队和角色");
    }

    async fn the_trail_is_read_filtered_exported_and_checked(app: TestApp) {
        let admin = begin(&app).await;
        let fields = [("key", "evil"), ("name", "=HYPERLINK(\"http://evil\")")];
        app.post_form("/admin/teams", &fields).as_(&admin).send().await.is(303);
        app.post_form("/admin/teams", &[("key", "b"), ("name", "<script>alert(1)</script>")]).as_(&admin).send().await.is(303);
        let get = async |path: &str| app.get(path).as_(&admin).in_(Locale::En).send().await;
        get("/audit").await.is(200).has("team.add").has("&lt;script&gt;").lacks("<script>alert");
        get("/audit?act=role").await.is(200).has("No row matches");
        get("/audit?from=nonsense").await.is(422);
        get("/audit?after=x").await.is(422);
        get("/audit?from=now-1h&to=now&actor=adm").await.is(200);
        get("/audit.csv?act=team").await.is(200).has("\"'=HYPERLINK(");
        app.post_form("/audit/verify", &[]).as_(&admin).in_(Locale::En).send().await.is(200).has("The chain is whole: 2 rows");
        let mut conn = app.ctx.db.read().await.unwrap();
        backend::db::sql("UPDATE audit SET act = 'x' WHERE seq = 1").run(&mut conn).await.unwrap();
        drop(conn);
        app.post_form("/audit/verify", &[]).as_(&admin).in_(Locale::En).send().await.is(200).has("broken at row 1");
        assert_eq!(app.get("/api/v1/audit?act=x").as_(&admin).send().await.json()["items"][0]["seq"], 1);
        app.api("POST", "/api/v1/audit/verify", &serde_json::json!({})).as_(&admin).send().await.is(200).has("edited");
        let auditor = app.user("audrey", &[Permission::Read, Permission::ReadAudit], Some(&app.team("x").await)).await;
        app.get("/audit").as_(&auditor).in_(Locale::En).send().await.is(200).has("No row matches").lacks("Check the chain");
    }

    async fn a_password_that_somebody_else_chose_is_changed_first(app: TestApp) {
        let admin = begin(&app).await;
        let operator = role(&app, &admin, "operator").await;
        let fields = [("login", "dora"), ("name", "Dora"), ("password", PASSWORD), ("team", "*"), ("role", operator.as_str())];
        let id = app.portal.people.add_user(&admin, &typed(&fields)).await.unwrap();
        let cookie = format!("ek_session={}", log_in(&app, "dora").await);
        let get = async |path: &str| app.get(path).cookie(&cookie).in_(Locale::En).send().await;
        assert_eq!(get("/incidents?open=on").await.is(303).location(), "/password?next=%2Fincidents%3Fopen%3Don");
        assert_eq!(app.post_form("/incidents", &[("title", "x")]).cookie(&cookie).send().await.is(303).location(), "/password");
        app.get("/api/v1/incidents").cookie(&cookie).send().await.is(409).has("choose your own at /password");
        app.post_form("/-/reload", &[]).cookie(&cookie).send().await.is(409).has("choose your own at /password");
        get("/password?next=/incidents").await.is(200).has("Choose your password").has("value=\"/incidents\"");
        let choose = async |current: &str, new: &str| {
            let fields = [("current", current), ("password", new), ("again", new), ("next", "/incidents")];
            app.post_form("/password", &fields).cookie(&cookie).in_(Locale::En).send().await
        };
        choose(PASSWORD, PASSWORD).await.is(422).has("another password than the present one").lacks(PASSWORD);
        choose("wrong and long enough", "a new one that is long").await.is(422).has("your present password");
        assert_eq!(choose(PASSWORD, "a new one that is long").await.is(303).location(), "/incidents");
        get("/incidents").await.is(200);
        assert_eq!(get("/password").await.is(303).location(), "/profile");
        // A token of theirs, and a password that may be kept, hold nobody up; one that is set for somebody else does.
        let set = async |fields: &[(&str, &str)]| app.portal.people.set_password(&admin, &id, &typed(fields)).await.unwrap();
        set(&[("password", PASSWORD), ("keep", "on")]).await;
        assert!(!who(&app, &log_in(&app, "dora").await).await.unwrap().password_due);
        set(&[("password", PASSWORD)]).await;
        assert!(who(&app, &log_in(&app, "dora").await).await.unwrap().password_due);
        let token = typed(&[("name", "CI"), ("days", "7"), ("permissions", "read")]);
        let token = app.people.create_token_for(&domain::Actor::engine("command line"), &id, &token).await.unwrap();
        app.get("/api/v1/incidents").header("authorization", &format!("Bearer {}", token.secret)).send().await.is(200);
    }

    async fn the_api_keeps_people_too(app: TestApp) {
        let admin = begin(&app).await;
        let api = async |method: &str, path: &str, json: serde_json::Value| app.api(method, path, &json).as_(&admin).send().await;
        let bad = api("POST", "/api/v1/users", serde_json::json!({"login": "!", "nme": "x"})).await;
        bad.is(422).has("\"field\":\"login\"").has("\"field\":\"nme\"").has("\"field\":\"password\"");
        let made = api("POST", "/api/v1/users", serde_json::json!({"login": "emil", "name": "Emil", "password": PASSWORD})).await;
        made.is(201).lacks(PASSWORD).lacks("argon2");
        let path = made.location().to_owned();
        let id = made.json()["id"].as_str().unwrap().to_owned();
        let viewer = role(&app, &admin, "viewer").await;
        let membership = serde_json::json!({"user": id, "team": "*", "role": viewer});
        api("POST", "/api/v1/memberships", membership).await.is(204);
        assert_eq!(app.get(&path).as_(&admin).send().await.json()["memberships"][0]["role_key"], "viewer");
        let taken = format!("/api/v1/memberships?user={id}&team=*&role={viewer}");
        api("DELETE", &taken, serde_json::json!({})).await.is(204);
        api("DELETE", &taken, serde_json::json!({})).await.is(404);
        api("PUT", &path, serde_json::json!({"name": "Emil II", "email": "e@x.example"})).await.is(200).has("Emil II");
        api("POST", &format!("{path}/disable"), serde_json::json!({})).await.is(204);
        app.get("/api/v1/users?disabled=true").as_(&admin).send().await.is(200).has("emil");
        api("GET", "/api/v1/users/no-id", serde_json::json!({})).await.is(404);
        let team = api("POST", "/api/v1/teams", serde_json::json!({"key": "ops", "name": "Ops"})).await;
        team.is(201);
        api("DELETE", team.location(), serde_json::json!({})).await.is(204);
        app.get("/api/v1/roles").as_(&admin).send().await.is(200).has("release-manager");
    }

    async fn a_kept_answer_keeps_no_secret_readable(app: TestApp) {
        let admin = begin(&app).await;
        let body = serde_json::json!({"name": "CI", "days": 7, "permissions": ["read"]});
        let make = async || app.api("POST", "/api/v1/tokens", &body).as_(&admin).header("idempotency-key", "k1").send().await;
        let (first, second) = (make().await, make().await);
        first.is(201);
        assert_eq!(first.body, second.body, "one token, told twice to the same caller");
        let secret = first.json()["secret"].as_str().unwrap().to_owned();
        // Another credential of the same person hears nothing of it.
        let little = serde_json::json!({"name": "little", "days": 7, "permissions": ["read", "tokens.manage"]});
        let little = app.api("POST", "/api/v1/tokens", &little).as_(&admin).send().await.is(201).json()["secret"].as_str().unwrap().to_owned();
        let ask = app.api("POST", "/api/v1/tokens", &body).header("authorization", &format!("Bearer {little}"));
        let own = ask.header("idempotency-key", "k1").send().await;
        assert_ne!(own.json()["secret"].as_str(), Some(secret.as_str()), "{}", own.body);
        let mut conn = app.ctx.db.read().await.unwrap();
        let kept = backend::db::sql("SELECT body FROM idempotency").texts(&mut conn).await.unwrap().join(" ");
        assert!(!kept.is_empty() && !kept.contains(&secret));
    }
}
