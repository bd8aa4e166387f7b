//! Rolling a change back: the button with what it will do, and how each step is undone, the last one first.

use axum::extract::Path;
use domain::{
    Fault, Permission,
    changes::{Detail, Outcome, Rollback, Undo, UndoState, Verified},
    id::ChangeId,
};
use leptos::prelude::*;

use super::{
    acts,
    carrying::secret_fields,
    runs::{StepLog, StepRuns},
    steps::tool_fact,
};
use crate::{
    components::{Badge, Button, ButtonKind, Confirm, Notice, Panel, Running, Tone, When},
    fault::Answer,
    form::PostedForm,
    t,
    visit::{Visit, use_visit},
};

/// `POST /changes/{id}/undo/{place}`; the first step is 0.
pub(super) async fn undo(visit: Visit, Path((id, place)): Path<(String, String)>, form: PostedForm) -> Answer {
    let id = ChangeId::parse(&id).ok_or(Fault::NotFound("change"))?;
    let place = place.parse().map_err(|_| Fault::NotFound("step"))?;
    match visit.portal.carrying.undo(&visit.actor, &id, place, &form.typed).await {
        Ok(()) => Ok(visit.go(&format!("/changes/{id}#rollback"), "toast-change-step")),
        Err(fault) => acts::refused(&visit, id.as_str(), form, fault).await,
    }
}

/// Whether figures say that a change made things worse, and it can be and is not yet rolled back.
pub fn is_proposed(detail: &Detail) -> bool {
    let failed = detail.verification.as_ref().is_some_and(|known| known.verdict == Verified::Fail);
    let rolling = detail.rollback.as_ref().is_some_and(Rollback::is_open);
    failed && detail.powers.judge && !rolling && detail.summary.outcome != Some(Outcome::RolledBack)
}

/// The button that rolls a change back, with what that will do.
#[component]
pub fn RollBack(detail: Detail, #[prop(into)] text: String) -> impl IntoView {
    let id = detail.summary.id.to_string();
    let steps = detail
        .to_undo
        .iter()
        .filter_map(|&place| {
            let step = detail.content.steps.get(place)?;
            let tool = step.rollback_tool.as_ref().map(|id| tool_fact("rollback_tool", id, &step.rollback_parameters, &detail.tools));
            Some(view! { <li value=(place + 1).to_string()>{step.what.clone()}": "{step.rollback.clone()}<dl class="changes-step-facts">{tool}</dl></li> })
        })
        .collect_view();
    let steps = (!steps.is_empty()).then(|| view! { <p>{t!("changes-roll-back-steps")}</p><ol>{steps}</ol> });
    view! {
        <Confirm verb=t!("changes-roll-back") text action=format!("/changes/{id}/rollback") icon="undo-2">
            {steps}
            <label class="field"><span>{t!("changes-field-remark")}</span><textarea class="input" name="remark" rows="2" required></textarea></label>
        </Confirm>
    }
}

/// How a change is rolled back, or was.
#[component]
pub(super) fn Undoing(detail: Detail, log: Option<StepLog>) -> impl IntoView {
    let Some(known) = detail.rollback.clone() else { return ().into_any() };
    let visit = use_visit();
    let team = &detail.content.team;
    let may = known.is_open() && visit.actor.may(Permission::ExecuteChanges, team);
    // Who carries a change out need not be who may run its tools.
    let works = known.is_open() && (may || visit.actor.may(Permission::RequestChanges, team));
    let runs_tools = works && visit.actor.may_somewhere(Permission::RunSafeTools);
    let whole = known.is_whole();
    let state = match (known.ended_at, whole) {
        (Some(at), true) => view! { <p class="row"><Badge tone=Tone::Ok word=t!("changes-rolled-back-whole")/><When at/></p> }.into_any(),
        (Some(at), false) => view! { <p class="row"><Badge tone=Tone::P2 word=t!("changes-rolled-back-part")/><When at/></p> }.into_any(),
        (None, _) => {
            view! { <p class="row"><Badge tone=Tone::P2 word=t!("changes-rolling-back")/><Running from=known.since/></p> }.into_any()
        }
    };
    let stopped = known
        .failed()
        .filter(|_| known.is_open())
        .map(|undo| view! { <Notice tone=Tone::P1 title=t!("changes-rollback-stopped", number = undo.place + 1)/> });
    let next = known.next().map(|undo| undo.place);
    let items = known
        .undos
        .iter()
        .map(|undo| {
            let turn = next == Some(undo.place) && undo.state != UndoState::Running;
            one(&detail, undo, (turn && may, turn && runs_tools), log.clone())
        })
        .collect_view();
    view! {
        <Panel title=t!("changes-rollback") id="rollback">
            <div class="stack">
                {state}
                <p><strong>{known.by}</strong>": "{known.reason}</p>
                {stopped}
                <ol class="changes-steps">{items}</ol>
            </div>
        </Panel>
    }
    .into_any()
}

