//! Addresses that are one person's own: whoever has one reads without a login what that person may read at that moment.
//!
//! An address is what is read as 16 bytes, the person as 16 bytes, then 16 bytes of HMAC-SHA-256 over both and over a mark that is
//! stored beside what is read; all of it in base64url. Nothing of it is stored. With another mark every address of it has ended.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    Fault, Permission,
    id::{TeamId, UserId},
};
use sqlx::AnyConnection;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::{Seal, people, seal::MacKey};

const BODY: usize = 16 + 16;
const MAC: usize = 16;

fn mac(key: &MacKey, body: &[u8], mark: &str) -> Result<Vec<u8>, Fault> {
    hex::decode(key.mac(&[body, mark.as_bytes()])).map_err(|_| Fault::Internal)
}

/// A person's own address of something, as a calendar is told it.
pub(crate) fn address(seal: &Seal, purpose: &str, what: &str, mark: &str, user: &UserId) -> Result<String, Fault> {
    let mut bytes = Vec::with_capacity(BODY + MAC);
    for id in [what, user.as_str()] {
        bytes.extend(Uuid::parse_str(id).map_err(|_| Fault::Internal)?.as_bytes());
    }
    let keys = seal.mac_keys(purpose)?;
    let mac = mac(keys.first().ok_or(Fault::Internal)?, &bytes, mark)?;
    bytes.extend(mac.into_iter().take(MAC));
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// An address that somebody shows, before it is looked at whether it is one of ours.
pub(crate) struct Shown {
    bytes: Vec<u8>,
    what: String,
    user: UserId,
}

impl Shown {
    /// Takes it apart; `None` where it has not the form of one.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() == BODY + MAC)?;
        let id = |from: usize| Uuid::from_slice(&bytes[from..from + 16]).map(|id| id.to_string()).ok();
        let (what, user) = (id(0)?, UserId::parse(&id(16)?)?);
        Some(Self { bytes, what, user })
    }

    /// The id of what is to be read.
    pub(crate) fn what(&self) -> &str {
        &self.what
    }

    fn is_ours(&self, seal: &Seal, purpose: &str, mark: &str) -> Result<bool, Fault> {
        let (body, shown) = self.bytes.split_at(BODY);
        let mut ours = false;
        for key in seal.mac_keys(purpose)? {
            ours |= bool::from(mac(&key, body, mark)?[..MAC].ct_eq(shown));
        }
        Ok(ours)
    }

    /// Passes where the address is one of ours with this mark, and its person may enter and read in the team now;
    /// `NotFound("calendar")` otherwise.
    pub(crate) async fn open(&self, conn: &mut AnyConnection, seal: &Seal, purpose: &str, mark: &str, team: &TeamId) -> Result<(), Fault> {
        if !self.is_ours(seal, purpose, mark)? {
            return Err(Fault::NotFound("calendar"));
        }
        let person = people::actor_of(conn, &self.user).await?;
        if person.is_some_and(|person| person.may(Permission::Read, team)) { Ok(()) } else { Err(Fault::NotFound("calendar")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHAT: &str = "0193f2a0-0000-7000-8000-000000000001";

    fn user(last: u8) -> UserId {
        UserId::parse(&format!("0193f2a0-0000-7000-8000-00000000000{last}")).expect("an id")
    }

    #[test]
    fn an_address_is_ours_for_its_person_purpose_and_mark_alone() {
        let seal = Seal::random();
        let own = address(&seal, "a", WHAT, "mark", &user(2)).unwrap();
        assert_eq!(own.len(), 64);
        assert_ne!(own, address(&seal, "a", WHAT, "mark", &user(3)).unwrap());
        let shown = Shown::read(&own).unwrap();
        assert_eq!((shown.what(), &shown.user), (WHAT, &user(2)));
        assert!(shown.is_ours(&seal, "a", "mark").unwrap());
        assert!(!shown.is_ours(&seal, "b", "mark").unwrap() && !shown.is_ours(&seal, "a", "another").unwrap());
        assert!(!shown.is_ours(&Seal::random(), "a", "mark").unwrap());
        // Somebody else's name in one's own address.
        let mut bent = URL_SAFE_NO_PAD.decode(&own).unwrap();
        bent[31] ^= 1;
        let bent = Shown::read(&URL_SAFE_NO_PAD.encode(bent)).unwrap();
        assert_eq!((&bent.user, bent.is_ours(&seal, "a", "mark").unwrap()), (&user(3), false));
        assert!(Shown::read("").is_none() && Shown::read("secret-of-payments").is_none() && Shown::read(&own[..63]).is_none());
    }

    #[test]
    fn an_address_outlives_a_new_key_beside_the_old_one() {
        let (old, new) = ("11".repeat(32), "22".repeat(32));
        let own = address(&Seal::parse(&old).unwrap(), "a", WHAT, "mark", &user(2)).unwrap();
        let both = Seal::parse(&format!("{new}\n{old}\n")).unwrap();
        assert!(Shown::read(&own).unwrap().is_ours(&both, "a", "mark").unwrap());
    }
}
