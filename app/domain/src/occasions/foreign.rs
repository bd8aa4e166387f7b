//! What a foreign calendar brings.

use jiff::civil::Date;

use super::content::days_text;
use crate::{Wording, form::Typed};

/// An event of a foreign calendar, as far as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign {
    /// What it is called.
    pub name: String,
    /// First day, `2025-10-01`.
    pub first: String,
    /// Last day.
    pub last: String,
    /// RRULE; empty where it does not come again.
    pub rrule: String,
    /// Days that are left out of that.
    pub without: Vec<Date>,
}

/// What became of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// What it is called.
    pub name: String,
    /// Its first day, as far as it was read.
    pub first: String,
    /// Why it was left out; `null` where it was taken.
    pub why: Option<Wording>,
}

/// What became of a foreign calendar, or would become of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Event by event.
    pub events: Vec<Taken>,
    /// How many were taken.
    pub taken: usize,
}

/// The fields of an event as an occasion of this kind, zone and team.
pub fn as_typed(event: &Foreign, asked: &Typed) -> Typed {
    let mut typed = Typed::default();
    for name in ["kind", "zone", "team"] {
        typed.set(name, asked.get(name));
    }
    typed.set("name", event.name.chars().take(120).collect::<String>());
    typed.set("first", &event.first);
    typed.set("last", &event.last);
    typed.set("rrule", &event.rrule);
    typed.set("without", days_text(&event.without));
    typed
}
