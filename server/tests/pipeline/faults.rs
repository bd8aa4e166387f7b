//! A storm, and a clock that jumps: grouped, nothing twice, nothing stuck.

use super::{acceptance::*, posted::alert, *};

const CLUSTERS: usize = 10;
const ROUNDS: usize = 20;
const EACH: usize = 10;

both! {
    /// Two thousand alerts within some minutes, and their end: as many messages as there are groups and intervals.
    async fn a_storm_is_told_in_groups(app: TestApp) {
        let (house, sinks) = House::new(&app, &["hook"], &routes("  group_by: [cluster]\n")).await;
        let one = |round: usize, cluster: usize, n: usize| {
            let name = format!("Down {round} {cluster} {n}");
            alert(&name, json!({ "labels": { "alertname": name, "cluster": format!("c{cluster}"), "severity": "warning" } }))
        };
        let all = |round: usize| (0..CLUSTERS).flat_map(move |cluster| (0..EACH).map(move |n| (round, cluster, n)));
        for round in 0..ROUNDS {
            house.post(&all(round).map(|(round, cluster, n)| one(round, cluster, n)).collect::<Vec<_>>()).await;
            house.after(12 * SECOND).await;
        }
        house.after(2 * MINUTE).await;
        let told = sinks[0].take();
        let minutes = ROUNDS * 12 / 60;
        assert!((2 * CLUSTERS..=CLUSTERS * (minutes + 2)).contains(&told.len()), "{} messages of {CLUSTERS} groups in {minutes} minutes", told.len());
        // The last message of each group speaks of all of it, one by one.
        let mut last = std::collections::BTreeMap::new();
        for got in &told {
            let body = got.json();
            let named = body["alerts"].as_array().unwrap().len();
            let count = named + usize::try_from(body["truncatedAlerts"].as_u64().unwrap()).unwrap();
            last.insert(body["groupLabels"]["cluster"].to_string(), (count, named));
        }
        assert_eq!((last.len(), last.values().all(|of| *of == (ROUNDS * EACH, ROUNDS * EACH))), (CLUSTERS, true), "{last:?}");
        for round in 0..ROUNDS {
            let over = all(round).map(|(round, cluster, n)| {
                let mut over = one(round, cluster, n);
                over["startsAt"] = json!(app.now().plus(-MINUTE).rfc3339());
                over["endsAt"] = json!(app.now().rfc3339());
                over
            });
            house.post(&over.collect::<Vec<_>>()).await;
        }
        house.after(3 * MINUTE).await;
        let ends = sinks[0].take();
        assert!(ends.iter().all(|got| got.json()["status"] == "resolved") && ends.len() == CLUSTERS, "{} messages", ends.len());
        house.after(HOUR).await;
        assert!(sinks[0].take().is_empty());
        assert!(app.portal.routes.groups(&house.admin).await.unwrap().is_empty());
    }

    async fn a_clock_that_is_set_back_tells_nothing_twice_and_keeps_nothing_waiting(app: TestApp) {
        let (house, sinks) = House::new(&app, &["hook", "deaf"], &format!("{}  - name: deaf\n    channels: [deaf]\n", routes("  routes:\n    - matchers: [alertname=\"Deaf\"]\n      receiver: deaf\n"))).await;
        sinks[1].answer(503, &[], "");
        house.post(&[alert("A", json!({})), alert("Deaf", json!({}))]).await;
        house.after(10 * SECOND).await;
        assert_eq!(heard(&sinks[0]), ["A+"]);
        let refused = sinks[1].take();
        assert!(!refused.is_empty());
        // A group that waits, a message that waits, and the hour.
        house.post(&[alert("B", json!({}))]).await;
        app.settle().await;
        app.advance(-HOUR);
        app.settle().await;
        assert_eq!(heard(&sinks[0]), [""; 0], "nothing at once");
        sinks[1].answer(200, &[], "");
        house.after(3 * MINUTE).await;
        assert_eq!(heard(&sinks[0]), ["A+ B+"], "after its interval, whatever the clock shows");
        assert_eq!(sinks[1].one().body, refused[0].body, "and what was refused is tried again within minutes");
        house.post(&[alert("C", json!({}))]).await;
        house.after(2 * MINUTE).await;
        assert_eq!(heard(&sinks[0]), ["A+ B+ C+"]);
        house.post(&["A", "B", "C", "Deaf"].map(|name| ending(&app, name, 0))).await;
        house.after(2 * MINUTE).await;
        assert_eq!((heard(&sinks[0]), heard(&sinks[1])), (vec!["A- B- C-".to_owned()], vec!["Deaf-".to_owned()]));
        // The hour that comes a second time brings nothing a second time.
        house.after(2 * HOUR).await;
        assert_eq!((heard(&sinks[0]), heard(&sinks[1])), (vec![], vec![]));
    }

    async fn a_clock_that_is_set_forward_tells_nothing_twice_and_no_storm(app: TestApp) {
        let file = format!("{}  - name: deaf\n    channels: [deaf]\n", routes("  routes:\n    - matchers: [alertname=\"Deaf\"]\n      receiver: deaf\n").replace("4h", "20m"));
        let (house, sinks) = House::new(&app, &["hook", "deaf"], &file).await;
        sinks[1].answer(503, &[], "");
        house.post(&[alert("A", json!({})), alert("Deaf", json!({})), alert("Silenced", json!({}))]).await;
        let silence = json!({ "matchers": [{ "name": "alertname", "value": "Silenced", "isRegex": false, "isEqual": true }],
            "startsAt": app.now().rfc3339(), "endsAt": app.now().plus(30 * MINUTE).rfc3339(), "createdBy": "lena", "comment": "work" });
        house.silence(&silence).await;
        house.after(10 * SECOND).await;
        assert_eq!(heard(&sinks[0]), ["A+"]);
        sinks[1].take();
        sinks[1].answer(200, &[], "");
        app.advance(HOUR);
        app.settle().await;
        app.settle().await;
        // Three repeats were missed and are one; what was silenced for half an hour is heard of now, and what was refused arrives beside
        // its own repeat.
        assert_eq!((heard(&sinks[0]), heard(&sinks[1]).len()), (vec!["A+ Silenced+".to_owned()], 2));
        house.after(10 * MINUTE).await;
        assert_eq!((heard(&sinks[0]), heard(&sinks[1])), (vec![], vec![]));
        // Put right again.
        app.advance(-HOUR);
        app.settle().await;
        house.after(5 * MINUTE).await;
        assert_eq!((house.state("A").await.as_str(), heard(&sinks[1])), ("active", vec![]));
        house.post(&["A", "Deaf", "Silenced"].map(|name| ending(&app, name, 0))).await;
        house.after(HOUR).await;
        let (told, deaf) = (heard(&sinks[0]), heard(&sinks[1]));
        let count = |what: &str| told.iter().filter(|told| told.contains(what)).count();
        assert_eq!((count("A-"), count("Silenced-"), deaf), (1, 1, vec!["Deaf-".to_owned()]), "{told:?}");
    }
}
