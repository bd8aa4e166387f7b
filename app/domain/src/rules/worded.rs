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
        let wrong = |why: &str, word: &str| Wording::new("rules-expect-line").with("line", line).with("why", why).with("word", word);
        let (name, value) = line.split_once(':').ok_or_else(|| wrong("colon", ":"))?;
        let (name, value) = (name.trim(), value.trim());
        let good =
            name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !good || name.len() > 100 {
            return Err(wrong("name", name));
        }
        if !long && name.starts_with(OURS) {
            return Err(wrong("ours", OURS));
        }
        if value.len() > if long { 8 * MAX_VALUE } else { MAX_VALUE } {
            return Err(wrong("long", ""));
        }
        Template::parse(value).map_err(|why| wrong(why.why, &why.word))?;
        labels.insert(name.to_owned(), value.to_owned());
    }
    if labels.len() > MAX_LABELS / 2 { Err(Wording::new("expect-between").with("min", 0).with("max", MAX_LABELS / 2)) } else { Ok(labels) }
}

/// The lines of labels.
pub fn write_labels(labels: &Labels) -> String {
    labels.iter().map(|(name, value)| format!("{name}: {}", value.replace('\n', " "))).collect::<Vec<_>>().join("\n")
}
