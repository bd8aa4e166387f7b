//! Table `silences`.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};

use domain::{
    Fault, PageRequest, Reach, Span, Timestamp,
    alerts::{Matcher, Silence, SilenceContent, SilenceState, matcher::parse_matchers, matcher::print_matchers},
    id::{SilenceId, TeamId},
};
use sqlx::AnyConnection;

use crate::db::{Sql, sql, stored};

/// How a silence for every team is stored.
const ALL_TEAMS: &str = "*";

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    team_id: String,
    matchers: String,
    starts_at: i64,
    ends_at: i64,
    recurrence: String,
    comment: String,
    author: String,
    created_by: String,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

/// Matchers that were read, by their text: every alert that moves asks for those of all silences.
static KNOWN: LazyLock<Mutex<HashMap<String, Vec<Matcher>>>> = LazyLock::new(Mutex::default);
/// So many texts are remembered.
const REMEMBERED: usize = 2_000;

fn matchers(text: &str) -> Result<Vec<Matcher>, Fault> {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(matchers) = known.get(text) {
        return Ok(matchers.clone());
    }
    let matchers = parse_matchers(text).map_err(|error| {
        tracing::error!(error, "matchers that do not read");
        Fault::Internal
    })?;
    if known.len() >= REMEMBERED {
        known.clear();
    }
    known.insert(text.to_owned(), matchers.clone());
    Ok(matchers)
}

impl Row {
    fn read(self) -> Result<Silence, Fault> {
        let recurrence = match self.recurrence.as_str() {
            "" => None,
            text => Some(serde_json::from_str(text).map_err(|error| {
                tracing::error!(%error, "a recurrence that does not read");
                Fault::Internal
            })?),
        };
        Ok(Silence {
            id: stored(&self.id)?,
            content: SilenceContent {
                team: if self.team_id == ALL_TEAMS { None } else { Some(stored(&self.team_id)?) },
                matchers: matchers(&self.matchers)?,
                span: Span { from: Timestamp(self.starts_at), to: Timestamp(self.ends_at) },
                recurrence,
                comment: self.comment,
                author: (!self.author.is_empty()).then_some(self.author),
            },
            created_by: self.created_by,
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
            version: self.version,
        })
    }
}

fn select() -> Sql {
    sql("SELECT id, team_id, matchers, starts_at, ends_at, recurrence, comment, author, created_by, created_at, updated_at, version \
         FROM silences WHERE 1 = 1")
}

/// What concerns every team is read by everybody.
fn readable(query: Sql, reach: &Reach) -> Sql {
    match reach {
        Reach::All => query,
        Reach::Teams(_) => query.push(" AND (team_id = '*' OR (1 = 1").within("team_id", reach).push("))"),
    }
}

fn recurrence_text(content: &SilenceContent) -> Result<String, Fault> {
    content.recurrence.as_ref().map_or(Ok(String::new()), |recurrence| serde_json::to_string(recurrence).map_err(|_| Fault::Internal))
}

pub(super) async fn insert(conn: &mut AnyConnection, silence: &Silence) -> Result<(), Fault> {
    let recurrence = recurrence_text(&silence.content)?;
    sql("INSERT INTO silences (id, team_id, matchers, starts_at, ends_at, recurrence, comment, author, created_by, created_at, updated_at, version) VALUES ")
        .rows([silence], |r, silence| {
            let content = &silence.content;
            r.bind(&silence.id)
                .bind(content.team.as_ref().map_or(ALL_TEAMS, TeamId::as_str))
                .bind(print_matchers(&content.matchers))
                .bind(content.span.from)
                .bind(content.span.to)
                .bind(&recurrence)
                .bind(&content.comment)
                .bind(content.author.as_deref().unwrap_or_default())
                .bind(&silence.created_by)
                .bind(silence.created_at)
                .bind(silence.updated_at)
                .bind(silence.version)
        })
        .run(conn)
        .await
        .map(drop)
}

/// Writes an edit on top of a version; `false` where somebody was faster.
pub(super) async fn update(
    conn: &mut AnyConnection,
    id: &SilenceId,
    version: i64,
    content: &SilenceContent,
    now: Timestamp,
) -> Result<bool, Fault> {
    let done = sql("UPDATE silences SET team_id = $1, matchers = $2, starts_at = $3, ends_at = $4, recurrence = $5, comment = $6, \
         updated_at = $7, version = version + 1 WHERE id = $8 AND version = $9")
    .value(content.team.as_ref().map_or(ALL_TEAMS, TeamId::as_str))
    .value(print_matchers(&content.matchers))
    .value(content.span.from)
    .value(content.span.to)
    .value(recurrence_text(content)?)
    .value(&content.comment)
    .value(now)
    .value(id)
    .value(version)
    .run(conn)
    .await?;
    Ok(done == 1)
}

/// One silence within reach.
pub(super) async fn get(conn: &mut AnyConnection, reach: &Reach, id: &SilenceId) -> Result<Silence, Fault> {
    let row: Option<Row> = readable(select(), reach).push(" AND id = ").bind(id).first(conn).await?;
    row.ok_or(Fault::NotFound("silence"))?.read()
}

/// Silences that may hold at the moment: those that recur are asked by whoever asks.
pub(super) async fn at(conn: &mut AnyConnection, now: Timestamp) -> Result<Vec<Silence>, Fault> {
    let rows: Vec<Row> =
        select().push(" AND ends_at > ").bind(now).push(" AND starts_at <= ").bind(now).push(" ORDER BY id LIMIT 5000").all(conn).await?;
    rows.into_iter().map(Row::read).collect()
}

/// Whether a silence of the team, or of every team, was there at a moment and edited since, other than ended.
pub(super) async fn edited_since(conn: &mut AnyConnection, team: &TeamId, then: Timestamp) -> Result<bool, Fault> {
    let count = sql("SELECT COUNT(*) FROM silences WHERE created_at <= $1 AND updated_at > $1 AND ends_at <> updated_at \
         AND team_id IN ($2, '*')");
    Ok(count.value(then).value(team).count(conn).await? > 0)
}

/// One page, the newest first, with one row more than its limit.
pub(super) async fn list(
    conn: &mut AnyConnection,
    reach: &Reach,
    state: Option<SilenceState>,
    page: &PageRequest,
    now: Timestamp,
) -> Result<Vec<Silence>, Fault> {
    let mut query = readable(select(), reach);
    query = match state {
        None => query,
        Some(SilenceState::Expired) => query.push(" AND ends_at <= ").bind(now),
        Some(SilenceState::Active) => query.push(" AND ends_at > ").bind(now).push(" AND starts_at <= ").bind(now),
        Some(SilenceState::Pending) => {
            query.push(" AND ends_at > ").bind(now).push(" AND (starts_at > ").bind(now).push(" OR recurrence <> '')")
        }
    };
    if let Some((at, id)) = page.position()? {
        query = query.push(" AND (created_at < ").bind(at).push(" OR (created_at = ").bind(at).push(" AND id < ").bind(id).push("))");
    }
    let rows: Vec<Row> = query.push(" ORDER BY created_at DESC, id DESC LIMIT ").bind(i64::from(page.limit) + 1).all(conn).await?;
    rows.into_iter().map(Row::read).collect()
}

/// Forgets silences that ended before, at most `limit`.
pub(super) async fn forget(conn: &mut AnyConnection, before: Timestamp, limit: u32) -> Result<u64, Fault> {
    sql("DELETE FROM silences WHERE id IN (SELECT id FROM silences WHERE ends_at < $1 ORDER BY ends_at LIMIT $2)")
        .value(before)
        .value(limit)
        .run(conn)
        .await
}
