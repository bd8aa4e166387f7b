//! Table `alert_decisions`: what was decided about an alert, when it was.

use std::collections::HashMap;

use domain::{
    Fault, Timestamp,
    alerts::{Decision, DecisionKind},
    id::{AlertId, EntryId},
};
use sqlx::AnyConnection;

use super::TOGETHER;
use crate::{
    Context,
    db::{sql, stored},
};

/// Something that was decided about an alert.
pub(in crate::alerts) struct Decided {
    pub(in crate::alerts) alert: String,
    pub(in crate::alerts) kind: DecisionKind,
    pub(in crate::alerts) data: serde_json::Value,
}

#[derive(sqlx::FromRow)]
struct LastRow {
    alert_id: String,
    seq: i64,
    kind: String,
    data: String,
}

/// The last decision about each of these alerts: its number, and what it says.
async fn last(conn: &mut AnyConnection, alerts: &[&str]) -> Result<HashMap<String, (i64, String, String)>, Fault> {
    let mut found = HashMap::new();
    for chunk in alerts.chunks(5_000) {
        let rows: Vec<LastRow> = sql("SELECT d.alert_id, d.seq, d.kind, d.data FROM alert_decisions d WHERE 1 = 1")
            .and_in("d.alert_id", chunk.iter().copied())
            .push(" AND d.seq = (SELECT MAX(o.seq) FROM alert_decisions o WHERE o.alert_id = d.alert_id)")
            .all(conn)
            .await?;
        found.extend(rows.into_iter().map(|row| (row.alert_id, (row.seq, row.kind, row.data))));
    }
    Ok(found)
}

/// Writes down what was decided; what says the same as the last decision about its alert, and may only be said once
/// ([`DecisionKind::Held`]), is left out.
pub(in crate::alerts) async fn decide(conn: &mut AnyConnection, ctx: &Context, decided: &[Decided]) -> Result<(), Fault> {
    let mut ids: Vec<&str> = decided.iter().map(|one| one.alert.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let last = last(conn, &ids).await?;
    let mut seqs: HashMap<&str, i64> = last.iter().map(|(alert, (seq, ..))| (alert.as_str(), *seq)).collect();
    let mut rows = Vec::with_capacity(decided.len());
    for one in decided {
        let data = one.data.to_string();
        let same = |(_, kind, said): &(i64, String, String)| *kind == one.kind.name() && *said == data;
        if one.kind == DecisionKind::Held && last.get(&one.alert).is_some_and(same) {
            continue;
        }
        let seq = seqs.entry(&one.alert).or_default();
        *seq += 1;
        rows.push((&one.alert, *seq, one.kind, data));
    }
    for chunk in rows.chunks(TOGETHER) {
        sql("INSERT INTO alert_decisions (id, alert_id, at, seq, kind, data) VALUES ")
            .rows(chunk, |r, (alert, seq, kind, data)| {
                r.bind(&ctx.new_id::<EntryId>()).bind(*alert).bind(ctx.now()).bind(*seq).bind(kind.name()).bind(data)
            })
            .run(conn)
            .await?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct DecisionRow {
    at: i64,
    kind: String,
    data: String,
}

/// Decisions about an alert that are told, the newest.
const TOLD: usize = 500;

/// What was decided about an alert, oldest first: the last 500, and how many came before.
pub(in crate::alerts) async fn decisions(conn: &mut AnyConnection, alert: &AlertId) -> Result<(Vec<Decision>, i64), Fault> {
    let all = sql("SELECT COUNT(*) FROM alert_decisions WHERE alert_id = $1").value(alert);
    let (rows, earlier) = sql("SELECT at, kind, data FROM alert_decisions WHERE alert_id = $1 ORDER BY seq DESC")
        .value(alert)
        .up_to::<DecisionRow>(TOLD, all, conn)
        .await?;
    let read = |row: DecisionRow| {
        Ok(Decision { at: Timestamp(row.at), kind: stored(&row.kind)?, data: serde_json::from_str(&row.data).unwrap_or_default() })
    };
    Ok((rows.into_iter().rev().map(read).collect::<Result<_, Fault>>()?, earlier))
}
