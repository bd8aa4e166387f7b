//! Files of a change. They are no part of its content, so what was approved stays approved; the timeline tells when which came.

use super::{Service, loaded, store, tell};
use crate::files::{self, Holder};
use domain::{
    Actor, Fault, Permission,
    changes::EntryKind,
    files::{File, read_removal},
    form::Typed,
    id::{ChangeId, FileId},
};

impl Service {
    pub(super) async fn attach_file(&self, actor: &Actor, id: &ChangeId, name: &str, body: Vec<u8>) -> Result<File, Fault> {
        let (mut tx, change) = self.begin(actor, id, Permission::RequestChanges).await?;
        // One file after another: together they have a bound.
        store::hold(&mut tx, id).await?;
        let file = files::attach(&mut tx, (&self.ctx, self.files), actor, Holder::Change(id), name, body).await?;
        let link = format!("/changes/{id}/files/{}", file.id);
        let entry = (EntryKind::FileAdded, file.name.as_str(), link.as_str());
        store::insert_entry(&mut tx, &self.ctx.new_id(), id, &actor.name, entry, self.ctx.now()).await?;
        tell::act(&mut tx, &self.ctx, actor, &change, "change.file-add", &[], &files::added(&file)).await?;
        tx.commit().await?;
        Ok(file)
    }

    pub(super) async fn read_file(&self, actor: &Actor, id: &ChangeId, file: &FileId) -> Result<(File, Vec<u8>), Fault> {
        let mut conn = self.ctx.db.read().await?;
        loaded::change(&mut conn, actor, id.as_str()).await?;
        files::read(&mut conn, Holder::Change(id), file).await
    }

    pub(super) async fn remove_attached(&self, actor: &Actor, id: &ChangeId, file: &FileId, typed: &Typed) -> Result<(), Fault> {
        let (mut tx, change) = self.begin(actor, id, Permission::RequestChanges).await?;
        let reason = read_removal(typed)?;
        let removed = files::remove(&mut tx, &self.ctx, actor, Holder::Change(id), file, reason.as_str()).await?;
        let Some(found) = removed else { return Ok(()) };
        let text = format!("{}: {reason}", found.name);
        let detail = files::removed(&found, reason.as_str());
        tell::act(&mut tx, &self.ctx, actor, &change, "change.file-remove", &[(EntryKind::FileRemoved, &text)], &detail).await?;
        tx.commit().await
    }
}
