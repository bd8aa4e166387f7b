//! `/changes`: what is changing, and is it safe? Lanes by team or system, week, month, agenda or list; all state in the URL.

use axum::response::{IntoResponse, Redirect};
use domain::{
    Fault, Permission, Span, Timestamp, Wording,
    changes::{Calendar, Choices, Filter, LaneBy, QuietSpan, Risk, Shape, State},
    deployments::Deployment,
    form::Typed,
    time::parse_day,
    views::Place,
};
use jiff::civil::Date;
use leptos::prelude::*;

use super::{
    agenda::Agenda,
    cheapest::{Cheapest, Windows},
    lanes::Lanes,
    list,
    month::{Month, Week},
    moving,
    say::{ConflictList, risk_word, state_word},
};
use crate::{
    components::{
        ButtonKind, Empty, EmptyKind, FilterBar, FilterFold, FilterSearch, FilterSelect, Here, LinkButton, Notice, PageHead, Panel, Tone,
    },
    fault::Answer,
    t, tr,
    views::{Shown, ViewRow},
    visit::{Visit, use_visit},
};

/// The days that are shown: the first, how many, and the span they are in the reader's zone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Days {
    pub(super) first: Date,
    pub(super) count: i32,
    pub(super) span: Span,
}

/// The first moment of a day in a zone.
pub(super) fn midnight(day: Date, visit: &Visit) -> Timestamp {
    day.to_zoned(visit.zone.clone()).map_or(Timestamp(0), |at| Timestamp(at.timestamp().as_millisecond()))
}

/// Today in the reader's zone.
pub(super) fn today(visit: &Visit) -> Date {
    visit.now.jiff().to_zoned(visit.zone.clone()).date()
}

pub(super) fn plus(day: Date, days: i32) -> Date {
    day.saturating_add(jiff::Span::new().days(days))
}

impl Days {
    fn new(first: Date, count: i32, visit: &Visit) -> Self {
        let (from, to) = (midnight(first, visit), midnight(plus(first, count), visit));
        Self { first, count, span: Span { from, to: to.max(from.plus(1)) } }
    }

    /// Each day with its span.
    pub(super) fn each(self, visit: &Visit) -> Vec<(Date, Span)> {
        (0..self.count).map(|i| Self::new(plus(self.first, i), 1, visit)).map(|d| (d.first, d.span)).collect()
    }

    fn read(shape: Shape, query: &Typed, visit: &Visit) -> Result<Self, Fault> {
        let date = match query.get("date") {
            "" => today(visit),
            text => {
                let date = parse_day(text).filter(|day| (2000..2200).contains(&day.year()));
                date.ok_or_else(|| Fault::invalid("date", text, Wording::new("changes-expect-date")))?
            }
        };
        let days = match query.get("days") {
            "" => 7,
            text => text
                .parse()
                .ok()
                .filter(|n| (1..=31).contains(n))
                .ok_or_else(|| Fault::invalid("days", text, Wording::new("expect-between").with("min", 1).with("max", 31)))?,
        };
        let monday = |day: Date| plus(day, -i32::from(day.weekday().to_monday_zero_offset()));
        Ok(match shape {
            Shape::Week => Self::new(monday(date), 7, visit),
            Shape::Month => {
                let (first, last) = (monday(date.first_of_month()), date.last_of_month());
                let weeks = if plus(first, 28) > last {
                    4
                } else if plus(first, 35) > last {
                    5
                } else {
                    6
                };
                Self::new(first, weeks * 7, visit)
            }
            Shape::Agenda => Self::new(date, days.max(14), visit),
            Shape::Lanes | Shape::List => Self::new(date, days, visit),
        })
    }
}

/// Minutes that an arrow moves a bar by, and with Shift: where less is shown, less.
pub(super) fn step(days: Days) -> (i64, i64) {
    if days.count == 1 { (15, 60) } else { (30, 24 * 60) }
}

