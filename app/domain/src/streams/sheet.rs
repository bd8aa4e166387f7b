//! A table in a text (CSV): its header, and its rows as lines of JSON. Comma, semicolon, tab or bar, whichever the header has most of.
//!
//! Every line names the columns again, so that a small table of long names makes a great many bytes: rows are read and written one by one,
//! and whoever reads a table says how much room there is.

use std::{
    collections::HashSet,
    iter::{Chain, Peekable},
    option, str,
};

use super::{
    head::Head,
    rows::{Passed, Rows, unwrapped},
};
use crate::{Fault, Wording};

/// Bytes that the lines of a table may have, as any batch.
const MOST: usize = 32 << 20;
/// Columns of a table.
const MOST_COLUMNS: usize = 1_000;
/// Bytes of a header.
const MOST_HEADER: usize = 64 << 10;

/// What parts the cells of a table that begins with this line: comma, semicolon, tab or bar, whichever stands there most outside of
/// quotes. The comma is the last to be thought of, since it may begin fractions.
pub fn separator(first: &str) -> char {
    let marks = [',', '|', '\t', ';'];
    let mut counts = [0_usize; 4];
    let (mut begins, mut of_quotes, mut quoted) = (true, false, false);
    for letter in first.trim_start_matches('\u{feff}').chars() {
        if letter == '"' && (begins || of_quotes) {
            (begins, of_quotes, quoted) = (false, true, !quoted);
            continue;
        }
        begins = false;
        if let Some(at) = marks.iter().position(|mark| *mark == letter).filter(|_| !quoted) {
            counts[at] += 1;
            (begins, of_quotes) = (true, false);
        }
    }
    let most = counts.into_iter().zip(marks).filter(|(count, _)| *count > 0).max_by_key(|(count, _)| *count);
    most.map_or(',', |(_, mark)| mark)
}

/// The cells of a line that stands alone.
pub(super) fn record(line: &str, separator: char) -> Vec<String> {
    Records::new(line, separator).next().map(|(_, cells)| cells).unwrap_or_default()
}

/// The line of the text in which a row begins, both from 1; a number that is none of a row stays.
pub fn line_of_row(begins: &[u64], row: u64) -> u64 {
    let at = usize::try_from(row).unwrap_or(usize::MAX).wrapping_sub(1);
    begins.get(at).copied().unwrap_or(row)
}

/// A table that was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    /// Names of the columns, of those that are two together last.
    pub header: Vec<String>,
    /// The rows, one object a line; what is empty is left out, and so is what stands beyond the header.
    pub lines: String,
    /// The line of the text in which each row begins, from 1.
    pub begins: Vec<u64>,
    /// Lines before the header and beneath the rows, which hold none.
    pub passed: Passed,
}

impl Sheet {
    /// Reads a table with a header (RFC 4180; line breaks within quotes are kept).
    ///
    /// # Errors
    /// [`Fault::Invalid`] names the field `file`: it has no header, one that is too long, or two columns of one name, or its lines would
    /// have more bytes than a batch may have.
    pub fn read(text: &str) -> Result<Self, Fault> {
        Self::read_joined(text, &[])
    }

    /// Reads a table as [`Sheet::read`] does, with two columns as one for each of these names: `Date+Time`.
    ///
    /// # Errors
    /// As there.
    pub fn read_joined(text: &str, joins: &[String]) -> Result<Self, Fault> {
        Self::read_within(text, joins, |bytes| {
            let expected = || Wording::new("streams-expect-table-size").with("mib", MOST >> 20);
            if bytes > MOST { Err(Fault::invalid("file", "", expected())) } else { Ok(()) }
        })
    }

