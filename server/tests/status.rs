//! Status pages: what customers are told, by whom, under which host, and while the database is away.

use domain::{
    Permission,
    people::Locale,
    time::{HOUR, MINUTE},
};

use crate::alerts::signal;

#[macro_use]
mod subscribers;

mod inside;
mod work;
mod zone;

const EDITOR: &[Permission] = &[Permission::Read, Permission::EditSystems, Permission::WorkIncidents];

both! {
    async fn a_page_is_made_edited_and_read_by_whom_it_is_for(app: TestApp) {
        let (team, gateway) = app.team_with_system("gateway").await;
        let (other, _) = app.team_with_system("printer").await;
        let lena = app.user("lena", EDITOR, Some(&team)).await;
        let viewer = app.viewer("vera", &team).await;
        let stranger = app.user("otto", EDITOR, Some(&other)).await;
        let admin = app.admin().await;
        app.get("/admin/status").as_(&viewer).send().await.is(200).has("There is no status page").lacks("New status page");
        let fields = |host: &'static str, components: &'static str, public: bool| {
            let mut fields = vec![("slug", "pay"), ("title", "Payments"), ("about", "All about **paying**"), ("team", team.as_str()), ("host", host), ("components", components)];
            if public {
                fields.push(("public", "on"));
            }
            fields
        };
        app.post_form("/admin/status", &fields("", "", false)).as_(&viewer).send().await.is(403);
        app.post_form("/admin/status", &fields("", "", false)).as_(&stranger).send().await.is(404);
        let wrong = app.post_form("/admin/status", &fields("http://x", "Cards = printer", false)).as_(&lena).send().await;
        wrong.is(422).has("http://x").has("Cards = printer");
        app.post_form("/admin/status", &fields("", "Cards = printer", false)).as_(&lena).send().await.is(422).has("printer");
        let made = app.post_form("/admin/status", &fields("", "Cards / Card payments = gateway\nRefunds = gateway", false)).as_(&lena).send().await;
        let edit = made.is(303).location().to_owned();
        // For the inside: nobody else knows that it is there.
        app.get("/status/pay").send().await.is(404);
        app.get("/status/pay").as_(&stranger).send().await.is(404);
        app.get("/status/pay").as_(&viewer).send().await.is(200).has("Card payments").has("<strong>paying</strong>").has("not known");
        app.get(&edit).as_(&stranger).send().await.is(404);
        app.get(&edit).as_(&viewer).send().await.is(200).lacks("<textarea");
        let mut public = fields("status.example.org", "Cards / Card payments = gateway", true);
        public.push(("version", "1"));
        // A host of its own takes it from the rest of the portal: that is not for an editor of one team.
        app.post_form(&edit, &public).as_(&lena).send().await.is(403).has("settings.manage");
        app.post_form(&edit, &public).as_(&admin).send().await.is(303);
        app.post_form(&edit, &public).as_(&admin).send().await.is(409).has("edited the page meanwhile");
        let form = app.get(&format!("{edit}/edit")).as_(&lena).send().await;
        form.is(200).has("All about **paying**").lacks("name=\"host\"");
        app.get(&format!("{edit}/edit")).as_(&viewer).send().await.is(403);
        app.get(&format!("{edit}/edit")).as_(&stranger).send().await.is(404);
        app.get(&format!("{edit}/edit")).as_(&admin).send().await.is(200).has("name=\"host\"");
        let kept: Vec<_> = public.iter().map(|(name, value)| (*name, if *name == "version" { "2" } else { *value })).filter(|(name, _)| *name != "host").collect();
        app.post_form(&edit, &kept).as_(&lena).send().await.is(303);
        let page = app.get("/status/pay").in_(Locale::Zh).send().await;
        page.is(200).has("部分状态未知").has("lang=\"zh-CN\"").lacks("<script").lacks("Refunds");
        assert!(page.header("set-cookie").is_empty(), "no cookies");
        assert!(page.header("content-security-policy").starts_with("default-src 'none'; style-src 'self'"));
        app.get("/status/pay?lang=en").in_(Locale::Zh).send().await.is(200).has("Not everything is known");
        app.get("/status/nothing").send().await.is(404);
        // Under its own host there is this page, and nothing of the portal.
        let own = app.get("/").host("status.example.org:8443").send().await;
        own.is(200).has("Card payments").lacks("Overview");
        app.get("/login").host("status.example.org").send().await.is(404);
        app.post_form("/login", &[]).host("Status.example.org").send().await.is(404);
        app.get("/feed.atom").host("status.example.org").send().await.is(200).has("<feed");
        app.get("/feed.rss").host("status.example.org").send().await.is(200).has("<rss version=\"2.0\"").has("/feed.rss\"");
        own.has("<a href=\"/feed.atom\">Feed (Atom)").has("<a href=\"/feed.rss\">Feed (RSS)");
        own.has("<link rel=\"alternate\" type=\"application/atom+xml\" href=\"/feed.atom\">");
        own.has("<link rel=\"alternate\" type=\"application/rss+xml\" href=\"/feed.rss\">");
        let _ = gateway;
        app.post_form(&format!("{edit}/remove"), &[]).as_(&viewer).send().await.is(403);
        app.post_form(&format!("{edit}/remove"), &[]).as_(&lena).send().await.is(303);
        app.get("/status/pay").send().await.is(404);
    }

    async fn customers_are_told_what_is_written_for_them(app: TestApp) {
        let (team, gateway) = app.team_with_system("gateway").await;
        let lena = app.user("lena", EDITOR, Some(&team)).await;
        let viewer = app.viewer("vera", &team).await;
        let body = serde_json::json!({ "slug": "pay", "title": "Payments", "team": team, "public": true, "components": ["Card payments = gateway"] });
        let id = app.api("POST", "/api/v1/status-pages", &body).as_(&lena).send().await.is(201).json()["id"].as_str().unwrap().to_owned();
        app.api("POST", "/api/v1/status-pages", &body).as_(&lena).send().await.is(409);
        app.observe(&signal(&gateway, "secret-inside-name", Some(true))).await.unwrap();
        app.advance(MINUTE);
        // What a monitor sees is told by itself; what it is called inside is not.
        app.get("/status/pay").send().await.is(200).has("does not work").lacks("secret-inside-name").lacks("INC-1");
        let publish = format!("/api/v1/status-pages/{id}/notices");
        let notice = |title: &str, affects: &str, incident: &str| {
            serde_json::json!({ "title": title, "state": "investigating", "impact": "degraded", "affects": [affects], "text": "We are **on it** <b>", "incident": incident })
        };
        app.api("POST", &publish, &notice("", "Card payments", "1")).as_(&lena).send().await.is(422).has("title");
        app.api("POST", &publish, &notice("Cards are slow", "Moon", "1")).as_(&lena).send().await.is(422).has("Moon");
        app.api("POST", &publish, &notice("Cards are slow", "Card payments", "INC-9")).as_(&lena).send().await.is(422).has("INC-9");
        app.api("POST", &publish, &notice("Cards are slow", "Card payments", "1")).as_(&viewer).send().await.is(403);
        let made = app.api("POST", &publish, &notice("Cards are slow", "Card payments", "1")).as_(&lena).send().await.is(201).json();
        let page = app.get("/status/pay").send().await;
        page.is(200).has("Cards are slow").has("<strong>on it</strong>").has("works in part").lacks("INC-1");
        let told = app.incident(1).await;
        assert!(told.timeline.iter().any(|entry| entry.kind == domain::incidents::EntryKind::Published), "its timeline says so");
        let updates = format!("/api/v1/status-notices/{}/updates", made["id"].as_str().unwrap());
        app.api("POST", &updates, &serde_json::json!({ "state": "fine", "text": "" })).as_(&lena).send().await.is(422);
        app.advance(MINUTE);
        app.api("POST", &updates, &serde_json::json!({ "state": "resolved", "text": "It is over" })).as_(&lena).send().await.is(204);
        app.get("/status/pay").send().await.is(200).has("It is over").has("The last 90 days");
        let feed = app.get("/status/pay/feed.atom").send().await;
        feed.is(200).has("<title>Over: Cards are slow</title>").has("We are **on it** &lt;b&gt;");
        feed.has("rel=\"self\"").has("/status/pay/feed.atom\"").has("xml:lang=\"en\"").has(" UTC — It is over");
        assert_eq!(feed.header("content-type"), "application/atom+xml; charset=utf-8");
        app.get("/status/pay/feed.atom?lang=zh-CN").send().await.is(200).has("<title>已结束：Cards are slow</title>").has("xml:lang=\"zh-CN\"");
        let said = feed.text();
        let entry = said.split("<id>").last().unwrap().split('<').next().unwrap().to_owned();
        let response = app.get("/status/pay/feed.rss").send().await;
        assert_eq!(response.is(200).header("content-type"), "application/rss+xml; charset=utf-8");
        let rss: rss::Channel = response.text().parse().unwrap();
        assert_eq!((rss.title(), rss.language(), rss.items().len()), ("Payments", Some("en"), said.matches("<entry>").count()));
        let item = rss.items().last().unwrap();
        let guid = item.guid().unwrap();
        assert_eq!((item.title(), guid.value(), guid.is_permalink()), (Some("Over: Cards are slow"), entry.as_str(), false));
        let told = item.description().unwrap();
        assert!(told.contains(" UTC — It is over<br>") && told.contains("We are **on it** &lt;b&gt;"), "HTML within the XML: {told}");
        assert!(item.link().unwrap().contains("/status/pay#notice-"), "{item:?}");
        for moment in [rss.last_build_date().unwrap(), item.pub_date().unwrap()] {
            let at = jiff::fmt::rfc2822::parse(moment).unwrap().timestamp();
            assert!(said.contains(&domain::Timestamp(at.as_millisecond()).rfc3339()[..19]), "{moment}");
        }
        app.get("/status/pay/feed.rss?lang=zh-CN").send().await.is(200).has("<title>已结束：Cards are slow</title>").has("<language>zh-CN</language>");
        app.get("/api/v1/status/pay").as_(&viewer).send().await.is(200).lacks("\"incident\":\"");
        app.get(&format!("/admin/status/{id}")).as_(&lena).send().await.is(200).has("Cards are slow");
    }

    async fn what_is_typed_is_text_and_a_refusal_keeps_it(app: TestApp) {
        let (team, _) = app.team_with_system("gateway").await;
        let lena = app.user("lena", EDITOR, Some(&team)).await;
        let evil = "</textarea><script>alert(1)</script> & \"<blink>\"";
        let body = serde_json::json!({ "slug": "pay", "title": evil, "about": evil, "team": team, "public": true, "components": ["<blink>Cards = gateway"] });
        let id = app.api("POST", "/api/v1/status-pages", &body).as_(&lena).send().await.is(201).json()["id"].as_str().unwrap().to_owned();
        let notice = serde_json::json!({ "title": evil, "state": "identified", "impact": "outage", "affects": ["<blink>Cards"], "text": evil });
        let told = app.api("POST", &format!("/api/v1/status-pages/{id}/notices"), &notice).as_(&lena).send().await.is(201).json();
        for path in ["/status/pay", "/status/pay?lang=zh-CN", "/status/pay/feed.atom"] {
            app.get(path).send().await.is(200).lacks("<script").lacks("<blink").has("&lt;blink&gt;");
        }
        let here = format!("/admin/status/{id}");
        for path in [here.as_str(), &format!("{here}/edit"), "/admin/status"] {
            app.get(path).as_(&lena).send().await.is(200).lacks("<script>alert").lacks("<blink");
        }
        let go_on = format!("{here}/notices/{}", told["id"].as_str().unwrap());
        let refused = app.post_form(&go_on, &[("state", "fine"), ("text", evil)]).as_(&lena).send().await;
        refused.is(422).has("&lt;/textarea&gt;&lt;script&gt;").lacks("<script>alert");
        let fields = [("title", "Slow"), ("state", "identified"), ("impact", "none"), ("text", evil)];
        let refused = app.post_form(&format!("{here}/notices"), &fields).as_(&lena).send().await;
        refused.is(422).has("value=\"Slow\"").has("&lt;/textarea&gt;&lt;script&gt;");
    }

    async fn nothing_is_green_because_nobody_looks(app: TestApp) {
        let (team, gateway) = app.team_with_system("gateway").await;
        let lena = app.user("lena", EDITOR, Some(&team)).await;
        let body = serde_json::json!({ "slug": "pay", "title": "Payments", "team": team, "public": true, "components": ["Cards = gateway"] });
        app.api("POST", "/api/v1/status-pages", &body).as_(&lena).send().await.is(201);
        let standing = async || {
            app.advance(MINUTE);
            let told = app.get("/api/v1/status/pay").as_(&lena).send().await.is(200).json();
            (told["overall"].as_str().unwrap().to_owned(), told["components"][0]["standing"].as_str().unwrap().to_owned())
        };
        let both = |word: &str| (word.to_owned(), word.to_owned());
        assert_eq!(standing().await, both("unknown"));
        let mut alert = signal(&gateway, "m1", Some(true));
        alert.severity = domain::alerts::Severity::P2;
        app.observe(&alert).await.unwrap();
        assert_eq!(standing().await, both("degraded"));
        alert.holds = Some(false);
        app.observe(&alert).await.unwrap();
        app.advance(HOUR);
        app.settle().await;
        assert_eq!(standing().await, both("unknown"));
    }

    async fn planned_work_is_told_without_its_name(app: TestApp) {
        let (team, _) = app.team_with_system("gateway").await;
        let admin = app.admin().await;
        let body = serde_json::json!({ "slug": "pay", "title": "Payments", "team": team, "public": true, "components": ["Cards = gateway"] });
        app.api("POST", "/api/v1/status-pages", &body).as_(&admin).send().await.is(201);
        let change = serde_json::json!({
            "title": "secret-name-of-the-change", "team": team, "systems": ["gateway"], "plan": "1", "rollback": "2", "impact": "", "risk": "low",
            "risk_reason": "weekly", "submit": true, "start": "2025-03-14T07:00", "end": "2025-03-14T09:00", "zone": "UTC",
        });
        let id = app.api("POST", "/api/v1/changes", &change).as_(&admin).send().await.is(201).location().rsplit('/').next().unwrap().to_owned();
        app.get("/status/pay").send().await.is(200).lacks("Planned work");
        let id = domain::id::ChangeId::parse(&id).unwrap();
        let approver = app.user("paula", Permission::ALL, None).await;
        let hash = app.portal.changes.detail(&approver, id.as_str()).await.unwrap().hash;
        let consent = domain::form::Typed::from_pairs([("hash".to_owned(), hash), ("remark".to_owned(), String::new())]);
        app.portal.changes.approve(&approver, &id, &consent).await.unwrap();
        app.portal.changes.schedule(&admin, &id).await.unwrap();
        app.advance(MINUTE);
        app.get("/status/pay").send().await.is(200).has("Planned work").has("2025-03-14 07:00").lacks("secret-name").lacks("CHG-");
        let feed = app.get("/status/pay/feed.atom").send().await;
        feed.is(200).has("Planned work: Cards").has("2025-03-14 07:00:00 – 2025-03-14 09:00:00").lacks("secret-name").lacks(id.as_str());
        app.advance(HOUR);
        app.portal.changes.start(&admin, &id, &domain::form::Typed::default()).await.unwrap();
        app.advance(MINUTE);
        app.get("/status/pay").send().await.is(200).has("under way").has("Planned work is under way").lacks("secret-name");
        app.get("/status/pay/feed.atom").send().await.is(200).has("nder way: Cards").lacks("secret-name");
    }

    async fn it_is_served_while_the_database_is_away(app: TestApp) {
        let (team, _) = app.team_with_system("gateway").await;
        let body = serde_json::json!({ "slug": "pay", "title": "Payments", "team": team, "public": true, "host": "status.example.org", "components": ["Cards = gateway"] });
        app.api("POST", "/api/v1/status-pages", &body).as_(&app.admin().await).send().await.is(201);
        app.get("/status/pay").send().await.is(200);
        app.get("/").host("status.example.org").send().await.is(200);
        app.ctx.db.close().await;
        app.advance(5 * MINUTE);
        app.get("/status/pay").send().await.is(200).has("Payments").has("what was known last");
        app.get("/").host("status.example.org").send().await.is(200).has("Payments");
        app.get("/status/other").send().await.is(503);
        // Whoever shows a session is somebody else's business now: nobody can be recognised, everybody is told.
        app.get("/status/pay").cookie("ek_session=anything").send().await.is(200).has("Payments");
    }

    async fn what_was_taken_back_elsewhere_is_not_shown_here(app: TestApp) {
        let (team, _) = app.team_with_system("gateway").await;
        let lena = app.user("lena", EDITOR, Some(&team)).await;
        let body = serde_json::json!({ "slug": "pay", "title": "Payments", "team": team, "public": true, "components": [] });
        app.api("POST", "/api/v1/status-pages", &body).as_(&lena).send().await.is(201);
        app.get("/status/pay").send().await.is(200);
        // Another replica over the same database, which is told here what was told there.
        let edit = domain::form::Typed::from_pairs([("slug", "pay"), ("title", "Payments"), ("team", team.as_str())].map(|(name, value)| (name.to_owned(), value.to_owned())));
        let other = backend::Context::new(app.ctx.db.clone(), app.clock.clone());
        let mut told = other.bus.subscribe();
        let there = backend::status::Service::new(other, false);
        let page = domain::status::Status::pages(&there, &lena).await.unwrap().remove(0);
        domain::status::Status::edit(&there, &lena, &page.id, &edit).await.unwrap();
        while let Ok(event) = told.try_recv() {
            app.ctx.bus.send(event);
        }
        app.get("/status/pay").send().await.is(404);
    }

    async fn what_was_read_before_it_was_taken_back_is_not_kept(app: TestApp) {
        // Only there can a reading be held up while somebody writes.
        if app.ctx.db.kind() == backend::db::Kind::Postgres {
            let (team, _) = app.team_with_system("gateway").await;
            let lena = app.user("lena", EDITOR, Some(&team)).await;
            let mut body = serde_json::json!({ "slug": "pay", "title": "Payments", "team": team, "public": true, "components": ["Cards = gateway"] });
            let place = app.api("POST", "/api/v1/status-pages", &body).as_(&lena).send().await.is(201).location().to_owned();
            let mut held = app.ctx.begin_write().await.unwrap();
            backend::db::sql("LOCK TABLE monitor_rollups IN ACCESS EXCLUSIVE MODE").run(&mut held).await.unwrap();
            let read = app.get("/status/pay").send();
            let edit = async {
                tokio::time::sleep(std::time::Duration::from_millis(300)).await;
                body["public"] = false.into();
                app.api("PUT", &place, &body).as_(&lena).send().await.is(204);
                drop(held);
            };
            let (read, ()) = tokio::join!(read, edit);
            read.is(200);
            app.get("/status/pay").send().await.is(404);
        }
    }

    async fn what_was_taken_back_is_not_served_from_memory(app: TestApp) {
        let (team, _) = app.team_with_system("gateway").await;
        let lena = app.user("lena", EDITOR, Some(&team)).await;
        let mut body = serde_json::json!({ "slug": "pay", "title": "Payments", "team": team, "public": true, "components": [] });
        let made = app.api("POST", "/api/v1/status-pages", &body).as_(&lena).send().await;
        let place = made.is(201).location().to_owned();
        app.get("/status/pay").send().await.is(200);
        body["public"] = false.into();
        app.api("PUT", &place, &body).as_(&lena).send().await.is(204);
        app.ctx.db.close().await;
        assert_ne!(app.get("/status/pay").send().await.status, 200);
    }
}

