//! `/approvals/delegations`: who approves in whose place, and until when.

use axum::{extract::Path, response::Response};
use domain::{Fault, Permission, changes::Delegation, form::Typed, id::DelegationId, people::UserBrief};
use leptos::prelude::*;

use crate::{
    components::{
        Button, ButtonKind, Cell, Column, Confirm, Empty, EmptyKind, ErrorSummary, MomentField, PageHead, Panel, SelectField, Table,
        TextField, When,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::Visit,
};

/// `GET /approvals/delegations`
pub(super) async fn page(visit: Visit) -> Answer {
    let mut typed = Typed::default();
    typed.set("zone", &visit.zone_name);
    show(&visit, FormState::fresh(typed)).await
}

/// `POST /approvals/delegations`
pub(super) async fn give(visit: Visit, form: PostedForm) -> Answer {
    match visit.portal.approving.delegate(&visit.actor, &form.typed).await {
        Ok(_) => Ok(visit.go("/approvals/delegations", "toast-delegated")),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => show(&visit, FormState::refused(form.typed, fault)).await,
        Err(fault) => Err(fault.into()),
    }
}

/// `POST /approvals/delegations/{id}/end`
pub(super) async fn end(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = DelegationId::parse(&id).ok_or(Fault::NotFound("delegation"))?;
    visit.portal.approving.end_delegation(&visit.actor, &id).await?;
    Ok(visit.go("/approvals/delegations", "toast-delegation-ended"))
}

async fn show(visit: &Visit, form: FormState) -> Result<Response, crate::fault::Refused> {
    let (given, taken) = visit.portal.approving.delegations(&visit.actor).await?;
    let may = visit.may(Permission::ApproveChanges);
    let choices = if may { visit.portal.approving.delegates(&visit.actor).await? } else { Vec::new() };
    Ok(visit.page_as(form.status(), tr!(visit, "changes-delegations"), move || {
        let labels = vec![
            ("to", t!("changes-field-delegate")),
            ("until", t!("changes-field-until")),
            ("zone", t!("changes-field-zone")),
            ("reason", t!("changes-field-reason")),
        ];
        view! {
            <PageHead title=t!("changes-delegations") sub=t!("changes-delegations-sub") back=("/approvals".to_owned(), t!("changes-approvals-title"))/>
            <ErrorSummary form=&form labels/>
            <div class="stack">
                <Panel title=t!("changes-delegations-given")><Rows list=given mine=true/></Panel>
                <Panel title=t!("changes-delegations-taken")><Rows list=taken mine=false/></Panel>
                {may.then(|| view! { <Panel title=t!("changes-delegate")><Give form choices/></Panel> })}
            </div>
        }
    }))
}

#[component]
fn Give(form: FormState, choices: Vec<UserBrief>) -> impl IntoView {
    let options = choices.into_iter().map(|user| (user.id.to_string(), format!("{} ({})", user.name, user.login))).collect();
    let zone = form.get("zone");
    view! {
        <form class="form" method="post" action="/approvals/delegations">
            <SelectField form=&form name="to" label=t!("changes-field-delegate") options blank=t!("changes-choose")/>
            <div class="fields">
                <MomentField form=&form name="until" label=t!("changes-field-until") zone=zone/>
                <TextField form=&form name="zone" label=t!("changes-field-zone") hint=t!("changes-hint-zone")/>
            </div>
            <TextField form=&form name="reason" label=t!("changes-field-reason") hint=t!("changes-hint-delegate")/>
            <div class="form-acts"><Button label=t!("changes-delegate") kind=ButtonKind::Primary/></div>
        </form>
    }
}

#[component]
fn Rows(list: Vec<Delegation>, mine: bool) -> impl IntoView {
    if list.is_empty() {
        return view! { <Empty kind=EmptyKind::Clear title=t!("changes-delegations-none")/> }.into_any();
    }
    let columns = vec![
        Column::new(if mine { t!("changes-field-delegate") } else { t!("changes-field-delegator") }),
        Column::new(t!("changes-field-until")),
        Column::new(t!("changes-field-reason")),
        Column::unspoken(t!("changes-acts")),
    ];
    let caption = if mine { t!("changes-delegations-given") } else { t!("changes-delegations-taken") };
    view! {
        <Table caption columns>
            {list
                .into_iter()
                .map(|d| {
                    let who = if mine { d.to_name } else { d.from_name };
                    let text = t!("changes-delegation-end-text", name = who.clone());
                    view! {
                        <tr>
                            <Cell main=true>{who}</Cell>
                            <Cell label=t!("changes-field-until")><When at=d.until/></Cell>
                            <Cell label=t!("changes-field-reason")>{d.reason}</Cell>
                            <Cell><Confirm verb=t!("changes-delegation-end") text action=format!("/approvals/delegations/{}/end", d.id) small=true/></Cell>
                        </tr>
                    }
                })
                .collect_view()}
        </Table>
    }
    .into_any()
}
