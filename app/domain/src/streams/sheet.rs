//! A table in a text (CSV): its header, and its rows as lines of JSON. Comma, semicolon or tab, whichever the header has most of.

use std::borrow::Cow;

use crate::{Fault, Wording};

/// A table that was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    /// Names of the columns.
    pub header: Vec<String>,
    /// The rows; a row may be shorter than the header.
    pub rows: Vec<Vec<String>>,
    /// The line of the text in which each row begins, from 1.
    pub begins: Vec<u64>,
}

impl Sheet {
    /// Reads a table with a header (RFC 4180; line breaks within quotes are kept). Refused is what has no header, or two columns of
    /// one name.
    pub fn read(text: &str) -> Result<Self, Fault> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let first = text.lines().next().unwrap_or_default();
        let separator = [',', ';', '\t'].into_iter().max_by_key(|c| (first.matches(*c).count(), *c == ',')).unwrap_or(',');
        let mut records = records(text, separator).into_iter();
        let header: Vec<String> = records.next().unwrap_or_default().1.into_iter().map(|name| name.trim().to_owned()).collect();
        if header.iter().all(String::is_empty) {
            return Err(Fault::invalid("file", "", Wording::new("streams-expect-header")));
        }
        let twice = header.iter().enumerate().find(|(at, name)| !name.is_empty() && header[..*at].contains(name));
        if let Some((_, name)) = twice {
            return Err(Fault::invalid("file", name, Wording::new("streams-expect-column-once")));
        }
        let (begins, rows) = records.unzip();
        Ok(Self { header, rows, begins })
    }

    /// One object a line; what is empty is left out.
    pub fn lines(&self) -> String {
        let mut out = String::new();
        for row in &self.rows {
            let object: serde_json::Map<String, serde_json::Value> = self
                .header
                .iter()
                .zip(row)
                .filter(|(name, value)| !name.is_empty() && !value.trim().is_empty())
                .map(|(name, value)| (name.clone(), serde_json::Value::String(value.trim().to_owned())))
                .collect();
            out.push_str(&serde_json::Value::Object(object).to_string());
            out.push('\n');
        }
        out
    }
}

/// The records with the line in which each begins.
fn records(text: &str, separator: char) -> Vec<(u64, Vec<String>)> {
    let mut records = Vec::new();
    let mut record = Vec::new();
    let mut field = String::new();
    let (mut quoted, mut was_quoted) = (false, false);
    let (mut line, mut begin) = (1, 1);
    let text: Cow<'_, str> = if text.ends_with('\n') { Cow::Borrowed(text) } else { Cow::Owned(format!("{text}\n")) };
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        line += u64::from(letter == '\n');
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if field.is_empty() && !was_quoted => (quoted, was_quoted) = (true, true),
            _ if quoted => field.push(letter),
            '\r' if letters.peek() == Some(&'\n') => {}
            '\n' => {
                let blank = record.is_empty() && field.is_empty() && !was_quoted;
                record.push(std::mem::take(&mut field));
                was_quoted = false;
                let done = std::mem::take(&mut record);
                if !blank {
                    records.push((begin, done));
                }
                begin = line;
            }
            _ if letter == separator => {
                record.push(std::mem::take(&mut field));
                was_quoted = false;
            }
            _ => field.push(letter),
        }
    }
    if quoted {
        record.push(field);
        records.push((begin, record));
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_separators_are_read() {
        let sheet = Sheet::read("\u{feff}time;code;note\r\n1;00;\"a;\"\"b\"\"\nc\"\r\n\r\n2;;x\n3;91").unwrap();
        assert_eq!(sheet.header, ["time", "code", "note"]);
        assert_eq!(sheet.begins, [2, 5, 6], "a break within quotes and an empty line are lines, too");
        assert_eq!(sheet.rows, [vec!["1", "00", "a;\"b\"\nc"], vec!["2", "", "x"], vec!["3", "91"]]);
        assert_eq!(
            sheet.lines(),
            "{\"code\":\"00\",\"note\":\"a;\\\"b\\\"\\nc\",\"time\":\"1\"}\n{\"note\":\"x\",\"time\":\"2\"}\n{\"code\":\"91\",\"time\":\"3\"}\n"
        );
        assert_eq!(Sheet::read("a\tb\n1\t2").unwrap().rows, [["1", "2"]]);
        assert!(Sheet::read("").is_err());
        assert!(Sheet::read("a,a\n").is_err());
    }
}
