//! Files of Prometheus rules: what of them becomes a rule here, and what cannot be carried over, each with its reason.
//!
//! Source: <https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/>.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Condition, Draft, Input, LONGEST_HOLD_S, NoData, SeverityBy, Template};
use crate::{
    Wording,
    alerts::{Labels, Severity},
    blank::{Scalar, usual},
    id::{SourceId, SystemId},
    sources::Query,
    text::{Name, parse_url},
};

/// Rules of one file at most.
pub const MOST: usize = 2_000;

/// A file as Prometheus loads it, or a `PrometheusRule` of Kubernetes, where the same stands under `spec`.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct File {
    groups: Option<Vec<Group>>,
    spec: Option<Spec>,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Spec {
    groups: Option<Vec<Group>>,
}

impl File {
    /// Its groups; `None` where it is no such file.
    pub fn groups(self) -> Option<Vec<Group>> {
        let Self { groups, spec } = self;
        groups.or_else(|| spec?.groups)
    }
}

/// A group of a file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// How often it is evaluated, e.g. `30s`.
    pub interval: Option<String>,
    /// How far back it is evaluated.
    pub query_offset: Option<String>,
    /// How many results are allowed.
    pub limit: Option<i64>,
    /// Labels of all its rules.
    #[serde(deserialize_with = "usual")]
    pub labels: BTreeMap<String, Scalar>,
    /// Its rules.
    #[serde(deserialize_with = "usual")]
    pub rules: Vec<Written>,
}

/// A rule of a file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Written {
    /// Name of an alert.
    pub alert: Option<String>,
    /// Name of a recorded series.
    pub record: Option<String>,
    /// The expression.
    pub expr: Scalar,
    /// How long it must hold.
    #[serde(rename = "for")]
    pub hold: Option<String>,
    /// How long it goes on firing.
    pub keep_firing_for: Option<String>,
    /// Labels.
    #[serde(deserialize_with = "usual")]
    pub labels: BTreeMap<String, Scalar>,
    /// Annotations.
    #[serde(deserialize_with = "usual")]
    pub annotations: BTreeMap<String, Scalar>,
}

/// What becomes of one rule of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its group.
    pub group: String,
    /// Its name.
    pub name: String,
    /// What is done with it.
    pub fate: Fate,
    /// What is not carried over, or why nothing is.
    pub notes: Vec<Wording>,
}

crate::words::words! {
    /// What is done with a rule of a file.
    pub enum Fate {
        /// A new rule.
        Create = "create",
        /// A rule of this group and name is there and becomes like this.
        Update = "update",
        /// It is there and like this.
        Same = "same",
        /// It cannot be carried over.
        Refused = "refused",
    }
}

/// What becomes of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Every rule of the file, in its order.
    pub lines: Vec<Line>,
    /// Whether it was done, or only planned.
    pub done: bool,
}

impl Report {
    /// How many have this fate.
    pub fn count(&self, fate: Fate) -> usize {
        self.lines.iter().filter(|line| line.fate == fate).count()
    }
}

/// Reads a duration of Prometheus: `5m`, `1h30m`, `1d`, `500ms`; seconds, rounded up.
pub fn seconds(text: &str) -> Result<u32, Wording> {
    let wrong = || Wording::new("rules-note-duration").with("text", text);
    let (mut total_ms, mut rest) = (0_u64, text.trim());
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = rest[..digits].parse().map_err(|_| wrong())?;
        rest = &rest[digits..];
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let unit: u64 = match &rest[..letters] {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "w" => 604_800_000,
            "y" => 31_536_000_000,
            _ => return Err(wrong()),
        };
        rest = &rest[letters..];
        total_ms = number.checked_mul(unit).and_then(|ms| total_ms.checked_add(ms)).ok_or_else(wrong)?;
    }
    u32::try_from(total_ms.div_ceil(1_000)).map_err(|_| wrong())
}

