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

/// What a rule on transactions looks at for an alert.
pub(crate) struct LooksAt {
    pub(crate) looked: Looked,
    pub(crate) filter: Filter,
    /// The zone that it names, if it does.
    pub(crate) zone: String,
    /// The currency of an amount.
    pub(crate) currency: String,
}

/// What a rule on success, volume or amount of transactions looks at for an alert, whose source names it; `None` where it looks at
/// something else, or is gone. Where each value of a dimension is judged by itself, that is the value of the alert.
pub(crate) async fn of_transactions(conn: &mut AnyConnection, source_id: &str) -> Result<Option<LooksAt>, Fault> {
    let (rule, label_set) = source_id.split_once('/').unwrap_or((source_id, ""));
    let Some(id) = RuleId::parse(rule) else { return Ok(None) };
    let rule = match store::one(conn, &Reach::All, &id).await {
        Err(Fault::NotFound(_)) => return Ok(None),
        other => other?,
    };
    let (measure, filter, by, (zone, currency)) = match rule.input {
        Input::Transactions { measure, filter, currency, .. } => (measure, filter, String::new(), (String::new(), currency)),
        Input::Unusual { measure, filter, by, zone, .. } => (measure, filter, by, (zone, String::new())),
        Input::Query { .. } | Input::Kept { .. } => return Ok(None),
    };
    let looked = match measure {
        Measure::Success | Measure::Code => Looked::Success,
        Measure::Volume => Looked::Volume,
        Measure::Amount => Looked::Amount,
        Measure::P99 => return Ok(None),
    };
    if by.is_empty() {
        return Ok(Some(LooksAt { looked, filter, zone, currency }));
    }
    let Some(labels) = readings::labels_of(conn, &id, label_set).await? else { return Ok(None) };
    // That nothing at all comes in is the whole's.
    let filter = match labels.get(&by) {
        Some(value) => filter.only(&by, value),
        None => filter,
    };
    Ok(Some(LooksAt { looked, filter, zone, currency }))
}
