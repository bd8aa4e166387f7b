//! "Why was I paged? Why was nobody?": what was decided about an alert, when it was decided.

use domain::{
    alerts::{Considered, Decision, DecisionKind, Reason, Receipt, Term, TermName, Why},
    rules::NoData,
};
use leptos::prelude::*;
use serde_json::Value;

use super::{
    routing::route_rows,
    say::{earlier, reason_item},
    seen::seen_words,
};
use crate::{
    components::{Cell, Column, Empty, EmptyKind, Entry, Fact, Facts, Panel, Table, Timeline, Tone, When, duration},
    deliveries::state_word,
    monitors::told_words,
    rules::say_no_data,
    t,
};

/// The panel of an alert's page.
pub(super) fn panel(why: Why) -> impl IntoView {
    let routes: Vec<Considered> = why
        .decisions
        .iter()
        .rev()
        .find(|decision| decision.kind == DecisionKind::Routed)
        .and_then(|decision| serde_json::from_value(decision.data["routes"].clone()).ok())
        .unwrap_or_default();
    let rule = rule(why.rule, &why.value);
    let entries = why.decisions.into_iter().map(entry).collect_view();
    let body = if entries.is_empty() {
        view! { <Empty kind=EmptyKind::Clear title=t!("why-nothing") tight=true/> }.into_any()
    } else {
        view! { <Timeline label=t!("why-title")>{entries}</Timeline> }.into_any()
    };
    view! {
        <Panel title=t!("why-title") id="why">
            {rule}
            {earlier(why.earlier_decisions)}
            {body}
            {(!routes.is_empty()).then(|| view! {
                <details class="alerts-more">
                    <summary>{t!("whatif-routes")}</summary>
                    {route_rows(routes)}
                </details>
            })}
            {why.paging.map(|record| view! { <h3>{t!("why-paging")}</h3>{crate::escalations::paged(record)} })}
            <h3>{t!("why-sent")}</h3>
            {earlier(why.earlier_receipts)}
            {receipts(why.receipts)}
        </Panel>
    }
}

/// The rule as it was, and what was seen when it fired.
fn rule(rule: Vec<Term>, value: &str) -> impl IntoView + use<> {
    let seen = seen_words(value);
    let value = (!value.is_empty()).then(|| view! { <Fact name=t!("why-value")>{seen}</Fact> });
    let known = !rule.is_empty() || value.is_some();
    let lines = rule
        .into_iter()
        .map(|Term { name, value }| view! { <Fact name=term_word(name)><span class="mono rules-line">{term_value(name, value)}</span></Fact> })
        .collect_view();
    known.then(|| view! { <Facts stacked=true>{lines}{value}</Facts> })
}

fn term_word(name: TermName) -> String {
    match name {
        TermName::Reads => t!("why-rule-reads"),
        TermName::Every => t!("why-rule-every"),
        TermName::Weeks => t!("why-rule-weeks"),
        TermName::Goal => t!("why-rule-goal"),
        TermName::Fires => t!("why-rule-fires"),
        TermName::Recovers => t!("why-rule-recovers"),
        TermName::Needed => t!("why-rule-needed"),
        TermName::For => t!("why-rule-for"),
        TermName::Keep => t!("why-rule-keep"),
        TermName::NoData => t!("why-rule-no-data"),
        TermName::Generator => t!("why-rule-generator"),
    }
}

fn term_value(name: TermName, value: String) -> String {
    match name {
        TermName::NoData => NoData::parse(&value).map_or(value, say_no_data),
        _ => value,
    }
}

fn text<'a>(data: &'a Value, name: &str) -> &'a str {
    data[name].as_str().unwrap_or_default()
}

fn entry(decision: Decision) -> impl IntoView {
    let data = &decision.data;
    let reasons: Vec<Reason> = serde_json::from_value(data["reasons"].clone()).unwrap_or_default();
    let (what, icon, tone) = match decision.kind {
        DecisionKind::Routed if data["standing"] == true => (t!("why-standing"), "network", Tone::Accent),
        DecisionKind::Routed => {
            let groups = data["groups"].as_array().cloned().unwrap_or_default();
            let receivers = groups.iter().map(|group| text(group, "receiver")).collect::<Vec<_>>().join(", ");
            let wait = groups.first().and_then(|group| group["wait_ms"].as_i64()).unwrap_or(0);
            (
                t!("why-routed", receivers = receivers, wait = duration(wait), version = data["version"].as_i64().unwrap_or(0)),
                "network",
                Tone::Accent,
            )
        }
        DecisionKind::Suppressed => (t!("why-suppressed"), "bell-off", Tone::Maintenance),
        DecisionKind::Released => (t!("why-released"), "bell", Tone::Accent),
        DecisionKind::Held => {
            (t!("why-held", receiver = text(data, "receiver"), interval = text(data, "interval")), "clock", Tone::Maintenance)
        }
        // Nobody's fault but the routes': the word went to nowhere.
        DecisionKind::Told if data["channels"] == 0 && data["team"] == false && data["standing"] == false => {
            (t!("why-told-nowhere", receiver = text(data, "receiver")), "bell-off", Tone::P3)
        }
        DecisionKind::Told => {
            let standing = data["standing"] == true;
            let receiver = if standing { t!("why-receiver-team") } else { text(data, "receiver").to_owned() };
            let count = data["alerts"].as_i64().unwrap_or(1);
            let words = if data["told"] == "firing" {
                t!("why-told", receiver = receiver, count = count)
            } else {
                t!("why-told-over", receiver = receiver, count = count)
            };
            (words, "send", Tone::Ok)
        }
    };
    let list = (!reasons.is_empty()).then(|| view! { <ul>{reasons.into_iter().map(reason_item).collect_view()}</ul> });
    view! { <Entry at=decision.at who=t!("alerts-by-itself") what icon tone>{list}</Entry> }
}

fn receipts(receipts: Vec<Receipt>) -> AnyView {
    if receipts.is_empty() {
        return view! { <Empty kind=EmptyKind::NotConfigured title=t!("why-nobody") text=t!("why-nobody-text") tight=true/> }.into_any();
    }
    let columns = vec![
        Column::new(t!("deliveries-channel")),
        Column::new(t!("alerts-state")),
        Column::new(t!("deliveries-delivered")),
        Column::new(t!("why-answer")),
    ];
    let rows = receipts
        .into_iter()
        .map(|receipt| {
            let answer = if receipt.last_error.is_empty() {
                receipt.last_status.map_or_else(|| "—".to_owned(), |status| status.to_string())
            } else {
                told_words(&receipt.last_error)
            };
            view! {
                <tr>
                    <Cell main=true><a href=format!("/admin/deliveries/{}", receipt.id)>{receipt.channel}</a></Cell>
                    <Cell label=t!("alerts-state")>{state_word(receipt.state)}</Cell>
                    <Cell label=t!("deliveries-delivered")><When at=receipt.delivered_at/></Cell>
                    <Cell label=t!("why-answer")>{answer}</Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption=t!("why-sent") columns>{rows}</Table> }.into_any()
}
