//! The catalogue as a list.

use domain::{
    Fault, Page, PageRequest, Permission,
    systems::{Filter, System},
};
use leptos::prelude::*;
use serde::Deserialize;

use crate::{
    components::{
        ButtonKind, Cell, Column, Empty, EmptyKind, FilterBar, FilterFold, FilterSearch, FilterSelect, LinkButton, PageHead, Pager, Table,
    },
    csv::stream_csv,
    fault::Answer,
    query::Query,
    t, tr,
    visit::Visit,
};

#[derive(Deserialize)]
pub(super) struct ListQuery {
    q: Option<String>,
    team: Option<String>,
    tier: Option<String>,
    after: Option<String>,
    limit: Option<String>,
}

impl ListQuery {
    fn filter(&self) -> Result<Filter, Fault> {
        Filter::parse(self.q.as_deref(), self.team.as_deref(), self.tier.as_deref())
    }
}

pub(super) async fn page(visit: Visit, Query(query): Query<ListQuery>) -> Answer {
    let filter = query.filter()?;
    let request = PageRequest::parse(query.after.as_deref(), query.limit.as_deref())?;
    let systems = &visit.portal.systems;
    let rows = systems.list(&visit.actor, &filter, &request).await?;
    let teams = systems.teams(&visit.actor, Permission::Read).await?;
    let may_edit = visit.may(Permission::EditSystems);
    let may_export = visit.may(Permission::Export);
    let empty = rows.items.is_empty();
    Ok(visit.page(tr!(visit, "systems-title"), move || {
        view! {
            <PageHead title=t!("systems-title") sub=t!("systems-sub")>
                {may_export.then(|| view! { <LinkButton href="/systems.yaml" label=t!("systems-export") icon="download"/> })}
                {may_edit.then(|| view! { <LinkButton href="/systems/import" label=t!("systems-import") icon="scroll-text"/> })}
                {may_edit
                    .then(|| view! { <LinkButton href="/systems/new" label=t!("systems-new") icon="plus" kind=ButtonKind::Primary/> })}
            </PageHead>
            <div class="stack">
                <FilterFold>
                    <FilterBar>
                        <FilterSearch name="q" label=t!("systems-search")/>
                        <FilterSelect name="team" label=t!("systems-team") options=teams.into_iter().map(|t| (t.key, t.name)).collect()/>
                        <FilterSelect name="tier" label=t!("systems-tier") options=tiers()/>
                    </FilterBar>
                </FilterFold>
                {if empty && filter.is_empty() {
                    view! { <Empty kind=EmptyKind::NotConfigured title=t!("systems-none") text=t!("systems-none-text")/> }.into_any()
                } else if empty {
                    view! { <Empty kind=EmptyKind::NoMatch title=t!("systems-no-match")/> }.into_any()
                } else {
                    table(rows).into_any()
                }}
            </div>
        }
    }))
}

/// The four tiers, each with its word.
pub(super) fn tiers() -> Vec<(String, String)> {
    (1..=4).map(|tier: u8| (tier.to_string(), tier_word(tier))).collect()
}

/// `1 · customers stop at once`.
pub(super) fn tier_word(tier: u8) -> String {
    match tier {
        1 => t!("systems-tier-1"),
        2 => t!("systems-tier-2"),
        3 => t!("systems-tier-3"),
        _ => t!("systems-tier-4"),
    }
}

fn table(rows: Page<System>) -> impl IntoView {
    let shown = rows.items.len();
    let columns = vec![
        Column::new(t!("systems-name")),
        Column::new(t!("systems-key")),
        Column::new(t!("systems-tier")),
        Column::new(t!("systems-team")),
        Column::new(t!("systems-needs")),
    ];
    let body = rows
        .items
        .into_iter()
        .map(|system| {
            let href = format!("/systems/{}", system.brief.id);
            view! {
                <tr>
                    <Cell main=true>
                        <a href=href>{system.brief.name}</a>
                    </Cell>
                    <Cell label=t!("systems-key")><code>{system.brief.key}</code></Cell>
                    <Cell label=t!("systems-tier")>{tier_word(system.brief.tier)}</Cell>
                    <Cell label=t!("systems-team")>{system.brief.team_name}</Cell>
                    <Cell label=t!("systems-needs")>
                        {system.needs.into_iter().map(|n| n.name).collect::<Vec<_>>().join(", ")}
                    </Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div id="systems-list" class="stack-tight" data-live="systems" data-live-mode="notice">
            <Table caption=t!("systems-title") columns>{body}</Table>
            <Pager shown next=rows.next csv="/systems.csv"/>
        </div>
    }
}

pub(super) async fn csv(visit: Visit, Query(query): Query<ListQuery>) -> Answer {
    visit.actor.require_somewhere(Permission::Export)?;
    let filter = query.filter()?;
    let head = ["systems-key", "systems-name", "systems-team", "systems-tier", "systems-needs"].map(|key| tr!(visit, key));
    let fetch = move |after: Option<String>| -> crate::csv::NextPage<System> {
        let (visit, filter) = (visit.clone(), filter.clone());
        Box::pin(async move { visit.portal.systems.list(&visit.actor, &filter, &PageRequest { after, limit: 500 }).await })
    };
    let cells = |s: &System| {
        let needs = s.needs.iter().map(|n| n.key.as_str()).collect::<Vec<_>>().join(" ");
        vec![s.brief.key.clone(), s.brief.name.clone(), s.brief.team_name.clone(), s.brief.tier.to_string(), needs]
    };
    Ok(stream_csv("systems.csv", head.to_vec(), fetch, cells).await?)
}
