//! What became of each request, and what a ledger says of it.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{Bounds, CALM};

/// A second in which more than this share of what was due failed is not well.
pub(super) const WELL: f64 = 0.01;
/// Seconds of thirty days.
const MONTH: f64 = 30.0 * 86_400.0;

/// What became of each request, by number and by the second in which it was due.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trace {
    /// Ended, and of those failed, in each second.
    seconds: Vec<(u64, u64)>,
    /// A bit for each number that was answered well.
    good: Vec<u64>,
    /// The greatest number.
    last: u64,
}

impl Trace {
    /// A request ended.
    pub fn count(&mut self, n: u64, due_s: u64, good: bool) {
        let (second, word) = (usize::try_from(due_s).unwrap_or(0), usize::try_from(n / 64).unwrap_or(0));
        if self.seconds.len() <= second {
            self.seconds.resize(second + 1, (0, 0));
        }
        self.last = self.last.max(n);
        self.seconds[second].0 += 1;
        self.seconds[second].1 += u64::from(!good);
        if good {
            if self.good.len() <= word {
                self.good.resize(word + 1, 0);
            }
            self.good[word] |= 1 << (n % 64);
        }
    }

    /// Requests that ended.
    pub fn requests(&self) -> u64 {
        self.seconds.iter().map(|(ended, _)| ended).sum()
    }

    fn was_good(&self, n: u64) -> bool {
        usize::try_from(n / 64).ok().and_then(|word| self.good.get(word)).is_some_and(|word| word >> (n % 64) & 1 == 1)
    }

    /// Holds what the ledger of the target says against what was answered: the body may be lines, JSON, CSV or a log; every
    /// `RUN/NUMBER` in it is one request that was done.
    pub fn against(&self, run: &str, ledger: &[u8]) -> Tallied {
        let mut done: HashMap<u64, u64> = HashMap::new();
        let mark = format!("{run}/").into_bytes();
        let mut rest = ledger;
        while let Some(at) = rest.windows(mark.len()).position(|window| window == mark) {
            rest = &rest[at + mark.len()..];
            let digits = rest.iter().take(20).take_while(|byte| byte.is_ascii_digit()).count();
            let n = std::str::from_utf8(&rest[..digits]).ok().and_then(|digits| digits.parse().ok());
            // Numbers that were never sent are somebody else's.
            if let Some(n) = n.filter(|n| *n <= self.last) {
                *done.entry(n).or_default() += 1;
            }
        }
        let answered: u64 = self.good.iter().map(|word| u64::from(word.count_ones())).sum();
        let found = done.keys().filter(|n| self.was_good(**n)).count() as u64;
        Tallied {
            answered,
            lost: answered - found,
            duplicated: done.values().filter(|times| **times > 1).count() as u64,
            unanswered: done.len() as u64 - found,
        }
    }

    /// What came of the fault at this second of the run.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    pub fn after(&self, fault_s: f64, seconds: f64, bounds: Bounds) -> Outage {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a run has four hours at most")]
        let (begin, whole) = (fault_s.max(0.0) as usize, seconds.max(0.0) as usize);
        let well = |&(ended, failed): &(u64, u64)| failed as f64 <= WELL * ended as f64;
        let (before, after) = self.seconds.split_at(begin.min(self.seconds.len()));
        let sum = |part: &[(u64, u64)]| part.iter().fold((0, 0), |(a, b), (ended, failed)| (a + ended, b + failed));
        let last = after.iter().rposition(|second| !well(second));
        let recovery_s = match last {
            None => Some(0.0),
            // What went wrong until the end has not been seen to be well again.
            Some(last) if begin + last + usize::try_from(CALM).unwrap_or(0) >= whole.min(self.seconds.len()) => None,
            Some(last) => Some((begin + last + 1) as f64 - fault_s),
        };
        let ((requests_before, failed_before), (_, failed)) = (sum(before), sum(after));
        let heard = after.iter().filter(|(ended, _)| *ended > 0).count();
        let silent = whole.saturating_sub(begin).saturating_sub(heard) as u64;
        let rate = sum(&self.seconds).0 as f64 / seconds.max(1.0);
        let budget_used = failed as f64 / (rate * (1.0 - bounds.objective) * MONTH).max(f64::MIN_POSITIVE);
        Outage { requests_before, failed_before, failed, silent, recovery_s, budget_used }
    }
}

/// What came of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Outage {
    /// Requests that were due before it.
    pub requests_before: u64,
    /// Those of them that failed.
    pub failed_before: u64,
    /// Requests due from then on that failed.
    pub failed: u64,
    /// Seconds from then on in which no request was due or ended: nobody knows how those were.
    pub silent: u64,
    /// Seconds until all stayed well; `null` where that was not seen. A second is well in which at most 1 % failed.
    pub recovery_s: Option<f64>,
    /// What failed, as a share of the error budget of thirty days at the rate of this run.
    pub budget_used: f64,
}

/// What was answered, held against what was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tallied {
    /// Requests answered well.
    pub answered: u64,
    /// Those of them that were not done.
    pub lost: u64,
    /// Requests that were done more than once.
    pub duplicated: u64,
    /// Done, but not answered well: whoever sent them does not know.
    pub unanswered: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_is_read_whatever_it_looks_like() {
        let mut trace = Trace::default();
        for n in 0..6 {
            trace.count(n, 0, n != 5);
        }
        let told = trace.against("r1", b"[\"r1/0\",\"r1/1\"]\nGET /pay r1/2 200\nr1/2,r1/4\nr2/3 r1/5\nr1/x r1/77 \xff");
        assert_eq!(told, Tallied { answered: 5, lost: 1, duplicated: 1, unanswered: 1 });
    }
}
