//! The service of the area `monitors`, its scheduler, and what sibling areas may ask of it on their own connection.

mod acts;
mod agent;
mod clerk;
mod days;
mod engine;
mod import;
mod locations;
mod maintained;
mod places;
mod probe;
mod reads;
mod record;
mod recurring;
mod rollup;
mod schedule;
mod store;
mod wake;
mod windows;

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    Actor, Fault, Page, PageRequest, Permission, Reach, Span, Timestamp,
    form::Typed,
    id::{MonitorId, SystemId},
    live::Topic,
    monitors::{
        Cell, CheckResult, Filter, ImportPlan, Monitor, MonitorState, Monitors, Recurring, Resolution, Row, Series, Shown, StripCell,
        bucket_of,
    },
    systems::Brief,
    time::{DAY, HOUR},
};
use sqlx::AnyConnection;

use crate::{Context, WriteTx, egress::Egress, shared::Shared, systems};

pub use agent::Agent;
pub use days::days;
pub use engine::{Figures, NAME, Prober};
pub(crate) use record::SOURCE;
pub(crate) use windows::{close_window, open_window};

/// How checks are run and how long results are kept.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long results are gathered before they are written; `None` waits for every result, which is how tests drive it.
    pub patience: Option<Duration>,
    /// Checks under way at a time; [`crate::egress::room`] says how many the process may have.
    pub concurrency: usize,
    /// Results of a monitor that are kept at full detail: the newest.
    pub results: u32,
    /// Milliseconds that minutes are kept.
    pub minutes_ms: i64,
    /// Milliseconds that hours are kept.
    pub hours_ms: i64,
    /// Milliseconds that days are kept.
    pub days_ms: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            patience: Some(Duration::from_millis(250)),
            concurrency: 4_000,
            results: 500,
            minutes_ms: 2 * DAY,
            hours_ms: 90 * DAY,
            days_ms: 3 * 366 * DAY,
        }
    }
}

impl Settings {
    fn rollups_ms(&self, resolution: Resolution) -> i64 {
        match resolution {
            Resolution::Minute => self.minutes_ms,
            Resolution::Hour => self.hours_ms,
            Resolution::Day => self.days_ms,
        }
    }
}

/// Implements [`domain::monitors::Monitors`].
pub struct Service {
    ctx: Context,
    egress: Egress,
    /// How many are shown in which way, and the systems to choose from: what every reader of the list asks for.
    counts: Shared<Reach, Vec<(Shown, i64)>>,
    systems: Shared<Reach, Arc<Vec<Brief>>>,
}

impl Service {
    /// The service over the common ground; checks that a person asks for leave through `egress`. What is counted for one reader
    /// serves the others for `keep`, as long as nothing changes.
    pub fn new(ctx: Context, egress: Egress, keep: Duration) -> Self {
        Self { ctx, egress, counts: Shared::new(keep), systems: Shared::new(keep) }
    }
}

