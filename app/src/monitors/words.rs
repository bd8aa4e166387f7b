//! States, reasons and figures of monitors in words, shapes and colours.

use std::collections::HashMap;

use domain::{
    Timestamp, Wording,
    alerts::ours,
    monitors::{Cell, CellState, CheckResult, FactKind, Kind, Monitor, Point, Reason, Shown, Target, Verdict},
    people::Locale,
};
use leptos::prelude::*;

use crate::{
    components::{Badge, NULL, Slot, Tone, duration, percent, significant},
    i18n::{say, say_wording},
    t,
    visit::{Visit, current_locale},
};

pub(super) fn say_shown(shown: Shown) -> String {
    match shown {
        Shown::Down => t!("monitors-shown-down"),
        Shown::Unknown => t!("monitors-shown-unknown"),
        Shown::Maintenance => t!("monitors-shown-maintenance"),
        Shown::Paused => t!("monitors-shown-paused"),
        Shown::New => t!("monitors-shown-new"),
        Shown::Up => t!("monitors-shown-up"),
    }
}

fn tone(shown: Shown) -> Tone {
    match shown {
        Shown::Down => Tone::P1,
        Shown::Maintenance => Tone::Maintenance,
        Shown::Up => Tone::Ok,
        Shown::Unknown | Shown::Paused | Shown::New => Tone::NoData,
    }
}

/// What is shown of a monitor, as a badge.
#[component]
pub(super) fn ShownBadge(shown: Shown) -> impl IntoView {
    view! { <Badge tone=tone(shown) word=say_shown(shown)/> }
}

pub(super) fn say_verdict(verdict: Verdict) -> String {
    match verdict {
        Verdict::Up => t!("monitors-verdict-up"),
        Verdict::Down => t!("monitors-verdict-down"),
        Verdict::Unknown => t!("monitors-verdict-unknown"),
    }
}

/// What one check found, as a badge.
#[component]
pub(super) fn VerdictBadge(verdict: Verdict) -> impl IntoView {
    view! { <Badge tone=verdict_tone(verdict) word=say_verdict(verdict) plain=true/> }
}

fn verdict_tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Up => Tone::Ok,
        Verdict::Down => Tone::P1,
        Verdict::Unknown => Tone::NoData,
    }
}

/// Why, in a sentence, with the technical detail behind it.
pub(super) fn say_reason(result: &CheckResult) -> String {
    reasoned(current_locale(), result.reason, &result.detail)
}

/// A reason with its detail. That an address is refused stands in both: of the detail only the address is said.
fn reasoned(locale: Locale, reason: Reason, detail: &str) -> String {
    let detail = match reason {
        Reason::RefusedAddress => detail.split(" is an inside address").next().unwrap_or(detail).to_owned(),
        _ => detail_in(locale, detail),
    };
    let reason = say(locale, &format!("monitors-reason-{reason}"), &[]);
    if detail.is_empty() { reason } else { say(locale, "monitors-reason-detail", &[("reason", reason.into()), ("detail", detail.into())]) }
}

/// What a check met: lines of ours in the language, anything else as it is.
fn detail_in(locale: Locale, detail: &str) -> String {
    let Some(mut wording) = ours::detail(detail) else { return detail.to_owned() };
    for (_, value) in wording.args.iter_mut().filter(|(name, _)| ["said", "expected"].contains(name)) {
        if let Some(part) = ours::part(value) {
            *value = say_wording(locale, &part);
        }
    }
    say_wording(locale, &wording)
}

/// What is wrong with a line of a scraped page.
fn page_in(locale: Locale, wrong: &str) -> String {
    let Some(mut wording) = ours::page(wrong) else { return wrong.to_owned() };
    for (_, next) in wording.args.iter_mut().filter(|(name, _)| *name == "next") {
        if let Some(part) = ours::part(next) {
            *next = say_wording(locale, &part);
        }
    }
    say_wording(locale, &wording)
}

/// Whether a line that fits one of ours is one: ours say behind the number of a line what is wrong with a page; `line L3: lost` is of somebody
/// else.
fn is_ours(wording: &Wording) -> bool {
    let arg = |name: &str| wording.args.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value.as_str());
    wording.key != "sources-told-line" || arg("line").bytes().all(|b| b.is_ascii_digit()) && ours::page(arg("wrong")).is_some()
}

/// What an alert says of a monitor, `timeout: first-byte`, in a language; anything else as it is.
pub(crate) fn told_in(locale: Locale, told: &str) -> String {
    let (reason, detail) = told.split_once(": ").unwrap_or((told, ""));
    match (Reason::parse(reason), ours::alone(told).filter(is_ours)) {
        (Some(reason), _) => reasoned(locale, reason, detail),
        (None, Some(mut wording)) => {
            // Behind a line of ours may stand another one.
            for (name, why) in &mut wording.args {
                match *name {
                    "why" => *why = told_in(locale, why),
                    "wrong" => *why = page_in(locale, why),
                    _ => {}
                }
            }
            say_wording(locale, &wording)
        }
        (None, None) => told.to_owned(),
    }
}

/// The same in the language being rendered.
pub(crate) fn told_words(told: &str) -> String {
    told_in(current_locale(), told)
}

