//! `/admin/users`: the list and the making of users. One user stands in [`one`].

mod one;

use domain::{
    Fault, PageRequest,
    id::TeamId,
    people::{Role, Team, User, UserFilter},
};
use leptos::prelude::*;
use serde::Deserialize;

pub(super) use one::{disable, edit, enable, give, page, password, take, unlock};

use super::words::{membership_word, role_choices, team_choices};
use crate::{
    components::{
        Badge, Button, ButtonKind, Cell, CheckField, Column, Empty, EmptyKind, ErrorSummary, FilterBar, FilterFold, FilterSearch,
        FilterSelect, LinkButton, PageHead, Pager, Panel, SecretField, SelectField, Table, TextField, Tone, When, WhenStyle,
    },
    csv::stream_csv,
    fault::Answer,
    form::{FormState, PostedForm},
    query::Query,
    t, tr,
    visit::Visit,
};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct ListQuery {
    q: String,
    team: String,
    state: String,
    after: Option<String>,
    limit: Option<String>,
}

impl ListQuery {
    fn filter(&self) -> Result<UserFilter, Fault> {
        let team = match self.team.as_str() {
            "" => None,
            id => Some(TeamId::parse(id).ok_or_else(|| Fault::invalid("team", id, domain::Wording::new("expect-id")))?),
        };
        let disabled = match self.state.as_str() {
            "enabled" => Some(false),
            "disabled" => Some(true),
            _ => None,
        };
        Ok(UserFilter { text: self.q.clone(), team, disabled })
    }
}

pub(super) async fn list(visit: Visit, Query(query): Query<ListQuery>) -> Answer {
    let people = &visit.portal.people;
    let page = PageRequest::parse(query.after.as_deref(), query.limit.as_deref())?;
    let users = people.users(&visit.actor, &query.filter()?, &page).await?;
    let teams = people.teams(&visit.actor).await?;
    Ok(visit.page(tr!(visit, "people-users"), move || {
        let states = vec![("enabled".to_owned(), t!("people-enabled")), ("disabled".to_owned(), t!("people-disabled"))];
        let teams = teams.into_iter().map(|team| (team.id.to_string(), team.name)).collect();
        let shown = users.items.len();
        let rows = users.items.into_iter().map(row).collect_view();
        let columns = vec![
            Column::new(t!("people-name")),
            Column::new(t!("people-login")),
            Column::new(t!("people-memberships")),
            Column::new(t!("people-state")),
            Column::new(t!("people-created")),
        ];
        view! {
            <PageHead title=t!("people-users")>
                <LinkButton href="/admin/users/new" label=t!("people-user-new") icon="plus" kind=ButtonKind::Primary/>
            </PageHead>
            <FilterFold>
                <FilterBar>
                    <FilterSearch name="q" label=t!("people-search")/>
                    <FilterSelect name="team" label=t!("people-team") options=teams/>
                    <FilterSelect name="state" label=t!("people-state") options=states/>
                </FilterBar>
            </FilterFold>
            <Panel title=t!("people-users") flush=true>
                {if shown == 0 {
                    view! { <Empty kind=EmptyKind::NoMatch title=t!("people-users-none")/> }.into_any()
                } else {
                    view! { <Table caption=t!("people-users") columns>{rows}</Table> }.into_any()
                }}
            </Panel>
            <Pager shown next=users.next csv="/admin/users.csv"/>
        }
    }))
}

fn row(user: User) -> impl IntoView {
    let memberships = user.memberships.iter().map(|m| view! { <li>{membership_word(m)}</li> }).collect_view();
    let (href, badge) = (format!("/admin/users/{}", user.id), state_badge(&user));
    view! {
        <tr>
            <Cell main=true><a href=href>{user.name}</a></Cell>
            <Cell label=t!("people-login")><span class="mono">{user.login}</span></Cell>
            <Cell label=t!("people-memberships")><ul class="people-roles">{memberships}</ul></Cell>
            <Cell label=t!("people-state")>{badge}</Cell>
            <Cell label=t!("people-created")><When at=user.created_at style=WhenStyle::Wall/></Cell>
        </tr>
    }
}

