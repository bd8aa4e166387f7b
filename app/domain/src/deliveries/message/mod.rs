//! What a notice says to people: one [`Message`] in the language of the channel, made of the facts alone; every kind of
//! channel renders it in the form that it reads.
//!
//! **Architecture invariant:** whatever comes from facts is text. Each form escapes it, so that a name with markup in it
//! is shown as it is written, and mentions nobody.

mod alertmanager;
mod cards;
mod finding;
mod markup;
mod template;
mod words;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::{Timestamp, alerts::Severity, deliveries::Notify, people::Locale, status::NoticeState};
pub use alertmanager::alertmanager;
pub use cards::{feishu, slack, teams};
pub use markup::{dingtalk, html, plain, push, telegram, wecom};
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
    /// Other messages that this one stands for, by their titles.
    pub also: Vec<String>,
    /// The page about it, as a whole URL.
    pub link: Option<String>,
    /// Where the reader can acknowledge, as a whole URL.
    pub acknowledge: Option<String>,
    /// Where the reader can have it stopped, as a whole URL.
    pub unsubscribe: Option<String>,
    /// The language.
    pub locale: Locale,
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
        let head = page.unwrap_or_else(|| words::event(telling.event, locale));
        let usual = [severity.map(Severity::name), Some(head), state];
        let usual = usual.into_iter().flatten().collect::<Vec<_>>().join(" · ");
        let usual = format!("{usual}{}{}", words::colon(locale), subject.title);
        let title = telling.title.map(|template| template.fill(&values)).filter(|title| !title.is_empty()).unwrap_or(usual);
        let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
        let link = (!subject.path.is_empty()).then(|| format!("{}{}", telling.base, subject.path));
        values.insert("link".to_owned(), link.clone().unwrap_or_default());
        let (text, facts) = match telling.body {
            Some(template) => (template.fill(&values), Vec::new()),
            None => (subject.detail.clone(), subject.facts(telling)),
        };
        Self {
            key: telling.key.to_owned(),
            event: telling.event,
            tone: Tone::of(telling.event),
            severity,
            title: cut(&title, 300),
            text: cut(&text, 6_000),
            facts,
            also: Vec::new(),
            link,
            acknowledge: telling.acknowledge.map(|path| format!("{}{path}", telling.base)),
            unsubscribe: telling.unsubscribe.map(|path| format!("{}{path}", telling.base)),
            locale,
        }
    }

    /// `and 3 more`, where it stands for others too.
    pub fn more(&self) -> Option<String> {
        (!self.also.is_empty()).then(|| words::and_more(self.also.len(), self.locale))
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

/// What a message is about.
struct Subject {
    title: String,
    detail: String,
    state: String,
    number: String,
    path: String,
    system: String,
    begun: Option<Timestamp>,
    over: Option<Timestamp>,
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// What fires in an incident: each alert with what was seen, in a line of its own; that of the incident's own title without it.
fn what_fires(data: &Value, locale: Locale) -> String {
    let of = |alert: &Value| {
        let (title, detail) = (text(&alert["title"]), text(&alert["detail"]));
        match (title == text(&data["incident"]["title"]), detail.is_empty()) {
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

fn moment(value: &Value) -> Option<Timestamp> {
    Timestamp::parse_rfc3339(value.as_str()?)
}

impl Subject {
    fn of(telling: &Telling<'_>) -> Self {
        let data = telling.data;
        // Systems by name, or by key where an older notice holds keys only.
        let named = |system: &Value| Some(text(&system["name"])).filter(|name| !name.is_empty()).unwrap_or_else(|| text(system));
        let systems = data["systems"].as_array().map(|all| all.iter().map(named).filter(|name| !name.is_empty()).collect::<Vec<_>>());
        let systems = systems.unwrap_or_default().join(", ");
        let system = Some(text(&data["system"]["name"])).filter(|name| !name.is_empty()).unwrap_or(systems);
        if data["alert"].is_object() {
            let alert = &data["alert"];
            return Self {
                title: text(&alert["title"]),
                detail: text(&alert["detail"]),
                state: text(&alert["state"]),
                number: String::new(),
                path: text(&alert["path"]),
                system,
                begun: moment(&alert["started_at"]),
                over: moment(&alert["resolved_at"]),
            };
        }
        if data["action"].is_object() {
            let action = &data["action"];
            let incident = format!("#{} {}", text(&data["incident"]["number"]), text(&data["incident"]["title"]));
            return Self {
                title: text(&action["text"]),
                detail: incident,
                state: String::new(),
                number: String::new(),
                path: text(&action["path"]),
                system,
                begun: None,
                over: moment(&action["due_at"]),
            };
        }
        if data["incident"].is_object() {
            let incident = &data["incident"];
            let number = text(&incident["number"]);
            return Self {
                title: format!("#{number} {}", text(&incident["title"])),
                detail: finding::under(what_fires(data, telling.locale), telling),
                state: text(&incident["state"]),
                path: text(&incident["path"]),
                number,
                system,
                begun: moment(&incident["began_at"]).or_else(|| moment(&incident["opened_at"])),
                over: moment(&incident["resolved_at"]),
            };
        }
        if data["notice"].is_object() {
            let notice = &data["notice"];
            return Self {
                title: text(&notice["title"]),
                detail: text(&notice["text"]),
                state: text(&notice["state"]),
                number: String::new(),
                path: text(&data["page"]["path"]),
                system: notice["components"].as_array().map(|all| all.iter().map(text).collect::<Vec<_>>().join(", ")).unwrap_or_default(),
                begun: moment(&notice["began_at"]),
                over: moment(&notice["resolved_at"]),
            };
        }
        let number = text(&data["number"]);
        let title = match telling.event {
            Notify::Test => telling.channel.to_owned(),
            Notify::Verify => text(&data["code"]),
            Notify::StatusConfirm => words::event(telling.event, telling.locale).to_owned(),
            _ => [number.as_str(), &text(&data["title"])].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" "),
        };
        let detail = match telling.event {
            Notify::Test => words::label(Label::Test, telling.locale).to_owned(),
            Notify::Verify => words::label(Label::Code, telling.locale).to_owned(),
            Notify::StatusConfirm => words::label(Label::Confirmation, telling.locale).to_owned(),
            _ => text(&data["detail"]),
        };
        let path = Some(text(&data["path"])).filter(|path| !path.is_empty()).unwrap_or_else(|| text(&data["url"]));
        let path = if path.starts_with('/') { path } else { String::new() };
        Self { title, detail, state: text(&data["state"]), number, path, system, begun: None, over: None }
    }

    /// What the placeholders of templates stand for.
    fn values(&self, telling: &Telling<'_>, severity: Option<Severity>) -> BTreeMap<String, String> {
        let data = telling.data;
        let mut values: BTreeMap<String, String> = [
            ("event", words::event(telling.event, telling.locale).to_owned()),
            ("severity", severity.map(|s| s.name().to_owned()).unwrap_or_default()),
            ("title", self.title.clone()),
            ("detail", self.detail.clone()),
            ("system", self.system.clone()),
            ("state", self.state.clone()),
            ("number", self.number.clone()),
            ("time", self.begun.unwrap_or(telling.at).wall(telling.zone)),
            ("channel", telling.channel.to_owned()),
            ("policy", text(&data["page"]["policy"])),
            ("step", text(&data["page"]["step"])),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        for (prefix, noun) in [("label", "labels"), ("annotation", "annotations")] {
            for (name, value) in data["alert"][noun].as_object().into_iter().flatten() {
                values.insert(format!("{prefix}.{name}"), text(value));
            }
        }
        values
    }

    fn facts(&self, telling: &Telling<'_>) -> Vec<(String, String)> {
        let (data, locale) = (telling.data, telling.locale);
        let wall = |at: Option<Timestamp>| at.map(|at| format!("{} {}", at.wall(telling.zone), zone_name(telling.zone)));
        let window = data["window"]["start"].as_str().map(|start| {
            let (end, zone) = (text(&data["window"]["end"]), text(&data["window"]["zone"]));
            format!("{} – {} {zone}", start.replace('T', " "), end.replace('T', " "))
        });
        let some = |text: String| (!text.is_empty()).then_some(text);
        let names = |value: &Value| value.as_array().map(|all| all.iter().map(text).collect::<Vec<_>>().join(words::comma(locale)));
        let page = &data["page"];
        // The alert's own runbook leads somewhere else; that of the system is a part of our page.
        let runbook = [&data["runbook"]["url"], &data["alert"]["annotations"]["runbook_url"]].map(text);
        let runbook = runbook.into_iter().find(|url| url.starts_with("https://") || url.starts_with("http://"));
        [
            (if telling.event.is_of_status() { Label::Concerns } else { Label::System }, some(self.system.clone())),
            (Label::Since, wall(self.begun)),
            (Label::Until, wall(self.over)),
            (Label::Window, window),
            (Label::Runbook, runbook),
            (Label::Policy, some(words::step(&text(&page["policy"]), &text(&page["step"]), locale))),
            (Label::Paged, names(&page["called"]).and_then(some)),
            (Label::Unanswered, names(&page["before"]).and_then(some)),
            (Label::Requester, some(text(&data["requester"]["name"]))),
            (Label::By, some(text(&data["actor"])).or_else(|| some(text(&data["by"])))),
        ]
        .into_iter()
        .filter_map(|(label, value)| Some((words::label(label, locale).to_owned(), value?)))
        .collect()
    }
}

fn zone_name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("UTC")
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
