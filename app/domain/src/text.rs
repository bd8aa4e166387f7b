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

impl Name {
    /// Reads a name, or says what would be right.
    pub fn parse(text: &str) -> Result<Self, Wording> {
        let text = text.trim();
        match text.chars().count() {
            0 => Err(Wording::new("expect-something")),
            n if n > 120 => Err(Wording::new("expect-at-most-characters").with("max", 120)),
            _ if text.chars().any(char::is_control) => Err(Wording::new("expect-one-line")),
            _ => Ok(Self(text.to_owned())),
        }
    }
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
    fn keys_are_handles() {
        assert!(Key::parse("bank-link-2").is_ok());
        for bad in ["", "-a", "2a", "A", "a_b", "a/b"] {
            assert!(Key::parse(bad).is_err(), "{bad}");
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
