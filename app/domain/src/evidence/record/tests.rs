use super::*;

const WRK: &str = "Running 10s test @ http://127.0.0.1:1/\n  2 threads and 10 connections\n  Thread Stats   Avg      Stdev     Max   +/- Stdev\n    Latency     1.10ms    0.50ms  12.00ms   90.00%\n    Req/Sec     1.00k   100.00     1.20k    80.00%\n  Latency Distribution\n     50%    1.00ms\n     90%    2.00ms\n     99%    9.00ms\n  20000 requests in 10.00s, 2.00MB read\nRequests/sec:   2000.00\nTransfer/sec:    200.00KB\n";

fn typed(more: &[(&str, &str)]) -> Typed {
    let mut typed = Typed::default();
    for (name, value) in [
        ("kind", "performance"),
        ("artifact", "gateway"),
        ("artifact_version", "4.12"),
        ("artifact_sha", "AB12CD34"),
        ("environment", "pre"),
    ] {
        typed.set(name, value);
    }
    for (name, value) in more {
        typed.set(*name, value);
    }
    typed
}

fn verdict(more: &[(&str, &str)], body: &str) -> Result<EvidenceVerdict, Vec<String>> {
    let read = Submission::parse(&typed(more), body.as_bytes(), Timestamp(0));
    read.map(|read| read.verdict).map_err(|fault| fault.problems().iter().map(|p| p.field.clone()).collect())
}

#[test]
fn the_file_decides_where_it_can() {
    assert_eq!(verdict(&[("max_p99_ms", "10")], WRK), Ok(EvidenceVerdict::Passed));
    assert_eq!(verdict(&[("max_p99_ms", "8"), ("verdict", "passed")], WRK), Ok(EvidenceVerdict::Failed));
    assert_eq!(verdict(&[("verdict", "passed")], WRK), Ok(EvidenceVerdict::Passed));
    assert_eq!(verdict(&[], WRK), Err(vec!["verdict".to_owned()]));
    assert_eq!(verdict(&[("verdict", "passed")], "a cat"), Err(vec!["file".to_owned()]));
    let computed = |more: &[(&str, &str)]| Submission::parse(&typed(more), WRK.as_bytes(), Timestamp(0)).unwrap().computed;
    assert!(computed(&[("max_p99_ms", "10")]) && !computed(&[("verdict", "passed")]));
    let k6 = r#"{"metrics":{"http_reqs":{"count":100,"rate":50},"http_req_duration":{"avg":5,"p(99)":9}}}"#;
    assert_eq!(verdict(&[("max_failed", "1")], k6), Ok(EvidenceVerdict::Inconclusive));
    assert_eq!(verdict(&[("max_failed", "1"), ("max_p99_ms", "8")], k6), Ok(EvidenceVerdict::Failed));
    let lines = "{\"file\":\"a\"}\n{\"verdict\":\"regressed\",\"reason\":\"slower\"}\n";
    assert_eq!(verdict(&[("verdict", "passed")], lines), Ok(EvidenceVerdict::Failed));
    assert_eq!(
        verdict(&[("max_failed", "100")], &WRK.replace("2.00MB read", "2.00MB read\n  Non-2xx or 3xx responses: 20000")),
        Ok(EvidenceVerdict::Failed)
    );
}

#[test]
fn a_comparison_is_judged_anew_and_a_word_alone_is_a_word() {
    let run = |side: &str, p99: u32, mean: u32| serde_json::json!({ "file": "f", "side": side, "source": "k6", "requests": 9_000, "failed": 1, "rate": 150.0, "mean_ms": mean, "quantiles_ms": { "p50": 20, "p99": p99 } });
    let file = |p99: u32, verdict: &str| {
        let runs = (0..6_u32).flat_map(|at| [run("baseline", 80 + at % 3, 20 + at), run("candidate", p99 + at % 3, 30 + at)]);
        runs.chain([serde_json::json!({ "verdict": verdict, "reason": "so it is" })])
            .fold(String::new(), |text, line| format!("{text}{line}\n"))
    };
    let candidate = Submission::parse(&typed(&[]), file(80, "passed").as_bytes(), Timestamp(0)).unwrap().measured.unwrap();
    assert_eq!((candidate.p99_ms, candidate.rate, candidate.failed, candidate.requests), (Some(82.0), Some(150.0), Some(1), 9_000));
    let read =
        |body: &str| Submission::parse(&typed(&[]), body.as_bytes(), Timestamp(0)).map(|read| (read.verdict, read.computed)).unwrap();
    assert_eq!(read(&file(80, "regressed")), (EvidenceVerdict::Passed, true));
    assert_eq!(read(&file(160, "passed")), (EvidenceVerdict::Failed, true));
    assert_eq!(read("{\"verdict\":\"passed\"}"), (EvidenceVerdict::Passed, false));
}

#[test]
fn other_kinds_are_told() {
    let read = Submission::parse(&typed(&[("kind", "drill"), ("verdict", "passed"), ("days", "7")]), b"%PDF", Timestamp(0)).unwrap();
    assert_eq!((read.sha.as_str(), read.expires_at, read.measured, read.computed), ("ab12cd34", Timestamp(7 * DAY), None, false));
    assert_eq!(verdict(&[("kind", "drill")], "x"), Err(vec!["verdict".to_owned()]));
    assert_eq!(verdict(&[("kind", "drill"), ("verdict", "passed"), ("custom", "pen-test")], "x"), Err(vec!["custom".to_owned()]));
    assert_eq!(verdict(&[("kind", "custom"), ("verdict", "passed"), ("custom", "pen-test")], "x"), Ok(EvidenceVerdict::Passed));
    assert_eq!(
        verdict(&[("kind", "cat"), ("artifact_sha", ""), ("days", "0"), ("wat", "x")], ""),
        Err(["wat", "kind", "artifact_sha", "days", "file"].map(str::to_owned).to_vec())
    );
}
