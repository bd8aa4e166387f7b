//! One change on paper: everything about it, nothing to press.

use axum::extract::Path;
use domain::changes::number_text;
use http::StatusCode;
use leptos::prelude::*;

use super::{
    detail::{Approvals, Content, Known},
    history::History,
    say::{ChangeBadges, ConflictList},
    verification::Standing,
};
use crate::{components::Panel, fault::Answer, t, visit::Visit};

/// `GET /changes/{id}/print`
pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Answer {
    let detail = visit.portal.changes.detail(&visit.actor, &id).await?;
    let title = format!("{} {}", number_text(detail.summary.number), detail.summary.title);
    let heading = title.clone();
    let (address, printed) =
        (format!("{}/changes/{}", visit.origin, detail.summary.id), format!("{} {}", visit.wall(visit.now), visit.zone_name));
    Ok(visit.bare_page(StatusCode::OK, title, move || {
        let summary = detail.summary.clone();
        let (known, content, approvals) = (detail.clone(), detail.clone(), detail.clone());
        let (conflicts, entries) = (detail.conflicts, detail.entries);
        let verified = detail.verification.map(|known| view! { <Panel title=t!("changes-verification")><Standing known/></Panel> });
        view! {
            <article class="changes-print stack">
                <header>
                    <h1>{heading}</h1>
                    <p class="row"><ChangeBadges state=summary.state risk=summary.risk outcome=summary.outcome/></p>
                </header>
                <Panel title=t!("changes-facts")><Known detail=known/></Panel>
                <Content detail=content/>
                <Panel title=t!("changes-conflicts")><ConflictList conflicts/></Panel>
                <Panel title=t!("changes-approval")><Approvals detail=approvals/></Panel>
                {verified}
                <Panel title=t!("changes-timeline")><History entries/></Panel>
                <footer class="muted small">{address}" · "{printed}</footer>
            </article>
        }
    }))
}
