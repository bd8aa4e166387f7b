//! Files of a change. They are no part of its content, so what was approved stays approved; the timeline tells when which came.
//!
//! **Invariant:** what approvers could see stays: only of a draft a file is removed. More may come at any time, which is told to whoever
//! looks at it after the approval.

use super::{Service, loaded, store, tell};
use crate::files::{self, Holder};
use domain::{
    Actor, Fault, Permission,
    changes::{EntryKind, State},
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
        actor.authenticated()?;
        let mut tx = self.ctx.begin_write().await?;
        // Whoever asks for approval meanwhile comes before or after.
        store::hold(&mut tx, id).await?;
        let change = loaded::change(&mut tx, actor, id.as_str()).await?;
        change.require(actor, Permission::RequestChanges)?;
        let reason = read_removal(typed)?;
        let removed = files::remove(&mut tx, &self.ctx, actor, Holder::Change(id), file, reason.as_str()).await?;
        let Some(found) = removed else { return Ok(()) };
        if change.stored.summary.state != State::Draft {
            return Err(Fault::conflict("conflict-change-file-stands"));
        }
        let text = format!("{}: {reason}", found.name);
        let detail = files::removed(&found, reason.as_str());
        tell::act(&mut tx, &self.ctx, actor, &change, "change.file-remove", &[(EntryKind::FileRemoved, &text)], &detail).await?;
        tx.commit().await
    }
}
