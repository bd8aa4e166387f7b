//! Table `alert_rules`.

use domain::{
    Fault, Reach, Timestamp,
    alerts::{Labels, Term},
    id::{RuleId, SystemId},
    rules::{self, Condition, Draft, Input, NoData, Rule, SeverityBy, Shown, Standing, Timing},
    systems::Brief,
};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::AnyConnection;

use crate::{
    db::{sql, stored},
    systems,
};

/// A rule as it is stored.
#[derive(Clone)]
pub(super) struct Stored {
    pub(super) id: RuleId,
    pub(super) system: SystemId,
    pub(super) name: String,
    pub(super) group: String,
    pub(super) input: Input,
    pub(super) weeks: Option<u32>,
    pub(super) condition: Condition,
    pub(super) for_s: u32,
    pub(super) keep_s: u32,
    pub(super) interval_s: u32,
    pub(super) no_data: NoData,
    pub(super) severity: SeverityBy,
    pub(super) labels: Labels,
    pub(super) annotations: Labels,
    pub(super) runbook: String,
    pub(super) paused: bool,
    pub(super) standing: Standing,
    pub(super) next_at: Timestamp,
    pub(super) version: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl Stored {
    /// What its alerts keep of it.
    pub(super) fn terms(&self) -> Vec<Term> {
        let timing = Timing { for_s: self.for_s, keep_s: self.keep_s, interval_s: self.interval_s };
        rules::terms(&self.input, self.weeks, self.condition, timing, self.no_data)
    }

    pub(super) fn with(self, system: Brief) -> Rule {
        let standing = if self.paused { Standing { shown: Shown::Paused, ..self.standing } } else { self.standing };
        Rule {
            id: self.id,
            system,
            name: self.name,
            group: self.group,
            input: self.input,
            weeks: self.weeks,
            condition: self.condition,
            for_s: self.for_s,
            keep_s: self.keep_s,
            interval_s: self.interval_s,
            no_data: self.no_data,
            severity: self.severity,
            labels: self.labels,
            annotations: self.annotations,
            runbook: self.runbook,
            paused: self.paused,
            standing,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    system_id: String,
    name: String,
    cluster: String,
    input: String,
    weeks: Option<i64>,
    judged: String,
    for_s: i64,
    keep_s: i64,
    interval_s: i64,
    no_data: String,
    severity: String,
    labels: String,
    annotations: String,
    runbook: String,
    paused: i64,
    shown: String,
    since: i64,
    evaluated_at: Option<i64>,
    why: String,
    readings: i64,
    holding: i64,
    missed: i64,
    next_at: i64,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

pub(super) fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| {
        tracing::error!(%error, "a stored rule does not parse");
        Fault::Internal
    })
}

pub(super) fn written<T: Serialize>(value: &T) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|_| Fault::Internal)
}

impl Row {
    fn read(self) -> Result<Stored, Fault> {
        let whole = |n: i64| u32::try_from(n).unwrap_or(0);
        Ok(Stored {
            id: stored(&self.id)?,
            system: stored(&self.system_id)?,
            input: parsed(&self.input)?,
            weeks: self.weeks.map(whole),
            condition: parsed(&self.judged)?,
            for_s: whole(self.for_s),
            keep_s: whole(self.keep_s),
            interval_s: whole(self.interval_s).max(1),
            no_data: stored(&self.no_data)?,
            severity: parsed(&self.severity)?,
            labels: parsed(&self.labels)?,
            annotations: parsed(&self.annotations)?,
            paused: self.paused != 0,
            standing: Standing {
                shown: stored(&self.shown)?,
                since: Timestamp(self.since),
                evaluated_at: self.evaluated_at.map(Timestamp),
                why: self.why,
                values: self.readings,
                holding: self.holding,
                missed: self.missed,
            },
            next_at: Timestamp(self.next_at),
            version: self.version,
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
            name: self.name,
            group: self.cluster,
            runbook: self.runbook,
        })
    }
}

const SELECT: &str = "SELECT id, system_id, name, cluster, input, weeks, judged, for_s, keep_s, interval_s, no_data, severity, labels, \
     annotations, runbook, paused, shown, since, evaluated_at, why, readings, holding, missed, next_at, version, created_at, updated_at \
     FROM alert_rules WHERE 1 = 1";

