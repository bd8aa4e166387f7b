//! When an alert moves on: a pure function of its state, what is known, for how long, and two delays.

use serde::{Deserialize, Serialize};

use super::State;
use crate::{Timestamp, time::SECOND};

/// How long a condition must hold, and be gone, before it counts. Milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delays {
    /// From the first sign to firing.
    pub hold_ms: i64,
    /// From the first good sign to resolved.
    pub recover_ms: i64,
}

impl Delays {
    /// The delays for a kind of source. A monitor has counted consecutive results already, so its word fires at once; what
    /// comes from outside has waited where it comes from, at both ends.
    pub fn of(source_kind: &str) -> Self {
        match source_kind {
            kind if super::labels::is_foreign(kind) => Self { hold_ms: 0, recover_ms: 0 },
            "monitor" => Self { hold_ms: 0, recover_ms: 10 * SECOND },
            _ => Self { hold_ms: 30 * SECOND, recover_ms: 60 * SECOND },
        }
    }
}

/// What is known of a condition, and since when without a break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Whether it holds; `None` where nobody knows.
    pub holds: Option<bool>,
    /// Since when this has been the answer.
    pub since: Timestamp,
}

impl Reading {
    /// The reading after another answer: the run begins anew where the answer differs.
    #[must_use]
    pub fn then(self, holds: Option<bool>, now: Timestamp) -> Self {
        if self.holds == holds { self } else { Self { holds, since: now } }
    }
}

/// The state that follows now, if one does. Unknown never moves anything: it neither fires nor resolves.
pub fn next(state: State, reading: Reading, now: Timestamp, delays: Delays) -> Option<State> {
    let lasted = now.since(reading.since);
    match (state, reading.holds) {
        (State::Pending, Some(true)) if lasted >= delays.hold_ms => Some(State::Firing),
        (State::Firing, Some(false)) => Some(State::Recovering),
        (State::Recovering, Some(true)) => Some(State::Firing),
        (State::Pending, Some(false)) => Some(State::Resolved),
        (State::Recovering, Some(false)) if lasted >= delays.recover_ms => Some(State::Resolved),
        _ => None,
    }
}

/// Every state that is passed through now, in order; empty where it stays.
pub fn path(state: State, reading: Reading, now: Timestamp, delays: Delays) -> Vec<State> {
    let mut states = Vec::new();
    let mut at = state;
    while let Some(state) = next(at, reading, now, delays) {
        states.push(state);
        at = state;
    }
    states
}

#[cfg(test)]
mod tests {
    use super::{State::*, *};

    const DELAYS: Delays = Delays { hold_ms: 30_000, recover_ms: 60_000 };

    #[test]
    fn the_table() {
        let rows = [
            // state, holds, lasted, what follows
            (Pending, Some(true), 29_999, vec![]),
            (Pending, Some(true), 30_000, vec![Firing]),
            (Pending, Some(false), 0, vec![Resolved]),
            (Pending, None, 90_000, vec![]),
            (Firing, Some(true), 90_000, vec![]),
            (Firing, Some(false), 0, vec![Recovering]),
            (Firing, Some(false), 60_000, vec![Recovering, Resolved]),
            (Firing, None, i64::MAX, vec![]),
            (Recovering, Some(false), 59_999, vec![]),
            (Recovering, Some(false), 60_000, vec![Resolved]),
            (Recovering, Some(true), 0, vec![Firing]),
            (Recovering, None, i64::MAX, vec![]),
            (Resolved, Some(true), 90_000, vec![]),
            (Resolved, Some(false), 90_000, vec![]),
            (Resolved, None, 90_000, vec![]),
        ];
        for (state, holds, lasted, expected) in rows {
            let reading = Reading { holds, since: Timestamp(0) };
            assert_eq!(path(state, reading, Timestamp(lasted), DELAYS), expected, "{state} {holds:?} after {lasted} ms");
        }
    }

    #[test]
    fn an_unknown_in_between_begins_the_run_anew() {
        let good = Reading { holds: Some(false), since: Timestamp(0) };
        let again = good.then(None, Timestamp(50_000)).then(Some(false), Timestamp(55_000));
        assert_eq!(path(Recovering, again, Timestamp(60_000), DELAYS), vec![]);
        assert_eq!(path(Recovering, again, Timestamp(115_000), DELAYS), vec![Resolved]);
        assert_eq!(good.then(Some(false), Timestamp(9)), good);
    }

    #[test]
    fn a_monitor_fires_at_once() {
        let reading = Reading { holds: Some(true), since: Timestamp(5) };
        assert_eq!(path(Pending, reading, Timestamp(5), Delays::of("monitor")), vec![Firing]);
    }
}
