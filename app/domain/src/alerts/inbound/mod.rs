//! Alerts that other systems post to an address of their own: what their messages mean.
//!
//! Four kinds: the webhook of Alertmanager (version 4), that of Grafana, PagerDuty's Events API (version 2), and any JSON, read by
//! a mapping that says where in it things stand.

mod change;
mod reading;

pub use change::change;
pub use reading::read;

use super::{
    Labels, Posted, Severity,
    labels::{MAX_NAME, read_severity},
};
use crate::{
    Fault, Timestamp, Wording,
    form::{Check, Typed},
    id::{IntegrationId, SystemId, TeamId},
    text::Name,
    words::words,
};
use serde::{Deserialize, Serialize};

words! {
    /// Who posts.
    pub enum IntegrationKind {
        /// Alertmanager's webhook.
        Alertmanager = "alertmanager",
        /// Grafana's webhook.
        Grafana = "grafana",
        /// PagerDuty's Events API.
        Pagerduty = "pagerduty",
        /// Any JSON.
        Webhook = "webhook",
    }
}

/// Where in any JSON things stand: pointers of RFC 6901, e.g. `/alert/host`. What is empty is not read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Mapping {
    /// The list of alerts; empty where the message is one alert.
    pub items: String,
    /// What tells it from others; without it the labels do.
    pub key: String,
    /// One line that names it.
    pub title: String,
    /// What was seen.
    pub detail: String,
    /// How bad it is, in some word.
    pub severity: String,
    /// An address to look at.
    pub url: String,
    /// Whether it lasts.
    pub status: String,
    /// Words of the status that say that it is over, with commas.
    pub over: String,
    /// Labels, one a line: `name=/pointer`.
    pub labels: String,
}

/// A way in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Integration {
    /// Its id.
    pub id: IntegrationId,
    /// Its name.
    pub name: String,
    /// Who posts.
    pub kind: IntegrationKind,
    /// The team that alerts go to, where no label names a system or team.
    pub team: TeamId,
    /// The system that they concern, where no label names one.
    pub system: Option<SystemId>,
    /// How any JSON is read.
    pub mapping: Mapping,
    /// Whether it is open.
    pub enabled: bool,
    /// Messages that were taken.
    pub taken: i64,
    /// Messages that were refused.
    pub refused: i64,
    /// When the last one came.
    pub last_at: Option<Timestamp>,
    /// Why the last refused one was.
    pub last_error: String,
    /// When that was.
    pub last_error_at: Option<Timestamp>,
    /// Counts edits.
    pub version: i64,
}

/// What a form says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntegrationInput {
    /// Its name.
    pub name: Name,
    /// Who posts.
    pub kind: IntegrationKind,
    /// The team.
    pub team: TeamId,
    /// The system.
    pub system: Option<SystemId>,
    /// How any JSON is read.
    pub mapping: Mapping,
    /// Whether it is open.
    pub enabled: bool,
}

const POINTERS: [&str; 7] = ["items", "key", "title", "detail", "severity", "url", "status"];

/// Labels that a mapping may read.
const MOST_LINES: usize = 32;

impl IntegrationInput {
    /// Reads `name`, `kind`, `team`, `system`, `enabled` and the fields of a [`Mapping`].
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        let mut known = vec!["name", "kind", "team", "system", "enabled", "over", "labels", "version", "sample", "act"];
        known.extend(POINTERS);
        check.only(&known);
        let name = check.field("name", Name::parse);
        let team = check.field("team", |text| TeamId::parse(text.trim()).ok_or_else(|| Wording::new("expect-choice")));
        let system = check.optional("system", |text| SystemId::parse(text.trim()).ok_or_else(|| Wording::new("expect-choice")));
        let (kind, mapping) = check_kind(&mut check, typed);
        let (name, kind, team, system) = check.finish((name, kind, team, system))?;
        Ok(Self { name, kind, team, system, mapping, enabled: typed.has("enabled") })
    }
}

