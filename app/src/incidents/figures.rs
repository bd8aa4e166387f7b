//! `/incidents/figures`: how quick we are, and how many alerts were worth it; and what people say of one alert.

use axum::extract::Path;
use domain::{
    Fault, Permission, Wording,
    id::AlertId,
    incidents::{Figure, FigureRow, Noise},
    transactions::money_text,
};
use leptos::prelude::*;

use super::cost::sum_line;
use crate::{
    components::{
        Button, ButtonKind, Cell, Column, Empty, EmptyKind, Kpi, Kpis, LinkButton, NULL, Notice, PageHead, Panel, RangePicker, Table,
        TimeRange, Tone, duration, full, percent,
    },
    csv::whole_csv,
    fault::Answer,
    form::PostedForm,
    t, tr,
    visit::Visit,
};

/// `GET /incidents/figures?from=…&to=…`
pub(super) async fn page(visit: Visit) -> Answer {
    let range = TimeRange::of(&visit, "now-30d")?;
    let answer = visit.portal.incidents.figures(&visit.actor, range.span).await?;
    let may_export = visit.may(Permission::Export);
    Ok(visit.page(tr!(visit, "incidents-figures"), move || {
        let csv = may_export.then(|| {
            let href = format!("/incidents/figures.csv?from={}&to={}", answer.span.from.rfc3339(), answer.span.to.rfc3339());
            view! { <LinkButton href label="CSV" icon="download"/> }
        });
        let all = answer.all.clone();
        let kpi = |label: String, figure: &Figure| {
            let note = t!("incidents-figures-note", count = figure.count, median = length(figure.median));
            view! { <Kpi label value=figure.mean.map(duration) note/> }.into_any()
        };
        let figures = if all.incidents == 0 {
            view! { <Empty kind=EmptyKind::Clear title=t!("incidents-figures-none")/> }.into_any()
        } else {
            let kpis = [
                kpi(t!("incidents-figures-mttd"), &all.detect),
                kpi(t!("incidents-figures-mtta"), &all.acknowledge),
                kpi(t!("incidents-figures-mttm"), &all.mitigate),
                kpi(t!("incidents-figures-mttr"), &all.resolve),
            ]
            .into_iter()
            .collect_view();
            let mut by_system = answer.by_system;
            for row in by_system.iter_mut().filter(|row| row.name.is_empty()) {
                row.name = t!("incidents-no-system");
            }
            view! {
                <Kpis>
                    <Kpi label=t!("incidents-title") value=full(all.incidents)/>
                    {kpis}
                    {sum_line(&all.cost).map(|cost| view! { <Kpi label=t!("incidents-figures-cost") value=cost note=t!("incidents-figures-cost-note", count = all.cost.incidents)/> })}
                </Kpis>
                <Panel title=t!("incidents-figures-severity") flush=true>{table(t!("incidents-figures-severity"), answer.by_severity)}</Panel>
                <Panel title=t!("incidents-figures-team") flush=true>{table(t!("incidents-figures-team"), answer.by_team)}</Panel>
                <Panel title=t!("incidents-figures-system") flush=true>{table(t!("incidents-figures-system"), by_system)}</Panel>
            }
            .into_any()
        };
        let cut = answer.cut.then(|| view! { <Notice tone=Tone::P3 title=t!("incidents-figures-cut")/> });
        view! {
            <PageHead title=t!("incidents-figures") sub=t!("incidents-figures-sub") back=("/incidents".to_owned(), t!("incidents-title"))>
                {csv}
                <LinkButton href="/oncall/load" label=t!("oncall-load") icon="activity"/>
            </PageHead>
            <RangePicker range/>
            <div class="stack">
                {cut}
                {figures}
                <Panel title=t!("incidents-noise")>{noise(&answer.noise, answer.noisiest)}</Panel>
            </div>
        }
    }))
}

fn length(ms: Option<i64>) -> String {
    ms.map_or_else(|| NULL.to_owned(), duration)
}

fn table(caption: String, rows: Vec<FigureRow>) -> AnyView {
    let columns = vec![
        Column::new(caption.clone()),
        Column::new(t!("incidents-title")).number(),
        Column::new(t!("incidents-figures-mttd")).number(),
        Column::new(t!("incidents-figures-mtta")).number(),
        Column::new(t!("incidents-figures-mttm")).number(),
        Column::new(t!("incidents-figures-mttr")).number(),
        Column::new(t!("incidents-figures-cost")).number(),
    ];
    let cell = |label: String, figure: Figure| {
        let note = (figure.count > 0).then(|| {
            let note = t!("incidents-figures-note", count = figure.count, median = length(figure.median));
            view! { <span class="muted small">" "{note}</span> }
        });
        let mean = length(figure.mean);
        view! { <Cell label number=true>{mean}{note}</Cell> }.into_any()
    };
    let row = |row: FigureRow| {
        let cost = sum_line(&row.cost).unwrap_or_else(|| NULL.to_owned());
        let cells = [
            cell(t!("incidents-figures-mttd"), row.detect),
            cell(t!("incidents-figures-mtta"), row.acknowledge),
            cell(t!("incidents-figures-mttm"), row.mitigate),
            cell(t!("incidents-figures-mttr"), row.resolve),
        ]
        .into_iter()
        .collect_view();
        view! {
            <tr>
                <Cell main=true>{row.name}</Cell>
                <Cell label=t!("incidents-title") number=true>{full(row.incidents)}</Cell>
                {cells}
                <Cell label=t!("incidents-figures-cost") number=true>{cost}</Cell>
            </tr>
        }
    };
    let rows = rows.into_iter().map(row).collect_view();
    view! { <Table caption columns>{rows}</Table> }.into_any()
}

