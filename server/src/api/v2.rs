//! `/api/v2`: Alertmanager's own API, so that Prometheus and amtool point at us unchanged.
//!
//! Shapes and words are those of its OpenAPI document, version 2, as of release 0.25; refusals are a JSON text, as there. Whoever
//! calls shows an API token, as Bearer or as the password of Basic. Clusters do not exist here.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{OriginalUri, Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{
    Actor, Fault, PageRequest, Permission, Portal, Timestamp,
    alerts::{
        Alert, Cause, Labels, Matcher, Posted, SeenFrom, Silence, SilenceState,
        labels::fingerprint,
        matcher::{Op, all_match, parse_matcher, print_matchers},
        routing::RESOLVE_TIMEOUT,
        silence::FOREVER,
    },
    form::Typed,
    id::SilenceId,
    people::Locale,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Body, Caller, alerts::query};

/// The endpoints.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(alerts, post))
        .routes(routes!(groups))
        .routes(routes!(silences, silence))
        .routes(routes!(one_silence))
        .routes(routes!(expire))
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
    #[serde(default)]
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
    let from = SeenFrom { kind: "alertmanager", team: None, system: None };
    portal.alerts.post(&actor, &from, taken).await?;
    Ok(StatusCode::OK)
}

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

    fn takes(&self, alert: &Alert, receivers: &[String]) -> bool {
        let by = |cause: Cause| alert.suppressed.iter().any(|reason| reason.cause == cause);
        let quiet = !alert.suppressed.is_empty();
        (self.active || quiet)
            && (self.silenced || !by(Cause::Silence))
            && (self.inhibited || !quiet || by(Cause::Silence))
            && (self.unprocessed || alert.fired_at.is_some())
            && self.receiver.as_ref().is_none_or(|matcher| receivers.iter().any(|name| matcher.takes(name)))
            && all_match(&self.matchers, &alert.labels)
    }
}

/// An alert as it is given. What Alertmanager has no word for, a dependency or a change, counts as inhibition.
fn gettable(alert: &Alert, receivers: &[String], now: Timestamp) -> Value {
    let by = |silence: bool| {
        let these = alert.suppressed.iter().filter(|reason| (reason.cause == Cause::Silence) == silence);
        these.map(|reason| if reason.by.is_empty() { reason.cause.to_string() } else { reason.by.clone() }).collect::<Vec<_>>()
    };
    let state = match (alert.fired_at, alert.suppressed.is_empty()) {
        (None, _) => "unprocessed",
        (_, true) => "active",
        (_, false) => "suppressed",
    };
    json!({
        "labels": alert.labels,
        "annotations": alert.annotations,
        "fingerprint": fingerprint(&alert.labels),
        "startsAt": alert.started_at.rfc3339(),
        "endsAt": alert.resolved_at.unwrap_or_else(|| now.plus(RESOLVE_TIMEOUT)).rfc3339(),
        "updatedAt": alert.changed_at.rfc3339(),
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
    let shown = found.iter().filter(|(alert, names)| wanted.takes(alert, names));
    Ok(Json(shown.map(|(alert, names)| gettable(alert, names, now)).collect()))
}

/// Alerts by group and receiver.
#[utoipa::path(get, path = "/api/v2/alerts/groups", tag = "alertmanager", security(("token" = ["read"])),
    params(("filter" = Option<Vec<String>>, Query, description = "matchers; repeatable"), ("receiver" = Option<String>, Query, description = "expression on receivers")),
    responses((status = 200, description = "a list of groups", body = Vec<Object>)))]
async fn groups(Caller(actor): Caller, State(portal): State<Portal>, uri: OriginalUri) -> Result<Json<Vec<Value>>, Refused> {
    let wanted = Wanted::read(&query(&uri))?;
    let now = portal.clock.now();
    let mut shown = Vec::new();
    for group in portal.routes.groups(&actor).await? {
        let names = vec![group.receiver.clone()];
        let alerts: Vec<Value> = group
            .alerts
            .iter()
            .filter(|alert| !alert.state.is_over() && wanted.takes(alert, &names))
            .map(|alert| gettable(alert, &names, now))
            .collect();
        if !alerts.is_empty() {
            shown.push(json!({ "labels": group.labels, "receiver": { "name": group.receiver }, "alerts": alerts }));
        }
    }
    Ok(Json(shown))
}

