//! Tables `metric_sources`, `source_catalogues`, `source_series`, `source_rollups`.

mod kept;

use domain::{
    Fault, Reach, Timestamp,
    id::{SourceId, SystemId},
    sources::{AuthKind, Draft, Health, Source, SourceKind, Standing},
    systems::Brief,
};
use sqlx::AnyConnection;

use crate::{
    db::{sql, stored},
    systems,
};

pub(super) use kept::{Line, age, age_series, fold, forget, lines, save, slots};

/// A source as it is stored, with its sealed secret.
#[derive(Clone)]
pub(super) struct Stored {
    pub(super) id: SourceId,
    pub(super) system: SystemId,
    pub(super) name: String,
    pub(super) kind: SourceKind,
    pub(super) url: String,
    pub(super) interval_s: u32,
    pub(super) timeout_s: u32,
    pub(super) accept_invalid: bool,
    pub(super) tenant: String,
    pub(super) auth: AuthKind,
    pub(super) user: String,
    pub(super) sealed: String,
    pub(super) choices: Vec<String>,
    pub(super) paused: bool,
    pub(super) standing: Standing,
    pub(super) next_at: Timestamp,
    pub(super) version: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl Stored {
    /// Whether it is what the draft says already, with this sealed secret.
    pub(super) fn says(&self, draft: &Draft, sealed: &str) -> bool {
        // Whole, so that a field which is added is compared, too.
        let Draft { name, system, kind, url, interval_s, timeout_s, accept_invalid, tenant, auth, user, secret: _ } = draft;
        let asked = (self.kind, self.interval_s, self.timeout_s, self.accept_invalid, self.auth);
        let texts = (self.name.as_str(), &self.system, &self.url, &self.tenant, &self.user, self.sealed.as_str());
        asked == (*kind, *interval_s, *timeout_s, *accept_invalid, *auth) && texts == (name.as_str(), system, url, tenant, user, sealed)
    }

    pub(super) fn with(self, system: Brief) -> Source {
        let standing = if self.paused { Standing { health: Health::Paused, ..self.standing } } else { self.standing };
        Source {
            id: self.id,
            system,
            name: self.name,
            kind: self.kind,
            url: self.url,
            interval_s: self.interval_s,
            timeout_s: self.timeout_s,
            accept_invalid: self.accept_invalid,
            tenant: self.tenant,
            auth: self.auth,
            user: self.user,
            paused: self.paused,
            choices: self.choices,
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
    kind: String,
    url: String,
    interval_s: i64,
    timeout_s: i64,
    accept_invalid: i64,
    tenant: String,
    auth: String,
    login: String,
    sealed: String,
    choices: String,
    paused: i64,
    health: String,
    since: i64,
    asked_at: Option<i64>,
    took_ms: Option<i64>,
    samples: Option<i64>,
    trouble: String,
    left_out: i64,
    missed: i64,
    next_at: i64,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn read(self) -> Result<Stored, Fault> {
        let seconds = |seconds: i64| u32::try_from(seconds).unwrap_or(30);
        Ok(Stored {
            id: stored(&self.id)?,
            system: stored(&self.system_id)?,
            kind: stored(&self.kind)?,
            interval_s: seconds(self.interval_s),
            timeout_s: seconds(self.timeout_s),
            accept_invalid: self.accept_invalid != 0,
            auth: stored(&self.auth)?,
            choices: self.choices.lines().map(str::to_owned).collect(),
            paused: self.paused != 0,
            standing: Standing {
                health: stored(&self.health)?,
                since: Timestamp(self.since),
                asked_at: self.asked_at.map(Timestamp),
                took_ms: self.took_ms,
                samples: self.samples,
                trouble: self.trouble,
                left_out: self.left_out,
                missed: self.missed,
            },
            next_at: Timestamp(self.next_at),
            version: self.version,
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
            name: self.name,
            url: self.url,
            tenant: self.tenant,
            user: self.login,
            sealed: self.sealed,
        })
    }
}

const SELECT: &str = "SELECT id, system_id, name, kind, url, interval_s, timeout_s, accept_invalid, tenant, auth, login, sealed, choices, \
     paused, health, since, asked_at, took_ms, samples, trouble, left_out, missed, next_at, version, created_at, updated_at \
     FROM metric_sources WHERE 1 = 1";

/// Sources on systems within reach: those that are down first, then by name.
pub(super) async fn list(conn: &mut AnyConnection, reach: &Reach) -> Result<Vec<Stored>, Fault> {
    let rows: Vec<Row> = systems::within(sql(SELECT), "system_id", reach)
        .push(" ORDER BY CASE WHEN paused = 0 AND health = 'down' THEN 0 ELSE 1 END, name, id LIMIT 500")
        .all(conn)
        .await?;
    rows.into_iter().map(Row::read).collect()
}

/// One source on a system within reach.
pub(super) async fn one(conn: &mut AnyConnection, reach: &Reach, id: &SourceId) -> Result<Stored, Fault> {
    let row: Option<Row> = systems::within(sql(SELECT), "system_id", reach).push(" AND id = ").bind(id).first(conn).await?;
    row.ok_or(Fault::NotFound("source"))?.read()
}

/// One source, whoever asks, held until the transaction ends.
pub(super) async fn hold(conn: &mut AnyConnection, id: &SourceId) -> Result<Stored, Fault> {
    sql("UPDATE metric_sources SET version = version WHERE id = $1").value(id).run(conn).await?;
    one(conn, &Reach::All, id).await
}

pub(super) async fn insert(conn: &mut AnyConnection, id: &SourceId, draft: &Draft, sealed: &str, now: Timestamp) -> Result<(), Fault> {
    sql("INSERT INTO metric_sources (id, system_id, name, kind, url, interval_s, timeout_s, accept_invalid, tenant, auth, login, sealed, \
         health, since, next_at, created_at, updated_at) VALUES ")
    .rows([draft], |row, draft| {
        row.bind(id)
            .bind(&draft.system)
            .bind(&draft.name)
            .bind(draft.kind.name())
            .bind(&draft.url)
            .bind(draft.interval_s)
            .bind(draft.timeout_s)
            .bind(draft.accept_invalid)
            .bind(&draft.tenant)
            .bind(draft.auth.name())
            .bind(&draft.user)
            .bind(sealed)
            .bind(Health::New.name())
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
pub(super) async fn update(
    conn: &mut AnyConnection,
    id: &SourceId,
    draft: &Draft,
    sealed: &str,
    version: i64,
    now: Timestamp,
) -> Result<bool, Fault> {
    let changed = sql("UPDATE metric_sources SET system_id = $1, name = $2, url = $3, interval_s = $4, timeout_s = $5, accept_invalid = $6, \
         tenant = $7, auth = $8, login = $9, sealed = $10, next_at = $11, updated_at = $12, version = version + 1 WHERE id = $13 AND version = $14")
    .value(&draft.system)
    .value(&draft.name)
    .value(&draft.url)
    .value(draft.interval_s)
    .value(draft.timeout_s)
    .value(draft.accept_invalid)
    .value(&draft.tenant)
    .value(draft.auth.name())
    .value(&draft.user)
    .value(sealed)
    .value(now)
    .value(now)
    .value(id)
    .value(version)
    .run(conn)
    .await?;
    Ok(changed == 1)
}

/// Stops asking it, or goes on at once.
pub(super) async fn set_paused(conn: &mut AnyConnection, id: &SourceId, paused: bool, now: Timestamp) -> Result<(), Fault> {
    sql("UPDATE metric_sources SET paused = $1, health = $2, trouble = '', since = $3, next_at = $4, version = version + 1 WHERE id = $5")
        .value(paused)
        .value(Health::New.name())
        .value(now)
        .value(now)
        .value(id)
        .run(conn)
        .await?;
    Ok(())
}

pub(super) async fn set_choices(conn: &mut AnyConnection, id: &SourceId, choices: &str, now: Timestamp) -> Result<(), Fault> {
    sql("UPDATE metric_sources SET choices = $1, next_at = $2, updated_at = $3, version = version + 1 WHERE id = $4")
        .value(choices)
        .value(now)
        .value(now)
        .value(id)
        .run(conn)
        .await?;
    Ok(())
}

/// Deletes it with everything that is kept of it.
pub(super) async fn delete(conn: &mut AnyConnection, id: &SourceId) -> Result<(), Fault> {
    sql("DELETE FROM metric_sources WHERE id = $1").value(id).run(conn).await.map(drop)
}

/// Sources that are to be asked now, the longest due first.
pub(super) async fn due(conn: &mut AnyConnection, now: Timestamp, limit: i64) -> Result<Vec<Stored>, Fault> {
    let rows: Vec<Row> =
        sql(SELECT).push(" AND paused = 0 AND next_at <= ").bind(now).push(" ORDER BY next_at, id LIMIT ").bind(limit).all(conn).await?;
    // One that cannot be read has been logged and holds up no other.
    Ok(rows.into_iter().filter_map(|row| row.read().ok()).collect())
}

/// Moves the next moment forward, if nobody has; whoever did, asks. Counts what was missed.
pub(super) async fn claim(conn: &mut AnyConnection, source: &Stored, next: Timestamp, missed: i64) -> Result<bool, Fault> {
    let claimed = sql("UPDATE metric_sources SET next_at = $1, missed = missed + $2 WHERE id = $3 AND next_at = $4")
        .value(next)
        .value(missed)
        .value(&source.id)
        .value(source.next_at)
        .run(conn)
        .await?;
    Ok(claimed == 1)
}

/// Writes what is known of it.
pub(super) async fn set_standing(conn: &mut AnyConnection, id: &SourceId, standing: &Standing) -> Result<(), Fault> {
    sql("UPDATE metric_sources SET health = $1, since = $2, asked_at = $3, took_ms = $4, samples = $5, trouble = $6, left_out = $7 WHERE id = $8")
        .value(standing.health.name())
        .value(standing.since)
        .value(standing.asked_at)
        .value(standing.took_ms)
        .value(standing.samples)
        .value(&standing.trouble)
        .value(standing.left_out)
        .value(id)
        .run(conn)
        .await?;
    Ok(())
}

/// When the catalogue was read, and its text.
#[derive(sqlx::FromRow)]
pub(super) struct CatalogueRow {
    pub(super) at: i64,
    pub(super) body: String,
}

pub(super) async fn catalogue(conn: &mut AnyConnection, id: &SourceId) -> Result<Option<CatalogueRow>, Fault> {
    sql("SELECT at, body FROM source_catalogues WHERE source_id = $1").value(id).first(conn).await
}

/// When the catalogue was read.
pub(super) async fn catalogued_at(conn: &mut AnyConnection, id: &SourceId) -> Result<Timestamp, Fault> {
    Ok(Timestamp(sql("SELECT at FROM source_catalogues WHERE source_id = $1").value(id).count(conn).await?))
}

pub(super) async fn set_catalogue(conn: &mut AnyConnection, id: &SourceId, at: Timestamp, body: &str) -> Result<(), Fault> {
    sql("INSERT INTO source_catalogues (source_id, at, body) VALUES ($1, $2, $3) \
         ON CONFLICT (source_id) DO UPDATE SET at = excluded.at, body = excluded.body")
    .value(id)
    .value(at)
    .value(body)
    .run(conn)
    .await?;
    Ok(())
}

/// What is due later is due sooner: the clock was set back.
pub(super) async fn sooner(conn: &mut AnyConnection, by: i64, now: Timestamp) -> Result<(), Fault> {
    sql("UPDATE metric_sources SET next_at = next_at - $1 WHERE next_at > $2").value(by).value(now).run(conn).await.map(drop)
}
