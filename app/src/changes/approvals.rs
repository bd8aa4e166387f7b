//! `/approvals`: what waits for me? Risk and conflicts stand beside the button, so that one tap on a phone is enough.

use domain::changes::{Waiting, number_text};
use leptos::prelude::*;

use super::{
    detail::Decide,
    say::{ChangeBadges, ConflictList, doubt_texts, risk_word, system_names, window_text},
};
use crate::{
    components::{Empty, EmptyKind, Markdown, PageHead, Pager, WhenSpan},
    fault::Answer,
    form::FormState,
    t, tr,
    visit::Visit,
};

/// `GET /approvals`
pub(super) async fn page(visit: Visit) -> Answer {
    let waiting = visit.portal.changes.waiting(&visit.actor).await?;
    Ok(visit.page(tr!(visit, "changes-approvals-title"), move || {
        let count = waiting.len();
        let body = if waiting.is_empty() {
            view! { <Empty kind=EmptyKind::Clear title=t!("changes-approvals-empty") text=t!("changes-approvals-empty-text")/> }.into_any()
        } else {
            let cards = waiting.into_iter().map(|waiting| view! { <li><Card waiting/></li> }).collect_view();
            view! { <ol class="changes-waiting">{cards}</ol> }.into_any()
        };
        view! {
            <PageHead title=t!("changes-approvals-title") sub=t!("changes-approvals-count", count = count)/>
            <div id="approvals" data-live="changes" data-live-mode="notice">{body}<Pager shown=count next=None csv="/approvals.csv"/></div>
        }
    }))
}

#[component]
fn Card(waiting: Waiting) -> impl IntoView {
    let Waiting { summary, content, hash, conflicts } = waiting;
    let id = summary.id.to_string();
    let href = format!("/changes/{id}");
    let systems = system_names(&summary.systems);
    let risk = format!("{}: {}", risk_word(content.risk), content.risk_reason);
    let doubts = doubt_texts(&summary.window);
    view! {
        <article class="panel changes-card" aria-label=number_text(summary.number)>
            <h2><a href=href>{number_text(summary.number)}" "{summary.title}</a></h2>
            <p class="row"><ChangeBadges state=summary.state risk=summary.risk outcome=None/>
                <span class="muted">{t!("changes-approval-count", given = summary.approvals, needed = summary.needed)}</span></p>
            <p>{window_text(&summary.window)}" "<span class="muted"><WhenSpan from=summary.window.span.from to=summary.window.span.to/></span></p>
            {doubts.into_iter().map(|text| view! { <p class="changes-doubt">{text}</p> }).collect_view()}
            <p class="muted">{systems}" · "{summary.team.name}" · "{summary.requester}</p>
            <ConflictList conflicts/>
            <details>
                <summary class="button">{t!("changes-content-show")}</summary>
                <h3>{t!("changes-field-impact")}</h3>
                <Markdown text=if content.impact.is_empty() { t!("changes-impact-none") } else { content.impact }/>
                <h3>{t!("changes-field-plan")}</h3>
                <Markdown text=content.plan/>
                <h3>{t!("changes-field-rollback")}</h3>
                <Markdown text=content.rollback/>
            </details>
            <Decide id hash form=FormState::default() back="/approvals" risk/>
        </article>
    }
}
