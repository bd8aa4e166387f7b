//! Turns: at one source, which is asked one question after another, all of them together until a deadline; and at work that takes long.
//!
//! At a source the first has all the time there is. Another one that has too little waits, and is to come before all others the next time:
//! however long a source takes, each has its turn. Of a source that answers nobody nothing is known.

use std::{sync::Arc, time::Duration};

use domain::{Fault, Timestamp, time::MINUTE};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout},
};

/// Of what waits for its turn nobody knows anything after so many intervals, and no sooner than after so long.
const STALE: i64 = 3;
const STALE_MS: i64 = 5 * MINUTE;

/// When somebody may ask again who waited in vain for their turn at work.
const AGAIN_S: u32 = 5;

/// What came of one turn.
pub(crate) enum Turn<T> {
    /// It had all that it needed.
    Had(T),
    /// It had all the time there is, and that was too little.
    Late,
    /// It had no time, or only what others had left; it has more when it comes first.
    Waits,
}

/// The turns of one round.
pub(crate) struct Turns {
    deadline: Instant,
    begun: bool,
    answers: bool,
}

impl Turns {
    /// Turns that end at a deadline. `apart`: those that ask have nothing in common that could be silent.
    pub(crate) fn until(deadline: Instant, apart: bool) -> Self {
        Self { deadline, begun: false, answers: apart }
    }

    /// The next one.
    pub(crate) async fn take<T>(&mut self, question: impl Future<Output = T>) -> Turn<T> {
        let first = !std::mem::replace(&mut self.begun, true);
        if !first && Instant::now() >= self.deadline {
            return Turn::Waits;
        }
        match tokio::time::timeout_at(self.deadline, question).await {
            Ok(answer) => Turn::Had(answer),
            Err(_) if first => Turn::Late,
            Err(_) => Turn::Waits,
        }
    }

    /// Whether somebody was answered by now; `this` says whether that turn was.
    pub(crate) fn answered(&mut self, this: bool) -> bool {
        self.answers |= this;
        self.answers
    }

    /// Whether the source answered nobody. It is not asked without pause then ([`line_up`]).
    pub(crate) fn silent(&self) -> bool {
        !self.answers
    }
}

/// Makes those that had no turn due together with those that are due `next`, and before them: in the order in which they are, so that
/// each comes first some time.
pub(crate) fn line_up<'a>(next: Timestamp, due: impl DoubleEndedIterator<Item = &'a mut Timestamp>) {
    for (before, due) in (1..).zip(due.rev()) {
        *due = next.plus(-before);
    }
}

/// Whether what is known since a moment of something that is asked so often (milliseconds) is too old to be believed.
pub(crate) fn is_stale(evaluated_at: Option<Timestamp>, interval_ms: i64, now: Timestamp) -> bool {
    evaluated_at.is_some_and(|at| now.since(at) > (STALE * interval_ms).max(STALE_MS))
}

/// The turn to do what takes long, or word of when to ask again.
pub(crate) async fn turn_at(work: &Arc<Semaphore>, patience: Duration) -> Result<OwnedSemaphorePermit, Fault> {
    let place = timeout(patience, work.clone().acquire_owned()).await.map_err(|_| Fault::TooMany { retry_after_s: AGAIN_S })?;
    place.map_err(|_| Fault::Internal)
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test]
    async fn the_first_has_all_the_time_and_the_others_wait() {
        let mut turns = Turns::until(Instant::now() + Duration::from_millis(20), false);
        assert!(matches!(turns.take(async { 1 }).await, Turn::Had(1)));
        assert!(matches!(turns.take(pending::<u8>()).await, Turn::Waits), "it had what the first has left");
        assert!(matches!(turns.take(async { 1 }).await, Turn::Waits), "the time is over");
        let mut turns = Turns::until(Instant::now(), false);
        assert!(matches!(turns.take(pending::<u8>()).await, Turn::Late));
        assert!(matches!(turns.take(async { 1 }).await, Turn::Waits));
    }

    #[tokio::test]
    async fn who_waits_too_long_for_their_turn_is_told_when_to_ask_again() {
        let turn = Arc::new(Semaphore::new(1));
        let (patience, patient) = (Duration::from_millis(20), Duration::from_secs(60));
        let first = turn_at(&turn, patience).await.unwrap();
        assert_eq!(turn_at(&turn, patience).await.unwrap_err(), Fault::TooMany { retry_after_s: AGAIN_S });
        // It is taken as long as the work goes on, and free afterwards.
        let work = tokio::task::spawn_blocking(move || drop(first));
        assert!(turn_at(&turn, patient).await.is_ok());
        work.await.unwrap();
    }

    #[test]
    fn of_a_silent_source_whoever_waits_comes_before_the_others_of_the_next_round() {
        let mut turns = Turns::until(Instant::now(), false);
        assert!(turns.silent() && !turns.answered(false) && turns.answered(true) && !turns.silent());
        assert!(turns.answered(false), "one answer is enough");
        assert!(!Turns::until(Instant::now(), true).silent(), "there is no source");
        let mut due = [Timestamp(1), Timestamp(2)];
        line_up(Timestamp(100), due.iter_mut());
        assert_eq!(due, [Timestamp(98), Timestamp(99)]);
    }

    #[test]
    fn what_is_known_gets_old() {
        let stale = |interval: i64, minutes: i64| is_stale(Some(Timestamp(0)), interval, Timestamp(minutes * MINUTE));
        assert!(!stale(MINUTE, 5) && stale(MINUTE, 6));
        assert!(!stale(10 * MINUTE, 30) && stale(10 * MINUTE, 31));
        assert!(!is_stale(None, MINUTE, Timestamp(1_000 * MINUTE)), "nothing was known");
    }
}
