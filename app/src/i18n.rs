//! What pages say, in every language: Fluent messages from `app/locales/{en,zh-CN}/*.ftl`, on the server only.
//!
//! `t!("key", name = value)` speaks the language of the visit being rendered; `tr!(visit, "key", …)` speaks that of
//! a given visit; [`say`] and [`say_wording`] take the language itself.

use std::sync::LazyLock;

use domain::{Wording, people::Locale};
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};

use crate::components::full;

/// Files by language: one per area.
macro_rules! files {
    ($($area:literal),+ $(,)?) => {
        /// Name, English text, Chinese text of every file.
        pub(crate) const FILES: &[(&str, &str, &str)] = &[$((
            $area,
            include_str!(concat!("../locales/en/", $area, ".ftl")),
            include_str!(concat!("../locales/zh-CN/", $area, ".ftl")),
        )),+];
    };
}

files!(
    "alerts",
    "audit",
    "bands",
    "calendars",
    "changes",
    "components",
    "deliveries",
    "deployments",
    "domain",
    "escalations",
    "evidence",
    "explain",
    "faults",
    "files",
    "health",
    "incidents",
    "load",
    "merchants",
    "monitors",
    "occasions",
    "oncall",
    "objectives",
    "overview",
    "people",
    "reports",
    "rules",
    "shell",
    "sources",
    "status",
    "streams",
    "systems",
    "tools",
    "transactions",
    "views",
);

type Bundle = FluentBundle<FluentResource>;

static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle(Locale::En));
static CHINESE: LazyLock<Bundle> = LazyLock::new(|| bundle(Locale::Zh));

fn bundle(locale: Locale) -> Bundle {
    let tag = locale.tag().parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![tag]);
    bundle.set_use_isolating(false);
    for (name, en, zh) in FILES {
        let text = if locale == Locale::En { en } else { zh };
        // What does parse is used; a test fails on what does not.
        let resource = FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(resource, errors)| {
            tracing::error!(file = name, ?errors, "language file does not parse");
            resource
        });
        if let Err(errors) = bundle.add_resource(resource) {
            tracing::error!(file = name, ?errors, "language file repeats a key");
        }
    }
    bundle
}

/// A count of a thousand and more in groups of three digits; numbers that name something stay as they are. Both languages have
/// one form only for counts as large.
fn counted(name: &str, value: &FluentValue<'_>) -> Option<FluentValue<'static>> {
    let FluentValue::Number(number) = value else { return None };
    let counts =
        ["count", "rows", "total", "slots"].contains(&name) && (1_000.0..1e15).contains(&number.value) && number.value.fract() == 0.0;
    #[expect(clippy::cast_possible_truncation, reason = "it is whole, and small enough")]
    counts.then(|| full(number.value as i64).into())
}

/// A message in a language. An unknown key is shown as itself and logged; a test keeps that from happening.
pub fn say(locale: Locale, key: &str, args: &[(&'static str, FluentValue<'_>)]) -> String {
    let bundle = match locale {
        Locale::En => &*ENGLISH,
        Locale::Zh => &*CHINESE,
    };
    let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
        tracing::error!(key, "message is missing");
        return key.to_owned();
    };
    let mut fluent = FluentArgs::new();
    for (name, value) in args {
        fluent.set(*name, counted(name, value).unwrap_or_else(|| value.clone()));
    }
    let mut errors = Vec::new();
    let text = bundle.format_pattern(pattern, Some(&fluent), &mut errors).into_owned();
    if !errors.is_empty() {
        tracing::error!(key, ?errors, "message does not format");
    }
    text
}

/// A sentence of `domain` in a language.
pub fn say_wording(locale: Locale, wording: &Wording) -> String {
    let said = |name: &str, value: &str| match value.parse() {
        // Lengths of time and counts say so by their names: they are spoken, not copied.
        Ok(ms) if name == "length_ms" => FluentValue::from(length(locale, ms)),
        Ok(count) if name == "count" => FluentValue::from(count),
        _ => FluentValue::from(value.to_owned()),
    };
    let args: Vec<_> = wording.args.iter().map(|(name, value)| (*name, said(name, value))).collect();
    say(locale, wording.key, &args)
}

