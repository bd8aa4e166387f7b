//! `/admin/tokens`: one's own tokens, and everybody's for those who keep people.

use axum::extract::Path;
use domain::{
    Fault, Permission, Timestamp,
    form::Typed,
    id::TokenId,
    people::{NewToken, Token, held_anywhere},
};
use leptos::prelude::*;

use super::{
    id,
    words::{permission_choices, permission_word},
};
use crate::{
    components::{
        Badge, Button, ButtonKind, Cell, ChoicesField, Column, Confirm, Empty, EmptyKind, ErrorSummary, NumberField, PageHead, Pager,
        Panel, SecretOnce, Table, TextField, Tone, When, WhenStyle,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::Visit,
};

pub(super) async fn list(visit: Visit) -> Answer {
    let mut typed = Typed::default();
    typed.set("days", 90);
    show(&visit, FormState::fresh(typed), None).await
}

pub(super) async fn create(visit: Visit, form: PostedForm) -> Answer {
    match visit.portal.people.create_token(&visit.actor, &form.typed).await {
        // The secret is told in the answer itself: no redirect could carry it without storing it.
        Ok(token) => show(&visit, FormState::default(), Some(token)).await,
        Err(fault @ Fault::Invalid(_)) => show(&visit, FormState::refused(form.typed, fault), None).await,
        Err(fault) => Err(fault.into()),
    }
}

pub(super) async fn revoke(visit: Visit, Path(token): Path<String>) -> Answer {
    let token: TokenId = id(&token, "token")?;
    visit.portal.people.revoke_token(&visit.actor, &token).await?;
    Ok(visit.go("/admin/tokens", "toast-people-token-revoked"))
}

async fn show(visit: &Visit, form: FormState, made: Option<NewToken>) -> Answer {
    let everybody = visit.actor.require_everywhere(Permission::ManagePeople).is_ok();
    let tokens = visit.portal.people.tokens(&visit.actor, everybody).await?;
    let may_create = visit.may(Permission::ManageTokens) && visit.identity.user.is_some();
    let held = held_anywhere(&visit.actor.grants);
    let (now, shown) = (visit.now, tokens.len());
    Ok(visit.page_as(form.status(), tr!(visit, "people-tokens"), move || {
        view! {
            <PageHead title=t!("people-tokens") sub=t!("people-tokens-text")/>
            <div class="stack">
                {made.map(|token| view! { <SecretOnce value=token.secret text=t!("people-token-once")/> })}
                <Panel title=if everybody { t!("people-tokens-everybody") } else { t!("people-tokens-mine") } flush=true>
                    {token_table(tokens, now, everybody)}
                </Panel>
                <Pager shown next=None csv="/admin/tokens.csv"/>
                {may_create
                    .then(|| {
                        let labels =
                            vec![("name", t!("people-token-name")), ("days", t!("people-token-days")), ("permissions", t!("people-permissions"))];
                        view! {
                            <Panel title=t!("people-token-new")>
                                <ErrorSummary form=&form labels/>
                                <form class="form" method="post" action="/admin/tokens">
                                    <TextField form=&form name="name" label=t!("people-token-name") hint=t!("people-token-name-hint")/>
                                    <NumberField form=&form name="days" label=t!("people-token-days") unit=t!("people-days") min=1 max=365/>
                                    <ChoicesField
                                        form=&form
                                        name="permissions"
                                        label=t!("people-permissions")
                                        hint=t!("people-token-permissions-hint")
                                        options=permission_choices(held.iter())
                                    />
                                    <div class="form-acts"><Button label=t!("people-token-act") kind=ButtonKind::Primary/></div>
                                </form>
                            </Panel>
                        }
                    })}
            </div>
        }
    }))
}

/// Tokens as a table; with `owners` it says whose.
pub(super) fn token_table(tokens: Vec<Token>, now: Timestamp, owners: bool) -> AnyView {
    if tokens.is_empty() {
        return view! { <Empty kind=EmptyKind::NotConfigured title=t!("people-tokens-none") tight=true/> }.into_any();
    }
    let mut columns = vec![Column::new(t!("people-token-name"))];
    if owners {
        columns.push(Column::new(t!("people-token-owner")));
    }
    columns.extend([
        Column::new(t!("people-permissions")),
        Column::new(t!("people-token-used")),
        Column::new(t!("people-token-ends")),
        Column::unspoken(t!("people-acts")),
    ]);
    let rows = tokens
        .into_iter()
        .map(|token| {
            let over = token.revoked_at.is_some() || token.expires_at <= now;
            let permissions = token.permissions.iter().map(permission_word).collect::<Vec<_>>().join(", ");
            let act = if token.revoked_at.is_some() {
                view! { <Badge tone=Tone::NoData word=t!("people-token-revoked")/> }.into_any()
            } else if over {
                view! { <Badge tone=Tone::NoData word=t!("people-token-expired")/> }.into_any()
            } else {
                let text = t!("people-token-revoke-text", name = token.name.clone());
                view! { <Confirm verb=t!("people-token-revoke") text action=format!("/admin/tokens/{}/revoke", token.id) small=true/> }
                    .into_any()
            };
            view! {
                <tr>
                    <Cell main=true>{token.name}</Cell>
                    {owners.then(|| view! { <Cell label=t!("people-token-owner")>{token.owner.name}</Cell> })}
                    <Cell label=t!("people-permissions")><span class="small">{permissions}</span></Cell>
                    <Cell label=t!("people-token-used")><When at=token.used_at style=WhenStyle::Ago/></Cell>
                    <Cell label=t!("people-token-ends")><When at=token.expires_at style=WhenStyle::Wall/></Cell>
                    <Cell acts=true>{act}</Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption=t!("people-tokens") columns>{rows}</Table> }.into_any()
}
