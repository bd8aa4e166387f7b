//! `/admin/channels`: where notifications go.

use axum::extract::Path;
use domain::{
    Fault, Permission,
    deliveries::{Channel, Delivery, Kind, Notify, message::Message},
    form::Typed,
    id::{ChannelId, DeliveryId},
};
use leptos::prelude::*;

use super::{
    form,
    ledger::query,
    say::{Outcome, event_word, kind_word},
};
use crate::{
    components::{
        Badge, Button, ButtonKind, Cell, CheckField, ChoicesField, Column, Confirm, Empty, EmptyKind, ErrorSummary, LinkButton, PageHead,
        Pager, PostButton, SecretOnce, SelectField, Table, TextField, Tone,
    },
    csv::whole_csv,
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::Visit,
};

fn read(id: &str) -> Result<ChannelId, Fault> {
    ChannelId::parse(id).ok_or(Fault::NotFound("channel"))
}

/// Teams as choices, with all of them first where the actor may.
async fn teams(visit: &Visit) -> Result<Vec<(String, String)>, Fault> {
    let teams = visit.portal.systems.teams(&visit.actor, Permission::ManageChannels).await?;
    let mut options: Vec<(String, String)> = teams.into_iter().map(|team| (team.id.to_string(), team.name)).collect();
    if visit.actor.grants.everywhere.has(Permission::ManageChannels) {
        options.insert(0, ("*".to_owned(), tr!(visit, "deliveries-all-teams")));
    }
    Ok(options)
}

/// `GET /admin/channels`
pub(super) async fn list(visit: Visit) -> Answer {
    let channels = visit.portal.deliveries.channels(&visit.actor).await?;
    let teams = teams(&visit).await?;
    Ok(visit.page(tr!(visit, "deliveries-channels"), move || {
        let shown = channels.len();
        let body = if channels.is_empty() {
            view! { <Empty kind=EmptyKind::NotConfigured title=t!("deliveries-no-channels") text=t!("deliveries-no-channels-text")/> }
                .into_any()
        } else {
            let columns = vec![
                Column::new(t!("deliveries-name")),
                Column::new(t!("deliveries-kind")),
                Column::new(t!("deliveries-target")),
                Column::new(t!("deliveries-team")),
                Column::new(t!("deliveries-events")),
                Column::new(t!("deliveries-enabled")),
                Column::unspoken(t!("deliveries-test")),
            ];
            let rows = channels.into_iter().map(|channel| row(channel, &teams)).collect_view();
            view! { <Table caption=t!("deliveries-channels") columns>{rows}</Table> }.into_any()
        };
        view! {
            <PageHead title=t!("deliveries-channels") sub=t!("deliveries-channels-sub")>
                <LinkButton href="/admin/deliveries" label=t!("deliveries-to-ledger") icon="scroll-text"/>
                <LinkButton href="/admin/channels/new" label=t!("deliveries-new-channel") icon="plus" kind=ButtonKind::Primary/>
            </PageHead>
            {body}
            <Pager shown next=None csv="/admin/channels.csv"/>
        }
    }))
}

/// `GET /admin/channels.csv`
pub(super) async fn csv(visit: Visit) -> Answer {
    let channels = visit.portal.deliveries.channels(&visit.actor).await?;
    let teams = teams(&visit).await?;
    let rows = channels.into_iter().map(|channel| {
        let team = team_name(&channel, &teams);
        let events = channel.events.iter().map(Notify::to_string).collect::<Vec<_>>().join(" ");
        let failing = channel.failing_since.map(domain::Timestamp::rfc3339).unwrap_or_default();
        let enabled = channel.enabled.to_string();
        vec![channel.name, channel.kind.to_string(), channel.target, team, events, enabled, failing, channel.created_at.rfc3339()]
    });
    Ok(whole_csv("channels.csv", &["name", "kind", "target", "team", "events", "enabled", "failing_since", "created_at"], rows)?)
}

fn team_name(channel: &Channel, teams: &[(String, String)]) -> String {
    let value = channel.team.as_ref().map_or("*", |team| team.as_str());
    teams.iter().find(|(id, _)| id == value).map_or_else(|| "—".to_owned(), |(_, name)| name.clone())
}

fn row(channel: Channel, teams: &[(String, String)]) -> impl IntoView + use<> {
    let href = format!("/admin/channels/{}", channel.id);
    let test = format!("{href}/test");
    let team = team_name(&channel, teams);
    let events = match channel.events.as_slice() {
        [] => t!("deliveries-events-none"),
        events => events.iter().map(|event| event_word(*event)).collect::<Vec<_>>().join(", "),
    };
    let enabled = if channel.enabled { t!("deliveries-enabled") } else { t!("deliveries-disabled") };
    let failing = channel.failing_since.is_some();
    view! {
        <tr>
            <Cell main=true><a href=href>{channel.name}</a></Cell>
            <Cell label=t!("deliveries-kind")>{kind_word(channel.kind)}</Cell>
            <Cell label=t!("deliveries-target")><code class="deliveries-url">{channel.target}</code></Cell>
            <Cell label=t!("deliveries-team")>{team}</Cell>
            <Cell label=t!("deliveries-events")>{events}</Cell>
            <Cell label=t!("deliveries-enabled")>
                {enabled}
                {failing.then(|| view! { " " <Badge tone=Tone::P2 word=t!("deliveries-failing")/> })}
            </Cell>
            <Cell acts=true><PostButton action=test label=t!("deliveries-test") icon="send" small=true/></Cell>
        </tr>
    }
}