/// A matcher as it stands in JSON.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct JsonMatcher {
    name: String,
    value: String,
    is_regex: bool,
    #[serde(default = "yes")]
    is_equal: bool,
}

fn yes() -> bool {
    true
}

/// A silence as it is posted.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PostableSilence {
    #[serde(default)]
    id: Option<String>,
    matchers: Vec<JsonMatcher>,
    starts_at: String,
    ends_at: String,
    #[serde(default)]
    comment: String,
}

fn gettable_silence(silence: &Silence, now: Timestamp) -> Value {
    let span = silence.content.now_or_next(now);
    let matchers: Vec<JsonMatcher> = silence
        .content
        .matchers
        .iter()
        .map(|matcher| JsonMatcher {
            name: matcher.name().to_owned(),
            value: matcher.value().to_owned(),
            is_regex: matches!(matcher.op(), Op::Regex | Op::NotRegex),
            is_equal: matches!(matcher.op(), Op::Equal | Op::Regex),
        })
        .collect();
    json!({
        "id": silence.id,
        "status": { "state": silence.content.state(now).name() },
        "matchers": matchers,
        "startsAt": span.from.rfc3339(),
        "endsAt": span.to.min(FOREVER).rfc3339(),
        "updatedAt": silence.updated_at.rfc3339(),
        "createdBy": silence.created_by,
        "comment": silence.content.comment,
    })
}

/// Silences, those that are over too.
#[utoipa::path(get, path = "/api/v2/silences", tag = "alertmanager", security(("token" = ["read"])),
    params(("filter" = Option<Vec<String>>, Query, description = "matchers that its own must satisfy; repeatable")),
    responses((status = 200, description = "a list of silences", body = Vec<Object>)))]
async fn silences(Caller(actor): Caller, State(portal): State<Portal>, uri: OriginalUri) -> Result<Json<Vec<Value>>, Refused> {
    let wanted = Wanted::read(&query(&uri))?;
    let now = portal.clock.now();
    let mut page = PageRequest { after: None, limit: domain::page::MAX_PAGE };
    let mut shown = Vec::new();
    loop {
        let answer = portal.silences.list(&actor, None, &page).await?;
        for silence in &answer.items {
            // As upstream: the filter looks at the matchers as if they were labels.
            let labels: Labels = silence.content.matchers.iter().map(|m| (m.name().to_owned(), m.value().to_owned())).collect();
            if all_match(&wanted.matchers, &labels) {
                shown.push((silence.content.state(now), gettable_silence(silence, now)));
            }
        }
        match answer.next {
            Some(next) if shown.len() < 5_000 => page.after = Some(next),
            _ => break,
        }
    }
    shown.sort_by_key(|(state, _)| *state);
    Ok(Json(shown.into_iter().map(|(_, silence)| silence).collect()))
}

/// Whose alerts a silence that names no team speaks of: of every team where the actor may that, of the team whose key the matchers
/// name, or of the only one that the actor may silence.
async fn team_of(portal: &Portal, actor: &Actor, matchers: &[Matcher]) -> Result<String, Fault> {
    if actor.grants.everywhere.has(Permission::SilenceAlerts) {
        return Ok("*".to_owned());
    }
    let teams = portal.systems.teams(actor, Permission::SilenceAlerts).await?;
    let named = matchers.iter().find(|matcher| matcher.name() == "team" && matcher.op() == Op::Equal);
    let found = match named {
        Some(matcher) => teams.iter().find(|team| team.key == matcher.value()),
        None if teams.len() == 1 => teams.first(),
        None => None,
    };
    found
        .map(|team| team.id.to_string())
        .ok_or_else(|| Fault::invalid("matchers", print_matchers(matchers), domain::Wording::new("silences-expect-team")))
}

