//! The form that declares a stream, with a preview of pasted lines.

use axum::{extract::Path, response::Response};
use domain::{
    Fault, Permission,
    form::Typed,
    id::StreamId,
    streams::{AmountUnit, Draft, LatencyUnit, PLACES, Preview, TimeFormat, usual},
};
use leptos::prelude::*;

use super::{find, preview};
use crate::{
    components::{Button, ButtonKind, ErrorSummary, Here, LinkButton, PageHead, Panel, SelectField, TextAreaField, TextField},
    fault::{Answer, Refused},
    form::{FormState, PostedForm},
    systems::no_system,
    t, tr,
    visit::Visit,
};

type Choices = Vec<(String, String)>;

pub(super) async fn new(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::EditSystems)?;
    let mut typed = Typed::default();
    typed.set("system", Here::parse(&visit.path_and_query).get("system"));
    page(&visit, None, FormState::fresh(with_zone(typed, &visit)), None).await
}

/// What lines would count as, where that is asked for.
async fn looked(visit: &Visit, id: Option<&StreamId>, form: &PostedForm) -> Option<Result<Preview, Fault>> {
    if form.get("act") != "preview" {
        return None;
    }
    let mut typed = form.typed.clone();
    typed = without_act(&typed);
    Some(visit.portal.streams.preview(&visit.actor, id, &typed).await)
}

/// The fields without the button that was pressed.
fn without_act(typed: &Typed) -> Typed {
    let pairs =
        typed.names().filter(|name| *name != "act").flat_map(|name| typed.all(name).iter().map(|value| (name.to_owned(), value.clone())));
    Typed::from_pairs(pairs)
}

pub(super) async fn create(visit: Visit, form: PostedForm) -> Answer {
    match looked(&visit, None, &form).await {
        Some(Ok(preview)) => return page(&visit, None, FormState::fresh(form.typed), Some(preview)).await,
        Some(Err(fault)) => return page(&visit, None, FormState::refused(form.typed, fault), None).await,
        None => {}
    }
    match visit.portal.streams.create(&visit.actor, &form.typed).await {
        Ok(id) => Ok(visit.go(&format!("/streams/{id}"), "toast-stream-created")),
        Err(fault) => page(&visit, None, FormState::refused(form.typed, fault), None).await,
    }
}

pub(super) async fn edit(visit: Visit, Path(id): Path<String>) -> Answer {
    let stream = find(&visit, &id).await?.stream;
    visit.actor.require(Permission::EditSystems, &stream.system.team, "stream")?;
    let typed = with_zone(Draft::typed(&stream), &visit);
    page(&visit, Some((stream.id, stream.full)), FormState::fresh(typed), None).await
}

pub(super) async fn save(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let stream = find(&visit, &id).await?.stream;
    visit.actor.require(Permission::EditSystems, &stream.system.team, "stream")?;
    let editing = Some((stream.id.clone(), stream.full.clone()));
    match looked(&visit, Some(&stream.id), &form).await {
        Some(Ok(preview)) => return page(&visit, editing, FormState::fresh(form.typed), Some(preview)).await,
        Some(Err(fault)) => return page(&visit, editing, FormState::refused(form.typed, fault), None).await,
        None => {}
    }
    match visit.portal.streams.edit(&visit.actor, &stream.id, &form.typed).await {
        Ok(()) => Ok(visit.go(&format!("/streams/{}", stream.id), "toast-stream-saved")),
        Err(fault) => page(&visit, editing, FormState::refused(form.typed, fault), None).await,
    }
}

