//! A command as a list of arguments with places for parameters: `{host}` within an argument; `{{` and `}}` for
//! braces. There is no shell, so there is nothing to quote: whatever is given stays inside its argument.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Wording;

/// Arguments that one command may have.
const MAX_ARGUMENTS: usize = 64;

/// The arguments, the program first, each on a line of its own when people write them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Argv(Vec<String>);

/// A piece of an argument.
enum Piece<'a> {
    Text(&'a str),
    Place(&'a str),
}

impl Argv {
    /// Reads one argument per line. The program is an absolute path or a plain name, and takes no parameter.
    pub fn parse(text: &str) -> Result<Self, Wording> {
        let lines = text.lines().map(|line| line.trim_end_matches('\r').to_owned());
        Self::from_arguments(lines.filter(|line| !line.trim().is_empty()).collect())
    }

    /// Takes ready arguments.
    pub fn from_arguments(arguments: Vec<String>) -> Result<Self, Wording> {
        let program = arguments.first().map(|p| p.trim()).unwrap_or_default();
        let plain = !program.is_empty() && !program.contains('/') && !program.starts_with(['-', '.']);
        if !(plain || program.starts_with('/')) || program.contains(['{', '}']) {
            return Err(Wording::new("tools-expect-program"));
        }
        if arguments.len() > MAX_ARGUMENTS || arguments.iter().any(|a| a.chars().count() > 2_000) {
            return Err(Wording::new("tools-expect-arguments").with("max", MAX_ARGUMENTS));
        }
        for argument in &arguments {
            if argument.chars().any(|c| c.is_control() && c != '\t') {
                return Err(Wording::new("expect-no-control-characters"));
            }
            pieces(argument).ok_or_else(|| Wording::new("tools-expect-braces").with("argument", argument))?;
        }
        Ok(Self(arguments))
    }

    /// The arguments as they were written.
    pub fn arguments(&self) -> &[String] {
        &self.0
    }

    /// Keys of the parameters that it has places for.
    pub fn places(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|argument| pieces(argument)).flatten().filter_map(|piece| match piece {
            Piece::Place(key) => Some(key),
            Piece::Text(_) => None,
        })
    }

    /// Whether the parameter is an argument by itself somewhere, so that it could be taken for an option.
    pub fn stands_alone(&self, key: &str) -> bool {
        self.0.iter().any(|argument| argument.strip_prefix('{').and_then(|a| a.strip_suffix('}')) == Some(key))
    }

    /// The exact arguments for these values. An argument that is nothing but a place without a value is left out;
    /// within an argument such a place is empty.
    pub fn fill(&self, values: &BTreeMap<String, String>) -> Vec<String> {
        let mut filled = Vec::new();
        for argument in &self.0 {
            let pieces = pieces(argument).unwrap_or_default();
            if let [Piece::Place(key)] = pieces.as_slice()
                && values.get(*key).is_none_or(String::is_empty)
            {
                continue;
            }
            filled.push(
                pieces
                    .into_iter()
                    .map(|piece| match piece {
                        Piece::Text(text) => text,
                        Piece::Place(key) => values.get(key).map_or("", String::as_str),
                    })
                    .collect(),
            );
        }
        filled
    }
}

/// Cuts an argument into text and places; `None` where a brace is alone or a place is no key.
fn pieces(argument: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut rest = argument;
    while let Some(at) = rest.find(['{', '}']) {
        let (text, brace) = rest.split_at(at);
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        if brace.starts_with("{{") || brace.starts_with("}}") {
            pieces.push(Piece::Text(&brace[..1]));
            rest = &brace[2..];
        } else {
            let (key, after) = brace.strip_prefix('{')?.split_once('}')?;
            crate::text::Key::parse(key).ok().filter(|parsed| parsed.as_str() == key)?;
            pieces.push(Piece::Place(key));
            rest = after;
        }
    }
    if !rest.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Some(pieces)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn places_are_filled_and_nothing_else_happens() {
        let argv = Argv::parse("/usr/bin/ping\n-c\n{count}\n--note={note} {{raw}}\n{host}").unwrap();
        assert_eq!(argv.places().collect::<Vec<_>>(), ["count", "note", "host"]);
        assert_eq!(
            argv.fill(&values(&[("count", "3"), ("note", "; $(id) `x` | y"), ("host", "a b")])),
            ["/usr/bin/ping", "-c", "3", "--note=; $(id) `x` | y {raw}", "a b"]
        );
        assert_eq!(argv.fill(&values(&[("count", "3"), ("host", "")])), ["/usr/bin/ping", "-c", "3", "--note= {raw}"]);
        assert!(argv.stands_alone("host") && !argv.stands_alone("note"));
    }

    #[test]
    fn a_template_says_what_is_wrong() {
        for (text, key) in [
            ("", "tools-expect-program"),
            ("{program}", "tools-expect-program"),
            ("./here", "tools-expect-program"),
            ("bin/sh", "tools-expect-program"),
            ("echo\n{", "tools-expect-braces"),
            ("echo\n}", "tools-expect-braces"),
            ("echo\n{No}", "tools-expect-braces"),
            ("echo\na\u{7}", "expect-no-control-characters"),
        ] {
            assert_eq!(Argv::parse(text).unwrap_err().key, key, "{text}");
        }
    }

    proptest! {
        /// Whatever the value, the number of arguments stays, and the value stands in its own unaltered.
        #[test]
        fn one_value_stays_one_argument(value in "[^\u{0}]{1,60}") {
            let argv = Argv::parse("echo\n--\n{x}\nend").unwrap();
            prop_assert_eq!(argv.fill(&values(&[("x", &value)])), ["echo", "--", value.as_str(), "end"]);
        }
    }
}
