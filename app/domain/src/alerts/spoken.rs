//! What the annotations of an alert say to their reader: `summary_zh` stands for `summary` where Chinese is read, and what was found is
//! told in the language and zone of whoever is told.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Labels;
use crate::{
    people::Locale,
    rules::Template,
    slices::{Explanation, sentence},
};

/// Ends of names that say the language of an annotation.
const ENDS: [(&str, Locale); 2] = [("_en", Locale::En), ("_zh", Locale::Zh)];
/// Annotations that tell what was seen, the first that there is.
pub(super) const SEEN: [&str; 3] = ["description", "message", "value"];
/// The annotation with the address of a runbook, as rules of Prometheus carry it.
pub const RUNBOOK: &str = "runbook_url";
/// Characters of a title, and of what was seen.
const LONGEST: (usize, usize) = (200, 2_000);

/// The name of an annotation without the language that it says, and that language.
pub fn named(name: &str) -> (&str, Option<Locale>) {
    let said = ENDS.iter().find_map(|(end, locale)| Some((name.strip_suffix(*end)?, Some(*locale))));
    said.filter(|(name, _)| !name.is_empty()).unwrap_or((name, None))
}

/// Whether a title or what was seen may be made of annotations of this name.
fn is_text(name: &str) -> bool {
    name == "summary" || SEEN.contains(&name)
}

/// The name under which an annotation is told, and its language. What a name ends with says that of texts and of the runbook, and where
/// another one says the same in Chinese; the end of any other name is a part of it, as in `channel_en`.
fn placed<'a>(annotations: &Labels, whole: &'a str) -> (&'a str, Option<Locale>) {
    let (name, language) = named(whole);
    let chinese = || annotations.contains_key(&format!("{name}_zh"));
    let other = || annotations.contains_key(name) || annotations.contains_key(&format!("{name}_en"));
    if is_text(name) || name == RUNBOOK || chinese() && other() { (name, language) } else { (whole, None) }
}

/// Annotations as they are told in a language: of `summary`, `summary_en` and `summary_zh` one stands, as `summary`, namely that in the
/// language, else the one that says none, else the other. A blank one does not count.
pub fn in_language(annotations: &Labels, locale: Locale) -> Labels {
    let mut told: BTreeMap<&str, (u8, &str)> = BTreeMap::new();
    for (name, text) in annotations {
        let (name, language) = placed(annotations, name);
        let place = match language {
            _ if text.trim().is_empty() => 3,
            Some(language) if language == locale => 0,
            None => 1,
            Some(_) => 2,
        };
        let best = told.entry(name).or_insert((place, text.as_str()));
        if place < best.0 {
            *best = (place, text.as_str());
        }
    }
    told.into_iter().map(|(name, (_, text))| (name.to_owned(), text.to_owned())).collect()
}

/// What is kept of annotations that tell a finding, so that it is told late.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Late {
    /// Their templates.
    texts: Labels,
    /// The labels that are put into them.
    labels: Labels,
    /// The value that is put into them, as a number is written; empty where there is none.
    value: String,
    /// What was found.
    finding: Explanation,
}

impl Late {
    /// Whether a template may tell a finding.
    pub fn is_wanted(text: &str) -> bool {
        text.to_ascii_lowercase().contains("finding")
    }

    /// What is kept of these templates; `None` where none of them tells a finding.
    pub fn of(texts: &Labels, labels: &Labels, value: Option<f64>, finding: Explanation) -> Option<Self> {
        let texts: Labels = texts.iter().filter(|(_, text)| Self::is_wanted(text)).map(|(n, t)| (n.clone(), t.clone())).collect();
        let value = value.map(|value| value.to_string()).unwrap_or_default();
        // A sentence needs no comparison of dimensions.
        let finding = Explanation { dimensions: Vec::new(), ..finding };
        (!texts.is_empty()).then(|| Self { texts, labels: labels.clone(), value, finding })
    }

