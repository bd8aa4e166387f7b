//! A file of transactions as lines of JSON, read as they are asked for: NDJSON, the elements of an array, the rows of a table.

use std::{
    fs::File,
    io::{BufRead, BufReader, Cursor, Read},
    path::Path,
};

use domain::streams::{Decoding, Head, Rows, separator, unwrapped};

use super::Failure;

/// Bytes of one line.
const LONGEST: u64 = 1 << 20;

/// Lines with their number in the file: of a table the line in which a row begins, of an array the element.
type Lines = Box<dyn Iterator<Item = Result<(u64, String), Failure>>>;

/// What is said of a table.
#[derive(Clone, Default)]
pub(super) struct Said {
    /// What parts its cells; where it is not said, that is seen.
    pub(super) delimiter: Option<u8>,
    /// The line of its header, from 1; where it is not said, that is seen.
    pub(super) header: Option<usize>,
    /// Names of two columns that are one.
    pub(super) joins: Vec<String>,
}

/// The lines of a file, and what their numbers count. Where it is said what parts cells, it is a table, whatever its name. Of a table
/// those that hold no row are empty.
pub(super) fn lines_of(path: &Path, said: Said) -> Result<(&'static str, Lines), Failure> {
    let says = |error: std::io::Error| Failure(format!("{}: {error}", path.display()));
    if path.as_os_str() == "-" {
        return match said.delimiter {
            Some(_) => Ok(("line", Box::new(table(std::io::stdin(), said)?))),
            None => json(BufReader::new(Text::of(std::io::stdin()))).map_err(says),
        };
    }
    let file = File::open(path).map_err(says)?;
    let name = path.to_string_lossy().to_ascii_lowercase();
    let (name, file): (_, Box<dyn Read>) = match name.rsplit_once('.') {
        Some((name, "gz")) => (name, Box::new(flate2::read::MultiGzDecoder::new(file))),
        Some((name, "zst")) => (name, Box::new(zstd::stream::read::Decoder::new(file).map_err(says)?)),
        _ => (name.as_str(), Box::new(file)),
    };
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    match (said.delimiter, end) {
        (Some(_), _) | (None, "csv") => Ok(("line", Box::new(table(file, said)?))),
        (None, "tsv") => Ok(("line", Box::new(table(file, Said { delimiter: Some(b'\t'), ..said })?))),
        (None, _) => json(BufReader::new(Text::of(file))).map_err(says),
    }
}

/// An array where that is what it begins with, else lines.
fn json(mut from: impl BufRead + 'static) -> std::io::Result<(&'static str, Lines)> {
    let mut passed = 0;
    loop {
        let first = from.fill_buf()?.first().copied();
        match first {
            Some(byte @ (b' ' | b'\t' | b'\r' | b'\n')) => {
                passed += u64::from(byte == b'\n');
                from.consume(1);
            }
            Some(b'[') => return Ok(("element", Box::new(Elements { from, depth: 0, number: 0, is_over: false }))),
            _ => return Ok(("line", Box::new(ndjson(from, passed)))),
        }
    }
}

fn ndjson(mut from: impl BufRead + 'static, passed: u64) -> impl Iterator<Item = Result<(u64, String), Failure>> {
    let mut number = passed;
    std::iter::from_fn(move || {
        loop {
            let mut line = Vec::new();
            number += 1;
            match from.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
                Ok(0) => return None,
                Ok(_) => {
                    let line = String::from_utf8_lossy(&line).trim().to_owned();
                    if !line.is_empty() {
                        return Some(Ok((number, line)));
                    }
                }
                Err(error) => return Some(Err(error.into())),
            }
        }
    })
}

/// The elements of an array, or of one array after another, each in one line. Only what separates them is looked at; what an element is
/// worth, whoever counts it says.
struct Elements<R> {
    from: R,
    /// Brackets and braces that are open; an element stands within one.
    depth: u64,
    number: u64,
    is_over: bool,
}

