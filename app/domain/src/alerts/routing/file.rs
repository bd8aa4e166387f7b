//! The file, as it is written, and what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::{GROUP_INTERVAL, GROUP_WAIT, GroupBy, Inhibition, Manners, REPEAT_INTERVAL, RESOLVE_TIMEOUT, Receiver, Route, Routing};
use crate::{
    alerts::{
        Matcher, TimeInterval,
        interval::Written,
        matcher::{Op, parse_matchers, print_matchers},
        silence::read_duration,
    },
    blank::{named, usual},
};

/// What is wrong: where, and what would be right.
pub type Wrong = String;

/// The file as a whole.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// `resolve_timeout`; and of Alertmanager the addresses and secrets of its integrations.
    #[serde(default, deserialize_with = "usual")]
    pub global: BTreeMap<String, Value>,
    /// Files with templates: Alertmanager only.
    #[serde(default, deserialize_with = "usual")]
    pub templates: Vec<String>,
    /// The tree.
    pub route: RouteEntry,
    /// Receivers.
    #[serde(default, deserialize_with = "usual")]
    pub receivers: Vec<ReceiverEntry>,
    /// Inhibition rules.
    #[serde(default, deserialize_with = "usual")]
    pub inhibit_rules: Vec<InhibitEntry>,
    /// Named intervals.
    #[serde(default, deserialize_with = "usual")]
    pub time_intervals: Vec<IntervalEntry>,
    /// The same under an older name.
    #[serde(default, deserialize_with = "usual")]
    pub mute_time_intervals: Vec<IntervalEntry>,
    /// What else keeps an alert quiet: ours only.
    #[serde(default, deserialize_with = "usual")]
    pub suppress: SuppressEntry,
}

/// A route.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RouteEntry {
    receiver: Option<String>,
    group_by: Option<Vec<String>>,
    r#continue: bool,
    #[serde(deserialize_with = "named")]
    r#match: BTreeMap<String, String>,
    #[serde(deserialize_with = "named")]
    match_re: BTreeMap<String, String>,
    #[serde(deserialize_with = "usual")]
    matchers: Vec<String>,
    group_wait: Option<String>,
    group_interval: Option<String>,
    repeat_interval: Option<String>,
    #[serde(deserialize_with = "usual")]
    mute_time_intervals: Vec<String>,
    #[serde(deserialize_with = "usual")]
    active_time_intervals: Vec<String>,
    #[serde(deserialize_with = "usual")]
    routes: Vec<RouteEntry>,
}

/// A receiver.
#[derive(Debug, Clone, Deserialize)]
pub struct ReceiverEntry {
    /// Its name.
    pub name: String,
    /// Names or ids of channels.
    #[serde(default, deserialize_with = "usual")]
    pub channels: Vec<String>,
    /// Also whoever hears the team of the alert.
    #[serde(default)]
    pub team: bool,
    /// Whether it hears that something is over; yes where nothing is said.
    #[serde(default)]
    pub send_resolved: Option<bool>,
    /// What else stands there: `webhook_configs` and the like of Alertmanager.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

/// An inhibition rule.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InhibitEntry {
    name: Option<String>,
    #[serde(deserialize_with = "named")]
    source_match: BTreeMap<String, String>,
    #[serde(deserialize_with = "named")]
    source_match_re: BTreeMap<String, String>,
    #[serde(deserialize_with = "usual")]
    source_matchers: Vec<String>,
    #[serde(deserialize_with = "named")]
    target_match: BTreeMap<String, String>,
    #[serde(deserialize_with = "named")]
    target_match_re: BTreeMap<String, String>,
    #[serde(deserialize_with = "usual")]
    target_matchers: Vec<String>,
    #[serde(deserialize_with = "usual")]
    equal: Vec<String>,
}

/// A named interval.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntervalEntry {
    name: String,
    #[serde(default, deserialize_with = "usual")]
    time_intervals: Vec<Written>,
}

/// What else keeps an alert quiet.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SuppressEntry {
    dependents: Option<bool>,
    changes: Option<bool>,
    flapping: Option<bool>,
}

/// Nodes of a tree and its depth: more is no tree that anybody reads.
const MOST_ROUTES: usize = 2_000;
const DEEPEST: usize = 16;

struct Reader<'a> {
    wrong: Vec<Wrong>,
    receivers: BTreeSet<&'a str>,
    intervals: BTreeSet<String>,
    routes: usize,
}

