//! Schedules, covers, swaps and feeds, through the API and the pages, on both databases.

use domain::{
    Actor, Permission,
    id::TeamId,
    people::Locale,
    time::{DAY, HOUR},
};
use serde_json::{Value, json};

use crate::app::{Answer, TestApp};

mod escalations;
mod feeds;
mod swapping;

const KEEPER: &[Permission] = &[Permission::Read, Permission::WorkIncidents, Permission::ManageOnCall];
const WORKER: &[Permission] = &[Permission::Read, Permission::WorkIncidents];

/// A team with two people who take turns, and the one who keeps the schedule. It is Friday, 14 March 2025, 06:00 UTC.
pub struct Room {
    pub app: TestApp,
    pub team: TeamId,
    pub kim: Actor,
    pub lena: Actor,
    pub wei: Actor,
}

pub fn id(actor: &Actor) -> &str {
    actor.user().expect("a user").as_str()
}

impl Room {
    pub async fn new(app: TestApp) -> Self {
        let team = app.team("payments").await;
        let kim = app.user("kim", KEEPER, Some(&team)).await;
        let lena = app.user("lena", WORKER, Some(&team)).await;
        let wei = app.user("wei", WORKER, Some(&team)).await;
        Self { app, team, kim, lena, wei }
    }

    /// Weeks from Monday 09:00 in Shanghai: this week Lena, next week Wei.
    pub fn body(&self) -> Value {
        json!({
            "name": "Primary", "team": self.team, "zone": "Asia/Shanghai",
            "layers": [{ "name": "Weeks", "rotation": "weekly", "handoff": "09:00", "start": "2025-03-10", "people": [id(&self.lena), id(&self.wei)] }],
        })
    }

    pub async fn send(&self, who: &Actor, method: &str, path: &str, body: &Value) -> Answer {
        self.app.api(method, path, body).as_(who).send().await
    }

    pub async fn read(&self, who: &Actor, path: &str) -> Value {
        let answer = self.app.get(path).as_(who).send().await;
        answer.is(200);
        answer.json()
    }

    pub async fn schedule(&self) -> String {
        let made = self.send(&self.kim, "POST", "/api/v1/oncall/schedules", &self.body()).await;
        made.is(201).json()["id"].as_str().expect("an id").to_owned()
    }

