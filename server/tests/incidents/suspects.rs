//! Suspects of every kind, and what later ones learn from what was said of them.

use domain::{
    Permission,
    incidents::{SuspectKind, Verdict},
    time::{HOUR, MINUTE},
};

use crate::{alerts::signal, app::TestApp};

const WORKER: &[Permission] = &[Permission::Read, Permission::WorkIncidents, Permission::PostDeployments];

impl TestApp {
    /// A run of a tool on a system, as it stands after it has ended.
    async fn ran(&self, team: &domain::id::TeamId, system: &domain::id::SystemId, tool: &str) {
        let id: domain::id::RunId = self.ctx.new_id();
        let mut conn = self.ctx.db.read().await.unwrap();
        backend::db::sql(
            "INSERT INTO tools (id, team_id, name, definition, first_line, created_at, updated_at) VALUES ($1, $2, $3, '{}', 0, 0, 0) \
             ON CONFLICT (id) DO NOTHING",
        )
        .value(tool)
        .value(team)
        .value("Restart")
        .run(&mut conn)
        .await
        .unwrap();
        backend::db::sql("INSERT INTO runs (id, tool_id, tool_name, version, team_id, system_id, first_line, state, argv, given, secrets, requested_by, \
             requested_name, requested_at, started_at, finished_at, timeout_s) VALUES ($1, $2, 'Restart', 1, $3, $4, 0, 'succeeded', '[]', '[]', '', '', 'max', $5, $6, $7, 60)")
        .value(&id)
        .value(tool)
        .value(team)
        .value(system)
        .value(self.now())
        .value(self.now())
        .value(self.now())
        .run(&mut conn)
        .await
        .unwrap();
    }
}

const TOOL: &str = "00000000-0000-7000-8000-00000000000a";

