//! What a message is about: the facts of an alert, an incident, an action, a notice or anything else, read one way.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::Value;

use super::{Telling, finding, joint::what_fires, words, words::Label};
use crate::{
    Timestamp,
    alerts::{Labels, RUNBOOK, Severity, in_language},
    changes::{NoGo, Verified},
    deliveries::Notify,
};

/// What a message is about.
pub(super) struct Subject {
    pub(super) title: String,
    pub(super) detail: String,
    state: String,
    number: String,
    pub(super) path: String,
    system: String,
    begun: Option<Timestamp>,
    over: Option<Timestamp>,
}

pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

fn names(value: &Value) -> Vec<String> {
    value.as_array().map(|all| all.iter().map(text).collect()).unwrap_or_default()
}

fn moment(value: &Value) -> Option<Timestamp> {
    Timestamp::parse_rfc3339(value.as_str()?)
}

impl Subject {
    pub(super) fn of(telling: &Telling<'_>) -> Self {
        let (data, locale, voice) = (telling.data, telling.locale, telling.voice());
        // Systems by name, or by key where an older notice holds keys only.
        let named = |system: &Value| Some(text(&system["name"])).filter(|name| !name.is_empty()).unwrap_or_else(|| text(system));
        let systems = data["systems"].as_array().map(|all| all.iter().map(named).filter(|name| !name.is_empty()).collect::<Vec<_>>());
        let systems = systems.unwrap_or_default().join(", ");
        let system = Some(text(&data["system"]["name"])).filter(|name| !name.is_empty()).unwrap_or(systems);
        if data["alert"].is_object() {
            let alert = &data["alert"];
            return Self {
                title: voice.title(alert),
                detail: voice.detail(alert),
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
            let incident = format!("#{} {}", text(&data["incident"]["number"]), voice.title(&data["incident"]));
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
                title: format!("#{number} {}", voice.title(incident)),
                detail: finding::under(what_fires(telling), telling),
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
                system: names(&notice["components"]).join(", "),
                begun: moment(&notice["began_at"]),
                over: moment(&notice["resolved_at"]),
            };
        }
        if data["work"].is_object() {
            let work = &data["work"];
            let wall = |at: &Value| moment(at).map(|at| at.wall(telling.zone)).unwrap_or_default();
            return Self {
                title: names(&work["components"]).join(words::comma(locale)),
                detail: format!("{} – {} {}", wall(&work["from"]), wall(&work["to"]), zone_name(telling.zone)),
                state: text(&work["state"]),
                number: String::new(),
                path: text(&data["page"]["path"]),
                system: String::new(),
                begun: None,
                over: None,
            };
        }
        if data["swap"].is_object() {
            return Self::of_swap(&data["swap"], telling);
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

    /// Of two shifts: who gives which one away.
    fn of_swap(swap: &Value, telling: &Telling<'_>) -> Self {
        let wall = |at: &Value| moment(at).map(|at| at.wall(telling.zone)).unwrap_or_default();
        let shift = |side: &Value| {
            let (gives, colon) = (words::gives(&text(&side["name"]), telling.locale), words::colon(telling.locale));
            format!("{gives}{colon}{} – {} {}", wall(&side["from"]), wall(&side["to"]), zone_name(telling.zone))
        };
        Self {
            title: text(&swap["schedule"]),
            detail: format!("{}\n{}", shift(&swap["gives"]), shift(&swap["takes"])),
            state: String::new(),
            number: String::new(),
            path: text(&swap["path"]),
            system: String::new(),
            begun: None,
            over: None,
        }
    }

    /// What the placeholders of templates stand for.
    pub(super) fn values(&self, telling: &Telling<'_>, severity: Option<Severity>) -> BTreeMap<String, String> {
        let data = telling.data;
        let mut values: BTreeMap<String, String> = [
            ("event", words::headline(telling.event, data, telling.locale).to_owned()),
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
        let told = telling.voice().spoken(&data["alert"]).annotations;
        values.extend(told.into_iter().map(|(name, value)| (format!("annotation.{name}"), value)));
        values
    }

    pub(super) fn facts(&self, telling: &Telling<'_>) -> Vec<(String, String)> {
        let (data, locale) = (telling.data, telling.locale);
        let wall = |at: Option<Timestamp>| at.map(|at| format!("{} {}", at.wall(telling.zone), zone_name(telling.zone)));
        let window = data["window"]["start"].as_str().map(|start| {
            let (end, zone) = (text(&data["window"]["end"]), text(&data["window"]["zone"]));
            format!("{} – {} {zone}", start.replace('T', " "), end.replace('T', " "))
        });
        let some = |text: String| (!text.is_empty()).then_some(text);
        // That nobody has begun the work is the headline, and nothing against it.
        let against = |why: &String| NoGo::parse(why).filter(|why| *why != NoGo::Unbegun);
        let against = names(&data["no_go"]).iter().filter_map(|why| Some(words::no_go(against(why)?, locale))).collect::<Vec<_>>();
        let page = &data["page"];
        // The alert's own runbook leads somewhere else; that of the system is a part of our page.
        let own = Labels::deserialize(&data["alert"]["annotations"]).unwrap_or_default();
        let own = in_language(&own, locale).remove(RUNBOOK).unwrap_or_default();
        let runbook = [text(&data["runbook"]["url"]), own];
        let runbook = runbook.into_iter().find(|url| url.starts_with("https://") || url.starts_with("http://"));
        [
            (if telling.event.is_of_status() { Label::Concerns } else { Label::System }, some(self.system.clone())),
            (Label::Since, wall(self.begun)),
            (Label::Until, wall(self.over)),
            (Label::Window, window),
            (Label::Verdict, data["verdict"].as_str().and_then(Verified::parse).map(|verdict| words::verdict(verdict, locale).to_owned())),
            (Label::Brought, some(text(&data["deployment"]["label"]))),
            (Label::Against, some(against.join(words::comma(locale)))),
            (Label::Left, (data["left"] == "close").then(|| words::close_it(locale).to_owned())),
            (Label::Proposed, (data["proposal"] == "rollback").then(|| words::roll_back(locale).to_owned())),
            (Label::Runbook, runbook),
            (Label::Policy, some(words::step(&text(&page["policy"]), &text(&page["step"]), locale))),
            (Label::Paged, some(names(&page["called"]).join(words::comma(locale)))),
            (Label::Unanswered, some(names(&page["before"]).join(words::comma(locale)))),
            (Label::MayStart, some(names(&data["may_start"]).join(words::comma(locale)))),
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
