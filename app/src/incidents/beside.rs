//! What stands beside the timeline of an incident: its alerts, the runs of tools, what was told. Each says where the rest is.

use domain::{
    Page,
    alerts::State,
    deliveries::Delivery,
    id::IncidentId,
    incidents::AlertRef,
    tools::{Run, RunState},
};
use leptos::prelude::*;

use crate::{
    alerts::AlertStateBadge,
    components::{Cell, Column, Empty, EmptyKind, Table, When, WhenStyle},
    deliveries::DeliveryRows,
    t,
};

/// Its alerts, and where the earlier ones are.
pub(super) fn alerts(incident: &IncidentId, alerts: Vec<AlertRef>, earlier: i64) -> AnyView {
    if alerts.is_empty() {
        return view! { <Empty kind=EmptyKind::Clear title=t!("incidents-no-alerts") tight=true/> }.into_any();
    }
    let columns = vec![Column::new(t!("alerts-alert")), Column::new(t!("alerts-state")), Column::new(t!("alerts-since"))];
    let rows = alerts
        .into_iter()
        .map(|alert| {
            view! {
                <tr>
                    <Cell main=true><a href=format!("/alerts/{}", alert.id)>{crate::alerts::spoken_title(&alert.title, &alert.told)}</a></Cell>
                    <Cell label=t!("alerts-state")><AlertStateBadge state=alert.state/></Cell>
                    <Cell label=t!("alerts-since")><When at=alert.started_at style=WhenStyle::Ago/></Cell>
                </tr>
            }
        })
        .collect_view();
    let more = (earlier > 0).then(|| {
        let states = State::ALL.iter().map(|state| format!("&state={}", state.name())).collect::<Vec<_>>().concat();
        let href = format!("/alerts?incident={incident}{states}");
        view! { <p class="panel-body"><a href=href>{t!("incidents-alerts-more", count = earlier)}</a></p> }
    });
    view! {
        <Table caption=t!("incidents-alerts") columns>{rows}</Table>
        {more}
    }
    .into_any()
}

/// What was told of it, and where the earlier ones are; `heard` where a channel hears its team.
pub(super) fn deliveries(incident: &IncidentId, sent: Page<Delivery>, heard: bool) -> AnyView {
    if sent.items.is_empty() {
        let title = if heard { t!("incidents-no-deliveries-wanted") } else { t!("incidents-no-deliveries") };
        return view! { <Empty kind=EmptyKind::NotConfigured title tight=true/> }.into_any();
    }
    let more = sent.next.is_some().then(|| {
        let href = format!("/admin/deliveries?incident={incident}");
        view! { <p class="panel-body"><a href=href>{t!("incidents-deliveries-more")}</a></p> }
    });
    view! {
        <DeliveryRows deliveries=sent.items brief=true/>
        {more}
    }
    .into_any()
}

/// Runs of tools for it, and where the earlier ones are.
pub(super) fn runs(incident: &IncidentId, runs: Page<Run>) -> AnyView {
    if runs.items.is_empty() {
        return view! { <p class="muted">{t!("incidents-no-runs")}</p> }.into_any();
    }
    let more = runs.next.is_some().then(|| {
        let href = format!("/runs?incident={incident}");
        view! { <p><a href=href>{t!("incidents-runs-more")}</a></p> }
    });
    let rows = runs
        .items
        .into_iter()
        .map(|run| {
            let state = run_word(run.state);
            view! { <li><a href=format!("/runs/{}", run.id)>{run.tool_name}</a>" "<span class="muted">{state}</span>" "<When at=run.requested_at style=WhenStyle::Ago/></li> }
        })
        .collect_view();
    view! {
        <ul class="incident-runs">{rows}</ul>
        {more}
    }
    .into_any()
}

/// The state of a run in the words of the area `tools`.
fn run_word(state: RunState) -> String {
    let key = format!("runs-state-{}", state.word());
    if crate::i18n::has(&key) { t!(&key) } else { state.word().to_owned() }
}
