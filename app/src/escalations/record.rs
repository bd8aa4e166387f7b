//! What was done to page somebody for an incident, on its page; and paging somebody now.

use domain::{
    Fault,
    deliveries::{Delivery, State},
    escalations::{Choices, Record, Run, Taken, Target},
    id::IncidentId,
};
use leptos::prelude::*;

use super::{
    form::grouped,
    say::{Names, run_tone, run_word, trouble_word},
};
use crate::{
    components::{Badge, Button, Icon, Notice, PostButton, Tone, When, WhenStyle},
    deliveries::DeliveryBadge,
    form::FormState,
    t,
    visit::Visit,
};

/// Everything that the part needs.
pub struct Paging {
    record: Record,
    /// What became of its steps.
    sent: Vec<Delivery>,
    choices: Option<Choices>,
}

/// Reads it; whoever may page gets the choices.
pub async fn paging(visit: &Visit, incident: &IncidentId, may: bool) -> Result<Paging, Fault> {
    let record = visit.portal.escalations.record(&visit.actor, incident).await?;
    let keys: Vec<String> = record.taken.iter().map(|taken| taken.key.clone()).collect();
    let sent = visit.portal.deliveries.receipts(&visit.actor, incident, &keys).await?;
    let choices = if may { Some(visit.portal.escalations.targets(&visit.actor, incident).await?) } else { None };
    Ok(Paging { record, sent, choices })
}

impl Paging {
    /// Whether somebody is still to be paged.
    pub fn climbs(&self) -> bool {
        self.record.runs.iter().any(|run| run.next_at.is_some())
    }

    /// The part of the page.
    pub fn show(self, path: &str, open: bool, form: &FormState) -> AnyView {
        let Record { runs, taken, policy } = self.record;
        let nobody = (runs.is_empty() && taken.is_empty()).then(|| nobody(open, policy));
        let runs = runs.into_iter().map(run_item).collect_view();
        let steps = taken.into_iter().map(|one| step(one, &self.sent)).collect_view();
        let acts = self.choices.filter(|_| open).map(|choices| acts(path, &choices, form));
        view! {
            <div class="stack-tight">
                {nobody}
                <ul class="oncall-own">{runs}</ul>
                <ol class="oncall-taken">{steps}</ol>
                {acts}
            </div>
        }
        .into_any()
    }
}

/// What was done, without what can be done: for whoever asks why they were paged, or nobody was.
pub fn paged(record: Record) -> AnyView {
    let Record { runs, taken, policy } = record;
    if runs.is_empty() && taken.is_empty() {
        return nobody(true, policy);
    }
    let runs = runs.into_iter().map(run_item).collect_view();
    let steps = taken.into_iter().map(|one| step(one, &[])).collect_view();
    view! { <ul class="oncall-own">{runs}</ul><ol class="oncall-taken">{steps}</ol> }.into_any()
}

/// That nobody was paged, and whether somebody would be.
fn nobody(open: bool, policy: Option<String>) -> AnyView {
    match (open, policy) {
        (false, _) => view! { <p class="muted">{t!("escalations-paged-nobody")}</p> }.into_any(),
        (true, Some(policy)) => view! { <p class="muted">{t!("escalations-nobody", policy = policy)}</p> }.into_any(),
        (true, None) => {
            view! { <Notice tone=Tone::P2 title=t!("escalations-no-policy")><a href="/oncall/policies">{t!("escalations-title")}</a></Notice> }
                .into_any()
        }
    }
}

fn run_item(run: Run) -> impl IntoView {
    let ended = (!run.ended_by.is_empty()).then(|| t!("oncall-by", name = run.ended_by.clone()));
    let next = match (run.held_at, run.next_at) {
        (Some(since), Some(_)) => {
            Some(view! { <span class="muted">{t!("escalations-held")}" "<When at=since style=WhenStyle::Ago/></span> })
        }
        (None, Some(at)) => Some(view! { <span class="muted">{t!("escalations-next")}" "<When at=at style=WhenStyle::Ago/></span> }),
        (_, None) => None,
    };
    let name = match &run.policy {
        Some(id) => view! { <a href=format!("/oncall/policies/{id}")>{run.policy_name.clone()}</a> }.into_any(),
        None => run.policy_name.clone().into_any(),
    };
    view! {
        <li>
            <Badge tone=run_tone(run.state) word=run_word(run.state)/>" "{name}" · "{run.severity.name()}" "
            <When at=run.began_at style=WhenStyle::Ago/>" "{ended}" "{next}
        </li>
    }
}

fn step(taken: Taken, sent: &[Delivery]) -> AnyView {
    let what = match (taken.step, taken.by.as_str()) {
        (0, by) => t!("escalations-by-hand", name = by),
        (number, _) if taken.round > 0 => t!("escalations-step-again", number = number, round = taken.round + 1),
        (number, _) => t!("escalations-step", number = number),
    };
    let receipts = sent
        .iter()
        .filter(|delivery| delivery.key == taken.key)
        .map(|delivery| {
            let href = format!("/admin/deliveries/{}", delivery.id);
            let icon = match delivery.state {
                State::Delivered => "check",
                State::Dead => "circle-x",
                State::Waiting | State::Sending => "clock",
            };
            view! { <li><Icon name=icon/><a href=href>{delivery.channel_name.clone()}</a>" "<DeliveryBadge state=delivery.state/></li> }
        })
        .collect_view();
    view! {
        <li>
            <p><strong>{what}</strong>" "<When at=taken.at style=WhenStyle::Both/></p>
            <Names called=taken.called/>
            {(!sent.is_empty()).then(|| view! { <ul class="oncall-receipts">{receipts}</ul> })}
        </li>
    }
    .into_any()
}

fn acts(path: &str, choices: &Choices, form: &FormState) -> AnyView {
    let error = form.error("target");
    // Whom a page would not reach is said before somebody waits for them.
    let said = |(target, name): &(Target, String)| {
        let trouble = choices.unreached.iter().find(|(other, _)| other == target).map(|(_, trouble)| trouble_word(*trouble));
        (target.clone(), trouble.map_or_else(|| name.clone(), |trouble| format!("{name} — {trouble}")))
    };
    let targets: Vec<_> = choices.targets.iter().map(said).collect();
    let options = grouped(&targets, &form.get("target"));
    view! {
        <div class="row"><PostButton action=format!("{path}/escalate") label=t!("escalations-now") icon="siren" small=true/></div>
        <form class="form" method="post" action=format!("{path}/page")>
            <div class="field">
                <label for="field-target">{t!("escalations-page-whom")}</label>
                <select class="input" id="field-target" name="target" aria-invalid=error.as_ref().map(|_| "true")>
                    <option value="">{t!("oncall-choose")}</option>
                    {options}
                </select>
                {error.map(|error| view! { <p class="field-error"><Icon name="circle-x"/><span>{t!("field-expected", expected = error)}</span></p> })}
            </div>
            <div class="form-acts"><Button label=t!("escalations-page-now") icon="bell"/></div>
        </form>
    }
    .into_any()
}
