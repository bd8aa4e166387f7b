//! `/approve/{token}`: two taps from a message. Opens without a log-in, shows what is approved with its risk and what is in the way,
//! and has one button, which approves exactly what is shown; looking at it changes nothing.

use axum::extract::Path;
use domain::{
    Fault,
    changes::{ApprovalLink, number_text},
};
use http::StatusCode;
use leptos::prelude::*;

use super::{
    evidence::Proof,
    say::{ChangeBadges, ConflictList, ScoreFacts, risk_word, system_names, window_text},
    since::{Brought, SinceBrief},
    steps::StepList,
};
use crate::{
    components::{Button, ButtonKind, Markdown, Notice, Tone, WhenSpan},
    deliveries::closed_link,
    fault::Answer,
    form::PostedForm,
    i18n::say_wording,
    t,
    visit::{Guest, Visit, current_locale},
};

/// `GET /approve/{token}`
pub(super) async fn page(Guest(visit): Guest, Path(token): Path<String>) -> Answer {
    match visit.portal.approving.link(&token).await {
        Ok(link) => Ok(show(&visit, &token, link, None)),
        Err(fault) => closed_link(&visit, fault, "/approvals"),
    }
}

/// `POST /approve/{token}`
pub(super) async fn act(Guest(visit): Guest, Path(token): Path<String>, form: PostedForm) -> Answer {
    match visit.portal.approving.approve_by_link(&token, &form.typed).await {
        Ok(link) => Ok(show(&visit, &token, link, None)),
        Err(fault @ (Fault::Conflict(_) | Fault::Invalid(_))) => match visit.portal.approving.link(&token).await {
            Ok(link) => Ok(show(&visit, &token, link, Some(fault))),
            Err(fault) => closed_link(&visit, fault, "/approvals"),
        },
        Err(fault) => closed_link(&visit, fault, "/approvals"),
    }
}

fn show(visit: &Visit, token: &str, link: ApprovalLink, fault: Option<Fault>) -> axum::response::Response {
    let action = format!("/approve/{token}");
    let status = if fault.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    let title = format!("{} {}", number_text(link.waiting.summary.number), link.waiting.summary.title);
    let heading = title.clone();
    visit.bare_page(status, title, move || {
        let (summary, content) = (link.waiting.summary, link.waiting.content);
        let wrong = match fault {
            Some(Fault::Conflict(wording)) => Some(say_wording(current_locale(), &wording)),
            Some(_) => Some(t!("conflict-change-edited")),
            None => None,
        };
        let button = match (link.approved, link.refused) {
            (true, _) => view! { <Notice tone=Tone::Ok title=t!("changes-link-approved")/> }.into_any(),
            (false, Some(why)) => {
                let text = say_wording(current_locale(), &why);
                view! { <Notice tone=Tone::P4 title=text/> }.into_any()
            }
            (false, None) => view! {
                <form method="post" action=action>
                    <input type="hidden" name="hash" value=link.waiting.hash/>
                    <Button label=t!("changes-link-approve", name = link.user_name) kind=ButtonKind::Primary icon="check" wide=true/>
                </form>
            }
            .into_any(),
        };
        let impact = if content.impact.is_empty() { t!("changes-impact-none") } else { content.impact };
        view! {
            <h1>{heading}</h1>
            {wrong.map(|text| view! { <Notice tone=Tone::P2 title=text/> })}
            <p class="row"><ChangeBadges state=summary.state risk=summary.risk kind=summary.kind outcome=None/></p>
            <p>{window_text(&summary.window)}" "<span class="muted"><WhenSpan from=summary.window.span.from to=summary.window.span.to/></span></p>
            <p class="muted">{system_names(&summary.systems)}" · "{summary.team.name}" · "{summary.requester}</p>
            <p><strong>{format!("{}: {}", risk_word(content.risk), content.risk_reason)}</strong></p>
            <ScoreFacts score=summary.score/>
            <Brought artifact=content.artifact.clone() watch=content.watch/>
            {link.waiting.changed_since_approval.filter(|diff| !diff.is_empty()).map(|diff| view! { <SinceBrief diff/> })}
            <ConflictList conflicts=link.waiting.conflicts/>
            <Proof evidence=link.waiting.evidence shown=link.waiting.shown/>
            {button}
            <details>
                <summary class="button">{t!("changes-content-show")}</summary>
                <h2>{t!("changes-field-impact")}</h2>
                <Markdown text=impact/>
                <h2>{t!("changes-field-plan")}</h2>
                <Markdown text=content.plan/>
                <StepList steps=content.steps tools=link.waiting.tools/>
                <h2>{t!("changes-field-rollback")}</h2>
                <Markdown text=content.rollback/>
            </details>
            <p><a href=format!("/changes/{}", summary.id)>{t!("ack-open")}</a></p>
        }
    })
}
