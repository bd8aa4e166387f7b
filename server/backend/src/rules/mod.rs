//! The service of the area `rules`, and its evaluator.
//!
//! **Architecture invariants:** a rule is claimed by moving its next moment forward, so that of several processes one
//! evaluates; what it reads comes first, then one transaction that judges and tells; the thresholds of a label set are
//! judged against what that label set said last, which is stored; whoever edits, pauses or deletes a rule ends what it had
//! fired.

mod acts;
mod engine;
mod import;
mod port;
mod read;
mod readings;
mod reads;
mod record;
mod store;
mod tell;
mod unusual;

use domain::{
    Fault, Reach,
    id::RuleId,
    rules::{Input, Measure},
    slices::Looked,
    transactions::Filter,
};
use sqlx::AnyConnection;

pub use engine::{Evaluator, NAME, Settings};
pub use port::Service;
pub(crate) use tell::{annotated, filled};

/// The noun of alerts of a rule.
pub const SOURCE: &str = "rule";

/// What a rule on success or volume of transactions looks at; `None` where it looks at something else, or is gone.
pub(crate) async fn of_transactions(conn: &mut AnyConnection, id: &RuleId) -> Result<Option<(Looked, Filter)>, Fault> {
    let rule = match store::one(conn, &Reach::All, id).await {
        Err(Fault::NotFound(_)) => return Ok(None),
        other => other?,
    };
    Ok(match rule.input {
        Input::Transactions { measure, filter, .. } | Input::Unusual { measure, filter, .. } => match measure {
            Measure::Success | Measure::Code => Some((Looked::Success, filter)),
            Measure::Volume => Some((Looked::Volume, filter)),
            Measure::P99 => None,
        },
        Input::Query { .. } | Input::Kept { .. } => None,
    })
}
