//! What an incident cost: the transactions that failed beyond what fails in the same minutes of other weeks.
//!
//! Of the same span in each of the weeks before, the share that failed is taken; the median of the shares is what was to be
//! expected. The bound is made of the best and the worst of those weeks, each with two standard deviations of a count. Where the
//! weeks before hold too few transactions, nothing is said of it.

use serde::{Deserialize, Serialize};

use crate::{Span, Timestamp, words::words};

/// How many weeks before are looked at.
pub const WEEKS: i64 = 4;
/// Fewer transactions than that in all those weeks together tell nothing.
pub const LEAST_TRANSACTIONS: u64 = 200;

words! {
    /// What can be said of an impact.
    pub enum ImpactVerdict {
        /// The figures tell.
        Told = "told",
        /// There is not enough traffic to tell.
        TooLittle = "too-little",
        /// There is no traffic at all on these systems, or on what needs them.
        None = "none",
    }
}

/// What was counted in the same span of another week.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Normal {
    /// Transactions, scaled to the length of the span.
    pub total: f64,
    /// Share that failed, 0 to 1.
    pub rate: f64,
}

/// A sum of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImpactMoney {
    /// ISO 4217; empty where senders gave none.
    pub currency: String,
    /// In minor units.
    pub amount: i64,
}

/// What an incident cost, from its beginning until customers were no longer hurt, or until now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Impact {
    /// What can be said.
    pub verdict: ImpactVerdict,
    /// From when on it was counted.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
    /// When it was counted.
    pub computed_at: Timestamp,
    /// Whether it is over and nothing will change it.
    pub settled: bool,
    /// Transactions in that time.
    pub total: i64,
    /// Those that failed.
    pub failed: i64,
    /// Those that were to be expected to fail.
    pub expected: i64,
    /// Those that failed beyond.
    pub excess: i64,
    /// It were at least so many.
    pub low: i64,
    /// It were at most so many.
    pub high: i64,
    /// How many transactions fewer there were than usually; 0 where it is within what is usual.
    pub missing: i64,
    /// How many weeks before it was compared with.
    pub weeks: i64,
    /// The amount of what failed beyond: that of the failed ones, in proportion.
    pub money: Vec<ImpactMoney>,
    /// Names of the systems whose transactions were counted: its own, or where these have none those that need them.
    pub systems: Vec<String>,
    /// Of those that failed, those that no incident opened before counts: what sums over incidents are made of.
    pub own_failed: i64,
    /// Numbers of the incidents within reach that count some of the same transactions.
    pub also: Vec<i64>,
}

/// What several incidents cost together, each failed transaction counted once.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = IncidentCost))]
pub struct Cost {
    /// Of how many incidents the figures tell.
    pub incidents: i64,
    /// Transactions that failed beyond the usual.
    pub excess: i64,
    /// The amount of these, by currency.
    pub money: Vec<ImpactMoney>,
}

impl Cost {
    /// Adds what one incident cost beside those that were opened before; nothing where its figures do not tell.
    pub fn add(&mut self, impact: &Impact) {
        if impact.verdict != ImpactVerdict::Told {
            return;
        }
        self.incidents += 1;
        self.excess += impact.own_share(impact.excess);
        for money in &impact.money {
            let amount = impact.own_share(money.amount);
            match self.money.iter_mut().find(|sum| sum.currency == money.currency) {
                Some(sum) => sum.amount += amount,
                None => self.money.push(ImpactMoney { currency: money.currency.clone(), amount }),
            }
        }
    }
}

impl Impact {
    /// The part of a figure that no incident opened before counts, in proportion to what failed.
    fn own_share(&self, of: i64) -> i64 {
        if self.own_failed >= self.failed || self.failed <= 0 {
            return of;
        }
        let part = i128::from(of) * i128::from(self.own_failed.max(0)) / i128::from(self.failed);
        i64::try_from(part).unwrap_or(of)
    }
}

/// What remains of a span where others, in any order, are taken out of it.
pub fn remains(span: Span, others: &[Span]) -> Vec<Span> {
    let mut others: Vec<Span> = others.iter().copied().filter(|other| other.overlaps(span)).collect();
    others.sort_by_key(|other| other.from);
    let (mut from, mut rest) = (span.from, Vec::new());
    for other in others {
        rest.extend(Span::new(from, other.from));
        from = from.max(other.to);
    }
    rest.extend(Span::new(from, span.to));
    rest
}

