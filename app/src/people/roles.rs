//! `/admin/roles`.

use axum::extract::Path;
use domain::{Fault, Permission, form::Typed, id::RoleId, people::Role};
use leptos::prelude::*;

use super::{
    Id, id,
    words::{permission_choices, permission_word, role_word},
};
use crate::{
    components::{
        Button, ButtonKind, Cell, ChoicesField, Column, Confirm, ErrorSummary, LinkButton, PageHead, Pager, Panel, Table, TextField,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::Visit,
};

pub(super) async fn list(visit: Visit) -> Answer {
    let roles = visit.portal.people.roles(&visit.actor).await?;
    Ok(visit.page(tr!(visit, "people-roles"), move || {
        let shown = roles.len();
        let columns = vec![
            Column::new(t!("people-role")),
            Column::new(t!("people-permissions")),
            Column::new(t!("people-home")),
            Column::new(t!("people-members")).number(),
        ];
        let rows = roles
            .into_iter()
            .map(|role| {
                let permissions = if role.permissions.iter().count() == Permission::ALL.len() {
                    t!("people-permissions-all")
                } else {
                    role.permissions.iter().map(permission_word).collect::<Vec<_>>().join(", ")
                };
                let (href, word) = (format!("/admin/roles/{}", role.id), role_word(&role));
                view! {
                    <tr>
                        <Cell main=true><a href=href>{word}</a></Cell>
                        <Cell label=t!("people-permissions")><span class="small">{permissions}</span></Cell>
                        <Cell label=t!("people-home")><span class="mono">{role.home}</span></Cell>
                        <Cell label=t!("people-members") number=true>{role.members}</Cell>
                    </tr>
                }
            })
            .collect_view();
        view! {
            <PageHead title=t!("people-roles") sub=t!("people-roles-text")>
                <LinkButton href="/admin/roles/new" label=t!("people-role-new") icon="plus" kind=ButtonKind::Primary/>
            </PageHead>
            <Panel title=t!("people-roles") flush=true><Table caption=t!("people-roles") columns>{rows}</Table></Panel>
            <Pager shown next=None csv="/admin/roles.csv"/>
        }
    }))
}

pub(super) async fn new(visit: Visit) -> Answer {
    visit.actor.require_everywhere(Permission::ManagePeople)?;
    let mut typed = Typed::default();
    typed.set("home", "/");
    typed.set("permissions", Permission::Read.name());
    show(&visit, None, FormState::fresh(typed))
}

pub(super) async fn add(visit: Visit, form: PostedForm) -> Answer {
    match visit.portal.people.add_role(&visit.actor, &form.typed).await {
        Ok(_) => Ok(visit.go("/admin/roles", "toast-people-role-added")),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => show(&visit, None, FormState::refused(form.typed, fault)),
        Err(fault) => Err(fault.into()),
    }
}

pub(super) async fn page(visit: Visit, Path(role): Id) -> Answer {
    let role = find(&visit, &role).await?;
    let form = FormState::fresh(stored(&role));
    show(&visit, Some(role), form)
}

pub(super) async fn edit(visit: Visit, Path(role): Id, form: PostedForm) -> Answer {
    let found = find(&visit, &role).await?;
    match visit.portal.people.edit_role(&visit.actor, &found.id, &form.typed).await {
        Ok(()) => Ok(visit.go("/admin/roles", "toast-people-saved")),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => show(&visit, Some(found), FormState::refused(form.typed, fault)),
        Err(fault) => Err(fault.into()),
    }
}

pub(super) async fn remove(visit: Visit, Path(role): Id) -> Answer {
    let found = find(&visit, &role).await?;
    match visit.portal.people.remove_role(&visit.actor, &found.id).await {
        Ok(()) => Ok(visit.go("/admin/roles", "toast-people-role-removed")),
        Err(fault @ Fault::Conflict(_)) => {
            let typed = stored(&found);
            show(&visit, Some(found), FormState::refused(typed, fault))
        }
        Err(fault) => Err(fault.into()),
    }
}

async fn find(visit: &Visit, role: &str) -> Result<Role, Fault> {
    let role: RoleId = id(role, "role")?;
    let roles = visit.portal.people.roles(&visit.actor).await?;
    roles.into_iter().find(|r| r.id == role).ok_or(Fault::NotFound("role"))
}

fn stored(role: &Role) -> Typed {
    let mut typed = Typed::default();
    typed.set("key", &role.key);
    typed.set("name", &role.name);
    typed.set("name_zh", &role.name_zh);
    typed.set("home", &role.home);
    for permission in role.permissions.iter() {
        typed.add("permissions", permission.name());
    }
    typed
}

fn show(visit: &Visit, role: Option<Role>, form: FormState) -> Answer {
    let title = tr!(visit, if role.is_some() { "people-role" } else { "people-role-new" });
    Ok(visit.page_as(form.status(), title, move || {
        let labels = vec![
            ("key", t!("people-key")),
            ("name", t!("people-role-name")),
            ("name_zh", t!("people-role-name-zh")),
            ("home", t!("people-home")),
            ("permissions", t!("people-permissions")),
        ];
        let (title, action, verb) = match &role {
            Some(role) => (role_word(role), format!("/admin/roles/{}", role.id), t!("people-save")),
            None => (t!("people-role-new"), "/admin/roles".to_owned(), t!("people-role-add")),
        };
        let removal = role.map(|role| {
            let text = t!("people-role-remove-text", name = role_word(&role));
            view! { <Confirm verb=t!("people-role-remove") text action=format!("/admin/roles/{}/remove", role.id) icon="trash-2"/> }
        });
        view! {
            <PageHead title back=("/admin/roles".to_owned(), t!("people-roles"))/>
            <ErrorSummary form=&form labels/>
            <form class="form" method="post" action=action>
                <div class="fields">
                    <TextField form=&form name="name" label=t!("people-role-name")/>
                    <TextField form=&form name="name_zh" label=t!("people-role-name-zh")/>
                    <TextField form=&form name="key" label=t!("people-key") hint=t!("people-key-hint") mono=true/>
                    <TextField form=&form name="home" label=t!("people-home") hint=t!("people-home-hint") mono=true/>
                </div>
                <ChoicesField
                    form=&form
                    name="permissions"
                    label=t!("people-permissions")
                    options=permission_choices(Permission::ALL.iter().copied())
                />
                <div class="form-acts"><Button label=verb kind=ButtonKind::Primary/></div>
            </form>
            {removal}
        }
    }))
}
