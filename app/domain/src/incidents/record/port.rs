//! What pages and the API may ask of the record of an incident.

use super::EntryHistory;
use crate::{
    Actor, Fault,
    files::File,
    form::Typed,
    id::{EntryId, FileId, IncidentId},
};

/// The part of the port of `incidents` about its record. Reading is for whoever may read the incident; acts need
/// `incidents.work` in its team.
#[async_trait::async_trait]
pub trait Record: Send + Sync {
    /// An entry with what it said before.
    async fn entry(&self, actor: &Actor, id: &IncidentId, entry: &EntryId) -> Result<EntryHistory, Fault>;
    /// Writes one's own comment anew: `text`. What it said before is kept.
    async fn rewrite(&self, actor: &Actor, id: &IncidentId, entry: &EntryId, typed: &Typed) -> Result<(), Fault>;
    /// Attaches a file, of a kind that may be attached, as large as the house permits.
    async fn attach(&self, actor: &Actor, id: &IncidentId, name: &str, body: Vec<u8>) -> Result<File, Fault>;
    /// A file with its content.
    async fn file(&self, actor: &Actor, id: &IncidentId, file: &FileId) -> Result<(File, Vec<u8>), Fault>;
    /// Removes the content of a file, for a `reason`; that it was there stays.
    async fn remove_file(&self, actor: &Actor, id: &IncidentId, file: &FileId, typed: &Typed) -> Result<(), Fault>;
}
