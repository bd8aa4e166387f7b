//! Subscribing to a status page: the forms on it, `POST /status/{slug}/subscriptions`, and `/subscriptions/{token}`, where a link in a
//! message leads. Looking at that changes nothing, so that what previews links confirms and ends nothing; it has one button. The same
//! address takes the one click of a mail program (RFC 8058).

use axum::{
    Extension,
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    Fault,
    deliveries::Kind,
    status::{Asker, StatusAnswer, Ticket, TicketAct},
};
use http::{HeaderMap, Method, StatusCode, header};
use leptos::prelude::*;

use super::{
    feed::{Feed, feed_address, links},
    public::{Place, as_wanted, document, page_of_form},
};
use crate::{
    components::{Button, ButtonKind, ErrorSummary, Here, Notice, TextField, Tone},
    edge::Peer,
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::{Guest, Visit},
};

/// The forms at the foot of a page; `own` is the secret of the reader's own feed, where not everybody may read it and they made one.
pub(super) fn forms(visit: &Visit, answer: &StatusAnswer, place: Place, (form, own): (&FormState, Option<&str>)) -> AnyView {
    let action = format!("{}?lang={}", place.under(&answer.slug, "subscriptions"), visit.locale.tag());
    let asked = match Here::parse(&visit.path_and_query).get("asked") {
        "email" => Some(t!("status-asked-email")),
        "webhook" => Some(t!("status-asked-webhook")),
        _ => None,
    };
    let asked =
        asked.map(|text| view! { <div role="status"><Notice tone=Tone::Accent title=t!("status-asked")><p>{text}</p></Notice></div> });
    let of = |kind: &str| if form.get("kind") == kind { form.clone() } else { FormState::default() };
    // Without a mail server nobody is asked for a mail address.
    let email = visit.portal.deliveries.ready(Kind::Email).then(|| {
        view! {
            <form class="form" method="post" novalidate=true action=action.clone()>
                <input type="hidden" name="kind" value="email"/>
                <TextField form=of("email") name="email" label=t!("status-email") kind="email" autocomplete="email"/>
                <div class="form-acts"><Button label=t!("status-subscribe-email") icon="bell"/></div>
            </form>
        }
    });
    let webhook = view! {
        <form class="form" method="post" novalidate=true action=action.clone()>
            <input type="hidden" name="kind" value="webhook"/>
            <TextField form=of("webhook") name="url" label=t!("status-webhook") hint=t!("status-webhook-hint") kind="url" mono=true/>
            <div class="form-acts"><Button label=t!("status-subscribe-webhook") icon="webhook"/></div>
        </form>
    };
    let (text, feeds) = if answer.public {
        let links = links(place, &answer.slug);
        (t!("status-subscribe-text"), view! { <p>{links}</p> }.into_any())
    } else {
        (t!("status-subscribe-inside"), own_feed(visit, &answer.slug, own))
    };
    let labels = vec![("email", t!("status-email")), ("url", t!("status-webhook"))];
    let view = view! {
        <section class="status-group" id="subscribe">
            <h2>{t!("status-subscribe")}</h2>
            {asked}
            <ErrorSummary form=form labels/>
            <p class="muted">{text}</p>
            <div class="status-ways">
                {email}
                {webhook}
                {feeds}
            </div>
        </section>
    };
    view.into_any()
}

/// The addresses under which a reader has the page of the house in another program.
fn own_feed(visit: &Visit, slug: &str, own: Option<&str>) -> AnyView {
    let act = |what: &str, label: String| {
        let action = format!("/status/{slug}/{what}?lang={}", visit.locale.tag());
        view! { <form class="form" method="post" action=action><div class="form-acts"><Button label/></div></form> }
    };
    let acts = match own {
        None => act("feed", t!("status-own-feed-make")).into_any(),
        Some(secret) => {
            let address = |feed: Feed| {
                let address = feed_address(visit, secret, feed);
                view! { <p><code class="status-secret">{address}</code></p> }
            };
            let addresses = Feed::ALL.map(address).collect_view();
            let (renew, end) = (act("feed", t!("status-own-feed-renew")), act("feed/end", t!("status-own-feed-end")));
            view! { {addresses}<p class="muted">{t!("status-own-feed-renew-text")}</p>{renew}{end} }.into_any()
        }
    };
    view! { <div class="stack-tight" id="own-feed"><p>{t!("status-own-feed")}</p>{acts}</div> }.into_any()
}

/// `POST /status/{slug}/feed`
pub(super) async fn renew_feed(visit: Visit, Path(slug): Path<String>, _: PostedForm) -> Answer {
    visit.portal.status.renew_own_feed(&visit.actor, &slug).await?;
    Ok(back(visit, &slug))
}

/// `POST /status/{slug}/feed/end`
pub(super) async fn end_feed(visit: Visit, Path(slug): Path<String>, _: PostedForm) -> Answer {
    visit.portal.status.end_own_feed(&visit.actor, &slug).await?;
    Ok(back(visit, &slug))
}

