//! Keyset paging: a page knows where the next one begins, never how many there are.

use serde::{Deserialize, Serialize};

use crate::{Fault, Wording};

/// Rows a page may hold at most.
pub const MAX_PAGE: u32 = 500;

/// Which page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// Opaque cursor of the page before; `None` for the first.
    pub after: Option<String>,
    /// Rows wanted, 1 ≤ limit ≤ [`MAX_PAGE`].
    pub limit: u32,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { after: None, limit: 50 }
    }
}

impl PageRequest {
    /// Reads the two query parameters; an empty text counts as absent.
    pub fn parse(after: Option<&str>, limit: Option<&str>) -> Result<Self, Fault> {
        let limit = match limit.filter(|l| !l.is_empty()) {
            None => 50,
            Some(text) => text
                .parse()
                .ok()
                .filter(|n| (1..=MAX_PAGE).contains(n))
                .ok_or_else(|| Fault::invalid("limit", text, Wording::new("expect-between").with("min", 1).with("max", MAX_PAGE)))?,
        };
        Ok(Self { after: after.filter(|a| !a.is_empty()).map(str::to_owned), limit })
    }

    /// The cursor's two parts, a sort value and an id, or a fault naming the parameter.
    pub fn position(&self) -> Result<Option<(i64, String)>, Fault> {
        let Some(cursor) = &self.after else { return Ok(None) };
        cursor
            .split_once('.')
            .and_then(|(value, id)| Some((value.parse().ok()?, id.to_owned())))
            .map(Some)
            .ok_or_else(|| Fault::invalid("after", cursor, Wording::new("expect-cursor")))
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The rows, in order.
    pub items: Vec<T>,
    /// Cursor of the next page; absent on the last.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Cuts a page out of `limit + 1` rows that were read; `cursor` gives a row's sort value and id.
    pub fn cut(mut rows: Vec<T>, limit: u32, cursor: impl Fn(&T) -> (i64, String)) -> Self {
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = rows.last().filter(|_| more).map(|row| {
            let (value, id) = cursor(row);
            format!("{value}.{id}")
        });
        Self { items: rows, next }
    }

    /// The same page with other rows.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_whether_there_is_another() {
        let page = Page::cut(vec![9, 8, 7], 2, |n| (*n, format!("id{n}")));
        assert_eq!(page, Page { items: vec![9, 8], next: Some("8.id8".into()) });
        assert_eq!(Page::cut(vec![1], 2, |n| (*n, String::new())).next, None);
    }

    #[test]
    fn rubbish_names_the_parameter() {
        assert_eq!(PageRequest::parse(None, Some("0")).unwrap_err().problems()[0].field, "limit");
        assert_eq!(PageRequest::parse(Some("xx"), None).unwrap().position().unwrap_err().problems()[0].field, "after");
    }
}
