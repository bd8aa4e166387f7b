//! Maintenance that comes again: an RRULE, a wall time, and a zone.

use serde::{Deserialize, Serialize};

use crate::{
    Fault, Timestamp, Wording,
    alerts::{
        Recurrence,
        recurrence::{LONGEST_MIN, Written},
    },
    form::{Check, Typed},
};

/// Maintenance of a monitor that comes again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RecurringMaintenance))]
pub struct Recurring {
    /// When it comes.
    #[serde(flatten)]
    pub rule: Recurrence,
    /// When it begins next; `null` where it is over for good.
    pub next_at: Option<Timestamp>,
}

impl Recurring {
    /// Reads `rrule`, `start` (wall time), `minutes` and `zone`; without a rule it is none. Something of it must lie ahead.
    pub fn parse(typed: &Typed, now: Timestamp) -> Result<Option<Self>, Fault> {
        let mut check = Check::new(typed);
        check.only(&["rrule", "start", "minutes", "zone"]);
        if typed.get("rrule").trim().is_empty() {
            return check.finish((Some(()),)).map(|_| None);
        }
        let minutes = check.number("minutes", 1, LONGEST_MIN);
        let text = |field: &str| typed.get(field).trim().to_owned();
        let written = Written { rrule: text("rrule"), start: text("start"), minutes: minutes.unwrap_or(1), zone: text("zone") };
        let rule = match Recurrence::new(written) {
            Ok(rule) if rule.is_over(now) => {
                check.problem("rrule", Wording::new("monitors-expect-ahead"));
                None
            }
            Ok(rule) => Some(rule),
            Err((field, wording)) => {
                check.problem(field, wording);
                None
            }
        };
        let (_, rule) = check.finish((minutes, rule))?;
        let next_at = rule.now_or_next(now).map(|span| span.from);
        Ok(Some(Self { rule, next_at }))
    }

    /// The same as fields of a form.
    pub fn to_typed(&self) -> Typed {
        let written = self.rule.written();
        let mut typed = Typed::default();
        typed.set("rrule", &written.rrule);
        typed.set("start", &written.start);
        typed.set("minutes", written.minutes);
        typed.set("zone", &written.zone);
        typed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_recurs_lies_ahead_and_everything_wrong_is_told() {
        let now = Timestamp::parse_rfc3339("2025-03-14T06:00:00Z").unwrap();
        let parse = |rrule: &str, start: &str, minutes: &str, zone: &str| {
            let fields = [("rrule", rrule), ("start", start), ("minutes", minutes), ("zone", zone)];
            Recurring::parse(&Typed::from_pairs(fields.map(|(n, v)| (n.to_owned(), v.to_owned()))), now)
        };
        let weekly = parse("FREQ=WEEKLY;BYDAY=SU", "2025-03-01T02:00", "90", "Asia/Shanghai").unwrap().unwrap();
        assert_eq!(weekly.next_at.unwrap().rfc3339(), "2025-03-15T18:00:00.000Z");
        let running = parse("FREQ=DAILY", "2025-03-01T13:30", "60", "Asia/Shanghai").unwrap().unwrap();
        assert_eq!(running.next_at.unwrap().rfc3339(), "2025-03-14T05:30:00.000Z", "the one that runs counts");
        assert_eq!(parse("", "", "", ""), Ok(None));
        let wrong = |rrule: &str, start: &str, minutes: &str, zone: &str| -> Vec<String> {
            parse(rrule, start, minutes, zone).unwrap_err().problems().iter().map(|problem| problem.field.clone()).collect()
        };
        assert_eq!(wrong("FREQ=DAILY", "2025-03-01T13:30", "0", "Mars"), ["minutes", "zone"]);
        assert_eq!(wrong("FREQ=SOMETIMES", "2025-03-01T13:30", "5", "UTC"), ["rrule"]);
        assert_eq!(wrong("FREQ=DAILY;UNTIL=20250301T000000Z", "2025-02-01T13:30", "5", "UTC"), ["rrule"]);
        let typed = weekly.to_typed();
        assert_eq!(Recurring::parse(&typed, now), Ok(Some(weekly)));
    }
}
