//! What pages and the API may ask of `audit`.

use super::{AuditFilter, AuditRow, Mark, Verdict};
use crate::{Actor, Fault, Page, PageRequest};

/// The port of the area `audit`; `backend` implements it.
#[async_trait::async_trait]
pub trait Audit: Send + Sync {
    /// Rows of the teams in which the actor holds [`crate::Permission::ReadAudit`], newest first; rows that concern no
    /// team only for those who hold it everywhere.
    async fn list(&self, actor: &Actor, filter: &AuditFilter, page: &PageRequest) -> Result<Page<AuditRow>, Fault>;
    /// Computes the whole chain anew; with a mark that was noted earlier, also whether the trail still begins with what it
    /// was then. Needs [`crate::Permission::ReadAudit`] in every team.
    async fn verify(&self, actor: &Actor, noted: Option<&Mark>) -> Result<Verdict, Fault>;
}
