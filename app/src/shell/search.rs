//! Everything by name: a page without JavaScript, the palette's JSON with it.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use domain::{
    Fault,
    overview::{Found, FoundKind},
};
use http::{HeaderMap, header};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::nav;
use crate::{
    components::{Empty, EmptyKind, FilterBar, FilterSearch, Icon, PageHead},
    fault::Answer,
    i18n::{has, say},
    query::Query,
    t, tr,
    visit::Visit,
};

#[derive(Deserialize)]
pub(super) struct SearchQuery {
    #[serde(default)]
    q: String,
}

/// A row of the palette.
#[derive(Serialize)]
struct Row {
    kind: String,
    title: String,
    subtitle: String,
    href: String,
}

pub(super) async fn search(visit: Visit, Query(query): Query<SearchQuery>, headers: HeaderMap) -> Answer {
    let text: String = query.q.trim().chars().take(100).collect();
    let mut found = pages(&visit, &text);
    match visit.portal.overview.search(&visit.actor, &text).await {
        Ok(things) => found.extend(things),
        // Whoever may read nothing still finds pages.
        Err(Fault::Forbidden(_)) => {}
        Err(fault) => return Err(fault.into()),
    }
    let wants_json = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|v| v.starts_with("application/json"));
    if wants_json { Ok(json(&visit, found)) } else { Ok(page(&visit, text, found)) }
}

fn kind_word(visit: &Visit, kind: FoundKind) -> String {
    say(visit.locale, &format!("found-{}", kind.word()), &[])
}

/// The state of an incident or a change in the reader's language; other subtitles are names.
fn subtitle(visit: &Visit, found: &Found) -> String {
    let area = match found.kind {
        FoundKind::Incident => "incidents",
        FoundKind::Change => "changes",
        FoundKind::Alert => "alerts",
        _ => return found.subtitle.clone(),
    };
    let key = format!("{area}-state-{}", found.subtitle);
    if has(&key) { say(visit.locale, &key, &[]) } else { found.subtitle.clone() }
}

fn json(visit: &Visit, found: Vec<Found>) -> Response {
    let row = |f: Found| Row { kind: kind_word(visit, f.kind), subtitle: subtitle(visit, &f), title: f.title, href: f.href };
    let rows: Vec<_> = found.into_iter().map(row).collect();
    ([(header::CACHE_CONTROL, "no-store"), (header::VARY, "accept")], Json(rows)).into_response()
}

fn page(visit: &Visit, text: String, found: Vec<Found>) -> Response {
    let rows: Vec<_> = found.into_iter().map(|f| (kind_word(visit, f.kind), subtitle(visit, &f), f)).collect();
    visit.page(tr!(visit, "search-title"), move || {
        let list = if rows.is_empty() {
            view! { <Empty kind=EmptyKind::NoMatch title=t!("search-nothing") text=t!("search-hint")/> }.into_any()
        } else {
            let items = rows
                .into_iter()
                .map(|(kind, sub, f)| {
                    view! {
                        <li>
                            <a href=f.href>
                                <span class="found-kind">{kind}</span>
                                <span class="found-title">{f.title}</span>
                                <span class="found-sub">{sub}</span>
                            </a>
                        </li>
                    }
                })
                .collect_view();
            view! { <ul class="found">{items}</ul> }.into_any()
        };
        view! {
            <PageHead title=t!("search-title")/>
            <FilterBar><FilterSearch name="q" label=t!("search-label")/></FilterBar>
            {(!text.is_empty()).then(|| view! { <section class="panel" aria-label=t!("search-results")>{list}</section> })}
        }
    })
}

/// Pages whose name, path or pinyin begins with the text.
fn pages(visit: &Visit, text: &str) -> Vec<Found> {
    let wanted = text.to_lowercase();
    if wanted.is_empty() {
        return Vec::new();
    }
    nav::visible(visit)
        .filter_map(|item| {
            let name = say(visit.locale, item.key, &[]);
            let fits = name.to_lowercase().contains(&wanted)
                || item.path.trim_start_matches('/').starts_with(&wanted)
                || item.words.split(' ').any(|word| word.starts_with(&wanted));
            fits.then(|| Found { kind: FoundKind::Page, title: name, subtitle: item.path.to_owned(), href: item.path.to_owned() })
        })
        .collect()
}

/// The command palette: opened by a script, filled from `/search`.
#[component]
pub(super) fn Palette() -> impl IntoView {
    view! {
        <dialog class="palette" id="palette" aria-label=t!("search-label")>
            <div class="palette-box">
                <Icon name="search"/>
                <input
                    type="text"
                    id="palette-text"
                    role="combobox"
                    aria-label=t!("search-label")
                    aria-controls="palette-found"
                    aria-expanded="true"
                    aria-autocomplete="list"
                    autocomplete="off"
                    spellcheck="false"
                    placeholder=t!("palette-placeholder")
                />
                <kbd aria-hidden="true">"Esc"</kbd>
            </div>
            <div class="found" id="palette-found" role="listbox" aria-label=t!("search-results") data-none=t!("search-nothing")></div>
            <p class="palette-note">{t!("palette-note")}</p>
        </dialog>
    }
}
