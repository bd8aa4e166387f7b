//! The catalogue as a YAML file: out as it stands, in by a plan that is shown before it is applied.

use axum::response::{IntoResponse, Response};
use domain::{
    Fault, Permission,
    systems::{Plan, StepKind},
};
use http::header;
use leptos::prelude::*;

use crate::{
    components::{
        Badge, Button, ButtonKind, Cell, Column, ErrorSummary, KeptText, LinkButton, Notice, PageHead, Panel, Table, TextAreaField, Tone,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::Visit,
};

pub(super) async fn export(visit: Visit) -> Answer {
    let yaml = visit.portal.systems.export(&visit.actor).await?;
    let mut response: Response = yaml.into_response();
    for (name, value) in [
        (header::CONTENT_TYPE, "application/yaml; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"systems.yaml\""),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        response.headers_mut().insert(name, http::HeaderValue::from_static(value));
    }
    Ok(response)
}

pub(super) async fn page(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::EditSystems)?;
    Ok(show(&visit, FormState::default(), None))
}

pub(super) async fn plan(visit: Visit, form: PostedForm) -> Answer {
    match visit.portal.systems.plan(&visit.actor, form.get("yaml")).await {
        Ok(plan) => Ok(show(&visit, FormState::fresh(form.typed), Some(plan))),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => Ok(show(&visit, FormState::refused(form.typed, fault), None)),
        Err(fault) => Err(fault.into()),
    }
}

pub(super) async fn apply(visit: Visit, form: PostedForm) -> Answer {
    match visit.portal.systems.apply(&visit.actor, form.get("yaml"), Some(form.get("fingerprint"))).await {
        Ok(_) => Ok(visit.go("/systems", "toast-systems-imported")),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => Ok(show(&visit, FormState::refused(form.typed, fault), None)),
        Err(fault) => Err(fault.into()),
    }
}

fn show(visit: &Visit, form: FormState, plan: Option<Plan>) -> Response {
    visit.page_as(form.status(), tr!(visit, "systems-import-title"), move || {
        view! {
            <PageHead
                title=t!("systems-import-title")
                sub=t!("systems-import-sub")
                back=("/systems".to_owned(), t!("systems-title"))
            >
                <LinkButton href="/systems.yaml" label=t!("systems-export") icon="download"/>
            </PageHead>
            <div class="stack">
                {plan.map(|plan| difference(plan, form.get("yaml")))}
                <form class="form" method="post" action="/systems/import">
                    <ErrorSummary form=&form/>
                    <TextAreaField form=&form name="yaml" label=t!("systems-yaml") hint=t!("systems-yaml-hint") rows=18 mono=true/>
                    <div class="form-acts">
                        <Button label=t!("systems-plan") kind=ButtonKind::Primary/>
                    </div>
                </form>
            </div>
        }
    })
}

fn difference(plan: Plan, yaml: String) -> impl IntoView {
    let nothing = plan.steps.is_empty();
    let (created, changed) = plan.steps.iter().fold((0_i64, 0_i64), |(new, old), step| match step.kind {
        StepKind::Create => (new + 1, old),
        StepKind::Change => (new, old + 1),
    });
    let columns = vec![
        Column::new(t!("systems-key")),
        Column::new(t!("systems-field")),
        Column::new(t!("systems-before")),
        Column::new(t!("systems-after")),
    ];
    let rows = plan
        .steps
        .into_iter()
        .flat_map(|step| {
            let (tone, word) = match step.kind {
                StepKind::Create => (Tone::Ok, t!("systems-step-create")),
                StepKind::Change => (Tone::P4, t!("systems-step-change")),
            };
            let key = step.key;
            step.fields.into_iter().enumerate().map(move |(i, field)| {
                let key = key.clone();
                let after = match field.after.as_str() {
                    "" => view! { <span class="muted">{t!("systems-removed")}</span> }.into_any(),
                    _ => view! { <span class="systems-value">{field.after}</span> }.into_any(),
                };
                let badge = (i == 0).then(|| view! { " "<Badge tone word=word.clone()/> });
                view! {
                    <tr>
                        <Cell main=true><code>{key}</code>{badge}</Cell>
                        <Cell label=t!("systems-field")>{field.field}</Cell>
                        <Cell label=t!("systems-before")><span class="systems-value">{field.before}</span></Cell>
                        <Cell label=t!("systems-after")>{after}</Cell>
                    </tr>
                }
            })
        })
        .collect_view();
    let absent = plan.absent.join(", ");
    view! {
        <Panel title=t!("systems-difference") id="systems-difference">
            <div class="stack-tight">
                <p>{t!("systems-difference-sum", created = created, changed = changed, unchanged = plan.unchanged)}</p>
                {(!absent.is_empty()).then(|| view! { <p class="muted">{t!("systems-difference-absent", keys = absent)}</p> })}
                {if nothing {
                    view! { <Notice tone=Tone::Ok title=t!("systems-difference-none")/> }.into_any()
                } else {
                    view! {
                        <Table caption=t!("systems-difference") columns>{rows}</Table>
                        <form method="post" action="/systems/import/apply">
                            <KeptText name="yaml" value=yaml/>
                            <input type="hidden" name="fingerprint" value=plan.fingerprint/>
                            <Button label=t!("systems-apply") kind=ButtonKind::Primary icon="check"/>
                        </form>
                    }
                    .into_any()
                }}
            </div>
        </Panel>
    }
}
