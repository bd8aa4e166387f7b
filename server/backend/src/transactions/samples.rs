//! Sample failures: kept with their batch, asked for by pages.

use domain::{
    Actor, Fault, Permission, Wording,
    streams::Stream,
    transactions::{FailureSample, FailureSamples, MOST_SAMPLES, SamplesAsked, Tables},
};

use super::{
    ask::{choose, chosen_streams},
    dictionary::Translation,
    store::samples::{self, NewSample},
    writer::Job,
};
use crate::{Context, streams, systems};

/// The failures of batches that may be kept, in numbers of the dictionary.
pub(super) fn packed(ctx: &Context, jobs: &[Job], translations: &[Translation]) -> Vec<NewSample> {
    let each = jobs.iter().zip(translations).flat_map(|(job, translation)| {
        job.samples.iter().filter_map(move |failure| {
            let body = serde_json::to_string(&job.names.received(failure)).ok()?;
            let row = translation.row(&failure.row);
            Some(NewSample { id: ctx.new_id(), row, at: failure.at, body, per_minute: failure.per_minute })
        })
    });
    each.collect()
}

/// The newest samples of a choice within reach.
pub(super) async fn asked(ctx: &Context, actor: &Actor, asked: &SamplesAsked) -> Result<FailureSamples, Fault> {
    actor.require_somewhere(Permission::Read)?;
    if !(1..=MOST_SAMPLES).contains(&asked.most) {
        return Err(Fault::invalid("top", asked.most, Wording::new("expect-between").with("min", 1).with("max", MOST_SAMPLES)));
    }
    let conn = &mut *ctx.db.read().await?;
    let systems = systems::all(conn, &actor.reach(Permission::Read)).await?;
    let streams = streams::of(conn, systems).await?;
    let keeping: Vec<Stream> =
        chosen_streams(&streams, &asked.filter)?.into_iter().filter(|stream| stream.keeping.sample_days.is_some()).collect();
    if keeping.is_empty() {
        return Ok(FailureSamples::default());
    }
    let mut choice = choose(conn, &keeping, &asked.filter, &Tables::Of(Vec::new())).await?;
    choice.excuse(conn, &asked.excused).await?;
    let mut found = Vec::new();
    for (number, given) in choice.streams.iter().zip(&choice.given) {
        let (Some(stream), Some(chosen)) = (keeping.get(*given), choice.wanted.streams.get(number)) else { continue };
        // What is older is as good as gone, whether or not it was swept yet.
        let since = stream.keeping.samples_since(ctx.now()).unwrap_or(asked.span.to);
        let mut span = asked.span;
        span.from = span.from.max(since);
        let newest = samples::newest(conn, (*number, chosen, &choice.wanted), span, asked.most).await?;
        found.extend(newest.into_iter().map(|(at, received)| FailureSample { at, stream: stream.full.clone(), received }));
    }
    found.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.stream.cmp(&b.stream)));
    found.truncate(asked.most);
    Ok(FailureSamples { kept_by: keeping.into_iter().map(|stream| stream.full).collect(), samples: found })
}