on_both! { it_is_served_when_all_places_are_taken it_is_served_while_the_database_is_locked }

/// Everything else is loaded: status pages have places of their own.
async fn it_is_served_when_all_places_are_taken(kind: backend::db::Kind) {
    let app = crate::app::TestApp::with(kind, |settings| settings.limits.concurrency = 0).await;
    let (team, _) = app.team_with_system("gateway").await;
    let fields = [("slug", "pay"), ("title", "Payments"), ("team", team.as_str()), ("public", "on"), ("host", "status.example.org")];
    let typed = domain::form::Typed::from_pairs(fields.map(|(name, value)| (name.to_owned(), value.to_owned())));
    app.portal.status.add(&domain::Actor::engine("test"), &typed).await.unwrap();
    app.get("/login").send().await.is(503);
    app.get("/status/pay").send().await.is(200).has("Payments");
    app.portal.status.by_host("status.example.org").await.unwrap();
    app.get("/").host("status.example.org").send().await.is(200).has("Payments");
    app.post_form("/status/pay", &[]).send().await.is(503);
}

/// The database is locked by somebody else, as by a long backup: reading goes on, and where it cannot, what was read last is shown.
async fn it_is_served_while_the_database_is_locked(kind: backend::db::Kind) {
    let app = crate::app::TestApp::new(kind).await;
    let (team, _) = app.team_with_system("gateway").await;
    let lena = app.user("lena", EDITOR, Some(&team)).await;
    let body = serde_json::json!({ "slug": "pay", "title": "Payments", "team": team, "public": true, "components": ["Cards = gateway"] });
    app.api("POST", "/api/v1/status-pages", &body).as_(&lena).send().await.is(201);
    app.get("/status/pay").send().await.is(200);
    let mut held = Vec::new();
    // Every connection is taken, and the lock of the writer.
    let writing = app.ctx.begin_write().await.unwrap();
    while let Ok(free) = tokio::time::timeout(std::time::Duration::from_secs(1), app.ctx.db.read()).await {
        held.push(free.unwrap());
    }
    assert!(held.len() >= 8, "{}", held.len());
    app.advance(MINUTE);
    let begun = std::time::Instant::now();
    for _ in 0..20 {
        app.get("/status/pay").send().await.is(200).has("Payments");
    }
    assert!(begun.elapsed() < std::time::Duration::from_secs(10), "one reader waits, the others do not: {:?}", begun.elapsed());
    drop((writing, held));
    app.advance(MINUTE);
    app.get("/status/pay").send().await.is(200).lacks("what was known last");
}
