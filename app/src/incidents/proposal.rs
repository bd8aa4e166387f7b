//! What is proposed where figures say that a change caused an incident: to roll it back.

use domain::{
    Fault,
    changes::Detail,
    incidents::{Suspect, SuspectKind, Verdict},
};
use leptos::prelude::*;

use crate::{
    changes::{RollBack, is_proposed},
    components::{Notice, Tone},
    t,
    visit::Visit,
};

/// Changes confirmed as the cause that failed their verification and that the reader may roll back.
pub(super) async fn proposed(visit: &Visit, suspects: &[Suspect]) -> Result<Vec<Detail>, Fault> {
    let mut found = Vec::new();
    let confirmed = |suspect: &&Suspect| suspect.kind == SuspectKind::Change && suspect.verdict == Some(Verdict::Confirmed);
    for suspect in suspects.iter().filter(confirmed) {
        match visit.portal.changes.detail(&visit.actor, &suspect.id).await {
            Ok(detail) if is_proposed(&detail) => found.push(detail),
            Ok(_) | Err(Fault::NotFound(_)) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(found)
}

/// One card for each of them.
#[component]
pub(super) fn Proposals(changes: Vec<Detail>) -> impl IntoView {
    changes
        .into_iter()
        .map(|detail| {
            let label = domain::changes::number_text(detail.summary.number);
            let title = t!("incidents-propose-rollback", change = format!("{label} {}", detail.summary.title));
            view! { <Notice tone=Tone::P1 title><RollBack detail text=t!("changes-rolled-back-text")/></Notice> }
        })
        .collect_view()
}
