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
}
