//! Sample failures: the newest few under a choice, as they were received, where a stream keeps any.

use domain::transactions::{FailureSample, FailureSamples};
use leptos::prelude::*;

use super::figures::money;
use crate::{
    components::{Cell, Column, Empty, EmptyKind, NULL, Panel, Table, When, WhenStyle, significant},
    t,
};

fn given(text: &str) -> String {
    if text.is_empty() { NULL.to_owned() } else { text.to_owned() }
}

fn row(sample: &FailureSample, streams: bool) -> impl IntoView + use<> {
    let received = &sample.received;
    let values = received.dimensions.iter().map(|(key, value)| format!("{key} {value}")).collect::<Vec<_>>().join(" · ");
    let latency = received.latency_ms.map_or_else(|| NULL.to_owned(), |ms| format!("{} ms", significant(ms)));
    let amount = received.amount.map_or_else(|| NULL.to_owned(), |minor| money(minor, &received.currency));
    let (at, stream) = (sample.at, sample.stream.clone());
    let (code, values, reference) = (given(&received.code), given(&values), given(&received.reference));
    view! {
        <tr>
            <Cell main=true><When at style=WhenStyle::Wall/></Cell>
            {streams.then(|| view! { <Cell label=t!("transactions-by-stream")>{stream}</Cell> })}
            <Cell label=t!("transactions-by-code")>{code}</Cell>
            <Cell label=t!("transactions-sample-values")>{values}</Cell>
            <Cell number=true label=t!("transactions-latency")>{latency}</Cell>
            <Cell number=true label=t!("transactions-amount")>{amount}</Cell>
            <Cell label=t!("transactions-sample-reference")><span class="mono rules-line">{reference}</span></Cell>
        </tr>
    }
}

/// The panel; where no chosen stream keeps any, and something failed, a line that says where that is switched on.
pub(crate) fn panel(found: &FailureSamples, failed: bool) -> impl IntoView + use<> {
    if found.kept_by.is_empty() {
        return failed
            .then(|| view! { <p class="muted small">{t!("transactions-samples-off")}" "<a href="/streams">{t!("streams-title")}</a></p> })
            .into_any();
    }
    let streams = found.kept_by.len() > 1;
    let mut columns = vec![Column::new(t!("transactions-sample-at"))];
    columns.extend(streams.then(|| Column::new(t!("transactions-by-stream"))));
    columns.push(Column::new(t!("transactions-by-code")));
    columns.push(Column::new(t!("transactions-sample-values")));
    columns.push(Column::new(t!("transactions-latency")).number());
    columns.push(Column::new(t!("transactions-amount")).number());
    columns.push(Column::new(t!("transactions-sample-reference")));
    let rows = found.samples.iter().map(|sample| row(sample, streams)).collect_view();
    let empty = found.samples.is_empty();
    view! {
        <Panel title=t!("transactions-samples") id="transactions-samples" flush=true>
            {if empty {
                view! { <Empty kind=EmptyKind::Clear title=t!("transactions-samples-none") tight=true/> }.into_any()
            } else {
                view! { <Table caption=t!("transactions-samples") columns>{rows}</Table> }.into_any()
            }}
        </Panel>
    }
    .into_any()
}
