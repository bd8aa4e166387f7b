//! Tools as a list, and the switch that lets any of them run.

use domain::{
    Fault, Page, PageRequest, Permission,
    form::Typed,
    id::SystemId,
    tools::{Switch, Tool, ToolFilter},
};
use leptos::prelude::*;

use super::switch_notice;
use crate::{
    components::{
        Badge, ButtonKind, Cell, Column, Confirm, Empty, EmptyKind, FilterBar, FilterFold, FilterSearch, FilterSelect, LinkButton,
        PageHead, Pager, Table, Tone,
    },
    csv::stream_csv,
    fault::Answer,
    form::PostedForm,
    query::Query,
    t, tr,
    visit::Visit,
};

/// The query as it was typed.
pub(super) fn typed(pairs: Vec<(String, String)>) -> Typed {
    Typed::from_pairs(pairs)
}

/// The page that a query asks for.
pub(super) fn request(given: &Typed) -> Result<PageRequest, Fault> {
    PageRequest::parse(Some(given.get("after")), Some(given.get("limit")))
}

fn filter(given: &Typed) -> Result<ToolFilter, Fault> {
    let text = given.get("q").trim();
    let system = match given.get("system") {
        "" => None,
        id => Some(SystemId::parse(id).ok_or_else(|| Fault::invalid("system", id, domain::Wording::new("expect-id")))?),
    };
    Ok(ToolFilter { text: (!text.is_empty()).then(|| text.to_owned()), system, retired: !given.get("retired").is_empty() })
}

pub(super) async fn page(visit: Visit, Query(pairs): Query<Vec<(String, String)>>) -> Answer {
    let given = typed(pairs);
    let filter = filter(&given)?;
    let portal = &visit.portal;
    let rows = portal.tools.list(&visit.actor, &filter, &request(&given)?).await?;
    let switch = portal.tools.switch(&visit.actor).await?;
    let systems = portal.systems.choices(&visit.actor, Permission::Read).await?;
    let may_define = visit.may(Permission::DefineTools);
    let may_switch = switch == Switch::On && visit.actor.require_everywhere(Permission::ManageSettings).is_ok();
    let empty = rows.items.is_empty();
    let filtered = filter != ToolFilter::default();
    // Whoever comes from an incident or a change runs the tool for it.
    let purpose = ["incident", "change"]
        .into_iter()
        .filter(|name| !given.get(name).is_empty())
        .map(|name| format!("{name}={}", form_urlencoded::byte_serialize(given.get(name).as_bytes()).collect::<String>()))
        .collect::<Vec<_>>()
        .join("&");
    Ok(visit.page(tr!(visit, "tools-title"), move || {
        view! {
            <PageHead title=t!("tools-title") sub=t!("tools-sub")>
                <LinkButton href="/runs" label=t!("runs-title") icon="history"/>
                {may_define.then(|| view! { <LinkButton href="/tools/new" label=t!("tools-new") icon="plus" kind=ButtonKind::Primary/> })}
            </PageHead>
            <div class="stack">
                {switch_notice(switch)}
                <FilterFold apart=vec!["incident", "change"]>
                    <FilterBar keep=vec!["incident", "change"]>
                        <FilterSearch name="q" label=t!("tools-search")/>
                        <FilterSelect
                            name="system"
                            label=t!("tools-system")
                            options=systems.into_iter().map(|s| (s.id.to_string(), s.name)).collect()
                        />
                        <FilterSelect name="retired" label=t!("tools-retired-ones") options=vec![("1".to_owned(), t!("tools-retired-too"))]/>
                    </FilterBar>
                </FilterFold>
                {if empty && filtered {
                    view! { <Empty kind=EmptyKind::NoMatch title=t!("tools-no-match")/> }.into_any()
                } else if empty {
                    view! { <Empty kind=EmptyKind::NotConfigured title=t!("tools-none") text=t!("tools-none-text")/> }.into_any()
                } else {
                    table(rows, &purpose).into_any()
                }}
                {may_switch
                    .then(|| {
                        view! {
                            <Confirm verb=t!("tools-switch-off") text=t!("tools-switch-off-text") action="/tools/switch" small=true>
                                <input type="hidden" name="to" value="off"/>
                            </Confirm>
                        }
                    })}
            </div>
        }
    }))
}

