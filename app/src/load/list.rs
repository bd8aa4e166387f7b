//! Targets and the latest runs.

use domain::{
    PageRequest, Permission,
    form::Typed,
    load::{Run, RunFilter, State, Target},
};
use leptos::prelude::*;

use super::say;
use crate::{
    components::{
        Badge, ButtonKind, Cell, Column, Empty, EmptyKind, FilterBar, FilterFold, FilterSelect, LinkButton, PageHead, Pager, Panel, Table,
        Tone, When,
    },
    evidence::say::{verdict_tone, verdict_word},
    fault::Answer,
    query::Query,
    t, tr,
    visit::Visit,
};

/// `GET /load?target=…&state=…`
pub(super) async fn page(visit: Visit, Query(pairs): Query<Vec<(String, String)>>) -> Answer {
    let given = Typed::from_pairs(pairs);
    let filter = RunFilter::parse(&given)?;
    let request = PageRequest::parse(Some(given.get("after")), Some(given.get("limit")))?;
    let load = &visit.portal.load;
    let targets = load.targets(&visit.actor, true).await?;
    let rows = load.runs(&visit.actor, &filter, &request).await?;
    let filtered = filter != RunFilter::default();
    let (register, run) = (visit.may(Permission::EditSystems), visit.may(Permission::RequestChanges));
    Ok(visit.page(tr!(visit, "load-title"), move || {
        let states = State::ALL.iter().map(|one| (one.name().to_owned(), say::state(*one).1)).collect();
        let choices = targets.iter().map(|one| (one.id.to_string(), one.name.clone())).collect();
        let usable = targets.iter().any(|one| !one.retired);
        let shown = rows.items.len();
        let known = if targets.is_empty() {
            view! { <Empty kind=EmptyKind::NotConfigured title=t!("load-no-target") text=t!("load-no-target-text") tight=true/> }.into_any()
        } else {
            target_table(&targets)
        };
        let list = if shown > 0 {
            run_table(&rows.items)
        } else if filtered {
            view! { <Empty kind=EmptyKind::NoMatch title=t!("load-no-match")/> }.into_any()
        } else {
            view! { <Empty kind=EmptyKind::Clear title=t!("load-no-run") tight=true/> }.into_any()
        };
        view! {
            <PageHead title=t!("load-title") sub=t!("load-sub")>
                <LinkButton href="/evidence" label=t!("evidence-title") icon="clipboard-check"/>
                {register.then(|| view! { <LinkButton href="/load/targets/new" label=t!("load-register") icon="plus"/> })}
                {(run && usable).then(|| view! { <LinkButton href="/load/runs/new" label=t!("load-start") icon="play" kind=ButtonKind::Primary/> })}
            </PageHead>
            <div class="stack">
                <Panel title=t!("load-targets") id="load-targets" flush=true>{known}</Panel>
                <FilterFold>
                    <FilterBar>
                        <FilterSelect name="target" label=t!("load-target") options=choices/>
                        <FilterSelect name="state" label=t!("load-state") options=states/>
                    </FilterBar>
                </FilterFold>
                <div id="load-runs" class="stack-tight" data-live="load">
                    {list}
                    <Pager shown next=rows.next/>
                </div>
            </div>
        }
    }))
}

fn target_table(targets: &[Target]) -> AnyView {
    let columns = ["load-target", "load-system", "load-environment", "load-url", "load-caps-title", "load-team"];
    let rows = targets
        .iter()
        .map(|one| {
            let retired = one.retired.then(|| view! { " " <Badge tone=Tone::NoData word=t!("load-retired") plain=true/> });
            let (href, name, url, caps) = (format!("/load/targets/{}", one.id), one.name.clone(), one.url.clone(), say::caps(one));
            let (system, environment, team) = (one.system_name.clone(), one.environment.clone(), one.team_name.clone());
            view! {
                <tr>
                    <Cell main=true><a href=href>{name}</a>{retired}</Cell>
                    <Cell label=t!("load-system")>{system}</Cell>
                    <Cell label=t!("load-environment")>{environment}</Cell>
                    <Cell label=t!("load-url")><code class="load-url">{url}</code></Cell>
                    <Cell label=t!("load-caps-title")>{caps}</Cell>
                    <Cell label=t!("load-team")>{team}</Cell>
                </tr>
            }
        })
        .collect_view();
    let columns = columns.iter().map(|key| Column::new(t!(key))).collect();
    view! { <Table caption=t!("load-targets") columns>{rows}</Table> }.into_any()
}

/// Runs as a table.
pub(super) fn run_table(runs: &[Run]) -> AnyView {
    let columns = vec![
        Column::new(t!("load-run")),
        Column::new(t!("load-state")),
        Column::new(t!("load-artifact")),
        Column::new(t!("load-rate")).number(),
        Column::new("p99").number(),
        Column::new(t!("load-failed")).number(),
        Column::new(t!("load-shows")),
        Column::new(t!("load-by")),
    ];
    let rows = runs
        .iter()
        .map(|run| {
            let (tone, word) = say::state(run.state);
            let turn = run.comparison.as_ref().zip(run.side).map(|(id, side)| {
                view! { " " <a class="load-turn small" href=format!("/load/comparisons/{id}")>{say::side(side)}" "{run.turn + 1}</a> }
            });
            let trial = run.trial.is_some().then(|| view! { " " <Badge tone=Tone::Accent word=t!("load-trial") plain=true/> });
            let shows = run.verdict.map(|verdict| view! { <Badge tone=verdict_tone(verdict) word=verdict_word(verdict)/> });
            let (href, name) = (format!("/load/runs/{}", run.id), run.target_name.clone());
            let artifact = format!("{} {}", run.subject.artifact, run.subject.artifact_version);
            let (rate, p99, failed) = (say::rate(run), say::ms(run, "/latency_ms/p99"), say::count(run, "/failed"));
            let (by, at) = (run.by.clone(), run.asked_at);
            view! {
                <tr>
                    <Cell main=true><a href=href>{name}</a>{turn}{trial}</Cell>
                    <Cell label=t!("load-state")><Badge tone word/></Cell>
                    <Cell label=t!("load-artifact")>{artifact}</Cell>
                    <Cell label=t!("load-rate") number=true>{rate}</Cell>
                    <Cell label="p99" number=true>{p99}</Cell>
                    <Cell label=t!("load-failed") number=true>{failed}</Cell>
                    <Cell label=t!("load-shows")>{shows}</Cell>
                    <Cell label=t!("load-by")><span class="load-asked">{by}" · "<When at=at/></span></Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption=t!("load-runs") columns>{rows}</Table> }.into_any()
}
