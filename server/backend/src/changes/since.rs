//! What was edited, and which files came, since a change was last approved.

use domain::{
    Fault, Reach,
    changes::{FILES_FIELD, FieldDiff, diff_content},
    id::{SystemId, TeamId},
};
use sqlx::AnyConnection;

use super::{
    loaded::Loaded,
    store::{self, Approved},
};
use crate::{
    files::{self, Holder},
    people, systems,
};

/// Field by field, systems and teams by their names, and the files by theirs that came after the first who approved that content;
/// `None` where it is as it was approved, or never was approved.
pub(super) async fn since_approval(conn: &mut AnyConnection, change: &Loaded) -> Result<Option<Vec<FieldDiff>>, Fault> {
    let Some(approved) = store::last_approved(conn, change.id()).await? else { return Ok(None) };
    let edited = approved.version != change.stored.version;
    let mut diff = if edited { fields(conn, change, &approved).await? } else { Vec::new() };
    let files = files::files(conn, Holder::Change(change.id())).await?;
    // What came in the very moment of the approval may not have been seen.
    let unseen: Vec<String> = files.into_iter().filter(|file| file.is_there() && file.at >= approved.since).map(|file| file.name).collect();
    if !unseen.is_empty() {
        diff.push(FieldDiff { field: FILES_FIELD.to_owned(), before: String::new(), now: unseen.join("\n") });
    }
    Ok((edited || !diff.is_empty()).then_some(diff))
}

async fn fields(conn: &mut AnyConnection, change: &Loaded, approved: &Approved) -> Result<Vec<FieldDiff>, Fault> {
    let before = &approved.content;
    let mut known = systems::briefs(conn, &Reach::All, &before.systems).await?;
    known.extend(change.systems.iter().cloned());
    let teams = people::teams(conn, &Reach::All).await?;
    let system = |id: &SystemId| known.iter().find(|one| one.id == *id).map_or_else(|| id.to_string(), |one| one.name.clone());
    let team = |id: &TeamId| teams.iter().find(|one| one.id == *id).map_or_else(|| id.to_string(), |one| one.name.clone());
    Ok(diff_content(before, &change.content, system, team))
}
