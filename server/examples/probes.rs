//! Measures the scheduler of checks: many HTTP monitors against a server on loopback, on a fresh database.
//!
//! `cargo xtask bench probes` builds and runs it. Arguments: `--monitors 2000 --interval 10 --seconds 300 --database sqlite`
//! (or a `postgres://…` URL of an empty database); with `--hanging 1000` so many of the monitors ask for what is never
//! answered, and time out after ten seconds. The server that is checked runs in a process of its own, so that memory and
//! processor time are those of the portal alone.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use backend::{Context, Db, SystemClock, db::sql, monitors::Prober};
use domain::{
    Actor,
    form::Typed,
    id::{SystemId, TeamId},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Seconds in which every monitor has its first check, which do not count.
const WARM_UP: u64 = 15;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let given = |name: &str, default: &str| {
        arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1)).map_or(default.to_owned(), Clone::clone)
    };
    if arguments.iter().any(|a| a == "--target") {
        return target().await;
    }
    let monitors: u32 = given("--monitors", "2000").parse()?;
    let interval: u32 = given("--interval", "10").parse()?;
    let seconds: u64 = given("--seconds", "300").parse()?;
    let hanging: u32 = given("--hanging", "0").parse()?;

    let mut child = Command::new(std::env::current_exe()?).arg("--target").stdout(Stdio::piped()).spawn()?;
    let mut port = String::new();
    BufReader::new(child.stdout.take().ok_or("the server has no output")?).read_line(&mut port)?;
    let folder = std::env::temp_dir().join(format!("evenkeel-probes-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let database = match given("--database", "sqlite").as_str() {
        "sqlite" => format!("sqlite:{}", folder.join("evenkeel.db").display()),
        url => url.to_owned(),
    };
    let outcome = measure(&database, &format!("http://127.0.0.1:{}/", port.trim()), (monitors, hanging), interval, seconds).await;
    child.kill()?;
    child.wait()?;
    std::fs::remove_dir_all(&folder)?;
    outcome
}

async fn measure(
    database: &str,
    url: &str,
    (monitors, hanging): (u32, u32),
    interval: u32,
    seconds: u64,
) -> Result<(), Box<dyn std::error::Error>> {
    let ctx = Context::new(Db::open(database).await?, Arc::new(SystemClock));
    let settings = server::settings::Settings {
        egress: server::settings::Egress { allow: vec!["127.0.0.0/8".into()], ..Default::default() },
        ..server::settings::Settings::default()
    };
    let house = server::boot::house(&ctx, &settings);
    make(&ctx, &house.portal, url, (monitors, hanging), interval).await?;

    // The probing engine alone is held, to ask it for its figures; the others run as they do in `serve`.
    let prober = Arc::new(Prober::new(ctx.clone(), server::boot::egress(&settings), server::boot::checking(&settings)));
    let engines = backend::Engines::new(ctx.clone(), vec![prober.clone(), Arc::new(backend::alerts::Clockwork::new(ctx.clone()))]);
    let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
    engines.start(&tracker, &stop);
    tokio::time::sleep(Duration::from_secs(WARM_UP)).await;
    prober.forget_figures();
    let (begin, busy) = (Instant::now(), processor_s());
    let mut most = 0;
    while begin.elapsed() < Duration::from_secs(seconds) {
        tokio::time::sleep(Duration::from_secs(1)).await;
        most = most.max(rss_kb());
    }
    let (figures, wall) = (prober.figures(), begin.elapsed().as_secs_f64());
    stop.cancel();
    tracker.close();
    tracker.wait().await;
    let kept = sql("SELECT COUNT(*) FROM monitor_results").count(&mut *ctx.db.read().await?).await?;
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = figures.begun as f64 / wall;
    println!("monitors {monitors}, of which {hanging} hang, interval {interval} s, measured for {wall:.0} s");
    println!(
        "checks begun {} ({rate:.1}/s, {:.1}/s wanted); results kept {kept}",
        figures.begun,
        f64::from(monitors) / f64::from(interval)
    );
    println!("deadlines missed {}, passed over {}", figures.missed, figures.passed_over);
    let (p50, p99, max) = figures.lateness_s;
    println!("lateness p50 {:.1} ms, p99 {:.1} ms, largest {:.1} ms", p50 * 1e3, p99 * 1e3, max * 1e3);
    println!("memory {} MB at most; processor {:.1} % of one core", most / 1024, (processor_s() - busy) / wall * 100.0);
    ctx.db.close().await;
    Ok(())
}

async fn make(
    ctx: &Context,
    portal: &domain::Portal,
    url: &str,
    (monitors, hanging): (u32, u32),
    interval: u32,
) -> Result<(), Box<dyn std::error::Error>> {
    let (team, now): (TeamId, _) = (ctx.new_id(), ctx.now());
    let mut tx = ctx.begin_write().await?;
    sql("INSERT INTO teams (id, key, name, calendar_secret, created_at) VALUES ($1, 'bench', 'bench', 'bench', $2)")
        .value(&team)
        .value(now)
        .run(&mut tx)
        .await?;
    let systems: Vec<SystemId> = (0..50).map(|_| ctx.new_id()).collect();
    for (n, id) in systems.iter().enumerate() {
        sql("INSERT INTO systems (id, key, name, team_id, tier, description, runbook, links, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, 2, '', '', '[]', $5, $6)")
        .value(id)
        .value(format!("s{n}"))
        .value(format!("system {n}"))
        .value(&team)
        .value(now)
        .value(now)
        .run(&mut tx)
        .await?;
    }
    tx.commit().await?;
    let actor = Actor::engine("bench");
    for n in 0..monitors {
        let system = &systems[n as usize % systems.len()];
        let fields = [
            ("name", format!("m{n}")),
            ("system", system.to_string()),
            ("kind", "http".into()),
            ("url", format!("{url}{}{n}", if n < hanging { "hang/" } else { "" })),
        ];
        let more = [("interval", interval.to_string()), ("match", "contains".into()), ("match_text", "well".into())];
        let typed = Typed::from_pairs(fields.into_iter().chain(more).map(|(name, value)| (name.to_owned(), value)));
        portal.monitors.create(&actor, &typed).await?;
    }
    Ok(())
}

/// A server that answers every request with a few words.
async fn target() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    loop {
        let (mut stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            let mut head = [0; 2_048];
            let read = stream.read(&mut head).await.unwrap_or_default();
            if head.starts_with(b"GET /hang/") {
                // Until the client gives up.
                let _ = stream.read(&mut head).await;
            } else if read > 0 {
                // A client that went away is its own affair.
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 11\r\nconnection: close\r\n\r\nall is well").await;
            }
        });
    }
}

/// Memory of this process in KiB.
fn rss_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()).and_then(|kb| kb.parse().ok()).unwrap_or_default()
}

/// Processor time of this process in seconds; Linux counts it in hundredths.
fn processor_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    after_name.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}
