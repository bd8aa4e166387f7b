//! Tables in the encodings that spreadsheets save them in: UTF-8, UTF-16 with its mark, GB18030 (with GBK and GB 2312 in it), and
//! windows-1252. Read as UTF-8 all names of another encoding would become the same signs, and what is counted under them one value.

use std::{borrow::Cow, str};

use encoding_rs::{CoderResult, Decoder, Encoding, GB18030, UTF_8, WINDOWS_1252};

/// Bytes, from the first that is no ASCII, by which the encoding of a stream is told.
const WINDOW: usize = 256 << 10;
/// Signs of UTF-8, or what is none there, by which it is told for good.
const ENOUGH: usize = 32;

/// What tells encodings apart, counted.
#[derive(Default)]
struct Signs {
    /// Signs of UTF-8.
    whole: usize,
    /// What is none there.
    broken: usize,
    /// Signs of GB18030 that are no letters side by side.
    pairs: usize,
    /// Bytes that are no such sign: letters with marks among others.
    alone: usize,
}

impl Signs {
    fn add(&mut self, bytes: &[u8]) {
        for chunk in bytes.utf8_chunks() {
            self.whole += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count();
            self.broken += usize::from(!chunk.invalid().is_empty());
        }
        let mut rest = bytes;
        while let [first, behind @ ..] = rest {
            rest = behind;
            if first.is_ascii() {
                continue;
            }
            match behind {
                [b'0'..=b'9', 0x81..=0xfe, b'0'..=b'9', next @ ..] => {
                    self.pairs += 1;
                    rest = next;
                }
                [second, next @ ..] if !second.is_ascii() => {
                    // Small letters with marks stand side by side, too: `Größe`, `créée`. What that would be in Chinese is rare.
                    let is_usual = *first >= 0xa1 && *second >= 0xa1 && (*first < 0xdf || *second < 0xdf);
                    self.pairs += usize::from(is_usual);
                    rest = next;
                }
                _ => self.alone += 1,
            }
        }
    }

    /// A few signs that are broken do not make it another encoding.
    fn encoding(&self) -> &'static Encoding {
        if self.whole >= self.broken {
            UTF_8
        // Of GBK a second byte is often a plain one; pairs hardly stand in texts of letters with marks.
        } else if self.pairs * 2 > self.alone {
            GB18030
        } else {
            // Letters with marks among others: `Müller`.
            WINDOWS_1252
        }
    }
}

/// The encoding that these bytes are most likely in.
fn encoding_of(bytes: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding;
    }
    let mut signs = Signs::default();
    signs.add(bytes);
    signs.encoding()
}

/// A text in whichever encoding it is.
pub fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => encoding_of(bytes).decode_with_bom_removal(bytes).0,
    }
}

/// The same for bytes that come one after the other: the encoding is told where first it matters, and for good as soon as enough tells it.
#[derive(Default)]
pub struct Decoding {
    decoder: Option<Decoder>,
    /// What waits until the encoding is told.
    held: Vec<u8>,
    /// What told it so far.
    signs: Signs,
    /// Whether bytes went before those that wait.
    begun: bool,
}

impl Decoding {
    /// Adds what these bytes say to a text; `last` where none come after them.
    pub fn feed(&mut self, bytes: &[u8], last: bool, text: &mut String) {
        if let Some(decoder) = &mut self.decoder {
            return decode(decoder, bytes, last, text);
        }
        // Up to there it is the same in all of them.
        let plain = if self.held.is_empty() { bytes.iter().take_while(|byte| byte.is_ascii()).count() } else { 0 };
        let (plain, rest) = bytes.split_at(plain);
        text.push_str(str::from_utf8(plain).unwrap_or_default());
        self.begun |= !plain.is_empty();
        self.held.extend_from_slice(rest);
        if self.held.len() >= WINDOW || last {
            self.tell(last, text);
        }
    }

