//! Counting what went well, where it is kept.
//!
//! A stretch is so many milliseconds before a moment, whatever wall clocks do meanwhile; or it began when the month did.

use domain::{
    Fault, Span, Timestamp,
    id::SystemId,
    objectives::{Count, Sli, WINDOW, begins},
    sources::{Answer, AnswerKind, Query},
    time::{DAY, HOUR, MINUTE, SECOND},
    transactions::{Filter, Sum, cells::Sums},
};

use crate::{Context, egress::Egress, sources, transactions};

/// A transaction is on its way for a while: what is counted ended this long ago.
const SETTLED: i64 = 30 * SECOND;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Stretch {
    /// What came within so many milliseconds.
    Last(i64),
    /// What came since.
    Since(Timestamp),
}

impl Stretch {
    /// The window of an objective, as it is at a moment: so many days, or the calendar month in a zone.
    pub(super) fn window(days: u32, month: &str, at: Timestamp) -> Self {
        if month.is_empty() { Self::Last(i64::from(days) * DAY) } else { Self::Since(begins(days, month, at)) }
    }

    /// How long it is at a moment, in milliseconds.
    pub(super) fn length(self, at: Timestamp) -> i64 {
        match self {
            Self::Last(ms) => ms,
            Self::Since(from) => at.since(from).max(MINUTE),
        }
    }

    /// What is counted of it at a moment, by our own cells.
    fn span(self, at: Timestamp) -> Span {
        let to = at.plus(-SETTLED).floor(MINUTE);
        match self {
            // Longer ones begin on the hour: minutes are not kept so long.
            Self::Last(ms) => Span { from: to.plus(-ms).floor(if ms > 6 * HOUR { HOUR } else { MINUTE }), to },
            Self::Since(from) => {
                let from = from.floor(HOUR);
                Span { from, to: to.max(from.plus(MINUTE)) }
            }
        }
    }
}

/// What is counted needs this much ground.
#[derive(Clone)]
pub(super) struct Counting {
    pub(super) ctx: Context,
    pub(super) egress: Egress,
    pub(super) transactions: transactions::Settings,
}

/// Counts by hour; an error says in English why nobody knows.
type Hours = Result<Vec<(Timestamp, Count)>, String>;

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn number(count: u64) -> f64 {
    count as f64
}

fn of_sums(sums: &Sums, excused: u64) -> Count {
    Count { good: number((sums.total + excused).saturating_sub(sums.failed).min(sums.total)), total: number(sums.total) }
}

fn of_latency(sum: &Sum, within_ms: f64) -> Count {
    Count { good: number(sum.latency.within(within_ms)), total: number(sum.latency.total()) }
}

/// The same choice, of failures with one of these codes.
fn coded(filter: &Filter, codes: &[String]) -> Filter {
    Filter { code: codes.to_vec(), ..filter.clone() }
}

/// A length as PromQL writes it.
fn length(ms: i64) -> String {
    if ms % HOUR == 0 { format!("{}h", ms / HOUR) } else { format!("{}m", (ms / MINUTE).max(1)) }
}

/// The sum of an answer's values at one moment; an empty one is nought. What is no number is missing, and no nought.
fn added(answer: &Answer) -> Result<f64, String> {
    if !matches!(answer.kind, AnswerKind::Vector | AnswerKind::Scalar) {
        return Err(format!("the answer is a {}; expected a vector or a number", answer.kind));
    }
    let sum: f64 = answer.series.iter().filter_map(|one| one.points.last().map(|(_, value)| *value)).sum();
    if sum.is_finite() { Ok(sum) } else { Err("a value of the answer is no number".to_owned()) }
}

/// Puts each value of an answer over time into its hour; what is no number is left out.
fn by_hour(answer: &Answer, from: Timestamp, hours: &mut [f64]) {
    for (at, value) in answer.series.iter().flat_map(|one| &one.points).filter(|(_, value)| value.is_finite()) {
        // An hour's count is asked for at its end.
        let hour = usize::try_from(at.since(from) / HOUR - 1).ok().and_then(|place| hours.get_mut(place));
        if let Some(hour) = hour {
            *hour += value;
        }
    }
}

impl Counting {
    async fn sum(&self, system: &SystemId, filter: &Filter, span: Span) -> Result<Sum, Fault> {
        let conn = &mut *self.ctx.db.read().await?;
        let kept = self.transactions.kept_of(conn, std::slice::from_ref(system), self.ctx.now()).await?;
        transactions::sum(conn, system, filter, span, &kept).await
    }

    async fn slots(&self, system: &SystemId, filter: &Filter, span: Span) -> Result<Vec<(Timestamp, Sum)>, Fault> {
        let conn = &mut *self.ctx.db.read().await?;
        let kept = self.transactions.kept_of(conn, std::slice::from_ref(system), self.ctx.now()).await?;
        transactions::slots(conn, system, filter, span, HOUR, &kept).await
    }

