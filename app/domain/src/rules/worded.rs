//! Labels and annotations as people type them: one a line, `name: text`.

use super::Template;
use crate::{
    Wording,
    alerts::{
        Labels,
        labels::{MAX_LABELS, MAX_VALUE, OURS},
    },
};

/// Reads lines of `name: text` with templates in the texts; `long` for annotations, whose texts may be longer.
pub fn labels_of(text: &str, long: bool) -> Result<Labels, Wording> {
    let mut labels = Labels::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let wrong = |why: String| Wording::new("rules-expect-line").with("line", line).with("why", why);
        let (name, value) = line.split_once(':').ok_or_else(|| wrong("`:` is missing".into()))?;
        let (name, value) = (name.trim(), value.trim());
        let good =
            name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !good || name.len() > 100 {
            return Err(wrong(format!("{name:?} is no name")));
        }
        if !long && name.starts_with(OURS) {
            return Err(wrong(format!("names that begin with {OURS} are the house's own")));
        }
        if value.len() > if long { 8 * MAX_VALUE } else { MAX_VALUE } {
            return Err(wrong("the text is too long".into()));
        }
        Template::parse(value).map_err(wrong)?;
        labels.insert(name.to_owned(), value.to_owned());
    }
    if labels.len() > MAX_LABELS / 2 { Err(Wording::new("expect-between").with("min", 0).with("max", MAX_LABELS / 2)) } else { Ok(labels) }
}

/// The lines of labels.
pub fn write_labels(labels: &Labels) -> String {
    labels.iter().map(|(name, value)| format!("{name}: {}", value.replace('\n', " "))).collect::<Vec<_>>().join("\n")
}
