//! Which dimension stands for merchants, or links, where senders have other names for them.

use super::{Filter, Question, Sort, Tables};
use crate::{
    Actor, Fault, Portal, Span,
    streams::{Stream, usual},
    time::DAY,
};

/// How long before its end a span is looked at: what is quiet for an hour or a weekend stays what it is.
const LOOKED_MS: i64 = 35 * DAY;

/// Dimensions of the streams that are none of the usual ones: the wide ones, or the narrow ones, in the order of their streams.
fn others(streams: &[Stream], wide: bool) -> Vec<String> {
    let usual = usual();
    let mut found: Vec<String> = Vec::new();
    for dimension in streams.iter().flat_map(Stream::open_dimensions).filter(|dimension| dimension.wide == wide) {
        if !found.contains(&dimension.key) && !usual.iter().any(|one| one.key == dimension.key) {
            found.push(dimension.key.clone());
        }
    }
    found
}

/// The dimension that stands for a usual one over a span: itself; where nothing that was counted in the weeks until its end has a value of
/// it, the first other one of streams, as wide as it is, of which something has.
///
/// # Errors
/// As those of [`super::Transactions::analyse`].
pub async fn standing_for(portal: &Portal, actor: &Actor, name: &str, span: Span, zone: &str) -> Result<String, Fault> {
    let wide = usual().iter().any(|one| one.key == name && one.wide);
    let others = others(&portal.streams.list(actor).await?, wide);
    if others.is_empty() {
        return Ok(name.to_owned());
    }
    // Most often the span itself says it; else it is not the hour that is looked at which decides.
    let long = Span { from: span.from.min(span.to.plus(-LOOKED_MS)), to: span.to };
    let all: Vec<String> = [name.to_owned()].into_iter().chain(others).collect();
    for (span, tables) in [(span, vec![name.to_owned()]), (long, all)] {
        // Values that are empty may come first.
        let asked = Tables::Of(tables.clone());
        let question = Question { span, filter: Filter::default(), zone: zone.to_owned(), sort: Sort::Volume, top: 2, tables: asked };
        let analysis = portal.transactions.analyse(actor, &question).await?;
        let has = |key: &String| analysis.rows(key).iter().any(|row| !row.value.is_empty() && row.total > 0);
        if let Some(found) = tables.into_iter().find(has) {
            return Ok(found);
        }
    }
    Ok(name.to_owned())
}
