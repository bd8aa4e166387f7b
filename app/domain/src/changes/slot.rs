//! The next free slot: when a change could run with nothing in the way.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{Conflict, Content, Subject, Surroundings, Window, conflicts};
use crate::{
    Fault, Span, Timestamp,
    form::{Check, Typed},
    time::{DAY, MINUTE},
};

/// Distance of the moments that are tried, in milliseconds.
const STEP: i64 = 30 * MINUTE;
/// How far ahead is looked, in milliseconds.
pub const SLOT_HORIZON: i64 = 14 * DAY;

/// What the next free slot is asked for with: a change that is there, or what matters of one that is not.
pub const SLOT_FIELDS: &[&str] = &["change", "systems", "team", "start", "end", "zone", "risk", "kind", "template"];

/// When something could run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SlotAnswer {
    /// The window that was asked about.
    pub asked: Window,
    /// What is in the way of it, the worst first.
    pub conflicts: Vec<Conflict>,
    /// The first window of its length with nothing in the way: itself where nothing is in the way of it and it is still to come; `null`
    /// where there is none within a fortnight.
    pub free: Option<Window>,
}

/// The fields of a change of which only [`SLOT_FIELDS`] are said: those that say nothing about when it can run are filled in. Of a change
/// that is there, what is not said is as it is; another start alone moves it.
///
/// # Errors
/// Names fields that are none.
pub fn slot_asked(query: &Typed, of: Option<&Content>) -> Result<Typed, Fault> {
    let mut check = Check::new(query);
    check.only(SLOT_FIELDS);
    check.finish((Some(()),))?;
    let mut typed = of.map(Content::to_typed).unwrap_or_default();
    if of.is_none() {
        for (name, value) in [("title", "-"), ("plan", "-"), ("rollback", "-"), ("risk", "medium"), ("risk_reason", "-")] {
            typed.set(name, value);
        }
    }
    for name in SLOT_FIELDS.iter().skip(1).filter(|name| query.all(name).iter().any(|value| !value.trim().is_empty())) {
        typed.set(*name, query.get(name));
        query.all(name).iter().skip(1).for_each(|value| typed.add(*name, value));
    }
    if let Some(content) = of.filter(|_| !query.get("start").is_empty() && query.get("end").is_empty() && query.get("zone").is_empty()) {
        let moved = content.window.moved(query.get("start")).map_err(|wording| Fault::invalid("start", query.get("start"), wording))?;
        typed.set("end", moved.end);
    }
    Ok(typed)
}

/// The first span of the subject's length at or after `from` that nothing is in the way of, at the same time of day in its zone
/// first: a window that was chosen for the night is not moved to noon. Open incidents do not count: they will be over; nor does what only
/// warns.
pub fn free_slot(subject: &Subject<'_>, around: &Surroundings, from: Timestamp, zone: &TimeZone) -> Option<Span> {
    let length = subject.span.length();
    let free = |start: Timestamp| {
        let span = Span { from: start, to: start.plus(length) };
        let found = conflicts(&Subject { span, ..subject.clone() }, around);
        found.iter().all(|conflict| !conflict.kind.takes_window()).then_some(span)
    };
    let wall = subject.span.from.jiff().to_zoned(zone.clone());
    let later = |day: i64| wall.checked_add(jiff::Span::new().days(day)).ok().map(|at| Timestamp(at.timestamp().as_millisecond()));
    let days = (0..SLOT_HORIZON / DAY).filter_map(later).filter(|start| *start >= from);
    let steps = (0..SLOT_HORIZON / STEP).map(|step| subject.span.from.plus(step * STEP)).filter(|start| *start >= from);
    days.chain(steps).find_map(free)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        changes::{Neighbour, Scope, Window},
        id::{ChangeId, SystemId, TeamId},
        time::HOUR,
    };

    fn id(n: u8) -> String {
        format!("00000000-0000-7000-8000-0000000000{n:02x}")
    }

    #[test]
    fn the_same_time_of_another_day_before_another_time() {
        let (team, systems) = (TeamId::parse(&id(1)).unwrap(), [SystemId::parse(&id(2)).unwrap()]);
        let at = |hour: i64| Timestamp(hour * HOUR);
        let subject = Subject::new(None, &team, (&systems, &[]), Span { from: at(2), to: at(4) });
        let busy = |from: i64, to: i64| Neighbour {
            id: ChangeId::parse(&id(9)).unwrap(),
            label: "CHG-9".into(),
            readable: true,
            team: TeamId::parse(&id(7)).unwrap(),
            systems: systems.to_vec(),
            span: Span { from: at(from), to: at(to) },
            risk: crate::changes::Risk::Low,
            people: std::collections::BTreeMap::new(),
        };
        let mut around = Surroundings { neighbours: vec![busy(3, 5)], ..Surroundings::default() };
        assert_eq!(free_slot(&subject, &around, at(0), &TimeZone::UTC).map(|s| s.from), Some(at(26)));
        assert_eq!(free_slot(&subject, &Surroundings::default(), at(0), &TimeZone::UTC).map(|s| s.from), Some(at(2)));
        // Every night is taken: then another time.
        around.neighbours = (0..20).map(|day| busy(24 * day + 1, 24 * day + 5)).collect();
        assert_eq!(free_slot(&subject, &around, at(0), &TimeZone::UTC).map(|s| s.from), Some(at(5)));
        let window = Window { start: String::new(), end: String::new(), zone: "UTC".into(), span: Span { from: at(0), to: at(24 * 30) } };
        around.freezes.push(crate::changes::gate::tests::freeze_in(window, Scope::All));
        assert_eq!(free_slot(&subject, &around, at(0), &TimeZone::UTC), None);
    }

    #[test]
    fn the_same_time_on_the_wall_through_a_change_of_clocks() {
        let (team, systems) = (TeamId::parse(&id(1)).unwrap(), [SystemId::parse(&id(2)).unwrap()]);
        let at = |text: &str| Timestamp::parse_rfc3339(text).unwrap();
        // 02:30 in Berlin on Saturday; on the Sunday clocks go over it, on Monday it is an hour earlier in UTC.
        let span = Span { from: at("2025-03-29T01:30:00Z"), to: at("2025-03-29T02:30:00Z") };
        let subject = Subject::new(None, &team, (&systems, &[]), span);
        let busy = |from: &str, to: &str| Neighbour {
            id: ChangeId::parse(&id(9)).unwrap(),
            label: "CHG-9".into(),
            readable: true,
            team: team.clone(),
            systems: systems.to_vec(),
            span: Span { from: at(from), to: at(to) },
            risk: crate::changes::Risk::Low,
            people: std::collections::BTreeMap::new(),
        };
        let around = Surroundings { neighbours: vec![busy("2025-03-29T00:00:00Z", "2025-03-30T12:00:00Z")], ..Surroundings::default() };
        let berlin = crate::time::zone("Europe/Berlin").unwrap();
        assert_eq!(free_slot(&subject, &around, span.from, &berlin).map(|s| s.from), Some(at("2025-03-31T00:30:00Z")));
    }
}
