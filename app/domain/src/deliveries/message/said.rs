//! What an alert says in a message: its own words in the language and zone of the reader, where its annotations have them.

use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::Value;

use super::{Speech, Telling, text};
use crate::{
    alerts::{Labels, Late, Spoken},
    people::Locale,
};

/// In which language and zone a message is said, and how it says lines of our own.
#[derive(Clone, Copy)]
pub(super) struct Voice<'a> {
    pub(super) locale: Locale,
    pub(super) speech: Speech,
    pub(super) zone: &'a TimeZone,
}

impl<'a> Telling<'a> {
    pub(super) fn voice(&self) -> Voice<'a> {
        Voice { locale: self.locale, speech: self.speech, zone: self.zone }
    }
}

impl Voice<'_> {
    /// What an alert says, or an incident that it opened; the annotations of the latter, and of alerts of an incident, stand under `told`.
    pub(super) fn spoken(self, of: &Value) -> Spoken {
        let words = if of["told"].is_object() { &of["told"] } else { of };
        let annotations = Labels::deserialize(&words["annotations"]).unwrap_or_default();
        let late = Late::deserialize(&words["late"]).ok();
        Spoken::of((&text(&of["title"]), &text(&of["detail"])), &annotations, late.as_ref(), self.locale, self.zone)
    }

    /// The title of an alert, or of an incident.
    pub(super) fn title(self, of: &Value) -> String {
        self.spoken(of).title.unwrap_or_else(|| self.speech.title(self.locale, &of["title"]))
    }

    /// What was seen of an alert.
    pub(super) fn detail(self, of: &Value) -> String {
        self.spoken(of).detail.unwrap_or_else(|| self.speech.detail(self.locale, &of["detail"]))
    }
}
