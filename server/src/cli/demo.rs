//! `evenkeel demo`, and `evenkeel demo-fault` which its tools run.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use backend::egress::Request;
use clap::{Args, ValueEnum};
use http::Method;
use tokio_util::sync::CancellationToken;

use super::{Failure, ground, serve, told};
use crate::{
    demo::{self, Business, Company, ShiftedClock, Stage},
    settings::Settings,
};

/// Names the folder of a demonstration: only such a one is emptied at the start.
const MARK: &str = "demonstration";

#[derive(Args)]
pub(super) struct Demo {
    /// Payments per minute, on average over the week.
    #[arg(long, default_value_t = 40.0, value_name = "NUMBER")]
    per_minute: f64,
}

/// Serves a demonstration: own folder, own database, begun anew at every start.
pub(super) async fn run(mut settings: Settings, command: &Demo) -> Result<(), Failure> {
    if !(command.per_minute > 0.0 && command.per_minute <= 10_000.0) {
        return Err(format!("--per-minute: {}; expected a number above 0, at most 10000", command.per_minute).into());
    }
    settings.key_file = PathBuf::new();
    settings.tools.enabled = Some(true);
    if settings.tools.account.is_empty() && runs_as_root() {
        // The tools of the demonstration are this program itself, in a folder that only its owner may read.
        settings.tools.account = "root".into();
    }
    // What it could read is made anew at every start.
    settings.tools.share_account = true;
    settings.egress.allow.push("127.0.0.0/8".into());
    settings.egress.contacts.push("127.0.0.0/8".into());
    settings.egress.load.push("127.0.0.0/8".into());
    if settings.database.is_empty() {
        begin_anew(&settings.data)?;
    }
    app::shell::set_demo();
    let clock = Arc::new(ShiftedClock::default());
    let ground = ground::open_with(&settings, true, clock.clone(), ground::LostKey::Refuse).await?;
    let portal = ground.house.portal.clone();
    if !portal.systems.choices(&demo::me(), domain::Permission::Read).await.map_err(told)?.is_empty() {
        return Err("this database is in use already; a demonstration begins on an empty one".into());
    }
    let company = Arc::new(Company::open().await?);
    let business = Arc::new(Business::new(command.per_minute));
    let engines = crate::boot::of_the_past(&ground.ctx, &settings);
    let stage = Stage { ctx: &ground.ctx, portal: &portal, clock: &clock, company: &company, business: &business, engines: &engines };
    demo::furnish(&stage).await.map_err(told)?;
    let stop = CancellationToken::new();
    let older = tokio::spawn({
        let (portal, business, ctx) = (portal.clone(), business.clone(), ground.ctx.clone());
        async move {
            demo::backfill(portal, business).await;
            // Now there are weeks to compare past incidents with.
            if let Err(fault) = backend::incidents::recount(&ctx).await {
                tracing::error!(%fault, "what past incidents cost is not counted");
            }
        }
    });
    let live = tokio::spawn(demo::keep_alive(demo::Alive { portal, company, business, clock }, stop.clone()));
    let served = serve::stand(settings, ground, demo::tell).await;
    stop.cancel();
    older.abort();
    let _ = tokio::time::timeout(Duration::from_secs(5), live).await;
    served
}

fn runs_as_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

