//! What is typed to make or edit a rule.

use super::{
    Compare, Condition, Input, InputKind, LONGEST_HOLD_S, NoData, Rule, SeverityBy, Threshold, fill_annotations, looks::read_input,
    write_labels,
};
use crate::{
    Fault, Wording,
    alerts::{Labels, Severity},
    form::{Check, Typed, whole},
    id::SystemId,
    monitors::parse_seconds,
    text::{Name, parse_url},
};

/// Every field there is.
pub const FIELDS: &[&str] = &[
    "name",
    "group",
    "system",
    "kind",
    "source",
    "expr",
    "selector",
    "over",
    "fold",
    "measure",
    "currency",
    "code",
    "link",
    "merchant",
    "channel",
    "where",
    "by",
    "zone",
    "weeks",
    "compare",
    "fire",
    "recover",
    "for",
    "keep",
    "interval",
    "no_data",
    "severity",
    "severity_label",
    "severity_steps",
    "labels",
    "annotations",
    "annotations_zh",
    "runbook",
    "version",
];

/// The fields that choose among transactions, each with its dimension.
pub const CHOICES: [(&str, &str); 4] = [("code", "code"), ("link", "link"), ("merchant", "merchant"), ("channel", "channel")];

/// A rule as it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Its name.
    pub name: Name,
    /// Its group; may be empty.
    pub group: String,
    /// The system that it concerns.
    pub system: SystemId,
    /// What it reads.
    pub input: Input,
    /// Against how many past weeks.
    pub weeks: Option<u32>,
    /// When a value is bad.
    pub condition: Condition,
    /// Seconds that it must be bad before it fires.
    pub for_s: u32,
    /// Seconds that it must be good before it is over.
    pub keep_s: u32,
    /// Seconds between two evaluations.
    pub interval_s: u32,
    /// What no value means.
    pub no_data: NoData,
    /// How bad it is.
    pub severity: SeverityBy,
    /// Labels of its alerts.
    pub labels: Labels,
    /// What is told with its alerts.
    pub annotations: Labels,
    /// Where it stands what to do.
    pub runbook: String,
}

pub(super) fn one_of<'a>(words: impl Iterator<Item = &'a str>) -> Wording {
    Wording::new("expect-one-of").with("choices", words.collect::<Vec<_>>().join(", "))
}

/// The surprise at which a rule fires where nothing else is said: one window in a million, which is one false alarm in two years of
/// evaluations every minute.
const USUAL_SURPRISE: f64 = 6.0;

/// A surprise at which a rule may fire or recover: below 1 it would always hold, and more than 30 is not told apart.
fn surprise(text: &str) -> Result<f64, Wording> {
    number(text).ok().filter(|n| (1.0..=30.0).contains(n)).ok_or_else(|| Wording::new("expect-between").with("min", 1).with("max", 30))
}

fn number(text: &str) -> Result<f64, Wording> {
    text.trim().parse::<f64>().ok().filter(|n| n.is_finite()).ok_or_else(|| Wording::new("rules-expect-number"))
}

