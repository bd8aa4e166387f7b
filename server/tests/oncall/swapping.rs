//! Who is told of a swap of shifts: whoever is asked, and of the answer whoever offered.

use super::*;
use crate::deliveries::sink::Sink;

both! {
    async fn whoever_is_asked_for_a_swap_is_told_and_whoever_offered_hears_the_answer(app: TestApp) {
        let sink = Sink::begin("{}").await;
        let room = Room::new(app).await;
        let schedule = room.schedule().await;
        for (who, name) in [(&room.lena, "lena"), (&room.wei, "wei"), (&room.kim, "kim")] {
            let fields = json!({ "name": "hook", "kind": "webhook", "url": format!("{}/{name}", sink.url), "enabled": true });
            room.app.portal.contacts.add(who, &serde_json::from_value(fields).unwrap()).await.unwrap();
        }
        let told = async || {
            room.app.settle().await;
            let told: Vec<(String, Value)> = sink.take().iter().map(|got| (got.path.clone(), got.json())).collect();
            told.into_iter().filter(|(_, told)| told["type"].as_str().is_some_and(|kind| kind.starts_with("swap."))).collect::<Vec<_>>()
        };
        let lines = async || told().await.iter().map(|(path, told)| format!("{path} {}", told["type"].as_str().unwrap())).collect::<Vec<_>>();
        let swaps = format!("/api/v1/oncall/schedules/{schedule}/swaps");
        let swap = json!({ "gives": "2025-03-17T01:00:00Z/2025-03-24T01:00:00Z", "takes": "2025-03-24T01:00:00Z/2025-03-31T01:00:00Z" });
        let offer = async || {
            let made = room.send(&room.wei, "POST", &swaps, &swap).await;
            made.is(201).json()["id"].as_str().unwrap().to_owned()
        };
        let act = async |who: &Actor, id: &str, act: &str| {
            let path = format!("/api/v1/oncall/swaps/{id}/{act}");
            room.send(who, "POST", &path, &json!({})).await.is(204);
        };
        let first = offer().await;
        let (path, asked) = told().await.remove(0);
        assert_eq!((path.as_str(), asked["type"].as_str()), ("/lena", Some("swap.offered")));
        let facts = &asked["data"]["swap"];
        assert_eq!((&facts["schedule"], &facts["gives"]["name"], &facts["takes"]["name"]), (&json!("Primary"), &json!("wei"), &json!("lena")));
        assert_eq!(facts["url"], format!("http://127.0.0.1:8080/oncall/schedules/{schedule}#swaps"));
        act(&room.lena, &first, "decline").await;
        assert_eq!(lines().await, ["/wei swap.declined"]);
        let second = offer().await;
        assert_eq!(lines().await, ["/lena swap.offered"]);
        act(&room.wei, &second, "withdraw").await;
        assert_eq!(lines().await, ["/lena swap.withdrawn"]);
        let third = offer().await;
        assert_eq!(lines().await, ["/lena swap.offered"]);
        act(&room.lena, &third, "accept").await;
        assert_eq!(lines().await, ["/wei swap.accepted"]);
        // A channel of a team cannot ask for it: it concerns the two alone.
        let admin = room.app.admin().await;
        room.app.get("/admin/deliveries?event=swap.accepted").as_(&admin).in_(Locale::Zh).send().await.is(200).has("换班被接受");
        let channel = json!({ "name": "ops", "url": "https://example.org/", "team": "*", "events": ["swap.offered"] });
        room.send(&admin, "POST", "/api/v1/channels", &channel).await.is(422);
    }
}
