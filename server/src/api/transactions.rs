//! `/api/v1/transactions`: batches in, counts out.
//!
//! A batch may come as NDJSON, a JSON array or one JSON object, plain or compressed. What is answered as accepted is durable.
//! Its place is taken before its body is read, so that overload costs next to nothing.

use std::io::Read;

use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{
    Actor, Fault, Portal, Wording,
    form::Typed,
    id::StreamId,
    people::{Identity, Locale},
    streams::{ColumnMap, Sheet, decoded, line_of_row},
    transactions::{
        Analysis, Batch, FailureSamples, Filter, Intake, LineProblem, MOST_SAMPLES, Question, Receipt, SAMPLES_SHOWN, SamplesAsked,
        SliceRow, Sort, Tables,
    },
};
use http_body_util::BodyExt;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Caller, Query, period};
use crate::error;

/// Bytes that a batch may have, before and after it is decompressed.
const MOST: usize = 32 << 20;

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new().routes(routes!(ingest, analyse)).routes(routes!(samples))
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BatchAnswer {
    /// `urn:evenkeel:problem:invalid` where nothing was accepted.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The problem in words, where nothing was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The HTTP status.
    pub status: u16,
    /// Lines counted; they are durable.
    pub accepted: u64,
    /// Lines refused.
    pub refused: u64,
    /// The batch was counted before under the same key; nothing was counted again.
    pub replayed: bool,
    /// What was wrong with the first hundred refused lines.
    pub errors: Vec<LineError>,
    /// Refused lines that are not listed.
    pub errors_omitted: u64,
    /// Arrival less the newest time among the lines that were counted, in milliseconds; below zero your clock runs ahead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newest_lag_ms: Option<i64>,
    /// Arrival less the oldest time among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest_lag_ms: Option<i64>,
    /// Lines of a table that hold no rows, before its header or beneath its rows, as `1-3, 20`; none of them was counted or refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passed: Option<String>,
}

/// What was wrong with one field of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LineError {
    /// Line of the batch from 1; the element in an array.
    pub line: u64,
    /// The line's own id, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The field; empty where it is the line as a whole.
    pub field: String,
    /// What was given.
    pub value: String,
    /// What would be right.
    pub expected: String,
}

/// Counts a batch of transactions.
///
/// Send NDJSON (one object a line), a JSON array or one JSON object, plain, gzip, zstd or deflate, at most 32 MiB decompressed. Fields: `time`
/// (RFC 3339 or epoch milliseconds), `system` (its key), `stream` (`system/stream`, where it is not the usual one), `link`, `merchant`,
/// `channel` or the dimensions that the stream declares, `code`, `success` (else read off the code), `latency_ms`, `amount` (minor units, or a decimal as text), `currency`, `id`. Good lines are counted even where others are refused. With
/// a `stream` in the address, a table (`text/csv`, with a header) is taken too, its columns as `map` says or as their names let guess, whose rows make at most 32 MiB as such objects. With an `Idempotency-Key` (or `X-Batch-Id`) the same batch counts once, however often it is sent; with `?key=content` its content is the key, for senders that cannot name one. 429 means that too much waits already: nothing
/// was done, come back after `Retry-After`.
#[utoipa::path(post, path = "/api/v1/transactions", tag = "transactions",
    request_body(content((String = "application/x-ndjson"), (Vec<serde_json::Value> = "application/json"), (String = "text/csv"))),
    params(("stream" = Option<String>, Query, description = "`system/stream` that all lines are of, whatever they say themselves."),
        ("map" = Option<Vec<String>>, Query, description = "`Bank=link`: a column (or field) and what it holds, `time`, `code`, `success`, `latency`, `amount`, `currency`, `id` or the key of a dimension; `When=time:local:Asia/Shanghai` says how a time is written, too, `Sum=amount:major-comma` and `took=latency:ns` in which unit; of a table `Date+Time=time` is a time in two columns; takes `stream`."),
        ("key" = Option<String>, Query, description = "`content`: a batch without an `Idempotency-Key` goes by its unpacked content; two that are equal count once."),
        ("Idempotency-Key" = Option<String>, Header, description = "Your name for this batch of the stream that the address names, 1 to 200 visible characters.")),
    security(("token" = ["transactions.ingest"])),
    responses(
        (status = 200, body = BatchAnswer), (status = 409, description = "Another batch came under this key."),
        (status = 413, description = "More than 32 MiB."),
        (status = 415, description = "Neither lines of JSON nor an array, or packed otherwise."), (status = 422, body = BatchAnswer), (status = 429, description = "The queue is full.")
    ))]
