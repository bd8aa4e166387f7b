//! A policy that begins again: as often as it says, and until somebody acknowledges.

use super::*;
use crate::deliveries::sink::Sink;

/// A ward whose people are reached, by a policy that is repeated twice; what they get is in the sink.
struct Heard {
    ward: Ward,
    sink: Sink,
}

impl Heard {
    async fn new(app: TestApp) -> Self {
        let sink = Sink::begin("").await;
        let room = Room::new(app).await;
        let system = room.app.system("gateway", &room.team).await;
        let schedule = room.schedule().await;
        for (who, name) in [(&room.lena, "lena"), (&room.wei, "wei")] {
            let fields = json!({ "name": "hook", "kind": "webhook", "url": format!("{}/{name}", sink.url), "enabled": true });
            room.app.portal.contacts.add(who, &serde_json::from_value(fields).unwrap()).await.unwrap();
        }
        let ward = Ward { room, system, schedule };
        let mut policy = ward.policy();
        policy["repeat"] = json!(2);
        ward.make(&policy).await;
        ward.room.app.observe(&signal(&ward.system, "m1", Some(true))).await.unwrap();
        Self { ward, sink }
    }

    /// Whatever is due is done; who was paged by it, and the links with which they acknowledge.
    async fn told(&self) -> Vec<(String, String)> {
        self.ward.room.app.settle().await;
        let came = self.sink.take().into_iter().map(|got| (got.path.clone(), got.json()));
        let pages = came.filter(|(_, told)| told["type"] == "page");
        pages.map(|(path, told)| (path, told["data"]["ack"].as_str().unwrap_or_default().to_owned())).collect()
    }

    /// Who was paged in an hour and five minutes, and how many minutes after its beginning.
    async fn hour(&self) -> Vec<(i64, String)> {
        let mut paged = Vec::new();
        for minute in (0..=65).step_by(5) {
            paged.extend(self.told().await.into_iter().map(|(path, _)| (minute, path)));
            self.ward.room.app.advance(5 * MINUTE);
        }
        paged
    }
}

/// Rounds, steps and moments of a record, the first one first.
fn taken(record: &Value) -> Vec<(i64, i64, Value)> {
    let steps = record["taken"].as_array().unwrap().iter().rev();
    steps.map(|step| (step["round"].as_i64().unwrap(), step["step"].as_i64().unwrap(), step["at"].clone())).collect()
}

both! {
    async fn nobody_acknowledges_and_it_begins_again_as_often_as_it_says(app: TestApp) {
        let heard = Heard::new(app).await;
        let begin = heard.ward.room.app.now();
        let at = |minutes: i64| json!(begin.plus(minutes * MINUTE));
        let paged = heard.hour().await;
        let paged: Vec<_> = paged.iter().map(|(minute, path)| (*minute, path.as_str())).collect();
        assert_eq!(paged, [(0, "/lena"), (5, "/wei"), (15, "/lena"), (20, "/wei"), (30, "/lena"), (35, "/wei")]);
        let record = heard.ward.record().await;
        assert_eq!(taken(&record), [(0, 1, at(0)), (0, 2, at(5)), (1, 1, at(15)), (1, 2, at(20)), (2, 1, at(30)), (2, 2, at(35))]);
        let runs = record["runs"].as_array().unwrap();
        assert_eq!((runs.len(), &runs[0]["state"], &runs[0]["ended_at"]), (1, &json!("exhausted"), &at(45)), "{record}");
        let page = heard.ward.room.app.get("/incidents/1").as_(&heard.ward.room.lena).send().await;
        page.is(200).has("nobody acknowledged").has("Step 2, round 3").lacks("round 4");
    }

    async fn acknowledging_in_the_second_round_stops_it(app: TestApp) {
        let heard = Heard::new(app).await;
        let room = &heard.ward.room;
        let begin = room.app.now();
        let at = |minutes: i64| json!(begin.plus(minutes * MINUTE));
        for (wait, whom) in [(0, "/lena"), (5, "/wei")] {
            room.app.advance(wait * MINUTE);
            let paged = heard.told().await;
            assert_eq!(paged.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), [whom]);
        }
        room.app.advance(10 * MINUTE);
        let (path, link) = heard.told().await.remove(0);
        assert_eq!(path, "/lena");
        room.app.post_form(&link, &[]).send().await.is(200).has("Acknowledged");
        room.app.advance(MINUTE);
        assert_eq!(heard.hour().await, [], "nobody else is paged");
        let record = heard.ward.record().await;
        assert_eq!(taken(&record), [(0, 1, at(0)), (0, 2, at(5)), (1, 1, at(15))]);
        assert_eq!(heard.ward.called().await, ["lena", "wei", "lena"]);
        let runs = record["runs"].as_array().unwrap();
        let told = (runs.len(), &runs[0]["state"], &runs[0]["ended_by"], &runs[0]["ended_at"], &runs[0]["next_at"]);
        assert_eq!(told, (1, &json!("acknowledged"), &json!("lena (webhook → hook)"), &at(15), &Value::Null), "{record}");
        let page = room.app.get("/incidents/1").as_(&room.lena).send().await;
        page.is(200).has("Step 1, round 2").lacks("Step 2, round 2");
    }
}