/// Rules on systems within reach, in the order of lists.
pub(super) async fn list(conn: &mut AnyConnection, reach: &Reach) -> Result<Vec<Stored>, Fault> {
    let rows: Vec<Row> = systems::within(sql(SELECT), "system_id", reach)
        .push(
            " ORDER BY CASE WHEN paused = 1 THEN 3 WHEN shown = 'holding' THEN 0 WHEN shown IN ('unknown', 'no-data') THEN 1 ELSE 2 END, \
             cluster, name, id LIMIT 2000",
        )
        .all(conn)
        .await?;
    Ok(rows.into_iter().filter_map(|row| row.read().ok()).collect())
}

/// One rule on a system within reach.
pub(super) async fn one(conn: &mut AnyConnection, reach: &Reach, id: &RuleId) -> Result<Stored, Fault> {
    let row: Option<Row> = systems::within(sql(SELECT), "system_id", reach).push(" AND id = ").bind(id).first(conn).await?;
    row.ok_or(Fault::NotFound("rule"))?.read()
}

/// The rule of this group and name on a system.
pub(super) async fn named(conn: &mut AnyConnection, system: &SystemId, group: &str, name: &str) -> Result<Option<Stored>, Fault> {
    let row: Option<Row> = sql(SELECT)
        .push(" AND system_id = ")
        .bind(system)
        .push(" AND cluster = ")
        .bind(group)
        .push(" AND name = ")
        .bind(name)
        .push(" ORDER BY created_at LIMIT 1")
        .first(conn)
        .await?;
    row.map(Row::read).transpose()
}

/// One rule, whoever asks, held until the transaction ends.
pub(super) async fn hold(conn: &mut AnyConnection, id: &RuleId) -> Result<Stored, Fault> {
    sql("UPDATE alert_rules SET version = version WHERE id = $1").value(id).run(conn).await?;
    one(conn, &Reach::All, id).await
}

pub(super) async fn insert(conn: &mut AnyConnection, id: &RuleId, draft: &Draft, now: Timestamp) -> Result<(), Fault> {
    let (input, judged, severity) = (written(&draft.input)?, written(&draft.condition)?, written(&draft.severity)?);
    let (labels, annotations) = (written(&draft.labels)?, written(&draft.annotations)?);
    sql("INSERT INTO alert_rules (id, system_id, name, cluster, source_id, input, weeks, judged, for_s, keep_s, interval_s, no_data, severity, \
         labels, annotations, runbook, shown, since, next_at, created_at, updated_at) VALUES ")
    .rows([draft], |row, draft| {
        row.bind(id)
            .bind(&draft.system)
            .bind(&draft.name)
            .bind(&draft.group)
            .bind(draft.input.source())
            .bind(&input)
            .bind(draft.weeks)
            .bind(&judged)
            .bind(draft.for_s)
            .bind(draft.keep_s)
            .bind(draft.interval_s)
            .bind(draft.no_data.name())
            .bind(&severity)
            .bind(&labels)
            .bind(&annotations)
            .bind(&draft.runbook)
            .bind(Shown::New.name())
            .bind(now)
            .bind(now)
            .bind(now)
            .bind(now)
    })
    .run(conn)
    .await?;
    Ok(())
}

/// Writes an edit of this version; `false` where it is another by now.
pub(super) async fn update(conn: &mut AnyConnection, id: &RuleId, draft: &Draft, version: i64, now: Timestamp) -> Result<bool, Fault> {
    let changed =
        sql("UPDATE alert_rules SET system_id = $1, name = $2, cluster = $3, source_id = $4, input = $5, weeks = $6, judged = $7, \
         for_s = $8, keep_s = $9, interval_s = $10, no_data = $11, severity = $12, labels = $13, annotations = $14, runbook = $15, \
         shown = 'new', since = $16, why = '', readings = 0, holding = 0, next_at = $17, updated_at = $18, version = version + 1 \
         WHERE id = $19 AND version = $20")
        .value(&draft.system)
        .value(&draft.name)
        .value(&draft.group)
        .value(draft.input.source())
        .value(written(&draft.input)?)
        .value(draft.weeks)
        .value(written(&draft.condition)?)
        .value(draft.for_s)
        .value(draft.keep_s)
        .value(draft.interval_s)
        .value(draft.no_data.name())
        .value(written(&draft.severity)?)
        .value(written(&draft.labels)?)
        .value(written(&draft.annotations)?)
        .value(&draft.runbook)
        .value(now)
        .value(now)
        .value(now)
        .value(id)
        .value(version)
        .run(conn)
        .await?;
    Ok(changed == 1)
}

