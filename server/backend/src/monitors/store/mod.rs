//! Tables `monitors`, `monitor_standings`, `monitor_results`, `monitor_rollups`.

mod lists;
pub(super) mod locations;
mod maintenance;
pub(super) mod places;
pub(super) mod recurring;
mod results;
mod rollups;
mod standings;
mod targets;
pub(super) mod windows;

use std::collections::BTreeMap;

use domain::{
    Fault, Timestamp,
    alerts::{Delays, Severity, Term, TermName},
    id::{MonitorId, SystemId},
    monitors::{Draft, Monitor, Places, Standing, Target, rule},
    systems::Brief,
};
use sqlx::AnyConnection;

use crate::{
    Seal,
    db::{sql, stored},
    seal::Stowed,
};

pub(super) use lists::{Listed, Scope, counts, list, one, states};
pub(super) use maintenance::{end_maintenances, maintained, maintenances_over, named, set_maintenance};
pub(super) use results::{first_of, insert as insert_results, page as results_page, trim as trim_results};
pub(super) use rollups::{
    Key, age as age_rollups, by_local_day, by_system, load as load_rollups, save as save_rollups, span as rollup_span, strips,
};
pub(super) use standings::{Held, called_at, last_seen, looked_at, save as save_standings, set_due, take as take_standings};
pub(super) use targets::{clear_targets, seal_target};

/// A monitor as it is stored, without its standing.
pub(super) struct Kept {
    pub(super) id: MonitorId,
    pub(super) system: SystemId,
    pub(super) name: String,
    pub(super) target: Target,
    /// The secret that goes with the target, sealed; empty for none.
    pub(super) credential: String,
    /// From where it is checked.
    pub(super) places: Places,
    pub(super) severity: Severity,
    pub(super) needed: u32,
    /// Seconds from down to firing, and from up to resolved; `None` for as long as others.
    pub(super) hold_s: Option<u32>,
    pub(super) recover_s: Option<u32>,
    pub(super) paused: bool,
    pub(super) maintenance_until: Option<Timestamp>,
    pub(super) version: i64,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

impl Kept {
    /// Whether it is what the draft says already, with this sealed secret.
    pub(super) fn says(&self, draft: &Draft, credential: &str) -> bool {
        // Whole, so that a field which is added is compared, too.
        let Draft { name, system, severity, needed, hold_s, recover_s, target, secret: _, places } = draft;
        let numbers = (self.severity, self.needed, self.hold_s, self.recover_s);
        let whom = (self.name.as_str(), &self.system, &self.target, &self.places, self.credential.as_str());
        numbers == (*severity, *needed, *hold_s, *recover_s) && whom == (name.as_str(), system, target, places, credential)
    }

    pub(super) fn shown(&self, standing: &Standing, now: Timestamp) -> domain::monitors::Shown {
        rule::shown(standing.state, self.paused, self.maintenance_until, now)
    }

    /// What its alerts keep of it.
    pub(super) fn terms(&self) -> Vec<Term> {
        let delays = self.delays();
        let target = self.target.clone().concealed();
        let mut terms = vec![Term::new(TermName::Reads, format!("{} {}", target.kind(), target.what()))];
        terms.extend(Term::span(TermName::Every, target.interval_ms()));
        terms.push(Term::new(TermName::Needed, self.needed.to_string()));
        terms.extend(Term::span(TermName::For, delays.hold_ms));
        terms.extend(Term::span(TermName::Keep, delays.recover_ms));
        terms
    }

    /// How long its condition must hold, and be gone, before an alert moves.
    pub(super) fn delays(&self) -> Delays {
        let usual = Delays::of("monitor");
        let ms = |seconds: Option<u32>, usual| seconds.map_or(usual, |seconds| i64::from(seconds) * 1_000);
        Delays { hold_ms: ms(self.hold_s, usual.hold_ms), recover_ms: ms(self.recover_s, usual.recover_ms) }
    }

