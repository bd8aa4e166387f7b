//! Live events: something changed, here is its topic. Pages read anew what concerns them.

mod port;

use serde::{Deserialize, Serialize};

use crate::{id::TeamId, words::words};
pub use port::{Listener, Live};

words! {
    /// What kind of thing changed; the text names stand in `/live?topics=…`.
    pub enum Topic {
        /// An alert fired, was acknowledged, recovered.
        Alerts = "alerts",
        /// An incident or its timeline.
        Incidents = "incidents",
        /// A change, an approval, a freeze.
        Changes = "changes",
        /// A monitor's state or a new result.
        Monitors = "monitors",
        /// New transactions were rolled up.
        Transactions = "transactions",
        /// A tool run or its log.
        Runs = "runs",
        /// A delivery.
        Deliveries = "deliveries",
        /// A schedule of who is on call, a cover, a swap; a policy or a run of escalation.
        OnCall = "oncall",
        /// The catalogue.
        Systems = "systems",
        /// A rule or an objective was evaluated, or changed.
        Rules = "rules",
        /// A metric source was asked, or changed.
        Sources = "sources",
        /// A run of a load test, or a target.
        Load = "load",
        /// Sessions, users, roles: open streams must be checked again.
        People = "people",
    }
}

/// Something changed. Carries no content: whoever hears it reads through the port, with their own reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The kind of thing.
    pub topic: Topic,
    /// Its id; empty where many changed at once.
    pub id: String,
    /// The team it belongs to; `None` where it concerns all.
    pub team: Option<TeamId>,
}
