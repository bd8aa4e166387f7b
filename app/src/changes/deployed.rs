//! What CI brought for a change, and whether it is what was approved.

use domain::changes::{Detail, same_sha};
use leptos::prelude::*;

use crate::{
    components::{Notice, Panel, Tone, When},
    deployments, t,
};

/// The deployments that were posted for the change, with those on top that brought something else than its artifact.
#[component]
pub(super) fn Deployed(detail: Detail) -> impl IntoView {
    if detail.deployments.is_empty() {
        return ().into_any();
    }
    let named = detail.content.artifact.map(|artifact| artifact.sha).filter(|sha| !sha.is_empty());
    let others = named
        .into_iter()
        .flat_map(|sha| {
            let other = detail.deployments.iter().filter(|made| !made.sha.is_empty() && !same_sha(&sha, &made.sha));
            other.map(|made| (made.label(), sha.clone(), made.sha.clone())).collect::<Vec<_>>()
        })
        .map(|(label, approved, brought)| {
            let title = t!("changes-deployed-other", label = label, approved = approved, brought = brought);
            view! { <Notice tone=Tone::P2 title/> }
        })
        .collect_view();
    let rows = detail
        .deployments
        .into_iter()
        .map(|made| {
            let href = format!("/deployments?system={}#deployment-{}", made.system, made.id);
            let label = format!("{} {}", made.system_name, made.label());
            let ended = made.finished_at.map(|at| view! { " – "<When at/> });
            view! {
                <li>
                    <p class="row"><a href=href>{label}</a>{deployments::badge(made.state)}</p>
                    <p class="muted"><code class="changes-hash">{made.sha}</code>" "<When at=made.started_at/>{ended}" · "{made.by}</p>
                </li>
            }
        })
        .collect_view();
    view! {
        <Panel title=t!("deployments-title") id="deployments">
            <div class="stack">
                {others}
                <ul class="changes-looks">{rows}</ul>
            </div>
        </Panel>
    }
    .into_any()
}
