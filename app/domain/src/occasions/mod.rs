//! Occasions: days that are not like others. Holidays, paydays, sales, closings of the books.
//!
//! What is expected of a system leaves them out of what is usual, and expects of the next one what the last ones brought; the calendar of
//! changes shows them. An occasion is whole days of a zone, once or again and again (RRULE), of everybody or of one team.

mod content;
mod foreign;
mod port;

pub use content::{Content, FIELDS, Kind, days_text};
pub use foreign::{Foreign, Report, Taken, as_typed};
pub use port::Occasions;

use serde::{Deserialize, Serialize};

use crate::{Span, Timestamp, id::OccasionId};

/// An occasion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Occasion {
    /// Its id.
    pub id: OccasionId,
    /// What it says.
    #[serde(flatten)]
    pub content: Content,
    /// Name of its team; empty where it is everybody's.
    pub team_name: String,
    /// Who wrote it last.
    pub author: String,
    /// Counts edits from 1.
    pub version: i64,
    /// When it is next, or goes on now; `null` where it is over.
    pub next: Option<Span>,
}

/// One time of an occasion, as calendars show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = OccasionTime))]
pub struct Time {
    /// Which one.
    pub id: OccasionId,
    /// What kind of days they are.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// When.
    pub span: Span,
}

/// Of what kind the first occasion is that a window shares a moment with, if any.
pub fn kind_in(occasions: &[(Kind, Span)], window: Span) -> Option<Kind> {
    occasions.iter().find(|(_, span)| span.overlaps(window)).map(|(kind, _)| *kind)
}

impl Occasion {
    /// Each of its times in a span.
    pub fn times(&self, span: Span) -> Vec<Time> {
        let time = |span| Time { id: self.id.clone(), kind: self.content.kind, name: self.content.name.clone(), span };
        self.content.times(span).into_iter().map(time).collect()
    }

    /// The same with the time that goes on at a moment, or comes after it.
    #[must_use]
    pub fn from_moment(mut self, now: Timestamp) -> Self {
        self.next = self.content.next(now);
        self
    }
}
