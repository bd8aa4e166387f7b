//! The feeds of a status page: Atom and RSS. Where not everybody may read it, each reader has an address of their own for them.

use std::fmt::Write as _;

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use domain::{
    Fault, Span, Timestamp,
    status::{Notice, PastWork, PlannedWork, StatusAnswer, Update},
};
use leptos::prelude::*;

use super::{
    public::{Place, as_wanted, escape, headers},
    subscribe::secretly,
};
use crate::{
    fault::Refused,
    i18n::say,
    t,
    visit::{Guest, Visit},
};

/// The forms in which a page can be subscribed to with a reader; they say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feed {
    /// RFC 4287.
    Atom,
    /// RSS 2.0.
    Rss,
}

impl Feed {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Atom, Self::Rss];

    /// What it is called beside the page.
    pub fn file(self) -> &'static str {
        match self {
            Self::Atom => "feed.atom",
            Self::Rss => "feed.rss",
        }
    }

    /// How its secret address ends.
    fn ending(self) -> &'static str {
        match self {
            Self::Atom => ".atom",
            Self::Rss => ".rss",
        }
    }

    /// Its media type.
    pub(super) fn media(self) -> &'static str {
        match self {
            Self::Atom => "application/atom+xml",
            Self::Rss => "application/rss+xml",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Atom => "Atom",
            Self::Rss => "RSS",
        }
    }
}

/// Links to the feeds of a page.
pub(super) fn links(place: Place, slug: &str) -> AnyView {
    let link = |feed: Feed| view! { <a href=place.under(slug, feed.file())>{t!("status-feed", form = feed.name())}</a>" " };
    Feed::ALL.map(link).collect_view().into_any()
}

/// `GET /status/{slug}/feed.atom`
pub(super) async fn atom(Guest(visit): Guest, Path(slug): Path<String>) -> Result<Response, Refused> {
    feed_of(visit, &slug, Place::Portal, Feed::Atom).await
}

/// `GET /status/{slug}/feed.rss`
pub(super) async fn rss(Guest(visit): Guest, Path(slug): Path<String>) -> Result<Response, Refused> {
    feed_of(visit, &slug, Place::Portal, Feed::Rss).await
}

/// Where a reader's own feed is whose secret this is.
pub fn feed_address(visit: &Visit, secret: &str, feed: Feed) -> String {
    format!("{}/status-feeds/{secret}{}", visit.origin, feed.ending())
}

/// `GET /status-feeds/{secret}.atom`, and `.rss`: no login, the secret is the key.
pub(super) async fn own(Guest(visit): Guest, Path(file): Path<String>) -> Result<Response, Refused> {
    let visit = as_wanted(visit);
    let named = |feed: Feed| file.strip_suffix(feed.ending()).map(|secret| (secret, feed));
    let (secret, feed) = Feed::ALL.into_iter().find_map(named).ok_or(Fault::NotFound("feed"))?;
    let answer = visit.portal.status.by_feed(secret).await?;
    let address = feed_address(&visit, secret, feed);
    Ok(secretly(written(visit, &answer, Place::Portal, feed, &address)))
}

/// What a feed says of itself.
struct Frame {
    title: String,
    about: String,
    language: &'static str,
    /// The page.
    page: String,
    /// The feed.
    own: String,
    updated: Timestamp,
}

/// One entry of the feed.
struct Entry {
    /// A UUID.
    id: String,
    /// Where on the page it stands.
    anchor: String,
    title: String,
    text: String,
    published: Timestamp,
    updated: Timestamp,
}

fn told(visit: &Visit, notice: &Notice) -> Entry {
    let state = say(visit.locale, &format!("status-state-{}", notice.state), &[]);
    let said = |update: &Update| format!("{} {} — {}\n\n", visit.wall(update.at), visit.zone_name, update.text);
    Entry {
        id: notice.id.to_string(),
        anchor: format!("notice-{}", notice.id),
        title: say(visit.locale, "status-feed-entry", &[("state", state.into()), ("title", notice.title.clone().into())]),
        text: notice.updates.iter().map(said).collect(),
        published: notice.began_at,
        updated: notice.updates.first().map_or(notice.began_at, |update| update.at),
    }
}

fn work_entry(visit: &Visit, key: &str, id: &str, components: &[String], span: Span, at: Timestamp) -> Entry {
    let state = say(visit.locale, key, &[]);
    Entry {
        id: id.to_owned(),
        anchor: "planned".to_owned(),
        title: say(visit.locale, "status-feed-entry", &[("state", state.into()), ("title", components.join(", ").into())]),
        text: format!("{} – {} {}", visit.wall(span.from), visit.wall(span.to), visit.zone_name),
        published: at,
        updated: at,
    }
}

