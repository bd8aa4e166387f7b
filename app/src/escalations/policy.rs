//! `/oncall/policies`: who is paged for what, in sentences; `/oncall/policies/{id}` with what would happen if.

use axum::extract::Path;
use domain::{
    Fault, Permission, Wording,
    alerts::Severity,
    escalations::{Checked, Planned, Target, Trouble},
    form::Typed,
    id::PolicyId,
    time::{MINUTE, parse_wall},
};
use leptos::prelude::*;

use super::say::{Names, sentence, trouble_word};
use crate::{
    components::{
        Badge, Button, ButtonKind, Cell, Column, Confirm, Empty, EmptyKind, Fact, Facts, Here, LinkButton, MomentField, Notice, PageHead,
        Panel, SelectField, Table, Tone, When, duration,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::Visit,
};

pub(super) fn read(id: &str) -> Result<PolicyId, Fault> {
    PolicyId::parse(id).ok_or(Fault::NotFound("policy"))
}

/// `GET /oncall/policies`
pub(super) async fn list(visit: Visit) -> Answer {
    let policies = visit.portal.escalations.policies(&visit.actor).await?;
    let manages = visit.may(Permission::ManageOnCall);
    Ok(visit.page(tr!(visit, "escalations-title"), move || {
        let empty = policies.is_empty().then(|| {
            view! {
                <Empty kind=EmptyKind::NotConfigured title=t!("escalations-empty") text=t!("escalations-empty-text")>
                    {manages.then(|| view! { <LinkButton href="/oncall/policies/new" label=t!("escalations-new") icon="plus"/> })}
                </Empty>
            }
        });
        let panels = policies.into_iter().map(|checked| view! { <One checked/> }).collect_view();
        view! {
            <PageHead title=t!("escalations-title") sub=t!("escalations-sub") back=("/oncall".to_owned(), t!("oncall-title"))>
                {manages
                    .then(|| view! { <LinkButton href="/oncall/policies/new" label=t!("escalations-new") icon="plus" kind=ButtonKind::Primary key="n"/> })}
            </PageHead>
            <div class="stack" id="policies" data-live="oncall">{empty}{panels}</div>
        }
    }))
}

#[component]
fn One(checked: Checked) -> impl IntoView {
    let href = format!("/oncall/policies/{}", checked.policy.id);
    let title = format!("{} · {}", checked.policy.content.name, checked.policy.team_name);
    let acts = view! { <LinkButton href label=t!("escalations-open") small=true/> }.into_any();
    view! { <Panel title acts><Warnings checked=checked.clone()/><Sentences checked/></Panel> }
}

/// What is wrong with it now, loudly.
#[component]
fn Warnings(checked: Checked) -> impl IntoView {
    // A step pages in vain for its own reason: whoever reads it is led to where that can be mended.
    let lines: Vec<(String, Option<String>)> = (1_i64..)
        .zip(&checked.names)
        .flat_map(|(step, called)| called.iter().filter_map(move |called| Some((step, called, called.trouble?))))
        .map(|(step, called, trouble)| {
            let name = if called.person_name.is_empty() { called.name.as_str() } else { called.person_name.as_str() };
            let line = t!("escalations-warning", number = step, name = name, trouble = trouble_word(trouble));
            let href = match (&called.target, trouble) {
                (_, Trouble::Gone) => None,
                (Target::Schedule(id), _) => Some(format!("/oncall/schedules/{id}")),
                _ => None,
            };
            (line, href)
        })
        .collect();
    (!lines.is_empty()).then(|| {
        let lines = lines
            .into_iter()
            .map(|(line, href)| match href {
                Some(href) => view! { <li><a href=href>{line}</a></li> }.into_any(),
                None => view! { <li>{line}</li> }.into_any(),
            })
            .collect_view();
        view! { <Notice tone=Tone::P1 title=t!("escalations-warnings")><ul>{lines}</ul></Notice> }
    })
}

/// Its steps as sentences.
#[component]
fn Sentences(checked: Checked) -> impl IntoView {
    let content = checked.policy.content;
    let steps = content
        .steps
        .iter()
        .zip(checked.names)
        .enumerate()
        .map(|(i, (step, called))| view! { <li><p class="oncall-sentence">{sentence(i + 1, step)}":"</p><Names called/></li> })
        .collect_view();
    let again = if content.repeat > 0 {
        t!("escalations-repeat", duration = duration(content.again_min * MINUTE), count = content.repeat)
    } else {
        t!("escalations-no-repeat", duration = duration(content.again_min * MINUTE))
    };
    let skip = if content.skip_empty { t!("escalations-skips") } else { t!("escalations-waits") };
    view! { <ol class="oncall-steps">{steps}</ol><p class="muted">{again}" "{skip}</p> }
}

/// `GET /oncall/policies/{id}`; `severity` and `at` say what is asked.
pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = read(&id)?;
    let checked = visit.portal.escalations.policy(&visit.actor, &id).await?;
    let here = Here::parse(&visit.path_and_query);
    let severity = match here.get("severity") {
        "" => Severity::P1,
        text => Severity::parse(text)
            .ok_or_else(|| Fault::invalid("severity", text, Wording::new("expect-one-of").with("choices", "P1, P2, P3, P4")))?,
    };
    let begin = match here.get("at") {
        "" => visit.now,
        text => parse_wall(text, &visit.zone).ok_or_else(|| Fault::invalid("at", text, Wording::new("expect-time")))?,
    };
    let planned = visit.portal.escalations.what_if(&visit.actor, &id, severity, begin).await?;
    let manages = visit.actor.may(Permission::ManageOnCall, &checked.policy.content.team);
    let mut typed = Typed::default();
    typed.set("severity", severity.name());
    typed.set("at", begin.jiff().to_zoned(visit.zone.clone()).strftime("%Y-%m-%dT%H:%M"));
    Ok(show(&visit, checked, planned, FormState::fresh(typed), manages))
}

