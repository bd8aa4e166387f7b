//! `/approvals/policies`: who must agree to what, in sentences, and what would be asked for.

use axum::extract::Path;
use domain::{
    Fault, Permission,
    changes::{Bounds, Choices, DemandStatus, Kind, Policy, PolicyContent, Risk, Side, Stage, WhatIf},
    evidence::EvidenceKind,
    form::Typed,
    id::ApprovalPolicyId,
    people::Locale,
};
use leptos::prelude::*;

use super::{
    calendar::query,
    request::labels,
    say::{kind_word, risk_word},
};
use crate::{
    components::{
        Button, ButtonKind, ChoicesField, Confirm, Empty, EmptyKind, ErrorSummary, LinkButton, Notice, PageHead, Panel, SelectField, Tone,
        When,
    },
    evidence::say::kind_named as evidence_named,
    fault::Answer,
    form::FormState,
    i18n::say,
    t, tr,
    visit::{Visit, current_locale},
};

/// Names of roles by key, as the reader reads them.
pub(super) type RoleNames = Vec<(String, String)>;

/// The roles in the reader's language.
pub(super) async fn role_names(visit: &Visit) -> Result<RoleNames, Fault> {
    let zh = visit.locale == domain::people::Locale::Zh;
    let names = visit.portal.approving.role_keys(&visit.actor).await?;
    Ok(names.into_iter().map(|(key, en, chinese)| (key, if zh { chinese } else { en })).collect())
}

/// `GET /approvals/policies`; with `risk` and `systems` it says who would have to approve.
pub(super) async fn page(visit: Visit) -> Answer {
    let policies = visit.portal.approving.policies(&visit.actor).await?;
    let choices = visit.portal.changes.choices(&visit.actor).await?;
    let roles = role_names(&visit).await?;
    let typed = query(&visit);
    let asked = typed.names().next().is_some();
    let (form, answer) = if asked {
        match visit.portal.approving.what_if(&visit.actor, &typed).await {
            Ok(answer) => (FormState::fresh(typed), Some(answer)),
            Err(fault @ Fault::Invalid(_)) => (FormState::refused(typed, fault), None),
            Err(fault) => return Err(fault.into()),
        }
    } else {
        (FormState::fresh(Typed::default()), None)
    };
    let may = visit.actor.require_everywhere(Permission::ManageSettings).is_ok();
    let teams = choices.teams.iter().map(|t| (t.id.to_string(), t.name.clone())).collect::<Vec<_>>();
    Ok(visit.page_as(form.status(), tr!(visit, "changes-policies"), move || {
        let list = if policies.is_empty() {
            view! {
                <Empty kind=EmptyKind::NotConfigured title=t!("changes-policies-empty") text=t!("changes-policies-empty-text")/>
                {may.then(|| view! { <Starters roles=roles.clone() teams=teams.clone()/> })}
            }
            .into_any()
        } else {
            let items = policies.into_iter().map(|policy| view! { <li><One policy may roles=roles.clone() teams=teams.clone()/></li> }).collect_view();
            view! { <ol class="changes-waiting">{items}</ol> }.into_any()
        };
        view! {
            <PageHead title=t!("changes-policies") sub=t!("changes-policies-sub") back=("/approvals".to_owned(), t!("changes-approvals-title"))>
                {may.then(|| {
                    view! { <LinkButton href="/approvals/policies/new" label=t!("changes-policy-new") icon="plus" kind=ButtonKind::Primary/> }
                })}
            </PageHead>
            <ErrorSummary form=&form labels=labels()/>
            <div class="stack">
                {list}
                <p class="muted">{t!("changes-policy-otherwise")}</p>
                {answer.map(|answer| view! { <Panel title=t!("changes-whatif-answer") id="whatif-answer"><Answered answer roles=roles.clone()/></Panel> })}
                <Panel title=t!("changes-whatif") id="whatif"><Ask form choices/></Panel>
            </div>
        }
    }))
}

/// What may be begun with, in the reader's language.
pub fn starters(locale: Locale) -> Vec<PolicyContent> {
    let keys = ["changes-starter-tier1-high", "changes-starter-tier1", "changes-starter-high"];
    PolicyContent::starters(keys.map(|key| say(locale, key, &[])))
}

/// `POST /approvals/policies/starters`
pub(super) async fn begin(visit: Visit) -> Answer {
    // Whoever wrote one meanwhile has read what stands there.
    if !visit.portal.approving.policies(&visit.actor).await?.is_empty() {
        return Err(Fault::conflict("conflict-policies-there").into());
    }
    visit.portal.approving.begin_policies(&visit.actor, starters(visit.locale)).await?;
    Ok(visit.go("/approvals/policies", "toast-policies-begun"))
}