    /// Reads what is stored; `None` where nothing is.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The annotations for a reader; one that says its language has what was found in that.
    pub fn told(&self, locale: Locale, zone: &TimeZone) -> Labels {
        let value = self.value.parse().ok();
        let told = |(name, text): (&String, &String)| {
            let said = sentence(&self.finding, named(name).1.unwrap_or(locale), zone);
            let filled = Template::parse(text).map_or_else(|_| text.clone(), |read| read.render_with(&self.labels, value, &said));
            (name.clone(), filled)
        };
        self.texts.iter().map(told).collect()
    }
}

/// What an alert says to one reader.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spoken {
    /// Its title, where that was made of an annotation.
    pub title: Option<String>,
    /// What was seen, where that was made of an annotation.
    pub detail: Option<String>,
    /// Its annotations.
    pub annotations: Labels,
}

impl Spoken {
    /// Says the title, what was seen and the annotations of an alert in a language and a zone.
    pub fn of((title, detail): (&str, &str), annotations: &Labels, late: Option<&Late>, locale: Locale, zone: &TimeZone) -> Self {
        let mut all = annotations.clone();
        if let Some(late) = late {
            all.extend(late.told(locale, zone));
        }
        let told = in_language(&all, locale);
        let said = |line: &str, of: &str, most: usize| {
            let made = annotations.iter().any(|(name, text)| named(name).0 == of && flat(text, most) == flat(line, most));
            told.get(of).filter(|text| made && !line.trim().is_empty() && !text.trim().is_empty())
        };
        Self {
            title: said(title, "summary", LONGEST.0).map(|text| flat(text, LONGEST.0)),
            detail: SEEN.iter().find_map(|name| said(detail, name, LONGEST.1)).map(|text| text.chars().take(LONGEST.1).collect()),
            annotations: told,
        }
    }
}

/// What is kept of an alert for those who name it by its title, as messages hold it; `None` where it says one language alone.
pub fn kept_told(annotations: &Labels, late: &str) -> Option<Value> {
    let late: Value = serde_json::from_str(late).unwrap_or_default();
    let mut texts = annotations.clone();
    texts.retain(|name, _| is_text(named(name).0));
    let speaks = texts.keys().any(|name| named(name).1.is_some()) || late["texts"].get("summary").is_some();
    speaks.then(|| json!({ "annotations": texts, "late": late }))
}

/// The same, as it is read.
#[derive(Deserialize)]
struct Told {
    annotations: Labels,
    late: Option<Late>,
}

/// A title in a language and a zone, by what is kept of the alert that it is of; `None` where that says nothing of it: it was made of
/// something else, or somebody wrote another one.
pub fn title_told(title: &str, told: &str, locale: Locale, zone: &TimeZone) -> Option<String> {
    let told: Told = serde_json::from_str(told).ok()?;
    Spoken::of((title, ""), &told.annotations, told.late.as_ref(), locale, zone).title
}

