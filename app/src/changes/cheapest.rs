//! The cheapest windows of the days that the calendar shows, where it is narrowed to systems: marked among the changes, and as a table with
//! what each is expected to cost and how long until it could be judged. Each leads to the form, filled in.

use domain::{
    Fault, Permission, Span,
    changes::{Choices, Filter, QuietAnswer, QuietWindow},
    form::Typed,
    id::SystemId,
    time::MINUTE,
};
use leptos::prelude::*;

use super::quiet::{basis, windows};
use crate::{
    components::{Cell, FacetOption, Facets, Here, Icon, Panel, duration, significant},
    t,
    visit::{Visit, use_visit},
};

/// Minutes of work that are offered; the third where none is asked for.
const LENGTHS: [i64; 5] = [30, 60, 120, 240, 480];

/// What was found.
#[derive(Debug, Clone)]
pub(super) struct Cheapest {
    answer: QuietAnswer,
    systems: Vec<SystemId>,
    may_request: bool,
}

impl Cheapest {
    /// Looks for them, as long as `length` of the address says; `None` where the calendar is not narrowed to systems.
    pub(super) async fn find(visit: &Visit, query: &Typed, filter: &Filter, choices: &Choices, span: Span) -> Result<Option<Self>, Fault> {
        let systems: Vec<SystemId> =
            choices.systems.iter().map(|system| &system.id).filter(|id| filter.systems.contains(id)).cloned().collect();
        if systems.is_empty() {
            return Ok(None);
        }
        let mut typed = Typed::default();
        systems.iter().for_each(|id| typed.add("systems", id));
        typed.set("zone", &visit.zone_name);
        typed.set("length", if query.get("length").is_empty() { LENGTHS[2].to_string() } else { query.get("length").to_owned() });
        typed.set("from", span.from.rfc3339());
        typed.set("to", span.to.rfc3339());
        let answer = visit.portal.carrying.cheapest(&visit.actor, &typed).await?;
        Ok(Some(Self { answer, systems, may_request: visit.may(Permission::RequestChanges) }))
    }

    /// Each with its place among them, from 1.
    pub(super) fn ranked(&self) -> impl Iterator<Item = (usize, &QuietWindow)> {
        (1..).zip(&self.answer.windows)
    }

    /// Where one leads: to the form with systems, times and zone, or to its row for who may not ask for changes.
    pub(super) fn href(&self, rank: usize, window: &QuietWindow) -> String {
        if !self.may_request {
            return format!("#cheapest-{rank}");
        }
        let form = self.systems.iter().fold(Here::parse("/changes/new"), |form, id| form.toggled("system", id.as_str()));
        form.with("start", &window.start).with("end", &window.end).with("zone", &self.answer.zone).href()
    }

    /// Those that begin on a day.
    fn of_day(&self, day: Span) -> impl Iterator<Item = (usize, &QuietWindow)> {
        self.ranked().filter(move |(_, window)| day.contains(window.span.from))
    }
}

/// `1. 02:00–04:00 · hurts about 0.3 · verdict after 40 min`.
pub(super) fn text(visit: &Visit, rank: usize, window: &QuietWindow) -> String {
    let verdict = match window.verdict_ms {
        Some(ms) => t!("changes-cheapest-verdict", length = duration(ms)),
        None => t!("changes-cheapest-no-verdict"),
    };
    let (from, to) = (visit.clock(window.span.from), visit.clock(window.span.to));
    format!("{rank}. {from}–{to} · {} · {verdict}", t!("changes-cheapest-cost", number = significant(window.cost)))
}

/// Those of one day, as chips of a cell.
pub(super) fn chips(found: Option<&Cheapest>, day: Span) -> Vec<AnyView> {
    let visit = use_visit();
    let Some(found) = found else { return Vec::new() };
    let one = |(rank, window): (usize, &QuietWindow)| {
        let (href, said) = (found.href(rank, window), text(&visit, rank, window));
        view! { <a class="changes-chip" data-cheapest="" href=href><Icon name="moon" label=t!("changes-cheapest-mark")/>" "{said}</a> }
            .into_any()
    };
    found.of_day(day).map(one).collect()
}

/// Those of one day, as lines of the agenda.
pub(super) fn lines(found: Option<&Cheapest>, day: Span) -> Vec<AnyView> {
    chips(found, day).into_iter().map(|chip| view! { <li class="changes-item" data-cheapest="">{chip}</li> }.into_any()).collect()
}

/// The table, with how long the work takes to choose from.
#[component]
pub(super) fn Windows(found: Cheapest) -> impl IntoView {
    let options = LENGTHS.map(|minutes| {
        FacetOption::new(if minutes == LENGTHS[2] { String::new() } else { minutes.to_string() }, duration(minutes * MINUTE))
    });
    let answer = found.answer.clone();
    let take = |rank: usize, window: &QuietWindow| {
        let href = found.href(rank, window);
        let link = found.may_request.then(|| view! { <a class="button" data-size="small" href=href>{t!("changes-cheapest-take")}</a> });
        view! { <Cell><span id=format!("cheapest-{rank}")>{link}</span></Cell> }.into_any()
    };
    let body = match answer.lack {
        Some(lack) => view! { <p class="muted">{t!(&format!("changes-cheapest-lack-{lack}"))}</p> }.into_any(),
        None => view! { {windows(&answer, t!("changes-cheapest-title"), &take)}<p class="field-hint">{basis(&answer)}</p> }.into_any(),
    };
    view! {
        <Panel title=t!("changes-cheapest-title") id="cheapest">
            <div class="stack">
                <Facets name="length" label=t!("changes-cheapest-length") options=options.to_vec()/>
                {body}
            </div>
        </Panel>
    }
}
