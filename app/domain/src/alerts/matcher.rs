//! Matchers on labels, in Alertmanager's syntax: `severity="critical"`, `instance=~"db.*"`.
//!
//! Alertmanager reads them with two parsers, the classic one and the one for names in UTF-8, and where both can read a text but
//! differ the classic one counts; so here. Expressions are anchored at both ends. A label that is absent is the empty text.

mod classic;
mod trial;
mod utf8;
pub mod work;

use std::sync::Arc;

use regex_lite::{Regex, RegexBuilder};
pub use trial::Trial;

use super::Labels;
use crate::words::words;

words! {
    /// How a matcher compares.
    pub enum Op {
        /// The value is this text.
        Equal = "=",
        /// The value is any other text.
        NotEqual = "!=",
        /// The whole value matches this expression.
        Regex = "=~",
        /// The whole value does not match this expression.
        NotRegex = "!~",
    }
}

/// One condition on one label.
#[derive(Debug, Clone)]
pub struct Matcher {
    name: String,
    op: Op,
    value: String,
    /// Shared by its copies: each by itself would make room anew for what it is run with.
    regex: Option<Arc<Regex>>,
    /// Bytes that it takes when it is compiled, to the next power of two: what each letter of a value may cost.
    size: usize,
}

/// Longest expression that is compiled, in bytes: a list of some hundred names has its place.
pub const LONGEST: usize = 32 << 10;
/// Bytes that it may take when it is compiled: a few letters can ask for millions of states. A long one may take so many for each byte.
pub(crate) const COMPILED: usize = 128 << 10;
const COMPILED_EACH: usize = 64;
/// The least that an expression is taken to be when it is compiled.
const LEAST: usize = 1 << 10;
/// Expressions that one text may hold.
const MOST: usize = 100;

impl Matcher {
    /// A matcher; refuses an empty name and an expression that does not compile, and says why.
    pub fn new(name: impl Into<String>, op: Op, value: impl Into<String>) -> Result<Self, String> {
        let (name, value) = (name.into(), value.into());
        if name.is_empty() {
            return Err("a label without a name".to_owned());
        }
        let (regex, size) = match op {
            Op::Equal | Op::NotEqual => (None, 0),
            Op::Regex | Op::NotRegex if value.len() > LONGEST => return Err(format!("an expression of more than {LONGEST} bytes")),
            Op::Regex | Op::NotRegex => {
                let (regex, size) = compiled(&value).map_err(|error| format!("{value}: {error}"))?;
                (Some(Arc::new(regex)), size)
            }
        };
        Ok(Self { name, op, value, regex, size })
    }

    /// What it may cost at most to hold it against a value, in bytes of the compiled expression times letters.
    pub fn cost(&self, value: &str) -> usize {
        self.size.saturating_mul(value.len() + 1)
    }

    /// The label that it looks at.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it compares.
    pub fn op(&self) -> Op {
        self.op
    }

    /// What it compares with.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Whether a value satisfies it. What is too long to try satisfies none.
    pub fn takes(&self, value: &str) -> bool {
        match self.op {
            Op::Equal => value == self.value,
            Op::NotEqual => value != self.value,
            Op::Regex => self.finds(value) == Some(true),
            Op::NotRegex => self.finds(value) == Some(false),
        }
    }

    /// Whether the expression matches. A very large one is not tried on a very long value: then nobody knows.
    fn finds(&self, value: &str) -> Option<bool> {
        let regex = self.regex.as_ref().filter(|_| self.cost(value) <= work::ONCE)?;
        Some(regex.is_match(value))
    }

    /// Whether the labels satisfy it.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.takes(labels.get(&self.name).map_or("", String::as_str))
    }
}

/// The expression, and the bytes that it takes at most: a few letters, such as `(.*){1000}`, may stand for very many.
fn compiled(value: &str) -> Result<(Regex, usize), regex_lite::Error> {
    let (whole, most) = (format!("^(?:{value})$"), COMPILED.max(COMPILED_EACH * value.len()));
    let mut size = LEAST.max(value.len().next_power_of_two());
    loop {
        match RegexBuilder::new(&whole).size_limit(size.min(most)).build() {
            Err(_) if size < most => size *= 2,
            built => return built.map(|regex| (regex, size.min(most))),
        }
    }
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.op, &self.value) == (&other.name, other.op, &other.value)
    }
}
impl Eq for Matcher {}

