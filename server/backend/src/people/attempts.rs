//! Counting wrong tries: by login and address in the database (it survives a restart and holds for every replica), by
//! address in memory (against one address that tries many logins). Every try counts before the password is looked at.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
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
    /// Counts a try before anything is looked at, in one step with asking whether it may be made: many at once get no
    /// further than one after another. [`Self::give_back`] when it was no wrong one.
    pub(super) fn take(&self, peer: &str, now: Timestamp) -> Result<(), Fault> {
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
        if entry.0 >= REFUSE_AFTER {
            return Err(too_many(entry.1.plus(WINDOW_MS), now));
        }
        entry.0 += 1;
        Ok(())
    }

    /// Takes a try back that was not a wrong one.
    pub(super) fn give_back(&self, peer: &str) {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = tries.get_mut(peer) {
            entry.0 -= 1;
            if entry.0 <= 0 {
                tries.remove(peer);
            }
        }
    }
}

/// What tries are counted by: the address, or of IPv6 the network of 64 bits, of which one host has every address.
pub fn origin(peer: &str) -> String {
    match peer.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::from([a, b, c, d, 0, 0, 0, 0]))
        }
        Ok(address) => address.to_string(),
        Err(_) => peer.chars().take(64).collect(),
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
            assert!(peers.take("192.0.2.1", Timestamp(0)).is_ok());
        }
        assert_eq!(peers.take("192.0.2.1", Timestamp(0)), Err(Fault::TooMany { retry_after_s: 301 }));
        assert!(peers.take("192.0.2.2", Timestamp(0)).is_ok());
        peers.give_back("192.0.2.1");
        assert!(peers.take("192.0.2.1", Timestamp(0)).is_ok(), "one was right");
        assert!(peers.take("192.0.2.1", Timestamp(0)).is_err());
        assert!(peers.take("192.0.2.1", Timestamp(WINDOW_MS)).is_ok());
    }

    #[test]
    fn one_host_is_one_origin() {
        assert_eq!(origin("2001:db8:1:2:3:4:5:6"), origin("2001:db8:1:2::1"));
        assert_ne!(origin("2001:db8:1:2::1"), origin("2001:db8:1:3::1"));
        assert_eq!(origin("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(origin("profile"), "profile");
    }

    #[test]
    fn memory_is_bounded() {
        let peers = Peers::default();
        for n in 0..PEERS + 50 {
            peers.take(&n.to_string(), Timestamp(0)).unwrap();
        }
        assert_eq!(peers.tries.lock().unwrap().len(), PEERS);
    }
}
