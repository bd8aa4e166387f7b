//! Builds every service and engine once, and hands out the ports.

use std::sync::Arc;

use backend::{
    Context, Engines,
    egress::{self, Egress, NameResolver},
    monitors, people,
};
use domain::{Fault, Portal, health::Apart, time::DAY};

use crate::settings::Settings;

/// Everything that was built.
pub struct House {
    /// All ports.
    pub portal: Portal,
    /// The engines that work behind them; not started.
    pub engines: Engines,
    /// The service of `people`, for what only the process itself may do: defaults, the set-up link.
    pub people: Arc<people::Service>,
    /// Runs tools; [`backend::tools::Runner::stop`] ends what still runs, before the pool closes.
    pub runner: Arc<backend::tools::Runner>,
    /// Sends load tests; [`backend::load::Runner::stop`] ends them, likewise.
    pub load: Arc<backend::load::Runner>,
    ctx: Context,
    /// What keeps the commands of tools from the portal.
    pub tools_apart: Apart,
}

impl House {
    /// Writes what a fresh database lacks: default roles, the key that signs sessions; and seals what an older version
    /// left in clear text. Idempotent.
    pub async fn furnish(&self) -> Result<(), Fault> {
        monitors::seal_secrets(&self.ctx).await?;
        self.people.ensure_defaults().await
    }
}