/// What a route has from its parent.
struct Above {
    receiver: String,
    group_by: GroupBy,
    wait: i64,
    interval: i64,
    repeat: i64,
    key: String,
    depth: usize,
}

impl File {
    /// What it means, or everything that is wrong with it.
    pub fn read(&self) -> Result<Routing, Vec<Wrong>> {
        let mut reader = Reader { wrong: Vec::new(), receivers: BTreeSet::new(), intervals: BTreeSet::new(), routes: 0 };
        for (i, receiver) in self.receivers.iter().enumerate() {
            if receiver.name.trim().is_empty() || !reader.receivers.insert(&receiver.name) {
                reader.wrong.push(format!("receivers[{i}].name: \"{}\" is empty or there twice", receiver.name));
            }
            for name in receiver.other.keys() {
                reader.wrong.push(format!("receivers[{i}].{name}: expected channels, team or send_resolved"));
            }
        }
        let mut intervals: BTreeMap<String, Vec<TimeInterval>> = BTreeMap::new();
        for entry in self.time_intervals.iter().chain(&self.mute_time_intervals) {
            let read: Result<Vec<_>, _> = entry.time_intervals.iter().map(TimeInterval::read).collect();
            match read {
                Ok(_) if intervals.contains_key(&entry.name) => {
                    reader.wrong.push(format!("time_intervals: \"{}\" is there twice", entry.name));
                }
                Ok(read) => drop(intervals.insert(entry.name.clone(), read)),
                Err(text) => reader.wrong.push(format!("time_intervals \"{}\": {text} cannot be read", entry.name)),
            }
        }
        reader.intervals = intervals.keys().cloned().collect();
        if !reader.matchers(&self.route, "route").is_empty() {
            reader.wrong.push("route: the root matches everything and has no matchers".to_owned());
        }
        if self.route.receiver.is_none() {
            reader.wrong.push("route.receiver: the root names a receiver".to_owned());
        }
        if !self.route.mute_time_intervals.is_empty() || !self.route.active_time_intervals.is_empty() || self.route.r#continue {
            reader.wrong.push("route: the root has no time intervals and no continue".to_owned());
        }
        let above = Above {
            receiver: String::new(),
            group_by: GroupBy::Labels(Vec::new()),
            wait: GROUP_WAIT,
            interval: GROUP_INTERVAL,
            repeat: REPEAT_INTERVAL,
            key: String::new(),
            depth: 0,
        };
        let route = reader.route(&self.route, "route", &above);
        let inhibitions = self.inhibit_rules.iter().enumerate().map(|(i, entry)| reader.inhibition(entry, i)).collect();
        let resolve_timeout = match self.global.get("resolve_timeout") {
            None => RESOLVE_TIMEOUT,
            Some(value) => reader.duration(value.as_str(), "global.resolve_timeout", RESOLVE_TIMEOUT),
        };
        for name in self.global.keys().filter(|name| *name != "resolve_timeout") {
            reader.wrong.push(format!("global.{name}: expected resolve_timeout only"));
        }
        if !self.templates.is_empty() {
            reader.wrong.push("templates: channels have templates of their own".to_owned());
        }
        if !reader.wrong.is_empty() {
            return Err(reader.wrong);
        }
        let receivers = self.receivers.iter().map(|entry| Receiver {
            name: entry.name.clone(),
            channels: entry.channels.clone(),
            team: entry.team,
            send_resolved: entry.send_resolved.unwrap_or(true),
        });
        let usual = Manners::default();
        Ok(Routing {
            resolve_timeout,
            route,
            receivers: receivers.collect(),
            inhibitions,
            intervals,
            manners: Manners {
                dependents: self.suppress.dependents.unwrap_or(usual.dependents),
                changes: self.suppress.changes.unwrap_or(usual.changes),
                flapping: self.suppress.flapping.unwrap_or(usual.flapping),
            },
            standing: false,
        })
    }
}

