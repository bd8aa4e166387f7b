//! Signed links: whoever holds one may acknowledge one thing as one person for a day, or approve one change for a week. One that
//! was sent to a channel of teams names no person: what it allows, the channel says when it is opened.
//!
//! A link is `/ack/<what><mac>`, or `/approve/…`, in base64url: a byte for the noun, person, noun and channel as 16 bytes each, and the second
//! at which it ends; then 16 bytes of HMAC-SHA-256 with a key of this purpose alone. Nothing of it is stored, so that nothing
//! in the database or the ledger opens.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    Fault, Timestamp,
    deliveries::Notify,
    id::{AlertId, ChangeId, ChannelId, DeliveryId, IncidentId, UserId},
    time::{DAY, SECOND},
};
use serde_json::Value;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::Seal;

const PURPOSE: &str = "deliveries.acknowledge";
/// How long a link opens after its message was written.
const LASTS: i64 = DAY;
/// The same of one that approves.
const APPROVAL_LASTS: i64 = 7 * DAY;
const BODY: usize = 1 + 16 + 16 + 16 + 8;
const MAC: usize = 16;

/// What a link says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// The person it was sent to; none where it was sent to a channel of teams.
    pub(super) user: Option<UserId>,
    pub(super) channel: ChannelId,
    pub(super) noun: Noun,
}

/// What is acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Noun {
    Alert(AlertId),
    Incident(IncidentId),
    /// All alerts and incidents that this message told of by name, and those that were told along with it.
    Told(DeliveryId),
    /// A change to be approved: the page shows what it says now, and its button approves just that.
    Change(ChangeId),
}

/// Whether there is something to acknowledge in what is told.
pub(super) fn asks(event: Notify) -> bool {
    matches!(event, Notify::AlertFiring | Notify::IncidentOpened | Notify::IncidentReopened | Notify::Page)
}

/// The path of the page that acknowledges what is told; `None` where there is nothing to acknowledge. `several`: more than this is
/// told in the message, and some of that is to be acknowledged.
pub(super) fn path(
    seal: &Seal,
    user: Option<&UserId>,
    (channel, delivery): (&ChannelId, &DeliveryId),
    (event, data): (Notify, &Value),
    several: bool,
    written: Timestamp,
) -> Result<Option<String>, Fault> {
    let id = |noun: &str| data[noun]["id"].as_str();
    let alert = || id("alert").and_then(AlertId::parse).map(Noun::Alert);
    let noun = match event {
        // Who approves is a person.
        Notify::ChangePending if user.is_some() => data["id"].as_str().and_then(ChangeId::parse).map(Noun::Change),
        _ if several => Some(Noun::Told(delivery.clone())),
        Notify::AlertFiring if data["group"]["alerts"].as_u64().is_none_or(|alerts| alerts < 2) => alert(),
        Notify::AlertFiring => Some(Noun::Told(delivery.clone())),
        Notify::IncidentOpened | Notify::IncidentReopened | Notify::Page => {
            id("incident").and_then(IncidentId::parse).map(Noun::Incident).or_else(alert)
        }
        _ => None,
    };
    let Some(noun) = noun else { return Ok(None) };
    let (page, lasts) = if matches!(noun, Noun::Change(_)) { ("approve", APPROVAL_LASTS) } else { ("ack", LASTS) };
    let said = Said { user: user.cloned(), channel: channel.clone(), noun };
    token(seal, &said, written.plus(lasts)).map(|token| Some(format!("/{page}/{token}")))
}