/// Back to where the addresses stand, in the language in which they were read.
fn back(visit: Visit, slug: &str) -> Response {
    let lang = as_wanted(visit).locale.tag();
    Redirect::to(&format!("/status/{slug}?lang={lang}#own-feed")).into_response()
}

/// `POST /status/{slug}/subscriptions`
pub(super) async fn ask(Guest(visit): Guest, Path(slug): Path<String>, Extension(peer): Extension<Peer>, form: PostedForm) -> Answer {
    ask_at(visit, &slug, Place::Portal, peer, form).await
}

/// The same, wherever the page is.
pub async fn ask_at(visit: Visit, slug: &str, place: Place, peer: Peer, form: PostedForm) -> Answer {
    let visit = as_wanted(visit);
    let asker = Asker { peer: peer.0.to_string(), locale: visit.locale, zone: visit.zone_name.clone() };
    match visit.portal.status.subscribe(&visit.actor, slug, &form.typed, &asker).await {
        Ok(()) => {
            let kind = if form.get("kind") == "email" { "email" } else { "webhook" };
            Ok(Redirect::to(&format!("{}?asked={kind}&lang={}#subscribe", place.under(slug, ""), visit.locale.tag())).into_response())
        }
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_) | Fault::TooMany { .. })) => {
            page_of_form(visit, slug, place, FormState::refused(form.typed, fault)).await
        }
        Err(fault) => Err(fault.into()),
    }
}

/// `GET /subscriptions/{token}`
pub(super) async fn ticket(Guest(visit): Guest, Path(token): Path<String>) -> Answer {
    ticket_at(visit, &token, None).await
}

/// `POST /subscriptions/{token}`. What stands in the body is not looked at: mail programs send what they like.
pub(super) async fn redeem(Guest(visit): Guest, Path(token): Path<String>) -> Answer {
    ticket_at(visit, &token, None).await
}

/// Shows what a link opens, or, where it was posted, does it; under the host of a page (`only` is its place) for that page alone.
pub async fn ticket_at(visit: Visit, token: &str, only: Option<&str>) -> Answer {
    let found = visit.portal.status.ticket(token).await;
    let ticket = match found {
        Ok(ticket) if only.is_none_or(|slug| slug == ticket.slug) => ticket,
        Ok(_) | Err(Fault::NotFound(_)) => return Ok(closed(&visit)),
        Err(fault) => return Err(fault.into()),
    };
    if visit.method != Method::POST {
        return Ok(offer(&visit, token, &ticket));
    }
    let ticket = visit.portal.status.redeem(token).await?;
    Ok(done(&visit, &ticket))
}

/// Nobody keeps what a signed link or a secret address opens or shows, or says where it was.
pub(super) fn secretly(mut response: Response) -> Response {
    let headers: &mut HeaderMap = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
    headers.insert("x-robots-tag", http::HeaderValue::from_static("noindex"));
    response
}

/// A link that does not open: bent, over, of a page that is gone. It does not say which.
fn closed(visit: &Visit) -> Response {
    secretly(document(visit, StatusCode::NOT_FOUND, &tr!(visit, "status-ticket-closed"), None, || {
        view! { <h1>{t!("status-ticket-closed")}</h1><p>{t!("status-ticket-closed-text")}</p> }
    }))
}

fn offer(visit: &Visit, token: &str, ticket: &Ticket) -> Response {
    if ticket.done {
        return done(visit, ticket);
    }
    let (title, action, act) = (ticket.title.clone(), format!("/subscriptions/{token}"), ticket.act);
    secretly(document(visit, StatusCode::OK, &title.clone(), None, move || {
        let (text, label) = match act {
            TicketAct::Confirm => (t!("status-ticket-confirm-text"), t!("status-ticket-confirm")),
            TicketAct::End => (t!("status-ticket-end-text"), t!("status-ticket-end")),
        };
        view! {
            <h1>{title}</h1>
            <p>{text}</p>
            <form method="post" action=action><Button label kind=ButtonKind::Primary/></form>
        }
    }))
}

fn done(visit: &Visit, ticket: &Ticket) -> Response {
    let (title, act, secret) = (ticket.title.clone(), ticket.act, ticket.secret.clone());
    // Whoever comes back to look is not told it again.
    let secret = secret.filter(|_| visit.method == Method::POST);
    secretly(document(visit, StatusCode::OK, &title.clone(), None, move || {
        let text = if act == TicketAct::Confirm { t!("status-ticket-confirmed") } else { t!("status-ticket-ended") };
        view! {
            <h1>{title}</h1>
            <Notice tone=Tone::Ok title=text/>
            {secret.map(|secret| view! { <p>{t!("status-ticket-secret")}</p><p><code class="status-secret">{secret}</code></p> })}
        }
    }))
}
