//! Secret addresses under which another program reads in the name of a person: the calendar of their own shifts, or a status page of the
//! house. Found by the hash of its secret, shown from a sealed copy. It opens what the person may read now, and nothing where their
//! account is disabled.

use domain::{
    Actor, Fault, Timestamp,
    id::{StatusPageId, UserId},
    time::{MINUTE, SECOND},
};
use sqlx::AnyConnection;

use super::{seams::actor_of, store::feeds};
use crate::{
    Context, Seal, WriteTx,
    seal::{digest, random_hex},
};

/// What the secrets are sealed for: named after the first of them.
const PURPOSE: &str = "oncall.feed";
/// Whoever presses again so soon means the same address.
const TWICE: i64 = 5 * SECOND;

/// The secret of a person's feed of a page, or, without one, of their own shifts. `None` until they ask for it, and where it was sealed
/// with keys that are lost: then they make another.
pub(crate) async fn secret(
    conn: &mut AnyConnection,
    seal: &Seal,
    user: &UserId,
    page: Option<&StatusPageId>,
) -> Result<Option<String>, Fault> {
    match feeds::sealed(conn, user, page).await? {
        Some(sealed) if seal.opens(PURPOSE, &sealed) => seal.unseal_text(PURPOSE, &sealed).map(Some),
        _ => Ok(None),
    }
}

/// Whether there is another address now, after one that was made then; a minute has to pass. `false` where that one is meant. A clock that
/// was set back holds nobody up.
fn again(made: Timestamp, now: Timestamp) -> Result<bool, Fault> {
    match now.since(made) {
        0..TWICE => Ok(false),
        ago @ TWICE..MINUTE => Err(Fault::TooMany { retry_after_s: u32::try_from((MINUTE - ago + 999).div_euclid(SECOND)).unwrap_or(60) }),
        _ => Ok(true),
    }
}

/// What stands in all addresses that a person has of the calendars of teams and schedules; empty until they want others.
pub(crate) async fn mark(conn: &mut AnyConnection, user: &UserId) -> Result<String, Fault> {
    Ok(feeds::mark(conn, user).await?.0)
}

/// Ends these addresses, once a minute: the person has others from then on; `false` where that was just done.
pub(super) async fn renew_mark(tx: &mut WriteTx, ctx: &Context, user: &UserId) -> Result<bool, Fault> {
    let now = ctx.now();
    if !again(feeds::mark(tx, user).await?.1, now)? {
        return Ok(false);
    }
    feeds::set_mark(tx, user, &random_hex(), now).await?;
    Ok(true)
}

/// Gives it a (new) secret, once a minute; `false` where it has just got one. The caller's act writes the audit row.
pub(crate) async fn renew(tx: &mut WriteTx, ctx: &Context, user: &UserId, page: Option<&StatusPageId>) -> Result<bool, Fault> {
    let now = ctx.now();
    if !again(feeds::made(tx, user, page).await?, now)? {
        return Ok(false);
    }
    feeds::set(tx, user, page, &ctx.seal.stow(PURPOSE, &random_hex())?, now).await?;
    Ok(true)
}

/// Ends a person's feed of a page; `false` where there was none.
pub(crate) async fn end(tx: &mut WriteTx, user: &UserId, page: &StatusPageId) -> Result<bool, Fault> {
    feeds::remove(tx, user, page).await
}

/// The page is gone: so are its feeds.
pub(crate) async fn end_all(tx: &mut WriteTx, page: &StatusPageId) -> Result<(), Fault> {
    feeds::remove_all(tx, page).await
}

/// The person whose feed has this secret, with what they may do now, and its page; `None` where nobody's has, or they may not enter.
pub(crate) async fn reader(conn: &mut AnyConnection, secret: &str) -> Result<Option<(Actor, Option<StatusPageId>)>, Fault> {
    let Some((user, page)) = feeds::by_hash(conn, &digest(secret)).await? else { return Ok(None) };
    Ok(actor_of(conn, &user).await?.map(|actor| (actor, page)))
}
