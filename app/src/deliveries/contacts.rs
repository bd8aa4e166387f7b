//! `/profile/contacts`: how one is reached oneself.

use axum::extract::Path;
use domain::{
    Fault,
    deliveries::{Contact, Delivery, Kind},
    form::Typed,
    id::ChannelId,
};
use leptos::prelude::*;

use super::{
    form,
    ledger::query,
    say::{Outcome, kind_word},
};
use crate::{
    components::{
        Badge, Button, ButtonKind, Cell, CheckField, Column, Confirm, Empty, EmptyKind, ErrorSummary, LinkButton, PageHead, Panel,
        PostButton, Table, TextField, Tone,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::Visit,
};

const HERE: &str = "/profile/contacts";

fn read(id: &str) -> Result<ChannelId, Fault> {
    ChannelId::parse(id).ok_or(Fault::NotFound("contact"))
}

/// `GET /profile/contacts`
pub(super) async fn list(visit: Visit) -> Answer {
    let contacts = visit.portal.contacts.mine(&visit.actor).await?;
    let push_key = visit.portal.contacts.push_key(&visit.actor).await?;
    let kinds = visit.clone();
    Ok(visit.page(tr!(visit, "contacts-title"), move || {
        let none = contacts.is_empty();
        let rows = contacts.into_iter().enumerate().map(|(place, contact)| row(contact, place == 0)).collect_view();
        let body = if none {
            view! { <Empty kind=EmptyKind::NotConfigured title=t!("contacts-none") text=t!("contacts-none-text")/> }.into_any()
        } else {
            let columns = vec![
                Column::new(t!("deliveries-name")),
                Column::new(t!("deliveries-kind")),
                Column::new(t!("deliveries-target")),
                Column::new(t!("deliveries-state")),
                Column::unspoken(t!("deliveries-test")),
            ];
            view! { <Table caption=t!("contacts-title") columns>{rows}</Table> }.into_any()
        };
        let others = Kind::OF_PERSONS.into_iter().filter(|kind| *kind != Kind::WebPush).collect();
        view! {
            <PageHead title=t!("contacts-title") sub=t!("contacts-sub") back=("/profile".to_owned(), t!("people-profile-title"))/>
            {body}
            <Panel title=t!("contacts-add")>
                {form::kind_links(&kinds, others, "/profile/contacts/new")}
                <div class="deliveries-push" data-push-key=push_key>
                    <p><strong>{kind_word(Kind::WebPush)}</strong></p>
                    <p class="muted small">{t!("contacts-push-text")}</p>
                    <form class="post" method="post" action=HERE data-push="" hidden>
                        <input type="hidden" name="kind" value="web-push"/>
                        <input type="hidden" name="enabled" value="on"/>
                        <input type="hidden" name="language" value=kinds.locale.tag()/>
                        <input type="hidden" name="zone" value=kinds.zone_name.clone()/>
                        <input type="hidden" name="name" value=t!("contacts-this-browser")/>
                        <input type="hidden" name="endpoint"/>
                        <input type="hidden" name="p256dh"/>
                        <input type="hidden" name="auth"/>
                        <Button label=t!("contacts-subscribe") icon="bell"/>
                    </form>
                    <p class="muted small" data-push-not="">{t!("contacts-push-not")}</p>
                    <p class="muted small" data-push-refused="" hidden role="status">{t!("contacts-push-refused")}</p>
                </div>
            </Panel>
        }
    }))
}

fn state(contact: &Contact) -> impl IntoView + use<> {
    let (tone, word) = match contact {
        Contact { verified_at: None, .. } => (Tone::P3, t!("contacts-unverified")),
        Contact { enabled: false, .. } => (Tone::NoData, t!("deliveries-disabled")),
        Contact { failing_since: Some(_), .. } => (Tone::P2, t!("deliveries-failing")),
        _ => (Tone::Ok, t!("contacts-usable")),
    };
    view! { <Badge tone word/> }
}

fn row(contact: Contact, first: bool) -> impl IntoView {
    let href = format!("{HERE}/{}", contact.id);
    let state = state(&contact);
    let act = |verb: &str| format!("{href}/{verb}");
    let test = contact
        .verified_at
        .is_some()
        .then(|| view! { <PostButton action=act("test") label=t!("deliveries-test") icon="send" small=true/> });
    let account = contact.account.then(|| view! { " "<Badge tone=Tone::NoData word=t!("contacts-account-badge")/> });
    let raise = (!first).then(|| view! { <PostButton action=act("raise") label=t!("contacts-raise") icon="arrow-up" small=true/> });
    view! {
        <tr>
            <Cell main=true><a href=href.clone()>{contact.name}</a>{account}</Cell>
            <Cell label=t!("deliveries-kind")>{kind_word(contact.kind)}</Cell>
            <Cell label=t!("deliveries-target")><code class="deliveries-url">{contact.target}</code></Cell>
            <Cell label=t!("deliveries-state")>{state}</Cell>
            <Cell acts=true>{test}{raise}</Cell>
        </tr>
    }
}

/// `GET /profile/contacts/new?kind=…`; without a kind, what there is to choose among.
pub(super) async fn fresh(visit: Visit) -> Answer {
    let known = |kind: &Kind| Kind::OF_PERSONS.contains(kind) && *kind != Kind::WebPush;
    let Some(kind) = Kind::parse(query(&visit).get("kind")).filter(known) else {
        return list(visit).await;
    };
    let mut typed = Typed::default();
    typed.set("name", tr!(visit, "contacts-usual-name"));
    typed.set("kind", kind);
    typed.set("enabled", "on");
    form::usual_manner(&mut typed, &visit);
    if kind == Kind::Email {
        let (user, _) = visit.portal.people.me(&visit.actor).await?;
        typed.set("to", user.email);
    }
    show(&visit, kind, None, FormState::fresh(typed), Last::default()).await
}

/// `POST /profile/contacts`
pub(super) async fn add(visit: Visit, posted: PostedForm) -> Answer {
    match visit.portal.contacts.add(&visit.actor, &posted.typed).await {
        Ok(contact) if contact.verified_at.is_none() => Ok(visit.go(&format!("{HERE}/{}", contact.id), "toast-contact-code")),
        Ok(_) => Ok(visit.go(HERE, "toast-channel-saved")),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => {
            let kind = Kind::parse(posted.get("kind")).filter(|kind| Kind::OF_PERSONS.contains(kind)).unwrap_or(Kind::Email);
            show(&visit, kind, None, FormState::refused(posted.typed, fault), Last::default()).await
        }
        Err(fault) => Err(fault.into()),
    }
}

/// `GET /profile/contacts/{id}`
pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Answer {
    one(&visit, &read(&id)?, None).await
}

async fn one(visit: &Visit, id: &ChannelId, code: Option<FormState>) -> Answer {
    let contact = visit.portal.contacts.one(&visit.actor, id).await?;
    let last = visit.portal.contacts.last(&visit.actor, id).await?;
    let mut typed = Typed::default();
    form::fill_contact(&mut typed, &contact);
    show(visit, contact.kind, Some(contact), FormState::fresh(typed), Last { code, told: last }).await
}

/// `POST /profile/contacts/{id}`
pub(super) async fn edit(visit: Visit, Path(id): Path<String>, posted: PostedForm) -> Answer {
    let id = read(&id)?;
    match visit.portal.contacts.edit(&visit.actor, &id, &posted.typed).await {
        Ok(contact) if contact.verified_at.is_none() => Ok(visit.go(&format!("{HERE}/{id}"), "toast-contact-code")),
        Ok(_) => Ok(visit.go(HERE, "toast-channel-saved")),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => {
            let contact = visit.portal.contacts.one(&visit.actor, &id).await?;
            show(&visit, contact.kind, Some(contact), FormState::refused(posted.typed, fault), Last::default()).await
        }
        Err(fault) => Err(fault.into()),
    }
}

/// `POST /profile/contacts/{id}/verify`
pub(super) async fn verify(visit: Visit, Path(id): Path<String>, posted: PostedForm) -> Answer {
    let id = read(&id)?;
    match visit.portal.contacts.verify(&visit.actor, &id, &posted.typed).await {
        Ok(()) => Ok(visit.go(HERE, "toast-contact-verified")),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => one(&visit, &id, Some(FormState::refused(Typed::default(), fault))).await,
        Err(fault) => Err(fault.into()),
    }
}

/// `POST /profile/contacts/{id}/code`
pub(super) async fn code(visit: Visit, Path(id): Path<String>, _form: PostedForm) -> Answer {
    visit.portal.contacts.send_code(&visit.actor, &read(&id)?).await?;
    Ok(visit.go(&format!("{HERE}/{id}"), "toast-contact-code"))
}

/// `POST /profile/contacts/{id}/test`
pub(super) async fn test(visit: Visit, Path(id): Path<String>, _form: PostedForm) -> Answer {
    visit.portal.contacts.test(&visit.actor, &read(&id)?).await?;
    Ok(visit.go(&format!("{HERE}/{id}"), "toast-channel-tested"))
}

/// `POST /profile/contacts/{id}/raise`
pub(super) async fn raise(visit: Visit, Path(id): Path<String>, _form: PostedForm) -> Answer {
    visit.portal.contacts.raise(&visit.actor, &read(&id)?).await?;
    Ok(visit.go(HERE, "toast-channel-saved"))
}

/// `POST /profile/contacts/{id}/remove`
pub(super) async fn remove(visit: Visit, Path(id): Path<String>, _form: PostedForm) -> Answer {
    visit.portal.contacts.remove(&visit.actor, &read(&id)?).await?;
    Ok(visit.go(HERE, "toast-contact-removed"))
}

/// What stands above the form: the code that was typed, and what was told last.
#[derive(Default)]
struct Last {
    code: Option<FormState>,
    told: Option<Delivery>,
}

async fn show(visit: &Visit, kind: Kind, contact: Option<Contact>, form: FormState, last: Last) -> Answer {
    let Last { code, told: last } = last;
    let others = visit.portal.contacts.mine(&visit.actor).await?;
    let others = others.into_iter().filter(|other| contact.as_ref().is_none_or(|contact| contact.id != other.id));
    let others: Vec<_> = others.map(|other| (other.id.to_string(), other.name)).collect();
    let title = contact.as_ref().map_or_else(|| tr!(visit, "contacts-new"), |contact| contact.name.clone());
    let status = code.as_ref().map_or(form.status(), FormState::status);
    Ok(visit.page_as(status, title.clone(), move || {
        let kept = contact.is_some();
        let action = contact.as_ref().map_or_else(|| HERE.to_owned(), |contact| format!("{HERE}/{}", contact.id));
        let acts = contact.as_ref().map(|contact| {
            let text = t!("contacts-remove-text", name = contact.name.as_str());
            let test = contact.verified_at.is_some();
            view! {
                {test.then(|| view! { <PostButton action=format!("{action}/test") label=t!("deliveries-test") icon="send"/> })}
                {(!contact.account).then(|| view! { <Confirm verb=t!("deliveries-remove") text action=format!("{action}/remove") icon="trash-2"/> })}
            }
        });
        let account = contact.as_ref().is_some_and(|contact| contact.account);
        let unproved = contact.as_ref().is_some_and(|contact| contact.verified_at.is_none());
        let verify = unproved.then(|| verify_panel(&action, code.unwrap_or_default()));
        let version = kept.then(|| view! { <input type="hidden" name="version" value=form.get("version")/> });
        let submit = if kept { t!("deliveries-save") } else { t!("contacts-add") };
        view! {
            <PageHead title sub=kind_word(kind) back=(HERE.to_owned(), t!("contacts-title"))>{acts}</PageHead>
            {verify}
            {last.map(|delivery| view! { <Outcome delivery/> })}
            <ErrorSummary form=&form labels=form::labels(kind)/>
            <form class="form deliveries-form" method="post" action=action>
                {version}
                {(!kept).then(|| view! { <input type="hidden" name="kind" value=kind.name()/> })}
                {if account {
                    view! { <p class="muted">{t!("contacts-account")}</p> }.into_any()
                } else {
                    view! { <TextField form=&form name="name" label=t!("deliveries-name") hint=t!("contacts-name-hint")/> }.into_any()
                }}
                // What a browser subscribed with is not typed by anybody.
                {(kind != Kind::WebPush && !account).then(|| form::kind_fields(&form, kind, kept))}
                <CheckField form=&form name="enabled" label=t!("deliveries-enabled")/>
                {form::language_fields(&form)}
                // A webhook carries facts, not words.
                {(kind != Kind::Webhook).then(|| form::template_fields(&form))}
                <h2>{t!("deliveries-quiet")}</h2>
                {form::quiet_fields(&form)}
                <h2>{t!("deliveries-rate")}</h2>
                {form::rate_fields(&form, others, true)}
                <CheckField form=&form name="reserve" label=t!("contacts-reserve") hint=t!("contacts-reserve-hint")/>
                <div class="form-acts">
                    <Button label=submit kind=ButtonKind::Primary/>
                    <LinkButton href=HERE label=t!("deliveries-cancel") kind=ButtonKind::Quiet/>
                </div>
            </form>
        }
    }))
}

/// The code that was sent, and a new one.
fn verify_panel(action: &str, form: FormState) -> impl IntoView + use<> {
    let (verify, again) = (format!("{action}/verify"), format!("{action}/code"));
    view! {
        <Panel title=t!("contacts-verify")>
            <p>{t!("contacts-verify-text")}</p>
            <ErrorSummary form=&form labels=vec![("code", t!("contacts-code"))]/>
            <form class="form" method="post" action=verify>
                <TextField form=&form name="code" label=t!("contacts-code") autocomplete="one-time-code" mono=true/>
                <div class="form-acts"><Button label=t!("contacts-verify") kind=ButtonKind::Primary/></div>
            </form>
            <PostButton action=again label=t!("contacts-code-again") kind=ButtonKind::Quiet/>
        </Panel>
    }
}
