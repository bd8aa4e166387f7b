//! Monitors out of another tool: what would be made of them, and what could not be carried over.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::{Wording, form::Typed, id::SystemId, text::Name, words::words};

/// Every field of an import.
pub const IMPORT_FIELDS: &[&str] = &["text", "targets", "system", "fingerprint"];

words! {
    /// What comes of one entry.
    pub enum Fate {
        /// A monitor is made.
        Create = "create",
        /// There is one of that name already; it is left alone.
        Exists = "exists",
        /// It cannot be carried over.
        Skip = "skip",
    }
    /// Where an import comes from.
    pub enum Origin {
        /// A backup of Uptime Kuma, in JSON.
        Kuma = "kuma",
        /// The modules of a blackbox exporter, in YAML, and a list of targets.
        Blackbox = "blackbox",
    }
}

/// Something that was not carried over, or not as it was: a key of the language files, and a technical text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Note {
    /// What was left out: `notifications`, `upside-down`, …
    pub what: String,
    /// Which, in the words of the other tool.
    pub text: String,
}

impl Note {
    /// A note.
    pub fn new(what: &str, text: impl std::fmt::Display) -> Self {
        let text: String = text.to_string().chars().filter(|letter| !letter.is_control()).take(300).collect();
        Self { what: what.to_owned(), text }
    }

    /// In words.
    pub fn wording(&self) -> Wording {
        let known = NOTES.iter().find(|known| **known == self.what).copied().unwrap_or("other");
        Wording::new(NOTE_KEYS[NOTES.iter().position(|n| *n == known).unwrap_or_default()]).with("text", &self.text)
    }
}

macro_rules! notes {
    ($($name:literal = $key:literal),+ $(,)?) => {
        const NOTES: &[&str] = &[$($name),+];
        const NOTE_KEYS: &[&str] = &[$($key),+];
    };
}

notes! {
    "other" = "monitors-note-other",
    "kind" = "monitors-note-kind",
    "upside-down" = "monitors-note-upside-down",
    "method" = "monitors-note-method",
    "retry-interval" = "monitors-note-retry-interval",
    "bounds" = "monitors-note-bounds",
    "header" = "monitors-note-header",
    "auth" = "monitors-note-auth",
    "notifications" = "monitors-note-notifications",
    "tags" = "monitors-note-tags",
    "proxy" = "monitors-note-proxy",
    "expression" = "monitors-note-expression",
    "condition" = "monitors-note-condition",
    "push" = "monitors-note-push",
    "query" = "monitors-note-query",
    "servers" = "monitors-note-servers",
    "group" = "monitors-note-group",
    "expiry" = "monitors-note-expiry",
    "setting" = "monitors-note-setting",
    "module" = "monitors-note-module",
    "invalid" = "monitors-note-invalid",
    "name" = "monitors-note-name",
}

/// An entry of a file that becomes a monitor, as far as its name goes by it.
#[derive(Debug, Clone, Copy)]
pub struct Called<'a> {
    /// The system to which it goes.
    pub system: &'a SystemId,
    /// Its name in the file.
    pub name: &'a str,
    /// Names of the groups above it, the nearest first.
    pub group: &'a [String],
    /// What is made of it.
    pub fields: &'a Typed,
}

/// What the entries of a file are called here, where no two of one system have one name: the first keeps its own, the next is called
/// after its group (`web-2 / Ping`) or numbered. The same file gives the same names each time, and what it says twice is meant once.
pub fn names(entries: &[Called<'_>]) -> Vec<String> {
    let mut taken: HashSet<(&SystemId, String)> = entries.iter().map(|one| (one.system, one.name.to_lowercase())).collect();
    let mut alike: HashMap<(&SystemId, String), Vec<usize>> = HashMap::new();
    let mut names: Vec<String> = Vec::new();
    for (at, one) in entries.iter().enumerate() {
        let before = alike.entry((one.system, one.name.to_lowercase())).or_default();
        let twin = before.iter().copied().find(|at| entries[*at].group == one.group && entries[*at].fields == one.fields);
        if let Some(twin) = twin {
            names.push(names[twin].clone());
            continue;
        }
        let name = if before.is_empty() {
            one.name.to_owned()
        } else {
            let grouped = one.group.first().map(|group| format!("{group} / {}", one.name)).filter(|name| Name::parse(name).is_ok());
            let numbered = (before.len() + 1..).map(|number| format!("{} #{number}", one.name));
            grouped.into_iter().chain(numbered).find(|name| taken.insert((one.system, name.to_lowercase()))).unwrap_or_default()
        };
        before.push(at);
        names.push(name);
    }
    names
}

/// One entry of an import.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportItem {
    /// Its name.
    pub name: String,
    /// The key of the system to which it goes; empty where it goes nowhere.
    pub system: String,
    /// What it checks.
    pub what: String,
    /// What comes of it.
    pub fate: Fate,
    /// Whether it is paused, as it was.
    pub paused: bool,
    /// What could not be carried over.
    pub notes: Vec<Note>,
    /// The fields of the monitor; they may hold credentials and are told to nobody.
    #[serde(skip)]
    #[cfg_attr(feature = "openapi", schema(ignore))]
    pub fields: Typed,
}

/// Everything that an import would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportPlan {
    /// Where it comes from.
    pub origin: Origin,
    /// Entry by entry, in the order of the file.
    pub items: Vec<ImportItem>,
    /// What concerns no single entry.
    pub notes: Vec<Note>,
    /// Says what the plan was made of: an apply that names it is refused where that is another by now.
    pub fingerprint: String,
}

impl ImportPlan {
    /// How many entries have this fate.
    pub fn count(&self, fate: Fate) -> usize {
        self.items.iter().filter(|item| item.fate == fate).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_one_name_have_names_of_their_own() {
        let systems =
            ["0193f2a0-7b1c-7def-8abc-0123456789ab", "0193f2a0-7b1c-7def-8abc-0123456789ac"].map(|id| SystemId::parse(id).unwrap());
        let (web_1, web_2) = ([String::from("web-1")], [String::from("web-2")]);
        let long = ["x".repeat(200)];
        let of = |url: &str| Typed::from_pairs([("url".to_owned(), url.to_owned())]);
        let fields = ["a", "b", "c"].map(of);
        let called = |system: usize, name, group, field: usize| Called { system: &systems[system], name, group, fields: &fields[field] };
        let entries = [
            called(0, "Ping", &web_1[..], 0),
            called(0, "HTTP", &web_1[..], 0),
            called(0, "ping", &web_2[..], 1),
            called(0, "HTTP", &web_2[..], 1),
            called(1, "Ping", &web_2[..], 0),
            called(0, "Ping", &[], 0),
            called(0, "Ping", &long[..], 0),
            called(0, "HTTP", &web_2[..], 2),
            called(0, "ping", &web_2[..], 1),
            called(0, "HTTP #3", &[], 0),
        ];
        assert_eq!(
            names(&entries),
            ["Ping", "HTTP", "web-2 / ping", "web-2 / HTTP", "Ping", "Ping #3", "Ping #4", "HTTP #4", "web-2 / ping", "HTTP #3"]
        );
    }

    #[test]
    fn every_note_has_its_words() {
        assert_eq!(NOTES.len(), NOTE_KEYS.len());
        for (name, key) in NOTES.iter().zip(NOTE_KEYS) {
            assert_eq!(*key, format!("monitors-note-{name}"));
            assert_eq!(Note::new(name, "x").wording().key, *key);
        }
        assert_eq!(Note::new("unheard of", "x").wording().key, "monitors-note-other");
    }
}
