//! Foreign calendars: read from their addresses through the guarded client, shown with their source and how fresh they are, removed.

use backend::db::{Kind, sql};
use domain::{
    Actor, Permission,
    people::Locale,
    time::{HOUR, MINUTE},
};
use serde_json::{Value, json};

use crate::{
    app::TestApp,
    monitors::target::{Reply, Server},
    secrets::everything,
};

const CALENDAR: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Board <b>meeting</b>\r\nDTSTART;TZID=Europe/Berlin:20250314T100000\r\nDTEND;TZID=Europe/Berlin:20250314T113000\r\nRRULE:FREQ=WEEKLY;COUNT=3\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nUID:2\r\nSUMMARY:Fair\r\nDTSTART;VALUE=DATE:20250315\r\nDTEND;VALUE=DATE:20250317\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nUID:3\r\nSUMMARY:Odd\r\nDTSTART:20250320T100000Z\r\nRRULE:FREQ=SECONDLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

const KEEPER: &[Permission] = &[Permission::Read, Permission::SetFreezes, Permission::RequestChanges];

fn calendar(text: &str) -> Reply {
    Reply { body: text.to_owned(), headers: "content-type: text/calendar\r\netag: \"one\"\r\n".into(), ..Reply::status(200) }
}

async fn add(app: &TestApp, who: &Actor, url: &str) -> Value {
    let body = json!({ "name": "Office", "url": url, "zone": "Europe/Berlin" });
    app.api("POST", "/api/v1/calendars", &body).as_(who).send().await.is(201).json()
}

async fn read(app: &TestApp, who: &Actor, id: &Value) -> Value {
    app.settle().await;
    app.get(&format!("/api/v1/calendars/{}", id.as_str().unwrap())).as_(who).send().await.is(200).json()["reading"].clone()
}

