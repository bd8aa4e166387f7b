//! `/oncall/schedules/{id}`: its calendar, covers, swaps and feed. All times are in the schedule's zone.

use axum::extract::Path;
use domain::{
    Fault, Permission, Span, Wording,
    form::Typed,
    id::{ScheduleId, UserId},
    oncall::{Choices, Cover, Duty, Feed, Roster, Schedule, Swap, SwapInput},
    time::{DAY, parse_day},
};
use jiff::{civil::Date, tz::TimeZone};
use leptos::prelude::*;

use super::{
    acts::read,
    calendar::{Duties, Lanes, days, plus, today},
    feeds::ScheduleFeed,
    say::{Person, WallSpan, labels, minute},
};
use crate::{
    components::{
        Button, ButtonKind, Cell, Column, Confirm, ErrorSummary, Here, LinkButton, MomentField, Notice, PageHead, Panel, PostButton,
        SelectField, Table, TextField, Tone,
    },
    fault::Answer,
    form::FormState,
    t,
    visit::{Visit, use_visit},
};

/// How far ahead shifts are offered for a swap.
const SWAPS_AHEAD: i64 = 60 * DAY;

/// Which form of the page was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Somebody takes over.
    Cover,
    /// A swap.
    Swap,
    /// A button, or none.
    Other,
}

/// The days that the URL asks for: `date` (else today) and `days` (14 or 28).
fn asked(here: &Here, visit: &Visit, zone: &TimeZone) -> Result<(Date, i32), Fault> {
    let first = match here.get("date") {
        "" => today(visit.now, zone),
        text => {
            let date = parse_day(text).filter(|date| (2000..2200).contains(&date.year()));
            date.ok_or_else(|| Fault::invalid("date", text, Wording::new("oncall-expect-date")))?
        }
    };
    let count = match here.get("days") {
        "" => 14,
        text => text
            .parse()
            .ok()
            .filter(|count| (1..=62).contains(count))
            .ok_or_else(|| Fault::invalid("days", text, Wording::new("expect-between").with("min", 1).with("max", 62)))?,
    };
    Ok((first, count))
}

/// `GET /oncall/schedules/{id}`
pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Answer {
    show(&visit, &read(&id)?, Which::Other, FormState::default()).await
}

/// The page, with one of its forms as it was refused.
pub(super) async fn show(visit: &Visit, id: &ScheduleId, which: Which, form: FormState) -> Answer {
    let (oncall, actor) = (&visit.portal.oncall, &visit.actor);
    let found = oncall.schedule(actor, id).await?;
    let zone = found.plan.time_zone();
    let (first, count) = asked(&Here::parse(&visit.path_and_query), visit, &zone)?;
    let roster = oncall.roster(actor, id, days(first, count, &zone)).await?;
    let team = &found.schedule.team;
    let manages = actor.may(Permission::ManageOnCall, team);
    let choices = oncall.choices(actor, Some(team)).await?;
    let swaps = oncall.swaps(actor, Some(id)).await?;
    let feed = oncall.feed(actor, id).await?;
    let me = actor.user().cloned();
    let ahead = match &me {
        Some(_) => oncall.roster(actor, id, Span { from: visit.now, to: visit.now.plus(SWAPS_AHEAD) }).await?.duties,
        None => Vec::new(),
    };
    let title = found.schedule.name.clone();
    Ok(visit.page_as(form.status(), title, move || {
        let path = format!("/oncall/schedules/{}", found.schedule.id);
        let sub = t!("oncall-schedule-sub", team = found.schedule.team_name.clone(), zone = found.schedule.zone.clone());
        let cover = if which == Which::Cover { form.clone() } else { FormState::default() };
        let swap = if which == Which::Swap { form.clone() } else { FormState::default() };
        let acts = manages.then(|| {
            view! {
                <LinkButton href=format!("{path}/edit") label=t!("oncall-edit") icon="pencil"/>
                <Confirm verb=t!("oncall-remove") text=t!("oncall-remove-text", name = found.schedule.name.clone()) action=format!("{path}/delete")/>
            }
        });
        view! {
            <PageHead title=found.schedule.name.clone() sub=sub back=("/oncall".to_owned(), t!("oncall-title"))>{acts}</PageHead>
            <ErrorSummary form=&form labels=labels()/>
            <div class="stack" id="oncall-schedule" data-live="oncall" data-live-mode="notice">
                <Doubts schedule=found.clone() roster=roster.clone()/>
                <Steps first count/>
                <Lanes roster=roster.clone() zone=zone.clone()/>
                <div class="split">
                    <Duties duties=roster.duties zone=zone.clone()/>
                    <div class="stack">
                        <Covers schedule=found.clone() choices form=cover me=me.clone() manages/>
                        <Swaps path=path.clone() swaps ahead me form=swap zone=zone.clone()/>
                        <Holidays schedule=found.clone()/>
                        <FeedPanel id=found.schedule.id.clone() feed/>
                    </div>
                </div>
            </div>
        }
    }))
}

