//! What a tool is: a command, its parameters, its limits.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Argv, Parameter};
use crate::{
    Fault, Problem, Wording,
    form::{Check, Typed},
    text::{Name, Prose},
};

/// Parameters that one tool may have.
pub const MAX_PARAMETERS: usize = 8;
/// The fields of one parameter in a form, e.g. `parameters[0].key`.
pub const PARAMETER_PARTS: [&str; 5] = ["key", "label", "kind", "rule", "required"];

/// What a tool is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// What it does and when to use it; Markdown.
    pub description: String,
    /// The command.
    pub argv: Argv,
    /// What may be given.
    pub parameters: Vec<Parameter>,
    /// Seconds that a run may take, 1–86,400.
    pub timeout_s: i64,
    /// Whether somebody else must approve every run.
    pub approval: bool,
    /// Whether the first line may run it.
    pub first_line: bool,
    /// Whether it takes something away, so that a trial of high availability may run it for the fault.
    #[serde(default)]
    pub takes_away: bool,
}

/// What a plan gives wrongly: key, value (none of a secret), and what is expected.
pub type Misgiven = (String, Option<String>, Wording);

/// One parameter as JSON gives it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    key: String,
    #[serde(default)]
    label: String,
    kind: String,
    #[serde(default)]
    rule: String,
    #[serde(default)]
    required: bool,
}

impl Definition {
    /// Whether a run of another does the same as one of it, whatever is said of them, and asks at least those that a run of it asks.
    pub fn runs_as(&self, other: &Self) -> bool {
        self.argv == other.argv && self.parameters == other.parameters && (other.approval || !self.approval)
    }

    /// Reads the fields `name`, `description`, `argv` (one argument per line or value), `parameters` (JSON objects) or
    /// `parameters[i].key …`, `timeout_s`, `approval`, `first_line`, `takes_away`. Other fields are the caller's.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        let name = check.field("name", Name::parse);
        let description = check.field("description", Prose::parse);
        let lines = typed.all("argv").join("\n");
        let argv = Argv::parse(&lines);
        if let Err(expected) = &argv {
            check.problem("argv", expected.clone());
        }
        let timeout = check.number("timeout_s", 1, 86_400);
        let (parameters, mut problems) = read_parameters(typed);
        if let Ok(argv) = &argv {
            problems.extend(fit(argv, &parameters, &lines));
        }
        let read = check.finish((name, description, argv.ok(), timeout));
        match read {
            Ok((name, description, argv, timeout_s)) if problems.is_empty() => Ok(Self {
                name: name.into_string(),
                description: description.into_string(),
                argv,
                parameters,
                timeout_s,
                approval: typed.has("approval"),
                first_line: typed.has("first_line"),
                takes_away: typed.has("takes_away"),
            }),
            Ok(_) => Err(Fault::Invalid(problems)),
            Err(Fault::Invalid(mut found)) => {
                found.extend(problems);
                Err(Fault::Invalid(found))
            }
            Err(other) => Err(other),
        }
    }

    /// What a form for this definition shows.
    pub fn typed(&self) -> Typed {
        let mut typed = Typed::default();
        typed.set("name", &self.name);
        typed.set("description", &self.description);
        typed.set("argv", self.argv.arguments().join("\n"));
        typed.set("timeout_s", self.timeout_s);
        for (i, parameter) in self.parameters.iter().enumerate() {
            typed.set(format!("parameters[{i}].key"), &parameter.key);
            typed.set(format!("parameters[{i}].label"), &parameter.label);
            typed.set(format!("parameters[{i}].kind"), parameter.kind.word());
            typed.set(format!("parameters[{i}].rule"), parameter.kind.rule());
            if parameter.required {
                typed.set(format!("parameters[{i}].required"), "on");
            }
        }
        if self.approval {
            typed.set("approval", "on");
        }
        if self.first_line {
            typed.set("first_line", "on");
        }
        if self.takes_away {
            typed.set("takes_away", "on");
        }
        typed
    }

    /// The exact arguments for these values, or the parameters that would smuggle in an option, and why not.
    pub fn fill(&self, values: &BTreeMap<String, String>) -> Result<Vec<String>, Vec<(&str, Wording)>> {
        let closed = |key: &str| self.parameter(key).is_some_and(Parameter::is_closed);
        let blamed = self.argv.options(values, closed);
        if blamed.is_empty() {
            return Ok(self.argv.fill(values));
        }
        Err(blamed.into_iter().map(|key| (key, Wording::new("tools-expect-no-option"))).collect())
    }

    /// Reads what a plan gives it: everything but secrets, which nobody writes down. Errors: all that is wrong.
    pub fn bind(&self, given: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Vec<Misgiven>> {
        let mut wrong = Vec::new();
        for (key, value) in given {
            match self.parameter(key) {
                None => {
                    let open = self.parameters.iter().filter(|p| !p.is_secret()).map(|p| p.key.as_str()).collect::<Vec<_>>();
                    wrong.push((key.clone(), Some(value.clone()), Wording::new("expect-one-of").with("choices", open.join(", "))));
                }
                Some(parameter) if parameter.is_secret() => wrong.push((key.clone(), None, Wording::new("tools-expect-unplanned"))),
                Some(_) => {}
            }
        }
        let mut read = BTreeMap::new();
        for parameter in self.parameters.iter().filter(|p| !p.is_secret()) {
            let value = given.get(&parameter.key).map_or("", String::as_str);
            match parameter.read(value) {
                Ok(text) => drop(read.insert(parameter.key.clone(), text)),
                Err(expected) => wrong.push((parameter.key.clone(), Some(value.to_owned()), expected)),
            }
        }
        if wrong.is_empty()
            && let Err(blamed) = self.fill(&read)
        {
            let told = |(key, expected): (&str, Wording)| (key.to_owned(), read.get(key).cloned(), expected);
            wrong.extend(blamed.into_iter().map(told));
        }
        read.retain(|_, value| !value.is_empty());
        if wrong.is_empty() { Ok(read) } else { Err(wrong) }
    }

    /// The parameter with this key.
    pub fn parameter(&self, key: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|p| p.key == key)
    }
}

