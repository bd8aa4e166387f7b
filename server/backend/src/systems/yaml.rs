//! The catalogue as a YAML file: written so that people like to edit it, read through the same parser as the form.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Fault, Problem, Wording,
    form::Typed,
    systems::{Entry, FIELDS},
};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::Value;

use crate::yaml;

/// Most systems in one file.
const MAX_SYSTEMS: usize = 5_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadFile {
    systems: Vec<Listed>,
}

/// One entry as it stands in the file, and the names that stand there: an empty list is not the same as none.
struct Listed {
    typed: Typed,
    named: BTreeSet<String>,
}

impl<'de> Deserialize<'de> for Listed {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let fields = BTreeMap::<String, Value>::deserialize(d)?;
        let named = fields.keys().cloned().collect();
        let typed = Typed::deserialize(Value::Object(fields.into_iter().collect())).map_err(D::Error::custom)?;
        Ok(Self { typed, named })
    }
}

/// What a file says of one system.
#[derive(Debug, Clone)]
pub(super) struct Written {
    entry: Entry,
    named: BTreeSet<String>,
}

impl Written {
    /// Its key.
    pub(super) fn key(&self) -> &str {
        &self.entry.key
    }

    /// What the system becomes: what the file leaves out stays as it stands, as far as the reader sees it.
    pub(super) fn over(&self, stands: Option<&Entry>) -> Entry {
        let entry = self.entry.clone();
        match stands {
            Some(stands) => entry.over(stands, |field| self.named.contains(field)),
            None => entry,
        }
    }
}

#[derive(Serialize)]
struct WriteFile<'a> {
    systems: &'a [Entry],
}

/// Writes the entries.
pub(super) fn write(entries: &[Entry]) -> Result<String, Fault> {
    serde_norway::to_string(&WriteFile { systems: entries }).map_err(|error| {
        tracing::error!(%error, "catalogue does not write as YAML");
        Fault::Internal
    })
}

/// Reads a file; problems of its entries name `systems[2].tier`.
pub(super) fn read(text: &str) -> Result<Vec<Written>, Fault> {
    yaml::bounded(text)?;
    let file: ReadFile = yaml::read(text).map_err(|error| {
        // The reader's own words name line and column; they are about the file, not about us.
        let expected = Wording::new("systems-expect-yaml").with("message", error);
        Fault::Invalid(vec![Problem::unsaid("yaml", Wording::new("unsaid-text"), expected)])
    })?;
    if file.systems.len() > MAX_SYSTEMS {
        return Err(Fault::invalid("systems", file.systems.len(), Wording::new("systems-expect-at-most").with("max", MAX_SYSTEMS)));
    }
    let mut problems: Vec<Problem> = Vec::new();
    let mut entries = Vec::new();
    for (i, Listed { typed, named }) in file.systems.into_iter().enumerate() {
        if typed.has("version") {
            let known = FIELDS.iter().copied().filter(|f| *f != "version").collect::<Vec<_>>().join(", ");
            let expected = Wording::new("expect-one-of").with("choices", known);
            problems.push(Problem::new(format!("systems[{i}].version"), typed.get("version"), expected));
        }
        match Entry::parse(&typed) {
            Ok(entry) => entries.push(Written { entry, named }),
            Err(Fault::Invalid(found)) => {
                problems.extend(found.into_iter().map(|p| Problem { field: format!("systems[{i}].{}", p.field), ..p }));
            }
            Err(other) => return Err(other),
        }
    }
    if problems.is_empty() { Ok(entries) } else { Err(Fault::Invalid(problems)) }
}

#[cfg(test)]
mod tests {
    use domain::systems::Link;
    use proptest::prelude::*;

    use super::*;

