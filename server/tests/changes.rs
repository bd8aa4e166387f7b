//! Changes, approvals and freezes, through the API and the pages, on both databases.

use domain::{
    Actor, Permission, Timestamp,
    id::{SystemId, TeamId},
    time::{HOUR, MINUTE},
};
use serde_json::{Value, json};

use crate::app::{Answer, TestApp};

/// A team with a gateway, and the people around a change.
struct Room {
    app: TestApp,
    team: TeamId,
    gateway: SystemId,
    rita: Actor,
    alan: Actor,
    ruth: Actor,
}

const REQUESTER: &[Permission] = &[Permission::Read, Permission::RequestChanges, Permission::Export];
const APPROVER: &[Permission] = &[Permission::Read, Permission::ApproveChanges];
const MANAGER: &[Permission] = &[Permission::Read, Permission::RequestChanges, Permission::ExecuteChanges, Permission::SetFreezes];

impl Room {
    async fn new(app: TestApp) -> Self {
        let team = app.team("payments").await;
        let gateway = app.system("gateway", &team).await;
        let rita = app.user("rita", REQUESTER, Some(&team)).await;
        let alan = app.user("alan", APPROVER, Some(&team)).await;
        let ruth = app.user("ruth", MANAGER, Some(&team)).await;
        Self { app, team, gateway, rita, alan, ruth }
    }

    /// The clock stands at 06:00 UTC; the window opens at 07:00 and closes at 09:00.
    fn body(&self) -> Value {
        json!({
            "title": "New routing", "systems": ["gateway"], "start": "2025-03-14T07:00", "end": "2025-03-14T09:00", "zone": "UTC",
            "plan": "1. drain\n2. deploy", "rollback": "deploy the one before", "impact": "", "risk": "low", "risk_reason": "done weekly",
            "submit": true,
        })
    }

    fn with(&self, changes: &[(&str, Value)]) -> Value {
        let mut body = self.body();
        for (name, value) in changes {
            body[*name] = value.clone();
        }
        body
    }

    async fn send(&self, who: &Actor, method: &str, path: &str, body: &Value) -> Answer {
        self.app.api(method, path, body).as_(who).send().await
    }

    async fn request(&self, body: &Value) -> Value {
        let answer = self.send(&self.rita, "POST", "/api/v1/changes", body).await;
        answer.is(201);
        answer.json()
    }

    async fn act(&self, who: &Actor, change: &Value, act: &str, body: &Value) -> Answer {
        self.send(who, "POST", &format!("/api/v1/changes/{}/{act}", change["id"].as_str().unwrap()), body).await
    }

    async fn read(&self, who: &Actor, change: &Value) -> Value {
        let answer = self.app.get(&format!("/api/v1/changes/{}", change["id"].as_str().unwrap())).as_(who).send().await;
        answer.is(200);
        answer.json()
    }

    async fn approved(&self) -> Value {
        let change = self.request(&self.body()).await;
        self.act(&self.alan, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200);
        change
    }

    async fn count(&self, query: &'static str) -> i64 {
        let mut conn = self.app.ctx.db.read().await.unwrap();
        backend::db::sql(query).count(&mut conn).await.unwrap()
    }
}