/// Who posts, and how that is read.
fn check_kind(check: &mut Check<'_>, typed: &Typed) -> (Option<IntegrationKind>, Mapping) {
    let kinds: Vec<(&str, IntegrationKind)> = IntegrationKind::ALL.iter().map(|kind| (kind.name(), *kind)).collect();
    let kind = check.choice("kind", &kinds);
    for field in POINTERS {
        check.optional(field, pointer);
    }
    check.optional("labels", |text| lines(text).map(drop));
    check.optional("over", |text| if text.len() <= 500 { Ok(()) } else { Err(Wording::new("expect-at-most-characters").with("max", 500)) });
    let mapping = Mapping::read(typed);
    if kind == Some(IntegrationKind::Webhook) && mapping.title.is_empty() && mapping.labels.is_empty() {
        check.problem("title", Wording::new("integrations-expect-title"));
    }
    (kind, mapping)
}

fn pointer(text: &str) -> Result<String, Wording> {
    let text = text.trim();
    if text.starts_with('/') && text.len() <= 200 { Ok(text.to_owned()) } else { Err(Wording::new("integrations-expect-pointer")) }
}

fn lines(text: &str) -> Result<Vec<(String, String)>, Wording> {
    let wrong = || Wording::new("integrations-expect-labels");
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if lines.len() > MOST_LINES {
        return Err(wrong());
    }
    let read = |line: &str| {
        let (name, at) = line.split_once('=').ok_or_else(wrong)?;
        let name = name.trim();
        if name.is_empty() || name.len() > MAX_NAME {
            return Err(wrong());
        }
        Ok((name.to_owned(), pointer(at).map_err(|_| wrong())?))
    };
    lines.into_iter().map(read).collect()
}

impl Mapping {
    fn read(typed: &Typed) -> Self {
        let text = |field: &str| typed.get(field).trim().to_owned();
        Self {
            items: text("items"),
            key: text("key"),
            title: text("title"),
            detail: text("detail"),
            severity: text("severity"),
            url: text("url"),
            status: text("status"),
            over: text("over"),
            labels: text("labels").replace("\r\n", "\n"),
        }
    }

    /// Writes it into the fields of a form.
    pub fn write(&self, typed: &mut Typed) {
        let fields = [
            ("items", &self.items),
            ("key", &self.key),
            ("title", &self.title),
            ("detail", &self.detail),
            ("severity", &self.severity),
            ("url", &self.url),
            ("status", &self.status),
            ("over", &self.over),
            ("labels", &self.labels),
        ];
        for (name, value) in fields {
            typed.set(name, value);
        }
    }
}

/// What one alert of a message asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// It fires.
    Fires(Box<Posted>),
    /// It is over; by its key, and since when, where that is said.
    Over(String, Option<Timestamp>),
    /// Somebody has seen it elsewhere; by its key.
    Seen(String),
}

/// What came of a message that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// How many alerts it spoke of.
    pub alerts: u64,
    /// What tells its alert from others, where it is one alert; given by us where the message gave none.
    pub key: Option<String>,
}

words! {
    /// What an alert of a sample would come to.
    pub enum Becomes {
        /// It fires.
        Fires = "fires",
        /// It is over.
        Over = "over",
        /// Somebody has seen it elsewhere.
        Seen = "seen",
        /// It cannot be read.
        Refused = "refused",
    }
}

/// One alert of a sample, as it would be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Previewed {
    /// What it would come to.
    pub becomes: Becomes,
    /// What tells it from others; empty where it would be given.
    pub key: String,
    /// The line that names it, or why it would be refused.
    pub line: String,
    /// What was seen.
    pub detail: String,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// Its labels.
    #[cfg_attr(feature = "openapi", schema(value_type = std::collections::HashMap<String, String>))]
    pub labels: Labels,
}