/// What is wrong with it at a glance: gaps in what is shown, people whom the pager does not reach.
#[component]
fn Doubts(schedule: Schedule, roster: Roster) -> impl IntoView {
    let gaps = roster.gaps(use_visit().now);
    let gaps = (gaps > 0).then(|| view! { <Notice tone=Tone::P1 title=t!("oncall-gaps", count = gaps)/> });
    let absent: Vec<_> = schedule.people.into_iter().filter(|person| person.absent).map(|person| person.name).collect();
    let absent =
        (!absent.is_empty()).then(|| view! { <Notice tone=Tone::P2 title=t!("oncall-absent-people", names = absent.join(", "))/> });
    (gaps, absent)
}

#[component]
fn Steps(first: Date, count: i32) -> impl IntoView {
    let here = Here::now();
    let to = |day: Date, count: i32| {
        let there = here.clone().with("date", day.to_string());
        there.with("days", if count == 14 { String::new() } else { count.to_string() }).href()
    };
    let current = |days: i32| (count == days).then_some("true");
    let last = plus(first, count - 1);
    view! {
        <div class="changes-controls">
            <nav class="facets" aria-label=t!("oncall-days")>
                <a href=to(plus(first, -count), count) rel="prev">{t!("oncall-earlier")}</a>
                <a href=to(first, 14) aria-current=current(14)>{t!("oncall-two-weeks")}</a>
                <a href=to(first, 28) aria-current=current(28)>{t!("oncall-month")}</a>
                <a href=to(plus(first, count), count) rel="next">{t!("oncall-later")}</a>
            </nav>
            <span class="changes-shown">{format!("{first} – {last}")}</span>
        </div>
    }
}

#[component]
fn Covers(schedule: Schedule, choices: Choices, form: FormState, me: Option<UserId>, manages: bool) -> impl IntoView {
    let path = format!("/oncall/schedules/{}/covers", schedule.schedule.id);
    let zone = schedule.plan.time_zone();
    let works = me.as_ref().is_some_and(|me| choices.people.iter().any(|person| person.id == *me));
    let people = choices.people.into_iter().map(|person| (person.id.to_string(), person.name)).collect();
    let rows = schedule
        .covers
        .into_iter()
        .map(|cover| {
            let Cover { id, person, window, reason, author, .. } = cover;
            let action = format!("{path}/{id}/delete");
            let zone = zone.clone();
            view! {
                <li>
                    <strong><Person person/></strong>" "<WallSpan span=window.span zone/>" "{reason}" "
                    <span class="muted">{t!("oncall-by", name = author)}</span>" "
                    <PostButton action label=t!("oncall-uncover") small=true kind=ButtonKind::Quiet/>
                </li>
            }
        })
        .collect_view();
    let name = schedule.schedule.zone.clone();
    let hint = if manages { t!("oncall-cover-hint") } else { t!("oncall-cover-own-hint") };
    let action = path.clone();
    view! {
        <Panel title=t!("oncall-covers") id="covers">
            <div class="stack-tight">
                <ul class="oncall-own">{rows}</ul>
                {(manages || works)
                    .then(|| {
                        view! {
                            <form class="form" method="post" action=action>
                                <p class="field-hint">{hint}</p>
                                <SelectField form=&form name="person" label=t!("oncall-field-person") options=people blank=t!("oncall-choose")/>
                                <MomentField form=&form name="start" label=t!("oncall-field-from") zone=name.clone()/>
                                <MomentField form=&form name="end" label=t!("oncall-field-to") zone=name/>
                                <TextField form=&form name="reason" label=t!("oncall-field-reason") optional=true/>
                                <div class="form-acts"><Button label=t!("oncall-cover-make") kind=ButtonKind::Primary/></div>
                            </form>
                        }
                    })}
            </div>
        </Panel>
    }
}

