//! What people type of a review template, and what the API sends.

use serde::Deserialize;

use super::{Fill, MOST_SECTIONS, TemplateSection};
use crate::{
    Fault, Problem, Wording,
    alerts::Severity,
    form::{Check, Typed, rearrange},
    id::{ReviewTemplateId, TeamId},
    incidents::filter::one_of,
    text::{Name, Prose},
};

/// Places in a form that are looked at; there are never so many sections.
const LOOKED_FOR: usize = 2 * MOST_SECTIONS;
const PARTS: [&str; 4] = ["heading", "guide", "fill", "required"];

/// A section as it stands in a form.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sheet {
    heading: String,
    #[serde(default)]
    guide: String,
    #[serde(default)]
    fill: String,
    #[serde(default)]
    required: bool,
}

/// The sections of a template as they stand in a form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheets(Vec<Sheet>);

impl Sheets {
    /// Whether a field belongs to a section.
    pub fn is_part(name: &str) -> bool {
        let Some((i, part)) = name.strip_prefix("sections[").and_then(|rest| rest.split_once("].")) else { return name == "sections" };
        i.parse().is_ok_and(|i: usize| i < LOOKED_FOR) && PARTS.contains(&part)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Those of a template.
    pub fn of(sections: &[TemplateSection]) -> Self {
        let sheet = |section: &TemplateSection| Sheet {
            heading: section.heading.clone(),
            guide: section.guide.clone(),
            fill: section.fill.name().to_owned(),
            required: section.required,
        };
        Self(sections.iter().map(sheet).collect())
    }

    /// Reads JSON objects in `sections`, then fields `sections[i].…`.
    pub fn read(typed: &Typed) -> Result<Self, Vec<Problem>> {
        let (mut sheets, mut wrong) = (Vec::new(), Vec::new());
        for (i, json) in typed.all("sections").iter().enumerate() {
            match serde_json::from_str::<Sheet>(json) {
                Ok(sheet) => sheets.push(sheet),
                Err(_) => wrong.push(Problem::new(format!("sections[{i}]"), json, Wording::new("incidents-expect-section"))),
            }
        }
        for i in 0..LOOKED_FOR {
            let field = |part: &str| format!("sections[{i}].{part}");
            if PARTS.iter().any(|part| typed.has(&field(part))) {
                let text = |part: &str| typed.get(&field(part)).to_owned();
                let required = !text("required").is_empty();
                sheets.push(Sheet { heading: text("heading"), guide: text("guide"), fill: text("fill"), required });
            }
        }
        if wrong.is_empty() { Ok(Self(sheets)) } else { Err(wrong) }
    }

    /// Writes them as fields.
    pub fn write(&self, typed: &mut Typed) {
        for (i, sheet) in self.0.iter().enumerate() {
            for (part, text) in [("heading", &sheet.heading), ("guide", &sheet.guide), ("fill", &sheet.fill)] {
                typed.set(format!("sections[{i}].{part}"), text);
            }
            if sheet.required {
                typed.set(format!("sections[{i}].required"), "on");
            }
        }
    }

    /// Does what a button of the form says: `add`, `remove-1`, `up-1`. `None` where it says something else.
    pub fn act(mut self, act: &str) -> Option<Self> {
        if act == "add" {
            self.0.push(Sheet { fill: Fill::Nothing.name().to_owned(), ..Sheet::default() });
            return Some(self);
        }
        rearrange(&mut self.0, act).then_some(self)
    }
}

fn section(i: usize, sheet: &Sheet, problems: &mut Vec<Problem>) -> Option<TemplateSection> {
    let mut read = |part: &str, text: &str, wrong: Wording| problems.push(Problem::new(format!("sections[{i}].{part}"), text, wrong));
    let heading = Name::parse(&sheet.heading).map_err(|wrong| read("heading", &sheet.heading, wrong)).ok();
    let guide = Prose::parse(&sheet.guide).map_err(|wrong| read("guide", &sheet.guide, wrong)).ok();
    let fill = match sheet.fill.as_str() {
        "" => Some(Fill::Nothing),
        text => {
            let found = Fill::parse(text);
            if found.is_none() {
                read("fill", text, one_of(Fill::ALL.iter().map(|fill| fill.name())));
            }
            found
        }
    };
    Some(TemplateSection { heading: heading?.into_string(), guide: guide?.into_string(), fill: fill?, required: sheet.required })
}

/// A template, new or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateInput {
    /// Its name.
    pub name: Name,
    /// The team whose incidents it is for; `None`: everybody's.
    pub team: Option<TeamId>,
    /// For which severities it is proposed; may be none.
    pub severities: Vec<Severity>,
    /// Its sections, at least one.
    pub sections: Vec<TemplateSection>,
}