/// Makes a silence, or edits the one with the id.
#[utoipa::path(post, path = "/api/v2/silences", tag = "alertmanager", security(("token" = ["alerts.silence"])), request_body = PostableSilence,
    responses((status = 200, description = "its id", body = Object)))]
async fn silence(Caller(actor): Caller, State(portal): State<Portal>, Body(body): Body<Value>) -> Result<Json<Value>, Refused> {
    actor.require_somewhere(Permission::SilenceAlerts)?;
    let bad = |why: String| Refused(StatusCode::BAD_REQUEST, why);
    let read: PostableSilence = serde_json::from_value(body).map_err(|error| bad(format!("the body is not a silence: {error}")))?;
    let mut matchers = Vec::new();
    for matcher in &read.matchers {
        let op = match (matcher.is_equal, matcher.is_regex) {
            (true, false) => Op::Equal,
            (false, false) => Op::NotEqual,
            (true, true) => Op::Regex,
            (false, true) => Op::NotRegex,
        };
        matchers.push(Matcher::new(&matcher.name, op, &matcher.value).map_err(|why| bad(format!("invalid silence: {why}")))?);
    }
    let mut typed = Typed::default();
    typed.set("matchers", matchers.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    typed.set("start", &read.starts_at);
    typed.set("end", &read.ends_at);
    let comment: String = read.comment.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(120).collect();
    typed.set("comment", if comment.is_empty() { "—" } else { &comment });
    typed.set("team", team_of(&portal, &actor, &matchers).await?);
    let made = match read.id.as_deref().filter(|id| !id.is_empty()) {
        None => portal.silences.create(&actor, &typed).await?,
        Some(id) => {
            let id = SilenceId::parse(id).ok_or(Fault::NotFound("silence"))?;
            let before = portal.silences.get(&actor, &id).await?;
            let now = portal.clock.now();
            // As upstream: what silences something else, or is over, is another silence.
            let same = before.content.matchers == matchers;
            match (same, before.content.state(now)) {
                (true, SilenceState::Active | SilenceState::Pending) => portal.silences.edit(&actor, &id, &typed).await?,
                (_, state) => {
                    let made = portal.silences.create(&actor, &typed).await?;
                    if state != SilenceState::Expired {
                        portal.silences.expire(&actor, &id).await?;
                    }
                    made
                }
            }
        }
    };
    Ok(Json(json!({ "silenceID": made.id })))
}

fn read_id(id: &str) -> Result<SilenceId, Fault> {
    SilenceId::parse(id).ok_or(Fault::NotFound("silence"))
}

/// One silence.
#[utoipa::path(get, path = "/api/v2/silence/{id}", tag = "alertmanager", security(("token" = ["read"])), params(("id" = String, Path)),
    responses((status = 200, description = "the silence", body = Object)))]
async fn one_silence(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Value>, Refused> {
    let silence = portal.silences.get(&actor, &read_id(&id)?).await?;
    Ok(Json(gettable_silence(&silence, portal.clock.now())))
}

/// Ends a silence now.
#[utoipa::path(delete, path = "/api/v2/silence/{id}", tag = "alertmanager", security(("token" = ["alerts.silence"])), params(("id" = String, Path)),
    responses((status = 200, description = "it has ended")))]
async fn expire(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, Refused> {
    portal.silences.expire(&actor, &read_id(&id)?).await?;
    Ok(StatusCode::OK)
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
        "config": { "original": current.yaml },
        "uptime": current.at.rfc3339(),
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

/// `/-/reload` of Alertmanager: what is saved counts already, so there is nothing to do; whoever may route hears so.
pub(crate) async fn reload(caller: Result<Caller, ApiFault>) -> Result<StatusCode, Refused> {
    let Ok(Caller(actor)) = caller else { return Err(Fault::Unauthenticated.into()) };
    actor.require_everywhere(Permission::RouteAlerts)?;
    Ok(StatusCode::OK)
}
