//! The slices, the codes, and what differs between the selection and the baseline.

use domain::{
    Permission,
    form::Typed,
    rules,
    slices::{CodeShare, Culprit, Difference, Explanation, Looked},
    systems::Brief,
    time::MINUTE,
    transactions::money_grouped,
};
use leptos::prelude::*;

use super::{measure, nothing, whole};
use crate::{
    components::{Cell, Column, Here, LinkButton, NULL, Panel, Table, When, WhenStyle, percent},
    t,
    transactions::float,
    visit::use_visit,
};

fn named(value: &str) -> String {
    if value.is_empty() { t!("transactions-no-value") } else { value.to_owned() }
}

/// The page of transactions with the slice chosen.
fn chosen(culprit: &Culprit) -> String {
    let here = Here::now().at("/transactions").without("looked").without("excused");
    culprit
        .slice
        .iter()
        .filter(|choice| !choice.value.is_empty())
        .fold(here, |here, choice| {
            if here.all(&choice.dimension).any(|v| v == choice.value) { here } else { here.toggled(&choice.dimension, &choice.value) }
        })
        .href()
}

/// Failures of a slice in five minutes: what was to be expected, and what was seen since it began.
fn in_five_minutes(found: &Explanation, culprit: &Culprit) -> (f64, f64) {
    let over = |sum: f64, from| sum * 5.0 / float((found.span.to.since(from) / MINUTE).max(1).unsigned_abs());
    let from = found.span.from;
    // What began before is counted within the span only.
    (over(culprit.expected, from), over(culprit.observed, culprit.since.map_or(from, |since| since.max(from))))
}