    /// A schedule of working hours with gaps at night; where its covers are.
    pub async fn working_hours(&self) -> String {
        let mut body = self.body();
        body["layers"][0]["hours"] = json!([{ "days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "18:00" }]);
        let made = self.send(&self.kim, "POST", "/api/v1/oncall/schedules", &body).await;
        format!("/api/v1/oncall/schedules/{}/covers", made.is(201).json()["id"].as_str().unwrap())
    }

    /// Who has it now, by name.
    pub async fn now(&self) -> Value {
        self.read(&self.kim, "/api/v1/oncall/now").await[0]["now"]["person"]["name"].clone()
    }
}

both! {
    async fn nobody_before_the_first_hand_off_is_told_as_a_gap(app: TestApp) {
        let room = Room::new(app).await;
        let mut body = room.body();
        body["layers"][0]["start"] = "2025-03-15".into();
        room.send(&room.kim, "POST", "/api/v1/oncall/schedules", &body).await.is(201);
        let told = room.read(&room.kim, "/api/v1/oncall/now").await;
        assert!(told[0]["now"]["person"].is_null(), "{told}");
        assert_eq!(told[0]["gap"]["from"].as_i64(), Some(room.app.now().0), "not what was before there was a schedule");
        assert_eq!(told[0]["gap"]["to"].as_i64(), Some(room.app.now().0 + 19 * HOUR), "09:00 in Shanghai on the day after");
        // With what stands in the form somebody has it at once: 09:00 is still to come on this day.
        room.app.get("/oncall/schedules/new").as_(&room.kim).send().await.is(200).has("value=\"2025-03-13\"");
    }

    async fn a_schedule_says_who_is_on_now_and_next(app: TestApp) {
        let room = Room::new(app).await;
        let id = room.schedule().await;
        let told = room.read(&room.lena, "/api/v1/oncall/now").await;
        assert_eq!((told[0]["schedule"]["name"].as_str(), told[0]["now"]["person"]["name"].as_str()), (Some("Primary"), Some("lena")));
        assert_eq!((told[0]["next"]["person"]["name"].as_str(), told[0]["gap"].is_null()), (Some("wei"), true));
        room.app.advance(3 * DAY);
        assert_eq!(room.now().await, "wei");
        let shifts = room.read(&room.lena, &format!("/api/v1/oncall/schedules/{id}/shifts?from=2025-03-09T00:00:00Z&to=2025-03-18T00:00:00Z")).await;
        let told: Vec<_> = shifts["duties"].as_array().unwrap().iter().map(|d| d["person"]["name"].as_str().unwrap_or("–")).collect();
        assert_eq!(told, ["–", "lena", "wei"], "nobody before it begins");
        let long = format!("/api/v1/oncall/schedules/{id}/shifts?from=2025-03-09T00:00:00Z&to=2029-03-18T00:00:00Z");
        room.app.get(&long).as_(&room.lena).send().await.is(422).has("at most 400 days");
    }

    async fn what_is_typed_is_refused_with_everything_that_is_wrong(app: TestApp) {
        let room = Room::new(app).await;
        let vera = room.app.viewer("vera", &room.team).await;
        let mut body = room.body();
        body["zone"] = json!("Mars/Olympus");
        body["layers"][0]["handoff"] = json!("nine");
        body["layers"][0]["people"] = json!([]);
        room.send(&room.kim, "POST", "/api/v1/oncall/schedules", &body).await.is(422).has("zone").has("layers[0].handoff").has("layers[0].people");
        let mut body = room.body();
        body["layers"][0]["people"] = json!([id(&vera)]);
        room.send(&room.kim, "POST", "/api/v1/oncall/schedules", &body).await.is(422).has("layers[0].people").has("may work on incidents");
        room.send(&room.lena, "POST", "/api/v1/oncall/schedules", &room.body()).await.is(403).has("oncall.manage");
        room.schedule().await;
        room.send(&room.kim, "POST", "/api/v1/oncall/schedules", &room.body()).await.is(422).has("not taken yet");
    }

    async fn an_edit_names_what_it_read(app: TestApp) {
        let room = Room::new(app).await;
        let path = format!("/api/v1/oncall/schedules/{}", room.schedule().await);
        let mut body = room.body();
        body["version"] = json!(1);
        body["layers"][0]["people"] = json!([id(&room.wei), id(&room.lena)]);
        assert_eq!(room.send(&room.kim, "PUT", &path, &body).await.is(200).json()["version"], 2);
        assert_eq!(room.now().await, "wei");
        body["name"] = json!("Other");
        room.send(&room.kim, "PUT", &path, &body).await.is(409).has("edited the schedule");
        room.app.ask("DELETE", &path).as_(&room.kim).send().await.is(204);
        room.app.get(&path).as_(&room.kim).send().await.is(404);
        let mut conn = room.app.ctx.db.read().await.unwrap();
        let acts = backend::db::sql("SELECT act FROM audit WHERE object_kind = 'schedule' ORDER BY seq").texts(&mut conn).await.unwrap();
        assert_eq!(acts, ["schedule.create", "schedule.change", "schedule.remove"]);
    }

    async fn another_team_sees_nothing(app: TestApp) {
        let room = Room::new(app).await;
        let id = room.schedule().await;
        let other = room.app.team("lending").await;
        let otto = room.app.user("otto", Permission::ALL, Some(&other)).await;
        assert_eq!(room.read(&otto, "/api/v1/oncall/now").await, json!([]));
        for path in ["", "/shifts", "/swaps"] {
            room.app.get(&format!("/api/v1/oncall/schedules/{id}{path}")).as_(&otto).send().await.is(404);
        }
        room.app.get(&format!("/oncall/schedules/{id}")).as_(&otto).send().await.is(404);
        let cover = json!({ "person": "me", "start": "2025-03-14T20:00", "end": "2025-03-15T09:00" });
        room.send(&otto, "POST", &format!("/api/v1/oncall/schedules/{id}/covers"), &cover).await.is(404);
        room.send(&otto, "POST", "/api/v1/oncall/schedules", &room.body()).await.is(422).has("team");
    }

    async fn a_cover_counts_until_it_is_taken_away(app: TestApp) {
        let room = Room::new(app).await;
        let covers = format!("/api/v1/oncall/schedules/{}/covers", room.schedule().await);
        // 06:00 UTC is 14:00 in Shanghai. Lena gives her own evening away; Wei may not take it from her.
        let evening = |person: &str| json!({ "person": person, "start": "2025-03-14T13:00", "end": "2025-03-14T22:00", "reason": "theatre" });
        room.send(&room.wei, "POST", &covers, &evening("me")).await.is(403).has("oncall.manage");
        let made = room.send(&room.lena, "POST", &covers, &evening(id(&room.wei))).await;
        let made = made.is(201).json()["id"].as_str().unwrap().to_owned();
        assert_eq!(room.now().await, "wei");
        // A later one lies on it.
        room.send(&room.kim, "POST", &covers, &evening(id(&room.kim))).await.is(201);
        assert_eq!(room.now().await, "kim");
        room.send(&room.kim, "POST", &covers, &json!({ "person": id(&room.wei), "start": "2025-03-13T09:00", "end": "2025-03-13T10:00" })).await.is(422).has("end");
        room.send(&room.kim, "POST", &covers, &json!({ "person": "wei", "start": "x", "end": "" })).await.is(422).has("person").has("start").has("end");
        room.app.ask("DELETE", &format!("{covers}/{made}")).as_(&room.wei).send().await.is(403);
        room.app.advance(HOUR);
        // What has been stays: taken away, it ends now.
        room.app.ask("DELETE", &format!("{covers}/{made}")).as_(&room.lena).send().await.is(204);
        room.app.ask("DELETE", &format!("{covers}/{made}")).as_(&room.lena).send().await.is(404);
        room.app.advance(8 * HOUR);
        assert_eq!(room.now().await, "lena");
    }

    async fn anybody_of_the_team_fills_a_gap_themselves(app: TestApp) {
        let room = Room::new(app).await;
        let covers = room.working_hours().await;
        let told = room.read(&room.lena, "/api/v1/oncall/now").await;
        assert_eq!(told[0]["gap"]["from"].as_i64(), Some(room.app.now().0 + 4 * HOUR), "18:00 in Shanghai");
        let night = |person: &str| json!({ "person": person, "start": "2025-03-14T18:00", "end": "2025-03-17T09:00" });
        room.send(&room.wei, "POST", &covers, &night(id(&room.lena))).await.is(403);
        room.send(&room.wei, "POST", &covers, &night("me")).await.is(201);
        room.app.advance(5 * HOUR);
        assert_eq!(room.now().await, "wei");
    }

    async fn of_many_who_fill_a_gap_at_once_one_does(app: TestApp) {
        let room = Room::new(app).await;
        let covers = room.working_hours().await;
        let mut workers = Vec::new();
        for n in 0..12 {
            workers.push(room.app.user(&format!("w{n}"), WORKER, Some(&room.team)).await);
        }
        let night = json!({ "person": "me", "start": "2025-03-14T18:00", "end": "2025-03-17T09:00" });
        let answers = futures::future::join_all(workers.iter().map(|who| room.send(who, "POST", &covers, &night))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1, "{answers:?}");
        assert!(answers.iter().all(|answer| [201, 403].contains(&answer.status)), "{answers:?}");
    }

    async fn a_swap_is_two_covers_once_the_other_accepts(app: TestApp) {
        let room = Room::new(app).await;
        let schedule = room.schedule().await;
        let swaps = format!("/api/v1/oncall/schedules/{schedule}/swaps");
        // Wei's week begins on Monday, Lena's next one a week later.
        let (monday, week) = ("2025-03-17T01:00:00Z", "2025-03-24T01:00:00Z");
        let swap = json!({ "gives": format!("{monday}/{week}"), "takes": format!("{week}/2025-03-31T01:00:00Z") });
        room.send(&room.lena, "POST", &swaps, &swap).await.is(422).has("gives");
        room.send(&room.wei, "POST", &swaps, &json!({ "gives": format!("{monday}/{week}"), "takes": "2025-03-13T01:00:00Z/2025-03-14T01:00:00Z" })).await.is(422).has("takes");
        let offered = room.send(&room.wei, "POST", &swaps, &swap).await;
        let offered = offered.is(201).json()["id"].as_str().unwrap().to_owned();
        assert_eq!(room.read(&room.lena, &swaps).await[0]["to"]["name"], "lena");
        let act = |who: &Actor, act: &str| room.app.api("POST", &format!("/api/v1/oncall/swaps/{offered}/{act}"), &json!({})).as_(who).send();
        act(&room.wei, "accept").await.is(404);
        act(&room.kim, "decline").await.is(404);
        act(&room.lena, "accept").await.is(204);
        act(&room.lena, "accept").await.is(409).has("answered already");
        act(&room.wei, "withdraw").await.is(409);
        assert_eq!(room.read(&room.lena, &swaps).await, json!([]));
        room.app.advance(4 * DAY);
        assert_eq!(room.now().await, "lena");
        room.app.advance(7 * DAY);
        assert_eq!(room.now().await, "wei");
    }

    async fn a_swap_of_what_is_not_theirs_any_more_is_refused(app: TestApp) {
        let room = Room::new(app).await;
        let schedule = room.schedule().await;
        let swap = json!({ "gives": "2025-03-17T01:00:00Z/2025-03-24T01:00:00Z", "takes": "2025-03-24T01:00:00Z/2025-03-31T01:00:00Z" });
        let offered = room.send(&room.wei, "POST", &format!("/api/v1/oncall/schedules/{schedule}/swaps"), &swap).await;
        let offered = offered.is(201).json()["id"].as_str().unwrap().to_owned();
        let cover = json!({ "person": id(&room.kim), "start": "2025-03-18T09:00", "end": "2025-03-19T09:00" });
        room.send(&room.kim, "POST", &format!("/api/v1/oncall/schedules/{schedule}/covers"), &cover).await.is(201);
        let accept = format!("/api/v1/oncall/swaps/{offered}/accept");
        room.send(&room.lena, "POST", &accept, &json!({})).await.is(409).has("not theirs any more");
        // Nothing was answered: it can still be declined.
        room.send(&room.lena, "POST", &accept.replace("accept", "decline"), &json!({})).await.is(204);
    }

    async fn of_two_swaps_of_the_same_shift_one_is_made(app: TestApp) {
        let room = Room::new(app).await;
        let schedule = room.schedule().await;
        let mut offered = Vec::new();
        for takes in ["2025-03-24T01:00:00Z/2025-03-27T01:00:00Z", "2025-03-27T01:00:00Z/2025-03-31T01:00:00Z"] {
            let swap = json!({ "gives": "2025-03-17T01:00:00Z/2025-03-24T01:00:00Z", "takes": takes });
            let made = room.send(&room.wei, "POST", &format!("/api/v1/oncall/schedules/{schedule}/swaps"), &swap).await;
            offered.push(made.is(201).json()["id"].as_str().unwrap().to_owned());
        }
        let accept = |id: &str| room.app.api("POST", &format!("/api/v1/oncall/swaps/{id}/accept"), &json!({})).as_(&room.lena).send();
        let (one, other) = tokio::join!(accept(&offered[0]), accept(&offered[1]));
        let mut answers = [one.status, other.status];
        answers.sort_unstable();
        assert_eq!(answers, [204, 409], "his week is given once");
    }

    async fn pages_say_gaps_in_words_in_both_languages(app: TestApp) {
        let room = Room::new(app).await;
        room.app.get("/oncall").as_(&room.lena).send().await.is(200).has("No schedule yet").has("You are not on call");
        let mut body = room.body();
        body["layers"][0]["hours"] = json!([{ "days": ["sat"], "from": "09:00", "to": "18:00" }]);
        body["holidays"] = json!(["2025-05-01 劳动节"]);
        let made = room.send(&room.kim, "POST", "/api/v1/oncall/schedules", &body).await;
        let page = format!("/oncall/schedules/{}", made.is(201).json()["id"].as_str().unwrap());
        room.app.get("/oncall").as_(&room.lena).send().await.is(200).has("data-gap").has("nobody").has("Your shifts").lacks("/oncall/schedules/new");
        room.app.get(&page).as_(&room.lena).send().await.is(200).has("gaps on these days").has("url(#oncall-hatch)").has("劳动节").has("Asia/Shanghai");
        room.app.get(&page).as_(&room.lena).in_(Locale::Zh).send().await.is(200).has("无人值班").has("轮值层");
        room.app.get(&format!("{page}?days=0")).as_(&room.lena).send().await.is(422).has("days");
        // A cover that is refused keeps what was typed.
        let refused = room.app.post_form(&format!("{page}/covers"), &[("person", id(&room.lena)), ("start", "soon"), ("end", "later")]);
        refused.as_(&room.kim).send().await.is(422).has("soon").has("error-summary");
    }

    async fn a_schedule_is_made_without_javascript(app: TestApp) {
        let room = Room::new(app).await;
        let form = room.app.get("/oncall/schedules/new").as_(&room.kim).send().await;
        form.is(200).has("layers[0].rotation").has("kim").has("Add layer");
        let team = room.team.to_string();
        let (lena, wei) = (id(&room.lena), id(&room.wei));
        let mut fields = vec![
            ("name", "Nights"), ("team", &team), ("zone", "Asia/Shanghai"), ("holidays", ""), ("layers[0].name", "Base"), ("layers[0].rotation", "weekly"),
            ("layers[0].every", "1"), ("layers[0].handoff", "09:00"), ("layers[0].start", "2025-03-10"), ("layers[0].people", lena), ("layers[0].people", wei),
            ("layers[0].people", ""), ("layers[0].holidays", "same"), ("layers[0].hours[0].from", ""), ("layers[0].hours[0].to", ""),
        ];
        fields.push(("act", "add"));
        let more = room.app.post_form("/oncall/schedules/new", &fields).as_(&room.kim).send().await;
        more.is(200).has("layers[1].rotation").has("value=\"Base\"").has("Remove layer");
        fields.pop();
        fields.push(("act", "preview"));
        let shown = room.app.post_form("/oncall/schedules/new", &fields).as_(&room.kim).send().await;
        shown.is(200).has("not saved").has("somebody is on call at every moment").has("value=\"Nights\"");
        assert_eq!(room.read(&room.kim, "/api/v1/oncall/schedules").await, json!([]), "nothing is stored by looking");
        fields.pop();
        fields.push(("act", "save"));
        let wrong: Vec<_> = fields.iter().map(|(name, value)| (*name, if *name == "layers[0].handoff" { "noon" } else { *value })).collect();
        room.app.post_form("/oncall/schedules/new", &wrong).as_(&room.kim).send().await.is(422).has("Layer 1 · Hand-off at").has("noon");
        let saved = room.app.post_form("/oncall/schedules/new", &fields).as_(&room.kim).send().await;
        let page = saved.is(303).location().to_owned();
        let edit = room.app.get(&format!("{page}/edit")).as_(&room.kim).send().await;
        edit.is(200).has("name=\"version\"").has("value=\"Nights\"");
        fields.push(("version", "1"));
        let renamed: Vec<_> = fields.iter().map(|(name, value)| (*name, if *name == "name" { "Late" } else { *value })).collect();
        room.app.post_form(&format!("{page}/edit"), &renamed).as_(&room.kim).send().await.is(303);
        room.app.post_form(&format!("{page}/edit"), &renamed).as_(&room.kim).send().await.is(409).has("edited the schedule");
        room.app.post_form(&format!("{page}/delete"), &[]).as_(&room.lena).send().await.is(403);
        room.app.post_form(&format!("{page}/delete"), &[]).as_(&room.kim).send().await.is(303);
    }
}
