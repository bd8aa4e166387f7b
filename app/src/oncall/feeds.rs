//! Feeds for calendars: of a schedule, and of one's own shifts.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use domain::{Fault, Portal, id::ScheduleId, oncall::Feed};
use http::header;
use leptos::prelude::*;

use super::acts::read;
use crate::{
    components::{Confirm, CopyButton, PostButton},
    fault::{Answer, Refused},
    form::PostedForm,
    t,
    visit::{Visit, use_visit},
};

/// Where a calendar is read whose secret this is.
pub fn feed_address(visit: &Visit, secret: &str) -> String {
    format!("{}/oncall/calendar/{secret}.ics", visit.origin)
}

/// The feed of a schedule.
#[component]
pub(super) fn ScheduleFeed(id: ScheduleId, feed: Feed) -> impl IntoView {
    let renew = feed.may_renew.then(|| {
        let action = format!("/oncall/schedules/{id}/feed");
        view! { <Confirm verb=t!("oncall-feed-renew-all") text=t!("oncall-feed-renew-all-text") action small=true/> }
    });
    view! {
        <div class="stack-tight">
            <p class="muted">{t!("oncall-feed-text")}</p>
            <p class="changes-feed"><CopyButton value=feed_address(&use_visit(), &feed.secret)/></p>
            {renew}
        </div>
    }
}

/// The feed of one's own shifts.
#[component]
pub(super) fn OwnFeed(feed: Option<Feed>) -> impl IntoView {
    match feed {
        None => view! {
            <div class="stack-tight">
                <p class="muted">{t!("oncall-own-feed-text")}</p>
                <PostButton action="/oncall/feed" label=t!("oncall-own-feed-make") icon="calendar-range"/>
            </div>
        }
        .into_any(),
        Some(feed) => view! {
            <div class="stack-tight">
                <p class="muted">{t!("oncall-own-feed-text")}</p>
                <p class="changes-feed"><CopyButton value=feed_address(&use_visit(), &feed.secret)/></p>
                <Confirm verb=t!("oncall-feed-renew") text=t!("oncall-feed-renew-text") action="/oncall/feed" small=true/>
            </div>
        }
        .into_any(),
    }
}

/// `POST /oncall/schedules/{id}/feed`
pub(super) async fn renew(visit: Visit, Path(id): Path<String>, _: PostedForm) -> Answer {
    visit.portal.oncall.renew_feed(&visit.actor, &read(&id)?).await?;
    Ok(visit.go(&format!("/oncall/schedules/{id}"), "toast-feed-renewed"))
}

/// `POST /oncall/feed`
pub(super) async fn renew_own(visit: Visit, _: PostedForm) -> Answer {
    visit.portal.oncall.renew_own_feed(&visit.actor).await?;
    Ok(visit.go("/oncall", "toast-feed-renewed"))
}

/// `GET /oncall/calendar/{secret}.ics`: no login, the secret is the key.
pub(super) async fn ical(State(portal): State<Portal>, Path(file): Path<String>) -> Result<Response, Refused> {
    let secret = file.strip_suffix(".ics").ok_or(Fault::NotFound("calendar"))?;
    let text = portal.oncall.ical(secret).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CACHE_CONTROL, "private, max-age=300"),
        (header::CONTENT_DISPOSITION, "inline; filename=\"oncall.ics\""),
    ];
    Ok((headers, text).into_response())
}
