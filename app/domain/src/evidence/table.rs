//! Rows of CSV with quotes (RFC 4180).

/// The rows of a text that hold anything; the separator is a comma.
pub(super) fn rows(text: &str) -> Vec<Vec<String>> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let rows = reader.records().map_while(Result::ok).map(|row| row.iter().map(str::to_owned).collect::<Vec<_>>());
    rows.filter(|row| row.iter().any(|cell| !cell.trim().is_empty())).collect()
}
