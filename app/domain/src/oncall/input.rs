//! What people type to cover a shift, or to swap it.

use crate::{
    Fault, Span, Timestamp, Wording,
    changes::Window,
    form::{Check, Typed},
    id::UserId,
    text::Name,
    time::DAY,
};

use super::is_told;

/// Names of the fields of a cover.
pub const COVER_FIELDS: &[&str] = &["person", "start", "end", "zone", "reason"];
/// Names of the fields of a swap.
pub const SWAP_FIELDS: &[&str] = &["gives", "takes"];

/// Somebody takes over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverInput {
    /// Who.
    pub person: UserId,
    /// When.
    pub window: Window,
    /// Why, one line; may be empty.
    pub reason: String,
}

impl CoverInput {
    /// Reads `person` (an id, or `me`), `start` and `end` as wall time, `zone` (that of the schedule where it is empty),
    /// `reason`.
    pub fn parse(typed: &Typed, me: Option<&UserId>, zone: &str) -> Result<Self, Fault> {
        let mut typed = typed.clone();
        if typed.get("zone").trim().is_empty() {
            typed.set("zone", zone);
        }
        let mut check = Check::new(&typed);
        check.only(COVER_FIELDS);
        let person = check.field("person", |text| match (text.trim(), me) {
            ("me", Some(me)) => Ok(me.clone()),
            (text, _) => UserId::parse(text).ok_or_else(|| Wording::new("oncall-expect-person")),
        });
        let window = Window::parse(&mut check);
        let reason = check.optional("reason", Name::parse);
        let (person, window, reason) = check.finish((person, window, reason))?;
        Ok(Self { person, window, reason: reason.map(Name::into_string).unwrap_or_default() })
    }
}

/// One shift for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SwapInput {
    /// What whoever offers gives away.
    pub gives: Span,
    /// What they ask for.
    pub takes: Span,
}

impl SwapInput {
    /// Reads `gives` and `takes`, each as two moments of RFC 3339 with a slash between.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(SWAP_FIELDS);
        let gives = check.field("gives", read_span);
        let takes = check.field("takes", read_span);
        let (gives, takes) = check.finish((gives, takes))?;
        if gives.overlaps(takes) {
            return Err(Fault::invalid("takes", typed.get("takes"), Wording::new("oncall-expect-apart")));
        }
        Ok(Self { gives, takes })
    }

    /// A span as it is typed.
    pub fn text(span: Span) -> String {
        format!("{}/{}", span.from.rfc3339(), span.to.rfc3339())
    }
}

/// No shift is longer: 31 days.
const LONGEST_SHIFT: i64 = 31 * DAY;

fn read_span(text: &str) -> Result<Span, Wording> {
    let read = || {
        let (from, to) = text.trim().split_once('/')?;
        let span = Span::new(Timestamp::parse_rfc3339(from)?, Timestamp::parse_rfc3339(to)?)?;
        (span.length() <= LONGEST_SHIFT && is_told(span.from) && is_told(span.to)).then_some(span)
    };
    read().ok_or_else(|| Wording::new("oncall-expect-shift"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(pairs: &[(&str, &str)]) -> Typed {
        Typed::from_pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn a_cover_is_in_the_zone_of_its_schedule() {
        let me = UserId::parse("00000000-0000-7000-8000-000000000001").unwrap();
        let cover = CoverInput::parse(
            &typed(&[("person", "me"), ("start", "2025-03-14T18:00"), ("end", "2025-03-15 09:00")]),
            Some(&me),
            "Asia/Shanghai",
        )
        .unwrap();
        assert_eq!((cover.person, cover.window.span.from.rfc3339().as_str()), (me, "2025-03-14T10:00:00.000Z"));
        let fault = CoverInput::parse(&typed(&[("person", "me"), ("end", "x"), ("why", "y")]), None, "UTC").unwrap_err();
        assert_eq!(fault.problems().iter().map(|p| p.field.as_str()).collect::<Vec<_>>(), ["why", "person", "start", "end"]);
    }

    #[test]
    fn a_swap_is_of_two_shifts() {
        let a = "2025-03-14T09:00:00Z/2025-03-15T09:00:00Z";
        let b = "2025-03-21T09:00:00Z/2025-03-22T09:00:00Z";
        let swap = SwapInput::parse(&typed(&[("gives", a), ("takes", b)])).unwrap();
        assert_eq!(SwapInput::text(swap.gives), "2025-03-14T09:00:00.000Z/2025-03-15T09:00:00.000Z");
        assert_eq!(SwapInput::parse(&typed(&[("gives", a), ("takes", a)])).unwrap_err().problems()[0].field, "takes");
        assert_eq!(SwapInput::parse(&typed(&[("gives", "x")])).unwrap_err().problems().len(), 2);
    }
}