both! {
    async fn a_calendar_is_read_again_and_again_and_shown(app: TestApp) {
        let server = Server::plain().await;
        server.set(calendar(CALENDAR));
        let head = app.user("hal", KEEPER, None).await;
        let made = add(&app, &head, &server.url("/canary-in-the-address.ics")).await;
        assert_eq!((made["host"].as_str(), made["reading"]["read_at"].clone(), made["every_minutes"].as_i64()), (Some("127.0.0.1"), Value::Null, Some(60)));
        assert!(!made.to_string().contains("canary"), "{made}");
        let reading = read(&app, &head, &made["id"]).await;
        assert_eq!((reading["events"].as_i64(), reading["left"].as_i64(), reading["failure"].as_str()), (Some(2), Some(1), Some("")), "{reading}");
        assert!(server.request.lock().unwrap().contains("text/calendar"));
        // The address is nowhere in clear text: not in the trail either.
        assert!(!everything(&app).await.iter().any(|text| text.contains("canary-in-the-address")));
        for view in ["lanes", "week", "month", "agenda"] {
            let page = app.get(&format!("/changes?view={view}&date=2025-03-14")).as_(&head).send().await;
            page.is(200).has("Board &lt;b&gt;meeting").lacks("<b>meeting").has("Fair").has("Office · 127.0.0.1").lacks("Odd");
        }
        app.get("/changes?view=agenda&date=2025-03-21&days=14").as_(&head).send().await.is(200).has("Board").lacks("Fair");
        app.get("/changes?view=agenda&date=2025-03-29&days=14").as_(&head).send().await.is(200).lacks("Board");
        // It is asked again when it is due, and what has not changed is not sent.
        assert_eq!(server.hits(), 1);
        app.advance(59 * MINUTE);
        app.settle().await;
        assert_eq!(server.hits(), 1);
        server.set(Reply::status(304));
        app.advance(MINUTE);
        let reading = read(&app, &head, &made["id"]).await;
        assert_eq!((server.hits(), reading["events"].as_i64(), reading["read_at"].as_i64()), (2, Some(2), Some(app.now().0)));
        assert!(server.request.lock().unwrap().contains("\"one\""));
        // What fails says so and leaves what was read before; it is tried again sooner.
        server.set(Reply::status(500));
        app.advance(HOUR);
        let reading = read(&app, &head, &made["id"]).await;
        assert_eq!((reading["failure"].as_str(), reading["failing_since"].as_i64(), reading["events"].as_i64()), (Some("status 500, expected 200"), Some(app.now().0), Some(2)));
        assert_eq!(reading["next_at"].as_i64(), Some(app.now().plus(5 * MINUTE).0));
        let since = app.now().0;
        let page = app.get("/changes?view=week&date=2025-03-14").as_(&head).send().await;
        page.is(200).has("Fair").has("cannot be read since").has("status 500, expected 200");
        app.get("/calendars").as_(&head).in_(Locale::Zh).send().await.is(200).has("无法读取，始于").has("status 500").has("1 小时");
        // A page to log in is no calendar; redirects elsewhere are checked like the address itself.
        server.set(Reply { body: "<html>Log in</html>".into(), ..Reply::status(200) });
        app.advance(5 * MINUTE);
        let reading = read(&app, &head, &made["id"]).await;
        assert!(reading["failure"].as_str().unwrap().starts_with("what came is no calendar"), "{reading}");
        assert_eq!(reading["failing_since"].as_i64(), Some(since));
        server.set(Reply { headers: "location: http://169.254.169.254/latest/meta-data\r\n".into(), ..Reply::status(302) });
        app.advance(10 * MINUTE);
        let reading = read(&app, &head, &made["id"]).await;
        assert!(reading["failure"].as_str().unwrap().contains("169.254.169.254"), "{reading}");
        // Read now, and it is well again.
        server.set(calendar(&CALENDAR.replace("Fair", "Show")));
        let path = format!("/calendars/{}", made["id"].as_str().unwrap());
        app.post_form(&format!("{path}/refresh"), &[]).as_(&head).send().await.is(303);
        let reading = read(&app, &head, &made["id"]).await;
        assert_eq!((reading["failure"].as_str(), reading["failing_since"].clone()), (Some(""), Value::Null));
        app.get("/changes?view=week&date=2025-03-14").as_(&head).send().await.is(200).has("Show").lacks("Fair").lacks("cannot be read since");
        // Removed, it is gone with its events.
        app.post_form(&format!("{path}/delete"), &[]).as_(&head).send().await.is(303);
        app.get("/changes?view=week&date=2025-03-14").as_(&head).send().await.is(200).lacks("Show").lacks("Board").lacks("Office");
        let hits = server.hits();
        app.advance(24 * HOUR);
        app.settle().await;
        assert_eq!(server.hits(), hits);
        let admin = app.admin().await;
        for act in ["calendar.add", "calendar.refresh", "calendar.remove"] {
            app.get(&format!("/audit?act={act}")).as_(&admin).send().await.is(200).has("hal").has("foreign calendar").lacks("canary");
        }
    }

    async fn what_no_table_takes_is_left_out_of_names(app: TestApp) {
        let server = Server::plain().await;
        server.set(calendar(&CALENDAR.replace("SUMMARY:Fair", "SUMMARY:Fa\u{0}\u{7}ir\u{202E}")));
        let head = app.user("hal", KEEPER, None).await;
        let made = add(&app, &head, &server.url("/x.ics")).await;
        let reading = read(&app, &head, &made["id"]).await;
        assert_eq!((reading["events"].as_i64(), reading["failure"].as_str()), (Some(2), Some("")), "{reading}");
        app.get("/changes?view=week&date=2025-03-14").as_(&head).send().await.is(200).has("Fair").has("Board");
    }

    async fn calendars_are_written_within_a_team_and_what_is_wrong_is_named(app: TestApp) {
        let server = Server::plain().await;
        server.set(calendar(CALENDAR));
        let team = app.team("payments").await;
        let keeper = app.user("kim", KEEPER, Some(&team)).await;
        let reader = app.user("rob", &[Permission::Read], Some(&team)).await;
        let stranger = app.user("otto", KEEPER, Some(&app.team("cards").await)).await;
        let ours = json!({ "name": "Ours", "url": server.url("/x.ics"), "zone": "UTC", "team": team, "every_minutes": 15 });
        app.api("POST", "/api/v1/calendars", &ours).as_(&reader).send().await.is(403);
        app.api("POST", "/api/v1/calendars", &ours).as_(&stranger).send().await.is(422).has("team");
        app.api("POST", "/api/v1/calendars", &ours).send().await.is(401);
        let mut all = ours.clone();
        all["team"] = Value::Null;
        app.api("POST", "/api/v1/calendars", &all).as_(&keeper).send().await.is(403);
        let made = app.api("POST", "/api/v1/calendars", &ours).as_(&keeper).send().await.is(201).json();
        app.settle().await;
        let path = format!("/api/v1/calendars/{}", made["id"].as_str().unwrap());
        app.get(&path).as_(&reader).send().await.is(200);
        app.get(&path).as_(&stranger).send().await.is(404);
        assert_eq!(app.get("/api/v1/calendars").as_(&stranger).send().await.is(200).json(), json!([]));
        app.get("/changes?view=week&date=2025-03-14").as_(&reader).send().await.is(200).has("Fair");
        app.get("/changes?view=week&date=2025-03-14").as_(&stranger).send().await.is(200).lacks("Fair").lacks("Ours");
        for (method, path) in [("DELETE", path.clone()), ("POST", format!("{path}/refresh"))] {
            app.ask(method, &path).as_(&reader).send().await.is(403);
            app.ask(method, &path).as_(&stranger).send().await.is(404);
        }
        let wrong = json!({ "name": "", "url": "file:///etc/passwd", "zone": "Mars", "every_minutes": 1 });
        app.api("POST", "/api/v1/calendars", &wrong).as_(&keeper).send().await.is(422).has("\"name\"").has("\"url\"").has("\"zone\"").has("\"every_minutes\"");
        let fields = [("name", "Sales"), ("url", "ftp://x"), ("zone", "UTC"), ("team", team.as_str()), ("every_minutes", "15")];
        let refused = app.post_form("/calendars/new", &fields).as_(&keeper).send().await;
        refused.is(422).has("field-url").has("value=\"Sales\"").has("value=\"ftp://x\"");
        app.get("/calendars/new").as_(&keeper).in_(Locale::Zh).send().await.is(200).has("添加外部日历").has("webcal://");
        let page = app.get("/calendars").as_(&reader).send().await;
        page.is(200).has("Ours").has("payments").has("one is left out").lacks("/calendars/new").lacks("/delete");
        app.ask("DELETE", &path).as_(&keeper).send().await.is(204);
        app.get(&path).as_(&keeper).send().await.is(404);
        app.get("/api/v1/calendars/nonsense").as_(&keeper).send().await.is(404);
    }
}

