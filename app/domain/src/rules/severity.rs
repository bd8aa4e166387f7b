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
    /// `> 10`, `< 0.5` of the value, or `{tier="1"}` of the labels.
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

enum Test {
    Above(f64),
    Below(f64),
    Labels(Selector),
}

impl Test {
    fn read(text: &str) -> Result<Self, ()> {
        if text.starts_with('{') {
            return Selector::parse(&format!("_{text}")).map(Self::Labels).map_err(|_| ());
        }
        let number = |rest: &str| rest.trim().parse::<f64>().ok().filter(|n| n.is_finite()).ok_or(());
        match (text.strip_prefix('>'), text.strip_prefix('<')) {
            (Some(rest), _) => number(rest).map(Self::Above),
            (_, Some(rest)) => number(rest).map(Self::Below),
            (None, None) => Err(()),
        }
    }

    fn holds(&self, labels: &Labels, value: Option<f64>) -> bool {
        match self {
            Self::Above(bound) => value.is_some_and(|value| value > *bound),
            Self::Below(bound) => value.is_some_and(|value| value < *bound),
            Self::Labels(selector) => selector.selects("_", labels),
        }
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
        for bad in ["> x: P1", "> 1", "> 1: P9", "{a: P1", "= 1: P1"] {
            assert!(SeverityBy::parse_steps(bad).is_err(), "{bad}");
        }
    }
}
