//! Text that people type, parsed once: [`Name`], [`Key`], [`Prose`].

use crate::Wording;

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(String);
        impl $name {
            /// The text of it.
            pub fn as_str(&self) -> &str { &self.0 }
            /// The text, owned.
            pub fn into_string(self) -> String { self.0 }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(&self.0) }
        }
    )+};
}

texts! {
    /// One line of 1–120 characters without control characters; surrounding blanks are dropped.
    Name
    /// A short handle: `a–z`, `0–9`, `-`, beginning with a letter, 1–40 characters.
    Key
    /// Text of several lines (Markdown), at most 20,000 characters; may be empty.
    Prose
}

/// Longest name, in characters.
pub const LONGEST_NAME: usize = 120;

impl Name {
    /// Reads a name, or says what would be right.
    pub fn parse(text: &str) -> Result<Self, Wording> {
        let text = text.trim();
        match text.chars().count() {
            0 => Err(Wording::new("expect-something")),
            n if n > LONGEST_NAME => Err(Wording::new("expect-at-most-characters").with("max", LONGEST_NAME)),
            _ => one_line(text).map(|()| Self(text.to_owned())),
        }
    }
}

/// Refuses what is not seen in one line of text, and what makes it read otherwise than it is written: control and format
/// characters, turns of the direction, blanks that take no room. A name must not pass for another one.
///
/// The joiner and the non-joiner are letters' business in scripts from Arabic to Mongolian, the joiner also between
/// emoji: there they may stand.
pub fn one_line(text: &str) -> Result<(), Wording> {
    let mut before = None;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}') {
            return Err(Wording::new("expect-one-line"));
        }
        let joins = matches!(letter, '\u{200C}' | '\u{200D}')
            && before.zip(letters.peek().copied()).is_some_and(|(before, after)| joined(letter, before) && joined(letter, after));
        if unseen(letter) && !joins {
            return Err(Wording::new("expect-visible").with("code", format!("U+{:04X}", u32::from(letter))));
        }
        before = Some(letter);
    }
    Ok(())
}

/// The text without what is not seen: what comes as a file's name is not typed, and nobody can mend it.
pub fn seen(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control() && !matches!(letter, '\u{2028}' | '\u{2029}') && !unseen(*letter)).collect()
}

/// Format characters (Unicode category Cf) and what else takes no room of its own.
fn unseen(letter: char) -> bool {
    matches!(u32::from(letter),
        0xAD | 0x34F | 0x600..=0x605 | 0x61C | 0x6DD | 0x70F | 0x890..=0x891 | 0x8E2 | 0x115F..=0x1160 | 0x17B4..=0x17B5
        | 0x180B..=0x180F | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0x2800 | 0x3164 | 0xFEFF | 0xFFA0
        | 0xFFF0..=0xFFFB | 0x110BD | 0x110CD | 0x13430..=0x1345F | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A
        | 0xE0000..=0xE0FFF)
}

/// Whether a joiner may stand beside this letter.
fn joined(joiner: char, beside: char) -> bool {
    let script = matches!(u32::from(beside), 0x600..=0x109F | 0x1780..=0x18AF) && beside.is_alphanumeric()
        // Signs that kill a vowel stand before the joiner in Indic scripts.
        || matches!(u32::from(beside), 0x900..=0xDFF);
    let emoji = matches!(u32::from(beside), 0x2190..=0x2BFF | 0xFE0F | 0x1F000..=0x1FAFF);
    script || (joiner == '\u{200D}' && emoji)
}

impl Key {
    /// Reads a key, or says what would be right.
    pub fn parse(text: &str) -> Result<Self, Wording> {
        let text = text.trim();
        let good = (1..=40).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if good { Ok(Self(text.to_owned())) } else { Err(Wording::new("expect-key")) }
    }

    /// One made of the ASCII letters and digits of a name, in small letters and with hyphens between; `None` of a name that has none.
    pub fn of_name(name: &str) -> Option<Self> {
        let mut key = String::new();
        for c in name.to_lowercase().chars() {
            if c.is_ascii_alphanumeric() {
                key.push(c);
            } else if !key.is_empty() && !key.ends_with('-') {
                key.push('-');
            }
        }
        let key: String = key.trim_start_matches(|c: char| !c.is_ascii_lowercase()).chars().take(40).collect();
        Self::parse(key.trim_end_matches('-')).ok()
    }
}

