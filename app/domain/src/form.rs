//! What was typed, and the collecting of everything that is wrong with it in one go.

use std::{collections::BTreeMap, fmt::Display};

use crate::{Fault, Problem, Wording, text::Key};

/// Field names and the texts given for each, in order: a posted form, or a JSON object flattened to one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed(BTreeMap<String, Vec<String>>);

impl Typed {
    /// Collects pairs; a repeated name keeps every value.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in pairs {
            fields.entry(name).or_default().push(value);
        }
        Self(fields)
    }

    /// The first value of a field, or the empty text.
    pub fn get(&self, field: &str) -> &str {
        self.0.get(field).and_then(|v| v.first()).map_or("", String::as_str)
    }

    /// Every value of a field.
    pub fn all(&self, field: &str) -> &[String] {
        self.0.get(field).map_or(&[], Vec::as_slice)
    }

    /// The version that an edit was written upon: a form carries it; an API call may leave it out and means the present one.
    pub fn version(&self, present: i64) -> Result<i64, Fault> {
        self.upon("version", present)
    }

    /// The same where the field has another name.
    pub fn upon(&self, field: &'static str, present: i64) -> Result<i64, Fault> {
        let wrong = |text: &str| Fault::invalid(field, text, Wording::new("expect-between").with("min", 1).with("max", i64::MAX));
        match self.get(field) {
            "" => Ok(present),
            text => text.parse().map_err(|_| wrong(text)),
        }
    }

    /// With a `key` made of the `name`, where none was typed and the name gives one: for what is made anew.
    #[must_use]
    pub fn with_key(&self) -> Self {
        let mut typed = self.clone();
        if let ("", Some(key)) = (self.get("key").trim(), Key::of_name(self.get("name"))) {
            typed.set("key", key);
        }
        typed
    }

    /// Whether the field was sent at all: a ticked checkbox.
    pub fn has(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// Sets a field to one value.
    pub fn set(&mut self, field: impl Into<String>, value: impl ToString) {
        self.0.insert(field.into(), vec![value.to_string()]);
    }

    /// Adds a value to a field.
    pub fn add(&mut self, field: impl Into<String>, value: impl ToString) {
        self.0.entry(field.into()).or_default().push(value.to_string());
    }

    /// The names of the fields.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl<'de> serde::Deserialize<'de> for Typed {
    /// Reads a JSON object: texts as they are, numbers and booleans as text, arrays as repeated values,
    /// `null` and `false` as absent. So the API and the forms pass through the same parser.
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        use serde_json::Value;
        fn text<E: serde::de::Error>(name: &str, value: Value) -> Result<Option<String>, E> {
            Ok(match value {
                Value::Null | Value::Bool(false) => None,
                Value::Bool(true) => Some("on".into()),
                Value::Number(n) => Some(n.to_string()),
                Value::String(s) => Some(s),
                other @ Value::Object(_) => Some(other.to_string()),
                Value::Array(_) => return Err(E::custom(format!("field {name}: a list within a list; expected texts or numbers"))),
            })
        }
        let mut typed = Self::default();
        for (name, value) in BTreeMap::<String, Value>::deserialize(d)? {
            let values = match value {
                Value::Array(values) => values,
                one => vec![one],
            };
            for value in values {
                if let Some(value) = text(&name, value)? {
                    typed.add(name.clone(), value);
                }
            }
        }
        Ok(typed)
    }
}

/// Reads fields one after another and remembers every problem, so that a person hears of all at once.
///
/// ```
/// # use domain::{form::{Check, Typed}, text::Name};
/// let typed = Typed::from_pairs([("name".into(), "".into()), ("interval".into(), "3".into())]);
/// let mut check = Check::new(&typed);
/// let name = check.field("name", Name::parse);
/// let interval = check.number("interval", 5, 3_600);
/// let fault = check.finish((name, interval)).unwrap_err();
/// assert_eq!(fault.problems().len(), 2);
/// ```
pub struct Check<'a> {
    typed: &'a Typed,
    problems: Vec<Problem>,
}

/// Fields whose value is never repeated to anybody, in any form: secrets, and what may hold one.
pub const SECRETS: &[&str] = &[
    "secret",
    "password",
    "current",
    "again",
    "token",
    "key_file",
    "private_key",
    "passphrase",
    "headers",
    "hook",
    "endpoint",
    "p256dh",
    "auth",
];

/// Problems that are told at once: more are nobody's to read, and each costs memory on its way.
const MOST_PROBLEMS: usize = 50;

/// A value that parsed, or the mark that its problem is noted.
pub type Checked<T> = Option<T>;

impl<'a> Check<'a> {
    /// Starts on what was typed.
    pub fn new(typed: &'a Typed) -> Self {
        Self { typed, problems: Vec::new() }
    }