    pub(super) fn with(self, standing: Standing, system: Brief, now: Timestamp) -> Monitor {
        Monitor {
            shown: self.shown(&standing, now),
            id: self.id,
            system,
            name: self.name,
            target: self.target,
            has_secret: !self.credential.is_empty(),
            places: self.places,
            severity: self.severity,
            needed: self.needed,
            hold_s: self.hold_s,
            recover_s: self.recover_s,
            paused: self.paused,
            maintenance_until: self.maintenance_until.filter(|until| now < *until),
            standing,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

#[derive(sqlx::FromRow)]
struct KeptRow {
    id: String,
    system_id: String,
    name: String,
    kind: String,
    target: String,
    credential: String,
    locations: String,
    quorum: i64,
    severity: i64,
    needed: i64,
    hold_s: Option<i64>,
    recover_s: Option<i64>,
    paused: i64,
    maintenance_until: i64,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

impl KeptRow {
    fn read(self, seal: &Seal) -> Result<Kept, Fault> {
        let seconds = |seconds: Option<i64>| seconds.and_then(|seconds| u32::try_from(seconds).ok());
        Ok(Kept {
            id: stored(&self.id)?,
            system: stored(&self.system_id)?,
            target: targets::read(&self.kind, &targets::open(seal, self.target)),
            credential: self.credential,
            places: Places::read(&self.locations, u32::try_from(self.quorum).unwrap_or(1)),
            hold_s: seconds(self.hold_s),
            recover_s: seconds(self.recover_s),
            name: self.name,
            severity: Severity::from_rank(self.severity),
            needed: u32::try_from(self.needed).unwrap_or(1),
            paused: self.paused != 0,
            maintenance_until: (self.maintenance_until > 0).then_some(Timestamp(self.maintenance_until)),
            version: self.version,
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
        })
    }
}

fn write_json<T: serde::Serialize>(value: &T) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| {
        tracing::error!(%error, "value does not serialise");
        Fault::Internal
    })
}

const KEPT: &str = "SELECT id, system_id, name, kind, target, credential, locations, quorum, severity, needed, hold_s, recover_s, paused, maintenance_until, version, created_at, updated_at \
     FROM monitors WHERE 1 = 1";

/// One monitor, whoever asks, held until the transaction ends: nobody edits, moves or deletes it meanwhile.
pub(super) async fn hold(conn: &mut AnyConnection, seal: &Seal, id: &MonitorId) -> Result<Kept, Fault> {
    // On Postgres the row is locked by this; SQLite has one writer anyway.
    sql("UPDATE monitors SET version = version WHERE id = $1").value(id).run(conn).await?;
    sql(KEPT).push(" AND id = ").bind(id).first::<KeptRow>(conn).await?.ok_or(Fault::NotFound("monitor"))?.read(seal)
}

/// Those of the monitors that still exist, by id. One that cannot be read has been logged and is left out.
pub(super) async fn kept_all(conn: &mut AnyConnection, seal: &Seal, ids: &[MonitorId]) -> Result<BTreeMap<MonitorId, Kept>, Fault> {
    let rows: Vec<KeptRow> = sql(KEPT).and_in("id", ids).all(conn).await?;
    Ok(rows.into_iter().filter_map(|row| row.read(seal).ok()).map(|kept| (kept.id.clone(), kept)).collect())
}

/// What tells whether any monitor was made, edited or deleted since.
#[derive(sqlx::FromRow, PartialEq, Eq, Default)]
pub(super) struct Watermark {
    count: i64,
    versions: i64,
    newest: String,
}

pub(super) async fn watermark(conn: &mut AnyConnection) -> Result<Watermark, Fault> {
    let row = sql(
        "SELECT COUNT(*) AS count, CAST(COALESCE(SUM(version), 0) AS BIGINT) AS versions, COALESCE(MAX(id), '') AS newest FROM monitors",
    )
    .first::<Watermark>(conn)
    .await?;
    Ok(row.unwrap_or_default())
}

/// What the scheduler needs of a monitor; its target is opened.
#[derive(sqlx::FromRow)]
pub(super) struct PlannedRow {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) target: String,
    pub(super) credential: String,
    pub(super) version: i64,
    pub(super) last_at: Option<i64>,
}

impl PlannedRow {
    pub(super) fn target(&self) -> Target {
        targets::read(&self.kind, &self.target)
    }
}

/// Every monitor that is checked from here and not paused.
pub(super) async fn planned(conn: &mut AnyConnection, seal: &Seal) -> Result<Vec<PlannedRow>, Fault> {
    let rows: Vec<PlannedRow> = sql(
        "SELECT m.id, m.kind, m.target, m.credential, m.version, s.last_at FROM monitors m JOIN monitor_standings s ON s.monitor_id = m.id \
         WHERE m.paused = 0 AND m.locations LIKE '%here%'",
    )
    .all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| PlannedRow { target: targets::open(seal, row.target), ..row }).collect())
}

