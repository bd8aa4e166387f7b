//! `/status/{slug}`: what customers are told. Made of what was read last, without a script, a
//! cookie or the frame of the portal.

use axum::{
    extract::Path,
    response::{Html, IntoResponse, Response},
};
use domain::{
    monitors::{CellState, StripCell},
    people::Locale,
    status::{ComponentStanding, Notice, PlannedWork, Standing, StatusAnswer},
};
use http::{StatusCode, header};
use leptos::prelude::*;

use super::{feed::Feed, harm_word, standing_tone, standing_word, state_word, subscribe};
use crate::{
    components::{Badge, Here, Markdown, Slot, StatusStrip, Tone, When, WhenSpan, percent},
    fault::Answer,
    form::FormState,
    render::asset,
    t,
    visit::{Guest, Visit},
};

/// Nothing is loaded but our style and our pictures, nothing is sent elsewhere, nobody frames it.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Where a page is: among the pages of the portal, or under a host of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `/status/{slug}`
    Portal,
    /// `/`
    Host,
}

impl Place {
    /// The path of something that belongs to a page; of the page itself where it is empty.
    pub fn under(self, slug: &str, what: &str) -> String {
        match self {
            Self::Portal => format!("/status/{slug}/{what}").trim_end_matches('/').to_owned(),
            Self::Host => format!("/{what}"),
        }
    }
}

/// `GET /status/{slug}?lang=zh-CN`
pub(super) async fn page(Guest(visit): Guest, Path(slug): Path<String>) -> Answer {
    page_of(visit, &slug, Place::Portal).await
}

/// The page, wherever it is.
pub async fn page_of(visit: Visit, slug: &str, place: Place) -> Answer {
    page_of_form(visit, slug, place, FormState::default()).await
}

/// In the language that the address asks for, where it asks for one.
pub(super) fn as_wanted(visit: Visit) -> Visit {
    let wanted = Locale::parse(Here::parse(&visit.path_and_query).get("lang"));
    match wanted {
        Some(locale) => visit.in_language(locale),
        None => visit,
    }
}

/// The page with what was typed into its forms.
pub(super) async fn page_of_form(visit: Visit, slug: &str, place: Place, form: FormState) -> Answer {
    let visit = as_wanted(visit);
    let answer = visit.portal.status.answer(&visit.actor, slug).await?;
    let visit = visit.in_zone(&answer.zone);
    // The address of the reader's own feed stands on it: nobody keeps that.
    let own = if answer.public { None } else { visit.portal.status.own_feed(&visit.actor, slug).await? };
    let feeds = answer.public.then_some((place, slug));
    let response = document(&visit, form.status(), &answer.title, feeds, || body(&visit, &answer, place, (&form, own.as_deref())));
    Ok(if answer.public { response } else { subscribe::secretly(response) })
}

/// A page of nothing but what is said to customers: our style, no script, no cookie, no frame.
pub(super) fn document<V: IntoView + 'static>(
    visit: &Visit,
    status: StatusCode,
    title: &str,
    feeds: Option<(Place, &str)>,
    body: impl FnOnce() -> V,
) -> Response {
    let owner = Owner::new_root(None);
    let body = owner.with(|| {
        provide_context(visit.clone());
        body().into_view().to_html()
    });
    drop(owner);
    let (lang, theme, title) = (visit.locale.tag(), visit.theme.word(), escape(title));
    let (style, icon) = (asset("main.css"), asset("favicon.svg"));
    let feeds: String = feeds.map_or_else(String::new, |(place, slug)| {
        let link = |feed: Feed| format!("<link rel=\"alternate\" type=\"{}\" href=\"{}\">", feed.media(), place.under(slug, feed.file()));
        Feed::ALL.map(link).concat()
    });
    let html = format!(
        "<!DOCTYPE html><html lang=\"{lang}\" data-theme=\"{theme}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">\
         <title>{title}</title><link rel=\"icon\" type=\"image/svg+xml\" href=\"{icon}\"><link rel=\"stylesheet\" href=\"{style}\">{feeds}\
         </head><body><main class=\"status-page\">{body}</main></body></html>"
    );
    (status, headers("text/html; charset=utf-8"), Html(html)).into_response()
}

pub(super) fn headers(kind: &'static str) -> [(header::HeaderName, &'static str); 4] {
    [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-cache"),
        (header::VARY, "accept-language, cookie"),
    ]
}

