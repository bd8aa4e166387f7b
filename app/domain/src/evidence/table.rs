//! Rows of CSV with quotes (RFC 4180).

use crate::streams::separator;

/// The rows of a text that hold anything; what parts the cells is seen from its first line: JMeter writes what it is told to.
pub(super) fn rows(text: &str) -> Vec<Vec<String>> {
    let text = text.trim_start_matches('\u{feff}');
    let mark = u8::try_from(separator(text.lines().next().unwrap_or_default())).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(mark).from_reader(text.as_bytes());
    let rows = reader.records().map_while(Result::ok).map(|row| row.iter().map(str::to_owned).collect::<Vec<_>>());
    rows.filter(|row| row.iter().any(|cell| !cell.trim().is_empty())).collect()
}
