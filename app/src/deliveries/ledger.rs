//! `/admin/deliveries`: what was told, to whom, and how it went.

use axum::extract::Path;
use domain::{
    Fault, PageRequest, Permission, Timestamp,
    deliveries::{Delivery, Filter, State},
    form::Typed,
    id::DeliveryId,
};
use leptos::prelude::*;

use super::say::{DeliveryBadge, event_word, state_word};
use crate::{
    components::{
        Cell, Column, Empty, EmptyKind, FacetOption, Facets, Fact, Facts, FilterFold, Here, LinkButton, PageHead, Pager, Panel, PostButton,
        Table, When, WhenStyle,
    },
    csv::{NextPage, stream_csv},
    fault::Answer,
    form::PostedForm,
    t, tr,
    visit::Visit,
};

fn query(visit: &Visit) -> Typed {
    Typed::from_pairs(Here::parse(&visit.path_and_query).pairs().iter().cloned())
}

fn read(id: &str) -> Result<DeliveryId, Fault> {
    DeliveryId::parse(id).ok_or(Fault::NotFound("delivery"))
}

/// `GET /admin/deliveries?state=…&channel=…&incident=…`
pub(super) async fn list(visit: Visit) -> Answer {
    let query = query(&visit);
    let filter = Filter::parse(&query)?;
    let request = PageRequest::parse(Some(query.get("after")), Some(query.get("limit")))?;
    let page = visit.portal.deliveries.list(&visit.actor, &filter, &request).await?;
    let (may_export, may_manage) = (visit.may(Permission::Export), visit.may(Permission::ManageChannels));
    let nothing_at_all = filter == Filter::default() && request.after.is_none();
    Ok(visit.page(tr!(visit, "deliveries-title"), move || {
        let shown = page.items.len();
        let mut states = vec![FacetOption::new("", t!("deliveries-all-states"))];
        states.extend(State::ALL.iter().map(|state| FacetOption::new(state.name(), state_word(*state))));
        let body = if shown > 0 {
            view! { <DeliveryRows deliveries=page.items/> }.into_any()
        } else if nothing_at_all {
            view! { <Empty kind=EmptyKind::NotConfigured title=t!("deliveries-none")/> }.into_any()
        } else {
            view! { <Empty kind=EmptyKind::NoMatch title=t!("deliveries-no-match")/> }.into_any()
        };
        view! {
            <PageHead title=t!("deliveries-title") sub=t!("deliveries-sub")>
                {may_manage.then(|| view! { <LinkButton href="/admin/channels" label=t!("deliveries-channels")/> })}
            </PageHead>
            <FilterFold>
                <Facets name="state" label=t!("deliveries-state") options=states many=true/>
            </FilterFold>
            <div id="deliveries-list" data-live="deliveries" data-live-mode="notice">
                {body}
                {if may_export {
                    view! { <Pager shown next=page.next csv="/admin/deliveries.csv"/> }.into_any()
                } else {
                    view! { <Pager shown next=page.next/> }.into_any()
                }}
            </div>
        }
    }))
}

