//! What is taken away in the middle of a run: its part of the form, and what it has shown on the page of the run.

use domain::{
    PageRequest, Timestamp,
    alerts::ours,
    evidence::EvidenceVerdict,
    load::{Act, Run, Shown, Trial},
    time::SECOND,
    tools::{Kind, Parameter, Tool, ToolFilter},
};
use leptos::prelude::*;

use super::say;
use crate::{
    components::{
        Confirm, Fact, Facts, Mark, NULL, Notice, NumberField, Panel, SelectField, TextAreaField, TextField, Tone, When, WhenStyle, full,
        significant,
    },
    fault::Refused,
    form::FormState,
    i18n::say_wording,
    t,
    visit::{Visit, current_locale},
};

/// Tools that the visitor may have run by the clock.
pub(super) async fn tools(visit: &Visit) -> Result<Vec<Tool>, Refused> {
    let tools = &visit.portal.tools;
    let mut page = tools.list(&visit.actor, &ToolFilter::default(), &PageRequest { after: None, limit: 500 }).await?;
    page.items.retain(|tool| tool.runs_alone() && tools.may_run(&visit.actor, tool));
    Ok(page.items)
}

/// What a tool asks for, in one line: `service (key of a system), times (1 to 60)`.
fn asks(tool: &Tool) -> String {
    let one = |parameter: &Parameter| {
        let what = match &parameter.kind {
            Kind::Number { min, max } => t!("load-trial-number", from = full(*min), to = full(*max)),
            Kind::Choice { options } => options.join(" | "),
            Kind::System => t!("load-trial-system"),
            Kind::Text { .. } | Kind::Secret => t!("load-trial-any"),
        };
        format!("{} ({what})", parameter.key)
    };
    let all: Vec<String> = tool.definition.parameters.iter().map(one).collect();
    if all.is_empty() { t!("load-trial-nothing") } else { all.join(", ") }
}

/// The part of the form. It stands open once anything was typed in it.
pub(super) fn fields(form: &FormState, tools: &[Tool]) -> impl IntoView + use<> {
    let named = |tool: &Tool| (tool.id.to_string(), tool.definition.name.clone());
    let options: Vec<(String, String)> = tools.iter().filter(|tool| tool.definition.takes_away).map(named).collect();
    let more: Vec<(String, String)> = tools.iter().map(named).collect();
    let each = tools.iter().map(|tool| view! { <li>{tool.definition.name.clone()}": "<code>{asks(tool)}</code></li> }).collect_view();
    view! {
        <fieldset class="form-group">
            <legend>{t!("load-trial")}</legend>
            <p class="muted small">{t!("load-trial-text")}</p>
            <div class="fields">
                <SelectField form=form name="fault_tool" label=t!("load-fault-tool") options=options blank=t!("load-trial-none") optional=true/>
                <NumberField form=form name="fault_after" label=t!("load-fault-after") min=5 max=14_400 optional=true/>
            </div>
            <TextAreaField form=form name="fault_values" label=t!("load-fault-values") hint=t!("load-values-hint") rows=2 mono=true optional=true/>
            <div class="fields">
                <SelectField form=form name="mend_tool" label=t!("load-mend-tool") hint=t!("load-mend-hint") options=more blank=t!("load-mend-none") optional=true/>
                <NumberField form=form name="mend_after" label=t!("load-mend-after") min=5 max=14_400 optional=true/>
            </div>
            <TextAreaField form=form name="mend_values" label=t!("load-mend-values") rows=2 mono=true optional=true/>
            <TextField form=form name="ledger" label=t!("load-ledger") hint=t!("load-ledger-hint") mono=true optional=true/>
            <details class="load-bounds">
                <summary>{t!("load-trial-tools")}</summary>
                <ul>{each}</ul>
            </details>
        </fieldset>
    }
}

/// A run that is asked for once more, with the same trial.
pub(super) fn again(trial: &Trial) -> Vec<(&'static str, String)> {
    let lines = |act: &Act| act.values.iter().map(|(key, value)| format!("{key}={value}\n")).collect::<String>();
    let mut fields = vec![
        ("fault_tool", trial.fault.tool.to_string()),
        ("fault_values", lines(&trial.fault)),
        ("fault_after", trial.fault.after_s.to_string()),
        ("ledger", trial.ledger.clone()),
    ];
    if let Some(mend) = &trial.mend {
        fields.extend([("mend_tool", mend.tool.to_string()), ("mend_values", lines(mend)), ("mend_after", mend.after_s.to_string())]);
    }
    fields
}

/// What is taken away and what came of it.
pub(super) fn panel(run: &Run, may: bool) -> Option<AnyView> {
    let trial = run.trial.as_ref()?;
    let shown = run.shown();
    let bounds = trial.bounds;
    let held = t!(
        "load-trial-held",
        objective = say::share(bounds.objective),
        seconds = significant(bounds.recovery_s),
        budget = say::share(bounds.budget)
    );
    let fault = act(&trial.fault);
    let mend = trial.mend.as_ref().map(act).map(|mend| view! { <Fact name=t!("load-mend")>{mend}</Fact> });
    let figures = shown.as_ref().map(figures);
    let why = run.verdict.and_then(|_| why(run)).map(|(_, why)| view! { <p class="muted small">{why}</p> });
    let unmended = trial.mend.as_ref().filter(|mend| run.owes && !mend.trouble.is_empty()).map(|mend| {
        let text = t!("load-not-mended", tool = mend.tool_name.as_str(), why = mend.trouble.as_str());
        let act = (may && run.state.is_over()).then(|| {
            let action = format!("/load/runs/{}/given-back", run.id);
            view! { <Confirm verb=t!("load-by-hand") text=t!("load-by-hand-text") action icon="check"/> }
        });
        view! { <Notice tone=Tone::P1><p>{text}</p>{act}</Notice> }
    });
    Some(
        view! {
            <Panel title=t!("load-trial") id="load-trial" live="load">
                {unmended}
                <Facts>
                    <Fact name=t!("load-fault")>{fault}</Fact>
                    {mend}
                    {figures}
                    <Fact name=t!("load-trial-bounds")>{held}</Fact>
                </Facts>
                {why}
            </Panel>
        }
        .into_any(),
    )
}

