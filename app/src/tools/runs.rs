//! Runs as a list.

use domain::{
    Page, PageRequest, Permission,
    tools::{Run, RunFilter, RunState},
};
use leptos::prelude::*;

use super::{list, say};
use crate::{
    components::{
        Badge, Cell, Column, Empty, EmptyKind, FilterBar, FilterFold, FilterSelect, Lasted, LinkButton, PageHead, Pager, Table, When,
    },
    csv::stream_csv,
    fault::Answer,
    query::Query,
    t, tr,
    visit::Visit,
};

pub(super) async fn page(visit: Visit, Query(pairs): Query<Vec<(String, String)>>) -> Answer {
    let given = list::typed(pairs);
    let filter = RunFilter::parse(&given)?;
    let rows = visit.portal.tools.runs(&visit.actor, &filter, &list::request(&given)?).await?;
    let filtered = filter != RunFilter::default();
    let now = visit.now;
    Ok(visit.page(tr!(visit, "runs-title"), move || {
        let states = RunState::ALL.iter().map(|s| (s.word().to_owned(), say::state(*s).1)).collect();
        view! {
            <PageHead title=t!("runs-title") sub=t!("runs-sub") back=("/tools".to_owned(), t!("tools-title"))/>
            <div class="stack">
                <FilterFold>
                    <FilterBar keep=vec!["tool", "incident", "change", "system"]>
                        <FilterSelect name="state" label=t!("runs-state") options=states/>
                    </FilterBar>
                </FilterFold>
                {if rows.items.is_empty() && filtered {
                    view! { <Empty kind=EmptyKind::NoMatch title=t!("runs-no-match")/> }.into_any()
                } else if rows.items.is_empty() {
                    view! {
                        <Empty kind=EmptyKind::NotConfigured title=t!("runs-none") text=t!("runs-none-text")>
                            <LinkButton href="/tools" label=t!("tools-title") icon="wrench"/>
                        </Empty>
                    }
                    .into_any()
                } else {
                    table(rows, now).into_any()
                }}
            </div>
        }
    }))
}

fn table(rows: Page<Run>, now: domain::Timestamp) -> impl IntoView {
    let shown = rows.items.len();
    let columns = vec![
        Column::new(t!("runs-tool")),
        Column::new(t!("runs-state")),
        Column::new(t!("runs-requested-by")),
        Column::new(t!("runs-requested-at")),
        Column::new(t!("runs-duration")).number(),
        Column::new(t!("runs-exit")).number(),
    ];
    let body = rows
        .items
        .into_iter()
        .map(|run| {
            let (tone, word) = say::state(run.state);
            let duration = run.duration(now);
            view! {
                <tr>
                    <Cell main=true><a href=format!("/runs/{}", run.id)>{run.tool_name}</a></Cell>
                    <Cell label=t!("runs-state")><Badge tone word/></Cell>
                    <Cell label=t!("runs-requested-by")>{run.requested_name}</Cell>
                    <Cell label=t!("runs-requested-at")><When at=run.requested_at/></Cell>
                    <Cell label=t!("runs-duration") number=true><Lasted ms=duration/></Cell>
                    <Cell label=t!("runs-exit") number=true>
                        {run.exit_code.map_or_else(|| crate::components::NULL.to_owned(), |code| code.to_string())}
                    </Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div id="runs-list" class="stack-tight" data-live="runs" data-live-mode="notice">
            <Table caption=t!("runs-title") columns>{body}</Table>
            <Pager shown next=rows.next csv="/runs.csv"/>
        </div>
    }
}

pub(super) async fn csv(visit: Visit, Query(pairs): Query<Vec<(String, String)>>) -> Answer {
    visit.actor.require_somewhere(Permission::Export)?;
    let filter = RunFilter::parse(&list::typed(pairs))?;
    let head = [
        "runs-tool",
        "runs-state",
        "runs-requested-by",
        "runs-requested-at",
        "runs-started",
        "runs-finished",
        "runs-exit",
        "tools-command",
    ];
    let head = head.map(|key| tr!(visit, key)).to_vec();
    let fetch = move |after: Option<String>| -> crate::csv::NextPage<Run> {
        let (visit, filter) = (visit.clone(), filter.clone());
        Box::pin(async move { visit.portal.tools.runs(&visit.actor, &filter, &PageRequest { after, limit: 500 }).await })
    };
    let cells = |run: &Run| {
        let moment = |at: Option<domain::Timestamp>| at.map(domain::Timestamp::rfc3339).unwrap_or_default();
        vec![
            run.tool_name.clone(),
            run.state.word().to_owned(),
            run.requested_name.clone(),
            run.requested_at.rfc3339(),
            moment(run.started_at),
            moment(run.finished_at),
            run.exit_code.map(|code| code.to_string()).unwrap_or_default(),
            run.argv.join(" "),
        ]
    };
    Ok(stream_csv("runs.csv", head, fetch, cells).await?)
}
