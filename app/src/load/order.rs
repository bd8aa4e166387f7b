//! Asking for a run, or for runs against two targets that take turns: one form.

use axum::response::Response;
use domain::{
    Fault, Permission,
    form::Typed,
    load::{COMPARISON_FIELDS, LEAST_TURNS, MOST_TURNS, ORDER_FIELDS, Run, TRIAL_FIELDS, TURNS, Target},
};
use leptos::prelude::*;

use super::{run_id, say, trial};
use crate::{
    components::{
        Button, ButtonKind, ErrorSummary, Here, LinkButton, Notice, NumberField, PageHead, SelectField, TextAreaField, TextField, Tone,
    },
    fault::{Answer, Refused},
    form::{FormState, PostedForm},
    t, tr,
    visit::Visit,
};

/// Fields that an address may fill in: so a run is asked for once more. How long the evidence holds is not among them.
fn filled() -> impl Iterator<Item = &'static str> {
    ORDER_FIELDS.iter().copied().filter(|name| *name != "days").chain(TRIAL_FIELDS.iter().copied()).chain(["baseline"])
}

/// `GET /load/runs/new`
pub(super) async fn fresh(visit: Visit) -> Answer {
    let here = Here::parse(&visit.path_and_query);
    let mut typed = Typed::default();
    for (name, value) in [("rate", "100"), ("duration", "60s"), ("ramp", "10s")] {
        typed.set(name, value);
    }
    typed.set("turns", TURNS);
    typed.set("days", 30);
    if !here.get("from").is_empty() {
        let run = visit.portal.load.run(&visit.actor, &run_id(here.get("from"))?).await?;
        for (name, value) in of_run(&run) {
            typed.set(name, value);
        }
    }
    for name in filled() {
        if !here.get(name).is_empty() {
            typed.set(name, here.get(name));
        }
    }
    show(&visit, FormState::fresh(typed)).await
}

/// What was asked for, to be asked for once more.
fn of_run(run: &Run) -> Vec<(&'static str, String)> {
    let (script, subject) = (&run.script, &run.subject);
    // What the script says goes without saying.
    let whole = !script.requests.is_empty() || !script.stages.is_empty();
    let text = if whole { serde_json::to_string_pretty(script).unwrap_or_default() } else { String::new() };
    let rate = if script.stages.is_empty() { script.rate.to_string() } else { String::new() };
    let connections = if script.connections == 0 { String::new() } else { script.connections.to_string() };
    let mut fields = vec![
        ("target", run.target.to_string()),
        ("rate", rate),
        ("duration", script.duration.clone()),
        ("ramp", script.ramp.clone()),
        ("connections", connections),
        ("timeout", script.timeout.clone()),
        ("script", text),
        ("artifact", subject.artifact.clone()),
        ("artifact_version", subject.artifact_version.clone()),
        ("artifact_sha", subject.artifact_sha.clone()),
        ("facts", subject.facts.clone()),
        ("max_p99_ms", subject.max_p99_ms.clone()),
        ("max_failed", subject.max_failed.clone()),
    ];
    fields.extend(run.trial.as_ref().map(trial::again).unwrap_or_default());
    fields
}

/// `POST /load/runs/new`: with a baseline it is a comparison.
pub(super) async fn start(visit: Visit, form: PostedForm) -> Answer {
    let load = &visit.portal.load;
    let asked = if form.get("baseline").is_empty() {
        // What only a comparison needs is left aside, as the form says.
        let typed = without(&form, |name| COMPARISON_FIELDS.contains(&name));
        load.start(&visit.actor, &typed).await.map(|id| format!("/load/runs/{id}"))
    } else {
        let typed = without(&form, |name| TRIAL_FIELDS.contains(&name) && form.get(name).is_empty());
        load.compare(&visit.actor, &typed).await.map(|id| format!("/load/comparisons/{id}"))
    };
    match asked {
        Ok(path) => Ok(visit.go(&path, "toast-load-asked")),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => show(&visit, FormState::refused(form.typed, fault)).await,
        Err(fault) => Err(fault.into()),
    }
}

fn without(form: &PostedForm, aside: impl Fn(&str) -> bool) -> Typed {
    let kept = form.typed.names().filter(|name| !aside(name));
    Typed::from_pairs(kept.map(|name| (name.to_owned(), form.get(name).to_owned())))
}

fn labels() -> Vec<(&'static str, String)> {
    [
        ("target", "load-target"),
        ("baseline", "load-baseline"),
        ("turns", "load-turns"),
        ("slower", "load-slower"),
        ("throughput", "load-throughput"),
        ("rate", "load-wanted"),
        ("duration", "load-duration"),
        ("ramp", "load-ramp"),
        ("connections", "load-connections"),
        ("timeout", "load-timeout"),
        ("script", "load-script"),
        ("artifact", "changes-field-artifact"),
        ("artifact_version", "changes-field-artifact-version"),
        ("artifact_sha", "changes-field-artifact-sha"),
        ("facts", "load-facts-field"),
        ("max_p99_ms", "evidence-max-p99"),
        ("max_failed", "evidence-max-failed"),
        ("days", "evidence-days"),
        ("fault_tool", "load-fault-tool"),
        ("fault_values", "load-fault-values"),
        ("fault_after", "load-fault-after"),
        ("mend_tool", "load-mend-tool"),
        ("mend_values", "load-mend-values"),
        ("mend_after", "load-mend-after"),
        ("ledger", "load-ledger"),
    ]
    .into_iter()
    .map(|(name, key)| (name, t!(key)))
    .collect()
}

