//! `/approvals`: what waits for me? Risk, conflicts and evidence stand beside the button, so that one tap on a phone is enough.

use domain::{
    Fault,
    changes::{Waiting, number_text},
};
use http::StatusCode;
use leptos::prelude::*;

use super::{
    decide::Decide,
    evidence::Proof,
    say::{ChangeBadges, ConflictList, ScoreFacts, doubt_texts, risk_word, system_names, window_text},
    since::{Brought, SinceBrief},
    steps::StepList,
};
use crate::{
    components::{Button, Empty, EmptyKind, LinkButton, Markdown, Notice, PageHead, Pager, Tone, WhenSpan},
    fault::Answer,
    form::{FormState, PostedForm},
    i18n::say_wording,
    t, tr,
    visit::{Visit, current_locale, use_visit},
};

/// `GET /approvals`
pub(super) async fn page(visit: Visit) -> Answer {
    show(&visit, None, StatusCode::OK).await
}

/// `POST /approvals`: approves what was picked, each for itself, and says what was refused.
pub(super) async fn approve_picked(visit: Visit, form: PostedForm) -> Answer {
    let answers = match visit.portal.approving.approve_many(&visit.actor, &form.typed).await {
        Ok(answers) => answers,
        Err(Fault::Invalid(_)) => {
            let text = tr!(visit, "changes-approve-picked-none");
            return show(&visit, Some(text), StatusCode::UNPROCESSABLE_ENTITY).await;
        }
        Err(fault) => return Err(fault.into()),
    };
    let refused: Vec<String> = answers.iter().filter_map(|a| a.refused.as_ref()).map(|w| say_wording(visit.locale, w)).collect();
    if refused.is_empty() {
        return Ok(visit.go("/approvals", "toast-change-approved"));
    }
    let approved = answers.iter().filter(|a| a.approved).count();
    let text = tr!(visit, "changes-approve-picked-part", approved = approved, refused = refused.len(), why = refused.join(" "));
    show(&visit, Some(text), StatusCode::CONFLICT).await
}

async fn show(visit: &Visit, told: Option<String>, status: StatusCode) -> Answer {
    let waiting = visit.portal.changes.waiting(&visit.actor).await?;
    Ok(visit.page_as(status, tr!(visit, "changes-approvals-title"), move || {
        let count = waiting.len();
        let picks = (count > 1).then(|| {
            view! {
                <form id="approve-picked" class="post row" method="post" action="/approvals">
                    <Button label=t!("changes-approve-picked") icon="check"/>
                    <span class="muted">{t!("changes-approve-picked-hint")}</span>
                </form>
            }
        });
        let body = if waiting.is_empty() {
            view! { <Empty kind=EmptyKind::Clear title=t!("changes-approvals-empty") text=t!("changes-approvals-empty-text")/> }.into_any()
        } else {
            let several = count > 1;
            let cards = waiting.into_iter().map(|waiting| view! { <li><Card waiting several/></li> }).collect_view();
            view! { <ol class="changes-waiting">{cards}</ol> }.into_any()
        };
        view! {
            <PageHead title=t!("changes-approvals-title") sub=t!("changes-approvals-count", count = count)>
                <LinkButton href="/approvals/policies" label=t!("changes-policies")/>
                <LinkButton href="/approvals/delegations" label=t!("changes-delegations")/>
            </PageHead>
            {told.map(|text| view! { <Notice tone=Tone::P3 title=text/> })}
            {picks}
            <div id="approvals" data-live="changes" data-live-mode="notice">{body}<Pager shown=count next=None csv="/approvals.csv"/></div>
        }
    }))
}

#[component]
fn Card(waiting: Waiting, several: bool) -> impl IntoView {
    let Waiting { summary, content, hash, conflicts, evidence, shown, changed_since_approval, tools, refused } = waiting;
    let refused = refused.map(|why| say_wording(current_locale(), &why));
    let several = several && refused.is_none();
    let id = summary.id.to_string();
    let href = format!("/changes/{id}");
    let systems = system_names(&summary.systems);
    let pick = format!("{id}:{hash}");
    let risk = format!("{}: {}", risk_word(content.risk), content.risk_reason);
    let doubts = doubt_texts(&summary.window);
    let score = summary.score.clone();
    let owed = summary.owed_at.map(|at| {
        let until = use_visit().wall(at);
        view! { <p class="changes-doubt">{t!("changes-owed", until = until)}</p> }
    });
    view! {
        <article class="panel changes-card" aria-label=number_text(summary.number)>
            <h2><a href=href>{number_text(summary.number)}" "{summary.title}</a></h2>
            <p class="row"><ChangeBadges state=summary.state risk=summary.risk kind=summary.kind outcome=None/>
                <span class="muted">{t!("changes-approval-count", given = summary.approvals, needed = summary.needed)}</span></p>
            <p>{window_text(&summary.window)}" "<span class="muted"><WhenSpan from=summary.window.span.from to=summary.window.span.to/></span></p>
            {doubts.into_iter().map(|text| view! { <p class="changes-doubt">{text}</p> }).collect_view()}
            <p class="muted">{systems}" · "{summary.team.name}" · "{summary.requester}</p>
            {owed}
            <ScoreFacts score/>
            <Brought artifact=content.artifact.clone() watch=content.watch/>
            {changed_since_approval.filter(|diff| !diff.is_empty()).map(|diff| view! { <SinceBrief diff/> })}
            <ConflictList conflicts/>
            <Proof evidence shown/>
            <details>
                <summary class="button">{t!("changes-content-show")}</summary>
                <h3>{t!("changes-field-impact")}</h3>
                <Markdown text=if content.impact.is_empty() { t!("changes-impact-none") } else { content.impact }/>
                <h3>{t!("changes-field-plan")}</h3>
                <Markdown text=content.plan/>
                <StepList steps=content.steps tools/>
                <h3>{t!("changes-field-rollback")}</h3>
                <Markdown text=content.rollback/>
            </details>
            {several.then(|| {
                view! {
                    <label class="check changes-pick">
                        <input type="checkbox" name="pick" value=pick form="approve-picked"/>
                        <span>{t!("changes-pick")}</span>
                    </label>
                }
            })}
            <Decide id hash form=FormState::default() back="/approvals" risk refused/>
        </article>
    }
}