impl<R: BufRead> Elements<R> {
    fn read(&mut self) -> Result<Option<(u64, String)>, Failure> {
        let mut element = Vec::new();
        let (mut quoted, mut escaped) = (false, false);
        loop {
            let Some(byte) = self.from.fill_buf()?.first().copied() else {
                let half = self.depth > 0;
                return if half { Err(format!("the array breaks off after element {}", self.number).into()) } else { Ok(None) };
            };
            self.from.consume(1);
            if quoted {
                quoted = escaped || byte != b'"';
                escaped = byte == b'\\' && !escaped;
            } else {
                if self.depth == 0 && byte != b'[' && !byte.is_ascii_whitespace() {
                    return Err(format!("after the array, which has {} elements, something else stands", self.number).into());
                }
                let is_begin = self.depth == 0;
                let is_end = self.depth == 1 && matches!(byte, b',' | b']');
                match byte {
                    b'[' | b'{' => self.depth += 1,
                    b']' | b'}' => self.depth = self.depth.saturating_sub(1),
                    b'"' => quoted = true,
                    _ => {}
                }
                if is_end {
                    let text = String::from_utf8_lossy(&element).trim().to_owned();
                    if !text.is_empty() {
                        self.number += 1;
                        return Ok(Some((self.number, text)));
                    }
                }
                // What stands outside of elements.
                if is_begin || is_end {
                    element.clear();
                    continue;
                }
            }
            // An element is one line, however it was written.
            element.push(if matches!(byte, b'\n' | b'\r') { b' ' } else { byte });
            if element.len() as u64 > LONGEST {
                return Err(format!("element {} has more than {LONGEST} bytes", self.number + 1).into());
            }
        }
    }
}

impl<R: BufRead> Iterator for Elements<R> {
    type Item = Result<(u64, String), Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let read = self.read().transpose();
        self.is_over = !matches!(read, Some(Ok(_)));
        read
    }
}

/// A text in whichever encoding it is, as UTF-8.
struct Text<R> {
    from: R,
    decoding: Decoding,
    /// What was decoded, and how much of it was read.
    text: String,
    at: usize,
    is_over: bool,
}

impl<R> Text<R> {
    fn of(from: R) -> Self {
        Self { from, decoding: Decoding::default(), text: String::new(), at: 0, is_over: false }
    }
}

impl<R: Read> Read for Text<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        while self.at == self.text.len() && !self.is_over {
            let mut bytes = vec![0; 64 << 10];
            let count = self.from.read(&mut bytes)?;
            self.text.clear();
            (self.at, self.is_over) = (0, count == 0);
            self.decoding.feed(&bytes[..count], self.is_over, &mut self.text);
        }
        let count = (&self.text.as_bytes()[self.at..]).read(into)?;
        self.at += count;
        Ok(count)
    }
}

/// The rows of a table; where its header stands and what parts its cells is seen where it is not said.
fn table(file: impl Read + 'static, said: Said) -> Result<impl Iterator<Item = Result<(u64, String), Failure>>, Failure> {
    let mut file = BufReader::new(Text::of(file));
    let (mut begin, mut lines, mut stand) = (Vec::<u8>::new(), 0, 0);
    while stand < Head::LINES || said.header.is_some_and(|header| lines < header) {
        let from = begin.len();
        if file.by_ref().take(LONGEST).read_until(b'\n', &mut begin)? == 0 {
            break;
        }
        lines += 1;
        stand += usize::from(!begin[from..].trim_ascii().is_empty());
    }
    let text = String::from_utf8_lossy(&begin);
    let head = head(&text, &said);
    let (before, _) = head.parted(&text);
    let start: usize = begin.split_inclusive(|byte| *byte == b'\n').take(head.line).map(<[u8]>::len).sum();
    // Of lines before the header only their ends are left.
    let begin = [b"\n".repeat(head.line).as_slice(), &begin[start..]].concat();
    // A return before the end of a line is white space of its last cell: as a part of the end it would be counted with the next line.
    let mut builder = csv::ReaderBuilder::new();
    let delimiter = u8::try_from(head.separator).unwrap_or(b',');
    builder.delimiter(delimiter).terminator(csv::Terminator::Any(b'\n')).flexible(true);
    let mut reader = builder.from_reader(Cursor::new(begin).chain(file));
    let mut rows = Rows::new(reader.headers()?.iter().map(|name| unwrapped(name).to_owned()).collect(), &said.joins);
    if let Some(join) = said.joins.iter().find(|join| !rows.names().contains(join)) {
        return Err(format!("{join:?} are not two columns of the table; it has {}", rows.names().join(", ")).into());
    }
    // An empty line is no row; all others keep their places in batches, for keys stand for those.
    let is_empty = |record: &csv::StringRecord| record.len() == 1 && &record[0] == "\r";
    let records = reader.into_records().filter(move |record| !record.as_ref().is_ok_and(is_empty));
    let records = records.map(move |record| -> Result<(u64, String), Failure> {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        Ok((line, rows.line(&record).unwrap_or_default()))
    });
    let before = if before.is_empty() { 0 } else { head.line as u64 };
    Ok((1..=before).map(|line| Ok((line, String::new()))).chain(records))
}

