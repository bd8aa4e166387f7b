//! The figures on top: volume, success, amount, latency, beside the same span last week.

use domain::transactions::{Analysis, Money, Totals, money_grouped, units};
use leptos::prelude::*;

use crate::{
    components::{Delta, Kpi, Kpis, NULL, SuccessKpi, compact, full, significant},
    t,
};

/// A count as the components take it.
pub(crate) fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
pub(crate) fn float(n: u64) -> f64 {
    n as f64
}

/// An amount with its currency, short.
fn amount(money: &Money) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with four digits")]
    let units = units(money.amount as f64, &money.currency);
    format!("{} {}", compact(units), money.currency)
}

/// An amount in minor units with its currency, in full.
pub(crate) fn money(minor: i64, currency: &str) -> String {
    format!("{} {currency}", money_grouped(minor, currency)).trim_end().to_owned()
}

fn amount_kpi(now: &Totals, before: &Totals, against: String) -> impl IntoView + use<> {
    let first = now.money.first();
    let note = first.map(|m| t!("transactions-failed-amount", amount = money(m.failed_amount, &m.currency)));
    #[expect(clippy::cast_precision_loss, reason = "a ratio")]
    let delta = first.and_then(|m| {
        let before = before.money.iter().find(|b| b.currency == m.currency)?;
        Delta::relative(m.amount as f64, before.amount as f64, against)
    });
    let others: Vec<String> = now.money.iter().skip(1).map(amount).collect();
    let value = first.map(amount);
    let label = if others.is_empty() { t!("transactions-amount") } else { t!("transactions-amount-and", others = others.join(", ")) };
    view! { <Kpi label value delta note/> }
}

pub(super) fn figures(analysis: &Analysis) -> impl IntoView + use<> {
    let (now, before) = (&analysis.totals, &analysis.before);
    let against = t!("transactions-last-week");
    let volume = Delta::relative(float(now.total), float(before.total), against.clone());
    let failures = Delta::relative(float(now.failed), float(before.failed), against.clone());
    let latency = now.p95.zip(before.p95).and_then(|(now, before)| Delta::relative(now, before, against.clone()));
    let ms = |value: Option<f64>| value.map_or_else(|| NULL.to_owned(), significant);
    let note = t!("transactions-p50-p99", p50 = ms(now.p50), p99 = ms(now.p99));
    let by_code = !analysis.filter.code.is_empty();
    let success = if by_code {
        // Of single codes only failures are known: a success rate would be that of something else.
        view! { <Kpi label=t!("transactions-success") value=None note=t!("transactions-no-rate")/> }.into_any()
    } else {
        let before = (before.total > 0).then(|| (signed(before.total), signed(before.failed), against.clone()));
        view! { <SuccessKpi label=t!("transactions-success") total=signed(now.total) failed=signed(now.failed) before/> }.into_any()
    };
    let was = t!("transactions-was", count = full(signed(before.failed)));
    let amount = (!by_code).then(|| amount_kpi(now, before, against).into_any());
    let (total, failed, p95) = (now.total, now.failed, now.p95);
    view! {
        <Kpis>
            {(!by_code)
                .then(|| view! { <Kpi label=t!("transactions-volume") value=compact(float(total)) delta=volume note=full(signed(total))/> })}
            {success}
            <Kpi label=t!("transactions-failures") value=full(signed(failed)) delta=failures note=was/>
            {amount}
            <Kpi label=t!("transactions-p95") value=p95.map(significant) unit=p95.map(|_| "ms".to_owned()) delta=latency note/>
        </Kpis>
    }
}