    /// Reads a table as [`Sheet::read_joined`] does; `room` is asked, after every row, for the bytes that it takes by then.
    ///
    /// # Errors
    /// What `room` says, and what is wrong with the header.
    pub fn read_within<E: From<Fault>>(text: &str, joins: &[String], mut room: impl FnMut(usize) -> Result<(), E>) -> Result<Self, E> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let head = Head::of(text.split('\n').enumerate(), None);
        let (before, table) = head.parted(text);
        let mut records = Records::new(table, head.separator);
        records.line += head.line as u64;
        let header = read_header(records.next().unwrap_or_default().1)?;
        records.most = header.len();
        let mut rows = Rows::new(header, joins);
        let mut sheet = Self { header: rows.names().to_vec(), passed: before, ..Self::default() };
        for (begin, row) in records {
            match rows.line(row.iter().map(String::as_str)) {
                Some(line) => {
                    sheet.lines.push_str(&line);
                    sheet.lines.push('\n');
                    sheet.begins.push(begin);
                }
                None => sheet.passed.add(begin),
            }
            // Rows in which nothing stands take room, too.
            room(sheet.lines.len() + size_of_val(sheet.begins.as_slice()) + sheet.passed.bytes())?;
        }
        Ok(sheet)
    }
}

fn read_header(names: Vec<String>) -> Result<Vec<String>, Fault> {
    let header: Vec<String> = names.iter().map(|name| unwrapped(name).to_owned()).collect();
    if header.iter().all(String::is_empty) {
        return Err(Fault::invalid("file", "", Wording::new("streams-expect-header")));
    }
    if header.len() > MOST_COLUMNS || header.iter().map(String::len).sum::<usize>() > MOST_HEADER {
        let expected = Wording::new("streams-expect-header-short").with("max", MOST_COLUMNS).with("kib", MOST_HEADER >> 10);
        return Err(Fault::invalid("file", "", expected));
    }
    let mut seen = HashSet::new();
    match header.iter().find(|name| !name.is_empty() && !seen.insert(name.as_str())) {
        Some(twice) => Err(Fault::invalid("file", twice, Wording::new("streams-expect-column-once"))),
        None => Ok(header),
    }
}

/// The records, each with the line in which it begins.
struct Records<'t> {
    letters: Peekable<Chain<str::Chars<'t>, option::IntoIter<char>>>,
    separator: char,
    /// Fields of a record that are kept; what follows them is read over.
    most: usize,
    /// The line that is read.
    line: u64,
}

impl<'t> Records<'t> {
    /// The records of a text, of a header first.
    fn new(text: &'t str, separator: char) -> Self {
        let end = (!text.ends_with('\n')).then_some('\n');
        // One more than a header may have tells that it has too many.
        Self { letters: text.chars().chain(end).peekable(), separator, most: MOST_COLUMNS + 1, line: 1 }
    }
}

