//! Addresses that are one person's own: whoever has one reads without a login what that person may read at that moment.
//!
//! An address is what is read as 16 bytes, the person as 16 bytes, where a token asked for it that token as 16 bytes, then 16 bytes of
//! HMAC-SHA-256 over all of these, over a mark that is stored beside what is read and over one of the person; all of it in base64url.
//! Nothing of it is stored. With another mark every address of it, or of them, has ended; with a token those that it was given.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    Actor, Fault, Permission, Timestamp, Who,
    id::{TeamId, TokenId, UserId},
};
use sqlx::AnyConnection;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::{Seal, people, seal::MacKey};

const ID: usize = 16;
const MAC: usize = 16;

/// What is stored beside what is read, and of the person; where that is empty it is left out.
fn mac(key: &MacKey, body: &[u8], (mark, own): (&str, &str)) -> Result<Vec<u8>, Fault> {
    let parts = [body, mark.as_bytes(), own.as_bytes()];
    let used = if own.is_empty() { 2 } else { 3 };
    hex::decode(key.mac(&parts[..used])).map_err(|_| Fault::Internal)
}

/// Whom an address is given to.
pub(crate) struct Holder<'a> {
    user: &'a UserId,
    token: Option<&'a TokenId>,
    mark: String,
}

impl<'a> Holder<'a> {
    /// The person behind the actor, with the token that they act through.
    pub(crate) async fn of(conn: &mut AnyConnection, actor: &'a Actor) -> Result<Self, Fault> {
        let user = actor.person()?;
        let token = match &actor.who {
            Who::Token(token, _) => Some(token),
            Who::User(_) | Who::Engine(_) | Who::Nobody => None,
        };
        Ok(Self { user, token, mark: people::feeds::mark(conn, user).await? })
    }

    /// Their own address of something, as a calendar is told it.
    pub(crate) fn address(&self, seal: &Seal, purpose: &str, what: &str, mark: &str) -> Result<String, Fault> {
        let mut bytes = Vec::with_capacity(3 * ID + MAC);
        for id in [what, self.user.as_str()].into_iter().chain(self.token.map(TokenId::as_str)) {
            bytes.extend(Uuid::parse_str(id).map_err(|_| Fault::Internal)?.as_bytes());
        }
        let keys = seal.mac_keys(purpose)?;
        let mac = mac(keys.first().ok_or(Fault::Internal)?, &bytes, (mark, &self.mark))?;
        bytes.extend(mac.into_iter().take(MAC));
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }
}

/// An address that somebody shows, before it is looked at whether it is one of ours.
pub(crate) struct Shown {
    bytes: Vec<u8>,
    what: String,
    user: UserId,
    token: Option<TokenId>,
}

