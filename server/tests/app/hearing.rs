//! What is traced on the thread of a test, beside other tests that listen to nothing.

use std::sync::LazyLock;

use tracing::{Dispatch, dispatcher::DefaultGuard};

/// Where there is one subscriber only, whichever thread comes first to a place that traces says for all of them whether anybody listens:
/// it asks its own subscriber, and has none. Where there are two, all of them are asked.
static ANOTHER: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(tracing_subscriber::registry()));

/// The subscriber hears this thread until the guard is dropped.
pub fn hear(subscriber: impl Into<Dispatch>) -> DefaultGuard {
    LazyLock::force(&ANOTHER);
    let guard = tracing::dispatcher::set_default(&subscriber.into());
    // A thread that was just asking while there was one or none has answered by now, or asks all.
    tracing::callsite::rebuild_interest_cache();
    guard
}
