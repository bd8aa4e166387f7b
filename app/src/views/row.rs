//! The views of a list as a row of links above it.

use domain::{
    Fault,
    views::{Place, SavedView},
};
use leptos::prelude::*;

use crate::{components::Here, t, visit::Visit};

/// What a list knows of its views.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    place: Place,
    views: Vec<SavedView>,
    /// What is shown, as a view would say it.
    query: String,
}

impl Shown {
    /// Reads the views of a list; `None` for whoever keeps none, as programs do.
    pub(crate) async fn read(visit: &Visit, place: Place) -> Result<Self, Fault> {
        let views = visit.portal.views.list(&visit.actor, Some(place)).await?;
        let query = place.tidy(visit.path_and_query.split_once('?').map_or("", |(_, query)| query)).unwrap_or_default();
        Ok(Self { place, views, query })
    }

    /// Where a bare address leads the reader: to the view that they see first.
    pub(crate) fn first(&self, visit: &Visit) -> Option<String> {
        let bare = visit.path_and_query == self.place.path();
        self.views.iter().find(|view| bare && view.preferred).map(SavedView::address)
    }
}

/// The views as links, and the way to keep what is shown.
#[component]
pub(crate) fn ViewRow(shown: Shown) -> impl IntoView {
    let Shown { place, views, query } = shown;
    let known = views.iter().any(|view| view.content.query == query);
    let any = !views.is_empty();
    let keep = Here::parse("/views/new").with("place", place).with("query", &query).href();
    let links = views
        .into_iter()
        .map(|view| {
            let current = (view.content.query == query).then_some("true");
            let href = view.address();
            let whose = (!view.mine).then(|| view! { <span class="muted">{format!(" · {}", view.team_name)}</span> });
            view! { <a href=href aria-current=current>{view.content.name}{whose}</a> }
        })
        .collect_view();
    view! {
        <div class="views-row">
            {any.then(|| view! { <nav class="facets" aria-label=t!("views-title")>{links}</nav> })}
            {(!known && !query.is_empty()).then(|| view! { <a class="views-link" href=keep>{t!("views-keep")}</a> })}
            {any.then(|| view! { <a class="views-link" href="/views">{t!("views-manage")}</a> })}
        </div>
    }
}
