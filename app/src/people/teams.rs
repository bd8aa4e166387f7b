//! `/admin/teams`.

use axum::extract::Path;
use domain::{Fault, form::Typed, id::TeamId, people::Team};
use leptos::prelude::*;

use super::{Id, id};
use crate::{
    components::{
        Button, ButtonKind, Cell, Column, Confirm, ErrorSummary, LinkButton, PageHead, Pager, Panel, Table, TextField, When, WhenStyle,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::Visit,
};

pub(super) async fn list(visit: Visit) -> Answer {
    show_list(&visit, FormState::default()).await
}

pub(super) async fn add(visit: Visit, form: PostedForm) -> Answer {
    match visit.portal.people.add_team(&visit.actor, &form.typed).await {
        Ok(_) => Ok(visit.go("/admin/teams", "toast-people-team-added")),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => show_list(&visit, FormState::refused(form.typed, fault)).await,
        Err(fault) => Err(fault.into()),
    }
}

pub(super) async fn page(visit: Visit, Path(team): Id) -> Answer {
    show(&visit, &id(&team, "team")?, None).await
}

pub(super) async fn edit(visit: Visit, Path(team): Id, form: PostedForm) -> Answer {
    let team: TeamId = id(&team, "team")?;
    match visit.portal.people.edit_team(&visit.actor, &team, &form.typed).await {
        Ok(()) => Ok(visit.go("/admin/teams", "toast-people-saved")),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => show(&visit, &team, Some(FormState::refused(form.typed, fault))).await,
        Err(fault) => Err(fault.into()),
    }
}

pub(super) async fn remove(visit: Visit, Path(team): Id) -> Answer {
    let team: TeamId = id(&team, "team")?;
    match visit.portal.people.remove_team(&visit.actor, &team).await {
        Ok(()) => Ok(visit.go("/admin/teams", "toast-people-team-removed")),
        Err(fault @ Fault::Conflict(_)) => {
            let found = find(&visit, &team).await?;
            show(&visit, &team, Some(FormState::refused(stored(&found), fault))).await
        }
        Err(fault) => Err(fault.into()),
    }
}

async fn find(visit: &Visit, team: &TeamId) -> Result<Team, Fault> {
    visit.actor.require_everywhere(domain::Permission::ManagePeople)?;
    let teams = visit.portal.people.teams(&visit.actor).await?;
    teams.into_iter().find(|t| t.id == *team).ok_or(Fault::NotFound("team"))
}

fn stored(team: &Team) -> Typed {
    let mut typed = Typed::default();
    typed.set("key", &team.key);
    typed.set("name", &team.name);
    typed
}

async fn show_list(visit: &Visit, form: FormState) -> Answer {
    visit.actor.require_everywhere(domain::Permission::ManagePeople)?;
    let teams = visit.portal.people.teams(&visit.actor).await?;
    Ok(visit.page_as(form.status(), tr!(visit, "people-teams"), move || {
        let shown = teams.len();
        let columns = vec![
            Column::new(t!("people-team-name")),
            Column::new(t!("people-key")),
            Column::new(t!("people-members")).number(),
            Column::new(t!("people-created")),
        ];
        let rows = teams
            .into_iter()
            .map(|team| {
                let (href, members) = (format!("/admin/teams/{}", team.id), format!("/admin/users?team={}", team.id));
                view! {
                    <tr>
                        <Cell main=true><a href=href>{team.name}</a></Cell>
                        <Cell label=t!("people-key")><span class="mono">{team.key}</span></Cell>
                        <Cell label=t!("people-members") number=true>
                            <a href=members>{team.members}</a>
                        </Cell>
                        <Cell label=t!("people-created")><When at=team.created_at style=WhenStyle::Wall/></Cell>
                    </tr>
                }
            })
            .collect_view();
        view! {
            <PageHead title=t!("people-teams") sub=t!("people-teams-text")/>
            <div class="stack">
                <Panel title=t!("people-teams") flush=true><Table caption=t!("people-teams") columns>{rows}</Table></Panel>
                <Pager shown next=None csv="/admin/teams.csv"/>
                <Panel title=t!("people-team-new")>{fields(&form, "/admin/teams".into(), t!("people-team-add"), true)}</Panel>
            </div>
        }
    }))
}

fn fields(form: &FormState, action: String, verb: String, is_new: bool) -> impl IntoView + use<> {
    let form = form.clone();
    let labels = vec![("key", t!("people-key")), ("name", t!("people-team-name"))];
    let key_hint = if is_new { t!("people-team-key-hint") } else { t!("people-key-hint") };
    view! {
        <ErrorSummary form=&form labels/>
        <form class="form" method="post" action=action>
            <div class="fields">
                <TextField form=&form name="name" label=t!("people-team-name")/>
                <TextField form=&form name="key" label=t!("people-key") hint=key_hint mono=true optional=is_new/>
            </div>
            <div class="form-acts"><Button label=verb kind=ButtonKind::Primary/></div>
        </form>
    }
}

async fn show(visit: &Visit, team: &TeamId, form: Option<FormState>) -> Answer {
    let team = find(visit, team).await?;
    let form = form.unwrap_or_else(|| FormState::fresh(stored(&team)));
    Ok(visit.page_as(form.status(), team.name.clone(), move || {
        let path = format!("/admin/teams/{}", team.id);
        let members = format!("/admin/users?team={}", team.id);
        let fields = fields(&form, path.clone(), t!("people-save"), false);
        view! {
            <PageHead title=team.name.clone() sub=team.key.clone() back=("/admin/teams".to_owned(), t!("people-teams"))>
                <LinkButton href=members label=t!("people-members") icon="users"/>
            </PageHead>
            <div class="stack">
                <Panel title=t!("people-edit")>{fields}</Panel>
                <Confirm
                    verb=t!("people-team-remove")
                    text=t!("people-team-remove-text", name = team.name.clone())
                    action=format!("{path}/remove")
                    icon="trash-2"
                />
            </div>
        }
    }))
}
