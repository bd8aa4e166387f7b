//! Delegation: somebody approves in the place of another, until a day that was said when it was given.

use serde::{Deserialize, Serialize};

use crate::{
    Fault, Timestamp, Wording,
    form::{Check, Typed},
    id::{DelegationId, UserId},
    text::Name,
    time::{DAY, parse_wall, zone},
};

/// Longest that approval may be delegated, in milliseconds: 90 days.
const LONGEST: i64 = 90 * DAY;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelegation {
    /// Who approves instead, by id or login.
    pub to: String,
    /// Until when.
    pub until: Timestamp,
    /// Why.
    pub reason: String,
}

/// A delegation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delegation {
    /// Its id.
    pub id: DelegationId,
    /// Whose approval it is.
    pub from: UserId,
    /// Their name.
    pub from_name: String,
    /// Who gives it.
    pub to: UserId,
    /// Their name.
    pub to_name: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when; the moment itself is over.
    pub until: Timestamp,
    /// Why.
    pub reason: String,
}

impl NewDelegation {
    /// Reads `to`, `until` (wall time), `zone` and `reason`.
    pub fn parse(typed: &Typed, now: Timestamp) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(&["to", "until", "zone", "reason"]);
        let to = check.field("to", |text| {
            let text = text.trim();
            if text.is_empty() { Err(Wording::new("expect-choice")) } else { Ok(text.to_owned()) }
        });
        let tz = check.field("zone", |text| zone(text.trim()).ok_or_else(|| Wording::new("expect-zone")));
        let until = check.field("until", |text| {
            let wrong = || Wording::new("changes-expect-wall-time");
            let at = tz.as_ref().and_then(|tz| parse_wall(text.trim(), tz)).ok_or_else(wrong)?;
            let most = Wording::new("changes-expect-delegation").with("max", LONGEST / DAY);
            if at > now && at.since(now) <= LONGEST { Ok(at) } else { Err(most) }
        });
        let reason = check.field("reason", Name::parse);
        let (to, _, until, reason) = check.finish((to, tz, until, reason))?;
        Ok(Self { to, until, reason: reason.into_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_and_says_why() {
        let now = Timestamp::parse_rfc3339("2025-03-14T06:00:00Z").unwrap();
        let parse = |to: &str, until: &str, reason: &str| {
            let fields = [("to", to), ("until", until), ("zone", "UTC"), ("reason", reason)];
            NewDelegation::parse(&Typed::from_pairs(fields.map(|(k, v)| (k.to_owned(), v.to_owned()))), now)
        };
        assert_eq!(parse("alan", "2025-03-20T08:00", "leave").unwrap().until.rfc3339(), "2025-03-20T08:00:00.000Z");
        let fields =
            |result: Result<NewDelegation, Fault>| result.unwrap_err().problems().iter().map(|p| p.field.clone()).collect::<Vec<_>>();
        assert_eq!(fields(parse("", "2025-03-14T06:00", "")), ["to", "until", "reason"]);
        assert_eq!(fields(parse("alan", "2025-07-14T06:00", "leave")), ["until"]);
        assert_eq!(fields(parse("alan", "never", "leave")), ["until"]);
    }
}