#[async_trait]
impl Monitors for Service {
    async fn list(&self, actor: &Actor, filter: &Filter, page: &PageRequest) -> Result<Page<Row>, Fault> {
        reads::list(&self.ctx, actor, filter, page).await
    }
    async fn counts(&self, actor: &Actor) -> Result<Vec<(Shown, i64)>, Fault> {
        actor.authenticated()?;
        let reach = actor.reach(Permission::Read);
        let state = self.ctx.bus.spoken(&[Topic::Monitors, Topic::Systems]);
        self.counts.get_of(reach.clone(), state, reads::counts(&self.ctx, &reach)).await
    }
    async fn get(&self, actor: &Actor, id: &MonitorId) -> Result<Monitor, Fault> {
        reads::get(&self.ctx, actor, id, Permission::Read).await
    }
    async fn secret(&self, actor: &Actor, id: &MonitorId) -> Result<Option<String>, Fault> {
        reads::secret(&self.ctx, actor, id).await
    }
    async fn results(&self, actor: &Actor, id: &MonitorId, page: &PageRequest) -> Result<Page<CheckResult>, Fault> {
        reads::results(&self.ctx, actor, id, page).await
    }
    async fn series(&self, actor: &Actor, id: &MonitorId, span: Span) -> Result<Series, Fault> {
        reads::series(&self.ctx, actor, id, span).await
    }
    async fn systems(&self, actor: &Actor, permission: Permission) -> Result<Vec<Brief>, Fault> {
        actor.authenticated()?;
        let reach = actor.reach(permission);
        let read = async { Ok(Arc::new(systems::all(&mut *self.ctx.db.read().await?, &reach).await?)) };
        let briefs = self.systems.get_of(reach.clone(), self.ctx.bus.spoken(&[Topic::Systems]), read).await?;
        Ok(Vec::clone(&briefs))
    }
    async fn create(&self, actor: &Actor, typed: &Typed) -> Result<MonitorId, Fault> {
        acts::create(&self.ctx, actor, typed).await
    }
    async fn edit(&self, actor: &Actor, id: &MonitorId, typed: &Typed) -> Result<(), Fault> {
        acts::edit(&self.ctx, actor, id, typed).await
    }
    async fn pause(&self, actor: &Actor, id: &MonitorId) -> Result<(), Fault> {
        acts::set_paused(&self.ctx, actor, id, true).await
    }
    async fn resume(&self, actor: &Actor, id: &MonitorId) -> Result<(), Fault> {
        acts::set_paused(&self.ctx, actor, id, false).await
    }
    async fn maintain(&self, actor: &Actor, id: &MonitorId, until: Option<Timestamp>) -> Result<(), Fault> {
        acts::maintain(&self.ctx, actor, id, until).await
    }
    async fn recurring(&self, actor: &Actor, id: &MonitorId) -> Result<Option<Recurring>, Fault> {
        recurring::get(&self.ctx, actor, id).await
    }
    async fn recur(&self, actor: &Actor, id: &MonitorId, typed: &Typed) -> Result<Option<Recurring>, Fault> {
        recurring::put(&self.ctx, actor, id, typed).await
    }
    async fn many(&self, actor: &Actor, typed: &Typed) -> Result<u64, Fault> {
        acts::many(&self.ctx, actor, typed).await
    }
    async fn plan_import(&self, actor: &Actor, typed: &Typed) -> Result<ImportPlan, Fault> {
        import::plan(&self.ctx, actor, typed).await
    }
    async fn import(&self, actor: &Actor, typed: &Typed) -> Result<ImportPlan, Fault> {
        import::apply(&self.ctx, actor, typed).await
    }
    fn ping_refused(&self) -> Option<String> {
        Egress::may_ping().err()
    }
    async fn refused(&self, actor: &Actor, id: &MonitorId) -> Result<Option<String>, Fault> {
        reads::refused(&self.ctx, &self.egress, actor, id).await
    }
    async fn check_now(&self, actor: &Actor, id: &MonitorId) -> Result<CheckResult, Fault> {
        acts::check_now(&self.ctx, &self.egress, actor, id).await
    }
    async fn renew_secret(&self, actor: &Actor, id: &MonitorId) -> Result<String, Fault> {
        acts::renew_secret(&self.ctx, actor, id).await
    }
    async fn delete(&self, actor: &Actor, id: &MonitorId) -> Result<(), Fault> {
        acts::delete(&self.ctx, actor, id).await
    }
    async fn beat(&self, secret: &str) -> Result<(), Fault> {
        acts::beat(&self.ctx, secret).await
    }
}

/// Seals the secrets of heartbeats that an older version of the program has stored in clear text. Idempotent; every start
/// calls it.
pub async fn seal_secrets(ctx: &Context) -> Result<(), Fault> {
    acts::seal_secrets(ctx).await
}

