//! What people type to keep a policy, and to page somebody now.

use serde::Deserialize;

use super::{Content, Step, Target};
use crate::{
    Fault, Problem, Wording,
    alerts::Severity,
    form::{Check, Typed, rearrange},
    id::{SystemId, TeamId},
    text::Name,
};

/// Steps that one policy may have.
pub const MOST_STEPS: usize = 10;
/// Steps that are looked for in a form; more than a policy may have, so that too many are told.
const LOOKED_FOR: usize = 20;
/// Targets of one step, and the longest delay in minutes.
const MOST_TARGETS: usize = 20;
const LONGEST: i64 = 24 * 60;

/// The steps of a policy as text, as they stand in a form that is not finished.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Steps(pub Vec<StepSheet>);

/// One step as text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the text of the fields of `Step`")]
pub struct StepSheet {
    pub after: String,
    pub severities: Vec<String>,
    pub targets: Vec<String>,
}

/// One step as JSON gives it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    after_min: i64,
    #[serde(default)]
    severities: Vec<String>,
    targets: Vec<String>,
}

fn every_severity() -> Vec<String> {
    Severity::ALL.iter().map(|severity| severity.name().to_owned()).collect()
}

impl Steps {
    /// Whether a field belongs to a step.
    pub fn is_part(name: &str) -> bool {
        let Some((i, part)) = name.strip_prefix("steps[").and_then(|rest| rest.split_once("].")) else { return name == "steps" };
        i.parse().is_ok_and(|i: usize| i < LOOKED_FOR) && ["after", "severities", "targets"].contains(&part)
    }

    /// Reads JSON objects in `steps`, then fields `steps[i].…`.
    pub fn read(typed: &Typed) -> Result<Self, Vec<Problem>> {
        let (mut steps, mut wrong) = (Vec::new(), Vec::new());
        for (i, json) in typed.all("steps").iter().enumerate() {
            match serde_json::from_str::<Given>(json) {
                Ok(given) => steps.push(StepSheet {
                    after: given.after_min.to_string(),
                    severities: if given.severities.is_empty() { every_severity() } else { given.severities },
                    targets: given.targets,
                }),
                Err(_) => wrong.push(Problem::new(format!("steps[{i}]"), json, Wording::new("escalations-expect-step"))),
            }
        }
        for i in 0..LOOKED_FOR {
            let prefix = format!("steps[{i}].");
            if typed.names().any(|name| name.starts_with(&prefix)) {
                let all =
                    |part: &str| typed.all(&format!("{prefix}{part}")).iter().filter(|text| !text.trim().is_empty()).cloned().collect();
                steps.push(StepSheet {
                    after: typed.get(&format!("{prefix}after")).to_owned(),
                    severities: all("severities"),
                    targets: all("targets"),
                });
            }
        }
        if wrong.is_empty() { Ok(Self(steps)) } else { Err(wrong) }
    }

    /// Writes them as fields.
    pub fn write(&self, typed: &mut Typed) {
        for (i, step) in self.0.iter().enumerate() {
            typed.set(format!("steps[{i}].after"), &step.after);
            for severity in &step.severities {
                typed.add(format!("steps[{i}].severities"), severity);
            }
            for target in &step.targets {
                typed.add(format!("steps[{i}].targets"), target);
            }
        }
    }

    /// Does what a button of the form says: `add`, `remove-1`, `up-1`. `None` where it says something else.
    pub fn act(mut self, act: &str) -> Option<Self> {
        if act == "add" {
            let after = if self.0.is_empty() { "0" } else { "5" };
            self.0.push(StepSheet { after: after.into(), severities: every_severity(), targets: Vec::new() });
            return Some(self);
        }
        rearrange(&mut self.0, act).then_some(self)
    }
}

