//! `/admin/deliveries`: what was told, to whom, and how it went.

use axum::extract::Path;
use domain::{
    Fault, PageRequest, Permission, Timestamp,
    deliveries::{Attempt, Delivery, Filter, Held, Kind, Notify, State},
    form::Typed,
    id::DeliveryId,
};
use leptos::prelude::*;

use super::say::{DeliveryBadge, answer, event_word, kind_word, state_word};
use crate::{
    components::{
        Cell, Column, Confirm, Empty, EmptyKind, FacetOption, Facets, Fact, Facts, FilterBar, FilterFold, FilterSelect, Here, LinkButton,
        NULL, PageHead, Pager, Panel, PostButton, Table, When, WhenStyle, duration,
    },
    csv::{NextPage, stream_csv},
    fault::Answer,
    form::PostedForm,
    monitors::told_words,
    t, tr,
    visit::Visit,
};

/// The parameters of the URL.
pub(super) fn query(visit: &Visit) -> Typed {
    Typed::from_pairs(Here::parse(&visit.path_and_query).pairs().iter().cloned())
}

fn read(id: &str) -> Result<DeliveryId, Fault> {
    DeliveryId::parse(id).ok_or(Fault::NotFound("delivery"))
}

/// `GET /admin/deliveries?state=…&kind=…&event=…&channel=…&user=…&incident=…`
pub(super) async fn list(visit: Visit) -> Answer {
    let query = query(&visit);
    let filter = Filter::parse(&query)?;
    let request = PageRequest::parse(Some(query.get("after")), Some(query.get("limit")))?;
    let page = visit.portal.deliveries.list(&visit.actor, &filter, &request).await?;
    let (may_export, may_manage) = (visit.may(Permission::Export), visit.may(Permission::ManageChannels));
    let channels = if may_manage { visit.portal.deliveries.channels(&visit.actor).await? } else { Vec::new() };
    let people = if visit.may(Permission::ManagePeople) { visit.portal.people.colleagues(&visit.actor).await? } else { Vec::new() };
    let nothing_at_all = filter == Filter::default() && request.after.is_none();
    let dead = may_manage && page.items.iter().any(|delivery| delivery.state == State::Dead);
    let here = visit.path_and_query.split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default();
    Ok(visit.page(tr!(visit, "deliveries-title"), move || {
        let shown = page.items.len();
        let mut states = vec![FacetOption::new("", t!("deliveries-all-states"))];
        states.extend(State::ALL.iter().map(|state| FacetOption::new(state.name(), state_word(*state))));
        let kinds = Kind::ALL.iter().map(|kind| (kind.name().to_owned(), kind_word(*kind))).collect::<Vec<_>>();
        let events = Notify::ALL.iter().map(|event| (event.name().to_owned(), event_word(*event))).collect::<Vec<_>>();
        let channels = channels.into_iter().map(|channel| (channel.id.to_string(), channel.name)).collect::<Vec<_>>();
        let people = people.into_iter().map(|user| (user.id.to_string(), user.name)).collect::<Vec<_>>();
        let (any_channel, any_person) = (!channels.is_empty(), !people.is_empty());
        let body = if shown > 0 {
            view! { <DeliveryRows deliveries=page.items/> }.into_any()
        } else if nothing_at_all {
            view! { <Empty kind=EmptyKind::NotConfigured title=t!("deliveries-none")/> }.into_any()
        } else {
            view! { <Empty kind=EmptyKind::NoMatch title=t!("deliveries-no-match")/> }.into_any()
        };
        let again = dead.then(|| {
            let (text, action) = (t!("deliveries-resend-all-text"), format!("/admin/deliveries/resend{here}"));
            view! { <Confirm verb=t!("deliveries-resend-all") text action icon="refresh-cw"/> }
        });
        view! {
            <PageHead title=t!("deliveries-title") sub=t!("deliveries-sub")>
                {again}
                {may_manage.then(|| view! { <LinkButton href="/admin/channels" label=t!("deliveries-channels")/> })}
            </PageHead>
            <FilterFold>
                <Facets name="state" label=t!("deliveries-state") options=states many=true/>
                <FilterBar keep=vec!["state", "incident"]>
                    <FilterSelect name="kind" label=t!("deliveries-kind") options=kinds/>
                    <FilterSelect name="event" label=t!("deliveries-event") options=events/>
                    {any_channel.then(|| view! { <FilterSelect name="channel" label=t!("deliveries-channel") options=channels/> })}
                    {any_person.then(|| view! { <FilterSelect name="user" label=t!("deliveries-user") options=people/> })}
                </FilterBar>
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

/// `POST /admin/deliveries/resend?…`: everything dead that the filter matches.
pub(super) async fn resend_all(visit: Visit, _form: PostedForm) -> Answer {
    let filter = Filter::parse(&query(&visit))?;
    visit.portal.deliveries.resend_all(&visit.actor, &filter).await?;
    let here = visit.path_and_query.split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default();
    Ok(visit.go(&format!("/admin/deliveries{here}"), "toast-delivery-resent"))
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
            let channel = channel_words(&delivery);
            view! {
                <tr>
                    <Cell main=true><a href=format!("/admin/deliveries/{}", delivery.id)>{event_word(delivery.event)}</a></Cell>
                    <Cell label=t!("deliveries-channel")>{channel}</Cell>
                    <Cell label=t!("deliveries-state")><DeliveryBadge state=delivery.state/></Cell>
                    {more}
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption=t!("deliveries-title") columns>{rows}</Table> }
}

/// `GET /admin/deliveries/{id}`
pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = read(&id)?;
    let (delivery, body) = visit.portal.deliveries.get(&visit.actor, &id).await?;
    let attempts = visit.portal.deliveries.attempts(&visit.actor, &id).await?;
    let may = visit.may(Permission::ManageChannels);
    Ok(visit.page(tr!(visit, "deliveries-title"), move || {
        let again = (may && delivery.state == State::Dead).then(|| {
            view! { <PostButton action=format!("/admin/deliveries/{}/resend", delivery.id) label=t!("deliveries-resend") icon="refresh-cw"/> }
        });
        let incident = match &delivery.incident {
            Some(id) => view! { <a href=format!("/incidents/{id}")>{t!("deliveries-incident")}</a> }.into_any(),
            None => "—".into_any(),
        };
        let linked = |id: DeliveryId| view! { <a href=format!("/admin/deliveries/{id}")>{t!("deliveries-that-one")}</a> };
        let (summed_in, instead_of, receipt) = (delivery.summed_in.clone(), delivery.instead_of.clone(), told_words(&delivery.receipt));
        let others = view! {
            {summed_in.map(|id| view! { <Fact name=t!("deliveries-summed-in")>{linked(id)}</Fact> })}
            {instead_of.map(|id| view! { <Fact name=t!("deliveries-instead-of")>{linked(id)}</Fact> })}
            {(!receipt.is_empty()).then(|| view! { <Fact name=t!("deliveries-receipt")>{receipt.clone()}</Fact> })}
        };
        let channel = channel_words(&delivery);
        let next = (delivery.state == State::Waiting && delivery.held != Some(Held::Order)).then_some(delivery.next_at);
        let answer = answer(&delivery);
        view! {
            <PageHead title=event_word(delivery.event) back=("/admin/deliveries".to_owned(), t!("deliveries-title"))>{again}</PageHead>
            <div id="delivery" data-live="deliveries">
                <Panel title=t!("deliveries-state")>
                    <Facts>
                        <Fact name=t!("deliveries-state")><DeliveryBadge state=delivery.state/></Fact>
                        <Fact name=t!("deliveries-channel")>{channel}</Fact>
                        {others}
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
                {attempt_rows(attempts)}
            </div>
            <Panel title=t!("deliveries-body")><pre class="deliveries-body" tabindex="0">{pretty(&body)}</pre></Panel>
        }
    }))
}

/// How each attempt ended, oldest first; nothing where there was none.
fn attempt_rows(attempts: Vec<Attempt>) -> impl IntoView {
    let any = !attempts.is_empty();
    let rows = attempts
        .into_iter()
        .map(|attempt| {
            let answer = match (attempt.error.as_str(), attempt.status) {
                ("", None) => NULL.to_owned(),
                ("", Some(status)) => status.to_string(),
                (error, _) => told_words(error),
            };
            view! {
                <tr>
                    <Cell label=t!("deliveries-attempt") number=true>{attempt.number}</Cell>
                    <Cell label=t!("deliveries-attempt-at") main=true><When at=attempt.at/></Cell>
                    <Cell label=t!("deliveries-attempt-took") number=true>{duration(attempt.ms)}</Cell>
                    <Cell label=t!("deliveries-answer")>{answer}</Cell>
                </tr>
            }
        })
        .collect_view();
    any.then(|| {
        let columns = vec![
            Column::new(t!("deliveries-attempt")).number(),
            Column::new(t!("deliveries-attempt-at")),
            Column::new(t!("deliveries-attempt-took")).number(),
            Column::new(t!("deliveries-answer")),
        ];
        view! {
            <Panel title=t!("deliveries-attempts") flush=true>
                <Table caption=t!("deliveries-attempts") columns>{rows}</Table>
            </Panel>
        }
    })
}

/// Name and kind of the channel.
fn channel_words(delivery: &Delivery) -> String {
    format!("{} · {}", delivery.channel_name, kind_word(delivery.kind))
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
    let head = ["id", "event", "channel", "kind", "state", "attempts", "created", "last", "delivered", "status", "error", "receipt", "key"];
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
            delivery.kind.to_string(),
            delivery.state.to_string(),
            delivery.attempts.to_string(),
            delivery.created_at.rfc3339(),
            moment(delivery.last_at),
            moment(delivery.delivered_at),
            delivery.last_status.map(|status| status.to_string()).unwrap_or_default(),
            delivery.last_error.clone(),
            delivery.receipt.clone(),
            delivery.key.clone(),
        ]
    };
    Ok(stream_csv("deliveries.csv", head.map(str::to_owned).to_vec(), fetch, cells).await?)
}