impl Draft {
    /// Reads the fields of [`FIELDS`]; empty optional ones take their defaults (every minute, at once, over as soon as it is
    /// good, nobody knows without data, P3).
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(FIELDS);
        let name = check.field("name", Name::parse);
        let group = check.optional("group", Name::parse);
        let system = check.field("system", |text| SystemId::parse(text).ok_or_else(|| Wording::new("expect-id")));
        let kind = check.field("kind", |text| InputKind::parse(text).ok_or_else(|| one_of(InputKind::ALL.iter().map(|k| k.name()))));
        let input = kind.and_then(|kind| read_input(&mut check, typed, kind));
        let weeks = check.optional("weeks", |text| whole(text, 2, 8));
        let condition = kind.and_then(|kind| condition(&mut check, kind));
        let times = times(&mut check);
        let no_data = check.optional("no_data", |text| NoData::parse(text).ok_or_else(|| one_of(NoData::ALL.iter().map(|n| n.name()))));
        let severity = severity(&mut check);
        let words = words(&mut check, typed);
        let runbook = check.optional("runbook", parse_url);
        if let (Some(Some(_)), Some(Condition::Present)) = (weeks, condition) {
            check.problem("weeks", Wording::new("rules-expect-threshold"));
        }
        if let (Some(Some(_)), Some(InputKind::Unusual)) = (weeks, kind) {
            check.problem("weeks", Wording::new("rules-expect-no-weeks"));
        }
        let (name, group, system, input, weeks, condition, times, no_data, severity, words, runbook) =
            check.finish((name, group, system, input, weeks, condition, times, no_data, severity, words, runbook))?;
        let (for_s, keep_s, interval_s) = times;
        let (labels, annotations) = words;
        Ok(Self {
            name,
            group: group.map(Name::into_string).unwrap_or_default(),
            system,
            input,
            weeks,
            condition,
            for_s,
            keep_s,
            interval_s,
            no_data: no_data.unwrap_or(NoData::Keep),
            severity,
            labels,
            annotations,
            runbook: runbook.unwrap_or_default(),
        })
    }

    /// The fields of what is stored, to fill a form.
    pub fn typed(rule: &Rule) -> Typed {
        let mut typed = Typed::default();
        typed.set("name", &rule.name);
        typed.set("group", &rule.group);
        typed.set("system", &rule.system.id);
        typed.set("kind", rule.input.kind());
        match &rule.input {
            Input::Query { source, expr } => {
                typed.set("source", source);
                typed.set("expr", expr);
            }
            Input::Kept { source, selector, over_s, fold } => {
                typed.set("source", source);
                typed.set("selector", selector);
                typed.set("over", format!("{over_s}s"));
                typed.set("fold", fold);
            }
            Input::Transactions { measure, filter, over_s, .. } | Input::Unusual { measure, filter, over_s, .. } => {
                typed.set("measure", measure);
                typed.set("over", format!("{over_s}s"));
                filter.fill_fields(&mut typed, &CHOICES);
            }
        }
        if let Input::Transactions { currency, .. } = &rule.input {
            typed.set("currency", currency);
        }
        if let Input::Unusual { by, zone, .. } = &rule.input {
            typed.set("by", by);
            typed.set("zone", zone);
        }
        typed.set("weeks", rule.weeks.map(|weeks| weeks.to_string()).unwrap_or_default());
        match rule.condition {
            Condition::Present => typed.set("compare", "present"),
            Condition::Threshold(threshold) => {
                typed.set("compare", threshold.compare);
                typed.set("fire", threshold.fire);
                typed.set("recover", threshold.recover);
            }
        }
        typed.set("for", format!("{}s", rule.for_s));
        typed.set("keep", format!("{}s", rule.keep_s));
        typed.set("interval", format!("{}s", rule.interval_s));
        typed.set("no_data", rule.no_data);
        typed.set("severity", rule.severity.usual);
        typed.set("severity_label", &rule.severity.label);
        typed.set("severity_steps", rule.severity.write_steps());
        typed.set("labels", write_labels(&rule.labels));
        fill_annotations(&mut typed, &rule.annotations);
        typed.set("runbook", &rule.runbook);
        typed.set("version", rule.version);
        typed
    }
}

fn condition(check: &mut Check<'_>, kind: InputKind) -> Option<Condition> {
    if kind == InputKind::Unusual {
        let fire = check.optional("fire", surprise)?.unwrap_or(USUAL_SURPRISE);
        let recover = check.optional("recover", surprise)?.unwrap_or(fire / 2.0);
        check.optional("compare", |text| if text == "above" { Ok(()) } else { Err(one_of(["above"].into_iter())) })?;
        if recover > fire {
            check.problem("recover", Wording::new("rules-expect-at-most").with("fire", fire));
        }
        return Some(Condition::Threshold(Threshold { compare: Compare::Above, fire, recover }));
    }
    let compare = check.field("compare", |text| match text {
        "present" if kind == InputKind::Query => Ok(None),
        _ => Compare::parse(text).map(Some).ok_or_else(|| {
            one_of(if kind == InputKind::Query { ["present", "above", "below"].iter() } else { ["above", "below"].iter() }.copied())
        }),
    })?;
    let Some(compare) = compare else { return Some(Condition::Present) };
    let fire = check.field("fire", number);
    let recover = check.optional("recover", number);
    let (fire, recover) = (fire?, recover?.unwrap_or(fire?));
    let fits = match compare {
        Compare::Above => recover <= fire,
        Compare::Below => recover >= fire,
    };
    if !fits {
        check.problem(
            "recover",
            Wording::new(if compare == Compare::Above { "rules-expect-at-most" } else { "rules-expect-at-least" }).with("fire", fire),
        );
    }
    Some(Condition::Threshold(Threshold { compare, fire, recover }))
}

