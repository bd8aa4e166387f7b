//! The classic parser: names in ASCII, values with or without quotes, as `labels.ParseMatchers` upstream.

use super::{Matcher, Op, plain_name};

/// Reads a list of matchers, with or without braces; one brace alone is overlooked, as upstream does.
pub(super) fn parse(text: &str) -> Result<Vec<Matcher>, String> {
    let text = text.trim();
    let inner = text.strip_prefix('{').unwrap_or(text);
    let inner = inner.strip_suffix('}').unwrap_or(inner);
    let pieces = split(inner)?;
    let last = pieces.len().saturating_sub(1);
    let mut matchers = Vec::new();
    for (i, piece) in pieces.iter().enumerate() {
        match piece.trim() {
            "" if i == last => {}
            piece => matchers.push(one(piece)?),
        }
    }
    Ok(matchers)
}

/// Splits at commas outside of quotes.
fn split(text: &str) -> Result<Vec<&str>, String> {
    let (mut pieces, mut begin, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (i, c) in text.char_indices() {
        match c {
            '"' if !escaped => quoted = !quoted,
            ',' if !quoted => {
                pieces.push(&text[begin..i]);
                begin = i + 1;
            }
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    if quoted {
        return Err(format!("{text}: a quote without its other one"));
    }
    pieces.push(&text[begin..]);
    Ok(pieces)
}

/// `name op value`.
fn one(text: &str) -> Result<Matcher, String> {
    let wrong = || format!("{text}: expected a name, one of = != =~ !~, and a value");
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':')).ok_or_else(wrong)?;
    let (name, rest) = text.split_at(end);
    if !plain_name(name) {
        return Err(wrong());
    }
    let rest = rest.trim_start();
    let (op, value) = [Op::Regex, Op::NotEqual, Op::NotRegex, Op::Equal]
        .iter()
        .find_map(|op| rest.strip_prefix(op.name()).map(|value| (*op, value.trim())))
        .ok_or_else(wrong)?;
    Matcher::new(name, op, unquoted(value).ok_or_else(|| format!("{text}: a quote that is not escaped"))?)
}

/// The value without its quotes, if it has some; `\"`, `\\` and `\n` are what they stand for, any other `\` is itself.
fn unquoted(value: &str) -> Option<String> {
    let quoted = value.starts_with('"');
    let inner = value.strip_prefix('"').unwrap_or(value);
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some(c @ ('"' | '\\')) => out.push(c),
                Some(c) => out.extend(['\\', c]),
                None => out.push('\\'),
            },
            // A quote ends the value, and nothing may follow it.
            '"' => return (quoted && chars.next().is_none()).then_some(out),
            c => out.push(c),
        }
    }
    (!quoted).then_some(out)
}
