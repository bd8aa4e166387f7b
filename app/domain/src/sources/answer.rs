//! Questions in PromQL and their answers, as the query API of Prometheus gives them.
//!
//! Source: <https://prometheus.io/docs/prometheus/latest/querying/api/>.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Labels, kept::write_series};
use crate::{Fault, Span, Timestamp, Wording, time::SECOND, words::words};

/// Series of an answer that a page shows at most.
const MOST_SERIES: usize = 1_000;
/// Points of a range at most: about two per pixel.
const MOST_POINTS: i64 = 1_000;
/// What is said of an answer that is not whole.
const PART: &str = "the answer is only a part of what was asked for";
/// Characters of a warning that are told behind it.
const TOLD: usize = 300;

words! {
    /// What kind of answer it is.
    pub enum AnswerKind {
        /// One value for each series.
        Vector = "vector",
        /// Values over time for each series.
        Matrix = "matrix",
        /// One number.
        Scalar = "scalar",
        /// One text.
        String = "string",
    }
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// PromQL.
    pub expr: String,
    /// Over which span; `None` for one moment.
    pub span: Option<Span>,
    /// The moment, where there is no span.
    pub at: Timestamp,
    /// Milliseconds from one value of the span to the next; `None` for what a chart needs.
    pub step: Option<i64>,
}

impl Query {
    /// PromQL of 1–4,000 characters.
    pub fn parse_expr(text: &str) -> Result<String, Wording> {
        let text = text.trim();
        match text.chars().count() {
            0 => Err(Wording::new("expect-something")),
            n if n > 4_000 => Err(Wording::new("expect-at-most-characters").with("max", 4_000)),
            _ if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t' | '\r')) => {
                Err(Wording::new("expect-no-control-characters"))
            }
            _ => Ok(text.to_owned()),
        }
    }

    /// A question about one moment.
    pub fn instant(expr: &str, at: Timestamp) -> Result<Self, Fault> {
        let expr = Self::parse_expr(expr).map_err(|expected| Fault::invalid("q", expr, expected))?;
        Ok(Self { expr, span: None, at, step: None })
    }

    /// A question about a span.
    pub fn range(expr: &str, span: Span) -> Result<Self, Fault> {
        Ok(Self { span: Some(span), ..Self::instant(expr, span.to)? })
    }

    /// Milliseconds from one value to the next: where none is asked for, whole seconds, so that there are at most 1,000.
    pub fn step_ms(&self) -> i64 {
        if let Some(step) = self.step {
            return step;
        }
        let length = self.span.map_or(0, Span::length);
        let raw = length / MOST_POINTS + 1;
        raw.div_euclid(SECOND).max(0) * SECOND + if raw % SECOND == 0 { 0 } else { SECOND }
    }
}

/// One series of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Found {
    /// Its labels, the name of the metric (`__name__`) among them where there is one.
    pub labels: Labels,
    /// Moments and values; NaN and infinities are `null` in JSON.
    pub points: Vec<(Timestamp, f64)>,
}