impl Reader<'_> {
    fn duration(&mut self, text: Option<&str>, place: &str, usual: i64) -> i64 {
        text.and_then(read_duration).unwrap_or_else(|| {
            self.wrong.push(format!("{place}: expected a duration such as 30s, 5m, 4h"));
            usual
        })
    }

    fn older(&mut self, plain: &BTreeMap<String, String>, expressions: &BTreeMap<String, String>, place: &str) -> Vec<Matcher> {
        let plain = plain.iter().map(|(name, value)| Matcher::new(name, Op::Equal, value));
        let expressions = expressions.iter().map(|(name, value)| Matcher::new(name, Op::Regex, value));
        let mut found = Vec::new();
        for matcher in plain.chain(expressions) {
            match matcher {
                Ok(matcher) => found.push(matcher),
                Err(why) => self.wrong.push(format!("{place}: {why}")),
            }
        }
        found
    }

    fn newer(&mut self, texts: &[String], place: &str) -> Vec<Matcher> {
        let mut found = Vec::new();
        for text in texts {
            match parse_matchers(text) {
                Ok(matchers) => found.extend(matchers),
                Err(why) => self.wrong.push(format!("{place}: {why}")),
            }
        }
        found
    }

    fn matchers(&mut self, entry: &RouteEntry, place: &str) -> Vec<Matcher> {
        let mut matchers = self.older(&entry.r#match, &entry.match_re, place);
        matchers.extend(self.newer(&entry.matchers, place));
        matchers.sort_by(|a, b| (a.name(), a.op(), a.value()).cmp(&(b.name(), b.op(), b.value())));
        matchers
    }

    fn route(&mut self, entry: &RouteEntry, place: &str, above: &Above) -> Route {
        self.routes += 1;
        let matchers = if above.depth == 0 { Vec::new() } else { self.matchers(entry, place) };
        let receiver = entry.receiver.clone().unwrap_or_else(|| above.receiver.clone());
        if !receiver.is_empty() && !self.receivers.contains(receiver.as_str()) {
            self.wrong.push(format!("{place}.receiver: \"{receiver}\" is none of the receivers"));
        }
        for name in entry.mute_time_intervals.iter().chain(&entry.active_time_intervals) {
            if !self.intervals.contains(name) {
                self.wrong.push(format!("{place}: \"{name}\" is none of the time_intervals"));
            }
        }
        let group_by = match &entry.group_by {
            None => above.group_by.clone(),
            Some(names) if names.iter().any(|name| name == "...") => {
                if names.len() > 1 {
                    self.wrong.push(format!("{place}.group_by: ... stands alone"));
                }
                GroupBy::All
            }
            Some(names) => GroupBy::Labels(names.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect()),
        };
        let mut time = |text: &Option<String>, name: &str, usual: i64| match text {
            None => usual,
            Some(text) => self.duration(Some(text), &format!("{place}.{name}"), usual),
        };
        let wait = time(&entry.group_wait, "group_wait", above.wait);
        let interval = time(&entry.group_interval, "group_interval", above.interval);
        let repeat = time(&entry.repeat_interval, "repeat_interval", above.repeat);
        if interval == 0 || repeat == 0 {
            self.wrong.push(format!("{place}: group_interval and repeat_interval are more than 0"));
        }
        let own = print_matchers(&matchers);
        let key = if above.depth == 0 { own } else { format!("{}/{own}", above.key) };
        let here = Above {
            receiver: receiver.clone(),
            group_by: group_by.clone(),
            wait,
            interval,
            repeat,
            key: key.clone(),
            depth: above.depth + 1,
        };
        let mut routes = Vec::new();
        if here.depth > DEEPEST && !entry.routes.is_empty() || self.routes > MOST_ROUTES {
            self.wrong.push(format!("{place}: at most {DEEPEST} deep and {MOST_ROUTES} in all"));
        } else {
            for (i, child) in entry.routes.iter().enumerate() {
                routes.push(self.route(child, &format!("{place}.routes[{i}]"), &here));
            }
        }
        Route {
            place: place.to_owned(),
            key,
            receiver,
            matchers,
            goes_on: entry.r#continue,
            group_by,
            group_wait: wait,
            group_interval: interval,
            repeat_interval: repeat,
            mute: entry.mute_time_intervals.clone(),
            active: entry.active_time_intervals.clone(),
            routes,
        }
    }

    fn inhibition(&mut self, entry: &InhibitEntry, i: usize) -> Inhibition {
        let place = format!("inhibit_rules[{i}]");
        let mut source = self.older(&entry.source_match, &entry.source_match_re, &place);
        source.extend(self.newer(&entry.source_matchers, &place));
        let mut target = self.older(&entry.target_match, &entry.target_match_re, &place);
        target.extend(self.newer(&entry.target_matchers, &place));
        if source.is_empty() && target.is_empty() {
            self.wrong.push(format!("{place}: expected source_matchers and target_matchers"));
        }
        Inhibition { name: entry.name.clone().unwrap_or(place), source, target, equal: entry.equal.clone() }
    }
}