fn read_parameters(typed: &Typed) -> (Vec<Parameter>, Vec<Problem>) {
    let mut parameters = Vec::new();
    let mut problems = Vec::new();
    let mut keep = |i: usize, given: &Given| match Parameter::parse(&given.key, &given.label, &given.kind, &given.rule, given.required) {
        Ok(parameter) => parameters.push(parameter),
        Err((part, expected)) => {
            let value = match part {
                "key" => &given.key,
                "label" => &given.label,
                "kind" => &given.kind,
                _ => &given.rule,
            };
            problems.push(Problem::new(format!("parameters[{i}].{part}"), value, expected));
        }
    };
    let mut wrong = Vec::new();
    for (i, json) in typed.all("parameters").iter().enumerate() {
        match serde_json::from_str::<Given>(json) {
            Ok(given) => keep(i, &given),
            Err(_) => wrong.push(Problem::new(format!("parameters[{i}]"), json, Wording::new("tools-expect-parameter"))),
        }
    }
    for i in 0..MAX_PARAMETERS {
        let part = |part: &str| typed.get(&format!("parameters[{i}].{part}")).to_owned();
        let given = Given {
            key: part("key"),
            label: part("label"),
            kind: part("kind"),
            rule: part("rule"),
            required: !part("required").is_empty(),
        };
        // The kind always has a value in a form: a row is empty when nothing was written into it.
        if !(given.key.is_empty() && given.label.is_empty() && given.rule.is_empty()) {
            keep(i, &given);
        }
    }
    if parameters.len() > MAX_PARAMETERS {
        wrong.push(Problem::new("parameters", parameters.len(), Wording::new("tools-expect-parameters").with("max", MAX_PARAMETERS)));
    }
    problems.extend(wrong);
    (parameters, problems)
}

