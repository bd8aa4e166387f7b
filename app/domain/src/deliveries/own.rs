//! A channel's own words: a template for every language, or one for each.

use serde::{Deserialize, Serialize};

use super::message::Template;
use crate::{Wording, form::Check, people::Locale};

/// A template of a channel's own: one text whatever the language, or one for each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Own {
    /// The same in every language; empty: the usual one.
    One(String),
    /// One for each language; an empty one falls back to the other.
    Each(OfEach),
}

/// Texts by language.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct OfEach {
    /// In English.
    pub en: String,
    /// In 简体中文.
    #[serde(rename = "zh-CN")]
    pub zh: String,
}

impl Default for Own {
    fn default() -> Self {
        Self::One(String::new())
    }
}

impl Own {
    /// The text for this language, or else for the other one; empty where there is none.
    pub fn of(&self, locale: Locale) -> &str {
        match self {
            Self::One(text) => text,
            Self::Each(OfEach { en, zh }) => {
                let (wanted, other) = if locale == Locale::En { (en, zh) } else { (zh, en) };
                if wanted.is_empty() { other } else { wanted }
            }
        }
    }

    /// The text that was given for this language itself; one for all counts as one of `usual`, the language of its channel.
    pub fn given(&self, locale: Locale, usual: Locale) -> &str {
        match self {
            Self::One(text) if locale == usual => text,
            Self::One(_) => "",
            Self::Each(OfEach { en, .. }) if locale == Locale::En => en,
            Self::Each(OfEach { zh, .. }) => zh,
        }
    }

    /// The template for this language, where there is one.
    pub(super) fn template(&self, locale: Locale) -> Option<Template> {
        let text = self.of(locale);
        Template::parse(text).ok().filter(|_| !text.trim().is_empty())
    }

    /// Reads `field`, which holds one text or an object with one for each language, and the fields `field_en` and `field_zh`, which
    /// come before it. Where only the language of the channel has a text, that is one for every language: a form shows it so, and saves it
    /// as it was.
    pub(super) fn read(check: &mut Check<'_>, field: &str, usual: Locale) -> Option<Self> {
        let (en, zh) = (check.field(&format!("{field}_en"), text), check.field(&format!("{field}_zh"), text));
        let given = check.field(field, Self::parse);
        let (en, zh, given) = (en?, zh?, given?);
        if en.is_empty() && zh.is_empty() {
            return Some(given);
        }
        let or = |own: String, locale| if own.is_empty() { given.of(locale).to_owned() } else { own };
        let each = OfEach { en: or(en, Locale::En), zh: or(zh, Locale::Zh) };
        let (wanted, other) = if usual == Locale::En { (&each.en, &each.zh) } else { (&each.zh, &each.en) };
        Some(if other.is_empty() { Self::One(wanted.clone()) } else { Self::Each(each) })
    }

    /// No template begins like an object: that would be a placeholder nobody knows.
    fn parse(typed: &str) -> Result<Self, Wording> {
        if !typed.trim_start().starts_with("{\"") {
            return text(typed).map(Self::One);
        }
        let wrong = |_| Wording::new("expect-one-of").with("choices", Locale::ALL.map(Locale::tag).join(", "));
        let OfEach { en, zh } = serde_json::from_str(typed).map_err(wrong)?;
        let each = OfEach { en: text(&en)?, zh: text(&zh)? };
        Ok(if each == OfEach::default() { Self::default() } else { Self::Each(each) })
    }
}