/// What the URL asks for.
pub(super) fn query(visit: &Visit) -> Typed {
    Typed::from_pairs(Here::parse(&visit.path_and_query).pairs().iter().cloned())
}

/// `GET /changes`
pub(super) async fn page(visit: Visit) -> Answer {
    let query = query(&visit);
    let shape = Shape::read(query.get("view")).map_err(|expected| Fault::invalid("view", query.get("view"), expected))?;
    let by = LaneBy::read(query.get("by")).map_err(|expected| Fault::invalid("by", query.get("by"), expected))?;
    let mut filter = Filter::parse(&query)?;
    let choices = visit.portal.changes.choices(&visit.actor).await?;
    let shown = Shown::read(&visit, Place::Changes).await?;
    if let Some(first) = shown.first(&visit) {
        return Ok(Redirect::to(&first).into_response());
    }
    if shape == Shape::List {
        return list::page(&visit, &filter, &query, choices, shown).await;
    }
    let days = Days::read(shape, &query, &visit)?;
    let narrow = filter.is_narrow();
    filter.span = None;
    if filter.states.is_empty() {
        // What was refused or withdrawn is in nobody's way; the list still has it.
        filter.states = State::ALL.iter().copied().filter(|s| !matches!(s, State::Rejected | State::Cancelled | State::Expired)).collect();
    }
    let calendar = visit.portal.changes.calendar(&visit.actor, &filter, days.span).await?;
    let quiet = if query.get("quiet") == "on" && shape != Shape::Agenda {
        visit.portal.carrying.quiet_hours(&visit.actor, &filter, days.span, &visit.zone).await?
    } else {
        None
    };
    let cheapest = Cheapest::find(&visit, &query, &filter, &choices, days.span).await?;
    let brought = if narrow { Vec::new() } else { visit.portal.deployments.during(&visit.actor, days.span).await? };
    Ok(visit.page(tr!(visit, "changes-title"), move || {
        view! {
            <Head/>
            <Controls shape by days choices shown/>
            <Body shape by days calendar brought quiet cheapest narrow/>
        }
    }))
}

/// Title and acts of the calendar.
#[component]
pub(super) fn Head() -> impl IntoView {
    let visit = use_visit();
    let may_request = visit.may(Permission::RequestChanges);
    let sub = t!("changes-sub", zone = format!("{} ({})", visit.zone_name, visit.offset_label()));
    view! {
        <PageHead title=t!("changes-title") sub=sub>
            {may_request
                .then(|| view! { <LinkButton href="/changes/new" label=t!("changes-new") icon="plus" kind=ButtonKind::Primary key="n"/> })}
            <LinkButton href="/freezes" label=t!("changes-freezes") icon="snowflake"/>
            <LinkButton href="/evidence" label=t!("evidence-title") icon="clipboard-check"/>
            <LinkButton href="/changes/templates" label=t!("changes-templates") icon="shapes"/>
            <LinkButton href="/occasions" label=t!("occasions-title") icon="calendar-range"/>
            <LinkButton href="/calendars" label=t!("calendars-title") icon="calendar-range"/>
            <LinkButton href="/deployments" label=t!("deployments-title") icon="arrow-up"/>
            <LinkButton href="/changes/figures" label=t!("changes-figures") icon="activity"/>
            <LinkButton href="/changes/feeds" label=t!("changes-feeds") icon="calendar-range"/>
        </PageHead>
    }
}

