//! How bad an alert of a rule is: always the same, said by a label, or by the first of several steps.

use serde::{Deserialize, Serialize};

use crate::{
    Wording,
    alerts::{Labels, Severity, labels::read_severity},
    sources::Selector,
};

/// One step: where its test holds, it is so bad.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Step {
    /// Of the value (`> 10`, `>= 10`, `< 0.5`, `<= 0.5`, `== 1`), of the labels (`{tier="1"}`), or of both: `{tier="1"} > 10`.
    pub test: String,
    /// How bad it is then.
    pub severity: Severity,
}

/// How bad it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeverityBy {
    /// Where nothing else says.
    pub usual: Severity,
    /// The label that says it, in the words of this trade (`critical`, `warning`, `P1`); empty for none.
    pub label: String,
    /// Tried in order before the label.
    pub steps: Vec<Step>,
}

impl SeverityBy {
    /// Always the same.
    pub fn always(usual: Severity) -> Self {
        Self { usual, label: String::new(), steps: Vec::new() }
    }

    /// How bad this value with these labels is.
    pub fn of(&self, labels: &Labels, value: Option<f64>) -> Severity {
        let step = self.steps.iter().find(|step| Test::read(&step.test).is_ok_and(|test| test.holds(labels, value)));
        let by_label = || labels.get(&self.label).and_then(|word| read_severity(word));
        step.map(|step| step.severity).or_else(by_label).unwrap_or(self.usual)
    }

    /// Reads steps, one a line: `> 10: P1`; at most 20.
    pub fn parse_steps(text: &str) -> Result<Vec<Step>, Wording> {
        let mut steps = Vec::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let wrong = || Wording::new("rules-expect-step").with("line", line);
            let (test, severity) = line.rsplit_once(':').ok_or_else(wrong)?;
            let severity = Severity::parse(severity.trim()).ok_or_else(wrong)?;
            Test::read(test.trim()).map_err(|()| wrong())?;
            steps.push(Step { test: test.trim().to_owned(), severity });
        }
        if steps.len() > 20 { Err(Wording::new("expect-between").with("min", 0).with("max", 20)) } else { Ok(steps) }
    }

    /// The steps as they are typed.
    pub fn write_steps(&self) -> String {
        self.steps.iter().map(|step| format!("{}: {}", step.test, step.severity)).collect::<Vec<_>>().join("\n")
    }
}

/// How a value is held against a number.
type Compared = fn(&f64, &f64) -> bool;

/// As they are written; the longer ones first.
const COMPARED: [(&str, Compared); 5] = [(">=", f64::ge), ("<=", f64::le), ("==", f64::eq), (">", f64::gt), ("<", f64::lt)];

/// What is asked of the labels, of the value, or of both.
struct Test {
    labels: Option<Selector>,
    value: Option<(Compared, f64)>,
}

impl Test {
    fn read(text: &str) -> Result<Self, ()> {
        // A number has no brace: the last one ends the labels, whatever stands in them.
        let (labels, rest) = match text.rfind('}') {
            Some(end) if text.starts_with('{') => text.split_at(end + 1),
            _ => ("", text),
        };
        let labels = if labels.is_empty() { None } else { Some(Selector::parse(&format!("_{labels}")).map_err(|_| ())?) };
        let rest = rest.trim();
        if labels.is_some() && rest.is_empty() {
            return Ok(Self { labels, value: None });
        }
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|n| n.is_finite());
        let value = COMPARED.iter().find_map(|(sign, compared)| Some((*compared, rest.strip_prefix(sign)?)));
        let value = value.and_then(|(compared, bound)| Some((compared, number(bound)?))).ok_or(())?;
        Ok(Self { labels, value: Some(value) })
    }

    fn holds(&self, labels: &Labels, value: Option<f64>) -> bool {
        self.labels.as_ref().is_none_or(|selector| selector.selects("_", labels))
            && self.value.is_none_or(|(compared, bound)| value.is_some_and(|value| compared(&value, &bound)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_that_holds_says_it() {
        let steps = SeverityBy::parse_steps("> 50: P1\n{tier=~\"1|2\"}: P2\n< 0: P4\n").unwrap();
        let by = SeverityBy { usual: Severity::P3, label: "severity".into(), steps };
        let labels = |pairs: &[(&str, &str)]| pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect::<Labels>();
        assert_eq!(by.of(&labels(&[("tier", "1")]), Some(51.0)), Severity::P1);
        assert_eq!(by.of(&labels(&[("tier", "1")]), Some(5.0)), Severity::P2);
        assert_eq!(by.of(&labels(&[("severity", "critical")]), Some(5.0)), Severity::P1);
        assert_eq!(by.of(&labels(&[("severity", "critical")]), Some(-5.0)), Severity::P4);
        assert_eq!(by.of(&labels(&[("severity", "purple")]), None), Severity::P3);
        assert_eq!(SeverityBy::parse_steps(&by.write_steps()).unwrap(), by.steps);
        let both = ["{a=\"b\"} 1: P1", "{a=\"b\"} > x: P1", "> 1 {a=\"b\"}: P1"];
        for bad in ["> x: P1", "> 1", "> 1: P9", "{a: P1", "= 1: P1", "=> 1: P1", ">=: P1", ": P1"].into_iter().chain(both) {
            assert!(SeverityBy::parse_steps(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_step_asks_of_labels_and_value_together() {
        let steps = "{tier=\"1\"} >= 10: P1\n{name=\"a}\"}<=0.5: P2\n== 7: P1\n>= 5: P2\n<= -5: P4";
        let steps = SeverityBy::parse_steps(steps).unwrap();
        let by = SeverityBy { usual: Severity::P3, label: String::new(), steps };
        let of = |name: &str, text: &str, value| by.of(&[(name.to_owned(), text.to_owned())].into(), value);
        for (name, text, value, expected) in [
            ("tier", "1", Some(10.0), Severity::P1),
            ("tier", "1", Some(9.9), Severity::P2),
            ("tier", "1", None, Severity::P3),
            ("tier", "2", Some(10.0), Severity::P2),
            ("name", "a}", Some(0.5), Severity::P2),
            ("name", "a}", Some(0.6), Severity::P3),
            ("name", "b", Some(7.0), Severity::P1),
            ("name", "b", Some(5.0), Severity::P2),
            ("name", "b", Some(4.9), Severity::P3),
            ("name", "b", Some(-5.0), Severity::P4),
        ] {
            assert_eq!(of(name, text, value), expected, "{name} {text} {value:?}");
        }
        assert_eq!(SeverityBy::parse_steps(&by.write_steps()).unwrap(), by.steps);
    }
}
