//! Routing: who is told of which alerts, together with which others, and what keeps them quiet.
//!
//! It is written as `alertmanager.yml` is; receivers name channels of the portal. Without a file there is [`Routing::standing`]:
//! the team of every alert hears of it at once, one by one.

mod carry;
mod file;
mod report;
mod tree;

use std::collections::BTreeMap;

use super::{Labels, Matcher, TimeInterval, matcher::all_match};
use crate::{
    Timestamp,
    time::{HOUR, MINUTE, SECOND},
};
pub use carry::{Carried, Needed, carry, is_routing};
pub use file::{File, ReceiverEntry, Wrong};
pub use report::{Line, Report};
pub use tree::{Considered, Verdict};

/// What alerts are grouped by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupBy {
    /// Every alert is a group of its own: `['...']`.
    All,
    /// These labels.
    Labels(Vec<String>),
}

/// A node of the tree, with everything that it has from its parents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Where it stands: `route`, `route.routes[0]`.
    pub place: String,
    /// The matchers on the way to it: the first half of the key of its groups.
    pub key: String,
    /// Name of the receiver.
    pub receiver: String,
    /// What the labels must satisfy.
    pub matchers: Vec<Matcher>,
    /// Whether its siblings are asked too after it has matched.
    pub goes_on: bool,
    /// What its alerts are grouped by.
    pub group_by: GroupBy,
    /// How long a new group waits for more, in milliseconds.
    pub group_wait: i64,
    /// How long after a notification a changed group may be told again.
    pub group_interval: i64,
    /// How long after a notification an unchanged group is told again; 0 for never.
    pub repeat_interval: i64,
    /// Names of intervals in which it is mute.
    pub mute: Vec<String>,
    /// Names of intervals outside of which it is mute.
    pub active: Vec<String>,
    /// Its children.
    pub routes: Vec<Route>,
}

/// A named set of channels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receiver {
    /// Its name.
    pub name: String,
    /// Names or ids of channels.
    pub channels: Vec<String>,
    /// Also the channels that hear the team of the alert.
    pub team: bool,
    /// Whether it hears that something is over.
    pub send_resolved: bool,
}

/// What is quiet while something else fires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inhibition {
    /// Its name, or where it stands.
    pub name: String,
    /// What the one that fires satisfies.
    pub source: Vec<Matcher>,
    /// What is kept quiet satisfies.
    pub target: Vec<Matcher>,
    /// Labels that both have alike.
    pub equal: Vec<String>,
}

/// What else keeps an alert quiet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manners {
    /// What a system needs is down: its own alerts tell nobody.
    pub dependents: bool,
    /// A change is being carried out on the system, or on one that it needs, and the time for it is not over.
    pub changes: bool,
    /// What comes and goes too often waits until it stays.
    pub flapping: bool,
}

impl Default for Manners {
    fn default() -> Self {
        Self { dependents: true, changes: true, flapping: true }
    }
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routing {
    /// When an alert without an end counts as over, if nobody repeats it. Milliseconds.
    pub resolve_timeout: i64,
    /// The root of the tree; it matches everything.
    pub route: Route,
    /// Receivers.
    pub receivers: Vec<Receiver>,
    /// Inhibition rules.
    pub inhibitions: Vec<Inhibition>,
    /// Named intervals.
    pub intervals: BTreeMap<String, Vec<TimeInterval>>,
    /// What else keeps an alert quiet.
    pub manners: Manners,
    /// Whether nobody wrote anything: every alert is told by itself, at once, to whoever hears its team.
    pub standing: bool,
}

/// What Alertmanager takes where nothing is said, in milliseconds.
pub const GROUP_WAIT: i64 = 30 * SECOND;
/// The same for `group_interval`.
pub const GROUP_INTERVAL: i64 = 5 * MINUTE;
/// The same for `repeat_interval`.
pub const REPEAT_INTERVAL: i64 = 4 * HOUR;
/// The same for `resolve_timeout`.
pub const RESOLVE_TIMEOUT: i64 = 5 * MINUTE;

impl Receiver {
    /// Whether it is there so that nobody is told: the `null` or `blackhole` of many files.
    pub fn tells_nobody(&self) -> bool {
        self.channels.is_empty() && !self.team
    }
}

impl Routing {
    /// What holds where nobody wrote anything.
    pub fn standing() -> Self {
        let receiver = Receiver { name: "team".into(), channels: Vec::new(), team: true, send_resolved: true };
        let route = Route {
            place: "route".into(),
            key: "{}".into(),
            receiver: receiver.name.clone(),
            matchers: Vec::new(),
            goes_on: false,
            group_by: GroupBy::All,
            group_wait: 0,
            // How often it is asked whether what kept it quiet is over.
            group_interval: 10 * SECOND,
            repeat_interval: 0,
            mute: Vec::new(),
            active: Vec::new(),
            routes: Vec::new(),
        };
        Self {
            resolve_timeout: RESOLVE_TIMEOUT,
            route,
            receivers: vec![receiver],
            inhibitions: Vec::new(),
            intervals: BTreeMap::new(),
            manners: Manners::default(),
            standing: true,
        }
    }