/// What is special about a tool, as badges.
pub(super) fn marks(tool: &Tool) -> impl IntoView + use<> {
    let definition = &tool.definition;
    let (first_line, approval, retired, takes_away) = (definition.first_line, definition.approval, tool.retired, definition.takes_away);
    view! {
        {first_line.then(|| view! { <Badge tone=Tone::Ok word=t!("tools-first-line") plain=true/> })}
        {takes_away.then(|| view! { <Badge tone=Tone::P3 word=t!("tools-takes-away") plain=true/> })}
        {approval.then(|| view! { <Badge tone=Tone::P3 word=t!("tools-approval") icon="lock" plain=true/> })}
        {retired.then(|| view! { <Badge tone=Tone::NoData word=t!("tools-retired") plain=true/> })}
    }
}

fn table(rows: Page<Tool>, purpose: &str) -> impl IntoView + use<> {
    let shown = rows.items.len();
    let columns = vec![
        Column::new(t!("tools-name")),
        Column::new(t!("tools-system")),
        Column::new(t!("tools-team")),
        Column::new(t!("tools-who")),
        Column::new(t!("tools-timeout")).number(),
    ];
    let body = rows
        .items
        .into_iter()
        .map(|tool| {
            let marks = marks(&tool);
            let query = if purpose.is_empty() { String::new() } else { format!("?{purpose}") };
            let href = format!("/tools/{}{query}", tool.id);
            let system = tool.system_id.as_ref().map(|id| view! { <a href=format!("/systems/{id}")>{tool.system.clone()}</a> });
            view! {
                <tr>
                    <Cell main=true><a href=href>{tool.definition.name.clone()}</a></Cell>
                    <Cell label=t!("tools-system")>{system}</Cell>
                    <Cell label=t!("tools-team")>{tool.team_name.clone()}</Cell>
                    <Cell label=t!("tools-who")>{marks}</Cell>
                    <Cell label=t!("tools-timeout") number=true>{crate::components::duration(tool.definition.timeout_s * 1_000)}</Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Table caption=t!("tools-title") columns>{body}</Table>
        <Pager shown next=rows.next csv="/tools.csv"/>
    }
}

pub(super) async fn csv(visit: Visit, Query(pairs): Query<Vec<(String, String)>>) -> Answer {
    visit.actor.require_somewhere(Permission::Export)?;
    let filter = filter(&typed(pairs))?;
    let head = ["tools-name", "tools-system", "tools-team", "tools-command", "tools-timeout", "tools-first-line", "tools-approval"];
    let head = head.map(|key| tr!(visit, key)).to_vec();
    let fetch = move |after: Option<String>| -> crate::csv::NextPage<Tool> {
        let (visit, filter) = (visit.clone(), filter.clone());
        Box::pin(async move { visit.portal.tools.list(&visit.actor, &filter, &PageRequest { after, limit: 500 }).await })
    };
    let cells = |tool: &Tool| {
        let d = &tool.definition;
        vec![
            d.name.clone(),
            tool.system.clone(),
            tool.team_name.clone(),
            d.argv.arguments().join(" "),
            d.timeout_s.to_string(),
            d.first_line.to_string(),
            d.approval.to_string(),
        ]
    };
    Ok(stream_csv("tools.csv", head, fetch, cells).await?)
}

pub(super) async fn switch(visit: Visit, form: PostedForm) -> Answer {
    let on = match form.get("to") {
        "on" => true,
        "off" => false,
        other => return Err(Fault::invalid("to", other, domain::Wording::new("expect-one-of").with("choices", "on, off")).into()),
    };
    visit.portal.tools.set_switch(&visit.actor, on).await?;
    Ok(visit.go("/tools", if on { "toast-tools-on" } else { "toast-tools-off" }))
}
