//! The pages of changes, the calendar in its shapes, and the feed.

use super::*;

/// The form of a change as a browser posts it.
fn form<'a>(room: &'a Room, changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("title", "New routing"),
        ("systems", room.gateway.as_str()),
        ("team", ""),
        ("start", "2025-03-14T07:00"),
        ("end", "2025-03-14T09:00"),
        ("zone", "UTC"),
        ("risk", "low"),
        ("risk_reason", "done weekly"),
        ("impact", ""),
        ("plan", "1. drain"),
        ("rollback", "back"),
        ("submit", "on"),
    ];
    for (name, value) in changes {
        match fields.iter_mut().find(|(n, _)| n == name) {
            Some(field) => field.1 = value,
            None => fields.push((name, value)),
        }
    }
    fields
}

/// What stands in a hidden field of a page.
fn hidden(answer: &Answer, name: &str) -> String {
    let at = answer.body.find(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no field {name} in {}", answer.body));
    answer.body[at..].split('"').nth(3).unwrap().to_owned()
}

both! {
    async fn the_whole_path_by_forms(app: TestApp) {
        let room = Room::new(app).await;
        let post = async |who: &Actor, path: &str, fields: &[(&str, &str)]| room.app.post_form(path, fields).as_(who).send().await;
        room.app.get("/changes/new?system=gateway").as_(&room.rita).send().await.is(200).has("checked").has("Request approval");
        let made = post(&room.rita, "/changes/new", &form(&room, &[])).await;
        made.is(303);
        let path = made.location().to_owned();
        room.app.get(&path).as_(&room.rita).send().await.is(200).has("CHG-1").has("waits for approval").lacks("/approve\"");
        // The approver needs one button: risk and hash stand beside it.
        let page = room.app.get("/approvals").as_(&room.alan).send().await;
        page.is(200).has("low risk: done weekly").has("Nothing known is in the way").has("1 change waits");
        let hash = hidden(&page, "hash");
        let done = post(&room.alan, &format!("{path}/approve"), &[("hash", &hash), ("next", "/approvals")]).await;
        assert_eq!((done.status, done.location()), (303, "/approvals"));
        room.app.get("/approvals").as_(&room.alan).send().await.is(200).has("Nothing waits for you");
        // Started too early: the same page, with words.
        post(&room.ruth, &format!("{path}/start"), &[]).await.is(409).has("error-summary").has("too early");
        room.app.advance(HOUR);
        post(&room.ruth, &format!("{path}/start"), &[]).await.is(303);
        let refused = post(&room.ruth, &format!("{path}/finish"), &[("outcome", ""), ("remark", "almost well")]).await;
        refused.is(422).has("almost well").has("choose one");
        post(&room.ruth, &format!("{path}/finish"), &[("outcome", "degraded"), ("remark", "slower")]).await.is(303);
        let vera = room.app.viewer("vera", &room.team).await;
        post(&vera, &format!("{path}/comments"), &[("text", "hi")]).await.is(403);
        post(&room.rita, &format!("{path}/comments"), &[("text", "**why** slower?")]).await.is(303);
        post(&room.ruth, &format!("{path}/close"), &[]).await.is(303);
        let page = room.app.get(&path).as_(&room.alan).send().await;
        page.is(200).has("<strong>why</strong> slower?").has("finished: degraded").has("closed");
        room.app.get(&format!("{path}/print")).as_(&room.alan).send().await.is(200).has("CHG-1 New routing").has("<li>drain</li>").lacks("/comments\"");
    }

    async fn every_shape_of_the_calendar_shows_it(app: TestApp) {
        let room = Room::new(app).await;
        room.request(&room.body()).await;
        room.request(&room.with(&[("title", json!("Second"))])).await;
        let freeze = json!({ "scope": "team", "team": room.team, "start": "2025-03-15T00:00", "end": "2025-03-16T00:00", "zone": "UTC", "reason": "Quarter end" });
        room.send(&room.ruth, "POST", "/api/v1/freezes", &freeze).await.is(201);
        for view in ["", "?view=week", "?view=month", "?view=agenda", "?days=1", "?view=lanes&days=3&date=2025-03-13"] {
            let page = room.app.get(&format!("/changes{view}")).as_(&room.rita).send().await;
            page.is(200).has("CHG-1 New routing").has("works on gateway as well").lacks("style=");
            if view != "?days=1" {
                page.has("Quarter end");
            }
        }
        room.app.get("/changes?view=list").as_(&room.rita).send().await.is(200).has("CHG-2").has("changes.csv");
        room.app.get("/changes?view=list&q=second").as_(&room.rita).send().await.is(200).has("CHG-2").lacks("CHG-1");
        room.app.get("/changes?q=100%25").as_(&room.rita).send().await.is(200).has("No change matches").lacks("CHG-1 New");
        room.app.get("/changes?view=pie").as_(&room.rita).send().await.is(422).has("pie").has("lanes, week, month, agenda, list");
        room.app.get("/changes?date=someday").as_(&room.rita).send().await.is(422).has("someday");
        room.app.get("/changes").as_(&room.rita).in_(domain::people::Locale::Zh).send().await.is(200).has("变更日历").has("待审批");
        let csv = room.app.get("/changes.csv?state=pending").as_(&room.rita).send().await;
        csv.is(200).has("CHG-1,New routing,pending,low,payments,gateway,2025-03-14 07:00 – 09:00 UTC");
        room.app.get("/changes.csv").as_(&room.alan).send().await.is(403);
    }

    async fn nothing_typed_is_lost(app: TestApp) {
        let room = Room::new(app).await;
        let bad = form(&room, &[("title", ""), ("end", "2025-03-14T05:00"), ("risk", "tiny"), ("plan", "a plan of many words")]);
        let page = room.app.post_form("/changes/new", &bad).as_(&room.rita).send().await;
        page.is(422).has("a plan of many words").has("a moment after the start, 2025-03-14 07:00").has("low, medium, high").has("href=\"#field-title\"");
        assert_eq!(room.count("SELECT COUNT(*) FROM changes").await + room.count("SELECT number FROM change_counter").await, 0);
        let check = room.app.post_form("/changes/new", &form(&room, &[("act", "check")])).as_(&room.rita).send().await;
        check.is(200).has("Nothing known is in the way").has("New routing");
        assert_eq!(room.count("SELECT COUNT(*) FROM changes").await, 0);
        // By JSON a misspelt field is named, too.
        let typo = room.send(&room.rita, "POST", "/api/v1/changes", &room.with(&[("rollbak", json!("x"))])).await;
        typo.is(422).has("rollbak");
        let freeze = room.app.post_form("/freezes/new", &[("scope", "systems"), ("reason", "Quarter end"), ("start", "x"), ("end", ""), ("zone", "UTC")]);
        freeze.as_(&room.ruth).send().await.is(422).has("Quarter end").has("at least one system");
        // Editing what somebody else has edited meanwhile keeps the text.
        let change = room.request(&room.body()).await;
        let path = format!("/changes/{}/edit", change["id"].as_str().unwrap());
        room.app.get(&path).as_(&room.rita).send().await.is(200).has("2025-03-14T07:00");
        let edit = |title: &'static str| { let mut f = form(&room, &[("title", title), ("version", "1")]); f.retain(|(n, _)| *n != "submit"); f };
        room.app.post_form(&path, &edit("First")).as_(&room.rita).send().await.is(303);
        room.app.post_form(&path, &edit("Second")).as_(&room.rita).send().await.is(409).has("Second").has("changed since");
    }

    async fn what_people_type_is_text(app: TestApp) {
        let room = Room::new(app).await;
        let evil = "</textarea><script>alert(1)</script>";
        let change = room.request(&room.with(&[
            ("title", json!(format!("=cmd {evil}"))), ("plan", json!(format!("{evil}\n\n[x](javascript:alert(1)) <img src=x onerror=alert(1)>"))),
            ("rollback", json!(evil)), ("impact", json!(evil)), ("risk_reason", json!(evil)),
        ])).await;
        let path = format!("/changes/{}", change["id"].as_str().unwrap());
        room.act(&room.rita, &change, "comments", &json!({ "text": evil })).await.is(200);
        for page in [path.clone(), format!("{path}/print"), format!("{path}/edit"), "/changes".into(), "/changes?view=week".into(), "/changes?view=list".into()] {
            room.app.get(&page).as_(&room.rita).send().await.is(200).lacks("<script>alert");
        }
        room.app.get(&path).as_(&room.rita).send().await.is(200).lacks("javascript:alert").lacks("<img");
        room.app.get("/approvals").as_(&room.alan).send().await.is(200).lacks("<script>alert").lacks("<img");
        room.app.get("/changes.csv").as_(&room.rita).send().await.is(200).lacks(",=cmd").has("'=cmd");
    }

    async fn the_calendar_feed(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.request(&room.with(&[("title", json!("Route; new, and\\or old"))])).await;
        let freeze = json!({ "scope": "all", "start": "2025-03-15T00:00", "end": "2025-03-16T00:00", "zone": "Asia/Shanghai", "reason": "Quarter end" });
        let admin = room.app.admin().await;
        room.send(&admin, "POST", "/api/v1/freezes", &freeze).await.is(201);
        let feed = room.app.calendar(&room.rita, &room.team).await;
        let ics = room.app.get(&feed).send().await;
        ics.is(200).has("BEGIN:VCALENDAR\r\n").has("END:VCALENDAR\r\n").has("VERSION:2.0\r\n");
        assert!(ics.header("content-type").starts_with("text/calendar"));
        let id = change["id"].as_str().unwrap();
        ics.has(&format!("UID:change-{id}@evenkeel\r\n")).has("DTSTART:20250314T070000Z\r\n").has("DTEND:20250314T090000Z\r\n").has("SEQUENCE:1\r\n");
        ics.has("SUMMARY:CHG-1 Route\\; new\\, and\\\\or old\r\n").has("STATUS:TENTATIVE\r\n").has("DTSTART:20250314T160000Z\r\n");
        assert!(ics.body.lines().all(|line| line.len() <= 75), "lines are folded at 75 octets");
        let unfolded = ics.body.replace("\r\n ", "");
        assert!(unfolded.split("\r\n").filter(|l| !l.is_empty()).all(|l| l.split_once(':').is_some_and(|(name, _)| name.starts_with(|c: char| c.is_ascii_uppercase()))));
        assert_eq!((unfolded.matches("BEGIN:VEVENT").count(), unfolded.matches("END:VEVENT").count()), (2, 2));
        assert_eq!((unfolded.matches("\r\nUID:").count(), unfolded.matches("\r\nDTSTAMP:").count()), (2, 2));
        // Each event leads to its page.
        let urls: Vec<_> = unfolded.lines().filter_map(|l| l.strip_prefix("URL:http")).collect();
        assert!(urls.len() == 2 && urls[0].ends_with(&format!("/changes/{id}")) && urls[1].contains("/freezes#freeze-"), "{urls:?}");
        // Another state, a higher sequence, the same UID.
        room.act(&room.alan, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200);
        room.app.get(&feed).send().await.has("STATUS:CONFIRMED").has("SEQUENCE:2\r\n").has(&format!("UID:change-{id}@"));
        for wrong in [feed.replace(".ics", "A.ics").as_str(), "/calendar/.ics", feed.trim_end_matches(".ics")] {
            room.app.get(wrong).send().await.is(404);
        }
        // Another team's feed does not hold it.
        let lending = room.app.team("lending").await;
        room.app.get(&room.app.calendar(&admin, &lending).await).send().await.is(200).lacks("Route").has("Quarter end");
        // New addresses end the old ones; only administrators make them.
        let renew = format!("/changes/feeds/{}/renew", room.team);
        room.app.post_form(&renew, &[]).as_(&room.ruth).send().await.is(403);
        room.app.post_form(&renew, &[]).as_(&admin).send().await.is(303);
        room.app.get(&feed).send().await.is(404);
        let page = room.app.get("/changes/feeds").as_(&room.rita).send().await;
        page.is(200).has(&room.app.calendar(&room.rita, &room.team).await).lacks(&feed);
    }

    async fn those_who_listen_are_told(app: TestApp) {
        let room = Room::new(app).await;
        let engine = Actor::engine("test");
        let fields = [("name", "pager"), ("url", "http://127.0.0.1:9/hook"), ("team", "*"), ("enabled", "on")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        let mut typed = domain::form::Typed::from_pairs(fields);
        for event in ["change.pending", "change.approved", "change.started", "change.finished"] {
            typed.add("events", event);
        }
        room.app.portal.deliveries.create_channel(&engine, &typed).await.unwrap();
        let opened = room.app.portal.incidents.open(&engine, &domain::form::Typed::from_pairs(
            [("title", "Slow"), ("severity", "P2"), ("system", room.gateway.as_str())].map(|(a, b)| (a.to_owned(), b.to_owned())),
        )).await;
        let change = room.approved().await;
        room.app.advance(HOUR);
        room.act(&room.ruth, &change, "start", &json!({ "override": true, "reason": "it is about that" })).await.is(200);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        room.act(&room.ruth, &change, "finish", &json!({ "outcome": "success" })).await.is(200);
        let mut conn = room.app.ctx.db.read().await.unwrap();
        let told = backend::db::sql("SELECT event FROM deliveries ORDER BY event").texts(&mut conn).await.unwrap();
        assert_eq!(told, ["change.approved", "change.finished", "change.pending", "change.started"]);
        let payload = backend::db::sql("SELECT payload FROM deliveries").texts(&mut conn).await.unwrap().remove(0);
        let data = &serde_json::from_str::<serde_json::Value>(&payload).unwrap()["data"];
        assert_eq!((data["team"]["name"].as_str(), data["systems"][0]["key"].as_str()), (Some("payments"), Some("gateway")));
        assert_eq!(data["url"], format!("http://127.0.0.1:8080/changes/{}", change["id"].as_str().unwrap()));
        // The open incident on the gateway tells of the work, too.
        assert!(opened.is_ok(), "{opened:?}");
        let noted = backend::db::sql("SELECT text FROM incident_entries WHERE kind = 'change' ORDER BY seq").texts(&mut conn).await.unwrap();
        assert_eq!(noted, ["CHG-1 New routing: started", "CHG-1 New routing: success"]);
    }
}
