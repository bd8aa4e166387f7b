//! A judgement in one sentence.

use super::judge::{Judged, Judgement, Kind, Part, Verdict};

/// What was judged, in English: for terminals and programs.
pub fn sentence(judgement: &Judgement) -> String {
    let of = |verdict: Verdict| judgement.metrics.iter().filter(move |metric| metric.verdict == verdict);
    match judgement.verdict {
        Verdict::Pass => {
            let all: Vec<String> = judgement.metrics.iter().map(|metric| one(metric, false)).collect();
            format!("PASS: {}.", all.join("; "))
        }
        verdict => {
            let all: Vec<String> = of(verdict).map(|metric| one(metric, true)).collect();
            format!("{}: {}.", verdict.name().to_uppercase(), all.join("; "))
        }
    }
}

fn one(metric: &Judged, why: bool) -> String {
    let Some(part) = metric.parts.first() else {
        return format!("{}: {}", metric.name, metric.warnings.last().map_or_else(|| "no data".to_owned(), ToString::to_string));
    };
    let (what, scale, unit) = match metric.kind {
        Kind::Rate => ("failures", 100.0, " points"),
        Kind::Continuous => (part.measure.as_str(), 1.0, ""),
    };
    let figure = |value: f64| signed(value * scale);
    let seen = match metric.kind {
        Kind::Rate => format!("{} % → {} %", plain(metric.baseline * 100.0), plain(metric.candidate * 100.0)),
        Kind::Continuous => format!("median {} → {}", plain(metric.baseline), plain(metric.candidate)),
    };
    let mut said = format!(
        "{}: {what} {}{unit} ({} to {}, {seen}, n {} and {}), margin {}{unit}",
        metric.name,
        figure(part.estimate),
        figure(part.interval.0),
        figure(part.interval.1),
        metric.n_baseline.round(),
        metric.n_candidate.round(),
        plain(part.margin * scale),
    );
    if let (Some(drift), Some((alone, _))) = (part.drift, part.alone) {
        said.push_str(&format!(
            "; {}{unit} by itself, less the {} of {}",
            figure(alone),
            figure(drift.estimate),
            if drift.controls == 1 { "one control".to_owned() } else { format!("{} controls", drift.controls) }
        ));
    }
    if why && metric.verdict == Verdict::Inconclusive {
        let doubt = metric.warnings.iter().rev().find(|warning| warning.doubts()).map(ToString::to_string);
        let reason = place(part).map(str::to_owned).or(doubt).unwrap_or_else(|| "in doubt".to_owned());
        said.push_str(&format!("; {reason}"));
    }
    said
}

fn place(part: &Part) -> Option<&'static str> {
    let (low, high) = part.interval;
    match part.verdict {
        Verdict::Inconclusive if !low.is_finite() || !high.is_finite() => Some("too few points"),
        Verdict::Inconclusive if part.alone.is_some_and(|(_, (low, _))| low > part.margin) && low <= part.margin => {
            Some("it is worse, but so are the controls: not to be laid on the change alone")
        }
        Verdict::Inconclusive if part.alone.is_some_and(|(_, (_, high))| high <= part.margin) => {
            Some("within the margin by itself, but not against the controls")
        }
        Verdict::Inconclusive if low > 0.0 => Some("it is worse, but not surely beyond the margin"),
        Verdict::Inconclusive => Some("the interval reaches across the margin"),
        _ => None,
    }
}

/// A number with no more digits than it deserves.
pub(crate) fn plain(value: f64) -> String {
    if !value.is_finite() {
        return if value > 0.0 { "∞".into() } else { "−∞".into() };
    }
    let digits = match value.abs() {
        v if v >= 1_000.0 => 0,
        v if v >= 100.0 => 1,
        v if v >= 1.0 => 2,
        v if v >= 0.01 || v == 0.0 => 3,
        _ => 5,
    };
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text };
    text.replace('-', "−")
}

/// The same with its sign.
pub(crate) fn signed(value: f64) -> String {
    if value > 0.0 { format!("+{}", plain(value)) } else { plain(value) }
}