/// One step: how it is undone, how that stands, and what the reader can do about it, where it is its turn: say so, or run its tool.
fn one(detail: &Detail, undo: &Undo, (says, runs_tools): (bool, bool), log: Option<StepLog>) -> impl IntoView + use<> {
    let id = &detail.summary.id;
    let step = detail.content.steps.get(undo.place).cloned().unwrap_or_default();
    let tool = step.rollback_tool.as_ref().map(|tool| tool_fact("rollback_tool", tool, &step.rollback_parameters, &detail.tools));
    let by_hand = step.rollback_tool.is_none();
    let runs: Vec<_> = detail.runs.iter().filter(|run| run.step == undo.place && run.undo).cloned().collect();
    let trouble = undo.trouble.map(|trouble| view! { <p>{t!(&format!("changes-undo-trouble-{trouble}"))}</p> });
    let note = (!undo.note.is_empty()).then(|| view! { <p>{undo.note.clone()}</p> });
    let action = format!("/changes/{id}/undo/{}", undo.place);
    let again = step.rollback_tool.as_ref().filter(|_| runs_tools).map(|tool| {
        let fields = secret_fields(&detail.tools, tool);
        view! {
            <form class="post row" method="post" action=action.clone()>
                {fields}
                <Button label=t!("changes-undo-again") icon="refresh-cw" name="result" value="run"/>
            </form>
        }
    });
    let ticks = says.then(|| {
        let failed = by_hand.then(|| view! { <Button label=t!("changes-undo-failed") icon="x" name="result" value="failed"/> });
        view! {
            <form class="form" method="post" action=action.clone()>
                <label class="field"><span>{t!("changes-field-remark")}</span><input class="input" name="note" maxlength="1000"/></label>
                <div class="row">
                    <Button label=t!("changes-undo-done") kind=ButtonKind::Primary icon="check" name="result" value="done"/>
                    {failed}
                    <Button label=t!("changes-step-skipped") kind=ButtonKind::Quiet name="result" value="skipped"/>
                </div>
            </form>
        }
    });
    let (tone, word) = (tone(undo.state), t!(&format!("changes-undo-{}", undo.state)));
    view! {
        <li data-undo=undo.place.to_string() value=(undo.place + 1).to_string()>
            <p class="changes-step-what">{step.what}</p>
            <p>{step.rollback}</p>
            <dl class="changes-step-facts">{tool}</dl>
            <p class="row"><Badge tone word/><span class="muted">{undo.by.clone()}" "<When at=undo.at/></span></p>
            {note}
            {trouble}
            <StepRuns runs log page=format!("/changes/{id}")/>
            {again}
            {ticks}
        </li>
    }
}

fn tone(state: UndoState) -> Tone {
    match state {
        UndoState::Done => Tone::Ok,
        UndoState::Failed => Tone::P1,
        UndoState::Running => Tone::Accent,
        UndoState::Waiting | UndoState::Skipped => Tone::NoData,
    }
}
