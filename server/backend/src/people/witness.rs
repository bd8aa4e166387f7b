//! Whether the key file belongs to this database: the sealed key of the sessions, which every database has from its first
//! start on, is the witness.
//!
//! A key that is lost is not replaced silently: everything that is sealed would be gone without anybody having said so.

use domain::{Actor, Fault, audit::Object};
use serde_json::json;

use super::access::KEY;
use crate::{Context, Db, audit, idempotency, seal::random_hex, settings};

/// Whether secrets in this database were sealed at some time.
pub async fn was_sealed(db: &Db) -> Result<bool, Fault> {
    Ok(settings::read(&mut *db.read().await?, KEY).await?.is_some())
}

/// Whether the keys open what was sealed in this database; nothing sealed opens to any key.
pub async fn opens(ctx: &Context) -> Result<bool, Fault> {
    let sealed = settings::read(&mut *ctx.db.read().await?, KEY).await?;
    Ok(sealed.is_none_or(|sealed| ctx.seal.opens(KEY, &sealed)))
}

/// Begins anew with the keys at hand, for the old ones are lost: sessions end, answers kept for repeated requests are
/// forgotten; calendar feeds have other addresses, for they are made with the key. What else was sealed says that it does not open where it is used.
pub async fn renounce(ctx: &Context) -> Result<(), Fault> {
    let now = ctx.now();
    let mut tx = ctx.begin_write().await?;
    settings::write(&mut tx, KEY, &ctx.seal.seal(KEY, random_hex().as_bytes())?, now).await?;
    idempotency::forget_all(&mut tx).await?;
    let object = Object::new("settings", KEY, KEY, None);
    audit::record(&mut tx, ctx, &Actor::engine("command line"), "secrets.renounce", object, &json!({})).await?;
    tx.commit().await
}
