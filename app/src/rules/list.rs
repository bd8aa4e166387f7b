//! The list of rules: what holds first, then what nobody knows.

use domain::{Permission, rules::Rule};
use leptos::prelude::*;

use super::words::{ShownBadge, say_condition, say_input};
use crate::{
    alerts::seen_words,
    components::{
        ButtonKind, Cell, Column, Empty, EmptyKind, FilterBar, FilterSearch, Here, LinkButton, PageHead, SeverityBadge, Table, When,
        WhenStyle, full,
    },
    fault::Answer,
    t, tr,
    visit::Visit,
};

pub(super) async fn list(visit: Visit) -> Answer {
    let rules = visit.portal.rules.list(&visit.actor).await?;
    let word = Here::parse(&visit.path_and_query).get("q").trim().to_lowercase();
    let may_edit = visit.may(Permission::EditMonitors);
    Ok(visit.page(tr!(visit, "rules-title"), move || {
        let acts = move || {
            may_edit.then(|| {
                view! {
                    <LinkButton href="/rules/import" label=t!("rules-import") icon="download"/>
                    <LinkButton href="/rules/new" label=t!("rules-new") icon="plus" kind=ButtonKind::Primary/>
                }
            })
        };
        let any = !rules.is_empty();
        let found: Vec<Rule> = rules
            .into_iter()
            .filter(|rule| [&rule.name, &rule.group, &rule.system.name].iter().any(|text| text.to_lowercase().contains(&word)))
            .collect();
        let body = match (any, found.is_empty()) {
            (false, _) => {
                view! { <Empty kind=EmptyKind::NotConfigured title=t!("rules-empty") text=t!("rules-empty-text")>{acts()}</Empty> }
                    .into_any()
            }
            (true, true) => view! { <Empty kind=EmptyKind::NoMatch title=t!("rules-no-match")/> }.into_any(),
            (true, false) => view! { <Rows rules=found/> }.into_any(),
        };
        view! {
            <PageHead title=t!("rules-title") sub=t!("rules-sub")>{acts()}</PageHead>
            <div id="rules-list" class="stack" data-live="rules">
                <FilterBar><FilterSearch name="q" label=t!("rules-search")/></FilterBar>
                {body}
            </div>
        }
    }))
}

#[component]
fn Rows(rules: Vec<Rule>) -> impl IntoView {
    let columns = vec![
        Column::new(t!("rules-state")),
        Column::new(t!("rules-name")),
        Column::new(t!("rules-severity")),
        Column::new(t!("rules-system")),
        Column::new(t!("rules-holding")).number(),
        Column::new(t!("rules-since")),
    ];
    let rows = rules
        .into_iter()
        .map(|rule| {
            let level = u8::try_from(rule.severity.usual.rank()).unwrap_or(4);
            let (reads, when) = (say_input(&rule), say_condition(&rule));
            let group = (!rule.group.is_empty()).then(|| view! { <span class="muted small">{format!(" · {}", rule.group)}</span> });
            let standing = rule.standing;
            let why = (!standing.why.is_empty()).then(|| view! { <span class="rules-line small">{seen_words(&standing.why)}</span> });
            view! {
                <tr>
                    <Cell label=t!("rules-state")><ShownBadge shown=standing.shown/></Cell>
                    <Cell main=true>
                        <a href=format!("/rules/{}", rule.id)>{rule.name}</a>{group}
                        <span class="rules-line muted small mono">{reads}</span>
                        <span class="rules-line muted small">{when}</span>
                        {why}
                    </Cell>
                    <Cell label=t!("rules-severity")><SeverityBadge level/></Cell>
                    <Cell label=t!("rules-system")><a href=format!("/systems/{}", rule.system.id)>{rule.system.name}</a></Cell>
                    <Cell label=t!("rules-holding") number=true>{format!("{} / {}", full(standing.holding), full(standing.values))}</Cell>
                    <Cell label=t!("rules-since")><When at=standing.since style=WhenStyle::Ago/></Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption=t!("rules-title") columns>{rows}</Table> }
}
