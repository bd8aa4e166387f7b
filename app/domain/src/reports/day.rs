//! The report of a day, and how it is read.

use jiff::{civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::{Worst, worst};
use crate::{
    Actor, Fault, Portal, Span, Timestamp, Wording,
    alerts::Severity,
    changes::number_text,
    overview::Events,
    time::{DAY, MINUTE, parse_day},
    transactions::{Analysis, CODE, CodeRow, Filter, Question, Sort, Tables, Totals, span_before, standing_for},
};

/// Values of a table.
const TOP: usize = 10;
/// Merchants among which the worst are looked for: all of them.
const ALL: usize = 1_000_000;

/// An incident of the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Happening {
    /// Its number.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// How bad it was.
    pub severity: Severity,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was over; `null` while it lasts.
    pub resolved_at: Option<Timestamp>,
}

/// A change of the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Planned {
    /// Its id.
    pub id: String,
    /// Its number, e.g. `CHG-214`.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub state: String,
    /// When it ran, or may run.
    pub span: Span,
}

/// A code of the day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DayCode {
    /// Its failures and those of last week.
    #[serde(flatten)]
    pub row: CodeRow,
    /// Failures of the day before, up to the same hour.
    pub yesterday: u64,
}

/// What the morning meeting wants to know of a day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DayReport {
    /// The day, e.g. `2025-03-14`.
    pub date: String,
    /// The zone whose day it is.
    pub zone: String,
    /// The zone whose days are counted: `UTC` where hours are no longer kept of the day, the day before or last week.
    pub counted_zone: String,
    /// From when to when; to the present while the day lasts.
    pub span: Span,
    /// Whether the day is over.
    pub over: bool,
    /// Counts of the day.
    pub totals: Totals,
    /// Counts of the day before, up to the same hour.
    pub yesterday: Totals,
    /// Counts of the same day last week, up to the same hour.
    pub last_week: Totals,
    /// Failures by code, most first.
    pub codes: Vec<DayCode>,
    /// Merchants that failed most beyond their own rate of last week.
    pub merchants: Vec<Worst>,
    /// Links that did.
    pub links: Vec<Worst>,
    /// Incidents that were open on the day.
    pub incidents: Vec<Happening>,
    /// Changes that ran, or may run, on the day.
    pub changes: Vec<Planned>,
}

