//! `/oncall`: who has the pager now and next; the reader's own shifts first, gaps in red.

use domain::{
    Permission,
    oncall::{Feed, NowNext, OwnShift, Swap},
};
use leptos::prelude::*;

use super::{
    feeds::OwnFeed,
    say::{Person, WallSpan, Who},
    schedule::SwapRows,
};
use crate::{
    components::{Badge, ButtonKind, Cell, Column, Empty, EmptyKind, LinkButton, NULL, PageHead, Panel, Table, Tone, When, WhenStyle},
    fault::Answer,
    t, tr,
    visit::{Visit, use_visit},
};

/// `GET /oncall`
pub(super) async fn page(visit: Visit) -> Answer {
    let (oncall, actor) = (&visit.portal.oncall, &visit.actor);
    let mut told = oncall.now(actor, None).await?;
    let person = actor.user().is_some();
    let own = if person { oncall.own(actor).await? } else { Vec::new() };
    let swaps = if person { oncall.swaps(actor, None).await? } else { Vec::new() };
    let feed = if person { oncall.own_feed(actor).await? } else { None };
    // Where nobody is on call comes first, then by name.
    told.sort_by_key(|one| one.now.person.is_some());
    let manages = visit.may(Permission::ManageOnCall);
    Ok(visit.page(tr!(visit, "oncall-title"), move || {
        view! {
            <PageHead title=t!("oncall-title") sub=t!("oncall-sub")>
                <LinkButton href="/oncall/policies" label=t!("escalations-title") icon="siren"/>
                <LinkButton href="/oncall/load" label=t!("oncall-load") icon="activity"/>
                {manages
                    .then(|| view! { <LinkButton href="/oncall/schedules/new" label=t!("oncall-new") icon="plus" kind=ButtonKind::Primary key="n"/> })}
            </PageHead>
            <div class="stack" id="oncall-now" data-live="oncall">
                {person.then(|| view! { <Own own/> })}
                <Waiting swaps/>
                <Schedules told manages/>
                {person.then(|| view! { <Calendar feed/> })}
            </div>
        }
    }))
}

#[component]
fn Own(own: Vec<OwnShift>) -> impl IntoView {
    let visit = use_visit();
    if own.is_empty() {
        return view! { <Panel title=t!("oncall-own")><p class="muted">{t!("oncall-own-none")}</p></Panel> }.into_any();
    }
    // What is now and what comes next is what one looks for, on a phone above all; the rest is there for whoever opens it.
    let running = own.iter().take_while(|shift| shift.span.contains(visit.now)).count();
    let mut own = own;
    let later = own.split_off((running + 1).min(own.len()));
    let rows = |own: Vec<OwnShift>| {
        own.into_iter()
            .map(|shift| {
                let now = shift.span.contains(visit.now).then(|| view! { " "<Badge tone=Tone::Accent word=t!("oncall-you-now")/> });
                let zone = visit.zone.clone();
                view! {
                    <li>
                        <a href=format!("/oncall/schedules/{}", shift.schedule.id)>{shift.schedule.name}</a>" "
                        <WallSpan span=shift.span zone/>{now}
                    </li>
                }
            })
            .collect_view()
    };
    let count = later.len();
    let first = rows(own);
    let later = (count > 0).then(|| {
        let rows = rows(later);
        view! {
            <details class="oncall-later">
                <summary>{t!("oncall-own-later", count = count)}</summary>
                <ul class="oncall-own">{rows}</ul>
            </details>
        }
    });
    view! { <Panel title=t!("oncall-own")><ul class="oncall-own">{first}</ul>{later}</Panel> }.into_any()
}

#[component]
fn Waiting(swaps: Vec<Swap>) -> impl IntoView {
    (!swaps.is_empty()).then(|| view! { <Panel title=t!("oncall-swaps") flush=true><SwapRows swaps/></Panel> })
}

#[component]
fn Calendar(feed: Option<Feed>) -> impl IntoView {
    view! { <Panel title=t!("oncall-own-feed")><OwnFeed feed/></Panel> }
}

#[component]
fn Schedules(told: Vec<NowNext>, manages: bool) -> impl IntoView {
    if told.is_empty() {
        let text = if manages { t!("oncall-empty-text") } else { t!("oncall-empty-ask") };
        return view! {
            <Empty kind=EmptyKind::NotConfigured title=t!("oncall-empty") text=text>
                {manages.then(|| view! { <LinkButton href="/oncall/schedules/new" label=t!("oncall-new") icon="plus"/> })}
            </Empty>
        }
        .into_any();
    }
    let visit = use_visit();
    let columns = vec![
        Column::new(t!("oncall-schedule")),
        Column::new(t!("oncall-now")),
        Column::new(t!("oncall-until")),
        Column::new(t!("oncall-next")),
        Column::new(t!("oncall-next-gap")),
    ];
    let rows = told
        .into_iter()
        .map(|one| {
            let NowNext { schedule, now, next, gap } = one;
            let until = now.span.to;
            let next = match next {
                Some(next) => match next.person {
                    Some(person) => view! { <Person person/> }.into_any(),
                    None => view! { <Badge tone=Tone::P1 word=t!("oncall-nobody")/> }.into_any(),
                },
                None => NULL.into_any(),
            };
            let bad = now.person.is_none().then_some("");
            let gap = match gap {
                Some(span) => {
                    let zone = visit.zone.clone();
                    view! { <span class="oncall-gap-text"><WallSpan span zone/></span> }.into_any()
                }
                None => view! { <span class="muted">{t!("oncall-no-gap")}</span> }.into_any(),
            };
            view! {
                <tr data-gap=bad>
                    <Cell main=true>
                        <a href=format!("/oncall/schedules/{}", schedule.id)>{schedule.name}</a>" "<span class="muted">{schedule.team_name}</span>
                    </Cell>
                    <Cell label=t!("oncall-now")><Who duty=now/></Cell>
                    <Cell label=t!("oncall-until")><When at=until style=WhenStyle::Both/></Cell>
                    <Cell label=t!("oncall-next")>{next}</Cell>
                    <Cell label=t!("oncall-next-gap")>{gap}</Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption=t!("oncall-schedules") columns>{rows}</Table> }.into_any()
}
