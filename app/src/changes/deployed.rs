//! What CI brought for a change, and whether it is what was approved.

use domain::{
    Permission,
    changes::{Detail, LONGEST_NOTE, Rollback, State, StepResult, open_step, same_sha},
    deployments::{self, is_production},
};
use leptos::prelude::*;

use crate::{
    components::{Button, Notice, Panel, Tone, When},
    deployments::badge,
    t,
    visit::use_visit,
};

/// What CI says last of how it went, as the result of the step that is open: one press of whoever executes, so that a pipeline needs
/// no right to carry changes out. Not of a step that a tool does, nor what a step says already.
fn offer(detail: &Detail) -> Option<AnyView> {
    let visit = use_visit();
    let rolling = detail.rollback.as_ref().is_some_and(Rollback::is_open);
    let at_work = detail.summary.state == State::Executing && detail.paused_at.is_none() && !rolling;
    if !at_work || !visit.actor.may(Permission::ExecuteChanges, &detail.content.team) {
        return None;
    }
    let place = open_step(detail.content.steps.len(), &detail.ticks)?;
    let step = detail.content.steps.get(place).filter(|step| step.tool.is_none())?;
    let made = detail.deployments.iter().rev().find(|made| is_production(&made.environment))?;
    // Another artifact than was approved ticks nothing off.
    let approved = detail.content.artifact.as_ref().map_or("", |artifact| artifact.sha.as_str());
    if !approved.is_empty() && !same_sha(approved, &made.sha) {
        return None;
    }
    let result = match made.state {
        deployments::State::Started => return None,
        deployments::State::Succeeded => StepResult::Done,
        deployments::State::Failed | deployments::State::RolledBack => StepResult::Failed,
    };
    let said = format!("{} {}", made.system_name, made.label());
    let note: String = format!("{said}: {} {}", made.state, made.url).trim_end().chars().take(LONGEST_NOTE).collect();
    if detail.ticks.iter().any(|tick| tick.note == note) {
        return None;
    }
    let word = if result == StepResult::Done { t!("changes-step-done") } else { t!("changes-step-failed") };
    let disabled = detail.work_refusal().is_some();
    let label = t!("changes-deployed-tick", number = place + 1, what = step.what.as_str(), said = said, result = word);
    Some(
        view! {
            <form class="post" method="post" action=format!("/changes/{}/steps/{place}", detail.summary.id)>
                <input type="hidden" name="note" value=note/>
                <input type="hidden" name="result" value=result.name()/>
                <Button label disabled/>
            </form>
        }
        .into_any(),
    )
}

/// The deployments that were posted for the change, with those on top that brought something else than its artifact.
#[component]
pub(super) fn Deployed(detail: Detail) -> impl IntoView {
    if detail.deployments.is_empty() {
        return ().into_any();
    }
    let offer = offer(&detail);
    let named = detail.content.artifact.map(|artifact| artifact.sha).filter(|sha| !sha.is_empty());
    let others = named
        .into_iter()
        .flat_map(|sha| {
            let other = detail.deployments.iter().filter(|made| !made.sha.is_empty() && !same_sha(&sha, &made.sha));
            other.map(|made| (made.label(), sha.clone(), made.sha.clone())).collect::<Vec<_>>()
        })
        .map(|(label, approved, brought)| {
            let title = t!("changes-deployed-other", label = label, approved = approved, brought = brought);
            view! { <Notice tone=Tone::P2 title/> }
        })
        .collect_view();
    let rows = detail
        .deployments
        .into_iter()
        .map(|made| {
            let href = format!("/deployments?system={}#deployment-{}", made.system, made.id);
            let label = format!("{} {}", made.system_name, made.label());
            let ended = made.finished_at.map(|at| view! { " – "<When at/> });
            view! {
                <li>
                    <p class="row"><a href=href>{label}</a>{badge(made.state)}</p>
                    <p class="muted"><code class="changes-hash">{made.sha}</code>" "<When at=made.started_at/>{ended}" · "{made.by}</p>
                </li>
            }
        })
        .collect_view();
    view! {
        <Panel title=t!("deployments-title") id="deployments">
            <div class="stack">
                {others}
                <ul class="changes-looks">{rows}</ul>
                {offer}
            </div>
        </Panel>
    }
    .into_any()
}
