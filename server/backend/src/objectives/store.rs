//! Table `objectives`.

use domain::{
    Fault, Reach, Timestamp,
    id::{ObjectiveId, SystemId},
    objectives::{Count, Draft, Objective, Shown, Sli, Standing, Words},
    systems::Brief,
};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::AnyConnection;

use crate::{
    db::{sql, stored},
    systems,
};

/// An objective as it is stored.
#[derive(Clone)]
pub(super) struct Stored {
    pub(super) id: ObjectiveId,
    pub(super) system: SystemId,
    pub(super) name: String,
    pub(super) sli: Sli,
    pub(super) target: f64,
    pub(super) days: u32,
    pub(super) month: String,
    pub(super) words: Words,
    pub(super) paused: bool,
    pub(super) standing: Standing,
    pub(super) next_at: Timestamp,
    pub(super) version: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl Stored {
    /// Whether it is what the draft says already.
    pub(super) fn says(&self, draft: &Draft) -> bool {
        let Self { system, sli, target, days, month, words, .. } = self.clone();
        self.name == draft.name.as_str() && Draft { name: draft.name.clone(), system, sli, target, days, month, words } == *draft
    }

    pub(super) fn with(self, system: Brief) -> Objective {
        let standing = if self.paused { Standing { shown: Shown::Paused, ..self.standing } } else { self.standing };
        Objective {
            id: self.id,
            system,
            name: self.name,
            sli: self.sli,
            target: self.target,
            days: self.days,
            month: self.month,
            words: self.words,
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
    sli: String,
    target: f64,
    days: i64,
    month: String,
    words: String,
    paused: i64,
    shown: String,
    since: i64,
    evaluated_at: Option<i64>,
    why: String,
    good: Option<f64>,
    total: Option<f64>,
    burns: String,
    next_at: i64,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| {
        tracing::error!(%error, "a stored objective does not parse");
        Fault::Internal
    })
}

impl Row {
    fn read(self) -> Result<Stored, Fault> {
        let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
        Ok(Stored {
            id: stored(&self.id)?,
            system: stored(&self.system_id)?,
            sli: parsed(&self.sli)?,
            target: self.target,
            days: u32::try_from(self.days).unwrap_or(28),
            month: self.month,
            words: parsed(&self.words)?,
            paused: self.paused != 0,
            standing: Standing {
                shown: stored(&self.shown)?,
                since: Timestamp(self.since),
                evaluated_at: self.evaluated_at.map(Timestamp),
                why: self.why,
                counted: finite(self.good).zip(finite(self.total)).map(|(good, total)| Count { good, total }),
                burns: parsed(&self.burns)?,
            },
            next_at: Timestamp(self.next_at),
            version: self.version,
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
            name: self.name,
        })
    }
}

const SELECT: &str = "SELECT id, system_id, name, sli, target, days, month, words, paused, shown, since, evaluated_at, why, good, total, burns, next_at, \
     version, created_at, updated_at FROM objectives WHERE 1 = 1";

/// Objectives on systems within reach, in the order of lists.
pub(super) async fn list(conn: &mut AnyConnection, reach: &Reach) -> Result<Vec<Stored>, Fault> {
    let rows: Vec<Row> = systems::within(sql(SELECT), "system_id", reach)
        .push(
            " ORDER BY CASE WHEN paused = 1 THEN 4 WHEN shown = 'burning' THEN 0 WHEN shown = 'spent' THEN 1 WHEN shown = 'unknown' THEN 2 \
             ELSE 3 END, name, id LIMIT 500",
        )
        .all(conn)
        .await?;
    Ok(rows.into_iter().filter_map(|row| row.read().ok()).collect())
}

/// One objective on a system within reach.
pub(super) async fn one(conn: &mut AnyConnection, reach: &Reach, id: &ObjectiveId) -> Result<Stored, Fault> {
    let row: Option<Row> = systems::within(sql(SELECT), "system_id", reach).push(" AND id = ").bind(id).first(conn).await?;
    row.ok_or(Fault::NotFound("objective"))?.read()
}

/// One objective, whoever asks, held until the transaction ends.
pub(super) async fn hold(conn: &mut AnyConnection, id: &ObjectiveId) -> Result<Stored, Fault> {
    sql("UPDATE objectives SET version = version WHERE id = $1").value(id).run(conn).await?;
    one(conn, &Reach::All, id).await
}

fn written(part: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(part).map_err(|_| Fault::Internal)
}

pub(super) async fn insert(conn: &mut AnyConnection, id: &ObjectiveId, draft: &Draft, now: Timestamp) -> Result<(), Fault> {
    sql("INSERT INTO objectives (id, system_id, name, sli, target, days, month, words, shown, since, next_at, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'new', $9, $10, $11, $12)")
    .value(id)
    .value(&draft.system)
    .value(&draft.name)
    .value(written(&draft.sli)?)
    .value(draft.target)
    .value(draft.days)
    .value(&draft.month)
    .value(written(&draft.words)?)
    .value(now)
    .value(now)
    .value(now)
    .value(now)
    .run(conn)
    .await?;
    Ok(())
}

/// Writes an edit of this version; `false` where it is another by now.
pub(super) async fn update(conn: &mut AnyConnection, id: &ObjectiveId, draft: &Draft, version: i64, now: Timestamp) -> Result<bool, Fault> {
    let changed =
        sql("UPDATE objectives SET system_id = $1, name = $2, sli = $3, target = $4, days = $5, month = $6, words = $7, shown = 'new', since = $8, \
         why = '', good = NULL, total = NULL, burns = '[]', next_at = $9, updated_at = $10, version = version + 1 WHERE id = $11 AND version = $12")
        .value(&draft.system)
        .value(&draft.name)
        .value(written(&draft.sli)?)
        .value(draft.target)
        .value(draft.days)
        .value(&draft.month)
        .value(written(&draft.words)?)
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
pub(super) async fn set_paused(conn: &mut AnyConnection, id: &ObjectiveId, paused: bool, now: Timestamp) -> Result<(), Fault> {
    sql("UPDATE objectives SET paused = $1, shown = 'new', since = $2, why = '', burns = '[]', next_at = $3, version = version + 1 WHERE id = $4")
        .value(paused)
        .value(now)
        .value(now)
        .value(id)
        .run(conn)
        .await?;
    Ok(())
}

pub(super) async fn delete(conn: &mut AnyConnection, id: &ObjectiveId) -> Result<(), Fault> {
    sql("DELETE FROM objectives WHERE id = $1").value(id).run(conn).await.map(drop)
}

/// Objectives that are to be looked at now, the longest due first.
pub(super) async fn due(conn: &mut AnyConnection, now: Timestamp, limit: i64) -> Result<Vec<Stored>, Fault> {
    let rows: Vec<Row> =
        sql(SELECT).push(" AND paused = 0 AND next_at <= ").bind(now).push(" ORDER BY next_at, id LIMIT ").bind(limit).all(conn).await?;
    Ok(rows.into_iter().filter_map(|row| row.read().ok()).collect())
}

/// Moves the next moment forward, if nobody has; whoever did, looks.
pub(super) async fn claim(conn: &mut AnyConnection, objective: &Stored, next: Timestamp) -> Result<bool, Fault> {
    let claimed = sql("UPDATE objectives SET next_at = $1 WHERE id = $2 AND next_at = $3")
        .value(next)
        .value(&objective.id)
        .value(objective.next_at)
        .run(conn)
        .await?;
    Ok(claimed == 1)
}

/// Undoes a claim that nothing came of, unless the objective was moved since: it is due when `objective` says.
pub(super) async fn give_back(conn: &mut AnyConnection, objective: &Stored, claimed: Timestamp) -> Result<(), Fault> {
    sql("UPDATE objectives SET next_at = $1 WHERE id = $2 AND next_at = $3")
        .value(objective.next_at)
        .value(&objective.id)
        .value(claimed)
        .run(conn)
        .await
        .map(drop)
}

/// Writes what is known of it.
pub(super) async fn set_standing(conn: &mut AnyConnection, id: &ObjectiveId, standing: &Standing) -> Result<(), Fault> {
    let burns = serde_json::to_string(&standing.burns).map_err(|_| Fault::Internal)?;
    sql("UPDATE objectives SET shown = $1, since = $2, evaluated_at = $3, why = $4, good = $5, total = $6, burns = $7 WHERE id = $8")
        .value(standing.shown.name())
        .value(standing.since)
        .value(standing.evaluated_at)
        .value(&standing.why)
        .value(standing.counted.map(|count| count.good))
        .value(standing.counted.map(|count| count.total))
        .value(burns)
        .value(id)
        .run(conn)
        .await?;
    Ok(())
}

/// What is due later is due sooner: the clock was set back.
pub(super) async fn sooner(conn: &mut AnyConnection, by: i64, now: Timestamp) -> Result<(), Fault> {
    sql("UPDATE objectives SET next_at = next_at - $1 WHERE next_at > $2").value(by).value(now).run(conn).await.map(drop)
}