/// Whether the labels satisfy every matcher; none at all are satisfied by everything.
pub fn all_match(matchers: &[Matcher], labels: &Labels) -> bool {
    matchers.iter().all(|matcher| matcher.matches(labels))
}

/// Reads matchers as Alertmanager does in its default mode: `{a="b",c!~"d.*"}`, `a=b`, `"ü"="x"`; the empty text and `{}` are
/// none. What cannot be read is told in words.
pub fn parse_matchers(text: &str) -> Result<Vec<Matcher>, String> {
    // Before any is compiled.
    if expressions(&[text]) > MOST {
        return Err(format!("more than {MOST} expressions"));
    }
    match (classic::parse(text), utf8::parse(text)) {
        (Ok(matchers), _) | (Err(_), Ok(matchers)) => Ok(matchers),
        (Err(error), Err(_)) => Err(error),
    }
}

/// How many expressions texts may hold together, at most: what is to be known before one of them is compiled.
pub fn expressions<T: AsRef<str>>(texts: &[T]) -> usize {
    texts.iter().map(AsRef::as_ref).map(|text| text.matches("=~").count() + text.matches("!~").count()).sum()
}

/// Reads exactly one matcher.
pub fn parse_matcher(text: &str) -> Result<Matcher, String> {
    let mut found = parse_matchers(text)?;
    match (found.pop(), found.is_empty()) {
        (Some(matcher), true) => Ok(matcher),
        _ => Err(format!("{text}: expected one matcher")),
    }
}

/// Whether a label name needs no quotes: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
fn plain_name(name: &str) -> bool {
    name.bytes().enumerate().all(|(i, b)| b.is_ascii_alphabetic() || b == b'_' || b == b':' || i > 0 && b.is_ascii_digit())
        && !name.is_empty()
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n").replace('"', "\\\"")
}

impl std::fmt::Display for Matcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if plain_name(&self.name) {
            write!(f, "{}{}\"{}\"", self.name, self.op, escaped(&self.value))
        } else {
            write!(f, "\"{}\"{}\"{}\"", escaped(&self.name), self.op, escaped(&self.value))
        }
    }
}

/// `{a="b",c=~"d.*"}`, as it is read back.
pub fn print_matchers(matchers: &[Matcher]) -> String {
    format!("{{{}}}", matchers.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
}

/// `{a="b", c="d"}`: labels for people.
pub fn print_labels(labels: &Labels) -> String {
    let pairs = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value)));
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
}

impl serde::Serialize for Matcher {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Matcher {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        parse_matcher(&String::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Matcher {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        String::schema()
    }
}
#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Matcher {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> String {
        match parse_matchers(text) {
            Ok(matchers) => print_matchers(&matchers),
            Err(_) => "refused".to_owned(),
        }
    }

