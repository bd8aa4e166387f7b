use super::*;

fn script(rate: f64, duration: &str) -> Script {
    Script { base: "http://127.0.0.1:1".into(), rate, duration: duration.into(), ..Script::default() }
}

#[test]
fn requests_are_due_evenly_and_along_a_ramp() {
    let even: Vec<f64> = script(4.0, "2s").plan().unwrap().schedule.collect();
    assert_eq!(even, [0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75]);
    let mut ramped = script(100.0, "1s");
    ramped.ramp = "2s".into();
    let due: Vec<f64> = ramped.plan().unwrap().schedule.collect();
    assert_eq!(due.len(), 200);
    assert!(due.windows(2).all(|pair| pair[0] < pair[1]));
    // A quarter of the ramp's requests by half of it.
    assert_eq!(due.iter().filter(|at| **at < 1.0).count(), 25);
    assert!((due[100] - 2.0).abs() < 1e-9);
    let falling = Schedule::new(vec![Stage { from: 100.0, to: 0.0, seconds: 2.0 }]);
    assert_eq!(falling.clone().count(), 100);
    assert!(falling.last().unwrap() < 2.0);
}

#[test]
fn facts_that_are_told_by_name_do_not_stand_in_the_name_of_the_environment() {
    let of = |facts: &str| {
        let subject = Subject {
            artifact: "gateway".into(),
            artifact_version: "4.12".into(),
            artifact_sha: "ab12cd34ef".into(),
            facts: facts.into(),
            max_p99_ms: "500".into(),
            max_failed: String::new(),
            days: 30,
        };
        let body = serde_json::json!({
            "tool": "evenkeel load", "requests": 9_000, "failed": 0, "rate": 150.0, "wanted_rate": 150.0, "duration_s": 60.0,
            "latency_ms": { "p50": 20, "p99": 90 }, "environment": { "facts": facts },
        });
        let read = subject.judge("pre", body.to_string().as_bytes(), None, crate::Timestamp(0)).unwrap();
        (read.environment, read.facts.len())
    };
    assert_eq!(of("cpu=4;replicas=3"), ("pre".to_owned(), 2));
    assert_eq!(of("2 nodes"), ("pre: 2 nodes".to_owned(), 1));
    assert_eq!(of(""), ("pre".to_owned(), 0));
}

#[test]
fn requests_take_turns_and_variables_are_filled() {
    let text = r#"{"base":"http://a","rate":5,"duration":"1m","variables":{"user":["a","b"],"id":{"from":7,"to":9}},
        "requests":[{"path":"/x/{{id}}?n={{ n }}","weight":2},{"method":"post","path":"/y","body":"{\"u\":\"{{user}}\"}","expect":[201]}]}"#;
    let plan = serde_json::from_str::<Script>(text).unwrap().plan().unwrap();
    assert_eq!(plan.request(1).path.fill(1, &plan.variables), "/x/8?n=1");
    let post = plan.request(2);
    assert_eq!((post.method.as_str(), post.body.fill(3, &plan.variables).as_str()), ("POST", r#"{"u":"b"}"#));
    assert!(post.expects(201) && !post.expects(200) && plan.request(0).expects(302) && !plan.request(0).expects(500));
    assert_eq!(post.path.constant(), Some("/y"));
}

#[test]
fn who_asks_is_not_shown() {
    let text = r#"{"rate":5,"duration":"1s","variables":{"token":["t1","t2"],"id":["7"]},
        "requests":[{"path":"/{{id}}","headers":{"Authorization":"Bearer {{token}}","accept":"text/plain"}}]}"#;
    let script = serde_json::from_str::<Script>(text).unwrap();
    let masked = script.masked().unwrap();
    let said = serde_json::to_string(&masked).unwrap();
    assert!(!said.contains("t1") && !said.contains("Bearer") && said.contains("text/plain") && said.contains("\"7\""), "{said}");
    assert!(masked.is_masked() && !script.is_masked());
    for blanks in ["{{  token }}", "{{token }}", "{{\ttoken}}"] {
        let script = serde_json::from_str::<Script>(&text.replace("{{token}}", &blanks.replace('\t', "\\t"))).unwrap();
        assert!(!serde_json::to_string(&script.masked().unwrap()).unwrap().contains("t1"), "{blanks}");
    }
    let open = r#"{"rate":5,"duration":"1s","requests":[{"path":"/","headers":{"accept":"text/plain"}}]}"#;
    let named = r#"{"variables":{"vault_token":["t1"],"card":["4111"]},"requests":[{"path":"/","headers":{"X-Vault-Token":"t1","Idempotency-Key":"{{n}}"}}]}"#;
    let said = serde_json::to_string(&serde_json::from_str::<Script>(named).unwrap().masked().unwrap()).unwrap();
    assert!(!said.contains("t1") && said.contains("4111") && said.contains("{{n}}"), "{said}");
    assert_eq!(serde_json::from_str::<Script>(open).unwrap().masked(), None);
}

#[test]
fn what_is_wrong_is_named() {
    let field = |script: Script| script.plan().err().map(|wrong| wrong.field);
    assert_eq!(field(script(0.0, "1s")).as_deref(), Some("rate"));
    assert_eq!(field(script(1e6, "1s")).as_deref(), Some("rate"));
    let mut staged = script(f64::INFINITY, "");
    staged.stages = vec![ScriptStage { rate: 1.0, duration: "1s".into(), ramp: false }];
    assert_eq!(field(staged).as_deref(), Some("rate"));
    assert_eq!(field(script(1.0, "soon")).as_deref(), Some("duration"));
    assert_eq!(field(script(1.0, "9h")).as_deref(), Some("duration"));
    assert_eq!(field(Script { base: "ftp://a".into(), ..script(1.0, "1s") }).as_deref(), Some("base"));
    assert_eq!(field(Script { connections: 20_000, ..script(1.0, "1s") }).as_deref(), Some("connections"));
    assert_eq!(field(Script { http: "3".into(), ..script(1.0, "1s") }).as_deref(), Some("http"));
    for (http, second) in [("", false), ("1.1", false), ("2", true)] {
        assert_eq!(Script { http: http.into(), ..script(1.0, "1s") }.plan().unwrap().http2, second, "{http}");
    }
    let request = |path: &str| serde_json::from_value(serde_json::json!({ "path": path })).unwrap();
    assert_eq!(field(Script { requests: vec![request("x")], ..script(1.0, "1s") }).as_deref(), Some("requests.0.path"));
    assert_eq!(field(Script { requests: vec![request("/{{y}}")], ..script(1.0, "1s") }).as_deref(), Some("requests.0.path"));
    assert!(serde_json::from_str::<Script>(r#"{"base":"http://a","rates":5}"#).is_err());
}

#[test]
fn variables_do_not_blow_a_request_up() {
    let script = |times: usize, length: usize| {
        let body = "{{v}}".repeat(times);
        let text = serde_json::json!({
            "base": "http://a", "rate": 1, "duration": "1s",
            "variables": { "v": ["x", "y".repeat(length)] }, "requests": [{ "path": "/", "body": body }],
        });
        serde_json::from_value::<Script>(text).unwrap().plan()
    };
    assert!(script(64, 1_023).is_ok());
    assert_eq!(script(65, 1_024).unwrap_err().field, "requests.0");
    assert_eq!(script(9_000, 5_000).unwrap_err().value, "45000001");
}