    /// What was typed.
    pub fn typed(&self) -> &'a Typed {
        self.typed
    }

    /// Reads one field with its parser.
    pub fn field<T>(&mut self, field: &str, parse: impl FnOnce(&str) -> Result<T, Wording>) -> Checked<T> {
        let text = self.typed.get(field);
        match parse(text) {
            Ok(value) => Some(value),
            Err(expected) => {
                self.note(field, text, expected);
                None
            }
        }
    }

    /// Notes what is wrong with a value; of a secret it is not repeated.
    fn note(&mut self, field: &str, value: &str, expected: Wording) {
        if self.problems.len() >= MOST_PROBLEMS {
            return;
        }
        self.problems.push(if SECRETS.contains(&field) && !value.is_empty() {
            Problem::unsaid(field, Wording::new("unsaid-characters").with("count", value.chars().count()), expected)
        } else {
            Problem::new(field, value, chosen(value, expected))
        });
    }

    /// Reads one field that may be empty.
    pub fn optional<T>(&mut self, field: &str, parse: impl FnOnce(&str) -> Result<T, Wording>) -> Checked<Option<T>> {
        if self.typed.get(field).trim().is_empty() { Some(None) } else { self.field(field, parse).map(Some) }
    }

    /// Reads every value of a repeated field.
    pub fn each<T>(&mut self, field: &str, mut parse: impl FnMut(&str) -> Result<T, Wording>) -> Checked<Vec<T>> {
        let mut values = Vec::new();
        let mut clean = true;
        for text in self.typed.all(field).iter().filter(|t| !t.trim().is_empty()) {
            match parse(text) {
                Ok(value) => values.push(value),
                Err(expected) => {
                    clean = false;
                    self.note(field, text, expected);
                    // Where nothing more is told, nothing more is read.
                    if self.problems.len() >= MOST_PROBLEMS {
                        break;
                    }
                }
            }
        }
        clean.then_some(values)
    }

    /// Reads a whole number between bounds, both inclusive.
    pub fn number(&mut self, field: &str, min: i64, max: i64) -> Checked<i64> {
        self.field(field, |text| {
            text.trim()
                .parse()
                .ok()
                .filter(|n| (min..=max).contains(n))
                .ok_or_else(|| Wording::new("expect-between").with("min", min).with("max", max))
        })
    }

    /// Reads one of a few words.
    pub fn choice<T: Copy>(&mut self, field: &str, choices: &[(&str, T)]) -> Checked<T> {
        self.field(field, |text| {
            choices.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
                Wording::new("expect-one-of").with("choices", choices.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", "))
            })
        })
    }

    /// Notes a problem that concerns several fields, or that needed the database.
    pub fn problem(&mut self, field: &str, expected: Wording) {
        let text = self.typed.get(field);
        self.note(field, text, expected);
    }

    /// Notes what is wrong with one part of a field.
    pub fn wrong(&mut self, field: &str, value: &str, expected: Wording) {
        self.note(field, value, expected);
    }

    /// Whether nothing is wrong so far.
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    /// Refuses names that the form does not have: a typing error in an API call must not pass silently. The value is not
    /// repeated: it may be a secret under a name that was mistyped.
    pub fn only(&mut self, known: &[&str]) {
        let room = MOST_PROBLEMS.saturating_sub(self.problems.len());
        for name in self.typed.names().filter(|n| !known.contains(n)).take(room) {
            self.problems.push(Problem::new(name, "", Wording::new("expect-one-of").with("choices", known.join(", "))));
        }
    }

    /// All values, or all problems. Pass a tuple (up to twelve) of what the readers gave.
    pub fn finish<T: AllPresent>(self, values: T) -> Result<T::Values, Fault> {
        if !self.problems.is_empty() {
            return Err(Fault::Invalid(self.problems));
        }
        values.all().ok_or(Fault::Internal)
    }
}

