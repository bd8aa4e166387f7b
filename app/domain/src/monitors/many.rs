//! One act on several monitors at once.

use crate::{
    Fault, Wording,
    form::{Check, Typed},
    id::MonitorId,
    words::words,
};

/// Every field of it.
pub const MANY_FIELDS: &[&str] = &["id", "act", "for", "next"];
/// Monitors at once.
const MOST: usize = 500;
/// Longest maintenance, in seconds.
const LONGEST_S: i64 = 30 * 86_400;

words! {
    /// What is done.
    pub enum Act {
        /// Checks are suspended.
        Pause = "pause",
        /// They are taken up again.
        Resume = "resume",
        /// They go on but tell nobody.
        Maintain = "maintain",
        /// That is over.
        EndMaintenance = "end-maintenance",
    }
}

/// What is done with which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Many {
    /// The monitors, each once, in the order of their ids.
    pub ids: Vec<MonitorId>,
    /// What is done.
    pub act: Act,
    /// Milliseconds of maintenance.
    pub for_ms: i64,
}

impl Many {
    /// Reads `id` (repeated), `act` and, with `maintain`, `for` (seconds).
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(MANY_FIELDS);
        let ids = check.each("id", |text| MonitorId::parse(text).ok_or_else(|| Wording::new("expect-id")));
        if ids.as_ref().is_some_and(|ids| ids.is_empty() || ids.len() > MOST) {
            check.problem("id", Wording::new("monitors-expect-some").with("max", MOST));
        }
        let choices: Vec<(&str, Act)> = Act::ALL.iter().map(|act| (act.name(), *act)).collect();
        let act = check.choice("act", &choices);
        let seconds = if act == Some(Act::Maintain) { check.number("for", 1, LONGEST_S) } else { Some(0) };
        let (mut ids, act, seconds) = check.finish((ids, act, seconds))?;
        // In one order, so that two such acts wait for each other and not both for ever.
        ids.sort();
        ids.dedup();
        Ok(Self { ids, act, for_ms: seconds * 1_000 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_monitors_and_an_act() {
        let id = "0193f2a0-7b1c-7def-8abc-0123456789ab";
        let mut typed = Typed::default();
        typed.set("act", "maintain");
        assert_eq!(Many::parse(&typed).unwrap_err().problems().len(), 2);
        typed.add("id", id);
        typed.add("id", id);
        typed.set("for", 60);
        let many = Many::parse(&typed).unwrap();
        assert_eq!((many.ids.len(), many.act, many.for_ms), (1, Act::Maintain, 60_000));
        typed.set("act", "explode");
        assert!(Many::parse(&typed).is_err());
    }
}
