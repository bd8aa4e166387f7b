//! What was edited since a change was last approved.

use domain::{
    Fault, Reach,
    changes::{FieldDiff, diff_content},
    id::{SystemId, TeamId},
};
use sqlx::AnyConnection;

use super::{loaded::Loaded, store};
use crate::{people, systems};

/// Field by field, systems and teams by their names; `None` where it is as it was approved, or never was approved.
pub(super) async fn since_approval(conn: &mut AnyConnection, change: &Loaded) -> Result<Option<Vec<FieldDiff>>, Fault> {
    let approved = store::last_approved(conn, change.id()).await?;
    let Some((_, before)) = approved.filter(|(version, _)| *version != change.stored.version) else { return Ok(None) };
    let mut known = systems::briefs(conn, &Reach::All, &before.systems).await?;
    known.extend(change.systems.iter().cloned());
    let teams = people::teams(conn, &Reach::All).await?;
    let system = |id: &SystemId| known.iter().find(|one| one.id == *id).map_or_else(|| id.to_string(), |one| one.name.clone());
    let team = |id: &TeamId| teams.iter().find(|one| one.id == *id).map_or_else(|| id.to_string(), |one| one.name.clone());
    Ok(Some(diff_content(&before, &change.content, system, team)))
}
