//! Nobody is called about what is kept quiet, or over before the routes tell of it.

use super::*;

impl Ward {
    /// The time goes on, and every engine does its work.
    async fn after(&self, ms: i64) {
        self.room.app.advance(ms);
        self.room.app.settle().await;
        self.climb().await;
    }
}

both! {
    async fn what_is_silenced_after_the_first_step_calls_nobody_else(app: TestApp) {
        let ward = Ward::new(app).await;
        ward.make(&ward.policy()).await;
        ward.breaks().await;
        assert_eq!(ward.called().await, ["lena"]);
        let app = &ward.room.app;
        let admin = app.admin().await;
        let silence = json!({ "matchers": ["system=gateway"], "team": ward.room.team, "duration": "20m", "comment": "known" });
        let silence = app.api("POST", "/api/v1/silences", &silence).as_(&admin).send().await.is(201).json()["id"].as_str().unwrap().to_owned();
        ward.after(6 * MINUTE).await;
        ward.after(MINUTE).await;
        assert_eq!(ward.called().await, ["lena"]);
        let run = &ward.record().await["runs"][0];
        assert_eq!((run["state"].as_str(), run["held_at"].is_string() || run["held_at"].is_number()), (Some("running"), true), "{run}");
        let page = app.get("/incidents/1").as_(&ward.room.lena).send().await.is(200).text();
        assert_eq!(page.matches("nobody else is called for now").count(), 1, "it is told once");
        app.get("/incidents/1").as_(&ward.room.lena).send().await.has("waits, as what lasts is kept quiet");
        // It is heard of again.
        app.api("POST", &format!("/api/v1/silences/{silence}/expire"), &json!({})).as_(&admin).send().await;
        ward.after(MINUTE).await;
        assert_eq!(ward.called().await, ["lena", "wei"]);
        assert!(ward.record().await["runs"][0]["held_at"].is_null());
    }

    async fn what_is_over_while_its_group_waits_calls_nobody(app: TestApp) {
        let ward = Ward::new(app).await;
        ward.make(&ward.policy()).await;
        let app = &ward.room.app;
        let yaml = "route:\n  receiver: team\n  group_by: [system]\n  group_wait: 30s\n  group_interval: 5m\nreceivers:\n  - name: team\n    team: true\n";
        app.portal.routes.put(&app.admin().await, yaml, 0).await.unwrap();
        let asked = app.get("/api/v1/alerts/what-if?labels=%7Bsystem%3D%22gateway%22%2Cseverity%3D%22critical%22%7D").as_(&ward.room.lena).send().await.is(200).json();
        let steps: Vec<i64> = asked["paging"]["steps"].as_array().unwrap().iter().map(|step| step["after_min"].as_i64().unwrap()).collect();
        assert_eq!(steps, [0, 5]);
        assert_eq!(asked["paging"]["steps"][0]["at"], json!(app.now().plus(30 * SECOND)), "{asked}");
        ward.breaks().await;
        ward.after(20 * SECOND).await;
        assert_eq!(ward.called().await, Vec::<String>::new());
        app.observe(&signal(&ward.system, "m1", Some(false))).await.unwrap();
        ward.after(10 * SECOND).await;
        ward.after(10 * MINUTE).await;
        assert_eq!((ward.called().await, ward.state().await, ward.pages().await), (Vec::<String>::new(), json!("resolved"), 0));
        // What lasts as long is paged for when it is told; what joins it then waits no more.
        app.observe(&signal(&ward.system, "m2", Some(true))).await.unwrap();
        ward.after(29 * SECOND).await;
        assert_eq!(ward.pages().await, 0);
        ward.after(SECOND).await;
        assert_eq!(ward.pages().await, 1);
        ward.after(5 * MINUTE).await;
        assert_eq!(ward.pages().await, 2, "the second step follows the first");
    }

    async fn what_the_routes_tell_sooner_is_paged_for_sooner(app: TestApp) {
        let ward = Ward::new(app).await;
        ward.make(&ward.policy()).await;
        let app = &ward.room.app;
        let admin = app.admin().await;
        let routes = |wait: &str| format!("route:\n  receiver: team\n  group_wait: {wait}\nreceivers:\n  - name: team\n    team: true\n");
        app.portal.routes.put(&admin, &routes("30m"), 0).await.unwrap();
        ward.breaks().await;
        ward.after(MINUTE).await;
        assert_eq!(ward.pages().await, 0);
        app.portal.routes.put(&admin, &routes("0s").replace("group_wait", "group_by: [alertname]\n  group_wait"), 1).await.unwrap();
        ward.after(10 * SECOND).await;
        ward.after(10 * SECOND).await;
        assert_eq!(ward.called().await, ["lena"]);
    }

    async fn whoever_escalates_does_not_wait_for_the_group(app: TestApp) {
        let ward = Ward::new(app).await;
        ward.make(&ward.policy()).await;
        let app = &ward.room.app;
        let yaml = "route:\n  receiver: team\n  group_wait: 5m\nreceivers:\n  - name: team\n    team: true\n";
        app.portal.routes.put(&app.admin().await, yaml, 0).await.unwrap();
        ward.breaks().await;
        assert_eq!(ward.pages().await, 0);
        app.post_form("/incidents/1/escalate", &[]).as_(&ward.room.lena).send().await.is(303);
        ward.climb().await;
        assert_eq!(ward.called().await, ["lena"]);
    }

    async fn in_a_mute_time_nobody_is_called_until_it_is_over(app: TestApp) {
        let ward = Ward::new(app).await;
        ward.make(&ward.policy()).await;
        let app = &ward.room.app;
        let now = app.now().rfc3339();
        let hour: i64 = now[11..13].parse().unwrap();
        let until = format!("{:02}:00", (hour + 1) % 24);
        let (from, until) = if hour == 23 { ("00:00".to_owned(), "24:00".to_owned()) } else { (format!("{hour:02}:00"), until) };
        let yaml = format!(
            "route:\n  receiver: team\n  group_by: ['...']\n  group_wait: 0s\n  group_interval: 1m\n  mute_time_intervals: []\n  routes:\n    - matchers: [system=gateway]\n      receiver: team\n      mute_time_intervals: [now]\nreceivers:\n  - name: team\n    team: true\ntime_intervals:\n  - name: now\n    time_intervals:\n      - times: [{{start_time: '{from}', end_time: '{until}'}}]\n"
        );
        let admin = app.admin().await;
        app.portal.routes.put(&admin, &yaml, 0).await.unwrap();
        ward.breaks().await;
        ward.after(MINUTE).await;
        assert_eq!(ward.called().await, Vec::<String>::new());
        ward.after(61 * MINUTE).await;
        ward.after(MINUTE).await;
        assert_eq!(ward.called().await.first().map(String::as_str), Some("lena"), "the time is over");
    }
}
