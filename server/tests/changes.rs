//! Changes, approvals and freezes, through the API and the pages, on both databases.

use domain::{
    Actor, Permission, Timestamp,
    id::{SystemId, TeamId},
    time::{HOUR, MINUTE},
};
use serde_json::{Value, json};

use crate::app::{Answer, TestApp};

mod approvals;
mod breaking;
mod calendar;
mod card;
mod carrying;
mod cheapest;
mod compared;
mod deployed;
mod environments;
mod evidence;
mod feeds;
mod files;
mod hands;
mod kinds;
mod maintained;
mod meant;
mod moving;
mod pages;
mod people;
mod policies;
mod quiet;
mod quiet_around;
mod race;
mod starters;
mod templates;
mod then;
mod undoing;
mod verification;

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
        room.act(&room.ruth, &change, "finish", &json!({ "outcome": "fine" })).await.is(422).has("outcome").has("success, degraded, rolled-back, inconclusive");
        room.act(&room.ruth, &change, "finish", &json!({ "outcome": "rolled-back" })).await.is(422).has("remark");
        let finished = room.act(&room.ruth, &change, "finish", &json!({ "outcome": "success" })).await.is(200).json();
        assert_eq!((finished["state"].as_str(), finished["outcome"].as_str()), (Some("observing"), Some("success")));
        room.act(&room.ruth, &change, "finish", &json!({ "outcome": "success" })).await.is(200);
        room.act(&room.ruth, &change, "finish", &json!({ "outcome": "degraded", "remark": "slow" })).await.is(409);
        let closed = room.act(&room.ruth, &change, "close", &json!({})).await.is(200).json();
        let kinds: Vec<_> = closed["entries"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap().to_owned()).collect();
        assert_eq!(kinds, ["created", "submitted", "approved", "scheduled", "started", "maintenance-opened", "finished", "maintenance-closed", "closed"]);
        assert_eq!(room.count("SELECT COUNT(*) FROM audit WHERE object_kind = 'change'").await, 6);
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

    async fn freezes_come_in_pages_the_past_ones_last(app: TestApp) {
        let room = Room::new(app).await;
        for day in 15..20 {
            let freeze = json!({ "scope": "team", "team": room.team, "start": format!("2025-03-{day}T00:00"), "end": format!("2025-03-{day}T12:00"), "zone": "UTC", "reason": format!("Day {day}") });
            room.send(&room.ruth, "POST", "/api/v1/freezes", &freeze).await.is(201);
        }
        // 17 March, 06:00: two are over, one is in force, two are to come.
        room.app.advance(3 * 24 * HOUR);
        let mut path = "/api/v1/freezes?past=true&limit=2".to_owned();
        let mut seen = Vec::new();
        loop {
            let page = room.app.get(&path).as_(&room.ruth).send().await.is(200).json();
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= 2);
            seen.extend(items.iter().map(|f| f["reason"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            path = format!("/api/v1/freezes?past=true&limit=2&after={next}");
        }
        assert_eq!(seen, ["Day 19", "Day 18", "Day 17", "Day 16", "Day 15"]);
        assert_eq!(room.app.get("/api/v1/freezes").as_(&room.ruth).send().await.is(200).json()["items"].as_array().unwrap().len(), 3);
        let page = room.app.get("/freezes?past=true&limit=3").as_(&room.ruth).send().await;
        page.is(200).has("Day 17").lacks("Day 16").has("after=").has("past=true");
        room.app.get("/freezes?limit=x").as_(&room.ruth).send().await.is(422);
    }

    async fn what_is_noted_reaches_those_who_may_read_it(app: TestApp) {
        let room = Room::new(app).await;
        let owners = room.app.team("owners").await;
        room.app.system("vault", &owners).await;
        let others = room.app.team("others").await;
        let (olga, sam) = (room.app.viewer("olga", &owners).await, room.app.user("sam", Permission::ALL, Some(&others)).await);
        let mut rita = room.rita.clone();
        rita.grants.teams.insert(owners.clone(), REQUESTER.iter().copied().collect());
        let change = room.send(&rita, "POST", "/api/v1/changes", &room.with(&[("systems", json!(["gateway", "vault"])), ("team", json!(room.team))])).await.is(201).json();
        let id: domain::id::ChangeId = change["id"].as_str().unwrap().parse().unwrap();
        let mut ears = [&room.alan, &olga, &sam].map(|who| room.app.portal.live.listen(who, None));
        let mut tx = room.app.ctx.begin_write().await.unwrap();
        backend::changes::note(&mut tx, &room.app.ctx, &id, "tool", "ran", None).await.unwrap();
        tx.announce(domain::live::Topic::Systems, "end", None);
        tx.commit().await.unwrap();
        let mut heard = Vec::new();
        for ear in &mut ears {
            heard.push(ear.next().await.unwrap().id);
        }
        assert_eq!(heard, [id.as_str(), id.as_str(), "end"]);
    }

    async fn where_it_is_busy_follows_what_happens(app: TestApp) {
        let room = Room::new(app).await;
        // As the migration filled it in for what was there before.
        let wrong = "SELECT COUNT(*) FROM changes WHERE busy_from <> COALESCE(started_at, starts_at) OR busy_to <> CASE WHEN state = 'executing' \
                     THEN 9223372036854775807 ELSE COALESCE(finished_at, ends_at) END";
        let at = async |hour: &str| {
            let list = room.app.get(&format!("/api/v1/changes?from=2025-03-{hour}:00Z&to=2025-03-{hour}:01Z")).as_(&room.ruth).send().await;
            list.is(200).json()["items"].as_array().unwrap().len()
        };
        let change = room.approved().await;
        assert_eq!((at("14T06:30").await, at("14T08:30").await, room.count(wrong).await), (0, 1, 0));
        room.app.advance(HOUR + MINUTE);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        // Under way it is busy until it ends, whatever its window says.
        assert_eq!((at("14T06:30").await, at("14T08:30").await, at("15T08:30").await, room.count(wrong).await), (0, 1, 1, 0));
        room.app.advance(10 * MINUTE);
        room.act(&room.ruth, &change, "finish", &json!({ "outcome": "success" })).await.is(200);
        assert_eq!((at("14T07:05").await, at("14T08:30").await, room.count(wrong).await), (1, 0, 0));
        let later = room.request(&room.with(&[("start", json!("2025-03-20T07:00")), ("end", json!("2025-03-20T09:00"))])).await;
        let moved = room.with(&[("start", json!("2025-03-21T07:00")), ("end", json!("2025-03-21T09:00")), ("version", json!(1))]);
        let mut moved = moved;
        moved.as_object_mut().unwrap().remove("submit");
        room.send(&room.rita, "PUT", &format!("/api/v1/changes/{}", later["id"].as_str().unwrap()), &moved).await.is(200);
        assert_eq!((at("20T08:00").await, at("21T08:00").await, room.count(wrong).await), (0, 1, 0));
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
