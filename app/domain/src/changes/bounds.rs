//! What a policy allows evidence of performance to have measured, whatever limits its load test was held against.
//!
//! Whoever asks for a load test sets its limits, and whoever wants to go live asks for it. A policy's bounds are not theirs to
//! set. **Invariant:** they are held against what was measured; what nobody measured is not within them.

use serde::{Deserialize, Serialize};

use crate::{
    Wording,
    evidence::{EvidenceKind, Measured},
    form::{Check, Typed},
    words::words,
};

/// Most that a bound may say.
const MOST: f64 = 1e9;
/// Most of what production bears that may be asked for, in percent.
const MOST_OF_PEAK: f64 = 10_000.0;

words! {
    /// What is bounded.
    pub enum BoundOf {
        /// 99th percentile in milliseconds, at most.
        P99 = "p99",
        /// Requests that failed in percent, at most.
        Failed = "failed",
        /// Requests a second, at least.
        Rate = "rate",
        /// Requests a second in percent of what production bears at its busiest, at least.
        Peak = "peak",
    }
}

/// A finite number of 0 or more.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Bound(f64);

// No NaN gets in.
impl Eq for Bound {}

impl Bound {
    /// The number.
    pub fn value(self) -> f64 {
        self.0
    }
}

impl From<Bound> for f64 {
    fn from(bound: Bound) -> Self {
        bound.0
    }
}

impl TryFrom<f64> for Bound {
    type Error = &'static str;

    fn try_from(value: f64) -> Result<Self, Self::Error> {
        (value.is_finite() && (0.0..=MOST).contains(&value)).then_some(Self(value)).ok_or("expected a number of 0 or more")
    }
}

/// Bounds of a policy; each may be absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = PerformanceBounds))]
pub struct Bounds {
    /// The 99th percentile in milliseconds, at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<f64>))]
    pub max_p99_ms: Option<Bound>,
    /// Requests that failed, in percent, at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<f64>))]
    pub max_failed: Option<Bound>,
    /// Requests a second that were reached, at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<f64>))]
    pub min_rate: Option<Bound>,
    /// The same in percent of the transactions a second that production has at its busiest. 100 where nothing is said and evidence must
    /// come from the like of production; 0 asks for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<f64>))]
    pub min_peak: Option<Bound>,
}

/// A bound that is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = BoundBroken))]
pub struct Broken {
    /// Which.
    pub of: BoundOf,
    /// What was measured; absent where that is not known.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<f64>))]
    pub measured: Option<Bound>,
    /// What the policy allows.
    #[cfg_attr(feature = "openapi", schema(value_type = f64))]
    pub allowed: Bound,
}

impl Bounds {
    /// The fields of a form.
    pub const FIELDS: [&str; 4] = ["max_p99_ms", "max_failed", "min_rate", "min_peak"];

    /// Each that is there.
    pub fn each(&self) -> impl Iterator<Item = (BoundOf, Bound)> {
        let all = [self.max_p99_ms, self.max_failed, self.min_rate, self.min_peak];
        let of = [BoundOf::P99, BoundOf::Failed, BoundOf::Rate, BoundOf::Peak];
        of.into_iter().zip(all).filter_map(|(of, bound)| bound.map(|bound| (of, bound)))
    }

    /// As strong a load as production bears at its busiest, where that is known and nothing else is said: an environment that is made as
    /// production tells nothing of it under a small one.
    pub(super) fn as_production(self, peak: Option<Bound>) -> Self {
        let usual = peak.is_some().then_some(Bound(100.0));
        Self { min_peak: self.min_peak.or(usual), ..self }
    }

    /// Whether nothing is left to whoever asks for a load test: how slow and how faulty it may be, and how strong it must be.
    pub fn decide(&self) -> bool {
        self.max_p99_ms.is_some() && self.max_failed.is_some() && self.min_rate.is_some()
    }

    /// Reads the fields; they need evidence of performance to be asked for.
    pub(super) fn parse(check: &mut Check<'_>, evidence: Option<&[EvidenceKind]>) -> Option<Self> {
        let above = |text: &str| read(text, MOST).filter(|bound| bound.0 > 0.0).ok_or_else(|| Wording::new("changes-expect-above-zero"));
        let percent = |text: &str| read(text, 100.0).ok_or_else(|| Wording::new("expect-between").with("min", 0).with("max", 100));
        let max_p99_ms = check.optional("max_p99_ms", above);
        let max_failed = check.optional("max_failed", percent);
        let min_rate = check.optional("min_rate", above);
        let of_peak =
            |text: &str| read(text, MOST_OF_PEAK).ok_or_else(|| Wording::new("expect-between").with("min", 0).with("max", MOST_OF_PEAK));
        let min_peak = check.optional("min_peak", of_peak);
        let this = Self { max_p99_ms: max_p99_ms?, max_failed: max_failed?, min_rate: min_rate?, min_peak: min_peak? };
        if this != Self::default() && evidence.is_some_and(|kinds| !kinds.contains(&EvidenceKind::Performance)) {
            check.problem("evidence", Wording::new("changes-expect-performance"));
            return None;
        }
        Some(this)
    }