/// A template as it is kept.
fn text(typed: &str) -> Result<String, Wording> {
    Template::parse(typed).map(|_| typed.replace("\r\n", "\n").trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{deliveries::Manner, form::Typed};

    fn title(fields: &[(&str, &str)]) -> Result<Own, Vec<String>> {
        let typed = Typed::from_pairs(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let told = |fault: crate::Fault| fault.problems().iter().map(|problem| problem.field.clone()).collect();
        Manner::parse(&typed).map(|manner| manner.title).map_err(told)
    }

    fn both(own: &Own) -> (&str, &str) {
        (own.of(Locale::En), own.of(Locale::Zh))
    }

    #[test]
    fn one_text_is_for_both_languages_and_each_may_have_its_own() {
        let one = title(&[("title", " {title} down ")]).unwrap();
        assert_eq!((both(&one), &one), (("{title} down", "{title} down"), &Own::One("{title} down".to_owned())));
        let each = title(&[("title_en", "{title} down"), ("title_zh", "{title} 故障")]).unwrap();
        assert_eq!(both(&each), ("{title} down", "{title} 故障"));
        assert_eq!(title(&[("title", r#"{"en":"{title} down","zh-CN":"{title} 故障"}"#)]), Ok(each));
        assert_eq!(both(&title(&[("title_zh", "故障")]).unwrap()), ("故障", "故障"), "a missing one falls back to the other");
        assert_eq!(both(&title(&[("title", r#"{"en":"down"}"#)]).unwrap()), ("down", "down"));
        assert_eq!(both(&title(&[("title", "down"), ("title_zh", "故障")]).unwrap()), ("down", "故障"));
        for none in [&[][..], &[("title", ""), ("title_en", " ")][..], &[("title", r#"{"en":"","zh-CN":""}"#)][..]] {
            assert_eq!(title(none), Ok(Own::default()), "{none:?}");
        }
    }

    #[test]
    fn a_form_that_is_saved_unchanged_changes_nothing() {
        for (language, own) in [
            (Locale::En, Own::One("{title} down".to_owned())),
            (Locale::Zh, Own::One("{title} 故障".to_owned())),
            (Locale::Zh, Own::Each(OfEach { en: "{title} down".to_owned(), zh: "{title} 故障".to_owned() })),
            (Locale::Zh, Own::Each(OfEach { en: "{title} down".to_owned(), zh: String::new() })),
            (Locale::En, Own::default()),
        ] {
            let (en, zh) = (own.given(Locale::En, language), own.given(Locale::Zh, language));
            assert_eq!(title(&[("language", language.tag()), ("title_en", en), ("title_zh", zh)]), Ok(own));
        }
    }

    #[test]
    fn what_is_wrong_is_told_by_the_field_that_holds_it() {
        assert_eq!(title(&[("title_zh", "{titel}"), ("title_en", "{")]), Err(vec!["title_en".to_owned(), "title_zh".to_owned()]));
        for wrong in [r#"{"en":"{titel}"}"#, r#"{"de":"kaputt"}"#, r#"{"en":1}"#, r#"{"en""#] {
            assert_eq!(title(&[("title", wrong)]), Err(vec!["title".to_owned()]), "{wrong}");
        }
    }

    #[test]
    fn it_is_kept_as_it_was_kept_before_where_it_is_one() {
        let kept = |own: &Own| serde_json::to_string(own).unwrap();
        let each = Own::Each(OfEach { en: "down".to_owned(), zh: "故障".to_owned() });
        assert_eq!(kept(&Own::One("down".to_owned())), r#""down""#);
        assert_eq!(kept(&each), r#"{"en":"down","zh-CN":"故障"}"#);
        for own in [Own::One("x".to_owned()), each.clone()] {
            assert_eq!(serde_json::from_str::<Own>(&kept(&own)).unwrap(), own);
        }
        let before: Manner = serde_json::from_str(r#"{"language":"zh-CN","title":"故障"}"#).unwrap();
        assert_eq!((before.title.given(Locale::Zh, before.language), before.title.given(Locale::En, before.language)), ("故障", ""));
        assert_eq!((each.given(Locale::Zh, Locale::En), each.given(Locale::En, Locale::En)), ("故障", "down"));
        assert_eq!(before.title(Locale::En), before.title(Locale::Zh));
    }
}
