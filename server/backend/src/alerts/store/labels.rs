//! Table `alert_labels`: the labels once more, a row for each, so that alerts are found by them.

use domain::{Fault, alerts::Matcher};
use sqlx::AnyConnection;

use super::AlertRow;
use crate::db::{Sql, sql};

/// Different values of one label that are looked through for a list.
const VALUES: i64 = 20_000;

/// Writes the labels of an alert in the place of those before.
pub(super) async fn write(conn: &mut AnyConnection, row: &AlertRow) -> Result<(), Fault> {
    let labels = row.labels()?;
    sql("DELETE FROM alert_labels WHERE alert_id = $1").value(&row.id).run(conn).await?;
    if labels.is_empty() {
        return Ok(());
    }
    sql("INSERT INTO alert_labels (alert_id, name, value) VALUES ")
        .rows(&labels, |r, (name, value)| r.bind(&row.id).bind(name).bind(value))
        .run(conn)
        .await
        .map(drop)
}

/// What one matcher comes to: the values of its label that there are and that it takes, or does not.
pub(super) struct Found {
    name: String,
    values: Vec<String>,
    /// The values are those that it refuses, because it takes an absent label.
    refused: bool,
}

/// Asks which values there are, so that expressions are judged here, the same on both databases.
pub(super) async fn that_match(conn: &mut AnyConnection, matchers: &[Matcher]) -> Result<Vec<Found>, Fault> {
    let mut found = Vec::new();
    for matcher in matchers {
        let refused = matcher.takes("");
        let mut values =
            sql("SELECT DISTINCT value FROM alert_labels WHERE name = $1 LIMIT $2").value(matcher.name()).value(VALUES).texts(conn).await?;
        values.retain(|value| matcher.takes(value) != refused);
        // As many as a statement holds.
        values.truncate(500);
        found.push(Found { name: matcher.name().to_owned(), values, refused });
    }
    Ok(found)
}

/// Narrows a query over `alerts` to what the matchers take.
pub(super) fn narrow(mut query: Sql, found: &[Found]) -> Sql {
    for found in found {
        let not = if found.refused { " AND NOT EXISTS" } else { " AND EXISTS" };
        query = query
            .push(not)
            .push(" (SELECT 1 FROM alert_labels l WHERE l.alert_id = alerts.id AND l.name = ")
            .bind(&found.name)
            .and_in("l.value", &found.values)
            .push(")");
    }
    query
}