    fn entries() -> impl Strategy<Value = Vec<Entry>> {
        let key = "[a-z][a-z0-9-]{0,12}";
        // Words that YAML reads as something else, and whatever people type.
        let name = prop_oneof![
            Just("yes".to_owned()),
            Just("null".to_owned()),
            Just("1e3".to_owned()),
            Just("- a: b # c".to_owned()),
            Just("{x".to_owned()),
            "[^\\p{C}\\p{Z}][^\\p{C}]{0,30}[^\\p{C}\\p{Z}]".prop_filter("a name", |text| domain::text::Name::parse(text).is_ok()),
        ];
        let prose = "([^\\p{C}]|\n|\t){0,80}".prop_map(|t: String| t.trim_end().to_owned());
        let link = (name.clone(), "[a-z]{1,8}").prop_map(|(label, path)| Link { label, url: format!("https://example.org/{path}?a=1#b") });
        let entry = (key, name, key, 1_u8..=4, prose.clone(), prose, prop::collection::vec(link, 0..3), prop::collection::vec(key, 0..4));
        let entry = entry.prop_map(|(key, name, team, tier, description, runbook, links, needs)| {
            let mut entry = Entry { key, name, team, tier, description, runbook, links, needs };
            entry.sort();
            entry
        });
        prop::collection::vec(entry, 0..5)
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_exactly(entries in entries()) {
            let text = write(&entries).unwrap();
            // Over whatever stands: the file names everything.
            let other = |key: &str| Entry { key: key.to_owned(), description: "other".into(), needs: vec!["x".into()], ..entries[0].clone() };
            let read: Vec<Entry> = read(&text).unwrap().iter().map(|written| written.over(Some(&other(written.key())))).collect();
            prop_assert_eq!(read, entries, "{}", text);
        }
    }

    #[test]
    fn problems_name_the_entry_and_the_field() {
        let fault = read("systems:\n- {key: a, name: A, team: t, tier: 9}\n- {key: B, nmae: B, team: t, tier: 1}\n").unwrap_err();
        let fields: Vec<_> = fault.problems().iter().map(|p| p.field.as_str()).collect();
        assert_eq!(fields, ["systems[0].tier", "systems[1].nmae", "systems[1].key", "systems[1].name"]);
    }

    #[test]
    fn left_out_is_not_the_same_as_empty() {
        let file = |more: &str| read(&format!("systems:\n- {{key: a, name: A, team: t, tier: 1{more}}}\n")).unwrap().remove(0);
        let link = Link { label: "Board".into(), url: "https://example.org/".into() };
        let (description, runbook, needs) = ("What it is".into(), "How".into(), vec!["b".into()]);
        let stands = Entry { description, runbook, links: vec![link], needs, ..file("").over(None) };
        assert_eq!(file("").over(Some(&stands)), stands);
        let emptied = file(", description: '', runbook: , links: [], needs: null").over(Some(&stands));
        assert_eq!(emptied, file("").over(None));
    }

    #[test]
    fn what_nests_too_deeply_is_not_read() {
        let refused = |text: &str| {
            let begun = std::time::Instant::now();
            let fault = read(text).unwrap_err();
            // Generous: tests are built without optimisation, on machines that do other things.
            assert!(begun.elapsed().as_secs() < 10, "{:.20} took {:?}", text, begun.elapsed());
            fault.problems()[0].expected.key
        };
        for bad in ["[", "{", "- ", "? ", "[ ", "[\n", "- [", "{a: ["] {
            assert_eq!(refused(&bad.repeat(300_000 / bad.len())), "systems-expect-shallow", "{bad}");
        }
        // Hidden from the count of the depth, and refused by the number or by the reader, in time all the same.
        for bad in ["[\"]\",", "[\n- ", "[']',\n", "[a", "- {\n  a: [\n"] {
            refused(&bad.repeat(1_000_000 / bad.len()));
            refused(&bad.repeat(29_000));
        }
        assert_eq!(refused(&" ".repeat(yaml::MOST_BYTES + 1)), "expect-at-most-characters");
        // What people write is not mistaken for nesting.
        let prose = "see [the page\n      [1] a ]; (0, 1[ and :[ x[y[z\n      ".repeat(8);
        let text = format!("systems:\n{}", format!("- key: a\n  name: A\n  team: t\n  tier: 1\n  runbook: |\n      {prose}\n").repeat(40));
        assert_eq!(read(&text).unwrap().len(), 40);
        let flow = "- {key: a, name: A, team: t, tier: 1, needs: [b, c]}\n".repeat(5_000);
        assert_eq!(read(&format!("systems:\n{flow}")).unwrap().len(), 5_000);
    }

    #[test]
    fn what_is_said_once_is_merged_where_it_is_meant() {
        let read = read("systems:\n- &usual {key: a, name: A, team: t, tier: 2}\n- {<<: *usual, key: b}\n").unwrap();
        assert_eq!((read[1].key(), read[1].entry.tier == read[0].entry.tier, read[1].named.contains("tier")), ("b", true, true));
    }

    #[test]
    fn broken_yaml_names_the_line() {
        let fault = read("systems:\n- key: a\n   name: b\n").unwrap_err();
        assert!(fault.problems()[0].expected.args[0].1.contains("line 3"), "{fault:?}");
        assert_eq!(read("hosts: []").unwrap_err().problems()[0].field, "yaml");
    }
}
