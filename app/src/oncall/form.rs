//! Making and changing a schedule: one form, which works without JavaScript. Layers are added, removed and moved by buttons
//! that post the form; "preview" shows the calendar that it would make.

use axum::{extract::Path, response::Response};
use domain::{
    Fault, Permission,
    form::Typed,
    id::ScheduleId,
    oncall::{Choices, FIRST_HANDOFF, Roster, Schedule, Sheet},
};
use leptos::prelude::*;

use super::{
    acts::read,
    calendar::{Duties, Lanes, days, today},
    layers::{Layers, named},
    say::labels,
    schedule::blank,
};
use crate::{
    components::{Button, ButtonKind, ErrorSummary, LinkButton, Notice, PageHead, Panel, SelectField, TextAreaField, TextField, Tone},
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::{Visit, use_visit},
};

/// Days of a preview.
const SHOWN: i32 = 28;

/// `GET /oncall/schedules/new`
pub(super) async fn new(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::ManageOnCall)?;
    let choices = visit.portal.oncall.choices(&visit.actor, None).await?;
    let mut typed = blank(&visit);
    if let [(team, _)] = choices.teams.as_slice() {
        typed.set("team", team);
    }
    let start = first_day(&visit, &visit.zone).to_string();
    Sheet::default().act("add", &start).unwrap_or_default().write(&mut typed);
    Ok(page(&visit, FormState::fresh(typed), choices, None, None))
}

/// `POST /oncall/schedules/new`
pub(super) async fn create(visit: Visit, form: PostedForm) -> Answer {
    visit.actor.require_somewhere(Permission::ManageOnCall)?;
    answer(visit, form, None).await
}

/// `GET /oncall/schedules/{id}/edit`
pub(super) async fn edit(visit: Visit, Path(id): Path<String>) -> Answer {
    let found = visit.portal.oncall.schedule(&visit.actor, &read(&id)?).await?;
    visit.actor.require(Permission::ManageOnCall, &found.schedule.team, "schedule")?;
    let mut typed = found.plan.to_typed();
    typed.set("version", found.version);
    let choices = offered(&visit, Some(&found)).await?;
    Ok(page(&visit, FormState::fresh(typed), choices, None, Some(found)))
}

/// `POST /oncall/schedules/{id}/edit`
pub(super) async fn change(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let found = visit.portal.oncall.schedule(&visit.actor, &read(&id)?).await?;
    visit.actor.require(Permission::ManageOnCall, &found.schedule.team, "schedule")?;
    answer(visit, form, Some(found)).await
}

/// People who may be chosen, and those whom the schedule names already.
async fn offered(visit: &Visit, found: Option<&Schedule>) -> Result<Choices, Fault> {
    let mut choices = visit.portal.oncall.choices(&visit.actor, None).await?;
    for person in found.iter().flat_map(|found| &found.people) {
        if !choices.people.iter().any(|known| known.id == person.id) {
            choices.people.push(person.clone());
        }
    }
    Ok(choices)
}

/// The latest day on which a new layer can have handed off already, so that somebody has it at once.
fn first_day(visit: &Visit, zone: &jiff::tz::TimeZone) -> jiff::civil::Date {
    let wall = visit.now.jiff().to_zoned(zone.clone()).datetime();
    if wall.time() < FIRST_HANDOFF { wall.date().yesterday().unwrap_or(wall.date()) } else { wall.date() }
}

/// What each field that is not a layer's holds, carried over while layers are moved.
fn rest(typed: &Typed) -> Typed {
    let pairs = typed.names().filter(|name| !Sheet::is_part(name) && *name != "act").map(str::to_owned).collect::<Vec<_>>();
    Typed::from_pairs(pairs.into_iter().map(|name| (name.clone(), typed.get(&name).to_owned())))
}

async fn answer(visit: Visit, form: PostedForm, found: Option<Schedule>) -> Answer {
    let choices = offered(&visit, found.as_ref()).await?;
    let id = found.as_ref().map(|found| found.schedule.id.clone());
    let zone = jiff::tz::TimeZone::get(form.get("zone").trim()).unwrap_or(visit.zone.clone());
    let start = first_day(&visit, &zone).to_string();
    let act = form.get("act").to_owned();
    if let Some(sheet) = Sheet::read(&form.typed).ok().and_then(|sheet| sheet.act(&act, &start)) {
        let mut typed = rest(&form.typed);
        sheet.write(&mut typed);
        return Ok(page(&visit, FormState::fresh(typed), choices, None, found));
    }
    if act == "preview" {
        let span = days(today(visit.now, &zone), SHOWN, &zone);
        return match visit.portal.oncall.preview(&visit.actor, id.as_ref(), &form.typed, span).await {
            Ok(roster) => Ok(page(&visit, FormState::fresh(form.typed), choices, Some(roster), found)),
            Err(fault) => refused(&visit, form, fault, choices, found),
        };
    }
    match save(&visit, id, &form.typed).await {
        Ok(id) => Ok(visit.go(&format!("/oncall/schedules/{id}"), "toast-schedule-saved")),
        Err(fault) => refused(&visit, form, fault, choices, found),
    }
}

