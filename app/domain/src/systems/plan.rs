//! What a file would alter, shown before it does. A file adds and alters; it never removes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Edges, Entry, arrows, cycle};
use crate::{Problem, Wording};

/// What happens to one system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum StepKind {
    /// It is new.
    Create,
    /// Some of its fields change.
    Change,
}

/// One field, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldChange {
    /// Its name, as in the form.
    pub field: String,
    /// Empty where the system is new.
    pub before: String,
    /// What it becomes.
    pub after: String,
}

/// What happens to one system, field by field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Step {
    /// Key of the system.
    pub key: String,
    /// New or changed.
    pub kind: StepKind,
    /// Only what differs.
    pub fields: Vec<FieldChange>,
}

/// The difference between the catalogue and a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Plan {
    /// What would be done, in the order of the file.
    pub steps: Vec<Step>,
    /// How many systems of the file stand so already.
    pub unchanged: usize,
    /// Keys of systems that the file does not name; they stay as they are.
    pub absent: Vec<String>,
    /// Hash over the steps: applying names it, and is refused if the difference is another by then.
    pub fingerprint: String,
}

/// The fields in which two entries differ; `before` is `None` for a new system.
pub fn differences(before: Option<&Entry>, after: &Entry) -> Vec<FieldChange> {
    let show = |entry: &Entry| -> [(&'static str, String); 8] {
        [
            ("key", entry.key.clone()),
            ("name", entry.name.clone()),
            ("team", entry.team.clone()),
            ("tier", entry.tier.to_string()),
            ("description", entry.description.clone()),
            ("runbook", entry.runbook.clone()),
            ("links", entry.links.iter().map(|l| format!("{} {}", l.label, l.url)).collect::<Vec<_>>().join("\n")),
            ("needs", entry.needs.join(", ")),
        ]
    };
    let was = before.map(show);
    let mut fields = Vec::new();
    for (i, (field, after)) in show(after).into_iter().enumerate() {
        let before = was.as_ref().map(|w| w[i].1.clone()).unwrap_or_default();
        if before != after {
            fields.push(FieldChange { field: field.to_owned(), before, after });
        }
    }
    fields
}

/// The difference between what stands and what a file wants; both name teams and systems by key.
pub fn plan(current: &[Entry], wanted: &[Entry]) -> Plan {
    let stands: BTreeMap<&str, &Entry> = current.iter().map(|e| (e.key.as_str(), e)).collect();
    let named: BTreeSet<&str> = wanted.iter().map(|e| e.key.as_str()).collect();
    let mut steps = Vec::new();
    let mut unchanged = 0;
    for entry in wanted {
        let before = stands.get(entry.key.as_str()).copied();
        let fields = differences(before, entry);
        if fields.is_empty() {
            unchanged += 1;
        } else {
            let kind = if before.is_some() { StepKind::Change } else { StepKind::Create };
            steps.push(Step { key: entry.key.clone(), kind, fields });
        }
    }
    let absent = current.iter().filter(|e| !named.contains(e.key.as_str())).map(|e| e.key.clone()).collect();
    let mut sha = Sha256::new();
    for step in &steps {
        for part in std::iter::once(step.key.as_str()).chain(step.fields.iter().flat_map(|f| [f.field.as_str(), &f.before, &f.after])) {
            sha.update((part.len() as u64).to_be_bytes());
            sha.update(part.as_bytes());
        }
        sha.update([0xff]);
    }
    let fingerprint = sha.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    Plan { steps, unchanged, absent, fingerprint }
}

/// What is wrong with the entries as a whole: a key twice, a need that is nowhere, a cycle. Fields are named
/// `systems[2].needs`, counted from 0 as in the file.
pub fn check(current: &Edges, wanted: &[Entry]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for (i, entry) in wanted.iter().enumerate() {
        if !seen.insert(entry.key.as_str()) {
            problems.push(Problem::new(format!("systems[{i}].key"), &entry.key, Wording::new("systems-expect-once")));
        }
    }
    for (i, entry) in wanted.iter().enumerate() {
        for need in entry.needs.iter().filter(|n| !seen.contains(n.as_str()) && !current.contains_key(*n)) {
            problems.push(Problem::new(format!("systems[{i}].needs"), need, Wording::new("systems-expect-system")));
        }
    }
    let mut edges = current.clone();
    for entry in wanted {
        edges.insert(entry.key.clone(), entry.needs.clone());
    }
    if let Some(ring) = cycle(&edges) {
        let at = wanted.iter().position(|e| ring.contains(&e.key)).unwrap_or(0);
        let given = wanted.get(at).map(|e| e.needs.join(", ")).unwrap_or_default();
        let wording = Wording::new("systems-expect-no-cycle").with("cycle", arrows(&ring));
        problems.push(Problem::new(format!("systems[{at}].needs"), given, wording));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str, needs: &[&str]) -> Entry {
        Entry {
            key: key.into(),
            name: key.to_uppercase(),
            team: "payments".into(),
            tier: 2,
            description: String::new(),
            runbook: String::new(),
            links: Vec::new(),
            needs: needs.iter().map(|n| (*n).to_owned()).collect(),
        }
    }

    #[test]
    fn the_difference_names_only_what_differs() {
        let stands = [entry("a", &[]), entry("b", &["a"]), entry("z", &[])];
        let mut b = entry("b", &["a"]);
        b.tier = 1;
        let plan = plan(&stands, &[entry("a", &[]), b, entry("c", &["b"])]);
        assert_eq!((plan.unchanged, plan.absent.as_slice()), (1, ["z".to_owned()].as_slice()));
        assert_eq!(
            plan.steps[0],
            Step {
                key: "b".into(),
                kind: StepKind::Change,
                fields: vec![FieldChange { field: "tier".into(), before: "2".into(), after: "1".into() }],
            }
        );
        assert_eq!((plan.steps[1].kind, plan.steps[1].fields.len()), (StepKind::Create, 5));
    }

    #[test]
    fn applying_twice_plans_nothing() {
        let wanted = [entry("a", &["b"]), entry("b", &[])];
        assert!(plan(&wanted, &wanted).steps.is_empty());
        assert_ne!(plan(&[], &wanted).fingerprint, plan(&wanted[..1], &wanted).fingerprint);
    }

    #[test]
    fn faults_of_the_whole_are_found_together() {
        let current = Edges::from([("ledger".to_owned(), vec!["gateway".to_owned()])]);
        let problems = check(&current, &[entry("gateway", &["ledger", "nowhere"]), entry("gateway", &["ledger"])]);
        let said: Vec<_> = problems.iter().map(|p| (p.field.as_str(), p.expected.key)).collect();
        assert_eq!(
            said,
            [
                ("systems[1].key", "systems-expect-once"),
                ("systems[0].needs", "systems-expect-system"),
                ("systems[0].needs", "systems-expect-no-cycle"),
            ]
        );
        assert_eq!(problems[2].expected.args[0].1, "gateway → ledger → gateway");
    }
}