/// A length of whole minutes: `5 min`, `3 h 7 min`, `2 d 15 h`.
fn length(locale: Locale, ms: i64) -> String {
    let (d, h, min) = (ms / 86_400_000, ms / 3_600_000 % 24, ms / 60_000 % 60);
    let parts = match (d, h) {
        (0, 0) => vec![("duration-min", min)],
        (0, _) => vec![("duration-h", h), ("duration-min", min)],
        _ => vec![("duration-d", d), ("duration-h", h)],
    };
    let mut words =
        parts.iter().enumerate().filter(|(i, (_, n))| *i == 0 || *n > 0).map(|(_, (key, n))| say(locale, key, &[("n", (*n).into())]));
    match (words.next(), words.next()) {
        (Some(a), Some(b)) => say(locale, "duration-two", &[("a", a.into()), ("b", b.into())]),
        (a, _) => a.unwrap_or_default(),
    }
}

/// Whether there is such a message: for words that are built from data, e.g. `permission-changes-approve`.
pub fn has(key: &str) -> bool {
    ENGLISH.has_message(key)
}

/// The message in the language of the visit that is being rendered.
#[macro_export]
macro_rules! t {
    ($key:expr $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::i18n::say($crate::visit::current_locale(), $key, &[$((stringify!($name), ($value).into())),*])
    };
}

/// The message in the language of a given visit.
#[macro_export]
macro_rules! tr {
    ($visit:expr, $key:expr $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::i18n::say($visit.locale, $key, &[$((stringify!($name), ($value).into())),*])
    };
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use fluent_syntax::{ast::Entry, parser::parse};

    use super::*;

    fn keys(text: &str) -> BTreeSet<String> {
        let resource = parse(text).unwrap_or_else(|(_, errors)| panic!("does not parse: {errors:?}"));
        let mut keys = BTreeSet::new();
        for entry in resource.body {
            if let Entry::Message(message) = entry {
                assert!(keys.insert(message.id.name.to_owned()), "{} stands twice", message.id.name);
            }
        }
        keys
    }

    #[test]
    fn no_key_stands_in_two_files() {
        let mut seen = BTreeSet::new();
        for (name, en, _) in FILES {
            for key in keys(en) {
                assert!(seen.insert(key.clone()), "{name}.ftl: {key} stands in another file, too");
            }
        }
    }

    #[test]
    fn every_key_stands_in_both_languages() {
        for (name, en, zh) in FILES {
            let (en, zh) = (keys(en), keys(zh));
            assert_eq!(en.difference(&zh).collect::<Vec<_>>(), Vec::<&String>::new(), "{name}.ftl: missing in zh-CN");
            assert_eq!(zh.difference(&en).collect::<Vec<_>>(), Vec::<&String>::new(), "{name}.ftl: missing in en");
        }
    }

    #[test]
    fn wordings_are_said_with_their_arguments() {
        let wording = Wording::new("expect-between").with("min", 5).with("max", 3600);
        assert_eq!(say_wording(Locale::En, &wording), "a whole number from 5 to 3600");
        assert_eq!(say_wording(Locale::Zh, &wording), "5 到 3600 之间的整数");
    }

    #[test]
    fn counts_are_grouped() {
        let say = |count: i64| say(Locale::En, "merchants-count", &[("count", count.into())]);
        assert_eq!([say(1), say(999), say(262_496)], ["One merchant", "999 merchants", "262,496 merchants"]);
    }

    #[test]
    fn lengths_are_said_in_days_and_hours() {
        let early = |ms: i64| {
            say_wording(Locale::En, &Wording::new("conflict-change-too-early").with("opens", "a").with("zone", "b").with("length_ms", ms))
        };
        assert!(early(3_787 * 60_000).ends_with("in 2 d 15 h."), "{}", early(3_787 * 60_000));
        assert!(early(60_000).ends_with("in 1 min."), "{}", early(60_000));
    }

    #[test]
    fn chinese_is_written_with_its_own_punctuation() {
        let chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
        for (name, _, zh) in FILES {
            for line in zh.lines() {
                let chars: Vec<char> = line.chars().collect();
                let half = |i: usize| {
                    ",;:?!()".contains(chars[i]) && (i > 0 && chinese(chars[i - 1]) || chars.get(i + 1).is_some_and(|c| chinese(*c)))
                };
                assert!(!(0..chars.len()).any(half), "{name}.ftl: {line}");
            }
        }
    }
}
