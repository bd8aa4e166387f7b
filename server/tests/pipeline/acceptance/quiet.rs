//! Inhibition, silences, and what the lists leave out.

use super::*;

const INHIBIT: &str =
    "inhibit_rules:\n  - source_matchers: [severity=\"critical\"]\n    target_matchers: [severity=\"warning\"]\n    equal: [cluster]\n";

/// Of a severity, in a cluster.
fn in_cluster(name: &str, severity: &str, cluster: &str) -> Value {
    alert(name, json!({ "labels": { "alertname": name, "severity": severity, "cluster": cluster } }))
}

fn over(app: &TestApp, mut alert: Value) -> Value {
    alert["startsAt"] = json!(app.now().plus(-MINUTE).rfc3339());
    alert["endsAt"] = json!(app.now().rfc3339());
    alert
}

/// Name, value, whether it is an expression, whether it is to hold.
type Matching = (&'static str, &'static str, bool, bool);

/// A silence over matchers, from now on plus `from`, for so long.
fn silence(app: &TestApp, matchers: &[Matching], from: i64, ms: i64) -> Value {
    let matchers: Vec<Value> = matchers
        .iter()
        .map(|(name, value, regex, equal)| json!({ "name": name, "value": value, "isRegex": regex, "isEqual": equal }))
        .collect();
    json!({ "matchers": matchers, "startsAt": app.now().plus(from).rfc3339(), "endsAt": app.now().plus(from + ms).rfc3339(), "createdBy": "lena", "comment": "work" })
}

