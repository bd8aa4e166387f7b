//! A foreign calendar: what would become of each event, then taking it over.

use axum::response::Response;
use domain::{Fault, Permission, form::Typed, occasions::Report};
use leptos::prelude::*;

use super::{
    form::{Options, kinds, teams},
    labels,
};
use crate::{
    components::{
        Badge, Button, ButtonKind, Cell, Column, ErrorSummary, Notice, PageHead, Panel, SelectField, Table, TextAreaField, TextField, Tone,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    i18n::say_wording,
    t, tr,
    visit::{Visit, use_visit},
};

/// `GET /occasions/import`
pub(super) async fn page(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::SetFreezes)?;
    let mut typed = Typed::default();
    typed.set("zone", &visit.zone_name);
    typed.set("kind", "holiday");
    let teams = teams(&visit).await?;
    Ok(show(&visit, FormState::fresh(typed), teams, None))
}

/// `POST /occasions/import`
pub(super) async fn take(visit: Visit, form: PostedForm) -> Answer {
    let dry = form.get("act") != "take";
    let report = visit.portal.occasions.import(&visit.actor, &form.typed, dry).await;
    let teams = teams(&visit).await?;
    match report {
        Ok(report) => Ok(show(&visit, FormState::fresh(form.typed), teams, Some((report, dry)))),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_) | Fault::Forbidden(_))) => {
            Ok(show(&visit, FormState::refused(form.typed, fault), teams, None))
        }
        Err(fault) => Err(fault.into()),
    }
}

fn show(visit: &Visit, form: FormState, teams: Options, report: Option<(Report, bool)>) -> Response {
    visit.page_as(form.status(), tr!(visit, "occasions-import-title"), move || {
        let planned = report.as_ref().is_some_and(|(report, dry)| *dry && report.taken > 0);
        view! {
            <PageHead title=t!("occasions-import-title") sub=t!("occasions-import-sub") back=("/occasions".to_owned(), t!("occasions-title"))/>
            <div class="stack">
                {report.map(|(report, dry)| view! { <Reported report dry/> })}
                <form class="form" method="post" action="/occasions/import">
                    <ErrorSummary form=&form labels=labels()/>
                    <div class="fields">
                        <SelectField form=&form name="kind" label=t!("occasions-kind") options=kinds() blank=t!("changes-choose")/>
                        <SelectField form=&form name="team" label=t!("changes-field-team") options=teams blank=t!("occasions-everybody") optional=true/>
                        <TextField form=&form name="zone" label=t!("changes-field-zone") hint=t!("occasions-zone-hint")/>
                    </div>
                    <TextAreaField form=&form name="text" label=t!("occasions-text") hint=t!("occasions-text-hint") rows=14 mono=true/>
                    <div class="form-acts">
                        <Button label=t!("occasions-plan") kind=ButtonKind::Primary/>
                        {planned.then(|| view! { <Button label=t!("occasions-take") name="act" value="take"/> })}
                    </div>
                </form>
            </div>
        }
    })
}

#[component]
fn Reported(report: Report, dry: bool) -> impl IntoView {
    let visit = use_visit();
    let title = if dry { t!("occasions-would", count = report.taken) } else { t!("occasions-taken", count = report.taken) };
    let left = report.events.len() - report.taken;
    let tone = if dry { Tone::P4 } else { Tone::Ok };
    let columns = vec![Column::new(t!("occasions-name")), Column::new(t!("occasions-first")), Column::new(t!("occasions-fate"))];
    let rows = report
        .events
        .into_iter()
        .map(|event| {
            let fate = match &event.why {
                None => view! { <Badge tone=Tone::Ok word=t!("occasions-fate-taken")/> }.into_any(),
                Some(why) => {
                    let why = say_wording(visit.locale, why);
                    view! { <Badge tone=Tone::NoData word=t!("occasions-fate-left")/>" "<span class="small">{why}</span> }.into_any()
                }
            };
            view! {
                <tr>
                    <Cell main=true>{event.name}</Cell>
                    <Cell label=t!("occasions-first")>{event.first}</Cell>
                    <Cell label=t!("occasions-fate")>{fate}</Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Notice tone title>{t!("occasions-left", count = left)}</Notice>
        <Panel title=t!("occasions-events") flush=true><Table caption=t!("occasions-events") columns>{rows}</Table></Panel>
    }
}
