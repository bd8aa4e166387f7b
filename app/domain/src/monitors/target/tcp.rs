//! A check by connecting to a port and, where it is said how, speaking with what answers there.

use regex_lite::Regex;
use serde::{Deserialize, Serialize};

use super::{CONCEALED, HostPort, Pace, body::compile};
use crate::{
    Wording,
    form::{Check, Typed},
    words::words,
};

words! {
    /// Whether a connection is secured.
    pub enum TcpTls {
        /// Not at all, unless the dialogue asks for it.
        None = "none",
        /// From the first byte on.
        Now = "now",
    }
}

/// One step of a dialogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// A line must come that matches the regular expression; lines before it are passed over.
    Expect(String),
    /// A line is sent.
    Send(String),
    /// The connection is secured.
    Starttls,
}

/// A check by connecting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TcpTarget {
    /// Where.
    pub address: HostPort,
    /// How often.
    #[serde(flatten)]
    pub pace: Pace,
    /// Whether it is secured from the first byte on.
    pub tls: TcpTls,
    /// Whether a certificate that is not valid is accepted (and reported).
    pub accept_invalid: bool,
    /// What is said and heard, in this order; nothing where connecting is enough. What is sent may hold a credential, so
    /// only those who may edit the monitor are shown it: for others it is [`CONCEALED`].
    pub dialogue: Vec<Step>,
}

impl TcpTarget {
    pub(super) fn parse(check: &mut Check<'_>, typed: &Typed) -> Option<Self> {
        let address = check.field("address", |text| HostPort::parse(text, None));
        let pace = Pace::parse(check);
        let lines = typed.all("dialogue").join("\n");
        let dialogue = check.field("dialogue", |_| parse_dialogue(&lines));
        let tls = if typed.has("tls") { TcpTls::Now } else { TcpTls::None };
        if tls == TcpTls::Now && dialogue.as_ref().is_some_and(|steps| steps.contains(&Step::Starttls)) {
            check.problem("dialogue", Wording::new("monitors-expect-one-tls"));
        }
        Some(Self { address: address?, pace: pace?, tls, accept_invalid: typed.has("accept_invalid"), dialogue: dialogue? })
    }

    pub(super) fn fill(&self, typed: &mut Typed) {
        typed.set("address", &self.address);
        typed.set("dialogue", write_dialogue(&self.dialogue));
        for (name, on) in [("tls", self.tls == TcpTls::Now), ("accept_invalid", self.accept_invalid)] {
            if on {
                typed.set(name, "on");
            }
        }
    }

    pub(super) fn conceal(&mut self) {
        for step in &mut self.dialogue {
            if let Step::Send(text) = step {
                CONCEALED.clone_into(text);
            }
        }
    }
}

/// Reads a dialogue: lines `expect: REGEX`, `send: TEXT`, `starttls`; at most 20.
pub fn parse_dialogue(lines: &str) -> Result<Vec<Step>, Wording> {
    let mut steps = Vec::new();
    for (index, line) in lines.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty()) {
        let wrong = || Wording::new("monitors-expect-step").with("line", index + 1);
        let step = match line.split_once(':').map(|(word, rest)| (word.trim(), rest.trim())) {
            None if line == "starttls" => Step::Starttls,
            Some(("expect", pattern)) if !pattern.is_empty() && pattern.len() <= 500 => {
                compile(pattern).map_err(|why| Wording::new("monitors-expect-regex").with("why", why))?;
                Step::Expect(pattern.to_owned())
            }
            Some(("send", text)) if text.len() <= 1_000 => Step::Send(text.to_owned()),
            _ => return Err(wrong()),
        };
        steps.push(step);
    }
    if steps.len() > 20 || steps.iter().filter(|step| **step == Step::Starttls).count() > 1 {
        return Err(Wording::new("monitors-expect-few-steps"));
    }
    Ok(steps)
}

/// A dialogue as it is typed.
pub fn write_dialogue(steps: &[Step]) -> String {
    let line = |step: &Step| match step {
        Step::Expect(pattern) => format!("expect: {pattern}"),
        Step::Send(text) => format!("send: {text}"),
        Step::Starttls => "starttls".to_owned(),
    };
    steps.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What the last line that was waited for gave: whole match first, then its groups. `None` where the line is another.
pub fn heard(pattern: &str, line: &str) -> Option<Vec<String>> {
    let regex: Regex = compile(pattern).ok()?;
    let captures = regex.captures(line)?;
    Some(captures.iter().map(|group| group.map(|g| g.as_str().to_owned()).unwrap_or_default()).collect())
}

/// The bytes of a line to send: `${1}` stands for a group of what was heard last, `\r \n \t \0 \\` and `\xHH` for bytes;
/// a line end follows unless the text ends with `\c`.
pub fn spoken(text: &str, heard: &[String]) -> Vec<u8> {
    let (text, end) = text.strip_suffix("\\c").map_or((text, "\n"), |text| (text, ""));
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if let Some((group, after)) = rest.strip_prefix("${").and_then(|inner| inner.split_once('}'))
            && let Ok(number) = group.parse::<usize>()
        {
            bytes.extend(heard.get(number).map_or(&[][..], |text| text.as_bytes()));
            rest = after;
            continue;
        }
        let escaped = match rest.as_bytes() {
            [b'\\', b'r', ..] => Some((b'\r', 2)),
            [b'\\', b'n', ..] => Some((b'\n', 2)),
            [b'\\', b't', ..] => Some((b'\t', 2)),
            [b'\\', b'0', ..] => Some((0, 2)),
            [b'\\', b'\\', ..] => Some((b'\\', 2)),
            [b'\\', b'x', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                u8::from_str_radix(&rest[2..4], 16).ok().map(|byte| (byte, 4))
            }
            _ => None,
        };
        let taken = match escaped {
            Some((byte, length)) => {
                bytes.push(byte);
                length
            }
            None => {
                bytes.extend(&rest.as_bytes()[..letter.len_utf8()]);
                letter.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    bytes.extend(end.as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialogue_is_lines() {
        let text = "expect: ^220 ([^ ]+)\nsend: EHLO ${1}\nstarttls";
        let steps = parse_dialogue(text).unwrap();
        assert_eq!(steps, [Step::Expect("^220 ([^ ]+)".into()), Step::Send("EHLO ${1}".into()), Step::Starttls]);
        assert_eq!(write_dialogue(&steps), text);
        for bad in ["hello", "expect:", "expect: (", "starttls\nstarttls", "STARTTLS"] {
            assert!(parse_dialogue(bad).is_err(), "{bad}");
        }
        assert!(parse_dialogue(&"send: x\n".repeat(21)).is_err());
    }

    #[test]
    fn what_is_sent_repeats_what_was_heard() {
        let groups = heard("^220 ([^ ]+)", "220 mail.example.org ESMTP").unwrap();
        assert_eq!(spoken("EHLO ${1}\\r", &groups), b"EHLO mail.example.org\r\n");
        assert_eq!(spoken("a\\x00\\\\é${9}$\\c", &groups), "a\0\\é$".as_bytes());
        assert_eq!(heard("^220", "554 no"), None);
    }
}