fn token(seal: &Seal, said: &Said, ends: Timestamp) -> Result<String, Fault> {
    let (letter, noun) = match &said.noun {
        Noun::Alert(id) => (b'a', id.as_str()),
        Noun::Incident(id) => (b'i', id.as_str()),
        Noun::Told(id) => (b't', id.as_str()),
        Noun::Change(id) => (b'c', id.as_str()),
    };
    let mut bytes = vec![letter];
    bytes.extend(uuid(said.user.as_ref().map(UserId::as_str))?.as_bytes());
    for id in [noun, said.channel.as_str()] {
        bytes.extend(uuid(Some(id))?.as_bytes());
    }
    bytes.extend(ends.0.div_euclid(SECOND).to_be_bytes());
    let keys = seal.mac_keys(PURPOSE)?;
    let mac = keys.first().ok_or(Fault::Internal)?.mac(&[&bytes]);
    bytes.extend(hex::decode(mac).map_err(|_| Fault::Internal)?.into_iter().take(MAC));
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Nobody is the nil of UUIDs.
fn uuid(id: Option<&str>) -> Result<Uuid, Fault> {
    id.map_or(Ok(Uuid::nil()), |id| Uuid::parse_str(id).map_err(|_| Fault::Internal))
}

/// What a link says, if we signed it and it has not ended.
pub(super) fn read(seal: &Seal, token: &str, now: Timestamp) -> Result<Option<Said>, Fault> {
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(token) else { return Ok(None) };
    if bytes.len() != BODY + MAC {
        return Ok(None);
    }
    let (body, mac) = bytes.split_at(BODY);
    let mut ours = false;
    for key in seal.mac_keys(PURPOSE)? {
        let expected = hex::decode(key.mac(&[body])).map_err(|_| Fault::Internal)?;
        ours |= bool::from(expected[..MAC].ct_eq(mac));
    }
    let ends = body[BODY - 8..].try_into().map_or(0, i64::from_be_bytes).saturating_mul(SECOND);
    if !ours || now.0 >= ends {
        return Ok(None);
    }
    let id = |place: usize| Uuid::from_slice(&body[1 + 16 * place..17 + 16 * place]).map(|id| id.to_string()).unwrap_or_default();
    let noun = match body[0] {
        b'a' => AlertId::parse(&id(1)).map(Noun::Alert),
        b'i' => IncidentId::parse(&id(1)).map(Noun::Incident),
        b't' => DeliveryId::parse(&id(1)).map(Noun::Told),
        b'c' => ChangeId::parse(&id(1)).map(Noun::Change),
        _ => None,
    };
    let user = if body[1..17].iter().all(|byte| *byte == 0) { Some(None) } else { UserId::parse(&id(0)).map(Some) };
    Ok(user.zip(ChannelId::parse(&id(2))).zip(noun).map(|((user, channel), noun)| Said { user, channel, noun }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said() -> Said {
        let id = |n: u8| format!("0193f2a0-7b1c-7def-8abc-0123456789a{n}");
        Said {
            user: UserId::parse(&id(1)),
            channel: ChannelId::parse(&id(2)).unwrap(),
            noun: Noun::Incident(IncidentId::parse(&id(3)).unwrap()),
        }
    }

    #[test]
    fn a_link_says_what_was_signed_until_it_ends() {
        let seal = Seal::random();
        let token = token(&seal, &said(), Timestamp(10_000)).unwrap();
        assert!(token.len() < 110, "{}", token.len());
        assert_eq!(read(&seal, &token, Timestamp(9_999)), Ok(Some(said())));
        assert_eq!(read(&seal, &token, Timestamp(10_000)), Ok(None));
        assert_eq!(read(&Seal::random(), &token, Timestamp(0)), Ok(None));
        let of_channel = Said { user: None, ..said() };
        let token = super::token(&seal, &of_channel, Timestamp(10_000)).unwrap();
        assert_eq!(read(&seal, &token, Timestamp(0)), Ok(Some(of_channel)));
    }

    #[test]
    fn a_link_that_was_bent_does_not_open() {
        let seal = Seal::random();
        let token = token(&seal, &said(), Timestamp(10_000)).unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
        for place in 0..bytes.len() {
            let mut bent = bytes.clone();
            bent[place] ^= 1;
            assert_eq!(read(&seal, &URL_SAFE_NO_PAD.encode(&bent), Timestamp(0)), Ok(None), "byte {place}");
        }
        for rubbish in ["", "a", "!!", &token[1..], &format!("{token}AA")] {
            assert_eq!(read(&seal, rubbish, Timestamp(0)), Ok(None), "{rubbish}");
        }
        // Another purpose's key signs nothing here.
        let other = seal.mac_keys("another").unwrap()[0].mac(&[&bytes[..BODY]]);
        let mut forged = bytes[..BODY].to_vec();
        forged.extend(hex::decode(other).unwrap().into_iter().take(MAC));
        assert_eq!(read(&seal, &URL_SAFE_NO_PAD.encode(&forged), Timestamp(0)), Ok(None));
    }
}
