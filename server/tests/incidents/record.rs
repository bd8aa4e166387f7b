//! The record of an incident: what was told later, written anew, and attached.

use domain::{
    Permission,
    time::{DAY, HOUR, MINUTE},
};

use crate::alerts::signal;

const WORKER: &[Permission] = &[Permission::Read, Permission::WorkIncidents];
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

/// A form with a file in it, as a browser sends it.
fn form(name: &str, body: &[u8]) -> (String, Vec<u8>) {
    let head = format!("--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: image/png\r\n\r\n");
    ("multipart/form-data; boundary=xyz".into(), [head.as_bytes(), body, b"\r\n--xyz--\r\n"].concat())
}

both! {
    async fn what_happened_earlier_stands_where_it_happened(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let lena = app.user("lena", WORKER, Some(&team)).await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        app.advance(HOUR);
        let say = async |text: &str, at: &str| {
            app.post_form("/incidents/1/comments", &[("text", text), ("at", at), ("zone", "Asia/Shanghai")]).as_(&lena).send().await
        };
        say("now", "").await.is(303);
        say("A customer called", "2025-03-14T13:50").await.is(303);
        say("kept words", "2025-03-14T18:00").await.is(422).has("kept words").has("2025-03-14T18:00").has("a moment in the past");
        say("x", "2025-01-14T18:00").await.is(422);
        let detail = app.incident(1).await;
        let first = &detail.timeline[0];
        assert_eq!((first.text.as_str(), first.added_at), ("A customer called", Some(app.now())));
        assert_eq!(first.at, detail.incident.opened_at.plus(-10 * MINUTE));
        assert_eq!(detail.timeline.last().unwrap().text, "now");
        app.get("/incidents/1").as_(&lena).send().await.is(200).has("added later by lena");
        let body = serde_json::json!({ "text": "By the API", "at": detail.incident.opened_at.plus(-DAY).rfc3339() });
        app.api("POST", "/api/v1/incidents/1/comments", &body).as_(&lena).send().await.is(204);
        assert_eq!(app.incident(1).await.timeline[0].text, "By the API");
    }

    async fn ones_own_comment_is_written_anew_and_what_it_said_stays(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let (lena, max) = (app.user("lena", WORKER, Some(&team)).await, app.user("max", WORKER, Some(&team)).await);
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        app.post_form("/incidents/1/comments", &[("text", "It is the **bank**")]).as_(&lena).send().await.is(303);
        let entry = app.incident(1).await.timeline.last().unwrap().id.clone();
        let opened = app.incident(1).await.timeline[0].id.clone();
        let path = format!("/incidents/1/entries/{entry}");
        app.get(&path).as_(&lena).send().await.is(200).has("<textarea");
        app.get(&path).as_(&max).send().await.is(200).lacks("<textarea");
        app.post_form(&path, &[("text", "mine now")]).as_(&max).send().await.is(409).has("Only its author");
        app.post_form(&format!("/incidents/1/entries/{opened}"), &[("text", "x")]).as_(&lena).send().await.is(409);
        app.post_form(&path, &[("text", " ")]).as_(&lena).send().await.is(422);
        app.post_form(&path, &[("text", "It is **us**")]).as_(&lena).send().await.is(303);
        app.get("/incidents/1").as_(&max).send().await.is(200).has("<strong>us</strong>").has("written anew").lacks("<strong>bank</strong>");
        app.get(&path).as_(&max).send().await.is(200).has("<strong>bank</strong>");
        let history = app.get(&format!("/api/v1{path}")).as_(&max).send().await.is(200).json();
        assert_eq!((history["before"][0]["text"].as_str(), history["entry"]["edits"].as_i64()), (Some("It is the **bank**"), Some(1)));
        let stranger = app.viewer("otto", &app.team("other").await).await;
        app.get(&path).as_(&stranger).send().await.is(404);
        app.get(&format!("/api/v1{path}")).as_(&stranger).send().await.is(404);
    }

    async fn files_are_what_their_content_says(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let lena = app.user("lena", WORKER, Some(&team)).await;
        let viewer = app.viewer("vera", &team).await;
        let stranger = app.user("otto", WORKER, Some(&app.team("other").await)).await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        let send = async |who: &domain::Actor, name: &str, body: &[u8]| {
            let (kind, body) = form(name, body);
            app.ask("POST", "/incidents/1/files").header("content-type", &kind).body(body).as_(who).send().await
        };
        send(&viewer, "a.png", PNG).await.is(403);
        send(&stranger, "a.png", PNG).await.is(404);
        send(&lena, "a.png", b"MZ\x90\0\x03").await.is(422).has("a.png").has("by its content");
        send(&lena, "", PNG).await.is(422);
        send(&lena, "graph.png", PNG).await.is(303);
        app.advance(1);
        send(&lena, "page.html", b"<script>alert(1)</script>").await.is(303);
        app.post_form("/incidents/1/files", &[("file", "x")]).as_(&lena).send().await.is(422);
        let files = app.incident(1).await.files;
        assert_eq!((files.len(), files[0].kind.name(), files[1].kind.name()), (2, "png", "text"));
        assert_eq!(files[0].sha256.len(), 64);
        let open = |file: &domain::files::File| format!("/incidents/1/files/{}", file.id);
        let page = app.get("/incidents/1").as_(&viewer).send().await;
        page.is(200).has(&format!("<img src=\"{}\"", open(&files[0]))).lacks("Attach a file");
        let picture = app.get(&open(&files[0])).as_(&viewer).send().await;
        assert_eq!((picture.is(200).header("content-type"), picture.header("x-content-type-options")), ("image/png", "nosniff"));
        assert!(picture.header("content-security-policy").contains("sandbox"));
        let text = app.get(&open(&files[1])).as_(&viewer).send().await;
        assert_eq!(text.is(200).header("content-type"), "text/plain; charset=utf-8");
        assert_eq!(text.header("content-disposition"), "attachment; filename=\"page.html.txt\"; filename*=UTF-8''page.html.txt");
        app.get(&open(&files[0])).as_(&stranger).send().await.is(404);
        app.post_form(&format!("{}/remove", open(&files[0])), &[("reason", "")]).as_(&lena).send().await.is(422);
        app.post_form(&format!("{}/remove", open(&files[0])), &[("reason", "Card numbers in it")]).as_(&lena).send().await.is(303);
        app.get(&open(&files[0])).as_(&lena).send().await.is(404);
        app.get("/incidents/1").as_(&viewer).send().await.is(200).has("removed by lena: Card numbers in it").lacks("file-picture");
        // By the API: the body is the file.
        let made = app.ask("POST", "/api/v1/incidents/1/files?name=trace.log").body("line\n").as_(&lena).send().await;
        let answer = app.get(made.is(201).location()).as_(&viewer).send().await;
        assert_eq!((answer.is(200).body.as_str(), answer.header("content-disposition")), ("line\n", "attachment; filename=\"trace.log\"; filename*=UTF-8''trace.log"));
        app.ask("POST", "/api/v1/incidents/1/files").body("line\n").as_(&lena).send().await.is(422);
        app.ask("POST", "/api/v1/incidents/1/files?name=big.txt").body("x".repeat(11 << 20)).as_(&lena).send().await.is(413);
        app.ask("POST", "/api/v1/incidents/1/comments").body("x".repeat(2 << 20)).as_(&lena).send().await.is(413);
    }
}
