//! Tables `evidence` and `evidence_files`.

use domain::{
    Fault, PageRequest, Reach, Timestamp,
    changes::{SHORT_SHA, WHOLE_SHA},
    evidence::{Evidence, Measured, facts_text, read_facts},
    id::{EvidenceId, TeamId, UserId},
};
use sqlx::AnyConnection;

use crate::db::{Sql, sql, stored};

/// Pieces of one kind that are looked at of what an artifact names, and of all kinds together: names of custom evidence and of
/// environments are free, and there may be any number of them.
const MOST: u32 = 200;
const IN_ALL: u32 = 1_000;

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    team_id: String,
    team_name: String,
    kind: String,
    custom: String,
    artifact: String,
    version: String,
    sha: String,
    environment: String,
    facts: String,
    fingerprint: String,
    verdict: String,
    computed: i64,
    measured: String,
    note: String,
    file: String,
    size: i64,
    file_sha256: String,
    expires_at: i64,
    by_name: String,
    by_id: String,
    measured_here: i64,
    at: i64,
}

impl Row {
    fn read(self) -> Result<Evidence, Fault> {
        let measured: Option<Measured> = match self.measured.as_str() {
            "" => None,
            text => Some(serde_json::from_str(text).map_err(|_| Fault::Internal)?),
        };
        Ok(Evidence {
            id: stored(&self.id)?,
            team: stored(&self.team_id)?,
            team_name: self.team_name,
            kind: stored(&self.kind)?,
            custom: self.custom,
            artifact: self.artifact,
            version: self.version,
            sha: self.sha,
            environment: self.environment,
            // What does not read says nothing; the evidence itself stands.
            facts: read_facts(&self.facts).unwrap_or_default(),
            fingerprint: self.fingerprint,
            verdict: stored(&self.verdict)?,
            computed: self.computed != 0,
            measured,
            note: self.note,
            file: self.file,
            size: self.size,
            file_sha256: self.file_sha256,
            expires_at: Timestamp(self.expires_at),
            by: self.by_name,
            by_id: (!self.by_id.is_empty()).then(|| stored(&self.by_id)).transpose()?,
            measured_here: self.measured_here != 0,
            at: Timestamp(self.at),
        })
    }
}

const SELECT: &str = "SELECT e.id, e.team_id, t.name AS team_name, e.kind, e.custom, e.artifact, e.version, e.sha, e.environment, e.facts, e.fingerprint, \
         e.verdict, e.computed, e.measured, e.note, e.file, e.size, e.file_sha256, e.expires_at, e.by_name, e.by_id, e.measured_here, e.at \
         FROM evidence e JOIN teams t ON t.id = e.team_id WHERE 1 = 1";

fn select() -> Sql {
    sql(SELECT)
}

async fn read(statement: Sql, conn: &mut AnyConnection) -> Result<Vec<Evidence>, Fault> {
    statement.all::<Row>(conn).await?.into_iter().map(Row::read).collect()
}

/// The newest first; one row more than asked for.
pub(super) async fn list(conn: &mut AnyConnection, reach: &Reach, text: &str, page: &PageRequest) -> Result<Vec<Evidence>, Fault> {
    let mut statement = select().within("e.team_id", reach);
    if !text.is_empty() {
        statement = statement.push(" AND (").holds("e.artifact", text).push(" OR ").holds("e.version", text).push(" OR ");
        statement = statement.holds("e.sha", text).push(")");
    }
    if let Some((at, id)) = page.position()? {
        statement = statement.push(" AND (e.at < ").bind(at).push(" OR (e.at = ").bind(at).push(" AND e.id < ").bind(&id).push("))");
    }
    read(statement.push(" ORDER BY e.at DESC, e.id DESC LIMIT ").bind(page.limit + 1), conn).await
}

pub(super) async fn get(conn: &mut AnyConnection, reach: &Reach, id: &EvidenceId) -> Result<Evidence, Fault> {
    read(select().within("e.team_id", reach).push(" AND e.id = ").bind(id), conn).await?.pop().ok_or(Fault::NotFound("evidence"))
}

