//! `/admin/channels`: where notifications go.

use axum::extract::Path;
use domain::{
    Fault, Permission,
    deliveries::{Channel, Notify},
    form::Typed,
    id::ChannelId,
};
use leptos::prelude::*;

use super::say::event_word;
use crate::{
    components::{
        Button, ButtonKind, Cell, CheckField, ChoicesField, Column, Confirm, Empty, EmptyKind, ErrorSummary, LinkButton, PageHead, Pager,
        PostButton, SecretField, SecretOnce, SelectField, Table, TextField,
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
                Column::new(t!("deliveries-url")),
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
        vec![
            channel.name,
            channel.kind.to_string(),
            channel.target,
            team,
            events,
            channel.enabled.to_string(),
            channel.created_at.rfc3339(),
        ]
    });
    Ok(whole_csv("channels.csv", &["name", "kind", "target", "team", "events", "enabled", "created_at"], rows)?)
}

fn team_name(channel: &Channel, teams: &[(String, String)]) -> String {
    let value = channel.team.as_ref().map_or("*", |team| team.as_str());
    teams.iter().find(|(id, _)| id == value).map_or_else(|| "—".to_owned(), |(_, name)| name.clone())
}

fn row(channel: Channel, teams: &[(String, String)]) -> impl IntoView + use<> {
    let href = format!("/admin/channels/{}", channel.id);
    let test = format!("{href}/test");
    let team = team_name(&channel, teams);
    let events = channel.events.iter().map(|event| event_word(*event)).collect::<Vec<_>>().join(", ");
    let enabled = if channel.enabled { t!("deliveries-enabled") } else { t!("deliveries-disabled") };
    view! {
        <tr>
            <Cell main=true><a href=href>{channel.name}</a></Cell>
            <Cell label=t!("deliveries-url")><code class="deliveries-url">{channel.target}</code></Cell>
            <Cell label=t!("deliveries-team")>{team}</Cell>
            <Cell label=t!("deliveries-events")>{events}</Cell>
            <Cell label=t!("deliveries-enabled")>{enabled}</Cell>
            <Cell acts=true><PostButton action=test label=t!("deliveries-test") icon="send" small=true/></Cell>
        </tr>
    }
}

/// `GET /admin/channels/new`
pub(super) async fn fresh(visit: Visit) -> Answer {
    let mut typed = Typed::default();
    typed.set("enabled", "on");
    for event in Notify::choices().filter(|event| event.name().starts_with("alert.") || event.name().starts_with("incident.")) {
        typed.add("events", event);
    }
    form(&visit, None, FormState::fresh(typed)).await
}

/// `POST /admin/channels`
pub(super) async fn create(visit: Visit, posted: PostedForm) -> Answer {
    match visit.portal.deliveries.create_channel(&visit.actor, &posted.typed).await {
        // The secret is shown in the answer itself: a redirect would have to carry it.
        Ok(made) => Ok(visit.page(made.channel.name.clone(), move || {
            view! {
                <PageHead title=made.channel.name.clone() back=("/admin/channels".to_owned(), t!("deliveries-channels"))/>
                <SecretOnce value=made.secret text=t!("deliveries-secret-once")/>
                <LinkButton href=format!("/admin/channels/{}", made.channel.id) label=t!("deliveries-edit-channel")/>
            }
        })),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => form(&visit, None, FormState::refused(posted.typed, fault)).await,
        Err(fault) => Err(fault.into()),
    }
}

/// `GET /admin/channels/{id}`
pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Answer {
    let channel = visit.portal.deliveries.channel(&visit.actor, &read(&id)?).await?;
    let mut typed = Typed::default();
    typed.set("name", &channel.name);
    typed.set("url", &channel.target);
    typed.set("team", channel.team.as_ref().map_or("*", |team| team.as_str()));
    typed.set("version", channel.version);
    for event in &channel.events {
        typed.add("events", event);
    }
    if channel.enabled {
        typed.set("enabled", "on");
    }
    form(&visit, Some(channel), FormState::fresh(typed)).await
}

