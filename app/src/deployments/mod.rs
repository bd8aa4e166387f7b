//! Pages of the area `deployments`: which version came where, when, and how that went.

use domain::{
    PageRequest, Permission,
    changes::number_text,
    deployments::{Deployment, Filter, State},
    form::Typed,
};
use leptos::prelude::*;

use crate::{
    components::{
        Badge, Cell, Column, Empty, EmptyKind, FilterBar, FilterFold, FilterSearch, FilterSelect, Here, Lasted, LinkButton, PageHead,
        Pager, Panel, Table, Tone, When,
    },
    csv::{NextPage, stream_csv},
    evidence::say::say_facts,
    fault::Answer,
    routes::{Need, Routes},
    t, tr,
    visit::Visit,
};

/// Its pages.
pub fn routes() -> Routes {
    Routes::new().get("/deployments", Need::LoggedIn, page).get("/deployments.csv", Need::Permission(Permission::Export), csv)
}

fn query(visit: &Visit) -> Typed {
    Typed::from_pairs(Here::parse(&visit.path_and_query).pairs().iter().cloned())
}

/// `GET /deployments?system=…&environment=…`
async fn page(visit: Visit) -> Answer {
    let query = query(&visit);
    let filter = Filter::parse(&query)?;
    let request = PageRequest::parse(Some(query.get("after")), Some(query.get("limit")))?;
    let page = visit.portal.deployments.list(&visit.actor, &filter, &request).await?;
    let systems = visit.portal.systems.choices(&visit.actor, Permission::Read).await?;
    let key = systems.first().map_or_else(|| "SYSTEM-KEY".to_owned(), |brief| brief.key.clone());
    let systems = systems.into_iter().map(|brief| (brief.id.to_string(), brief.name)).collect::<Vec<_>>();
    let may_export = visit.may(Permission::Export);
    let post = visit.may(Permission::ManageTokens).then(|| command(&visit, &key));
    let nothing_at_all = filter == Filter::default() && request.after.is_none();
    Ok(visit.page(tr!(visit, "deployments-title"), move || {
        let shown = page.items.len();
        let body = if shown > 0 {
            rows(page.items)
        } else if nothing_at_all {
            nothing_yet(post)
        } else {
            view! { <Empty kind=EmptyKind::NoMatch title=t!("deployments-no-match")/> }.into_any()
        };
        view! {
            <PageHead title=t!("deployments-title") sub=t!("deployments-sub") back=("/changes".to_owned(), t!("changes-title"))/>
            <FilterFold>
                <FilterBar>
                    <FilterSelect name="system" label=t!("alerts-system") options=systems/>
                    <FilterSearch name="environment" label=t!("deployments-environment")/>
                </FilterBar>
            </FilterFold>
            <div id="deployments-list" data-live="changes" data-live-mode="notice">
                {body}
                {if may_export {
                    view! { <Pager shown next=page.next csv="/deployments.csv"/> }.into_any()
                } else {
                    view! { <Pager shown next=page.next/> }.into_any()
                }}
            </div>
        }
    }))
}

/// Deployments as a table.
fn rows(items: Vec<Deployment>) -> AnyView {
    let columns = vec![
        Column::new(t!("deployments-version")),
        Column::new(t!("deployments-environment")),
        Column::new(t!("alerts-system")),
        Column::new(t!("deployments-status")),
        Column::new(t!("deployments-started")),
        Column::new(t!("incidents-duration")).number(),
        Column::new(t!("deployments-by")),
    ];
    let row = |made: Deployment| {
        let sha: String = made.sha.chars().take(10).collect();
        let took = made.finished_at.map(|to| to.since(made.started_at).max(0));
        let version = if made.url.is_empty() {
            view! { <strong>{made.version}</strong> }.into_any()
        } else {
            view! { <a href=made.url rel="noreferrer noopener">{made.version}</a> }.into_any()
        };
        let target = (!made.target.is_empty()).then(|| view! { " "<span class="small muted">{made.target}</span> });
        let facts = (!made.facts.is_empty()).then(|| view! { <p class="small muted">{say_facts(&made.facts)}</p> });
        let change = made.change.zip(made.change_number).map(|(id, number)| {
            view! { " "<a class="small" href=format!("/changes/{id}")>{number_text(number)}</a> }
        });
        view! {
            <tr id=format!("deployment-{}", made.id)>
                <Cell main=true>{version}" "<span class="mono small muted">{sha}</span>{change}</Cell>
                <Cell label=t!("deployments-environment")>{made.environment}{target}{facts}</Cell>
                <Cell label=t!("alerts-system")><a href=format!("/systems/{}", made.system)>{made.system_name}</a></Cell>
                <Cell label=t!("deployments-status")>{badge(made.state)}</Cell>
                <Cell label=t!("deployments-started")><When at=made.started_at/></Cell>
                <Cell label=t!("incidents-duration") number=true>{took.map(|ms| view! { <Lasted ms/> })}</Cell>
                <Cell label=t!("deployments-by")>{made.by}</Cell>
            </tr>
        }
    };
    view! { <Table caption=t!("deployments-title") columns>{items.into_iter().map(row).collect_view()}</Table> }.into_any()
}

