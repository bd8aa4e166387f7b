//! Tables `incident_reviews` and `incident_actions`.

use domain::{
    Fault, Reach, Timestamp,
    id::{ActionId, IncidentId, UserId},
    incidents::{Action, ActionFilter, ActionInput, REMIND_BEFORE_MS, Review, ReviewInput, ReviewSection},
};
use sqlx::AnyConnection;

use super::templates::{json, to_json};
use crate::db::{Sql, sql, stored};

#[derive(sqlx::FromRow)]
struct ReviewRow {
    summary: String,
    went_well: String,
    went_badly: String,
    causes: String,
    template: String,
    sections: String,
    version: i64,
    written_by: String,
    finished_by: String,
    finished_at: Option<i64>,
}

/// What was written; `None` where nobody has begun it.
pub(in crate::incidents) async fn review(conn: &mut AnyConnection, id: &IncidentId) -> Result<Option<Review>, Fault> {
    let row: Option<ReviewRow> =
        sql("SELECT summary, went_well, went_badly, causes, template, sections, version, written_by, finished_by, finished_at \
         FROM incident_reviews WHERE incident_id = $1")
        .value(id)
        .first(conn)
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Review {
        summary: row.summary,
        went_well: row.went_well,
        went_badly: row.went_badly,
        causes: row.causes,
        template: row.template,
        sections: if row.sections.is_empty() { Vec::new() } else { json(&row.sections)? },
        begun: true,
        version: row.version,
        written_by: row.written_by,
        finished_by: row.finished_by,
        finished_at: row.finished_at.map(Timestamp),
    }))
}

/// Writes a review over `version` (0: nobody has written in it), with its `template` and the sections of that; `false` where somebody
/// was faster.
pub(in crate::incidents) async fn write_review(
    conn: &mut AnyConnection,
    id: &IncidentId,
    input: &ReviewInput,
    (template, sections): (&str, &[ReviewSection]),
    version: i64,
    by: &str,
    now: Timestamp,
) -> Result<bool, Fault> {
    let sections = if sections.is_empty() { String::new() } else { to_json(&sections)? };
    let changed = if version == 0 {
        sql("INSERT INTO incident_reviews (incident_id, summary, went_well, went_badly, causes, template, sections, version, written_by, \
             written_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9) ON CONFLICT (incident_id) DO UPDATE SET summary = EXCLUDED.summary, \
             went_well = EXCLUDED.went_well, went_badly = EXCLUDED.went_badly, causes = EXCLUDED.causes, template = EXCLUDED.template, \
             sections = EXCLUDED.sections, version = 1, written_by = EXCLUDED.written_by, written_at = EXCLUDED.written_at \
             WHERE incident_reviews.version = 0")
        .value(id)
        .value(&input.summary)
        .value(&input.went_well)
        .value(&input.went_badly)
        .value(&input.causes)
        .value(template)
        .value(sections)
        .value(by)
        .value(now)
        .run(conn)
        .await?
    } else {
        sql(
            "UPDATE incident_reviews SET summary = $1, went_well = $2, went_badly = $3, causes = $4, sections = $5, version = version + 1, \
             written_by = $6, written_at = $7 WHERE incident_id = $8 AND version = $9",
        )
        .value(&input.summary)
        .value(&input.went_well)
        .value(&input.went_badly)
        .value(&input.causes)
        .value(sections)
        .value(by)
        .value(now)
        .value(id)
        .value(version)
        .run(conn)
        .await?
    };
    Ok(changed == 1)
}

pub(in crate::incidents) async fn finish_review(conn: &mut AnyConnection, id: &IncidentId, by: &str, now: Timestamp) -> Result<(), Fault> {
    sql("UPDATE incident_reviews SET finished_by = $1, finished_at = $2 WHERE incident_id = $3")
        .value(by)
        .value(now)
        .value(id)
        .run(conn)
        .await
        .map(|_| ())
}

#[derive(sqlx::FromRow)]
struct ActionRow {
    id: String,
    incident_id: String,
    number: i64,
    title: String,
    team_id: String,
    text: String,
    owner_id: String,
    owner_name: String,
    due_at: i64,
    ended_by: String,
    ended_at: Option<i64>,
    dropped_why: String,
}

impl ActionRow {
    fn read(self) -> Result<Action, Fault> {
        Ok(Action {
            id: stored(&self.id)?,
            incident: stored(&self.incident_id)?,
            number: self.number,
            title: self.title,
            team: stored(&self.team_id)?,
            text: self.text,
            owner: stored(&self.owner_id)?,
            owner_name: self.owner_name,
            due: Timestamp(self.due_at),
            ended_by: self.ended_by,
            ended_at: self.ended_at.map(Timestamp),
            dropped_why: self.dropped_why,
        })
    }
}

fn select() -> Sql {
    sql("SELECT a.id, a.incident_id, i.number, i.title, i.team_id, a.text, a.owner_id, a.owner_name, a.due_at, a.ended_by, a.ended_at, \
         a.dropped_why FROM incident_actions a JOIN incidents i ON i.id = a.incident_id WHERE 1 = 1")
}