/// Places and parameters must fit together, and no secret may stand in an argument.
fn fit(argv: &Argv, parameters: &[Parameter], given: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut keys = BTreeSet::new();
    for (i, parameter) in parameters.iter().enumerate() {
        if !keys.insert(parameter.key.as_str()) {
            problems.push(Problem::new(format!("parameters[{i}].key"), &parameter.key, Wording::new("tools-expect-key-once")));
        }
        if !parameter.is_secret() && !argv.places().any(|place| place == parameter.key) {
            problems.push(Problem::new(
                format!("parameters[{i}].key"),
                &parameter.key,
                Wording::new("tools-expect-place").with("key", &parameter.key),
            ));
        }
    }
    for place in argv.places() {
        match parameters.iter().find(|p| p.key == place) {
            None => problems.push(Problem::new("argv", given, Wording::new("tools-expect-declared").with("key", place))),
            Some(p) if p.is_secret() => problems.push(Problem::new(
                "argv",
                given,
                Wording::new("tools-expect-no-secret").with("key", place).with("variable", super::variable(place)),
            )),
            Some(_) => {}
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(json: &str) -> Typed {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn json_and_form_are_one() {
        let definition = Definition::parse(&typed(
            r#"{"name": "Fault switch", "argv": ["/bin/switch", "{system}", "{to}"], "timeout_s": 30, "first_line": true, "parameters": [
                {"key": "system", "kind": "system", "required": true},
                {"key": "to", "label": "To", "kind": "choice", "rule": "on, off", "required": true},
                {"key": "token", "kind": "secret"}]}"#,
        ))
        .unwrap();
        assert_eq!(definition.parameters.len(), 3);
        assert!(definition.first_line && !definition.approval);
        assert_eq!(Definition::parse(&definition.typed()).unwrap(), definition);
    }

    #[test]
    fn what_asks_nobody_any_more_does_not_run_as_it_did() {
        let asks = Definition::parse(&typed(r#"{"name": "Switch", "argv": ["/bin/switch"], "timeout_s": 30, "approval": true}"#)).unwrap();
        let free = Definition { approval: false, description: "said otherwise".into(), ..asks.clone() };
        assert!(asks.runs_as(&asks) && free.runs_as(&asks) && !asks.runs_as(&free));
    }

    #[test]
    fn a_plan_gives_everything_but_secrets() {
        let definition = Definition::parse(&typed(
            r#"{"name": "Switch", "argv": ["/bin/switch", "{node}", "{n}", "{rest}"], "timeout_s": 30, "parameters": [
                {"key": "node", "kind": "text", "required": true}, {"key": "n", "kind": "number", "rule": "1..9"},
                {"key": "rest", "kind": "text"}, {"key": "token", "kind": "secret", "required": true}]}"#,
        ))
        .unwrap();
        let bind = |pairs: &[(&str, &str)]| definition.bind(&pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect());
        assert_eq!(bind(&[("node", "a"), ("n", "07")]).unwrap(), BTreeMap::from([("n".into(), "7".into()), ("node".into(), "a".into())]));
        let wrong =
            |pairs| bind(pairs).unwrap_err().into_iter().map(|(key, value, expected)| (key, value, expected.key)).collect::<Vec<_>>();
        assert_eq!(wrong(&[("node", "a"), ("token", "hunter22")]), [("token".to_owned(), None, "tools-expect-unplanned")]);
        assert_eq!(wrong(&[]), [("node".to_owned(), Some(String::new()), "expect-something")]);
        assert_eq!(wrong(&[("node", "a"), ("nod", "b")]), [("nod".to_owned(), Some("b".to_owned()), "expect-one-of")]);
        assert_eq!(wrong(&[("node", "--all")]), [("node".to_owned(), Some("--all".to_owned()), "tools-expect-no-option")]);
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let fault = Definition::parse(&typed(
            r#"{"name": "", "argv": ["sh", "{gone}", "{pw}"], "timeout_s": 0, "parameters": [
                {"key": "pw", "kind": "secret"}, {"key": "idle", "kind": "text"}, {"key": "n", "kind": "number", "rule": "x"}, 7]}"#,
        ))
        .unwrap_err();
        let said: Vec<_> = fault.problems().iter().map(|p| (p.field.as_str(), p.expected.key)).collect();
        assert_eq!(
            said,
            [
                ("name", "expect-something"),
                ("timeout_s", "expect-between"),
                ("parameters[2].rule", "tools-expect-bounds"),
                ("parameters[3]", "tools-expect-parameter"),
                ("parameters[1].key", "tools-expect-place"),
                ("argv", "tools-expect-declared"),
                ("argv", "tools-expect-no-secret"),
            ]
        );
    }
}
