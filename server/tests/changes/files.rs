//! Files of a change: what they are, who may, that they are no part of what was approved, and that what approvers saw stays.

use super::*;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

/// A form with a file in it, as a browser sends it.
fn form(name: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
    [head.as_bytes(), body, b"\r\n--xyz--\r\n"].concat()
}

both! {
    async fn files_are_attached_and_leave_the_approval_alone(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.approved().await;
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        let path = format!("{page}/files");
        let send = async |who: &Actor, name: &str, body: &[u8]| {
            let ask = room.app.ask("POST", &path).header("content-type", "multipart/form-data; boundary=xyz").body(form(name, body));
            ask.as_(who).send().await
        };
        // Approving is another right; another team does not even see it.
        send(&room.alan, "a.png", PNG).await.is(403);
        let sam = room.app.user("sam", Permission::ALL, Some(&room.app.team("others").await)).await;
        send(&sam, "a.png", PNG).await.is(404);
        send(&room.rita, "tool.exe", b"MZ\x90\0\x03").await.is(422).has("tool.exe").has("by its content");
        send(&room.rita, "", PNG).await.is(422);
        room.app.post_form(&path, &[("file", "x")]).as_(&room.rita).send().await.is(422);
        send(&room.rita, "topology.png", PNG).await.is(303);
        room.app.advance(1);
        let made = room.app.ask("POST", &format!("/api/v1{path}?name=steps.log")).body("one\ntwo\n").as_(&room.rita).send().await;
        let text = room.app.get(made.is(201).location()).as_(&room.alan).send().await;
        assert_eq!((text.is(200).body.as_str(), text.header("content-disposition")), ("one\ntwo\n", "attachment; filename=\"steps.log\"; filename*=UTF-8''steps.log"));
        // What was approved is what it was, and the timeline tells what came since.
        let now = room.read(&room.alan, &change).await;
        assert_eq!((&now["hash"], now["state"].as_str(), now["approvals"].as_i64()), (&change["hash"], Some("approved"), Some(1)));
        let told: Vec<_> = now["entries"].as_array().unwrap().iter().filter(|entry| entry["kind"] == "file-added").collect();
        assert_eq!((told.len(), told[0]["text"].as_str()), (2, Some("topology.png")));
        let picture = format!("{path}/{}", now["files"][0]["id"].as_str().unwrap());
        assert_eq!(told[0]["link"], json!(picture));
        let seen = room.app.get(&page).as_(&room.alan).send().await;
        seen.is(200).has(&format!("<img src=\"{picture}\"")).has("steps.log").has("attached a file").lacks("Attach a file");
        room.app.get(&page).as_(&room.rita).in_(domain::people::Locale::Zh).send().await.is(200).has("添加附件").has("附件");
        let shown = room.app.get(&picture).as_(&room.alan).send().await;
        assert_eq!((shown.is(200).header("content-type"), shown.header("x-content-type-options")), ("image/png", "nosniff"));
        assert!(shown.header("content-security-policy").contains("sandbox"));
        for path in [picture.clone(), format!("/api/v1{picture}"), format!("/api/v1{path}")] {
            room.app.get(&path).as_(&sam).send().await.is(404);
        }
        // Of another change it is not to be had.
        let other = room.request(&room.body()).await;
        room.app.get(&picture.replace(change["id"].as_str().unwrap(), other["id"].as_str().unwrap())).as_(&room.rita).send().await.is(404);
        // What came after the approval is named; what approvers could see stays.
        let since = json!([{ "field": "files", "before": "", "now": "topology.png\nsteps.log" }]);
        assert_eq!(now["changed_since_approval"], since);
        seen.has("Attached after the approval, so nobody approved it: topology.png, steps.log");
        let chinese = room.app.get(&page).as_(&room.rita).in_(domain::people::Locale::Zh).send().await;
        chinese.is(200).has("审批之后添加、未经审批的附件：topology.png, steps.log").has("只有草稿可以移除附件").lacks(&format!("{picture}/remove"));
        let why = [("reason", "an old one")];
        room.app.post_form(&format!("{picture}/remove"), &why).as_(&room.rita).send().await.is(409).has("a file is removed only while the change is a draft");
        room.send(&room.rita, "DELETE", &format!("/api/v1{picture}"), &json!({ "reason": "an old one" })).await.is(409);
        room.app.get(&picture).as_(&room.alan).send().await.is(200);
        assert_eq!(room.count("SELECT COUNT(*) FROM change_file_bodies").await, 2);
        assert_eq!(room.count("SELECT COUNT(*) FROM audit WHERE act = 'change.file-remove'").await, 0);
    }

    async fn files_of_a_draft_are_removed_for_a_reason(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.request(&room.with(&[("submit", json!(false))])).await;
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        let path = format!("{page}/files");
        for (name, body) in [("topology.png", PNG), ("steps.log", b"one\ntwo\n".as_slice())] {
            let ask = room.app.ask("POST", &path).header("content-type", "multipart/form-data; boundary=xyz").body(form(name, body));
            ask.as_(&room.rita).send().await.is(303);
            room.app.advance(1);
        }
        let now = room.read(&room.rita, &change).await;
        let picture = format!("{path}/{}", now["files"][0]["id"].as_str().unwrap());
        room.app.get(&page).as_(&room.rita).send().await.is(200).has(&format!("{picture}/remove"));
        // Removed for a reason: that it was there stays.
        room.app.post_form(&format!("{picture}/remove"), &[("reason", "")]).as_(&room.rita).send().await.is(422);
        room.app.post_form(&format!("{picture}/remove"), &[("reason", "x")]).as_(&room.alan).send().await.is(403);
        room.app.post_form(&format!("{picture}/remove"), &[("reason", "an old one")]).as_(&room.rita).send().await.is(303);
        room.app.get(&picture).as_(&room.rita).send().await.is(404);
        room.app.get(&page).as_(&room.alan).send().await.is(200).has("removed by").has("an old one").lacks("file-picture");
        let second = format!("/api/v1{path}/{}", now["files"][1]["id"].as_str().unwrap());
        for _ in 0..2 {
            room.send(&room.rita, "DELETE", &second, &json!({ "reason": "told elsewhere" })).await.is(204);
        }
        let list = room.app.get("/api/v1/changes/CHG-1/files").as_(&room.alan).send().await.is(200).json();
        assert_eq!((list[1]["removed_why"].as_str(), list.as_array().unwrap().len()), (Some("told elsewhere"), 2));
        assert_eq!(room.count("SELECT COUNT(*) FROM change_file_bodies").await, 0);
        assert_eq!(room.count("SELECT COUNT(*) FROM audit WHERE act = 'change.file-add' OR act = 'change.file-remove'").await, 4);
        // What is removed already is, whatever became of the change.
        room.act(&room.rita, &change, "submit", &json!({})).await.is(200);
        room.send(&room.rita, "DELETE", &second, &json!({ "reason": "told elsewhere" })).await.is(204);
        // Bounds.
        room.app.ask("POST", &format!("/api/v1{path}")).body("line\n").as_(&room.rita).send().await.is(422);
        room.app.ask("POST", &format!("/api/v1{path}?name=big.txt")).body("x".repeat(11 << 20)).as_(&room.rita).send().await.is(413);
        room.app.ask("POST", &format!("/api/v1{path}?name=large.txt")).body("x".repeat((10 << 20) + 1)).as_(&room.rita).send().await.is(422).has("10 MiB");
    }

    async fn what_came_after_one_approver_is_named_to_the_other(app: TestApp) {
        let room = Room::new(app).await;
        let eve = room.app.user("eve", APPROVER, Some(&room.team)).await;
        let change = room.request(&room.with(&[("risk", json!("high")), ("submit", json!(false))])).await;
        let id = change["id"].as_str().unwrap();
        let attach = async |name: &str| {
            let ask = room.app.ask("POST", &format!("/api/v1/changes/{id}/files?name={name}")).body("one\ntwo\n");
            ask.as_(&room.rita).send().await.is(201);
            room.app.advance(1);
        };
        attach("before.log").await;
        room.act(&room.rita, &change, "submit", &json!({})).await.is(200);
        attach("asked.log").await;
        room.act(&room.alan, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200);
        assert_eq!(room.read(&eve, &change).await["changed_since_approval"], Value::Null);
        room.app.get("/approvals").as_(&eve).send().await.is(200).has("New routing").lacks("Attached after the approval");
        room.app.advance(1);
        attach("after.log").await;
        room.app.get("/approvals").as_(&eve).send().await.is(200).has("Attached after the approval, so nobody approved it: after.log<");
        room.act(&eve, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200);
        // Whoever carries it out is told, too: one of two has not seen it.
        let page = room.app.get(&format!("/changes/{id}")).as_(&room.ruth).send().await;
        page.is(200).has("Attached after the approval, so nobody approved it: after.log<");
    }
}
