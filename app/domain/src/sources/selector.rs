//! Which series are meant: `name{label="value",other=~"a|b"}`, as in PromQL.

use regex_lite::{Regex, RegexBuilder};

use super::exposition::{Format, Labels, Limits, lex::Line};
use crate::{Wording, words::words};

words! {
    /// How a label is compared.
    pub enum Operator {
        /// Is the text.
        Is = "=",
        /// Is not the text.
        IsNot = "!=",
        /// Matches the whole pattern.
        Matches = "=~",
        /// Does not match the whole pattern.
        Lacks = "!~",
    }
}

/// A demand on one label. A label that is not there is the empty text.
#[derive(Debug, Clone)]
pub struct Matcher {
    /// Name of the label.
    pub label: String,
    /// How it is compared.
    pub operator: Operator,
    /// The text or pattern.
    pub value: String,
    regex: Option<Regex>,
}

impl Matcher {
    /// A demand; a pattern must compile, within 64 KiB.
    pub fn new(label: &str, operator: Operator, value: &str) -> Result<Self, String> {
        let regex = match operator {
            Operator::Is | Operator::IsNot => None,
            Operator::Matches | Operator::Lacks => {
                let built = RegexBuilder::new(&format!("^(?:{value})$")).size_limit(64 << 10).build();
                Some(built.map_err(|error| error.to_string().lines().last().unwrap_or_default().to_owned())?)
            }
        };
        Ok(Self { label: label.to_owned(), operator, value: value.to_owned(), regex })
    }

    /// Whether the text fulfils it.
    pub fn holds(&self, text: &str) -> bool {
        let matched = || self.regex.as_ref().is_some_and(|regex| regex.is_match(text));
        match self.operator {
            Operator::Is => text == self.value,
            Operator::IsNot => text != self.value,
            Operator::Matches => matched(),
            Operator::Lacks => !matched(),
        }
    }
}

/// A metric and demands on its labels.
#[derive(Debug, Clone)]
pub struct Selector {
    /// Full name of the metric.
    pub metric: String,
    /// All must hold.
    pub matchers: Vec<Matcher>,
    text: String,
}

impl Selector {
    /// Reads a selector of at most 500 characters; a name is needed.
    pub fn parse(text: &str) -> Result<Self, Wording> {
        let text = text.trim();
        if text.chars().count() > 500 {
            return Err(Wording::new("expect-at-most-characters").with("max", 500));
        }
        read(text).map_err(|why| Wording::new("sources-expect-selector").with("why", why))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it means all series of the metric.
    pub fn is_plain(&self) -> bool {
        self.matchers.is_empty()
    }

    /// Whether it means this series.
    pub fn selects(&self, metric: &str, labels: &Labels) -> bool {
        self.metric == metric && self.matchers.iter().all(|matcher| matcher.holds(labels.get(&matcher.label).map_or("", String::as_str)))
    }
}

fn read(text: &str) -> Result<Selector, String> {
    let mut line = Line::new(text, Format::Text, Limits::default());
    let metric = line.name(true)?;
    let mut matchers = Vec::new();
    line.blanks();
    if line.take("{") {
        line.blanks();
        while !line.take("}") {
            if !matchers.is_empty() && !line.take(",") {
                return Err(format!("expected `,` or `}}` before {}", line.next()));
            }
            line.blanks();
            if !matchers.is_empty() && line.take("}") {
                break;
            }
            let label = line.name(false)?;
            line.blanks();
            // The longer ones first.
            let operator =
                [Operator::Matches, Operator::Lacks, Operator::IsNot, Operator::Is].into_iter().find(|operator| line.take(operator.name()));
            let operator = operator.ok_or_else(|| format!("expected =, !=, =~ or !~ before {}", line.next()))?;
            line.blanks();
            matchers.push(Matcher::new(&label, operator, &line.quoted()?)?);
            line.blanks();
        }
        line.blanks();
    }
    if line.rest.is_empty() {
        Ok(Selector { metric, matchers, text: text.to_owned() })
    } else {
        Err(format!("expected the end before {}", line.next()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selects(selector: &str, labels: &[(&str, &str)]) -> bool {
        let labels = labels.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Selector::parse(selector).unwrap().selects("a", &labels)
    }

    #[test]
    fn labels_are_compared_as_in_promql() {
        let labels = [("code", "200"), ("link", "b\"1")];
        for (selector, expected) in [
            ("a", true),
            (" a{} ", true),
            ("b", false),
            (r#"a{code="200"}"#, true),
            (r#"a{code!="200"}"#, false),
            (r#"a{code=~"2.."}"#, true),
            (r#"a{code=~"2"}"#, false),
            (r#"a{code!~"5..|4.."}"#, true),
            (r#"a{missing=""}"#, true),
            (r#"a{missing!=""}"#, false),
            (r#"a { code = "200" , link = "b\"1", }"#, true),
            (r#"a{code="200",link="x"}"#, false),
        ] {
            assert_eq!(selects(selector, &labels), expected, "{selector}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for bad in
            ["", "{code=\"1\"}", "a{code}", "a{code=1}", "a{code=\"1\"", "a{code=~\"(\"}", "a b", "a{code=\"1\"} x", "a{=\"1\"}", "a{,}"]
        {
            assert_eq!(Selector::parse(bad).unwrap_err().key, "sources-expect-selector", "{bad}");
        }
        assert!(Selector::parse("a").unwrap().is_plain());
    }
}
