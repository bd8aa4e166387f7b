//! Moving a change to another time: a page that shows what it would do, and a button that does it.
//!
//! The calendar shows the same beneath itself while a bar is dragged or moved by keys (`js/move.js`): it fetches this page and takes
//! `#move` out of it, so that what is kept is always this form.

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use domain::{
    Fault, Permission,
    changes::{Act, Detail, Moving, Summary, Window, WindowCost, number_text},
    form::Typed,
    id::ChangeId,
};
use leptos::prelude::*;

use super::{
    request::labels,
    say::{ConflictList, doubt_texts, risk_word, state_word, window_text},
};
use crate::{
    components::{Button, ButtonKind, ErrorSummary, Here, LinkButton, MomentField, Notice, PageHead, Panel, Tone, significant},
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::{Visit, use_visit},
};

/// What the calendar tells the script of a change that its reader may move: where the form is, and its start on the wall.
pub(super) fn handle(visit: &Visit, change: &Summary) -> Option<(String, String)> {
    let may = visit.actor.may(Permission::RequestChanges, &change.team.id) && change.state.after(Act::Revise).is_some();
    may.then(|| (format!("/changes/{}/move", change.id), change.window.start.clone()))
}

/// Where to go afterwards: back to the calendar where the form came from there, else to the change.
fn next(id: &ChangeId, asked: &str) -> String {
    let calendar = asked == "/changes" || asked.starts_with("/changes?");
    if calendar { asked.to_owned() } else { format!("/changes/{id}") }
}

/// What the port reads.
fn fields(start: &str, version: &str) -> Typed {
    let mut typed = Typed::default();
    typed.set("start", start);
    if !version.is_empty() {
        typed.set("version", version);
    }
    typed
}

/// `GET /changes/{id}/move`; with `?start=` what moving there would do.
pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Answer {
    let detail = visit.portal.changes.detail(&visit.actor, &id).await?;
    if !visit.actor.may(Permission::RequestChanges, &detail.content.team) {
        return Err(Fault::Forbidden(Permission::RequestChanges).into());
    }
    let here = Here::parse(&visit.path_and_query);
    let mut typed = Typed::default();
    typed.set("next", here.get("next"));
    let asked = here.get("start");
    typed.set("start", if asked.is_empty() { &detail.content.window.start } else { asked });
    Ok(shown(&visit, detail, typed, None).await?)
}

/// `POST /changes/{id}/move`
pub(super) async fn act(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let id = ChangeId::parse(&id).ok_or(Fault::NotFound("change"))?;
    match visit.portal.changes.shift(&visit.actor, &id, &fields(form.get("start"), form.get("version"))).await {
        Ok(revised) => {
            let toast = if revised.voided > 0 { "toast-change-moved-voided" } else { "toast-change-moved" };
            Ok(visit.go(&next(&id, form.get("next")), toast))
        }
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => {
            let detail = visit.portal.changes.detail(&visit.actor, id.as_str()).await?;
            Ok(shown(&visit, detail, form.typed, Some(fault)).await?)
        }
        Err(fault) => Err(fault.into()),
    }
}

/// The page, with what was refused on top; what the move would do is reckoned from the change as it is now.
async fn shown(visit: &Visit, detail: Detail, typed: Typed, refused: Option<Fault>) -> Result<Response, Fault> {
    let found = visit.portal.changes.moving(&visit.actor, detail.summary.id.as_str(), &fields(typed.get("start"), "")).await;
    let (moving, fault) = match found {
        Ok(moving) => (Some(moving), refused),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => (None, Some(refused.unwrap_or(fault))),
        Err(fault) => return Err(fault),
    };
    let form = match fault {
        Some(fault) => FormState::refused(typed, fault),
        None => FormState::fresh(typed),
    };
    let summary = detail.summary;
    let title = tr!(visit, "changes-move-title", number = number_text(summary.number));
    let heading = title.clone();
    let page = visit.page_as(form.status(), title, move || {
        let here = format!("/changes/{}", summary.id);
        let (action, next) = (format!("{here}/move"), form.get("next"));
        let would = moving.filter(Moving::moves).map(|moving| view! { <Would moving next=next.clone()/> });
        let zone = summary.window.zone.clone();
        view! {
            <PageHead title=heading sub=summary.title.clone() back=(here, number_text(summary.number))/>
            <ErrorSummary form=&form labels=labels()/>
            <div class="stack">
            <Panel title=t!("changes-field-window")>
                <div class="stack">
                    <p>{window_text(&summary.window)}</p>
                    <form class="form" method="get" action=action>
                        {(!next.is_empty()).then(|| view! { <input type="hidden" name="next" value=next/> })}
                        <MomentField form=&form name="start" label=t!("changes-move-start") hint=t!("changes-move-hint") zone=zone/>
                        <div class="form-acts"><Button label=t!("changes-move-show") icon="eye"/></div>
                    </form>
                </div>
            </Panel>
            {would}
            </div>
        }
    });
    Ok(page.into_response())
}

