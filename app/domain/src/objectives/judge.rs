//! What the counts of one look mean.

use super::{ALARMS, Burn, Count, Shown, Standing, budget_left, burn, fires};
use crate::Timestamp;

/// What was counted at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// The long and the short stretch of each alarm, in the order of [`ALARMS`].
    pub stretches: Vec<(Count, Count)>,
    /// The whole window.
    pub whole: Count,
}

/// How an objective stands after a look; an error says in English why nobody could count.
pub fn judge(before: &Standing, found: Result<Look, String>, target: f64, now: Timestamp) -> Standing {
    let mut after = Standing { evaluated_at: Some(now), ..before.clone() };
    match found {
        Ok(look) => {
            after.why.clear();
            after.counted = Some(look.whole);
            after.burns = ALARMS
                .iter()
                .zip(&look.stretches)
                .map(|(alarm, (long, short))| Burn {
                    long: burn(*long, target),
                    short: burn(*short, target),
                    holds: fires(alarm, *long, *short, target),
                })
                .collect();
            after.shown = match budget_left(look.whole, target) {
                _ if after.burns.iter().any(|burn| burn.holds == Some(true)) => Shown::Burning,
                None => Shown::Unknown,
                Some(left) if left <= 0.0 => Shown::Spent,
                Some(_) => Shown::Met,
            };
        }
        Err(why) => {
            after.why = why;
            after.shown = Shown::Unknown;
            after.burns = ALARMS.iter().map(|_| Burn { long: None, short: None, holds: None }).collect();
        }
    }
    if after.shown != before.shown {
        after.since = now;
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(total: f64, bad: f64) -> Count {
        Count { good: total - bad, total }
    }

    fn look(stretches: [(Count, Count); 3], whole: Count) -> Result<Look, String> {
        Ok(Look { stretches: stretches.to_vec(), whole })
    }

    #[test]
    fn each_look_says_how_it_stands_and_since_when() {
        let new =
            Standing { shown: Shown::New, since: Timestamp(0), evaluated_at: None, why: String::new(), counted: None, burns: Vec::new() };
        let (some, none) = (count(1_000.0, 0.0), Count::default());
        let (burns, spent) = (count(1_000.0, 200.0), count(1_000.0, 10.0));
        let steps = [
            (look([(none, none), (none, none), (none, none)], none), Shown::Unknown),
            (look([(some, some), (some, some), (some, some)], some), Shown::Met),
            // Nothing has come for a while: the alarms do not know, the window does.
            (look([(some, none), (some, none), (some, some)], some), Shown::Met),
            (look([(burns, burns), (some, some), (some, some)], some), Shown::Burning),
            (look([(burns, some), (some, some), (some, some)], spent), Shown::Spent),
            (Err("the source is gone".to_owned()), Shown::Unknown),
            (look([(some, some), (some, some), (some, some)], count(1_000.0, 9.0)), Shown::Met),
        ];
        let mut standing = new;
        for (at, (found, expected)) in (1..).zip(steps) {
            let before = standing.shown;
            let failed = found.as_ref().err().cloned();
            standing = judge(&standing, found, 99.0, Timestamp(at));
            assert_eq!((standing.shown, standing.evaluated_at), (expected, Some(Timestamp(at))), "{at}");
            assert_eq!(standing.since == Timestamp(at), before != expected, "{at}");
            assert_eq!((standing.why.clone(), standing.burns.len()), (failed.clone().unwrap_or_default(), 3), "{at}");
            // What nobody can count now was counted before, and is still told.
            assert!(standing.counted.is_some());
            assert_eq!(failed.is_some(), standing.burns.iter().all(|burn| burn.holds.is_none()) && at > 1, "{at}");
        }
    }
}