/// All ports over one ground, and the engines behind them.
pub fn house(ctx: &Context, settings: &Settings) -> House {
    let people = Arc::new(people::Service::new(ctx.clone(), people::Settings::default()));
    let tools = Arc::new(backend::tools::Service::new(ctx.clone(), tools(settings)));
    let (runner, tools_apart) = (tools.runner(), tools.apart());
    let egress = egress(settings);
    let (base, mail) = (settings.public_url(), settings.mail.of_service());
    let telling = backend::deliveries::Settings { base, mail, speech: app::alerts::SPEECH };
    let compactor = backend::transactions::Compactor::new(ctx.under("transactions"), settings.transactions.of_service());
    let transactions = Arc::new(backend::transactions::Service::new(ctx.clone(), settings.transactions.of_service()));
    let load = Arc::new(backend::load::Service::new(
        ctx.clone(),
        backend::load::Settings { at_once: settings.limits.load_runs },
        loading(settings),
        tools.clone(),
    ));
    let (counts, kept) = (settings.transactions.of_service(), files(settings));
    let changes = Arc::new(backend::changes::Service::new(ctx.clone(), settings.public_url(), kept, counts, tools.clone()));
    // One line for each engine.
    let list: Vec<Arc<dyn backend::Engine>> = vec![
        Arc::new(monitors::Prober::new(ctx.under("monitors"), egress.clone(), checking(settings))),
        Arc::new(backend::sources::Collector::new(ctx.under("sources"), egress.clone(), collecting(settings))),
        Arc::new(backend::rules::Evaluator::new(ctx.under("rules"), egress.clone(), evaluating(settings))),
        Arc::new(backend::objectives::Watcher::new(ctx.under("objectives"), egress.clone(), looking(settings))),
        Arc::new(backend::alerts::Clockwork::new(ctx.under("alerts"))),
        Arc::new(backend::alerts::Dispatcher::new(ctx.under("dispatch"))),
        Arc::new(backend::escalations::Climber::new(ctx.under("escalations"))),
        Arc::new(backend::deliveries::Courier::new(ctx.clone(), ways(settings), telling.clone())),
        tools.engine(),
        load.engine(),
        Arc::new(compactor),
        Arc::new(backend::incidents::Assessor::new(ctx.under("impact"), settings.transactions.of_service())),
        Arc::new(backend::bands::Forecaster::new(ctx.under("bands"), settings.transactions.of_service())),
        Arc::new(backend::explanations::Explainer::new(ctx.under(backend::explanations::NAME), settings.transactions.of_service())),
        Arc::new(backend::incidents::Chaser::new(ctx.under("actions"))),
        Arc::new(backend::changes::Timekeeper::new(ctx.under("changes"))),
        Arc::new(backend::changes::Undoer::new(ctx.under(backend::changes::ROLLBACKS), changes.clone())),
        Arc::new(backend::changes::Verifier::new(ctx.under("verification"), settings.transactions.of_service())),
        Arc::new(backend::status::Announcer::new(ctx.under("status"))),
        Arc::new(backend::calendars::Reader::new(ctx.under("calendars"), egress.clone())),
        Arc::new(backend::retention::Keeper::new(ctx.under("retention"), settings.keep.of_engine())),
    ];
    let engines = Engines::new(ctx.clone(), list);
    let incidents = Arc::new(backend::incidents::Service::new(ctx.clone(), kept));
    let deliveries = Arc::new(backend::deliveries::Service::new(ctx.clone(), telling.clone()));
    let alerts = Arc::new(backend::alerts::Service::new(ctx.clone()));
    let watching = Arc::new(monitors::Service::new(ctx.clone(), egress.clone(), sharing(settings).summary));
    let objectives = Arc::new(backend::objectives::Service::new(ctx.clone(), egress.clone(), settings.transactions.of_service()));
    let oncall = Arc::new(backend::oncall::Service::new(ctx.clone(), settings.public_url()));
    let rules = Arc::new(backend::rules::Service::new(ctx.clone(), egress.clone(), settings.transactions.of_service()));
    let sources = Arc::new(backend::sources::Service::new(ctx.clone(), egress));
    let status = Arc::new(backend::status::Service::new(ctx.clone(), settings.mail.of_service().is_some()));
    let areas = backend::overview::Areas {
        alerts: alerts.clone(),
        changes: changes.clone(),
        incidents: incidents.clone(),
        monitors: watching.clone(),
        objectives: objectives.clone(),
        oncall: oncall.clone(),
        rules: rules.clone(),
        sources: sources.clone(),
        status: status.clone(),
        tools: tools.clone(),
    };
    let portal = Portal {
        clock: ctx.clock.clone(),
        began: ctx.now(),
        alerts: alerts.clone(),
        approving: changes.clone(),
        carrying: changes.clone(),
        verifying: changes.clone(),
        audit: Arc::new(backend::audit::Service::new(ctx.clone())),
        bands: Arc::new(backend::bands::Service::new(ctx.clone(), settings.transactions.of_service())),
        calendars: Arc::new(backend::calendars::Service::new(ctx.clone())),
        change_templates: changes.clone(),
        changes,
        contacts: Arc::new(backend::deliveries::Contacts::new(ctx.clone(), telling, alerts, incidents.clone())),
        deliveries: deliveries.clone(),
        deployments: Arc::new(backend::deployments::Service::new(ctx.clone())),
        evidence: Arc::new(backend::evidence::Service::new(
            ctx.clone(),
            backend::evidence::Settings { file_bytes: settings.limits.file_bytes },
        )),
        escalations: Arc::new(backend::escalations::Service::new(ctx.clone())),
        explanations: Arc::new(backend::explanations::Service::new(ctx.clone(), settings.transactions.of_service())),
        health: Arc::new(backend::health::Service::new(ctx.clone(), engines.clone(), transactions.clone(), tools_apart)),
        incidents,
        integrations: Arc::new(backend::alerts::Integrations::new(ctx.clone())),
        live: Arc::new(backend::live::Service::new(ctx.clone())),
        load: load.clone(),
        locations: watching.clone(),
        merchants: Arc::new(backend::merchants::Service::new(ctx.clone())),
        monitors: watching,
        objectives,
        occasions: Arc::new(backend::occasions::Service::new(ctx.clone())),
        oncall,
        overview: Arc::new(backend::overview::Service::new(ctx.clone(), areas, &sharing(settings))),
        people: people.clone(),
        routes: Arc::new(backend::alerts::Routes::new(ctx.clone(), deliveries)),
        silences: Arc::new(backend::alerts::Silences::new(ctx.clone())),
        rules,
        sources,
        status,
        streams: Arc::new(backend::streams::Service::new(ctx.clone(), settings.transactions.of_service())),
        systems: Arc::new(backend::systems::Service::new(ctx.clone())),
        tools,
        transactions,
        views: Arc::new(backend::views::Service::new(ctx.clone())),
    };
    House { portal, engines, people, runner, load: load.runner(), tools_apart, ctx: ctx.clone() }
}

/// The engines that a demonstration lets work in the past: from what burns a budget to whoever is called for it.
pub fn of_the_past(ctx: &Context, settings: &Settings) -> Engines {
    let (base, mail) = (settings.public_url(), settings.mail.of_service());
    let telling = backend::deliveries::Settings { base, mail, speech: app::alerts::SPEECH };
    let looking = backend::objectives::Settings { by_hand: true, ..looking(settings) };
    let list: Vec<Arc<dyn backend::Engine>> = vec![
        Arc::new(backend::objectives::Watcher::new(ctx.under("objectives"), egress(settings), looking)),
        Arc::new(backend::alerts::Clockwork::new(ctx.under("alerts"))),
        Arc::new(backend::alerts::Dispatcher::new(ctx.under("dispatch"))),
        Arc::new(backend::escalations::Climber::new(ctx.under("escalations"))),
        Arc::new(backend::deliveries::Courier::new(ctx.clone(), ways(settings), telling)),
    ];
    Engines::new(ctx.clone(), list)
}