/// Microseconds as `12.3 ms`; "—" where there are none.
pub(super) fn latency(us: Option<i64>) -> String {
    match us {
        None => NULL.to_owned(),
        Some(us) if us < 1_000_000 => t!("duration-ms", n = significant(to_ms(us))),
        Some(us) => duration(us / 1_000),
    }
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of a request stay far below 2^52")]
pub(super) fn to_ms(us: i64) -> f64 {
    us as f64 / 1_000.0
}

pub(super) fn say_kind(kind: Kind) -> String {
    match kind {
        Kind::Http => t!("monitors-kind-http"),
        Kind::Tcp => t!("monitors-kind-tcp"),
        Kind::Tls => t!("monitors-kind-tls"),
        Kind::Dns => t!("monitors-kind-dns"),
        Kind::Icmp => t!("monitors-kind-icmp"),
        Kind::Grpc => t!("monitors-kind-grpc"),
        Kind::Postgres => t!("monitors-kind-postgres"),
        Kind::Mysql => t!("monitors-kind-mysql"),
        Kind::Redis => t!("monitors-kind-redis"),
        Kind::Heartbeat => t!("monitors-kind-heartbeat"),
    }
}

pub(super) fn say_fact(kind: FactKind) -> String {
    match kind {
        FactKind::Peer => t!("monitors-fact-peer"),
        FactKind::HttpVersion => t!("monitors-fact-http-version"),
        FactKind::Url => t!("monitors-fact-url"),
        FactKind::TlsVersion => t!("monitors-fact-tls-version"),
        FactKind::Certificate => t!("monitors-fact-certificate"),
        FactKind::Accepted => t!("monitors-fact-accepted"),
        FactKind::Answer => t!("monitors-fact-answer"),
        FactKind::Rcode => t!("monitors-rcode"),
        FactKind::Server => t!("monitors-server"),
        FactKind::Loss => t!("monitors-fact-loss"),
        FactKind::RoundTrip => t!("monitors-fact-round-trip"),
        FactKind::Serving => t!("monitors-fact-serving"),
        FactKind::ServerVersion => t!("monitors-fact-server-version"),
    }
}

/// What is checked, in one line.
pub(super) fn say_target(monitor: &Monitor) -> String {
    match &monitor.target {
        Target::Http(http) => t!(
            "monitors-target-http",
            method = http.method.name(),
            url = http.url.clone(),
            interval = duration(monitor.target.interval_ms())
        ),
        Target::Heartbeat(beat) => t!(
            "monitors-target-heartbeat",
            deadline = duration(i64::from(beat.deadline_s) * 1_000),
            grace = duration(i64::from(beat.grace_s) * 1_000)
        ),
        Target::Unreadable { .. } => t!("monitors-unreadable"),
        asked => t!("monitors-target-asked", kind = say_kind(asked.kind()), what = asked.what(), interval = duration(asked.interval_ms())),
    }
}

fn say_cell(cell: Cell) -> String {
    match cell.state() {
        CellState::None => t!("monitors-cell-none"),
        CellState::Unknown => t!("monitors-cell-unknown", count = cell.count),
        CellState::Up => t!("monitors-cell-up", count = cell.count),
        CellState::Partly => t!("monitors-cell-partly", count = cell.count, failures = cell.failures),
        CellState::Down => t!("monitors-cell-down", count = cell.count),
    }
}

fn cell_looks(cell: Cell) -> (Tone, f64) {
    match cell.state() {
        CellState::None | CellState::Unknown => (Tone::NoData, 0.2),
        CellState::Up => (Tone::Ok, 1.0),
        CellState::Partly => (Tone::P3, cell.availability().unwrap_or_default().clamp(0.3, 0.9)),
        CellState::Down => (Tone::P1, 0.25),
    }
}

/// Strips of many monitors over the same time: what the slots of one say is mostly what those of the others say, and is put into
/// words once.
#[derive(Default)]
pub(super) struct Slots {
    times: HashMap<Timestamp, String>,
    words: HashMap<(i64, i64, i64), String>,
}

impl Slots {
    /// Slots of a strip out of points of equal width.
    pub(super) fn of(&mut self, visit: &Visit, points: &[Point], width_ms: i64) -> Vec<Slot> {
        let times = &mut self.times;
        let mut time =
            |at: Timestamp| times.entry(at).or_insert_with(|| visit.wall(at).chars().skip(5).take(11).collect::<String>()).clone();
        points
            .iter()
            .map(|Point { at, cell, .. }| {
                let (tone, height) = cell_looks(*cell);
                let word = self.words.entry((cell.count, cell.failures, cell.unknown)).or_insert_with(|| say_cell(*cell)).clone();
                Slot { tone, height, from: time(*at), to: time(at.plus(width_ms)), word }
            })
            .collect()
    }
}

/// Slots of a strip out of results, oldest first.
pub(super) fn result_slots(visit: &Visit, results: &[CheckResult]) -> Vec<Slot> {
    results
        .iter()
        .map(|result| Slot {
            tone: verdict_tone(result.verdict),
            height: if result.verdict == Verdict::Up { 1.0 } else { 0.25 },
            from: visit.wall(result.at),
            to: String::new(),
            word: format!("{} {}", say_verdict(result.verdict), latency(result.latency_us)),
        })
        .collect()
}

/// The results of several cells together.
pub(super) fn total(cells: impl Iterator<Item = Cell>) -> Cell {
    cells.fold(Cell::default(), |sum, cell| Cell {
        count: sum.count + cell.count,
        failures: sum.failures + cell.failures,
        unknown: sum.unknown + cell.unknown,
    })
}

/// A strip in one sentence.
pub(super) fn say_strip(name: &str, sum: Cell) -> String {
    t!("monitors-strip-summary", name = name.to_owned(), share = percent(sum.availability()), failures = sum.failures, count = sum.count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_words() {
        for reason in Reason::ALL {
            assert!(crate::i18n::has(&format!("monitors-reason-{reason}")), "{reason}");
        }
    }
}
