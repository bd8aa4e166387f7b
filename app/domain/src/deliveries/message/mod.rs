//! What a notice says to people: one [`Message`] in the language of the channel, made of the facts alone; every kind of
//! channel renders it in the form that it reads.
//!
//! **Architecture invariant:** whatever comes from facts is text. Each form escapes it, so that a name with markup in it
//! is shown as it is written, and mentions nobody.

mod alertmanager;
mod cards;
mod finding;
mod joint;
mod markup;
mod said;
mod subject;
mod template;
mod words;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::{
    Timestamp,
    alerts::Severity,
    deliveries::Notify,
    people::Locale,
    status::{NoticeState, WorkState},
};
pub use alertmanager::alertmanager;
pub use cards::{feishu, slack, teams};
pub use joint::BESIDE;
pub use markup::{dingtalk, html, plain, push, telegram, wecom};
use subject::{Subject, text};
pub use template::{PLACEHOLDERS, Template};
use words::Label;

/// How good or bad it is: a colour, beside the word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Something is wrong.
    Bad,
    /// It is well again.
    Good,
    /// Neither.
    Plain,
}

/// What somebody reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Idempotency key of the notice.
    pub key: String,
    /// What happened.
    pub event: Notify,
    /// How good or bad it is.
    pub tone: Tone,
    /// How bad, where the facts say so.
    pub severity: Option<Severity>,
    /// One line.
    pub title: String,
    /// Sentences; may be empty.
    pub text: String,
    /// Words and values.
    pub facts: Vec<(String, String)>,
    /// Other messages that this one stands for, and other alerts of its group, by their titles.
    pub also: Vec<String>,
    /// How many more of them there are that are not named.
    pub beyond: usize,
    /// The page about it, as a whole URL.
    pub link: Option<String>,
    /// Where the reader can acknowledge, as a whole URL.
    pub acknowledge: Option<String>,
    /// Where the reader can have it stopped, as a whole URL.
    pub unsubscribe: Option<String>,
    /// The language.
    pub locale: Locale,
}

/// How lines of our own, which facts hold in English, are said in another language. The words stand with those of the pages.
#[derive(Debug, Clone, Copy)]
pub struct Speech {
    /// The title of an alert, or of the incident that it opened.
    pub title: fn(Locale, &str) -> String,
    /// What was seen of a condition.
    pub detail: fn(Locale, &str) -> String,
}

impl Default for Speech {
    fn default() -> Self {
        Self { title: |_, line| line.to_owned(), detail: |_, line| line.to_owned() }
    }
}

impl Speech {
    /// In English everything stays as it is written.
    fn title(self, locale: Locale, value: &Value) -> String {
        let line = text(value);
        if locale == Locale::En { line } else { (self.title)(locale, &line) }
    }

    fn detail(self, locale: Locale, value: &Value) -> String {
        let line = text(value);
        if locale == Locale::En { line } else { (self.detail)(locale, &line) }
    }
}

/// What a message is made of.
pub struct Telling<'a> {
    /// What happened.
    pub event: Notify,
    /// Idempotency key.
    pub key: &'a str,
    /// When it was written.
    pub at: Timestamp,
    /// The facts: `data` of the stored message.
    pub data: &'a Value,
    /// Name of the channel.
    pub channel: &'a str,
    /// Language to say it in.
    pub locale: Locale,
    /// How it says lines of our own.
    pub speech: Speech,
    /// Zone in which times are said.
    pub zone: &'a TimeZone,
    /// How people reach the portal, without a slash at the end.
    pub base: &'a str,
    /// Path of the page on which this reader can acknowledge.
    pub acknowledge: Option<&'a str>,
    /// Path of the page on which this reader can have it stopped.
    pub unsubscribe: Option<&'a str>,
    /// The channel's own title and text, where it has them.
    pub title: Option<&'a Template>,
    /// The channel's own text.
    pub body: Option<&'a Template>,
}

/// How bad what is told is, where the facts say so.
pub fn severity(data: &Value) -> Option<Severity> {
    ["alert", "incident"].iter().find_map(|noun| Severity::parse(data[*noun]["severity"].as_str()?))
}