/// Share of alerts that led to something; `None` of none.
fn share(noise: &Noise) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a share of counts")]
    (noise.fired > 0).then(|| noise.acted as f64 / noise.fired as f64)
}

fn noise(all: &Noise, loudest: Vec<Noise>) -> AnyView {
    if all.fired == 0 {
        return view! { <Empty kind=EmptyKind::Clear title=t!("incidents-noise-none") tight=true/> }.into_any();
    }
    let columns = vec![
        Column::new(t!("alerts-alert")),
        Column::new(t!("alerts-system")),
        Column::new(t!("incidents-noise-fired")).number(),
        Column::new(t!("incidents-noise-acted")).number(),
        Column::new(t!("incidents-noise-said")).number(),
    ];
    let row = |kind: Noise| {
        let acted = format!("{} ({})", full(kind.acted), percent(share(&kind)));
        let said = t!("incidents-noise-voices", useful = kind.useful, useless = kind.useless);
        view! {
            <tr>
                <Cell main=true>{crate::alerts::title_words(&kind.title)}</Cell>
                <Cell label=t!("alerts-system")>{Some(kind.system).filter(|name| !name.is_empty()).unwrap_or_else(|| NULL.to_owned())}</Cell>
                <Cell label=t!("incidents-noise-fired") number=true>{full(kind.fired)}</Cell>
                <Cell label=t!("incidents-noise-acted") number=true>{acted}</Cell>
                <Cell label=t!("incidents-noise-said") number=true>{said}</Cell>
            </tr>
        }
    };
    let text = t!("incidents-noise-text", acted = full(all.acted), fired = full(all.fired), share = percent(share(all)));
    let rows = loudest.into_iter().map(row).collect_view();
    view! { <p>{text}</p><Table caption=t!("incidents-noise") columns>{rows}</Table> }.into_any()
}

/// `GET /incidents/figures.csv?from=…&to=…`
pub(super) async fn csv(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::Export)?;
    let range = TimeRange::of(&visit, "now-30d")?;
    let answer = visit.portal.incidents.figures(&visit.actor, range.span).await?;
    let head = [
        "by",
        "name",
        "incidents",
        "detect_n",
        "detect_mean_s",
        "detect_median_s",
        "acknowledge_n",
        "acknowledge_mean_s",
        "acknowledge_median_s",
        "mitigate_n",
        "mitigate_mean_s",
        "mitigate_median_s",
        "resolve_n",
        "resolve_mean_s",
        "resolve_median_s",
        "impact_n",
        "failed_beyond",
        "amount",
    ];
    let seconds = |ms: Option<i64>| ms.map(|ms| (ms / 1_000).to_string()).unwrap_or_default();
    let cells = |by: &str, row: FigureRow| {
        let mut cells = vec![by.to_owned(), row.name, row.incidents.to_string()];
        for figure in [row.detect, row.acknowledge, row.mitigate, row.resolve] {
            cells.extend([figure.count.to_string(), seconds(figure.mean), seconds(figure.median)]);
        }
        let amounts = row.cost.money.iter().map(|money| format!("{} {}", money.currency, money_text(money.amount, &money.currency)));
        cells.extend([row.cost.incidents.to_string(), row.cost.excess.to_string(), amounts.collect::<Vec<_>>().join("; ")]);
        cells
    };
    let mut rows = vec![cells("all", answer.all)];
    rows.extend(answer.by_severity.into_iter().map(|row| cells("severity", row)));
    rows.extend(answer.by_team.into_iter().map(|row| cells("team", row)));
    rows.extend(answer.by_system.into_iter().map(|row| cells("system", row)));
    Ok(whole_csv("incident-figures.csv", &head, rows.into_iter())?)
}

/// `POST /incidents/alerts/{id}/useful`, field `useful`: `on` or `off`
pub(super) async fn say(visit: Visit, Path(alert): Path<String>, form: PostedForm) -> Answer {
    let alert = AlertId::parse(&alert).ok_or(Fault::NotFound("alert"))?;
    let useful = match form.get("useful") {
        "on" => true,
        "off" => false,
        other => return Err(Fault::invalid("useful", other, Wording::new("expect-one-of").with("choices", "on, off")).into()),
    };
    visit.portal.incidents.say_useful(&visit.actor, &alert, useful).await?;
    Ok(visit.go(&format!("/alerts/{alert}"), "toast-alert-said"))
}

/// The panel on the page of an alert: was it worth it?
pub fn useful_panel(alert: &AlertId, said: (i64, i64, Option<bool>), may: bool) -> AnyView {
    let (useful, useless, mine) = said;
    let action = format!("/incidents/alerts/{alert}/useful");
    let button = |value: &'static str, label: String, pressed: bool| {
        let kind = if pressed { ButtonKind::Primary } else { ButtonKind::Plain };
        view! { <Button name="useful" value label kind small=true/> }
    };
    let ask = may.then(|| {
        view! {
            <form class="row" method="post" action=action>
                {button("on", t!("incidents-useful-yes"), mine == Some(true))}
                {button("off", t!("incidents-useful-no"), mine == Some(false))}
            </form>
        }
    });
    view! {
        <Panel title=t!("incidents-useful")>
            <p class="muted">{t!("incidents-noise-voices", useful = useful, useless = useless)}</p>
            {ask}
        </Panel>
    }
    .into_any()
}
