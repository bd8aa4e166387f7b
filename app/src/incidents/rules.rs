//! `/incidents/rules`: the rules of the house for all incidents.

use axum::extract::Path;
use domain::{
    Fault, Permission,
    form::Typed,
    incidents::{Role, window_minutes},
};
use leptos::prelude::*;

use super::together::is_fixed;
use crate::{
    components::{Button, ButtonKind, Cell, Column, ErrorSummary, LinkButton, NumberField, PageHead, Panel, PostButton, Table, TextField},
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::Visit,
};

/// `GET /incidents/rules`
pub(super) async fn page(visit: Visit) -> Answer {
    show(&visit, FormState::default()).await
}

async fn show(visit: &Visit, form: FormState) -> Answer {
    visit.actor.require_everywhere(Permission::ManageSettings)?;
    let rules = visit.portal.incidents.rules(&visit.actor).await?;
    Ok(visit.page_as(form.status(), tr!(visit, "incidents-rules"), move || {
        let window = if form.typed.has("reopen_minutes") {
            form.clone()
        } else {
            let mut typed = Typed::default();
            typed.set("reopen_minutes", window_minutes(rules.reopen_within_ms));
            FormState::fresh(typed)
        };
        let adding = if form.typed.has("key") { form.clone() } else { FormState::default() };
        let labels = vec![
            ("reopen_minutes", t!("incidents-reopen-window")),
            ("key", t!("people-key")),
            ("name", t!("people-role-name")),
            ("name_zh", t!("people-role-name-zh")),
        ];
        let columns = vec![
            Column::new(t!("people-role-name")),
            Column::new(t!("people-role-name-zh")),
            Column::new(t!("people-key")),
            Column::new(t!("incidents-role-remove")),
        ];
        let row = |role: Role| {
            let action = format!("/incidents/rules/roles/{}/remove", role.key);
            let remove = (!is_fixed(&role))
                .then(|| view! { <PostButton action label=t!("incidents-role-remove") kind=ButtonKind::Quiet small=true/> });
            view! {
                <tr>
                    <Cell main=true>{role.name}</Cell>
                    <Cell label=t!("people-role-name-zh")>{role.name_zh}</Cell>
                    <Cell label=t!("people-key")><span class="mono">{role.key}</span></Cell>
                    <Cell acts=true>{remove}</Cell>
                </tr>
            }
        };
        let rows = rules.roles.into_iter().map(row).collect_view();
        view! {
            <PageHead title=t!("incidents-rules") sub=t!("incidents-rules-text") back=("/incidents".to_owned(), t!("incidents-title"))>
                <LinkButton href="/incidents/rules/templates" label=t!("incidents-templates") icon="clipboard-check"/>
            </PageHead>
            <ErrorSummary form=&form labels/>
            <div class="stack">
                <Panel title=t!("incidents-reopen-window")>
                    <form class="form" method="post" action="/incidents/rules">
                        <NumberField form=&window name="reopen_minutes" label=t!("incidents-reopen-window") hint=t!("incidents-reopen-hint") unit="min" min=0 max=1440/>
                        <div class="form-acts"><Button label=t!("incidents-save") kind=ButtonKind::Primary/></div>
                    </form>
                </Panel>
                <Panel title=t!("incidents-roles") flush=true><Table caption=t!("incidents-roles") columns>{rows}</Table></Panel>
                <Panel title=t!("incidents-role-save")>
                    <form class="form" method="post" action="/incidents/rules/roles">
                        <div class="fields">
                            <TextField form=&adding name="key" label=t!("people-key") hint=t!("incidents-role-key-hint") mono=true/>
                            <TextField form=&adding name="name" label=t!("people-role-name")/>
                            <TextField form=&adding name="name_zh" label=t!("people-role-name-zh")/>
                        </div>
                        <div class="form-acts"><Button label=t!("incidents-save")/></div>
                    </form>
                </Panel>
            </div>
        }
    }))
}

async fn answer(visit: &Visit, typed: Typed, done: Result<(), Fault>) -> Answer {
    match done {
        Ok(()) => Ok(visit.go("/incidents/rules", "toast-incident-saved")),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => show(visit, FormState::refused(typed, fault)).await,
        Err(fault) => Err(fault.into()),
    }
}

/// `POST /incidents/rules`, field `reopen_minutes`
pub(super) async fn set(visit: Visit, form: PostedForm) -> Answer {
    let done = visit.portal.incidents.set_rules(&visit.actor, &form.typed).await;
    answer(&visit, form.typed, done).await
}

/// `POST /incidents/rules/roles`, fields `key`, `name`, `name_zh`
pub(super) async fn save_role(visit: Visit, form: PostedForm) -> Answer {
    let done = visit.portal.incidents.save_role(&visit.actor, &form.typed).await.map(drop);
    answer(&visit, form.typed, done).await
}

/// `POST /incidents/rules/roles/{key}/remove`
pub(super) async fn remove_role(visit: Visit, Path(key): Path<String>) -> Answer {
    let done = visit.portal.incidents.remove_role(&visit.actor, &key).await;
    answer(&visit, Typed::default(), done).await
}