impl TemplateInput {
    /// Reads `name`, `team` (an id; empty: for everybody), `severities` (repeatable) and the sections, as JSON objects in `sections`
    /// or as fields `sections[i].…`. All problems at once.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut problems = Vec::new();
        let sheets = Sheets::read(typed).unwrap_or_else(|found| {
            problems.extend(found);
            Sheets::default()
        });
        let mut check = Check::new(typed);
        let own = ["name", "team", "severities", "version", "act"];
        let known: Vec<&str> = typed.names().filter(|name| Sheets::is_part(name)).chain(own).collect();
        check.only(&known);
        let name = check.field("name", Name::parse);
        let team = check.optional("team", |text| TeamId::parse(text.trim()).ok_or_else(|| Wording::new("expect-id")));
        let severities =
            check.each("severities", |text| Severity::parse(text).ok_or_else(|| one_of(Severity::ALL.iter().map(|one| one.name()))));
        if !(1..=MOST_SECTIONS).contains(&sheets.0.len()) && problems.is_empty() {
            let count = if sheets.0.is_empty() { String::new() } else { sheets.0.len().to_string() };
            problems.push(Problem::new("sections", count, Wording::new("incidents-expect-sections").with("max", MOST_SECTIONS)));
        }
        let sections: Vec<_> = sheets.0.iter().enumerate().map(|(i, sheet)| section(i, sheet, &mut problems)).collect();
        let read = check.finish((name, team, severities));
        match read {
            Ok((name, team, mut severities)) if problems.is_empty() => {
                severities.sort_unstable();
                severities.dedup();
                Ok(Self { name, team, severities, sections: sections.into_iter().flatten().collect() })
            }
            Err(Fault::Invalid(mut first)) => {
                first.extend(problems);
                Err(Fault::Invalid(first))
            }
            Ok(_) => Err(Fault::Invalid(problems)),
            Err(fault) => Err(fault),
        }
    }
}

/// Which template a review is begun from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begin {
    /// The template; `None`: the usual sections.
    pub template: Option<ReviewTemplateId>,
}

impl Begin {
    /// Reads `template`: an id, or nothing.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(&["template"]);
        let template = check.optional("template", |text| ReviewTemplateId::parse(text).ok_or_else(|| Wording::new("expect-id")));
        let (template,) = check.finish((template,))?;
        Ok(Self { template })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(pairs: &[(&str, &str)]) -> Typed {
        Typed::from_pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn sections_come_as_fields_or_as_json_in_their_order() {
        let fields = typed(&[
            ("name", "Short"),
            ("severities", "P2"),
            ("severities", "P1"),
            ("sections[0].heading", "What happened"),
            ("sections[0].fill", "impact"),
            ("sections[0].required", "on"),
            ("sections[2].heading", "Why"),
        ]);
        let read = TemplateInput::parse(&fields).unwrap();
        assert_eq!(read.severities, [Severity::P1, Severity::P2]);
        let heads: Vec<_> = read.sections.iter().map(|one| (one.heading.as_str(), one.fill, one.required)).collect();
        assert_eq!(heads, [("What happened", Fill::Impact, true), ("Why", Fill::Nothing, false)]);
        let json = typed(&[("name", "Short"), ("sections", r#"{"heading":"Why","guide":"ask five times","required":true}"#)]);
        assert_eq!(TemplateInput::parse(&json).unwrap().sections[0].guide, "ask five times");
        let mut again = typed(&[("name", "Short")]);
        Sheets::of(&read.sections).act("up-1").unwrap().write(&mut again);
        assert_eq!(TemplateInput::parse(&again).unwrap().sections[0].heading, "Why");
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let wrong = |pairs: &[(&str, &str)]| {
            let fault = TemplateInput::parse(&typed(pairs)).unwrap_err();
            fault.problems().iter().map(|problem| problem.field.clone()).collect::<Vec<_>>()
        };
        assert_eq!(wrong(&[]), ["name", "sections"]);
        let bad = [("name", "A"), ("team", "x"), ("severities", "P9"), ("sections[0].heading", " "), ("sections[0].fill", "luck")];
        assert_eq!(wrong(&bad), ["team", "severities", "sections[0].heading", "sections[0].fill"]);
        assert_eq!(wrong(&[("name", "A"), ("sections", "{}")]), ["sections[0]"]);
        let many: Vec<(String, String)> = (0..=MOST_SECTIONS).map(|i| (format!("sections[{i}].heading"), "A".to_owned())).collect();
        let mut typed = Typed::from_pairs(many);
        typed.set("name", "A");
        assert_eq!(TemplateInput::parse(&typed).unwrap_err().problems()[0].field, "sections");
    }
}