impl Shown {
    /// Takes it apart; `None` where it has not the form of one.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let by_token = bytes.len() == 3 * ID + MAC;
        if !by_token && bytes.len() != 2 * ID + MAC {
            return None;
        }
        let id = |at: usize| Uuid::from_slice(&bytes[at * ID..(at + 1) * ID]).map(|id| id.to_string()).ok();
        let (what, user) = (id(0)?, UserId::parse(&id(1)?)?);
        let token = if by_token { Some(TokenId::parse(&id(2)?)?) } else { None };
        Some(Self { bytes, what, user, token })
    }

    /// The id of what is to be read.
    pub(crate) fn what(&self) -> &str {
        &self.what
    }

    fn is_ours(&self, seal: &Seal, purpose: &str, marks: (&str, &str)) -> Result<bool, Fault> {
        let (body, shown) = self.bytes.split_at(self.bytes.len() - MAC);
        let mut ours = false;
        for key in seal.mac_keys(purpose)? {
            ours |= bool::from(mac(&key, body, marks)?[..MAC].ct_eq(shown));
        }
        Ok(ours)
    }

    /// Passes where the address is one of ours with this mark of what is read and that of its person, and they may enter and read in the
    /// team now; of one that a token was given only as long as that stands. `NotFound("calendar")` otherwise.
    pub(crate) async fn open(
        &self,
        conn: &mut AnyConnection,
        (seal, now): (&Seal, Timestamp),
        purpose: &str,
        mark: &str,
        team: &TeamId,
    ) -> Result<(), Fault> {
        let closed = || Fault::NotFound("calendar");
        let own = people::feeds::mark(conn, &self.user).await?;
        if !self.is_ours(seal, purpose, (mark, &own))? {
            return Err(closed());
        }
        if let Some(token) = &self.token
            && !people::token_stands(conn, token, now).await?
        {
            return Err(closed());
        }
        let person = people::actor_of(conn, &self.user).await?;
        if person.is_some_and(|person| person.may(Permission::Read, team)) { Ok(()) } else { Err(closed()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHAT: &str = "0193f2a0-0000-7000-8000-000000000001";

    fn user(last: u8) -> UserId {
        UserId::parse(&format!("0193f2a0-0000-7000-8000-00000000000{last}")).expect("an id")
    }

    fn holder<'a>(user: &'a UserId, token: Option<&'a TokenId>, mark: &str) -> Holder<'a> {
        Holder { user, token, mark: mark.to_owned() }
    }

    #[test]
    fn an_address_is_ours_for_its_person_purpose_and_marks_alone() {
        let (seal, wei, lena) = (Seal::random(), user(2), user(3));
        let own = holder(&wei, None, "").address(&seal, "a", WHAT, "mark").unwrap();
        assert_eq!(own.len(), 64);
        assert_ne!(own, holder(&lena, None, "").address(&seal, "a", WHAT, "mark").unwrap());
        let shown = Shown::read(&own).unwrap();
        assert_eq!((shown.what(), &shown.user, &shown.token), (WHAT, &wei, &None));
        let ours = |shown: &Shown, purpose: &str, marks: (&str, &str)| shown.is_ours(&seal, purpose, marks).unwrap();
        assert!(ours(&shown, "a", ("mark", "")));
        assert!(!ours(&shown, "b", ("mark", "")) && !ours(&shown, "a", ("another", "")) && !ours(&shown, "a", ("mark", "own")));
        assert!(!shown.is_ours(&Seal::random(), "a", ("mark", "")).unwrap());
        let renewed = Shown::read(&holder(&wei, None, "own").address(&seal, "a", WHAT, "mark").unwrap()).unwrap();
        assert!(ours(&renewed, "a", ("mark", "own")) && !ours(&renewed, "a", ("mark", "")) && !ours(&renewed, "a", ("mark", "other")));
        // Somebody else's name in one's own address.
        let mut bent = URL_SAFE_NO_PAD.decode(&own).unwrap();
        bent[31] ^= 1;
        let bent = Shown::read(&URL_SAFE_NO_PAD.encode(bent)).unwrap();
        assert_eq!((&bent.user, ours(&bent, "a", ("mark", ""))), (&lena, false));
        assert!(Shown::read("").is_none() && Shown::read("secret-of-payments").is_none() && Shown::read(&own[..63]).is_none());
    }

    #[test]
    fn an_address_that_a_token_was_given_names_it() {
        let (seal, wei) = (Seal::random(), user(2));
        let token = TokenId::parse("0193f2a0-0000-7000-8000-000000000009").expect("an id");
        let given = holder(&wei, Some(&token), "").address(&seal, "a", WHAT, "mark").unwrap();
        let shown = Shown::read(&given).unwrap();
        assert_eq!((&shown.user, &shown.token), (&wei, &Some(token)));
        assert!(shown.is_ours(&seal, "a", ("mark", "")).unwrap());
        // Without its name it is nobody's.
        let mut bytes = URL_SAFE_NO_PAD.decode(&given).unwrap();
        bytes.drain(2 * ID..3 * ID);
        let bent = Shown::read(&URL_SAFE_NO_PAD.encode(bytes)).unwrap();
        assert!(bent.token.is_none() && !bent.is_ours(&seal, "a", ("mark", "")).unwrap());
    }

    #[test]
    fn an_address_outlives_a_new_key_beside_the_old_one() {
        let (old, new) = ("11".repeat(32), "22".repeat(32));
        let own = holder(&user(2), None, "").address(&Seal::parse(&old).unwrap(), "a", WHAT, "mark").unwrap();
        let both = Seal::parse(&format!("{new}\n{old}\n")).unwrap();
        assert!(Shown::read(&own).unwrap().is_ours(&both, "a", ("mark", "")).unwrap());
    }
}
