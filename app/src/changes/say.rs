//! How changes are called: words, tones, conflicts as sentences.

use domain::changes::{
    Conflict, ConflictKind, Doubt, EntryKind, Factor, Freeze, Kind, Outcome, Points, Risk, Scope, Score, State, Summary, SystemRef, Window,
    number_text,
};
use leptos::prelude::*;

use crate::{
    components::{Badge, Icon, Tone},
    t,
    visit::use_visit,
};

/// A state in one word.
pub fn state_word(state: State) -> String {
    t!(&format!("changes-state-{state}"))
}

/// The tone of a state.
pub fn state_tone(state: State) -> Tone {
    match state {
        State::Draft | State::Cancelled | State::Expired => Tone::NoData,
        State::Pending => Tone::P4,
        State::Approved | State::Closed => Tone::Ok,
        State::Scheduled => Tone::Accent,
        State::Executing | State::Observing => Tone::Maintenance,
        State::Rejected => Tone::P1,
    }
}

pub(super) fn risk_word(risk: Risk) -> String {
    t!(&format!("changes-risk-{risk}"))
}

pub(super) fn risk_tone(risk: Risk) -> Tone {
    match risk {
        Risk::Low => Tone::P4,
        Risk::Medium => Tone::P3,
        Risk::High => Tone::P2,
    }
}

/// What was told of a change, `CHG-12 Gateway 2.4: started`, with what happened in the reader's language.
pub fn say_told(text: &str) -> String {
    let Some((what, how)) = text.rsplit_once(": ") else { return text.to_owned() };
    match (how, Outcome::parse(how)) {
        ("rolling back", _) => format!("{what}: {}", t!("changes-told-rolling-back")),
        ("started", _) => format!("{what}: {}", t!("changes-told-started")),
        (_, Some(outcome)) => format!("{what}: {}", outcome_word(outcome)),
        _ => text.to_owned(),
    }
}

pub(super) fn outcome_word(outcome: Outcome) -> String {
    t!(&format!("changes-outcome-{outcome}"))
}

pub(super) fn outcome_tone(outcome: Outcome) -> Tone {
    match outcome {
        Outcome::Success => Tone::Ok,
        Outcome::Degraded => Tone::P3,
        Outcome::Inconclusive => Tone::NoData,
        Outcome::RolledBack => Tone::P2,
    }
}

pub(super) fn kind_word(kind: Kind) -> String {
    t!(&format!("changes-kind-{kind}"))
}

/// One reason of a score in words, with its points.
fn points_text(points: &Points) -> String {
    let found = if points.factor == Factor::Daytime { format!("{:02}:00", points.found) } else { points.found.to_string() };
    t!(&format!("changes-score-{}", points.factor), found = found, points = points.points)
}

/// What facts say of the risk: the points, and what they are made of.
#[component]
pub(super) fn ScoreFacts(
    /// The score.
    score: Score,
) -> impl IntoView {
    if score.reasons.is_empty() {
        return ().into_any();
    }
    let head = t!("changes-score", total = score.total, word = risk_word(score.level()));
    let reasons = score.reasons.iter().map(points_text).map(|text| view! { <li>{text}</li> }).collect_view();
    view! { <div class="changes-score"><p>{head}</p><ul>{reasons}</ul></div> }.into_any()
}

pub(super) fn entry_word(kind: EntryKind) -> String {
    t!(&format!("changes-entry-{kind}"))
}

/// State, outcome and risk as badges.
#[component]
pub fn ChangeBadges(
    /// Where it stands.
    state: State,
    /// How risky it is.
    risk: Risk,
    /// What kind of change, where that is to be said.
    #[prop(optional)]
    kind: Option<Kind>,
    /// How it ended.
    #[prop(into)]
    outcome: Option<Outcome>,
) -> impl IntoView {
    view! {
        <Badge tone=state_tone(state) word=state_word(state)/>
        {outcome.map(|outcome| view! { <Badge tone=outcome_tone(outcome) word=outcome_word(outcome)/> })}
        {kind
            .filter(|kind| *kind != Kind::Normal)
            .map(|kind| view! { <Badge tone=if kind == Kind::Emergency { Tone::P1 } else { Tone::Accent } word=kind_word(kind) plain=true/> })}
        <Badge tone=risk_tone(risk) word=risk_word(risk) plain=true/>
    }
}

