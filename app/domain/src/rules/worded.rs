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
/// Bytes of a name.
const LONGEST: usize = 100;

/// Reads lines of `name: text` with templates in the texts; `long` for annotations, whose texts may be longer.
pub fn labels_of(text: &str, long: bool) -> Result<Labels, Wording> {
    let mut labels = Labels::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let wrong = |why: &str, word: &str| wrong_line(line, why, word);
        let (name, value) = line.split_once(':').ok_or_else(|| wrong("colon", ":"))?;
        let (name, value) = (name.trim(), value.trim());
        let good =
            name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !good || name.len() > LONGEST {
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
    bounded(labels, if long { MAX_LABELS } else { MAX_LABELS / 2 })
}

fn bounded(labels: Labels, most: usize) -> Result<Labels, Wording> {
    if labels.len() > most { Err(Wording::new("expect-between").with("min", 0).with("max", most)) } else { Ok(labels) }
}

fn wrong_line(line: &str, why: &str, word: &str) -> Wording {
    Wording::new("rules-expect-line").with("line", line).with("why", why).with("word", word)
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
    let (labels, annotations, chinese) = (labels?, annotations?, chinese?);
    let annotations = check.field("annotations_zh", |_| together(annotations, chinese))?;
    Some((labels, annotations))
}

/// Annotations and those in Chinese, as one field would hold them, and no more of them than that takes.
fn together(mut annotations: Labels, chinese: Labels) -> Result<Labels, Wording> {
    for (name, text) in chinese {
        let whole = if name.ends_with(CHINESE) { name } else { format!("{name}{CHINESE}") };
        let wrong = |why: &str| wrong_line(&format!("{whole}: {text}"), why, &whole);
        if whole.len() > LONGEST {
            return Err(wrong("name"));
        }
        if annotations.contains_key(&whole) {
            return Err(wrong("twice"));
        }
        annotations.insert(whole, text);
    }
    bounded(annotations, MAX_LABELS)
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

    #[test]
    fn what_two_fields_take_one_field_takes_as_well() {
        let lines = |count: usize, end: &str| (0..count).map(|n| format!("n{n}{end}: x\n")).collect::<String>();
        let (english, chinese) = (lines(32, ""), lines(32, ""));
        let both = read(&[("annotations", &english), ("annotations_zh", &chinese)]).unwrap();
        assert_eq!(both.len(), 64);
        assert_eq!(read(&[("annotations", &write_labels(&both))]), Ok(both));
        let wrong = |annotations: &str, chinese: &str| read(&[("annotations", annotations), ("annotations_zh", chinese)]).unwrap_err();
        assert_eq!(wrong(&english, &lines(33, "")), ["annotations_zh"], "more than one field takes");
        assert_eq!(wrong(&lines(65, ""), ""), ["annotations"]);
        assert_eq!(wrong("", &format!("{}: x", "n".repeat(98))), ["annotations_zh"]);
        assert!(read(&[("annotations_zh", &format!("{}: x", "n".repeat(97)))]).is_ok());
        assert_eq!(wrong("summary_zh: a", "summary: b"), ["annotations_zh"], "neither is lost without a word");
        assert_eq!(wrong("", "summary: a\nsummary_zh: b"), ["annotations_zh"]);
    }
}
