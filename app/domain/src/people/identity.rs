//! Who a request comes from, and how they like their pages.

use serde::{Deserialize, Serialize};

use crate::{
    Actor,
    id::{SessionId, UserId},
};

/// What a request shows to prove who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential<'a> {
    /// The session cookie: a JWT.
    Session(&'a str),
    /// An API token from `Authorization: Bearer`.
    Token(&'a str),
}

/// A language that the pages speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Locale {
    /// English.
    #[default]
    #[serde(rename = "en")]
    En,
    /// 简体中文.
    #[serde(rename = "zh-CN")]
    Zh,
}

impl Locale {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::En, Self::Zh];

    /// Its name in itself.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Zh => "简体中文",
        }
    }

    /// BCP 47 tag: `en` or `zh-CN`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh-CN",
        }
    }

    /// Reads a tag; `zh`, `zh-Hans` and the like count as 简体中文.
    pub fn parse(tag: &str) -> Option<Self> {
        match tag.split(['-', '_']).next()?.to_ascii_lowercase().as_str() {
            "en" => Some(Self::En),
            "zh" => Some(Self::Zh),
            _ => None,
        }
    }

    /// The best language for an `Accept-Language` header, by its weights; English where none fits.
    pub fn accept(header: &str) -> Self {
        let mut best = (0.0, Self::En);
        for part in header.split(',') {
            let (tag, params) = part.split_once(';').unwrap_or((part, ""));
            let weight = params.trim().strip_prefix("q=").map_or(1.0, |q| q.parse::<f64>().unwrap_or(0.0));
            if let Some(locale) = Self::parse(tag.trim())
                && weight > best.0
            {
                best = (weight, locale);
            }
        }
        best.1
    }
}

/// Light, dark, or as the device says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the device says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// All, in the order in which a chooser lists them.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// `system`, `light` or `dark`.
    pub fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Reads one of the three words.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.word() == word)
    }
}

/// How a person likes their pages. What is not chosen (`None`) is taken from cookies, headers and defaults.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Preferences {
    /// Language.
    pub locale: Option<Locale>,
    /// Theme.
    pub theme: Option<Theme>,
    /// IANA zone in which times are shown.
    pub zone: Option<String>,
    /// Whether single keys act.
    pub keyboard: bool,
}

/// Who a request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who acts, with all they hold.
    pub actor: Actor,
    /// The session, if it came through one.
    pub session: Option<SessionId>,
    /// The person, if there is one.
    pub user: Option<UserId>,
    /// Their login name; empty for nobody.
    pub login: String,
    /// Their preferences.
    pub preferences: Preferences,
    /// Whether they came in with a password that somebody else chose: they choose their own before anything else.
    pub password_due: bool,
    /// Path of the first screen of their role, e.g. `/alerts`.
    pub home: String,
}

impl Identity {
    /// Nobody.
    pub fn nobody() -> Self {
        Self {
            actor: Actor::nobody(),
            session: None,
            user: None,
            login: String::new(),
            password_due: false,
            preferences: Preferences { keyboard: true, ..Preferences::default() },
            home: "/".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_language_that_we_speak_wins() {
        assert_eq!(Locale::accept("de, zh-Hans;q=0.8, en;q=0.5"), Locale::Zh);
        assert_eq!(Locale::accept("fr"), Locale::En);
        assert_eq!(Locale::accept(""), Locale::En);
        assert_eq!(Locale::accept("en;q=x, zh;q=0.1"), Locale::Zh);
    }
}
