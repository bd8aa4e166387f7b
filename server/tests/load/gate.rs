//! A run that its requester ordered opens the gate of their change where the policy leaves them no limit to choose.

use super::*;

both! {
    async fn the_policys_bounds_decide_and_not_those_of_whoever_asks(app: TestApp) {
        let ground = Ground::new(app).await;
        let server = Loaded::new(Manner::default()).await;
        let target = ground.register("Gateway pre", &server.url()).await;
        let keeper = ground.app.user("keeper", &[Permission::Read, Permission::ManageSettings], None).await;
        let policy = |bounds: Value| {
            let mut policy = json!({ "name": "Fast", "stages": [{ "count": 1, "of": "owners" }], "evidence": ["performance"] });
            bounds.as_object().unwrap().iter().for_each(|(name, value)| policy[name] = value.clone());
            policy
        };
        let made = ground.app.api("POST", "/api/v1/approval-policies", &policy(json!({}))).as_(&keeper).send().await;
        let path = format!("/api/v1/approval-policies/{}", made.is(201).json()["id"].as_str().unwrap());
        let change = json!({
            "title": "Gateway 4.12", "systems": ["gateway"], "start": "2025-03-16T07:00", "end": "2025-03-16T09:00", "zone": "UTC",
            "plan": "deploy", "rollback": "deploy the one before", "impact": "", "risk": "low", "risk_reason": "done weekly", "submit": true,
            "artifact": "gateway", "artifact_version": "4.12", "artifact_sha": "ab12cd34ef56",
        });
        // A change keeps what the policy asked for when it was written.
        let status = async || {
            let asked = ground.app.api("POST", "/api/v1/changes", &change).as_(&ground.rita).send().await;
            asked.is(201).json()["evidence"][0]["status"].as_str().unwrap().to_owned()
        };
        // Limits of her own are her word, and so they are where the policy leaves one of them open.
        let run = ground.start(&target, &json!({ "artifact_sha": "ab12cd34ef56", "max_p99_ms": 9000, "max_failed": 100 })).await;
        let known = ground.over(&run, "finished").await;
        assert_eq!(known["verdict"], "passed", "{known}");
        assert_eq!(status().await, "own");
        let bound = async |bounds: Value| {
            ground.app.api("PUT", &path, &policy(bounds)).as_(&keeper).send().await.is(200);
            status().await
        };
        assert_eq!(bound(json!({ "max_p99_ms": 8000, "max_failed": 1 })).await, "own");
        assert_eq!(bound(json!({ "max_p99_ms": 8000, "max_failed": 1, "min_rate": 20 })).await, "met");
        assert_eq!(bound(json!({ "max_p99_ms": 8000, "max_failed": 1, "min_rate": 5000 })).await, "beyond-policy");
        let evidence = ground.read(&format!("/api/v1/evidence/{}", known["evidence"].as_str().unwrap())).await;
        assert_eq!((evidence["measured_here"].as_bool(), evidence["by_id"].is_string()), (Some(true), true));
        // The same report, brought as a file, is what she says.
        let file = ground.app.get(&format!("/api/v1/evidence/{}/file", evidence["id"].as_str().unwrap())).as_(&ground.rita).send().await;
        let query = "kind=performance&artifact=gateway&artifact_version=4.12&artifact_sha=ab12cd34ef57&environment=pre&name=load.json&max_p99_ms=9000";
        let brought = ground.app.ask("POST", &format!("/api/v1/evidence?{query}")).header("content-type", "application/octet-stream");
        let brought = brought.body(file.is(200).body.clone()).as_(&ground.rita).send().await.is(201).json();
        assert_eq!((brought["measured_here"].as_bool(), brought["verdict"].as_str()), (Some(false), Some("passed")));
    }
}
