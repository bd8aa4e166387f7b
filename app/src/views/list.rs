//! Every view that a person sees, and what may be done with each.

use axum::{
    extract::Path,
    response::{IntoResponse, Redirect},
};
use domain::views::SavedView;
use leptos::prelude::*;

use super::{read_id, say_place};
use crate::{
    components::{Badge, Button, Cell, Column, Confirm, Empty, EmptyKind, LinkButton, PageHead, Table, Tone},
    fault::Answer,
    form::PostedForm,
    t, tr,
    visit::Visit,
};

/// `GET /views`
pub(super) async fn page(visit: Visit) -> Answer {
    let views = visit.portal.views.list(&visit.actor, None).await?;
    let kept: Vec<bool> = views.iter().map(|view| view.editable_by(&visit.actor)).collect();
    let origin = visit.origin.clone();
    Ok(visit.page(tr!(visit, "views-title"), move || {
        let body = if views.is_empty() {
            view! { <Empty kind=EmptyKind::Clear title=t!("views-empty") text=t!("views-empty-text")/> }.into_any()
        } else {
            view! { <Rows views kept origin/> }.into_any()
        };
        view! {
            <PageHead title=t!("views-title") sub=t!("views-sub")/>
            {body}
        }
    }))
}

#[component]
fn Rows(views: Vec<SavedView>, kept: Vec<bool>, origin: String) -> impl IntoView {
    let columns = vec![
        Column::new(t!("views-name")),
        Column::new(t!("views-place")),
        Column::new(t!("views-team")),
        Column::new(t!("views-owner")),
        Column::new(t!("views-link")),
        Column::unspoken(t!("changes-acts")),
    ];
    let rows = views.into_iter().zip(kept).map(|(view, kept)| row(view, kept, &origin)).collect_view();
    view! { <Table caption=t!("views-title") columns>{rows}</Table> }
}

fn row(view: SavedView, kept: bool, origin: &str) -> impl IntoView + use<> {
    let (id, address) = (view.id.to_string(), view.address());
    let link = format!("{origin}/views/{id}");
    let team = if view.content.team.is_some() { view.team_name } else { t!("views-mine") };
    let first = view.preferred.then(|| view! { " "<Badge tone=Tone::Accent word=t!("views-first")/> });
    let (act, value) = if view.preferred { (t!("views-unprefer"), "") } else { (t!("views-prefer"), "on") };
    let to = |act: &str| format!("/views/{id}/{act}");
    let (edit, remove, prefer) = (to("edit"), to("delete"), to("prefer"));
    let sentence = t!("views-remove-text", name = view.content.name.clone());
    let acts = kept.then(|| {
        view! {
            <LinkButton href=edit label=t!("changes-edit") small=true/>
            <Confirm verb=t!("views-remove") text=sentence action=remove small=true/>
        }
    });
    view! {
        <tr id=format!("view-{id}")>
            <Cell main=true><a href=address>{view.content.name}</a>{first}</Cell>
            <Cell label=t!("views-place")>{say_place(view.content.place)}</Cell>
            <Cell label=t!("views-team")>{team}</Cell>
            <Cell label=t!("views-owner")>{view.owner}</Cell>
            <Cell label=t!("views-link")><code class="views-address">{link}</code></Cell>
            <Cell acts=true>
                <form class="post" method="post" action=prefer>
                    <Button label=act name="preferred" value=value small=true/>
                </form>
                {acts}
            </Cell>
        </tr>
    }
}

/// `GET /views/{id}`: the link that is shared leads to what the view says now.
pub(super) async fn open(visit: Visit, Path(id): Path<String>) -> Answer {
    let view = visit.portal.views.get(&visit.actor, &read_id(&id)?).await?;
    Ok(Redirect::to(&view.address()).into_response())
}

/// `POST /views/{id}/prefer`
pub(super) async fn prefer(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let yes = form.get("preferred") == "on";
    visit.portal.views.prefer(&visit.actor, &read_id(&id)?, yes).await?;
    Ok(visit.go("/views", if yes { "toast-view-preferred" } else { "toast-view-unpreferred" }))
}

/// `POST /views/{id}/delete`
pub(super) async fn remove(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.portal.views.remove(&visit.actor, &read_id(&id)?).await?;
    Ok(visit.go("/views", "toast-view-removed"))
}