async fn read(query: Sql, conn: &mut AnyConnection) -> Result<Vec<Action>, Fault> {
    query.all::<ActionRow>(conn).await?.into_iter().map(ActionRow::read).collect()
}

/// The actions of an incident, those that are to be done first.
pub(in crate::incidents) async fn actions_of(conn: &mut AnyConnection, id: &IncidentId) -> Result<Vec<Action>, Fault> {
    let query = select().push(" AND a.incident_id = ").bind(id);
    read(query.push(" ORDER BY CASE WHEN a.ended_at IS NULL THEN 0 ELSE 1 END, a.due_at, a.id"), conn).await
}

/// One action, whoever asks.
pub(in crate::incidents) async fn action(conn: &mut AnyConnection, id: &ActionId) -> Result<Action, Fault> {
    read(select().push(" AND a.id = ").bind(id), conn).await?.pop().ok_or(Fault::NotFound("action"))
}

/// How many actions of an incident are to be done.
pub(in crate::incidents) async fn undone(conn: &mut AnyConnection, id: &IncidentId) -> Result<i64, Fault> {
    sql("SELECT COUNT(*) FROM incident_actions WHERE incident_id = $1 AND ended_at IS NULL").value(id).count(conn).await
}

/// One page of the actions within reach or owned by `me`, the most urgent first, with one row more than `limit`.
pub(in crate::incidents) async fn actions(
    conn: &mut AnyConnection,
    reach: &Reach,
    me: Option<&UserId>,
    filter: &ActionFilter,
    now: Timestamp,
    after: Option<(i64, String)>,
    limit: u32,
) -> Result<Vec<Action>, Fault> {
    let mut query = select();
    if !filter.all || filter.overdue {
        query = query.push(" AND a.ended_at IS NULL");
    }
    if filter.overdue {
        query = query.push(" AND a.due_at < ").bind(now);
    }
    query = match (filter.mine, me) {
        (true, me) => query.push(" AND a.owner_id = ").bind(me.map_or("", UserId::as_str)),
        (false, Some(me)) => query.push(" AND (a.owner_id = ").bind(me).push(" OR (1 = 1").within("i.team_id", reach).push("))"),
        (false, None) => query.within("i.team_id", reach),
    };
    if let Some((due, id)) = after {
        query = query.push(" AND (a.due_at > ").bind(due).push(" OR (a.due_at = ").bind(due).push(" AND a.id > ").bind(id).push("))");
    }
    read(query.push(" ORDER BY a.due_at, a.id LIMIT ").bind(i64::from(limit) + 1), conn).await
}

pub(in crate::incidents) async fn add_action(
    conn: &mut AnyConnection,
    id: &ActionId,
    incident: &IncidentId,
    input: &ActionInput,
    owner_name: &str,
    by: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    sql("INSERT INTO incident_actions (id, incident_id, text, owner_id, owner_name, due_at, created_by, created_at, remind_at) VALUES ")
        .rows([input], |r, input| {
            r.bind(id)
                .bind(incident)
                .bind(&input.text)
                .bind(&input.owner)
                .bind(owner_name)
                .bind(input.due)
                .bind(by)
                .bind(now)
                .bind(input.due.plus(-REMIND_BEFORE_MS).max(now.plus(1)))
        })
        .run(conn)
        .await
        .map(|_| ())
}

/// It is done, or need not be; `false` where that was said already.
pub(in crate::incidents) async fn end_action(
    conn: &mut AnyConnection,
    id: &ActionId,
    by: &str,
    why: &str,
    now: Timestamp,
) -> Result<bool, Fault> {
    let changed = sql("UPDATE incident_actions SET ended_by = $1, ended_at = $2, dropped_why = $3 WHERE id = $4 AND ended_at IS NULL")
        .value(by)
        .value(now)
        .value(why)
        .value(id)
        .run(conn)
        .await?;
    Ok(changed == 1)
}

/// Actions whose owners are to be reminded now.
pub(in crate::incidents) async fn to_remind(conn: &mut AnyConnection, now: Timestamp, limit: u32) -> Result<Vec<Action>, Fault> {
    let query = select().push(" AND a.ended_at IS NULL AND a.remind_at <= ").bind(now);
    read(query.push(" ORDER BY a.remind_at, a.id LIMIT ").bind(limit), conn).await
}

/// The owner is reminded; the number of this reminder, or `None` where another process was faster or it was done meanwhile.
pub(in crate::incidents) async fn reminded(
    conn: &mut AnyConnection,
    id: &ActionId,
    now: Timestamp,
    next: Timestamp,
) -> Result<Option<i64>, Fault> {
    let number =
        sql("UPDATE incident_actions SET remind_at = $1, reminded = reminded + 1 WHERE id = $2 AND ended_at IS NULL AND remind_at <= $3 \
         RETURNING reminded")
        .value(next)
        .value(id)
        .value(now)
        .count(conn)
        .await?;
    Ok((number > 0).then_some(number))
}
