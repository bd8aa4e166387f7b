//! `/api/v2`: Alertmanager's own API, so that Prometheus and amtool point at us unchanged.
//!
//! Shapes and words are those of its OpenAPI document, version 2, as of release 0.25; refusals are a JSON text, as there. Whoever
//! calls shows an API token, as Bearer or as the password of Basic. Clusters do not exist here.

mod silences;

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    Json,
    extract::{OriginalUri, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{
    Fault, Portal, Timestamp,
    alerts::{
        Alert, Cause, Matcher, Posted, Reason, SeenFrom,
        labels::fingerprint,
        matcher::{Op, Trial, parse_matcher},
        routing::RESOLVE_TIMEOUT,
    },
    form::Typed,
    id::AlertId,
    people::Locale,
};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Body, Caller, alerts::query};

/// The endpoints.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(alerts, post))
        .routes(routes!(groups))
        .routes(routes!(silences::silences, silences::silence))
        .routes(routes!(silences::one_silence))
        .routes(routes!(silences::expire))
        .routes(routes!(status))
        .routes(routes!(receivers))
}

/// A refusal as Alertmanager says it: a JSON text.
pub struct Refused(StatusCode, String);

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        let words = |fault: &Fault| {
            let each =
                fault.problems().iter().map(|p| format!("{}: expected {}", p.field, app::i18n::say_wording(Locale::En, &p.expected)));
            each.collect::<Vec<_>>().join("; ")
        };
        match &fault {
            Fault::Invalid(_) => Self(StatusCode::BAD_REQUEST, words(&fault)),
            Fault::Conflict(wording) | Fault::Unavailable(wording) => {
                Self(app::fault::status(&fault), app::i18n::say_wording(Locale::En, wording))
            }
            _ => Self(app::fault::status(&fault), fault.to_string()),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(self.1)).into_response()
    }
}

/// An alert as it is posted.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PostableAlert {
    labels: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "domain::blank::usual")]
    annotations: BTreeMap<String, String>,
    #[serde(default)]
    starts_at: Option<String>,
    #[serde(default)]
    ends_at: Option<String>,
    #[serde(default, rename = "generatorURL")]
    generator_url: Option<String>,
}

/// A moment of Go: its zero is none.
pub(super) fn moment(text: Option<&str>) -> Result<Option<Timestamp>, Fault> {
    match text {
        None | Some("") => Ok(None),
        Some(text) if text.starts_with("0001-01-01T00:00:00") => Ok(None),
        Some(text) => {
            let wrong = || Fault::invalid("startsAt, endsAt", text, domain::Wording::new("expect-moment"));
            Timestamp::parse_rfc3339(text).map(Some).ok_or_else(wrong)
        }
    }
}

/// Posts alerts; the same labels are the same alert. Each is over at `endsAt`, or when nobody has repeated it for
/// `resolve_timeout`.
#[utoipa::path(post, path = "/api/v2/alerts", tag = "alertmanager", security(("token" = ["alerts.ingest"])), request_body = Vec<PostableAlert>,
    responses((status = 200, description = "taken")))]
async fn post(Caller(actor): Caller, State(portal): State<Portal>, Body(body): Body<Value>) -> Result<StatusCode, Refused> {
    let read: Vec<PostableAlert> = serde_json::from_value(body)
        .map_err(|error| Refused(StatusCode::BAD_REQUEST, format!("the body is not a list of alerts: {error}")))?;
    let mut taken = Vec::with_capacity(read.len());
    for alert in read {
        taken.push(Posted {
            labels: alert.labels,
            annotations: alert.annotations,
            starts_at: moment(alert.starts_at.as_deref())?,
            ends_at: moment(alert.ends_at.as_deref())?,
            url: alert.generator_url.unwrap_or_default(),
            ..Posted::default()
        });
    }
    let from = SeenFrom { kind: "alertmanager", team: None, system: None, tells_end: false };
    portal.alerts.post(&actor, &from, taken).await?;
    Ok(StatusCode::OK)
}

/// Matchers that one call may filter by.
const MOST_FILTERS: usize = 20;

