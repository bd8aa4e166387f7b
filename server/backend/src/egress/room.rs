//! How many connections may be open at once: as many as the process may have descriptors, less what the rest of it needs.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors for what is not egress: people's connections, the database, output of tools.
const OTHERS: u64 = 5_000;

/// Connections to the outside that have room, at most `wanted`. Raises the soft limit of the process as far as that needs
/// and the hard limit permits; where little is permitted, half of it is for egress.
pub fn room(wanted: usize) -> usize {
    let want = u64::try_from(wanted).unwrap_or(u64::MAX);
    let limit = getrlimit(Resource::Nofile);
    let needed = want.saturating_add(OTHERS).min(limit.maximum.unwrap_or(u64::MAX));
    if limit.current.is_some_and(|current| current < needed) {
        let raised = Rlimit { current: Some(needed), maximum: limit.maximum };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::warn!(%error, needed, "the limit of open files cannot be raised");
        }
    }
    let room = share(getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX), want);
    if room < want {
        tracing::warn!(wanted, room, "fewer checks at a time than wanted: raise the limit of open files (ulimit -n)");
    }
    usize::try_from(room).unwrap_or(usize::MAX)
}

fn share(descriptors: u64, wanted: u64) -> u64 {
    wanted.min(descriptors.saturating_sub(OTHERS).max(descriptors / 2)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_of_the_process_keeps_its_share() {
        assert_eq!(share(1 << 20, 4_000), 4_000);
        assert_eq!(share(9_000, 4_000), 4_000);
        assert_eq!(share(1_024, 4_000), 512, "half, where little is permitted");
        assert_eq!(share(1_024, 100), 100);
        assert_eq!(share(0, 100), 1);
        assert!(room(100) <= 100);
    }
}
