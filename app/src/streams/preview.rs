//! What lines would count as.

use domain::{
    streams::{Dimension, Preview},
    transactions::LineProblem,
};
use leptos::prelude::*;

use super::dimension_name;
use crate::{
    components::{Badge, Cell, Column, NULL, Notice, Panel, Table, Tone, When, full},
    i18n::say_wording,
    t,
    transactions::signed,
    visit::current_locale,
};

/// What is wrong with the first refused lines.
pub(super) fn problems(problems: &[LineProblem]) -> Option<AnyView> {
    if problems.is_empty() {
        return None;
    }
    let locale = current_locale();
    let items = problems
        .iter()
        .take(20)
        .flat_map(|line| line.problems.iter().map(move |problem| (line.line, problem)))
        .map(|(line, problem)| {
            let expected = say_wording(locale, &problem.expected);
            let (field, value) = (problem.field.clone(), problem.value.clone());
            view! { <li><span class="rules-line">{t!("streams-line-problem", line = line, field = field, value = value, expected = expected)}</span></li> }
        })
        .collect_view();
    Some(view! { <Notice tone=Tone::P3 title=t!("streams-problems")><ul>{items}</ul></Notice> }.into_any())
}

/// The lines as they would be counted.
pub(super) fn preview(preview: &Preview, dimensions: &[Dimension]) -> AnyView {
    let mut columns = vec![
        Column::new(t!("streams-line")).number(),
        Column::new(t!("streams-time")),
        Column::new(t!("streams-outcome")),
        Column::new(t!("streams-latency")).number(),
        Column::new(t!("streams-amount")).number(),
    ];
    let name = |key: &String| {
        let label = dimensions.iter().find(|dimension| dimension.key == *key).map_or("", |dimension| dimension.label.as_str());
        dimension_name(key, label)
    };
    let names: Vec<String> = preview.dimensions.iter().map(name).collect();
    columns.extend(names.iter().map(Column::new));
    let rows = preview
        .lines
        .iter()
        .map(|line| {
            let (tone, word) = match (line.failed, line.code.is_empty()) {
                (false, _) => (Tone::Ok, t!("streams-succeeded")),
                (true, true) => (Tone::P3, t!("streams-failed")),
                (true, false) => (Tone::P3, t!("streams-failed-with", code = line.code.clone())),
            };
            let values = line
                .values
                .iter()
                .zip(&names)
                .map(|(value, name)| {
                    let text = if value.is_empty() { NULL.to_owned() } else { value.clone() };
                    view! { <Cell label=name.clone()><span class="rules-line">{text}</span></Cell> }
                })
                .collect_view();
            let latency = line.latency_ms.map_or_else(|| NULL.to_owned(), |ms| format!("{} ms", full(signed(ms))));
            let amount = if line.amount.is_empty() { NULL.to_owned() } else { line.amount.clone() };
            let (number, at) = (line.line, line.time);
            view! {
                <tr>
                    <Cell number=true label=t!("streams-line")>{number}</Cell>
                    <Cell label=t!("streams-time")><When at=at/></Cell>
                    <Cell main=true><Badge tone word/></Cell>
                    <Cell number=true label=t!("streams-latency")>{latency}</Cell>
                    <Cell number=true label=t!("streams-amount")>{amount}</Cell>
                    {values}
                </tr>
            }
        })
        .collect_view();
    let counts = t!("streams-preview-counts", accepted = preview.accepted, refused = preview.refused);
    let wrong = problems(&preview.problems);
    view! {
        <Panel title=t!("streams-preview") id="streams-preview" flush=true>
            <p class="panel-body">{counts}</p>
            <Table caption=t!("streams-preview") columns>{rows}</Table>
        </Panel>
        {wrong}
    }
    .into_any()
}
