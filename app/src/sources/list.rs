//! The list of sources, those that are down first.

use domain::{Permission, sources::Source};
use leptos::prelude::*;

use super::words::{HealthBadge, say_kind};
use crate::{
    components::{ButtonKind, Cell, Column, Empty, EmptyKind, LinkButton, NULL, PageHead, Table, When, WhenStyle, duration, full},
    fault::Answer,
    t, tr,
    visit::Visit,
};

pub(super) async fn list(visit: Visit) -> Answer {
    let sources = visit.portal.sources.list(&visit.actor).await?;
    let may_edit = visit.may(Permission::EditMonitors);
    Ok(visit.page(tr!(visit, "sources-title"), move || {
        let new = move || {
            may_edit.then(|| view! { <LinkButton href="/sources/new" label=t!("sources-new") icon="plus" kind=ButtonKind::Primary/> })
        };
        let body = if sources.is_empty() {
            view! { <Empty kind=EmptyKind::NotConfigured title=t!("sources-empty") text=t!("sources-empty-text")>{new()}</Empty> }
                .into_any()
        } else {
            view! { <Rows sources/> }.into_any()
        };
        view! {
            <PageHead title=t!("sources-title") sub=t!("sources-sub")>{new()}</PageHead>
            <div id="sources-list" data-live="sources">{body}</div>
        }
    }))
}

#[component]
fn Rows(sources: Vec<Source>) -> impl IntoView {
    let columns = vec![
        Column::new(t!("sources-state")),
        Column::new(t!("sources-name")),
        Column::new(t!("sources-kind")),
        Column::new(t!("sources-system")),
        Column::new(t!("sources-samples")).number(),
        Column::new(t!("sources-took")).number(),
        Column::new(t!("sources-asked")),
    ];
    let rows = sources
        .into_iter()
        .map(|source| {
            let standing = source.standing;
            let trouble = (!standing.trouble.is_empty())
                .then(|| view! { <span class="sources-url small">{crate::alerts::seen_words(&standing.trouble)}</span> });
            view! {
                <tr>
                    <Cell label=t!("sources-state")><HealthBadge health=standing.health/></Cell>
                    <Cell main=true>
                        <a href=format!("/sources/{}", source.id)>{source.name}</a>
                        <span class="sources-url muted small mono">{source.url}</span>
                        {trouble}
                    </Cell>
                    <Cell label=t!("sources-kind")>{say_kind(source.kind)}</Cell>
                    <Cell label=t!("sources-system")><a href=format!("/systems/{}", source.system.id)>{source.system.name}</a></Cell>
                    <Cell label=t!("sources-samples") number=true>{standing.samples.map_or_else(|| NULL.to_owned(), full)}</Cell>
                    <Cell label=t!("sources-took") number=true>{standing.took_ms.map_or_else(|| NULL.to_owned(), duration)}</Cell>
                    <Cell label=t!("sources-asked")><When at=standing.asked_at style=WhenStyle::Ago/></Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption=t!("sources-title") columns>{rows}</Table> }
}
