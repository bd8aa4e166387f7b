//! Monitors out of another tool: what would be made of them, and what could not be carried over.

use serde::{Deserialize, Serialize};

use crate::{Wording, form::Typed, words::words};

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
    fn every_note_has_its_words() {
        assert_eq!(NOTES.len(), NOTE_KEYS.len());
        for (name, key) in NOTES.iter().zip(NOTE_KEYS) {
            assert_eq!(*key, format!("monitors-note-{name}"));
            assert_eq!(Note::new(name, "x").wording().key, *key);
        }
        assert_eq!(Note::new("unheard of", "x").wording().key, "monitors-note-other");
    }
}