/// Whether the user may enter, in one badge.
fn state_badge(user: &User) -> impl IntoView + use<> {
    if user.disabled {
        view! { <Badge tone=Tone::NoData word=t!("people-disabled")/> }
    } else if user.locked_until.is_some() {
        view! { <Badge tone=Tone::P3 word=t!("people-locked")/> }
    } else if user.password_due {
        view! { <Badge tone=Tone::P4 word=t!("people-password-due")/> }
    } else {
        view! { <Badge tone=Tone::Ok word=t!("people-enabled")/> }
    }
}

pub(super) async fn csv(visit: Visit, Query(query): Query<ListQuery>) -> Answer {
    let (portal, actor, filter) = (visit.portal.clone(), visit.actor.clone(), query.filter()?);
    let head =
        ["login", "name", "email", "disabled", "locked_until", "password_due", "created_at", "memberships"].map(str::to_owned).to_vec();
    let fetch = move |after| -> crate::csv::NextPage<User> {
        let (portal, actor, filter) = (portal.clone(), actor.clone(), filter.clone());
        Box::pin(async move { portal.people.users(&actor, &filter, &PageRequest { after, limit: 500 }).await })
    };
    let cells = |user: &User| {
        let memberships = user.memberships.iter().map(|m| {
            let team = if m.team.is_none() { "*" } else { m.team_name.as_str() };
            format!("{}@{team}", m.role_key)
        });
        vec![
            user.login.clone(),
            user.name.clone(),
            user.email.clone(),
            user.disabled.to_string(),
            user.locked_until.map(domain::Timestamp::rfc3339).unwrap_or_default(),
            user.password_due.to_string(),
            user.created_at.rfc3339(),
            memberships.collect::<Vec<_>>().join(" "),
        ]
    };
    Ok(stream_csv("users.csv", head, fetch, cells).await?)
}

pub(super) async fn new(visit: Visit) -> Answer {
    show_new(&visit, FormState::default()).await
}

pub(super) async fn add(visit: Visit, form: PostedForm) -> Answer {
    match visit.portal.people.add_user(&visit.actor, &form.typed).await {
        Ok(id) => Ok(visit.go(&format!("/admin/users/{id}"), "toast-people-user-added")),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => show_new(&visit, FormState::refused(form.typed, fault)).await,
        Err(fault) => Err(fault.into()),
    }
}

/// What a form about memberships chooses from.
async fn choices(visit: &Visit) -> Result<(Vec<Team>, Vec<Role>), Fault> {
    let roles = visit.portal.people.roles(&visit.actor).await?;
    Ok((visit.portal.people.teams(&visit.actor).await?, roles))
}

async fn show_new(visit: &Visit, form: FormState) -> Answer {
    let (teams, roles) = choices(visit).await?;
    Ok(visit.page_as(form.status(), tr!(visit, "people-user-new"), move || {
        let labels = vec![
            ("login", t!("people-login")),
            ("name", t!("people-name")),
            ("email", t!("people-email")),
            ("password", t!("people-password-first")),
            ("team", t!("people-team")),
            ("role", t!("people-role")),
        ];
        view! {
            <PageHead title=t!("people-user-new") back=("/admin/users".to_owned(), t!("people-users"))/>
            <ErrorSummary form=&form labels/>
            <form class="form" method="post" action="/admin/users">
                <div class="fields">
                    <TextField form=&form name="login" label=t!("people-login") hint=t!("people-login-hint")/>
                    <TextField form=&form name="name" label=t!("people-name")/>
                    <TextField form=&form name="email" label=t!("people-email") kind="email" optional=true/>
                    <SecretField
                        form=&form
                        name="password"
                        label=t!("people-password-first")
                        hint=t!("people-password-hint")
                        autocomplete="new-password"
                    />
                    <SelectField form=&form name="team" label=t!("people-team") options=team_choices(&teams)/>
                    <SelectField form=&form name="role" label=t!("people-role") options=role_choices(&roles) blank=t!("people-role-none")/>
                </div>
                <CheckField form=&form name="keep" label=t!("people-password-keep") hint=t!("people-password-keep-hint")/>
                <div class="form-acts"><Button label=t!("people-user-add") kind=ButtonKind::Primary/></div>
            </form>
        }
    }))
}