/// `GET /admin/channels/new?kind=…`: the kinds, or the form of one.
pub(super) async fn fresh(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::ManageChannels)?;
    let Some(kind) = Kind::parse(query(&visit).get("kind")).filter(|kind| Kind::of_teams().any(|known| known == *kind)) else {
        let kinds = visit.clone();
        return Ok(visit.page(tr!(visit, "deliveries-new-channel"), move || {
            view! {
                <PageHead
                    title=t!("deliveries-new-channel")
                    sub=t!("deliveries-choose-kind")
                    back=("/admin/channels".to_owned(), t!("deliveries-channels"))
                />
                {form::kind_links(&kinds, Kind::of_teams().collect(), "/admin/channels/new")}
            }
        }));
    };
    let mut typed = Typed::default();
    typed.set("enabled", "on");
    typed.set("kind", kind);
    form::usual_manner(&mut typed, &visit);
    let usual = |event: &Notify| event.name().starts_with("alert.") || event.name().starts_with("incident.");
    for event in kind.choices().into_iter().filter(usual) {
        typed.add("events", event);
    }
    show(&visit, kind, None, FormState::fresh(typed), Shown::default()).await
}

/// `POST /admin/channels`; with the button "preview" nothing is made.
pub(super) async fn create(visit: Visit, posted: PostedForm) -> Answer {
    let kind = Kind::parse(posted.get("kind")).unwrap_or(Kind::Webhook);
    if posted.typed.has("preview") {
        return preview(&visit, kind, None, posted).await;
    }
    match visit.portal.deliveries.create_channel(&visit.actor, &posted.typed).await {
        // The secret is shown in the answer itself: a redirect would have to carry it.
        Ok(made) => match made.secret {
            Some(secret) => Ok(visit.page(made.channel.name.clone(), move || {
                view! {
                    <PageHead title=made.channel.name.clone() back=("/admin/channels".to_owned(), t!("deliveries-channels"))/>
                    <SecretOnce value=secret text=t!("deliveries-secret-once")/>
                    <LinkButton href=format!("/admin/channels/{}", made.channel.id) label=t!("deliveries-edit-channel")/>
                }
            })),
            None => Ok(visit.go(&format!("/admin/channels/{}", made.channel.id), "toast-channel-saved")),
        },
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => {
            show(&visit, kind, None, FormState::refused(posted.typed, fault), Shown::default()).await
        }
        Err(fault) => Err(fault.into()),
    }
}

/// `GET /admin/channels/{id}?tested=…`
pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Answer {
    let channel = visit.portal.deliveries.channel(&visit.actor, &read(&id)?).await?;
    let tested = match DeliveryId::parse(query(&visit).get("tested")) {
        Some(id) => visit.portal.deliveries.get(&visit.actor, &id).await.ok().map(|(delivery, _)| delivery),
        None => None,
    };
    let mut typed = Typed::default();
    typed.set("name", &channel.name);
    typed.set("kind", channel.kind);
    typed.set("team", channel.team.as_ref().map_or("*", |team| team.as_str()));
    typed.set("version", channel.version);
    for (name, value) in &channel.settings {
        typed.set(name, value);
    }
    form::fill_manner(&mut typed, &channel.manner);
    for event in &channel.events {
        typed.add("events", event);
    }
    if channel.enabled {
        typed.set("enabled", "on");
    }
    let shown = Shown { tested: tested.filter(|delivery| delivery.channel == channel.id), previews: Vec::new() };
    show(&visit, channel.kind, Some(channel), FormState::fresh(typed), shown).await
}

/// `POST /admin/channels/{id}`; with the button "preview" nothing is changed.
pub(super) async fn edit(visit: Visit, Path(id): Path<String>, posted: PostedForm) -> Answer {
    let id = read(&id)?;
    if posted.typed.has("preview") {
        let channel = visit.portal.deliveries.channel(&visit.actor, &id).await?;
        return preview(&visit, channel.kind, Some(channel), posted).await;
    }
    match visit.portal.deliveries.edit_channel(&visit.actor, &id, &posted.typed).await {
        Ok(_) => Ok(visit.go("/admin/channels", "toast-channel-saved")),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => {
            let channel = visit.portal.deliveries.channel(&visit.actor, &id).await?;
            show(&visit, channel.kind, Some(channel), FormState::refused(posted.typed, fault), Shown::default()).await
        }
        Err(fault) => Err(fault.into()),
    }
}

async fn preview(visit: &Visit, kind: Kind, channel: Option<Channel>, posted: PostedForm) -> Answer {
    match visit.portal.deliveries.preview(&visit.actor, &posted.typed).await {
        Ok(previews) => show(visit, kind, channel, FormState::fresh(posted.typed), Shown { tested: None, previews }).await,
        Err(fault @ Fault::Invalid(_)) => show(visit, kind, channel, FormState::refused(posted.typed, fault), Shown::default()).await,
        Err(fault) => Err(fault.into()),
    }
}