    #[test]
    fn both_parsers_as_upstream_reads() {
        for (text, expected) in [
            ("", "{}"),
            ("{}", "{}"),
            ("foo=bar", r#"{foo="bar"}"#),
            (r#"{foo="bar"}"#, r#"{foo="bar"}"#),
            (r#"foo="bar",baz!="qux""#, r#"{foo="bar",baz!="qux"}"#),
            (r#"{foo=~"b.r", a!~"c|d"}"#, r#"{foo=~"b.r",a!~"c|d"}"#),
            (r#"{foo="bar",}"#, r#"{foo="bar"}"#),
            ("foo = bar", r#"{foo="bar"}"#),
            // Only the classic parser: spaces, braces and operators in a value without quotes.
            ("foo=bar baz", r#"{foo="bar baz"}"#),
            ("foo=a=b", r#"{foo="a=b"}"#),
            ("foo=", r#"{foo=""}"#),
            (r#"foo="""#, r#"{foo=""}"#),
            (r#"foo="with \"quotes\"""#, r#"{foo="with \"quotes\""}"#),
            (r#"foo="a,b",c=d"#, r#"{foo="a,b",c="d"}"#),
            (r#"foo="\w""#, r#"{foo="\\w"}"#),
            (r#"foo="two\nlines""#, r#"{foo="two\nlines"}"#),
            ("foo=bär", r#"{foo="bär"}"#),
            // Only the other one: names beyond ASCII, quoted names.
            ("fóo=bar", r#"{"fóo"="bar"}"#),
            (r#"{"foo bar"="🙂"}"#, r#"{"foo bar"="🙂"}"#),
            (r#""a\"b"=c"#, r#"{"a\"b"="c"}"#),
            // As Go quotes: bytes one by one, which together are UTF-8.
            (r#""\xf0\x9f\x99\x82"=dΘ"#, r#"{"🙂"="dΘ"}"#),
            (r#"{"\360\237\231\202"="\u00e9\U0001f642\x41\101"}"#, r#"{"🙂"="é🙂AA"}"#),
            (r#""\xf0\x9f"=b"#, "refused"),
            (r#""\x4"=b"#, "refused"),
            (r#""\400"=b"#, "refused"),
            (r#""\18"=b"#, "refused"),
            (r#""\ud800"=b"#, "refused"),
            ("foo", "refused"),
            ("{foo=bar", r#"{foo="bar"}"#),
            ("foo=bar}", r#"{foo="bar"}"#),
            ("{,foo=bar}", "refused"),
            (r#"{"foo"="bar""#, "refused"),
            (r#"foo="bar"#, "refused"),
            (r#"foo=b"ar"#, "refused"),
            ("=bar", "refused"),
            ("foo=~(", "refused"),
            (r#"""="x""#, "refused"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_they_take() {
        let labels: Labels = [("env".to_owned(), "prod".to_owned()), ("n".to_owned(), "10".to_owned())].into();
        for (text, expected) in [
            ("env=prod", true),
            ("env=pro", false),
            ("env!=prod", false),
            ("env=~p.*", true),
            ("env=~pro", false),
            ("env!~dev|test", true),
            ("gone=", true),
            ("gone!=x", true),
            ("gone=~.*", true),
            ("gone=~.+", false),
            (r#"{env="prod",n="11"}"#, false),
            ("", true),
        ] {
            assert_eq!(all_match(&parse_matchers(text).unwrap(), &labels), expected, "{text}");
        }
    }

    #[test]
    fn a_list_of_many_names_is_an_expression() {
        let names: Vec<String> = (0..950).map(|n| format!("db-{n:04}.eu-west.example.com:9100")).collect();
        let text = format!("instance=~\"^({})$\"", names.join("|"));
        let matcher = parse_matcher(&text).unwrap();
        assert!(matcher.value().len() > 30_000 && matcher.takes(&names[949]) && !matcher.takes("db-0950.eu-west.example.com:9100"));
        let classes = format!("instance=~\"{}\"", "[a-c]".repeat(6_000));
        assert!(parse_matcher(&classes).is_ok());
        assert!(parse_matcher(&format!("a=~\"{}\"", "x".repeat(LONGEST + 1))).is_err());
        assert!(parse_matcher("a=~\"(x{1000}){1000}\"").is_err(), "few letters, many states");
        // Neither is tried for long, and what is not tried satisfies nobody.
        for op in ["=~", "!~"] {
            assert!(!parse_matcher(&format!("a{op}\"(x*){}\"", "y?".repeat(16_000))).unwrap().takes(&"x".repeat(30_000)), "{op}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(name in "[a-zA-Zä \"\\\\]{1,6}", value in "\\PC{0,12}", equal: bool) {
            let matcher = Matcher::new(name, if equal { Op::Equal } else { Op::NotEqual }, value).unwrap();
            prop_assert_eq!(parse_matcher(&matcher.to_string()), Ok(matcher.clone()));
            prop_assert_eq!(parse_matchers(&print_matchers(&[matcher.clone(), matcher.clone()])), Ok(vec![matcher.clone(), matcher]));
        }

        #[test]
        fn nothing_typed_makes_it_stumble(text in "\\PC{0,30}") {
            let _ = parse_matchers(&text);
        }
    }
}