async fn ingest(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    identity: Option<Extension<Identity>>,
    Query(pairs): Query<Vec<(String, String)>>,
    headers: HeaderMap,
    body: axum::body::Body,
) -> Result<Response, ApiFault> {
    let named = pairs.iter().find(|(name, value)| name == "stream" && !value.is_empty()).map(|(_, value)| value.clone());
    take(portal, actor, identity.map(|Extension(identity)| identity), (&headers, &pairs), body, (None, named)).await
}

/// Takes a batch, of one stream or of those that its lines name.
pub(super) async fn take(
    portal: Portal,
    actor: Actor,
    identity: Option<Identity>,
    (headers, pairs): (&HeaderMap, &[(String, String)]),
    body: axum::body::Body,
    (stream, stream_name): (Option<StreamId>, Option<String>),
) -> Result<Response, ApiFault> {
    let text = |name: &str| headers.get(name).map(|v| String::from_utf8_lossy(v.as_bytes()).trim().to_owned());
    let packing = Packing::read(&text("content-encoding").unwrap_or_default().to_ascii_lowercase())?;
    let table = check_form(&text("content-type").unwrap_or_default(), stream.is_some() || stream_name.is_some())?;
    let mut columns = ColumnMap::parse(pairs.iter().filter(|(name, _)| name == "map").map(|(_, value)| value.as_str()))?;
    let key = text("idempotency-key").or_else(|| text("x-batch-id"));
    let by_content = by_content(pairs)?;
    let announced = text("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut place = portal.transactions.reserve(&actor, announced).await?;
    let body = whole(body, place.as_mut()).await?;
    let (mut body, mut place) = unfolded(body, packing, place).await?;
    let (mut begins, mut passed) = (Vec::new(), None);
    if table {
        place.turn().await?;
        let sheet;
        (sheet, place) = rows_of(body, columns.joins(), place).await?;
        passed = (!sheet.passed.is_empty()).then(|| sheet.passed.to_string());
        (body, columns.header, begins) = (sheet.lines.into_bytes(), Some(sheet.header), sheet.begins);
    }
    let columns = (!columns.is_empty()).then(|| Box::new(columns));
    let mut receipt = place.count(Batch { body, key, by_content, stream, stream_name, columns, ..Batch::default() }).await?;
    // A row is known by the line of the table in which it begins.
    for problem in &mut receipt.problems {
        problem.line = line_of_row(&begins, problem.line);
    }
    let locale = identity.and_then(|i| i.preferences.locale).unwrap_or_else(|| error::locale(headers));
    Ok(answer(&receipt, passed, locale))
}

/// Whether the content of a batch is its key: for senders that cannot name one, and send the same bytes again when an answer is lost.
fn by_content(pairs: &[(String, String)]) -> Result<bool, Fault> {
    match pairs.iter().find(|(name, _)| name == "key").map(|(_, value)| value.as_str()) {
        None | Some("") => Ok(false),
        Some("content") => Ok(true),
        Some(other) => Err(Fault::invalid("key", other, Wording::new("expect-one-of").with("choices", "content"))),
    }
}

/// A table, its rows as lines of JSON. They may have as many bytes as any batch, and room is made for them as they are written.
async fn rows_of(body: Vec<u8>, joins: Vec<String>, mut place: Box<dyn Intake>) -> Result<(Sheet, Box<dyn Intake>), ApiFault> {
    tokio::task::spawn_blocking(move || {
        let sheet = Sheet::read_within(&decoded(&body), &joins, |bytes| {
            if bytes > MOST {
                return Err(too_large());
            }
            Ok(place.grow((body.len() + bytes) as u64)?)
        })?;
        Ok((sheet, place))
    })
    .await
    .map_err(|_| Fault::Internal)?
}

/// Refuses forms that hold no lines. Whatever else a sender calls its lines is looked at: curl says that they are a form. Gives whether
/// it is a table, whose columns are known only of a stream that is named.
fn check_form(kind: &str, named: bool) -> Result<bool, ApiFault> {
    let essence = kind.split(';').next().unwrap_or_default().to_ascii_lowercase();
    if named && essence.contains("csv") {
        return Ok(true);
    }
    let foreign = ["msgpack", "protobuf", "cbor", "avro", "csv", "multipart", "xml"];
    if foreign.iter().any(|form| essence.contains(form)) {
        let detail = format!(
            "content-type is {kind:?}; expected lines of JSON or an array (application/x-ndjson, application/json; in Fluent Bit \
             `Format json_lines`); a table (text/csv) goes to a stream that the address names, comes by `evenkeel import transactions`, or by \
             the page of its stream"
        );
        return Err(ApiFault::Malformed(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    Ok(false)
}

fn too_large() -> ApiFault {
    ApiFault::Malformed(StatusCode::PAYLOAD_TOO_LARGE, format!("the batch has more than {} MiB, or broke off", MOST >> 20))
}

/// Reads the body to its end, making room for it as it comes.
async fn whole(mut body: axum::body::Body, place: &mut dyn Intake) -> Result<Vec<u8>, ApiFault> {
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| too_large())?.into_data() else { continue };
        if whole.len() + data.len() > MOST {
            return Err(too_large());
        }
        place.grow((whole.len() + data.len()) as u64)?;
        whole.extend_from_slice(&data);
    }
    Ok(whole)
}

/// How a body is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    Plain,
    Gzip,
    Deflate,
    Zstd,
}

impl Packing {
    fn read(encoding: &str) -> Result<Self, ApiFault> {
        match encoding {
            "" | "identity" => Ok(Self::Plain),
            "gzip" | "x-gzip" => Ok(Self::Gzip),
            "deflate" => Ok(Self::Deflate),
            "zstd" => Ok(Self::Zstd),
            other => {
                let detail = format!("content-encoding is {other:?}; expected gzip, zstd, deflate or none");
                Err(ApiFault::Malformed(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail))
            }
        }
    }
}

/// Decompresses when it is the batch's turn, off the async threads, and stops at the bound: what unfolds without end never
/// fills memory. The place goes along, so that it stays taken until the work has ended, whether or not anybody still waits.
async fn unfolded(body: Vec<u8>, packing: Packing, mut place: Box<dyn Intake>) -> Result<(Vec<u8>, Box<dyn Intake>), ApiFault> {
    if packing == Packing::Plain {
        return Ok((body, place));
    }
    place.turn().await?;
    tokio::task::spawn_blocking(move || {
        let mut out = Vec::new();
        let read = match packing {
            Packing::Plain => Ok(0),
            Packing::Gzip => flate2::read::MultiGzDecoder::new(&*body).take(MOST as u64 + 1).read_to_end(&mut out),
            Packing::Deflate => flate2::read::ZlibDecoder::new(&*body).take(MOST as u64 + 1).read_to_end(&mut out),
            Packing::Zstd => zstd::stream::read::Decoder::new(&*body).and_then(|mut decoder| {
                decoder.window_log_max(25)?;
                decoder.take(MOST as u64 + 1).read_to_end(&mut out)
            }),
        };
        match read {
            Ok(_) if out.len() > MOST => Err(too_large()),
            Ok(_) => Ok((out, place)),
            Err(error) => Err(ApiFault::Malformed(StatusCode::BAD_REQUEST, format!("the body does not unpack as {packing:?}: {error}"))),
        }
    })
    .await
    .map_err(|_| Fault::Internal)?
}

/// What was wrong with lines, in words.
pub(super) fn line_errors(problems: &[LineProblem], locale: Locale) -> Vec<LineError> {
    let errors = problems.iter().flat_map(|line| {
        line.problems.iter().map(|problem| LineError {
            line: line.line,
            id: line.id.clone(),
            field: problem.field.clone(),
            value: problem.value.clone(),
            expected: app::i18n::say_wording(locale, &problem.expected),
        })
    });
    errors.collect()
}

fn answer(receipt: &Receipt, passed: Option<String>, locale: Locale) -> Response {
    let bad = receipt.accepted == 0;
    let status = if bad { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let errors = line_errors(&receipt.problems, locale);
    let body = BatchAnswer {
        kind: bad.then(|| "urn:evenkeel:problem:invalid".to_owned()),
        title: bad.then(|| app::i18n::say(locale, "fault-invalid-title", &[])),
        status: status.as_u16(),
        accepted: receipt.accepted,
        refused: receipt.refused,
        replayed: receipt.replayed,
        errors,
        errors_omitted: receipt.refused.saturating_sub(receipt.problems.len() as u64),
        newest_lag_ms: receipt.newest_lag_ms,
        oldest_lag_ms: receipt.oldest_lag_ms,
        passed,
    };
    let kind = if bad { "application/problem+json" } else { "application/json" };
    let mut answer = (status, [(header::CONTENT_TYPE, kind)], serde_json::to_string(&body).unwrap_or_default()).into_response();
    if receipt.replayed {
        answer.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
    }
    answer
}

/// What is answered to the question for counts.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct AnalysisAnswer {
    #[serde(flatten)]
    analysis: Analysis,
    /// By merchant; as in `dimensions`.
    merchants: Vec<SliceRow>,
    /// By link; as in `dimensions`.
    links: Vec<SliceRow>,
    /// By channel; as in `dimensions`.
    channels: Vec<SliceRow>,
}

/// Counts of a span beside the same span a week earlier: totals, chart, codes, every dimension of the streams, streams, systems.
///
/// `from` and `to` take RFC 3339, or a distance from now such as `now-6h`. `system`, `stream` (`system/stream`), `code` and every dimension by
/// its key (`link`, `merchant`, `channel`, or as declared, e.g. `region`) choose, and may be repeated; a dimension that none of the
/// streams has is refused.
#[utoipa::path(get, path = "/api/v1/transactions", tag = "transactions",
    params(
        ("from" = Option<String>, Query, description = "`now-1h` where it is not given."), ("to" = Option<String>, Query),
        ("tables" = Option<Vec<String>>, Query, description = "Only these tables, by key of the dimension, `code` or `none`; all where it is not given."),
        ("system" = Option<Vec<String>>, Query), ("stream" = Option<Vec<String>>, Query), ("link" = Option<Vec<String>>, Query), ("merchant" = Option<Vec<String>>, Query),
        ("channel" = Option<Vec<String>>, Query), ("code" = Option<Vec<String>>, Query),
        ("sort" = Option<String>, Query, description = "`failures`, `volume` or `rate`."),
        ("top" = Option<u32>, Query, description = "Rows of each table, 1 to 10000; 50 where it is not given."),
        ("zone" = Option<String>, Query, description = "IANA zone whose days and weeks are meant; that of the caller where it is not given.")
    ),
    responses((status = 200, body = AnalysisAnswer), (status = 422)))]
