//! What was counted of every value of a dimension in an hour, read once where many moments are tried.

use std::{collections::HashMap, sync::Arc};

use domain::{Fault, Span, Timestamp, time::HOUR, unusual::Counted};
use sqlx::AnyConnection;

use super::{Asked, counted};
use crate::transactions;

/// Hours that are remembered at most, of thousands of values each.
const MOST: usize = 400;

/// What was counted of every value by its number; `None` where nothing was.
type Known = Option<Arc<HashMap<u32, Counted>>>;

/// Hours of one rule.
#[derive(Default)]
pub(super) struct Hours(HashMap<Timestamp, Known>);

impl Hours {
    /// An hour by its start; `None` where nothing was counted in it: before there were any transactions, none is no sign.
    pub(super) async fn of(&mut self, conn: &mut AnyConnection, asked: &Asked<'_>, hour: Timestamp) -> Result<Known, Fault> {
        if let Some(known) = self.0.get(&hour) {
            return Ok(known.clone());
        }
        let span = Span { from: hour, to: hour.plus(HOUR) };
        let found = transactions::by_value(conn, asked.system, (asked.filter, asked.by), span).await?;
        let found: HashMap<u32, Counted> = found.into_iter().map(|(value, sums)| (value, counted(&sums))).collect();
        let known = Some(found).filter(|found| !found.is_empty()).map(Arc::new);
        if self.0.len() >= MOST {
            self.0.clear();
        }
        self.0.insert(hour, known.clone());
        Ok(known)
    }
}