/// Stops looking at it, or goes on at once.
pub(super) async fn set_paused(conn: &mut AnyConnection, id: &RuleId, paused: bool, now: Timestamp) -> Result<(), Fault> {
    sql("UPDATE alert_rules SET paused = $1, shown = 'new', why = '', readings = 0, holding = 0, since = $2, next_at = $3, \
         version = version + 1 WHERE id = $4")
    .value(paused)
    .value(now)
    .value(now)
    .value(id)
    .run(conn)
    .await?;
    Ok(())
}

pub(super) async fn delete(conn: &mut AnyConnection, id: &RuleId) -> Result<(), Fault> {
    sql("DELETE FROM alert_rules WHERE id = $1").value(id).run(conn).await.map(drop)
}

/// Rules that are to be evaluated now, the longest due first.
///
/// Those of sources that are `busy` are left out: they come when there is a place for them again.
pub(super) async fn due(conn: &mut AnyConnection, busy: &[String], now: Timestamp, limit: i64) -> Result<Vec<Stored>, Fault> {
    let rows: Vec<Row> = sql(SELECT)
        .push(" AND paused = 0 AND next_at <= ")
        .bind(now)
        .and_not_in("source_id", busy)
        .push(" ORDER BY next_at, id LIMIT ")
        .bind(limit)
        .all(conn)
        .await?;
    // One that cannot be read has been logged and holds up no other.
    Ok(rows.into_iter().filter_map(|row| row.read().ok()).collect())
}

/// Moves the next moment forward, if nobody has; whoever did, evaluates. Counts what was missed.
pub(super) async fn claim(conn: &mut AnyConnection, rule: &Stored, next: Timestamp, missed: i64) -> Result<bool, Fault> {
    let claimed = sql("UPDATE alert_rules SET next_at = $1, missed = missed + $2 WHERE id = $3 AND next_at = $4")
        .value(next)
        .value(missed)
        .value(&rule.id)
        .value(rule.next_at)
        .run(conn)
        .await?;
    Ok(claimed == 1)
}

/// Undoes a claim that nothing came of, unless the rule was moved since: it is due when `rule` says.
pub(super) async fn give_back(conn: &mut AnyConnection, rule: &Stored, claimed: Timestamp, missed: i64) -> Result<(), Fault> {
    sql("UPDATE alert_rules SET next_at = $1, missed = missed - $2 WHERE id = $3 AND next_at = $4")
        .value(rule.next_at)
        .value(missed)
        .value(&rule.id)
        .value(claimed)
        .run(conn)
        .await
        .map(drop)
}

/// Writes what is known of it.
pub(super) async fn set_standing(conn: &mut AnyConnection, id: &RuleId, standing: &Standing) -> Result<(), Fault> {
    sql("UPDATE alert_rules SET shown = $1, since = $2, evaluated_at = $3, why = $4, readings = $5, holding = $6 WHERE id = $7")
        .value(standing.shown.name())
        .value(standing.since)
        .value(standing.evaluated_at)
        .value(&standing.why)
        .value(standing.values)
        .value(standing.holding)
        .value(id)
        .run(conn)
        .await?;
    Ok(())
}

/// What is due later is due sooner: the clock was set back.
pub(super) async fn sooner(conn: &mut AnyConnection, by: i64, now: Timestamp) -> Result<(), Fault> {
    sql("UPDATE alert_rules SET next_at = next_at - $1 WHERE next_at > $2").value(by).value(now).run(conn).await.map(drop)
}
