//! A rule in the words that need no language, as its alerts keep it.

use super::{Compare, Condition, Fold, Input, Measure, NoData};
use crate::{
    alerts::{Term, TermName, span},
    time::SECOND,
    transactions,
};

impl Input {
    /// What it reads, in technical words: an expression, or a name with its matchers and its window.
    pub fn what(&self) -> String {
        let of = |measure: Measure, filter: &transactions::Filter, over_s: u32| format!("{measure}{}[{}]", filter.braced(), window(over_s));
        let moved = |currency: &str, filter: &transactions::Filter, over_s: u32| {
            format!("{} {currency}{}[{}]", Measure::Amount, filter.braced(), window(over_s))
        };
        match self {
            Self::Query { expr, .. } => expr.clone(),
            Self::Kept { selector, over_s, fold: Fold::Last, .. } => format!("{selector}[{}]", window(*over_s)),
            Self::Kept { selector, over_s, fold, .. } => format!("{fold}({selector}[{}])", window(*over_s)),
            Self::Transactions { measure: Measure::Amount, filter, over_s, currency } => moved(currency, filter, *over_s),
            Self::Transactions { measure, filter, over_s, .. } => of(*measure, filter, *over_s),
            Self::Unusual { measure, filter, over_s, by, .. } if by.is_empty() => format!("surprise({})", of(*measure, filter, *over_s)),
            Self::Unusual { measure, filter, over_s, by, .. } => format!("surprise({}) by {by}", of(*measure, filter, *over_s)),
        }
    }

    /// The unit of its values, where they are held against so many past weeks; empty where nobody knows it.
    pub fn unit(&self, weeks: Option<u32>) -> &str {
        match self {
            _ if weeks.is_some() => "%",
            Self::Transactions { measure: Measure::Success, .. } => "%",
            Self::Transactions { measure: Measure::P99, .. } => "ms",
            Self::Transactions { measure: Measure::Amount, currency, .. } => currency,
            _ => "",
        }
    }
}

fn window(seconds: u32) -> String {
    span(i64::from(seconds) * SECOND)
}

/// How often and how long a rule looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Seconds that it must be bad before it fires.
    pub for_s: u32,
    /// Seconds that it must be good before it is over.
    pub keep_s: u32,
    /// Seconds between two evaluations.
    pub interval_s: u32,
}

/// A rule as its alerts keep it.
pub fn terms(input: &Input, weeks: Option<u32>, condition: Condition, timing: Timing, no_data: NoData) -> Vec<Term> {
    let mut terms = vec![Term::new(TermName::Reads, input.what())];
    terms.extend(weeks.map(|weeks| Term::new(TermName::Weeks, weeks.to_string())));
    if let Condition::Threshold(threshold) = condition {
        let (bad, good) = match threshold.compare {
            Compare::Above => (">", "≤"),
            Compare::Below => ("<", "≥"),
        };
        let unit = input.unit(weeks);
        let line = |name, sign: &str, value: f64| Term::new(name, format!("{sign} {value} {unit}").trim_end());
        terms.extend([line(TermName::Fires, bad, threshold.fire), line(TermName::Recovers, good, threshold.recover)]);
    }
    let ms = |seconds: u32| i64::from(seconds) * SECOND;
    terms.extend(Term::span(TermName::For, ms(timing.for_s)));
    terms.extend(Term::span(TermName::Keep, ms(timing.keep_s)));
    terms.extend(Term::span(TermName::Every, ms(timing.interval_s)));
    terms.push(Term::new(TermName::NoData, no_data.name()));
    terms
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Threshold;

    #[test]
    fn a_rule_is_said_without_a_language() {
        let filter = transactions::Filter { dims: [("link".to_owned(), vec!["L3".to_owned()])].into(), ..transactions::Filter::default() };
        let input = Input::Transactions { measure: Measure::Success, filter, over_s: 300, currency: String::new() };
        let condition = Condition::Threshold(Threshold { compare: Compare::Below, fire: 99.5, recover: 99.8 });
        let said = terms(&input, None, condition, Timing { for_s: 120, keep_s: 0, interval_s: 60 }, NoData::Keep);
        let said: Vec<String> = said.iter().map(|term| format!("{}: {}", term.name, term.value)).collect();
        assert_eq!(
            said,
            ["reads: success{link=\"L3\"}[5 min]", "fires: < 99.5 %", "recovers: ≥ 99.8 %", "for: 2 min", "every: 1 min", "no-data: keep"]
        );
        let kept = Input::Kept {
            source: crate::id::SourceId::parse("00000000-0000-7000-8000-000000000001").unwrap(),
            selector: "up".to_owned(),
            over_s: 60,
            fold: Fold::Mean,
        };
        assert_eq!(kept.what(), "mean(up[1 min])");
    }
}