/// Where a table's header stands, as is said or seen.
fn head(begin: &str, said: &Said) -> Head {
    let known = said.delimiter.map(char::from);
    match said.header {
        None => Head::of(begin.split('\n').enumerate(), known),
        Some(header) => {
            let line = header.saturating_sub(1);
            let text = begin.split('\n').nth(line).unwrap_or_default();
            Head { line, separator: known.unwrap_or_else(|| separator(text)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Told = Result<(u64, String), String>;

    fn table(file: impl Read + 'static, delimiter: Option<u8>) -> Result<impl Iterator<Item = Result<(u64, String), Failure>>, Failure> {
        super::table(file, Said { delimiter, ..Said::default() })
    }

    fn read(text: impl AsRef<[u8]>) -> (&'static str, Vec<Told>) {
        let (noun, lines) = json(BufReader::with_capacity(3, Text::of(Cursor::new(text.as_ref().to_vec())))).unwrap();
        (noun, lines.map(|line| line.map_err(|Failure(why)| why)).collect())
    }

    fn fine(number: u64, text: &str) -> Told {
        Ok((number, text.to_owned()))
    }

    #[test]
    fn an_array_is_read_by_its_elements() {
        let (noun, lines) =
            read("\u{feff}\n [ {\"a\": [1, \"],}\\\"\"],\r\n \"b\": {}},\n{\"a\":2} , [3], 4, \"x, y\"\n]\n[ ]\n[{\"c\":\"\\\\\"}]\n");
        assert_eq!(noun, "element");
        assert_eq!(
            lines,
            [
                fine(1, "{\"a\": [1, \"],}\\\"\"],   \"b\": {}}"),
                fine(2, "{\"a\":2}"),
                fine(3, "[3]"),
                fine(4, "4"),
                fine(5, "\"x, y\""),
                fine(6, "{\"c\":\"\\\\\"}"),
            ]
        );
    }

    #[test]
    fn half_an_array_is_told_after_what_was_whole() {
        for (text, why) in [
            ("[{\"a\":1},{\"a\"", "breaks off after element 1"),
            ("[{\"a\":1}] x", "something else"),
            ("[{\"a\":1}]\n{}", "something else"),
        ] {
            let (_, lines) = read(text);
            assert_eq!((lines.len(), &lines[0]), (2, &fine(1, "{\"a\":1}")));
            assert!(lines[1].as_ref().is_err_and(|told| told.contains(why)), "{lines:?}");
        }
    }

    #[test]
    fn a_table_is_parted_as_its_header_says_or_as_is_told() {
        let rows = |text: &'static str, delimiter| {
            table(text.as_bytes(), delimiter).unwrap().map(|line| line.map_err(|Failure(why)| why)).collect::<Vec<_>>()
        };
        for text in [
            "time,code,note\n1,00,\"a;b|c\"\n\n2,,\n",
            "\u{feff}\"time\";code;note\r\n1;00;a;b|c\r\n",
            "\n\ntime\t\"code\"\tnote\n1\t00\t\"a;b|c\"\n",
            "\"time\"|\"code\"|\"note\"\n1|00|\"a;b|c\"",
        ] {
            let note = if text.contains(";a;") { "a" } else { "a;b|c" };
            let expected = format!("{{\"code\":\"00\",\"note\":\"{note}\",\"time\":\"1\"}}");
            assert_eq!(rows(text, None)[0].as_ref().map(|(_, line)| line.as_str()), Ok(expected.as_str()), "{text}");
        }
        assert_eq!(rows("a^b;c\n1^2\n", Some(b'^')), [fine(2, "{\"a\":\"1\",\"b;c\":\"2\"}")]);
        assert_eq!(rows("a,b\n\"1\n2\",3\n4,5\n", None)[1], fine(4, "{\"a\":\"4\",\"b\":\"5\"}"));
        assert!(rows("", None).is_empty());
        // Lines that end as those of Windows do count as others.
        let text = " \r\na;b\r\n1;\"2\"\r\n\r\n\"3\r\n4\";5\r\n6;7";
        let told: Vec<_> = rows(text, None).into_iter().map(|line| line.map(|(number, _)| number)).collect();
        assert_eq!(told, [Ok(3), Ok(5), Ok(7)]);
        assert_eq!(rows(text, None)[0], fine(3, "{\"a\":\"1\",\"b\":\"2\"}"));
    }

    #[test]
    fn lines_around_the_rows_hold_none() {
        let text = "Account of a\n\n-----\nno,Date,Time,Status,\n=\"001\",`2025-11-28\t,14:05,OK,\n=\"002\",2025-11-28,14:06,OK,\n-----\nTotal: 2\n";
        let said = Said { joins: vec!["Date+Time".into()], ..Said::default() };
        let read: Vec<_> = super::table(text.as_bytes(), said.clone()).unwrap().map(|line| line.map_err(|Failure(why)| why)).collect();
        let row = |of: &str, time: &str| {
            format!("{{\"Date\":\"2025-11-28\",\"Date+Time\":\"2025-11-28 {time}\",\"Status\":\"OK\",\"Time\":\"{time}\",\"no\":\"{of}\"}}")
        };
        let mut expected: Vec<Told> = (1..=3).map(|line| fine(line, "")).collect();
        expected.extend([fine(5, &row("001", "14:05")), fine(6, &row("002", "14:06")), fine(7, ""), fine(8, "")]);
        assert_eq!(read, expected);
        // The same where it is said.
        let forced = Said { header: Some(4), ..said.clone() };
        assert_eq!(super::table(text.as_bytes(), forced).unwrap().count(), expected.len());
        let wrong = Said { header: Some(1), ..said };
        assert!(super::table(text.as_bytes(), wrong).is_err_and(|Failure(why)| why.contains("Date+Time")));
    }

    #[test]
    fn a_table_is_in_the_encoding_of_whoever_saved_it() {
        let rows = |bytes: &'static [u8]| table(bytes, None).unwrap().map(|line| line.map_err(|Failure(why)| why)).collect::<Vec<_>>();
        let expected = [fine(2, "{\"a\":\"1\",\"名\":\"北京\"}"), fine(3, "{\"a\":\"2\",\"名\":\"上海\"}")];
        // GBK, as a Chinese spreadsheet saves it, and UTF-16.
        assert_eq!(rows(b"a,\xc3\xfb\n1,\xb1\xb1\xbe\xa9\n2,\xc9\xcf\xba\xa3\n"), expected);
        let utf_16 = "\u{feff}a\t名\n1\t北京\n2\t上海\n".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        assert_eq!(rows(utf_16.leak()), expected);
    }

    #[test]
    fn lines_and_arrays_are_in_the_encoding_of_whoever_wrote_them() {
        // Of 乗 the second byte in GBK is the sign that escapes, of 亄 it is a brace.
        for (text, gbk, noun) in [
            (
                "{\"名\":\"北京\"}\n{\"名\":\"乗亄\"}\n",
                b"{\"\xc3\xfb\":\"\xb1\xb1\xbe\xa9\"}\n{\"\xc3\xfb\":\"\x81\\\x81{\"}\n".as_slice(),
                "line",
            ),
            (
                "[{\"名\":\"北京\"},\r\n{\"名\":\"乗亄\"}]",
                b"[{\"\xc3\xfb\":\"\xb1\xb1\xbe\xa9\"},\r\n{\"\xc3\xfb\":\"\x81\\\x81{\"}]".as_slice(),
                "element",
            ),
        ] {
            let utf_16 = |to: fn(u16) -> [u8; 2]| format!("\u{feff}{text}").encode_utf16().flat_map(to).collect::<Vec<u8>>();
            for file in [text.as_bytes().to_vec(), gbk.to_vec(), utf_16(u16::to_le_bytes), utf_16(u16::to_be_bytes)] {
                assert_eq!(read(file), (noun, vec![fine(1, "{\"名\":\"北京\"}"), fine(2, "{\"名\":\"乗亄\"}")]));
            }
        }
    }

    #[test]
    fn lines_are_counted_as_they_stand_in_the_file() {
        assert_eq!(read("\n\n{\"a\":1}\n\n{\"a\":2}"), ("line", vec![fine(3, "{\"a\":1}"), fine(5, "{\"a\":2}")]));
        assert_eq!(read(" \n"), ("line", Vec::new()));
    }
}