impl Content {
    /// Reads `name`, `team`, `repeat`, `again_min`, `skip_empty`, `default`, `systems` (repeatable) and the steps, as JSON
    /// objects in `steps` or as fields `steps[i].…`. All problems at once.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut problems = Vec::new();
        let sheets = Steps::read(typed).unwrap_or_else(|found| {
            problems.extend(found);
            Steps::default()
        });
        let mut check = Check::new(typed);
        let own = ["name", "team", "repeat", "again_min", "skip_empty", "default", "systems", "version", "act"];
        let known: Vec<&str> = typed.names().filter(|name| Steps::is_part(name)).chain(own).collect();
        check.only(&known);
        let name = check.field("name", Name::parse);
        let team = check.field("team", |text| TeamId::parse(text.trim()).ok_or_else(|| Wording::new("expect-id")));
        let repeat = if typed.get("repeat").is_empty() { Some(0) } else { check.number("repeat", 0, 9) };
        let again = if typed.get("again_min").is_empty() { Some(15) } else { check.number("again_min", 1, LONGEST) };
        let systems = check.each("systems", |text| SystemId::parse(text).ok_or_else(|| Wording::new("expect-id")));
        if sheets.0.is_empty() && problems.is_empty() {
            problems.push(Problem::new("steps", "", Wording::new("escalations-expect-a-step")));
        }
        if sheets.0.len() > MOST_STEPS {
            problems.push(Problem::new("steps", sheets.0.len(), Wording::new("escalations-expect-steps").with("max", MOST_STEPS)));
        }
        let steps: Vec<Option<Step>> = sheets.0.iter().enumerate().map(|(i, sheet)| read_step(i, sheet, &mut problems)).collect();
        match check.finish((name, team, repeat, again, systems)) {
            Ok((name, team, repeat, again_min, mut systems)) if problems.is_empty() => {
                systems.sort();
                systems.dedup();
                let steps = steps.into_iter().collect::<Option<Vec<_>>>().ok_or(Fault::Internal)?;
                let (skip_empty, default) = (typed.has("skip_empty"), typed.has("default"));
                Ok(Self { name: name.into_string(), team, steps, repeat, again_min, skip_empty, default, systems })
            }
            Err(Fault::Invalid(mut found)) => {
                found.extend(problems);
                Err(Fault::Invalid(found))
            }
            Ok(_) | Err(Fault::Internal) => Err(Fault::Invalid(problems)),
            Err(other) => Err(other),
        }
    }

    /// The same as form fields.
    pub fn to_typed(&self) -> Typed {
        let mut typed = Typed::default();
        typed.set("name", &self.name);
        typed.set("team", &self.team);
        typed.set("repeat", self.repeat);
        typed.set("again_min", self.again_min);
        for (field, on) in [("skip_empty", self.skip_empty), ("default", self.default)] {
            if on {
                typed.set(field, "on");
            }
        }
        for system in &self.systems {
            typed.add("systems", system);
        }
        let steps = self.steps.iter().map(|step| StepSheet {
            after: step.after_min.to_string(),
            severities: step.severities.iter().map(|severity| severity.name().to_owned()).collect(),
            targets: step.targets.iter().map(ToString::to_string).collect(),
        });
        Steps(steps.collect()).write(&mut typed);
        typed
    }
}

