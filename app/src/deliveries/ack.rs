//! `/ack/{token}`: one tap from a message. Opens without a log-in, shows what it is about, and has one button; looking at it
//! changes nothing, so that what previews links acknowledges nothing.

use axum::extract::Path;
use domain::{
    Fault,
    deliveries::{Link, LinkAs, LinkTold},
};
use http::StatusCode;
use leptos::prelude::*;

use crate::{
    alerts::spoken_title_to,
    components::{Button, ButtonKind, LinkButton, Notice, SeverityBadge, Tone, When},
    fault::Answer,
    form::PostedForm,
    t, tr,
    visit::{Guest, Visit, use_visit},
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

/// What the message told of, by name.
fn each(visit: &Visit, told: &[LinkTold], beyond: u64) -> AnyView {
    let rows = told.iter().map(|one| {
        let level = u8::try_from(one.severity.rank()).unwrap_or(4);
        let state = match (one.over, one.acknowledged_at) {
            (true, _) => Some(t!("ack-one-over")),
            (false, Some(_)) => Some(t!("ack-done")),
            (false, None) => None,
        };
        let state = state.map(|word| view! { " · "<span class="muted">{word}</span> });
        let incident = one.incident.clone().map(|href| view! { " · "<a href=href>{t!("ack-incident")}</a> });
        view! { <li><SeverityBadge level/>" "<a href=one.path.clone()>{titled(visit, one)}</a>{incident}{state}</li> }
    });
    let rows = rows.collect_view();
    let more = (beyond > 0).then(|| view! { <p class="muted">{t!("ack-beyond", count = beyond)}</p> });
    view! { <p>{t!("ack-several-text")}</p><ul>{rows}</ul>{more} }.into_any()
}

/// Its title to whoever looks, behind the number of an incident.
fn titled(visit: &Visit, one: &LinkTold) -> String {
    let title = spoken_title_to(visit, &one.title, &one.told);
    match one.number {
        Some(number) => format!("#{number} {title}"),
        None => title,
    }
}

fn show(visit: &Visit, token: &str, link: Link, done: bool) -> axum::response::Response {
    let action = format!("/ack/{token}");
    let status = match &link {
        link if link.about.over && !done => StatusCode::CONFLICT,
        Link { who: LinkAs::LogIn, .. } => StatusCode::UNAUTHORIZED,
        _ => StatusCode::OK,
    };
    let status = if visit.method == http::Method::GET { StatusCode::OK } else { status };
    let several = !link.told.is_empty();
    let title = match link.told.len() {
        0 => titled(visit, &link.about),
        count => match link.told.iter().filter(|one| one.number.is_some()).count() {
            0 => tr!(visit, "ack-several", count = count),
            all if all == count => tr!(visit, "ack-several-incidents", count = count),
            _ => tr!(visit, "ack-several-both", count = count),
        },
    };
    visit.bare_page(status, title.clone(), move || {
        let noun = match (several, link.about.number.is_some()) {
            (true, _) => t!("ack-message"),
            (false, true) => t!("ack-incident"),
            (false, false) => t!("ack-alert"),
        };
        let told = several.then(|| each(&use_visit(), &link.told, link.beyond));
        let level = u8::try_from(link.about.severity.rank()).unwrap_or(4);
        let below = match (link.about.over, link.acknowledged_at) {
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
            {told}
            {below}
            <p><a href=link.path>{t!("ack-open")}</a></p>
        }
    })
}
