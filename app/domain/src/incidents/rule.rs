//! The states of an incident, the allowed moves, and what a new fault does to an old incident.

use crate::{Timestamp, time::MINUTE, words::words};

words! {
    /// Where an incident stands.
    pub enum State {
        /// Nobody has looked yet.
        Triage = "triage",
        /// Somebody looks for the cause.
        Investigating = "investigating",
        /// The cause is known.
        Identified = "identified",
        /// Customers are no longer hurt; the cause may still be there.
        Mitigated = "mitigated",
        /// Over.
        Resolved = "resolved",
        /// What is to be learned has been written down.
        Reviewed = "reviewed",
        /// Nothing more to do.
        Closed = "closed",
    }
}

impl State {
    /// Whether the disturbance lasts.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Triage | Self::Investigating | Self::Identified | Self::Mitigated)
    }
}

/// Where a person may move an incident from here, in the order in which buttons stand.
pub fn moves(from: State) -> &'static [State] {
    use State::{Closed, Identified, Investigating, Mitigated, Resolved, Reviewed, Triage};
    match from {
        Triage => &[Investigating, Identified, Mitigated, Resolved],
        Investigating => &[Identified, Mitigated, Resolved],
        Identified => &[Mitigated, Resolved, Investigating],
        Mitigated => &[Resolved, Investigating, Identified],
        Resolved => &[Reviewed, Investigating],
        Reviewed => &[Closed],
        Closed => &[],
    }
}

/// A fault that comes back within 15 minutes of resolution is the same disturbance, where the rules of the house do not
/// say otherwise.
pub const RELAPSE_MS: i64 = 15 * MINUTE;

/// What a new fault does, given the latest incident of the same system and cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Onset {
    /// It belongs to the incident that is open.
    Join,
    /// It is a relapse: the incident opens again.
    Reopen,
    /// It is another disturbance; linked to the old one where there is one.
    Open,
}

/// Decides by the latest incident's state and when it was resolved; `None` where there is no incident. A relapse comes
/// within `window_ms` of resolution. A reviewed or closed incident is never reopened: what was learned from it stands.
pub fn onset(latest: Option<(State, Option<Timestamp>)>, window_ms: i64, now: Timestamp) -> Onset {
    match latest {
        Some((state, _)) if state.is_open() => Onset::Join,
        Some((State::Resolved, Some(resolved))) if window_ms > 0 && now.since(resolved) <= window_ms => Onset::Reopen,
        _ => Onset::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_reached_and_only_closed_is_final() {
        for state in State::ALL {
            let reached = *state == State::Triage || State::ALL.iter().any(|from| moves(*from).contains(state));
            assert!(reached, "{state}");
            assert_eq!(moves(*state).is_empty(), *state == State::Closed, "{state}");
            assert!(!moves(*state).contains(state), "{state} onto itself");
        }
        assert!(!moves(State::Triage).contains(&State::Closed));
    }

    #[test]
    fn relapses() {
        let at = Timestamp(0);
        for (latest, now, expected) in [
            (None, 0, Onset::Open),
            (Some((State::Mitigated, None)), 99 * RELAPSE_MS, Onset::Join),
            (Some((State::Resolved, Some(at))), RELAPSE_MS, Onset::Reopen),
            (Some((State::Resolved, Some(at))), RELAPSE_MS + 1, Onset::Open),
            (Some((State::Reviewed, Some(at))), 1, Onset::Open),
            (Some((State::Closed, Some(at))), 1, Onset::Open),
        ] {
            assert_eq!(onset(latest, RELAPSE_MS, Timestamp(now)), expected, "{latest:?} at {now}");
        }
        assert_eq!(onset(Some((State::Resolved, Some(at))), 0, at), Onset::Open, "no window, no relapse");
    }
}
