//! Evidence is of what runs at a target, as CI says, and not of a hash that whoever orders it types.

use domain::time::MINUTE;

use super::*;
use crate::app::Answer;

/// Targets in one environment, to which a pipeline deploys by their names.
struct Places<'a> {
    ground: &'a Ground,
    url: String,
    ci: Actor,
}

impl<'a> Places<'a> {
    async fn of(ground: &'a Ground, server: &Loaded) -> Self {
        let ci = ground.app.user("ci", &[Permission::Read, Permission::PostDeployments], Some(&ground.team)).await;
        Self { ground, url: server.url(), ci }
    }

    /// A minute later a version comes to a place.
    async fn post(&self, version: &str, sha: &str, target: &str) {
        self.ground.app.advance(MINUTE);
        let body = json!({ "system": "gateway", "version": version, "sha": sha, "environment": "pre", "target": target });
        self.ground.app.api("POST", "/api/v1/deployments", &body).as_(&self.ci).send().await.is(201);
    }

    async fn rename(&self, target: &str, name: &str) {
        let body = self.ground.target(name, &self.url, &json!({}));
        self.ground.app.api("PUT", &format!("/api/v1/load/targets/{target}"), &body).as_(&self.ground.kim).send().await.is(200);
    }

    /// Orders a run of an artifact at a target.
    async fn order(&self, target: &str, sha: &str) -> Answer {
        let order = Ground::order(target, &json!({ "artifact_sha": sha }));
        self.ground.app.api("POST", "/api/v1/load/runs", &order).as_(&self.ground.rita).send().await
    }
}

