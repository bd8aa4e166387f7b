use super::*;

fn ok(text: &str) -> Reading {
    read(text.as_bytes()).unwrap()
}

#[test]
fn k6_in_all_its_forms() {
    let old = r#"{"metrics":{"http_reqs":{"count":1500,"rate":49.9},"http_req_failed":{"passes":15,"fails":1485,"value":0.01},
        "http_req_duration":{"avg":12.5,"min":1.1,"med":10.0,"max":250.0,"p(90)":20.0,"p(95)":30.5,"p(99)":99.0}}}"#;
    let new = r#"{"state":{"testRunDurationMs":30060.2},"metrics":{"http_reqs":{"type":"counter","values":{"count":1500,"rate":49.9}},
        "http_req_failed":{"type":"rate","values":{"rate":0.01,"passes":15,"fails":1485}},
        "http_req_duration":{"type":"trend","contains":"time","values":{"avg":12.5,"min":1.1,"med":10,"max":250,"p(90)":20,"p(95)":30.5,"p(99)":99}}}}"#;
    let (a, b) = (ok(old), ok(new));
    assert_eq!((a.source, a.requests, a.failed, a.rate), (Source::K6, 1_500, Some(15), Some(49.9)));
    assert!((b.duration_s.unwrap() - 30.0602).abs() < 1e-9);
    assert_eq!((a.quantiles.clone(), a.mean_ms), (b.quantiles, b.mean_ms));
    assert_eq!(a.quantile(95.0), Some(30.5));
    assert!(read(br#"{"metrics":{}}"#).is_err());
    let list = r#"{"version":"1.0.0","metadata":{"generatedAt":"2025-11-14T10:01:00.5+01:00","k6Version":"1.5.0"},"config":{"duration":30.0,
        "execution":"local","script":"a.js"},"results":{"checks":{"metrics":[],"results":[]},"metrics":[
        {"name":"http_reqs","type":"counter","contains":"default","values":{"count":1500}},
        {"name":"http_req_failed","type":"rate","contains":"default","values":{"matches":15,"rate":0.01,"total":1500}},
        {"name":"http_req_duration","type":"trend","contains":"time","values":{"avg":12.5,"max":250,"med":10,"min":1.1,"p(90)":20,"p(95)":30.5}}]}}"#;
    let c = ok(list);
    assert_eq!((c.source, c.requests, c.failed, c.rate, c.duration_s), (Source::K6, 1_500, Some(15), Some(50.0), Some(30.0)));
    assert_eq!((c.mean_ms, c.quantile(95.0), c.quantile(99.0)), (a.mean_ms, Some(30.5), None));
    assert_eq!(c.began_at.map(Timestamp::rfc3339).as_deref(), Some("2025-11-14T09:00:30.500Z"));
    assert!(read(br#"{"results":{"metrics":[]}}"#).is_err());
}

#[test]
fn jmeter_as_csv_xml_and_statistics() {
    let csv = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes\n\
        1700000000000,100,\"pay, \"\"now\"\"\",200,OK,t 1-1,text,true,,10\n1700000000500,300,pay,500,\"two\nlines\",t 1-1,text,false,bad,10\n\
        1700000000900,200,pay,200,OK,t 1-1,text,true,,10\n1700000001600,400,pay,200,OK,t 1-1,text,true,,10\n";
    let xml = r#"<?xml version="1.0"?><testResults version="1.2"><!-- <sample t="1"/> -->
        <httpSample t="100" lt="9" ts="1700000000000" s="true" lb="a &gt; b > c" rc="200"/>
        <httpSample t="300" ts="1700000000500" s="false" lb="x"><httpSample t="5" ts="1700000000501" s="true"/>
            <responseData class="java.lang.String"><![CDATA[<sample t="1" ts="1" s="true"/>]]></responseData></httpSample>
        <sample t="200" ts="1700000000900" s="true" lb="x"></sample><httpSample t="400" ts="1700000001600" s="true"/></testResults>"#;
    let (a, b) = (ok(csv), ok(xml));
    assert_eq!(a, b);
    assert_eq!((a.source, a.requests, a.failed, a.duration_s, a.rate), (Source::Jmeter, 4, Some(1), Some(2.0), Some(2.0)));
    assert_eq!(
        (a.min_ms, a.mean_ms, a.max_ms, a.quantile(50.0), a.quantile(99.0)),
        (Some(100.0), Some(250.0), Some(400.0), Some(250.0), Some(400.0))
    );
    let headless = csv.split_once('\n').unwrap().1;
    assert_eq!(ok(headless), a);
    // `jmeter.save.saveservice.default_delimiter`; what is of the text stays.
    for mark in [";", "\t", "|"] {
        let other = csv.replace(", ", "\u{1}").replace(',', mark).replace('\u{1}', ", ");
        assert_eq!((ok(&other), ok(other.split_once('\n').unwrap().1)), (a.clone(), a.clone()), "{mark:?}");
    }
    let statistics = r#"{"Total":{"transaction":"Total","sampleCount":4,"errorCount":1,"errorPct":25.0,"meanResTime":250.0,"medianResTime":250.0,
        "minResTime":100.0,"maxResTime":400.0,"pct1ResTime":400.0,"pct2ResTime":400.0,"pct3ResTime":400.0,"throughput":2.0}}"#;
    let c = ok(statistics);
    assert_eq!((c.requests, c.failed, c.rate, c.quantile(99.0)), (4, Some(1), Some(2.0), Some(400.0)));
}

