//! The mail address of an account is a contact method by itself, until its owner turns it off: whoever was given an account can be
//! reached, without having set up anything.
//!
//! It comes about when it is needed first. An address that somebody else gave a person is believed; one that they gave themselves
//! must be proved like any other, because whoever is written to may not want it.

use domain::{
    Fault,
    deliveries::{ContactInput, Kind},
    form::Typed,
    id::{ChannelId, UserId},
};

use super::{
    secrets::Secrets,
    store::{channels, contacts},
};
use crate::{Context, WriteTx, people};

/// Brings it about, where there is an address and mail leaves this house.
pub(super) async fn ensure(tx: &mut WriteTx, ctx: &Context, user: &UserId) -> Result<(), Fault> {
    if !ctx.mail || contacts::account(tx, user).await?.is_some() {
        return Ok(());
    }
    match people::address(tx, user).await?.as_ref().and_then(input) {
        Some(input) => write(tx, ctx, user, &input, true).await,
        None => Ok(()),
    }
}

/// The address is another one; `believed` where somebody else than its owner says so.
pub(crate) async fn moved(tx: &mut WriteTx, ctx: &Context, user: &UserId, believed: bool) -> Result<(), Fault> {
    let Some(address) = people::address(tx, user).await? else { return Ok(()) };
    let known = contacts::account(tx, user).await?;
    if known.as_ref().is_some_and(|known| known.target == address.email) {
        return Ok(());
    }
    match (input(&address), known) {
        (Some(input), _) => write(tx, ctx, user, &input, believed).await,
        // Without an address there is nothing to turn off.
        (None, Some(known)) => {
            contacts::set_account(tx, &known.id, false).await?;
            channels::remove(tx, &known.id, ctx.now()).await.map(drop)
        }
        (None, None) => Ok(()),
    }
}

/// The address as its owner would have typed it; `None` for none, and for what no mail server would take: nobody is to go unpaged because
/// of it.
fn input(address: &people::Address) -> Option<ContactInput> {
    let fields = [
        ("name", address.email.as_str()),
        ("kind", Kind::Email.name()),
        ("to", &address.email),
        ("language", address.locale.tag()),
        ("zone", &address.zone),
        ("enabled", "on"),
    ];
    let typed = Typed::from_pairs(fields.into_iter().filter(|(_, value)| !value.is_empty()).map(|(n, v)| (n.to_owned(), v.to_owned())));
    if address.email.is_empty() { None } else { ContactInput::parse(&typed, None).ok() }
}

async fn write(tx: &mut WriteTx, ctx: &Context, user: &UserId, input: &ContactInput, believed: bool) -> Result<(), Fault> {
    let (now, sealed) = (ctx.now(), Secrets::default().seal(&ctx.seal)?);
    let new = contacts::Written { input, target: &input.kind.target(&input.settings), sealed: &sealed, verified: believed.then_some(now) };
    match contacts::account(tx, user).await? {
        Some(known) => contacts::redirect(tx, &known.id, &new, now).await,
        None => {
            let id: ChannelId = ctx.new_id();
            contacts::insert(tx, &id, user, &new, now).await?;
            contacts::set_account(tx, &id, true).await
        }
    }
}