/// What is expected where one of these words is.
pub fn one_of<T: Display>(words: &[T]) -> Wording {
    Wording::new("expect-one-of").with("choices", words.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
}

/// Reads a whole number between bounds, both inclusive: a parser for [`Check::field`] and its like.
pub(crate) fn whole(text: &str, min: u32, max: u32) -> Result<u32, Wording> {
    let wrong = || Wording::new("expect-between").with("min", min).with("max", max);
    text.trim().parse().ok().filter(|n| (min..=max).contains(n)).ok_or_else(wrong)
}

/// Moves things of a list as a button of its form says: `remove-1` takes one away, `up-1` puts it before the one before it; `false`
/// where it says something else.
pub(crate) fn rearrange<T>(list: &mut Vec<T>, act: &str) -> bool {
    let Some((verb, place)) = act.split_once('-') else { return false };
    let Some(place) = place.parse().ok().filter(|place: &usize| *place < list.len()) else { return false };
    match verb {
        "remove" => drop(list.remove(place)),
        "up" if place > 0 => list.swap(place - 1, place),
        _ => return false,
    }
    true
}

/// Where nothing was chosen, "the id of something that exists" helps nobody: to choose is what is expected.
fn chosen(text: &str, expected: Wording) -> Wording {
    if text.trim().is_empty() && expected.key == "expect-id" { Wording::new("expect-choice") } else { expected }
}

/// Tuples of [`Checked`] values.
pub trait AllPresent {
    /// The tuple of the values themselves.
    type Values;
    /// The values if every one is there.
    fn all(self) -> Option<Self::Values>;
}

macro_rules! all_present {
    ($($($t:ident)+;)+) => {$(
        impl<$($t),+> AllPresent for ($(Option<$t>,)+) {
            type Values = ($($t,)+);
            #[expect(non_snake_case, reason = "the macro names variables after their types")]
            fn all(self) -> Option<Self::Values> {
                let ($($t,)+) = self;
                Some(($($t?,)+))
            }
        }
    )+};
}
all_present! { A; A B; A B C; A B C D; A B C D E; A B C D E F; A B C D E F G; A B C D E F G H;
A B C D E F G H I; A B C D E F G H I J; A B C D E F G H I J K; A B C D E F G H I J K L; }

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{changes, deliveries, incidents, monitors, objectives, people::*, rules, sources, streams, systems, tools};

    const CANARY: &str = "canary!7b1";

    #[test]
    fn a_flood_of_wrong_fields_is_answered_shortly() {
        let typed = Typed::from_pairs((0..100_000).map(|n| (format!("f{n}"), "x".to_owned())));
        let mut check = Check::new(&typed);
        check.only(&["name", "interval"]);
        assert_eq!(check.finish((Some(()),)).unwrap_err().problems().len(), MOST_PROBLEMS);
        let typed = Typed::from_pairs((0..100_000).map(|_| ("label".to_owned(), "x".to_owned())));
        let mut read = 0;
        let mut check = Check::new(&typed);
        let labels = check.each("label", |text| {
            read += 1;
            text.parse::<u8>().map_err(|_| Wording::new("expect-something"))
        });
        assert_eq!((labels.is_none(), check.is_clean()), (true, false));
        assert_eq!(read, MOST_PROBLEMS);
    }

    /// Every form refuses this, and none says what it was.
    #[test]
    fn no_form_repeats_a_secret() {
        let mut typed = Typed::from_pairs([("kind".to_owned(), "http".to_owned()), ("pasword".to_owned(), CANARY.to_owned())]);
        for name in SECRETS {
            typed.set(*name, CANARY);
        }
        typed.set("again", format!("{CANARY}?"));
        let faults: Vec<Option<Fault>> = vec![
            UserDraft::parse(&typed).err(),
            UserDraft::parse_edit(&typed).err(),
            PasswordChange::parse(&typed, "login").err(),
            ProfileDraft::parse(&typed).err(),
            TeamDraft::parse(&typed).err(),
            RoleDraft::parse(&typed).err(),
            MembershipDraft::parse(&typed).err(),
            TokenDraft::parse(&typed).err(),
            SetupDraft::parse(&typed).err(),
            deliveries::ChannelInput::parse(&typed, None).err(),
            monitors::Draft::parse(&typed).err(),
            sources::Draft::parse(&typed).err(),
            rules::Draft::parse(&typed).err(),
            objectives::Draft::parse(&typed).err(),
            streams::Draft::parse(&typed).err(),
            systems::Entry::parse(&typed).err(),
            tools::Definition::parse(&typed).err(),
            incidents::Opening::parse(&typed).err(),
            incidents::Edit::parse(&typed).err(),
            changes::Content::parse(&typed, &[]).err(),
            changes::FreezeContent::parse(&typed, &[]).err(),
        ];
        for (number, fault) in faults.into_iter().enumerate() {
            let fault = fault.unwrap_or_else(|| panic!("form {number} took it"));
            assert!(!format!("{fault:?}").contains(CANARY), "form {number}: {fault:?}");
        }
    }

    #[test]
    fn no_way_of_reading_repeats_a_secret() {
        for name in SECRETS {
            let typed = Typed::from_pairs([((*name).to_owned(), CANARY.to_owned())]);
            let mut check = Check::new(&typed);
            let wrong = || Wording::new("expect-something");
            let _: Checked<()> = check.field(name, |_| Err(wrong()));
            let _: Checked<Option<()>> = check.optional(name, |_| Err(wrong()));
            let _: Checked<Vec<()>> = check.each(name, |_| Err(wrong()));
            let _ = check.number(name, 1, 2);
            let _ = check.choice(name, &[("a", ())]);
            check.problem(name, wrong());
            check.only(&[]);
            let fault = check.finish((Some(()),)).unwrap_err();
            assert_eq!(fault.problems().len(), 7);
            assert!(fault.problems().iter().all(|p| p.value.is_empty()), "{name}");
        }
    }
}
