//! The list of objectives, those that burn first.

use domain::{Permission, objectives::Objective};
use leptos::prelude::*;

use super::words::{ShownBadge, say_burn, say_left, say_target};
use crate::{
    components::{ButtonKind, Cell, Column, Empty, EmptyKind, FilterBar, FilterSearch, Here, LinkButton, PageHead, Pager, Table, percent},
    fault::Answer,
    t, tr,
    visit::Visit,
};

/// Whether there is any, and those that the filter of the URL matches.
pub(super) fn matching(visit: &Visit, objectives: Vec<Objective>) -> (bool, Vec<Objective>) {
    let word = Here::parse(&visit.path_and_query).get("q").trim().to_lowercase();
    let matches = |one: &Objective| [&one.name, &one.system.name, &one.system.key].iter().any(|text| text.to_lowercase().contains(&word));
    (!objectives.is_empty(), objectives.into_iter().filter(matches).collect())
}

pub(super) async fn list(visit: Visit) -> Answer {
    let (any, found) = matching(&visit, visit.portal.objectives.list(&visit.actor).await?);
    let (may_edit, may_export) = (visit.may(Permission::EditMonitors), visit.may(Permission::Export));
    Ok(visit.page(tr!(visit, "objectives-title"), move || {
        let new = move || {
            may_edit.then(|| view! { <LinkButton href="/objectives/new" label=t!("objectives-new") icon="plus" kind=ButtonKind::Primary/> })
        };
        let body = match (any, found.is_empty()) {
            (false, _) => {
                view! { <Empty kind=EmptyKind::NotConfigured title=t!("objectives-empty") text=t!("objectives-empty-text")>{new()}</Empty> }
                    .into_any()
            }
            (true, true) => view! { <Empty kind=EmptyKind::NoMatch title=t!("objectives-no-match")/> }.into_any(),
            (true, false) => {
                let shown = found.len();
                let csv = may_export.then(|| "/objectives.csv".to_owned());
                view! { <Rows objectives=found/> <Pager shown next=None csv=csv/> }.into_any()
            }
        };
        view! {
            <PageHead title=t!("objectives-title") sub=t!("objectives-sub")>{new()}</PageHead>
            <div id="objectives-list" class="stack" data-live="rules">
                <FilterBar><FilterSearch name="q" label=t!("objectives-search")/></FilterBar>
                {body}
            </div>
        }
    }))
}

#[component]
fn Rows(objectives: Vec<Objective>) -> impl IntoView {
    let columns = vec![
        Column::new(t!("objectives-state")),
        Column::new(t!("objectives-name")),
        Column::new(t!("objectives-system")),
        Column::new(t!("objectives-reached")).number(),
        Column::new(t!("objectives-left")).number(),
        Column::new(t!("objectives-burn-1h")).number(),
    ];
    let rows = objectives
        .into_iter()
        .map(|objective| {
            let (says, left) = (say_target(&objective), say_left(&objective));
            let reached = percent(objective.standing.counted.and_then(domain::objectives::Count::share));
            let burn = say_burn(objective.standing.burns.first().and_then(|burn| burn.long));
            view! {
                <tr>
                    <Cell label=t!("objectives-state")><ShownBadge shown=objective.standing.shown/></Cell>
                    <Cell main=true>
                        <a href=format!("/objectives/{}", objective.id)>{objective.name}</a>
                        <span class="rules-line muted small">{says}</span>
                    </Cell>
                    <Cell label=t!("objectives-system")><a href=format!("/systems/{}", objective.system.id)>{objective.system.name}</a></Cell>
                    <Cell label=t!("objectives-reached") number=true>{reached}</Cell>
                    <Cell label=t!("objectives-left") number=true>{left}</Cell>
                    <Cell label=t!("objectives-burn-1h") number=true>{burn}</Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption=t!("objectives-title") columns>{rows}</Table> }
}
