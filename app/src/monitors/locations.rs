//! `/admin/locations`: from where checks are run, and the agents there.

use axum::{extract::Path, response::Response};
use domain::{
    Fault, Permission,
    form::Typed,
    id::LocationId,
    monitors::{Location, NewLocation},
};
use leptos::prelude::*;

use crate::{
    components::{
        Badge, Button, ButtonKind, Cell, Column, Confirm, Empty, EmptyKind, ErrorSummary, LinkButton, NULL, PageHead, Panel, SecretOnce,
        SelectField, Table, TextField, Tone, When, WhenStyle, duration,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::Visit,
};

fn read_id(text: &str) -> Result<LocationId, Fault> {
    LocationId::parse(text).ok_or(Fault::NotFound("location"))
}

pub(super) async fn list(visit: Visit) -> Answer {
    show(&visit, FormState::default(), None).await
}

pub(super) async fn create(visit: Visit, form: PostedForm) -> Answer {
    match visit.portal.locations.create(&visit.actor, &form.typed).await {
        // The token is told in the answer itself: no redirect could carry it without storing it.
        Ok(made) => show(&visit, FormState::default(), Some(made)).await,
        Err(fault @ Fault::Invalid(_)) => show(&visit, FormState::refused(form.typed, fault), None).await,
        Err(fault) => Err(fault.into()),
    }
}

pub(super) async fn renew(visit: Visit, Path(id): Path<String>) -> Answer {
    let made = visit.portal.locations.renew(&visit.actor, &read_id(&id)?).await?;
    show(&visit, FormState::default(), Some(made)).await
}

pub(super) async fn delete(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.portal.locations.delete(&visit.actor, &read_id(&id)?).await?;
    Ok(visit.go("/admin/locations", "toast-location-deleted"))
}

/// `GET /admin/locations/{id}/edit`
pub(super) async fn edit(visit: Visit, Path(id): Path<String>) -> Answer {
    let location = find(&visit, &id).await?;
    let mut typed = Typed::default();
    typed.set("name", &location.name);
    typed.set("team", &location.team);
    typed.set("revision", location.revision);
    edit_page(&visit, location, FormState::fresh(typed)).await
}

/// `POST /admin/locations/{id}/edit`, fields `name`, `team`, `revision`
pub(super) async fn change(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    match visit.portal.locations.edit(&visit.actor, &read_id(&id)?, &form.typed).await {
        Ok(_) => Ok(visit.go("/admin/locations", "toast-location-saved")),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => {
            let location = find(&visit, &id).await?;
            edit_page(&visit, location, FormState::refused(form.typed, fault)).await
        }
        Err(fault) => Err(fault.into()),
    }
}

async fn find(visit: &Visit, id: &str) -> Result<Location, Fault> {
    visit.actor.require_everywhere(Permission::ManageSettings)?;
    let id = read_id(id)?;
    let known = visit.portal.locations.locations(&visit.actor).await?;
    known.into_iter().find(|location| location.id == id).ok_or(Fault::NotFound("location"))
}

/// Teams to choose from: id and name.
async fn teams(visit: &Visit) -> Result<Vec<(String, String)>, Fault> {
    let teams = visit.portal.people.teams(&visit.actor).await?;
    Ok(teams.into_iter().map(|team| (team.id.to_string(), team.name)).collect())
}

fn labels() -> Vec<(&'static str, String)> {
    vec![("name", t!("locations-name")), ("team", t!("locations-team"))]
}

/// The fields of a location.
fn fields(form: &FormState, teams: Vec<(String, String)>) -> impl IntoView + use<> {
    view! {
        <TextField form=form name="name" label=t!("locations-name") hint=t!("locations-name-hint")/>
        <SelectField form=form name="team" label=t!("locations-team") hint=t!("locations-team-hint") options=teams blank=t!("monitors-choose")/>
    }
}

async fn edit_page(visit: &Visit, location: Location, form: FormState) -> Answer {
    let teams = teams(visit).await?;
    let title = tr!(visit, "monitors-edit-title", name = location.name.as_str());
    let heading = title.clone();
    Ok(visit.page_as(form.status(), title, move || {
        let back = ("/admin/locations".to_owned(), t!("locations-title"));
        let action = format!("/admin/locations/{}/edit", location.id);
        let (fields, revision) = (fields(&form, teams), form.get("revision"));
        view! {
            <PageHead title=heading.clone() back/>
            <Panel title=heading>
                <ErrorSummary form=form labels=labels()/>
                <form class="form" method="post" action=action>
                    <input type="hidden" name="revision" value=revision/>
                    {fields}
                    <div class="form-acts">
                        <Button label=t!("monitors-save") kind=ButtonKind::Primary/>
                        <LinkButton href="/admin/locations" label=t!("monitors-cancel") kind=ButtonKind::Quiet/>
                    </div>
                </form>
            </Panel>
        }
    }))
}

async fn show(visit: &Visit, form: FormState, made: Option<NewLocation>) -> Result<Response, crate::fault::Refused> {
    visit.actor.require_everywhere(Permission::ManageSettings)?;
    let locations = visit.portal.locations.locations(&visit.actor).await?;
    let teams = teams(visit).await?;
    let (now, origin) = (visit.now, visit.origin.clone());
    Ok(visit.page_as(form.status(), tr!(visit, "locations-title"), move || {
        let fields = fields(&form, teams);
        let made = made.map(|made| {
            let command = format!("evenkeel probe --join {origin} --token {}", made.token);
            view! {
                <SecretOnce value=made.token text=t!("locations-once")/>
                <pre class="monitors-example"><code>{command}</code></pre>
            }
        });
        view! {
            <PageHead title=t!("locations-title") sub=t!("locations-sub")/>
            <div class="stack">
                {made}
                <Panel title=t!("locations-title") id="locations" flush=true>
                    <Rows locations now/>
                </Panel>
                <Panel title=t!("locations-new")>
                    <ErrorSummary form=form labels=labels()/>
                    <form class="form" method="post" action="/admin/locations">
                        {fields}
                        <div class="form-acts"><Button label=t!("locations-make") kind=ButtonKind::Primary/></div>
                    </form>
                </Panel>
            </div>
        }
    }))
}

#[component]
fn Rows(locations: Vec<Location>, now: domain::Timestamp) -> impl IntoView {
    if locations.is_empty() {
        return view! { <Empty kind=EmptyKind::NotConfigured title=t!("locations-none") text=t!("locations-none-text") tight=true/> }
            .into_any();
    }
    let columns = vec![
        Column::new(t!("locations-name")),
        Column::new(t!("locations-team")),
        Column::new(t!("locations-seen")),
        Column::new(t!("locations-version")),
        Column::new(t!("locations-lag")).number(),
        Column::new(t!("locations-monitors")).number(),
        Column::unspoken(t!("locations-acts")),
    ];
    let rows = locations
        .into_iter()
        .map(|location| {
            let (tone, word) = match location.seen_at {
                None => (Tone::NoData, t!("locations-never")),
                Some(_) if location.is_lost(now) => (Tone::P3, t!("locations-lost")),
                Some(_) => (Tone::Ok, t!("locations-there")),
            };
            let base = format!("/admin/locations/{}", location.id);
            let version = if location.version.is_empty() { NULL.to_owned() } else { location.version.clone() };
            let lag = location.seen_at.map_or_else(|| NULL.to_owned(), |_| duration(location.lag_ms));
            let text = t!("locations-delete-text", name = location.name.clone());
            view! {
                <tr>
                    <Cell main=true>{location.name.clone()}" "<Badge tone word/></Cell>
                    <Cell label=t!("locations-team")>{location.team_name}</Cell>
                    <Cell label=t!("locations-seen")><When at=location.seen_at style=WhenStyle::Ago/></Cell>
                    <Cell label=t!("locations-version")>{version}</Cell>
                    <Cell label=t!("locations-lag") number=true>{lag}</Cell>
                    <Cell label=t!("locations-monitors") number=true>{location.monitors}</Cell>
                    <Cell>
                        <div class="row">
                            <LinkButton href=format!("{base}/edit") label=t!("monitors-edit") small=true/>
                            <Confirm verb=t!("locations-renew") text=t!("locations-renew-text") action=format!("{base}/renew") small=true/>
                            {(location.monitors == 0).then(|| view! { <Confirm verb=t!("locations-delete") text action=format!("{base}/delete") small=true/> })}
                        </div>
                    </Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption=t!("locations-title") columns>{rows}</Table> }.into_any()
}