/// The next monitors after an id.
pub(super) async fn ids_after(conn: &mut AnyConnection, after: &str, limit: u32) -> Result<Vec<String>, Fault> {
    sql("SELECT id FROM monitors WHERE id > $1 ORDER BY id LIMIT $2").value(after).value(limit).texts(conn).await
}

#[derive(sqlx::FromRow)]
struct BeatRow {
    monitor_id: String,
    due_at: i64,
}

/// Heartbeats that were not called in time, with the moment at which they counted as missed.
pub(super) async fn overdue(conn: &mut AnyConnection, now: Timestamp, limit: u32) -> Result<Vec<(MonitorId, Timestamp)>, Fault> {
    let rows: Vec<BeatRow> = sql("SELECT s.monitor_id, s.due_at FROM monitor_standings s JOIN monitors m ON m.id = s.monitor_id \
         WHERE s.due_at <= $1 AND m.paused = 0 ORDER BY s.due_at LIMIT $2")
    .value(now)
    .value(limit)
    .all(conn)
    .await?;
    Ok(rows.into_iter().filter_map(|row| Some((stored(&row.monitor_id).ok()?, Timestamp(row.due_at)))).collect())
}

/// Adds a monitor with an empty standing.
pub(super) async fn insert(
    conn: &mut AnyConnection,
    seal: &Seal,
    id: &MonitorId,
    draft: &Draft,
    credential: &str,
    secret: Option<&Stowed>,
    now: Timestamp,
) -> Result<(), Fault> {
    let target = targets::seal(seal, &draft.target)?;
    sql("INSERT INTO monitors (id, system_id, name, kind, target, credential, locations, quorum, severity, needed, hold_s, recover_s, secret, secret_sealed, created_at, updated_at) VALUES ")
        .rows([draft], |row, draft| {
            row.bind(id)
                .bind(&draft.system)
                .bind(&draft.name)
                .bind(draft.target.kind().name())
                .bind(&target)
                .bind(credential)
                .bind(draft.places.write())
                .bind(draft.places.quorum)
                .bind(draft.severity.rank())
                .bind(draft.needed)
                .bind(draft.hold_s)
                .bind(draft.recover_s)
                .bind(secret.map(|s| &s.hash))
                .bind(secret.map_or("", |s| s.sealed.as_str()))
                .bind(now)
                .bind(now)
        })
        .run(conn)
        .await?;
    standings::insert(conn, id, now).await
}

/// Replaces what an edit may replace; false where the version is another by now.
pub(super) async fn update(
    conn: &mut AnyConnection,
    seal: &Seal,
    id: &MonitorId,
    draft: &Draft,
    credential: &str,
    version: i64,
    now: Timestamp,
) -> Result<bool, Fault> {
    let changed =
        sql("UPDATE monitors SET system_id = $1, name = $2, target = $3, severity = $4, needed = $5, hold_s = $6, recover_s = $7, \
         updated_at = $8, credential = $9, locations = $10, quorum = $11, version = version + 1 WHERE id = $12 AND version = $13")
        .value(&draft.system)
        .value(&draft.name)
        .value(targets::seal(seal, &draft.target)?)
        .value(draft.severity.rank())
        .value(draft.needed)
        .value(draft.hold_s)
        .value(draft.recover_s)
        .value(now)
        .value(credential)
        .value(draft.places.write())
        .value(draft.places.quorum)
        .value(id)
        .value(version)
        .run(conn)
        .await?;
    Ok(changed == 1)
}

