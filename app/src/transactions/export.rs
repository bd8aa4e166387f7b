//! The figures of the span as CSV: `?by=point|code|stream|system`, or the key of a dimension, beside the span and choice of the page;
//! or all of them as a workbook.

use domain::{
    Fault, Page, Permission, Wording,
    transactions::{Analysis, SliceRow, money_text},
};

use super::question;
use crate::{
    components::{Here, TimeRange},
    csv::stream_csv,
    fault::Answer,
    visit::Visit,
    xlsx::{MOST_ROWS, Sheet, xlsx as workbook},
};

/// Rows of one file: every merchant of a large company.
const MOST: usize = 1_000_000;

pub(super) async fn csv(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::Export)?;
    let range = TimeRange::of(&visit, "now-6h")?;
    let by = Here::parse(&visit.path_and_query).get("by").to_owned();
    let question = question(&visit, range.span, MOST)?;
    let analysis = visit.portal.transactions.analyse(&visit.actor, &question).await?;
    let (head, rows) = rows(&visit, &by, &analysis)?;
    let head = head.iter().map(|name| (*name).to_owned()).collect();
    let page = Page { items: rows, next: None };
    Ok(stream_csv(&format!("transactions-{by}.csv"), head, move |_| Box::pin(std::future::ready(Ok(page.clone()))), Clone::clone).await?)
}

/// `GET /transactions.xlsx`: a sheet for the points of time, one for the codes, one for each dimension.
pub(super) async fn xlsx(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::Export)?;
    let range = TimeRange::of(&visit, "now-6h")?;
    let analysis = visit.portal.transactions.analyse(&visit.actor, &question(&visit, range.span, MOST_ROWS)?).await?;
    let dimensions: Vec<String> = analysis.dimensions.iter().map(|table| table.dimension.clone()).collect();
    let ours = ["point", "code", "stream", "system"].map(str::to_owned);
    let mut sheets = Vec::new();
    for by in ours.into_iter().chain(dimensions) {
        let (head, rows) = rows(&visit, &by, &analysis)?;
        sheets.push(Sheet::new(&by, head, rows));
    }
    Ok(workbook("transactions.xlsx", &sheets)?)
}

type Rows = (&'static [&'static str], Vec<Vec<String>>);

fn share(value: Option<f64>) -> String {
    value.map(|v| format!("{v:.6}")).unwrap_or_default()
}

fn rows(visit: &Visit, by: &str, analysis: &Analysis) -> Result<Rows, Fault> {
    // In the one currency of all; without it amounts are not added up.
    let currency = analysis.currency.as_deref().unwrap_or_default();
    let money = |minor: Option<i64>| minor.map(|minor| money_text(minor, currency)).unwrap_or_default();
    let slices = |rows: &[SliceRow]| {
        let cells = |row: &SliceRow| {
            let (now, before) = (share(row.success_rate()), share(row.before_rate()));
            vec![
                row.value.clone(),
                row.total.to_string(),
                row.failed.to_string(),
                now,
                row.before_total.to_string(),
                row.before_failed.to_string(),
                before,
                money(row.amount),
                money(row.before_amount),
            ]
        };
        rows.iter().map(cells).collect()
    };
    const SLICE: &[&str] = &[
        "value",
        "transactions",
        "failures",
        "success_rate",
        "transactions_last_week",
        "failures_last_week",
        "success_rate_last_week",
        "amount",
        "amount_last_week",
    ];
    Ok(match by {
        "stream" => (SLICE, slices(&analysis.streams)),
        "system" => (SLICE, slices(&analysis.systems)),
        "code" => (
            &["code", "failures", "share", "cumulative_share", "failures_last_week"],
            analysis
                .codes
                .iter()
                .map(|c| vec![c.code.clone(), c.failed.to_string(), share(Some(c.share)), share(Some(c.cumulative)), c.before.to_string()])
                .collect(),
        ),
        "point" => (
            &[
                "from_utc",
                "from_local",
                "transactions",
                "failures",
                "success_rate",
                "p50_ms",
                "p95_ms",
                "p99_ms",
                "transactions_last_week",
                "failures_last_week",
                "amount",
                "amount_last_week",
            ],
            analysis
                .points
                .iter()
                .map(|p| {
                    let ms = |value: Option<f64>| value.map(|v| format!("{v:.3}")).unwrap_or_default();
                    vec![
                        p.span.from.rfc3339(),
                        visit.wall(p.span.from),
                        p.total.to_string(),
                        p.failed.to_string(),
                        share(p.success_rate()),
                        ms(p.p50),
                        ms(p.p95),
                        ms(p.p99),
                        p.before_total.to_string(),
                        p.before_failed.to_string(),
                        money(p.amount),
                        money(p.before_amount),
                    ]
                })
                .collect(),
        ),
        other => {
            let keys = analysis.dimensions.iter().map(|table| table.dimension.as_str());
            let choices = ["point", "code", "stream", "system"].into_iter().chain(keys).collect::<Vec<_>>().join(", ");
            let table = analysis.dimensions.iter().find(|table| table.dimension == other);
            let expected = || Wording::new("expect-one-of").with("choices", choices);
            (SLICE, slices(&table.ok_or_else(|| Fault::invalid("by", by, expected()))?.rows))
        }
    })
}
