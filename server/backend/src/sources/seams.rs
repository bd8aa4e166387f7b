//! What rules and objectives may ask of sources. About authority they ask by [`check`], when one is named.

use domain::{
    Actor, Fault, Permission, Reach, Span, Wording,
    alerts::Seen,
    id::SourceId,
    monitors::Resolution,
    sources::{Answer, Health, KeptPoint, Labels, Query, Selector, SourceKind},
};
use sqlx::AnyConnection;

use super::{
    acts::unseal,
    fetch::{self, Refusal},
    store,
};
use crate::{Context, egress::Egress, systems};

/// What is wanted of a source that a form names.
#[derive(Clone, Copy)]
pub(crate) enum Wanted {
    /// A question that is put with the credential of a query source: for whoever edits monitors in the source's team.
    Question,
    /// A question that it is asked already: for whoever reads the source.
    SameQuestion,
    /// The series that are kept of a scraped endpoint: for whoever reads the source.
    Kept,
}

/// Refuses a source that a form names where it is of another kind, or not the actor's to use so: a problem of the field `source`.
pub(crate) async fn check(conn: &mut AnyConnection, actor: &Actor, id: &SourceId, wanted: Wanted) -> Result<(), Fault> {
    let kind = if matches!(wanted, Wanted::Kept) { SourceKind::Scrape } else { SourceKind::Query };
    let found = match store::one(conn, &actor.reach(Permission::Read), id).await {
        Ok(found) if found.kind == kind => found,
        Ok(_) | Err(Fault::NotFound(_)) => return Err(Fault::invalid("source", id, Wording::new("expect-id"))),
        Err(fault) => return Err(fault),
    };
    let team = systems::brief(conn, &found.system).await?.team;
    if matches!(wanted, Wanted::Question) && !actor.may(Permission::EditMonitors, &team) {
        return Err(Fault::invalid("source", id, Wording::new("sources-expect-own")));
    }
    Ok(())
}

/// Why nothing can be known of a source now, in English; `None` where it answers.
pub(crate) async fn trouble(conn: &mut AnyConnection, id: &SourceId) -> Result<Option<String>, Fault> {
    let found = match store::one(conn, &Reach::All, id).await {
        Err(Fault::NotFound(_)) => return Ok(Some(Seen::SourceGone.to_string())),
        found => found?,
    };
    Ok(if found.paused {
        Some(Seen::SourcePaused { name: found.name }.to_string())
    } else if found.standing.health == Health::Down {
        Some(Seen::SourceSilent { name: found.name, why: found.standing.trouble }.to_string())
    } else {
        None
    })
}

/// Asks a query source, and gives the whole answer; why not, in English.
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