async fn save(visit: &Visit, id: Option<ScheduleId>, typed: &Typed) -> Result<ScheduleId, Fault> {
    match id {
        Some(id) => visit.portal.oncall.change(&visit.actor, &id, typed).await.map(|()| id),
        None => visit.portal.oncall.create(&visit.actor, typed).await,
    }
}

fn refused(visit: &Visit, form: PostedForm, fault: Fault, choices: Choices, found: Option<Schedule>) -> Answer {
    if !matches!(fault, Fault::Invalid(_) | Fault::Conflict(_)) {
        return Err(fault.into());
    }
    Ok(page(visit, FormState::refused(form.typed, fault), choices, None, found))
}

fn page(visit: &Visit, form: FormState, choices: Choices, shown: Option<Roster>, found: Option<Schedule>) -> Response {
    let title = if found.is_some() { tr!(visit, "oncall-edit-title") } else { tr!(visit, "oncall-new") };
    let heading = title.clone();
    visit.page_as(form.status(), title, move || {
        let (action, back) = match &found {
            Some(found) => (format!("/oncall/schedules/{}/edit", found.schedule.id), format!("/oncall/schedules/{}", found.schedule.id)),
            None => ("/oncall/schedules/new".to_owned(), "/oncall".to_owned()),
        };
        let teams = choices.teams.iter().map(|(id, name)| (id.to_string(), name.clone())).collect();
        let people: Vec<_> = choices.people.iter().map(|person| (person.id.to_string(), person.name.clone())).collect();
        let layers = Sheet::read(&form.typed).map_or(1, |sheet| sheet.layers.len());
        let version = form.get("version");
        let zone = jiff::tz::TimeZone::get(form.get("zone").trim()).unwrap_or(jiff::tz::TimeZone::UTC);
        view! {
            <PageHead title=heading back=(back.clone(), t!("oncall-title"))/>
            <ErrorSummary form=&form labels=labels() named=named(layers)/>
            {shown.map(|roster| view! { <Preview roster zone/> })}
            <form class="form oncall-form" method="post" action=action>
                // Enter in a field presses the first button: that one must not remove anything.
                <button class="visually-hidden" type="submit" name="act" value="preview" tabindex="-1" aria-hidden="true">{t!("oncall-preview")}</button>
                {found.is_some().then(|| view! { <input type="hidden" name="version" value=version/> })}
                <div class="fields">
                    <TextField form=&form name="name" label=t!("oncall-field-name") hint=t!("oncall-hint-name")/>
                    <SelectField form=&form name="team" label=t!("oncall-field-team") options=teams blank=t!("oncall-choose")/>
                    <TextField form=&form name="zone" label=t!("oncall-field-zone") hint=t!("oncall-hint-zone")/>
                </div>
                <Layers form=&form people count=layers/>
                <TextAreaField form=&form name="holidays" label=t!("oncall-field-holidays") hint=t!("oncall-hint-holidays") rows=4 optional=true/>
                <div class="form-acts">
                    <Button label=t!("oncall-save") kind=ButtonKind::Primary name="act" value="save"/>
                    <Button label=t!("oncall-preview") name="act" value="preview" icon="eye"/>
                    <LinkButton href=back label=t!("oncall-back") kind=ButtonKind::Quiet/>
                </div>
            </form>
        }
    })
}

#[component]
fn Preview(roster: Roster, zone: jiff::tz::TimeZone) -> impl IntoView {
    let gaps = roster.gaps(use_visit().now);
    let gaps = if gaps > 0 {
        view! { <Notice tone=Tone::P1 title=t!("oncall-gaps", count = gaps)/> }.into_any()
    } else {
        view! { <Notice tone=Tone::Ok title=t!("oncall-no-gaps")/> }.into_any()
    };
    let duties = roster.duties.clone();
    let again = zone.clone();
    view! {
        <Panel title=t!("oncall-preview-title") id="preview">
            <div class="stack">
                {gaps}
                <Lanes roster zone/>
                <details><summary>{t!("oncall-preview-table")}</summary><Duties duties zone=again/></details>
            </div>
        </Panel>
    }
}
