//! Whether a monitor was under maintenance at a moment that is over, by what was done about that.

use crate::{Timestamp, alerts::Recurrence};

/// What somebody did about the maintenance of a monitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// It lasts until then, whatever was before; `None`: it is over.
    Until(Option<Timestamp>),
    /// This comes again from now on; `None`: nothing does.
    Recurs(Box<Option<Recurrence>>),
}

/// Whether it was under maintenance at a moment. `done`: what was done until then, in order; `brought`: since when a change had brought
/// some that was not over.
pub fn was_maintained(done: &[(Timestamp, Done)], brought: Option<Timestamp>, then: Timestamp) -> bool {
    let by_hand = done.iter().rev().find_map(|(at, done)| match done {
        Done::Until(until) => Some((*at, *until)),
        Done::Recurs(_) => None,
    });
    // What somebody says takes the place of what had begun before.
    let stands = |began: Timestamp| by_hand.is_none_or(|(at, _)| began > at);
    if by_hand.and_then(|(_, until)| until).is_some_and(|until| until > then) || brought.is_some_and(stands) {
        return true;
    }
    let mut replaced = None;
    for (at, done) in done.iter().rev() {
        let Done::Recurs(rule) = done else { continue };
        // What ran when its rule was written began with that; what runs when its rule is replaced goes on to its end.
        let runs = rule.as_ref().as_ref().and_then(|rule| rule.at(then)).is_some_and(|span| {
            let began = span.from.max(*at);
            replaced.is_none_or(|replaced| began < replaced) && stands(began)
        });
        if runs {
            return true;
        }
        replaced = Some(*at);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::recurrence::Written;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(&format!("2025-03-{text}:00Z")).expect("a moment")
    }

    fn until(moment: &str, until: &str) -> (Timestamp, Done) {
        (at(moment), Done::Until((!until.is_empty()).then(|| at(until))))
    }

    /// Every day at two in Shanghai, for an hour.
    fn nightly(moment: &str) -> (Timestamp, Done) {
        let written = Written { rrule: "FREQ=DAILY".into(), start: "2025-03-01T02:00".into(), minutes: 60, zone: "Asia/Shanghai".into() };
        (at(moment), Done::Recurs(Box::new(Some(Recurrence::new(written).expect("a rule")))))
    }

    #[test]
    fn what_was_said_last_counts() {
        assert!(!was_maintained(&[], None, at("14T06:00")));
        let done = [until("14T05:00", "14T09:00"), until("14T06:00", "14T07:00")];
        assert!(was_maintained(&done, None, at("14T06:30")) && !was_maintained(&done, None, at("14T07:00")));
        let ended = [until("14T05:00", "14T09:00"), until("14T06:00", "")];
        assert!(was_maintained(&ended[..1], None, at("14T05:30")) && !was_maintained(&ended, None, at("14T06:30")));
    }

    #[test]
    fn what_recurs_runs_while_its_rule_is_there_and_goes_on_to_its_end() {
        // At 18:00 UTC it is two in Shanghai.
        let rule = [nightly("10T00:00")];
        assert!(was_maintained(&rule, None, at("14T18:30")) && !was_maintained(&rule, None, at("14T19:00")));
        assert!(!was_maintained(&rule, None, at("14T02:30")), "by the clock of its own wall");
        assert!(was_maintained(&[nightly("14T18:20")], None, at("14T18:30")), "it runs when it is written");
        let none = |moment: &str| (at(moment), Done::Recurs(Box::default()));
        let taken_away = [nightly("10T00:00"), none("14T18:10")];
        assert!(was_maintained(&taken_away, None, at("14T18:30")) && !was_maintained(&taken_away, None, at("15T18:30")));
        assert!(!was_maintained(&[nightly("10T00:00"), none("14T17:50")], None, at("14T18:30")), "it never began");
    }

    #[test]
    fn what_somebody_says_ends_what_had_begun() {
        let ended = [nightly("10T00:00"), until("14T18:10", "")];
        assert!(!was_maintained(&ended, None, at("14T18:30")) && was_maintained(&ended, None, at("15T18:30")));
        let shorter = [nightly("10T00:00"), until("14T18:10", "14T18:20")];
        assert!(was_maintained(&shorter, None, at("14T18:15")) && !was_maintained(&shorter, None, at("14T18:30")));
        let before = [nightly("10T00:00"), until("14T17:00", "14T17:30")];
        assert!(was_maintained(&before, None, at("14T18:30")), "it began afterwards");
    }

    #[test]
    fn what_a_change_brought_lasts_unless_somebody_ended_it() {
        let brought = Some(at("14T06:00"));
        assert!(was_maintained(&[], brought, at("14T06:30")));
        assert!(was_maintained(&[until("14T05:00", "")], brought, at("14T06:30")));
        assert!(!was_maintained(&[until("14T06:10", "")], brought, at("14T06:30")));
    }
}
