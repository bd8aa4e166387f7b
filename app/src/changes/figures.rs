//! `/changes/figures`: the four measures of DORA, and how often rules were gone past.

use domain::{
    Permission,
    changes::{ChangeFigureRow, ChangeFigures},
};
use leptos::prelude::*;

use crate::{
    components::{
        Cell, Column, Empty, EmptyKind, Kpi, Kpis, LinkButton, NULL, Notice, PageHead, Panel, RangePicker, Table, TimeRange, Tone,
        duration, full, percent,
    },
    csv::whole_csv,
    fault::Answer,
    t, tr,
    visit::Visit,
};

/// `GET /changes/figures?from=…&to=…`
pub(super) async fn page(visit: Visit) -> Answer {
    let range = TimeRange::of(&visit, "now-90d")?;
    let answer = visit.portal.carrying.figures(&visit.actor, range.span).await?;
    let may_export = visit.may(Permission::Export);
    Ok(visit.page(tr!(visit, "changes-figures"), move || {
        let csv = may_export.then(|| {
            let href = format!("/changes/figures.csv?from={}&to={}", answer.span.from.rfc3339(), answer.span.to.rfc3339());
            view! { <LinkButton href label="CSV" icon="download"/> }
        });
        let cut = answer.cut.then(|| view! { <Notice tone=Tone::P3 title=t!("changes-figures-cut")/> });
        let past = answer.all.overrides + answer.all.breaks + answer.all.waivers;
        let body = if answer.all.changes == 0 && answer.all.deployments == 0 && past == 0 {
            view! { <Empty kind=EmptyKind::Clear title=t!("changes-figures-none")/> }.into_any()
        } else {
            view! { <Figures answer/> }.into_any()
        };
        view! {
            <PageHead title=t!("changes-figures") sub=t!("changes-figures-sub") back=("/changes".to_owned(), t!("changes-title"))>{csv}</PageHead>
            <RangePicker range/>
            <div class="stack">{cut}{body}</div>
        }
    }))
}

fn a_week(row: &ChangeFigureRow) -> String {
    format!("{:.1}", row.deployments_a_week)
}

fn share(value: Option<f64>) -> String {
    percent(value)
}

fn length(ms: Option<i64>) -> String {
    ms.map_or_else(|| NULL.to_owned(), duration)
}

#[component]
fn Figures(answer: ChangeFigures) -> impl IntoView {
    let all = answer.all;
    let well = t!("changes-figures-of", part = all.succeeded, all = all.changes);
    let failed = t!("changes-figures-of", part = all.failed, all = all.changes);
    let emergencies = t!("changes-figures-of", part = all.emergencies, all = all.changes);
    let past = t!("changes-figures-past", overrides = all.overrides, frozen = all.frozen, breaks = all.breaks, waivers = all.waivers);
    view! {
        <Kpis>
            <Kpi label=t!("changes-figures-frequency") value=a_week(&all) note=t!("changes-figures-deployments", count = all.deployments)/>
            <Kpi label=t!("changes-figures-lead") value=length(all.lead_ms) note=t!("changes-figures-lead-note", commits = all.from_commit, all = all.changes)/>
            <Kpi label=t!("changes-figures-success") value=share(all.success_rate()) note=well/>
            <Kpi label=t!("changes-figures-failure") value=share(all.failure_rate()) note=failed/>
            <Kpi label=t!("changes-figures-restore") value=length(all.restore_ms) note=t!("changes-figures-restore-note")/>
            <Kpi label=t!("changes-figures-emergency") value=share(all.emergency_share()) note=emergencies/>
            <Kpi label=t!("changes-figures-gone-past") value=full(all.overrides + all.breaks + all.waivers) note=past/>
        </Kpis>
        <Panel title=t!("changes-figures-team") id="changes-by-team" flush=true>{table(t!("changes-figures-team"), answer.by_team)}</Panel>
        <Panel title=t!("changes-figures-system") id="changes-by-system" flush=true>{table(t!("changes-figures-system"), answer.by_system)}</Panel>
    }
}

fn table(caption: String, rows: Vec<ChangeFigureRow>) -> AnyView {
    let heads = [
        "changes-figures-changes",
        "changes-figures-success",
        "changes-figures-failure",
        "changes-figures-lead",
        "changes-figures-restore",
        "changes-figures-frequency",
        "changes-figures-emergency",
        "changes-figures-overrides",
        "changes-figures-frozen",
        "changes-figures-breaks",
        "changes-figures-waivers",
    ];
    let columns: Vec<Column> =
        std::iter::once(Column::new(caption.clone())).chain(heads.iter().map(|key| Column::new(t!(key)).number())).collect();
    let rows = rows
        .into_iter()
        .map(|row| {
            let values = [
                full(row.changes),
                share(row.success_rate()),
                share(row.failure_rate()),
                length(row.lead_ms),
                length(row.restore_ms),
                a_week(&row),
                share(row.emergency_share()),
                full(row.overrides),
                full(row.frozen),
                full(row.breaks),
                full(row.waivers),
            ];
            let cells =
                heads.iter().zip(values).map(|(key, value)| view! { <Cell label=t!(key) number=true>{value}</Cell> }).collect_view();
            view! { <tr><Cell main=true>{row.name}</Cell>{cells}</tr> }
        })
        .collect_view();
    view! { <Table caption columns>{rows}</Table> }.into_any()
}

/// `GET /changes/figures.csv`
pub(super) async fn csv(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::Export)?;
    let range = TimeRange::of(&visit, "now-90d")?;
    let answer = visit.portal.carrying.figures(&visit.actor, range.span).await?;
    let head = [
        "of",
        "name",
        "changes",
        "succeeded",
        "failed",
        "emergencies",
        "overrides",
        "freeze_breaks",
        "evidence_waivers",
        "deployments",
        "deployments_a_week",
        "lead_ms",
        "lead_from_commit",
        "restore_ms",
        "freeze_overrides",
    ];
    let optional = |value: Option<i64>| value.map(|v| v.to_string()).unwrap_or_default();
    let cells = |(of, row): (&str, &ChangeFigureRow)| {
        vec![
            of.to_owned(),
            row.name.clone(),
            row.changes.to_string(),
            row.succeeded.to_string(),
            row.failed.to_string(),
            row.emergencies.to_string(),
            row.overrides.to_string(),
            row.breaks.to_string(),
            row.waivers.to_string(),
            row.deployments.to_string(),
            format!("{:.3}", row.deployments_a_week),
            optional(row.lead_ms),
            row.from_commit.to_string(),
            optional(row.restore_ms),
            row.frozen.to_string(),
        ]
    };
    let rows = std::iter::once(("all", &answer.all))
        .chain(answer.by_team.iter().map(|row| ("team", row)))
        .chain(answer.by_system.iter().map(|row| ("system", row)));
    Ok(whole_csv("changes-figures.csv", &head, rows.map(cells))?)
}