/// What one press sets where nobody has written a policy, to be read before.
#[component]
fn Starters(roles: RoleNames, teams: Vec<(String, String)>) -> impl IntoView {
    let items = starters(current_locale())
        .into_iter()
        .map(|content| {
            let name = content.name.clone();
            view! { <li><article class="panel changes-card" aria-label=name><Said content roles=roles.clone() teams=teams.clone()/></article></li> }
        })
        .collect_view();
    view! {
        <Panel title=t!("changes-starters") id="starters">
            <div class="stack">
                <p>{t!("changes-starters-text")}</p>
                <ol class="changes-waiting">{items}</ol>
                <form class="post" method="post" action="/approvals/policies/starters">
                    <Button label=t!("changes-starters-set") kind=ButtonKind::Primary/>
                </form>
            </div>
        </Panel>
    }
}

/// `POST /approvals/policies/{id}/delete`
pub(super) async fn remove(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = ApprovalPolicyId::parse(&id).ok_or(Fault::NotFound("policy"))?;
    visit.portal.approving.remove_policy(&visit.actor, &id).await?;
    Ok(visit.go("/approvals/policies", "toast-changes-policy-removed"))
}

fn named(keys: &[String], names: &RoleNames) -> String {
    let name = |key: &String| names.iter().find(|(known, _)| known == key).map_or_else(|| key.clone(), |(_, name)| name.clone());
    keys.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// Kinds of evidence in a sentence, and what it must have measured in another.
fn needs_text(kinds: &[EvidenceKind], custom: &[String], (environment, like_production): (&str, bool), bounds: Bounds) -> String {
    let words = |kind: &EvidenceKind| match (kind, custom) {
        (EvidenceKind::Custom, [_, ..]) => custom.iter().map(|name| evidence_named(*kind, name)).collect(),
        _ => vec![evidence_named(*kind, "")],
    };
    let needs = t!("evidence-policy-needs", kinds = kinds.iter().flat_map(words).collect::<Vec<_>>().join(", "));
    let place = (!environment.is_empty()).then(|| t!("evidence-wanted-in", environment = environment));
    let unsaid = bounds.min_peak.is_none();
    let bounds = bounds_text(bounds).map(|bounds| t!("evidence-policy-bounds", bounds = bounds));
    let like = like_production.then(|| t!("evidence-policy-like"));
    let usual = like_production && unsaid && kinds.contains(&EvidenceKind::Performance);
    let peak = usual.then(|| t!("evidence-policy-peak"));
    [Some(needs), place, like, peak, bounds].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The bounds side by side, where there are any.
pub(super) fn bounds_text(bounds: Bounds) -> Option<String> {
    let each = bounds.each().map(|(of, bound)| t!(&format!("evidence-bounded-{of}"), bound = bound.value().to_string()));
    Some(each.collect::<Vec<_>>().join("; ")).filter(|text| !text.is_empty())
}

fn stage_text(stage: &Stage, roles: &RoleNames, teams: &[(String, String)]) -> String {
    let team = stage.team.as_ref().map(ToString::to_string).unwrap_or_default();
    let team = teams.iter().find(|(id, _)| *id == team).map_or(team, |(_, name)| name.clone());
    let whose = match stage.of {
        Side::Team => t!("changes-side-team-of", team = team),
        side => t!(&format!("changes-side-{side}")),
    };
    if stage.roles.is_empty() {
        t!("changes-stage-any", count = stage.count, whose = whose)
    } else {
        t!("changes-stage-roles", count = stage.count, whose = whose, roles = named(&stage.roles, roles))
    }
}

/// What a policy says, in sentences.
#[component]
fn Said(content: PolicyContent, roles: RoleNames, teams: Vec<(String, String)>) -> impl IntoView {
    let any = |words: Vec<String>| if words.is_empty() { t!("changes-policy-all") } else { words.join(", ") };
    let kinds = any(content.kinds.iter().map(|kind| kind_word(*kind)).collect());
    let risks = any(content.risks.iter().map(|risk| risk_word(*risk)).collect());
    let tiers = any(content.tiers.iter().map(u8::to_string).collect());
    let stages = content.stages.iter().map(|stage| view! { <li>{stage_text(stage, &roles, &teams)}</li> }).collect_view();
    let stages = if content.in_order { view! { <ol>{stages}</ol> }.into_any() } else { view! { <ul>{stages}</ul> }.into_any() };
    let holds = if content.hours == 0 { t!("changes-policy-window") } else { t!("changes-policy-hours", hours = content.hours) };
    let needs = (!content.evidence.is_empty()).then(|| {
        format!(
            " {}",
            needs_text(&content.evidence, &content.custom, (content.environment.as_str(), content.like_production), content.bounds)
        )
    });
    view! {
        <h2>{content.name}</h2>
        <p class="muted">{t!("changes-policy-for", kinds = kinds, risks = risks, tiers = tiers)}</p>
        {stages}
        <p>{holds}{content.rollback.then(|| format!(" {}", t!("changes-policy-rollback")))}{needs}</p>
    }
}

#[component]
fn One(policy: Policy, may: bool, roles: RoleNames, teams: Vec<(String, String)>) -> impl IntoView {
    let content = policy.content;
    let acts = may.then(|| {
        let text = t!("changes-policy-remove-text", name = content.name.clone());
        view! {
            <p class="row">
                <LinkButton href=format!("/approvals/policies/{}/edit", policy.id) label=t!("changes-edit") small=true/>
                <Confirm verb=t!("changes-policy-remove") text action=format!("/approvals/policies/{}/delete", policy.id) small=true/>
            </p>
        }
    });
    view! {
        <article class="panel changes-card" aria-label=content.name.clone()>
            <Said content=content.clone() roles teams/>
            <p class="small muted">{t!("changes-policy-place", place = content.place)}" · "{policy.author}" · "<When at=policy.updated_at/></p>
            {acts}
        </article>
    }
}

/// The demands as sentences, with the names of those who could meet them.
#[component]
pub(super) fn DemandList(demands: Vec<DemandStatus>, roles: RoleNames) -> impl IntoView {
    let items = demands
        .into_iter()
        .map(|demand| {
            let teams = demand.teams.join(", ");
            let text = if demand.roles.is_empty() {
                t!("changes-demand", count = demand.count, given = demand.given, teams = teams)
            } else {
                t!("changes-demand-roles", count = demand.count, given = demand.given, teams = teams, roles = named(&demand.roles, &roles))
            };
            let who = if demand.who.is_empty() { t!("changes-demand-nobody") } else { demand.who.join(", ") };
            let waits = (!demand.open && demand.given < demand.count)
                .then(|| view! { " " <span class="muted">{t!("changes-demand-later")}</span> });
            view! { <li>{text}{waits}<p class="small muted">{who}</p></li> }
        })
        .collect_view();
    view! { <ol class="changes-steps">{items}</ol> }
}

#[component]
fn Answered(answer: WhatIf, roles: RoleNames) -> impl IntoView {
    let lacking = answer.demands.iter().any(|d| d.who.len() < d.count as usize);
    let policy = if answer.policy.is_empty() { t!("changes-policy-none") } else { t!("changes-policy-by", policy = answer.policy) };
    let holds = if answer.hours == 0 { t!("changes-policy-window") } else { t!("changes-policy-hours", hours = answer.hours) };
    let needs = (!answer.evidence.is_empty()).then(|| {
        format!(" {}", needs_text(&answer.evidence, &answer.custom, (answer.environment.as_str(), answer.like_production), answer.bounds))
    });
    view! {
        <p>{policy}" "{holds}{needs}</p>
        {lacking.then(|| view! { <Notice tone=Tone::P3 title=t!("changes-whatif-lacking")/> })}
        <DemandList demands=answer.demands roles/>
    }
}

#[component]
fn Ask(form: FormState, choices: Choices) -> impl IntoView {
    let systems = choices.systems.into_iter().map(|s| (s.id.to_string(), s.name)).collect::<Vec<_>>();
    let kinds = Kind::ALL.iter().map(|k| (k.name().to_owned(), kind_word(*k))).collect::<Vec<_>>();
    let risks = Risk::ALL.iter().map(|r| (r.name().to_owned(), risk_word(*r))).collect::<Vec<_>>();
    view! {
        <form class="form" method="get" action="/approvals/policies#whatif-answer">
            <ChoicesField form=&form name="systems" label=t!("changes-field-systems") options=systems/>
            <div class="fields">
                <SelectField form=&form name="risk" label=t!("changes-field-risk") options=risks blank=t!("changes-choose")/>
                <SelectField form=&form name="kind" label=t!("changes-field-kind") options=kinds blank=kind_word(Kind::Normal) optional=true/>
            </div>
            <div class="form-acts"><Button label=t!("changes-whatif")/></div>
        </form>
    }
}