impl Prose {
    /// Reads prose: line ends become `\n`, other control characters than tab are refused.
    pub fn parse(text: &str) -> Result<Self, Wording> {
        let text = text.replace("\r\n", "\n");
        if text.chars().count() > 20_000 {
            return Err(Wording::new("expect-at-most-characters").with("max", 20_000));
        }
        if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            return Err(Wording::new("expect-no-control-characters"));
        }
        Ok(Self(text.trim_end().to_owned()))
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Days as `2025-03-14`, for serde.
pub(crate) mod day {
    use jiff::civil::Date;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(date: &Date, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(date)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Date, D::Error> {
        let text = String::deserialize(d)?;
        crate::time::parse_day(&text).ok_or_else(|| D::Error::custom(format_args!("{text:?} is no day")))
    }
}

/// Several days, likewise.
pub(crate) mod days {
    use jiff::civil::Date;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(days: &[Date], s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(days.iter().map(ToString::to_string))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Date>, D::Error> {
        let days = Vec::<String>::deserialize(d)?;
        let day = |text: String| crate::time::parse_day(&text).ok_or_else(|| D::Error::custom(format_args!("{text:?} is no day")));
        days.into_iter().map(day).collect()
    }
}

/// Reads an absolute `http` or `https` URL with a host and without credentials, at most 2,000 characters.
pub fn parse_url(text: &str) -> Result<String, Wording> {
    let text = text.trim();
    let wrong = || Wording::new("expect-url");
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://")).ok_or_else(wrong)?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let plain = text.len() <= 2_000
        && text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}'));
    if host.is_empty() || host.contains('@') || host.starts_with(':') || !plain { Err(wrong()) } else { Ok(text.to_owned()) }
}

/// A number of a cell; `None` where there is none. Of a comma and a point the one that comes last begins the fraction, a comma
/// alone does as well; `%` behind it is left out.
pub fn number(cell: &str) -> Option<f64> {
    let cell = cell.trim().trim_end_matches('%').trim_end();
    let plain = match (cell.rfind(','), cell.rfind('.')) {
        (None, _) => cell.parse::<f64>(),
        (Some(comma), Some(point)) if comma < point => cell.replace(',', "").parse(),
        (Some(_), Some(_)) => cell.replace('.', "").replace(',', ".").parse(),
        (Some(_), None) if cell.matches(',').count() == 1 => cell.replace(',', ".").parse(),
        (Some(_), None) => cell.replace(',', "").parse(),
    };
    plain.ok().filter(|number| number.is_finite())
}

/// Whether this is a number whose thousands are parted by commas, as tables write them: `1,234.50`, `-12,000`.
pub fn is_grouped(cell: &str) -> bool {
    let digits =
        |text: &str, least: usize, most: usize| (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let amount = cell.strip_prefix('-').unwrap_or(cell);
    let (whole, part) = amount.split_once('.').unwrap_or((amount, "0"));
    let mut groups = whole.split(',');
    let first = groups.next().is_some_and(|first| digits(first, 1, 3) && !first.starts_with('0'));
    whole.contains(',') && first && groups.all(|group| digits(group, 3, 3)) && digits(part, 1, 18)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_line() {
        assert_eq!(Name::parse("  网关 gateway ").unwrap().as_str(), "网关 gateway");
        assert_eq!(Name::parse(" ").unwrap_err().key, "expect-something");
        assert_eq!(Name::parse("a\nb").unwrap_err().key, "expect-one-line");
        assert_eq!(Name::parse(&"长".repeat(121)).unwrap_err().key, "expect-at-most-characters");
    }

    #[test]
    fn what_is_not_seen_goes() {
        assert_eq!(seen("result_\u{202E}fdp\u{2066}.exe\u{200B} 结果\n"), "result_fdp.exe 结果");
        assert_eq!(seen("\u{202E}\u{FEFF}"), "");
    }

    #[test]
    fn names_are_what_they_look_like() {
        for bad in [
            "abc\u{202E}txt",
            "a\u{200B}b",
            "admin\u{200D}",
            "ad\u{200D}min",
            "a\u{FEFF}b",
            "a\u{2066}b",
            "so\u{AD}ft",
            "a\u{3164}b",
            "\u{E0041}a",
        ] {
            assert_eq!(Name::parse(bad).unwrap_err().key, "expect-visible", "{bad:?}");
        }
        for bad in ["a\u{2028}b", "a\u{7}b", "a\u{85}b"] {
            assert_eq!(Name::parse(bad).unwrap_err().key, "expect-one-line", "{bad:?}");
        }
        for good in ["网关 gateway", "می\u{200C}خواهم", "क्\u{200D}ष", "👩\u{200D}💻 on call", "❤️", "Zoë O’Neill", "עברית"]
        {
            assert!(Name::parse(good).is_ok(), "{good:?}");
        }
    }

    #[test]
    fn keys_are_handles() {
        assert!(Key::parse("bank-link-2").is_ok());
        for bad in ["", "-a", "2a", "A", "a_b", "a/b"] {
            assert!(Key::parse(bad).is_err(), "{bad}");
        }
        let of = |name: &str| Key::of_name(name).map(Key::into_string);
        assert_eq!(of(" Bank Link (v2) ").as_deref(), Some("bank-link-v2"));
        assert_eq!(of("支付 Gateway").as_deref(), Some("gateway"));
        assert_eq!(of("3-D Secure").as_deref(), Some("d-secure"));
        assert_eq!(of(&"long name ".repeat(9)).as_deref(), Some("long-name-long-name-long-name-long-name"));
        for none in ["支付网关", "2024", "", " - "] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn urls_have_a_host_and_no_credentials() {
        assert!(parse_url("https://example.org:8443/a?b=c").is_ok());
        for bad in ["", "ftp://x", "http://", "http://u:p@h/", "javascript:alert(1)", "https://a b", "//x"] {
            assert!(parse_url(bad).is_err(), "{bad}");
        }
    }
}
