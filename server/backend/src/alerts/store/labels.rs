//! Table `alert_labels`: the labels once more, a row for each, so that alerts are found by them.

use domain::{
    Fault, Reach,
    alerts::{
        Matcher,
        matcher::{
            Op,
            work::{BREATH, SEARCH},
        },
        unread,
    },
};
use sqlx::AnyConnection;
use tokio::sync::Semaphore;

use super::{AlertRow, indexed};
use crate::db::{Sql, sql};

/// Different values of one label that an expression is tried on, and so many are looked for at most.
const VALUES: usize = 20_000;

/// One search tries its expressions at a time: anybody who reads may ask for one.
static TURN: Semaphore = Semaphore::const_new(1);

/// Labels in one statement.
const TOGETHER: usize = 5_000;

/// Takes the labels of these alerts away.
pub(super) async fn erase(conn: &mut AnyConnection, rows: &[&AlertRow]) -> Result<(), Fault> {
    for chunk in rows.chunks(TOGETHER) {
        sql("DELETE FROM alert_labels WHERE 1 = 1").and_in("alert_id", chunk.iter().map(|row| &row.id)).run(conn).await?;
    }
    Ok(())
}

/// Writes the labels of alerts that have none written.
pub(super) async fn write(conn: &mut AnyConnection, rows: &[&AlertRow]) -> Result<(), Fault> {
    let mut labels = Vec::new();
    for row in rows {
        labels.extend(row.labels()?.into_iter().map(|(name, value)| (&row.id, name, value)));
    }
    for chunk in labels.chunks(TOGETHER) {
        sql("INSERT INTO alert_labels (alert_id, name, value) VALUES ")
            .rows(chunk, |r, (id, name, value)| r.bind(*id).bind(name).bind(&*indexed(value)))
            .run(conn)
            .await?;
    }
    Ok(())
}

/// What one matcher comes to, in rows: those of its label with one of these values are wanted, or not.
pub(super) struct Found {
    name: String,
    /// `None` for whatever the value is: what is empty is not written down.
    values: Option<Vec<String>>,
    /// It takes an absent label, so the values are those that it refuses.
    refused: bool,
}

/// Asks which values there are among alerts of these teams, so that expressions are judged here, the same on both databases: of a value
/// that is too long for an index they see the beginning. Refuses an expression on a label with more values than can be tried, and what
/// takes too long to try.
pub(super) async fn that_match(conn: &mut AnyConnection, reach: &Reach, matchers: &[Matcher]) -> Result<Vec<Found>, Fault> {
    let (mut found, mut work) = (Vec::new(), 0_usize);
    for matcher in matchers {
        let refused = matcher.takes("");
        let values = match matcher.op() {
            Op::Equal | Op::NotEqual if matcher.value().is_empty() => None,
            Op::Equal | Op::NotEqual => Some(vec![indexed(matcher.value()).into_owned()]),
            Op::Regex | Op::NotRegex => {
                let values = values_of(conn, reach, matcher.name()).await?;
                let of = |what: &str| Fault::invalid("label", matcher, unread(format!("{} {what}", matcher.name())));
                if values.len() > VALUES {
                    return Err(of(&format!("has more than {VALUES} values")));
                }
                work = values.iter().fold(work, |work, value| work.saturating_add(matcher.cost(value)));
                if work > SEARCH {
                    return Err(of("has too many values for so large an expression"));
                }
                Some(tried(matcher, values, refused).await?)
            }
        };
        found.push(Found { name: matcher.name().to_owned(), values, refused });
    }
    Ok(found)
}

/// The different values of a label, one more than can be tried at most.
async fn values_of(conn: &mut AnyConnection, reach: &Reach, name: &str) -> Result<Vec<String>, Fault> {
    let mut all = sql("SELECT DISTINCT l.value FROM alert_labels l WHERE l.name = ").bind(name);
    if !matches!(reach, Reach::All) {
        all = all.push(" AND EXISTS (SELECT 1 FROM alerts WHERE alerts.id = l.alert_id").within("alerts.team_id", reach).push(")");
    }
    all.push(" LIMIT ").bind(i64::try_from(VALUES + 1).unwrap_or(i64::MAX)).texts(conn).await
}

/// Those that the matcher takes, or refuses.
async fn tried(matcher: &Matcher, values: Vec<String>, refused: bool) -> Result<Vec<String>, Fault> {
    let _turn = TURN.acquire().await.map_err(|_| Fault::Internal)?;
    let (mut kept, mut done) = (Vec::new(), 0);
    for value in values {
        done += matcher.cost(&value);
        if done > BREATH {
            done = 0;
            tokio::task::yield_now().await;
        }
        if matcher.takes(&value) != refused {
            kept.push(value);
        }
    }
    Ok(kept)
}

/// Narrows a query over `alerts` to what the matchers take.
pub(super) fn narrow(mut query: Sql, found: &[Found]) -> Sql {
    for found in found {
        let not = if found.refused { " AND NOT EXISTS" } else { " AND EXISTS" };
        query = query.push(not).push(" (SELECT 1 FROM alert_labels l WHERE l.alert_id = alerts.id AND l.name = ").bind(&found.name);
        query = match &found.values {
            Some(values) => query.and_in("l.value", values),
            None => query,
        };
        query = query.push(")");
    }
    query
}
