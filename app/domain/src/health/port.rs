//! What pages and the API may ask of the health of the process.

use super::Report;
use crate::{Actor, Fault};

/// The port of the area `health`; `backend` implements it.
#[async_trait::async_trait]
pub trait Health: Send + Sync {
    /// Whether the process can do its work: the database answers, and what is sent is written. Open to anybody.
    async fn ready(&self) -> Result<(), Fault>;
    /// How the process is. Needs [`crate::Permission::ManageSettings`] everywhere.
    async fn report(&self, actor: &Actor) -> Result<Report, Fault>;
}