/// Reads one step; what is wrong is noted under `steps[i].…`.
fn read_step(i: usize, sheet: &StepSheet, problems: &mut Vec<Problem>) -> Option<Step> {
    let before = problems.len();
    let mut note = |part: &str, value: &str, expected: Wording| problems.push(Problem::new(format!("steps[{i}].{part}"), value, expected));
    let after = sheet.after.trim().parse().ok().filter(|n| (0..=LONGEST).contains(n));
    if after.is_none() {
        note("after", &sheet.after, Wording::new("expect-between").with("min", 0).with("max", LONGEST));
    }
    let mut severities: Vec<Severity> = Vec::new();
    for text in &sheet.severities {
        match Severity::parse(text) {
            Some(severity) => severities.push(severity),
            None => note("severities", text, Wording::new("expect-one-of").with("choices", every_severity().join(", "))),
        }
    }
    severities.sort();
    severities.dedup();
    if sheet.severities.is_empty() {
        note("severities", "", Wording::new("escalations-expect-severities"));
    }
    let mut targets: Vec<Target> = Vec::new();
    for text in &sheet.targets {
        match Target::parse(text) {
            Some(target) if targets.contains(&target) => {}
            Some(target) => targets.push(target),
            None => note("targets", text, Wording::new("escalations-expect-target")),
        }
    }
    if sheet.targets.is_empty() || targets.len() > MOST_TARGETS {
        note("targets", "", Wording::new("escalations-expect-targets").with("max", MOST_TARGETS));
    }
    (problems.len() == before).then(|| Step { after_min: after.unwrap_or_default(), severities, targets })
}

/// Reads the field `target` of who is to be paged now.
pub fn read_target(typed: &Typed) -> Result<Target, Fault> {
    let mut check = Check::new(typed);
    check.only(&["target"]);
    let target = check.field("target", |text| {
        let expected = if text.trim().is_empty() { "expect-choice" } else { "escalations-expect-target" };
        Target::parse(text).ok_or_else(|| Wording::new(expected))
    });
    check.finish((target,)).map(|(target,)| target)
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = "user:00000000-0000-7000-8000-000000000001";

    fn typed(pairs: &[(&str, &str)]) -> Typed {
        Typed::from_pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn a_form_and_json_say_the_same() {
        let form = typed(&[
            ("name", "Payments"),
            ("team", "00000000-0000-7000-8000-000000000000"),
            ("repeat", "2"),
            ("again_min", "20"),
            ("default", "on"),
            ("steps[0].after", "5"),
            ("steps[0].severities", "P2"),
            ("steps[0].severities", "P1"),
            ("steps[0].targets", USER),
            ("steps[0].targets", ""),
        ]);
        let content = Content::parse(&form).unwrap();
        assert_eq!(
            (content.steps[0].severities.as_slice(), content.repeat, content.skip_empty),
            (&[Severity::P1, Severity::P2][..], 2, false)
        );
        assert_eq!(Content::parse(&content.to_typed()).unwrap(), content);
        let json = serde_json::json!({
            "name": "Payments", "team": content.team, "repeat": 2, "again_min": 20, "default": true,
            "steps": [{ "after_min": 5, "severities": ["P1", "P2"], "targets": [USER] }],
        });
        assert_eq!(Content::parse(&serde_json::from_value(json).unwrap()).unwrap(), content);
    }

    #[test]
    fn every_problem_names_its_field() {
        let wrong = typed(&[
            ("name", ""),
            ("team", "x"),
            ("repeat", "99"),
            ("steps[0].after", "soon"),
            ("steps[0].targets", "lena"),
            ("colour", "red"),
        ]);
        let fault = Content::parse(&wrong).unwrap_err();
        let mut fields: Vec<_> = fault.problems().iter().map(|p| p.field.as_str()).collect();
        fields.sort_unstable();
        assert_eq!(fields, ["colour", "name", "repeat", "steps[0].after", "steps[0].severities", "steps[0].targets", "team"]);
        assert_eq!(read_target(&typed(&[])).unwrap_err().problems()[0].expected.key, "expect-choice");
    }

    #[test]
    fn buttons_add_remove_and_move_steps() {
        let steps = Steps::default().act("add").unwrap().act("add").unwrap();
        assert_eq!((steps.0[0].after.as_str(), steps.0[1].after.as_str()), ("0", "5"));
        assert_eq!(steps.clone().act("up-1").unwrap().0[0].after, "5");
        assert_eq!(steps.clone().act("remove-0").unwrap().0.len(), 1);
        assert!(steps.act("save").is_none());
    }
}
