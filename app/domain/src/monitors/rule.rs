//! When a state moves, when a check is due, when a heartbeat is missed: pure functions of `now`.

use super::{CheckResult, Heartbeat, Shown, Standing, State, Verdict};
use crate::Timestamp;

impl Verdict {
    /// The state that enough of these give.
    pub fn state(self) -> State {
        match self {
            Self::Up => State::Up,
            Self::Down => State::Down,
            Self::Unknown => State::Unknown,
        }
    }
}

/// Takes one result into account. After `needed` equal verdicts in a row that speak against the state, the state moves.
/// Before the first result a single *up* is believed at once: there is nothing that it could contradict.
#[must_use]
pub fn judge(standing: &Standing, result: CheckResult, needed: u32) -> Standing {
    let verdict = result.verdict;
    let says = verdict.state();
    if says == standing.state {
        return Standing { state: standing.state, since: standing.since, run: 0, leaning: None, last: Some(result) };
    }
    let run = if standing.leaning == Some(verdict) { standing.run.saturating_add(1) } else { 1 };
    let enough = if standing.state == State::New && verdict == Verdict::Up { 1 } else { needed.max(1) };
    if run >= enough {
        Standing { state: says, since: result.at, run: 0, leaning: None, last: Some(result) }
    } else {
        Standing { state: standing.state, since: standing.since, run, leaning: Some(verdict), last: Some(result) }
    }
}

/// What a person is shown.
pub fn shown(state: State, paused: bool, maintenance_until: Option<Timestamp>, now: Timestamp) -> Shown {
    if paused {
        return Shown::Paused;
    }
    if maintenance_until.is_some_and(|until| now < until) {
        return Shown::Maintenance;
    }
    match state {
        State::New => Shown::New,
        State::Up => Shown::Up,
        State::Down => Shown::Down,
        State::Unknown => Shown::Unknown,
    }
}

/// What alerts are told: whether the bad condition holds. Paused it does not hold for anybody; *unknown* leaves an alert where it is.
/// Maintenance says nothing of the target: it keeps its alert quiet and does not end it.
pub fn told(state: State, paused: bool) -> Option<bool> {
    match state {
        _ if paused => Some(false),
        State::Down => Some(true),
        State::Up => Some(false),
        State::Unknown | State::New => None,
    }
}

/// The first moment after `now` at which a monitor is due. Moments lie on a grid of the interval, shifted by `phase` (from
/// the monitor's id), so that monitors spread evenly and none runs twice in an interval, however the clock jumps: a jump
/// forwards skips what was missed, a jump backwards begins anew on the grid.
pub fn next_due(now: Timestamp, interval_ms: i64, phase: u64) -> Timestamp {
    let interval = interval_ms.max(1);
    let shift = i64::try_from(phase % interval.unsigned_abs()).unwrap_or(0);
    let slot = (now.0 - shift).div_euclid(interval) + 1;
    Timestamp(slot.saturating_mul(interval).saturating_add(shift))
}

