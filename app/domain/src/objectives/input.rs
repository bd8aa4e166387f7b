//! What is typed to make or edit an objective.

use super::{Objective, Sli, SliKind, WINDOW, Words};
use crate::{
    Fault, Wording,
    form::{Check, Typed, whole},
    id::{SourceId, SystemId},
    rules::{fill_annotations, words, write_labels},
    sources::Query,
    text::{Name, parse_url},
    transactions::Filter,
};

/// Every field there is.
pub const FIELDS: &[&str] = &[
    "name",
    "system",
    "kind",
    "target",
    "days",
    "month",
    "link",
    "merchant",
    "channel",
    "where",
    "excused",
    "within",
    "source",
    "good",
    "total",
    "labels",
    "annotations",
    "annotations_zh",
    "runbook",
    "version",
];

/// Fields of a form, and the dimensions that they choose in.
const DIMENSIONS: [(&str, &str); 4] = [("link", "link"), ("merchant", "merchant"), ("channel", "channel"), ("excused", "code")];

/// An objective as it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Its name.
    pub name: Name,
    /// The system that it is about.
    pub system: SystemId,
    /// What is counted.
    pub sli: Sli,
    /// Per cent that must go well, 50 to 99.999.
    pub target: f64,
    /// Days of the window, 7 to 90.
    pub days: u32,
    /// IANA name of the zone whose calendar month is the window instead; empty for none.
    pub month: String,
    /// What its alerts carry.
    pub words: Words,
}

fn expression(text: &str) -> Result<String, Wording> {
    let expr = Query::parse_expr(text)?;
    if expr.contains(WINDOW) { Ok(expr) } else { Err(Wording::new("objectives-expect-window").with("window", WINDOW)) }
}

impl Draft {
    /// Reads the fields of [`FIELDS`]; the window is 28 days where none is named, and the calendar month in a zone where
    /// `month` names one.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(FIELDS);
        let name = check.field("name", Name::parse);
        let system = check.field("system", |text| SystemId::parse(text).ok_or_else(|| Wording::new("expect-id")));
        let kind = check.field("kind", |text| {
            let choices = || SliKind::ALL.iter().map(|k| k.name()).collect::<Vec<_>>().join(", ");
            SliKind::parse(text).ok_or_else(|| Wording::new("expect-one-of").with("choices", choices()))
        });
        let target = check.field("target", |text| {
            let target = text.trim().trim_end_matches('%').trim().parse::<f64>().ok().filter(|n| (50.0..=99.999).contains(n));
            target.ok_or_else(|| Wording::new("objectives-expect-target"))
        });
        let days = check.optional("days", |text| whole(text, 7, 90));
        let month = check.optional("month", |text| match text.trim() {
            name if crate::time::zone(name).is_some() => Ok(name.to_owned()),
            _ => Err(Wording::new("expect-zone")),
        });
        let sli = kind.and_then(|kind| sli(&mut check, typed, kind));
        let words = words(&mut check, typed);
        let runbook = check.optional("runbook", parse_url);
        let (name, system, target, days, month, sli, (labels, annotations), runbook) =
            check.finish((name, system, target, days, month, sli, words, runbook))?;
        let words = Words { labels, annotations, runbook: runbook.unwrap_or_default() };
        Ok(Self { name, system, sli, target, days: days.unwrap_or(28), month: month.unwrap_or_default(), words })
    }

    /// The fields of what is stored, to fill a form.
    pub fn typed(objective: &Objective) -> Typed {
        let mut typed = Typed::default();
        typed.set("name", &objective.name);
        typed.set("system", &objective.system.id);
        typed.set("kind", objective.sli.kind());
        typed.set("target", objective.target);
        typed.set("days", objective.days);
        typed.set("month", &objective.month);
        typed.set("labels", write_labels(&objective.words.labels));
        fill_annotations(&mut typed, &objective.words.annotations);
        typed.set("runbook", &objective.words.runbook);
        typed.set("version", objective.version);
        match &objective.sli {
            Sli::Success { filter, .. } | Sli::Latency { filter, .. } => {
                filter.fill_fields(&mut typed, &DIMENSIONS);
            }
            Sli::Query { source, good, total } => {
                typed.set("source", source);
                typed.set("good", good);
                typed.set("total", total);
            }
        }
        match &objective.sli {
            Sli::Success { excused, .. } => excused.iter().for_each(|code| typed.add("excused", code)),
            Sli::Latency { within_ms, .. } => typed.set("within", within_ms),
            Sli::Query { .. } => {}
        }
        typed
    }
}

fn sli(check: &mut Check<'_>, typed: &Typed, kind: SliKind) -> Option<Sli> {
    if kind == SliKind::Query {
        let source = check.field("source", |text| SourceId::parse(text).ok_or_else(|| Wording::new("expect-id")));
        let (good, total) = (check.field("good", expression), check.field("total", expression));
        return Some(Sli::Query { source: source?, good: good?, total: total? });
    }
    let filter = Filter::of_fields(typed, &DIMENSIONS).map_err(|fault| fault.problems().to_vec());
    let mut filter = match filter {
        Ok(filter) => filter,
        Err(problems) => {
            for problem in problems {
                let field = if problem.field == "code" { "excused" } else { &problem.field };
                check.problem(field, problem.expected.clone());
            }
            return None;
        }
    };
    let excused = std::mem::take(&mut filter.code);
    if kind == SliKind::Success {
        return Some(Sli::Success { filter, excused });
    }
    if !excused.is_empty() {
        check.problem("excused", Wording::new("objectives-expect-no-codes"));
    }
    if !filter.chosen("merchant").is_empty() {
        check.problem("merchant", Wording::new("rules-expect-no-merchant"));
    }
    let within_ms = check.field("within", |text| {
        text.trim().parse::<f64>().ok().filter(|ms| (1.0..=600_000.0).contains(ms)).ok_or_else(|| Wording::new("objectives-expect-within"))
    });
    Some(Sli::Latency { filter, within_ms: within_ms? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_named_at_once() {
        let fields = |pairs: &[(&str, &str)]| {
            let typed = Typed::from_pairs(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
            Draft::parse(&typed).unwrap_err().problems().iter().map(|p| p.field.clone()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            fields(&[("name", ""), ("kind", "latency"), ("target", "100"), ("days", "3"), ("merchant", "m")]),
            "name system target days merchant within"
        );
        assert_eq!(
            fields(&[("name", "x"), ("kind", "query"), ("target", "99.9 %"), ("good", "sum(a)"), ("total", "sum(b[$window])")]),
            "system source good"
        );
        let long = "x".repeat(90);
        assert_eq!(fields(&[("name", "x"), ("kind", "success"), ("target", "99"), ("excused", &long)]), "system excused");
        assert_eq!(
            fields(&[("name", "x"), ("kind", "latency"), ("target", "NaN"), ("within", "inf"), ("excused", "51")]),
            "system target excused within"
        );
    }
}
