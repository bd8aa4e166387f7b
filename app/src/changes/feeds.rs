//! The calendar of each team as an iCalendar feed behind a secret URL.

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use domain::{Fault, Portal, changes::Feed, id::TeamId};
use http::{HeaderMap, header};
use leptos::prelude::*;

use crate::{
    components::{Confirm, CopyButton, Empty, EmptyKind, LinkButton, PageHead, Panel},
    fault::Answer,
    t, tr,
    visit::Visit,
};

/// Scheme and host as the reader's browser knows them.
fn origin(headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let host = text("host");
    let local = host.starts_with("127.") || host.starts_with("localhost") || host.starts_with("[::1]");
    let scheme = match text("x-forwarded-proto").as_str() {
        "http" => "http",
        "" if local => "http",
        _ => "https",
    };
    format!("{scheme}://{host}")
}

/// `GET /changes/feeds`
pub(super) async fn page(headers: HeaderMap, visit: Visit) -> Answer {
    let feeds = visit.portal.changes.feeds(&visit.actor).await?;
    let origin = origin(&headers);
    Ok(visit.page(tr!(visit, "changes-feeds"), move || {
        let empty = feeds.is_empty().then(|| view! { <Empty kind=EmptyKind::NotConfigured title=t!("changes-feeds-empty")/> });
        let panels = feeds.into_iter().map(|feed| view! { <One feed origin=origin.clone()/> }).collect_view();
        view! {
            <PageHead title=t!("changes-feeds") sub=t!("changes-feeds-sub") back=("/changes".to_owned(), t!("changes-title"))>
                <LinkButton href="/profile#people-addresses" label=t!("people-addresses-renew")/>
            </PageHead>
            <div class="stack">{empty}{panels}</div>
        }
    }))
}

#[component]
fn One(feed: Feed, origin: String) -> impl IntoView {
    let url = format!("{origin}/calendar/{}.ics", feed.secret);
    let renew = feed.may_renew.then(|| {
        let action = format!("/changes/feeds/{}/renew", feed.team.id);
        view! { <Confirm verb=t!("changes-feed-renew") text=t!("changes-feed-renew-text", team = feed.team.name.clone()) action/> }
    });
    view! {
        <Panel title=feed.team.name.clone()>
            <div class="stack-tight">
                <p class="changes-feed"><CopyButton value=url/></p>
                {renew}
            </div>
        </Panel>
    }
}

/// `POST /changes/feeds/{team}/renew`
pub(super) async fn renew(visit: Visit, Path(team): Path<String>) -> Answer {
    let team = TeamId::parse(&team).ok_or(Fault::NotFound("team"))?;
    visit.portal.changes.renew_feed(&visit.actor, &team).await?;
    Ok(visit.go("/changes/feeds", "toast-feed-renewed"))
}

/// `GET /calendar/{secret}.ics`: no login, the secret is the key.
pub(super) async fn ical(
    axum::extract::State(portal): axum::extract::State<Portal>,
    Path(file): Path<String>,
) -> Result<Response, crate::fault::Refused> {
    let secret = file.strip_suffix(".ics").ok_or(Fault::NotFound("calendar"))?;
    let text = portal.changes.ical(secret).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CACHE_CONTROL, "private, max-age=300"),
        (header::CONTENT_DISPOSITION, "inline; filename=\"evenkeel.ics\""),
    ];
    Ok((headers, text).into_response())
}
