//! Files of rows, whatever they are parted by.

use std::path::Path;

/// The rows of a CSV file: parted by comma, semicolon, tab or bar, whichever its first line holds most of.
pub(super) fn rows(file: &Path) -> Result<Vec<Vec<String>>, String> {
    let said = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let bytes = std::fs::read(file).map_err(|error| said(&error))?;
    let line = bytes.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty() && line[0] != b'#').unwrap_or_default();
    let count = |mark: u8| line.iter().filter(|byte| **byte == mark).count();
    let mark = [b';', b'\t', b'|', b','].into_iter().max_by_key(|mark| count(*mark)).filter(|mark| count(*mark) > 0).unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(mark).comment(Some(b'#')).from_reader(bytes.as_slice());
    let mut rows = Vec::new();
    for record in reader.byte_records() {
        let record = record.map_err(|error| said(&error))?;
        let row: Vec<String> = record.iter().map(|cell| String::from_utf8_lossy(cell).trim().to_owned()).collect();
        if row.iter().any(|cell| cell.contains('\0')) {
            return Err(said(&"this is no text"));
        }
        rows.push(row);
    }
    Ok(rows)
}
