//! `/api/v1/oncall`: schedules, who is on now, covers, swaps and addresses of feeds.

use app::{oncall::feed_address, visit::Guest};
use axum::{
    Json,
    extract::{OriginalUri, Path, State},
    http::StatusCode,
};
use domain::{
    Fault, Portal, Span, Timestamp, Wording,
    form::Typed,
    id::{CoverId, ScheduleId, SwapId, TeamId},
    oncall::{Feed, NowNext, Roster, Schedule, ScheduleRef, Swap},
    time::DAY,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Body, Caller, Created, alerts::query};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(now))
        .routes(routes!(list, create))
        .routes(routes!(detail, change, remove))
        .routes(routes!(shifts))
        .routes(routes!(preview))
        .routes(routes!(cover))
        .routes(routes!(uncover))
        .routes(routes!(swaps, offer))
        .routes(routes!(accept))
        .routes(routes!(decline))
        .routes(routes!(withdraw))
        .routes(routes!(feed, renew_feed))
        .routes(routes!(own_feed, renew_own_feed))
}

/// People who take turns.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct LayerBody {
    /// Its name.
    name: String,
    /// `daily`, `weekly` or `hourly`.
    rotation: String,
    /// Length of a turn in that unit; 1 where it is not given.
    every: Option<i64>,
    /// Wall time of the hand-off, e.g. `09:00`.
    handoff: String,
    /// Day of the first hand-off, e.g. `2025-03-17`.
    start: String,
    /// Ids of users, in order.
    people: Vec<String>,
    /// Hours of the week in which it has somebody; left out for always.
    hours: Option<Vec<HoursBody>>,
    /// `same`, `off` or `only`: what it does on holidays.
    holidays: Option<String>,
}

/// Hours of the week.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct HoursBody {
    /// `mon` to `sun`: days on which they begin.
    days: Vec<String>,
    /// Wall time, e.g. `20:00`.
    from: String,
    /// Wall time; over midnight where it is not later than `from`.
    to: String,
}

/// What a schedule says.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct ScheduleBody {
    /// One line, taken by no other schedule of the team.
    name: String,
    /// Id of the team.
    team: String,
    /// IANA zone of all wall times, e.g. `Asia/Shanghai`.
    zone: String,
    /// A later one covers an earlier one.
    layers: Vec<LayerBody>,
    /// A day and its name each: `2025-10-01 National Day`.
    holidays: Option<Vec<String>>,
    /// When changing: the version that was read.
    version: Option<i64>,
}

/// Somebody takes over.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct CoverBody {
    /// Id of a user who may work on the team's incidents, or `me`.
    person: String,
    /// Wall time, e.g. `2025-03-14T18:00`.
    start: String,
    /// Wall time.
    end: String,
    /// IANA zone of both; the schedule's where it is not given.
    zone: Option<String>,
    /// Why.
    reason: Option<String>,
}

/// One shift for another.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct SwapBody {
    /// A span of the caller's own duty: two moments of RFC 3339 with a slash between.
    gives: String,
    /// A span of somebody else's duty.
    takes: String,
}

/// What was made.
#[derive(Serialize, ToSchema)]
struct Made {
    /// Its id.
    id: String,
}

/// Where a calendar is read.
#[derive(Serialize, ToSchema)]
struct FeedAddress {
    /// Address of an iCalendar feed, the caller's own; whoever has it reads it without a login, as long as the caller may.
    address: String,
    /// Whether the caller may give it another.
    may_renew: bool,
}

impl FeedAddress {
    fn of(Guest(visit): &Guest, feed: &Feed) -> Json<Self> {
        Json(Self { address: feed_address(visit, &feed.secret), may_renew: feed.may_renew })
    }
}

fn read(id: &str) -> Result<ScheduleId, Fault> {
    ScheduleId::parse(id).ok_or(Fault::NotFound("schedule"))
}

fn read_swap(id: &str) -> Result<SwapId, Fault> {
    SwapId::parse(id).ok_or(Fault::NotFound("swap"))
}

/// `from` and `to` of a query: now and two weeks from it where they are not given.
fn span(query: &Typed, now: Timestamp) -> Result<Span, Fault> {
    let moment = |name: &'static str, usual: Timestamp| match query.get(name) {
        "" => Ok(usual),
        text => Timestamp::parse_rfc3339(text).ok_or_else(|| Fault::invalid(name, text, Wording::new("expect-time"))),
    };
    let from = moment("from", now)?;
    let to = moment("to", from.plus(14 * DAY))?;
    Span::new(from, to).ok_or_else(|| Fault::invalid("to", query.get("to"), Wording::new("oncall-expect-after")))
}

/// Who has each pager now, and who is next.
#[utoipa::path(get, path = "/api/v1/oncall/now", tag = "oncall", security(("token" = ["read"])),
    params(("team" = Option<String>, Query, description = "id of a team")), responses((status = 200, body = Vec<NowNext>)))]