fn planned(visit: &Visit, work: &PlannedWork) -> Entry {
    let key = if work.running { "status-running" } else { "status-planned" };
    work_entry(visit, key, &work.id, &work.components, work.span, work.told_at)
}

/// Under the id that it had while it was ahead.
fn past(visit: &Visit, work: &PastWork) -> Entry {
    let key = if work.called_off { "status-called-off" } else { "status-work-over" };
    work_entry(visit, key, &work.id, &work.components, work.span, work.over_at)
}

/// Notices and planned work as a feed, newest first; in the language that the address asks for, where it asks for one.
pub async fn feed_of(visit: Visit, slug: &str, place: Place, feed: Feed) -> Result<Response, Refused> {
    let visit = as_wanted(visit);
    let answer = visit.portal.status.answer(&visit.actor, slug).await?;
    let address = format!("{}{}", visit.origin, place.under(slug, feed.file()));
    Ok(written(visit, &answer, place, feed, &address))
}

fn written(visit: Visit, answer: &StatusAnswer, place: Place, feed: Feed, address: &str) -> Response {
    let visit = visit.in_zone(&answer.zone);
    let notices = answer.notices.iter().map(|notice| told(&visit, notice));
    let planned = answer.planned.iter().map(|work| planned(&visit, work));
    // What is planned anew at the same time is not over.
    let over = answer.past_work.iter().filter(|past| answer.planned.iter().all(|work| work.id != past.id));
    let mut entries: Vec<Entry> = notices.chain(planned).chain(over.map(|work| past(&visit, work))).collect();
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.updated));
    let frame = Frame {
        title: escape(&answer.title),
        about: escape(if answer.about.trim().is_empty() { &answer.title } else { &answer.about }),
        language: visit.locale.tag(),
        page: escape(&format!("{}{}", visit.origin, place.under(&answer.slug, ""))),
        own: escape(address),
        updated: entries.first().map_or(answer.at, |entry| entry.updated),
    };
    let (xml, kind) = match feed {
        Feed::Atom => (as_atom(&frame, &entries), "application/atom+xml; charset=utf-8"),
        Feed::Rss => (as_rss(&frame, &entries), "application/rss+xml; charset=utf-8"),
    };
    (headers(kind), xml).into_response()
}

fn as_atom(frame: &Frame, entries: &[Entry]) -> String {
    let Frame { title, page, own, language, .. } = frame;
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{language}\"><title>{title}</title>\
         <id>{page}</id><link href=\"{page}\"/><link rel=\"self\" type=\"application/atom+xml\" href=\"{own}\"/><updated>{}</updated>\n",
        frame.updated.rfc3339(),
    );
    for entry in entries {
        // Writing to a string cannot fail.
        let _ = writeln!(
            xml,
            "<entry><title>{}</title><id>urn:uuid:{}</id><link href=\"{page}#{}\"/><published>{}</published><updated>{}</updated>\
             <author><name>{title}</name></author><content type=\"text\">{}</content></entry>",
            escape(&entry.title),
            entry.id,
            entry.anchor,
            entry.published.rfc3339(),
            entry.updated.rfc3339(),
            escape(&entry.text),
        );
    }
    xml.push_str("</feed>\n");
    xml
}

/// Its entries have one moment only: that at which something was said last, so that readers notice.
fn as_rss(frame: &Frame, entries: &[Entry]) -> String {
    let Frame { title, about, page, own, language, .. } = frame;
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel>\
         <title>{title}</title><link>{page}</link><description>{about}</description><language>{language}</language>\
         <lastBuildDate>{}</lastBuildDate><atom:link rel=\"self\" type=\"application/rss+xml\" href=\"{own}\"/>\n",
        rfc822(frame.updated),
    );
    for entry in entries {
        // Its text is HTML that is escaped once more.
        let text = escape(&entry.text).replace('\n', "<br>");
        let _ = writeln!(
            xml,
            "<item><title>{}</title><link>{page}#{}</link><guid isPermaLink=\"false\">urn:uuid:{}</guid><pubDate>{}</pubDate>\
             <description>{}</description></item>",
            escape(&entry.title),
            entry.anchor,
            entry.id,
            rfc822(entry.updated),
            escape(&text),
        );
    }
    xml.push_str("</channel></rss>\n");
    xml
}

/// `Fri, 14 Mar 2025 06:05:30 +0000`, with the year in four digits as RSS wants it.
fn rfc822(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_string(&at).unwrap_or_default()
}