/// One conflict as a sentence, without a link.
pub fn conflict_text(conflict: &Conflict) -> String {
    let visit = use_visit();
    let minute = |at: domain::Timestamp| visit.wall(at).chars().take(16).collect::<String>();
    t!(
        &format!("changes-conflict-{}", conflict.kind),
        with = conflict.with.label.clone(),
        system = conflict.system.clone().unwrap_or_default(),
        person = conflict.person.clone().unwrap_or_default(),
        from = minute(conflict.span.from),
        to = minute(conflict.span.to)
    )
}

fn conflict_href(conflict: &Conflict) -> Option<String> {
    let id = conflict.with.id.as_ref()?;
    Some(match conflict.kind {
        ConflictKind::Freeze => format!("/freezes#freeze-{id}"),
        ConflictKind::Incident => format!("/incidents/{id}"),
        ConflictKind::SameSystem
        | ConflictKind::Dependency
        | ConflictKind::SamePeople
        | ConflictKind::SameTeam
        | ConflictKind::SameWindow
        | ConflictKind::OneRisky
        | ConflictKind::BothVital => format!("/changes/{id}"),
        ConflictKind::AbsentApprover => return None,
    })
}

/// What is in the way, each with its reason; says so where nothing is.
#[component]
pub fn ConflictList(
    /// The conflicts, the worst first.
    conflicts: Vec<Conflict>,
) -> impl IntoView {
    if conflicts.is_empty() {
        return view! { <p class="changes-clear"><Icon name="circle-check"/>{t!("changes-conflicts-none")}</p> }.into_any();
    }
    view! {
        <ul class="changes-conflicts">
            {conflicts
                .into_iter()
                .map(|conflict| {
                    let icon = match conflict.kind {
                        ConflictKind::Freeze => "snowflake",
                        kind if kind.is_mild() => "info",
                        _ => "triangle-alert",
                    };
                    let text = conflict_text(&conflict);
                    let words = match conflict_href(&conflict) {
                        Some(href) => view! { <a href=href>{text}</a> }.into_any(),
                        None => text.into_any(),
                    };
                    view! { <li data-kind=conflict.kind.name()><Icon name=icon/><span>{words}</span></li> }
                })
                .collect_view()}
        </ul>
    }
    .into_any()
}

/// `2025-03-14 02:00 – 04:00`, local to the window, with its zone.
pub(super) fn window_text(window: &Window) -> String {
    let (start, end) = (window.start.replace('T', " "), window.end.replace('T', " "));
    let end = if start.get(..10) == end.get(..10) { end.get(11..).unwrap_or_default().to_owned() } else { end };
    format!("{start} – {end} {}", window.zone)
}

/// What is to be known about the window's wall times, if clocks are changed then.
pub(super) fn doubt_texts(window: &Window) -> Vec<String> {
    let said = [&window.start, &window.end];
    let at = [window.span.from, window.span.to];
    let zone = domain::time::zone(&window.zone);
    window
        .doubts()
        .into_iter()
        .enumerate()
        .filter_map(|(i, doubt)| {
            let time = said[i].replace('T', " ");
            let read = zone.as_ref().map(|zone| at[i].wall(zone).chars().take(16).collect::<String>()).unwrap_or_default();
            Some(match doubt? {
                Doubt::Gap => t!("changes-window-gap", time = time, zone = window.zone.clone(), read = read),
                Doubt::Overlap => t!("changes-window-overlap", time = time, zone = window.zone.clone()),
            })
        })
        .collect()
}

/// Names of systems, linked.
#[component]
pub(super) fn SystemLinks(systems: Vec<SystemRef>) -> impl IntoView {
    systems
        .into_iter()
        .enumerate()
        .map(|(i, system)| {
            let href = format!("/systems/{}", system.id);
            view! { {(i > 0).then_some(", ")}<a href=href>{system.name}</a> }
        })
        .collect_view()
}

pub(super) fn system_names(systems: &[SystemRef]) -> String {
    systems.iter().map(|s| s.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// What a freeze covers, in words.
pub(super) fn scope_text(freeze: &Freeze) -> String {
    match &freeze.content.scope {
        Scope::All => t!("changes-scope-all"),
        Scope::Team(_) => t!("changes-scope-team-of", team = freeze.team_name.clone()),
        Scope::Systems(_) => system_names(&freeze.systems),
    }
}

/// `CHG-12 New routing`.
pub(super) fn label(change: &Summary) -> String {
    format!("{} {}", number_text(change.number), change.title)
}