async fn page(visit: &Visit, editing: Option<(StreamId, String)>, form: FormState, shown: Option<Preview>) -> Result<Response, Refused> {
    let systems: Choices = visit
        .portal
        .systems
        .choices(&visit.actor, Permission::EditSystems)
        .await?
        .into_iter()
        .map(|s| (s.id.to_string(), format!("{} ({})", s.name, s.team_name)))
        .collect();
    if editing.is_none() && systems.is_empty() && form.fault.is_none() {
        return Ok(no_system(visit, tr!(visit, "streams-new"), ("/streams", tr!(visit, "streams-title"))));
    }
    let title = match &editing {
        Some((_, name)) => tr!(visit, "streams-edit-title", name = name.clone()),
        None => tr!(visit, "streams-new"),
    };
    let heading = title.clone();
    Ok(visit.page_as(form.status(), title, move || {
        let back = match &editing {
            Some((id, name)) => (format!("/streams/{id}"), name.clone()),
            None => ("/streams".to_owned(), t!("streams-title")),
        };
        let cancel = back.0.clone();
        let is_new = editing.is_none();
        let shown = shown.map(|shown| preview::preview(&shown, &usual()));
        let version = (!is_new).then(|| view! { <input type="hidden" name="version" value=form.get("version")/> });
        let names = if is_new {
            view! {
                <div class="fields">
                    <SelectField form=form.clone() name="system" label=t!("streams-system") options=systems blank=t!("objectives-choose-one")/>
                    <TextField form=form.clone() name="key" label=t!("streams-key") hint=t!("streams-key-hint") optional=true/>
                </div>
            }
            .into_any()
        } else {
            ().into_any()
        };
        view! {
            <PageHead title=heading back/>
            <form class="form streams-form" method="post">
                <ErrorSummary form=form.clone() labels=labels()/>
                {version}
                {names}
                <TextField form=form.clone() name="name" label=t!("streams-name") hint=t!("streams-name-hint")/>
                <Rows form=form.clone()/>
                <div class="fields">
                    <TextField form=form.clone() name="success_codes" label=t!("streams-success-codes") hint=t!("streams-success-codes-hint") optional=true/>
                    <TextField form=form.clone() name="currency" label=t!("streams-currency") hint=t!("streams-currency-hint") optional=true/>
                </div>
                <Mapped form=form.clone()/>
                <Kept form=form.clone()/>
                <TextAreaField form=form.clone() name="sample" label=t!("streams-sample") hint=t!("streams-sample-hint") rows=8 mono=true optional=true/>
                {shown}
                <div class="form-acts">
                    <Button label=t!("streams-save") kind=ButtonKind::Primary/>
                    <Button label=t!("streams-try") name="act" value="preview"/>
                    <LinkButton href=cancel label=t!("streams-cancel") kind=ButtonKind::Quiet/>
                </div>
            </form>
        }
    }))
}

fn labels() -> Vec<(&'static str, String)> {
    vec![
        ("system", t!("streams-system")),
        ("key", t!("streams-key")),
        ("name", t!("streams-name")),
        ("dimensions", t!("streams-dimensions")),
        ("success_codes", t!("streams-success-codes")),
        ("currency", t!("streams-currency")),
        ("time", t!("streams-time")),
        ("time_format", t!("streams-time-format")),
        ("time_zone", t!("streams-time-zone")),
        ("code", t!("streams-code")),
        ("success", t!("streams-success")),
        ("latency", t!("streams-latency")),
        ("latency_unit", t!("streams-latency-unit")),
        ("amount", t!("streams-amount")),
        ("amount_unit", t!("streams-amount-unit")),
        ("currency_field", t!("streams-currency-field")),
        ("id", t!("streams-id")),
        ("minute_days", t!("streams-minute-days")),
        ("hour_days", t!("streams-hour-days")),
        ("day_days", t!("streams-day-days")),
        ("sample_days", t!("streams-sample-days")),
        ("samples_per_minute", t!("streams-samples-per-minute")),
        ("sample", t!("streams-sample")),
    ]
}

/// A row for each dimension that there may be.
#[component]
fn Rows(form: FormState) -> impl IntoView {
    let wide: Vec<String> = form.typed.all("dimension_wide").to_vec();
    let at = |field: &str, row: usize| form.typed.all(field).get(row).cloned().unwrap_or_default();
    let rows = (0..PLACES)
        .map(|row| {
            let checked = wide.contains(&row.to_string());
            let text = |field: &'static str, label: String, mono: bool| {
                view! {
                    <label class="streams-cell">
                        <span class="small muted">{label}</span>
                        <input class="input" type="text" name=field value=at(field, row) autocomplete="off" data-mono=mono.then_some("")/>
                    </label>
                }
            };
            view! {
                <div class="streams-row" role="group" aria-label=t!("streams-dimension-number", number = row + 1)>
                    {text("dimension_key", t!("streams-dimension-key"), true)}
                    {text("dimension_label", t!("streams-dimension-label"), false)}
                    {text("dimension_field", t!("streams-field"), true)}
                    {text("dimension_limit", t!("streams-limit"), false)}
                    <label class="check streams-wide">
                        <input type="checkbox" name="dimension_wide" value=row.to_string() checked=checked/>
                        <span>{t!("streams-wide")}</span>
                    </label>
                </div>
            }
        })
        .collect_view();
    view! {
        <Panel title=t!("streams-dimensions")>
            <p class="muted small">{t!("streams-dimensions-hint")}</p>
            <div class="streams-rows">{rows}</div>
        </Panel>
    }
}

