//! The rows of a table as lines of JSON, each cell under the name of its column.

use std::fmt;

use crate::time::spelt::{First, compact, respelt};

/// Ranges that are told.
const TOLD: usize = 20;

/// Lines of a table that were passed over, as 1-3, 20.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Passed(Vec<(u64, u64)>);

impl Passed {
    /// One more of them, in order.
    pub fn add(&mut self, line: u64) {
        match self.0.last_mut() {
            Some((_, last)) if *last + 1 == line => *last = line,
            _ => self.0.push((line, line)),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Bytes that they take.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(self.0.as_slice())
    }
}

impl fmt::Display for Passed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let range = |(first, last): &(u64, u64)| if first == last { first.to_string() } else { format!("{first}-{last}") };
        let more = if self.0.len() > TOLD { ", …" } else { "" };
        write!(f, "{}{more}", self.0.iter().take(TOLD).map(range).collect::<Vec<_>>().join(", "))
    }
}

/// The columns of a table, and what its rows make of them.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    names: Vec<String>,
    /// Columns that stand in the table itself.
    width: usize,
    /// The same without those at the end that have no name: a mark at the end of the header makes one, rows need not have it.
    named: usize,
    /// Two columns that are one, a date and a time of day: under the last names.
    joined: Vec<[usize; 2]>,
    /// Whether what is read stands beneath the rows.
    beneath: bool,
}

impl Rows {
    /// Of these columns, and of those that two of them are together: `Date+Time`.
    pub fn new(names: Vec<String>, joins: &[String]) -> Self {
        let named = names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1);
        let mut rows = Self { width: names.len(), named, names, ..Self::default() };
        for name in joins {
            let at = |part: &str| rows.names[..rows.width].iter().position(|name| name == part.trim());
            let pair = name.match_indices('+').find_map(|(plus, _)| Some([at(&name[..plus])?, at(&name[plus + 1..])?]));
            if let Some(pair) = pair.filter(|_| !rows.names.contains(name)) {
                rows.joined.push(pair);
                rows.names.push(name.clone());
            }
        }
        rows
    }

    /// Names of all columns, those that are two together last.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// A row as a line; what is empty is left out, and so is what stands beyond the header. `None` of what is no row: rules and sums
    /// beneath them.
    pub fn line<'r>(&mut self, row: impl IntoIterator<Item = &'r str>) -> Option<String> {
        let cells: Vec<&str> = row.into_iter().map(unwrapped).collect();
        let ends = self.width > 1 && is_end(&cells, cells.len() < self.named, self.beneath);
        self.beneath = ends;
        if ends {
            return None;
        }
        let cell = |at: usize| cells.get(at).copied().unwrap_or_default();
        let joined = self.joined.iter().map(|[one, other]| format!("{} {}", cell(*one), cell(*other)).trim().to_owned());
        let all = (0..self.width).map(|at| cell(at).to_owned()).chain(joined);
        let filled = self.names.iter().zip(all).filter(|(name, value)| !name.is_empty() && !value.is_empty());
        let object: serde_json::Map<String, serde_json::Value> = filled.map(|(name, value)| (name.clone(), value.into())).collect();
        Some(serde_json::Value::Object(object).to_string())
    }
}

/// A cell without what spreadsheets put around it so that it stays a text: `="00123"`, or a backtick before it.
pub fn unwrapped(cell: &str) -> &str {
    let cell = cell.trim();
    if let Some(within) = cell.strip_prefix("=\"").and_then(|cell| cell.strip_suffix('"')) {
        return within.trim();
    }
    cell.strip_prefix('`').filter(|rest| !rest.contains('`')).map_or(cell, str::trim)
}

/// Whether a record is none of the rows: it begins with a rule or a word of sums and has fewer cells than they, or no other one; or it
/// stands behind such a record and has fewer. One with a time is a row.
fn is_end(cells: &[&str], short: bool, beneath: bool) -> bool {
    let Some(first) = cells.first() else { return false };
    let alone = || cells[1..].iter().all(|cell| cell.is_empty());
    let begins = (begins_end(first) && (short || alone())) || (beneath && short);
    begins && !cells.iter().any(|cell| has_time(cell))
}

fn begins_end(cell: &str) -> bool {
    let is_rule = cell.len() >= 3 && cell.bytes().all(|sign| matches!(sign, b'-' | b'=' | b'*' | b'_'));
    let is_title = cell.starts_with("---") && cell.ends_with("---");
    let word = cell.trim_end_matches([':', '：']).to_lowercase();
    let sums = matches!(word.as_str(), "total" | "totals" | "sum" | "合计" | "总计" | "小计")
        || word.starts_with("总交易")
        || word.starts_with("总笔数");
    let counts = cell.strip_prefix('共').is_some_and(|rest| rest.starts_with(|digit: char| digit.is_ascii_digit()));
    is_rule || is_title || sums || counts
}

