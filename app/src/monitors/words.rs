//! States, reasons and figures of monitors in words, shapes and colours.

use std::collections::HashMap;

use domain::{
    Timestamp,
    monitors::{Cell, CellState, CheckResult, FactKind, Kind, Monitor, Point, Reason, Shown, Target, Verdict},
};
use leptos::prelude::*;

use crate::{
    components::{Badge, NULL, Slot, Tone, duration, percent, significant},
    t,
    visit::Visit,
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
    reasoned(result.reason, &result.detail)
}

/// A reason with its detail. That an address is refused stands in both: of the detail only the address is said.
fn reasoned(reason: Reason, detail: &str) -> String {
    let detail = if reason == Reason::RefusedAddress { detail.split(" is an inside address").next().unwrap_or(detail) } else { detail };
    with_detail(reason_word(reason), detail)
}

/// What an alert says of a monitor, `timeout: first-byte`, in the reader's language; anything else as it is.
pub(crate) fn say_told(told: &str) -> String {
    let (reason, detail) = told.split_once(": ").unwrap_or((told, ""));
    Reason::parse(reason).map_or_else(|| told.to_owned(), |reason| reasoned(reason, detail))
}

fn with_detail(words: String, detail: &str) -> String {
    if detail.is_empty() { words } else { t!("monitors-reason-detail", reason = words, detail = detail) }
}

fn reason_word(reason: Reason) -> String {
    match reason {
        Reason::Fine => t!("monitors-reason-fine"),
        Reason::Called => t!("monitors-reason-called"),
        Reason::Missed => t!("monitors-reason-missed"),
        Reason::Status => t!("monitors-reason-status"),
        Reason::Body => t!("monitors-reason-body"),
        Reason::Header => t!("monitors-reason-header"),
        Reason::Json => t!("monitors-reason-json"),
        Reason::Expiry => t!("monitors-reason-expiry"),
        Reason::Tls => t!("monitors-reason-tls"),
        Reason::Certificate => t!("monitors-reason-certificate"),
        Reason::Answer => t!("monitors-reason-answer"),
        Reason::Rcode => t!("monitors-reason-rcode"),
        Reason::Loss => t!("monitors-reason-loss"),
        Reason::Slow => t!("monitors-reason-slow"),
        Reason::Unhealthy => t!("monitors-reason-unhealthy"),
        Reason::Login => t!("monitors-reason-login"),
        Reason::Quorum => t!("monitors-reason-quorum"),
        Reason::LocationLost => t!("monitors-reason-location-lost"),
        Reason::NotPermitted => t!("monitors-reason-not-permitted"),
        Reason::Timeout => t!("monitors-reason-timeout"),
        Reason::Connect => t!("monitors-reason-connect"),
        Reason::Protocol => t!("monitors-reason-protocol"),
        Reason::Redirect => t!("monitors-reason-redirect"),
        Reason::NoSuchName => t!("monitors-reason-no-such-name"),
        Reason::Dns => t!("monitors-reason-dns"),
        Reason::RefusedAddress => t!("monitors-reason-refused-address"),
        Reason::InvalidRequest => t!("monitors-reason-invalid-request"),
        Reason::Unreadable => t!("monitors-reason-unreadable"),
    }
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