#[test]
fn jmeters_transactions_are_the_sum_of_others() {
    let sum = "Number of samples in transaction : 2, number of failing samples : 1";
    let parts = ["1700000000000,100,pay,200,OK,t 1-1,text,true,,10", "1700000000100,300,pay,500,no,t 1-1,text,false,bad,10"];
    let rows = |rows: &[&str]| {
        format!(
            "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes\n{}\n",
            rows.join("\n")
        )
    };
    let whole = format!("1700000000000,400,buy,,\"{sum}\",t 1-1,,false,,20");
    let requests = ok(&rows(&parts));
    assert_eq!((requests.requests, requests.failed, requests.max_ms), (2, Some(1), Some(300.0)));
    assert_eq!(ok(&rows(&[parts[0], parts[1], &whole])), requests);
    // Where the parts were not written, the sums are what there is.
    let alone = ok(&rows(&[&whole, &whole.replace("0000,400", "0500,500")]));
    assert_eq!((alone.requests, alone.failed, alone.max_ms), (2, Some(2), Some(500.0)));
    let xml = |text: &str| ok(&format!("<?xml version=\"1.0\"?><testResults version=\"1.2\">{text}</testResults>"));
    let parts = "<httpSample t=\"100\" ts=\"1700000000000\" s=\"true\" rm=\"OK\"><httpSample t=\"5\" ts=\"1700000000001\" s=\"true\" rm=\"OK\"/></httpSample>\
        <httpSample t=\"300\" ts=\"1700000000100\" s=\"false\" rm=\"no\"/>";
    let whole = format!("<sample t=\"400\" ts=\"1700000000000\" s=\"false\" lb=\"buy\" rm=\"{sum}\"");
    // Beside the parts, and around them.
    assert_eq!(xml(&format!("{parts}{whole}/>")), requests);
    assert_eq!(xml(&format!("{whole}>{parts}</sample>")), requests);
    assert_eq!(xml(&format!("{whole}/>")).max_ms, Some(400.0));
}

const HEAD: &str = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes\n";