async fn analyse(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    identity: Option<Extension<Identity>>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<axum::Json<AnalysisAnswer>, ApiFault> {
    let typed = Typed::from_pairs(pairs);
    let (zone_name, zone) = period::zone(&typed, identity.map(|Extension(identity)| identity))?;
    let span = period::span(&typed, portal.clock.now(), &zone)?;
    let top = match typed.get("top") {
        "" => 50,
        text => text
            .parse()
            .ok()
            .filter(|n| (1..=10_000).contains(n))
            .ok_or_else(|| Fault::invalid("top", text, Wording::new("expect-between").with("min", 1).with("max", 10_000)))?,
    };
    let (filter, sort, tables) = (Filter::read(&typed)?, Sort::parse(typed.get("sort"))?, Tables::read(&typed));
    let question = Question { span, filter, zone: zone_name, sort, top, tables };
    let analysis = portal.transactions.analyse(&actor, &question).await?;
    let of = |dimension: &str| analysis.rows(dimension).to_vec();
    Ok(axum::Json(AnalysisAnswer { merchants: of("merchant"), links: of("link"), channels: of("channel"), analysis }))
}

/// Sample failures of a span: the newest under a choice that were kept one by one, as they were received.
///
/// Only streams that declare `sample_days` keep any, a bounded number of each minute; `kept_by` names those of them that are
/// chosen. The choice is that of `GET /api/v1/transactions`.
#[utoipa::path(get, path = "/api/v1/transactions/samples", tag = "transactions",
    params(
        ("from" = Option<String>, Query, description = "`now-1h` where it is not given."), ("to" = Option<String>, Query),
        ("system" = Option<Vec<String>>, Query), ("stream" = Option<Vec<String>>, Query), ("link" = Option<Vec<String>>, Query), ("merchant" = Option<Vec<String>>, Query),
        ("channel" = Option<Vec<String>>, Query), ("code" = Option<Vec<String>>, Query),
        ("top" = Option<u32>, Query, description = "How many, 1 to 100; 5 where it is not given."),
        ("zone" = Option<String>, Query, description = "IANA zone in which distances are meant; that of the caller where it is not given.")
    ),
    responses((status = 200, body = FailureSamples), (status = 422)))]
async fn samples(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    identity: Option<Extension<Identity>>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<axum::Json<FailureSamples>, ApiFault> {
    let typed = Typed::from_pairs(pairs);
    let (_, zone) = period::zone(&typed, identity.map(|Extension(identity)| identity))?;
    let span = period::span(&typed, portal.clock.now(), &zone)?;
    let most = match typed.get("top") {
        "" => SAMPLES_SHOWN,
        text => text
            .parse()
            .map_err(|_| Fault::invalid("top", text, Wording::new("expect-between").with("min", 1).with("max", MOST_SAMPLES)))?,
    };
    let asked = SamplesAsked { span, filter: Filter::read(&typed)?, excused: Vec::new(), most };
    Ok(axum::Json(portal.transactions.samples(&actor, &asked).await?))
}