/// Text between tags or within quotes, without what XML does not know.
pub(super) fn escape(text: &str) -> String {
    let known = |letter: &char| !letter.is_control() && !matches!(letter, '\u{FFFE}' | '\u{FFFF}') || matches!(letter, '\n' | '\t');
    let text: String = text.chars().filter(known).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn body(visit: &Visit, answer: &StatusAnswer, place: Place, subscribing: (&FormState, Option<&str>)) -> impl IntoView + use<> {
    let overall = answer.overall;
    let open = answer.notices.iter().filter(|notice| notice.resolved_at.is_none()).map(notice).collect_view();
    let any_open = answer.notices.iter().any(|notice| notice.resolved_at.is_none());
    let past = answer.notices.iter().filter(|notice| notice.resolved_at.is_some()).map(notice).collect_view();
    let any_past = answer.notices.iter().any(|notice| notice.resolved_at.is_some());
    let planned = answer.planned.iter().map(work).collect_view();
    let mut groups: Vec<(String, Vec<&ComponentStanding>)> = Vec::new();
    for component in &answer.components {
        match groups.last_mut().filter(|(group, _)| *group == component.group) {
            Some((_, members)) => members.push(component),
            None => groups.push((component.group.clone(), vec![component])),
        }
    }
    let groups = groups
        .into_iter()
        .map(|(group, members)| {
            let rows = members.into_iter().map(|member| component(visit, member)).collect_view();
            let head = if group.is_empty() { t!("status-components") } else { group };
            view! { <section class="status-group"><h2>{head}</h2><ul>{rows}</ul></section> }
        })
        .collect_view();
    let stale = visit.now.since(answer.at) > 60_000;
    let age = stale.then(|| view! { <p class="status-stale">{t!("status-stale")}</p> });
    let other = if visit.locale == Locale::Zh { Locale::En } else { Locale::Zh };
    let word = if other == Locale::Zh { "中文" } else { "English" };
    let here = place.under(&answer.slug, "");
    let subscribe = subscribe::forms(visit, answer, place, subscribing);
    let about = (!answer.about.trim().is_empty()).then(|| view! { <Markdown text=answer.about.clone()/> });
    let (title, at, zone) = (answer.title.clone(), answer.at, zone_label(visit));
    view! {
            <header class="status-head"><h1>{title}</h1>{about}</header>
            <p class="status-overall"><Badge tone=standing_tone(overall) word=overall_word(overall)/></p>
            {age}
            {any_open.then(|| view! { <section class="status-group"><h2>{t!("status-open")}</h2>{open}</section> })}
            {(!answer.planned.is_empty()).then(|| view! { <section class="status-group" id="planned"><h2>{t!("status-planned")}</h2><ul>{planned}</ul></section> })}
            {groups}
            {any_past.then(|| view! { <section class="status-group"><h2>{t!("status-past")}</h2>{past}</section> })}
            {subscribe}
            <footer class="status-foot">
                <span>{t!("status-at")}" "<When at/>" · "{zone}</span>
                <a href=format!("{here}?lang={}", other.tag()) lang=other.tag()>{word}</a>
            </footer>
    }
}

/// `Asia/Shanghai, UTC+8`, or `UTC`.
fn zone_label(visit: &Visit) -> String {
    let offset = visit.offset_label();
    if visit.zone_name == offset { offset } else { format!("{}, {offset}", visit.zone_name) }
}

fn overall_word(standing: Standing) -> String {
    match standing {
        Standing::Operational => t!("status-overall-operational"),
        Standing::Unknown => t!("status-overall-unknown"),
        Standing::Maintenance => t!("status-overall-maintenance"),
        Standing::Degraded => t!("status-overall-degraded"),
        Standing::Outage => t!("status-overall-outage"),
    }
}

fn component(visit: &Visit, component: &ComponentStanding) -> AnyView {
    let slot = |day: &StripCell| {
        let (tone, height, word) = match day.cell.state() {
            CellState::Up => (Tone::Ok, 1.0, t!("status-day-good")),
            CellState::Down | CellState::Partly => {
                let bad = percent(day.cell.availability());
                let share = day.cell.availability().unwrap_or(0.0);
                (if share > 0.98 { Tone::P3 } else { Tone::P1 }, share.max(0.15), t!("status-day-share", share = bad))
            }
            CellState::None | CellState::Unknown => (Tone::NoData, 0.3, t!("status-day-unknown")),
        };
        let from = visit.wall(day.span.from).chars().take(10).collect();
        Slot { tone, height, from, to: String::new(), word }
    };
    let slots: Vec<Slot> = component.days.iter().map(slot).collect();
    let uptime = component.uptime.map_or_else(|| t!("status-uptime-unknown"), |share| t!("status-uptime", share = percent(Some(share))));
    let summary = format!("{}: {uptime}", component.name);
    let (name, standing) = (component.name.clone(), component.standing);
    view! {
        <li class="status-component">
            <div class="status-line"><strong>{name}</strong><Badge tone=standing_tone(standing) word=standing_word(standing)/></div>
            <StatusStrip summary slots/>
            <p class="muted small">{uptime}</p>
        </li>
    }
    .into_any()
}

fn notice(notice: &Notice) -> AnyView {
    let updates = notice
        .updates
        .iter()
        .map(|update| {
            let (word, at, text) = (state_word(update.state), update.at, update.text.clone());
            view! { <li><p><strong>{word}</strong>" "<When at/></p><Markdown text/></li> }
        })
        .collect_view();
    let tone = if notice.resolved_at.is_some() { Tone::Ok } else { Tone::P2 };
    let (title, state, harm) = (notice.title.clone(), state_word(notice.state), harm_word(notice.impact));
    let concerns = notice.components.join(", ");
    let (id, began, over) = (format!("notice-{}", notice.id), notice.began_at, notice.resolved_at);
    view! {
        <article class="status-notice" id=id>
            <h3>{title}</h3>
            <p><Badge tone word=state/>" "<span class="muted">{harm}" · "{concerns}</span></p>
            <p class="muted small">{t!("status-began")}" "<When at=began/>{over.map(|at| view! { " · "{t!("status-over")}" "<When at/> })}</p>
            <ol class="status-updates">{updates}</ol>
        </article>
    }
    .into_any()
}

fn work(work: &PlannedWork) -> AnyView {
    let (names, from, to) = (work.components.join(", "), work.span.from, work.span.to);
    let running = work.running.then(|| view! { <Badge tone=Tone::Maintenance word=t!("status-running")/>" " });
    view! { <li class="status-component">{running}<strong>{names}</strong>" "<WhenSpan from to/></li> }.into_any()
}
