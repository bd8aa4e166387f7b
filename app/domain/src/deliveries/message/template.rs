//! Templates: what people write themselves, with placeholders in braces that the facts fill.

use std::collections::BTreeMap;

use crate::Wording;

/// The placeholders that every message knows; beside them `{label.NAME}` and `{annotation.NAME}`.
pub const PLACEHOLDERS: &[&str] =
    &["event", "severity", "title", "detail", "system", "state", "number", "time", "link", "channel", "policy", "step"];

/// Longest template, in characters.
const LONGEST: usize = 4_000;

/// A template that has been read: text and placeholders in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Place(String),
}

impl Template {
    /// Reads text with placeholders such as `{title}`; `{{` and `}}` are braces. What is wrong names the placeholder.
    pub fn parse(text: &str) -> Result<Self, Wording> {
        if text.chars().count() > LONGEST {
            return Err(Wording::new("expect-at-most-characters").with("max", LONGEST));
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(Wording::new("expect-no-control-characters"));
        }
        let (mut parts, mut plain) = (Vec::new(), String::new());
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            plain.push_str(&rest[..at]);
            let (brace, after) = rest[at..].split_at(1);
            if let Some(after) = after.strip_prefix(brace) {
                plain.push_str(brace);
                rest = after;
                continue;
            }
            let Some((name, after)) = (brace == "{").then(|| after.split_once('}')).flatten() else {
                let near: String = rest[at..].chars().take(20).collect();
                return Err(Wording::new("expect-closed-placeholder").with("near", near));
            };
            let name = name.trim();
            if !known(name) {
                let choices = PLACEHOLDERS.join(", ");
                return Err(Wording::new("expect-placeholder").with("name", name).with("choices", choices));
            }
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            parts.push(Part::Place(name.to_owned()));
            rest = after;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self(parts))
    }

    /// The text with every placeholder filled; what has no value becomes nothing.
    pub fn fill(&self, values: &BTreeMap<String, String>) -> String {
        let filled = self.0.iter().map(|part| match part {
            Part::Text(text) => text.as_str(),
            Part::Place(name) => values.get(name).map_or("", String::as_str),
        });
        filled.collect::<String>().trim().to_owned()
    }
}

fn known(name: &str) -> bool {
    let free = name.strip_prefix("label.").or_else(|| name.strip_prefix("annotation."));
    match free {
        Some(name) => !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/' | b':')),
        None => PLACEHOLDERS.contains(&name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_and_braces_stay() {
        let values = BTreeMap::from([("title".to_owned(), "down".to_owned()), ("label.pod".to_owned(), "a-1".to_owned())]);
        let fill = |text: &str| Template::parse(text).unwrap().fill(&values);
        assert_eq!(fill("{title} on { label.pod }: {detail}{{x}}"), "down on a-1: {x}");
        assert_eq!(fill(""), "");
        assert_eq!(fill("数据库 {title}"), "数据库 down");
    }

    #[test]
    fn what_is_wrong_names_the_placeholder() {
        let wrong = |text: &str| Template::parse(text).unwrap_err();
        let unknown = wrong("{titel} is down");
        assert_eq!(unknown.key, "expect-placeholder");
        assert!(unknown.args.contains(&("name", "titel".to_owned())), "{unknown:?}");
        assert_eq!(wrong("{label.}").key, "expect-placeholder");
        assert_eq!(wrong("{}").key, "expect-placeholder");
        for open in ["{title", "title}", "a } b", "{"] {
            assert_eq!(wrong(open).key, "expect-closed-placeholder", "{open}");
        }
        assert_eq!(wrong(&"长".repeat(4_001)).key, "expect-at-most-characters");
    }
}
