//! Whether a change may go ahead now. The window is exact: a minute early is early.

use super::{Act, Content, Freeze, State};
use crate::{Fault, Span, Timestamp, Wording, systems::Brief, time::MINUTE};

/// The freeze that covers a moment of the span for this content, the earliest first. `systems` are those of the
/// content, for their teams.
pub fn blocking_freeze<'a>(content: &Content, systems: &[Brief], freezes: &'a [Freeze], span: Span) -> Option<&'a Freeze> {
    let teams = |team: &_| content.team == *team || systems.iter().any(|s| s.team == *team);
    freezes
        .iter()
        .filter(|f| f.content.window.span.overlaps(span) && f.covers(&content.systems, teams))
        .min_by_key(|f| f.content.window.span.from)
}

/// Whether it may be taken into the plan: approved, the window not over, and no freeze within it.
pub fn may_schedule(state: State, content: &Content, systems: &[Brief], freezes: &[Freeze], now: Timestamp) -> Result<State, Fault> {
    let next = state.step(Act::Schedule)?;
    not_late(content, now)?;
    not_frozen(content, systems, freezes, content.window.span)?;
    Ok(next)
}

/// Whether it may start at `now`: approved, inside the window to the millisecond, and no freeze from now to the
/// window's end: work that would run into a freeze must not begin.
pub fn may_start(state: State, content: &Content, systems: &[Brief], freezes: &[Freeze], now: Timestamp) -> Result<State, Fault> {
    let next = state.step(Act::Start)?;
    let window = &content.window;
    if now < window.span.from {
        let length = (window.span.from.since(now) + MINUTE - 1) / MINUTE * MINUTE;
        return Err(Fault::Conflict(
            Wording::new("conflict-change-too-early")
                .with("opens", window.start.replace('T', " "))
                .with("zone", &window.zone)
                .with("length_ms", length),
        ));
    }
    not_late(content, now)?;
    not_frozen(content, systems, freezes, Span { from: now, to: window.span.to })?;
    Ok(next)
}

fn not_late(content: &Content, now: Timestamp) -> Result<(), Fault> {
    let window = &content.window;
    if now < window.span.to {
        return Ok(());
    }
    let length = now.since(window.span.to) / MINUTE * MINUTE;
    Err(Fault::Conflict(
        Wording::new("conflict-change-too-late")
            .with("closed", window.end.replace('T', " "))
            .with("zone", &window.zone)
            .with("length_ms", length),
    ))
}

fn not_frozen(content: &Content, systems: &[Brief], freezes: &[Freeze], span: Span) -> Result<(), Fault> {
    match blocking_freeze(content, systems, freezes, span) {
        None => Ok(()),
        Some(freeze) => Err(Fault::Conflict(
            Wording::new("conflict-change-frozen")
                .with("reason", &freeze.content.reason)
                .with("from", freeze.content.window.start.replace('T', " "))
                .with("until", freeze.content.window.end.replace('T', " "))
                .with("zone", &freeze.content.window.zone),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::changes::{FreezeContent, Scope, Window, content::tests::content};

    fn key(result: Result<State, Fault>) -> Result<State, &'static str> {
        result.map_err(|fault| match fault {
            Fault::Conflict(wording) => wording.key,
            _ => "another fault",
        })
    }

    fn freeze(from: Timestamp, to: Timestamp, scope: Scope) -> Freeze {
        let window = Window { start: String::new(), end: String::new(), zone: "UTC".into(), span: Span { from, to } };
        Freeze {
            id: crate::id::FreezeId::parse("00000000-0000-7000-8000-000000000077").unwrap(),
            content: FreezeContent { scope, window, reason: "holiday".into() },
            author: "A".into(),
            version: 1,
            systems: vec![],
            team_name: String::new(),
        }
    }

    #[test]
    fn the_window_is_exact() {
        let content = content();
        let Span { from, to } = content.window.span;
        let start = |state, now| key(may_start(state, &content, &[], &[], now));
        assert_eq!(start(State::Approved, from.plus(-1)), Err("conflict-change-too-early"));
        assert_eq!(start(State::Approved, from), Ok(State::Executing));
        assert_eq!(start(State::Scheduled, to.plus(-1)), Ok(State::Executing));
        assert_eq!(start(State::Scheduled, to), Err("conflict-change-too-late"));
        assert_eq!(start(State::Pending, from), Err("conflict-change-state"));
    }

    #[test]
    fn a_freeze_blocks_what_it_covers_and_what_would_run_into_it() {
        let content = content();
        let Span { from, to } = content.window.span;
        let start = |freeze: Freeze| key(may_start(State::Approved, &content, &[], &[freeze], from.plus(MINUTE)));
        assert_eq!(start(freeze(from, to, Scope::All)), Err("conflict-change-frozen"));
        assert_eq!(start(freeze(to.plus(-1), to.plus(MINUTE), Scope::Team(content.team.clone()))), Err("conflict-change-frozen"));
        assert_eq!(start(freeze(from, to, Scope::Systems(vec![content.systems[1].clone()]))), Err("conflict-change-frozen"));
        assert_eq!(start(freeze(to, to.plus(MINUTE), Scope::All)), Ok(State::Executing), "begins when the window ends");
        assert_eq!(start(freeze(from.plus(-MINUTE), from.plus(MINUTE), Scope::All)), Ok(State::Executing), "has just ended");
        let other = crate::id::SystemId::parse("00000000-0000-7000-8000-000000000099").unwrap();
        assert_eq!(start(freeze(from, to, Scope::Systems(vec![other]))), Ok(State::Executing));
    }
}
