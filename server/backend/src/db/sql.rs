//! A statement with its values. Text is only ever written by us; what people give is always bound.

use domain::{Fault, Reach};
use sqlx::{
    AnyConnection, AssertSqlSafe, FromRow, Row,
    any::{AnyArguments, AnyRow},
};

use super::{Bind, OrFault};

/// A statement under construction.
///
/// ```ignore
/// sql("SELECT id, name FROM systems WHERE 1 = 1")
///     .within("team_id", &reach)
///     .push(" AND tier = ").bind(tier)
///     .push(" ORDER BY name LIMIT ").bind(limit)
///     .all::<Row>(conn).await?
/// ```
pub struct Sql {
    text: String,
    arguments: AnyArguments,
    count: usize,
}

/// Begins a statement. Placeholders written in `text` as `$1…` are filled by [`Sql::value`] in order.
pub fn sql(text: &'static str) -> Sql {
    Sql { text: text.to_owned(), arguments: AnyArguments::default(), count: 0 }
}

impl Sql {
    /// Fills the next placeholder that stands in the text already.
    #[must_use]
    pub fn value(mut self, value: impl Bind) -> Self {
        value.add_to(&mut self.arguments);
        self.count += 1;
        self
    }

    /// Appends text.
    #[must_use]
    pub fn push(mut self, text: &'static str) -> Self {
        self.text.push_str(text);
        self
    }

    /// Appends a placeholder with its value. Every placeholder before must have its value by now.
    #[must_use]
    pub fn bind(mut self, value: impl Bind) -> Self {
        value.add_to(&mut self.arguments);
        self.count += 1;
        self.text.push('$');
        self.text.push_str(&self.count.to_string());
        self
    }

    /// Appends ` AND <column> IN (…)`; an empty list matches nothing.
    #[must_use]
    pub fn and_in<T: Bind>(mut self, column: &'static str, values: impl IntoIterator<Item = T>) -> Self {
        self = self.push(" AND ").push(column).push(" IN (");
        let mut first = true;
        for value in values {
            if !first {
                self = self.push(", ");
            }
            first = false;
            self = self.bind(value);
        }
        if first {
            self = self.push("NULL");
        }
        self.push(")")
    }

    /// Leaves out the rows whose column is one of the values; one without a value stays. An empty list leaves nothing out.
    #[must_use]
    pub fn and_not_in<T: Bind>(self, column: &'static str, values: impl IntoIterator<Item = T>) -> Self {
        let mut values = values.into_iter().peekable();
        if values.peek().is_none() {
            return self;
        }
        self.push(" AND (").push(column).push(" IS NULL OR NOT (1 = 1").and_in(column, values).push("))")
    }

    /// Appends a condition: the column holds this text, whatever the case of either. No character of the text stands for others.
    ///
    /// SQLite, and Postgres where its locale is C, know the cases of ASCII only; so the letters beyond that which stand in the text
    /// are brought to one case here.
    #[must_use]
    pub fn holds(mut self, column: &'static str, text: &str) -> Self {
        let folded: String = text.trim().chars().flat_map(char::to_lowercase).map(|c| if c == 'ς' { 'σ' } else { c }).collect();
        let mut cases: Vec<(char, char)> = folded.chars().filter(|c| !c.is_ascii()).flat_map(others).collect();
        cases.sort_unstable();
        cases.dedup();
        cases.truncate(CASES);
        for _ in &cases {
            self = self.push("REPLACE(");
        }
        self = self.push("LOWER(").push(column).push(")");
        for (other, folded) in cases {
            self = self.push(", ").bind(other.to_string()).push(", ").bind(folded.to_string()).push(")");
        }
        let literal = folded.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        self.push(" LIKE ").bind(format!("%{literal}%")).push(" ESCAPE '\\'")
    }

    /// Appends ` AND <column> IN (the teams within reach)`, or nothing where the reach is everything.
    #[must_use]
    pub fn within(self, column: &'static str, reach: &Reach) -> Self {
        match reach {
            Reach::All => self,
            Reach::Teams(teams) => self.and_in(column, teams),
        }
    }

    /// Appends rows of a VALUES list: `($1, $2), ($3, $4)`. Each row binds its values through the closure.
    #[must_use]
    pub fn rows<T>(mut self, rows: impl IntoIterator<Item = T>, mut each: impl FnMut(ValueRow, T) -> ValueRow) -> Self {
        for (i, row) in rows.into_iter().enumerate() {
            self.text.push_str(if i == 0 { "(" } else { ", (" });
            let done = each(ValueRow { sql: self, first: true }, row);
            self = done.sql;
            self.text.push(')');
        }
        self
    }

    /// The text as the database of this connection takes it best.
    ///
    /// SQLite looks a numbered placeholder up among all others, when it reads the statement and when a value is bound: a list
    /// of 10,000 values takes half a second. One without a number is simply the next one.
    fn spelled(self, conn: &AnyConnection) -> (AssertSqlSafe<String>, AnyArguments) {
        // Whoever wants to know how many questions an act asks counts these.
        tracing::trace!(text = self.text, "statement");
        let plain = if conn.backend_name() == "SQLite" { unnumbered(&self.text) } else { None };
        (AssertSqlSafe(plain.unwrap_or(self.text)), self.arguments)
    }

