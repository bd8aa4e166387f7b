//! Signed links of subscribers: whoever holds one may confirm or end one subscription, which its message was sent to.
//!
//! A link is `/subscriptions/<what><mac>` in base64url: a byte for the act, the channel as 16 bytes, the second at which it ends (0:
//! never); then 16 bytes of HMAC-SHA-256 with a key of this purpose alone. Nothing of it is stored.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{Fault, Timestamp, id::ChannelId, status::TicketAct, time::SECOND};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::Seal;

const PURPOSE: &str = "deliveries.subscription";
const BODY: usize = 1 + 16 + 8;
const MAC: usize = 16;

/// The path of the page behind a link; one without an end opens as long as the subscription is known.
pub(super) fn path(seal: &Seal, channel: &ChannelId, act: TicketAct, ends: Option<Timestamp>) -> Result<String, Fault> {
    let mut bytes = vec![letter(act)];
    bytes.extend(Uuid::parse_str(channel.as_str()).map_err(|_| Fault::Internal)?.as_bytes());
    bytes.extend(ends.map_or(0, |ends| ends.0.div_euclid(SECOND)).to_be_bytes());
    let keys = seal.mac_keys(PURPOSE)?;
    let mac = keys.first().ok_or(Fault::Internal)?.mac(&[&bytes]);
    bytes.extend(hex::decode(mac).map_err(|_| Fault::Internal)?.into_iter().take(MAC));
    Ok(format!("/subscriptions/{}", URL_SAFE_NO_PAD.encode(bytes)))
}

fn letter(act: TicketAct) -> u8 {
    match act {
        TicketAct::Confirm => b'c',
        TicketAct::End => b'e',
    }
}

/// What a link says, if we signed it and it has not ended.
pub(super) fn read(seal: &Seal, token: &str, now: Timestamp) -> Result<Option<(ChannelId, TicketAct)>, Fault> {
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
    let ends = body[BODY - 8..].try_into().map_or(1, i64::from_be_bytes);
    if !ours || (ends != 0 && now.0 >= ends.saturating_mul(SECOND)) {
        return Ok(None);
    }
    let act = TicketAct::ALL.iter().copied().find(|act| letter(*act) == body[0]);
    let channel = Uuid::from_slice(&body[1..17]).ok().and_then(|id| ChannelId::parse(&id.to_string()));
    Ok(channel.zip(act))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel() -> ChannelId {
        ChannelId::parse("0193f2a0-7b1c-7def-8abc-0123456789a1").unwrap()
    }

    fn token(seal: &Seal, act: TicketAct, ends: Option<Timestamp>) -> String {
        path(seal, &channel(), act, ends).unwrap().strip_prefix("/subscriptions/").unwrap().to_owned()
    }

    #[test]
    fn a_link_says_what_was_signed_until_it_ends() {
        let seal = Seal::random();
        let confirm = token(&seal, TicketAct::Confirm, Some(Timestamp(10_000)));
        assert_eq!(read(&seal, &confirm, Timestamp(9_999)), Ok(Some((channel(), TicketAct::Confirm))));
        assert_eq!(read(&seal, &confirm, Timestamp(10_000)), Ok(None));
        let end = token(&seal, TicketAct::End, None);
        assert_eq!(read(&seal, &end, Timestamp(i64::MAX)), Ok(Some((channel(), TicketAct::End))));
        assert_eq!(read(&Seal::random(), &end, Timestamp(0)), Ok(None));
    }

    #[test]
    fn a_link_that_was_bent_does_not_open() {
        let seal = Seal::random();
        let token = token(&seal, TicketAct::Confirm, None);
        let bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
        for place in 0..bytes.len() {
            let mut bent = bytes.clone();
            bent[place] ^= 1;
            assert_eq!(read(&seal, &URL_SAFE_NO_PAD.encode(&bent), Timestamp(0)), Ok(None), "byte {place}");
        }
        for rubbish in ["", "a", "!!", &token[1..], &format!("{token}AA")] {
            assert_eq!(read(&seal, rubbish, Timestamp(0)), Ok(None), "{rubbish}");
        }
    }
}
