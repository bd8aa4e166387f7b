//! Silences, as Alertmanager takes and gives them.

use axum::{
    Json,
    extract::{OriginalUri, Path, State},
    http::StatusCode,
};
use domain::{
    Actor, Fault, PageRequest, Permission, Portal, Timestamp,
    alerts::{
        Labels, Matcher, Silence, SilenceState,
        matcher::{Op, all_match, print_matchers},
        silence::{FOREVER, LONGEST_COMMENT, SilenceContent},
    },
    form::Typed,
    id::{SilenceId, TeamId},
    text::LONGEST_NAME,
    time::SECOND,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{Refused, Wanted};
use crate::api::{Body, Caller, alerts::query};

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
    created_by: String,
    #[serde(default)]
    comment: String,
}

fn gettable_silence(silence: &Silence, now: Timestamp) -> Value {
    let mut span = silence.content.now_or_next(now);
    if silence.content.state(now) == SilenceState::Expired {
        // As upstream: one that was ended before it began ended then.
        span.to = span.to.min(silence.updated_at);
        span.from = span.from.min(span.to);
    }
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
        "createdBy": silence.content.author.as_ref().unwrap_or(&silence.created_by),
        "comment": silence.content.comment,
    })
}

/// Silences, those that are over too.
#[utoipa::path(get, path = "/api/v2/silences", tag = "alertmanager", security(("token" = ["read"])),
    params(("filter" = Option<Vec<String>>, Query, description = "matchers that its own must satisfy; repeatable")),
    responses((status = 200, description = "a list of silences", body = Vec<Object>)))]
pub(super) async fn silences(Caller(actor): Caller, State(portal): State<Portal>, uri: OriginalUri) -> Result<Json<Vec<Value>>, Refused> {
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

/// What a program wrote, as one line of so many characters at most.
fn one_line(text: &str, longest: usize) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(longest).collect()
}

/// What a client of Alertmanager knows nothing of stays as it was: whose alerts it silences, and when it comes again.
fn keep(typed: &mut Typed, before: &SilenceContent, posted: &PostableSilence, now: Timestamp) -> Result<(), &'static str> {
    typed.set("team", before.team.as_ref().map_or("*", TeamId::as_str));
    if before.recurrence.is_none() {
        return Ok(());
    }
    let shown = before.now_or_next(now);
    let as_shown = |posted: &str, shown: Timestamp| Timestamp::parse_rfc3339(posted).is_some_and(|at| at.since(shown).abs() < SECOND);
    if !as_shown(&posted.starts_at, shown.from) || !as_shown(&posted.ends_at, shown.to.min(FOREVER)) {
        return Err("invalid silence: it comes again; leave its times as they are told here, or edit it in the portal");
    }
    let recurring = before.to_typed(&jiff::tz::TimeZone::UTC, "UTC");
    for field in ["zone", "start", "end", "rrule", "minutes"] {
        typed.set(field, recurring.get(field));
    }
    Ok(())
}

/// Makes a silence, or edits the one with the id.
#[utoipa::path(post, path = "/api/v2/silences", tag = "alertmanager", security(("token" = ["alerts.silence"])), request_body = PostableSilence,
    responses((status = 200, description = "its id", body = Object)))]
pub(super) async fn silence(Caller(actor): Caller, State(portal): State<Portal>, Body(body): Body<Value>) -> Result<Json<Value>, Refused> {
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
    let comment = one_line(&read.comment, LONGEST_COMMENT);
    typed.set("comment", if comment.is_empty() { "—" } else { &comment });
    let author = one_line(&read.created_by, LONGEST_NAME);
    if author != actor.name {
        typed.set("author", author);
    }
    let made = match read.id.as_deref().filter(|id| !id.is_empty()) {
        None => {
            typed.set("team", team_of(&portal, &actor, &matchers).await?);
            portal.silences.create(&actor, &typed).await?
        }
        Some(id) => {
            let id = SilenceId::parse(id).ok_or(Fault::NotFound("silence"))?;
            let before = portal.silences.get(&actor, &id).await?;
            let now = portal.clock.now();
            keep(&mut typed, &before.content, &read, now).map_err(|why| bad(why.to_owned()))?;
            // As upstream: what silences something else, or is over, is another silence.
            let same = before.content.matchers == matchers;
            match (same, before.content.state(now)) {
                (true, SilenceState::Active | SilenceState::Pending) => portal.silences.edit(&actor, &id, &typed).await?,
                _ => portal.silences.replace(&actor, &id, &typed).await?,
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
pub(super) async fn one_silence(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refused> {
    let silence = portal.silences.get(&actor, &read_id(&id)?).await?;
    Ok(Json(gettable_silence(&silence, portal.clock.now())))
}

/// Ends a silence now.
#[utoipa::path(delete, path = "/api/v2/silence/{id}", tag = "alertmanager", security(("token" = ["alerts.silence"])), params(("id" = String, Path)),
    responses((status = 200, description = "it has ended")))]
pub(super) async fn expire(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, Refused> {
    match portal.silences.expire(&actor, &read_id(&id)?).await {
        // As upstream: what is over stays so.
        Err(Fault::Conflict(wording)) if wording.key == "conflict-silence-expired" => Ok(StatusCode::OK),
        done => done.map(|()| StatusCode::OK).map_err(Refused::from),
    }
}