#[test]
fn what_does_not_read_is_no_success() {
    let row = |n: usize, elapsed: &str, well: bool| format!("{},{elapsed},pay,200,OK,t 1-1,text,{well},,10\n", 1_700_000_000_000 + 100 * n);
    let rows = |bad: usize| (0..150).map(|n| row(n, "90", true)).chain((0..bad).map(|n| row(150 + n, "", false))).collect::<String>();
    let refused = |text: &str| read(text.as_bytes()).unwrap_err().to_string();
    assert_eq!(refused(&format!("{HEAD}{}", rows(150))), "JMeter: 150 of 300 rows do not read, first row 152: elapsed \"\"");
    // A row that was cut off among many is told; a header in between is none.
    let few = ok(&format!("{HEAD}{}{HEAD}", rows(1)));
    assert_eq!((few.requests, few.failed, few.unread), (150, Some(0), Some(1)));
    assert_eq!(ok(&format!("{HEAD}{}", rows(0))).unread, None);
    let sample = "<httpSample t=\"90\" ts=\"1700000000000\" s=\"true\"/>";
    let xml = format!("<testResults version=\"1.2\">{sample}<httpSample t=\"\" ts=\"1700000000100\" s=\"false\"/></testResults>");
    assert!(refused(&xml).starts_with("JMeter: 1 of 2 rows do not read, first row 2: httpSample t=\"\""));
    let log = "RUN\tsim.Basic\tbasic\t1700000000000\t \t3.9.5\nREQUEST\t\tpay\t1700000000000\t1700000000100\tOK\t \n\
        REQUEST\t\tpay\t1700000000000\t\tKO\t \n";
    assert!(refused(log).starts_with("Gatling: 1 of 2 rows do not read, first row 3: REQUEST"), "{}", refused(log));
}

#[test]
fn jmeter_writes_moments_in_many_forms() {
    let run = |moments: [&str; 2]| {
        let rows = moments.map(|at| format!("{at},500,pay,200,OK,t 1-1,text,true,,10\n")).concat();
        let one = ok(&format!("{HEAD}{rows}"));
        (one.requests, one.began_at.map(Timestamp::rfc3339), one.rate, one.max_ms)
    };
    let told = |day: &str| (2, Some(format!("2025-{day}T10:00:00.000Z")), Some(2.0 / 1.5), Some(500.0));
    assert_eq!(run(["03/14/2025 10:00:00", "03/14/2025 10:00:01"]), told("03-14"));
    assert_eq!(run(["14/03/2025 10:00:00", "14/03/2025 10:00:01"]), told("03-14"));
    assert_eq!(run(["14.03.2025 10:00:00", "14.03.2025 10:00:01"]), told("03-14"));
    assert_eq!(run(["2025/03/04 10:00:00.000", "2025/03/04 10:00:01.000"]), told("03-04"));
    // What nobody can read says nothing of when, and counts all the same.
    assert_eq!(run(["Fri at ten", "a little later"]), (2, None, None, Some(500.0)));
}

#[test]
fn k6_is_told_what_to_write() {
    let points = "{\"type\":\"Metric\",\"data\":{\"name\":\"http_reqs\"},\"metric\":\"http_reqs\"}\n\
        {\"metric\":\"http_reqs\",\"type\":\"Point\",\"data\":{\"value\":1}}\n";
    for text in [points, points.lines().next().unwrap()] {
        assert!(read(text.as_bytes()).unwrap_err().to_string().contains("take what --summary-export writes"));
    }
    assert!(read(b"{\"metrics\":{}}\n{}").unwrap_err().to_string().starts_with("JSON: trailing characters"));
}

#[test]
fn gatling_log_and_stats() {
    let log = "RUN\tsim.Basic\tbasic\t1700000000000\t \t3.9.5\nUSER\tscn\tSTART\t1700000000001\n\
        REQUEST\t\tpay\t1700000000000\t1700000000100\tOK\t \nREQUEST\tgroup\tpay\t1700000001700\t1700000002000\tKO\tstatus 500\n";
    let a = ok(log);
    assert_eq!((a.source, a.requests, a.failed, a.duration_s, a.mean_ms), (Source::Gatling, 2, Some(1), Some(2.0), Some(200.0)));
    let older = "REQUEST\t1\t\tpay\t1700000000000\t1700000000100\tOK\t\n";
    assert_eq!(ok(older).max_ms, Some(100.0));
    let stats = r#"{"type":"GROUP","name":"All Requests","stats":{"name":"All Requests","numberOfRequests":{"total":"200","ok":"190","ko":"10"},
        "minResponseTime":{"total":"3"},"maxResponseTime":{"total":"900"},"meanResponseTime":{"total":"42"},"percentiles1":{"total":"30"},
        "percentiles2":{"total":"50"},"percentiles3":{"total":"120"},"percentiles4":{"total":"700"},"meanNumberOfRequestsPerSecond":{"total":"20.0"}},"contents":{}}"#;
    let b = ok(stats);
    assert_eq!((b.requests, b.failed, b.rate, b.quantile(99.0), b.duration_s), (200, Some(10), Some(20.0), Some(700.0), Some(10.0)));
}

