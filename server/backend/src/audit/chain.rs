//! What holds the rows together: each carries a keyed hash over itself and the row before, and the head a keyed hash over
//! how many there are and the last one.
//!
//! The key is made of the sealing key, which lies beside the database: whoever can only write to the database can neither
//! change a row, nor cut rows off, nor begin anew. Rows written before there was a key (scheme 0) carry plain hashes; they
//! are taken only before the first keyed row.

use domain::{Fault, id::TeamId};
use sha2::{Digest, Sha256};

use super::store::Row;
use crate::seal::{MacKey, Seal};

/// Rows with a plain hash.
pub(super) const PLAIN: i64 = 0;
/// Rows with a keyed hash.
pub(super) const KEYED: i64 = 1;
/// The mark of a head that was found not to be ours: it stays, so that rows written afterwards do not heal it.
pub(super) const BROKEN: &str = "broken";

/// The keys that chain, the newest first.
pub(super) struct Keys(Vec<MacKey>);

impl Keys {
    pub(super) fn of(seal: &Seal) -> Result<Self, Fault> {
        Ok(Self(seal.mac_keys("audit chain")?))
    }

    /// The hash of a new row on top of the row before, and of the head that ends with it.
    pub(super) fn chain(&self, row: &Row, before: &str) -> Result<(String, String), Fault> {
        let key = self.0.first().ok_or(Fault::Internal)?;
        let hash = key.mac(&parts(row, before, &numbers(row)));
        let head = head(key, row.seq, &hash);
        Ok((hash, head))
    }

    /// Whether the head says how many rows there are, and the last one, in our hand.
    pub(super) fn holds_head(&self, seq: i64, hash: &str, mac: &str) -> bool {
        self.0.iter().any(|key| head(key, seq, hash) == mac)
    }
}

fn head(key: &MacKey, seq: i64, hash: &str) -> String {
    key.mac(&[b"head", seq.to_string().as_bytes(), hash.as_bytes()])
}

/// Checks rows one after another.
pub(super) struct Walk<'a> {
    keys: &'a [MacKey],
    scheme: i64,
}

impl<'a> Walk<'a> {
    pub(super) fn new(keys: &'a Keys) -> Self {
        Self { keys: &keys.0, scheme: PLAIN }
    }

    /// Whether the row carries the hash that it must on top of the row before. A scheme never goes back to the older one,
    /// nor a key: what was written under an older key ends where the newer begins.
    pub(super) fn step(&mut self, row: &Row, before: &str) -> bool {
        match row.scheme {
            PLAIN if self.scheme == PLAIN => plain(row, before).is_some_and(|hash| hash == row.hash),
            KEYED => {
                self.scheme = KEYED;
                let numbers = numbers(row);
                let parts = parts(row, before, &numbers);
                // The oldest key is the last: nearly always the one that chained the row before does it.
                let Some(place) = self.keys.iter().rposition(|key| key.mac(&parts) == row.hash) else { return false };
                self.keys = &self.keys[..=place];
                true
            }
            _ => false,
        }
    }
}

fn numbers(row: &Row) -> [[u8; 8]; 2] {
    [row.seq.to_be_bytes(), row.at.to_be_bytes()]
}

/// Every column, in an order that stays.
fn parts<'a>(row: &'a Row, before: &'a str, [seq, at]: &'a [[u8; 8]; 2]) -> [&'a [u8]; 14] {
    // No team is another thing than a team without a name.
    let (has_team, team) = row.team_id.as_deref().map_or(("-", ""), |team| ("+", team));
    [
        b"row",
        before.as_bytes(),
        seq,
        at,
        row.actor_kind.as_bytes(),
        row.actor_id.as_bytes(),
        row.actor_name.as_bytes(),
        row.act.as_bytes(),
        row.object_kind.as_bytes(),
        row.object_id.as_bytes(),
        row.object_name.as_bytes(),
        has_team.as_bytes(),
        team.as_bytes(),
        row.detail.as_bytes(),
    ]
}

/// The plain hash that an old row must carry; `None` where its team is no id, which the portal never wrote.
fn plain(row: &Row, before: &str) -> Option<String> {
    let team = row.team_id.as_deref().unwrap_or_default();
    if row.team_id.is_some() && TeamId::parse(team).is_none_or(|id| id.as_str() != team) {
        return None;
    }
    let (seq, at) = (row.seq.to_string(), row.at.to_string());
    let mut sha = Sha256::new();
    for part in [
        before,
        &seq,
        &at,
        &row.actor_kind,
        &row.actor_id,
        &row.actor_name,
        &row.act,
        &row.object_kind,
        &row.object_id,
        &row.object_name,
        team,
        &row.detail,
    ] {
        sha.update((part.len() as u64).to_be_bytes());
        sha.update(part.as_bytes());
    }
    Some(hex::encode(sha.finalize()))
}