/// Shapes, presets, steps and filters: links and one GET form.
#[component]
pub(super) fn Controls(
    shape: Shape,
    #[prop(optional)] by: Option<LaneBy>,
    #[prop(optional)] days: Option<Days>,
    choices: Choices,
    shown: Shown,
) -> impl IntoView {
    let visit = use_visit();
    let here = Here::now().without("after");
    let shapes = Shape::ALL
        .iter()
        .map(|word| {
            let href = here.clone().with("view", word).href();
            let current = (*word == shape).then_some("true");
            view! { <a href=href aria-current=current>{t!(&format!("changes-view-{word}"))}</a> }
        })
        .collect_view();
    let lanes = by.filter(|_| shape == Shape::Lanes).map(|by| {
        let each = LaneBy::ALL.iter().map(|word| {
            let href = here.clone().with("by", if *word == LaneBy::Team { "" } else { word.name() }).href();
            let current = (*word == by).then_some("true");
            view! { <a href=href aria-current=current>{t!(&format!("changes-lanes-by-{word}"))}</a> }
        });
        view! { <nav class="facets changes-wide" aria-label=t!("changes-lanes-by")>{each.collect_view()}</nav> }
    });
    let steps = days.map(|days| {
        let today = today(&visit);
        let step = if shape == Shape::Month { 31 } else { days.count };
        let anchor = if shape == Shape::Month { plus(days.first, 7).first_of_month() } else { days.first };
        let to = |day: Date| here.clone().with("date", if day == today { String::new() } else { day.to_string() }).href();
        let preset = |key: &'static str, day: Date, count: i32| {
            let there = here.clone().with("date", if day == today { String::new() } else { day.to_string() });
            let there = there.with("days", if count == 7 { String::new() } else { count.to_string() });
            let current = (days.first == day && days.count == count).then_some("true");
            view! { <a href=there.href() aria-current=current>{t!(key)}</a> }
        };
        let presets = (shape == Shape::Lanes).then(|| {
            view! {
                {preset("changes-today", today, 1)}
                {preset("changes-tomorrow", plus(today, 1), 1)}
                {preset("changes-week", today, 7)}
            }
        });
        let back = if shape == Shape::Month {
            anchor.first_of_month().yesterday().map_or(anchor, Date::first_of_month)
        } else {
            plus(anchor, -step)
        };
        let next = if shape == Shape::Month { plus(anchor, 31).first_of_month() } else { plus(anchor, step) };
        let last = plus(days.first, days.count - 1);
        let shown = match shape {
            Shape::Month => anchor.strftime("%Y-%m").to_string(),
            _ if days.count == 1 => days.first.to_string(),
            _ => format!("{} – {last}", days.first),
        };
        view! {
            <nav class="facets" aria-label=t!("changes-when")>
                <a href=to(back) rel="prev">{t!("changes-earlier")}</a>
                {presets}
                <a href=to(next) rel="next">{t!("changes-later")}</a>
            </nav>
            <span class="changes-shown">{shown}</span>
        }
    });
    let states = State::ALL.iter().map(|s| (s.name().to_owned(), state_word(*s))).collect();
    let risks = Risk::ALL.iter().map(|r| (r.name().to_owned(), risk_word(*r))).collect();
    let teams = choices.teams.into_iter().map(|t| (t.id.to_string(), t.name)).collect();
    let systems = choices.systems.into_iter().map(|s| (s.id.to_string(), s.name)).collect();
    view! {
        <div class="changes-controls">
            <nav class="facets" aria-label=t!("changes-view")>{shapes}</nav>
            {lanes}
            {steps}
        </div>
        <FilterFold apart=vec!["view", "by", "date", "days", "from", "to", "quiet", "length"]>
            <FilterBar keep=vec!["view", "by", "date", "days", "from", "to", "quiet", "length"]>
                <FilterSearch name="q" label=t!("changes-filter-text")/>
                <FilterSelect name="team" label=t!("changes-field-team") options=teams/>
                <FilterSelect name="system" label=t!("changes-field-system") options=systems/>
                <FilterSelect name="state" label=t!("changes-field-state") options=states/>
                <FilterSelect name="risk" label=t!("changes-field-risk") options=risks/>
            </FilterBar>
        </FilterFold>
        <ViewRow shown/>
    }
}