/// Alerts that are looked at before others have their turn.
const TOGETHER: usize = 100;

/// What a list of alerts leaves out.
struct Wanted {
    matchers: Vec<Matcher>,
    active: bool,
    silenced: bool,
    inhibited: bool,
    unprocessed: bool,
    receiver: Option<Matcher>,
}

impl Wanted {
    fn read(query: &Typed) -> Result<Self, Refused> {
        let bad = |why: String| Refused(StatusCode::BAD_REQUEST, why);
        let flag = |name: &str| match query.get(name) {
            "" | "true" => Ok(true),
            "false" => Ok(false),
            text => Err(bad(format!("{name}: {text:?}; expected true or false"))),
        };
        if query.all("filter").len() > MOST_FILTERS {
            return Err(bad(format!("filter: at most {MOST_FILTERS}")));
        }
        let matchers = query.all("filter").iter().map(|text| parse_matcher(text).map_err(|e| bad(format!("bad matcher format: {e}"))));
        let receiver = match query.get("receiver") {
            "" => None,
            text => Some(Matcher::new("receiver", Op::Regex, text).map_err(|e| bad(format!("failed to parse receiver param: {e}")))?),
        };
        Ok(Self {
            matchers: matchers.collect::<Result<_, _>>()?,
            active: flag("active")?,
            silenced: flag("silenced")?,
            inhibited: flag("inhibited")?,
            unprocessed: flag("unprocessed")?,
            receiver,
        })
    }

    /// Whether an alert with these receivers is wanted.
    fn takes(&self, tried: &mut Tried<'_>, alert: &Alert, receivers: &[String]) -> Result<bool, Refused> {
        let silenced = quieting(alert).any(|reason| reason.cause == Cause::Silence);
        let inhibited = quieting(alert).any(|reason| reason.cause != Cause::Silence);
        let shown = (self.active || silenced || inhibited || alert.fired_at.is_none())
            && (self.silenced || !silenced)
            && (self.inhibited || !inhibited)
            && (self.unprocessed || alert.fired_at.is_some());
        if !shown {
            return Ok(false);
        }
        let taken = |tried: Option<bool>| tried.ok_or_else(|| Refused(StatusCode::BAD_REQUEST, "filter: too much to try".to_owned()));
        Ok(taken(tried.receivers.any(receivers))? && taken(tried.labels.all(&alert.labels))?)
    }

    /// What its matchers will have been tried on.
    fn trial(&self) -> Tried<'_> {
        Tried { labels: Trial::new(&self.matchers), receivers: Trial::new(&self.receiver) }
    }
}

/// What the matchers of a call said so far.
struct Tried<'m> {
    labels: Trial<'m>,
    receivers: Trial<'m>,
}

/// What keeps it quiet as Alertmanager knows it: what goes to a receiver that tells nobody is active there.
fn quieting(alert: &Alert) -> impl Iterator<Item = &Reason> {
    alert.suppressed.iter().filter(|reason| reason.cause != Cause::Nobody)
}

/// The fingerprint of each of these by its id: what keeps others quiet is named by it.
fn prints<'a>(alerts: impl IntoIterator<Item = &'a Alert>) -> BTreeMap<String, String> {
    alerts.into_iter().map(|alert| (alert.id.to_string(), fingerprint(&alert.labels))).collect()
}