/// The move in one sentence, for whoever hears it.
fn said(moving: &Moving) -> String {
    let mut said = t!("changes-move-said", number = number_text(moving.change.number), window = window_text(&moving.window));
    let mut add = |text: String| {
        said.push(' ');
        said.push_str(&text);
    };
    add(if moving.conflicts.is_empty() {
        t!("changes-conflicts-none")
    } else {
        t!("changes-move-clashes", count = moving.conflicts.len())
    });
    if moving.voided > 0 {
        add(t!("changes-move-voids", count = moving.voided));
    }
    said
}

fn doubts(window: &Window) -> impl IntoView + use<> {
    doubt_texts(window).into_iter().map(|text| view! { <p class="changes-doubt">{text}</p> }).collect_view()
}

fn cost_text(moving: &Moving) -> String {
    let say = |cost: Option<WindowCost>| {
        cost.map_or_else(
            || t!("changes-move-cost-unknown"),
            |known| t!("changes-move-cost", expected = significant(known.expected), cost = significant(known.cost)),
        )
    };
    t!("changes-move-cost-both", then = say(moving.cost_then), now = say(moving.cost_now))
}

/// What the move would do, and the form that does it.
#[component]
fn Would(moving: Moving, next: String) -> impl IntoView {
    let visit = use_visit();
    let change = &moving.change;
    let action = format!("/changes/{}/move", change.id);
    let back = self::next(&change.id, &next);
    let sentence = said(&moving);
    let voided = (moving.voided > 0).then(|| view! { <Notice tone=Tone::P3 title=t!("changes-move-voids", count = moving.voided)/> });
    let stands = (moving.state != change.state)
        .then(|| view! { <p>{t!("changes-move-state", from = state_word(change.state), to = state_word(moving.state))}</p> });
    let level = moving.score.level();
    let risk = (moving.score.total != change.score.total || moving.needed != change.needed).then(|| {
        let text = t!(
            "changes-move-risk",
            then = moving.score.total,
            now = change.score.total,
            word = risk_word(level),
            needed = moving.needed,
            before = change.needed
        );
        view! { <p>{text}</p> }
    });
    let changed = (moving.more + moving.fewer > 0).then(|| {
        let text = t!("changes-move-conflicts", more = moving.more, fewer = moving.fewer);
        view! { <p>{text}</p> }
    });
    let free = moving.free.map(|free| {
        let zone = domain::time::zone(&moving.window.zone).unwrap_or(jiff::tz::TimeZone::UTC);
        let wall = |at: domain::Timestamp| at.wall(&zone).chars().take(16).collect::<String>();
        let (from, to) = (wall(free.from), wall(free.to));
        let start = from.replace(' ', "T");
        let there = Here::parse(&action).with("start", &start).with("next", &next).href();
        let text = t!("changes-free-slot", from = from, to = to);
        view! { <p><a class="changes-link" data-move-free=start href=there>{text}</a></p> }
    });
    let cost = (moving.cost_now.is_some() || moving.cost_then.is_some()).then(|| view! { <p>{cost_text(&moving)}</p> });
    let elsewhere = (visit.zone_name != moving.window.zone).then(|| {
        let span = moving.window.span;
        view! { <p class="muted"><crate::components::WhenSpan from=span.from to=span.to/></p> }
    });
    view! {
        <section
            class="panel changes-would"
            id="move"
            aria-labelledby="move-title"
            data-said=sentence
            data-from=moving.window.span.from.0.to_string()
        >
            <div class="panel-head"><h2 id="move-title">{t!("changes-move-would", number = number_text(change.number))}</h2></div>
            <div class="panel-body stack">
                <p>{window_text(&change.window)}" → "<strong>{window_text(&moving.window)}</strong></p>
                {elsewhere}
                {doubts(&moving.window)}
                {voided}
                {stands}
                {risk}
                {cost}
                {changed}
                <ConflictList conflicts=moving.conflicts.clone()/>
                {free}
                <form class="post" method="post" action=action.clone()>
                    <input type="hidden" name="start" value=moving.window.start.clone()/>
                    <input type="hidden" name="version" value=moving.version.to_string()/>
                    {(!next.is_empty()).then(|| view! { <input type="hidden" name="next" value=next.clone()/> })}
                    <Button label=t!("changes-move-keep") kind=ButtonKind::Primary icon="check"/>
                    <LinkButton href=back label=t!("changes-move-leave") kind=ButtonKind::Quiet/>
                </form>
            </div>
        </section>
    }
}

/// Where the calendar shows the move that is under way, and how one is made.
#[component]
pub(super) fn Desk(
    /// What one press of an arrow moves by, in words.
    #[prop(into)]
    how: String,
) -> impl IntoView {
    view! {
        <p class="needs-js changes-wide muted small" id="changes-move-how">{how}</p>
        <div class="changes-wide changes-desk" id="changes-move" hidden="" data-back=t!("changes-move-back") data-lost=t!("changes-move-lost")></div>
        <p id="changes-move-said" class="visually-hidden" role="status" aria-live="polite"></p>
    }
}