impl Message {
    /// The message of a notice.
    pub fn of(telling: &Telling<'_>) -> Self {
        let (data, locale) = (telling.data, telling.locale);
        let subject = Subject::of(telling);
        let severity = severity(data);
        let mut values = subject.values(telling, severity);
        // Customers know the page, not our words for what happens.
        let page = data["page"]["title"].as_str().filter(|_| telling.event.is_of_status());
        let state = data["notice"]["state"].as_str().and_then(NoticeState::parse).map(|state| words::standing(state, locale));
        let work = data["work"]["state"].as_str().and_then(WorkState::parse).map(|state| words::work(state, locale));
        let head = page.unwrap_or_else(|| words::headline(telling.event, data, locale));
        let usual = [severity.map(Severity::name), Some(head), state.or(work)];
        let usual = usual.into_iter().flatten().collect::<Vec<_>>().join(" · ");
        let usual = format!("{usual}{}{}", words::colon(locale), subject.title);
        let title = telling.title.map(|template| template.fill(&values)).filter(|title| !title.is_empty()).unwrap_or(usual);
        let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
        let link = (!subject.path.is_empty()).then(|| format!("{}{}", telling.base, subject.path));
        values.insert("link".to_owned(), link.clone().unwrap_or_default());
        let (also, beyond) = joint::beside(telling);
        let (text, facts) = match telling.body {
            Some(template) => (template.fill(&values), Vec::new()),
            None => (subject.detail.clone(), subject.facts(telling)),
        };
        Self {
            key: telling.key.to_owned(),
            event: telling.event,
            tone: Tone::of(telling.event, data),
            severity,
            title: cut(&title, 300),
            text: cut(&text, 6_000),
            facts,
            also,
            beyond,
            link,
            acknowledge: telling.acknowledge.map(|path| format!("{}{path}", telling.base)),
            unsubscribe: telling.unsubscribe.map(|path| format!("{}{path}", telling.base)),
            locale,
        }
    }

    /// `and 3 more`, where it stands for others too.
    pub fn more(&self) -> Option<String> {
        let count = self.also.len() + self.beyond;
        (count > 0).then(|| words::and_more(count, self.locale))
    }

    /// What stands on the button that opens the page.
    fn open(&self) -> &'static str {
        words::label(if self.event.is_of_status() { Label::OpenStatus } else { Label::Open }, self.locale)
    }

    /// What stands on the button that acknowledges.
    fn acknowledging(&self) -> &'static str {
        let label = match self.event {
            event if event.is_of_status() => Label::Confirm,
            Notify::ChangePending => Label::Approve,
            _ => Label::Acknowledge,
        };
        words::label(label, self.locale)
    }

    /// What stands on the link that has it stopped.
    fn unsubscribing(&self) -> &'static str {
        words::label(Label::Unsubscribe, self.locale)
    }
}

/// The text, at most so many characters, the last of them an ellipsis where it was longer.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// The text, at most so many bytes.
fn cut_bytes(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let mut end = most.saturating_sub('…'.len_utf8());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end])
}

/// Facts to look at a template with.
pub fn sample(event: Notify) -> Value {
    let incident = json!({
        "id": "0193f2a0-7b1c-7def-8abc-0123456789ab", "number": 214, "title": "gateway is down", "severity": "P1", "state": "triage",
        "opened_at": "2025-03-14T06:05:30.000Z", "path": "/incidents/214",
    });
    match event {
        Notify::AlertFiring | Notify::AlertResolved => json!({
            "alert": {
                "id": "0193f2a0-7b1c-7def-8abc-0123456789ab", "title": "gateway is down", "detail": "status 503, expected 200", "severity": "P1",
                "state": if event == Notify::AlertFiring { "firing" } else { "resolved" }, "started_at": "2025-03-14T06:05:30.000Z",
                "labels": { "instance": "gw-1" }, "annotations": { "summary": "Payments fail" }, "path": "/alerts/0193f2a0-7b1c-7def-8abc-0123456789ab",
            },
            "system": { "name": "gateway" },
        }),
        Notify::IncidentOpened | Notify::IncidentReopened | Notify::IncidentResolved => json!({ "incident": incident }),
        Notify::Page => json!({
            "page": { "run": "r", "step": 2, "policy": "Payments", "called": ["Wei"], "before": ["Lena"] }, "incident": incident,
            "alerts": [{ "title": "gateway is down", "detail": "status 503, expected 200" }], "systems": [{ "name": "gateway" }],
            "runbook": { "url": "https://ops.example.org/incidents/214#incident-runbook" },
        }),
        Notify::SwapOffered | Notify::SwapAccepted | Notify::SwapDeclined | Notify::SwapWithdrawn => json!({
            "swap": {
                "schedule": "Primary", "path": "/oncall/schedules/0193f2a0-7b1c-7def-8abc-0123456789ab#swaps",
                "gives": { "name": "Wei", "from": "2025-03-17T01:00:00.000Z", "to": "2025-03-24T01:00:00.000Z" },
                "takes": { "name": "Lena", "from": "2025-03-24T01:00:00.000Z", "to": "2025-03-31T01:00:00.000Z" },
            },
            "actor": "Wei",
        }),
        Notify::Test => json!({}),
        Notify::Verify => json!({ "code": "123456" }),
        Notify::StatusConfirm => json!({ "page": { "title": "Payments" } }),
        Notify::StatusNotice => json!({
            "page": { "title": "Payments", "path": "/status/payments" },
            "notice": {
                "title": "Some card payments fail", "state": "identified", "text": "We mend it.", "components": ["Card payments"],
                "began_at": "2025-03-14T06:05:30.000Z", "resolved_at": null,
            },
        }),
        _ => {
            json!({ "number": "CHG-12", "title": "Gateway 2.4", "state": "pending", "systems": [{ "key": "gateway", "name": "gateway" }], "path": "/changes/12" })
        }
    }
}

#[cfg(test)]
mod tests;