/// An alert as it is given. What Alertmanager has no word for, a dependency or a change, counts as inhibition.
fn gettable(alert: &Alert, receivers: &[String], prints: &BTreeMap<String, String>, now: Timestamp) -> Value {
    let by = |silence: bool| {
        let these = quieting(alert).filter(|reason| (reason.cause == Cause::Silence) == silence);
        let name = |reason: &Reason| match prints.get(&reason.by) {
            _ if reason.by.is_empty() => reason.cause.to_string(),
            Some(print) => print.clone(),
            None => reason.by.clone(),
        };
        these.map(name).collect::<Vec<_>>()
    };
    let state = match (alert.fired_at, quieting(alert).next().is_none()) {
        (None, _) => "unprocessed",
        (_, true) => "active",
        (_, false) => "suppressed",
    };
    json!({
        "labels": alert.labels,
        "annotations": alert.annotations,
        "fingerprint": fingerprint(&alert.labels),
        "startsAt": alert.started_at.rfc3339(),
        "endsAt": alert.resolved_at.or(alert.expires_at).unwrap_or_else(|| now.plus(RESOLVE_TIMEOUT)).rfc3339(),
        "updatedAt": alert.changed_at.max(alert.seen_at).rfc3339(),
        "generatorURL": alert.url,
        "receivers": receivers.iter().map(|name| json!({ "name": name })).collect::<Vec<_>>(),
        "status": { "state": state, "silencedBy": by(true), "inhibitedBy": by(false), "mutedBy": [] },
    })
}

/// Alerts that last.
#[utoipa::path(get, path = "/api/v2/alerts", tag = "alertmanager", security(("token" = ["read"])),
    params(("filter" = Option<Vec<String>>, Query, description = "matchers; repeatable"), ("active" = Option<bool>, Query, description = "leave out those that tell"),
        ("silenced" = Option<bool>, Query, description = "leave out the silenced"), ("inhibited" = Option<bool>, Query, description = "leave out the inhibited"),
        ("unprocessed" = Option<bool>, Query, description = "leave out those that do not fire yet"), ("receiver" = Option<String>, Query, description = "expression on receivers")),
    responses((status = 200, description = "a list of alerts", body = Vec<Object>)))]
async fn alerts(Caller(actor): Caller, State(portal): State<Portal>, uri: OriginalUri) -> Result<Json<Vec<Value>>, Refused> {
    let wanted = Wanted::read(&query(&uri))?;
    let (now, found) = (portal.clock.now(), portal.alerts.standing(&actor, &wanted.matchers).await?);
    let mut known = prints(found.iter().map(|(alert, _)| alert));
    // What keeps one quiet need not be among those that are asked for.
    let reasons = found.iter().flat_map(|(alert, _)| &alert.suppressed);
    let others = reasons.filter(|reason| reason.cause == Cause::Inhibition && !known.contains_key(&reason.by));
    let others: BTreeSet<AlertId> = others.filter_map(|reason| AlertId::parse(&reason.by)).collect();
    if !others.is_empty() {
        let others: Vec<AlertId> = others.into_iter().collect();
        known.extend(prints(&portal.alerts.these(&actor, &others).await?));
    }
    let (mut shown, mut tried) = (Vec::new(), wanted.trial());
    for (at, (alert, names)) in found.iter().enumerate() {
        if at % TOGETHER == 0 {
            tokio::task::yield_now().await;
        }
        if wanted.takes(&mut tried, alert, names)? {
            shown.push(gettable(alert, names, &known, now));
        }
    }
    // As upstream, by fingerprint.
    shown.sort_by(|a, b| a["fingerprint"].as_str().cmp(&b["fingerprint"].as_str()));
    Ok(Json(shown))
}

/// Alerts by group and receiver.
#[utoipa::path(get, path = "/api/v2/alerts/groups", tag = "alertmanager", security(("token" = ["read"])),
    params(("filter" = Option<Vec<String>>, Query, description = "matchers; repeatable"), ("active" = Option<bool>, Query, description = "leave out those that tell"),
        ("silenced" = Option<bool>, Query, description = "leave out the silenced"), ("inhibited" = Option<bool>, Query, description = "leave out the inhibited"),
        ("receiver" = Option<String>, Query, description = "expression on receivers")),
    responses((status = 200, description = "a list of groups", body = Vec<Object>)))]
