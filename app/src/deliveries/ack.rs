//! `/ack/{token}`: one tap from a message. Opens without a log-in, shows what it is about, and has one button; looking at it
//! changes nothing, so that what previews links acknowledges nothing.

use axum::extract::Path;
use domain::{
    Fault,
    deliveries::{Link, LinkAs},
};
use http::StatusCode;
use leptos::prelude::*;

use crate::{
    alerts::title_in,
    components::{Button, ButtonKind, LinkButton, Notice, SeverityBadge, Tone, When},
    fault::Answer,
    form::PostedForm,
    t, tr,
    visit::{Guest, Visit},
};

/// `GET /ack/{token}`
pub(super) async fn page(Guest(visit): Guest, Path(token): Path<String>) -> Answer {
    match visit.portal.contacts.link(&visit.actor, &token).await {
        Ok(link) => Ok(show(&visit, &token, link, false)),
        Err(fault) => closed_link(&visit, fault, "/"),
    }
}

/// `POST /ack/{token}`
pub(super) async fn act(Guest(visit): Guest, Path(token): Path<String>, _form: PostedForm) -> Answer {
    match visit.portal.contacts.acknowledge(&visit.actor, &token).await {
        Ok(link) => Ok(show(&visit, &token, link, true)),
        Err(Fault::Conflict(_) | Fault::Unauthenticated) => {
            let link = visit.portal.contacts.link(&visit.actor, &token).await?;
            Ok(show(&visit, &token, link, false))
        }
        Err(fault) => closed_link(&visit, fault, "/"),
    }
}

/// A link that does not open: bent, over, of somebody who may not enter or read it any more. It does not say which,
/// and leads to a page of those who may log in.
pub(crate) fn closed_link(visit: &Visit, fault: Fault, inside: &'static str) -> Answer {
    if !matches!(fault, Fault::NotFound(_) | Fault::Forbidden(_)) {
        return Err(fault.into());
    }
    Ok(visit.bare_page(StatusCode::NOT_FOUND, tr!(visit, "ack-closed"), move || {
        view! {
            <h1>{t!("ack-closed")}</h1>
            <p>{t!("ack-closed-text")}</p>
            <p><LinkButton href=inside label=t!("ack-open") kind=ButtonKind::Primary/></p>
        }
    }))
}

fn one_button(action: String, label: String) -> AnyView {
    view! { <form method="post" action=action><Button label kind=ButtonKind::Primary wide=true/></form> }.into_any()
}

fn show(visit: &Visit, token: &str, link: Link, done: bool) -> axum::response::Response {
    let action = format!("/ack/{token}");
    let status = match &link {
        link if link.over && !done => StatusCode::CONFLICT,
        Link { who: LinkAs::LogIn, .. } => StatusCode::UNAUTHORIZED,
        _ => StatusCode::OK,
    };
    let status = if visit.method == http::Method::GET { StatusCode::OK } else { status };
    let title = title_in(visit.locale, &link.title);
    visit.bare_page(status, title.clone(), move || {
        let noun = if link.incident { t!("ack-incident") } else { t!("ack-alert") };
        let level = u8::try_from(link.severity.rank()).unwrap_or(4);
        let below = match (link.over, link.acknowledged_at) {
            (true, _) => view! { <Notice tone=Tone::Ok title=t!("ack-over")/> }.into_any(),
            (false, Some(at)) => view! { <Notice tone=Tone::Ok title=t!("ack-done")><p><When at=at/></p></Notice> }.into_any(),
            (false, None) if done => view! { <Notice tone=Tone::Ok title=t!("ack-done")/> }.into_any(),
            (false, None) => match &link.who {
                LinkAs::Person(name) => one_button(action, t!("ack-act", name = name.as_str())),
                LinkAs::Channel(name) => one_button(action, t!("ack-act-channel", name = name.as_str())),
                LinkAs::LogIn => {
                    view! { <p><LinkButton href=format!("/login?next={action}") label=t!("ack-log-in") kind=ButtonKind::Primary/></p> }
                        .into_any()
                }
            },
        };
        view! {
            <p class="muted">{noun}</p>
            <h1>{title}</h1>
            <p><SeverityBadge level/></p>
            {below}
            <p><a href=link.path>{t!("ack-open")}</a></p>
        }
    })
}