#[test]
fn oha_wrk_and_locust() {
    let oha = r#"{"summary":{"successRate":0.99,"total":10.0,"slowest":0.25,"fastest":0.001,"average":0.0125,"requestsPerSec":100.0},
        "latencyPercentiles":{"p50":0.01,"p99":0.1,"p99.9":0.2},"statusCodeDistribution":{"200":980,"503":10},"errorDistribution":{"timeout":10}}"#;
    let a = ok(oha);
    assert_eq!((a.source, a.requests, a.failed, a.rate, a.quantile(99.9)), (Source::Oha, 1_000, Some(20), Some(100.0), Some(200.0)));
    // With `-z`, what was under way at the end is cut off: neither a failure nor a request that ended.
    let cut_off = ok(&oha.replace("\"timeout\":10", "\"timeout\":10,\"aborted due to deadline\":50"));
    assert_eq!(cut_off, a);
    let nothing = r#"{"summary":{"requestsPerSec":0.0},"latencyPercentiles":{},"statusCodeDistribution":{},"errorDistribution":{"aborted due to deadline":50}}"#;
    assert!(read(nothing.as_bytes()).is_err());
    let wrk = "Running 30s test @ http://127.0.0.1:80/index.html\n  2 threads and 100 connections\n  Thread calibration: mean lat.: 9747 usec\n\
        \x20 Thread Stats   Avg      Stdev     Max   +/- Stdev\n    Latency     6.33ms    2.59ms  12.64ms   61.00%\n    Req/Sec     1.06k   174.64     1.11k    92.22%\n\
        \x20 Latency Distribution (HdrHistogram - Recorded Latency)\n 50.000%    6.67ms\n 99.000%  850.00us\n100.000%   12.65ms\n\n\
        \x20 60018 requests in 30.00s, 19.81MB read\n  Socket errors: connect 0, read 0, write 0, timeout 3\n  Non-2xx or 3xx responses: 7\nRequests/sec:   2000.28\n";
    let b = ok(wrk);
    assert_eq!((b.source, b.requests, b.failed, b.duration_s, b.rate), (Source::Wrk, 60_018, Some(10), Some(30.0), Some(2_000.28)));
    assert_eq!((b.quantile(50.0), b.quantile(99.0), b.mean_ms), (Some(6.67), Some(0.85), Some(6.33)));
    // wrk2 counts whoever waits for ten seconds for its turn as timed out, again and again, and so it does what hangs.
    let shown = |requests: &str, connections: &str, errors: &str, rate: &str| {
        let text = wrk.replace("60018 requests", requests).replace("100 connections", connections).replace("timeout 3", errors);
        let one = ok(&text.replace("2000.28", rate).replace("responses: 7", "responses: 0"));
        (one.requests, one.failed)
    };
    assert_eq!(shown("300 requests", "100 connections", "timeout 1500", "10.00"), (300, None));
    assert_eq!(shown("300 requests", "100 connections", "timeout 0", "10.00"), (300, Some(0)));
    assert_eq!(shown("90 requests", "2 connections", "timeout 28", "3.00"), (90, Some(2)));
    assert_eq!(shown("5 requests", "2 connections", "timeout 0", "3.00"), (5, Some(0)));
    assert_eq!(ok(&wrk.replace("60018 requests", "50 requests").replace("connect 0", "connect 9000")).failed, Some(50));
    assert!(read(wrk.replace("60018 requests", "0 requests").as_bytes()).is_err());
    let locust = "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,99%,100%\n\
        GET,/,40,1,5,6.5,1,90,10,4.0,0.1,5,6,80,90\n,Aggregated,100,2,7,8.5,1,95,10,10.0,0.2,7,8,85,95\n";
    let c = ok(locust);
    assert_eq!(
        (c.source, c.requests, c.failed, c.rate, c.quantile(99.0), c.max_ms),
        (Source::Locust, 100, Some(2), Some(10.0), Some(85.0), Some(95.0))
    );
    let own = r#"{"tool":"evenkeel load","requests":10,"failed":1,"duration_s":2.0,"rate":5.0,"latency_ms":{"min":1,"mean":2,"p50":2,"p99.9":9,"max":9}}"#;
    let d = ok(own);
    assert_eq!((d.source, d.requests, d.failed, d.quantile(99.9), d.max_ms), (Source::Evenkeel, 10, Some(1), Some(9.0), Some(9.0)));
    for text in ["", "hello", "{}", "[1]", "<html/>", "a,b\n1,2", "{\"metrics\":"] {
        assert!(read(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn files_as_the_tools_wrote_them() {
    // JMeter 2.13 without a screen: no header, nine columns and three more, the label with a comma.
    let jtl = "1795894717078,89,\"pay, bad\",200,OK,users 1-3,,true,113,3,3,89\n\
        1795894717078,92,\"pay, bad\",500,Internal Server Error,users 1-1,,false,132,3,3,92\n\
        1795894717076,94,\"pay, bad\",200,OK,users 1-2,,true,113,3,3,94\n";
    let a = ok(jtl);
    assert_eq!((a.requests, a.failed, a.began_at, a.max_ms), (3, Some(1), Some(Timestamp(1_795_894_717_076)), Some(94.0)));
    // Locust 2.47, `--csv` and `--json` of one run; its own report said 231 requests, 29 failed, 10 12 15 16 72 100 ms.
    let csv = "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%\n\
        GET,/bad,47,26,10,11.941038574462333,3.333106000013686,81.33622499997273,2.0,15.77050734156476,8.724110444269867,10,11,12,12,13,15,81,81,81,81,81\n\
        GET,/pay,145,0,10,10.714030344833786,2.1995970000716625,71.97744600000533,2.0,48.65369286227426,0.0,10,12,13,14,15,16,25,66,72,72,72\n\
        ,Aggregated,192,26,10,11.014391734378274,2.1995970000716625,81.33622499997273,2.0,64.42420020383902,8.724110444269867,10,11,12,13,15,16,66,72,81,81,81\n";
    let b = ok(csv);
    assert_eq!((b.requests, b.failed, b.quantile(99.0), b.quantile(99.9), b.began_at), (192, Some(26), Some(72.0), Some(81.0), None));
    let json = r#"[{"name":"/bad","method":"GET","last_request_timestamp":1795894615.7952795,"start_time":1795894612.217713,"num_requests":53,
        "num_none_requests":0,"num_failures":29,"total_response_time":705.6520239996189,"max_response_time":99.87271399995734,"min_response_time":3.0003430000533626,
        "response_times":{"68":1,"81":1,"10":4,"9":4,"12":7,"11":9,"15":2,"4":3,"8":7,"5":2,"3":3,"13":3,"7":1,"6":5,"100":1}},
        {"name":"/pay","method":"GET","last_request_timestamp":1795894615.6961925,"start_time":1795894612.220973,"num_requests":178,
        "num_none_requests":0,"num_failures":0,"total_response_time":1788.767115000951,"max_response_time":71.97744600000533,"min_response_time":2.0584580000786445,
        "response_times":{"66":1,"72":1,"9":14,"10":21,"12":13,"11":17,"15":6,"3":9,"4":16,"16":5,"6":12,"14":11,"13":10,"5":12,"21":1,"23":1,"8":13,"7":8,"2":3,"25":1,"17":2,"24":1}}]"#;
    let c = ok(json);
    assert_eq!((c.source, c.requests, c.failed, c.began_at), (Source::Locust, 231, Some(29), Some(Timestamp(1_795_894_612_218))));
    let shown = [50.0, 75.0, 90.0, 95.0, 99.0, 99.9].map(|percent| c.quantile(percent).unwrap());
    assert_eq!(shown, [10.0, 12.0, 15.0, 16.0, 72.0, 100.0]);
    // Six of ten were not timed: Locust says 0 of the median, which nobody measured, and 10 30 30 ms of the rest.
    let untimed = r#"[{"name":"/","start_time":1.0,"last_request_timestamp":3.0,"num_requests":10,"num_none_requests":6,"num_failures":0,
        "total_response_time":70,"response_times":{"10":2,"20":1,"30":1}}]"#;
    let shown = [50.0, 75.0, 90.0, 99.0].map(|percent| ok(untimed).quantile(percent));
    assert_eq!((shown, ok(untimed).mean_ms), ([None, Some(10.0), Some(30.0), Some(30.0)], Some(17.5)));
    // wrk 4.1.
    let wrk = "Running 2s test @ http://127.0.0.1:18099/bad\n  1 threads and 4 connections\n  Thread Stats   Avg      Stdev     Max   +/- Stdev\n\
        \x20   Latency    48.67ms    7.07ms  59.93ms   85.89%\n    Req/Sec    81.50      6.71   100.00     70.00%\n  Latency Distribution\n\
        \x20    50%   48.03ms\n     75%   52.00ms\n     90%   55.93ms\n     99%   56.05ms\n  163 requests in 2.00s, 20.00KB read\n\
        \x20 Non-2xx or 3xx responses: 85\nRequests/sec:     81.42\nTransfer/sec:      9.99KB\n";
    let d = ok(wrk);
    assert_eq!((d.requests, d.failed, d.rate, d.quantile(99.0), d.max_ms), (163, Some(85), Some(81.42), Some(56.05), Some(59.93)));
}

