//! How load tests are called: words, tones, figures.

use domain::{
    evidence::Outcome,
    load::{Run, Side, State, Target},
};

use crate::{
    components::{NULL, Tone, full, significant},
    t,
};

/// How a run stands: tone and word.
pub(super) fn state(state: State) -> (Tone, String) {
    let tone = match state {
        State::Finished => Tone::Ok,
        State::Running => Tone::P4,
        State::Interrupted | State::NotStarted => Tone::P2,
        State::Stopped => Tone::P3,
        State::Queued | State::Withdrawn => Tone::NoData,
    };
    (tone, t!(&format!("load-state-{state}")))
}

/// What a comparison came to: tone and word.
pub(super) fn outcome(outcome: Outcome) -> (Tone, String) {
    let tone = match outcome {
        Outcome::Passed => Tone::Ok,
        Outcome::Regressed => Tone::P1,
        Outcome::Inconclusive => Tone::NoData,
        Outcome::Invalid => Tone::P3,
    };
    (tone, t!(&format!("load-outcome-{outcome}")))
}

/// Whose run it is.
pub(super) fn side(side: Side) -> String {
    t!(&format!("load-side-{side}"))
}

/// A time of the report.
pub(super) fn ms(run: &Run, pointer: &str) -> String {
    run.figure(pointer).map_or_else(|| NULL.to_owned(), |value| format!("{} ms", significant(value)))
}

/// A count of the report.
pub(super) fn count(run: &Run, pointer: &str) -> String {
    let value = run.report.as_ref().and_then(|report| report.pointer(pointer)?.as_i64());
    value.map_or_else(|| NULL.to_owned(), full)
}

/// The rate that was held of the one that was asked for.
pub(super) fn rate(run: &Run) -> String {
    match (run.figure("/rate"), run.figure("/wanted_rate")) {
        (Some(rate), Some(wanted)) => t!("load-rate-of", rate = significant(rate), wanted = significant(wanted)),
        _ => NULL.to_owned(),
    }
}

/// How hard a target may be loaded, in one line.
pub(super) fn caps(target: &Target) -> String {
    let caps = target.caps;
    t!("load-caps", rate = full(caps.rate), seconds = full(caps.seconds), flight = full(caps.in_flight))
}

/// A share in percent, as exact as it is: `99.99 %`, `1.93 %`.
pub(super) fn share(share: f64) -> String {
    format!("{} %", significant(100.0 * share))
}
