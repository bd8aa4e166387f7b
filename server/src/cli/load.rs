//! `evenkeel load`: an open load against a target, measured from when each request was due.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use backend::{
    SystemClock, egress,
    load::{Progress, Report, read_script, run as send},
};
use clap::Args;
use domain::Clock as _;
use domain::load::{Given, Plan, Script, ScriptRequest};

use super::{files::Format, way::Trust};

/// What is sent stands in a script (YAML or JSON: base, rate, duration, ramp or stages, connections, http, timeout, variables,
/// requests) or in flags, which go before the script. Only what you may load: the target gets every request. Ends with 0
/// where the rate was held, with 3 where it was not, with 2 where nothing could be sent.
#[derive(Args)]
pub(super) struct Load {
    /// The script.
    #[arg(value_name = "SCRIPT", required_unless_present = "url")]
    script: Option<PathBuf>,
    /// Where to: one GET of it, where there is no script; else the base of its paths.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Requests a second.
    #[arg(long)]
    rate: Option<f64>,
    /// How long: 60s, 5m.
    #[arg(long)]
    duration: Option<String>,
    /// Time in which the rate rises, before that.
    #[arg(long)]
    ramp: Option<String>,
    /// Connections.
    #[arg(long)]
    connections: Option<u32>,
    /// After which a request has failed.
    #[arg(long)]
    timeout: Option<String>,
    /// How to say it; `evenkeel evidence` reads JSON.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    trust: Trust,
}

pub(super) fn run(command: &Load) -> ExitCode {
    let report = match plan(command).and_then(|plan| measure(plan, &command.trust)) {
        Ok(report) => report,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    let text = match command.format {
        Format::Json => serde_json::to_string_pretty(&report).unwrap_or_default(),
        Format::Text => told(&report),
    };
    if writeln!(std::io::stdout(), "{text}").is_err() {
        return ExitCode::from(2);
    }
    ExitCode::from(if report.held() { 0 } else { 3 })
}

fn plan(command: &Load) -> Result<Plan, String> {
    let mut script = match &command.script {
        Some(file) => read(file)?,
        None => Script { rate: 100.0, duration: "10s".into(), ..Script::default() },
    };
    if let Some(url) = &command.url {
        let parsed: http::Uri = url.parse().map_err(|error| format!("--url: {url:?}: {error}"))?;
        let (Some(scheme), Some(authority)) = (parsed.scheme_str(), parsed.authority()) else {
            return Err(format!("--url: {url:?}, expected http://… or https://…"));
        };
        if command.script.is_some() {
            script.base.clone_from(url);
        } else {
            script.base = format!("{scheme}://{authority}");
            let path = parsed.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
            script.requests = vec![ScriptRequest { path: path.to_owned(), ..ScriptRequest::default() }];
        }
    }
    let given = Given {
        rate: command.rate,
        duration: command.duration.clone(),
        ramp: command.ramp.clone(),
        connections: command.connections,
        timeout: command.timeout.clone(),
    };
    script.with(&given).plan().map_err(|wrong| wrong.to_string())
}

fn read(file: &Path) -> Result<Script, String> {
    let said = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let text = std::fs::read_to_string(file).map_err(|error| said(&error))?;
    read_script(&text).map_err(|error| said(&error))
}

/// On one thread.
fn measure(plan: Plan, trust: &Trust) -> Result<Report, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| format!("no threads: {error}"))?;
    let room = egress::room(usize::try_from(plan.connections).unwrap_or(1) + 16);
    if room < usize::try_from(plan.connections).unwrap_or(1) {
        return Err(format!("connections: {} are more than the limit of open files permits ({room})", plan.connections));
    }
    let egress = trust.anywhere()?;
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    runtime.block_on(async move {
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                stopped.store(true, Ordering::Relaxed);
            }
        });
        let began_at = Some(SystemClock.now());
        send(&egress, plan, stop, &Progress::default()).await.map(|report| Report { began_at, ..report })
    })
}

fn told(report: &Report) -> String {
    let share = report.failed as f64 * 100.0 / report.requests.max(1) as f64;
    let times = |name: &str, t: &backend::load::Times| {
        format!(
            "{name:<12}p50 {:.3}  p90 {:.3}  p95 {:.3}  p99 {:.3}  p99.9 {:.3}  max {:.3} ms",
            t.p50, t.p90, t.p95, t.p99, t.p99_9, t.max
        )
    };
    let mut lines = vec![
        format!("{} requests in {:.2} s, {} failed ({share:.3} %)", report.requests, report.duration_s, report.failed),
        format!(
            "{:.1} requests a second of {:.1} wanted{}",
            report.rate,
            report.wanted_rate,
            if report.held() { "" } else { ": not held" }
        ),
        times("latency", &report.latency_ms),
        times("service", &report.service_ms),
    ];
    lines.extend(report.codes.iter().map(|(code, n)| format!("  {code}: {n}")));
    lines.extend(report.errors.iter().map(|(why, n)| format!("  {why}: {n}")));
    lines.join("\n")
}