/// The status strips of systems: the span in equal cells, each with the results of all monitors of the system. Systems in
/// the order given; cells without results say so.
pub async fn strips(
    conn: &mut AnyConnection,
    ids: &[SystemId],
    span: Span,
    buckets: u32,
) -> Result<Vec<(SystemId, Vec<StripCell>)>, Fault> {
    let buckets = buckets.clamp(1, 500);
    let length = (span.length() / i64::from(buckets)).max(1);
    let rows = store::by_system(conn, ids, Resolution::for_cell(length), span).await?;
    let empty = empty_strip(span, buckets);
    let mut strips: Vec<_> = ids.iter().map(|id| (id.clone(), empty.clone())).collect();
    let places: HashMap<&SystemId, usize> = ids.iter().enumerate().map(|(place, id)| (id, place)).collect();
    for (system, at, cell) in rows {
        let strip = places.get(&system).and_then(|place| strips.get_mut(*place)).map(|(_, cells)| cells);
        if let (Some(strip), Some(index)) = (strip, bucket_of(span, buckets, at))
            && let Some(slot) = strip.get_mut(index)
        {
            slot.cell.count += cell.count;
            slot.cell.failures += cell.failures;
            slot.cell.unknown += cell.unknown;
        }
    }
    Ok(strips)
}

/// A strip without any result.
pub fn empty_strip(span: Span, buckets: u32) -> Vec<StripCell> {
    let edge = |n: i64| span.from.plus(span.length() * n / i64::from(buckets.max(1)));
    (0..i64::from(buckets)).map(|i| StripCell { span: Span { from: edge(i), to: edge(i + 1) }, cell: Cell::default() }).collect()
}

/// Every monitor within reach, worst first, then by name.
pub async fn states(conn: &mut AnyConnection, reach: &Reach, now: Timestamp) -> Result<Vec<MonitorState>, Fault> {
    reads::states(conn, reach, now).await
}

/// Since when every check of these systems has looked, by id; 0 where one of them is about to change its mind, nothing where there is
/// no check.
pub(crate) async fn looked_at(conn: &mut AnyConnection, systems: &[&SystemId]) -> Result<HashMap<String, Timestamp>, Fault> {
    store::looked_at(conn, systems).await
}

/// Monitors that are under maintenance, by id as it is stored, with their names.
pub(crate) async fn maintained(conn: &mut AnyConnection, now: Timestamp) -> Result<HashMap<String, String>, Fault> {
    store::maintained(conn, now).await
}

/// The monitors of a system that have a name, by id as it is stored.
pub(crate) async fn named(conn: &mut AnyConnection, system: &SystemId, name: &str) -> Result<Vec<String>, Fault> {
    store::named(conn, system, name).await
}

/// Whether a monitor, by id as it is stored, was under maintenance at an earlier moment, by what the audit says was done about that.
/// `brought`: since when a change had brought some that was not over.
pub(crate) async fn was_maintained(conn: &mut AnyConnection, id: &str, brought: Option<Timestamp>, then: Timestamp) -> Result<bool, Fault> {
    maintained::was_maintained(conn, id, brought, then).await
}

/// When the last result came of a monitor of these systems that is not paused, by id; nothing where there is none.
pub(crate) async fn last_seen(conn: &mut AnyConnection, systems: &[SystemId]) -> Result<HashMap<String, Timestamp>, Fault> {
    store::last_seen(conn, systems).await
}

/// What the monitors of these systems are, whoever asks; in no reach.
pub(crate) async fn states_of(conn: &mut AnyConnection, systems: &[SystemId], now: Timestamp) -> Result<Vec<MonitorState>, Fault> {
    reads::states_of(conn, systems, now).await
}

/// Takes results of the past into the roll-ups, as far as those are kept, without touching what is known now: how an
/// import or a demonstration gives a monitor its history.
pub async fn backfill(
    tx: &mut WriteTx,
    settings: &Settings,
    id: &MonitorId,
    results: Vec<CheckResult>,
    now: Timestamp,
) -> Result<(), Fault> {
    let results: Vec<_> = results.into_iter().map(|result| (id.clone(), result)).collect();
    for chunk in results.chunks(5_000) {
        record::roll_up(tx, chunk, |resolution, start| now.since(start) < settings.rollups_ms(resolution)).await?;
    }
    let recent = now.plus(-HOUR);
    let raw: Vec<_> = results.into_iter().filter(|(_, result)| result.at >= recent).collect();
    store::insert_results(tx, &raw).await
}