/// Of an artifact by its exact name, the newest first: of each kind the newest 200 of this hash ([`domain::changes::same_sha`] in SQL), and the newest
/// of another, so that however much is brought of others or of another kind hides none; at most [`IN_ALL`] together.
///
/// Where there are more, the newest of each stay, and of those what did not pass: nobody hides a failure behind names that they make up.
pub(super) async fn of_artifact(conn: &mut AnyConnection, teams: &[TeamId], artifact: &str, sha: &str) -> Result<Vec<Evidence>, Fault> {
    let short = i64::try_from(SHORT_SHA).unwrap_or(i64::MAX);
    let length = i64::try_from(sha.len()).unwrap_or(i64::MAX);
    let mut ranked = sql("WITH known AS (SELECT e.id, e.kind, e.custom, e.environment, e.at, \
         CASE WHEN e.verdict = 'passed' THEN 1 ELSE 0 END AS passed, CASE WHEN e.sha = ")
    .bind(sha);
    if sha.len() >= SHORT_SHA && sha.len() < WHOLE_SHA {
        ranked =
            ranked.push(" OR (LENGTH(e.sha) >= ").bind(short).push(" AND (SUBSTR(e.sha, 1, CAST(").bind(length).push(" AS INTEGER)) = ");
        ranked = ranked.bind(sha).push(" OR SUBSTR(CAST(").bind(sha).push(" AS TEXT), 1, LENGTH(e.sha)) = e.sha))");
    }
    let ranked = ranked.push(" THEN 1 ELSE 0 END AS same FROM evidence e WHERE e.artifact = ").bind(artifact).and_in("e.team_id", teams);
    let ranked = ranked.push(
        "), ranked AS (SELECT k.id, k.same, k.passed, k.at, ROW_NUMBER() OVER (PARTITION BY k.kind, k.custom, k.environment, k.same, k.passed \
         ORDER BY k.at DESC, k.id DESC) AS place FROM known k) ",
    );
    let chosen = ranked.push(SELECT).push(" AND e.id IN (SELECT r.id FROM ranked r WHERE r.place <= CASE WHEN r.same = 1 THEN ");
    let chosen = chosen.bind(i64::from(MOST)).push(" ELSE 1 END ORDER BY r.same DESC, r.place, r.passed, r.at DESC, r.id DESC LIMIT ");
    read(chosen.bind(i64::from(IN_ALL)).push(") ORDER BY e.at DESC, e.id DESC"), conn).await
}

#[derive(sqlx::FromRow)]
struct BodyRow {
    body: Vec<u8>,
}

pub(super) async fn body(conn: &mut AnyConnection, id: &EvidenceId) -> Result<Option<Vec<u8>>, Fault> {
    let row: Option<BodyRow> = sql("SELECT body FROM evidence_files WHERE evidence_id = $1").value(id).first(conn).await?;
    Ok(row.map(|row| row.body))
}

pub(super) async fn insert(conn: &mut AnyConnection, new: &Evidence, body: Vec<u8>) -> Result<(), Fault> {
    let measured = match &new.measured {
        Some(measured) => serde_json::to_string(measured).map_err(|_| Fault::Internal)?,
        None => String::new(),
    };
    sql("INSERT INTO evidence (id, team_id, kind, custom, artifact, version, sha, environment, facts, fingerprint, verdict, computed, measured, note, file, size, \
         file_sha256, expires_at, by_name, by_id, measured_here, at) VALUES ")
    .rows([new], |r, new| {
        r.bind(&new.id)
            .bind(&new.team)
            .bind(new.kind.name())
            .bind(&new.custom)
            .bind(&new.artifact)
            .bind(&new.version)
            .bind(&new.sha)
            .bind(&new.environment)
            .bind(facts_text(&new.facts))
            .bind(&new.fingerprint)
            .bind(new.verdict.name())
            .bind(i64::from(new.computed))
            .bind(&measured)
            .bind(&new.note)
            .bind(&new.file)
            .bind(new.size)
            .bind(&new.file_sha256)
            .bind(new.expires_at)
            .bind(&new.by)
            .bind(new.by_id.as_ref().map_or("", UserId::as_str))
            .bind(new.measured_here)
            .bind(new.at)
    })
    .run(conn)
    .await?;
    sql("INSERT INTO evidence_files (evidence_id, body) VALUES ($1, $2)").value(&new.id).value(body).run(conn).await.map(drop)
}
