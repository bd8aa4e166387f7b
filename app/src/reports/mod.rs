//! `/reports/day`: the numbers that every morning meeting wants, on screen, on paper, as a file, as Markdown.

use domain::{
    Fault, Permission,
    reports::{DayCode, DayReport, Worst, day_of, markdown, read},
    transactions::{Totals, money_grouped, money_text},
};
use jiff::civil::Date;
use leptos::prelude::*;

use crate::{
    alerts::level,
    components::{
        Button, Cell, Column, CopyButton, Delta, Empty, EmptyKind, Fact, Facts, Here, Kpi, Kpis, LinkButton, NULL, PageHead, Panel,
        SeverityBadge, SuccessKpi, Table, WhenSpan, compact, full, percent,
    },
    csv::whole_csv,
    fault::Answer,
    merchants::path,
    routes::{Need, Routes},
    t, tr,
    transactions::{float, signed},
    visit::{Visit, use_visit},
    xlsx::{Sheet, xlsx as workbook},
};

/// Its pages.
pub fn routes() -> Routes {
    let export = Need::Permission(Permission::Export);
    Routes::new().get("/reports/day", Need::LoggedIn, page).get("/reports/day.csv", export, csv).get("/reports/day.xlsx", export, xlsx)
}

async fn report(visit: &Visit) -> Result<(Date, DayReport), Fault> {
    let day = day_of(Here::parse(&visit.path_and_query).get("date"), visit.now, &visit.zone)?;
    Ok((day, read(&visit.portal, &visit.actor, day, &visit.zone_name, &visit.zone).await?))
}

async fn page(visit: Visit) -> Answer {
    let (day, report) = report(&visit).await?;
    let export = visit.may(Permission::Export);
    let title = tr!(visit, "reports-day-title", date = report.date.clone());
    let heading = title.clone();
    let today = visit.now.jiff().to_zoned(visit.zone.clone()).date();
    Ok(visit.page(title, move || {
        let visit = use_visit();
        let of = |day: Date| Here::parse("/reports/day").with("date", day).href();
        let before = day.yesterday().ok().map(|day| view! { <LinkButton href=of(day) label=t!("reports-before")/> });
        let next = day.tomorrow().ok().filter(|day| *day <= today).map(|day| view! { <LinkButton href=of(day) label=t!("reports-next")/> });
        let files = export.then(|| {
            let at = |path: &str| Here::parse(path).with("date", day).href();
            view! {
                <LinkButton href=at("/reports/day.csv") label="CSV" icon="download"/>
                <LinkButton href=at("/reports/day.xlsx") label="XLSX" icon="download"/>
            }
        });
        let text = markdown(&report, visit.locale, &visit.zone);
        let so_far = (!report.over).then(|| t!("reports-so-far"));
        let utc = (report.counted_zone != report.zone).then(|| view! { <p class="muted small">{t!("reports-utc")}</p> });
        let copied = text.clone();
        view! {
            <PageHead title=heading sub=t!("reports-day-sub")>
                {files}
                <span class="row"><span class="muted small">"Markdown"</span><CopyButton value=copied hidden=true/></span>
            </PageHead>
            <div class="stack report-day">
                <nav class="row page-acts" aria-label=t!("reports-days")>
                    {before}
                    {next}
                    <form class="row" method="get" action="/reports/day">
                        <label class="field"><span>{t!("reports-date")}</span><input class="input" type="date" name="date" value=day.to_string() max=today.to_string()/></label>
                        <Button label=t!("reports-show")/>
                    </form>
                </nav>
                <p class="muted small"><WhenSpan from=report.span.from to=Some(report.span.to)/>" "{report.zone.clone()}" "{so_far}</p>
                {utc}
                {figures(&report)}
                <div class="halves">
                    {codes(&report)}
                    {worst("report-links", t!("reports-links"), &report.links, false)}
                </div>
                {worst("report-merchants", t!("reports-merchants"), &report.merchants, true)}
                <div class="halves">
                    {incidents(&report)}
                    {changes(&report)}
                </div>
                <details class="page-acts">
                    <summary class="button">{t!("reports-markdown")}</summary>
                    <pre class="transactions-example" tabindex="0">{text}</pre>
                </details>
            </div>
        }
    }))
}

fn amount(totals: &Totals, currency: &str) -> Option<i64> {
    totals.money.iter().find(|money| money.currency == currency).map(|money| money.amount)
}