both! {
    async fn the_whole_life_of_a_change(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.request(&room.body()).await;
        assert_eq!((change["number"].as_i64(), change["state"].as_str(), change["needed"].as_i64()), (Some(1), Some("pending"), Some(1)));
        assert_eq!(change["team"]["id"].as_str(), Some(room.team.as_str()));
        assert_eq!(change["systems"][0]["id"].as_str(), Some(room.gateway.as_str()));
        let approved = room.act(&room.alan, &change, "approve", &json!({ "hash": change["hash"], "remark": "fine" })).await;
        assert_eq!(approved.is(200).json()["state"], "approved");
        assert_eq!(room.act(&room.ruth, &change, "schedule", &json!({})).await.is(200).json()["state"], "scheduled");
        room.act(&room.ruth, &change, "start", &json!({})).await.is(409).has("opens at 2025-03-14 07:00");
        room.app.advance(HOUR + MINUTE);
        let started = room.act(&room.ruth, &change, "start", &json!({})).await.is(200).json();
        assert_eq!((started["state"].as_str(), started["started_at"].as_i64()), (Some("executing"), Some(room.app.now().0)));
        // The same again is the same answer and no second effect.
        room.app.advance(MINUTE);
        let again = room.act(&room.ruth, &change, "start", &json!({})).await.is(200).json();
        assert_eq!(again["started_at"], started["started_at"]);
        room.act(&room.ruth, &change, "finish", &json!({ "outcome": "fine" })).await.is(422).has("outcome").has("success, degraded, rolled-back");
        room.act(&room.ruth, &change, "finish", &json!({ "outcome": "rolled-back" })).await.is(422).has("remark");
        let finished = room.act(&room.ruth, &change, "finish", &json!({ "outcome": "success" })).await.is(200).json();
        assert_eq!((finished["state"].as_str(), finished["outcome"].as_str()), (Some("observing"), Some("success")));
        room.act(&room.ruth, &change, "finish", &json!({ "outcome": "success" })).await.is(200);
        room.act(&room.ruth, &change, "finish", &json!({ "outcome": "degraded", "remark": "slow" })).await.is(409);
        let closed = room.act(&room.ruth, &change, "close", &json!({})).await.is(200).json();
        let kinds: Vec<_> = closed["entries"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap().to_owned()).collect();
        assert_eq!(kinds, ["created", "submitted", "approved", "scheduled", "started", "finished", "closed"]);
        assert_eq!(room.count("SELECT COUNT(*) FROM audit WHERE object_kind = 'change'").await, 6);
    }

    async fn four_eyes(app: TestApp) {
        let room = Room::new(app).await;
        // Rita may request and approve, but not the same change.
        let both = room.app.user("both", Permission::ALL, None).await;
        let mine = room.send(&both, "POST", "/api/v1/changes", &room.body()).await.is(201).json();
        room.act(&both, &mine, "approve", &json!({ "hash": mine["hash"] })).await.is(409).has("You requested this change");
        room.act(&room.rita, &mine, "approve", &json!({ "hash": mine["hash"] })).await.is(403);
        // Nor may who wrote what is to be approved.
        let change = room.request(&room.body()).await;
        let edited = room.with(&[("title", json!("Newer routing")), ("version", json!(1)), ("submit", Value::Null)]);
        let path = format!("/api/v1/changes/{}", change["id"].as_str().unwrap());
        room.send(&both, "PUT", &path, &edited).await.is(200);
        let change = room.read(&both, &change).await;
        room.act(&both, &change, "approve", &json!({ "hash": change["hash"] })).await.is(409).has("You wrote");
        // And the database itself refuses an approval by the requester, however it is written.
        let mut conn = room.app.ctx.db.read().await.unwrap();
        for (approver, requester) in [("requester_id", "requester_id"), ("author_id", "requester_id"), ("'x'", "'y'")] {
            let text: &'static str = Box::leak(format!(
                "INSERT INTO change_approvals (change_id, version, hash, requester_id, author_id, approver_id, approver_name, verdict, remark, at) \
                 SELECT c.id, c.version, c.hash, {requester}, r.author_id, {approver}, '', 'approve', '', 0 FROM changes c \
                 JOIN change_revisions r ON r.change_id = c.id AND r.version = c.version"
            ).into_boxed_str());
            assert!(backend::db::sql(text).run(&mut conn).await.is_err(), "{approver}");
        }
    }

    async fn an_edit_voids_what_was_approved(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.approved().await;
        let path = format!("/api/v1/changes/{}", change["id"].as_str().unwrap());
        // The same content leaves the approval alone.
        let same = room.with(&[("version", json!(1)), ("submit", Value::Null)]);
        assert_eq!(room.send(&room.rita, "PUT", &path, &same).await.is(200).json()["voided"], 0);
        assert_eq!(room.read(&room.rita, &change).await["state"], "approved");
        let edited = room.with(&[("version", json!(1)), ("submit", Value::Null), ("plan", json!("1. drain\n2. deploy twice"))]);
        assert_eq!(room.send(&room.rita, "PUT", &path, &edited).await.is(200).json(), json!({ "version": 2, "voided": 1 }));
        let after = room.read(&room.rita, &change).await;
        assert_eq!((after["state"].as_str(), after["approvals"].as_i64(), after["approvals_given"][0]["void"].as_bool()), (Some("pending"), Some(0), Some(true)));
        assert_eq!(after["changed_since_approval"][0]["field"], "plan");
        assert_ne!(after["hash"], change["hash"]);
        // It does not start, and the old hash approves nothing.
        room.app.advance(HOUR);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(409).has("pending");
        room.act(&room.alan, &change, "approve", &json!({ "hash": change["hash"] })).await.is(409).has("changed since");
        room.act(&room.alan, &change, "approve", &json!({ "hash": after["hash"] })).await.is(200);
        // Whoever edits what is not there any more hears of it.
        room.send(&room.rita, "PUT", &path, &edited).await.is(409);
    }

    async fn fifty_approvals_at_once_have_one_effect(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.request(&room.body()).await;
        let mut approvers = Vec::new();
        for n in 0..50 {
            approvers.push(if n % 5 == 0 { room.alan.clone() } else { room.app.user(&format!("a{n}"), APPROVER, Some(&room.team)).await });
        }
        let hash = json!({ "hash": change["hash"] });
        let asks = approvers.iter().map(|who| room.act(who, &change, "approve", &hash));
        let answers = futures::future::join_all(asks).await;
        assert!(answers.iter().all(|a| a.status == 200 || a.status == 409), "{answers:?}");
        assert!(answers.iter().any(|a| a.status == 200));
        let after = room.read(&room.rita, &change).await;
        assert_eq!((after["state"].as_str(), after["approvals"].as_i64()), (Some("approved"), Some(1)));
        assert_eq!(room.count("SELECT COUNT(*) FROM change_approvals").await, 1);
        assert_eq!(room.count("SELECT COUNT(*) FROM audit WHERE act = 'change.approve'").await, 1);
    }

    async fn a_high_risk_takes_two(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.request(&room.with(&[("risk", json!("high"))])).await;
        assert_eq!(change["needed"], 2);
        let more: Vec<_> = [room.app.user("b", APPROVER, Some(&room.team)).await, room.alan.clone()].into();
        let hash = json!({ "hash": change["hash"] });
        let (first, again) = futures::future::join(room.act(&room.alan, &change, "approve", &hash), room.act(&room.alan, &change, "approve", &hash)).await;
        first.is(200);
        again.is(200);
        assert_eq!(room.read(&room.rita, &change).await["state"], "pending");
        let answers = futures::future::join_all(more.iter().map(|who| room.act(who, &change, "approve", &hash))).await;
        assert!(answers.iter().all(|a| a.status == 200), "{answers:?}");
        let after = room.read(&room.rita, &change).await;
        assert_eq!((after["state"].as_str(), after["approvals"].as_i64()), (Some("approved"), Some(2)));
    }

    async fn a_freeze_blocks_start(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.approved().await;
        let freeze = json!({ "scope": "systems", "systems": ["gateway"], "start": "2025-03-14T08:00", "end": "2025-03-15T08:00", "zone": "UTC", "reason": "Quarter end" });
        room.send(&room.rita, "POST", "/api/v1/freezes", &freeze).await.is(403);
        let set = room.send(&room.ruth, "POST", "/api/v1/freezes", &freeze).await.is(201).json();
        // A freeze of everything is not for the people of one team.
        let all = json!({ "scope": "all", "start": "2025-03-14T08:00", "end": "2025-03-15T08:00", "zone": "UTC", "reason": "x" });
        room.send(&room.ruth, "POST", "/api/v1/freezes", &all).await.is(403);
        assert_eq!(room.read(&room.rita, &change).await["conflicts"][0]["kind"], "freeze");
        room.act(&room.ruth, &change, "schedule", &json!({})).await.is(409).has("Quarter end");
        room.app.advance(HOUR);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(409).has("Quarter end").has("2025-03-15 08:00");
        assert_eq!(room.read(&room.rita, &change).await["state"], "approved");
        let path = format!("/api/v1/freezes/{}", set["id"].as_str().unwrap());
        let later = json!({ "scope": "systems", "systems": ["gateway"], "start": "2025-03-14T09:00", "end": "2025-03-15T08:00", "zone": "UTC", "reason": "Quarter end", "version": 1 });
        room.send(&room.ruth, "PUT", &path, &later).await.is(200);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        room.app.ask("DELETE", &path).as_(&room.ruth).send().await.is(204);
        room.app.get(&path).as_(&room.ruth).send().await.is(404);
    }

    async fn only_inside_the_window(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.approved().await;
        room.app.advance(HOUR - 1);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(409).has("too early").has("1 min");
        room.app.advance(2 * HOUR + 1);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(409).has("too late");
        room.send(&room.rita, "POST", "/api/v1/changes", &room.body()).await.is(422).has("still to come");
    }

    async fn clocks_that_change(app: TestApp) {
        let room = Room::new(app).await;
        // 02:30 on 30 March 2025 does not exist in Berlin; it is read as 03:30 summer time and the page says so.
        let change = room.request(&room.with(&[("start", json!("2025-03-30T02:30")), ("end", json!("2025-03-30T05:00")), ("zone", json!("Europe/Berlin"))])).await;
        let span = &change["window"]["span"];
        let utc = |v: &Value| Timestamp(v.as_i64().unwrap()).rfc3339();
        assert_eq!((utc(&span["from"]), utc(&span["to"])), ("2025-03-30T01:30:00.000Z".to_owned(), "2025-03-30T03:00:00.000Z".to_owned()));
        let page = room.app.get(&format!("/changes/{}", change["id"].as_str().unwrap())).as_(&room.rita).send().await;
        page.is(200).has("does not exist in Europe/Berlin");
        let twice = room.request(&room.with(&[("start", json!("2025-10-26T02:30")), ("end", json!("2025-10-26T03:30")), ("zone", json!("Europe/Berlin"))])).await;
        let page = room.app.get(&format!("/changes/{}", twice["id"].as_str().unwrap())).as_(&room.rita).send().await;
        page.is(200).has("exists twice in Europe/Berlin").has("2 h");
    }

    async fn another_teams_change_is_not_there(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.request(&room.body()).await;
        let id = change["id"].as_str().unwrap();
        let other = room.app.team("lending").await;
        let stranger = room.app.user("sam", Permission::ALL, Some(&other)).await;
        for path in [format!("/api/v1/changes/{id}"), format!("/changes/{id}"), format!("/changes/{id}/print"), format!("/changes/{id}/edit"), "/api/v1/changes/CHG-1".into()] {
            room.app.get(&path).as_(&stranger).send().await.is(404).lacks("New routing");
        }
        for act in ["submit", "schedule", "start", "close"] {
            room.act(&stranger, &change, act, &json!({})).await.is(404);
        }
        room.act(&stranger, &change, "approve", &json!({ "hash": change["hash"] })).await.is(404);
        room.act(&stranger, &change, "cancel", &json!({})).await.is(404);
        assert_eq!(room.app.get("/api/v1/changes").as_(&stranger).send().await.is(200).json()["items"], json!([]));
        assert_eq!(room.app.get("/api/v1/approvals").as_(&stranger).send().await.is(200).json(), json!([]));
        // Their system cannot be named either.
        room.send(&stranger, "POST", "/api/v1/changes", &room.body()).await.is(422).has("gateway");
        room.app.get("/api/v1/changes").send().await.is(401);
        let viewer = room.app.viewer("vera", &room.team).await;
        room.app.get(&format!("/changes/{id}")).as_(&viewer).send().await.is(200);
        room.act(&viewer, &change, "cancel", &json!({})).await.is(403);
        room.act(&viewer, &change, "comments", &json!({ "text": "hi" })).await.is(403);
    }

    async fn owners_of_every_system_must_approve(app: TestApp) {
        let room = Room::new(app).await;
        let ledgers = room.app.team("ledgers").await;
        room.app.system("ledger", &ledgers).await;
        let wide = room.app.user("wide", REQUESTER, None).await;
        let body = room.with(&[("systems", json!(["gateway", "ledger"])), ("team", json!(room.team))]);
        let change = room.send(&wide, "POST", "/api/v1/changes", &body).await.is(201).json();
        // Alan approves for payments only.
        room.act(&room.alan, &change, "approve", &json!({ "hash": change["hash"] })).await.is(403);
        // The owners of the ledger see what is planned on it.
        let lena = room.app.user("lena", APPROVER, Some(&ledgers)).await;
        assert_eq!(room.read(&lena, &change).await["title"], "New routing");
        room.act(&lena, &change, "approve", &json!({ "hash": change["hash"] })).await.is(403);
        let boss = room.app.user("boss", APPROVER, None).await;
        assert_eq!(room.app.get("/api/v1/approvals").as_(&boss).send().await.json()[0]["number"], 1);
        room.act(&boss, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200);
    }

    async fn conflicts_have_reasons(app: TestApp) {
        let room = Room::new(app).await;
        let bank = room.app.system("bank-link", &room.team).await;
        room.app.system("intranet", &room.team).await;
        room.app.needs(&room.gateway, &bank).await;
        room.request(&room.body()).await;
        let check = async |systems: Value, start: &str| {
            let body = room.with(&[("systems", systems), ("start", json!(start)), ("end", json!("2025-03-14T10:00")), ("submit", Value::Null)]);
            let found = room.send(&room.rita, "POST", "/api/v1/changes/check", &body).await.is(200).json();
            found["conflicts"].as_array().unwrap().iter().map(|c| format!("{} {}", c["kind"].as_str().unwrap(), c["with"]["label"].as_str().unwrap())).collect::<Vec<_>>()
        };
        assert_eq!(check(json!(["gateway"]), "2025-03-14T08:00").await, ["same-system CHG-1 New routing"]);
        assert_eq!(check(json!(["bank-link"]), "2025-03-14T08:00").await, ["dependency CHG-1 New routing"]);
        assert_eq!(check(json!(["intranet"]), "2025-03-14T08:00").await, ["same-team CHG-1 New routing"]);
        assert_eq!(check(json!(["gateway"]), "2025-03-14T09:00").await, Vec::<String>::new());
        assert_eq!(room.count("SELECT COUNT(*) FROM changes").await, 1);
    }

    async fn a_refusal_can_be_answered(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.request(&room.body()).await;
        room.act(&room.alan, &change, "reject", &json!({ "hash": change["hash"] })).await.is(422).has("remark");
        let rejected = room.act(&room.alan, &change, "reject", &json!({ "hash": change["hash"], "remark": "no rollback test" })).await.is(200).json();
        assert_eq!((rejected["state"].as_str(), rejected["approvals_given"][0]["remark"].as_str()), (Some("rejected"), Some("no rollback test")));
        let path = format!("/api/v1/changes/{}", change["id"].as_str().unwrap());
        room.send(&room.rita, "PUT", &path, &room.with(&[("version", json!(1)), ("submit", Value::Null)])).await.is(409).has("exactly this content");
        room.send(&room.rita, "PUT", &path, &room.with(&[("version", json!(1)), ("rollback", json!("tested")), ("submit", Value::Null)])).await.is(200);
        assert_eq!(room.read(&room.rita, &change).await["state"], "draft");
        let again = room.act(&room.rita, &change, "submit", &json!({})).await.is(200).json();
        room.act(&room.alan, &change, "approve", &json!({ "hash": again["hash"] })).await.is(200);
        let gone = room.act(&room.rita, &change, "cancel", &json!({ "remark": "not needed" })).await.is(200).json();
        assert_eq!(gone["state"], "cancelled");
    }

    async fn siblings_find_recent_changes(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.approved().await;
        room.app.advance(HOUR);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        let mut conn = room.app.ctx.db.read().await.unwrap();
        let now = room.app.now();
        let span = domain::Span { from: now.plus(-HOUR), to: now.plus(HOUR) };
        let found = backend::changes::recent(&mut conn, &[(room.gateway.clone(), 2)], span).await.unwrap();
        assert_eq!(found.iter().map(|c| (c.number, c.distance, c.started_at)).collect::<Vec<_>>(), [(1, 2, Some(now))]);
        assert!(backend::changes::recent(&mut conn, &[], span).await.unwrap().is_empty());
        let between = backend::changes::between(&mut conn, &domain::Reach::All, span).await.unwrap();
        assert_eq!(between[0].systems[0].key, "gateway");
        assert!(backend::changes::between(&mut conn, &domain::Reach::Teams(vec![]), span).await.unwrap().is_empty());
    }
}

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
        refused.is(422).has("almost well").has("success, degraded, rolled-back");
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
        let ics = room.app.get("/calendar/secret-of-payments.ics").send().await;
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
        // Another state, a higher sequence, the same UID.
        room.act(&room.alan, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200);
        room.app.get("/calendar/secret-of-payments.ics").send().await.has("STATUS:CONFIRMED").has("SEQUENCE:2\r\n").has(&format!("UID:change-{id}@"));
        for wrong in ["/calendar/secret-of-payment.ics", "/calendar/.ics", "/calendar/secret-of-payments"] {
            room.app.get(wrong).send().await.is(404);
        }
        // Another team's feed does not hold it.
        room.app.team("lending").await;
        room.app.get("/calendar/secret-of-lending.ics").send().await.is(200).lacks("Route").has("Quarter end");
        // A new secret ends the old one; only administrators make one.
        let renew = format!("/changes/feeds/{}/renew", room.team);
        room.app.post_form(&renew, &[]).as_(&room.ruth).send().await.is(403);
        room.app.post_form(&renew, &[]).as_(&admin).send().await.is(303);
        room.app.get("/calendar/secret-of-payments.ics").send().await.is(404);
        let page = room.app.get("/changes/feeds").as_(&room.rita).send().await;
        page.is(200).has("/calendar/").lacks("secret-of-payments").lacks("secret-of-lending");
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
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        room.act(&room.ruth, &change, "finish", &json!({ "outcome": "success" })).await.is(200);
        let mut conn = room.app.ctx.db.read().await.unwrap();
        let told = backend::db::sql("SELECT event FROM deliveries ORDER BY event").texts(&mut conn).await.unwrap();
        assert_eq!(told, ["change.approved", "change.finished", "change.pending", "change.started"]);
        // The open incident on the gateway tells of the work, too.
        assert!(opened.is_ok(), "{opened:?}");
        let noted = backend::db::sql("SELECT text FROM incident_entries WHERE kind = 'change' ORDER BY seq").texts(&mut conn).await.unwrap();
        assert_eq!(noted, ["CHG-1 New routing: started", "CHG-1 New routing: success"]);
    }
}
