//! The message of an incident, and the alerts that it tells of along with it; that of a group, and the alerts beside the first.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::{Label, Message, Speech, Telling, said::Voice, words};
use crate::deliveries::Notify;

/// Alerts that are named by their titles.
const NAMED: usize = 5;

/// What fires in an incident: each alert with what was seen, in a line of its own; that of the incident's own title without it.
pub(super) fn what_fires(telling: &Telling<'_>) -> String {
    let (data, locale, voice) = (telling.data, telling.locale, telling.voice());
    let of = |alert: &Value| {
        let (title, detail) = (voice.title(alert), voice.detail(alert));
        match (alert["title"] == data["incident"]["title"], detail.is_empty()) {
            (true, _) => detail,
            (false, true) => title,
            (false, false) => format!("{title}{}{detail}", words::colon(locale)),
        }
    };
    let mut lines: Vec<String> = data["alerts"].as_array().into_iter().flatten().map(of).filter(|line| !line.is_empty()).collect();
    let more = data["incident"]["alerts"].as_u64().and_then(|all| usize::try_from(all).ok()).unwrap_or(0);
    let listed = data["alerts"].as_array().map_or(0, Vec::len);
    if more > listed {
        lines.push(words::and_more(more - listed, locale));
    }
    lines.join("\n")
}

/// Alerts of a group that are named beside the first.
pub const BESIDE: usize = 20;

/// What a group tells of beside the alert that the message is about: some by their titles, in the order of the facts, which is ends first;
/// and how many more there are. An end that is told with what fires is called one.
pub(super) fn beside(telling: &Telling<'_>) -> (Vec<String>, usize) {
    let (data, locale) = (telling.data, telling.locale);
    let all = data["group"]["alerts"].as_u64().and_then(|all| usize::try_from(all).ok()).unwrap_or(0);
    if all < 2 {
        return (Vec::new(), 0);
    }
    let title = |alert: &Value| {
        let title = telling.voice().title(alert);
        if telling.event == Notify::AlertFiring && alert["status"] == "resolved" {
            format!("{}{}{title}", words::event(Notify::AlertResolved, locale), words::colon(locale))
        } else {
            title
        }
    };
    let others = data["alerts"].as_array().into_iter().flatten().filter(|alert| alert["id"] != data["alert"]["id"]);
    let named: Vec<String> = others.take(BESIDE).map(title).collect();
    let beyond = (all - 1).saturating_sub(named.len());
    (named, beyond)
}

impl Message {
    /// Takes in the messages of alerts that began or ended with the incident that this one tells of: names those that it does not name
    /// yet. `data` and `others` are the facts of all of them, and `zone` is that of the message.
    pub fn take_in(&mut self, data: &Value, others: &[&Value], speech: Speech, zone: &TimeZone) {
        let voice = Voice { locale: self.locale, speech, zone };
        let told: Vec<&Value> = data["alerts"].as_array().into_iter().flatten().map(|alert| &alert["id"]).collect();
        let alerts = others.iter().map(|other| &other["alert"]).filter(|alert| !told.contains(&&alert["id"]));
        let mut titles: Vec<String> = alerts.map(|alert| voice.title(alert)).collect();
        let more = titles.len().saturating_sub(NAMED);
        titles.truncate(NAMED);
        if more > 0 {
            titles.push(words::and_more(more, self.locale));
        }
        if !titles.is_empty() {
            self.facts.insert(0, (words::label(Label::Alerts, self.locale).to_owned(), titles.join(words::comma(self.locale))));
        }
    }
}