/// A line with which CI posts a deployment of a system, for whoever may give it a token.
pub fn command(visit: &Visit, system: &str) -> String {
    let body = format!(r#"{{"system":"{system}","version":"4.12.0","environment":"production","status":"succeeded"}}"#);
    format!(
        "curl {}/api/v1/deployments \\\n  -H 'Authorization: Bearer TOKEN' \\\n  -H 'Content-Type: application/json' \\\n  --data '{body}'",
        visit.origin
    )
}

/// No deployment at all: how the first one comes here.
fn nothing_yet(post: Option<String>) -> AnyView {
    let first = post.is_some().then(|| view! { <LinkButton href="/admin/tokens" label=t!("transactions-make-token")/> });
    view! {
        <Empty kind=EmptyKind::NotConfigured title=t!("deployments-none") text=t!("deployments-none-text")>
            {first}
            <LinkButton href="/api/docs" label=t!("transactions-read-api")/>
        </Empty>
        {post.map(|line| view! { <Panel title=t!("deployments-example")>{example(line)}</Panel> })}
    }
    .into_any()
}

fn example(line: String) -> impl IntoView {
    view! { <pre class="transactions-example" tabindex="0"><code>{line}</code></pre> }
}

/// Deployments in a list, for a panel; where there are none, `post` is the line with which the first one is posted.
pub fn brief(items: Vec<Deployment>, post: Option<String>) -> AnyView {
    if items.is_empty() {
        return view! { <p class="muted">{t!("deployments-none")}</p> {post.map(example)} }.into_any();
    }
    let row = |made: Deployment| {
        let href = format!("/deployments?system={}#deployment-{}", made.system, made.id);
        let label = format!("{} {}", made.system_name, made.label());
        view! { <li><a href=href>{label}</a>" "{badge(made.state)}" "<When at=made.started_at/></li> }
    };
    view! { <ul class="systems-items">{items.into_iter().map(row).collect_view()}</ul> }.into_any()
}

/// A state as a badge.
pub(crate) fn badge(state: State) -> impl IntoView {
    let (tone, icon) = match state {
        State::Started => (Tone::Accent, "circle-dot"),
        State::Succeeded => (Tone::Ok, "circle-check"),
        State::Failed => (Tone::P2, "circle-x"),
        State::RolledBack => (Tone::P3, "undo-2"),
    };
    view! { <Badge tone word=state_word(state) icon/> }
}

/// A state in the language being rendered.
pub fn state_word(state: State) -> String {
    match state {
        State::Started => t!("deployments-state-started"),
        State::Succeeded => t!("deployments-state-succeeded"),
        State::Failed => t!("deployments-state-failed"),
        State::RolledBack => t!("deployments-state-rolled-back"),
    }
}

/// `GET /deployments.csv`: every deployment that the filter matches.
async fn csv(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::Export)?;
    let filter = std::sync::Arc::new(Filter::parse(&query(&visit))?);
    let head = ["system", "version", "sha", "environment", "status", "started", "finished", "url", "by", "change", "target", "facts"]
        .map(str::to_owned)
        .to_vec();
    let fetch = move |after| {
        let (visit, filter) = (visit.clone(), filter.clone());
        let page = PageRequest { after, limit: domain::page::MAX_PAGE };
        Box::pin(async move { visit.portal.deployments.list(&visit.actor, &filter, &page).await }) as NextPage<Deployment>
    };
    let cells = |made: &Deployment| {
        vec![
            made.system_name.clone(),
            made.version.clone(),
            made.sha.clone(),
            made.environment.clone(),
            made.state.name().to_owned(),
            made.started_at.rfc3339(),
            made.finished_at.map(domain::Timestamp::rfc3339).unwrap_or_default(),
            made.url.clone(),
            made.by.clone(),
            made.change_number.map(number_text).unwrap_or_default(),
            made.target.clone(),
            say_facts(&made.facts),
        ]
    };
    Ok(stream_csv("deployments.csv", head, fetch, cells).await?)
}