/// What a rule of a file becomes, with what is not carried over; an error says why nothing is.
pub fn draft(group: &Group, written: &Written, system: &SystemId, source: &SourceId) -> Result<(Draft, Vec<Wording>), Wording> {
    if written.record.is_some() {
        return Err(Wording::new("rules-note-recording"));
    }
    let name = written.alert.as_deref().ok_or_else(|| Wording::new("rules-note-unnamed"))?;
    let mut notes = Vec::new();
    let mut bounded = |what: &str, text: Option<&String>, usual: u32, min: u32, max: u32| -> Result<u32, Wording> {
        let Some(text) = text else { return Ok(usual) };
        let wanted = seconds(text)?;
        let taken = wanted.clamp(min, max);
        if taken != wanted {
            notes.push(Wording::new("rules-note-bounds").with("what", what).with("text", text).with("seconds", taken));
        }
        Ok(taken)
    };
    let interval_s = bounded("interval", group.interval.as_ref(), 60, 10, 3_600)?;
    let for_s = bounded("for", written.hold.as_ref(), 0, 0, LONGEST_HOLD_S)?;
    let keep_s = bounded("keep_firing_for", written.keep_firing_for.as_ref(), 0, 0, LONGEST_HOLD_S)?;
    let of_group = |what: &str| Wording::new("rules-note-group").with("what", what);
    notes.extend(group.query_offset.is_some().then(|| of_group("query_offset")));
    notes.extend(group.limit.is_some_and(|limit| limit > 0).then(|| of_group("limit")));
    let mut texts = |what: &str, from: &BTreeMap<String, Scalar>| {
        let mut kept = Labels::new();
        for (name, text) in from {
            let text = text.to_string();
            match Template::parse(&text) {
                Ok(_) => drop(kept.insert(name.clone(), text.trim().replace('\n', " "))),
                Err(wrong) => {
                    let note = Wording::new("rules-note-text").with("what", what).with("name", name);
                    notes.push(note.with("why", wrong.why).with("word", wrong.word));
                }
            }
        }
        kept
    };
    let mut labels = texts("group-label", &group.labels);
    labels.extend(texts("label", &written.labels));
    let mut annotations = texts("annotation", &written.annotations);
    let runbook = annotations.get("runbook_url").filter(|url| parse_url(url).is_ok()).cloned();
    if runbook.is_some() {
        annotations.remove("runbook_url");
    }
    let draft = Draft {
        name: Name::parse(name).map_err(|_| Wording::new("rules-note-name"))?,
        group: Name::parse(&group.name).map(Name::into_string).unwrap_or_default(),
        system: system.clone(),
        input: Input::Query {
            source: source.clone(),
            expr: Query::parse_expr(&written.expr.to_string()).map_err(|_| Wording::new("rules-note-expr"))?,
        },
        weeks: None,
        condition: Condition::Present,
        for_s,
        keep_s,
        interval_s,
        no_data: NoData::Keep,
        severity: SeverityBy { usual: Severity::P3, label: "severity".into(), steps: Vec::new() },
        labels,
        annotations,
        runbook: runbook.unwrap_or_default(),
    };
    Ok((draft, notes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_of_prometheus() {
        for (text, expected) in
            [("5m", Some(300)), ("1h30m", Some(5_400)), ("1d", Some(86_400)), ("500ms", Some(1)), ("0", Some(0)), ("0s", Some(0))]
        {
            assert_eq!(seconds(text).ok(), expected, "{text}");
        }
        for bad in ["", "5", "m", "1x", "-5m", "99999999999999999999y"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_file_has_its_groups_at_the_top_or_in_a_resource() {
        let groups = |file: serde_json::Value| serde_json::from_value::<File>(file).unwrap().groups().map(|groups| groups.len());
        assert_eq!(groups(serde_json::json!({ "groups": [{ "name": "a", "rules": null }] })), Some(1));
        assert_eq!(
            groups(serde_json::json!({ "kind": "PrometheusRule", "spec": { "groups": [{ "name": "a" }, { "name": "b" }] } })),
            Some(2)
        );
        assert_eq!((groups(serde_json::json!({ "rules": [] })), groups(serde_json::json!({ "spec": {} }))), (None, None));
    }

    #[test]
    fn what_cannot_be_carried_over_is_said() {
        let id = "0193f2a0-7b1c-7def-8abc-0123456789ab";
        let (system, source) = (SystemId::parse(id).unwrap(), SourceId::parse(id).unwrap());
        let text = |text: &str| Scalar::Text(text.to_owned());
        let group = Group { name: "node".into(), interval: Some("5s".into()), limit: Some(3), ..Group::default() };
        let written = Written {
            alert: Some("HostDown".into()),
            expr: text("up == 0"),
            hold: Some("5m".into()),
            keep_firing_for: Some("2m".into()),
            labels: [("severity".to_owned(), text("critical")), ("tier".to_owned(), Scalar::Whole(1))].into(),
            annotations: [
                ("summary".to_owned(), text("{{ $labels.instance }} is down")),
                ("query".to_owned(), text("{{ range query \"up\" }}{{ end }}")),
                ("runbook_url".to_owned(), text("https://wiki.example.org/down")),
            ]
            .into(),
            ..Written::default()
        };
        let (draft, notes) = draft(&group, &written, &system, &source).unwrap();
        assert_eq!((draft.for_s, draft.keep_s, draft.interval_s, draft.group.as_str()), (300, 120, 10, "node"));
        assert_eq!(draft.runbook, "https://wiki.example.org/down");
        assert_eq!(draft.labels.get("tier").map(String::as_str), Some("1"));
        assert_eq!(draft.severity.of(&draft.labels, None), Severity::P1);
        assert_eq!(notes.len(), 3, "{notes:?}");
        let long =
            Written { hold: Some("1w".into()), keep_firing_for: Some("30d".into()), annotations: BTreeMap::new(), ..written.clone() };
        let whole = Group { interval: None, limit: None, ..group.clone() };
        let (kept, notes) = super::draft(&whole, &long, &system, &source).unwrap();
        assert_eq!((kept.for_s, kept.keep_s, notes), (7 * 86_400, 30 * 86_400, Vec::new()));
        let longer = Written { hold: Some("1y".into()), ..long };
        let (kept, notes) = super::draft(&whole, &longer, &system, &source).unwrap();
        assert_eq!((kept.for_s, notes[0].key), (LONGEST_HOLD_S, "rules-note-bounds"));
        let recording = Written { record: Some("job:up:sum".into()), expr: text("sum(up)"), ..Written::default() };
        assert_eq!(super::draft(&group, &recording, &system, &source).unwrap_err().key, "rules-note-recording");
    }
}
