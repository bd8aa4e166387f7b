//! What rules and objectives may ask of sources. They have asked about authority.

use domain::{
    Fault, Reach, Span,
    id::SourceId,
    monitors::Resolution,
    sources::{Answer, Health, KeptPoint, Labels, Query, Selector, SourceKind},
    systems::Brief,
};
use sqlx::AnyConnection;

use super::{
    acts::unseal,
    fetch::{self, Refusal},
    store,
};
use crate::{Context, egress::Egress, systems};

/// A source as others need to know it.
pub(crate) struct Known {
    pub(crate) kind: SourceKind,
    pub(crate) system: Brief,
}

/// One source, whoever asks; `NotFound("source")` where there is none.
pub(crate) async fn known(conn: &mut AnyConnection, id: &SourceId) -> Result<Known, Fault> {
    let found = store::one(conn, &Reach::All, id).await?;
    let system = systems::brief(conn, &found.system).await?;
    Ok(Known { kind: found.kind, system })
}

/// Why nothing can be known of a source now, in English; `None` where it answers.
pub(crate) async fn trouble(conn: &mut AnyConnection, id: &SourceId) -> Result<Option<String>, Fault> {
    let found = match store::one(conn, &Reach::All, id).await {
        Err(Fault::NotFound(_)) => return Ok(Some("the source is gone".into())),
        found => found?,
    };
    Ok(if found.paused {
        Some(format!("the source {} is paused", found.name))
    } else if found.standing.health == Health::Down {
        Some(format!("the source {} does not answer: {}", found.name, found.standing.trouble))
    } else {
        None
    })
}

/// Asks a query source; why not, in English.
pub(crate) async fn answer(ctx: &Context, egress: &Egress, id: &SourceId, query: &Query) -> Result<Result<Answer, String>, Fault> {
    let source = {
        let mut conn = ctx.db.read().await?;
        if let Some(why) = trouble(&mut conn, id).await? {
            return Ok(Err(why));
        }
        store::one(&mut conn, &Reach::All, id).await?
    };
    if source.kind != SourceKind::Query {
        return Ok(Err(format!("the source {} takes no questions", source.name)));
    }
    let secret = unseal(ctx, &source)?;
    Ok(match fetch::query(egress, &source, secret.as_deref(), query).await {
        Ok(answer) => Ok(answer),
        Err(Refusal::Question(why)) => Err(format!("the source {} refuses the question: {why}", source.name)),
        Err(Refusal::Source(why)) => Err(format!("the source {} does not answer: {why}", source.name)),
    })
}

/// The kept series of a selector over a span, by minute or, where that would be too many slots, coarser.
pub(crate) async fn windows(
    conn: &mut AnyConnection,
    id: &SourceId,
    selector: &Selector,
    resolution: Resolution,
    span: Span,
) -> Result<Vec<(Labels, Vec<KeptPoint>)>, Fault> {
    let chosen: Vec<_> = store::lines(conn, id)
        .await?
        .into_iter()
        .map(|line| line.kept)
        .filter(|kept| selector.selects(&kept.metric, &kept.labels))
        .collect();
    let ids: Vec<_> = chosen.iter().map(|kept| kept.id.clone()).collect();
    let mut slots = store::slots(conn, &ids, resolution, span).await?;
    Ok(chosen.into_iter().map(|kept| (kept.labels, slots.remove(&kept.id).unwrap_or_default())).collect())
}