impl Found {
    /// As it is written in PromQL.
    pub fn title(&self) -> String {
        let mut labels = self.labels.clone();
        let metric = labels.remove("__name__").unwrap_or_default();
        if metric.is_empty() && labels.is_empty() { "{}".to_owned() } else { write_series(&metric, &labels) }
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Answer {
    /// What kind.
    pub kind: AnswerKind,
    /// Its series; a scalar is one without labels.
    pub series: Vec<Found>,
    /// Series that are not shown because there are too many.
    pub left_out: usize,
    /// The text, of a string.
    pub text: String,
    /// What the source warns of.
    pub warnings: Vec<String>,
    /// Whether it is only a part of what was asked for: the source says so, or warns of more than how the question is put.
    pub partial: bool,
    /// Milliseconds that it took.
    pub took_ms: i64,
}

impl Answer {
    /// As much of it as a page shows. Whoever judges by it needs all of it.
    #[must_use]
    pub fn shown(mut self) -> Self {
        self.left_out += self.series.len().saturating_sub(MOST_SERIES);
        self.series.truncate(MOST_SERIES);
        self
    }

    /// Why it is only a part of what was asked for, in English; `None` where it is whole.
    pub fn lack(&self) -> Option<String> {
        let told = self.warnings.iter().find(|text| !is_annotation(text));
        let why = || told.map_or_else(|| PART.to_owned(), |why| format!("{PART}: {}", why.chars().take(TOLD).collect::<String>()));
        self.partial.then(why)
    }

    /// Itself where it is whole; else why not, in English.
    pub fn whole(self) -> Result<Self, String> {
        self.lack().map_or(Ok(self), Err)
    }
}

/// Whether a warning is about how the question is put, as PromQL has them: whatever else a source warns of, it could not reach all data.
fn is_annotation(warning: &str) -> bool {
    warning.starts_with("PromQL warning:") || warning.starts_with("PromQL info:")
}

/// Reads the whole body of an answer; an error is technical detail, in English.
pub fn read(body: &[u8], took_ms: i64) -> Result<Answer, String> {
    let json: Value = serde_json::from_slice(body).map_err(|error| format!("the answer is not JSON: {error}"))?;
    if json["status"] != "success" {
        let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
        return Err(match (text("errorType"), text("error")) {
            (kind, error) if kind.is_empty() && error.is_empty() => "the answer is none of a query API".into(),
            (kind, error) => format!("{kind}: {error}"),
        });
    }
    let data = &json["data"];
    let kind = data["resultType"].as_str().and_then(AnswerKind::parse).ok_or("the answer names no kind that is known")?;
    let warnings: Vec<String> = json["warnings"].as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect();
    // A cluster of VictoriaMetrics says so by itself; Thanos, and Prometheus with stores elsewhere, by a warning.
    let partial = json["isPartial"] == true || warnings.iter().any(|text| !is_annotation(text));
    let mut answer = Answer { kind, series: Vec::new(), left_out: 0, text: String::new(), warnings, partial, took_ms };
    let result = &data["result"];
    match kind {
        AnswerKind::Scalar => answer.series.push(Found { labels: Labels::new(), points: vec![point(result)?] }),
        AnswerKind::String => result[1].as_str().unwrap_or_default().clone_into(&mut answer.text),
        AnswerKind::Vector | AnswerKind::Matrix => {
            let rows = result.as_array().ok_or("the answer has no list of results")?;
            for row in rows {
                answer.series.push(series(row)?);
            }
        }
    }
    Ok(answer)
}

fn series(row: &Value) -> Result<Found, String> {
    let labels = row["metric"].as_object().ok_or("a result has no labels")?;
    let labels = labels.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect();
    let points = match (row.get("value"), row.get("values").and_then(Value::as_array)) {
        (Some(value), _) => vec![point(value)?],
        (None, Some(values)) => values.iter().map(point).collect::<Result<_, _>>()?,
        // Native histograms have no single value.
        (None, None) => Vec::new(),
    };
    Ok(Found { labels, points })
}

/// `[seconds, "value"]`.
fn point(value: &Value) -> Result<(Timestamp, f64), String> {
    let wrong = || format!("a value is not of the form [seconds, \"number\"]: {value}");
    let seconds = value[0].as_f64().ok_or_else(wrong)?;
    let number = value[1].as_str().and_then(super::exposition::lex::number).ok_or_else(wrong)?;
    #[expect(clippy::cast_possible_truncation, reason = "the conversion saturates")]
    Ok((Timestamp((seconds * 1_000.0).round() as i64), number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read() {
        let vector = r#"{"status":"success","warnings":["old"],"data":{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"a"},"value":[1.5,"1"]},{"metric":{},"value":[1.5,"NaN"]}]}}"#;
        let answer = read(vector.as_bytes(), 3).unwrap();
        assert_eq!((answer.kind, answer.series.len(), answer.warnings.len(), answer.took_ms), (AnswerKind::Vector, 2, 1, 3));
        assert_eq!(answer.series[0].title(), "up{job=\"a\"}");
        assert_eq!(answer.series[0].points, [(Timestamp(1_500), 1.0)]);
        assert_eq!(answer.series[1].title(), "{}");
        assert!(answer.series[1].points[0].1.is_nan());
        let matrix = r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1,"1"],[2,"+Inf"]]}]}}"#;
        assert_eq!(read(matrix.as_bytes(), 0).unwrap().series[0].points[1].1, f64::INFINITY);
        let scalar = r#"{"status":"success","data":{"resultType":"scalar","result":[1,"2"]}}"#;
        assert_eq!(read(scalar.as_bytes(), 0).unwrap().series[0].points[0].1, 2.0);
        let string = r#"{"status":"success","data":{"resultType":"string","result":[1,"word"]}}"#;
        assert_eq!(read(string.as_bytes(), 0).unwrap().text, "word");
    }

    #[test]
    fn all_is_read_and_some_of_it_is_shown() {
        let row = |n: usize| format!(r#"{{"metric":{{"n":"{n}"}},"value":[1,"1"]}}"#);
        let rows: Vec<String> = (0..1_500).map(row).collect();
        let body = format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{}]}}}}"#, rows.join(","));
        let answer = read(body.as_bytes(), 0).unwrap();
        assert_eq!((answer.series.len(), answer.left_out), (1_500, 0));
        let shown = answer.shown();
        assert_eq!((shown.series.len(), shown.left_out), (1_000, 500));
    }

    #[test]
    fn a_part_of_an_answer_is_not_whole() {
        let lack = |more: &str| {
            let body = format!(r#"{{"status":"success",{more}"data":{{"resultType":"vector","result":[]}}}}"#);
            let answer = read(body.as_bytes(), 0).unwrap();
            assert_eq!((answer.partial, answer.clone().whole().err()), (answer.lack().is_some(), answer.lack()), "{more}");
            answer.lack()
        };
        for whole in [
            "",
            r#""isPartial":false,"#,
            r#""warnings":[],"infos":["PromQL info: metric might not be a counter"],"#,
            r#""warnings":["PromQL warning: encountered a mix of histograms and floats for aggregation"],"#,
        ] {
            assert_eq!(lack(whole), None, "{whole}");
        }
        assert_eq!(lack(r#""isPartial":true,"#).as_deref(), Some(PART));
        let lost = r#""warnings":["PromQL warning: a mix","receive series from store-2:10901: unavailable"],"#;
        assert_eq!(lack(lost), Some(format!("{PART}: receive series from store-2:10901: unavailable")));
        let long = format!(r#""warnings":["{}"],"#, "x".repeat(1_000));
        assert_eq!(lack(&long).map(|why| why.len()), Some(PART.len() + 2 + TOLD));
    }

    #[test]
    fn what_is_no_answer_says_so() {
        for (body, why) in [
            ("<html>", "the answer is not JSON"),
            ("{}", "none of a query API"),
            (r#"{"status":"error","errorType":"bad_data","error":"1:3: parse error"}"#, "bad_data: 1:3: parse error"),
            (r#"{"status":"success","data":{"resultType":"cake"}}"#, "no kind"),
            (r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,2]}]}}"#, "not of the form"),
        ] {
            let wrong = read(body.as_bytes(), 0).unwrap_err();
            assert!(wrong.contains(why), "{body}: {wrong}");
        }
    }

    #[test]
    fn a_range_has_few_enough_steps() {
        let query = |ms| Query::range("up", Span { from: Timestamp(0), to: Timestamp(ms) }).unwrap().step_ms();
        assert_eq!(query(60_000), 1_000);
        assert_eq!(query(6 * 3_600_000), 22_000);
        assert!(Query::instant(" ", Timestamp(0)).is_err());
    }
}
