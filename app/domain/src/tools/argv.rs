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

    /// Keys of the parameters to blame for an argument that these values turn into an option: its template begins with a
    /// place, and filled it begins with `-`. Only where every place within it is `closed` – no more than a few words or
    /// numbers that whoever defined the tool wrote down – may it be so.
    pub fn options(&self, values: &BTreeMap<String, String>, closed: impl Fn(&str) -> bool) -> Vec<&str> {
        let mut blamed = Vec::new();
        for argument in &self.0 {
            let pieces = pieces(argument).unwrap_or_default();
            let Some(Piece::Place(first)) = pieces.first() else { continue };
            let mut dashed = None;
            for piece in &pieces {
                match piece {
                    Piece::Text(text) => dashed = Some((*first, *text)),
                    Piece::Place(key) => dashed = values.get(*key).filter(|value| !value.is_empty()).map(|value| (*key, value.as_str())),
                }
                if dashed.is_some() {
                    break;
                }
            }
            let open = pieces.iter().any(|piece| matches!(piece, Piece::Place(key) if !closed(key)));
            if let Some((key, text)) = dashed
                && open
                && text.starts_with('-')
                && !blamed.contains(&key)
            {
                blamed.push(key);
            }
        }
        blamed
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

    #[test]
    fn no_value_makes_an_option() {
        let closed = |key: &str| ["n", "c"].contains(&key);
        for (argument, given, blamed) in [
            ("{u}", &[("u", "-o")][..], &["u"][..]),
            ("{u}{h}", &[("u", "-S"), ("h", "sh -c id")], &["u"]),
            ("{u}{h}", &[("u", ""), ("h", "-S")], &["h"]),
            ("{u}{h}", &[("h", "-")], &["h"]),
            ("{u}@{h}", &[("u", "-oProxyCommand=id"), ("h", "x")], &["u"]),
            ("{u}-{h}", &[("h", "oops")], &["u"]),
            ("{u}-{h}", &[("u", "a"), ("h", "-oops")], &[]),
            ("{u}@{h}", &[("u", ""), ("h", "-x")], &[]),
            ("--to={u}", &[("u", "-x")], &[]),
            ("-{u}", &[("u", "-x")], &[]),
            ("{n}", &[("n", "-3")], &[]),
            ("{n}..{n}", &[("n", "-3")], &[]),
            ("{n}{u}", &[("n", "-3"), ("u", "")], &["n"]),
            ("{c}", &[("c", "-v")], &[]),
            ("{c}{u}", &[("c", "-S"), ("u", "sh -c id")], &["c"]),
            ("{u}", &[("u", "\u{2013}x")], &[]),
            ("{u}", &[], &[]),
        ] {
            let argv = Argv::parse(&format!("ssh\n{argument}")).unwrap();
            assert_eq!(argv.options(&values(given), closed), blamed, "{argument} {given:?}");
        }
    }

    proptest! {
        /// Whatever the template and the values: where nothing is blamed, no argument that begins with a place begins
        /// with `-`.
        #[test]
        fn what_is_not_blamed_is_no_option(
            template in "(\\{a\\}|\\{b\\}|x|-){1,4}",
            a in "(-|[a-z]){0,3}",
            b in "(-|[a-z]){0,3}",
        ) {
            let argv = Argv::parse(&format!("echo\n{template}")).unwrap();
            let values = values(&[("a", &a), ("b", &b)]);
            let filled = argv.fill(&values);
            let option = template.starts_with('{') && filled.get(1).is_some_and(|argument| argument.starts_with('-'));
            prop_assert_eq!(!argv.options(&values, |_| false).is_empty(), option);
        }

        /// Whatever the value, the number of arguments stays, and the value stands in its own unaltered.
        #[test]
        fn one_value_stays_one_argument(value in "[^\u{0}]{1,60}") {
            let argv = Argv::parse("echo\n--\n{x}\nend").unwrap();
            prop_assert_eq!(argv.fill(&values(&[("x", &value)])), ["echo", "--", value.as_str(), "end"]);
        }
    }
}