/// Time formats in words.
pub(super) fn formats() -> Choices {
    TimeFormat::ALL
        .iter()
        .map(|format| {
            let word = match format {
                TimeFormat::Auto => t!("streams-format-auto"),
                TimeFormat::Rfc3339 => "RFC 3339".to_owned(),
                TimeFormat::Seconds => t!("streams-format-s"),
                TimeFormat::Millis => t!("streams-format-ms"),
                TimeFormat::Micros => t!("streams-format-us"),
                TimeFormat::Nanos => t!("streams-format-ns"),
                TimeFormat::Clf => t!("streams-format-clf"),
                TimeFormat::Local => t!("streams-format-local"),
                TimeFormat::LocalDay => t!("streams-format-local-dmy"),
                TimeFormat::LocalMonth => t!("streams-format-local-mdy"),
            };
            (format.name().to_owned(), word)
        })
        .collect()
}

/// The zone of wall times; nothing else asks for it.
#[component]
pub(super) fn TimeZoneField(form: FormState) -> impl IntoView {
    view! { <TextField form name="time_zone" label=t!("streams-time-zone") hint=t!("streams-time-zone-hint") mono=true optional=true/> }
}

/// Where no zone is declared, the reader's stands in the form.
pub(super) fn with_zone(mut typed: Typed, visit: &Visit) -> Typed {
    if typed.get("time_zone").is_empty() {
        typed.set("time_zone", &visit.zone_name);
    }
    typed
}

pub(super) fn latency_units() -> Choices {
    LatencyUnit::ALL.iter().map(|unit| (unit.name().to_owned(), unit.name().to_owned())).collect()
}

pub(super) fn amount_units() -> Choices {
    let word = |unit: AmountUnit| match unit {
        AmountUnit::Usual => t!("streams-unit-usual"),
        AmountUnit::Minor => t!("streams-unit-minor"),
        AmountUnit::Major => t!("streams-unit-major"),
        AmountUnit::MajorComma => t!("streams-unit-major-comma"),
    };
    AmountUnit::ALL.iter().map(|unit| (unit.name().to_owned(), word(*unit))).collect()
}

#[component]
fn Mapped(form: FormState) -> impl IntoView {
    view! {
        <Panel title=t!("streams-mapping")>
            <p class="muted small">{t!("streams-mapping-hint")}</p>
            <div class="fields">
                <TextField form=form.clone() name="time" label=t!("streams-time") placeholder="time" mono=true optional=true/>
                <SelectField form=form.clone() name="time_format" label=t!("streams-time-format") options=formats()/>
                <TimeZoneField form=form.clone()/>
            </div>
            <div class="fields">
                <TextField form=form.clone() name="code" label=t!("streams-code") placeholder="code" mono=true optional=true/>
                <TextField form=form.clone() name="success" label=t!("streams-success") placeholder="success" mono=true optional=true/>
            </div>
            <div class="fields">
                <TextField form=form.clone() name="latency" label=t!("streams-latency") placeholder="latency_ms" mono=true optional=true/>
                <SelectField form=form.clone() name="latency_unit" label=t!("streams-latency-unit") options=latency_units()/>
            </div>
            <div class="fields">
                <TextField form=form.clone() name="amount" label=t!("streams-amount") placeholder="amount" mono=true optional=true/>
                <SelectField form=form.clone() name="amount_unit" label=t!("streams-amount-unit") options=amount_units()/>
            </div>
            <div class="fields">
                <TextField form=form.clone() name="currency_field" label=t!("streams-currency-field") placeholder="currency" mono=true optional=true/>
                <TextField form name="id" label=t!("streams-id") placeholder="id" mono=true optional=true/>
            </div>
        </Panel>
    }
}

#[component]
fn Kept(form: FormState) -> impl IntoView {
    view! {
        <Panel title=t!("streams-keeping")>
            <p class="muted small">{t!("streams-keeping-hint")}</p>
            <div class="fields">
                <TextField form=form.clone() name="minute_days" label=t!("streams-minute-days") optional=true/>
                <TextField form=form.clone() name="hour_days" label=t!("streams-hour-days") optional=true/>
                <TextField form=form.clone() name="day_days" label=t!("streams-day-days") optional=true/>
            </div>
            <p class="muted small">{t!("streams-samples-hint")}</p>
            <div class="fields">
                <TextField form=form.clone() name="sample_days" label=t!("streams-sample-days") optional=true/>
                <TextField form name="samples_per_minute" label=t!("streams-samples-per-minute") placeholder="20" optional=true/>
            </div>
        </Panel>
    }
}