async fn now(Caller(actor): Caller, State(portal): State<Portal>, uri: OriginalUri) -> Result<Json<Vec<NowNext>>, ApiFault> {
    let query = query(&uri);
    let team = match query.get("team") {
        "" => None,
        text => Some(TeamId::parse(text).ok_or_else(|| Fault::invalid("team", text, Wording::new("expect-id")))?),
    };
    Ok(Json(portal.oncall.now(&actor, team.as_ref()).await?))
}

/// Schedules, by name.
#[utoipa::path(get, path = "/api/v1/oncall/schedules", tag = "oncall", security(("token" = ["read"])), responses((status = 200, body = Vec<ScheduleRef>)))]
async fn list(Caller(actor): Caller, State(portal): State<Portal>) -> Result<Json<Vec<ScheduleRef>>, ApiFault> {
    Ok(Json(portal.oncall.schedules(&actor).await?))
}

/// Makes a schedule.
#[utoipa::path(post, path = "/api/v1/oncall/schedules", tag = "oncall", security(("token" = ["oncall.manage"])), request_body = ScheduleBody,
    responses((status = 201, body = Schedule)))]
async fn create(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<Schedule>, ApiFault> {
    let id = portal.oncall.create(&actor, &typed).await?;
    Ok(Created::new(format!("/api/v1/oncall/schedules/{id}"), portal.oncall.schedule(&actor, &id).await?))
}

/// One schedule with its covers.
#[utoipa::path(get, path = "/api/v1/oncall/schedules/{id}", tag = "oncall", security(("token" = ["read"])), params(("id" = String, Path)),
    responses((status = 200, body = Schedule)))]
async fn detail(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Schedule>, ApiFault> {
    Ok(Json(portal.oncall.schedule(&actor, &read(&id)?).await?))
}

/// Changes a schedule.
#[utoipa::path(put, path = "/api/v1/oncall/schedules/{id}", tag = "oncall", security(("token" = ["oncall.manage"])), params(("id" = String, Path)),
    request_body = ScheduleBody, responses((status = 200, body = Schedule), (status = 409, description = "changed since it was read")))]
async fn change(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Schedule>, ApiFault> {
    let id = read(&id)?;
    portal.oncall.change(&actor, &id, &typed).await?;
    Ok(Json(portal.oncall.schedule(&actor, &id).await?))
}

/// Removes a schedule.
#[utoipa::path(delete, path = "/api/v1/oncall/schedules/{id}", tag = "oncall", security(("token" = ["oncall.manage"])), params(("id" = String, Path)),
    responses((status = 204)))]
async fn remove(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.oncall.remove(&actor, &read(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Its calendar: each layer, and what counts in the end, gaps included.
#[utoipa::path(get, path = "/api/v1/oncall/schedules/{id}/shifts", tag = "oncall", security(("token" = ["read"])),
    params(("id" = String, Path), ("from" = Option<String>, Query, description = "RFC 3339; else now"),
        ("to" = Option<String>, Query, description = "RFC 3339; else two weeks later")),
    responses((status = 200, body = Roster)))]
async fn shifts(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    uri: OriginalUri,
) -> Result<Json<Roster>, ApiFault> {
    let span = span(&query(&uri), portal.clock.now())?;
    Ok(Json(portal.oncall.roster(&actor, &read(&id)?, span).await?))
}

/// What the calendar would be, without storing it.
#[utoipa::path(post, path = "/api/v1/oncall/preview", tag = "oncall", security(("token" = ["oncall.manage"])), request_body = ScheduleBody,
    params(("from" = Option<String>, Query, description = "RFC 3339; else now"), ("to" = Option<String>, Query, description = "RFC 3339; else two weeks later")),
    responses((status = 200, body = Roster)))]
async fn preview(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    uri: OriginalUri,
    Body(typed): Body<Typed>,
) -> Result<Json<Roster>, ApiFault> {
    let span = span(&query(&uri), portal.clock.now())?;
    Ok(Json(portal.oncall.preview(&actor, None, &typed, span).await?))
}

/// Puts a person in place of whoever the layers say.
#[utoipa::path(post, path = "/api/v1/oncall/schedules/{id}/covers", tag = "oncall", security(("token" = ["read"])), params(("id" = String, Path)),
    request_body = CoverBody, responses((status = 201, body = Made)))]
async fn cover(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Created<Made>, ApiFault> {
    let id = read(&id)?;
    let made = portal.oncall.cover(&actor, &id, &typed).await?;
    Ok(Created::new(format!("/api/v1/oncall/schedules/{id}/covers/{made}"), Made { id: made.to_string() }))
}

/// Takes a cover away; one that has begun ends now.
#[utoipa::path(delete, path = "/api/v1/oncall/schedules/{id}/covers/{cover}", tag = "oncall", security(("token" = ["read"])),
    params(("id" = String, Path), ("cover" = String, Path)), responses((status = 204)))]