/// Suspends or resumes; false where it was so already.
pub(super) async fn set_paused(conn: &mut AnyConnection, id: &MonitorId, paused: bool, now: Timestamp) -> Result<bool, Fault> {
    let changed = sql("UPDATE monitors SET paused = $1, updated_at = $2, version = version + 1 WHERE id = $3 AND paused <> $4")
        .value(paused)
        .value(now)
        .value(id)
        .value(paused)
        .run(conn)
        .await?;
    Ok(changed == 1)
}

/// Replaces the secret; false where the monitor is no more.
pub(super) async fn set_secret(conn: &mut AnyConnection, id: &MonitorId, secret: &Stowed) -> Result<bool, Fault> {
    let changed = sql("UPDATE monitors SET secret = $1, secret_sealed = $2 WHERE id = $3");
    Ok(changed.value(&secret.hash).value(&secret.sealed).value(id).run(conn).await? == 1)
}

/// The sealed secret of a heartbeat.
pub(super) async fn sealed_secret(conn: &mut AnyConnection, id: &MonitorId) -> Result<Option<String>, Fault> {
    Ok(sql("SELECT secret_sealed FROM monitors WHERE id = $1 AND secret IS NOT NULL").value(id).texts(conn).await?.pop())
}

#[derive(sqlx::FromRow)]
struct NameRow {
    system_id: String,
    name: String,
}

/// The names of the monitors of these systems, in small letters.
pub(super) async fn names(conn: &mut AnyConnection, systems: &[SystemId]) -> Result<Vec<(SystemId, String)>, Fault> {
    let rows: Vec<NameRow> = sql("SELECT system_id, name FROM monitors WHERE 1 = 1").and_in("system_id", systems).all(conn).await?;
    rows.into_iter().map(|row| Ok((stored(&row.system_id)?, row.name.to_lowercase()))).collect()
}

/// The sealed secret that goes with a target; empty for none.
pub(super) async fn credential(conn: &mut AnyConnection, id: &MonitorId) -> Result<String, Fault> {
    Ok(sql("SELECT credential FROM monitors WHERE id = $1").value(id).texts(conn).await?.pop().unwrap_or_default())
}

#[derive(sqlx::FromRow)]
struct ClearRow {
    id: String,
    secret: String,
}

/// Heartbeats whose secret still stands in clear text, each with it.
pub(super) async fn clear_secrets(conn: &mut AnyConnection) -> Result<Vec<(MonitorId, String)>, Fault> {
    let rows: Vec<ClearRow> = sql("SELECT id, secret FROM monitors WHERE secret IS NOT NULL AND secret_sealed = ''").all(conn).await?;
    rows.into_iter().map(|row| Ok((stored(&row.id)?, row.secret))).collect()
}

/// The heartbeat whose secret has this hash.
pub(super) async fn by_secret(conn: &mut AnyConnection, hash: &str) -> Result<Option<MonitorId>, Fault> {
    let id = sql("SELECT id FROM monitors WHERE secret = $1 AND secret_sealed <> ''").value(hash).texts(conn).await?.pop();
    id.as_deref().map(stored).transpose()
}

/// Deletes a monitor and, through its keys, everything of it.
pub(super) async fn delete(conn: &mut AnyConnection, id: &MonitorId) -> Result<bool, Fault> {
    Ok(sql("DELETE FROM monitors WHERE id = $1").value(id).run(conn).await? == 1)
}

/// Calls that are awaited later are awaited sooner: the clock was set back.
pub(super) async fn sooner(conn: &mut AnyConnection, by: i64, now: Timestamp) -> Result<(), Fault> {
    sql("UPDATE monitor_standings SET due_at = due_at - $1 WHERE due_at > $2").value(by).value(now).run(conn).await.map(drop)
}