    /// Counts of a stretch that ends at a moment; an error says in English why nobody knows.
    pub(super) async fn stretch(
        &self,
        system: &SystemId,
        sli: &Sli,
        stretch: Stretch,
        at: Timestamp,
    ) -> Result<Result<Count, String>, Fault> {
        let span = stretch.span(at);
        Ok(Ok(match sli {
            Sli::Success { filter, excused } => {
                let sums = self.sum(system, filter, span).await?.sums;
                let excused = match excused.as_slice() {
                    [] => 0,
                    codes => self.sum(system, &coded(filter, codes), span).await?.sums.failed,
                };
                of_sums(&sums, excused)
            }
            Sli::Latency { filter, within_ms } => of_latency(&self.sum(system, filter, span).await?, *within_ms),
            Sli::Query { source, good, total } => {
                let mut numbers = [0.0; 2];
                for (number, expr) in numbers.iter_mut().zip([good, total]) {
                    let query = Query { expr: expr.replace(WINDOW, &length(stretch.length(at))), span: None, at, step: None };
                    let answer = sources::answer(&self.ctx, &self.egress, source, &query).await?;
                    match answer.and_then(Answer::whole).and_then(|answer| added(&answer)) {
                        Ok(sum) => *number = sum,
                        Err(why) => return Ok(Err(why)),
                    }
                }
                Count { good: numbers[0], total: numbers[1] }
            }
        }))
    }

    /// Counts by hour over a span that begins and ends on hours; an error says in English why nobody knows.
    pub(super) async fn hours(&self, system: &SystemId, sli: &Sli, span: Span) -> Result<Hours, Fault> {
        Ok(Ok(match sli {
            Sli::Success { filter, excused } => {
                let slots = self.slots(system, filter, span).await?;
                let excused = match excused.as_slice() {
                    [] => Vec::new(),
                    codes => self.slots(system, &coded(filter, codes), span).await?,
                };
                let excused = excused.into_iter().map(|(_, sum)| sum.sums.failed).chain(std::iter::repeat(0));
                slots.into_iter().zip(excused).map(|((at, sum), excused)| (at, of_sums(&sum.sums, excused))).collect()
            }
            Sli::Latency { filter, within_ms } => {
                let slots = self.slots(system, filter, span).await?;
                slots.into_iter().map(|(at, sum)| (at, of_latency(&sum, *within_ms))).collect()
            }
            Sli::Query { source, good, total } => {
                let count = usize::try_from(span.length() / HOUR).unwrap_or(0);
                let mut numbers = [vec![0.0; count], vec![0.0; count]];
                for (hours, expr) in numbers.iter_mut().zip([good, total]) {
                    let asked = Span { from: span.from.plus(HOUR), to: span.to };
                    let query = Query { expr: expr.replace(WINDOW, "1h"), span: Some(asked), at: span.to, step: Some(HOUR) };
                    match sources::answer(&self.ctx, &self.egress, source, &query).await?.and_then(Answer::whole) {
                        Ok(answer) => by_hour(&answer, span.from, hours),
                        Err(why) => return Ok(Err(why)),
                    }
                }
                let [good, total] = numbers;
                let counts = good.into_iter().zip(total).map(|(good, total)| Count { good, total });
                (0..).zip(counts).map(|(slot, count)| (span.from.plus(slot * HOUR), count)).collect()
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use domain::sources::read_answer;

    use super::*;

    #[test]
    fn lengths_are_written_as_promql_reads_them() {
        for (ms, text) in [(5 * MINUTE, "5m"), (30 * MINUTE, "30m"), (HOUR, "1h"), (6 * HOUR, "6h"), (28 * DAY, "672h")] {
            assert_eq!(length(ms), text);
        }
    }

    #[test]
    fn a_month_is_counted_from_its_first_hour_on() {
        let at = |text: &str| Timestamp::parse_rfc3339(text).unwrap();
        let month =
            |zone: &str, now: &str| (Stretch::window(28, zone, at(now)).span(at(now)), Stretch::window(28, zone, at(now)).length(at(now)));
        let (span, length) = month("Asia/Shanghai", "2025-03-14T06:00:10.000Z");
        assert_eq!((span.from, span.to), (at("2025-02-28T16:00:00.000Z"), at("2025-03-14T05:59:00.000Z")));
        assert_eq!(length, 13 * DAY + 14 * HOUR + 10 * SECOND);
        // In its first moments there is a minute of it; where a zone lies off the hour, the hour in which it begins.
        let (span, length) = month("Asia/Kolkata", "2025-02-28T18:30:05.000Z");
        assert_eq!((span.from, span.to, length), (at("2025-02-28T18:00:00.000Z"), at("2025-02-28T18:29:00.000Z"), MINUTE));
        let (span, _) = month("UTC", "2025-03-01T00:00:05.000Z");
        assert_eq!((span.from, span.to), (at("2025-03-01T00:00:00.000Z"), at("2025-03-01T00:01:00.000Z")));
    }

    #[test]
    fn what_is_no_number_is_missing() {
        let vector = |values: &[&str]| {
            let result: Vec<_> = values.iter().map(|value| serde_json::json!({ "metric": {}, "value": [1, value] })).collect();
            let body = serde_json::json!({ "status": "success", "data": { "resultType": "vector", "result": result } });
            read_answer(body.to_string().as_bytes(), 0).unwrap()
        };
        assert_eq!(added(&vector(&[])), Ok(0.0));
        assert_eq!(added(&vector(&["2", "0.5"])), Ok(2.5));
        assert!(added(&vector(&["2", "NaN"])).is_err() && added(&vector(&["+Inf"])).is_err());
        let matrix = br#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[3600,"1"],[7200,"NaN"],[10800,"4"],[14400,"9"]]},{"metric":{},"values":[[3600,"2"]]}]}}"#;
        let matrix = read_answer(matrix, 0).unwrap();
        assert!(added(&matrix).is_err());
        let mut hours = [0.0; 3];
        by_hour(&matrix, Timestamp(0), &mut hours);
        assert_eq!(hours, [3.0, 0.0, 4.0]);
    }
}