#[test]
fn failures_that_nobody_tells_are_unknown() {
    let k6 = r#"{"metrics":{"http_reqs":{"count":100,"rate":50},"http_req_duration":{"avg":5,"p(99)":9}}}"#;
    assert_eq!((ok(k6).failed, ok(k6).failing()), (None, None));
    let stats = r#"{"stats":{"numberOfRequests":{"total":200},"percentiles4":{"total":700},"meanNumberOfRequestsPerSecond":{"total":20}}}"#;
    assert_eq!(ok(stats).failed, None);
    let silent = vec![Reading { failed: None, ..run(100.0, 500.0) }; 5];
    let judged = compare(&vec![run(100.0, 500.0); 5], &silent, Limits::default());
    assert_eq!((judged.outcome, judged.reason.as_str()), (Outcome::Invalid, "a run does not say how many requests failed"));
}

#[test]
fn runs_have_to_take_turns_under_the_same_load() {
    let side = |begins: [i64; 5], offered: Option<f64>, factor: f64, rate: f64| -> Vec<Reading> {
        let noise = [0.98, 1.01, 1.0, 1.02, 0.99];
        let one = |(begin, noise)| Reading { began_at: Some(Timestamp(begin)), offered, ..run(100.0 * noise * factor, rate) };
        begins.into_iter().zip(noise).map(one).collect()
    };
    let judge = |a: &[Reading], b: &[Reading]| {
        let judged = compare(a, b, Limits::default());
        (judged.outcome, judged.reason, judged.warnings.len())
    };
    let base = side([0, 3, 4, 7, 8], Some(500.0), 1.0, 500.0);
    let turns = side([1, 2, 5, 6, 9], Some(500.0), 1.0, 500.0);
    assert_eq!((judge(&base, &turns).0, judge(&base, &turns).2), (Outcome::Passed, 0));
    let after = judge(&base, &side([10, 11, 12, 13, 14], Some(500.0), 1.0, 500.0));
    assert_eq!(after.0, Outcome::Invalid);
    assert!(after.1.contains("all runs of the baseline lie before"), "{}", after.1);
    let before = judge(&base, &side([-5, -4, -3, -2, -1], None, 1.0, 500.0));
    assert!(before.0 == Outcome::Invalid && before.1.contains("all runs of the candidate lie before"), "{}", before.1);
    let between = judge(&base, &side([-2, -1, 9, 10, 11], None, 1.0, 500.0));
    assert!(between.0 == Outcome::Invalid && between.1.contains("changed 2 times"), "{}", between.1);
    let at_once = judge(&base, &side([0, 1, 4, 7, 8], Some(500.0), 1.05, 500.0));
    assert_ne!(at_once.0, Outcome::Invalid, "{}", at_once.1);
    let half = judge(&base, &side([1, 2, 5, 6, 9], Some(400.0), 1.0, 400.0));
    assert!(half.0 == Outcome::Invalid && half.1.contains("the load differs: 400.0 to 500.0"), "{}", half.1);
    let twice = judge(&base, &vec![base[0].clone(); 5]);
    assert!(twice.0 == Outcome::Invalid && twice.1.contains("twice"), "{}", twice.1);
    // Where nobody says what was offered: slower under more load is no proof, and slower alone is.
    let (more, slow) = (side([1, 2, 5, 6, 9], None, 1.5, 700.0), side([1, 2, 5, 6, 9], None, 1.5, 500.0));
    assert_eq!((judge(&base, &more).0, judge(&base, &slow).0), (Outcome::Invalid, Outcome::Regressed));
    let timeless = |mean: f64| [0.1, 0.2, 0.3, 0.4, 0.5].map(|more| Reading { mean_ms: Some(mean + more), ..run(100.0, 500.0) });
    let no_times = judge(&timeless(20.0), &timeless(30.0));
    assert_eq!((no_times.0, no_times.2), (Outcome::Passed, 2), "{}", no_times.1);
    // Of files that do not say when, too: within a side and across, wherever they are said to be of.
    let copied = judge(&timeless(20.0), &vec![run(90.0, 500.0); 5]);
    assert!(copied.0 == Outcome::Invalid && copied.1.contains("twice"), "{}", copied.1);
    let facts = Facts::from([("cpu".to_owned(), "8".to_owned())]);
    let both = judge(&timeless(20.0), &timeless(20.0).map(|run| Reading { facts: facts.clone(), ..run }));
    assert!(both.0 == Outcome::Invalid && both.1.contains("twice"), "{}", both.1);
}

