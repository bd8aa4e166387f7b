//! Files attached to incidents and changes: what they are is told by their content, how large they may be by the house.
//!
//! Areas call this on their own transaction; who may, and how it is told, is theirs.

mod store;

use domain::{
    Actor, Fault, Wording,
    files::{FILES_BYTES, File, FileKind, MOST_FILES, file_name, sniff},
    id::FileId,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::AnyConnection;

pub(crate) use store::{Holder, files};

use crate::{Context, WriteTx};

/// What the process decides for files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Bytes that a file may have which is attached.
    pub file_bytes: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { file_bytes: 10 << 20 }
    }
}

/// Attaches a file.
pub(crate) async fn attach(
    tx: &mut WriteTx,
    (ctx, settings): (&Context, Settings),
    actor: &Actor,
    holder: Holder<'_>,
    name: &str,
    body: Vec<u8>,
) -> Result<File, Fault> {
    let name = file_name(name)?;
    let size = i64::try_from(body.len()).unwrap_or(i64::MAX);
    if size > settings.file_bytes {
        return Err(Fault::invalid("file", &name, Wording::new("files-expect-size").with("mib", settings.file_bytes >> 20)));
    }
    let kinds = || FileKind::ALL.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ");
    let kind = sniff(&body).ok_or_else(|| Fault::invalid("file", &name, Wording::new("files-expect-kind").with("choices", kinds())))?;
    let before = files(tx, holder).await?;
    let held: i64 = before.iter().filter(|file| file.is_there()).map(|file| file.size).sum();
    if before.len() >= MOST_FILES || held + size > FILES_BYTES {
        return Err(Fault::Conflict(Wording::new("conflict-files-full").with("mib", FILES_BYTES >> 20).with("max", MOST_FILES)));
    }
    let file = File {
        id: ctx.new_id(),
        name: name.into_string(),
        kind,
        size,
        sha256: Sha256::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect(),
        by: actor.name.clone(),
        at: ctx.now(),
        removed_by: String::new(),
        removed_why: String::new(),
    };
    store::add(tx, holder, &file, body).await?;
    Ok(file)
}

/// What the audit keeps of a file that was attached.
pub(crate) fn added(file: &File) -> Value {
    json!({ "file": file.id, "name": file.name, "kind": file.kind, "size": file.size, "sha256": file.sha256 })
}

/// What it keeps of one whose content was removed.
pub(crate) fn removed(file: &File, reason: &str) -> Value {
    json!({ "file": file.id, "name": file.name, "sha256": file.sha256, "reason": reason })
}

/// A file with its content.
pub(crate) async fn read(conn: &mut AnyConnection, holder: Holder<'_>, id: &FileId) -> Result<(File, Vec<u8>), Fault> {
    let found = store::file(conn, holder, id).await?;
    let body = store::body(conn, holder, id).await?.ok_or(Fault::NotFound("file"))?;
    Ok((found, body))
}

/// Removes the content of a file; that it was there stays. `None` where it was removed already.
pub(crate) async fn remove(
    tx: &mut WriteTx,
    ctx: &Context,
    actor: &Actor,
    holder: Holder<'_>,
    id: &FileId,
    reason: &str,
) -> Result<Option<File>, Fault> {
    let found = store::file(tx, holder, id).await?;
    Ok(store::remove(tx, holder, id, &actor.name, reason, ctx.now()).await?.then_some(found))
}
