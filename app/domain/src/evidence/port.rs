//! What pages and the API may ask of kept evidence.

use super::Evidence;
use crate::{Actor, Fault, Page, PageRequest, form::Typed, id::EvidenceId};

/// The port of the area `evidence`; `backend` implements it.
#[async_trait::async_trait]
pub trait Evidences: Send + Sync {
    /// Evidence within reach, the newest first; `text` is part of the artifact's name, version or hash.
    async fn list(&self, actor: &Actor, text: &str, page: &PageRequest) -> Result<Page<Evidence>, Fault>;
    /// One piece.
    async fn get(&self, actor: &Actor, id: &EvidenceId) -> Result<Evidence, Fault>;
    /// Its file as it came.
    async fn file(&self, actor: &Actor, id: &EvidenceId) -> Result<(Evidence, Vec<u8>), Fault>;
    /// Keeps a file of this name with what came beside it.
    async fn submit(&self, actor: &Actor, typed: &Typed, name: &str, body: Vec<u8>) -> Result<EvidenceId, Fault>;
}
