//! What must be shown before a change, what is there, and doing without it, which takes two people.

use axum::extract::Path;
use domain::{
    Fault, Permission,
    changes::{Artifact, Detail, Requirement, RequirementStatus, Shown, State, Waiver},
    evidence::EvidenceKind,
    id::ChangeId,
};
use leptos::prelude::*;

use super::{acts, policies::bounds_text};
use crate::{
    components::{Badge, Button, ButtonKind, LinkButton, Notice, Panel, Tone, When},
    evidence::say::{kind_named, say_facts, verdict_tone, verdict_word},
    fault::Answer,
    form::{FormState, PostedForm},
    i18n::say_wording,
    t,
    visit::{Visit, current_locale, use_visit},
};

fn read(id: &str) -> Result<ChangeId, Fault> {
    ChangeId::parse(id).ok_or(Fault::NotFound("change"))
}

/// `POST /changes/{id}/waive`
pub(super) async fn waive(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let id = read(&id)?;
    let done = visit.portal.carrying.waive(&visit.actor, &id, &form.typed).await;
    acts::answer(visit, &id, form, done, "toast-waiver-asked").await
}

/// `POST /changes/{id}/waive/agree`
pub(super) async fn agree(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let id = read(&id)?;
    let done = visit.portal.carrying.agree_to_waive(&visit.actor, &id, &form.typed).await;
    acts::answer(visit, &id, form, done, "toast-evidence-waived").await
}

fn tone(status: RequirementStatus) -> Tone {
    match status {
        RequirementStatus::Met => Tone::Ok,
        RequirementStatus::Waived => Tone::P3,
        RequirementStatus::Failed | RequirementStatus::Beyond => Tone::P1,
        RequirementStatus::Nameless
        | RequirementStatus::Missing
        | RequirementStatus::Other
        | RequirementStatus::Elsewhere
        | RequirementStatus::Unlike
        | RequirementStatus::Own
        | RequirementStatus::Expired => Tone::P2,
    }
}

/// The panel of a change that needs evidence.
#[component]
pub(super) fn Required(detail: Detail, form: FormState) -> impl IntoView {
    let apart = apart(&detail.shown);
    let others = unasked(&detail.evidence, detail.shown);
    if detail.evidence.is_empty() {
        return if others.is_empty() {
            ().into_any()
        } else {
            view! { <Panel title=t!("evidence-shown") id="evidence">{apart}<ShownList shown=others/></Panel> }.into_any()
        };
    }
    let visit = use_visit();
    let ahead = detail.summary.state.is_live() && detail.summary.state != State::Executing || detail.summary.state == State::Draft;
    let team = &detail.content.team;
    let (asks, brings) =
        (ahead && visit.actor.may(Permission::ExecuteChanges, team), ahead && visit.actor.may(Permission::RequestChanges, team));
    let id = detail.summary.id.to_string();
    let artifact = detail.content.artifact.clone();
    let agrees = ahead && detail.powers.agree_waiver;
    let items = detail
        .evidence
        .into_iter()
        .map(|one| view! { <li><One id=id.clone() one artifact=artifact.clone() asks brings agrees form=form.clone()/></li> })
        .collect_view();
    view! { <Panel title=t!("evidence-required") id="evidence">{apart}<ul class="changes-steps">{items}</ul><ShownList shown=others/></Panel> }
        .into_any()
}

/// What decides none of what is asked for.
fn unasked(needed: &[Requirement], shown: Vec<Shown>) -> Vec<Shown> {
    shown.into_iter().filter(|one| !needed.iter().any(|needed| needed.evidence.as_ref() == Some(&one.id))).collect()
}

/// That pieces of evidence of one artifact were shown in different environments, and what differs.
fn apart(shown: &[Shown]) -> Option<AnyView> {
    let apart = Shown::apart(shown)?;
    let named = |(kind, custom): &(_, String)| kind_named(*kind, custom);
    let title = t!("evidence-apart", one = named(&apart.one), other = named(&apart.other), differs = apart.differs.join(", "));
    Some(view! { <Notice tone=Tone::P3 title/> }.into_any())
}

/// How it stands with the evidence, to be read beside the button that approves: what is asked for, and what else there is.
#[component]
pub(super) fn Proof(evidence: Vec<Requirement>, shown: Vec<Shown>) -> impl IntoView {
    let apart = apart(&shown);
    let shown = unasked(&evidence, shown);
    let needed = (!evidence.is_empty()).then(|| {
        let items = evidence.iter().map(|one| view! { <li>{standing(one)}</li> }).collect_view();
        view! { <h3>{t!("evidence-required")}</h3><ul class="changes-steps">{items}</ul> }
    });
    let others = (!shown.is_empty()).then(|| view! { <h3>{t!("evidence-shown")}</h3><ShownList shown/> });
    let none = (needed.is_none() && others.is_none()).then(|| view! { <p class="muted">{t!("evidence-none-needed")}</p> });
    view! { <div class="changes-proof">{apart}{needed}{others}{none}</div> }
}

