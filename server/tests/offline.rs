//! Commands that need no portal: `evenkeel verify`, `quiet`, `evidence`, `load`, and which series `forecast` sees.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use serde_json::Value;

pub(crate) struct Files(PathBuf);

impl Files {
    pub(crate) fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("evenkeel-offline-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn evenkeel(command: &str, files: &[&Path], more: &[&str]) -> (i32, Value, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_evenkeel")).arg(command).args(files).args(more).output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    let value = serde_json::from_str(&out).unwrap_or(Value::Null);
    (output.status.code().unwrap(), value, format!("{out}{}", String::from_utf8_lossy(&output.stderr)))
}

fn minutes(failed: impl Fn(usize) -> usize) -> String {
    let rows: String = (0..60).map(|i| format!("2025-03-14T05:{i:02}:00Z,2000,{},{}\n", failed(i), 100 + i % 7)).collect();
    format!("timestamp,total,failed,p95_ms\n{rows}")
}

#[test]
fn a_series_of_two_columns_is_named_by_both() {
    let files = Files::new("series");
    let lines = ["L1", "L2"].iter().flat_map(|link| ["web", "app"].iter().map(move |channel| (link, channel)));
    let row = |day: u32| lines.clone().map(move |(link, channel)| format!("2025-03-{day:02},{link},{channel},{day}\n"));
    let rows: String = (1..=9).flat_map(row).collect();
    let file = files.write("links.csv", &format!("date,link,channel,value\n{rows}"));
    let names = |more: &[&str]| -> Vec<String> {
        let (code, _, said) = evenkeel("forecast", &[&file], &[&["--horizon", "1"][..], more].concat());
        assert_eq!(code, 0, "{said}");
        let all = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        all.map(|one| one["series"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&[]), ["L1 / web", "L1 / app", "L2 / web", "L2 / app"]);
    assert_eq!(names(&["--series", "channel,link"]), ["web / L1", "app / L1", "web / L2", "app / L2"]);
    assert_eq!(names(&["--series", "3"]), ["web", "app"]);
    let (code, _, said) = evenkeel("anomalies", &[&file], &["--series", "link,shop"]);
    assert!(code == 1 && said.contains("no column \\\"shop\\\" tells series apart"), "{said}");
}

#[test]
fn verify_says_pass_fail_inconclusive_and_what_it_could_not_read() {
    let files = Files::new("verify");
    let (base, same, bad) =
        (files.write("a", &minutes(|i| i % 2)), files.write("b", &minutes(|i| (i + 1) % 2)), files.write("c", &minutes(|_| 6)));
    let (code, value, _) = evenkeel("verify", &[&base, &same], &["--format", "json"]);
    assert_eq!((code, &value["verdict"]), (0, &Value::from("PASS")), "{value}");
    assert_eq!(value["metrics"][0]["name"], "failure_rate");
    assert_eq!(value["metrics"][0]["n_baseline"], 120_000);
    let (code, value, _) = evenkeel("verify", &[&base, &bad], &["--format=json"]);
    assert_eq!((code, &value["verdict"]), (1, &Value::from("FAIL")));
    assert_eq!(value["metrics"][0]["verdict"], "FAIL");
    assert!(value["metrics"][0]["interval"][0].as_f64().unwrap() > 0.0);
    let few = files.write("d", "timestamp,total,failed,p95_ms\n2025-03-14T05:00:00Z,20,0,100\n");
    let (code, _, said) = evenkeel("verify", &[&base, &few], &[]);
    assert_eq!(code, 3, "{said}");
    assert!(said.starts_with("INCONCLUSIVE: "), "{said}");
    let missing = files.0.join("none");
    assert_eq!(evenkeel("verify", &[&base, &missing], &[]).0, 2);
    assert_eq!(evenkeel("verify", &[&base, &same], &["--margin", "much"]).0, 2);
    let wrong = files.write("e", "total,failed\n5,9\n");
    let (code, _, said) = evenkeel("verify", &[&base, &wrong], &[]);
    assert_eq!(code, 2);
    assert!(said.contains("candidate, row 1: 9 of 5 failed"), "{said}");
    let (points, other) = (files.write("f", "50;x\n51;x\n50;x\n51;x\n50;x\n51;x\n"), files.write("g", "50\n51\n50\n51\n50\n51\n"));
    let (code, _, said) = evenkeel("verify", &[&other, &other], &[]);
    assert!(code == 0 && said.contains("whether the sides took turns or one came after the other is not known"), "{said}");
    assert_eq!(evenkeel("verify", &[&points, &points], &[]).0, 0);
}

#[test]
fn verify_counts_a_status_that_only_the_candidate_has() {
    let files = Files::new("statuses");
    let side = |name: &str, header: &str, bad: &dyn Fn(usize) -> String| {
        let rows: String = (0..60).map(|i| format!("2025-03-14T05:{i:02}:00Z,{}{}\n", 2_000 + i % 7, bad(i))).collect();
        files.write(name, &format!("timestamp,status_200{header}\n{rows}"))
    };
    let base = side("a", "", &|_| String::new());
    let (many, few) = (side("b", ",status_500", &|_| ",80".into()), side("c", ",status_500", &|i| format!(",{}", usize::from(i == 7))));
    for (one, other, wanted, verdict) in [(&base, &many, 1, "FAIL"), (&base, &few, 0, "PASS"), (&few, &base, 3, "INCONCLUSIVE")] {
        let (code, value, _) = evenkeel("verify", &[one, other], &["--format", "json"]);
        assert_eq!((code, &value["verdict"]), (wanted, &Value::from(verdict)), "{value}");
        assert_eq!(value.to_string().contains("with how often they are there: status_500 ("), wanted != 3, "{value}");
    }
}

#[test]
fn verify_reads_columns_as_their_names_and_cells_say() {
    let files = Files::new("columns");
    let rows = |row: &dyn Fn(usize) -> String| (0..60).map(|i| format!("2025/03/14 05:{i:02},{}\n", row(i))).collect::<String>();
    let shares =
        |share: f64| format!("Time,success_rate,Throughput\n{}", rows(&|i| format!("{},{}", share - 1e-5 * (i % 7) as f64, 900 + i % 9)));
    let (base, worse) = (files.write("a", &shares(0.9995)), files.write("b", &shares(0.9)));
    assert_eq!(evenkeel("verify", &[&base, &base], &[]).0, 0);
    let (code, _, said) = evenkeel("verify", &[&base, &worse], &[]);
    assert_eq!(code, 1, "{said}");
    assert_eq!(evenkeel("verify", &[&worse, &base], &[]).0, 0, "a better one passes");
    assert_eq!(evenkeel("verify", &[&base, &worse], &["--lower-is-better", "success_rate"]).0, 0);
    // Thousands in quotes, and what is not judged.
    let counts =
        |failed: usize| format!("Time,requests,failed requests,host\n{}", rows(&|i| format!("\"2,{:03}\",{failed},web", i * 7 % 50)));
    let (base, worse) = (files.write("c", &counts(2)), files.write("d", &counts(20)));
    let (code, value, said) = evenkeel("verify", &[&base, &worse], &["--format", "json"]);
    assert_eq!(code, 1, "{said}");
    assert_eq!(value["metrics"][0]["n_baseline"], (0..60).map(|i| 2_000 + i * 7 % 50).sum::<usize>());
    assert_eq!(value["left_out"][0]["column"], "host");
}

#[test]
fn verify_reads_tables_as_dashboards_export_them() {
    let files = Files::new("dashboards");
    let side =
        |row: &dyn Fn(usize) -> String| (0..60).map(|i| row(i).replace("@", &format!("2026-05-01 05:{i:02}:00"))).collect::<String>();
    let verify = |before: &Path, after: &Path, more: &[&str]| {
        let (code, value, said) = evenkeel("verify", &[before, after], &[&["--format", "json"][..], more].concat());
        let names: Vec<String> =
            value["metrics"].as_array().into_iter().flatten().map(|metric| format!("{}: {}", metric["name"], metric["verdict"])).collect();
        (code, names.join(", ").replace('"', ""), said)
    };
    // Units, and thousands in quotes before one.
    let export = |name: &str, base: usize| {
        files.write(name, &format!("Time,p99\n{}", side(&|i| format!("@,\"{},{:03} ms\"\n", base / 1_000, base % 1_000 + i % 9))))
    };
    let (fast, slow) = (export("a", 1_200), export("b", 3_600));
    let (code, names, said) = verify(&fast, &slow, &[]);
    assert!(code == 1 && names == "p99: FAIL" && said.contains("p99: times with a unit, read in milliseconds"), "{said}");
    assert_eq!(verify(&fast, &fast, &[]).0, 0);
    assert_eq!(verify(&fast, &slow, &["--margin", "p99=5000"]).0, 0, "in milliseconds");
    // A row for each route; what is given for a metric is given for all of them.
    let routes = |name: &str, pay: usize| {
        let row = |i: usize| format!("@,pay,{}\n@,report,{}\n", pay + i % 3, 900 + i * 7 % 20);
        files.write(name, &format!("time,route,p99_ms\n{}", side(&row)))
    };
    let (fast, slow) = (routes("c", 20), routes("d", 30));
    let (code, names, said) = verify(&fast, &slow, &[]);
    assert_eq!((code, names.as_str()), (1, "p99_ms{pay}: FAIL, p99_ms{report}: PASS"), "{said}");
    assert_eq!(verify(&fast, &slow, &["--margin", "p99_ms=50"]).0, 0);
    assert_eq!(verify(&fast, &slow, &["--higher-is-better", "p99_ms"]).0, 0);
    assert_eq!(verify(&fast, &slow, &["--margin", "P99_MS=50", "--margin", "p99_ms{pay}=1"]).0, 1);
    // A name that does not say which way is better.
    let plain = |name: &str, level: usize| files.write(name, &format!("time,foo\n{}", side(&|i| format!("@,{}\n", level + i % 5))));
    let (low, high) = (plain("e", 100), plain("f", 200));
    let unsaid = "foo: no name says whether more is better";
    let (code, _, said) = verify(&low, &high, &[]);
    assert!(code == 1 && said.contains(unsaid), "{said}");
    let (code, _, said) = verify(&low, &high, &["--higher-is-better", "foo"]);
    assert!(code == 0 && !said.contains(unsaid), "{said}");
    let orders = files.write("g", &format!("time,orders\n{}", side(&|i| format!("@,{}\n", 100 + i % 5))));
    let (code, _, said) = verify(&orders, &orders, &[]);
    assert!(code == 2 && said.contains("no column can be judged; orders: more or less of everything"), "{said}");
}

fn volume(days: i64) -> String {
    let hour = 3_600;
    let rows: String = (0..days * 24)
        .map(|i| {
            let quiet = (i % 24 - 4).abs().min(24 - (i % 24 - 4).abs());
            format!("{},{}\n", 1_735_689_600 + i * hour, 200 + quiet * quiet * 50 + i % 5)
        })
        .collect();
    format!("timestamp,value\n{rows}")
}

#[test]
fn quiet_names_windows_and_says_where_it_cannot() {
    let files = Files::new("quiet");
    let enough = files.write("a.csv", &volume(35));
    let (code, value, said) = evenkeel("quiet", &[&enough], &["--duration", "2h", "--zone", "Asia/Shanghai"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(value["windows"].as_array().unwrap().len(), 3);
    assert!(value["windows"][0]["start"].as_str().unwrap().ends_with("+08:00"));
    let start = value["windows"][0]["start_utc"].as_str().unwrap();
    assert!(start.starts_with("2025-02-") && (start.contains("T03:") || start.contains("T04:")), "{start}");
    assert!(value["backtest"]["mean"].as_f64().unwrap() <= 1.10);
    let short = files.write("b.csv", &volume(20));
    let (code, value, _) = evenkeel("quiet", &[&short], &["--duration", "2h"]);
    assert_eq!((code, &value["verdict"]), (3, &Value::from("too_short")));
    let none = files.write("c.csv", "timestamp,value\n");
    assert_eq!(evenkeel("quiet", &[&none], &["--duration", "2h"]).1["verdict"], "no_volume");
    assert_eq!(evenkeel("quiet", &[&enough], &["--duration", "soon"]).0, 2);
    // The same history as others write it: numbers of rows before it, moments with slashes, thousands in quotes.
    let others: String = (0..35 * 24)
        .map(|i| {
            let quiet = (i % 24 - 4_i64).abs().min(24 - (i % 24 - 4).abs());
            let count = 1_200 + quiet * quiet * 50 + i % 5;
            let (day, month) = if i / 24 < 31 { (i / 24 + 1, 1) } else { (i / 24 - 30, 2) };
            format!("{i},2025/{month:02}/{day:02} {:02}:00,\"{},{:03}\"\n", i % 24, count / 1_000, count % 1_000)
        })
        .collect();
    let others = files.write("e.csv", &format!(",Start of hour,tps\n{others}"));
    let (code, value, said) = evenkeel("quiet", &[&others], &["--duration", "2h"]);
    assert_eq!((code, &value["column"], &value["step_s"]), (0, &Value::from("tps"), &Value::from(3_600)), "{said}");
    let start = value["windows"][0]["start_utc"].as_str().unwrap();
    assert!(start.contains("T03:") || start.contains("T04:"), "{start}");
    let daily: String = (1..=31).map(|day| format!("2025-01-{day:02},{}\n", 5_000 + day % 7 * 300)).collect();
    let daily = files.write("f.csv", &format!("date,count\n{daily}"));
    let (code, value, _) = evenkeel("quiet", &[&daily], &["--duration", "2h"]);
    assert_eq!((code, &value["verdict"]), (3, &Value::from("too_coarse")));
    let days = files.write("d.txt", "2025-02-05\n2025-02-06\n");
    let days = days.to_str().unwrap();
    let (code, value, _) =
        evenkeel("quiet", &[&enough], &["--duration", "90m", "--count", "5", "--busy-hours", "00:00-12:00", "--holidays", days]);
    assert_eq!(code, 0);
    for window in value["windows"].as_array().unwrap() {
        let start = window["start_utc"].as_str().unwrap();
        assert!(&start[11..13] >= "12" && !start.starts_with("2025-02-05") && !start.starts_with("2025-02-06"), "{start}");
    }
}

#[test]
fn evidence_says_what_was_measured_and_compares_runs() {
    let files = Files::new("evidence");
    let runs = |name: &str, mean: u32, p99: u32| -> Vec<PathBuf> {
        let text = |i: u32| {
            let p99 = p99 + i;
            format!(
                r#"{{"metrics":{{"http_reqs":{{"count":100,"rate":50}},"http_req_failed":{{"passes":1}},"http_req_duration":{{"avg":{mean},"p(99)":{p99}}}}}}}"#
            )
        };
        (0..5).map(|i| files.write(&format!("{name}{i}"), &text(i))).collect()
    };
    let (fast, again, slow) = (runs("fast", 5, 100), runs("again", 6, 100), runs("slow", 5, 150));
    let (code, value, _) = evenkeel("evidence", &[&fast[0]], &[]);
    assert_eq!((code, &value["requests"], &value["quantiles_ms"]["p99"]), (0, &Value::from(100), &Value::from(100.0)));
    let compare = |base: &[PathBuf], candidate: &[PathBuf]| {
        let base: Vec<&Path> = base.iter().map(PathBuf::as_path).collect();
        let candidate = candidate.iter().map(|path| path.to_str().unwrap());
        let more: Vec<&str> = std::iter::once("--candidate").chain(candidate).collect();
        let (code, _, said) = evenkeel("evidence", &base, &more);
        let last: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
        (code, last["verdict"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(compare(&fast, &again), (0, "passed".to_owned()));
    assert_eq!(compare(&fast, &fast), (3, "invalid".to_owned()), "the same files twice");
    assert_eq!(compare(&fast, &vec![again[0].clone(); 5]), (3, "invalid".to_owned()), "one run five times");
    assert_eq!(compare(&fast, &slow), (1, "regressed".to_owned()));
    assert_eq!(compare(&fast[..3], &slow), (3, "invalid".to_owned()));
    let none = files.write("none", "hello");
    // Whether it reads or not, the line names the file by its hash.
    let (code, value, _) = evenkeel("evidence", &[&none], &[]);
    let hash = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    assert_eq!((code, value["sha256"].as_str(), value["bytes"].as_i64()), (2, Some(hash), Some(5)));
    // What the files leave open, and that the sides were measured at different places, stands beside the verdict.
    let paths: Vec<&Path> = fast.iter().map(PathBuf::as_path).collect();
    let facts = ["--fact", "cpu=4", "--candidate-fact", "cpu=8", "--candidate"].into_iter().map(str::to_owned);
    let more: Vec<String> = facts.chain(again.iter().map(|path| path.display().to_string())).collect();
    let (code, _, said) = evenkeel("evidence", &paths, &more.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(code, 0, "{said}");
    for warning in ["whether the sides took turns is not known", "different environments: cpu 4 / 8"] {
        assert!(said.lines().last().unwrap().contains(warning), "{said}");
    }
    assert_eq!(evenkeel("evidence", &[&fast[0]], &["--fact", "cpu"]).0, 2);
}

/// Answers every request; the one of this path only after so long.
fn server(slow: &'static str, stall: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            stream.set_nodelay(true).unwrap();
            std::thread::spawn(move || {
                let mut answers = stream.try_clone().unwrap();
                let mut head = String::new();
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    if !line.is_empty() {
                        head.push_str(&line);
                        continue;
                    }
                    if head.contains(slow) {
                        std::thread::sleep(stall);
                    }
                    let status = if head.contains("/bad") { "500 Oh" } else { "200 OK" };
                    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\nok");
                    if answers.write_all(answer.as_bytes()).is_err() {
                        return;
                    }
                    head.clear();
                }
            });
        }
    });
    url
}

#[test]
fn load_is_open_and_counts_what_waits() {
    let files = Files::new("load");
    let url = server("/n/20 ", Duration::from_millis(500));
    let script =
        files.write("a.yaml", &format!("base: {url}\nrate: 100\nduration: 1s\nconnections: 1\nrequests: [{{ path: '/n/{{{{n}}}}' }}]\n"));
    let (code, value, said) = evenkeel("load", &[&script], &["--format", "json"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!((&value["requests"], &value["failed"], &value["codes"]["200"]), (&Value::from(100), &Value::from(0), &Value::from(100)));
    // Half a second in which fifty were due: all of them waited, though only one was slow.
    assert!(value["latency_ms"]["p75"].as_f64().unwrap() > 100.0, "{said}");
    assert!(value["service_ms"]["p75"].as_f64().unwrap() < 100.0, "{said}");
    let read = files.write("report.json", &said);
    assert_eq!(evenkeel("evidence", &[&read], &[]).1["source"], "evenkeel");
    let (code, value, _) =
        evenkeel("load", &[], &["--url", &format!("{url}/bad"), "--rate", "50", "--duration", "500ms", "--format", "json"]);
    assert_eq!((code, &value["failed"], &value["codes"]["500"]), (0, &Value::from(25), &Value::from(25)));
    let (code, _, said) = evenkeel("load", &[&script], &["--rate", "0"]);
    assert_eq!(code, 2);
    assert!(said.contains("rate"), "{said}");
    assert_eq!(evenkeel("load", &[], &["--url", "http://127.0.0.1:1", "--timeout", "1s"]).0, 2);
    let unknown = files.write("b.yaml", "base: http://a\nrates: 5\n");
    assert_eq!(evenkeel("load", &[&unknown], &[]).0, 2);
}