    pub(super) fn to_typed(self, typed: &mut Typed) {
        for (name, bound) in Self::FIELDS.into_iter().zip([self.max_p99_ms, self.max_failed, self.min_rate, self.min_peak]) {
            if let Some(bound) = bound {
                typed.set(name, bound.0);
            }
        }
    }

    /// Those that are not kept by what was measured; `peak` is what production bears, in transactions a second.
    pub fn broken(&self, measured: Option<&Measured>, peak: Option<Bound>) -> Vec<Broken> {
        let known = |value: Option<f64>| value.and_then(|value| Bound::try_from(value).ok());
        let seen = |of: BoundOf| match of {
            BoundOf::P99 => known(measured?.p99_ms),
            BoundOf::Failed => known(measured?.failed_percent()),
            BoundOf::Rate | BoundOf::Peak => known(measured?.rate),
        };
        let kept = |of: BoundOf, seen: f64, allowed: f64| match of {
            BoundOf::Rate | BoundOf::Peak => seen >= allowed,
            BoundOf::P99 | BoundOf::Failed => seen <= allowed,
        };
        let held = |(of, allowed): (BoundOf, Bound)| match (of, peak) {
            (BoundOf::Peak, None) => Broken { of, measured: None, allowed },
            (BoundOf::Peak, Some(peak)) => {
                let (measured, allowed) = (seen(of), Bound(peak.0 * allowed.0 / 100.0));
                // What is not known then is the load of the test.
                Broken { of: if measured.is_some() { of } else { BoundOf::Rate }, measured, allowed }
            }
            _ => Broken { of, measured: seen(of), allowed },
        };
        self.each()
            .filter(|(of, allowed)| *of != BoundOf::Peak || allowed.0 > 0.0)
            .map(held)
            .filter(|one| !one.measured.is_some_and(|seen| kept(one.of, seen.0, one.allowed.0)))
            .collect()
    }
}

impl Broken {
    /// What is wrong, in a sentence.
    pub fn wording(&self) -> Wording {
        let key = match (self.of, self.measured.is_some()) {
            (BoundOf::P99, true) => "conflict-evidence-p99",
            (BoundOf::P99, false) => "conflict-evidence-p99-unknown",
            (BoundOf::Failed, true) => "conflict-evidence-failures",
            (BoundOf::Failed, false) => "conflict-evidence-failures-unknown",
            (BoundOf::Rate, true) => "conflict-evidence-rate",
            (BoundOf::Rate, false) => "conflict-evidence-rate-unknown",
            (BoundOf::Peak, true) => "conflict-evidence-peak",
            (BoundOf::Peak, false) => "conflict-evidence-peak-unknown",
        };
        let wording = Wording::new(key).with("allowed", figure(self.allowed.0));
        match self.measured {
            Some(seen) => wording.with("seen", figure(seen.0)),
            None => wording,
        }
    }
}

/// Two digits after the point, or all of them where little is left of it.
fn figure(value: f64) -> String {
    let rounded = (value * 100.0).round() / 100.0;
    if rounded >= 0.1 { rounded.to_string() } else { value.to_string() }
}