/// `POST /admin/channels/{id}`
pub(super) async fn edit(visit: Visit, Path(id): Path<String>, posted: PostedForm) -> Answer {
    let id = read(&id)?;
    match visit.portal.deliveries.edit_channel(&visit.actor, &id, &posted.typed).await {
        Ok(_) => Ok(visit.go("/admin/channels", "toast-channel-saved")),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => {
            let channel = visit.portal.deliveries.channel(&visit.actor, &id).await?;
            form(&visit, Some(channel), FormState::refused(posted.typed, fault)).await
        }
        Err(fault) => Err(fault.into()),
    }
}

/// `POST /admin/channels/{id}/test`
pub(super) async fn test(visit: Visit, Path(id): Path<String>, _form: PostedForm) -> Answer {
    let delivery = visit.portal.deliveries.test_channel(&visit.actor, &read(&id)?).await?;
    Ok(visit.go(&format!("/admin/deliveries/{delivery}"), "toast-channel-tested"))
}

/// `POST /admin/channels/{id}/remove`
pub(super) async fn remove(visit: Visit, Path(id): Path<String>, _form: PostedForm) -> Answer {
    visit.portal.deliveries.remove_channel(&visit.actor, &read(&id)?).await?;
    Ok(visit.go("/admin/channels", "toast-channel-removed"))
}

/// The form of a new channel, or of one that is there.
async fn form(visit: &Visit, channel: Option<Channel>, form: FormState) -> Answer {
    visit.actor.require_somewhere(Permission::ManageChannels)?;
    let teams = teams(visit).await?;
    let title = if channel.is_some() { tr!(visit, "deliveries-edit-channel") } else { tr!(visit, "deliveries-new-channel") };
    Ok(visit.page_as(form.status(), title.clone(), move || {
        let labels = vec![
            ("name", t!("deliveries-name")),
            ("url", t!("deliveries-url")),
            ("secret", t!("deliveries-secret")),
            ("team", t!("deliveries-team")),
            ("events", t!("deliveries-events")),
        ];
        let events = Notify::choices().map(|event| (event.name().to_owned(), event_word(event))).collect::<Vec<_>>();
        let action = channel.as_ref().map_or_else(|| "/admin/channels".to_owned(), |channel| format!("/admin/channels/{}", channel.id));
        let version = channel.is_some().then(|| view! { <input type="hidden" name="version" value=form.get("version")/> });
        let acts = channel.as_ref().map(|channel| {
            let text = t!("deliveries-remove-text", name = channel.name.as_str());
            view! {
                <PostButton action=format!("{action}/test") label=t!("deliveries-test") icon="send"/>
                <Confirm verb=t!("deliveries-remove") text action=format!("{action}/remove") icon="trash-2"/>
            }
        });
        let submit = if channel.is_some() { t!("deliveries-save") } else { t!("deliveries-create") };
        view! {
            <PageHead title back=("/admin/channels".to_owned(), t!("deliveries-channels"))>{acts}</PageHead>
            <ErrorSummary form=&form labels/>
            <form class="form" method="post" action=action>
                {version}
                <TextField form=&form name="name" label=t!("deliveries-name")/>
                <TextField form=&form name="url" label=t!("deliveries-url") hint=t!("deliveries-url-hint") kind="url" mono=true/>
                <SecretField form=&form name="secret" label=t!("deliveries-secret") hint=t!("deliveries-secret-hint") optional=true/>
                <SelectField form=&form name="team" label=t!("deliveries-team") options=teams/>
                <ChoicesField form=&form name="events" label=t!("deliveries-events") options=events/>
                <CheckField form=&form name="enabled" label=t!("deliveries-enabled") hint=t!("deliveries-enabled-hint")/>
                <div class="form-acts">
                    <Button label=submit kind=ButtonKind::Primary/>
                    <LinkButton href="/admin/channels" label=t!("deliveries-cancel") kind=ButtonKind::Quiet/>
                </div>
            </form>
        }
    }))
}
