//! What is said of conditions that are over already.

use std::collections::HashMap;

use domain::{Fault, Timestamp, time::MINUTE};
use sqlx::AnyConnection;

use super::{
    observed::Said,
    step::Going,
    store::{self, AlertRow},
};

/// How long the end of something may be said once more: Prometheus repeats it for a quarter of an hour.
const LATELY: i64 = 30 * MINUTE;

/// How long an end outweighs who has not seen it yet: of two that look at the same, one looks later.
const BEHIND: i64 = MINUTE;

/// How soon an alert is over by itself of which its source speaks again before: what lasts longer may be posted once and never more.
const SOON: i64 = 60 * MINUTE;

/// Of each of these conditions the last alert that was over since then, if there is one.
async fn last(conn: &mut AnyConnection, fingerprints: &[&String], since: Timestamp) -> Result<HashMap<String, AlertRow>, Fault> {
    if fingerprints.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = store::over_since(conn, fingerprints, since).await?;
    Ok(rows.into_iter().map(|row| (row.fingerprint.clone(), row)).collect())
}

/// Whether the alert was over later than was said of it before. What began only after that end was another one.
fn lasted_longer(row: &AlertRow, said: &Said) -> Result<bool, Fault> {
    let (Some(over), Some(end)) = (row.resolved_at, said.timing.ended_at) else { return Ok(false) };
    let began = said.timing.starts_at.unwrap_or(end);
    Ok(began.0 < over && over < end.0 && row.system()? == said.signal.system)
}

/// Of two ends the later one counts, as upstream merges, with what is told with it; whoever was told of the first one is not told again.
/// These are locked for this transaction.
pub(super) async fn longer(conn: &mut AnyConnection, now: Timestamp, said: &[Said]) -> Result<Vec<Going>, Fault> {
    let fingerprints: Vec<&String> = said.iter().map(|said| &said.fingerprint).collect();
    let last = last(conn, &fingerprints, now.plus(-LATELY)).await?;
    let mut ids = Vec::new();
    for said in said {
        if let Some(row) = last.get(&said.fingerprint)
            && lasted_longer(row, said)?
        {
            ids.push(row.id.as_str());
        }
    }
    // Most of what is said of the past is a repetition.
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut going = Vec::with_capacity(ids.len());
    for stored in store::take_over(conn, ids).await? {
        let Some(said) = said.iter().find(|said| said.fingerprint == stored.fingerprint) else { continue };
        if lasted_longer(&stored, said)? {
            going.push(Going::noted(stored.clone(), longer_by(stored, said)));
        }
    }
    Ok(going)
}

/// The same with the end, and what is told of it, that are said now.
fn longer_by(mut row: AlertRow, said: &Said) -> AlertRow {
    row.resolved_at = said.timing.ended_at.map(|at| at.0);
    row.started_at = said.timing.starts_at.map_or(row.started_at, |at| at.0.min(row.started_at));
    row.title.clone_from(&said.signal.title);
    row.detail.clone_from(&said.signal.detail);
    row.url.clone_from(&said.signal.url);
    row.annotations = store::written(&said.signal.annotations);
    row.late.clone_from(&said.signal.late);
    row
}

/// Takes away what has ended just now, as somebody said, and what another one who looks at the same still repeats, since before that
/// end: it would be told as something new, and end a moment later. What lasts is repeated, and begins then.
pub(super) async fn pass_over(conn: &mut AnyConnection, now: Timestamp, fresh: &mut Vec<Said>) -> Result<(), Fault> {
    let fingerprints: Vec<&String> = fresh.iter().filter(|said| since(said, now).is_some()).map(|said| &said.fingerprint).collect();
    let last = last(conn, &fingerprints, now.plus(-BEHIND)).await?;
    // Where nobody said it, it was over because nobody was heard: whoever is heard again sees it.
    let ended = |said: &Said| {
        let row = last.get(&said.fingerprint).filter(|row| row.expires_at.is_none());
        // Not what lies ahead, after the clock was set back.
        row.and_then(|row| row.resolved_at).filter(|at| *at <= now.0)
    };
    fresh.retain(|said| since(said, now).zip(ended(said)).is_none_or(|(since, ended)| since.0 >= ended));
    Ok(())
}

/// Since when it lasts, of what began before now and ends soon by itself unless it is repeated.
fn since(said: &Said, now: Timestamp) -> Option<Timestamp> {
    // An end that nobody named is one that the next time moves.
    let soon = said.timing.expires_at.filter(|end| !said.timing.named || end.since(now) <= SOON);
    soon.and(said.timing.starts_at).filter(|at| *at < now)
}
