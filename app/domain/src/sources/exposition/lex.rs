//! The pieces of a line that both formats share: names, labels, quoted text, numbers.

use super::{Format, Labels, Limits};

type Wrong = String;

/// What is left of a line, and how strictly it is read.
pub(in crate::sources) struct Line<'a> {
    pub(in crate::sources) rest: &'a str,
    pub(in crate::sources) format: Format,
    pub(in crate::sources) limits: Limits,
}

impl<'a> Line<'a> {
    pub(in crate::sources) fn new(rest: &'a str, format: Format, limits: Limits) -> Self {
        Self { rest, format, limits }
    }

    fn lenient(&self) -> bool {
        self.format == Format::Text
    }

    /// Passes over blanks and tabs where the format allows them anywhere.
    pub(in crate::sources) fn blanks(&mut self) {
        if self.lenient() {
            self.rest = self.rest.trim_start_matches([' ', '\t']);
        }
    }

    /// Takes the text if it comes next.
    pub(in crate::sources) fn take(&mut self, text: &str) -> bool {
        self.rest.strip_prefix(text).map(|rest| self.rest = rest).is_some()
    }

    fn expect(&mut self, text: &str) -> Result<(), Wrong> {
        if self.take(text) { Ok(()) } else { Err(format!("expected `{text}` before {}", self.next())) }
    }

    /// What comes next, for an error.
    pub(in crate::sources) fn next(&self) -> String {
        match self.rest.chars().next() {
            Some(letter) => format!("{letter:?}"),
            None => "the end of the line".into(),
        }
    }

    /// The word up to the next blank.
    pub(in crate::sources) fn word(&mut self) -> &'a str {
        let end = self.rest.find([' ', '\t']).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    /// A name as it stands or quoted; `colon` is allowed in names of metrics only.
    pub(in crate::sources) fn name(&mut self, colon: bool) -> Result<String, Wrong> {
        if self.rest.starts_with('"') {
            let name = self.quoted()?;
            return if name.is_empty() { Err("a quoted name is empty".into()) } else { Ok(name) };
        }
        self.bare(colon)
    }

    /// A name as it stands: before the braces no other is allowed.
    pub(in crate::sources) fn bare(&mut self, colon: bool) -> Result<String, Wrong> {
        let good = |c: char| c.is_ascii_alphanumeric() || c == '_' || (colon && c == ':');
        let end = self.rest.find(|c| !good(c)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(format!("expected a name before {}", self.next()));
        }
        self.rest = rest;
        Ok(name.to_owned())
    }

    /// Text in double quotes; it ends on the same line.
    pub(in crate::sources) fn quoted(&mut self) -> Result<String, Wrong> {
        self.expect("\"")?;
        let end = end_of_quoted(self.rest).ok_or("the closing quote is missing")?;
        let text = unescape(&self.rest[..end]);
        self.rest = &self.rest[end + 1..];
        Ok(text)
    }

    /// Labels in braces, if they come next, and a metric's name that stands among them.
    pub(in crate::sources) fn labels(&mut self) -> Result<(Option<String>, Labels), Wrong> {
        let (mut name, mut labels) = (None, Labels::new());
        if !self.take("{") {
            return Ok((name, labels));
        }
        self.blanks();
        if self.lenient() && self.take(",") {
            self.blanks();
            self.expect("}")?;
            return Ok((name, labels));
        }
        let mut first = true;
        while !self.take("}") {
            if !first {
                self.expect(",")?;
                self.blanks();
                if self.lenient() && self.take("}") {
                    break;
                }
            }
            self.member(first, &mut name, &mut labels)?;
            first = false;
            self.blanks();
            if labels.len() > self.limits.labels {
                return Err(format!("more than {} labels", self.limits.labels));
            }
        }
        Ok((name, labels))
    }

    fn member(&mut self, first: bool, name: &mut Option<String>, labels: &mut Labels) -> Result<(), Wrong> {
        let is_quoted = self.rest.starts_with('"');
        let label = self.name(false)?;
        self.blanks();
        if is_quoted && !self.rest.starts_with('=') {
            if !first || !matches!(self.rest.chars().next(), Some(',' | '}')) {
                return Err(format!("expected `=` after the label name {label:?}"));
            }
            *name = Some(label);
            return Ok(());
        }
        self.expect("=")?;
        self.blanks();
        let value = self.quoted()?;
        if label == "__name__" {
            return Err("the label name __name__ is reserved".into());
        }
        if labels.insert(label.clone(), value).is_some() {
            return Err(format!("the label {label:?} stands twice"));
        }
        Ok(())
    }

    /// Exactly one blank in OpenMetrics; any blanks or none (after a brace) in the older format.
    pub(in crate::sources) fn gap(&mut self) -> Result<(), Wrong> {
        if self.lenient() {
            self.blanks();
            return Ok(());
        }
        self.expect(" ")
    }
}

fn end_of_quoted(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at),
            _ => {}
        }
    }
    None
}

/// Resolves `\\`, `\"` and `\n`; others stay as they are, as Prometheus reads them.
pub(in crate::sources) fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, if letter == '\\' { letters.next() } else { None }) {
            ('\\', Some('n')) => plain.push('\n'),
            ('\\', Some(c @ ('"' | '\\'))) => plain.push(c),
            ('\\', other) => {
                plain.push('\\');
                plain.extend(other);
            }
            (letter, _) => plain.push(letter),
        }
    }
    plain
}

/// A number as either format writes it. Hexadecimal numbers and underscores are not.
pub(in crate::sources) fn number(text: &str) -> Option<f64> {
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    // What is no number has no sign either.
    let word = ["inf", "infinity"].iter().any(|word| body.eq_ignore_ascii_case(word)) || text.eq_ignore_ascii_case("nan");
    let digits = body.bytes().any(|b| b.is_ascii_digit())
        && body.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    if word || digits { text.parse().ok() } else { None }
}

/// A number with a size.
pub(in crate::sources) fn finite(text: &str) -> Option<f64> {
    number(text).filter(|value| value.is_finite())
}
