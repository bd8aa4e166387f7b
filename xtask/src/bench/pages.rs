//! Pages a second, with wrk at 50 connections.

use std::process::Command;

use super::ground::{Ground, Kind};
use crate::{
    postgres,
    shell::{Done, build_server, has, output},
    tools,
};

/// Login, overview, a list of 50 rows, and a static file as the ceiling of this machine.
pub fn run() -> Done {
    tools::packages(&[("wrk", has("wrk"))])?;
    if !has("wrk") {
        return Err("wrk is not installed (apt-get install wrk)".into());
    }
    let binary = build_server(true)?;
    println!("{:<10}{:<22}{:>10}{:>10}{:>10}{:>10}", "database", "page", "req/s", "p50", "p95", "p99");
    for kind in [Kind::Sqlite, Kind::Postgres] {
        if kind == Kind::Postgres && postgres::program("initdb").is_none() {
            println!("postgres  left out: not installed");
            continue;
        }
        let ground = Ground::start(&binary, kind)?;
        let login = output(Command::new("curl").args(["-sS", &format!("{}/login", ground.url)]))?;
        let style = login.split('"').find(|part| part.ends_with("/main.css")).ok_or("the login page names no style sheet")?;
        for (name, path, logged_in) in
            [("static file", style, false), ("login", "/login", false), ("overview", "/", true), ("list of 50", "/systems", true)]
        {
            let mut wrk = Command::new("wrk");
            wrk.args(["-t2", "-c50", "-d10s", "--latency", "-s", "/dev/stdin"]);
            if logged_in {
                wrk.args(["-H", &format!("cookie: {}", ground.cookie)]);
            }
            let text = measure(wrk.arg(format!("{}{path}", ground.url)))?;
            println!("{:<10}{name:<22}{:>10}{:>10}{:>10}{:>10}", format!("{kind:?}").to_lowercase(), text[0], text[1], text[2], text[3]);
        }
        println!("{:<10}resident memory afterwards {} MB", format!("{kind:?}").to_lowercase(), ground.resident_mb());
    }
    Ok(())
}

/// wrk prints no p95 by itself; this script does.
const SCRIPT: &str = "done = function(summary, latency, requests)\n\
    local e = summary.errors\n\
    io.write(string.format('FIGURES %.0f %.1fms %.1fms %.1fms %d\\n', summary.requests / (summary.duration / 1e6), \
    latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, latency:percentile(99) / 1e3, \
    e.connect + e.read + e.write + e.status + e.timeout))\nend\n";

fn measure(wrk: &mut Command) -> Done<Vec<String>> {
    let script = std::env::temp_dir().join(format!("evenkeel-wrk-{}.lua", std::process::id()));
    std::fs::write(&script, SCRIPT).map_err(|error| error.to_string())?;
    let arguments: Vec<_> =
        wrk.get_args().map(|a| if a == "/dev/stdin" { script.clone().into_os_string() } else { a.to_owned() }).collect();
    let printed = output(Command::new("wrk").args(arguments));
    let _ = std::fs::remove_file(&script);
    let printed = printed?;
    let line = printed.lines().find_map(|line| line.strip_prefix("FIGURES ")).ok_or_else(|| format!("wrk gave no figures: {printed}"))?;
    let figures: Vec<String> = line.split(' ').map(str::to_owned).collect();
    match figures.get(4).map(String::as_str) {
        Some("0") => Ok(figures),
        errors => Err(format!("{} answers were refused or broken", errors.unwrap_or("some"))),
    }
}
