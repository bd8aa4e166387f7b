//! What makes a day of the past comparable: the same time of the wall, and the same kind of day.
//!
//! As with the expected band, hours of occasions (holidays, paydays, events) are no measure of what is usual. A window within one is held
//! against the past of its kind; failures and latency against ordinary days too, while a volume of a kind that the past does not know
//! is not judged.

use domain::{
    Fault, Span, Timestamp,
    id::SystemId,
    occasions::{Kind, kind_in},
    rules::Measure,
    time,
};
use jiff::tz::TimeZone;
use sqlx::AnyConnection;

use crate::{occasions, systems};

/// Occasions of a system over a span.
pub(super) async fn read(conn: &mut AnyConnection, system: &SystemId, span: Span) -> Result<Vec<(Kind, Span)>, Fault> {
    let team = systems::brief(conn, system).await?.team;
    occasions::special(conn, vec![team], span).await
}

/// Within what kind of occasion a window lies, if any.
pub(super) fn kind(special: &[(Kind, Span)], at: Timestamp, width: i64) -> Option<Kind> {
    kind_in(special, Span { from: at, to: at.plus(width) })
}

/// Whether a window of one kind is a measure of one of another.
pub(super) fn takes(measure: Measure, of: Option<Kind>, past: Option<Kind>) -> bool {
    past == of || (past.is_none() && measure != Measure::Volume)
}

/// The zone whose wall tells the same time of another day; where none is named one in which every day has 24 hours.
pub(super) fn zone(name: &str) -> TimeZone {
    time::zone(name).unwrap_or(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use domain::transactions::days_before;

    use super::*;

    #[test]
    fn the_time_of_the_wall_is_kept_over_a_change_of_clocks() {
        let at = |text: &str| Timestamp::parse_rfc3339(text).unwrap();
        let after = at("2026-03-31T09:00:00+02:00");
        assert_eq!(days_before(after, 3, &zone("Europe/Berlin")), at("2026-03-28T09:00:00+01:00"));
        assert_eq!(days_before(after, 3, &zone("")), at("2026-03-28T07:00:00Z"));
    }

    #[test]
    fn a_volume_is_held_against_its_kind_of_day_only() {
        let payday = Some(Kind::Payday);
        assert!(takes(Measure::Volume, payday, payday) && !takes(Measure::Volume, payday, None) && takes(Measure::Success, payday, None));
        assert!(!takes(Measure::Success, None, payday) && takes(Measure::Volume, None, None));
    }
}
