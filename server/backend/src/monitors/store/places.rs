//! Tables `monitor_places` and `monitor_place_results`: what each place knows of a monitor.

use std::collections::BTreeMap;

use domain::{
    Fault, Timestamp,
    id::MonitorId,
    monitors::{CheckResult, Place, Places, Reason, Standing, State, Verdict},
};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

/// Results of a monitor that are kept for each place.
const KEEP: u32 = 60;

#[derive(sqlx::FromRow)]
struct PlaceRow {
    monitor_id: String,
    place: String,
    state: String,
    since: i64,
    run: i64,
    leaning: String,
    last_at: i64,
}

impl PlaceRow {
    fn read(self) -> Option<((MonitorId, Place), Standing)> {
        // Of the last result only the moment is needed: what else it said stands among the results.
        let last = CheckResult::bare(Timestamp(self.last_at), Verdict::Unknown, Reason::Fine, "");
        let standing = Standing {
            state: stored::<State>(&self.state).unwrap_or(State::Unknown),
            since: Timestamp(self.since),
            run: u32::try_from(self.run).unwrap_or_default(),
            leaning: Verdict::parse(&self.leaning),
            last: Some(last),
        };
        Some(((stored(&self.monitor_id).ok()?, Place::parse(&self.place)?), standing))
    }
}

pub(in crate::monitors) async fn load(
    conn: &mut AnyConnection,
    ids: &[MonitorId],
) -> Result<BTreeMap<(MonitorId, Place), Standing>, Fault> {
    let rows: Vec<PlaceRow> = sql("SELECT monitor_id, place, state, since, run, leaning, last_at FROM monitor_places WHERE 1 = 1")
        .and_in("monitor_id", ids)
        .all(conn)
        .await?;
    Ok(rows.into_iter().filter_map(PlaceRow::read).collect())
}

pub(in crate::monitors) async fn save(conn: &mut AnyConnection, standings: &[(MonitorId, Place, Standing)]) -> Result<(), Fault> {
    for chunk in standings.chunks(500) {
        sql("INSERT INTO monitor_places (monitor_id, place, state, since, run, leaning, last_at) VALUES ")
            .rows(chunk, |row, (monitor, place, standing)| {
                row.bind(monitor)
                    .bind(place.to_string())
                    .bind(standing.state.name())
                    .bind(standing.since)
                    .bind(standing.run)
                    .bind(standing.leaning.map_or("", Verdict::name))
                    .bind(standing.last.as_ref().map_or(standing.since, |last| last.at))
            })
            .push(
                " ON CONFLICT (monitor_id, place) DO UPDATE SET state = excluded.state, since = excluded.since, run = excluded.run, \
                 leaning = excluded.leaning, last_at = excluded.last_at",
            )
            .run(conn)
            .await?;
    }
    Ok(())
}

pub(in crate::monitors) async fn insert_results(
    conn: &mut AnyConnection,
    results: &[(MonitorId, Place, CheckResult)],
) -> Result<(), Fault> {
    for chunk in results.chunks(500) {
        sql("INSERT INTO monitor_place_results (monitor_id, place, at, verdict, reason, detail, latency_us) VALUES ")
            .rows(chunk, |row, (monitor, place, result)| {
                row.bind(monitor)
                    .bind(place.to_string())
                    .bind(result.at)
                    .bind(result.verdict.name())
                    .bind(result.reason.name())
                    .bind(&result.detail)
                    .bind(result.latency_us)
            })
            .run(conn)
            .await?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct ResultRow {
    place: String,
    at: i64,
    verdict: String,
    reason: String,
    detail: String,
    latency_us: Option<i64>,
}

/// The last results of a monitor by place, oldest first.
pub(in crate::monitors) async fn recent(conn: &mut AnyConnection, id: &MonitorId) -> Result<BTreeMap<Place, Vec<CheckResult>>, Fault> {
    let rows: Vec<ResultRow> =
        sql("SELECT place, at, verdict, reason, detail, latency_us FROM monitor_place_results WHERE monitor_id = $1 ORDER BY at DESC LIMIT 1000")
            .value(id)
            .all(conn)
            .await?;
    let mut recent: BTreeMap<Place, Vec<CheckResult>> = BTreeMap::new();
    for row in rows {
        let Some(place) = Place::parse(&row.place) else { continue };
        let results = recent.entry(place).or_default();
        if results.len() < 60 {
            let bare = CheckResult::bare(Timestamp(row.at), stored::<Verdict>(&row.verdict)?, stored::<Reason>(&row.reason)?, row.detail);
            results.push(CheckResult { latency_us: row.latency_us, ..bare });
        }
    }
    recent.values_mut().for_each(|results| results.reverse());
    Ok(recent)
}

/// Deletes all but the newest results of a monitor, place by place.
pub(in crate::monitors) async fn trim(conn: &mut AnyConnection, id: &str) -> Result<(), Fault> {
    let places = sql("SELECT place FROM monitor_places WHERE monitor_id = $1").value(id).texts(conn).await?;
    for place in places {
        sql("DELETE FROM monitor_place_results WHERE monitor_id = $1 AND place = $2 AND at <= \
             (SELECT at FROM monitor_place_results WHERE monitor_id = $3 AND place = $4 ORDER BY at DESC LIMIT 1 OFFSET $5)")
        .value(id)
        .value(&place)
        .value(id)
        .value(&place)
        .value(KEEP)
        .run(conn)
        .await?;
    }
    Ok(())
}

/// Forgets what places know of a monitor that it names no more; all, where it is checked from here alone.
pub(in crate::monitors) async fn forget_others(conn: &mut AnyConnection, id: &MonitorId, named: &Places) -> Result<(), Fault> {
    let known = sql("SELECT place FROM monitor_places WHERE monitor_id = $1").value(id).texts(conn).await?;
    let named = |place: &String| !named.is_here() && Place::parse(place).is_some_and(|place| named.has(&place));
    for place in known.iter().filter(|place| !named(place)) {
        sql("DELETE FROM monitor_places WHERE monitor_id = $1 AND place = $2").value(id).value(place).run(conn).await?;
        sql("DELETE FROM monitor_place_results WHERE monitor_id = $1 AND place = $2").value(id).value(place).run(conn).await?;
    }
    Ok(())
}

/// Nobody knows any more what a lost location knew.
pub(in crate::monitors) async fn lose(conn: &mut AnyConnection, place: &Place, now: Timestamp) -> Result<(), Fault> {
    sql("UPDATE monitor_places SET state = 'unknown', since = $1, run = 0, leaning = '' WHERE place = $2 AND state <> 'unknown'")
        .value(now)
        .value(place.to_string())
        .run(conn)
        .await?;
    Ok(())
}