async fn show(visit: &Visit, mut form: FormState) -> Result<Response, Refused> {
    let mut targets = visit.portal.load.targets(&visit.actor, false).await?;
    targets.retain(|one| visit.actor.may(Permission::RequestChanges, &one.team));
    let tools = trial::tools(visit).await?;
    // Where there is no choice nobody has to make one.
    if let ([only], None, "") = (targets.as_slice(), &form.fault, form.typed.get("target")) {
        let mut typed = (*form.typed).clone();
        typed.set("target", &only.id);
        form = FormState::fresh(typed);
    }
    Ok(visit.page_as(form.status(), tr!(visit, "load-start"), move || {
        let options: Vec<(String, String)> =
            targets.iter().map(|one| (one.id.to_string(), format!("{} ({})", one.name, one.environment))).collect();
        let none = options.is_empty().then(|| view! { <Notice tone=Tone::NoData><p>{t!("load-no-target-text")}</p></Notice> });
        let bounds = targets.iter().map(|one| view! { <li>{one.name.clone()}": "{say::caps(one)}</li> }).collect_view();
        // The other of two has the same system.
        let other = |one: &Target| (one.id.to_string(), format!("{}: {} ({})", one.system_name, one.name, one.environment));
        let others: Vec<(String, String)> = targets.iter().map(other).collect();
        view! {
            <PageHead title=t!("load-start") sub=t!("load-start-sub") back=("/load".to_owned(), t!("load-title"))/>
            {none}
            <form class="form" method="post" action="/load/runs/new">
                <ErrorSummary form=&form labels=labels()/>
                <div class="fields">
                    <SelectField form=&form name="target" label=t!("load-target") options=options blank=t!("changes-choose")/>
                    <TextField form=&form name="facts" label=t!("load-facts-field") hint=t!("load-facts-hint") optional=true/>
                </div>
                <details class="load-bounds">
                    <summary>{t!("load-caps-title")}</summary>
                    <ul>{bounds}</ul>
                </details>
                <fieldset class="form-group">
                    <legend>{t!("load-artifact")}</legend>
                    <div class="fields">
                        <TextField form=&form name="artifact" label=t!("changes-field-artifact")/>
                        <TextField form=&form name="artifact_version" label=t!("changes-field-artifact-version")/>
                        <TextField form=&form name="artifact_sha" label=t!("changes-field-artifact-sha") hint=t!("load-sha-hint") mono=true/>
                    </div>
                </fieldset>
                <fieldset class="form-group">
                    <legend>{t!("load-plan")}</legend>
                    <div class="fields">
                        <TextField form=&form name="rate" label=t!("load-wanted") hint=t!("load-wanted-hint") optional=true/>
                        <TextField form=&form name="duration" label=t!("load-duration") hint=t!("load-duration-hint") optional=true/>
                        <TextField form=&form name="ramp" label=t!("load-ramp") hint=t!("load-ramp-hint") optional=true/>
                    </div>
                    <div class="fields">
                        <TextField form=&form name="connections" label=t!("load-connections") hint=t!("load-connections-hint") optional=true/>
                        <TextField form=&form name="timeout" label=t!("load-timeout") hint=t!("load-timeout-hint") optional=true/>
                    </div>
                    <TextAreaField form=&form name="script" label=t!("load-script") hint=t!("load-script-hint") rows=8 mono=true optional=true/>
                </fieldset>
                <fieldset class="form-group">
                    <legend>{t!("load-judged")}</legend>
                    <p class="muted small">{t!("load-limits-hint")}</p>
                    <div class="fields">
                        <TextField form=&form name="max_p99_ms" label=t!("evidence-max-p99") optional=true/>
                        <TextField form=&form name="max_failed" label=t!("evidence-max-failed") optional=true/>
                        <NumberField form=&form name="days" label=t!("evidence-days") min=1 max=365 optional=true/>
                    </div>
                </fieldset>
                <fieldset class="form-group">
                    <legend>{t!("load-compare")}</legend>
                    <p class="muted small">{t!("load-compare-text")}</p>
                    <div class="fields">
                        <SelectField form=&form name="baseline" label=t!("load-baseline") options=others blank=t!("load-baseline-none") optional=true/>
                        <NumberField form=&form name="turns" label=t!("load-turns") min=LEAST_TURNS max=MOST_TURNS optional=true/>
                        <TextField form=&form name="slower" label=t!("load-slower") placeholder="1.10" optional=true/>
                        <TextField form=&form name="throughput" label=t!("load-throughput") placeholder="0.95" optional=true/>
                    </div>
                </fieldset>
                {trial::fields(&form, &tools)}
                <div class="form-acts">
                    <Button label=t!("load-go") kind=ButtonKind::Primary icon="play"/>
                    <LinkButton href="/load" label=t!("changes-back") kind=ButtonKind::Quiet/>
                </div>
            </form>
        }
    }))
}