    /// Runs it; gives the number of rows changed.
    pub async fn run(self, conn: &mut AnyConnection) -> Result<u64, Fault> {
        let (text, arguments) = self.spelled(conn);
        Ok(sqlx::query_with(text, arguments).execute(conn).await.or_fault()?.rows_affected())
    }

    /// Every row.
    pub async fn all<T: for<'r> FromRow<'r, AnyRow> + Send + Unpin>(self, conn: &mut AnyConnection) -> Result<Vec<T>, Fault> {
        let (text, arguments) = self.spelled(conn);
        sqlx::query_as_with(text, arguments).fetch_all(conn).await.or_fault()
    }

    /// The first row, if there is one.
    pub async fn first<T: for<'r> FromRow<'r, AnyRow> + Send + Unpin>(self, conn: &mut AnyConnection) -> Result<Option<T>, Fault> {
        let (text, arguments) = self.spelled(conn);
        sqlx::query_as_with(text, arguments).fetch_optional(conn).await.or_fault()
    }

    /// The first rows, at most so many, and how many more there are: `count` is asked for all of them only where there may be more.
    pub async fn up_to<T: for<'r> FromRow<'r, AnyRow> + Send + Unpin>(
        self,
        most: usize,
        count: Self,
        conn: &mut AnyConnection,
    ) -> Result<(Vec<T>, i64), Fault> {
        let rows: Vec<T> = self.push(" LIMIT ").bind(i64::try_from(most).unwrap_or(i64::MAX)).all(conn).await?;
        let told = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        let more = if rows.len() < most { 0 } else { count.count(conn).await? - told };
        Ok((rows, more))
    }

    /// One whole number: the first column of the first row; 0 where there is none.
    pub async fn count(self, conn: &mut AnyConnection) -> Result<i64, Fault> {
        let (text, arguments) = self.spelled(conn);
        let row = sqlx::query_with(text, arguments).fetch_optional(conn).await.or_fault()?;
        row.map_or(Ok(0), |row| row.try_get::<Option<i64>, _>(0).or_fault().map(Option::unwrap_or_default))
    }

    /// The first column of every row as text.
    pub async fn texts(self, conn: &mut AnyConnection) -> Result<Vec<String>, Fault> {
        let (text, arguments) = self.spelled(conn);
        let rows = sqlx::query_with(text, arguments).fetch_all(conn).await.or_fault()?;
        rows.iter().map(|row| row.try_get(0).or_fault()).collect()
    }
}

/// Letters beyond ASCII that are brought to one case; further ones are compared as they are.
const CASES: usize = 40;

/// What else stands for this lower-case letter, beside the letter.
fn others(letter: char) -> impl Iterator<Item = (char, char)> {
    let mut upper = letter.to_uppercase();
    let upper = upper.next().filter(|one| upper.next().is_none() && *one != letter);
    upper.into_iter().chain((letter == 'σ').then_some('ς')).map(move |other| (other, letter))
}

/// The text with `?` for `$1, $2, …`; `None` where they do not stand in this order, each once.
fn unnumbered(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut parts = text.split('$');
    plain.push_str(parts.next()?);
    let mut next = 1_usize;
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            plain.push('$');
        } else if part[..digits].parse() == Ok(next) {
            plain.push('?');
            next += 1;
        } else {
            return None;
        }
        plain.push_str(&part[digits..]);
    }
    Some(plain)
}

/// What follows the ORDER BY of a subquery whose rows a write is about to touch: they are locked in that order, so that of two
/// writes neither waits for what the other holds. Whoever refers to the rows is not kept waiting. On SQLite the writer's turn is
/// the lock.
pub fn in_order(conn: &AnyConnection) -> &'static str {
    if conn.backend_name() == "SQLite" { "" } else { " FOR NO KEY UPDATE" }
}

/// One row of a VALUES list under construction.
pub struct ValueRow {
    sql: Sql,
    first: bool,
}

impl ValueRow {
    /// The next value of the row.
    #[must_use]
    pub fn bind(mut self, value: impl Bind) -> Self {
        if !self.first {
            self.sql.text.push_str(", ");
        }
        self.first = false;
        self.sql = self.sql.bind(value);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_in_order_need_no_number() {
        let plain = |text| unnumbered(text).unwrap_or_default();
        assert_eq!(plain("SELECT 1"), "SELECT 1");
        assert_eq!(plain("a = $1 AND b IN ($2, $3) LIMIT $4"), "a = ? AND b IN (?, ?) LIMIT ?");
        assert_eq!(plain("json(x, '$.y') = $1"), "json(x, '$.y') = ?");
        assert_eq!(unnumbered("a = $1 OR b = $1"), None);
        assert_eq!(unnumbered("a = $2 OR b = $1"), None);
    }

    #[test]
    fn letters_beyond_ascii_are_brought_to_one_case() {
        let text = |text| sql("").holds("name", text).text;
        assert_eq!(text("Shop"), r"LOWER(name) LIKE $1 ESCAPE '\'");
        assert_eq!(text("支付"), r"LOWER(name) LIKE $1 ESCAPE '\'", "no case at all");
        assert_eq!(text("Ärger, ärger"), r"REPLACE(LOWER(name), $1, $2) LIKE $3 ESCAPE '\'");
        assert_eq!(text("ΟΔΟΣ").matches("REPLACE").count(), 4, "the sigma has three forms");
    }
}