impl Previewed {
    fn of(read: Result<Asked, String>) -> Self {
        let plain = |becomes, key, line| Self { becomes, key, line, detail: String::new(), severity: None, labels: Labels::new() };
        match read {
            Ok(Asked::Fires(posted)) => Self {
                becomes: Becomes::Fires,
                line: posted.line(),
                detail: posted.seen(),
                severity: Some(posted.labels.get("severity").and_then(|word| read_severity(word)).unwrap_or(Severity::P3)),
                key: posted.key.unwrap_or_default(),
                labels: posted.labels,
            },
            Ok(Asked::Over(key, _)) => plain(Becomes::Over, key, String::new()),
            Ok(Asked::Seen(key)) => plain(Becomes::Seen, key, String::new()),
            Err(why) => plain(Becomes::Refused, String::new(), why),
        }
    }
}

/// What the text in the field `sample` would become with the `kind` and the mapping of the same form; nothing else of it counts.
pub fn preview(typed: &Typed) -> Result<Vec<Previewed>, Fault> {
    let mut check = Check::new(typed);
    let (kind, mapping) = check_kind(&mut check, typed);
    let (kind,) = check.finish((kind,))?;
    let wrong = |why: String| Fault::invalid("sample", "", Wording::new("integrations-expect-message").with("why", why));
    let message = serde_json::from_str(typed.get("sample")).map_err(|error| wrong(error.to_string()))?;
    Ok(read(kind, &mapping, &message).map_err(wrong)?.into_iter().map(Previewed::of).collect())
}

/// The labels of an alert that came through a way in. Its team and system are those it really has; where it named others, what it
/// said stays under `exported_…`, as Prometheus calls that: so no label of a message leads to another team.
pub fn bound(mut labels: Labels, team: &str, system: Option<&str>) -> Labels {
    for (name, real) in [("team", Some(team)), ("system", system)] {
        let said = labels.remove(name).filter(|said| real != Some(said));
        labels.extend(said.map(|said| (format!("exported_{name}"), said)));
        labels.extend(real.map(|real| (name.to_owned(), real.to_owned())));
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(fields: &[(&str, &str)]) -> Typed {
        Typed::from_pairs(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn a_sample_is_tried_before_the_rest_of_the_form_is_there() {
        let sample = r#"[{"msg":"too hot","level":"page"},{"level":"page"}]"#;
        let found = preview(&typed(&[("kind", "webhook"), ("title", "/msg"), ("severity", "/level"), ("sample", sample)])).unwrap();
        assert_eq!((found[0].becomes, found[0].line.as_str(), found[0].severity), (Becomes::Fires, "too hot", Some(Severity::P1)));
        assert_eq!(found[1].becomes, Becomes::Refused);
        let fields = |fields: &[(&str, &str)]| -> Vec<String> {
            preview(&typed(fields)).unwrap_err().problems().iter().map(|problem| problem.field.clone()).collect()
        };
        assert_eq!(fields(&[("kind", "webhook"), ("title", "/msg"), ("sample", "{")]), ["sample"]);
        assert_eq!(fields(&[("kind", "grafana"), ("sample", "{}")]), ["sample"]);
        assert_eq!(fields(&[("kind", "webhook"), ("sample", "{}")]), ["title"], "a mapping that reads nothing");
        assert_eq!(fields(&[("kind", "webhook"), ("title", "msg"), ("labels", "host"), ("sample", "{}")]), ["title", "labels"]);
        let many = (0..40).map(|n| format!("l{n}=/x\n")).collect::<String>();
        assert_eq!(fields(&[("kind", "webhook"), ("labels", &many), ("sample", "{}")]), ["labels"]);
    }

    #[test]
    fn no_label_leads_out_of_the_team() {
        let said = |pairs: &[(&str, &str)]| -> Labels { pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect() };
        let labels = bound(said(&[("team", "theirs"), ("system", "vault"), ("a", "b")]), "ours", None);
        assert_eq!(labels, said(&[("team", "ours"), ("exported_team", "theirs"), ("exported_system", "vault"), ("a", "b")]));
        let labels = bound(said(&[("team", "ours"), ("system", "gateway")]), "ours", Some("gateway"));
        assert_eq!(labels, said(&[("team", "ours"), ("system", "gateway")]));
    }
}