/// What cannot be kept of one calendar is its failure; the others are read.
#[tokio::test]
async fn one_calendar_that_cannot_be_kept_holds_up_no_other() {
    let app = TestApp::new(Kind::Sqlite).await;
    let trigger = "CREATE TRIGGER broken BEFORE INSERT ON foreign_events WHEN NEW.name = 'Broken' BEGIN SELECT RAISE(ABORT, 'broken'); END";
    sql(trigger).run(&mut app.ctx.db.read().await.unwrap()).await.unwrap();
    let (bad, good) = (Server::plain().await, Server::plain().await);
    bad.set(calendar(&CALENDAR.replace("Fair", "Broken")));
    good.set(calendar(CALENDAR));
    let head = app.user("hal", KEEPER, None).await;
    let first = add(&app, &head, &bad.url("/bad.ics")).await;
    let second = add(&app, &head, &good.url("/good.ics")).await;
    let (failed, well) = (read(&app, &head, &first["id"]).await, read(&app, &head, &second["id"]).await);
    assert_eq!((failed["failure"].as_str(), failed["events"].as_i64()), (Some("what came could not be kept"), Some(0)));
    assert!(failed["next_at"].as_i64() > Some(app.now().0), "{failed}");
    assert_eq!((well["failure"].as_str(), well["events"].as_i64()), (Some(""), Some(2)));
}

/// Where the inside may not be reached, a calendar there is not read.
#[tokio::test]
async fn the_inside_is_not_reached_without_leave() {
    let app = TestApp::with(Kind::Sqlite, |settings| settings.egress.allow.clear()).await;
    let server = Server::plain().await;
    server.set(calendar(CALENDAR));
    let head = app.user("hal", KEEPER, None).await;
    let made = add(&app, &head, &server.url("/x.ics")).await;
    let reading = read(&app, &head, &made["id"]).await;
    assert!(reading["failure"].as_str().unwrap().contains("egress.allow"), "{reading}");
    assert_eq!(server.hits(), 0);
}