/// Spreads ids evenly: FNV-1a (Fowler, Noll, Vo) over the text, stable from one run to the next.
pub fn phase(id: &str) -> u64 {
    id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// When a heartbeat counts as missed if it is not called, given its last call; and again after every further deadline.
/// One that was never called is not missed: it is new. `reported` is the last miss on record.
pub fn missed_at(beat: &Heartbeat, last_call: Option<Timestamp>, reported: Option<Timestamp>) -> Option<Timestamp> {
    let (deadline, grace) = (i64::from(beat.deadline_s) * 1_000, i64::from(beat.grace_s) * 1_000);
    let first = last_call?.plus(deadline).plus(grace);
    Some(match reported {
        Some(reported) if reported >= first => reported.plus(deadline),
        _ => first,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitors::Reason;

    fn run(needed: u32, verdicts: &str) -> String {
        let mut standing = Standing::fresh(Timestamp(0));
        let mut states = String::new();
        for (i, letter) in verdicts.chars().enumerate() {
            let verdict = match letter {
                'u' => Verdict::Up,
                'd' => Verdict::Down,
                _ => Verdict::Unknown,
            };
            let at = Timestamp(i64::try_from(i).unwrap() + 1);
            standing = judge(&standing, CheckResult::bare(at, verdict, Reason::Fine, ""), needed);
            states.push(match standing.state {
                State::New => 'N',
                State::Up => 'U',
                State::Down => 'D',
                State::Unknown => '?',
            });
        }
        states
    }

    #[test]
    fn enough_in_a_row_move_the_state() {
        assert_eq!(run(1, "udu"), "UDU");
        assert_eq!(run(3, "uddudddud"), "UUUUUUDDD");
        assert_eq!(run(2, "dd"), "ND", "the first result is not enough to say down");
        assert_eq!(run(2, "uddxxuu"), "UUDD??U", "what is unknown is not down, and not up");
        assert_eq!(run(2, "udxdxd"), "UUUUUU", "different complaints do not add up");
        assert_eq!(run(0, "ud"), "UD", "nought counts as one");
    }

    #[test]
    fn since_is_the_result_that_moved_it() {
        let mut standing = Standing::fresh(Timestamp(0));
        for (at, verdict) in [(1, Verdict::Up), (2, Verdict::Down), (3, Verdict::Down), (4, Verdict::Down)] {
            standing = judge(&standing, CheckResult::bare(Timestamp(at), verdict, Reason::Fine, ""), 2);
        }
        assert_eq!((standing.state, standing.since, standing.run), (State::Down, Timestamp(3), 0));
    }

    #[test]
    fn every_interval_holds_exactly_one_moment() {
        for (interval, phase) in [(5_000, 0), (10_000, 12_345), (3_600_000, u64::MAX)] {
            let mut due = next_due(Timestamp(1_000_000), interval, phase);
            for _ in 0..50 {
                let next = next_due(due, interval, phase);
                assert_eq!(next.since(due), interval);
                assert_eq!(next_due(due.plus(-1), interval, phase), due);
                due = next;
            }
        }
    }

    #[test]
    fn phases_spread() {
        let mut slots = [0_u32; 10];
        for n in 0..2_000 {
            let id = format!("0193f2a0-7b1c-7def-8abc-{n:012x}");
            slots[usize::try_from(phase(&id) % 10).unwrap()] += 1;
        }
        assert!(slots.iter().all(|n| (140..=260).contains(n)), "{slots:?}");
    }

    #[test]
    fn a_heartbeat_is_missed_after_deadline_and_grace_and_every_deadline_again() {
        let beat = Heartbeat { deadline_s: 60, grace_s: 10 };
        assert_eq!(missed_at(&beat, None, None), None);
        assert_eq!(missed_at(&beat, Some(Timestamp(0)), None), Some(Timestamp(70_000)));
        assert_eq!(missed_at(&beat, Some(Timestamp(0)), Some(Timestamp(71_000))), Some(Timestamp(131_000)));
        assert_eq!(missed_at(&beat, Some(Timestamp(100_000)), Some(Timestamp(71_000))), Some(Timestamp(170_000)), "a call begins anew");
    }

    #[test]
    fn what_stands_before_the_state() {
        let now = Timestamp(10);
        assert_eq!(shown(State::Down, true, None, now), Shown::Paused);
        assert_eq!(shown(State::Down, false, Some(Timestamp(11)), now), Shown::Maintenance);
        assert_eq!(shown(State::Down, false, Some(Timestamp(10)), now), Shown::Down);
    }

    #[test]
    fn only_a_target_that_recovers_or_a_pause_ends_an_alert() {
        let expected = [(State::New, None), (State::Up, Some(false)), (State::Down, Some(true)), (State::Unknown, None)];
        for (state, holds) in expected {
            assert_eq!((told(state, false), told(state, true)), (holds, Some(false)), "{state}");
        }
    }
}
