//! The foreign calendars that are read.

use axum::extract::Path;
use domain::{Permission, calendars::ForeignCalendar, time::MINUTE};
use leptos::prelude::*;

use super::{read_id, say_team, shown::Freshness};
use crate::{
    components::{Button, ButtonKind, Cell, Column, Confirm, Empty, EmptyKind, LinkButton, PageHead, Table, duration, full},
    fault::Answer,
    t, tr,
    visit::Visit,
};

/// `GET /calendars`
pub(super) async fn page(visit: Visit) -> Answer {
    let calendars = visit.portal.calendars.list(&visit.actor).await?;
    let may = visit.may(Permission::SetFreezes);
    Ok(visit.page(tr!(visit, "calendars-title"), move || {
        let body = if calendars.is_empty() {
            view! { <Empty kind=EmptyKind::NotConfigured title=t!("calendars-empty") text=t!("calendars-empty-text")/> }.into_any()
        } else {
            view! { <Rows calendars may/> }.into_any()
        };
        view! {
            <PageHead title=t!("calendars-title") sub=t!("calendars-sub") back=("/changes".to_owned(), t!("changes-title"))>
                {may.then(|| view! { <LinkButton href="/calendars/new" label=t!("calendars-new") icon="plus" kind=ButtonKind::Primary/> })}
            </PageHead>
            <div id="calendars" data-live="changes" data-live-mode="notice">{body}</div>
        }
    }))
}

#[component]
fn Rows(calendars: Vec<ForeignCalendar>, may: bool) -> impl IntoView {
    let columns = vec![
        Column::new(t!("calendars-name")),
        Column::new(t!("calendars-host")),
        Column::new(t!("changes-field-team")),
        Column::new(t!("calendars-state")),
        Column::new(t!("calendars-events")).number(),
        Column::unspoken(t!("changes-acts")),
    ];
    let rows = calendars
        .into_iter()
        .map(|calendar| {
            let (id, team, name) = (calendar.id.to_string(), say_team(&calendar), calendar.content.name.clone());
            let (host, zone) = (calendar.host.clone(), calendar.content.zone.clone());
            let every = t!("calendars-every", length = duration(i64::from(calendar.content.every_minutes) * MINUTE));
            let events = full(calendar.reading.events);
            let left = (calendar.reading.left > 0).then(|| {
                view! { <p class="small muted">{t!("calendars-left", count = usize::try_from(calendar.reading.left).unwrap_or(0))}</p> }
            });
            let acts = may.then(|| {
                view! {
                    <form method="post" action=format!("/calendars/{id}/refresh")><Button label=t!("calendars-refresh") small=true/></form>
                    <Confirm
                        verb=t!("calendars-remove")
                        text=t!("calendars-remove-text", name = name.clone())
                        action=format!("/calendars/{id}/delete")
                        small=true
                    />
                }
            });
            view! {
                <tr id=format!("calendar-{id}")>
                    <Cell main=true>{name.clone()}</Cell>
                    <Cell label=t!("calendars-host")><span>{host}</span>" "<span class="muted">{zone}</span></Cell>
                    <Cell label=t!("changes-field-team")>{team}</Cell>
                    <Cell label=t!("calendars-state")><Freshness calendar/><p class="small muted">{every}</p></Cell>
                    <Cell label=t!("calendars-events") number=true>{events}{left}</Cell>
                    <Cell acts=true>{acts}</Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption=t!("calendars-title") columns>{rows}</Table> }
}

/// `POST /calendars/{id}/refresh`
pub(super) async fn refresh(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.portal.calendars.refresh(&visit.actor, &read_id(&id)?).await?;
    Ok(visit.go("/calendars", "toast-calendar-refresh"))
}

/// `POST /calendars/{id}/delete`
pub(super) async fn remove(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.portal.calendars.remove(&visit.actor, &read_id(&id)?).await?;
    Ok(visit.go("/calendars", "toast-calendar-removed"))
}
