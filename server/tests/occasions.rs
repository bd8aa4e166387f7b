//! Occasions: written down, taken over from a calendar, shown on the calendar of changes, left out of what is usual.

use domain::{Permission, people::Locale};
use serde_json::{Value, json};

const CALENDAR: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Spring <b>day</b>\r\nDTSTART;VALUE=DATE:20250320\r\nDTEND;VALUE=DATE:20250322\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nUID:2\r\nSUMMARY:New Year\r\nDTSTART;VALUE=DATE:20250101\r\nRRULE:FREQ=YEARLY\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nUID:3\r\nSUMMARY:Stand-up\r\nDTSTART:20250320T090000Z\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nUID:4\r\nSUMMARY:Odd\r\nDTSTART;VALUE=DATE:20250320\r\nRRULE:FREQ=SECONDLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

fn names(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().map(|one| one["name"].as_str().expect("a name")).collect()
}

both! {
    async fn occasions_are_written_changed_and_removed(app: TestApp) {
        let team = app.team("payments").await;
        let keeper = app.user("kim", &[Permission::Read, Permission::SetFreezes], Some(&team)).await;
        let reader = app.user("rob", &[Permission::Read], Some(&team)).await;
        let other = app.team("cards").await;
        let stranger = app.user("otto", &[Permission::Read, Permission::SetFreezes], Some(&other)).await;
        let wages = json!({ "kind": "payday", "name": "Wages", "first": "2025-03-31", "zone": "Europe/Berlin", "rrule": "FREQ=MONTHLY;BYMONTHDAY=-1", "team": team });
        app.api("POST", "/api/v1/occasions", &wages).as_(&reader).send().await.is(403);
        app.api("POST", "/api/v1/occasions", &wages).as_(&stranger).send().await.is(422).has("team");
        let made = app.api("POST", "/api/v1/occasions", &wages).as_(&keeper).send().await;
        made.is(201);
        let made = made.json();
        assert_eq!((made["rrule"].as_str(), made["last"].as_str()), (Some("FREQ=MONTHLY;BYMONTHDAY=-1"), Some("2025-03-31")), "{made}");
        assert!(made["next"]["from"].is_number(), "{made}");
        let path = format!("/api/v1/occasions/{}", made["id"].as_str().unwrap());
        app.get(&path).as_(&reader).send().await.is(200);
        app.get(&path).as_(&stranger).send().await.is(404);
        app.ask("DELETE", &path).as_(&stranger).send().await.is(404);
        app.ask("DELETE", &path).as_(&reader).send().await.is(403);
        assert_eq!(names(&app.get("/api/v1/occasions").as_(&stranger).send().await.json()), Vec::<&str>::new());
        // Everybody's takes the permission everywhere.
        let all = json!({ "kind": "holiday", "name": "Labour day", "first": "2025-05-01", "zone": "Europe/Berlin" });
        app.api("POST", "/api/v1/occasions", &all).as_(&keeper).send().await.is(403);
        let head = app.user("hal", &[Permission::Read, Permission::SetFreezes], None).await;
        app.api("POST", "/api/v1/occasions", &all).as_(&head).send().await.is(201);
        assert_eq!(names(&app.get("/api/v1/occasions").as_(&stranger).send().await.json()), ["Labour day"]);
        // Two edits upon the same version: the second hears so.
        let mut edit = wages.clone();
        edit["name"] = json!("Pay");
        edit["version"] = json!(1);
        app.api("PUT", &path, &edit).as_(&keeper).send().await.is(200).has("Pay");
        app.api("PUT", &path, &edit).as_(&keeper).send().await.is(409);
        let page = app.get("/occasions").as_(&reader).send().await;
        page.is(200).has("Pay").has("Labour day").has("Payday").lacks("/occasions/new");
        app.get("/occasions").as_(&keeper).in_(Locale::Zh).send().await.is(200).has("发薪日").has("所有人").has("/occasions/new");
        app.ask("DELETE", &path).as_(&keeper).send().await.is(204);
        app.get(&path).as_(&keeper).send().await.is(404);
        let admin = app.admin().await;
        for act in ["occasion.add", "occasion.change", "occasion.remove"] {
            app.get(&format!("/audit?act={act}")).as_(&admin).send().await.is(200).has("kim");
        }
    }

    async fn a_form_keeps_what_was_typed(app: TestApp) {
        let head = app.user("hal", &[Permission::Read, Permission::SetFreezes], None).await;
        let wrong = app.post_form("/occasions/new", &[("name", "Sale"), ("kind", "party"), ("first", "soon"), ("zone", "Mars"), ("rrule", "X=1")]);
        wrong.as_(&head).send().await.is(422).has("field-kind").has("field-first").has("field-zone").has("value=\"soon\"").has("value=\"Sale\"");
        let backwards = [("name", "Sale"), ("kind", "event"), ("first", "2025-11-11"), ("last", "2025-11-10"), ("zone", "UTC")];
        app.post_form("/occasions/new", &backwards).as_(&head).send().await.is(422).has("field-last");
        app.get("/occasions/new").as_(&head).send().await.is(200).has("Last day");
        app.get("/occasions/0195934b-9900-7961-bcf7-3aaf95cfd05d/edit").as_(&head).send().await.is(404);
        app.get("/occasions/nonsense/edit").as_(&head).send().await.is(404);
    }

    async fn a_calendar_is_taken_over_once_and_shown(app: TestApp) {
        let head = app.user("hal", &[Permission::Read, Permission::SetFreezes, Permission::RequestChanges], None).await;
        let fields = |act: &'static str| [("text", CALENDAR), ("kind", "holiday"), ("zone", "UTC"), ("act", act)];
        let plan = app.post_form("/occasions/import", &fields("plan")).as_(&head).send().await;
        plan.is(200).has("2 events would be taken over").has("2 are left out").has("has a time of day").has("Spring &lt;b&gt;day").lacks("<b>day");
        assert_eq!(names(&app.get("/api/v1/occasions?past=true").as_(&head).send().await.json()), Vec::<&str>::new());
        app.post_form("/occasions/import", &fields("take")).as_(&head).in_(Locale::Zh).send().await.is(200).has("已导入 2 个事件").has("带有时刻");
        assert_eq!(names(&app.get("/api/v1/occasions?past=true").as_(&head).send().await.json()).len(), 2);
        // Once more, nothing is doubled.
        let body = json!({ "text": CALENDAR, "kind": "holiday", "zone": "UTC" });
        let again = app.api("POST", "/api/v1/occasions/import", &body).as_(&head).send().await.json();
        assert_eq!(again["taken"], 0, "{again}");
        assert_eq!(again["events"][0]["why"], "is there already", "{again}");
        let rubbish = json!({ "text": "hello", "kind": "holiday", "zone": "UTC" });
        app.api("POST", "/api/v1/occasions/import", &rubbish).as_(&head).send().await.is(422).has("BEGIN:VCALENDAR");
        let nowhere = json!({ "text": CALENDAR, "kind": "holiday", "zone": "Mars" });
        app.api("POST", "/api/v1/occasions/import", &nowhere).as_(&head).send().await.is(422).has("zone");
        for view in ["lanes", "week", "month", "agenda"] {
            let page = app.get(&format!("/changes?view={view}&date=2025-03-20")).as_(&head).send().await;
            page.is(200).has("Spring &lt;b&gt;day");
        }
    }

    async fn days_that_a_calendar_leaves_out_do_not_come(app: TestApp) {
        let head = app.user("hal", &[Permission::Read, Permission::SetFreezes, Permission::RequestChanges], None).await;
        let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Stocktaking\r\nDTSTART;VALUE=DATE:20250307\r\nRRULE:FREQ=WEEKLY\r\n\
            EXDATE;VALUE=DATE:20250314,20250321\r\nEND:VEVENT\r\n\
            BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Stocktaking\r\nRECURRENCE-ID;VALUE=DATE:20250328\r\nDTSTART;VALUE=DATE:20250329\r\nEND:VEVENT\r\n\
            BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Stocktaking\r\nRECURRENCE-ID;VALUE=DATE:20250404\r\nSTATUS:CANCELLED\r\nDTSTART;VALUE=DATE:20250404\r\nEND:VEVENT\r\n\
            END:VCALENDAR\r\n";
        let body = json!({ "text": text, "kind": "event", "zone": "UTC" });
        let took = app.api("POST", "/api/v1/occasions/import", &body).as_(&head).send().await.json();
        assert_eq!((took["taken"].as_i64(), took["events"][2]["why"].as_str()), (Some(2), Some("is cancelled")), "{took}");
        let next = async || {
            let list = app.get("/api/v1/occasions").as_(&head).send().await.json();
            let list = list.as_array().unwrap().clone();
            list.into_iter().map(|one| (one["id"].as_str().unwrap().to_owned(), one["next"]["from"].as_i64().unwrap())).collect::<Vec<_>>()
        };
        let day = |day: &str| domain::Timestamp::parse_rfc3339(&format!("{day}T00:00:00Z")).unwrap().0;
        let known = next().await;
        assert_eq!(known.iter().map(|(_, from)| *from).collect::<Vec<_>>(), [day("2025-03-29"), day("2025-04-11")]);
        // On the calendar of changes as well.
        for (date, told) in [("2025-03-14", false), ("2025-04-11", true)] {
            let page = app.get(&format!("/changes?view=lanes&date={date}")).as_(&head).send().await;
            if told { page.is(200).has("Stocktaking"); } else { page.is(200).lacks("Stocktaking"); }
        }
        let page = app.get("/occasions").as_(&head).send().await;
        page.is(200).has("but not 2025-03-14, 2025-03-21, 2025-03-28, 2025-04-04");
        app.get("/occasions").as_(&head).in_(Locale::Zh).send().await.is(200).has("除外：2025-03-14");
        // And in the form, which takes them back.
        let id = &known[1].0;
        app.get(&format!("/occasions/{id}/edit")).as_(&head).send().await.is(200).has("value=\"2025-03-14 2025-03-21 2025-03-28 2025-04-04\"");
        let edit = |without: Value| json!({
            "kind": "event", "name": "Stocktaking", "first": "2025-03-07", "zone": "UTC", "rrule": "FREQ=WEEKLY", "without": without
        });
        let path = format!("/api/v1/occasions/{id}");
        let kept = app.api("PUT", &path, &edit(json!(["2025-03-14"]))).as_(&head).send().await.is(200).json();
        assert_eq!((kept["without"].clone(), kept["next"]["from"].as_i64()), (json!(["2025-03-14"]), Some(day("2025-03-21"))));
        let kept = app.api("PUT", &path, &edit(json!([]))).as_(&head).send().await.is(200).json();
        assert_eq!(kept["next"]["from"].as_i64(), Some(day("2025-03-14")));
        app.api("PUT", &path, &edit(json!("never"))).as_(&head).send().await.is(422).has("without");
        let once = [("name", "Once"), ("kind", "event"), ("first", "2025-11-11"), ("zone", "UTC"), ("without", "2025-11-11")];
        app.post_form("/occasions/new", &once).as_(&head).send().await.is(422).has("field-without");
        // What is there already is left as it is.
        let again = app.api("POST", "/api/v1/occasions/import", &body).as_(&head).send().await.json();
        assert_eq!(again["taken"], 0, "{again}");
    }

    async fn a_bomb_is_refused(app: TestApp) {
        let head = app.user("hal", &[Permission::Read, Permission::SetFreezes], None).await;
        let deep = json!({ "text": format!("BEGIN:VCALENDAR\r\n{}", "BEGIN:VEVENT\r\n".repeat(3_000)), "kind": "holiday", "zone": "UTC" });
        app.api("POST", "/api/v1/occasions/import", &deep).as_(&head).send().await.is(422).has("at most 8 deep");
        app.api("POST", "/api/v1/occasions/import", &deep).as_(&head).in_(Locale::Zh).send().await.is(422).has("嵌套不超过 8 层");
        let rule = |rrule: &str| json!({ "kind": "event", "name": "Sale", "first": "2025-11-11", "zone": "UTC", "rrule": rrule });
        let bomb = rule(&format!("FREQ=DAILY;COUNT=1000;BYMONTHDAY={}", vec!["-31"; 30_000].join(",")));
        app.api("POST", "/api/v1/occasions", &bomb).as_(&head).send().await.is(422).has("500");
        app.api("POST", "/api/v1/occasions", &rule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")).as_(&head).send().await.is(422).has("never comes");
        // Nine hundred events, each with as costly a rule as is taken: a matter of moments.
        let event = |n: usize| format!("BEGIN:VEVENT\r\nSUMMARY:E{n}\r\nDTSTART;VALUE=DATE:20250301\r\nRRULE:FREQ=DAILY;COUNT=1000;BYMONTHDAY=-31,31\r\nEND:VEVENT\r\n");
        let text = format!("BEGIN:VCALENDAR\r\n{}END:VCALENDAR\r\n", (0..900).map(event).collect::<String>());
        let many = json!({ "text": text, "kind": "holiday", "zone": "UTC", "dry": true });
        let begun = std::time::Instant::now();
        app.api("POST", "/api/v1/occasions/import", &many).as_(&head).send().await.is(200);
        assert!(begun.elapsed() < std::time::Duration::from_secs(60), "{:?}", begun.elapsed());
    }
}