/// Fills in what the counts tell; `of` holds totals and span, and the amounts of all that failed as `money`.
pub fn estimate(mut of: Impact, normal: &[Normal]) -> Impact {
    #[expect(clippy::cast_precision_loss, reason = "counts of transactions within an incident")]
    let (total, failed) = (of.total as f64, of.failed as f64);
    let seen: f64 = normal.iter().map(|week| week.total).sum();
    of.weeks = i64::try_from(normal.len()).unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "a small bound")]
    if seen < LEAST_TRANSACTIONS as f64 {
        of.verdict = if seen == 0.0 && of.total == 0 { ImpactVerdict::None } else { ImpactVerdict::TooLittle };
        of.money.clear();
        return of;
    }
    // A week without a failure does not prove that there are none.
    let rates: Vec<f64> = normal.iter().map(|week| week.rate.clamp(1.0 / (seen + 2.0), 1.0)).collect();
    let spread = |rate: f64| 2.0 * (total * rate * (1.0 - rate)).max(0.0).sqrt();
    let (best, worst) = rates.iter().fold((1.0_f64, 0.0_f64), |(low, high), rate| (low.min(*rate), high.max(*rate)));
    let expected = total * median(normal.iter().map(|week| week.rate).collect());
    let excess = (failed - expected).max(0.0);
    of.verdict = ImpactVerdict::Told;
    of.expected = whole(expected);
    of.excess = whole(excess);
    of.low = whole((failed - total * worst - spread(worst)).clamp(0.0, excess));
    of.high = whole((failed - total * best + spread(best)).clamp(excess, failed.max(excess)));
    let usual = median(normal.iter().map(|week| week.total).collect());
    let least = normal.iter().map(|week| week.total).fold(f64::INFINITY, f64::min);
    of.missing = if total + 2.0 * total.sqrt() < least * 0.9 { whole(usual - total) } else { 0 };
    let share = if of.failed > 0 { excess / failed } else { 0.0 };
    for money in &mut of.money {
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let amount = money.amount as f64 * share;
        money.amount = whole(amount);
    }
    of.money.retain(|money| money.amount > 0);
    of
}

fn whole(value: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    let value = value.round() as i64;
    value
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => 0.0,
        n if n % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(total: i64, failed: i64) -> Impact {
        Impact {
            verdict: ImpactVerdict::None,
            from: Timestamp(0),
            to: Timestamp(1),
            computed_at: Timestamp(1),
            settled: false,
            total,
            failed,
            expected: 0,
            excess: 0,
            low: 0,
            high: 0,
            missing: 0,
            weeks: 0,
            money: vec![ImpactMoney { currency: "CNY".into(), amount: 1_000 * failed }],
            systems: Vec::new(),
            own_failed: failed,
            also: Vec::new(),
        }
    }

    fn week(total: f64, rate: f64) -> Normal {
        Normal { total, rate }
    }

    #[test]
    fn what_fails_beyond_the_usual_is_the_impact() {
        let usual = [week(1_000.0, 0.02), week(1_100.0, 0.01), week(900.0, 0.03)];
        let impact = estimate(counted(1_000, 320), &usual);
        assert_eq!((impact.verdict, impact.expected, impact.excess, impact.weeks), (ImpactVerdict::Told, 20, 300, 3));
        assert!(impact.low < 300 && impact.low > 250 && impact.high > 300 && impact.high <= 320, "{impact:?}");
        assert_eq!(impact.money[0].amount, 300_000);
        assert_eq!(impact.missing, 0);
        // As many as ever: no impact, and no money.
        let calm = estimate(counted(1_000, 15), &usual);
        assert_eq!((calm.excess, calm.low, calm.money.len()), (0, 0, 0));
    }

    #[test]
    fn what_two_count_is_added_up_once() {
        let usual = [week(1_000.0, 0.0)];
        let first = estimate(counted(1_000, 300), &usual);
        let second = Impact { own_failed: 60, ..first.clone() };
        let mut cost = Cost::default();
        [&first, &second, &estimate(counted(10, 9), &[])].into_iter().for_each(|impact| cost.add(impact));
        assert_eq!((cost.incidents, cost.excess), (2, 360));
        assert_eq!(cost.money, [ImpactMoney { currency: "CNY".into(), amount: 360_000 }]);
    }

    #[test]
    fn what_others_cover_is_taken_out() {
        let span = |from, to| Span { from: Timestamp(from), to: Timestamp(to) };
        assert_eq!(remains(span(10, 20), &[]), [span(10, 20)]);
        assert_eq!(remains(span(10, 20), &[span(14, 16), span(0, 11), span(15, 17), span(20, 30)]), [span(11, 14), span(17, 20)]);
        assert_eq!(remains(span(10, 20), &[span(18, 40)]), [span(10, 18)]);
        assert!(remains(span(10, 20), &[span(5, 12), span(12, 20)]).is_empty());
    }

    #[test]
    fn nobody_came() {
        let impact = estimate(counted(100, 0), &[week(1_000.0, 0.02), week(1_200.0, 0.02)]);
        assert_eq!((impact.excess, impact.missing), (0, 1_000));
    }

    #[test]
    fn too_little_is_said_plainly() {
        assert_eq!(estimate(counted(10, 9), &[week(20.0, 0.0)]).verdict, ImpactVerdict::TooLittle);
        assert_eq!(estimate(counted(10, 9), &[]).verdict, ImpactVerdict::TooLittle);
        assert_eq!(estimate(counted(0, 0), &[]).verdict, ImpactVerdict::None);
        assert!(estimate(counted(10, 9), &[]).money.is_empty());
    }
}