/// The day that a text names; the empty text is yesterday, `today` the day that lasts.
///
/// # Errors
/// [`Fault::Invalid`] names the field `date`.
pub fn day_of(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Date, Fault> {
    let wrong = || Fault::invalid("date", text, Wording::new("reports-expect-date"));
    let today = now.jiff().to_zoned(zone.clone()).date();
    let day = match text.trim() {
        "" => today.yesterday().map_err(|_| wrong())?,
        "today" => today,
        text => parse_day(text).ok_or_else(wrong)?,
    };
    if day > today || day.year() < 2000 { Err(wrong()) } else { Ok(day) }
}

fn start(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    day.to_zoned(zone.clone()).ok().map(|zoned| Timestamp(zoned.timestamp().as_millisecond()))
}

/// A day from its beginning to that of the next one.
fn whole(day: Date, zone: &TimeZone) -> Result<Span, Fault> {
    let tomorrow = day.tomorrow().map_err(|_| Fault::Internal)?;
    let (from, to) = start(day, zone).zip(start(tomorrow, zone)).ok_or(Fault::Internal)?;
    Ok(Span { from, to })
}

/// What of a day there has been by now.
fn so_far(day: Span, now: Timestamp) -> Span {
    Span { to: day.to.min(now).max(day.from.plus(1)), ..day }
}

/// Whether more was counted than what was asked for, be it widened to the whole minute that goes on.
fn wider(asked: Span, counted: Span) -> bool {
    counted.from < asked.from.floor(MINUTE) || counted.to > asked.to.plus(MINUTE - 1).floor(MINUTE)
}

/// Counts of a day and of the day before, both beside last week.
struct Counts {
    today: Analysis,
    yesterday: Analysis,
    /// Whether more was counted than these days: where hours are no longer kept there are days of UTC only.
    wider: bool,
    /// The dimensions that stand for merchants and links.
    by: [String; 2],
}

async fn count(portal: &Portal, actor: &Actor, (day, now): (Date, Timestamp), zone_name: &str, zone: &TimeZone) -> Result<Counts, Fault> {
    let span = so_far(whole(day, zone)?, now);
    let before = day.yesterday().ok().and_then(|day| start(day, zone)).unwrap_or_else(|| span.from.plus(-DAY));
    let day_before = Span { from: before, to: before.plus(span.length()).min(span.from).max(before.plus(1)) };
    let week = span_before(span, 7, zone);
    let ask = |span: Span, top: usize, tables: &[&str]| Question {
        span,
        filter: Filter::default(),
        zone: zone_name.to_owned(),
        sort: Sort::Failures,
        top,
        tables: Tables::Of(tables.iter().map(|table| (*table).to_owned()).collect()),
    };
    let [merchants, links] = ["merchant", "link"].map(|name| standing_for(portal, actor, name, span, zone_name));
    let by = [merchants.await?, links.await?];
    let tables = [CODE, by[0].as_str(), by[1].as_str()];
    let today = portal.transactions.analyse(actor, &ask(span, ALL, &tables)).await?;
    let yesterday = portal.transactions.analyse(actor, &ask(day_before, ALL, &tables)).await?;
    let wider = wider(span, today.span) || wider(week, today.before_span) || wider(day_before, yesterday.span);
    Ok(Counts { today, yesterday, wider, by })
}

/// Reads the report of a day with the reader's own authority. Whoever may see no incidents or changes gets none.
///
/// A day of another zone than UTC lies in two days of UTC. Where nothing finer is kept, those of UTC by the same dates are counted.
pub async fn read(portal: &Portal, actor: &Actor, day: Date, zone_name: &str, zone: &TimeZone) -> Result<DayReport, Fault> {
    let now = portal.clock.now();
    let (own, utc) = (whole(day, zone)?, whole(day, &TimeZone::UTC)?);
    let mut counts = count(portal, actor, (day, now), zone_name, zone).await?;
    let mut counted_zone = zone_name;
    if counts.wider && utc.to <= now {
        counted_zone = "UTC";
        counts = count(portal, actor, (day, now), counted_zone, &TimeZone::UTC).await?;
    }
    // What began at this very moment belongs to the day.
    let span = so_far(own, now);
    let happened = Span { to: own.to.min(now.plus(1)).max(span.to), ..span };
    let events = match portal.overview.events(actor, happened).await {
        Err(Fault::Forbidden(_)) => Events { changes: Vec::new(), incidents: Vec::new() },
        read => read?,
    };
    Ok(report(day, (zone_name, counted_zone), (span, span.to == own.to), counts, events))
}

fn report(day: Date, (zone, counted_zone): (&str, &str), (span, over): (Span, bool), counts: Counts, events: Events) -> DayReport {
    let Counts { today, yesterday, by, .. } = counts;
    let [merchants, links] = by.map(|name| worst(today.rows(&name), yesterday.rows(&name), &today.before, TOP));
    let of_yesterday = |code: &str| yesterday.codes.iter().find(|row| row.code == code).map_or(0, |row| row.failed);
    let codes = today.codes.into_iter().filter(|code| code.failed > 0).take(TOP);
    let codes = codes.map(|row| DayCode { yesterday: of_yesterday(&row.code), row }).collect();
    DayReport {
        date: day.to_string(),
        zone: zone.to_owned(),
        counted_zone: counted_zone.to_owned(),
        span,
        over,
        totals: today.totals,
        yesterday: yesterday.totals,
        last_week: today.before,
        codes,
        merchants,
        links,
        incidents: events
            .incidents
            .into_iter()
            .map(|incident| Happening {
                number: incident.number,
                title: incident.title,
                severity: incident.severity,
                opened_at: incident.opened_at,
                resolved_at: incident.resolved_at,
            })
            .collect(),
        changes: events
            .changes
            .into_iter()
            .map(|change| Planned {
                id: change.id.to_string(),
                number: number_text(change.number),
                span: change.busy(),
                state: change.state.name().to_owned(),
                title: change.title,
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_minutes_are_no_wider_and_hours_and_days_of_utc_are() {
        let span = |from: &str, to: &str| Span { from: Timestamp::parse_rfc3339(from).unwrap(), to: Timestamp::parse_rfc3339(to).unwrap() };
        // A day of Kolkata by minutes, by hours and by days of UTC; one of UTC is what it is.
        let asked = span("2024-11-19T18:30:00Z", "2024-11-20T18:30:00Z");
        assert!(!wider(asked, asked));
        assert!(wider(asked, span("2024-11-19T18:00:00Z", "2024-11-20T19:00:00Z")), "an hour of the next day");
        assert!(wider(asked, span("2024-11-19T00:00:00Z", "2024-11-20T19:00:00Z")));
        assert!(wider(asked, span("2024-11-19T18:00:00Z", "2024-11-21T00:00:00Z")));
        let utc = span("2024-11-20T00:00:00Z", "2024-11-21T00:00:00Z");
        assert!(!wider(utc, utc));
    }

    #[test]
    fn a_day_is_named_or_meant() {
        let zone = crate::time::zone("Asia/Shanghai").unwrap();
        let now = Timestamp::parse_rfc3339("2025-03-13T20:00:00Z").unwrap();
        for (text, day) in [
            ("", Some("2025-03-13")),
            ("today", Some("2025-03-14")),
            ("2025-03-01", Some("2025-03-01")),
            ("2025-03-15", None),
            ("yesterday", None),
            ("2025-02-30", None),
        ] {
            assert_eq!(day_of(text, now, &zone).ok().map(|day| day.to_string()).as_deref(), day, "{text}");
        }
    }
}