fn read(text: &str, most: f64) -> Option<Bound> {
    let number = text.trim().replace(',', ".").parse::<f64>().ok()?;
    Bound::try_from(number).ok().filter(|bound| bound.0 <= most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fault, changes::PolicyContent};

    fn policy(more: &[(&str, &str)]) -> Result<PolicyContent, Fault> {
        let usual = [("name", "P"), ("stages[0].count", "1"), ("stages[0].of", "owners"), ("evidence", "performance")];
        PolicyContent::parse(&Typed::from_pairs(usual.iter().chain(more).map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))), &[])
    }

    fn fields(fault: &Fault) -> Vec<&str> {
        fault.problems().iter().map(|problem| problem.field.as_str()).collect()
    }

    fn measured(p99_ms: Option<f64>, failed: impl Into<Option<u64>>, rate: Option<f64>) -> Measured {
        Measured { source: "k6".into(), requests: 1_000, failed: failed.into(), rate, p50_ms: None, p99_ms }
    }

    #[test]
    fn bounds_are_read_and_kept() {
        let read = policy(&[("max_p99_ms", "300"), ("max_failed", "0"), ("min_rate", "12,5")]).unwrap();
        assert_eq!(PolicyContent::parse(&read.to_typed(), &[]).unwrap(), read);
        let json = serde_json::to_value(&read).unwrap();
        assert_eq!(
            (json["max_p99_ms"].as_f64(), json["max_failed"].as_f64(), json["min_rate"].as_f64()),
            (Some(300.0), Some(0.0), Some(12.5))
        );
        assert_eq!(serde_json::from_value::<PolicyContent>(json).unwrap(), read);
        assert_eq!(policy(&[]).unwrap().bounds, Bounds::default());
        for (field, text) in [
            ("max_p99_ms", "0"),
            ("max_p99_ms", "NaN"),
            ("max_p99_ms", "-1"),
            ("max_p99_ms", "inf"),
            ("max_failed", "101"),
            ("max_failed", "-0.1"),
            ("min_rate", "0"),
            ("min_rate", "fast"),
            ("min_rate", "1e300"),
            ("min_peak", "-1"),
            ("min_peak", "10001"),
        ] {
            assert_eq!(fields(&policy(&[(field, text)]).unwrap_err()), [field], "{text}");
        }
        let fault = PolicyContent::parse(
            &Typed::from_pairs(
                [("name", "P"), ("stages[0].count", "1"), ("stages[0].of", "owners"), ("min_rate", "1")]
                    .map(|(k, v)| (k.to_owned(), v.to_owned())),
            ),
            &[],
        );
        assert_eq!(fields(&fault.unwrap_err()), ["evidence"]);
    }

    #[test]
    fn what_was_measured_decides_and_what_nobody_measured_is_not_within() {
        let bounds = policy(&[("max_p99_ms", "300"), ("max_failed", "1"), ("min_rate", "100")]).unwrap().bounds;
        let of = |measured: &Measured| bounds.broken(Some(measured), None).into_iter().map(|one| one.wording().key).collect::<Vec<_>>();
        assert_eq!(of(&measured(Some(300.0), 10, Some(100.0))), [] as [&str; 0], "to the bound itself");
        assert_eq!(
            of(&measured(Some(300.1), 11, Some(99.9))),
            ["conflict-evidence-p99", "conflict-evidence-failures", "conflict-evidence-rate"]
        );
        assert_eq!(of(&measured(None, 0, Some(f64::NAN))), ["conflict-evidence-p99-unknown", "conflict-evidence-rate-unknown"]);
        assert_eq!(bounds.broken(None, None).len(), 3);
        let nothing = Measured { requests: 0, ..measured(Some(1.0), 0, Some(200.0)) };
        assert_eq!(of(&nothing), ["conflict-evidence-failures-unknown"]);
        assert_eq!(Bounds::default().broken(None, None), []);
        assert_eq!((figure(412.0), figure(0.123_456), figure(0.000_4)), ("412".into(), "0.12".into(), "0.0004".into()));
    }
    #[test]
    fn the_like_of_production_bears_what_production_does() {
        let peak = Bound::try_from(240.0).ok();
        let of = |bounds: Bounds, rate: Option<f64>, peak: Option<Bound>| {
            let one = bounds.broken(Some(&measured(Some(1.0), 0, rate)), peak).into_iter().next();
            one.map(|one| (one.wording().key, one.allowed.0))
        };
        let usual = |peak: Option<Bound>| policy(&[]).unwrap().bounds.as_production(peak);
        assert_eq!(
            (of(usual(peak), Some(240.0), peak), of(usual(peak), Some(24.0), peak)),
            (None, Some(("conflict-evidence-peak", 240.0)))
        );
        assert_eq!(of(usual(peak), None, peak), Some(("conflict-evidence-rate-unknown", 240.0)), "a load that nobody tells");
        assert_eq!(of(usual(None), Some(24.0), None), None, "nobody says what production bears");
        let said = |share: &str| policy(&[("min_peak", share)]).unwrap().bounds.as_production(peak);
        assert_eq!(
            (of(said("150"), Some(360.0), peak), of(said("150"), Some(240.0), peak)),
            (None, Some(("conflict-evidence-peak", 360.0)))
        );
        assert_eq!((of(said("5"), Some(24.0), peak), of(said("0"), None, peak)), (None, None));
        assert_eq!(of(said("50"), Some(1e6), None), Some(("conflict-evidence-peak-unknown", 50.0)), "a share of what nobody knows");
    }
}
