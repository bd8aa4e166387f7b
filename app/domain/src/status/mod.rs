//! Status pages: what customers are told. What is said there is written for them, deliberately; nothing that is known inside
//! goes there by itself but how the components stand and how the days were.

mod input;
mod port;
mod subscriber;

use serde::{Deserialize, Serialize};

use crate::{
    Span, Timestamp,
    alerts::Severity,
    id::{IncidentId, StatusNoticeId, StatusPageId, SystemId, TeamId},
    monitors::{Shown, StripCell},
    words::words,
};
pub use input::{ComponentInput, NOTICE_FIELDS, NoticeInput, PAGE_FIELDS, PageInput, UpdateInput, component_line};
pub use port::Status;
pub use subscriber::{
    ASKED_A_DAY, ASKED_AN_HOUR, ASKS_AN_HOUR, Asker, CONFIRM_LASTS_MS, GONE_MS, SUBSCRIBERS, Subscribers, SubscriptionInput, Ticket,
    TicketAct,
};

/// Days of the history.
pub const DAYS: u32 = 90;

words! {
    /// How a component stands, the worst last.
    pub enum Standing {
        /// Nothing is known of it.
        Unknown = "unknown",
        /// It works.
        Operational = "operational",
        /// It is worked on, as planned.
        Maintenance = "maintenance",
        /// It works in part.
        Degraded = "degraded",
        /// It does not work.
        Outage = "outage",
    }
    /// Where a notice stands.
    pub enum NoticeState {
        /// The cause is looked for.
        Investigating = "investigating",
        /// The cause is known.
        Identified = "identified",
        /// It is mended, and watched.
        Monitoring = "monitoring",
        /// It is over.
        Resolved = "resolved",
    }
    /// What is told of planned work.
    pub enum WorkState {
        /// It is planned.
        Announced = "announced",
        /// It is planned for another time than was told before.
        Moved = "moved",
        /// It has begun.
        Begun = "begun",
        /// It is over.
        Ended = "ended",
        /// It does not take place.
        CalledOff = "called-off",
    }
    /// How bad it is for customers.
    pub enum Harm {
        /// It works in part.
        Degraded = "degraded",
        /// It does not work.
        Outage = "outage",
    }
}

/// A part of the business as customers call it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = StatusComponent))]
pub struct Component {
    /// What it stands under; may be empty.
    pub group: String,
    /// Its name.
    pub name: String,
    /// The system behind it.
    pub system: SystemId,
    /// Key of that system.
    pub system_key: String,
}

/// A page as its editors see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StatusPage {
    /// Its id.
    pub id: StatusPageId,
    /// Its place: `/status/<slug>`.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// A sentence or two below the title; Markdown.
    pub about: String,
    /// The team that edits it.
    pub team: TeamId,
    /// Whether anybody may read it; else whoever may read the team.
    pub public: bool,
    /// A host of its own, under which it is the first page; may be empty.
    pub host: String,
    /// IANA name of the zone of its times and days.
    pub zone: String,
    /// Its components, in order.
    pub components: Vec<Component>,
    /// Counts edits.
    pub version: i64,
}

/// One thing that was said of a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = StatusUpdate))]
pub struct Update {
    /// When.
    pub at: Timestamp,
    /// Where it stood then.
    pub state: NoticeState,
    /// Markdown.
    pub text: String,
}

/// Something that customers are told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = StatusNotice))]
pub struct Notice {
    /// Its id.
    pub id: StatusNoticeId,
    /// One line.
    pub title: String,
    /// Where it stands.
    pub state: NoticeState,
    /// How bad it is.
    pub impact: Harm,
    /// Names of the components that it concerns.
    pub components: Vec<String>,
    /// When it began.
    pub began_at: Timestamp,
    /// When it was over.
    pub resolved_at: Option<Timestamp>,
    /// What was said, newest first.
    pub updates: Vec<Update>,
    /// The incident behind it; told to editors only.
    pub incident: Option<IncidentId>,
}

/// A page with what was told on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StatusDetail {
    /// The page.
    pub page: StatusPage,
    /// Open notices, then those that ended within [`DAYS`] days; newest first.
    pub notices: Vec<Notice>,
    /// How many subscribers are told what is published.
    pub subscribers: Subscribers,
}

/// How a component stands and how its days were.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ComponentStanding {
    /// What it stands under; may be empty.
    pub group: String,
    /// Its name.
    pub name: String,
    /// How it stands.
    pub standing: Standing,
    /// Its last [`DAYS`] days in the zone of the page, oldest first.
    pub days: Vec<StripCell>,
    /// Share of checks that were well in these days; `null` where nothing was checked.
    pub uptime: Option<f64>,
}

