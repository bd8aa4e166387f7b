//! The body of an answer, read up to its cap. Those that share have room together: a thousand large answers at once do not
//! take the memory of the process.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    EgressError, Phase,
    hop::{Hop, cause},
};

/// Bytes of a body that need no room.
const FREE: usize = 256 << 10;
/// Bytes of one unit of the room.
const UNIT: usize = 64 << 10;
/// Bytes of what all bodies that share are longer than that, at a time.
const ROOM: usize = 256 << 20;

/// The room of a client.
pub(super) fn room() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(ROOM / UNIT))
}

/// What a body holds of the room; all that it wants where it shares none.
struct Share<'a> {
    room: Option<&'a Arc<Semaphore>>,
    held: Option<OwnedSemaphorePermit>,
}

impl Share<'_> {
    /// Takes what a body of so many bytes needs. Nobody waits for room: where there is none left, the body ends here.
    fn takes(&mut self, bytes: usize) -> bool {
        let Some(room) = self.room else { return true };
        let held = self.held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = bytes.saturating_sub(FREE).div_ceil(UNIT).saturating_sub(held);
        if more == 0 {
            return true;
        }
        let Some(permit) = u32::try_from(more).ok().and_then(|more| Arc::clone(room).try_acquire_many_owned(more).ok()) else {
            return false;
        };
        match &mut self.held {
            Some(held) => held.merge(permit),
            none => *none = Some(permit),
        }
        true
    }
}

/// What was read of a body.
pub(super) struct Body {
    pub(super) bytes: Bytes,
    /// Whether it went on.
    pub(super) truncated: bool,
    /// The room that it takes.
    pub(super) room: Option<OwnedSemaphorePermit>,
}

/// Reads a body up to its cap. Of one that shares, what was read counts where the rest takes too long: whoever looks at it says how far
/// it was seen.
pub(super) async fn read(hop: &Hop<'_>, mut incoming: Incoming) -> Result<Body, EgressError> {
    let mut share = Share { room: hop.room, held: None };
    let mut bytes = BytesMut::new();
    let truncated = loop {
        let frame = match hop.within(Phase::Body, incoming.frame()).await {
            Ok(Some(frame)) => frame.map_err(|error| EgressError::Protocol(cause(&error)))?,
            Ok(None) => break false,
            Err(EgressError::Timeout(_)) if hop.room.is_some() && bytes.len() >= FREE => break true,
            Err(error) => return Err(error),
        };
        let Ok(data) = frame.into_data() else { continue };
        let fits = data.len().min(hop.body_cap - bytes.len());
        if !share.takes(bytes.len() + fits) {
            break true;
        }
        bytes.extend_from_slice(&data[..fits]);
        if fits < data.len() {
            break true;
        }
    };
    Ok(Body { bytes: bytes.freeze(), truncated, room: share.held })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_share_their_room_and_give_it_back() {
        let room = Arc::new(Semaphore::new(2));
        let share = || Share { room: Some(&room), held: None };
        let (mut one, mut other) = (share(), share());
        assert!(one.takes(FREE) && one.takes(FREE + 1) && one.takes(FREE + UNIT) && one.takes(FREE + UNIT + 1));
        assert_eq!(room.available_permits(), 0);
        assert!(!one.takes(FREE + 2 * UNIT + 1), "no more than there is");
        assert!(other.takes(FREE) && !other.takes(FREE + 1), "what is small needs no room");
        drop(one);
        assert!(other.takes(FREE + 2 * UNIT));
        drop(other);
        assert_eq!(room.available_permits(), 2);
        assert!(Share { room: None, held: None }.takes(usize::MAX), "who shares none is bounded by the cap alone");
    }
}