both! {
    async fn an_artifact_that_does_not_run_there_is_refused(app: TestApp) {
        let ground = Ground::new(app).await;
        let server = Loaded::new(Manner::default()).await;
        let other = Loaded::new(Manner::default()).await;
        let (target, baseline) = (ground.register("Gateway", &server.url()).await, ground.register("Before", &other.url()).await);
        let ci = ground.app.user("ci", &[Permission::Read, Permission::PostDeployments], Some(&ground.team)).await;
        let post = async |version: &str, sha: &str, environment: &str, status: &str| {
            ground.app.advance(MINUTE);
            let body = json!({ "system": "gateway", "version": version, "sha": sha, "environment": environment, "status": status });
            ground.app.api("POST", "/api/v1/deployments", &body).as_(&ci).send().await.is(201);
        };
        let order = async |path: &str, sha: &str| {
            let order = Ground::order(&target, &json!({ "artifact_sha": sha }));
            let order = if path == "comparisons" { Ground::order(&target, &json!({ "artifact_sha": sha, "baseline": baseline })) } else { order };
            ground.app.api("POST", &format!("/api/v1/load/{path}"), &order).as_(&ground.rita).send().await
        };
        let (old, new) = ("ffffffffffff11", "ab12cd34ef5678");
        // Nothing is known of what runs there: elsewhere, under way and failed say nothing.
        post("4.12", "0000000000001", "production", "succeeded").await;
        post("4.12", "0000000000002", "pre", "started").await;
        post("4.12", "0000000000003", "pre", "failed").await;
        order("runs", new).await.is(201);
        post("4.11", old, "Pre", "succeeded").await;
        for path in ["runs", "comparisons"] {
            order(path, new).await.is(422).has("artifact_sha").has("what runs there: ffffffffffff11, as the deployment 4.11").lacks("0000000000001");
        }
        let form = [
            ("target", target.as_str()), ("rate", "40"), ("duration", "1s"), ("connections", "4"), ("artifact", "gateway"), ("artifact_version", "4.12"),
            ("artifact_sha", new),
        ];
        let refused = ground.app.post_form("/load/runs/new", &form).as_(&ground.rita).in_(Locale::Zh).send().await;
        refused.is(422).has("该处实际运行的版本：ffffffffffff11");
        order("runs", old).await.is(201);
        post("4.12", new, "pre", "succeeded").await;
        // The beginning of twelve digits stands for it, as at the gate.
        for path in ["runs", "comparisons"] {
            order(path, "ab12cd34ef56").await.is(201);
        }
        order("runs", old).await.is(422).has("4.12");
        // Taken back, the one before runs again.
        post("4.12", new, "pre", "rolled-back").await;
        order("runs", new).await.is(422).has("4.11");
        order("runs", old).await.is(201);
        assert_eq!(ground.count("SELECT COUNT(*) FROM load_runs WHERE comparison_id IS NULL").await, 4);
    }

    async fn each_side_of_a_comparison_has_its_place_in_one_environment(app: TestApp) {
        let ground = Ground::new(app).await;
        // What takes a while takes about the same on a busy machine.
        let steady = Manner { delay: Duration::from_millis(20), ..Manner::default() };
        let (old, new) = (Loaded::new(steady.clone()).await, Loaded::new(steady).await);
        let (baseline, candidate) = (ground.register("Now", &old.url()).await, ground.register("Next", &new.url()).await);
        let ci = ground.app.user("ci", &[Permission::Read, Permission::PostDeployments], Some(&ground.team)).await;
        let post = async |version: &str, sha: &str, target: &str| {
            ground.app.advance(MINUTE);
            let body = json!({ "system": "gateway", "version": version, "sha": sha, "environment": "pre", "target": target });
            ground.app.api("POST", "/api/v1/deployments", &body).as_(&ci).send().await.is(201);
        };
        let compare = async |sha: &str| {
            let order = json!({
                "artifact_sha": sha, "baseline": baseline, "rate": 30, "duration": "400ms", "slower": 20, "throughput": 0.2
            });
            ground.app.api("POST", "/api/v1/load/comparisons", &Ground::order(&candidate, &order)).as_(&ground.rita).send().await
        };
        let run = async |target: &str, sha: &str| {
            let order = Ground::order(target, &json!({ "artifact_sha": sha }));
            ground.app.api("POST", "/api/v1/load/runs", &order).as_(&ground.rita).send().await
        };
        let (before, after) = ("ffffffffffff11", "ab12cd34ef5678");
        // The baseline came last, and nobody says to which of both: it may stand at either.
        post("4.12", after, "").await;
        post("4.11", before, "").await;
        compare(after).await.is(422).has("artifact_sha").has("let deployments say to which of both they came").has("“Next”");
        // Where they say so, each has its own, in any case.
        post("4.12", after, "next").await;
        post("4.11", before, "Now").await;
        run(&candidate, before).await.is(422).has("4.12 → pre, next").lacks("which of both");
        run(&baseline, after).await.is(422).has("4.11 → pre, Now");
        let asked = compare(after).await;
        let path = format!("/api/v1/load/comparisons/{}", asked.is(201).json()["id"].as_str().unwrap());
        // What comes to the place of the baseline meanwhile does not end it.
        post("4.11.1", "ffffffffffff12", "Now").await;
        let known = ground.until(&path, "finished").await;
        assert_eq!((known["outcome"].as_str(), known["evidence"].is_string()), (Some("passed"), true), "{known}");
        ground.app.get("/deployments").as_(&ground.rita).send().await.is(200).has("next").has("Now");
        // What names no place comes to all of them.
        post("4.13", "eeeeeeeeeeee13", "").await;
        compare(after).await.is(422).has("4.13 → pre");
        run(&baseline, before).await.is(422).has("4.13 → pre");
    }

    async fn a_target_that_is_renamed_keeps_what_came_to_it(app: TestApp) {
        let ground = Ground::new(app).await;
        let server = Loaded::new(Manner::default()).await;
        let target = ground.register("Blue", &server.url()).await;
        let places = Places::of(&ground, &server).await;
        let (old, new, next) = ("ffffffffffff11", "ab12cd34ef5678", "eeeeeeeeeeee13");
        places.post("4.11", old, "blue").await;
        places.rename(&target, "Candidate").await;
        places.order(&target, new).await.is(422).has("ffffffffffff11");
        // A pipeline that has not heard of it yet still means this place.
        places.post("4.12", new, "Blue").await;
        places.order(&target, old).await.is(422).has("ab12cd34ef5678");
        places.order(&target, new).await.is(201);
        // Another one that is called so from now on has its own.
        let other = ground.register("Blue", &server.url()).await;
        places.post("4.13", next, "blue").await;
        places.order(&target, new).await.is(201);
        places.order(&other, new).await.is(422).has("eeeeeeeeeeee13");
        // What came before the place was registered is known by its name, and kept with it.
        places.post("4.14", old, "green").await;
        let green = ground.register("Green", &server.url()).await;
        places.order(&green, new).await.is(422).has("ffffffffffff11");
        places.rename(&green, "Lime").await;
        places.order(&green, new).await.is(422).has("ffffffffffff11");
    }

    async fn targets_whose_names_differ_in_case_alone_each_have_their_own(app: TestApp) {
        let ground = Ground::new(app).await;
        let server = Loaded::new(Manner::default()).await;
        let places = Places::of(&ground, &server).await;
        let (old, new, next) = ("ffffffffffff11", "ab12cd34ef5678", "eeeeeeeeeeee13");
        let (large, small) = (ground.register("Blue", &server.url()).await, ground.register("blue", &server.url()).await);
        places.post("4.11", old, "Blue").await;
        places.post("4.12", new, "blue").await;
        places.order(&large, new).await.is(422).has("ffffffffffff11");
        places.order(&small, old).await.is(422).has("ab12cd34ef5678");
        // Which of both is meant is not known.
        places.post("4.13", next, "BLUE").await;
        places.order(&large, new).await.is(422).has("eeeeeeeeeeee13");
        places.order(&small, new).await.is(422).has("eeeeeeeeeeee13");
        // In letters of which a database may not know the small ones.
        places.post("4.14", old, "СТЕНД").await;
        let stand = ground.register("СТЕНД", &server.url()).await;
        places.rename(&stand, "Stand").await;
        places.order(&stand, new).await.is(422).has("ffffffffffff11");
        // A pipeline that has not heard of it yet still means this place.
        places.post("4.15", next, "СТЕНД").await;
        places.order(&stand, new).await.is(422).has("eeeeeeeeeeee13");
    }

    async fn what_came_meanwhile_is_not_measured_for_what_was_there(app: TestApp) {
        let ground = Ground::new(app).await;
        let server = Loaded::new(Manner::default()).await;
        let other = Loaded::new(Manner::default()).await;
        let (target, baseline) = (ground.register("Gateway", &server.url()).await, ground.register("Before", &other.url()).await);
        let ci = ground.app.user("ci", &[Permission::Read, Permission::PostDeployments], Some(&ground.team)).await;
        let post = async |version: &str, sha: &str| {
            let body = json!({ "system": "gateway", "version": version, "sha": sha, "environment": "pre", "status": "succeeded" });
            ground.app.api("POST", "/api/v1/deployments", &body).as_(&ci).send().await.is(201);
        };
        // In the middle of a run: it went to its end, and shows nothing.
        let run = ground.start(&target, &json!({ "artifact_sha": "ab12cd34ef5678", "duration": "4s", "max_failed": 100 })).await;
        ground.over(&run, "running").await;
        post("4.11", "ffffffffffff11").await;
        let known = ground.over(&run, "finished").await;
        assert!(known["trouble"].as_str().unwrap().contains("ffffffffffff11"), "{known}");
        assert_eq!((known["evidence"].is_null(), known["report"].is_object(), ground.count("SELECT COUNT(*) FROM evidence").await), (true, true, 0));
        let page = format!("/load/runs/{run}");
        ground.app.get(&page).as_(&ground.rita).send().await.is(200).has("It became no evidence").has("4.11 → pre");
        ground.app.get(&page).as_(&ground.rita).in_(Locale::Zh).send().await.is(200).has("未成为证据");
        // Before its turn: nothing is sent. A baseline is something else.
        let more = json!({ "artifact_sha": "ffffffffffff11", "baseline": baseline });
        let asked = ground.app.api("POST", "/api/v1/load/comparisons", &Ground::order(&target, &more)).as_(&ground.rita).send().await;
        let comparison = asked.is(201).json()["id"].as_str().unwrap().to_owned();
        let hits = server.hits();
        ground.app.advance(MINUTE);
        post("4.12", "ab12cd34ef5678").await;
        let known = ground.until(&format!("/api/v1/load/comparisons/{comparison}"), "not-started").await;
        let runs = known["runs"].as_array().unwrap();
        let refused: Vec<_> = runs.iter().filter(|run| run["trouble"].as_str().unwrap().contains("ab12cd34ef5678")).map(|run| run["side"].clone()).collect();
        assert_eq!((refused, server.hits()), (vec![json!("candidate")], hits));
        assert_eq!(ground.count("SELECT COUNT(*) FROM evidence").await, 0);
    }
}
