//! `/changes/templates`: what standard changes are made from, who agreed to it, and taking it out of use.

use axum::extract::Path;
use domain::{
    Fault,
    Permission::{ApproveChanges, RequestChanges},
    changes::{Detail, Kind, Template},
    id::TemplateId,
};
use leptos::prelude::*;

use super::{
    acts,
    say::{risk_word, system_names},
};
use crate::{
    components::{
        Badge, Button, ButtonKind, Cell, Column, Confirm, Empty, EmptyKind, Here, LinkButton, Markdown, PageHead, PostButton, Table,
        TextField, Tone,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::{Visit, use_visit},
};

fn read_id(id: &str) -> Result<TemplateId, Fault> {
    TemplateId::parse(id).ok_or(Fault::NotFound("template"))
}

/// `GET /changes/templates`; `?retired=true` shows those that are out of use, too.
pub(super) async fn page(visit: Visit) -> Answer {
    let retired = Here::parse(&visit.path_and_query).get("retired") == "true";
    let templates = visit.portal.change_templates.list(&visit.actor, retired).await?;
    Ok(visit.page(tr!(visit, "changes-templates"), move || {
        let other = if retired {
            ("/changes/templates", t!("changes-templates-current"))
        } else {
            ("/changes/templates?retired=true", t!("changes-templates-all"))
        };
        let body = if templates.is_empty() {
            view! { <Empty kind=EmptyKind::NotConfigured title=t!("changes-templates-empty") text=t!("changes-templates-empty-text")/> }
                .into_any()
        } else {
            view! { <Rows templates/> }.into_any()
        };
        view! {
            <PageHead title=t!("changes-templates") sub=t!("changes-templates-sub") back=("/changes".to_owned(), t!("changes-title"))>
                <LinkButton href=other.0 label=other.1/>
            </PageHead>
            <div id="templates" data-live="changes" data-live-mode="notice">{body}</div>
        }
    }))
}

#[component]
fn Rows(templates: Vec<Template>) -> impl IntoView {
    let columns = vec![
        Column::new(t!("changes-template")),
        Column::new(t!("changes-field-systems")),
        Column::new(t!("changes-field-team")),
        Column::new(t!("changes-field-risk")),
        Column::new(t!("changes-template-state")),
        Column::unspoken(t!("changes-acts")),
    ];
    let rows = templates.into_iter().map(|template| view! { <Row template/> }).collect_view();
    view! { <Table caption=t!("changes-templates") columns>{rows}</Table> }
}

#[component]
fn Row(template: Template) -> impl IntoView {
    let visit = use_visit();
    let id = template.id.to_string();
    let team = &template.content.team;
    let (may_request, may_approve) = (visit.actor.may(RequestChanges, team), visit.actor.may(ApproveChanges, team));
    let own = visit.actor.user().is_some_and(|user| *user == template.author || template.writers.contains(user));
    let (tone, word, note) = match (template.approved_at, template.retired_at) {
        (_, Some(at)) => (Tone::NoData, t!("changes-template-retired"), visit.wall(at)),
        (Some(at), None) => (Tone::Ok, t!("changes-template-agreed"), format!("{} · {}", template.approved_by, visit.wall(at))),
        (None, None) => (Tone::P3, t!("changes-template-waits"), t!("changes-template-made", by = template.author_name.clone())),
    };
    let in_use = template.retired_at.is_none();
    let acts = view! {
        {(template.is_usable() && may_request)
            .then(|| view! { <LinkButton href=format!("/changes/new?template={id}") label=t!("changes-template-use") icon="plus" small=true/> })}
        {(in_use && template.approved_at.is_none() && may_approve && !own)
            .then(|| view! { <PostButton action=format!("/changes/templates/{id}/agree") label=t!("changes-approve") kind=ButtonKind::Primary icon="check"/> })}
        {(in_use && may_request)
            .then(|| {
                view! {
                    <Confirm
                        verb=t!("changes-template-retire")
                        text=t!("changes-template-retire-text", name = template.name.clone())
                        action=format!("/changes/templates/{id}/retire")
                        small=true
                    />
                }
            })}
    };
    let steps: Vec<String> = template.content.steps.iter().map(|step| step.what.clone()).collect();
    let steps = (!steps.is_empty())
        .then(|| view! { <ol class="small">{steps.into_iter().map(|step| view! { <li>{step}</li> }).collect_view()}</ol> });
    let (systems, risk) = (system_names(&template.systems), risk_word(template.content.risk));
    view! {
        <tr id=format!("template-{id}")>
            <Cell main=true>
                {template.name.clone()}
                <details>
                    <summary class="button">{t!("changes-field-plan")}</summary>
                    <Markdown text=template.content.plan.clone()/>
                    {steps}
                    <p class="small muted">{t!("changes-field-rollback")}</p>
                    <Markdown text=template.content.rollback.clone()/>
                </details>
            </Cell>
            <Cell label=t!("changes-field-systems")>{systems}</Cell>
            <Cell label=t!("changes-field-team")>{template.team_name.clone()}</Cell>
            <Cell label=t!("changes-field-risk")>{risk}</Cell>
            <Cell label=t!("changes-template-state")><Badge tone word/>" "<span class="small muted">{note}</span></Cell>
            <Cell acts=true>{acts}</Cell>
        </tr>
    }
}

/// On the page of a change: making a template of it, for whoever may request changes in its team.
#[component]
pub(super) fn Make(detail: Detail, form: FormState) -> impl IntoView {
    let may = use_visit().actor.may(RequestChanges, &detail.content.team);
    (may && detail.summary.kind != Kind::Standard).then(|| {
        view! {
            <details open=form.error("name").is_some()>
                <summary class="button">{t!("changes-template-make")}</summary>
                <form class="form" method="post" action=format!("/changes/{}/template", detail.summary.id)>
                    <TextField form=&form name="name" label=t!("changes-template-name") hint=t!("changes-template-name-hint")/>
                    <div class="form-acts"><Button label=t!("changes-template-make") icon="clipboard-check"/></div>
                </form>
            </details>
        }
    })
}

/// `POST /changes/{id}/template`
pub(super) async fn make(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    match visit.portal.change_templates.make(&visit.actor, &id, &form.typed).await {
        Ok(made) => Ok(visit.go(&format!("/changes/templates#template-{made}"), "toast-template-made")),
        Err(fault) => acts::refused(&visit, &id, form, fault).await,
    }
}

/// `POST /changes/templates/{id}/agree`
pub(super) async fn agree(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.portal.change_templates.agree(&visit.actor, &read_id(&id)?).await?;
    Ok(visit.go(&format!("/changes/templates#template-{id}"), "toast-template-agreed"))
}

/// `POST /changes/templates/{id}/retire`
pub(super) async fn retire(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.portal.change_templates.retire(&visit.actor, &read_id(&id)?).await?;
    Ok(visit.go("/changes/templates", "toast-template-retired"))
}
