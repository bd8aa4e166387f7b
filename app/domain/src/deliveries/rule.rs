//! When a message is tried again, when it is given up, and what is signed.

use super::State;
use crate::{
    Timestamp,
    time::{MINUTE, SECOND},
};

/// Attempts before a delivery is given up: with the back-off below, about four and a half hours.
pub const MAX_ATTEMPTS: i64 = 24;

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The endpoint answered with this status.
    Answered(u16),
    /// No answer; why not.
    Failed(String),
}

impl Outcome {
    /// Whether the message has arrived: any 2xx.
    pub fn arrived(&self) -> bool {
        matches!(self, Self::Answered(200..=299))
    }
}

/// Pause after the `attempt`-th failed attempt (1, 2, …) in milliseconds: 5 s doubled each time, at most 15 min,
/// shortened by up to a half. `seed` spreads messages; the same seed and attempt give the same pause.
pub fn backoff_ms(attempt: i64, seed: &str) -> i64 {
    let doublings = u32::try_from(attempt.clamp(1, 12) - 1).unwrap_or(0);
    let full = (5 * SECOND * (1 << doublings)).min(15 * MINUTE);
    // FNV-1a: even enough to spread, and the same on every machine.
    let hash = seed
        .bytes()
        .chain(attempt.to_be_bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let thousandth = i64::try_from(hash % 1_000).unwrap_or(0);
    full - full * thousandth / 2_000
}

/// The state after an attempt, and when the next one is due.
pub fn after_attempt(outcome: &Outcome, attempts: i64, now: Timestamp, seed: &str) -> (State, Timestamp) {
    if outcome.arrived() {
        (State::Delivered, now)
    } else if attempts >= MAX_ATTEMPTS {
        (State::Dead, now)
    } else {
        (State::Waiting, now.plus(backoff_ms(attempts, seed)))
    }
}

/// What the signature covers, after Standard Webhooks: id, timestamp in seconds and body, joined by dots.
pub fn signed_content(id: &str, at_s: i64, body: &str) -> String {
    format!("{id}.{at_s}.{body}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_are_capped_and_spread() {
        for attempt in 1..=40 {
            let full = (5 * SECOND * (1 << (attempt - 1).min(11))).min(15 * MINUTE);
            let pause = backoff_ms(attempt, "x");
            assert!(pause <= full && pause >= full / 2, "attempt {attempt}: {pause} of {full}");
        }
        let pauses: std::collections::BTreeSet<i64> = (0..100).map(|n| backoff_ms(6, &format!("delivery-{n}"))).collect();
        assert!(pauses.len() > 60, "{} different pauses", pauses.len());
        assert_eq!(backoff_ms(3, "a"), backoff_ms(3, "a"));
    }

    #[test]
    fn an_hour_of_refusals_gives_nothing_up() {
        let (mut now, mut attempts) = (Timestamp(0), 0);
        while now.0 < 60 * MINUTE {
            attempts += 1;
            let (state, next) = after_attempt(&Outcome::Failed("refused".into()), attempts, now, "seed");
            assert_eq!(state, State::Waiting);
            now = next;
        }
        assert_eq!(after_attempt(&Outcome::Answered(204), attempts, now, "seed").0, State::Delivered);
        assert_eq!(after_attempt(&Outcome::Answered(302), MAX_ATTEMPTS, now, "seed").0, State::Dead);
    }
}