fn show(visit: &Visit, checked: Checked, planned: Vec<Planned>, form: FormState, manages: bool) -> axum::response::Response {
    visit.page_as(http::StatusCode::OK, checked.policy.content.name.clone(), move || {
        let policy = checked.policy.clone();
        let path = format!("/oncall/policies/{}", policy.id);
        let acts = manages.then(|| {
            view! {
                <LinkButton href=format!("{path}/edit") label=t!("oncall-edit") icon="pencil"/>
                <Confirm verb=t!("oncall-remove") text=t!("escalations-remove-text", name = policy.content.name.clone()) action=format!("{path}/delete")/>
            }
        });
        let systems = policy
            .system_names
            .iter()
            .map(|system| view! { <a class="nowrap" href=format!("/systems/{}", system.id)>{system.name.clone()}</a>" " })
            .collect_view();
        let default = if policy.content.default { t!("escalations-is-default") } else { t!("escalations-is-not-default") };
        let severities = Severity::ALL.iter().map(|s| (s.name().to_owned(), s.name().to_owned())).collect();
        view! {
            <PageHead title=policy.content.name.clone() sub=policy.team_name.clone() back=("/oncall/policies".to_owned(), t!("escalations-title"))>{acts}</PageHead>
            <div class="stack" id="policy" data-live="oncall" data-live-mode="notice">
                <Warnings checked=checked.clone()/>
                <Panel title=t!("escalations-steps")>
                    <Sentences checked/>
                    <Facts>
                        <Fact name=t!("escalations-counts-for")>{default}</Fact>
                        <Fact name=t!("escalations-field-systems")>{systems}</Fact>
                    </Facts>
                </Panel>
                <Panel title=t!("escalations-what-if")>
                    <form class="form" method="get" action=path>
                        <div class="fields">
                            <SelectField form=&form name="severity" label=t!("escalations-if-severity") options=severities/>
                            <MomentField form=&form name="at" label=t!("escalations-if-at")/>
                        </div>
                        <div class="form-acts"><Button label=t!("escalations-if-ask")/></div>
                    </form>
                    {plan(planned)}
                </Panel>
            </div>
        }
    })
}

/// What a policy would do, step by step.
pub(crate) fn plan(planned: Vec<Planned>) -> AnyView {
    if planned.is_empty() {
        return view! { <p><Badge tone=Tone::P1 word=t!("escalations-if-nobody")/></p> }.into_any();
    }
    let columns = vec![Column::new(t!("escalations-at")), Column::new(t!("escalations-after-min")), Column::new(t!("escalations-whom"))];
    let rows = planned
        .into_iter()
        .map(|step| {
            let after = match step.after_min {
                0 => t!("escalations-step-now", number = step.step),
                min => t!("escalations-step-after", number = step.step, duration = duration(min * MINUTE)),
            };
            view! {
                <tr>
                    <Cell main=true><When at=step.at/></Cell>
                    <Cell label=t!("escalations-after-min")>{after}</Cell>
                    <Cell label=t!("escalations-whom")><Names called=step.called/></Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption=t!("escalations-what-if") columns>{rows}</Table> }.into_any()
}

/// `POST /oncall/policies/{id}/delete`
pub(super) async fn remove(visit: Visit, Path(id): Path<String>, _: PostedForm) -> Answer {
    visit.portal.escalations.remove(&visit.actor, &read(&id)?).await?;
    Ok(visit.go("/oncall/policies", "toast-policy-removed"))
}
