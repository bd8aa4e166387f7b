//! The list of days that are not like others.

use axum::extract::Path;
use domain::{Permission, occasions::Occasion};
use leptos::prelude::*;

use super::{read_id, say_days, say_kind, say_team, say_without};
use crate::{
    components::{Again, ButtonKind, Cell, Column, Confirm, Empty, EmptyKind, Here, LinkButton, PageHead, Table, WhenSpan},
    fault::Answer,
    t, tr,
    visit::Visit,
};

/// `GET /occasions`; `?past=true` shows those that are over, too.
pub(super) async fn page(visit: Visit) -> Answer {
    let past = Here::parse(&visit.path_and_query).get("past") == "true";
    let occasions = visit.portal.occasions.list(&visit.actor, past).await?;
    let may = visit.may(Permission::SetFreezes);
    Ok(visit.page(tr!(visit, "occasions-title"), move || {
        let other = if past { ("/occasions", t!("occasions-current")) } else { ("/occasions?past=true", t!("occasions-past")) };
        let body = if occasions.is_empty() {
            view! { <Empty kind=EmptyKind::Clear title=t!("occasions-empty") text=t!("occasions-empty-text")/> }.into_any()
        } else {
            view! { <Rows occasions may/> }.into_any()
        };
        view! {
            <PageHead title=t!("occasions-title") sub=t!("occasions-sub") back=("/changes".to_owned(), t!("changes-title"))>
                {may.then(|| view! {
                    <LinkButton href="/occasions/new" label=t!("occasions-new") icon="plus" kind=ButtonKind::Primary/>
                    <LinkButton href="/occasions/import" label=t!("occasions-import") icon="download"/>
                })}
                <LinkButton href=other.0 label=other.1/>
            </PageHead>
            <div id="occasions" data-live="changes" data-live-mode="notice">{body}</div>
        }
    }))
}

#[component]
fn Rows(occasions: Vec<Occasion>, may: bool) -> impl IntoView {
    let columns = vec![
        Column::new(t!("occasions-name")),
        Column::new(t!("occasions-kind")),
        Column::new(t!("occasions-days")),
        Column::new(t!("occasions-next")),
        Column::new(t!("changes-field-team")),
        Column::unspoken(t!("changes-acts")),
    ];
    let rows = occasions
        .into_iter()
        .map(|occasion| {
            let (id, kind, team, days) =
                (occasion.id.to_string(), say_kind(occasion.content.kind), say_team(&occasion), say_days(&occasion));
            let without = say_without(&occasion).map(|text| view! { <p class="small muted">{text}</p> });
            let (name, zone) = (occasion.content.name.clone(), occasion.content.zone.clone());
            let again = occasion
                .content
                .recurrence()
                .ok()
                .flatten()
                .map(|recurrence| view! { <p class="small muted">{t!("changes-freeze-again")}" "<Again recurrence/></p> });
            let next = match occasion.next {
                Some(next) => view! { <WhenSpan from=next.from to=next.to/> }.into_any(),
                None => view! { <span class="muted">{t!("occasions-over")}</span> }.into_any(),
            };
            let acts = may.then(|| {
                view! {
                    <LinkButton href=format!("/occasions/{id}/edit") label=t!("changes-edit") small=true/>
                    <Confirm
                        verb=t!("occasions-remove")
                        text=t!("occasions-remove-text", name = name.clone())
                        action=format!("/occasions/{id}/delete")
                        small=true
                    />
                }
            });
            view! {
                <tr id=format!("occasion-{id}")>
                    <Cell main=true>{name.clone()}{again}{without}</Cell>
                    <Cell label=t!("occasions-kind")>{kind}</Cell>
                    <Cell label=t!("occasions-days")><span>{days}</span>" "<span class="muted">{zone}</span></Cell>
                    <Cell label=t!("occasions-next")>{next}</Cell>
                    <Cell label=t!("changes-field-team")>{team}</Cell>
                    <Cell acts=true>{acts}</Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption=t!("occasions-title") columns>{rows}</Table> }
}

/// `POST /occasions/{id}/delete`
pub(super) async fn remove(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.portal.occasions.remove(&visit.actor, &read_id(&id)?).await?;
    Ok(visit.go("/occasions", "toast-occasion-removed"))
}
