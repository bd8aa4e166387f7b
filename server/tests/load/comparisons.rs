//! Runs of two targets that take turns.

use super::*;

async fn ask(ground: &Ground, baseline: &str, candidate: &str, more: &Value) -> String {
    let mut body = Ground::order(candidate, &json!({ "rate": 30, "duration": "400ms", "baseline": baseline }));
    more.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
    let asked = ground.app.api("POST", "/api/v1/load/comparisons", &body).as_(&ground.rita).send().await;
    asked.is(201).json()["id"].as_str().unwrap().to_owned()
}

both! {
    async fn a_slower_candidate_has_regressed_and_an_equal_one_has_not(app: TestApp) {
        let ground = Ground::new(app).await;
        let steady = Manner { delay: Duration::from_millis(20), ..Manner::default() };
        let (old, new) = (Loaded::new(steady.clone()).await, Loaded::new(Manner { delay: Duration::from_millis(80), ..Manner::default() }).await);
        let (baseline, candidate) = (ground.register("Now", &old.url()).await, ground.register("Next", &new.url()).await);
        let id = ask(&ground, &baseline, &candidate, &json!({})).await;
        let path = format!("/api/v1/load/comparisons/{id}");
        let known = ground.until(&path, "finished").await;
        assert_eq!(known["outcome"], "regressed", "{known}");
        let sides: Vec<_> = known["runs"].as_array().unwrap().iter().map(|run| run["side"].as_str().unwrap().chars().next().unwrap()).collect();
        assert_eq!(sides.iter().collect::<String>(), "bccbbccbbc");
        let mut moments: Vec<_> = known["runs"].as_array().unwrap().iter().map(|run| run["report"]["requests"].as_u64().unwrap()).collect();
        moments.dedup();
        assert_eq!(moments, [12], "every turn sent the same");
        let evidence = ground.read(&format!("/api/v1/evidence/{}", known["evidence"].as_str().unwrap())).await;
        assert_eq!((evidence["verdict"].as_str(), evidence["kind"].as_str()), (Some("failed"), Some("performance")));
        let file = ground.app.get(&format!("/api/v1/evidence/{}/file", evidence["id"].as_str().unwrap())).as_(&ground.rita).send().await;
        assert_eq!(file.is(200).body.lines().count(), 11);
        let page = ground.app.get(&format!("/load/comparisons/{id}")).as_(&ground.rita).send().await;
        page.is(200).has("regressed").has("The 99th percentile is").has("candidate");
        ground.app.get(&format!("/load/comparisons/{id}")).as_(&ground.rita).in_(Locale::Zh).send().await.is(200).has("退化").has("候选").has("p99 为基线的").lacks("percentile");
        let shown = format!("/evidence/{}", evidence["id"].as_str().unwrap());
        ground.app.get(&shown).as_(&ground.rita).in_(Locale::Zh).send().await.is(200).has("p99 为基线的").has("candidate-10").lacks("percentile");
        // The same manner, with margins that chance on a busy machine does not reach.
        new.manner(steady);
        let id = ask(&ground, &baseline, &candidate, &json!({ "slower": 20, "throughput": 0.2 })).await;
        let known = ground.until(&format!("/api/v1/load/comparisons/{id}"), "finished").await;
        assert_eq!(known["outcome"], "passed", "{known}");
        // A baseline that fails is nothing to compare with.
        old.manner(Manner { status: 500, ..Manner::default() });
        let id = ask(&ground, &baseline, &candidate, &json!({})).await;
        let known = ground.until(&format!("/api/v1/load/comparisons/{id}"), "finished").await;
        assert_eq!(known["outcome"], "invalid", "{known}");
        let verdicts = ground.count("SELECT COUNT(*) FROM evidence WHERE verdict = 'inconclusive'").await;
        assert_eq!(verdicts, 1);
    }

    async fn what_is_called_off_is_not_judged(app: TestApp) {
        let ground = Ground::new(app).await;
        let (old, new) = (Loaded::new(Manner::default()).await, Loaded::new(Manner::default()).await);
        let (baseline, candidate) = (ground.register("Now", &old.url()).await, ground.register("Next", &new.url()).await);
        for (more, field) in [
            (json!({ "baseline": candidate }), "baseline"),
            (json!({ "turns": 4 }), "turns"),
            (json!({ "turns": 21 }), "turns"),
            (json!({ "rate": 201 }), "rate"),
            (json!({ "slower": 0 }), "slower"),
        ] {
            let mut body = Ground::order(&candidate, &json!({ "baseline": baseline }));
            more.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
            ground.app.api("POST", "/api/v1/load/comparisons", &body).as_(&ground.rita).send().await.is(422).has(field);
        }
        // The same place under another name, and another system's: a requester would find a slow one somewhere.
        let twin = ground.register("Twin", &new.url().replace("127.0.0.1", "localhost")).await;
        let elsewhere = ground.app.system("archive", &ground.team).await;
        let slow = ground.target("Slow", &Loaded::new(Manner::default()).await.url(), &json!({ "system": elsewhere }));
        let slow = ground.app.api("POST", "/api/v1/load/targets", &slow).as_(&ground.kim).send().await.is(201).json();
        for (baseline, why) in [(twin.as_str(), "another place than"), (slow["id"].as_str().unwrap(), "a target of the same system, gateway")] {
            let body = Ground::order(&candidate, &json!({ "baseline": baseline }));
            let refused = ground.app.api("POST", "/api/v1/load/comparisons", &body).as_(&ground.rita).send().await;
            refused.is(422).has("baseline").has(why);
        }
        let cards = ground.app.team("cards").await;
        let otto = ground.app.user("otto", Permission::ALL, Some(&cards)).await;
        let id = ask(&ground, &baseline, &candidate, &json!({ "duration": "20s" })).await;
        let path = format!("/api/v1/load/comparisons/{id}");
        ground.app.get(&path).as_(&otto).send().await.is(404);
        ground.app.get(&format!("/load/comparisons/{id}")).as_(&otto).send().await.is(404);
        ground.app.ask("POST", &format!("{path}/stop")).as_(&otto).send().await.is(404);
        ground.app.settle().await;
        ground.app.post_form(&format!("/load/comparisons/{id}/stop"), &[]).as_(&ground.rita).send().await.is(303);
        let known = ground.until(&path, "stopped").await;
        assert_eq!((known["outcome"].as_str(), known["evidence"].as_str()), (None, None));
        let states: Vec<_> = known["runs"].as_array().unwrap().iter().map(|run| run["state"].as_str().unwrap()).collect();
        assert_eq!((states[0], states[1], states[9]), ("stopped", "withdrawn", "withdrawn"));
        assert_eq!((new.hits(), ground.count("SELECT COUNT(*) FROM evidence").await), (0, 0));
        ground.app.ask("POST", &format!("{path}/stop")).as_(&ground.rita).send().await.is(409);
        ground.app.get(&format!("/load/comparisons/{id}")).as_(&ground.rita).send().await.is(200).has("nothing is judged");
    }

    async fn a_turn_that_is_interrupted_ends_it_without_a_verdict(app: TestApp) {
        let ground = Ground::new(app).await;
        let (old, new) = (Loaded::new(Manner::default()).await, Loaded::new(Manner::default()).await);
        let (baseline, candidate) = (ground.register("Now", &old.url()).await, ground.register("Next", &new.url()).await);
        let id = ask(&ground, &baseline, &candidate, &json!({})).await;
        let mut conn = ground.app.ctx.db.read().await.unwrap();
        let claim = "UPDATE load_runs SET state = 'running', runner = 'gone', started_at = 1, lease_until = 1 WHERE comparison_id = $1 AND turn = 0";
        backend::db::sql(claim).value(id.as_str()).run(&mut conn).await.unwrap();
        drop(conn);
        let known = ground.until(&format!("/api/v1/load/comparisons/{id}"), "interrupted").await;
        assert_eq!((known["outcome"].as_str(), known["evidence"].as_str()), (None, None));
        assert_eq!((old.hits(), new.hits(), ground.count("SELECT COUNT(*) FROM load_runs WHERE state = 'queued'").await), (0, 0, 0));
    }
}
