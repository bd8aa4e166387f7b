//! `/incidents/actions`: what is still to be done after incidents, the most urgent first.

use axum::extract::Path;
use domain::{
    Fault, PageRequest, Permission,
    form::Typed,
    id::ActionId,
    incidents::{Action, ActionFilter},
};
use leptos::prelude::*;

use super::review::action_row;
use crate::{
    components::{Empty, EmptyKind, FacetOption, Facets, FilterFold, Here, Notice, PageHead, Pager, Panel, Tone},
    csv::{NextPage, stream_csv},
    fault::Answer,
    form::PostedForm,
    t, tr,
    visit::Visit,
};

fn query(visit: &Visit) -> Typed {
    Typed::from_pairs(Here::parse(&visit.path_and_query).pairs().iter().cloned())
}

/// `GET /incidents/actions?mine=on&overdue=on&all=on`
pub(super) async fn page(visit: Visit) -> Answer {
    let query = query(&visit);
    let filter = ActionFilter::parse(&query);
    let request = PageRequest::parse(Some(query.get("after")), Some(query.get("limit")))?;
    let page = visit.portal.incidents.actions(&visit.actor, &filter, &request).await?;
    let (may_export, actor) = (visit.may(Permission::Export), visit.actor.clone());
    let here = visit.path_and_query.clone();
    Ok(visit.page(tr!(visit, "incidents-actions"), move || {
        let shown = page.items.len();
        let rows = page
            .items
            .iter()
            .map(|action| {
                let may = actor.user() == Some(&action.owner) || actor.may(Permission::WorkIncidents, &action.team);
                let label = format!("INC-{} {}", action.number, action.title);
                let href = format!("/incidents/{}/review", action.number);
                let head = view! { <p class="small"><a class="file-name" href=href>{label}</a></p> }.into_any();
                action_row(action, may, &here, Some(head))
            })
            .collect_view();
        let body = if shown > 0 {
            view! { <Panel title=t!("incidents-actions")><ul class="incident-tasks">{rows}</ul></Panel> }.into_any()
        } else {
            view! { <Empty kind=EmptyKind::Clear title=t!("incidents-actions-clear")/> }.into_any()
        };
        let pair = |word: String| vec![FacetOption::new("", t!("incidents-anybody")), FacetOption::new("on", word)];
        let open = vec![FacetOption::new("", t!("incidents-actions-undone")), FacetOption::new("on", t!("incidents-all"))];
        let late = vec![FacetOption::new("", t!("incidents-all")), FacetOption::new("on", t!("incidents-task-overdue"))];
        view! {
            <PageHead title=t!("incidents-actions") sub=t!("incidents-actions-sub") back=("/incidents".to_owned(), t!("incidents-title"))/>
            <FilterFold>
                <div class="incidents-facets">
                    <Facets name="mine" label=t!("incidents-action-owner") options=pair(t!("incidents-actions-mine"))/>
                    <Facets name="overdue" label=t!("incidents-action-due") options=late/>
                    <Facets name="all" label=t!("incidents-state") options=open/>
                </div>
            </FilterFold>
            <div id="actions-list" data-live="incidents" data-live-mode="notice">
                {body}
                {if may_export {
                    view! { <Pager shown next=page.next csv="/incidents/actions.csv"/> }.into_any()
                } else {
                    view! { <Pager shown next=page.next/> }.into_any()
                }}
            </div>
        }
    }))
}

/// `POST /incidents/actions/{id}`, field `reason` where it is dropped; `back`: where to go then
pub(super) async fn end(visit: Visit, Path(action): Path<String>, form: PostedForm) -> Answer {
    let action = ActionId::parse(&action).ok_or(Fault::NotFound("action"))?;
    let mut typed = Typed::default();
    if form.typed.has("reason") {
        typed.set("reason", form.get("reason"));
    }
    visit.portal.incidents.end_action(&visit.actor, &action, &typed).await?;
    // Only a page of this area: nobody is sent elsewhere.
    let back = form.get("back");
    let inside = back.starts_with("/incidents/") && !back.contains(['\\', '\n', '\r']) && !back.contains("//");
    Ok(visit.go(if inside { back } else { "/incidents/actions" }, "toast-incident-action"))
}

/// `GET /incidents/actions.csv`
pub(super) async fn csv(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::Export)?;
    let filter = std::sync::Arc::new(ActionFilter::parse(&query(&visit)));
    let head = ["incident", "title", "action", "owner", "due", "ended", "ended_by", "dropped_why"].map(str::to_owned).to_vec();
    let fetch = move |after| {
        let (visit, filter) = (visit.clone(), filter.clone());
        let page = PageRequest { after, limit: domain::page::MAX_PAGE };
        Box::pin(async move { visit.portal.incidents.actions(&visit.actor, &filter, &page).await }) as NextPage<Action>
    };
    let cells = |action: &Action| {
        vec![
            format!("INC-{}", action.number),
            action.title.clone(),
            action.text.clone(),
            action.owner_name.clone(),
            action.due.rfc3339(),
            action.ended_at.map(domain::Timestamp::rfc3339).unwrap_or_default(),
            action.ended_by.clone(),
            action.dropped_why.clone(),
        ]
    };
    Ok(stream_csv("actions.csv", head, fetch, cells).await?)
}

/// What of the reader's own is late, for the overview; `None` where nothing is.
pub fn overdue(actions: &[Action]) -> Option<AnyView> {
    if actions.is_empty() {
        return None;
    }
    let rows = actions.iter().map(|action| {
        let href = format!("/incidents/{}/review", action.number);
        view! { <li><a href=href>{action.text.clone()}</a></li> }
    });
    let rows = rows.collect_view();
    Some(
        view! {
            <Notice tone=Tone::P2 title=t!("incidents-actions-late", count = actions.len())>
                <ul>{rows}</ul>
                <a href="/incidents/actions?mine=on">{t!("incidents-actions")}</a>
            </Notice>
        }
        .into_any(),
    )
}