async fn groups(Caller(actor): Caller, State(portal): State<Portal>, uri: OriginalUri) -> Result<Json<Vec<Value>>, Refused> {
    let wanted = Wanted::read(&query(&uri))?;
    let now = portal.clock.now();
    let mut shown = Vec::new();
    let found = portal.routes.groups(&actor).await?;
    let known = prints(found.iter().flat_map(|group| &group.alerts));
    let mut tried = wanted.trial();
    for group in found {
        tokio::task::yield_now().await;
        let names = vec![group.receiver.clone()];
        let mut alerts = Vec::new();
        for alert in group.alerts.iter().filter(|alert| !alert.state.is_over()) {
            if wanted.takes(&mut tried, alert, &names)? {
                alerts.push(gettable(alert, &names, &known, now));
            }
        }
        if !alerts.is_empty() {
            shown.push(json!({ "labels": group.labels, "receiver": { "name": group.receiver }, "alerts": alerts }));
        }
    }
    Ok(Json(shown))
}

/// The routing file as Alertmanager and amtool read it, which refuse what they do not know. Where nobody wrote routes, the one that
/// stands for them.
fn theirs(yaml: &str) -> String {
    let mut file: Value = backend::yaml::read(yaml).unwrap_or_default();
    let Some(all) = file.as_object_mut().filter(|all| all.contains_key("route")) else {
        return "route:\n  receiver: team\nreceivers:\n- name: team\n".to_owned();
    };
    all.retain(|key, _| {
        matches!(key.as_str(), "global" | "route" | "receivers" | "inhibit_rules" | "time_intervals" | "mute_time_intervals")
    });
    for receiver in all.get_mut("receivers").and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut) {
        receiver.retain(|key, _| key == "name");
    }
    for rule in all.get_mut("inhibit_rules").and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut) {
        rule.remove("name");
    }
    serde_norway::to_string(&file).unwrap_or_default()
}

/// What this is, and the routing file in force.
#[utoipa::path(get, path = "/api/v2/status", tag = "alertmanager", security(("token" = ["read"])),
    responses((status = 200, description = "cluster, configuration, version", body = Object)))]
async fn status(Caller(actor): Caller, State(portal): State<Portal>) -> Result<Json<Value>, Refused> {
    let current = portal.routes.current(&actor).await?;
    // The version whose API it is: amtool warns of any other.
    let us = concat!("evenkeel ", env!("CARGO_PKG_VERSION"));
    Ok(Json(json!({
        "cluster": { "status": "disabled", "peers": [] },
        "config": { "original": theirs(&current.yaml) },
        "uptime": portal.began.rfc3339(),
        "versionInfo": { "version": "0.25.0", "revision": "", "branch": us, "buildUser": "", "buildDate": "", "goVersion": "" },
    })))
}

/// The receivers of the routes in force.
#[utoipa::path(get, path = "/api/v2/receivers", tag = "alertmanager", security(("token" = ["read"])),
    responses((status = 200, description = "a list of names", body = Vec<Object>)))]
async fn receivers(Caller(actor): Caller, State(portal): State<Portal>) -> Result<Json<Vec<Value>>, Refused> {
    let names = portal.routes.receivers(&actor).await?;
    Ok(Json(names.into_iter().map(|name| json!({ "name": name })).collect()))
}

/// Where Alertmanager is told to read its file anew.
pub(super) const RELOAD: &str = "/-/reload";

/// `/-/reload` of Alertmanager: the file that is saved counts already, but groups count their intervals anew, as there.
pub(super) async fn reload(Caller(actor): Caller, State(portal): State<Portal>) -> Result<StatusCode, Refused> {
    portal.routes.reload(&actor).await?;
    Ok(StatusCode::OK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_merges_is_said_in_its_places() {
        let yaml = "x-rule: &rule\n  name: own\n  source_matchers: [a=b]\n  equal: [c]\nroute:\n  receiver: a\n\
                    receivers:\n- name: a\n  webhook_configs: []\ninhibit_rules:\n- <<: *rule\n  target_matchers: [d=e]\n";
        let told: Value = serde_norway::from_str(&theirs(yaml)).unwrap();
        let rule = json!({ "source_matchers": ["a=b"], "equal": ["c"], "target_matchers": ["d=e"] });
        assert_eq!(told, json!({ "route": { "receiver": "a" }, "receivers": [{ "name": "a" }], "inhibit_rules": [rule] }));
    }
}
