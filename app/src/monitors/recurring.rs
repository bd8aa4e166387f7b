//! `/monitors/{id}/maintenance/recurring`: maintenance that comes again.

use axum::extract::Path;
use domain::{Fault, Permission, form::Typed, monitors::Recurring};
use leptos::prelude::*;

use super::detail::read_id;
use crate::{
    components::{Again, Button, ButtonKind, ErrorSummary, LinkButton, MomentField, PageHead, PostButton, TextField, When},
    fault::Answer,
    form::{FormState, PostedForm},
    t,
    visit::Visit,
};

/// In one line: the rule, for how long, when next.
pub(super) fn told(recurring: &Recurring) -> impl IntoView + use<> {
    let written = recurring.rule.written().clone();
    let minutes = t!("monitors-recurring-each", minutes = written.minutes, zone = written.zone);
    let next = match recurring.next_at {
        Some(_) => t!("monitors-recurring-next"),
        None => t!("monitors-recurring-over"),
    };
    let at = recurring.next_at;
    let recurrence = recurring.rule.clone();
    view! { <Again recurrence/>", "{minutes}", "{next}{at.map(|at| view! { " "<When at/> })} }
}

/// `GET /monitors/{id}/maintenance/recurring`
pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Answer {
    let recurring = visit.portal.monitors.recurring(&visit.actor, &read_id(&id)?).await?;
    let typed = recurring.as_ref().map_or_else(
        || {
            let mut typed = Typed::default();
            typed.set("start", visit.now.wall(&visit.zone)[..16].replace(' ', "T"));
            typed.set("minutes", 60);
            typed.set("zone", &visit.zone_name);
            typed
        },
        Recurring::to_typed,
    );
    show(&visit, &id, recurring, FormState::fresh(typed)).await
}

/// `POST /monitors/{id}/maintenance/recurring`
pub(super) async fn save(visit: Visit, Path(text): Path<String>, form: PostedForm) -> Answer {
    let id = read_id(&text)?;
    match visit.portal.monitors.recur(&visit.actor, &id, &form.typed).await {
        Ok(recurring) => {
            let toast = if recurring.is_some() { "toast-monitor-recurs" } else { "toast-monitor-recurs-not" };
            Ok(visit.go(&format!("/monitors/{id}"), toast))
        }
        Err(fault @ Fault::Invalid(_)) => {
            let recurring = visit.portal.monitors.recurring(&visit.actor, &id).await?;
            show(&visit, &text, recurring, FormState::refused(form.typed, fault)).await
        }
        Err(fault) => Err(fault.into()),
    }
}

async fn show(visit: &Visit, id: &str, recurring: Option<Recurring>, form: FormState) -> Answer {
    let monitor = visit.portal.monitors.get(&visit.actor, &read_id(id)?).await?;
    visit.actor.require(Permission::EditMonitors, &monitor.system.team, "monitor")?;
    Ok(visit.page_as(form.status(), monitor.name.clone(), move || {
        let back = format!("/monitors/{}", monitor.id);
        let action = format!("{back}/maintenance/recurring");
        let labels = vec![
            ("rrule", t!("silences-rrule")),
            ("start", t!("monitors-recurring-start")),
            ("minutes", t!("silences-minutes")),
            ("zone", t!("silences-zone")),
        ];
        let zone = form.get("zone");
        let stands = recurring.map(|recurring| {
            let remove = view! { <PostButton action=action.clone() label=t!("monitors-recurring-remove") icon="trash-2"/> };
            view! { <p>{told(&recurring)}</p>{remove} }
        });
        view! {
            <PageHead title=t!("monitors-recurring") sub=monitor.name.clone() back=(back.clone(), monitor.name.clone())/>
            <ErrorSummary form=&form labels/>
            <div class="stack">
                {stands}
                <form class="form" method="post" action=action>
                    <TextField form=&form name="rrule" label=t!("silences-rrule") hint=t!("monitors-recurring-hint") mono=true/>
                    <div class="fields">
                        <MomentField form=&form name="start" label=t!("monitors-recurring-start") zone/>
                        <TextField form=&form name="minutes" label=t!("silences-minutes") hint=t!("silences-minutes-hint")/>
                        <TextField form=&form name="zone" label=t!("silences-zone")/>
                    </div>
                    <div class="form-acts">
                        <Button label=t!("silences-save") kind=ButtonKind::Primary/>
                        <LinkButton href=back label=t!("silences-cancel") kind=ButtonKind::Quiet/>
                    </div>
                </form>
            </div>
        }
    }))
}
