//! Table `monitor_results`: the last results at full detail, kept for a bounded time.

use domain::{
    Fault, Page, PageRequest, Timestamp,
    id::MonitorId,
    monitors::{CheckResult, Reason, Verdict},
};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

#[derive(sqlx::FromRow)]
struct ResultRow {
    at: i64,
    verdict: String,
    reason: String,
    detail: String,
    status: Option<i64>,
    latency_us: Option<i64>,
    dns_us: Option<i64>,
    connect_us: Option<i64>,
    tls_us: Option<i64>,
    first_byte_us: Option<i64>,
    tls_expires_at: Option<i64>,
}

impl ResultRow {
    fn read(self) -> Result<CheckResult, Fault> {
        Ok(CheckResult {
            at: Timestamp(self.at),
            verdict: stored::<Verdict>(&self.verdict)?,
            reason: stored::<Reason>(&self.reason)?,
            detail: self.detail,
            status: self.status.and_then(|s| u16::try_from(s).ok()),
            latency_us: self.latency_us,
            dns_us: self.dns_us,
            connect_us: self.connect_us,
            tls_us: self.tls_us,
            first_byte_us: self.first_byte_us,
            tls_expires_at: self.tls_expires_at.map(Timestamp),
            facts: Vec::new(),
        })
    }
}

pub(in crate::monitors) async fn insert(conn: &mut AnyConnection, results: &[(MonitorId, CheckResult)]) -> Result<(), Fault> {
    for chunk in results.chunks(500) {
        sql("INSERT INTO monitor_results (monitor_id, at, verdict, reason, detail, status, latency_us, dns_us, connect_us, tls_us, \
             first_byte_us, tls_expires_at) VALUES ")
        .rows(chunk, |row, (id, result)| {
            row.bind(id)
                .bind(result.at)
                .bind(result.verdict.name())
                .bind(result.reason.name())
                .bind(&result.detail)
                .bind(result.status)
                .bind(result.latency_us)
                .bind(result.dns_us)
                .bind(result.connect_us)
                .bind(result.tls_us)
                .bind(result.first_byte_us)
                .bind(result.tls_expires_at)
        })
        .run(conn)
        .await?;
    }
    Ok(())
}

/// Newest first.
pub(in crate::monitors) async fn page(conn: &mut AnyConnection, id: &MonitorId, page: &PageRequest) -> Result<Page<CheckResult>, Fault> {
    let mut query =
        sql("SELECT at, verdict, reason, detail, status, latency_us, dns_us, connect_us, tls_us, first_byte_us, tls_expires_at \
         FROM monitor_results WHERE monitor_id = $1")
        .value(id);
    if let Some((at, _)) = page.position()? {
        query = query.push(" AND at < ").bind(at);
    }
    let rows: Vec<ResultRow> = query.push(" ORDER BY at DESC LIMIT ").bind(page.limit + 1).all(conn).await?;
    let results = rows.into_iter().map(ResultRow::read).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(results, page.limit, |result| (result.at.0, id.to_string())))
}

/// Deletes all but the newest results of a monitor.
pub(in crate::monitors) async fn trim(conn: &mut AnyConnection, id: &str, keep: u32) -> Result<u64, Fault> {
    sql("DELETE FROM monitor_results WHERE monitor_id = $1 AND at <= \
         (SELECT at FROM monitor_results WHERE monitor_id = $2 ORDER BY at DESC LIMIT 1 OFFSET $3)")
    .value(id)
    .value(id)
    .value(keep)
    .run(conn)
    .await
}

/// When the first of the last `count` results with this verdict began.
pub(in crate::monitors) async fn first_of(
    conn: &mut AnyConnection,
    monitor: &MonitorId,
    verdict: Verdict,
    count: u32,
) -> Result<Option<Timestamp>, Fault> {
    let at = sql("SELECT COALESCE(MIN(at), -1) FROM (SELECT at FROM monitor_results WHERE monitor_id = $1 AND verdict = $2 ORDER BY at DESC LIMIT $3) AS last")
        .value(monitor)
        .value(verdict.name())
        .value(count.max(1))
        .count(conn)
        .await?;
    Ok((at >= 0).then_some(Timestamp(at)))
}
