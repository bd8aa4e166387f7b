//! Maintenance of a moment that is over, as the audit tells of it: what stands in the tables is only what is so now.

use domain::{
    Fault, Timestamp,
    monitors::{Done, was_maintained as judge},
};
use serde_json::Value;
use sqlx::AnyConnection;

use super::{acts::MAINTAIN, recurring::RECUR};
use crate::audit;

/// See [`super::was_maintained`].
pub(super) async fn was_maintained(conn: &mut AnyConnection, id: &str, brought: Option<Timestamp>, then: Timestamp) -> Result<bool, Fault> {
    let acts = audit::done_with(conn, ("monitor", id), &[MAINTAIN, RECUR], then).await?;
    let done: Vec<(Timestamp, Done)> = acts.into_iter().map(|(at, act, detail)| (at, read(&act, &detail))).collect();
    Ok(judge(&done, brought, then))
}

fn read(act: &str, detail: &Value) -> Done {
    if act == RECUR {
        Done::Recurs(serde_json::from_value(detail["to"].clone()).unwrap_or_default())
    } else {
        Done::Until(detail["until"].as_str().and_then(Timestamp::parse_rfc3339))
    }
}
