//! Changes as a table, and as CSV of the whole filter.

use std::sync::Arc;

use domain::{
    Fault, PageRequest, Permission,
    changes::{Choices, Filter, Shape, Summary, number_text},
    form::Typed,
};
use leptos::prelude::*;

use super::{
    calendar::{self, Controls, Head},
    say::{ChangeBadges, system_names, window_text},
};
use crate::{
    components::{Cell, Column, Empty, EmptyKind, Pager, Table, WhenSpan},
    csv::{stream_csv, whole_csv},
    fault::Answer,
    t, tr,
    views::Shown,
    visit::Visit,
};

/// The list within `GET /changes?view=list`.
pub(super) async fn page(visit: &Visit, filter: &Filter, query: &Typed, choices: Choices, views: Shown) -> Answer {
    let request = PageRequest::parse(Some(query.get("after")), Some(query.get("limit")))?;
    let page = visit.portal.changes.list(&visit.actor, filter, &request).await?;
    let csv = visit.may(Permission::Export).then(|| "/changes.csv".to_owned());
    Ok(visit.page(tr!(visit, "changes-title"), move || {
        let shown = page.items.len();
        let body = if shown == 0 {
            view! { <Empty kind=EmptyKind::NoMatch title=t!("changes-empty-filter")/> }.into_any()
        } else {
            view! { <Rows changes=page.items/> }.into_any()
        };
        view! {
            <Head/>
            <Controls shape=Shape::List choices shown=views/>
            <div id="changes-list" data-live="changes" data-live-mode="notice">
                {body}
                {match csv {
                    Some(csv) => view! { <Pager shown next=page.next csv/> }.into_any(),
                    None => view! { <Pager shown next=page.next/> }.into_any(),
                }}
            </div>
        }
    }))
}

#[component]
fn Rows(changes: Vec<Summary>) -> impl IntoView {
    let columns = vec![
        Column::new(t!("changes-field-number")),
        Column::new(t!("changes-field-title")),
        Column::new(t!("changes-field-state")),
        Column::new(t!("changes-field-window")),
        Column::new(t!("changes-field-systems")),
        Column::new(t!("changes-field-team")),
        Column::new(t!("changes-field-requester")),
    ];
    view! {
        <Table caption=t!("changes-title") columns>
            {changes
                .into_iter()
                .map(|change| {
                    let href = format!("/changes/{}", change.id);
                    let busy = change.busy();
                    let systems = system_names(&change.systems);
                    view! {
                        <tr>
                            <Cell label=t!("changes-field-number")><span class="nowrap">{number_text(change.number)}</span></Cell>
                            <Cell main=true><a href=href>{change.title}</a></Cell>
                            <Cell label=t!("changes-field-state")>
                                <span class="row"><ChangeBadges state=change.state risk=change.risk kind=change.kind outcome=change.outcome/></span>
                            </Cell>
                            <Cell label=t!("changes-field-window")><WhenSpan from=busy.from to=busy.to/></Cell>
                            <Cell label=t!("changes-field-systems")>{systems}</Cell>
                            <Cell label=t!("changes-field-team")>{change.team.name}</Cell>
                            <Cell label=t!("changes-field-requester")>{change.requester}</Cell>
                        </tr>
                    }
                })
                .collect_view()}
        </Table>
    }
}

/// `GET /changes.csv`: every change that the filter matches.
pub(super) async fn csv(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::Export)?;
    let filter = Arc::new(Filter::parse(&calendar::query(&visit))?);
    let fetch = {
        let visit = visit.clone();
        move |after| {
            let (visit, filter) = (visit.clone(), filter.clone());
            let page = PageRequest { after, limit: domain::page::MAX_PAGE };
            Box::pin(async move { visit.portal.changes.list(&visit.actor, &filter, &page).await }) as crate::csv::NextPage<Summary>
        }
    };
    let answer: Result<_, Fault> = stream_csv("changes.csv", HEAD.map(str::to_owned).to_vec(), fetch, cells).await;
    Ok(answer?)
}

/// `GET /approvals.csv`: what waits for me.
pub(super) async fn waiting_csv(visit: Visit) -> Answer {
    let waiting = visit.portal.changes.waiting(&visit.actor).await?;
    Ok(whole_csv("approvals.csv", &HEAD, waiting.iter().map(|waiting| cells(&waiting.summary)))?)
}

const HEAD: [&str; 15] = [
    "number",
    "title",
    "state",
    "risk",
    "team",
    "systems",
    "window",
    "from",
    "to",
    "requester",
    "started",
    "finished",
    "outcome",
    "kind",
    "score",
];

fn cells(change: &Summary) -> Vec<String> {
    let at = |at: Option<domain::Timestamp>| at.map(domain::Timestamp::rfc3339).unwrap_or_default();
    vec![
        number_text(change.number),
        change.title.clone(),
        change.state.to_string(),
        change.risk.to_string(),
        change.team.name.clone(),
        system_names(&change.systems),
        window_text(&change.window),
        change.window.span.from.rfc3339(),
        change.window.span.to.rfc3339(),
        change.requester.clone(),
        at(change.started_at),
        at(change.finished_at),
        change.outcome.map(|o| o.to_string()).unwrap_or_default(),
        change.kind.to_string(),
        change.score.total.to_string(),
    ]
}
