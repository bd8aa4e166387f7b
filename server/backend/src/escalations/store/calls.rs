//! Table `escalation_calls`: whom steps, and people by hand, have called.

use domain::{
    Fault, Reach, Span, Timestamp,
    escalations::{Called, Taken, Target, Trouble},
    id::{EscalationId, IncidentId, TeamId, UserId},
    oncall,
};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

/// The next place among an incident's calls, from 1.
pub(in crate::escalations) async fn next_place(conn: &mut AnyConnection, incident: &IncidentId) -> Result<i64, Fault> {
    sql("SELECT COALESCE(MAX(place), 0) + 1 FROM escalation_calls WHERE incident_id = $1").value(incident).count(conn).await
}

/// Writes whom a step, or somebody, has called.
pub(in crate::escalations) async fn insert_calls(
    conn: &mut AnyConnection,
    (incident, team, place): (&IncidentId, &TeamId, i64),
    taken: &Taken,
    mut id: impl FnMut() -> EscalationId,
) -> Result<(), Fault> {
    if taken.called.is_empty() {
        return Ok(());
    }
    sql("INSERT INTO escalation_calls (id, incident_id, team_id, place, nth, at, round, step, by_name, target, name, person_id, person_name, \
         sent, trouble, key) VALUES ")
    .rows((0_i64..).zip(&taken.called), |r, (nth, called)| {
        r.bind(&id())
            .bind(incident)
            .bind(team)
            .bind(place)
            .bind(nth)
            .bind(taken.at)
            .bind(taken.round)
            .bind(taken.step)
            .bind(&taken.by)
            .bind(called.target.to_string())
            .bind(&called.name)
            .bind(called.person.as_ref())
            .bind(&called.person_name)
            .bind(called.sent)
            .bind(called.trouble.map_or("", Trouble::name))
            .bind(&taken.key)
    })
    .run(conn)
    .await
    .map(|_| ())
}

#[derive(sqlx::FromRow)]
struct CallRow {
    place: i64,
    at: i64,
    round: i64,
    step: i64,
    by_name: String,
    target: String,
    name: String,
    person_id: Option<String>,
    person_name: String,
    sent: i64,
    trouble: String,
    key: String,
}

/// What was done for an incident, the latest first.
pub(in crate::escalations) async fn taken(conn: &mut AnyConnection, incident: &IncidentId) -> Result<Vec<Taken>, Fault> {
    let rows: Vec<CallRow> = sql("SELECT place, at, round, step, by_name, target, name, person_id, person_name, sent, trouble, key \
                                  FROM escalation_calls WHERE incident_id = $1 ORDER BY place DESC, nth LIMIT 1000")
    .value(incident)
    .all(conn)
    .await?;
    let mut taken: Vec<(i64, Taken)> = Vec::new();
    for row in rows {
        let called = Called {
            target: Target::parse(&row.target).ok_or(Fault::Internal)?,
            name: row.name,
            person: row.person_id.as_deref().map(stored).transpose()?,
            person_name: row.person_name,
            sent: row.sent,
            trouble: Trouble::parse(&row.trouble),
        };
        match taken.last_mut() {
            Some((place, last)) if *place == row.place => last.called.push(called),
            _ => taken.push((
                row.place,
                Taken { at: Timestamp(row.at), round: row.round, step: row.step, by: row.by_name, called: vec![called], key: row.key },
            )),
        }
    }
    Ok(taken.into_iter().map(|(_, taken)| taken).collect())
}

#[derive(sqlx::FromRow)]
struct PagedRow {
    person_id: String,
    at: i64,
}

/// Who was paged in a span and reached, by incidents of teams within reach; at most 100,000.
pub(in crate::escalations) async fn paged(conn: &mut AnyConnection, reach: &Reach, span: Span) -> Result<Vec<oncall::Page>, Fault> {
    let rows: Vec<PagedRow> = sql("SELECT DISTINCT person_id, at, key FROM escalation_calls WHERE person_id IS NOT NULL AND sent > 0")
        .within("team_id", reach)
        .push(" AND at >= ")
        .bind(span.from)
        .push(" AND at < ")
        .bind(span.to)
        .push(" ORDER BY at LIMIT 100000")
        .all(conn)
        .await?;
    rows.into_iter().map(|row| Ok(oncall::Page { person: stored::<UserId>(&row.person_id)?, at: Timestamp(row.at) })).collect()
}