fn tools(settings: &Settings) -> backend::tools::Settings {
    let usual = backend::tools::Settings::default();
    backend::tools::Settings {
        enabled: settings.tools.enabled,
        accounts: settings.tools.accounts.clone(),
        share_account: settings.tools.share_account,
        walls: settings.tools.walls,
        hidden: settings.hidden(),
        account: (!settings.tools.account.is_empty()).then(|| settings.tools.account.clone()),
        work_dir: settings.data.join("runs"),
        processes: settings.tools.processes,
        launcher: settings.tools.launcher.clone().unwrap_or(usual.launcher),
        ..usual
    }
}

fn files(settings: &Settings) -> backend::files::Settings {
    backend::files::Settings { file_bytes: i64::try_from(settings.limits.file_bytes).unwrap_or(i64::MAX) }
}

/// How long what one reader was shown serves the others.
fn sharing(settings: &Settings) -> backend::overview::Settings {
    if settings.by_hand { backend::overview::Settings::ALONE } else { backend::overview::Settings::default() }
}

/// The one way out.
pub fn egress(settings: &Settings) -> Egress {
    way(settings, "egress.allow", &settings.egress.allow)
}

/// The ways of messages, by who said where to.
pub fn ways(settings: &Settings) -> backend::deliveries::Ways {
    backend::deliveries::Ways {
        teams: egress(settings),
        persons: way(settings, "egress.contacts", &settings.egress.contacts),
        subscribers: way(settings, "egress.subscribers", &settings.egress.subscribers),
    }
}

/// The way to targets of load tests, made anew for each run: it belongs to the thread that sends.
fn loading(settings: &Settings) -> backend::load::Way {
    let within = allowing(settings, "egress.load", &settings.egress.load);
    Arc::new(move || Egress::within(within.clone(), Arc::new(NameResolver::of_the_system())).expect(GOOD_ROOTS))
}

/// The client over the blocks of a setting.
fn way(settings: &Settings, key: &str, blocks: &[String]) -> Egress {
    Egress::new(allowing(settings, key, blocks), Arc::new(NameResolver::of_the_system())).expect(GOOD_ROOTS)
}

/// Why a client can always be made.
const GOOD_ROOTS: &str = "roots that could be refused are left out when they are read";

/// What the allow-list and the file of authorities hold has been checked with the configuration; a block that does not parse allows
/// nothing, and of a file that has become unreadable since nobody is trusted.
fn allowing(settings: &Settings, key: &str, blocks: &[String]) -> egress::Settings {
    let mut allow = Vec::new();
    for block in blocks {
        match block.parse() {
            Ok(block) => allow.push(block),
            Err(_) => tracing::error!(key, block, "not an address or network"),
        }
    }
    let roots = settings.egress.roots().unwrap_or_else(|error| {
        tracing::error!(error, "egress.ca cannot be read: the authorities in it are not trusted");
        Vec::new()
    });
    egress::Settings { allow, roots }
}

/// How metric sources are asked. What is kept of them is kept as long as results of monitors.
fn collecting(settings: &Settings) -> backend::sources::Settings {
    let kept = checking(settings);
    backend::sources::Settings {
        by_hand: settings.monitors.by_hand,
        minutes_ms: kept.minutes_ms,
        hours_ms: kept.hours_ms,
        days_ms: kept.days_ms,
        ..backend::sources::Settings::default()
    }
}

/// How rules are evaluated. Their values are kept as long as results of monitors.
fn evaluating(settings: &Settings) -> backend::rules::Settings {
    let kept = checking(settings);
    backend::rules::Settings {
        by_hand: settings.monitors.by_hand,
        kept_ms: [kept.minutes_ms, kept.hours_ms, kept.days_ms],
        transactions: settings.transactions.of_service(),
        ..backend::rules::Settings::default()
    }
}

/// How objectives are looked at.
fn looking(settings: &Settings) -> backend::objectives::Settings {
    backend::objectives::Settings {
        by_hand: settings.monitors.by_hand,
        transactions: settings.transactions.of_service(),
        ..backend::objectives::Settings::default()
    }
}

/// How monitors are checked.
pub fn checking(settings: &Settings) -> monitors::Settings {
    let given = &settings.monitors;
    let mut checking = monitors::Settings {
        concurrency: egress::room(given.concurrency.max(1)),
        results: given.results,
        minutes_ms: i64::from(given.minutes_days) * DAY,
        hours_ms: i64::from(given.hours_days) * DAY,
        days_ms: i64::from(given.days_days) * DAY,
        ..monitors::Settings::default()
    };
    if given.by_hand {
        checking.patience = None;
    }
    checking
}
