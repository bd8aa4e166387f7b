//! Tables as a workbook. Cells that read as numbers are numbers; everything else is text, never a formula.

use axum::{body::Body, response::Response};
use domain::Fault;
use http::header;
use rust_xlsxwriter::{Format, Workbook, XlsxError};

/// One table of a workbook.
pub struct Sheet {
    name: String,
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Sheet {
    /// A table by its name (at most 31 characters), its headings and its rows.
    pub fn new(name: &str, head: &[&str], rows: Vec<Vec<String>>) -> Self {
        Self { name: name.chars().take(31).collect(), head: head.iter().map(|&word| word.to_owned()).collect(), rows }
    }
}

/// Rows of one sheet at most: a workbook is written in memory.
pub const MOST_ROWS: usize = 50_000;
/// Most characters of a cell, per the format.
const LONGEST: usize = 32_000;

fn written(sheets: &[Sheet]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let bold = Format::new().set_bold();
    for sheet in sheets {
        let worksheet = workbook.add_worksheet();
        worksheet.set_name(&sheet.name)?;
        worksheet.set_freeze_panes(1, 0)?;
        for (column, word) in (0_u16..).zip(&sheet.head) {
            worksheet.write_string_with_format(0, column, word, &bold)?;
        }
        for (row, cells) in (1_u32..).zip(&sheet.rows) {
            for (column, cell) in (0_u16..).zip(cells) {
                // `00` is a code, not a nought: what does not print back as it stands stays text.
                match cell.parse::<f64>().ok().filter(|number| number.is_finite() && is_number(cell)) {
                    Some(number) => worksheet.write_number(row, column, number)?,
                    None => worksheet.write_string(row, column, cell.chars().take(LONGEST).collect::<String>())?,
                };
            }
        }
        worksheet.autofit();
    }
    workbook.save_to_buffer()
}

/// Whether a text is a number and not a name made of digits: no leading nought, at most 15 digits.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let whole = digits.split('.').next().unwrap_or_default();
    !whole.is_empty()
        && (whole == "0" || !whole.starts_with('0'))
        && digits.len() <= 15
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// The tables as a file to be saved.
///
/// # Errors
/// [`Fault::Internal`] where the workbook cannot be written, e.g. with more rows than it may have.
pub fn xlsx(name: &str, sheets: &[Sheet]) -> Result<Response, Fault> {
    let body = written(sheets).map_err(|error| {
        tracing::error!(%error, name, "a workbook cannot be written");
        Fault::Internal
    })?;
    Response::builder()
        .header(header::CONTENT_TYPE, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""))
        .header(header::CACHE_CONTROL, "no-store")
        .body(Body::from(body))
        .map_err(|_| Fault::Internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_numbers_and_codes_stay_text() {
        for (text, number) in [
            ("12.5", true),
            ("-3", true),
            ("0", true),
            ("0.5", true),
            ("00", false),
            ("0051", false),
            ("1e5", false),
            ("=1+1", false),
            ("", false),
            ("1234567890123456", false),
        ] {
            assert_eq!(is_number(text), number, "{text}");
        }
        let body = written(&[Sheet::new("one", &["code", "n"], vec![vec!["=1+1".into(), "4".into()]])]).unwrap();
        assert_eq!(&body[..2], b"PK");
    }
}
