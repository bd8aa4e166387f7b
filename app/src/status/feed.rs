//! The Atom feed of a status page.

use std::fmt::Write as _;

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use domain::{
    Fault, Span, Timestamp,
    status::{Notice, PastWork, PlannedWork, Update},
};

use super::public::{Place, as_wanted, escape, headers};
use crate::{
    fault::Refused,
    i18n::say,
    visit::{Guest, Visit},
};

/// `GET /status/{slug}/feed.atom`
pub(super) async fn feed(Guest(visit): Guest, Path(slug): Path<String>) -> Result<Response, Refused> {
    feed_of(visit, &slug, Place::Portal).await
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

/// Notices and planned work as an Atom feed (RFC 4287), newest first; in the language that the address asks for, where it asks for one.
pub async fn feed_of(visit: Visit, slug: &str, place: Place) -> Result<Response, Refused> {
    let visit = as_wanted(visit);
    let answer = visit.portal.status.answer(&visit.actor, slug).await?;
    let visit = visit.in_zone(&answer.zone);
    let own = format!("{}{}", visit.origin, place.under(slug, "feed.atom"));
    let place = format!("{}{}", visit.origin, place.under(slug, ""));
    let notices = answer.notices.iter().map(|notice| told(&visit, notice));
    let planned = answer.planned.iter().map(|work| planned(&visit, work));
    // What is planned anew at the same time is not over.
    let over = answer.past_work.iter().filter(|past| answer.planned.iter().all(|work| work.id != past.id));
    let mut entries: Vec<Entry> = notices.chain(planned).chain(over.map(|work| past(&visit, work))).collect();
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.updated));
    let updated = entries.first().map_or(answer.at, |entry| entry.updated);
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{}\"><title>{}</title><id>{}</id>\
         <link href=\"{}\"/><link rel=\"self\" type=\"application/atom+xml\" href=\"{}\"/><updated>{}</updated>\n",
        visit.locale.tag(),
        escape(&answer.title),
        escape(&place),
        escape(&place),
        escape(&own),
        updated.rfc3339(),
    );
    for entry in entries {
        // Writing to a string cannot fail.
        let _ = writeln!(
            xml,
            "<entry><title>{}</title><id>urn:uuid:{}</id><link href=\"{}#{}\"/><published>{}</published><updated>{}</updated>\
             <author><name>{}</name></author><content type=\"text\">{}</content></entry>",
            escape(&entry.title),
            entry.id,
            escape(&place),
            entry.anchor,
            entry.published.rfc3339(),
            entry.updated.rfc3339(),
            escape(&answer.title),
            escape(&entry.text),
        );
    }
    xml.push_str("</feed>\n");
    Ok::<_, Fault>((headers("application/atom+xml; charset=utf-8"), xml).into_response()).map_err(Into::into)
}