both! {
    async fn ci_posts_deployments_and_says_the_same_again(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let (other, _) = app.team_with_system("printer").await;
        let ci = app.user("ci", WORKER, Some(&team)).await;
        let viewer = app.viewer("vera", &team).await;
        let stranger = app.user("otto", WORKER, Some(&other)).await;
        let post = async |who: &domain::Actor, body: serde_json::Value| app.api("POST", "/api/v1/deployments", &body).as_(who).send().await;
        let begin = || serde_json::json!({ "system": "gateway", "version": "4.12.0", "sha": "abcdef1234", "status": "started", "url": "https://ci.example.org/7" });
        post(&viewer, begin()).await.is(403).has("deployments.post");
        post(&stranger, begin()).await.is(422).has("gateway");
        post(&ci, serde_json::json!({ "system": "gateway", "version": "", "sha": "x", "colour": "blue" })).await.is(422).has("version").has("sha").has("colour");
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        let id = post(&ci, begin()).await.is(201).json()["id"].as_str().unwrap().to_owned();
        assert_eq!(post(&ci, begin()).await.is(200).json()["id"], id.as_str());
        app.advance(2 * MINUTE);
        let done = serde_json::json!({ "system": system, "version": "4.12.0", "sha": "abcdef1234", "status": "failed" });
        let ended = post(&ci, done.clone()).await;
        assert_eq!((ended.is(200).json()["id"].as_str(), ended.json()["state"].as_str()), (Some(id.as_str()), Some("failed")));
        assert_eq!(post(&ci, done).await.is(200).json()["finished_at"], app.now().0);
        let told: Vec<_> = app.incident(1).await.timeline.iter().filter(|e| e.kind == domain::incidents::EntryKind::Deployment).map(|e| e.text.clone()).collect();
        assert_eq!(told, ["4.12.0 → production: started", "4.12.0 → production: failed"]);
        // The same version once more, days later, is another deployment.
        app.advance(48 * HOUR);
        post(&ci, serde_json::json!({ "system": "gateway", "version": "4.12.0", "sha": "abcdef1234" })).await.is(201);
        app.get("/deployments").as_(&viewer).send().await.is(200).has("4.12.0").has("https://ci.example.org/7").has("failed").has("abcdef1234");
        app.get(&format!("/deployments?system={system}&environment=staging")).as_(&viewer).send().await.is(200).has("No deployment matches");
        app.get("/deployments").as_(&stranger).send().await.is(200).lacks("4.12.0");
        app.get(&format!("/systems/{system}")).as_(&viewer).send().await.is(200).has("4.12.0 → production");
        app.get("/changes?date=2025-03-14").as_(&viewer).send().await.is(200).has("changes-mark").has("4.12.0 → production");
        app.get("/incidents/1").as_(&viewer).in_(domain::people::Locale::Zh).send().await.is(200).has("4.12.0 → production: 失败");
        let exporter = app.user("eva", &[Permission::Read, Permission::Export], Some(&team)).await;
        app.get("/deployments.csv").as_(&exporter).send().await.is(200).has("gateway,4.12.0,abcdef1234,production,failed");
        let listed = app.get("/api/v1/deployments?limit=1").as_(&viewer).send().await.is(200).json();
        let next = format!("/api/v1/deployments?limit=1&after={}", listed["next"].as_str().unwrap());
        assert_eq!(app.get(&next).as_(&viewer).send().await.is(200).json()["items"][0]["id"], id.as_str());
    }

    async fn everything_around_it_is_suspected_and_later_ones_learn(app: TestApp) {
        let (team, gateway) = app.team_with_system("gateway").await;
        let ledger = app.system("ledger", &team).await;
        app.needs(&gateway, &ledger).await;
        let (other, far) = app.team_with_system("vault").await;
        app.needs(&gateway, &far).await;
        let lena = app.user("lena", WORKER, Some(&team)).await;
        let stranger = app.user("otto", WORKER, Some(&other)).await;
        let post = |system: &str, version: &str| serde_json::json!({ "system": system, "version": version });
        app.api("POST", "/api/v1/deployments", &post("ledger", "2.0")).as_(&lena).send().await.is(201);
        app.api("POST", "/api/v1/deployments", &post("vault", "9.9")).as_(&stranger).send().await.is(201);
        app.ran(&team, &gateway, TOOL).await;
        app.advance(MINUTE);
        // A warning only: what is down would keep quiet whatever needs it.
        let warning = domain::alerts::Signal { severity: domain::alerts::Severity::P3, ..signal(&ledger, "m2", Some(true)) };
        app.observe(&warning).await.unwrap();
        app.advance(MINUTE);
        app.observe(&signal(&gateway, "m1", Some(true))).await.unwrap();
        let seen = async |number: i64, who: &domain::Actor| {
            app.portal.incidents.get(who, &domain::incidents::Ref::Number(number)).await.unwrap().suspects
        };
        let suspects = seen(2, &lena).await;
        let kinds: Vec<_> = suspects.iter().map(|s| (s.kind, s.distance)).collect();
        assert_eq!(kinds, [(SuspectKind::Run, 0), (SuspectKind::Deployment, 1), (SuspectKind::Alert, 1)], "another team's is not there: {suspects:?}");
        let page = app.get("/incidents/2").as_(&lena).send().await;
        page.is(200).has("Tool run").has("Restart").has("m2 is down").has("2.0 → production").has("on ledger, which this needs directly");
        let run = &suspects[0];
        let act = format!("/incidents/2/suspects/run/{}", run.id);
        app.post_form(&act, &[("verdict", "maybe")]).as_(&lena).send().await.is(422).has("maybe");
        app.post_form(&format!("/incidents/2/suspects/run/{}", suspects[1].id), &[("verdict", "confirmed")]).as_(&lena).send().await.is(404);
        app.post_form("/incidents/2/suspects/weather/1", &[("verdict", "confirmed")]).as_(&lena).send().await.is(404);
        for _ in 0..2 {
            app.post_form(&act, &[("verdict", "confirmed")]).as_(&lena).send().await.is(303);
        }
        let api = format!("/api/v1/incidents/2/suspects/alert/{}", suspects[2].id);
        app.api("PUT", &api, &serde_json::json!({ "verdict": "rejected" })).as_(&lena).send().await.is(204);
        let after = seen(2, &lena).await;
        assert_eq!((after[0].verdict, after[0].judged_by.as_str()), (Some(Verdict::Confirmed), "lena"));
        assert_eq!(after.last().unwrap().verdict, Some(Verdict::Rejected));
        assert!((after[0].score - run.score).abs() < 1e-9, "what was said of it does not count for itself");
        // The next time a run of that tool weighs more, and says why.
        app.recover(&gateway, "m1").await;
        app.advance(24 * HOUR);
        app.ran(&team, &gateway, TOOL).await;
        app.advance(2 * MINUTE);
        app.observe(&signal(&gateway, "m1", Some(true))).await.unwrap();
        let later = seen(3, &lena).await;
        let again = later.iter().find(|s| s.kind == SuspectKind::Run).unwrap();
        assert!((again.hits, again.judged) == (1, 1) && again.score > run.score, "{again:?} after {run:?}");
        app.get("/incidents/3").as_(&lena).send().await.is(200).has("such a thing was the cause here 1 times of 1");
    }
}
