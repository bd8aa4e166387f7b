//! A check by waiting to be called.

use serde::{Deserialize, Serialize};

use super::parse_seconds;
use crate::form::{Check, Typed};

/// A check by waiting to be called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Heartbeat {
    /// Seconds within which the next call must come, 10 s–32 days.
    pub deadline_s: u32,
    /// Seconds that it may be late, 0–1 day.
    pub grace_s: u32,
}

impl Heartbeat {
    pub(super) fn parse(check: &mut Check<'_>) -> Option<Self> {
        let deadline_s = check.field("deadline", |text| parse_seconds(text, 10, 32 * 86_400));
        let grace_s = check.optional("grace", |text| parse_seconds(text, 0, 86_400));
        Some(Self { deadline_s: deadline_s?, grace_s: grace_s?.unwrap_or(0) })
    }

    pub(super) fn fill(&self, typed: &mut Typed) {
        typed.set("deadline", self.deadline_s);
        typed.set("grace", self.grace_s);
    }
}
