//! Counting wrong tries: by login in the database (it survives a restart and holds for every replica), by peer
//! address in memory (against one address that tries many logins).

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use domain::{Fault, Timestamp, people::REFUSE_AFTER, time::MINUTE};

/// Wrong tries of one address are forgotten this long after its first, in milliseconds.
const WINDOW_MS: i64 = 5 * MINUTE;
/// Addresses remembered at most.
const PEERS: usize = 10_000;

/// Wrong tries by peer address.
#[derive(Default)]
pub(super) struct Peers {
    tries: Mutex<HashMap<String, (i64, Timestamp)>>,
}

impl Peers {
    /// Refuses an address with too many wrong tries.
    pub(super) fn admit(&self, peer: &str, now: Timestamp) -> Result<(), Fault> {
        let tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        match tries.get(peer) {
            Some((count, first)) if *count >= REFUSE_AFTER && now.since(*first) < WINDOW_MS => Err(too_many(first.plus(WINDOW_MS), now)),
            _ => Ok(()),
        }
    }

    /// Notes a wrong try.
    pub(super) fn note(&self, peer: &str, now: Timestamp) {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        if tries.len() >= PEERS && !tries.contains_key(peer) {
            tries.retain(|_, (_, first)| now.since(*first) < WINDOW_MS);
            if tries.len() >= PEERS {
                let oldest = tries.iter().min_by_key(|(_, (_, first))| *first).map(|(peer, _)| peer.clone());
                oldest.and_then(|peer| tries.remove(&peer));
            }
        }
        let entry = tries.entry(peer.to_owned()).or_insert((0, now));
        if now.since(entry.1) >= WINDOW_MS {
            *entry = (0, now);
        }
        entry.0 += 1;
    }
}

/// "Come back then", at least a second from now.
pub(super) fn too_many(then: Timestamp, now: Timestamp) -> Fault {
    let seconds = then.since(now).div_euclid(1000) + 1;
    Fault::TooMany { retry_after_s: u32::try_from(seconds).unwrap_or(1).max(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_wrong_tries_of_one_address_and_no_more() {
        let peers = Peers::default();
        for _ in 0..20 {
            assert!(peers.admit("192.0.2.1", Timestamp(0)).is_ok());
            peers.note("192.0.2.1", Timestamp(0));
        }
        assert_eq!(peers.admit("192.0.2.1", Timestamp(0)), Err(Fault::TooMany { retry_after_s: 301 }));
        assert!(peers.admit("192.0.2.2", Timestamp(0)).is_ok());
        assert!(peers.admit("192.0.2.1", Timestamp(WINDOW_MS)).is_ok());
    }

    #[test]
    fn memory_is_bounded() {
        let peers = Peers::default();
        for n in 0..PEERS + 50 {
            peers.note(&n.to_string(), Timestamp(0));
        }
        assert_eq!(peers.tries.lock().unwrap().len(), PEERS);
    }
}