both! {
    async fn what_is_inhibited_is_quiet_until_its_cause_is_over(app: TestApp) {
        let file = format!("{}{INHIBIT}", routes("  group_by: [alertname]\n").replace("4h", "10m"));
        let (house, sinks) = House::new(&app, &["hook"], &file).await;
        // It was told before: it goes on without a word.
        house.post(&[in_cluster("Early", "warning", "eu")]).await;
        house.after(10 * SECOND).await;
        assert_eq!(heard(&sinks[0]), ["Early+"]);
        house.post(&[in_cluster("Cause", "critical", "eu"), in_cluster("Late", "warning", "eu"), in_cluster("Elsewhere", "warning", "us")]).await;
        house.after(10 * SECOND).await;
        let mut told = heard(&sinks[0]);
        told.sort();
        assert_eq!(told, ["Cause+", "Elsewhere+"], "the same cluster is quiet, another is not");
        assert_eq!((house.state("Early").await, house.state("Late").await), ("suppressed".to_owned(), "suppressed".to_owned()));
        let cause = house.list("?filter=alertname%3DCause").await[0]["fingerprint"].clone();
        assert_eq!(house.list("?filter=alertname%3DLate").await[0]["status"]["inhibitedBy"], json!([cause]));
        house.after(25 * MINUTE).await;
        assert!(heard(&sinks[0]).iter().all(|told| told != "Early+" && told != "Late+"), "nor is it said again");
        house.post(&[over(&app, in_cluster("Cause", "critical", "eu"))]).await;
        house.after(9 * MINUTE).await;
        let told = heard(&sinks[0]);
        let count = |what: &str| told.iter().filter(|told| *told == what).count();
        assert_eq!((count("Cause-"), count("Late+"), house.state("Late").await.as_str()), (1, 1, "active"), "{told:?}");
        assert_eq!(count("Early+"), 1, "its turn to be said again: {told:?}");
    }

    /// `amtool silence add … && amtool alert`: nobody waits until the house has looked.
    async fn how_an_alert_stands_is_judged_when_somebody_asks(app: TestApp) {
        let (house, _) = House::new(&app, &["hook"], &format!("{}{INHIBIT}", routes("  group_by: [cluster]\n"))).await;
        house.post(&[in_cluster("Late", "warning", "eu"), in_cluster("Other", "warning", "us")]).await;
        house.after(10 * SECOND).await;
        // In the list of alerts and in that of groups: silenced by, inhibited by.
        let stands = async || {
            let listed = house.list("?filter=alertname%3DLate").await[0]["status"].clone();
            let groups = app.get("/api/v2/alerts/groups").as_(&house.prometheus).send().await.is(200).json();
            let grouped = groups.as_array().unwrap().iter().flat_map(|group| group["alerts"].as_array().unwrap());
            let grouped = grouped.filter(|alert| alert["labels"]["alertname"] == "Late").map(|alert| alert["status"].clone()).next().unwrap();
            assert_eq!(grouped, listed);
            (listed["state"].clone(), listed["silencedBy"].clone(), listed["inhibitedBy"].clone())
        };
        assert_eq!(stands().await, (json!("active"), json!([]), json!([])));
        let id = house.silence(&silence(&app, &[("alertname", "Late", false, true)], 0, HOUR)).await;
        assert_eq!(stands().await, (json!("suppressed"), json!([id]), json!([])));
        assert_eq!((house.names("?silenced=false").await.as_str(), house.names("?active=false").await.as_str()), ("Other", "Late"));
        app.ask("DELETE", &format!("/api/v2/silence/{id}")).as_(&house.prometheus).send().await.is(200);
        assert_eq!(stands().await, (json!("active"), json!([]), json!([])));
        house.post(&[in_cluster("Cause", "critical", "eu")]).await;
        let cause = house.list("?filter=alertname%3DCause").await[0]["fingerprint"].clone();
        let listed = house.list("?filter=alertname%3DLate").await[0]["status"].clone();
        assert_eq!((&listed["state"], &listed["inhibitedBy"]), (&json!("suppressed"), &json!([cause])));
        assert_eq!(stands().await, (json!("suppressed"), json!([]), json!([cause])));
        house.post(&[over(&app, in_cluster("Cause", "critical", "eu"))]).await;
        assert_eq!(stands().await, (json!("active"), json!([]), json!([])));
    }

    async fn a_client_that_edits_a_recurring_silence_of_a_team_leaves_it_so(app: TestApp) {
        let (house, _) = House::new(&app, &["hook"], &routes("")).await;
        let team = app.team("payments").await;
        let weekly = json!({
            "matchers": ["alertname=A"], "team": team, "start": app.now().plus(MINUTE).rfc3339(), "rrule": "FREQ=WEEKLY", "minutes": 60,
            "comment": "maintenance",
        });
        let id = app.api("POST", "/api/v1/silences", &weekly).as_(&house.admin).send().await.is(201).json()["id"].as_str().unwrap().to_owned();
        let ours = async || app.get(&format!("/api/v1/silences/{id}")).as_(&house.admin).send().await.is(200).json();
        let before = ours().await;
        let mut told = app.get(&format!("/api/v2/silence/{id}")).as_(&house.admin).send().await.is(200).json();
        told["comment"] = json!("every week");
        let post = async |told: &Value| app.api("POST", "/api/v2/silences", told).as_(&house.admin).send().await;
        post(&told).await.is(200).has(&id);
        let after = ours().await;
        assert_eq!(after["comment"], "every week");
        for field in ["team", "recurrence", "span"] {
            assert_eq!(after[field], before[field], "{field}");
        }
        assert!(!before["team"].is_null() && !before["recurrence"].is_null(), "{before}");
        // Another end of something that comes again says too little.
        told["endsAt"] = json!(app.now().plus(3 * HOUR).rfc3339());
        post(&told).await.is(400).has("it comes again");
        // What it silences is another silence, of the same team.
        let mut told = app.get(&format!("/api/v2/silence/{id}")).as_(&house.admin).send().await.is(200).json();
        told["matchers"][0]["value"] = json!("B");
        let other = post(&told).await.is(200).json()["silenceID"].as_str().unwrap().to_owned();
        assert_ne!(other, id);
        let other = app.get(&format!("/api/v1/silences/{other}")).as_(&house.admin).send().await.is(200).json();
        assert_eq!((&other["team"], &other["recurrence"]), (&before["team"], &before["recurrence"]));
    }

    async fn a_silence_begins_is_edited_and_ends(app: TestApp) {
        let (house, sinks) = House::new(&app, &["hook"], &routes("")).await;
        // One that lies ahead keeps nothing quiet yet.
        let mut ahead = silence(&app, &[("alertname", "A", false, true)], 5 * MINUTE, 30 * MINUTE);
        let id = house.silence(&ahead).await;
        let one = async || app.get(&format!("/api/v2/silence/{id}")).as_(&house.prometheus).send().await.is(200).json();
        assert_eq!(one().await["status"]["state"], "pending");
        house.post(&[alert("A", json!({}))]).await;
        house.after(10 * SECOND).await;
        assert_eq!((heard(&sinks[0]), house.state("A").await.as_str()), (vec!["A+".to_owned()], "active"));
        house.after(5 * MINUTE).await;
        assert_eq!((one().await["status"]["state"].as_str(), house.state("A").await.as_str()), (Some("active"), "suppressed"));
        assert_eq!(house.list("").await[0]["status"]["silencedBy"], json!([id]));
        // Edited, it is the same one and lasts longer.
        ahead["id"] = json!(id);
        ahead["endsAt"] = json!(app.now().plus(HOUR).rfc3339());
        ahead["comment"] = json!("takes longer");
        assert_eq!(house.silence(&ahead).await, id);
        house.post(&[alert("B", json!({}))]).await;
        house.after(40 * MINUTE).await;
        assert_eq!(heard(&sinks[0]), ["B+"]);
        assert_eq!((house.state("A").await.as_str(), one().await["comment"].clone()), ("suppressed", json!("takes longer")));
        // It is over by itself: what lasts is heard of at its turn, and not as something new.
        house.after(20 * MINUTE).await;
        assert_eq!((one().await["status"]["state"].as_str(), house.state("A").await.as_str()), (Some("expired"), "active"));
        // Edited when it is over, it is another one.
        ahead["startsAt"] = json!(app.now().rfc3339());
        ahead["endsAt"] = json!(app.now().plus(HOUR).rfc3339());
        let second = house.silence(&ahead).await;
        assert_ne!(second, id);
        heard(&sinks[0]);
        house.post(&[over(&app, alert("A", json!({}))), alert("C", json!({}))]).await;
        house.after(2 * MINUTE).await;
        // Ended by hand, twice: it stays over.
        for _ in 0..2 {
            app.ask("DELETE", &format!("/api/v2/silence/{second}")).as_(&house.prometheus).send().await.is(200);
        }
        let told = heard(&sinks[0]);
        assert_eq!(told.iter().filter(|told| told.contains("A-")).count(), 1, "the end that is owed, once: {told:?}");
        app.ask("DELETE", "/api/v2/silence/0193f2a0-7b1c-7def-8abc-0123456789a1").as_(&house.prometheus).send().await.is(404);
    }

    /// Silenced from the start, nobody hears of it before the silence is over, and then as of something new.
    async fn what_was_silenced_from_the_start_is_news_afterwards(app: TestApp) {
        let (house, sinks) = House::new(&app, &["hook"], &routes("")).await;
        house.silence(&silence(&app, &[("severity", "critical", false, true)], 0, 10 * MINUTE)).await;
        house.post(&[alert("A", json!({}))]).await;
        house.after(9 * MINUTE).await;
        assert!(heard(&sinks[0]).is_empty());
        house.after(3 * MINUTE).await;
        assert_eq!(heard(&sinks[0]), ["A+"]);
    }

    async fn matchers_of_silences(app: TestApp) {
        let (house, _) = House::new(&app, &["hook"], &routes("")).await;
        let of = |name: &str, more: Value| {
            let mut labels = json!({ "alertname": name });
            labels.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            alert(name, json!({ "labels": labels }))
        };
        house.post(&[of("A", json!({ "job": "api", "zone": "eu" })), of("AB", json!({ "job": "api-two" })), of("C", json!({ "job": "db", "zone": "us" }))]).await;
        house.after(10 * SECOND).await;
        let cases: &[(&[Matching], &str)] = &[
            (&[("alertname", "A", false, true)], "A"),
            (&[("alertname", "A.*", true, true)], "A AB"),
            // An expression speaks of the whole value.
            (&[("alertname", "A", true, true)], "A"),
            (&[("job", "api|db", true, true)], "A C"),
            (&[("alertname", ".+", true, true), ("job", "api", false, false)], "AB C"),
            (&[("alertname", ".+", true, true), ("job", "api.*", true, false)], "C"),
            // A label that is not there is empty.
            (&[("alertname", ".+", true, true), ("zone", "", false, true)], "AB"),
            (&[("zone", ".+", true, false), ("job", "api-two", false, true)], "AB"),
            (&[("zone", "", false, false)], "A C"),
            // All of them must hold.
            (&[("job", "api.*", true, true), ("zone", "eu", false, true)], "A"),
            (&[("job", "api", false, true), ("zone", "us", false, true)], ""),
        ];
        for (matchers, expected) in cases {
            let id = house.silence(&silence(&app, matchers, 0, HOUR)).await;
            app.settle().await;
            assert_eq!(house.names("?active=false").await, *expected, "{matchers:?}");
            let shown = app.get(&format!("/api/v2/silence/{id}")).as_(&house.prometheus).send().await.is(200).json();
            assert_eq!(shown["matchers"], silence(&app, matchers, 0, HOUR)["matchers"], "as they were posted");
            app.ask("DELETE", &format!("/api/v2/silence/{id}")).as_(&house.prometheus).send().await.is(200);
            app.settle().await;
        }
        assert_eq!(house.names("?active=false").await, "");
        // What is no silence is refused, and nothing is made.
        let fine = || silence(&app, &[("alertname", "A", false, true)], 0, HOUR);
        let with = |field: &str, value: Value| {
            let mut silence = fine();
            silence[field] = value;
            silence
        };
        let count = async || app.get("/api/v2/silences").as_(&house.prometheus).send().await.is(200).json().as_array().unwrap().len();
        let before = count().await;
        for wrong in [
            with("matchers", json!([])),
            silence(&app, &[("alertname", "(", true, true)], 0, HOUR),
            silence(&app, &[("", "A", false, true)], 0, HOUR),
            // It would keep everything quiet.
            silence(&app, &[("alertname", "", false, true)], 0, HOUR),
            silence(&app, &[("alertname", ".*", true, true)], 0, HOUR),
            silence(&app, &[("job", "api", false, false)], 0, HOUR),
            with("endsAt", json!(app.now().plus(-HOUR).rfc3339())),
            silence(&app, &[("alertname", "A", false, true)], HOUR, -MINUTE),
            with("startsAt", json!("tomorrow")),
            json!({ "matchers": [{ "name": "a", "value": "b" }] }),
            json!([]),
        ] {
            app.api("POST", "/api/v2/silences", &wrong).as_(&house.prometheus).send().await.is(400);
        }
        app.api("POST", "/api/v2/silences", &with("id", json!("unknown"))).as_(&house.prometheus).send().await.is(404);
        assert_eq!(count().await, before);
        app.get("/api/v2/silences?filter=nonsense").as_(&house.prometheus).send().await.is(400);
    }

    async fn the_lists_leave_out_what_they_are_asked_to(app: TestApp) {
        let more = "  group_by: [alertname]\n  routes:\n    - matchers: [cluster=\"us\"]\n      receiver: db\n";
        let file = format!("{}  - name: db\n    channels: [hook]\n{INHIBIT}", routes(more));
        let (house, _) = House::new(&app, &["hook"], &file).await;
        house.silence(&silence(&app, &[("alertname", "Silenced|Both", true, true)], 0, HOUR)).await;
        house
            .post(&[
                in_cluster("Cause", "critical", "eu"),
                in_cluster("Inhibited", "warning", "eu"),
                in_cluster("Both", "warning", "eu"),
                in_cluster("Silenced", "critical", "us"),
                in_cluster("Plain", "warning", "as"),
            ])
            .await;
        house.after(10 * SECOND).await;
        for (query, expected) in [
            ("", "Both Cause Inhibited Plain Silenced"),
            ("?active=true&silenced=true&inhibited=true&unprocessed=true", "Both Cause Inhibited Plain Silenced"),
            ("?active=false", "Both Inhibited Silenced"),
            ("?silenced=false", "Cause Inhibited Plain"),
            ("?inhibited=false", "Cause Plain Silenced"),
            ("?silenced=false&inhibited=false", "Cause Plain"),
            ("?active=false&silenced=false", "Inhibited"),
            ("?active=false&silenced=false&inhibited=false", ""),
            ("?unprocessed=false", "Both Cause Inhibited Plain Silenced"),
            ("?receiver=db", "Silenced"),
            ("?receiver=h.*", "Both Cause Inhibited Plain"),
            ("?receiver=d", ""),
            ("?filter=severity%3Dwarning", "Both Inhibited Plain"),
            ("?filter=severity%3Dwarning&filter=cluster%3Deu", "Both Inhibited"),
            ("?filter=alertname%3D~%22P.%2A%7CC.%2A%22", "Cause Plain"),
            ("?filter=cluster%21~%22eu%7Cus%22", "Plain"),
            ("?filter=absent%3D%22%22&receiver=db", "Silenced"),
        ] {
            assert_eq!(house.names(query).await, expected, "{query}");
            let groups = app.get(&format!("/api/v2/alerts/groups{query}")).as_(&house.prometheus).send().await.is(200).json();
            let listed: Vec<Value> = groups.as_array().unwrap().iter().flat_map(|group| group["alerts"].as_array().unwrap().clone()).collect();
            assert_eq!(names(&listed), expected, "groups{query}");
        }
        for wrong in ["?filter=x", "?filter=a%3D~%22(%22", "?receiver=(", "?silenced=maybe", "?inhibited=1"] {
            app.get(&format!("/api/v2/alerts{wrong}")).as_(&house.prometheus).send().await.is(400);
            app.get(&format!("/api/v2/alerts/groups{wrong}")).as_(&house.prometheus).send().await.is(400);
        }
        // Each alert once, with who hears of it.
        let silenced = &house.list("?receiver=db").await[0];
        assert_eq!(silenced["receivers"], json!([{ "name": "db" }]));
        assert_eq!(silenced["status"]["mutedBy"], json!([]));
    }
}
