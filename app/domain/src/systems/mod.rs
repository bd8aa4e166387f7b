//! The catalogue of systems: the services of the business, who owns them, what they need.

mod port;

use serde::{Deserialize, Serialize};

use crate::id::{SystemId, TeamId};
pub use port::Systems;

/// What other areas need to know of a system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Brief {
    /// Its id.
    pub id: SystemId,
    /// Its handle, unique, e.g. `bank-link`.
    pub key: String,
    /// Its name.
    pub name: String,
    /// The team that owns it.
    pub team: TeamId,
    /// Name of that team.
    pub team_name: String,
    /// 1 (customers stop at once) to 4 (internal).
    pub tier: u8,
}
