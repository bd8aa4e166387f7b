//! Ranked bars (error codes, merchants, links), and a Pareto: bars with the share that they make together.

use leptos::prelude::*;

use super::{Maybe, percent};
use crate::t;

/// One bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Its name.
    pub label: String,
    /// Where it leads.
    pub href: Option<String>,
    /// Its length.
    pub value: f64,
    /// The value as text, with unit.
    pub text: String,
    /// A further column, e.g. the success rate; empty where there is none.
    pub note: String,
}

/// Ranked bars as a table: each row its own bar, so that nothing is lost without seeing.
#[component]
pub fn BarTable(
    /// What is ranked, by what.
    #[prop(into)]
    caption: String,
    /// Heading of the names.
    #[prop(into)]
    names: String,
    /// Heading of the values, with unit.
    #[prop(into)]
    values: String,
    /// Heading of the notes; without it they are left out.
    #[prop(optional, into)]
    notes: Maybe<String>,
    /// The bars, longest first.
    bars: Vec<Bar>,
    /// Adds the cumulated share: a Pareto.
    #[prop(optional)]
    pareto: bool,
    /// The whole, for shares; else the sum of the bars.
    #[prop(optional)]
    total: Option<f64>,
) -> impl IntoView {
    let Maybe(notes) = notes;
    let longest = bars.iter().map(|bar| bar.value).fold(0.0_f64, f64::max);
    let total = total.unwrap_or_else(|| bars.iter().map(|bar| bar.value).sum());
    let with_notes = notes.is_some();
    let mut sum = 0.0;
    let rows = bars
        .into_iter()
        .map(|bar| {
            sum += bar.value;
            let width = if longest > 0.0 { bar.value / longest * 100.0 } else { 0.0 };
            let label = match bar.href {
                Some(href) => view! { <a href=href>{bar.label}</a> }.into_any(),
                None => bar.label.into_any(),
            };
            view! {
                <tr>
                    <th scope="row">{label}</th>
                    <td class="bars-track">
                        <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                            <rect x="0" y="0" height="10" width=format!("{width:.2}") rx="0.6"></rect>
                        </svg>
                    </td>
                    <td class="number">{bar.text}</td>
                    {pareto.then(|| view! { <td class="number muted">{percent((total > 0.0).then(|| sum / total))}</td> })}
                    {with_notes.then(|| view! { <td class="number">{bar.note}</td> })}
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="bars">
            <caption class="visually-hidden">{caption}</caption>
            <thead>
                <tr>
                    <th scope="col">{names}</th>
                    <td></td>
                    <th scope="col" class="number">{values}</th>
                    {pareto.then(|| view! { <th scope="col" class="number">{t!("bars-cumulated")}</th> })}
                    {notes.map(|notes| view! { <th scope="col" class="number">{notes}</th> })}
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}