    /// A receiver by its name.
    pub fn receiver(&self, name: &str) -> Option<&Receiver> {
        self.receivers.iter().find(|receiver| receiver.name == name)
    }

    /// The name of the interval that keeps a route mute now, if one does; `active` where none of its active ones holds.
    pub fn mute_by(&self, mute: &[String], active: &[String], now: Timestamp) -> Option<String> {
        let holds = |name: &String| self.intervals.get(name).is_some_and(|all| all.iter().any(|interval| interval.contains(now)));
        if let Some(name) = mute.iter().find(|name| holds(name)) {
            return Some(name.clone());
        }
        (!active.is_empty() && !active.iter().any(holds)).then(|| active.join(", "))
    }
}

impl Route {
    /// The labels that make the group of an alert.
    pub fn group_labels(&self, labels: &Labels) -> Labels {
        match &self.group_by {
            GroupBy::All => labels.clone(),
            GroupBy::Labels(names) => names.iter().filter_map(|name| labels.get(name).map(|value| (name.clone(), value.clone()))).collect(),
        }
    }
}

impl Inhibition {
    /// Whether an alert that fires with these labels keeps one with those quiet. What is both a source and a target does not
    /// keep itself or its like quiet.
    pub fn keeps_quiet(&self, source: &Labels, target: &Labels) -> bool {
        all_match(&self.target, target)
            && all_match(&self.source, source)
            && self.equal.iter().all(|name| source.get(name).map_or("", String::as_str) == target.get(name).map_or("", String::as_str))
            && !(all_match(&self.source, target) && all_match(&self.target, source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::matcher::parse_matchers;

    fn labels(text: &str) -> Labels {
        text.split_whitespace().filter_map(|pair| pair.split_once('=')).map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
    }

    #[test]
    fn inhibition_as_upstream() {
        let rule = |source: &str, target: &str, equal: &[&str]| Inhibition {
            name: String::new(),
            source: parse_matchers(source).unwrap(),
            target: parse_matchers(target).unwrap(),
            equal: equal.iter().map(|e| (*e).to_owned()).collect(),
        };
        let warning = rule("severity=critical", "severity=warning", &["cluster", "gone"]);
        for (source, target, expected) in [
            ("severity=critical cluster=a", "severity=warning cluster=a", true),
            ("severity=critical cluster=a", "severity=warning cluster=b", false),
            ("severity=critical cluster=a gone=x", "severity=warning cluster=a", false),
            ("severity=warning cluster=a", "severity=warning cluster=a", false),
            ("severity=critical cluster=a", "severity=critical cluster=a", false),
        ] {
            assert_eq!(warning.keeps_quiet(&labels(source), &labels(target)), expected, "{source} {target}");
        }
        let all = rule("alertname=Down", "alertname=~.+", &[]);
        assert!(all.keeps_quiet(&labels("alertname=Down"), &labels("alertname=Slow")));
        assert!(!all.keeps_quiet(&labels("alertname=Down"), &labels("alertname=Down")), "never itself");
    }

    #[test]
    fn nobody_is_told_where_every_receiver_is_empty() {
        let file = serde_json::json!({
            "route": { "receiver": "team", "routes": [
                { "matchers": ["kind=noise"], "receiver": "null" },
                { "matchers": ["kind=both"], "receiver": "null", "continue": true },
                { "matchers": ["kind=~both|named"], "receiver": "named" },
            ] },
            "receivers": [{ "name": "team", "team": true }, { "name": "null" }, { "name": "named", "channels": ["Duty"] }],
        });
        let read = serde_json::from_value::<File>(file).unwrap().read().unwrap();
        for (kind, expected) in [("noise", Some("null")), ("both", None), ("named", None), ("else", None)] {
            assert_eq!(read.nobody(&labels(&format!("kind={kind}"))).as_deref(), expected, "{kind}");
        }
        assert_eq!(Routing::standing().nobody(&labels("kind=noise")), None);
    }

    #[test]
    fn a_key_with_nothing_after_it_and_a_number_for_a_text_are_read_as_upstream() {
        let interval = serde_json::json!({ "times": null, "weekdays": null, "days_of_month": [1, "-3:-1"], "months": [1], "years": [2026, "2028:2030"] });
        let file = serde_json::json!({
            "global": null, "templates": null, "inhibit_rules": null, "mute_time_intervals": null,
            "route": { "receiver": "a", "group_by": null, "routes": [{ "match": { "code": 500, "on": true }, "match_re": null, "routes": null, "active_time_intervals": ["n"] }] },
            "receivers": [{ "name": "a", "channels": null }],
            "time_intervals": [{ "name": "n", "time_intervals": [interval] }, { "name": "never", "time_intervals": null }],
        });
        let read = serde_json::from_value::<File>(file).unwrap().read().unwrap();
        let matchers: Vec<String> = read.route.routes[0].matchers.iter().map(ToString::to_string).collect();
        assert_eq!(matchers, ["code=\"500\"", "on=\"true\""]);
        let holds = |at: &str| read.intervals["n"][0].contains(Timestamp::parse_rfc3339(at).unwrap());
        assert_eq!([holds("2026-01-01T00:00:00Z"), holds("2026-01-30T00:00:00Z"), holds("2027-01-01T00:00:00Z")], [true, true, false]);
    }
}