#[component]
fn Body(
    shape: Shape,
    by: LaneBy,
    days: Days,
    calendar: Calendar,
    brought: Vec<Deployment>,
    quiet: Option<Vec<QuietSpan>>,
    cheapest: Option<Cheapest>,
    narrow: bool,
) -> impl IntoView {
    let marked = cheapest.as_ref().is_some_and(|found| found.ranked().next().is_some());
    let windows = cheapest.clone().map(|found| view! { <Windows found/> });
    let hours = (shape != Shape::Agenda).then(|| super::quiet_hours::hours(quiet.as_deref()));
    let quiet = quiet.unwrap_or_default();
    let cut = calendar.cut.then(|| view! { <Notice tone=Tone::P3 title=t!("changes-cut", count = calendar.changes.len())/> });
    let empty = (calendar.changes.is_empty()
        && quiet.is_empty()
        && !marked
        && brought.is_empty()
        && (narrow || (calendar.freezes.is_empty() && calendar.occasions.is_empty() && calendar.foreign.times.is_empty())))
    .then(|| {
        if narrow {
            view! { <Empty kind=EmptyKind::NoMatch title=t!("changes-empty-filter")/> }.into_any()
        } else {
            view! { <Empty kind=EmptyKind::Clear title=t!("changes-empty")/> }.into_any()
        }
    });
    let told: Vec<_> = calendar
        .changes
        .iter()
        .zip(&calendar.conflicts)
        .filter(|(_, conflicts)| !conflicts.is_empty())
        .map(|(change, conflicts)| (change.id.clone(), super::say::label(change), conflicts.clone()))
        .collect();
    let visit = use_visit();
    let movable = shape != Shape::Agenda && calendar.changes.iter().any(|change| moving::handle(&visit, change).is_some());
    let desk = movable.then(|| {
        let how = match (shape, days.count) {
            (Shape::Lanes, 1) => t!("changes-move-how-hours"),
            (Shape::Lanes, _) => t!("changes-move-how-days"),
            _ => t!("changes-move-how-cells"),
        };
        view! { <moving::Desk how/> }
    });
    let sources = (!calendar.foreign.calendars.is_empty())
        .then(|| view! { <crate::calendars::Sources calendars=calendar.foreign.calendars.clone()/> });
    let picture = match shape {
        Shape::Lanes => view! {
            <div class="changes-wide"><Lanes days calendar=calendar.clone() brought=brought.clone() quiet cheapest=cheapest.clone() by/></div>
            <div class="changes-narrow"><Agenda days calendar cheapest/></div>
        }
        .into_any(),
        Shape::Week => view! { <Week days calendar quiet cheapest/> }.into_any(),
        Shape::Month => view! { <Month days calendar quiet cheapest/> }.into_any(),
        Shape::Agenda | Shape::List => view! { <Agenda days calendar cheapest/> }.into_any(),
    };
    view! {
        <div class="stack" id="changes-calendar" data-live="changes" data-live-mode="notice">
            {cut}
            {hours}
            {windows}
            {match empty {
                Some(empty) => empty,
                None => picture,
            }}
            {sources}
            {(!brought.is_empty())
                .then(|| {
                    let title = t!("deployments-in-days", count = brought.len());
                    view! { <details class="changes-brought"><summary>{title}</summary>{crate::deployments::brief(brought, None)}</details> }
                })}
            {(!told.is_empty() && shape != Shape::Agenda)
                .then(|| {
                    view! {
                        <div class=(shape == Shape::Lanes).then_some("changes-wide")>
                        <Panel title=t!("changes-conflicts")>
                            <dl class="changes-told">
                                {told
                                    .into_iter()
                                    .map(|(id, label, conflicts)| {
                                        view! { <dt><a href=format!("/changes/{id}")>{label}</a></dt><dd><ConflictList conflicts/></dd> }
                                    })
                                    .collect_view()}
                            </dl>
                        </Panel>
                        </div>
                    }
                })}
        </div>
        {desk}
    }
}
