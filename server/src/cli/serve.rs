//! `evenkeel serve`.

use std::{io::IsTerminal as _, sync::Arc, time::Duration};

use backend::{SystemClock, db::Kind, replicas::Relay};
use clap::Args;
use domain::health::Apart;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use tokio::{net::TcpListener, signal::unix::SignalKind};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing_subscriber::EnvFilter;

use super::{
    Failure,
    ground::{self, LostKey},
};
use crate::{
    router::{self, Edge},
    serve,
    settings::{LogFormat, Settings},
};

#[derive(Args)]
pub(super) struct Serve {
    /// The file that sealed the secrets of this database is lost for good: begin with a fresh one, and give those secrets up.
    #[arg(long)]
    key_lost: bool,
}

/// Serves until SIGTERM or SIGINT; then HTTP drains, streams end, engines finish their tick, the database closes.
pub(super) async fn run(settings: Settings, command: &Serve) -> Result<(), Failure> {
    log(&settings.log.filter, settings.log.format);
    let lost = if command.key_lost { LostKey::Renounce } else { LostKey::Refuse };
    let ground = ground::open_with(&settings, true, Arc::new(SystemClock), lost).await?;
    stand(settings, ground, |_| {}).await
}

/// Serves on a ground that was opened; `ready` is told the URL once it is listened on.
pub(super) async fn stand(settings: Settings, ground: ground::Ground, ready: impl FnOnce(&str)) -> Result<(), Failure> {
    let tls = serve::tls(&settings.tls.certificate, &settings.tls.key)?;
    let metrics = PrometheusBuilder::new()
        .set_buckets_for_metric(
            Matcher::Suffix("_seconds".into()),
            &[0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0],
        )?
        .install_recorder()?;
    let listener = TcpListener::bind(settings.listen).await.map_err(|error| format!("cannot listen on {}: {error}", settings.listen))?;
    let mut settings = settings;
    let database = settings.database_url();
    settings.listen = listener.local_addr()?;
    let url = settings.public_url();
    let limits = settings.limits.clone();

    let edge = Edge::new(ground.ctx.clone(), ground.house.portal.clone(), ground.house.engines.clone(), settings, Some(metrics.clone()));
    let (router, _) = router::build(&edge);
    let (tracker, engines_stop) = (TaskTracker::new(), CancellationToken::new());
    ground.house.engines.start(&tracker, &engines_stop);
    if ground.ctx.db.kind() == Kind::Postgres {
        Relay::new(ground.ctx.clone(), &database).start(&tracker, &engines_stop);
    }
    tracker.spawn(upkeep(metrics, engines_stop.clone()));
    tracker.close();
    tokio::spawn(signals(edge.stop.clone()));

    match ground.house.tools_apart {
        Apart::Account | Apart::Wall => {}
        Apart::Nothing => tracing::warn!("tools run under the portal's own account and nothing keeps them from its data and keys"),
        Apart::Refused if rustix::process::geteuid().is_root() => {
            tracing::warn!("no tool is run: the portal runs as root, so tools need an account of their own (tools.account)");
        }
        Apart::Refused => tracing::warn!(
            "no tool is run: name an account of their own (tools.account, as root), or accept that nothing keeps them from the \
             portal's data and keys (tools.share_account = true)"
        ),
    }
    println!("Evenkeel is at {url}");
    if let Some(secret) = ground.house.people.setup_secret().await? {
        println!("First start. Set it up here, once: {url}/setup/{secret}");
    }
    ready(&url);
    serve::serve(listener, router, tls, limits, edge.stop.clone()).await;

    engines_stop.cancel();
    if tokio::time::timeout(Duration::from_secs(20), tracker.wait()).await.is_err() {
        tracing::warn!("an engine did not finish its tick in 20 s");
    }
    ground.house.load.stop().await;
    ground.house.runner.stop().await;
    if let Err(fault) = ground.ctx.leases.release().await {
        tracing::warn!(%fault, "leases were not given back; they end by themselves");
    }
    ground.ctx.db.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Histograms are folded every few seconds, or they would grow until somebody reads `/metrics`.
async fn upkeep(metrics: metrics_exporter_prometheus::PrometheusHandle, stop: CancellationToken) {
    while !stop.is_cancelled() {
        metrics.run_upkeep();
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(Duration::from_secs(5)) => {}
        }
    }
}

/// The first signal drains; a second one ends the process at once.
async fn signals(stop: CancellationToken) {
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (tokio::signal::unix::signal(SignalKind::terminate()), tokio::signal::unix::signal(SignalKind::interrupt()))
    else {
        return tracing::error!("no signal handlers: the process ends without draining");
    };
    for again in [false, true] {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        if again {
            std::process::exit(130);
        }
        tracing::info!("draining");
        stop.cancel();
    }
}

/// Logs go to standard error; standard output carries what commands answer.
pub(super) fn log(filter: &str, format: LogFormat) {
    let filter = EnvFilter::builder().parse_lossy(filter);
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
}