/// The system on which an alert of a slice would look: its own, or the only one there is. Without one the form asks for it.
fn alert_system(found: &Explanation, culprit: &Culprit, systems: &[Brief]) -> String {
    let system = match (found.system_of(culprit), systems) {
        (Some(key), systems) => systems.iter().find(|system| system.key == key),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    system.map(|system| system.id.to_string()).unwrap_or_default()
}

/// The form of a rule that would have fired on this slice, within the choice of the page; `None` where no rule says that: of amounts
/// without a currency, of what senders left out, of failures some of which are excused, and of values with a comma, which parts them in the form.
fn alert(found: &Explanation, culprit: &Culprit, system: &str) -> Option<String> {
    let mut filter = found.narrowed(culprit);
    if culprit.slice.iter().any(|choice| choice.value.is_empty()) || filter.choices().any(|(_, value)| value.contains(',')) {
        return None;
    }
    let mut here = Here::parse("/rules/new").with("kind", "transactions").with("system", system).with("over", "5m");
    match found.looked {
        Looked::Amount if found.currency.is_empty() => return None,
        Looked::Success if !found.excused.is_empty() => return None,
        // Half of what is missing or too much, against the weeks before.
        Looked::Volume | Looked::Amount => {
            let (compare, sign) = if culprit.observed > culprit.expected { ("above", "") } else { ("below", "-") };
            let measure = if found.looked == Looked::Volume { rules::Measure::Volume } else { rules::Measure::Amount };
            here = here.with("measure", measure.name()).with("compare", compare).with("fire", format!("{sign}50")).with("weeks", "4");
            if measure == rules::Measure::Amount {
                here = here.with("currency", &found.currency);
            }
            // Neither has codes.
            filter.code.clear();
        }
        // Only failures with these codes were looked at: such a rule counts them.
        Looked::Success if !filter.code.is_empty() => {
            let (usual, seen) = in_five_minutes(found, culprit);
            here = here.with("compare", "above").with("measure", "code").with("fire", ((usual + seen) / 2.0).round().max(1.0));
            here = here.with("recover", ((usual * 3.0 + seen) / 4.0).floor());
        }
        Looked::Success => {
            // Half way between what is usual and what was seen: it fires on this, and not on a bad minute.
            let usual = culprit.expected_rate().unwrap_or(1.0);
            let seen = culprit.rate().unwrap_or(0.0);
            here = here.with("compare", "below").with("measure", "success").with("fire", format!("{:.1}", (usual + seen) / 2.0 * 100.0));
            here = here.with("recover", format!("{:.1}", (usual * 3.0 + seen) / 4.0 * 100.0));
        }
    }
    let mut typed = Typed::default();
    filter.fill_fields(&mut typed, &rules::CHOICES);
    for name in typed.names() {
        here = here.with(name, typed.all(name).join(", "));
    }
    Some(here.with("name", culprit.label().chars().take(80).collect::<String>()).href())
}

/// Contribution, interval, beginning and money of each slice, and what to do about it.
pub(super) fn slices(found: &Explanation, systems: Option<&[Brief]>) -> impl IntoView + use<> {
    let rate = found.looked.is_rate();
    let visit = use_visit();
    let mut columns = vec![Column::new(t!("explain-slice")), Column::new(t!("explain-share-column")).number()];
    columns.push(Column::new(t!("explain-observed")).number());
    columns.push(Column::new(t!("explain-expected")).number());
    if rate {
        columns.push(Column::new(t!("transactions-success")).number());
        columns.push(Column::new(t!("explain-interval")).number());
        columns.push(Column::new(t!("transactions-by-code")));
    }
    columns.push(Column::new(t!("explain-since")));
    columns.push(Column::new(t!("explain-money")).number());
    columns.push(Column::unspoken(t!("explain-acts")));
    let rows = found
        .culprits
        .iter()
        .map(|culprit| {
            let name: Vec<String> = culprit
                .slice
                .iter()
                .map(|choice| format!("{} {}", found.word(&choice.dimension, visit.locale), named(&choice.value)))
                .collect();
            let name = name.join(" · ");
            let interval = culprit
                .low
                .zip(culprit.high)
                .map_or_else(|| NULL.to_owned(), |(low, high)| format!("{} – {}", percent(Some(low)), percent(Some(high))));
            let code = culprit.code().map_or_else(|| NULL.to_owned(), |code| format!("{} ({})", code.code, percent(Some(code.share))));
            let money: Vec<String> = culprit
                .money
                .iter()
                .map(|money| format!("{} {}", money.currency, money_grouped(money.failed_amount, &money.currency)))
                .collect();
            let money = if money.is_empty() { NULL.to_owned() } else { money.join(" + ") };
            let make = systems.and_then(|systems| {
                let href = alert(found, culprit, &alert_system(found, culprit, systems))?;
                Some(view! { <LinkButton href label=t!("explain-make-alert") icon="bell" small=true/> })
            });
            let tell = culprit.value("merchant").filter(|merchant| !merchant.is_empty()).map(|merchant| {
                // Who may tell its contact does so at once; everybody else sees whom to call.
                let may_tell = visit.may(Permission::WorkIncidents);
                let path = crate::merchants::path(merchant);
                let at = Here::parse(&if may_tell { format!("{path}/tell") } else { path });
                let href = at.with("from", found.span.from.rfc3339()).with("to", found.span.to.rfc3339()).href();
                let (label, icon) = if may_tell { (t!("merchants-tell"), "send") } else { (t!("explain-merchant"), "user") };
                view! { <LinkButton href label icon small=true/> }
            });
            let (since, href) = (culprit.since, chosen(culprit));
            let (observed, expected) = (measure(found, culprit.observed), measure(found, culprit.expected));
            let of = if rate { format!("{observed} / {}", whole(culprit.total)) } else { observed };
            let (share, success) = (percent(Some(culprit.share)), percent(culprit.rate()));
            view! {
                <tr>
                    <Cell main=true><a href=href>{name}</a></Cell>
                    <Cell number=true label=t!("explain-share-column")>{share}</Cell>
                    <Cell number=true label=t!("explain-observed")>{of}</Cell>
                    <Cell number=true label=t!("explain-expected")>{expected}</Cell>
                    {rate
                        .then(|| {
                            view! {
                                <Cell number=true label=t!("transactions-success")>{success}</Cell>
                                <Cell number=true label=t!("explain-interval")>{interval}</Cell>
                                <Cell label=t!("transactions-by-code")>{code}</Cell>
                            }
                        })}
                    <Cell label=t!("explain-since")>
                        {match since {
                            Some(at) => view! { <When at style=WhenStyle::Wall/> }.into_any(),
                            None => NULL.into_any(),
                        }}
                    </Cell>
                    <Cell number=true label=t!("explain-money")>{money}</Cell>
                    <Cell acts=true>{make}{tell}</Cell>
                </tr>
            }
        })
        .collect_view();
    let empty = found.culprits.is_empty();
    (!empty).then(|| {
        view! {
            <Panel title=t!("explain-slices") id="explain-slices" flush=true>
                <Table caption=t!("explain-slices") columns>{rows}</Table>
            </Panel>
        }
    })
}

fn code_rows(found: &Explanation) -> Vec<CodeShare> {
    found.culprits.first().map_or_else(|| found.codes.clone(), |culprit| culprit.codes.clone()).into_iter().take(10).collect()
}

/// A pair of bars: now above, before below.
fn pair(now: f64, before: f64, most: f64) -> impl IntoView {
    let width = |value: f64| format!("{:.2}", if most > 0.0 { value / most * 100.0 } else { 0.0 });
    view! {
        <svg class="explain-pair" viewBox="0 0 100 16" preserveAspectRatio="none" aria-hidden="true">
            <rect class="explain-now" x="0" y="0" height="9" width=width(now)></rect>
            <rect class="explain-before" x="0" y="10" height="6" width=width(before)></rect>
        </svg>
    }
}

/// Codes inside the strongest slice (or over all), with what was to be expected of each.
pub(super) fn codes(found: &Explanation) -> impl IntoView + use<> {
    let codes = code_rows(found);
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
    let most = codes.iter().map(|code| (code.failed as f64).max(code.expected)).fold(0.0, f64::max);
    let within = !found.culprits.is_empty();
    let title = if within { t!("explain-codes-within") } else { t!("transactions-codes") };
    let caption = title.clone();
    let rate = found.looked.is_rate();
    let rows = codes
        .iter()
        .map(|code| {
            #[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
            let failed = code.failed as f64;
            let expected = if code.expected < 9.95 { format!("{:.1}", code.expected) } else { whole(code.expected) };
            view! {
                <tr>
                    <th scope="row">{named(&code.code)}</th>
                    <td class="bars-track">{pair(failed, code.expected, most)}</td>
                    <td class="number">{whole(failed)}</td>
                    <td class="number muted">{expected}</td>
                    <td class="number">{percent(Some(code.share))}</td>
                </tr>
            }
        })
        .collect_view();
    let body = if codes.is_empty() {
        nothing(t!("transactions-no-failures")).into_any()
    } else {
        view! {
            <table class="bars">
                <caption class="visually-hidden">{caption}</caption>
                <thead>
                    <tr>
                        <th scope="col">{t!("transactions-by-code")}</th>
                        <td></td>
                        <th scope="col" class="number">{t!("transactions-failures")}</th>
                        <th scope="col" class="number">{t!("explain-expected")}</th>
                        <th scope="col" class="number">{t!("explain-share-column")}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any()
    };
    rate.then(|| view! { <Panel title id="explain-codes">{body}</Panel> })
}

/// Every dimension, the most different first: where the selection lies, and where the baseline did.
pub(super) fn differences(found: &Explanation) -> impl IntoView + use<> {
    let visit = use_visit();
    let tables = found.dimensions.iter().map(|one| difference(one, found.word(&one.dimension, visit.locale))).collect_view();
    let hint = if found.looked.is_rate() { t!("explain-differences-failures") } else { t!("explain-differences-measure") };
    let empty = found.dimensions.is_empty();
    view! {
        <Panel title=t!("explain-differences") id="explain-differences">
            <p class="muted small">{hint}</p>
            {if empty { nothing(t!("explain-nothing-differs")).into_any() } else { tables.into_any() }}
        </Panel>
    }
}

fn difference(one: &Difference, name: String) -> impl IntoView + use<> {
    let most = one.values.iter().map(|value| value.now.max(value.before)).fold(0.0, f64::max);
    let rows = one
        .values
        .iter()
        .map(|value| {
            let label = match value.value.as_str() {
                "" => view! { <span class="muted">{t!("transactions-no-value")}</span> }.into_any(),
                text => view! { <a href=Here::now().toggled(&one.dimension, text).href()>{text.to_owned()}</a> }.into_any(),
            };
            view! {
                <tr>
                    <th scope="row">{label}</th>
                    <td class="bars-track">{pair(value.now, value.before, most)}</td>
                    <td class="number">{percent(Some(value.now))}</td>
                    <td class="number muted">{percent(Some(value.before))}</td>
                </tr>
            }
        })
        .collect_view();
    let caption = t!("explain-difference", name = name.clone(), share = percent(Some(one.difference)));
    view! {
        <table class="bars explain-difference">
            <caption>{caption}</caption>
            <thead>
                <tr>
                    <th scope="col">{name}</th>
                    <td></td>
                    <th scope="col" class="number">{t!("explain-now")}</th>
                    <th scope="col" class="number">{t!("explain-before")}</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}