/// Hold, keep and interval in seconds.
fn times(check: &mut Check<'_>) -> Option<(u32, u32, u32)> {
    let hold = check.optional("for", |text| parse_seconds(text, 0, LONGEST_HOLD_S));
    let keep = check.optional("keep", |text| parse_seconds(text, 0, LONGEST_HOLD_S));
    let interval = check.optional("interval", |text| parse_seconds(text, 10, 3_600));
    Some((hold?.unwrap_or(0), keep?.unwrap_or(0), interval?.unwrap_or(60)))
}

fn severity(check: &mut Check<'_>) -> Option<SeverityBy> {
    let usual = check.optional("severity", |text| Severity::parse(text).ok_or_else(|| one_of(Severity::ALL.iter().map(|s| s.name()))));
    let label = check.field("severity_label", |text| {
        let good = text.trim().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && text.trim().len() <= 100;
        if good { Ok(text.trim().to_owned()) } else { Err(Wording::new("rules-expect-label")) }
    });
    let steps = check.field("severity_steps", SeverityBy::parse_steps);
    Some(SeverityBy { usual: usual?.unwrap_or(Severity::P3), label: label?, steps: steps? })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0193f2a0-7b1c-7def-8abc-0123456789ab";

    fn typed(pairs: &[(&str, &str)]) -> Typed {
        Typed::from_pairs(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())))
    }

    #[test]
    fn the_defaults_are_those_of_most_people() {
        let draft = Draft::parse(&typed(&[
            ("name", "Down"),
            ("system", ID),
            ("kind", "query"),
            ("source", ID),
            ("expr", "up == 0"),
            ("compare", "present"),
        ]))
        .unwrap();
        assert_eq!((draft.for_s, draft.keep_s, draft.interval_s, draft.no_data), (0, 0, 60, NoData::Keep));
        assert_eq!((draft.condition, draft.severity.usual), (Condition::Present, Severity::P3));
    }

    #[test]
    fn transactions_are_counted_in_whole_minutes() {
        let draft = Draft::parse(&typed(&[
            ("name", "r"),
            ("system", ID),
            ("kind", "transactions"),
            ("measure", "success"),
            ("over", "90s"),
            ("link", "a, b"),
            ("compare", "below"),
            ("fire", "95"),
            ("recover", "98"),
        ]))
        .unwrap();
        let Input::Transactions { filter, over_s, .. } = draft.input else { panic!() };
        assert_eq!((over_s, filter.chosen("link")), (120, &["a".to_owned(), "b".to_owned()][..]));
    }

    #[test]
    fn every_problem_is_named_at_once() {
        let fields = |pairs: &[(&str, &str)]| {
            Draft::parse(&typed(pairs)).unwrap_err().problems().iter().map(|p| p.field.clone()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(fields(&[("kind", "kept"), ("compare", "present"), ("name", "x")]), "system source selector compare");
        assert_eq!(
            fields(&[
                ("name", "x"),
                ("system", ID),
                ("kind", "transactions"),
                ("measure", "code"),
                ("compare", "above"),
                ("fire", "5"),
                ("recover", "9"),
                ("for", "x"),
                ("keep", "91d")
            ]),
            "code recover for keep"
        );
        assert_eq!(
            fields(&[
                ("name", "x"),
                ("system", ID),
                ("kind", "query"),
                ("source", ID),
                ("expr", "up"),
                ("compare", "present"),
                ("weeks", "4"),
                ("labels", "a b"),
                ("annotations", "summary: {{ if }}"),
                ("severity_steps", "big: P1"),
            ]),
            "severity_steps labels annotations weeks"
        );
    }
}
