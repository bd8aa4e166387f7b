//! The layers of a schedule in its form: a fieldset for each.

use domain::oncall::{Day, OnHolidays, Rotation};
use leptos::prelude::*;

use super::say::{day_word, holidays_word, rotation_word};
use crate::{
    components::{Button, ButtonKind, ChoicesField, Icon, NumberField, SelectField, TextField},
    form::FormState,
    t,
};

/// Places for people that are empty yet.
const FREE: usize = 2;
/// Spans of hours in one layer.
const HOURS: usize = 6;

/// Labels of the fields of all layers, for the summary of what is wrong.
pub(super) fn named(count: usize) -> Vec<(String, String)> {
    let parts = [
        ("name", "oncall-layer-name"),
        ("rotation", "oncall-layer-rotation"),
        ("every", "oncall-layer-every"),
        ("handoff", "oncall-layer-handoff"),
        ("start", "oncall-layer-start"),
        ("people", "oncall-layer-people"),
        ("holidays", "oncall-layer-holidays"),
    ];
    let mut labels = Vec::new();
    for i in 0..count {
        let layer = t!("oncall-layer", number = i + 1);
        labels.extend(parts.iter().map(|(part, key)| (format!("layers[{i}].{part}"), format!("{layer} · {}", t!(key)))));
        for k in 0..HOURS {
            for (part, key) in [("days", "oncall-hours-days"), ("from", "oncall-hours-from"), ("to", "oncall-hours-to")] {
                labels.push((format!("layers[{i}].hours[{k}].{part}"), format!("{layer} · {}", t!(key))));
            }
        }
    }
    labels
}

/// All of them, and the button that adds one.
#[component]
pub(super) fn Layers(#[prop(into)] form: FormState, people: Vec<(String, String)>, count: usize) -> impl IntoView {
    let error = form.error("layers").map(|error| {
        view! { <p class="field-error"><Icon name="circle-x"/><span>{t!("field-expected", expected = error)}</span></p> }
    });
    view! {
        <div class="stack" id="field-layers" tabindex="-1">
            <p class="field-hint">{t!("oncall-layers-hint")}</p>
            {error}
            {(0..count).map(|i| layer(&form, i, count, &people)).collect_view()}
            <div><Button label=t!("oncall-layer-add") icon="plus" name="act" value="add"/></div>
        </div>
    }
}

fn layer(form: &FormState, i: usize, count: usize, people: &[(String, String)]) -> AnyView {
    let name = |part: &str| format!("layers[{i}].{part}");
    let rotations = Rotation::ALL.iter().map(|r| (r.to_string(), rotation_word(*r))).collect();
    let holidays = OnHolidays::ALL.iter().map(|h| (h.to_string(), holidays_word(*h))).collect();
    let filled = (0..HOURS).filter(|k| is_filled(form, i, *k)).count();
    let spans = (0..(filled + 1).min(HOURS)).map(|k| hours(form, i, k)).collect_view();
    let is_open = filled > 0;
    let up = (i > 0).then(|| view! { <Button label=t!("oncall-layer-up") icon="arrow-up" small=true name="act" value=format!("up-{i}")/> });
    let gone = (count > 1).then(
        || view! { <Button label=t!("oncall-layer-remove") kind=ButtonKind::Quiet small=true name="act" value=format!("remove-{i}")/> },
    );
    view! {
        <fieldset class="form-group">
            <legend>{t!("oncall-layer", number = i + 1)}</legend>
            <div class="fields">
                <TextField form name=name("name") label=t!("oncall-layer-name") hint=t!("oncall-layer-name-hint")/>
                <SelectField form name=name("rotation") label=t!("oncall-layer-rotation") options=rotations/>
                <NumberField form name=name("every") label=t!("oncall-layer-every") hint=t!("oncall-layer-every-hint")/>
                <TextField form name=name("handoff") label=t!("oncall-layer-handoff") hint=t!("oncall-layer-handoff-hint")/>
                <TextField form name=name("start") label=t!("oncall-layer-start") hint=t!("oncall-layer-start-hint")/>
            </div>
            {turns(form, i, people)}
            <details class="oncall-hours" open=is_open>
                <summary>{t!("oncall-hours")}</summary>
                <p class="field-hint">{t!("oncall-hours-hint")}</p>
                {spans}
            </details>
            <SelectField form name=name("holidays") label=t!("oncall-layer-holidays") options=holidays/>
            <div class="row">{up}{gone}</div>
        </fieldset>
    }
    .into_any()
}

fn is_filled(form: &FormState, i: usize, k: usize) -> bool {
    ["days", "from", "to"].iter().any(|part| !form.get(&format!("layers[{i}].hours[{k}].{part}")).is_empty())
}

fn hours(form: &FormState, i: usize, k: usize) -> AnyView {
    let name = |part: &str| format!("layers[{i}].hours[{k}].{part}");
    let days = Day::ALL.iter().map(|day| (day.to_string(), day_word(*day))).collect();
    view! {
        <div class="fields">
            <ChoicesField form name=name("days") label=t!("oncall-hours-days") options=days optional=true/>
            <TextField form name=name("from") label=t!("oncall-hours-from") optional=true/>
            <TextField form name=name("to") label=t!("oncall-hours-to") optional=true/>
        </div>
    }
    .into_any()
}

/// Who takes turns, in order: a choice for each place.
fn turns(form: &FormState, i: usize, people: &[(String, String)]) -> AnyView {
    let name = format!("layers[{i}].people");
    let chosen: Vec<String> = form.typed.all(&name).iter().filter(|id| !id.trim().is_empty()).cloned().collect();
    let error = form.error(&name);
    let id = format!("field-{name}");
    let described = format!("{id}-hint");
    let places = (0..chosen.len() + FREE)
        .map(|place| {
            let current = chosen.get(place).cloned().unwrap_or_default();
            // Somebody who is not offered any more stays, or saving would drop them without a word.
            let stranger = (!current.is_empty() && !people.iter().any(|(id, _)| *id == current)).then(|| current.clone());
            let options = people
                .iter()
                .map(|(id, word)| {
                    let selected = *id == current;
                    view! { <option value=id.clone() selected=selected>{word.clone()}</option> }
                })
                .collect_view();
            view! {
                <select class="input" name=name.clone() aria-label=t!("oncall-turn", number = place + 1)>
                    <option value="">{t!("oncall-turn-free", number = place + 1)}</option>
                    {stranger.map(|id| view! { <option value=id.clone() selected=true>{id.clone()}</option> })}
                    {options}
                </select>
            }
        })
        .collect_view();
    view! {
        <fieldset class="field" id=id aria-describedby=described.clone() tabindex="-1">
            <legend>{t!("oncall-layer-people")}</legend>
            <p class="field-hint" id=described.clone()>{t!("oncall-layer-people-hint")}</p>
            <div class="oncall-turns">{places}</div>
            {error.map(|error| view! { <p class="field-error"><Icon name="circle-x"/><span>{t!("field-expected", expected = error)}</span></p> })}
        </fieldset>
    }
    .into_any()
}