/// How it stands with one kind: its verdict, until when that holds, or what is lacking.
fn standing(one: &Requirement) -> AnyView {
    let link = one
        .evidence
        .as_ref()
        .map(|piece| view! { " " <a class="changes-link" href=format!("/evidence/{piece}")>{t!("evidence-show")}</a> });
    let until = one.until.map(|at| view! { <span class="muted">{t!("evidence-until")}" "<When at/></span> });
    let broken = one.broken.iter().map(|broken| view! { <p>{say_wording(current_locale(), &broken.wording())}</p> }).collect_view();
    let place = (!one.environment.is_empty()).then(|| {
        let text = match one.status {
            RequirementStatus::Elsewhere => t!("evidence-shown-in", environment = one.environment.as_str(), shown = one.shown_in.as_str()),
            _ => t!("evidence-wanted-in", environment = one.environment.as_str()),
        };
        view! { <p class="small muted">{text}</p> }
    });
    let like = one.production.as_ref().map(|all| {
        let made_of = all.iter().map(say_facts).collect::<Vec<_>>().join("; ");
        let text = if all.is_empty() { t!("evidence-wanted-like-unknown") } else { t!("evidence-wanted-like", facts = made_of) };
        let differs = one.differs.join("; ");
        let differs = (!differs.is_empty()).then(|| format!(" {}", t!("evidence-unlike", differs = differs)));
        view! { <p class="small muted">{text}{differs}</p> }
    });
    view! {
        <p class="row">
            <strong>{kind_named(one.kind, &one.custom)}</strong>
            <Badge tone=tone(one.status) word=t!(&format!("evidence-status-{}", one.status))/>
            {link}
            {until}
        </p>
        {place}
        {like}
        {peak_text(one).map(|text| view! { <p class="small muted">{text}</p> })}
        {broken}
    }
    .into_any()
}

/// What production bears, where evidence must have been measured under a share of that.
fn peak_text(one: &Requirement) -> Option<String> {
    if one.kind != EvidenceKind::Performance || (one.production.is_none() && one.bounds.min_peak.is_none()) {
        return None;
    }
    Some(match one.peak {
        Some(peak) => t!("evidence-peak", rate = format!("{:.1}", peak.value())),
        None => t!("evidence-peak-unknown"),
    })
}

/// What there is of the artifact, asked for or not: kind, verdict and the artifact that it is of.
#[component]
fn ShownList(shown: Vec<Shown>) -> impl IntoView {
    let items = shown
        .into_iter()
        .map(|one| {
            let who = if one.computed { t!("evidence-by-file") } else { t!("evidence-by-word", name = one.by) };
            view! {
                <li class="row">
                    <strong>{kind_named(one.kind, &one.custom)}</strong>
                    <Badge tone=verdict_tone(one.verdict) word=verdict_word(one.verdict)/>
                    <a class="changes-link" href=format!("/evidence/{}", one.id)>{one.version}</a>
                    <span class="muted">{who}" · "{t!("evidence-until")}" "<When at=one.until/></span>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="changes-steps">{items}</ul> }
}

#[component]
fn One(id: String, one: Requirement, artifact: Option<Artifact>, asks: bool, brings: bool, agrees: bool, form: FormState) -> impl IntoView {
    let waivable = one.waivable();
    let kind = one.kind;
    let stands = standing(&one);
    let bring = artifact.filter(|_| brings && one.status != RequirementStatus::Met).map(|artifact| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("kind", kind.name());
        for (name, value) in [("custom", &one.custom), ("environment", &one.environment)].into_iter().filter(|(_, value)| !value.is_empty())
        {
            query.append_pair(name, value);
        }
        query.append_pair("artifact", &artifact.name);
        query.append_pair("artifact_version", &artifact.version).append_pair("artifact_sha", &artifact.sha);
        view! { <LinkButton href=format!("/evidence/new?{}", query.finish()) label=t!("evidence-new") icon="plus" small=true/> }
    });
    let custom = one.custom.clone();
    let refused = form.get("kind") == kind.name() && form.get("custom") == custom && !form.problems().is_empty();
    let reason = if refused { form.get("reason") } else { String::new() };
    let ask = (waivable && asks).then(|| {
        view! {
            <details class="confirm" open=refused>
                <summary class="button" data-kind="danger" data-size="small">{t!("evidence-waive")}</summary>
                <form class="confirm-body" method="post" action=format!("/changes/{id}/waive")>
                    <p>{t!("evidence-waive-text")}</p>
                    <input type="hidden" name="kind" value=kind.name()/>
                    {(!custom.is_empty()).then(|| view! { <input type="hidden" name="custom" value=custom.clone()/> })}
                    <label class="field">
                        <span>{t!("changes-field-reason")}</span>
                        <input class="input" name="reason" maxlength="1000" required value=reason/>
                    </label>
                    <label class="field">
                        <span>{t!("evidence-days")}</span>
                        <input class="input" name="days" type="number" min="1" max="30" value="1"/>
                    </label>
                    <Button label=t!("evidence-waive-ask") kind=ButtonKind::Danger/>
                </form>
            </details>
        }
    });
    let bounds = bounds_text(one.bounds).map(|bounds| view! { <p class="small muted">{t!("evidence-policy-bounds", bounds = bounds)}</p> });
    let waiver = one.waiver.map(|waiver| view! { <Waived id=id.clone() waiver agrees/> });
    view! {
        {stands}
        {bounds}
        {waiver}
        <div class="row">{bring}{ask}</div>
    }
}

#[component]
fn Waived(id: String, waiver: Waiver, agrees: bool) -> impl IntoView {
    let another = use_visit().actor.user() != Some(&waiver.asked_id);
    let act = (agrees && another && waiver.agreed_at.is_none()).then(|| {
        view! {
            <form class="post" method="post" action=format!("/changes/{id}/waive/agree")>
                <input type="hidden" name="waiver" value=waiver.id.to_string()/>
                <Button label=t!("changes-break-agree") kind=ButtonKind::Danger/>
            </form>
        }
    });
    let state = match waiver.agreed_at {
        Some(at) => view! { <p>{t!("evidence-waived-by", name = waiver.agreed_by)}" · "<When at/></p> }.into_any(),
        None => view! { <p class="muted">{t!("changes-break-waits")}</p> }.into_any(),
    };
    view! {
        <p>{waiver.reason}" · "<span class="muted">{waiver.asked_by}" · "<When at=waiver.asked_at/></span></p>
        {state}
        {act}
    }
}