/// What a trial comes to and why, in the language being rendered.
pub(crate) fn why(run: &Run) -> Option<(EvidenceVerdict, String)> {
    let held = run.report.as_ref().is_some_and(|report| report["held"] == true);
    let (verdict, mut wordings) = run.shown()?.wordings(held);
    for (_, why) in wordings.iter_mut().filter(|wording| wording.key == "load-why-no-fault").flat_map(|wording| &mut wording.args) {
        *why = trouble_words(why);
    }
    let said: Vec<String> = wordings.iter().map(|wording| say_wording(current_locale(), wording)).collect();
    Some((verdict, said.join(&t!("load-why-joint"))))
}

/// What came in the way of a tool: its state, or a line of ours; what others have written as it stands.
fn trouble_words(trouble: &str) -> String {
    ours::trial(trouble).map_or_else(|| crate::tools::say_told(trouble), |wording| say_wording(current_locale(), &wording))
}

/// Where on the time of a run something was taken away, given back, and where all was well again.
pub(super) fn marks(run: &Run, begin: Timestamp) -> Vec<Mark> {
    let Some(trial) = &run.trial else { return Vec::new() };
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a run has four hours at most")]
    let moment = |seconds: f64| begin.plus((seconds * SECOND as f64) as i64);
    let of = |act: &Act, what: String| {
        let href = act.run.as_ref().map_or_else(String::new, |run| format!("/runs/{run}"));
        Some(Mark { at: moment(act.asked_s?), label: format!("{what}: {}", act.tool_name), href })
    };
    let fault = of(&trial.fault, t!("load-fault"));
    let mend = trial.mend.as_ref().and_then(|mend| of(mend, t!("load-mend")));
    let well = run.shown().and_then(|shown| {
        let at = shown.spans.0? + shown.outage?.recovery_s?;
        Some(Mark { at: moment(at), label: t!("load-well"), href: format!("/load/runs/{}#load-trial", run.id) })
    });
    [fault, mend, well].into_iter().flatten().collect()
}

/// What the marks in the charts mean.
pub(super) fn legend(marks: &[Mark]) -> Option<AnyView> {
    let items = marks
        .iter()
        .map(|mark| {
            let (label, at) = (mark.label.clone(), mark.at);
            view! { <li>"▲ "{label}" · "<When at style=WhenStyle::Wall/></li> }
        })
        .collect_view();
    (!marks.is_empty()).then(|| view! { <ul class="load-marks small" aria-label=t!("load-marks")>{items}</ul> }.into_any())
}

/// When a tool is or was run, and what came of that.
fn act(act: &Act) -> AnyView {
    let values = act.values.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ");
    let when = match act.asked_s {
        Some(at) => t!("load-trial-after", seconds = significant(at)),
        None => t!("load-trial-will", seconds = full(act.after_s)),
    };
    let name = act.tool_name.clone();
    let tool = match &act.run {
        Some(run) => view! { <a href=format!("/runs/{run}")>{name}</a> }.into_any(),
        None => view! { {name} }.into_any(),
    };
    let trouble = (!act.trouble.is_empty()).then(|| view! { ": "{trouble_words(&act.trouble)} });
    let values = (!values.is_empty()).then(|| view! { " "<code>{values}</code> });
    view! { {tool}{values}" · "{when}{trouble} }.into_any()
}

fn figures(shown: &Shown) -> AnyView {
    let outage = shown.outage;
    let seconds = outage.and_then(|outage| outage.recovery_s);
    let recovery = match (outage, seconds) {
        (Some(_), Some(seconds)) => format!("{} s", significant(seconds)),
        (Some(_), None) => t!("load-not-recovered"),
        (None, _) => NULL.to_owned(),
    };
    let count = |value: u64| full(i64::try_from(value).unwrap_or(i64::MAX));
    let used = outage.map_or_else(|| NULL.to_owned(), |outage| format!("{} ({})", say::share(outage.budget_used), count(outage.failed)));
    let told = |of: fn(&domain::load::Tallied) -> u64| match &shown.tallied {
        Some(tallied) => count(of(tallied)),
        None if shown.reads_only => t!("load-reads-only"),
        None => t!("load-no-ledger"),
    };
    let (lost, twice, unanswered) = (told(|one| one.lost), told(|one| one.duplicated), told(|one| one.unanswered));
    view! {
        <Fact name=t!("load-recovery")>{recovery}</Fact>
        <Fact name=t!("load-budget-used")>{used}</Fact>
        <Fact name=t!("load-lost")>{lost}</Fact>
        <Fact name=t!("load-duplicated")>{twice}</Fact>
        <Fact name=t!("load-unanswered")>{unanswered}</Fact>
    }
    .into_any()
}
