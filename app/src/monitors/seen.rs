//! What the last check saw: its phases as one bar, and everything else that it tells.

use domain::monitors::CheckResult;
use leptos::prelude::*;

use super::words::{latency, say_fact};
use crate::{
    components::{Fact, Facts, Panel},
    t,
};

/// Phases of a check, in their order: name, class of the bar, microseconds.
fn phases(result: &CheckResult) -> Vec<(String, &'static str, i64)> {
    let us = |phase: Option<i64>| phase.unwrap_or_default().max(0);
    let known = us(result.dns_us) + us(result.connect_us) + us(result.tls_us) + us(result.first_byte_us);
    let rest = us(result.latency_us).saturating_sub(known);
    [
        (t!("monitors-dns"), "dns", us(result.dns_us)),
        (t!("monitors-connect"), "connect", us(result.connect_us)),
        (t!("monitors-tls"), "tls", us(result.tls_us)),
        (t!("monitors-first-byte"), "first-byte", us(result.first_byte_us)),
        (t!("monitors-rest"), "rest", rest),
    ]
    .into_iter()
    .filter(|(_, _, us)| *us > 0)
    .collect()
}

/// What the last check saw; nothing where it saw nothing.
#[component]
pub(super) fn Seen(last: Option<CheckResult>) -> impl IntoView {
    let last = last?;
    let phases = phases(&last);
    if phases.is_empty() && last.facts.is_empty() {
        return None;
    }
    let facts = last
        .facts
        .into_iter()
        .map(|fact| view! { <Fact name=say_fact(fact.kind)><span class="monitors-url mono">{fact.text}</span></Fact> })
        .collect_view();
    Some(view! {
        <Panel title=t!("monitors-seen") id="monitor-seen">
            {(!phases.is_empty()).then(|| view! { <PhaseBar phases/> })}
            <Facts>{facts}</Facts>
        </Panel>
    })
}

/// The phases one after another, as long as they took; the table beside it says the same in figures.
#[component]
fn PhaseBar(phases: Vec<(String, &'static str, i64)>) -> impl IntoView {
    let total = phases.iter().map(|(_, _, us)| us).sum::<i64>().max(1);
    let mut at = 0;
    let bars = phases
        .iter()
        .map(|(_, class, us)| {
            let (x, width) = (share(at, total), share(*us, total));
            at += us;
            view! { <rect class="monitors-phase" data-phase=*class x=format!("{x:.2}") y="0" width=format!("{width:.2}") height="10"></rect> }
        })
        .collect_view();
    let rows = phases
        .into_iter()
        .map(|(name, class, us)| {
            view! {
                <div>
                    <dt>
                        <svg class="monitors-swatch" viewBox="0 0 10 10" aria-hidden="true"><rect class="monitors-phase" data-phase=class width="10" height="10"></rect></svg>
                        {name}
                    </dt>
                    <dd>{latency(Some(us))}</dd>
                </div>
            }
        })
        .collect_view();
    view! {
        <svg class="monitors-phases" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">{bars}</svg>
        <dl class="monitors-phase-list">{rows}</dl>
    }
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of a check stay far below 2^52")]
fn share(part: i64, total: i64) -> f64 {
    part as f64 / total as f64 * 100.0
}
