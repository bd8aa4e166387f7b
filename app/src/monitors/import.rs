//! Monitors out of another tool: pasted, looked at, made.

use axum::response::Response;
use domain::{
    Fault, Permission,
    monitors::{Fate, ImportItem, ImportPlan, Origin},
    systems::Brief,
};
use leptos::prelude::*;

use crate::{
    components::{
        Badge, Button, ButtonKind, Cell, Column, ErrorSummary, KeptText, Notice, PageHead, Panel, SelectField, Table, TextAreaField, Tone,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    i18n::say_wording,
    systems::no_system,
    t, tr,
    visit::{Visit, current_locale},
};

pub(super) async fn page(visit: Visit) -> Answer {
    show(&visit, FormState::default(), None).await
}

pub(super) async fn plan(visit: Visit, form: PostedForm) -> Answer {
    match visit.portal.monitors.plan_import(&visit.actor, &form.typed).await {
        Ok(plan) => show(&visit, FormState::fresh(form.typed), Some(plan)).await,
        Err(fault @ Fault::Invalid(_)) => show(&visit, FormState::refused(form.typed, fault), None).await,
        Err(fault) => Err(fault.into()),
    }
}

pub(super) async fn apply(visit: Visit, form: PostedForm) -> Answer {
    match visit.portal.monitors.import(&visit.actor, &form.typed).await {
        Ok(_) => Ok(visit.go("/monitors", "toast-monitors-imported")),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => show(&visit, FormState::refused(form.typed, fault), None).await,
        Err(fault) => Err(fault.into()),
    }
}

async fn show(visit: &Visit, form: FormState, plan: Option<ImportPlan>) -> Result<Response, crate::fault::Refused> {
    visit.actor.require_somewhere(Permission::EditMonitors)?;
    let systems = visit.portal.monitors.systems(&visit.actor, Permission::EditMonitors).await?;
    if systems.is_empty() {
        return Ok(no_system(visit, tr!(visit, "monitors-import"), ("/monitors", tr!(visit, "monitors-title"))));
    }
    Ok(visit.page_as(form.status(), tr!(visit, "monitors-import"), move || {
        let labels = vec![
            ("text", t!("monitors-import-text")),
            ("targets", t!("monitors-import-targets")),
            ("system", t!("monitors-import-system")),
        ];
        view! {
            <PageHead title=t!("monitors-import") sub=t!("monitors-import-sub") back=("/monitors".to_owned(), t!("monitors-title"))/>
            <div class="stack">
                {plan.map(|plan| view! { <Outcome plan form=form.clone()/> })}
                <form class="form" method="post" action="/monitors/import">
                    <ErrorSummary form=form.clone() labels/>
                    <SelectField form=form.clone() name="system" label=t!("monitors-import-system") hint=t!("monitors-import-system-hint") options=options(systems) blank=t!("monitors-choose")/>
                    <TextAreaField form=form.clone() name="text" label=t!("monitors-import-text") hint=t!("monitors-import-text-hint") rows=14 mono=true/>
                    <TextAreaField form=form.clone() name="targets" label=t!("monitors-import-targets") hint=t!("monitors-import-targets-hint") rows=5 mono=true optional=true/>
                    <div class="form-acts">
                        <Button label=t!("monitors-import-plan") kind=ButtonKind::Primary/>
                    </div>
                </form>
            </div>
        }
    }))
}

fn options(systems: Vec<Brief>) -> Vec<(String, String)> {
    systems.into_iter().map(|s| (s.id.to_string(), format!("{} ({})", s.name, s.team_name))).collect()
}

fn say_fate(fate: Fate) -> (Tone, String) {
    match fate {
        Fate::Create => (Tone::Ok, t!("monitors-fate-create")),
        Fate::Exists => (Tone::NoData, t!("monitors-fate-exists")),
        Fate::Skip => (Tone::P3, t!("monitors-fate-skip")),
    }
}

/// What would come of it, entry by entry, and the button that makes it so.
#[component]
fn Outcome(plan: ImportPlan, form: FormState) -> impl IntoView {
    let (create, exists, skip) = (plan.count(Fate::Create), plan.count(Fate::Exists), plan.count(Fate::Skip));
    let origin = match plan.origin {
        Origin::Kuma => "Uptime Kuma",
        Origin::Blackbox => "blackbox exporter",
    };
    let columns = vec![
        Column::new(t!("monitors-name")),
        Column::new(t!("monitors-system")),
        Column::new(t!("monitors-what")),
        Column::new(t!("monitors-import-notes")),
    ];
    let rows = plan.items.into_iter().map(one).collect_view();
    let locale = current_locale();
    let notes = plan.notes.iter().map(|note| view! { <li>{say_wording(locale, &note.wording())}</li> }).collect_view();
    let general = (!plan.notes.is_empty()).then(|| view! { <ul class="muted">{notes}</ul> });
    let make = (create > 0).then(|| {
        view! {
            <form method="post" action="/monitors/import/apply">
                <KeptText name="text" value=form.get("text")/>
                <KeptText name="targets" value=form.get("targets")/>
                <input type="hidden" name="system" value=form.get("system")/>
                <input type="hidden" name="fingerprint" value=plan.fingerprint/>
                <Button label=t!("monitors-import-apply", count = create) kind=ButtonKind::Primary icon="check"/>
            </form>
        }
    });
    view! {
        <Panel title=t!("monitors-import-outcome") id="monitors-import-outcome">
            <div class="stack-tight">
                <p>{t!("monitors-import-sum", origin = origin, create = create, exists = exists, skip = skip)}</p>
                {(create == 0).then(|| view! { <Notice tone=Tone::NoData title=t!("monitors-import-nothing")/> })}
                {general}
                <Table caption=t!("monitors-import-outcome") columns>{rows}</Table>
                {make}
            </div>
        </Panel>
    }
}

fn one(item: ImportItem) -> impl IntoView {
    let (tone, word) = say_fate(item.fate);
    let locale = current_locale();
    let notes = item.notes.iter().map(|note| view! { <li>{say_wording(locale, &note.wording())}</li> }).collect_view();
    view! {
        <tr>
            <Cell main=true>{item.name}" "<Badge tone word plain=true/></Cell>
            <Cell label=t!("monitors-system")><code>{item.system}</code></Cell>
            <Cell label=t!("monitors-what")><span class="monitors-target mono small">{item.what}</span></Cell>
            <Cell label=t!("monitors-import-notes")>
                {item.paused.then(|| view! { <span class="muted">{t!("monitors-shown-paused")}</span> })}
                <ul class="monitors-notes small">{notes}</ul>
            </Cell>
        </tr>
    }
}