/// Deliveries as a table; also on the page of an incident.
#[component]
pub(crate) fn DeliveryRows(
    /// The rows in order.
    deliveries: Vec<Delivery>,
    /// Only what a narrow panel has room for.
    #[prop(optional)]
    brief: bool,
) -> impl IntoView {
    let mut columns = vec![Column::new(t!("deliveries-event")), Column::new(t!("deliveries-channel")), Column::new(t!("deliveries-state"))];
    if !brief {
        columns.extend([
            Column::new(t!("deliveries-attempts")).number(),
            Column::new(t!("deliveries-created")),
            Column::new(t!("deliveries-answer")),
        ]);
    }
    let rows = deliveries
        .into_iter()
        .map(|delivery| {
            let more = (!brief).then(|| {
                let answer = answer(&delivery);
                view! {
                    <Cell label=t!("deliveries-attempts") number=true>{delivery.attempts}</Cell>
                    <Cell label=t!("deliveries-created")><When at=delivery.created_at style=WhenStyle::Ago/></Cell>
                    <Cell label=t!("deliveries-answer")>{answer}</Cell>
                }
            });
            view! {
                <tr>
                    <Cell main=true><a href=format!("/admin/deliveries/{}", delivery.id)>{event_word(delivery.event)}</a></Cell>
                    <Cell label=t!("deliveries-channel")>{delivery.channel_name}</Cell>
                    <Cell label=t!("deliveries-state")><DeliveryBadge state=delivery.state/></Cell>
                    {more}
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption=t!("deliveries-title") columns>{rows}</Table> }
}

fn answer(delivery: &Delivery) -> String {
    match (delivery.last_status, delivery.last_error.as_str()) {
        (None, "") => "—".to_owned(),
        (Some(status), "") => status.to_string(),
        (_, error) => error.to_owned(),
    }
}

/// `GET /admin/deliveries/{id}`
pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Answer {
    let (delivery, body) = visit.portal.deliveries.get(&visit.actor, &read(&id)?).await?;
    let may = visit.may(Permission::ManageChannels);
    Ok(visit.page(tr!(visit, "deliveries-title"), move || {
        let again = (may && delivery.state == State::Dead).then(|| {
            view! { <PostButton action=format!("/admin/deliveries/{}/resend", delivery.id) label=t!("deliveries-resend") icon="refresh-cw"/> }
        });
        let incident = match &delivery.incident {
            Some(id) => view! { <a href=format!("/incidents/{id}")>{t!("deliveries-incident")}</a> }.into_any(),
            None => "—".into_any(),
        };
        let next = (delivery.state == State::Waiting).then_some(delivery.next_at);
        let answer = answer(&delivery);
        view! {
            <PageHead title=event_word(delivery.event) back=("/admin/deliveries".to_owned(), t!("deliveries-title"))>{again}</PageHead>
            <div id="delivery" data-live="deliveries">
                <Panel title=t!("deliveries-state")>
                    <Facts>
                        <Fact name=t!("deliveries-state")><DeliveryBadge state=delivery.state/></Fact>
                        <Fact name=t!("deliveries-channel")>{delivery.channel_name.clone()}</Fact>
                        <Fact name=t!("deliveries-attempts")>{delivery.attempts}</Fact>
                        <Fact name=t!("deliveries-created")><When at=delivery.created_at/></Fact>
                        <Fact name=t!("deliveries-last")><When at=delivery.last_at/></Fact>
                        <Fact name=t!("deliveries-next")><When at=next/></Fact>
                        <Fact name=t!("deliveries-delivered")><When at=delivery.delivered_at/></Fact>
                        <Fact name=t!("deliveries-answer")>{answer}</Fact>
                        <Fact name=t!("deliveries-key")><code>{delivery.key.clone()}</code></Fact>
                        <Fact name=t!("deliveries-incident")>{incident}</Fact>
                    </Facts>
                </Panel>
            </div>
            <Panel title=t!("deliveries-body")><pre class="deliveries-body" tabindex="0">{pretty(&body)}</pre></Panel>
        }
    }))
}

fn pretty(body: &str) -> String {
    serde_json::from_str::<serde_json::Value>(body)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| body.to_owned())
}

/// `POST /admin/deliveries/{id}/resend`
pub(super) async fn resend(visit: Visit, Path(id): Path<String>, _form: PostedForm) -> Answer {
    visit.portal.deliveries.resend(&visit.actor, &read(&id)?).await?;
    Ok(visit.go(&format!("/admin/deliveries/{id}"), "toast-delivery-resent"))
}

/// `GET /admin/deliveries.csv`: every delivery that the filter matches.
pub(super) async fn csv(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::Export)?;
    let filter = std::sync::Arc::new(Filter::parse(&query(&visit))?);
    let head = ["id", "event", "channel", "state", "attempts", "created", "last", "delivered", "status", "error", "key"];
    let fetch = move |after| {
        let (visit, filter) = (visit.clone(), filter.clone());
        let page = PageRequest { after, limit: domain::page::MAX_PAGE };
        Box::pin(async move { visit.portal.deliveries.list(&visit.actor, &filter, &page).await }) as NextPage<Delivery>
    };
    let cells = |delivery: &Delivery| {
        let moment = |at: Option<Timestamp>| at.map(Timestamp::rfc3339).unwrap_or_default();
        vec![
            delivery.id.to_string(),
            delivery.event.to_string(),
            delivery.channel_name.clone(),
            delivery.state.to_string(),
            delivery.attempts.to_string(),
            delivery.created_at.rfc3339(),
            moment(delivery.last_at),
            moment(delivery.delivered_at),
            delivery.last_status.map(|status| status.to_string()).unwrap_or_default(),
            delivery.last_error.clone(),
            delivery.key.clone(),
        ]
    };
    Ok(stream_csv("deliveries.csv", head.map(str::to_owned).to_vec(), fetch, cells).await?)
}
