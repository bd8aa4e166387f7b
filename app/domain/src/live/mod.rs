//! Live events: something changed, here is its topic. Pages read anew what concerns them.

mod port;

use serde::{Deserialize, Serialize};

use crate::id::TeamId;
pub use port::{Listener, Live};

/// What kind of thing changed; the text names stand in `/live?topics=…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Topic {
    /// An alert fired, was acknowledged, recovered.
    Alerts,
    /// An incident or its timeline.
    Incidents,
    /// A change, an approval, a freeze.
    Changes,
    /// A monitor's state or a new result.
    Monitors,
    /// New transactions were rolled up.
    Transactions,
    /// A tool run or its log.
    Runs,
    /// A delivery.
    Deliveries,
    /// A schedule of who is on call, a cover, a swap; a policy or a run of escalation.
    OnCall,
    /// The catalogue.
    Systems,
    /// Sessions, users, roles: open streams must be checked again.
    People,
}

impl Topic {
    /// Reads a text name.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "alerts" => Self::Alerts,
            "incidents" => Self::Incidents,
            "changes" => Self::Changes,
            "monitors" => Self::Monitors,
            "transactions" => Self::Transactions,
            "runs" => Self::Runs,
            "deliveries" => Self::Deliveries,
            "oncall" => Self::OnCall,
            "systems" => Self::Systems,
            "people" => Self::People,
            _ => return None,
        })
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