fn run(p99: f64, rate: f64) -> Reading {
    Reading { quantiles: vec![(99.0, p99)], rate: Some(rate), ..Reading::of(Source::K6, 1_000, Some(0)) }
}

#[test]
fn runs_that_took_turns_are_judged() {
    let runs = |factor: f64, rate: f64| [0.98, 1.01, 1.0, 1.02, 0.99].map(|noise| run(100.0 * noise * factor, rate)).to_vec();
    // Other runs, however alike.
    let judge = |mut candidate: Vec<Reading>| {
        candidate.iter_mut().for_each(|run| run.mean_ms = Some(50.0));
        compare(&runs(1.0, 500.0), &candidate, Limits::default())
    };
    assert_eq!(judge(runs(1.0, 500.0)).outcome, Outcome::Passed);
    let slower = judge(runs(1.4, 500.0));
    assert_eq!(slower.outcome, Outcome::Regressed, "{}", slower.reason);
    assert_eq!(judge(runs(1.1, 500.0)).outcome, Outcome::Inconclusive);
    assert_eq!(judge(runs(1.0, 400.0)).outcome, Outcome::Regressed);
    assert_eq!(judge(runs(1.0, 500.0)[..4].to_vec()).outcome, Outcome::Invalid);
    let mut failing = runs(1.0, 500.0);
    failing.iter_mut().for_each(|run| run.failed = Some(50));
    assert_eq!(judge(failing.clone()).outcome, Outcome::Regressed);
    assert_eq!(compare(&failing, &runs(1.0, 500.0), Limits::default()).outcome, Outcome::Invalid);
}

#[test]
fn every_reason_stands_in_both_languages() {
    let source = include_str!("why.rs");
    let keys: Vec<&str> = source.split('"').filter(|text| text.starts_with("evidence-")).collect();
    assert_eq!(keys.len(), 22);
    for (language, said) in
        [("en", include_str!("../../../locales/en/evidence.ftl")), ("zh-CN", include_str!("../../../locales/zh-CN/evidence.ftl"))]
    {
        for key in &keys {
            assert!(said.lines().any(|line| line.split(" = ").next() == Some(*key)), "{language}: {key}");
        }
    }
    // What a run of k6 lacks as it comes is told with how to have it.
    let mut bare = vec![run(100.0, 500.0); 5];
    bare[2].quantiles.clear();
    let judged = compare(&vec![run(100.0, 500.0); 5], &bare, Limits::default());
    assert!(judged.reason.starts_with("run 3 of the candidate says no 99th percentile: k6 writes it"), "{}", judged.reason);
    assert_eq!((judged.why.key, judged.open.len()), ("evidence-why-no-p99-k6", judged.warnings.len()));
}