impl Iterator for Records<'_> {
    type Item = (u64, Vec<String>);

    fn next(&mut self) -> Option<Self::Item> {
        let mut begin = self.line;
        let mut record = Vec::new();
        let mut field = String::new();
        let (mut quoted, mut was_quoted) = (false, false);
        let most = self.most;
        let keep = |record: &mut Vec<String>, field: &mut String| {
            let field = std::mem::take(field);
            if record.len() < most {
                record.push(field);
            }
        };
        while let Some(letter) = self.letters.next() {
            self.line += u64::from(letter == '\n');
            match letter {
                '"' if quoted && self.letters.peek() == Some(&'"') => {
                    self.letters.next();
                    field.push('"');
                }
                '"' if quoted => quoted = false,
                '"' if field.is_empty() && !was_quoted => (quoted, was_quoted) = (true, true),
                _ if quoted => field.push(letter),
                '\r' if self.letters.peek() == Some(&'\n') => {}
                '\n' if record.is_empty() && field.is_empty() && !was_quoted => begin = self.line,
                '\n' => {
                    keep(&mut record, &mut field);
                    return Some((begin, record));
                }
                _ if letter == self.separator => {
                    keep(&mut record, &mut field);
                    was_quoted = false;
                }
                _ => field.push(letter),
            }
        }
        quoted.then(|| {
            keep(&mut record, &mut field);
            (begin, record)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_separators_are_read() {
        let sheet = Sheet::read("\u{feff}time;code;note\r\n1;00;\"a;\"\"b\"\"\nc\"\r\n\r\n2;;x\n3;91").unwrap();
        assert_eq!(sheet.header, ["time", "code", "note"]);
        assert_eq!(sheet.begins, [2, 5, 6], "a break within quotes and an empty line are lines, too");
        assert_eq!(
            sheet.lines,
            "{\"code\":\"00\",\"note\":\"a;\\\"b\\\"\\nc\",\"time\":\"1\"}\n{\"note\":\"x\",\"time\":\"2\"}\n{\"code\":\"91\",\"time\":\"3\"}\n"
        );
        assert_eq!(Sheet::read("a\tb\n1\t2\t3").unwrap().lines, "{\"a\":\"1\",\"b\":\"2\"}\n");
        assert!(Sheet::read("").is_err());
        assert!(Sheet::read("a,a\n").is_err());
    }

    #[test]
    fn what_parts_cells_is_seen_by_the_first_line() {
        for (first, mark) in [
            ("time,code", ','),
            ("time;code;sum", ';'),
            ("time\tcode", '\t'),
            ("time|code", '|'),
            ("\u{feff}\"When, where, how\";code", ';'),
            ("\"a \"\",;,\"\" b\"|c", '|'),
            ("5\" pipes;code", ';'),
            ("Amount, CNY;code", ';'),
            ("time", ','),
            ("", ','),
        ] {
            assert_eq!(separator(first), mark, "{first}");
        }
        assert_eq!(Sheet::read("\n\"a|b\"|c\n1|\"2|3\"\n").unwrap().lines, "{\"a|b\":\"1\",\"c\":\"2|3\"}\n");
    }

    #[test]
    fn exports_of_wallets_are_read() {
        let text = "Account of a\n\n-----\n交易号,交易时间 ,金额（元）,状态,\n=\"001\",`2025-11-28 14:05:00\t,1.00,成功,\n=\"002\",`2025-11-28 14:06:00,2.00,失败,\n-----\n共2笔\n";
        let sheet = Sheet::read(text).unwrap();
        assert_eq!(sheet.header, ["交易号", "交易时间", "金额（元）", "状态", ""]);
        assert_eq!((sheet.begins.as_slice(), sheet.passed.to_string().as_str()), ([5, 6].as_slice(), "1-3, 7-8"));
        assert!(sheet.lines.starts_with("{\"交易号\":\"001\",\"交易时间\":\"2025-11-28 14:05:00\","), "{}", sheet.lines);
        // Two columns are one.
        let joins = ["Date+Time".to_owned()];
        let sheet = Sheet::read_joined("Date;Time\n1;2\n", &joins).unwrap();
        assert_eq!((sheet.header.len(), sheet.lines.as_str()), (3, "{\"Date\":\"1\",\"Date+Time\":\"1 2\",\"Time\":\"2\"}\n"));
        // Of a plain table nothing is passed over, empty lines before it neither.
        assert!(Sheet::read("\n\na,b\n1,2\n").unwrap().passed.is_empty());
    }

    #[test]
    fn a_small_table_does_not_fill_memory() {
        // A name of 60 KiB in 1,000 lines of two bytes each.
        let long = format!("{}\n{}", "n".repeat(60 << 10), "x\n".repeat(1_000));
        assert!(matches!(Sheet::read(&long), Err(Fault::Invalid(_))));
        let mut asked = Vec::new();
        let within = Sheet::read_within(&long, &[], |bytes| {
            asked.push(bytes);
            if asked.len() < 3 { Ok(()) } else { Err(Fault::TooMany { retry_after_s: 1 }) }
        });
        assert_eq!(within, Err(Fault::TooMany { retry_after_s: 1 }), "it ends with the row for which there is no room");
        assert!(asked.is_sorted() && asked.len() == 3, "{asked:?}");
        // Rows in which nothing stands, names without end, and a name that is too long.
        assert!(
            Sheet::read_within(&format!("a\n{}", " \n".repeat(100)), &[], |bytes| if bytes < 900 { Ok(()) } else { Err(Fault::Internal) })
                .is_err()
        );
        assert!(Sheet::read(&format!("a{}\n1\n", ",".repeat(MOST_COLUMNS))).is_err());
        assert!(Sheet::read(&format!("a{}\n1\n", ",".repeat(MOST_COLUMNS - 1))).is_ok());
        assert!(Sheet::read(&"n".repeat(MOST_HEADER + 1)).is_err());
    }
}
