//! Offers to take each other's shift.

use domain::{
    Fault, Reach, Span, Timestamp,
    id::{ScheduleId, SwapId, UserId},
    oncall::SwapState,
};
use sqlx::AnyConnection;

use crate::db::{Sql, sql, stored};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    schedule_id: String,
    from_id: String,
    to_id: String,
    gives_from: i64,
    gives_to: i64,
    takes_from: i64,
    takes_to: i64,
    state: String,
    created_at: i64,
}

/// An offer as it is stored.
#[derive(Debug, Clone)]
pub(in crate::oncall) struct Stored {
    pub(in crate::oncall) id: SwapId,
    pub(in crate::oncall) schedule: ScheduleId,
    pub(in crate::oncall) from: UserId,
    pub(in crate::oncall) gives: Span,
    pub(in crate::oncall) to: UserId,
    pub(in crate::oncall) takes: Span,
    pub(in crate::oncall) state: SwapState,
    pub(in crate::oncall) created_at: Timestamp,
}

fn select() -> Sql {
    sql("SELECT w.id, w.schedule_id, w.from_id, w.to_id, w.gives_from, w.gives_to, w.takes_from, w.takes_to, w.state, w.created_at \
         FROM schedule_swaps w JOIN schedules s ON s.id = w.schedule_id WHERE 1 = 1")
}

async fn read(statement: Sql, conn: &mut AnyConnection) -> Result<Vec<Stored>, Fault> {
    let rows: Vec<Row> = statement.push(" ORDER BY w.created_at, w.id LIMIT 200").all(conn).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Stored {
                id: stored(&row.id)?,
                schedule: stored(&row.schedule_id)?,
                from: stored(&row.from_id)?,
                gives: Span { from: Timestamp(row.gives_from), to: Timestamp(row.gives_to) },
                to: stored(&row.to_id)?,
                takes: Span { from: Timestamp(row.takes_from), to: Timestamp(row.takes_to) },
                state: stored(&row.state)?,
                created_at: Timestamp(row.created_at),
            })
        })
        .collect()
}

/// Offers that wait for an answer and are not past it: of a schedule, or those that concern a person.
pub(in crate::oncall) async fn open(
    conn: &mut AnyConnection,
    reach: &Reach,
    schedule: Option<&ScheduleId>,
    person: Option<&UserId>,
    now: Timestamp,
) -> Result<Vec<Stored>, Fault> {
    let mut statement = select().within("s.team_id", reach).push(" AND w.state = 'offered' AND w.gives_to > ").bind(now);
    statement = statement.push(" AND w.takes_to > ").bind(now);
    if let Some(schedule) = schedule {
        statement = statement.push(" AND w.schedule_id = ").bind(schedule);
    }
    if let Some(person) = person {
        statement = statement.push(" AND (w.from_id = ").bind(person).push(" OR w.to_id = ").bind(person).push(")");
    }
    read(statement, conn).await
}

pub(in crate::oncall) async fn get(conn: &mut AnyConnection, reach: &Reach, id: &SwapId) -> Result<Stored, Fault> {
    let found = read(select().within("s.team_id", reach).push(" AND w.id = ").bind(id), conn).await?.pop();
    found.ok_or(Fault::NotFound("swap"))
}

pub(in crate::oncall) async fn insert(conn: &mut AnyConnection, swap: &Stored) -> Result<(), Fault> {
    sql("INSERT INTO schedule_swaps (id, schedule_id, from_id, to_id, gives_from, gives_to, takes_from, takes_to, state, created_at) VALUES ")
        .rows([swap], |r, swap| {
            r.bind(&swap.id)
                .bind(&swap.schedule)
                .bind(&swap.from)
                .bind(&swap.to)
                .bind(swap.gives.from)
                .bind(swap.gives.to)
                .bind(swap.takes.from)
                .bind(swap.takes.to)
                .bind(swap.state.name())
                .bind(swap.created_at)
        })
        .run(conn)
        .await
        .map(|_| ())
}

/// Answers an offer; `false` where it has been answered.
pub(in crate::oncall) async fn answer(conn: &mut AnyConnection, id: &SwapId, state: SwapState, now: Timestamp) -> Result<bool, Fault> {
    let done = sql("UPDATE schedule_swaps SET state = $1, answered_at = $2 WHERE id = $3 AND state = 'offered'")
        .value(state.name())
        .value(now)
        .value(id)
        .run(conn)
        .await?;
    Ok(done == 1)
}