async fn uncover(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path((id, cover)): Path<(String, String)>,
) -> Result<StatusCode, ApiFault> {
    let cover = CoverId::parse(&cover).ok_or(Fault::NotFound("cover"))?;
    portal.oncall.uncover(&actor, &read(&id)?, &cover).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Offers of a schedule that wait for an answer.
#[utoipa::path(get, path = "/api/v1/oncall/schedules/{id}/swaps", tag = "oncall", security(("token" = ["read"])), params(("id" = String, Path)),
    responses((status = 200, body = Vec<Swap>)))]
async fn swaps(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Vec<Swap>>, ApiFault> {
    Ok(Json(portal.oncall.swaps(&actor, Some(&read(&id)?)).await?))
}

/// Offers one of the caller's shifts for somebody else's.
#[utoipa::path(post, path = "/api/v1/oncall/schedules/{id}/swaps", tag = "oncall", security(("token" = ["read"])), params(("id" = String, Path)),
    request_body = SwapBody, responses((status = 201, body = Made)))]
async fn offer(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Created<Made>, ApiFault> {
    let made = portal.oncall.offer(&actor, &read(&id)?, &typed).await?;
    Ok(Created::new(format!("/api/v1/oncall/swaps/{made}"), Made { id: made.to_string() }))
}

/// Takes an offer: both have each other's shift.
#[utoipa::path(post, path = "/api/v1/oncall/swaps/{id}/accept", tag = "oncall", security(("token" = ["read"])), params(("id" = String, Path)),
    responses((status = 204), (status = 409, description = "answered already, or the shifts are not theirs any more")))]
async fn accept(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.oncall.accept(&actor, &read_swap(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Says no to an offer.
#[utoipa::path(post, path = "/api/v1/oncall/swaps/{id}/decline", tag = "oncall", security(("token" = ["read"])), params(("id" = String, Path)),
    responses((status = 204)))]
async fn decline(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.oncall.decline(&actor, &read_swap(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes one's own offer back.
#[utoipa::path(post, path = "/api/v1/oncall/swaps/{id}/withdraw", tag = "oncall", security(("token" = ["read"])), params(("id" = String, Path)),
    responses((status = 204)))]
async fn withdraw(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.oncall.withdraw(&actor, &read_swap(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where the calendar of a schedule is read: an address of the caller's own. One that a token asks for ends with the token.
#[utoipa::path(get, path = "/api/v1/oncall/schedules/{id}/feed", tag = "oncall", security(("token" = ["read"])), params(("id" = String, Path)),
    responses((status = 200, body = FeedAddress)))]
async fn feed(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    guest: Guest,
) -> Result<Json<FeedAddress>, ApiFault> {
    Ok(FeedAddress::of(&guest, &portal.oncall.feed(&actor, &read(&id)?).await?))
}

/// Gives the calendar of a schedule another address; the old one is dead at once.
#[utoipa::path(post, path = "/api/v1/oncall/schedules/{id}/feed", tag = "oncall", security(("token" = ["oncall.manage"])), params(("id" = String, Path)),
    responses((status = 200, body = FeedAddress)))]
async fn renew_feed(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    guest: Guest,
) -> Result<Json<FeedAddress>, ApiFault> {
    let id = read(&id)?;
    portal.oncall.renew_feed(&actor, &id).await?;
    Ok(FeedAddress::of(&guest, &portal.oncall.feed(&actor, &id).await?))
}

/// Where the calendar of the caller's own shifts is read; 404 before it was made.
#[utoipa::path(get, path = "/api/v1/oncall/feed", tag = "oncall", security(("token" = [])),
    responses((status = 200, body = FeedAddress), (status = 404, description = "it was not made yet")))]
async fn own_feed(Caller(actor): Caller, State(portal): State<Portal>, guest: Guest) -> Result<Json<FeedAddress>, ApiFault> {
    let feed = portal.oncall.own_feed(&actor).await?.ok_or(Fault::NotFound("calendar"))?;
    Ok(FeedAddress::of(&guest, &feed))
}

/// Makes the calendar of the caller's own shifts, or gives it another address; the old one is dead at once.
#[utoipa::path(post, path = "/api/v1/oncall/feed", tag = "oncall", security(("token" = [])),
    responses((status = 200, body = FeedAddress), (status = 429, description = "it was made within the last minute")))]
async fn renew_own_feed(Caller(actor): Caller, State(portal): State<Portal>, guest: Guest) -> Result<Json<FeedAddress>, ApiFault> {
    portal.oncall.renew_own_feed(&actor).await?;
    let feed = portal.oncall.own_feed(&actor).await?.ok_or(Fault::NotFound("calendar"))?;
    Ok(FeedAddress::of(&guest, &feed))
}
