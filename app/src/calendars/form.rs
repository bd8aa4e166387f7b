//! One more foreign calendar, in a form.

use axum::response::Response;
use domain::{Fault, Permission, calendars::EVERY, form::Typed};
use leptos::prelude::*;

use crate::{
    components::{Button, ButtonKind, ErrorSummary, LinkButton, PageHead, SelectField, TextField},
    fault::Answer,
    form::{FormState, PostedForm},
    occasions::teams,
    t, tr,
    visit::Visit,
};

/// `GET /calendars/new`
pub(super) async fn new(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::SetFreezes)?;
    let mut typed = Typed::default();
    typed.set("zone", &visit.zone_name);
    typed.set("every_minutes", EVERY.2);
    show(&visit, FormState::fresh(typed)).await.map_err(Into::into)
}

/// `POST /calendars/new`
pub(super) async fn create(visit: Visit, form: PostedForm) -> Answer {
    match visit.portal.calendars.add(&visit.actor, &form.typed).await {
        Ok(id) => Ok(visit.go(&format!("/calendars#calendar-{id}"), "toast-calendar-added")),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_) | Fault::Forbidden(_))) => {
            show(&visit, FormState::refused(form.typed, fault)).await.map_err(Into::into)
        }
        Err(fault) => Err(fault.into()),
    }
}

fn labels() -> Vec<(&'static str, String)> {
    vec![
        ("name", t!("calendars-name")),
        ("url", t!("calendars-url")),
        ("team", t!("changes-field-team")),
        ("zone", t!("changes-field-zone")),
        ("every_minutes", t!("calendars-field-every")),
    ]
}

async fn show(visit: &Visit, form: FormState) -> Result<Response, Fault> {
    let teams = teams(visit).await?;
    Ok(visit.page_as(form.status(), tr!(visit, "calendars-new"), move || {
        view! {
            <PageHead title=t!("calendars-new") sub=t!("calendars-new-sub") back=("/calendars".to_owned(), t!("calendars-title"))/>
            <ErrorSummary form=&form labels=labels()/>
            <form class="form" method="post" action="/calendars/new">
                <TextField form=&form name="name" label=t!("calendars-name")/>
                <TextField form=&form name="url" label=t!("calendars-url") hint=t!("calendars-url-hint") mono=true/>
                <div class="fields">
                    <SelectField form=&form name="team" label=t!("changes-field-team") options=teams blank=t!("occasions-everybody") optional=true/>
                    <TextField form=&form name="zone" label=t!("changes-field-zone") hint=t!("calendars-zone-hint")/>
                    <TextField form=&form name="every_minutes" label=t!("calendars-field-every") hint=t!("calendars-every-hint")/>
                </div>
                <div class="form-acts">
                    <Button label=t!("calendars-add") kind=ButtonKind::Primary/>
                    <LinkButton href="/calendars" label=t!("changes-back") kind=ButtonKind::Quiet/>
                </div>
            </form>
        }
    }))
}
