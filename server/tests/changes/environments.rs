//! What the environment of evidence is made of: kept with its fingerprint, and held against that of other evidence.

use domain::people::Locale;

use super::*;

const BASE: &str = "/api/v1/evidence?artifact=gateway&artifact_version=4.12&artifact_sha=ab12cd34ef56&environment=pre&name=result.txt";

async fn bring(room: &Room, query: &str, body: &str) -> Answer {
    let asked = room.app.ask("POST", &format!("{BASE}&{query}")).header("content-type", "application/octet-stream");
    asked.body(body.to_owned()).as_(&room.ruth).send().await
}

both! {
    async fn evidence_keeps_what_its_environment_is_made_of(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.request(&room.with(&[("artifact", json!("gateway")), ("artifact_version", json!("4.12")), ("artifact_sha", json!("ab12cd34ef56"))])).await;
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        let one = bring(&room, "kind=drill&verdict=passed&facts=CPU%3D4%3Breplicas%3D3", "x").await.is(201).json();
        assert_eq!(one["facts"], json!({ "cpu": "4", "replicas": "3" }));
        let mark = one["fingerprint"].as_str().unwrap().to_owned();
        assert_eq!(mark.len(), 16);
        let kept = room.app.get(&format!("/evidence/{}", one["id"].as_str().unwrap())).as_(&room.ruth).send().await;
        kept.is(200).has("cpu = 4, replicas = 3").has(&mark);
        // In any order the same; nothing is told against evidence that says nothing.
        let same = bring(&room, "kind=security-scan&verdict=passed&facts=replicas%3D3%0Acpu%3D4", "x").await.is(201).json();
        assert_eq!(same["fingerprint"].as_str(), Some(mark.as_str()));
        let silent = bring(&room, "kind=custom&verdict=passed", "x").await.is(201).json();
        assert_eq!((silent["fingerprint"].as_str(), &silent["facts"]), (Some(""), &json!({})));
        let apart = "were shown in different environments";
        room.app.get(&page).as_(&room.rita).send().await.is(200).lacks(apart);
        room.app.advance(MINUTE);
        bring(&room, "kind=security-scan&verdict=passed&facts=cpu%3D8%3Breplicas%3D3", "x").await.is(201);
        room.app.get(&page).as_(&room.rita).send().await.is(200).has("drill and security scan were shown in different environments: cpu 4 / 8");
        room.app.get(&page).as_(&room.rita).in_(Locale::Zh).send().await.is(200).has("取自不同的环境：cpu 4 / 8");
        room.app.get("/approvals").as_(&room.alan).send().await.is(200).has(apart);
        let told = room.read(&room.rita, &change).await;
        let marks: Vec<_> = told["shown"].as_array().unwrap().iter().map(|one| one["fingerprint"].as_str().unwrap().to_owned()).collect();
        assert_eq!((marks.len(), marks.contains(&mark)), (3, true));
        for wrong in ["cpu", "cpu%3D4%3Bcpu%3D5", "%3D4"] {
            bring(&room, &format!("kind=drill&verdict=passed&facts={wrong}"), "x").await.is(422).has("\"facts\"").has("name=value");
        }
    }

    async fn a_policy_asks_for_evidence_from_an_environment_made_as_production(app: TestApp) {
        let room = Room::new(app).await;
        let keeper = room.app.user("keeper", &[Permission::Read, Permission::ManageSettings], None).await;
        let ci = room.app.user("ci", &[Permission::Read, Permission::PostDeployments], Some(&room.team)).await;
        let policies = "/api/v1/approval-policies";
        let policy = |evidence: Value| json!({
            "name": "As production", "stages": [{ "count": 1, "of": "owners" }], "evidence": evidence, "like_production": true
        });
        room.send(&keeper, "POST", policies, &policy(json!([]))).await.is(422).has("\"evidence\"");
        let made = room.send(&keeper, "POST", policies, &policy(json!(["drill"]))).await.is(201).json();
        assert_eq!(made["like_production"], json!(true));
        room.app.get("/approvals/policies").as_(&room.rita).send().await.is(200).has("Must be shown in an environment made as production.");
        let form = format!("/approvals/policies/{}/edit", made["id"].as_str().unwrap());
        room.app.get(&form).as_(&keeper).in_(Locale::Zh).send().await.is(200).has("仅认可来自与生产构成相同的环境的证据");
        let named = [("artifact", json!("gateway")), ("artifact_version", json!("4.12")), ("artifact_sha", json!("ab12cd34ef56"))];
        let change = room.request(&room.with(&named)).await;
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        let show = async |facts: &str| {
            room.app.advance(MINUTE);
            bring(&room, &format!("kind=drill&verdict=passed&facts={facts}"), "x").await.is(201);
        };
        let post = async |version: &str, environment: &str, status: &str, facts: &str| {
            room.app.advance(MINUTE);
            let body = json!({ "system": "gateway", "version": version, "environment": environment, "status": status, "facts": facts });
            room.send(&ci, "POST", "/api/v1/deployments", &body).await.status
        };
        let standing = async || room.read(&room.rita, &change).await["evidence"][0].clone();
        let approve = async || room.act(&room.alan, &change, "approve", &json!({ "hash": change["hash"] })).await;
        assert_eq!(standing().await["status"], "missing");
        // Nobody says what production is made of: other environments, failures and what has only begun do not.
        show("cpu%3D4%3Breplicas%3D3").await;
        assert_eq!(post("1", "staging", "succeeded", "cpu=4;replicas=3").await, 201);
        assert_eq!(post("2", "production", "failed", "cpu=4;replicas=3").await, 201);
        assert_eq!(post("3", "production", "succeeded", "").await, 201);
        assert_eq!(post("4", "Production", "started", "CPU=8; replicas=3").await, 201);
        approve().await.is(409).has("no deployment to production says what that is made of: drill.");
        room.app.get(&page).as_(&room.rita).send().await.is(200).has("no deployment to production says what that is made of");
        // What was said at its beginning holds at its end.
        assert_eq!(post("4", "Production", "succeeded", "").await, 200);
        approve().await.is(409).has("production first: cpu 8 / 4): drill.");
        let now = standing().await;
        assert_eq!((now["status"].as_str(), &now["differs"]), (Some("unlike-production"), &json!(["cpu 8 / 4"])));
        assert_eq!(now["production"], json!([{ "cpu": "8", "replicas": "3" }]));
        let shown = room.app.get(&page).as_(&room.alan).send().await;
        shown.is(200).has("Must be shown in an environment made as production: cpu = 8, replicas = 3.").has("only from an environment unlike production");
        room.app.get(&page).as_(&room.alan).in_(Locale::Zh).send().await.is(200).has("生产在前：cpu 8 / 4");
        room.app.get("/deployments").as_(&room.rita).send().await.is(200).has("cpu = 8, replicas = 3");
        // All of it, and more; until production is made otherwise.
        show("replicas%3D3%3Bcpu%3D8%3Bdata%3Dmasked").await;
        assert_eq!(standing().await["status"], "met");
        assert_eq!(post("5", "prod", "succeeded", "cpu=16;replicas=3").await, 201);
        assert_eq!(standing().await["status"], "unlike-production");
        assert_eq!(post("6", "prod", "succeeded", "cpu=8;replicas=3").await, 201);
        assert_eq!(standing().await["status"], "met");
        // What was taken back is no part of it.
        assert_eq!(post("8", "prod", "succeeded", "cpu=2;replicas=3").await, 201);
        assert_eq!(standing().await["status"], "unlike-production");
        assert_eq!(post("8", "prod", "rolled-back", "").await, 201);
        assert_eq!(standing().await["status"], "met");
        // One place says nothing of the others, and what names none came to all of them.
        let canary = json!({ "system": "gateway", "version": "9", "environment": "prod", "target": "canary", "status": "succeeded", "facts": "cpu=1" });
        room.app.advance(MINUTE);
        room.send(&ci, "POST", "/api/v1/deployments", &canary).await.is(201);
        let now = standing().await;
        assert_eq!((now["status"].as_str(), &now["production"]), (Some("met"), &json!([{ "cpu": "1" }, { "cpu": "8", "replicas": "3" }])));
        assert_eq!(post("9", "prod", "succeeded", "cpu=8;replicas=3").await, 201);
        assert_eq!(standing().await["production"], json!([{ "cpu": "8", "replicas": "3" }]));
        approve().await.is(200);
        assert_eq!(post("7", "prod", "succeeded", "eight cores").await, 422);
    }

    async fn the_like_of_production_bears_as_much_as_production(app: TestApp) {
        let room = Room::new(app).await;
        let keeper = room.app.user("keeper", &[Permission::Read, Permission::ManageSettings], None).await;
        let ci = room.app.user("ci", &[Permission::Read, Permission::PostDeployments], Some(&room.team)).await;
        let sender = room.app.user("ingrid", &[Permission::Read, Permission::IngestTransactions], Some(&room.team)).await;
        let policy = |more: Value| {
            let mut body = json!({
                "name": "As production", "stages": [{ "count": 1, "of": "owners" }], "evidence": ["performance"], "like_production": true
            });
            more.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
            body
        };
        let policies = "/api/v1/approval-policies";
        room.send(&keeper, "POST", policies, &policy(json!({ "min_peak": -1 }))).await.is(422).has("min_peak");
        let made = room.send(&keeper, "POST", policies, &policy(json!({}))).await.is(201).json();
        let form = format!("/approvals/policies/{}/edit", made["id"].as_str().unwrap());
        room.app.get(&form).as_(&keeper).send().await.is(200).has("min_peak").has("of what production bears");
        room.app.get("/approvals/policies").as_(&room.rita).send().await.is(200).has("Performance must have borne what production does");
        let named = [("artifact", json!("gateway")), ("artifact_version", json!("4.12")), ("artifact_sha", json!("ab12cd34ef56"))];
        let change = room.request(&room.with(&named)).await;
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        let canary = json!({ "system": "gateway", "version": "1", "environment": "prod", "status": "succeeded", "facts": "cpu=1", "target": "canary" });
        room.send(&ci, "POST", "/api/v1/deployments", &canary).await.is(201);
        let show = async |rate: f64| {
            room.app.advance(MINUTE);
            let body = json!({
                "tool": "evenkeel load", "requests": 9_000, "failed": 0, "rate": rate, "wanted_rate": rate, "duration_s": 60.0,
                "latency_ms": { "p50": 20, "p99": 90 },
            });
            bring(&room, "kind=performance&facts=cpu%3D1&max_p99_ms=500", &body.to_string()).await.is(201);
        };
        let standing = async |change: &Value| room.read(&room.rita, change).await["evidence"][0].clone();
        // Nobody knows what production bears.
        show(0.5).await;
        let now = standing(&change).await;
        assert_eq!((now["status"].as_str(), now["peak"].is_null()), (Some("met"), true));
        room.app.get(&page).as_(&room.rita).send().await.is(200).has("What production bears is not known");
        // A hundred a minute: what is made as its smallest place must bear all of it.
        super::verification::pay(&room, &sender, room.app.now().floor(HOUR).plus(-2 * HOUR), 60, 0, ("51", 20)).await;
        room.app.settle().await;
        // What was requested before is held against what was asked for then.
        assert_eq!(standing(&change).await["status"], "met");
        let change = room.request(&room.with(&named)).await;
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        let now = standing(&change).await;
        assert_eq!((now["status"].as_str(), now["broken"][0]["of"].as_str()), (Some("beyond-policy"), Some("peak")), "{now}");
        assert!((now["peak"].as_f64().unwrap() - 100.0 / 60.0).abs() < 1e-9, "{now}");
        let approve = async || room.act(&room.alan, &change, "approve", &json!({ "hash": change["hash"] })).await;
        approve().await.is(409).has("0.5 requests a second; by what production bears at its busiest the policy asks for 1.67.");
        room.app.get(&page).as_(&room.rita).send().await.is(200).has("production bore 1.7 transactions a second");
        room.app.get(&page).as_(&room.rita).in_(Locale::Zh).send().await.is(200).has("按生产峰值");
        show(1.7).await;
        assert_eq!(standing(&change).await["status"], "met");
        approve().await.is(200);
        // A policy says how much of it, also for an environment that is made otherwise; then what nobody knows is not borne.
        let share = json!({ "name": "Twice", "place": 1, "like_production": false, "min_peak": 200 });
        room.send(&keeper, "POST", policies, &policy(share)).await.is(201);
        room.app.get("/approvals/policies").as_(&room.rita).send().await.is(200).has("≥ 200 % of production’s peak");
        let twice = room.request(&room.with(&named)).await;
        let broken = room.read(&room.rita, &twice).await["evidence"][0]["broken"][0].clone();
        assert!((broken["allowed"].as_f64().unwrap() - 200.0 / 60.0).abs() < 1e-9, "{broken}");
        // More is paid afterwards: what was approved stays within its bounds, and so does what was asked for.
        super::verification::pay(&room, &sender, room.app.now().floor(HOUR).plus(-2 * HOUR), 60, 0, ("51", 30)).await;
        room.app.settle().await;
        let (approved, asked) = (standing(&change).await, standing(&twice).await);
        assert_eq!((approved["status"].as_str(), &asked["broken"][0]), (Some("met"), &broken), "{approved} {asked}");
        let more = standing(&room.request(&room.with(&named)).await).await;
        assert!((more["peak"].as_f64().unwrap() - 200.0 / 60.0).abs() < 1e-9, "{more}");
    }

    async fn a_policy_that_names_an_environment_by_what_it_is_made_of_is_met(app: TestApp) {
        let room = Room::new(app).await;
        let keeper = room.app.user("keeper", &[Permission::Read, Permission::ManageSettings], None).await;
        let policy = json!({
            "name": "Old", "stages": [{ "count": 1, "of": "owners" }], "evidence": ["drill"], "environment": "pre: cpu=4;replicas=3"
        });
        room.send(&keeper, "POST", "/api/v1/approval-policies", &policy).await.is(201);
        let named = [("artifact", json!("gateway")), ("artifact_version", json!("4.12")), ("artifact_sha", json!("ab12cd34ef56"))];
        let change = room.request(&room.with(&named)).await;
        let approve = async || room.act(&room.alan, &change, "approve", &json!({ "hash": change["hash"] })).await;
        bring(&room, "kind=drill&verdict=passed&facts=cpu%3D8%3Breplicas%3D3", "x").await.is(201);
        approve().await.is(409).has("pre: cpu=8; replicas=3").has("pre: cpu=4;replicas=3");
        room.app.advance(MINUTE);
        bring(&room, "kind=drill&verdict=passed&facts=cpu%3D4%3Breplicas%3D3", "x").await.is(201);
        approve().await.is(200);
    }

    async fn a_comparison_says_what_it_could_not_look_at(app: TestApp) {
        let room = Room::new(app).await;
        let file = |begin: fn(i64, i64) -> Option<i64>, cpu: [&str; 2]| {
            let run = |side: i64, turn: i64| {
                let noise = 100 + turn % 3;
                let facts = json!({ "cpu": cpu[usize::try_from(side).unwrap()] });
                let side_name = ["baseline", "candidate"][usize::try_from(side).unwrap()];
                json!({ "file": "f", "sha256": "ab12", "side": side_name, "source": "jmeter", "requests": 9_000, "failed": 1, "rate": 150.0, "offered": 150.0,
                    "began_at": begin(side, turn), "facts": facts, "mean_ms": 30 + 10 * side + turn, "quantiles_ms": { "p50": 20, "p99": noise } })
            };
            let runs = (0..6).flat_map(|turn| [run(0, turn), run(1, turn)]);
            runs.chain([json!({ "verdict": "passed" })]).fold(String::new(), |text, line| format!("{text}{line}\n"))
        };
        let of = async |body: String| {
            let kept = bring(&room, "kind=performance", &body).await.is(201).json();
            (kept["verdict"].as_str().unwrap().to_owned(), kept["note"].as_str().unwrap().to_owned(), kept["facts"].clone())
        };
        let turns = of(file(|side, turn| Some(2 * turn + side), ["4", "4"])).await;
        assert_eq!((turns.0.as_str(), turns.1.lines().count(), &turns.2), ("passed", 1, &json!({ "cpu": "4" })), "{}", turns.1);
        let after = of(file(|side, turn| Some(10 * side + turn), ["4", "4"])).await;
        assert_eq!(after.0, "inconclusive");
        assert!(after.1.starts_with("all runs of the baseline lie before those of the candidate"), "{}", after.1);
        let timeless = of(file(|_, _| None, ["4", "8"])).await;
        assert_eq!((timeless.0.as_str(), &timeless.2), ("passed", &json!({ "cpu": "8" })));
        // What stands in a file and cannot be read again is not kept; the evidence is.
        let odd = of(file(|_, _| None, ["4 nodes; PostgreSQL 16"; 2])).await;
        assert_eq!((odd.0.as_str(), odd.2), ("passed", json!({})));
        let own = json!({ "tool": "evenkeel load", "requests": 9_000, "failed": 0, "rate": 150.0, "wanted_rate": 150.0, "duration_s": 60.0, "latency_ms": { "p50": 20, "p99": 90 },
            "environment": { "facts": "4 nodes; PostgreSQL 16" } });
        let kept = bring(&room, "kind=performance&max_p99_ms=100&max_failed=1", &own.to_string()).await.is(201).json();
        assert_eq!(kept["facts"], json!({ "described": "4 nodes, PostgreSQL 16" }));
        room.app.get("/evidence").as_(&room.ruth).send().await.is(200);
        let page = format!("/evidence/{}", kept["id"].as_str().unwrap());
        room.app.get(&page).as_(&room.ruth).send().await.is(200).has("described = 4 nodes, PostgreSQL 16");
        assert!(timeless.1.contains("whether the sides took turns is not known") && timeless.1.contains("different environments: cpu 4 / 8"), "{}", timeless.1);
    }
}
