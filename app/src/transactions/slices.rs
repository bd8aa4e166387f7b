//! Where failures concentrate: codes as a Pareto, and every dimension as a table. A click on a value chooses it.

use domain::transactions::{Analysis, SliceRow, money_grouped};
use leptos::prelude::*;

use super::{
    figures::{float, signed},
    name_of,
};
use crate::{
    components::{Bar, BarTable, Cell, Column, Delta, DeltaText, Empty, EmptyKind, Here, NULL, Panel, Table, full, percent, significant},
    t,
};

/// Where a click on a value leads: the same page with the value chosen, or no longer.
fn chosen(dimension: &str, value: &str) -> Option<String> {
    // "None given" cannot be chosen: it has no value to stand in the URL.
    (!value.is_empty()).then(|| Here::now().toggled(dimension, value).href())
}

fn named(value: &str) -> String {
    if value.is_empty() { t!("transactions-no-value") } else { value.to_owned() }
}

pub(super) fn codes(analysis: &Analysis) -> impl IntoView + use<> {
    let total: f64 = float(analysis.totals.failed);
    let bars: Vec<Bar> = analysis
        .codes
        .iter()
        .filter(|code| code.failed > 0 || code.before > 0)
        .map(|code| Bar {
            label: named(&code.code),
            href: chosen("code", &code.code),
            value: float(code.failed),
            text: full(signed(code.failed)),
            note: full(signed(code.before)),
        })
        .collect();
    let body = if bars.is_empty() {
        view! { <Empty kind=EmptyKind::Clear title=t!("transactions-no-failures") tight=true/> }.into_any()
    } else if analysis.filter.code.is_empty() && total > 0.0 {
        view! {
            <BarTable
                caption=t!("transactions-codes")
                names=t!("transactions-by-code")
                values=t!("transactions-failures")
                notes=t!("transactions-last-week")
                bars
                pareto=true
                total
            />
        }
        .into_any()
    } else {
        view! {
            <BarTable
                caption=t!("transactions-codes")
                names=t!("transactions-by-code")
                values=t!("transactions-failures")
                notes=t!("transactions-last-week")
                bars
                pareto=true
            />
        }
        .into_any()
    };
    view! { <Panel title=t!("transactions-codes") id="transactions-codes">{body}</Panel> }
}

/// `rates`: whether volumes and amounts stand beside the failures; of single codes only failures are known. Amounts are of one currency.
pub(super) fn table(
    dimension: &str,
    title: String,
    rows: &[SliceRow],
    filtered: bool,
    rates: bool,
    currency: Option<&str>,
) -> impl IntoView + use<> {
    let name = name_of(dimension, if matches!(dimension, "link" | "merchant" | "channel" | "system" | "stream") { "" } else { &title });
    let mut columns = vec![Column::new(name.clone())];
    columns.extend(rates.then(|| Column::new(t!("transactions-volume")).number()));
    columns.push(Column::new(t!("transactions-failures")).number());
    columns.push(Column::new(t!("transactions-failures-before")).number());
    columns.extend(rates.then(|| Column::new(t!("transactions-success")).number()));
    let currency = currency.filter(|_| rates && rows.iter().any(|row| row.amount.is_some_and(|amount| amount != 0))).map(str::to_owned);
    let amount_name = currency.as_ref().map(|currency| format!("{} {currency}", t!("transactions-amount")).trim_end().to_owned());
    columns.extend(amount_name.clone().map(|name| Column::new(name).number()));
    let p99 = rows.iter().any(|row| row.p99.is_some());
    columns.extend(p99.then(|| Column::new(t!("transactions-p99")).number()));
    let body = rows
        .iter()
        .map(|row| {
            let label = named(&row.value);
            let value = match chosen(dimension, &row.value) {
                Some(href) => view! { <a href=href>{label}</a> }.into_any(),
                None => view! { <span class="muted">{label}</span> }.into_any(),
            };
            let delta = row.success_rate().zip(row.before_rate()).and_then(|(now, before)| Delta::points(now, before, ""));
            let delta = delta.map(|delta| view! { <DeltaText delta/> });
            let SliceRow { total, failed, before_failed, .. } = *row;
            let rate = percent(row.success_rate());
            view! {
                <tr>
                    <Cell main=true>{value}</Cell>
                    {rates.then(|| view! { <Cell number=true label=t!("transactions-volume")>{full(signed(total))}</Cell> })}
                    <Cell number=true label=t!("transactions-failures")>{full(signed(failed))}</Cell>
                    <Cell number=true label=t!("transactions-failures-before")>{full(signed(before_failed))}</Cell>
                    // Beneath, not beside: two of these tables stand side by side.
                    {rates.then(|| view! { <Cell number=true label=t!("transactions-success")><span class="transactions-rate">{rate}{delta}</span></Cell> })}
                    {amount_name.clone().zip(currency.as_ref()).map(|(label, currency)| {
                        let text = row.amount.map_or_else(|| NULL.to_owned(), |minor| money_grouped(minor, currency));
                        view! { <Cell number=true label>{text}</Cell> }
                    })}
                    {p99.then(|| {
                        let text = row.p99.map_or_else(|| NULL.to_owned(), |ms| format!("{} ms", significant(ms)));
                        view! { <Cell number=true label=t!("transactions-p99")>{text}</Cell> }
                    })}
                </tr>
            }
        })
        .collect_view();
    let empty = rows.is_empty();
    let caption = title.clone();
    view! {
        <Panel title id=format!("transactions-{dimension}s") flush=true>
            {if empty {
                let kind = if filtered { EmptyKind::NoMatch } else { EmptyKind::Clear };
                view! { <Empty kind title=t!("transactions-none-here") tight=true/> }.into_any()
            } else {
                view! { <Table caption columns>{body}</Table> }.into_any()
            }}
        </Panel>
    }
}