    /// Decodes what waited. Where little tells the encoding, other lines may tell another one: only whole lines are decoded by it.
    fn tell(&mut self, last: bool, text: &mut String) {
        let marked = if self.begun { None } else { Encoding::for_bom(&self.held).map(|(encoding, _)| encoding) };
        let lines = self.held.iter().rposition(|byte| *byte == b'\n').filter(|_| !last && marked.is_none()).map(|end| end + 1);
        self.signs.add(&self.held[..lines.unwrap_or(self.held.len())]);
        let mut decoder = marked.unwrap_or_else(|| self.signs.encoding()).new_decoder_with_bom_removal();
        match lines {
            Some(end) if self.signs.whole + self.signs.broken < ENOUGH => {
                decode(&mut decoder, &self.held[..end], true, text);
                self.held.drain(..end);
                self.begun = true;
            }
            _ => {
                decode(&mut decoder, &std::mem::take(&mut self.held), last, text);
                self.decoder = Some(decoder);
            }
        }
    }
}

fn decode(decoder: &mut Decoder, mut bytes: &[u8], last: bool, text: &mut String) {
    loop {
        text.reserve(decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(bytes.len()));
        let (result, read, _) = decoder.decode_to_string(bytes, text, last);
        bytes = &bytes[read..];
        if result == CoderResult::InputEmpty {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fed so many bytes at a time.
    fn fed(bytes: &[u8], size: usize) -> String {
        let (mut decoding, mut text) = (Decoding::default(), String::new());
        bytes.chunks(size).for_each(|part| decoding.feed(part, false, &mut text));
        decoding.feed(&[], true, &mut text);
        text
    }

    fn both(bytes: &[u8], text: &str) {
        assert_eq!(decoded(bytes).trim_start_matches('\u{feff}'), text);
        for size in [1, 2, 3, 7, 100_000] {
            assert_eq!(fed(bytes, size), text, "{size} at a time");
        }
    }

    #[test]
    fn what_spreadsheets_save_is_read() {
        let table = "time,商户,bank\n1,北京饭店,工商银行\n2,上海书店,招商银行\n";
        both(table.as_bytes(), table);
        both(format!("\u{feff}{table}").as_bytes(), table);
        both(&GB18030.encode(table).0, table);
        let utf_16 = |to: fn(u16) -> [u8; 2]| "\u{feff}".encode_utf16().chain(table.encode_utf16()).flat_map(to).collect::<Vec<u8>>();
        both(&utf_16(u16::to_le_bytes), table);
        both(&utf_16(u16::to_be_bytes), table);
        // A sign of four bytes, and the first name far behind.
        let rare = format!("{}\n𠮷野家,镕记\n", "a,b\n".repeat(100_000));
        both(&GB18030.encode(&rare).0, &rare);
        both("Müller,Möller\n".as_bytes(), "Müller,Möller\n");
        both(b"M\xfcller,M\xf6ller\n", "Müller,Möller\n");
        both(b"a,b\n", "a,b\n");
        both(b"", "");
    }

    #[test]
    fn letters_side_by_side_are_no_chinese() {
        for table in ["Größe|total|failed\nCafé|5|1\n", "Größe|total\nMaß|1\n", "n,créée\n1,2\n", "a;b\n1;50\u{a0}€\n"] {
            both(&WINDOWS_1252.encode(table).0, table);
        }
        // Nor are letters among Chinese anything else, whose second byte may be a plain one.
        for table in ["名|数\n镕记|1\n朱镕基|2\n", "銀行,a\n"] {
            both(&GB18030.encode(table).0, table);
        }
    }

    #[test]
    fn a_broken_sign_makes_no_other_encoding() {
        let broken = [b"1,\xff,".as_slice(), "北京饭店\n".as_bytes(), b"2,\xe5\x8c"].concat();
        both(&broken, "1,\u{fffd},北京饭店\n2,\u{fffd}");
        // Nor does one that stands far before all others.
        let rows = "1,a,5\n".repeat(60_000);
        let late = [b"1,caf\xe9,5\n".as_slice(), rows.as_bytes(), "9,北京,5\n".as_bytes()].concat();
        assert_eq!(decoded(&late), format!("1,caf\u{fffd},5\n{rows}9,北京,5\n"));
        for size in [1_000, 64 << 10, 1 << 20] {
            assert!(fed(&late, size).ends_with(&format!("\n{rows}9,北京,5\n")), "{size} at a time");
        }
        // And letters that are few and far between stay what they are.
        let sparse = format!("Größe,a\n{rows}").repeat(3);
        assert_eq!(fed(&WINDOWS_1252.encode(&sparse).0, 64 << 10), sparse);
        // The window ends within a sign.
        let long = "北京".repeat(WINDOW / 2);
        assert_eq!(fed(long.as_bytes(), 1_000), long);
    }
}