/// A text in one line.
fn flat(text: &str, most: usize) -> String {
    text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn an_annotation_is_told_in_the_language_of_its_reader() {
        let both = texts(&[("summary", "slow"), ("summary_zh", "缓慢"), ("runbook_url", "https://x"), ("_zh", "x")]);
        assert_eq!(in_language(&both, Locale::Zh), texts(&[("summary", "缓慢"), ("runbook_url", "https://x"), ("_zh", "x")]));
        assert_eq!(in_language(&both, Locale::En)["summary"], "slow");
        let other = texts(&[("summary_zh", "缓慢"), ("description", "慢"), ("description_en", "slow"), ("note_zh", " "), ("note", "n")]);
        assert_eq!(in_language(&other, Locale::En), texts(&[("summary", "缓慢"), ("description", "slow"), ("note", "n")]));
        assert_eq!(in_language(&other, Locale::Zh), texts(&[("summary", "缓慢"), ("description", "慢"), ("note", "n")]));
        let books = texts(&[("runbook_url", "https://x/en"), ("runbook_url_zh", "https://x/zh"), ("note_en", "n"), ("note_zh", "注")]);
        assert_eq!(in_language(&books, Locale::Zh), texts(&[("runbook_url", "https://x/zh"), ("note", "注")]));
    }

    #[test]
    fn a_name_that_only_ends_like_a_language_hides_none() {
        let theirs = texts(&[("channel", "POS"), ("channel_en", "ch-12"), ("area_en", "east"), ("code_zh", "7")]);
        for locale in Locale::ALL {
            assert_eq!(in_language(&theirs, locale), theirs);
        }
    }

    #[test]
    fn a_title_follows_the_summary_that_it_was_made_of() {
        let both = texts(&[("summary", " slow\nlink "), ("summary_zh", "链路缓慢"), ("description", "so"), ("description_zh", "如此")]);
        let said = |title: &str, detail: &str, locale| {
            let said = Spoken::of((title, detail), &both, None, locale, &TimeZone::UTC);
            (said.title, said.detail)
        };
        assert_eq!(said("slow link", "so", Locale::Zh), (Some("链路缓慢".to_owned()), Some("如此".to_owned())));
        assert_eq!(said("链路缓慢", "", Locale::En), (Some("slow link".to_owned()), None));
        assert_eq!(said("Latency", "p99 4 s", Locale::Zh), (None, None), "what was made of something else stands");
        for name in SEEN {
            let chinese = format!("{name}_zh");
            let both = texts(&[(name, "so"), (chinese.as_str(), "如此")]);
            assert_eq!(Spoken::of(("", "so"), &both, None, Locale::Zh, &TimeZone::UTC).detail.as_deref(), Some("如此"), "{name}");
        }
    }

    #[test]
    fn a_title_is_told_by_what_was_kept_of_its_alert() {
        let both = texts(&[("summary", "L3 at 97"), ("summary_zh", "L3 为 97"), ("note", "n")]);
        let kept = kept_told(&both, "").unwrap().to_string();
        let kept = kept.as_str();
        assert_eq!(kept_told(&texts(&[("summary", "L3 at 97"), ("note_zh", "n")]), ""), None);
        let told = |title: &str, kept: &str, locale| title_told(title, kept, locale, &TimeZone::UTC);
        assert_eq!(told("L3 at 97", kept, Locale::Zh).as_deref(), Some("L3 为 97"));
        assert_eq!(told("L3 at 97", kept, Locale::En).as_deref(), Some("L3 at 97"));
        assert_eq!(told("Bank out", kept, Locale::Zh), None, "somebody has renamed it");
        assert_eq!(told("L3 at 97", "", Locale::Zh), None);
    }

    #[test]
    fn what_was_found_is_told_late() {
        let found = crate::slices::found();
        let templates = texts(&[
            ("summary", "{{ $labels.link }} at {{ $value }}{{ with finding }}: {{ . }}{{ end }}"),
            ("summary_zh", "{{ $labels.link }} 为 {{ $value }}：{{ finding }}"),
            ("note", "said by nobody"),
        ]);
        let late = Late::of(&templates, &texts(&[("link", "L3")]), Some(97.5), found.clone()).unwrap();
        let late = Late::read(&serde_json::to_string(&late).unwrap()).unwrap();
        let zone = crate::time::zone("Asia/Shanghai").unwrap();
        for (locale, zone) in [(Locale::En, &TimeZone::UTC), (Locale::En, &zone), (Locale::Zh, &zone)] {
            let told = late.told(locale, zone);
            assert_eq!(told.keys().collect::<Vec<_>>(), ["summary", "summary_zh"]);
            assert_eq!(told["summary"], format!("L3 at 97.5: {}", sentence(&found, locale, zone)));
            assert_eq!(told["summary_zh"], format!("L3 为 97.5：{}", sentence(&found, Locale::Zh, zone)));
        }
        assert_ne!(sentence(&found, Locale::En, &zone), sentence(&found, Locale::En, &TimeZone::UTC));
        assert_eq!(Late::of(&texts(&[("summary", "slow")]), &Labels::new(), None, found), None);
        assert_eq!(Late::read(""), None);
    }
}
