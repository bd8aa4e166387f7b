//! The list of streams.

use domain::{Permission, streams::Stream};
use leptos::prelude::*;

use super::{dimension_name, name_of};
use crate::{
    components::{ButtonKind, Cell, Column, Empty, EmptyKind, FilterBar, FilterSearch, Here, LinkButton, PageHead, Table},
    fault::Answer,
    t, tr,
    visit::Visit,
};

pub(super) async fn list(visit: Visit) -> Answer {
    let streams = visit.portal.streams.list(&visit.actor).await?;
    let word = Here::parse(&visit.path_and_query).get("q").trim().to_lowercase();
    let any = !streams.is_empty();
    let matches = |one: &Stream| [&one.name, &one.full, &one.system.name].iter().any(|text| text.to_lowercase().contains(&word));
    let found: Vec<Stream> = streams.into_iter().filter(matches).collect();
    let may_edit = visit.may(Permission::EditSystems);
    Ok(visit.page(tr!(visit, "streams-title"), move || {
        let new =
            may_edit.then(|| view! { <LinkButton href="/streams/new" label=t!("streams-new") icon="plus" kind=ButtonKind::Primary/> });
        let body = if found.is_empty() {
            let kind = if any { EmptyKind::NoMatch } else { EmptyKind::NotConfigured };
            let title = if any { t!("streams-no-match") } else { t!("streams-empty") };
            view! { <Empty kind title/> }.into_any()
        } else {
            view! { <Rows streams=found/> }.into_any()
        };
        view! {
            <PageHead title=t!("streams-title") sub=t!("streams-sub")>{new}</PageHead>
            <div class="stack">
                <FilterBar><FilterSearch name="q" label=t!("streams-search")/></FilterBar>
                {body}
            </div>
        }
    }))
}

#[component]
fn Rows(streams: Vec<Stream>) -> impl IntoView {
    let columns = vec![
        Column::new(t!("streams-name")),
        Column::new(t!("streams-handle")),
        Column::new(t!("streams-system")),
        Column::new(t!("streams-dimensions")),
    ];
    let rows = streams
        .into_iter()
        .map(|stream| {
            let dimensions: Vec<String> = stream.open_dimensions().map(|d| dimension_name(&d.key, &d.label)).collect();
            let name = name_of(&stream);
            view! {
                <tr>
                    <Cell main=true><a href=format!("/streams/{}", stream.id)>{name}</a></Cell>
                    <Cell label=t!("streams-handle")><span class="mono">{stream.full}</span></Cell>
                    <Cell label=t!("streams-system")><a href=format!("/systems/{}", stream.system.id)>{stream.system.name}</a></Cell>
                    <Cell label=t!("streams-dimensions")>{dimensions.join(", ")}</Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption=t!("streams-title") columns>{rows}</Table> }
}
