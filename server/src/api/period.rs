//! The zone and the span of a question, as the endpoints on counts read them alike.

use domain::{Fault, Span, Timestamp, Wording, form::Typed, people::Identity};
use jiff::tz::TimeZone;

/// The zone of a question and its IANA name: the field `zone`, or that of the caller, or UTC.
///
/// # Errors
/// [`Fault::Invalid`] for a name that no zone has.
pub(super) fn zone(typed: &Typed, identity: Option<Identity>) -> Result<(String, TimeZone), Fault> {
    let own = identity.and_then(|identity| identity.preferences.zone);
    let name = if typed.get("zone").is_empty() { own.unwrap_or_else(|| "UTC".to_owned()) } else { typed.get("zone").to_owned() };
    let zone = domain::time::zone(&name).ok_or_else(|| Fault::invalid("zone", &name, Wording::new("expect-zone")))?;
    Ok((name, zone))
}

/// The span of the fields `from` and `to`: the last hour where they are not given.
///
/// # Errors
/// [`Fault::Invalid`] names the field that is no moment, or `to` where it comes before `from`.
pub(super) fn span(typed: &Typed, now: Timestamp, zone: &TimeZone) -> Result<Span, Fault> {
    let moment = |field: &str, default: &str| {
        let text = if typed.get(field).is_empty() { default } else { typed.get(field) };
        app::components::parse_moment(text, now, zone).ok_or_else(|| Fault::invalid(field, text, Wording::new("expect-moment")))
    };
    let (from, to) = (moment("from", "now-1h")?, moment("to", "now")?);
    Span::new(from, to)
        .ok_or_else(|| Fault::invalid("to", typed.get("to"), Wording::new("expect-after").with("earlier", typed.get("from"))))
}
