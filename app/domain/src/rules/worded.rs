//! Labels and annotations as people type them: one a line, `name: text`.

use super::Template;
use crate::{
    Wording,
    alerts::{
        Labels,
        labels::{MAX_LABELS, MAX_VALUE, OURS},
    },
    form::{Check, Typed},
};

/// What the name of an annotation in Chinese ends with.
const CHINESE: &str = "_zh";

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

/// Reads what alerts carry, of rules and of objectives: labels and annotations; those of the field `annotations_zh` are the same in
/// Chinese and are kept under names that end so.
pub(crate) fn words(check: &mut Check<'_>, typed: &Typed) -> Option<(Labels, Labels)> {
    let of = |field: &str| typed.all(field).join("\n");
    let labels = check.field("labels", |_| labels_of(&of("labels"), false));
    let annotations = check.field("annotations", |_| labels_of(&of("annotations"), true));
    let chinese = check.field("annotations_zh", |_| labels_of(&of("annotations_zh"), true));
    let (labels, mut annotations, chinese) = (labels?, annotations?, chinese?);
    for (name, text) in chinese {
        let name = if name.ends_with(CHINESE) { name } else { format!("{name}{CHINESE}") };
        annotations.insert(name, text);
    }
    Some((labels, annotations))
}

/// Puts annotations into the two fields of a form.
pub(crate) fn fill_annotations(typed: &mut Typed, annotations: &Labels) {
    let (mut others, mut chinese) = (Labels::new(), Labels::new());
    for (name, text) in annotations {
        match name.strip_suffix(CHINESE).filter(|name| !name.is_empty()) {
            Some(name) => drop(chinese.insert(name.to_owned(), text.clone())),
            None => drop(others.insert(name.clone(), text.clone())),
        }
    }
    typed.set("annotations", write_labels(&others));
    typed.set("annotations_zh", write_labels(&chinese));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[(&str, &str)]) -> Result<Labels, Vec<String>> {
        let typed = Typed::from_pairs(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let mut check = Check::new(&typed);
        let read = words(&mut check, &typed);
        let told = |fault: crate::Fault| fault.problems().iter().map(|problem| problem.field.clone()).collect();
        check.finish((read,)).map(|((_, annotations),)| annotations).map_err(told)
    }

    #[test]
    fn annotations_in_chinese_have_a_field_of_their_own() {
        let both = read(&[("annotations", "summary: slow\nnote: n"), ("annotations_zh", "summary: 缓慢")]).unwrap();
        let kept: Vec<(&str, &str)> = both.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        assert_eq!(kept, [("note", "n"), ("summary", "slow"), ("summary_zh", "缓慢")]);
        assert_eq!(read(&[("annotations", "summary: slow\nnote: n\nsummary_zh: 缓慢")]).as_ref(), Ok(&both), "one field holds both, too");
        let mut typed = Typed::default();
        fill_annotations(&mut typed, &both);
        assert_eq!((typed.get("annotations"), typed.get("annotations_zh")), ("note: n\nsummary: slow", "summary: 缓慢"));
        assert_eq!(read(&[("annotations_zh", "summary: {{ if }}")]), Err(vec!["annotations_zh".to_owned()]));
    }
}