fn figures(report: &DayReport) -> impl IntoView + use<> {
    let (now, yesterday, week) = (&report.totals, &report.yesterday, &report.last_week);
    let against = t!("reports-yesterday");
    let volume = Delta::relative(float(now.total), float(yesterday.total), against.clone());
    let failures = Delta::relative(float(now.failed), float(yesterday.failed), against.clone());
    let had = (yesterday.total > 0).then(|| (signed(yesterday.total), signed(yesterday.failed), against));
    let (total, failed) = (now.total, now.failed);
    let was = t!("reports-week-was", count = full(signed(week.total)));
    let was_failed = t!("reports-week-was", count = full(signed(week.failed)));
    let rates = [
        (t!("reports-the-day"), percent(now.success_rate())),
        (t!("reports-yesterday"), percent(yesterday.success_rate())),
        (t!("reports-last-week"), percent(week.success_rate())),
    ];
    let rates = rates.map(|(name, rate)| view! { <Fact name>{rate}</Fact> }).collect_view();
    let money = now
        .money
        .iter()
        .map(|money| {
            let said =
                |totals| amount(totals, &money.currency).map_or_else(|| NULL.to_owned(), |minor| money_grouped(minor, &money.currency));
            let text = [now, yesterday, week].map(said).join(" · ");
            view! { <Fact name=t!("reports-amount", currency = money.currency.clone())>{text}</Fact> }
        })
        .collect_view();
    view! {
        <Kpis>
            <Kpi label=t!("transactions-volume") value=compact(float(total)) delta=volume note=was/>
            <SuccessKpi label=t!("transactions-success") total=signed(total) failed=signed(failed) before=had/>
            <Kpi label=t!("transactions-failures") value=full(signed(failed)) delta=failures note=was_failed/>
        </Kpis>
        <Panel title=t!("reports-compared") id="report-compared">
            <Facts>{rates}{money}</Facts>
            <p class="muted small">{t!("reports-compared-text")}</p>
        </Panel>
    }
}

fn codes(report: &DayReport) -> impl IntoView + use<> {
    let columns = vec![
        Column::new(t!("transactions-by-code")),
        Column::new(t!("transactions-failures")).number(),
        Column::new(t!("reports-share")).number(),
        Column::new(t!("reports-yesterday")).number(),
        Column::new(t!("reports-last-week")).number(),
    ];
    let rows = report
        .codes
        .iter()
        .map(|DayCode { row: code, yesterday }| {
            let name = if code.code.is_empty() { t!("transactions-no-value") } else { code.code.clone() };
            let [failed, yesterday, before] = [code.failed, *yesterday, code.before].map(|count| full(signed(count)));
            let share = percent(Some(code.share));
            view! {
                <tr>
                    <Cell main=true>{name}</Cell>
                    <Cell number=true label=t!("transactions-failures")>{failed}</Cell>
                    <Cell number=true label=t!("reports-share")>{share}</Cell>
                    <Cell number=true label=t!("reports-yesterday")>{yesterday}</Cell>
                    <Cell number=true label=t!("reports-last-week")>{before}</Cell>
                </tr>
            }
        })
        .collect_view();
    let empty = report.codes.is_empty();
    view! {
        <Panel title=t!("transactions-codes") id="report-codes" flush=true>
            {if empty {
                view! { <Empty kind=EmptyKind::Clear title=t!("transactions-no-failures") tight=true/> }.into_any()
            } else {
                view! { <Table caption=t!("transactions-codes") columns>{rows}</Table> }.into_any()
            }}
        </Panel>
    }
}

fn worst(id: &'static str, title: String, rows: &[Worst], merchants: bool) -> impl IntoView + use<> {
    let columns = vec![
        Column::new(if merchants { t!("merchants-merchant") } else { t!("transactions-by-link") }),
        Column::new(t!("merchants-excess")).number(),
        Column::new(t!("transactions-success")).number(),
        Column::new(t!("reports-yesterday")).number(),
        Column::new(t!("reports-last-week")).number(),
        Column::new(t!("transactions-volume")).number(),
    ];
    let body = rows
        .iter()
        .map(|worst| {
            let row = &worst.row;
            let href = if merchants { path(&row.value) } else { Here::parse("/transactions").with("link", &row.value).href() };
            let value = row.value.clone();
            #[expect(clippy::cast_possible_truncation, reason = "a count for people")]
            let excess = full(worst.excess.round() as i64);
            let [now, yesterday, before] = [row.success_rate(), worst.yesterday, row.before_rate()].map(percent);
            let total = full(signed(row.total));
            view! {
                <tr>
                    <Cell main=true><a href=href>{value}</a></Cell>
                    <Cell number=true label=t!("merchants-excess")>{excess}</Cell>
                    <Cell number=true label=t!("transactions-success")>{now}</Cell>
                    <Cell number=true label=t!("reports-yesterday")>{yesterday}</Cell>
                    <Cell number=true label=t!("reports-last-week")>{before}</Cell>
                    <Cell number=true label=t!("transactions-volume")>{total}</Cell>
                </tr>
            }
        })
        .collect_view();
    let empty = rows.is_empty();
    let caption = title.clone();
    view! {
        <Panel title id=id flush=true>
            {if empty {
                view! { <Empty kind=EmptyKind::Clear title=t!("reports-none-worse") tight=true/> }.into_any()
            } else {
                view! { <Table caption columns>{body}</Table> }.into_any()
            }}
        </Panel>
    }
}

