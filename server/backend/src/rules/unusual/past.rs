//! What a rule would have said over a span of the past.

use std::collections::BTreeMap;

use domain::{
    Fault, Span, Timestamp,
    alerts::Labels,
    time::{HOUR, MINUTE},
};

use super::{Asked, Days, Ground, History, Line, Memory, of_values, reach};
use crate::Context;
use crate::rules::read::SETTLED;

/// Moments of the past at which single values are tried.
const TRIED: i64 = 48;

/// How far the moments lie apart at which the past of a span is tried: by windows; of single values, each of which is read by itself,
/// by so many windows that few moments remain.
pub(in crate::rules) fn step(width: i64, by: &str, span: Span) -> i64 {
    let windows = (span.length() / width).max(1);
    if by.is_empty() { width } else { (windows + TRIED - 1) / TRIED * width }
}

/// The values at the ends of windows of a span, `step` apart, by label set.
pub(in crate::rules) async fn over(
    ctx: &Context,
    asked: &Asked<'_>,
    span: Span,
    step: i64,
) -> Result<BTreeMap<Labels, BTreeMap<Timestamp, f64>>, Fault> {
    let width = asked.width();
    let last = span.from.plus(span.length() / width * width);
    if !asked.by.is_empty() {
        let (memory, mut curves) = (Memory::of_one(), BTreeMap::<Labels, BTreeMap<Timestamp, f64>>::new());
        for place in 0..=span.length() / step {
            let moment = span.from.plus(place * step);
            let end = moment.plus(-SETTLED).floor(MINUTE);
            let mut conn = ctx.db.read().await?;
            let History::Values(values) = memory.of(&mut conn, asked, end.plus(-1).floor(HOUR)).await? else { continue };
            for one in of_values(&mut conn, asked, &values, end).await? {
                curves.entry(one.labels).or_default().insert(moment, one.value);
            }
        }
        return Ok(curves);
    }
    let mut conn = ctx.db.read().await?;
    let days = Days::read(&mut conn, asked, span).await?;
    let today = Line::read(&mut conn, asked, reach(asked, span.from, last), &days.special).await?;
    drop(conn);
    let measure = asked.measure;
    let judge = move || {
        let ground = Ground::new(measure, &days, &today);
        let ends = today.windows.iter().enumerate().filter(|(_, window)| window.at.plus(width) >= span.from);
        ends.filter_map(|(place, window)| Some((window.at.plus(width), ground.judge(place)?.0))).collect::<BTreeMap<_, _>>()
    };
    let values = tokio::task::spawn_blocking(judge).await.map_err(|_| Fault::Internal)?;
    Ok(BTreeMap::from([(Labels::new(), values)]))
}
