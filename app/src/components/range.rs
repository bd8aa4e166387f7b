//! The span that a page shows: `from` and `to` in the URL, presets, and a form for any other.

use domain::{Fault, Span, Timestamp, Wording, time::parse_wall};
use leptos::prelude::*;

use super::{Button, Here, Icon};
use crate::{
    t,
    visit::{Visit, use_visit},
};

/// Reads a moment: `now`, `now-6h`, `now-7d-6h`, `now-1d/d` (rounded down to the day in the zone), RFC 3339, or wall
/// time in the zone. Units: `m`, `h`, `d`, `w`.
pub fn parse_moment(text: &str, now: Timestamp, zone: &jiff::tz::TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    let Some(rest) = text.strip_prefix("now") else {
        return Timestamp::parse_rfc3339(text).or_else(|| parse_wall(text, zone));
    };
    let (offsets, to_day) = rest.strip_suffix("/d").map_or((rest, false), |rest| (rest, true));
    let mut at = now;
    let mut rest = offsets;
    while !rest.is_empty() {
        let sign = match rest.as_bytes()[0] {
            b'-' => -1,
            b'+' => 1,
            _ => return None,
        };
        let digits = rest[1..].bytes().take_while(u8::is_ascii_digit).count();
        let count: i64 = rest[1..=digits].parse().ok().filter(|n| *n <= 100_000)?;
        let unit = match rest.as_bytes().get(digits + 1)? {
            b'm' => domain::time::MINUTE,
            b'h' => domain::time::HOUR,
            b'd' => domain::time::DAY,
            b'w' => 7 * domain::time::DAY,
            _ => return None,
        };
        at = at.plus(sign * count * unit);
        rest = &rest[digits + 2..];
    }
    if to_day {
        let day = at.jiff().to_zoned(zone.clone()).start_of_day().ok()?;
        at = Timestamp(day.timestamp().as_millisecond());
    }
    Some(at)
}

/// The span of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeRange {
    /// `from` as it stands in the URL, e.g. `now-6h`.
    pub from: String,
    /// `to` as it stands in the URL, e.g. `now`.
    pub to: String,
    /// What that is at the moment of the visit.
    pub span: Span,
}

impl TimeRange {
    /// Reads the two parameters; empty ones take the default, e.g. `now-6h`, to `now`.
    /// [`Fault::Invalid`] names the parameter.
    pub fn parse(visit: &Visit, from: &str, to: &str, default: &str) -> Result<Self, Fault> {
        let from = if from.trim().is_empty() { default } else { from.trim() };
        let to = if to.trim().is_empty() { "now" } else { to.trim() };
        let read = |field: &str, text: &str| {
            parse_moment(text, visit.now, &visit.zone).ok_or_else(|| Fault::invalid(field, text, Wording::new("expect-moment")))
        };
        let span = Span::new(read("from", from)?, read("to", to)?)
            .ok_or_else(|| Fault::invalid("to", to, Wording::new("expect-after").with("earlier", from)))?;
        Ok(Self { from: from.to_owned(), to: to.to_owned(), span })
    }

    /// Reads them out of the URL of the visit.
    pub fn of(visit: &Visit, default: &str) -> Result<Self, Fault> {
        let here = Here::parse(&visit.path_and_query);
        Self::parse(visit, here.get("from"), here.get("to"), default)
    }

    /// Whether it follows the clock.
    pub fn follows(&self) -> bool {
        self.to == "now"
    }
}

const PRESETS: &[(&str, &str, &str)] = &[
    ("range-15m", "now-15m", "now"),
    ("range-1h", "now-1h", "now"),
    ("range-6h", "now-6h", "now"),
    ("range-24h", "now-24h", "now"),
    ("range-7d", "now-7d", "now"),
    ("range-yesterday", "now-1d/d", "now/d"),
];

/// For what is kept for so long.
const LONG: &[(&str, &str, &str)] = &[("range-30d", "now-30d", "now"), ("range-13mo", "now-396d", "now")];

/// Presets, the same span a week before, and a form for any other. All links and a GET form: needs no JavaScript.
#[component]
pub fn RangePicker(
    /// The span that is shown.
    range: TimeRange,
    /// Whether spans of months make sense.
    #[prop(optional)]
    long: bool,
) -> impl IntoView {
    let visit = use_visit();
    let here = Here::now().without("after");
    let presets = || PRESETS.iter().chain(if long { LONG } else { &[] });
    let preset = presets().any(|(_, from, to)| *from == range.from && *to == range.to);
    let links = presets()
        .map(|(key, from, to)| {
            let shown = (*from == range.from && *to == range.to).then_some("true");
            let href = here.clone().with("from", from).with("to", to).href();
            view! { <a href=href aria-current=shown>{t!(key)}</a> }
        })
        .collect_view();
    let week = domain::transactions::span_before(range.span, 7, &visit.zone);
    let wall = |at: Timestamp| visit.wall(at).replace(' ', "T");
    let earlier = here.clone().with("from", wall(week.from)).with("to", wall(week.to)).href();
    let others = here
        .pairs()
        .iter()
        .filter(|(name, _)| name != "from" && name != "to")
        .map(|(name, value)| view! { <input type="hidden" name=name.clone() value=value.clone()/> })
        .collect_view();
    let shown = format!("{} – {} {}", visit.wall(range.span.from), visit.wall(range.span.to), visit.offset_label());
    view! {
        <div class="range">
            <nav class="facets" aria-label=t!("range-label")>
                {links}
                <a href=earlier>{t!("range-last-week")}</a>
            </nav>
            <details>
                <summary class="button" data-size="small" aria-current=(!preset).then_some("true")>
                    <Icon name="calendar-range"/>
                    {t!("range-own")}
                </summary>
                <form class="range-own" method="get" action=here.path.clone()>
                    {others}
                    <label class="field"><span>{t!("range-from")}</span><input class="input" name="from" value=wall(range.span.from)/></label>
                    <label class="field"><span>{t!("range-to")}</span><input class="input" name="to" value=wall(range.span.to)/></label>
                    <p class="field-hint">{t!("range-hint", zone = visit.zone_name.clone())}</p>
                    <Button label=t!("range-show")/>
                </form>
            </details>
            <span class="range-shown" data-from=range.span.from.rfc3339() data-to=range.span.to.rfc3339()>{shown}</span>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<String> {
        let now = Timestamp::parse_rfc3339("2025-03-14T06:05:30Z").unwrap();
        parse_moment(text, now, &domain::time::zone("Asia/Shanghai").unwrap()).map(Timestamp::rfc3339)
    }

    #[test]
    fn moments_are_read() {
        assert_eq!(at("now").unwrap(), "2025-03-14T06:05:30.000Z");
        assert_eq!(at("now-6h").unwrap(), "2025-03-14T00:05:30.000Z");
        assert_eq!(at("now-7d-6h").unwrap(), "2025-03-07T00:05:30.000Z");
        assert_eq!(at("now/d").unwrap(), "2025-03-13T16:00:00.000Z");
        assert_eq!(at("now-1d/d").unwrap(), "2025-03-12T16:00:00.000Z");
        assert_eq!(at("2025-03-14T14:05").unwrap(), "2025-03-14T06:05:00.000Z");
        assert_eq!(at("2025-03-14T14:05:00Z").unwrap(), "2025-03-14T14:05:00.000Z");
    }

    #[test]
    fn rubbish_is_refused() {
        for bad in ["", "now-", "now-6", "now6h", "now-6y", "now-é", "now-9999999999h", "yesterday"] {
            assert_eq!(at(bad), None, "{bad}");
        }
    }
}