/// Empties the folder of an earlier demonstration. A folder that holds anything else is left alone.
fn begin_anew(folder: &Path) -> Result<(), Failure> {
    let mark = folder.join(MARK);
    let said = |error: std::io::Error| Failure::from(format!("{}: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(said)?;
    let used = std::fs::read_dir(folder).map_err(said)?.next().is_some();
    if used && !mark.exists() {
        return Err(format!("{} holds something else than a demonstration; choose another --data folder", folder.display()).into());
    }
    if used {
        // A demonstration that still serves keeps its database.
        let settings = Settings { data: folder.to_owned(), ..Settings::default() };
        let Some(lock) = super::lock::take(&settings)? else {
            return Err(format!("a demonstration is running already on {}", folder.display()).into());
        };
        for name in ["evenkeel.db", "evenkeel.db-wal", "evenkeel.db-shm"] {
            match std::fs::remove_file(folder.join(name)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(said(error)),
                _ => {}
            }
        }
        drop(lock);
    }
    std::fs::write(&mark, "The database in this folder belongs to `evenkeel demo` and is made anew at every start.\n").map_err(said)
}

#[derive(Args)]
pub(super) struct Fault {
    /// One of gateway, risk, ledger, bank-link, ledger-pair, till.
    service: String,
    /// What to do.
    act: Act,
    /// Where the services are, e.g. `gateway=4101,bank-link=4104`.
    #[arg(long, value_name = "NAME=PORT,…")]
    at: String,
    /// How often to look, once a second.
    #[arg(long, default_value_t = 1)]
    times: u32,
    /// How many minutes shall be over.
    #[arg(long, default_value_t = 10)]
    minutes: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Act {
    /// Put the fault in.
    On,
    /// Take the fault out, and wait until the service is well.
    Off,
    /// Only look.
    Look,
    /// Let minutes pass, with their payments; asked of the gateway.
    Hasten,
}

/// Switches the fault of a service of the demonstration, and says how it is then.
pub(super) async fn fault(command: &Fault) -> Result<(), Failure> {
    let known: Vec<(&str, u16)> =
        command.at.split(',').filter_map(|pair| pair.split_once('=')).filter_map(|(n, p)| Some((n, p.parse().ok()?))).collect();
    let Some((name, port)) = known.iter().find(|(name, _)| *name == command.service) else {
        let names = known.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        return Err(format!("service {:?}; expected one of {names}", command.service).into());
    };
    let client = demo::company::client()?;
    let url = |path: &str| format!("http://127.0.0.1:{port}{path}");
    if command.act == Act::Hasten {
        return hasten(&client, &url("/time"), command.minutes).await;
    }
    // The till of a merchant is looked after by the gateway.
    let (switch, health) = if *name == demo::company::TILL { ("/till", "/till") } else { ("/fault", "/health") };
    if command.act != Act::Look {
        let to = if command.act == Act::On { "on" } else { "off" };
        println!("{name}: switching the fault {to}");
        let answer = client.request(Request::new(Method::POST, url(&format!("{switch}?to={to}")))).await?;
        println!("{name}: {} {}", answer.status.as_u16(), String::from_utf8_lossy(&answer.body));
    }
    let mut well = false;
    let tries = if command.act == Act::Off { 10 } else { command.times.clamp(1, 60) };
    for attempt in 1..=tries {
        let answer = client.request(Request::new(Method::GET, url(health))).await?;
        well = answer.status.is_success();
        println!("{name}: look {attempt}: {} {}", answer.status.as_u16(), String::from_utf8_lossy(&answer.body));
        if command.act == Act::Off && well || attempt == tries {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    if command.act == Act::Off && !well { Err(format!("{name} is not well yet").into()) } else { Ok(()) }
}

/// Asks that minutes pass, and says how many are still to pass, once a second.
async fn hasten(client: &backend::egress::Egress, url: &str, minutes: u32) -> Result<(), Failure> {
    let asked = client.request(Request::new(Method::POST, format!("{url}?minutes={minutes}"))).await?;
    if !asked.status.is_success() {
        return Err(String::from_utf8_lossy(&asked.body).into_owned().into());
    }
    loop {
        let answer = client.request(Request::new(Method::GET, url.to_owned())).await?;
        let left = serde_json::from_slice::<serde_json::Value>(&answer.body).ok().and_then(|body| body["minutes"].as_u64());
        match left {
            Some(0) => break,
            Some(left) => println!("{left} minutes to go"),
            None => return Err(String::from_utf8_lossy(&answer.body).into_owned().into()),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    println!("{minutes} minutes are over, with everything that was paid in them");
    Ok(())
}
