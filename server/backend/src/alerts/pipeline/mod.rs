//! The way from an alert to those who are told: routes, groups, and what keeps it quiet.
//!
//! `judge` says why an alert is quiet now, `groups` brings it into its groups, `flush` lets them speak, `engine` does that when time
//! has passed, `reroute` when the routes were edited, `owed` tells ends to those who heard the beginning before that, `store` keeps it all, so that a
//! restart forgets nothing. What is decided is written down when it is decided (`alert_decisions`): the page "why" reads, it does not guess.
//!
//! **Architecture invariants:** whoever was told that an alert fires is told exactly once that it is over
//! ([`domain::alerts::group`]); a group speaks only while its row is locked; what is quiet fires and is listed all the same.

mod engine;
mod flush;
mod groups;
mod judge;
mod owed;
mod payload;
mod reroute;
pub(super) mod store;

pub use engine::Dispatcher;
pub(super) use engine::NAME;
pub(super) use groups::{cause, end, enter, hold, hold_both, worse};
pub(super) use judge::{Judge, Subject};
pub(super) use owed::follow;
pub(super) use payload::keys_of;
pub(super) use reroute::{call_spoken, reroute};

use domain::{
    Fault,
    alerts::{DecisionKind, Reason},
};
use serde_json::json;
use store::Decided;

use super::store::{AlertRow, Event};

/// Notes on a row that these keep it quiet now, or that nothing does any more: the row is to be saved, the event and the decision
/// are to be written.
pub(super) fn suppress(row: &mut AlertRow, reasons: &[Reason], decided: &mut Vec<Decided>) -> Result<Event, Fault> {
    row.suppressed = serde_json::to_string(reasons).map_err(|_| Fault::Internal)?;
    let (kind, name) = if reasons.is_empty() { (DecisionKind::Released, "released") } else { (DecisionKind::Suppressed, "suppressed") };
    decided.push(Decided { alert: row.id.clone(), kind, data: json!({ "reasons": reasons }) });
    let told = reasons.iter().map(|reason| format!("{} {}", reason.cause, reason.name)).collect::<Vec<_>>().join(", ");
    let state = row.state.clone();
    Ok(Event::next(row, name, &state, &told))
}