fn incidents(report: &DayReport) -> impl IntoView + use<> {
    let rows: Vec<AnyView> = report
        .incidents
        .iter()
        .map(|incident| {
            let href = format!("/incidents/{}", incident.number);
            let (from, to, severity) = (incident.opened_at, incident.resolved_at, incident.severity);
            view! {
                <li>
                    <SeverityBadge level=level(severity)/>
                    " "
                    <a href=href>{format!("INC-{} {}", incident.number, incident.title)}</a>
                    " "
                    <span class="muted small"><WhenSpan from to/></span>
                </li>
            }
            .into_any()
        })
        .collect();
    listed("report-incidents", t!("reports-incidents"), rows, t!("reports-no-incidents"))
}

fn changes(report: &DayReport) -> impl IntoView + use<> {
    let rows: Vec<AnyView> = report
        .changes
        .iter()
        .map(|change| {
            let href = format!("/changes/{}", change.id);
            let (from, to) = (change.span.from, Some(change.span.to));
            view! {
                <li>
                    <a href=href>{format!("{} {}", change.number, change.title)}</a>
                    " "
                    <span class="muted small"><WhenSpan from to/></span>
                </li>
            }
            .into_any()
        })
        .collect();
    listed("report-changes", t!("reports-changes"), rows, t!("reports-no-changes"))
}

/// A panel with a list, or with a word where it is empty.
fn listed(id: &'static str, title: String, rows: Vec<AnyView>, none: String) -> impl IntoView + use<> {
    view! {
        <Panel title id>
            {if rows.is_empty() {
                view! { <Empty kind=EmptyKind::Clear title=none tight=true/> }.into_any()
            } else {
                view! { <ul class="report-list">{rows}</ul> }.into_any()
            }}
        </Panel>
    }
}

const HEAD: [&str; 6] = ["section", "name", "day", "day_before", "last_week", "excess_failures"];

/// Every figure as a row.
fn rows(report: &DayReport) -> Vec<Vec<String>> {
    let rate = |rate: Option<f64>| rate.map(|rate| format!("{rate:.6}")).unwrap_or_default();
    let three = [&report.totals, &report.yesterday, &report.last_week];
    let row = |section: &str, name: &str, [day, yesterday, week]: [String; 3], excess: String| {
        vec![section.to_owned(), name.to_owned(), day, yesterday, week, excess]
    };
    let mut rows = vec![
        row("totals", "transactions", three.map(|totals| totals.total.to_string()), String::new()),
        row("totals", "failures", three.map(|totals| totals.failed.to_string()), String::new()),
        row("totals", "success_rate", three.map(|totals| rate(totals.success_rate())), String::new()),
    ];
    if report.counted_zone != report.zone {
        rows.push(row("totals", "days_of", three.map(|_| report.counted_zone.clone()), String::new()));
    }
    for money in &report.totals.money {
        let name = format!("amount {}", money.currency);
        let of = |totals: &Totals| amount(totals, &money.currency).map(|minor| money_text(minor, &money.currency)).unwrap_or_default();
        rows.push(row("totals", &name, three.map(of), String::new()));
    }
    for code in &report.codes {
        let counts = [code.row.failed, code.yesterday, code.row.before].map(|count| count.to_string());
        rows.push(row("codes", &code.row.code, counts, String::new()));
    }
    for (section, worst) in [("merchants", &report.merchants), ("links", &report.links)] {
        for worst in worst {
            let rates = [worst.row.success_rate(), worst.yesterday, worst.row.before_rate()].map(rate);
            rows.push(row(section, &worst.row.value, rates, format!("{:.1}", worst.excess)));
        }
    }
    for incident in &report.incidents {
        let name = format!("INC-{} {} {}", incident.number, incident.severity, incident.title);
        let end = incident.resolved_at.map(domain::Timestamp::rfc3339).unwrap_or_default();
        rows.push(row("incidents", &name, [incident.opened_at.rfc3339(), end, String::new()], String::new()));
    }
    for change in &report.changes {
        let name = format!("{} {}", change.number, change.title);
        rows.push(row("changes", &name, [change.span.from.rfc3339(), change.span.to.rfc3339(), String::new()], String::new()));
    }
    rows
}

async fn csv(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::Export)?;
    let (_, report) = report(&visit).await?;
    Ok(whole_csv(&format!("day-{}.csv", report.date), &HEAD, rows(&report).into_iter())?)
}

async fn xlsx(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::Export)?;
    let (_, report) = report(&visit).await?;
    Ok(workbook(&format!("day-{}.xlsx", report.date), &[Sheet::new(&report.date, &HEAD, rows(&report))])?)
}
