//! `/admin/users/{id}`: one user, and every act on them.

use axum::extract::Path;
use domain::{
    Fault,
    form::Typed,
    id::UserId,
    people::{Role, Team, User},
};
use leptos::prelude::*;

use super::{
    super::{
        Id, id,
        words::{membership_word, role_choices, team_choices},
    },
    choices, state_badge,
};
use crate::{
    components::{
        Button, ButtonKind, CheckField, Confirm, Empty, EmptyKind, ErrorSummary, Fact, Facts, LinkButton, NULL, PageHead, Panel,
        PostButton, SecretField, SelectField, TextField, When,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    t,
    visit::Visit,
};

/// Which of the page's forms was refused.
enum Refusal {
    None,
    Edit(FormState),
    Password(FormState),
    Membership(FormState),
    /// An act without anything to type.
    Act(FormState),
}

/// Back to the page with a confirmation, or the page again with what was refused.
async fn after(
    visit: &Visit,
    user: &UserId,
    done: Result<(), Fault>,
    toast: &'static str,
    refusal: impl FnOnce(Fault) -> Refusal,
) -> Answer {
    match done {
        Ok(()) => Ok(visit.go(&format!("/admin/users/{user}"), toast)),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => show(visit, user, refusal(fault)).await,
        Err(fault) => Err(fault.into()),
    }
}

fn act(fault: Fault) -> Refusal {
    Refusal::Act(FormState::refused(Typed::default(), fault))
}

pub(crate) async fn page(visit: Visit, Path(user): Id) -> Answer {
    show(&visit, &id(&user, "user")?, Refusal::None).await
}

pub(crate) async fn edit(visit: Visit, Path(user): Id, form: PostedForm) -> Answer {
    let user: UserId = id(&user, "user")?;
    let done = visit.portal.people.edit_user(&visit.actor, &user, &form.typed).await;
    after(&visit, &user, done, "toast-people-saved", |fault| Refusal::Edit(FormState::refused(form.typed, fault))).await
}

pub(crate) async fn password(visit: Visit, Path(user): Id, form: PostedForm) -> Answer {
    let user: UserId = id(&user, "user")?;
    let done = visit.portal.people.set_password(&visit.actor, &user, &form.typed).await;
    after(&visit, &user, done, "toast-people-password", |fault| Refusal::Password(FormState::refused(form.typed, fault))).await
}

pub(crate) async fn disable(visit: Visit, Path(user): Id) -> Answer {
    let user: UserId = id(&user, "user")?;
    let done = visit.portal.people.set_disabled(&visit.actor, &user, true).await;
    after(&visit, &user, done, "toast-people-disabled", act).await
}

pub(crate) async fn enable(visit: Visit, Path(user): Id) -> Answer {
    let user: UserId = id(&user, "user")?;
    let done = visit.portal.people.set_disabled(&visit.actor, &user, false).await;
    after(&visit, &user, done, "toast-people-enabled", act).await
}

pub(crate) async fn unlock(visit: Visit, Path(user): Id) -> Answer {
    let user: UserId = id(&user, "user")?;
    let done = visit.portal.people.unlock(&visit.actor, &user).await;
    after(&visit, &user, done, "toast-people-unlocked", act).await
}

pub(crate) async fn give(visit: Visit, Path(user): Id, form: PostedForm) -> Answer {
    let user: UserId = id(&user, "user")?;
    let done = visit.portal.people.add_membership(&visit.actor, &user, &form.typed).await;
    after(&visit, &user, done, "toast-people-saved", |fault| Refusal::Membership(FormState::refused(form.typed, fault))).await
}

pub(crate) async fn take(visit: Visit, Path(user): Id, form: PostedForm) -> Answer {
    let user: UserId = id(&user, "user")?;
    let done = visit.portal.people.remove_membership(&visit.actor, &user, &form.typed).await;
    after(&visit, &user, done, "toast-people-saved", act).await
}

async fn show(visit: &Visit, user: &UserId, refusal: Refusal) -> Answer {
    let user = visit.portal.people.user(&visit.actor, user).await?;
    let (teams, roles) = choices(visit).await?;
    let mut edit = Typed::default();
    edit.set("name", &user.name);
    edit.set("email", &user.email);
    let (mut edit, mut password, mut membership, mut act) =
        (FormState::fresh(edit), FormState::default(), FormState::default(), FormState::default());
    let status = match refusal {
        Refusal::None => http::StatusCode::OK,
        Refusal::Edit(form) => {
            edit = form;
            edit.status()
        }
        Refusal::Password(form) => {
            password = form;
            password.status()
        }
        Refusal::Membership(form) => {
            membership = form;
            membership.status()
        }
        Refusal::Act(form) => {
            act = form;
            act.status()
        }
    };
    Ok(visit.page_as(status, user.name.clone(), move || {
        let path = format!("/admin/users/{}", user.id);
        let trail = format!("/audit?kind=user&object={}", user.id);
        let (held, account, badge) = (memberships(&user, &path), facts(&user, &path), state_badge(&user).into_any());
        let (give, set) = (membership_form(&membership, &path, &teams, &roles), password_form(&password, &path));
        let edit = edit_form(&edit, path);
        view! {
            <PageHead title=user.name sub=user.login back=("/admin/users".to_owned(), t!("people-users")) badges=badge>
                <LinkButton href=trail label=t!("people-trail") icon="scroll-text"/>
            </PageHead>
            <ErrorSummary form=&act/>
            <div class="split">
                <div class="stack">
                    <Panel title=t!("people-memberships")>{held}{give}</Panel>
                    <Panel title=t!("people-edit")>{edit}</Panel>
                </div>
                <div class="stack">
                    <Panel title=t!("people-account")>{account}</Panel>
                    <Panel title=t!("people-password-set")>{set}</Panel>
                </div>
            </div>
        }
    }))
}

fn membership_form(form: &FormState, path: &str, teams: &[Team], roles: &[Role]) -> AnyView {
    let labels = vec![("team", t!("people-team")), ("role", t!("people-role"))];
    view! {
        <ErrorSummary form labels/>
        <form class="form" method="post" action=format!("{path}/memberships")>
            <div class="fields">
                <SelectField form name="role" label=t!("people-role") options=role_choices(roles) blank=t!("oncall-choose")/>
                <SelectField form name="team" label=t!("people-team") options=team_choices(teams) blank=t!("oncall-choose")/>
            </div>
            <div class="form-acts"><Button label=t!("people-membership-add")/></div>
        </form>
    }
    .into_any()
}

fn edit_form(form: &FormState, path: String) -> AnyView {
    let labels = vec![("name", t!("people-name")), ("email", t!("people-email"))];
    view! {
        <ErrorSummary form labels/>
        <form class="form" method="post" action=path>
            <div class="fields">
                <TextField form name="name" label=t!("people-name")/>
                <TextField form name="email" label=t!("people-email") kind="email" optional=true/>
            </div>
            <div class="form-acts"><Button label=t!("people-save") kind=ButtonKind::Primary/></div>
        </form>
    }
    .into_any()
}

fn password_form(form: &FormState, path: &str) -> AnyView {
    let labels = vec![("password", t!("people-password-new"))];
    view! {
        <ErrorSummary form labels/>
        <form class="form" method="post" action=format!("{path}/password")>
            <SecretField
                form
                name="password"
                label=t!("people-password-new")
                hint=t!("people-password-hint")
                autocomplete="new-password"
            />
            <CheckField form name="keep" label=t!("people-password-keep") hint=t!("people-password-keep-hint")/>
            <p class="muted small">{t!("people-password-ends-sessions")}</p>
            <div class="form-acts"><Button label=t!("people-password-set-act")/></div>
        </form>
    }
    .into_any()
}

fn memberships(user: &User, path: &str) -> AnyView {
    if user.memberships.is_empty() {
        return view! { <Empty kind=EmptyKind::NotConfigured title=t!("people-memberships-none") tight=true/> }.into_any();
    }
    let action = format!("{path}/memberships/remove");
    let items = user
        .memberships
        .iter()
        .map(|m| {
            let team = m.team.as_ref().map_or_else(|| "*".to_owned(), ToString::to_string);
            let fields = vec![("team", team), ("role", m.role.to_string())];
            view! {
                <li class="row row-apart">
                    <span>{membership_word(m)}</span>
                    <PostButton action=action.clone() label=t!("people-membership-remove") fields small=true/>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="people-memberships">{items}</ul> }.into_any()
}

fn facts(user: &User, path: &str) -> AnyView {
    let locked = user.locked_until;
    let unlock = locked.map(|_| view! { <PostButton action=format!("{path}/unlock") label=t!("people-unlock") icon="lock"/> });
    let email = if user.email.is_empty() { NULL.to_owned() } else { user.email.clone() };
    let switch = if user.disabled {
        view! { <PostButton action=format!("{path}/enable") label=t!("people-enable")/> }.into_any()
    } else {
        let text = t!("people-disable-text", name = user.name.clone());
        view! { <Confirm verb=t!("people-disable") text action=format!("{path}/disable")/> }.into_any()
    };
    let created = user.created_at;
    view! {
        <Facts stacked=true>
            <Fact name=t!("people-email")>{email}</Fact>
            <Fact name=t!("people-created")><When at=created/></Fact>
            {locked.map(|until| view! { <Fact name=t!("people-locked-until")><When at=until/></Fact> })}
        </Facts>
        <div class="row">{unlock}{switch}</div>
    }
    .into_any()
}