/// Planned work: when, and what it concerns; never what it is called inside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlannedWork {
    /// A UUID of this work at this time, by which readers of the feed know it again.
    pub id: String,
    /// Since when it may be read here, or when it began.
    pub told_at: Timestamp,
    /// When.
    pub span: Span,
    /// Names of the components.
    pub components: Vec<String>,
    /// Whether it is under way.
    pub running: bool,
}

/// Planned work that is over, or does not take place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PastWork {
    /// The UUID under which it was told.
    pub id: String,
    /// When it was planned.
    pub span: Span,
    /// Names of the components.
    pub components: Vec<String>,
    /// Since when it is over.
    pub over_at: Timestamp,
    /// Whether it never began.
    pub called_off: bool,
}

/// What a reader of the page is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StatusAnswer {
    /// Its place.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// Whether anybody may read it: then anybody may subscribe.
    pub public: bool,
    /// A sentence or two; Markdown.
    pub about: String,
    /// IANA name of the zone of its times and days.
    pub zone: String,
    /// When it was read.
    pub at: Timestamp,
    /// The worst of its components.
    pub overall: Standing,
    /// Its components, in order.
    pub components: Vec<ComponentStanding>,
    /// Open notices, then those of the last [`DAYS`] days; newest first.
    pub notices: Vec<Notice>,
    /// Planned work of the next 14 days.
    pub planned: Vec<PlannedWork>,
    /// Planned work that was told of and ended within the last 14 days, the latest first.
    pub past_work: Vec<PastWork>,
}

/// How a component stands by what is seen of its system: `alert`, how bad the worst alert there is (P1 is an outage, P2 less),
/// and its monitors. Where nothing is seen, nothing is known.
pub fn seen(alert: Option<Severity>, monitors: &[Shown]) -> Standing {
    let any = |shown: Shown| monitors.contains(&shown);
    match alert {
        Some(Severity::P1) => Standing::Outage,
        Some(Severity::P2) => Standing::Degraded,
        _ if any(Shown::Down) => Standing::Degraded,
        _ if any(Shown::Maintenance) => Standing::Maintenance,
        _ if any(Shown::Up) => Standing::Operational,
        _ => Standing::Unknown,
    }
}

/// How a component stands, of what is seen, of what open notices say, and of planned work under way: what is said to customers
/// goes before what is seen.
pub fn standing(seen: Standing, told: Option<Harm>, worked_on: bool) -> Standing {
    match (told, worked_on) {
        (Some(Harm::Outage), _) => Standing::Outage,
        (Some(Harm::Degraded), _) => Standing::Degraded,
        (None, true) => Standing::Maintenance,
        (None, false) => seen,
    }
}

/// How a page stands: the worst of its components; not well where one of them is not known.
pub fn overall(components: &[Standing]) -> Standing {
    let worst = components.iter().copied().max().unwrap_or(Standing::Unknown);
    if worst == Standing::Operational && components.contains(&Standing::Unknown) { Standing::Unknown } else { worst }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_goes_before_what_is_seen() {
        assert_eq!(standing(Standing::Operational, Some(Harm::Degraded), false), Standing::Degraded);
        assert_eq!(standing(Standing::Degraded, Some(Harm::Outage), true), Standing::Outage);
        assert_eq!(standing(Standing::Outage, None, true), Standing::Maintenance);
        assert_eq!(standing(Standing::Outage, None, false), Standing::Outage);
    }

    #[test]
    fn nothing_is_green_because_data_is_missing() {
        for blind in [&[][..], &[Shown::Unknown, Shown::New, Shown::Paused]] {
            assert_eq!(seen(None, blind), Standing::Unknown);
        }
        assert_eq!(seen(None, &[Shown::Unknown, Shown::Up]), Standing::Operational);
        assert_eq!(seen(None, &[Shown::Down, Shown::Up]), Standing::Degraded);
        assert_eq!(seen(Some(Severity::P1), &[Shown::Up]), Standing::Outage);
        assert_eq!(seen(Some(Severity::P3), &[Shown::Up]), Standing::Operational);
        assert_eq!(overall(&[Standing::Operational, Standing::Unknown]), Standing::Unknown);
        assert_eq!(overall(&[Standing::Degraded, Standing::Unknown]), Standing::Degraded);
        assert_eq!((overall(&[Standing::Operational]), overall(&[])), (Standing::Operational, Standing::Unknown));
    }
}
