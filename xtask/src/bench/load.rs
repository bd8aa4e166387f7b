//! The load runner beside another that knows an open load: the same server, the same rate, one after the other.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::Command,
    time::Duration,
};

use serde_json::Value;

use super::ground::children_s;
use crate::shell::{Done, build_server, has, output};

/// How long each is under load.
const SECONDS: f64 = 10.0;

/// Rates held, and quantiles beside those of oha where it is installed (`cargo install oha`).
pub fn run() -> Done {
    let binary = build_server(true)?;
    println!("{:<28}{:>10}{:>10}{:>10}{:>10}{:>10}{:>14}", "", "wanted", "held", "p50 ms", "p95 ms", "p99 ms", "req/s a core");
    let (quick, thinking) = (serve(Duration::ZERO)?, serve(Duration::from_millis(5))?);
    for (name, url, rate) in
        [("answers at once", &quick, 20_000), ("answers at once", &quick, 30_000), ("answers after 5 ms", &thinking, 2_000)]
    {
        let (own, used) = costing(|| measured(&binary, url, rate))?;
        let figure = |value: &Value, place: &str| value.pointer(place).and_then(Value::as_f64).unwrap_or(f64::NAN);
        let latency = ["p50", "p95", "p99"].map(|quantile| figure(&own, &format!("/latency_ms/{quantile}")));
        line(name, "evenkeel", rate, (figure(&own, "/rate"), used), latency);
        if !has("oha") {
            continue;
        }
        let rate_text = rate.to_string();
        let options = ["--no-tui", "-z", "10s", "-c", "64", "-q", &rate_text, "--latency-correction", "--output-format", "json", url];
        let (text, used) = costing(|| output(Command::new("oha").args(options)))?;
        let other: Value = serde_json::from_str(&text).map_err(|error| format!("oha: {error}"))?;
        let latency = ["p50", "p95", "p99"].map(|quantile| figure(&other, &format!("/latencyPercentiles/{quantile}")) * 1e3);
        line(name, "oha", rate, (figure(&other, "/summary/requestsPerSec"), used), latency);
    }
    if !has("oha") {
        println!("oha left out: not installed (cargo install oha)");
    }
    Ok(())
}

/// What a run gives, and the seconds of processor that the programs cost which it waited for.
fn costing<T>(run: impl FnOnce() -> Done<T>) -> Done<(T, f64)> {
    let before = children_s();
    let given = run()?;
    Ok((given, children_s() - before))
}

/// One tool's figures; `used`: the seconds of processor that its `SECONDS` cost, time-keeping and all.
fn line(name: &str, tool: &str, rate: u32, (held, used): (f64, f64), [p50, p95, p99]: [f64; 3]) {
    let of_core = held * SECONDS / used.max(0.01);
    println!("{:<28}{rate:>10}{held:>10.0}{p50:>10.2}{p95:>10.2}{p99:>10.2}{of_core:>14.0}", format!("{name}, {tool}"));
}

fn measured(binary: &Path, url: &str, rate: u32) -> Done<Value> {
    let rate = rate.to_string();
    let options = ["load", "--url", url, "--rate", &rate, "--duration", "10s", "--connections", "64", "--format", "json"];
    // Where the rate was not held it says so, and ends with 3: the figures are wanted all the same.
    let run = Command::new(binary).args(options).output().map_err(|error| error.to_string())?;
    serde_json::from_slice(&run.stdout).map_err(|error| format!("evenkeel load: {error}: {}", String::from_utf8_lossy(&run.stderr)))
}

/// A server on loopback, for as long as the process lives.
fn serve(thinking: Duration) -> Done<String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    let url = format!("http://{}/", listener.local_addr().map_err(|error| error.to_string())?);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || answer(stream, thinking));
        }
    });
    Ok(url)
}

fn answer(stream: TcpStream, thinking: Duration) {
    // Costs latency only.
    let _ = stream.set_nodelay(true);
    let Ok(mut answers) = stream.try_clone() else { return };
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
        if line.trim().is_empty() {
            if !thinking.is_zero() {
                std::thread::sleep(thinking);
            }
            if answers.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").is_err() {
                return;
            }
        }
        line.clear();
    }
}
