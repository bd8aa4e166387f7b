//! One comparison of a look, and what it says.

use serde::{Deserialize, Serialize};

use super::{LookAlone, LookDoubt, LookDrift, LookMeasure, LookWarning, Verified};
use crate::{
    Wording,
    verification::{self, Judged, Warning, plain, signed},
};

/// One comparison. Shares in percent, differences of shares in percentage points, latency in milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LookFigure {
    /// What is compared.
    pub measure: LookMeasure,
    /// Name of the system; empty where it is all of them.
    pub system: String,
    /// Transactions before, or slots of time where it is the median of the latency.
    pub n_before: u64,
    /// The same since.
    pub n_since: u64,
    /// What was before.
    pub before: f64,
    /// What is since.
    pub since: f64,
    /// How much more it is, at best guess.
    pub estimate: f64,
    /// Lower limit of that; absent where it has none.
    pub low: Option<f64>,
    /// Upper limit.
    pub high: Option<f64>,
    /// How much more is no matter.
    pub margin: f64,
    /// What it comes to.
    pub verdict: Verified,
    /// Why it cannot be told, where it cannot.
    pub doubt: Option<LookDoubt>,
    /// What systems moved by that the change does not touch: taken from the estimate; absent where none tells enough.
    #[serde(default)]
    pub drift: Option<LookDrift>,
    /// The comparison without that, where it is taken off.
    #[serde(default)]
    pub alone: Option<LookAlone>,
    /// What else is to be known: none of it changes the verdict, but for too few slots to judge the slowest.
    #[serde(default)]
    pub warnings: Vec<LookWarning>,
}

/// What was judged, as a figure. `missing`: whether transactions are missing that were to be expected.
pub(super) fn figure(measure: LookMeasure, system: String, missing: bool, judged: &Judged) -> LookFigure {
    let scale = if matches!(measure, LookMeasure::Failures | LookMeasure::Codes) { 100.0 } else { 1.0 };
    let part = judged.parts.first();
    let limit = |value: Option<f64>| value.filter(|value| value.is_finite()).map(|value| value * scale);
    let verdict = Verified::from(judged.verdict);
    let without = part.and_then(|part| part.alone.map(|(estimate, limits)| (estimate, limits, part.margin)));
    let doubt = (verdict == Verified::Inconclusive).then(|| match part {
        _ if judged.n_baseline == 0.0 || judged.n_candidate == 0.0 => LookDoubt::Nothing,
        _ if missing => LookDoubt::Missing,
        None => LookDoubt::Few,
        Some(part) if !part.interval.0.is_finite() || !part.interval.1.is_finite() => LookDoubt::Few,
        Some(part) if part.verdict == verification::Verdict::Pass && judged.warnings.contains(&Warning::FewSlowest) => LookDoubt::Few,
        Some(part) if part.verdict == verification::Verdict::Pass => LookDoubt::Shape,
        _ if without.is_some_and(|(_, (low, _), margin)| low > margin) => LookDoubt::Shared,
        _ if without.is_some_and(|(_, (_, high), margin)| high <= margin) => LookDoubt::Apart,
        Some(part) if part.interval.0 > 0.0 => LookDoubt::Worse,
        Some(_) => LookDoubt::Across,
    });
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts, rounded")]
    let count = |n: f64| n.round() as u64;
    LookFigure {
        measure,
        system,
        n_before: count(judged.n_baseline),
        n_since: count(judged.n_candidate),
        before: judged.baseline * scale,
        since: judged.candidate * scale,
        estimate: part.map_or(0.0, |part| part.estimate * scale),
        low: limit(part.map(|part| part.interval.0)),
        high: limit(part.map(|part| part.interval.1)),
        margin: part.map_or(0.0, |part| part.margin * scale),
        verdict,
        doubt,
        drift: part.and_then(|part| part.drift).map(|drift| LookDrift {
            estimate: drift.estimate * scale,
            low: drift.low * scale,
            high: drift.high * scale,
            controls: u32::try_from(drift.controls).unwrap_or(u32::MAX),
        }),
        alone: without.map(|(estimate, (low, high), _)| LookAlone {
            estimate: estimate * scale,
            low: limit(Some(low)),
            high: limit(Some(high)),
        }),
        warnings: judged.warnings.iter().filter_map(LookWarning::of).collect(),
    }
}

impl LookFigure {
    /// What it says, as a sentence without an end.
    pub fn wording(&self) -> Wording {
        let key = match (self.measure, self.drift) {
            (LookMeasure::Failures, None) => "changes-look-failures",
            (LookMeasure::Failures, Some(_)) => "changes-look-failures-beside",
            (LookMeasure::Median, None) => "changes-look-median",
            (LookMeasure::Median, Some(_)) => "changes-look-median-beside",
            (LookMeasure::Tail, None) => "changes-look-tail",
            (LookMeasure::Tail, Some(_)) => "changes-look-tail-beside",
            (LookMeasure::Slowest, None) => "changes-look-slowest",
            (LookMeasure::Slowest, Some(_)) => "changes-look-slowest-beside",
            (LookMeasure::Codes, _) => "changes-look-codes",
        };
        let limit = |value: Option<f64>, none: &str| value.map_or_else(|| none.to_owned(), signed);
        let wording = match self.drift {
            Some(drift) => Wording::new(key).with("drift", signed(drift.estimate)).with("controls", drift.controls),
            None => Wording::new(key),
        };
        wording
            .with("system", &self.system)
            .with("estimate", signed(self.estimate))
            .with("low", limit(self.low, "−∞"))
            .with("high", limit(self.high, "+∞"))
            .with("before", plain(self.before))
            .with("since", plain(self.since))
            .with("n_before", self.n_before)
            .with("n_since", self.n_since)
            .with("margin", plain(self.margin))
    }

    /// What else is to be known of it, as sentences.
    pub fn warnings(&self) -> impl Iterator<Item = Wording> + '_ {
        self.warnings.iter().map(|warning| warning.wording())
    }

    /// The same in figures, for whom no language is known.
    pub fn line(&self) -> String {
        let limit = |value: Option<f64>| value.map_or_else(|| "∞".to_owned(), signed);
        let (low, high, margin) = (limit(self.low), limit(self.high), plain(self.margin));
        let (before, since, estimate) = (plain(self.before), plain(self.since), signed(self.estimate));
        let name = format!("{} {}", self.measure, self.system);
        let others = self.drift.map_or_else(String::new, |drift| format!("; others {}", signed(drift.estimate)));
        let n = (self.n_before, self.n_since);
        format!("{}: {before} → {since} ({estimate}; {low} … {high}; ± {margin}{others}; n {}, {})", name.trim_end(), n.0, n.1)
    }
}