/// `POST /admin/channels/{id}/test`
pub(super) async fn test(visit: Visit, Path(id): Path<String>, _form: PostedForm) -> Answer {
    let id = read(&id)?;
    let delivery = visit.portal.deliveries.test_channel(&visit.actor, &id).await?;
    Ok(visit.go(&format!("/admin/channels/{id}?tested={delivery}"), "toast-channel-tested"))
}

/// `POST /admin/channels/{id}/remove`
pub(super) async fn remove(visit: Visit, Path(id): Path<String>, _form: PostedForm) -> Answer {
    visit.portal.deliveries.remove_channel(&visit.actor, &read(&id)?).await?;
    Ok(visit.go("/admin/channels", "toast-channel-removed"))
}

/// What stands above the form.
#[derive(Default)]
struct Shown {
    tested: Option<Delivery>,
    previews: Vec<Message>,
}

/// The form of a new channel, or of one that is there.
async fn show(visit: &Visit, kind: Kind, channel: Option<Channel>, form: FormState, shown: Shown) -> Answer {
    visit.actor.require_somewhere(Permission::ManageChannels)?;
    let teams = teams(visit).await?;
    let others = visit.portal.deliveries.channels(&visit.actor).await?;
    let others = others.into_iter().filter(|other| channel.as_ref().is_none_or(|channel| channel.id != other.id));
    let others: Vec<_> = others.map(|other| (other.id.to_string(), other.name)).collect();
    let title = channel.as_ref().map_or_else(|| tr!(visit, "deliveries-new-channel"), |channel| channel.name.clone());
    Ok(visit.page_as(form.status(), title.clone(), move || {
        let events = kind.choices().into_iter().map(|event| (event.name().to_owned(), event_word(event))).collect::<Vec<_>>();
        let action = channel.as_ref().map_or_else(|| "/admin/channels".to_owned(), |channel| format!("/admin/channels/{}", channel.id));
        let kept = channel.is_some();
        let version = kept.then(|| view! { <input type="hidden" name="version" value=form.get("version")/> });
        let acts = channel.as_ref().map(|channel| {
            let text = t!("deliveries-remove-text", name = channel.name.as_str());
            view! {
                <LinkButton href=format!("/admin/deliveries?channel={}", channel.id) label=t!("deliveries-to-ledger") icon="scroll-text"/>
                <PostButton action=format!("{action}/test") label=t!("deliveries-test") icon="send"/>
                <Confirm verb=t!("deliveries-remove") text action=format!("{action}/remove") icon="trash-2"/>
            }
        });
        let submit = if kept { t!("deliveries-save") } else { t!("deliveries-create") };
        let tested = shown.tested.map(|delivery| view! { <Outcome delivery/> });
        let previews = (!shown.previews.is_empty()).then(|| form::previews(shown.previews));
        // A webhook carries facts, not words.
        let words = (kind != Kind::Webhook).then(|| {
            view! {
                <h2>{t!("deliveries-words")}</h2>
                {form::language_fields(&form)}
                {form::template_fields(&form)}
                <Button label=t!("deliveries-preview") name="preview" value="1" icon="search"/>
            }
        });
        view! {
            <PageHead title sub=kind_word(kind) back=("/admin/channels".to_owned(), t!("deliveries-channels"))>{acts}</PageHead>
            {tested}
            {previews}
            <ErrorSummary form=&form labels=form::labels(kind)/>
            <form class="form deliveries-form" method="post" action=action>
                {version}
                {(!kept).then(|| view! { <input type="hidden" name="kind" value=kind.name()/> })}
                <TextField form=&form name="name" label=t!("deliveries-name")/>
                {form::kind_fields(&form, kind, kept)}
                <SelectField form=&form name="team" label=t!("deliveries-team") options=teams/>
                <ChoicesField form=&form name="events" label=t!("deliveries-events") hint=t!("deliveries-events-hint") options=events optional=true/>
                {form::link_field(&form)}
                <CheckField form=&form name="firing_only" label=t!("deliveries-firing-only") hint=t!("deliveries-firing-only-hint")/>
                <CheckField form=&form name="enabled" label=t!("deliveries-enabled") hint=t!("deliveries-enabled-hint")/>
                {words}
                <h2>{t!("deliveries-quiet")}</h2>
                {(kind == Kind::Webhook).then(|| view! {
                    <TextField form=&form name="zone" label=t!("deliveries-zone") hint=t!("deliveries-zone-hint") optional=true/>
                })}
                {form::quiet_fields(&form)}
                <h2>{t!("deliveries-rate")}</h2>
                {form::rate_fields(&form, others, false)}
                <div class="form-acts">
                    <Button label=submit kind=ButtonKind::Primary/>
                    <LinkButton href="/admin/channels" label=t!("deliveries-cancel") kind=ButtonKind::Quiet/>
                </div>
            </form>
        }
    }))
}
