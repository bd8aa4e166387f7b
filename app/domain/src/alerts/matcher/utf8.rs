//! The parser for names in UTF-8: names and values are words, or quoted as Go quotes, as `matcher/parse` upstream.

use super::{Matcher, Op};

#[derive(Debug, PartialEq)]
enum Token {
    Open,
    Close,
    Comma,
    Is(Op),
    Text(String),
}

/// Reads a list of matchers, with or without braces.
pub(super) fn parse(text: &str) -> Result<Vec<Matcher>, String> {
    let mut tokens = lex(text)?.into_iter().peekable();
    let braced = tokens.next_if_eq(&Token::Open).is_some();
    let mut matchers = Vec::new();
    let wrong = || format!("{text}: expected a name, one of = != =~ !~, and a value");
    while let Some(token) = tokens.next_if(|token| *token != Token::Close) {
        let (Token::Text(name), Some(Token::Is(op)), Some(Token::Text(value))) = (token, tokens.next(), tokens.next()) else {
            return Err(wrong());
        };
        matchers.push(Matcher::new(name, op, value)?);
        if tokens.next_if_eq(&Token::Comma).is_none() {
            break;
        }
    }
    if tokens.next_if_eq(&Token::Close).is_some() != braced {
        return Err(format!("{text}: a brace without its other one"));
    }
    if tokens.next().is_some() { Err(wrong()) } else { Ok(matchers) }
}

fn lex(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(c) = rest.chars().next() {
        let (token, used) = match c {
            '{' => (Token::Open, 1),
            '}' => (Token::Close, 1),
            ',' => (Token::Comma, 1),
            '=' | '!' => {
                let op = [Op::Regex, Op::NotEqual, Op::NotRegex, Op::Equal].into_iter().find(|op| rest.starts_with(op.name()));
                let op = op.ok_or_else(|| format!("{text}: ! must be followed by = or ~"))?;
                (Token::Is(op), op.name().len())
            }
            '"' => quoted(rest).map(|(text, used)| (Token::Text(text), used)).ok_or_else(|| format!("{text}: a quoted text is wrong"))?,
            c if reserved(c) => return Err(format!("{text}: {c} must be quoted")),
            _ => {
                let end = rest.find(reserved).unwrap_or(rest.len());
                (Token::Text(rest[..end].to_owned()), end)
            }
        };
        tokens.push(token);
        rest = rest[used..].trim_start();
    }
    Ok(tokens)
}

fn reserved(c: char) -> bool {
    c.is_whitespace() || "{}!=~,\\\"'`".contains(c)
}

/// A text in double quotes with the escapes of Go, and how many bytes it took. Bytes may be escaped one by one; together they are UTF-8.
fn quoted(text: &str) -> Option<(String, usize)> {
    let mut out = Vec::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((i, c)) = chars.next() {
        let c = match c {
            '"' => return String::from_utf8(out).ok().map(|out| (out, i + 1)),
            '\n' => return None,
            '\\' => match chars.next()?.1 {
                'a' => '\u{7}',
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'v' => '\u{b}',
                c @ ('\\' | '"') => c,
                'x' => {
                    out.push(u8::try_from(digits(&mut chars, 0, 16, 2)?).ok()?);
                    continue;
                }
                first @ '0'..='7' => {
                    out.push(u8::try_from(digits(&mut chars, first.to_digit(8)?, 8, 2)?).ok()?);
                    continue;
                }
                'u' => char::from_u32(digits(&mut chars, 0, 16, 4)?)?,
                'U' => char::from_u32(digits(&mut chars, 0, 16, 8)?)?,
                _ => return None,
            },
            c => c,
        };
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
    None
}

/// A number of which so much is read already, and so many digits follow.
fn digits(chars: &mut impl Iterator<Item = (usize, char)>, before: u32, radix: u32, count: usize) -> Option<u32> {
    let mut number = before;
    for _ in 0..count {
        number = number.checked_mul(radix)?.checked_add(chars.next()?.1.to_digit(radix)?)?;
    }
    Some(number)
}
