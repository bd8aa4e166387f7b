//! The steps of a plan: rows of the form, and the list that is read.

use domain::{
    changes::{Given, MOST_STEPS, Step, ToolRef},
    id::ToolId,
};
use leptos::prelude::*;

use crate::{
    components::{Button, SelectField, TextAreaField, TextField},
    form::FormState,
    t,
};

/// Rows that stand empty beyond those that are filled, so that one can go on without a script.
const SPARE: usize = 2;

fn part_label(part: &str) -> String {
    t!(&format!("changes-step-part-{part}"))
}

/// Labels of the fields of steps, for summaries of what is wrong.
pub(super) fn labels() -> Vec<(&'static str, String)> {
    vec![("rollback", t!("changes-field-rollback"))]
}

fn filled(form: &FormState, i: usize) -> bool {
    domain::changes::STEP_PARTS.iter().any(|part| !form.get(&format!("steps[{i}].{part}")).is_empty())
}

/// The rows of the form.
#[component]
pub(super) fn StepFields(form: FormState, tools: Vec<ToolRef>) -> impl IntoView {
    let used = (0..MOST_STEPS).rev().find(|i| filled(&form, *i)).map_or(0, |i| i + 1);
    // Beside its name stand the keys of what it takes.
    let named =
        |tool: &ToolRef| if tool.takes.is_empty() { tool.name.clone() } else { format!("{} ({})", tool.name, tool.takes.join(", ")) };
    let options: Vec<(String, String)> = tools.iter().map(|tool| (tool.id.to_string(), named(tool))).collect();
    let shown = (used + SPARE).min(MOST_STEPS);
    let rows = (0..shown).map(|i| row(&form, i, options.clone())).collect_view();
    view! {
        <fieldset class="form-group changes-steps-form">
            <legend>{t!("changes-field-steps")}</legend>
            <p class="field-hint">{t!("changes-hint-steps")}</p>
            {rows}
            <div class="row"><Button label=t!("changes-steps-more") name="act" value="steps" small=true/></div>
        </fieldset>
    }
}

fn row(form: &FormState, i: usize, tools: Vec<(String, String)>) -> impl IntoView + use<> {
    let name = |part: &str| format!("steps[{i}].{part}");
    let there = filled(form, i);
    let title = if there { form.get(&name("what")) } else { t!("changes-step-empty") };
    view! {
        <details class="changes-step-row" open=there>
            <summary>{t!("changes-step-number", number = i + 1)}" · "{title}</summary>
            <TextField form name=name("what") label=part_label("what") optional=true/>
            <div class="fields">
                <TextField form name=name("who") label=part_label("who") optional=true/>
                <SelectField form name=name("tool") label=part_label("tool") options=tools.clone() blank=t!("changes-step-manual") optional=true/>
            </div>
            <TextAreaField form name=name("parameters") label=part_label("parameters") hint=t!("changes-hint-step-parameters") rows=2 mono=true optional=true/>
            <div class="fields">
                <TextField form name=name("expected") label=part_label("expected") optional=true/>
                <TextField form name=name("check") label=part_label("check") hint=t!("changes-hint-step-check") optional=true/>
            </div>
            <div class="fields">
                <TextField form name=name("rollback") label=part_label("rollback") optional=true/>
                <SelectField
                    form
                    name=name("rollback_tool")
                    label=part_label("rollback_tool")
                    options=tools
                    blank=t!("changes-step-manual")
                    optional=true
                />
            </div>
            <TextAreaField form name=name("rollback_parameters") label=part_label("rollback_parameters") rows=2 mono=true optional=true/>
        </details>
    }
}

/// The steps as they are read before they are done.
#[component]
pub(super) fn StepList(steps: Vec<Step>, tools: Vec<ToolRef>) -> impl IntoView {
    if steps.is_empty() {
        return ().into_any();
    }
    let items = steps.into_iter().map(|step| view! { <li>{step_facts(step, &tools)}</li> }).collect_view();
    view! { <h3>{t!("changes-field-steps")}</h3><ol class="changes-steps">{items}</ol> }.into_any()
}

/// What one step says.
pub(super) fn step_facts(step: Step, tools: &[ToolRef]) -> impl IntoView + use<> {
    let tool = step.tool.as_ref().map(|id| versioned_fact("tool", (id, step.tool_version), &step.parameters, tools));
    let undoing = step.rollback_tool.as_ref();
    let undoing = undoing.map(|id| versioned_fact("rollback_tool", (id, step.rollback_tool_version), &step.rollback_parameters, tools));
    let facts = [("who", step.who), ("expected", step.expected), ("check", step.check), ("rollback", step.rollback)]
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(part, text)| view! { <div><dt>{part_label(part)}</dt><dd>{text}</dd></div> })
        .collect_view();
    view! { <p class="changes-step-what">{step.what}</p><dl class="changes-step-facts">{tool}{facts}{undoing}</dl> }
}

/// A tool by name, and exactly what it is given.
pub(super) fn tool_fact(part: &str, id: &ToolId, given: &Given, tools: &[ToolRef]) -> impl IntoView + use<> {
    versioned_fact(part, (id, None), given, tools)
}

/// The same with the version that is meant: what it does is approved with the rest.
fn versioned_fact(part: &str, (id, version): (&ToolId, Option<i64>), given: &Given, tools: &[ToolRef]) -> impl IntoView + use<> {
    let name = tools.iter().find(|tool| tool.id == *id).map_or_else(|| id.to_string(), |tool| tool.name.clone());
    let version = version.map(|version| format!(" ({})", t!("changes-tool-version", version = version)));
    let given = given.iter().map(|(key, value)| view! { " "<code>{format!("{key} = {value}")}</code> }).collect_view();
    view! { <div><dt>{part_label(part)}</dt><dd><a href=format!("/tools/{id}")>{name}</a>{version}{given}</dd></div> }
}
