//! A file of Prometheus rules: what would become of each, then taking them over.

use axum::response::Response;
use domain::{
    Fault, Permission, Wording,
    id::{SourceId, SystemId},
    rules::import::{Fate, Report},
    sources::SourceKind,
};
use leptos::prelude::*;

use crate::{
    components::{Badge, Button, ButtonKind, Cell, Column, ErrorSummary, Notice, PageHead, Panel, SelectField, Table, TextAreaField, Tone},
    fault::Answer,
    form::{FormState, PostedForm},
    i18n::say_wording,
    sources, t, tr,
    visit::{Visit, current_locale},
};

pub(super) async fn page(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::EditMonitors)?;
    show(&visit, FormState::default(), None).await
}

pub(super) async fn take(visit: Visit, form: PostedForm) -> Answer {
    match import(&visit, &form).await {
        Ok(report) => show(&visit, FormState::fresh(form.typed), Some(report)).await,
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => show(&visit, FormState::refused(form.typed, fault), None).await,
        Err(fault) => Err(fault.into()),
    }
}

async fn import(visit: &Visit, form: &PostedForm) -> Result<Report, Fault> {
    let missing = |field: &str| Fault::invalid(field, form.get(field), Wording::new("expect-choice"));
    let system = SystemId::parse(form.get("system")).ok_or_else(|| missing("system"))?;
    let source = SourceId::parse(form.get("source")).ok_or_else(|| missing("source"))?;
    let plan = form.get("act") != "take";
    visit.portal.rules.import(&visit.actor, &system, &source, form.get("yaml"), plan).await
}

async fn show(visit: &Visit, form: FormState, report: Option<Report>) -> Result<Response, crate::fault::Refused> {
    let systems = visit.portal.monitors.systems(&visit.actor, Permission::EditMonitors).await?;
    let systems: Vec<_> = systems.into_iter().map(|s| (s.id.to_string(), format!("{} ({})", s.name, s.team_name))).collect();
    let sources = sources::offered(visit, SourceKind::Query, &form.get("source")).await?;
    Ok(visit.page_as(form.status(), tr!(visit, "rules-import-title"), move || {
        let planned = report.as_ref().is_some_and(|report| !report.done);
        view! {
            <PageHead title=t!("rules-import-title") sub=t!("rules-import-sub") back=("/rules".to_owned(), t!("rules-title"))/>
            <div class="stack">
                {report.map(|report| view! { <Reported report/> })}
                <form class="form" method="post">
                    <ErrorSummary form=form.clone() labels=vec![("system", t!("rules-system")), ("source", t!("rules-source")), ("yaml", t!("rules-yaml"))]/>
                    <div class="fields">
                        <SelectField form=form.clone() name="system" label=t!("rules-system") options=systems blank=t!("rules-choose-one")/>
                        <SelectField form=form.clone() name="source" label=t!("rules-source") options=sources blank=t!("rules-choose-one")/>
                    </div>
                    <TextAreaField form name="yaml" label=t!("rules-yaml") hint=t!("rules-yaml-hint") rows=18 mono=true/>
                    <div class="form-acts">
                        <Button label=t!("rules-plan") kind=ButtonKind::Primary/>
                        {planned.then(|| view! { <Button label=t!("rules-take") name="act" value="take"/> })}
                    </div>
                </form>
            </div>
        }
    }))
}

#[component]
fn Reported(report: Report) -> impl IntoView {
    let counts = t!(
        "rules-import-counts",
        created = report.count(Fate::Create),
        updated = report.count(Fate::Update),
        same = report.count(Fate::Same),
        refused = report.count(Fate::Refused)
    );
    let title = if report.done { t!("rules-import-done") } else { t!("rules-import-planned") };
    let columns =
        vec![Column::new(t!("rules-fate")), Column::new(t!("rules-name")), Column::new(t!("rules-group")), Column::new(t!("rules-notes"))];
    let locale = current_locale();
    let rows = report
        .lines
        .into_iter()
        .map(|line| {
            let (tone, word) = match line.fate {
                Fate::Create => (Tone::Ok, t!("rules-fate-create")),
                Fate::Update => (Tone::P4, t!("rules-fate-update")),
                Fate::Same => (Tone::NoData, t!("rules-fate-same")),
                Fate::Refused => (Tone::P3, t!("rules-fate-refused")),
            };
            let notes = line.notes.iter().map(|note| say_wording(locale, note)).collect::<Vec<_>>().join("; ");
            view! {
                <tr>
                    <Cell label=t!("rules-fate")><Badge tone word/></Cell>
                    <Cell main=true>{line.name}</Cell>
                    <Cell label=t!("rules-group")>{line.group}</Cell>
                    <Cell label=t!("rules-notes")><span class="rules-line small">{notes}</span></Cell>
                </tr>
            }
        })
        .collect_view();
    let tone = if report.done { Tone::Ok } else { Tone::P4 };
    view! {
        <Notice tone title>{counts}</Notice>
        <Panel title=t!("rules-import-lines") flush=true><Table caption=t!("rules-import-lines") columns>{rows}</Table></Panel>
    }
}