#[component]
fn Swaps(path: String, swaps: Vec<Swap>, ahead: Vec<Duty>, me: Option<UserId>, form: FormState, zone: TimeZone) -> impl IntoView {
    let visit = use_visit();
    let option = |duty: &Duty, name: &str| {
        let text = format!("{name}{} – {}", minute(duty.span.from, &zone), minute(duty.span.to, &zone));
        (SwapInput::text(duty.span), text)
    };
    // What has begun is not swapped any more.
    let future = |duty: &&Duty| duty.span.from > visit.now && duty.span.to < visit.now.plus(SWAPS_AHEAD);
    let (mut mine, mut theirs) = (Vec::new(), Vec::new());
    for duty in ahead.iter().filter(future) {
        match &duty.person {
            Some(person) if Some(&person.id) == me.as_ref() => mine.push(option(duty, "")),
            Some(person) => theirs.push(option(duty, &format!("{} · ", person.name))),
            None => {}
        }
    }
    let offer = (!mine.is_empty() && !theirs.is_empty()).then(|| {
        view! {
            <form class="form" method="post" action=format!("{path}/swaps")>
                <p class="field-hint">{t!("oncall-swap-hint")}</p>
                <SelectField form=&form name="gives" label=t!("oncall-field-gives") options=mine blank=t!("oncall-choose")/>
                <SelectField form=&form name="takes" label=t!("oncall-field-takes") options=theirs blank=t!("oncall-choose")/>
                <div class="form-acts"><Button label=t!("oncall-swap-offer")/></div>
            </form>
        }
    });
    let nothing = swaps.is_empty() && offer.is_none();
    (!nothing).then(|| {
        view! { <Panel title=t!("oncall-swaps") id="swaps"><div class="stack-tight"><SwapRows swaps/>{offer}</div></Panel> }
    })
}

/// Offers that wait, with what the reader may answer.
#[component]
pub(super) fn SwapRows(swaps: Vec<Swap>) -> impl IntoView {
    if swaps.is_empty() {
        return ().into_any();
    }
    let visit = use_visit();
    let me = visit.actor.user().cloned();
    let columns = vec![
        Column::new(t!("oncall-swap-from")),
        Column::new(t!("oncall-swap-to")),
        Column::new(t!("oncall-schedule")),
        Column::unspoken(t!("oncall-acts")),
    ];
    let rows = swaps
        .into_iter()
        .map(|swap| {
            let action = |verb: &str| format!("/oncall/swaps/{}/{verb}", swap.id);
            let zone = jiff::tz::TimeZone::get(&swap.schedule.zone).unwrap_or(TimeZone::UTC);
            let acts = if me.as_ref() == Some(&swap.to.id) {
                view! {
                    <PostButton action=action("accept") label=t!("oncall-swap-accept") kind=ButtonKind::Primary small=true/>
                    <PostButton action=action("decline") label=t!("oncall-swap-decline") small=true/>
                }
                .into_any()
            } else if me.as_ref() == Some(&swap.from.id) {
                view! { <PostButton action=action("withdraw") label=t!("oncall-swap-withdraw") small=true/> }.into_any()
            } else {
                ().into_any()
            };
            let other = zone.clone();
            view! {
                <tr>
                    <Cell main=true>{swap.from.name}" "<WallSpan span=swap.gives zone/></Cell>
                    <Cell label=t!("oncall-swap-to")>{swap.to.name}" "<WallSpan span=swap.takes zone=other/></Cell>
                    <Cell label=t!("oncall-schedule")><a href=format!("/oncall/schedules/{}", swap.schedule.id)>{swap.schedule.name}</a></Cell>
                    <Cell acts=true>{acts}</Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption=t!("oncall-swaps") columns>{rows}</Table> }.into_any()
}

#[component]
fn Holidays(schedule: Schedule) -> impl IntoView {
    let rows = schedule.plan.holidays.iter().map(|day| view! { <li>{format!("{} {}", day.date, day.name)}</li> }).collect_view();
    (!schedule.plan.holidays.is_empty()).then(|| {
        view! { <Panel title=t!("oncall-field-holidays")><ul class="oncall-own">{rows}</ul></Panel> }
    })
}

#[component]
fn FeedPanel(id: ScheduleId, feed: Feed) -> impl IntoView {
    view! { <Panel title=t!("oncall-feed")><ScheduleFeed id feed/></Panel> }
}

/// A form that is filled with nothing.
pub(super) fn blank(visit: &Visit) -> Typed {
    let mut typed = Typed::default();
    typed.set("zone", &visit.zone_name);
    typed
}