/// Whether a cell looks like a date or a time of day, also as banks and programs spell them, or as a number of ten digits and more.
fn has_time(cell: &str) -> bool {
    let cell = cell.trim_matches(['\'', '"', '[', ']', ' ']);
    let first = cell.bytes().take_while(u8::is_ascii_digit).count();
    let of_points = || {
        let parts: Vec<&str> = cell.split('.').collect();
        parts.len() == 3 && parts.iter().all(|part| (1..=4).contains(&part.len())) && parts.iter().any(|part| part.len() == 4)
    };
    let is_number = || first >= 10 && cell.bytes().all(|sign| sign.is_ascii_digit() || sign == b'.');
    let is_marked = || ['-', '/', ':'].iter().any(|mark| cell.matches(*mark).count() >= 2) || cell.contains('年');
    let is_spelt = || [First::Day, First::Month].into_iter().any(|first| respelt(cell, Some(first)).is_some());
    first > 0 && (is_number() || is_marked() || of_points() || compact(cell).is_some() || is_spelt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(names: &[&str], joins: &[&str]) -> Rows {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        Rows::new(owned(names), &owned(joins))
    }

    #[test]
    fn two_columns_are_one() {
        let mut paypal = rows(&["Date", "Time", "Gross"], &["Date+Time", "Date+Nothing", "Gross"]);
        assert_eq!(paypal.names(), ["Date", "Time", "Gross", "Date+Time"]);
        let line = paypal.line(["11/28/2025", "14:05:00", "1.00", "beyond"]).unwrap();
        assert_eq!(line, r#"{"Date":"11/28/2025","Date+Time":"11/28/2025 14:05:00","Gross":"1.00","Time":"14:05:00"}"#);
        assert_eq!(paypal.line(["11/28/2025"]).unwrap(), r#"{"Date":"11/28/2025","Date+Time":"11/28/2025"}"#);
        // A column of that very name is that column.
        assert_eq!(rows(&["a", "b", "a+b"], &["a+b"]).names().len(), 3);
        assert_eq!(rows(&["a+b", "c"], &["a+b+c"]).line(["1", "2"]).unwrap(), r#"{"a+b":"1","a+b+c":"1 2","c":"2"}"#);
    }

    #[test]
    fn lines_are_told_in_ranges() {
        let mut passed = Passed::default();
        assert!(passed.is_empty());
        [1, 2, 3, 7, 9, 10].into_iter().for_each(|line| passed.add(line));
        assert_eq!(passed.to_string(), "1-3, 7, 9-10");
        (0..30).for_each(|at| passed.add(20 + 2 * at));
        assert!(passed.to_string().ends_with("52, …"), "{passed}");
    }

    #[test]
    fn cells_lose_what_spreadsheets_wrap_them_in() {
        for (cell, bare) in [
            ("=\"00123\"", "00123"),
            (" `2025-11-28 14:05:00 ", "2025-11-28 14:05:00"),
            ("`", ""),
            ("`a` b", "`a` b"),
            ("=1+1", "=1+1"),
            ("\"a\"", "\"a\""),
            ("", ""),
        ] {
            assert_eq!(unwrapped(cell), bare, "{cell}");
        }
    }

    #[test]
    fn what_stands_beneath_the_rows_is_none() {
        let three = || rows(&["merchant", "time", "code"], &[]);
        for ends in
            [&["-----"][..], &["----- 5 -----", "", ""], &["总交易单数", "总额"], &["共5笔记录"], &["Total:", "", ""], &["合计", "12.00"]]
        {
            assert_eq!(three().line(ends.iter().copied()), None, "{ends:?}");
        }
        for row in [
            &["总店", "2025-11-28 14:05"][..],
            &["合计", "2025-11-28 14:05"],
            &["共享单车", "1"],
            &["TotalEnergies"],
            &["合计", "1", "2"],
            &["", "-----"],
        ] {
            assert!(three().line(row.iter().copied()).is_some(), "{row:?}");
        }
        // Behind such a record short ones are none either, until there is a row again.
        let mut table = three();
        let said = [&["-----"][..], &["5", "12.00"], &["M", "2025-11-28 14:05"], &["5", "12.00"]]
            .map(|row| table.line(row.iter().copied()).is_some());
        assert_eq!(said, [false, false, true, true]);
        assert!(rows(&["code"], &[]).line(["-----"]).is_some(), "a column alone has no sums");
    }

    #[test]
    fn what_has_a_time_is_a_row_however_that_is_spelt() {
        for time in [
            "1764338700",
            "1764338700123",
            "1764338700.5",
            "20251128140500",
            "20251128",
            "28.11.2025 14:05",
            "28.11.2025",
            "28/Nov/2025 14:05",
            "2025年11月28日 14:05",
            "[2025-11-28 14:05:00]",
            "'2025-11-28 14:05:00",
            "14:05:00",
        ] {
            let mut table = rows(&["merchant", "time", "code"], &[]);
            for row in [["合计", time], ["---", time], ["M1", time]] {
                assert!(table.line(row).is_some(), "{row:?}");
            }
        }
        for sum in ["12.00", "1.234.567", "1,234,567.00", "123456789", "2笔", "导出时间：[2025-11-28 14:05:00]"] {
            assert_eq!(rows(&["merchant", "time", "code"], &[]).line(["合计", sum]), None, "{sum}");
        }
        // The header ends in a mark, its rows do not.
        let mut table = rows(&["merchant", "time", "code", ""], &[]);
        for row in [["TOTAL", "14h", "00"], ["M1", "14h", "00"]] {
            assert!(table.line(row).is_some(), "{row:?}");
        }
    }
}
