//! The record of an incident: comments of now and of earlier, written anew where their author wants to, and files.

use async_trait::async_trait;
use domain::{
    Actor, Fault, Permission,
    files::{File, read_removal},
    form::Typed,
    id::{EntryId, FileId, IncidentId},
    incidents::{EntryHistory, EntryKind, Remark, read_rewrite},
    live::Topic,
};
use serde_json::json;

use super::{
    Service, note,
    store::{self, IncidentRow},
    teamwork::bounded,
};
use crate::{
    WriteTx,
    files::{self, Holder},
};

/// Adds what a person says to the timeline.
pub(super) async fn remark(service: &Service, tx: &mut WriteTx, actor: &Actor, row: &IncidentRow, remark: &Remark) -> Result<(), Fault> {
    let (id, now) = (row.id()?, service.ctx.now());
    let place = store::next_entry(tx, &id, now).await?.ok_or(Fault::NotFound("incident"))?;
    let (at, added) = remark.at.map_or((now, None), |at| (at, Some(now)));
    let author = (actor.user(), actor.name.as_str());
    store::append_remark(tx, &service.ctx.new_id(), (&id, place.entries), at, added, author, remark.text.as_str()).await?;
    tx.announce(Topic::Incidents, &id, Some(&row.team()?));
    Ok(())
}

#[async_trait]
impl domain::incidents::Record for Service {
    async fn entry(&self, actor: &Actor, id: &IncidentId, entry: &EntryId) -> Result<EntryHistory, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        store::get(conn, &actor.reach(Permission::Read), id).await?;
        Ok(EntryHistory { entry: store::entry(conn, id, entry).await?, before: store::versions(conn, entry).await? })
    }

    async fn rewrite(&self, actor: &Actor, id: &IncidentId, entry: &EntryId, typed: &Typed) -> Result<(), Fault> {
        let (mut tx, row) = self.begin(actor, id).await?;
        let found = store::entry(&mut tx, id, entry).await?;
        if found.kind != EntryKind::Comment || found.author.is_none() || found.author.as_ref() != actor.user() {
            return Err(Fault::conflict("conflict-incident-not-yours"));
        }
        let text = read_rewrite(typed)?;
        if text.as_str() == found.text {
            return Ok(());
        }
        bounded(usize::try_from(found.edits).unwrap_or(usize::MAX))?;
        if !store::rewrite(&mut tx, &found, text.as_str(), self.ctx.now()).await? {
            return Err(Fault::conflict("conflict-incident-edited"));
        }
        tx.announce(Topic::Incidents, id, Some(&row.team()?));
        self.finish(tx, actor, "incident.rewrite", &row, &json!({ "entry": entry, "from": found.text, "to": text })).await
    }

    async fn attach(&self, actor: &Actor, id: &IncidentId, name: &str, body: Vec<u8>) -> Result<File, Fault> {
        let (mut tx, row) = self.begin(actor, id).await?;
        let file = files::attach(&mut tx, (&self.ctx, self.settings), actor, Holder::Incident(id), name, body).await?;
        let link = format!("/incidents/{}/files/{}", row.number, file.id);
        note(&mut tx, &self.ctx, id, &actor.name, EntryKind::FileAdded, &file.name, Some(&link)).await?;
        self.finish(tx, actor, "incident.file-add", &row, &files::added(&file)).await?;
        Ok(file)
    }

    async fn file(&self, actor: &Actor, id: &IncidentId, file: &FileId) -> Result<(File, Vec<u8>), Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        store::get(conn, &actor.reach(Permission::Read), id).await?;
        files::read(conn, Holder::Incident(id), file).await
    }

    async fn remove_file(&self, actor: &Actor, id: &IncidentId, file: &FileId, typed: &Typed) -> Result<(), Fault> {
        let (mut tx, row) = self.begin(actor, id).await?;
        let reason = read_removal(typed)?;
        let removed = files::remove(&mut tx, &self.ctx, actor, Holder::Incident(id), file, reason.as_str()).await?;
        let Some(found) = removed else { return Ok(()) };
        let text = format!("{}: {reason}", found.name);
        note(&mut tx, &self.ctx, id, &actor.name, EntryKind::FileRemoved, &text, None).await?;
        self.finish(tx, actor, "incident.file-remove", &row, &files::removed(&found, reason.as_str())).await
    }
}
