//! Writes what a source gave: how it is, the kept series, their roll-ups, the alert on the source.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Fault, Timestamp,
    alerts::{Delays, Severity, Signal, Term, TermName, labels::ALERTNAME},
    id::{SeriesId, SourceId},
    live::Topic,
    monitors::Resolution,
    sources::{
        Health, Kept, KeptPoint, Labels, MOST_SERIES, Raw, Selector, Standing, catalogue,
        exposition::{Family, Format},
        rate,
    },
    time::{HOUR, MINUTE, SECOND},
};

use super::{
    SOURCE,
    fetch::{Gave, Try},
    store::{self, Line, Stored},
};
use crate::{Context, WriteTx, alerts, systems};

/// How old the catalogue of a page may be before it is read anew.
const CATALOGUE_MS: i64 = 10 * MINUTE;
/// How long a series must have been on no page before it makes room for another.
const UNSEEN_MS: i64 = HOUR;
/// How many series leave at once: all their slots go with them, while nobody else writes.
const LEAVE: usize = 10;

/// Takes one try into account, unless the source was edited, paused or deleted since. `asked` is how it stood then.
pub(super) async fn apply(ctx: &Context, asked: &Stored, at: Timestamp, tried: Try, anew: bool) -> Result<bool, Fault> {
    let mut tx = ctx.begin_write().await?;
    let counted = apply_on(&mut tx, ctx, asked, at, tried, anew).await?;
    tx.commit().await?;
    Ok(counted)
}

/// The same on a transaction of the caller's.
pub(super) async fn apply_on(
    tx: &mut WriteTx,
    ctx: &Context,
    asked: &Stored,
    at: Timestamp,
    tried: Try,
    anew: bool,
) -> Result<bool, Fault> {
    let held = match store::hold(tx, &asked.id).await {
        Err(Fault::NotFound(_)) => return Ok(false),
        held => held?,
    };
    if held.paused || held.version != asked.version || held.standing.asked_at.is_some_and(|last| last > at) {
        return Ok(false);
    }
    let before = held.standing.clone();
    let mut standing = Standing { asked_at: Some(at), took_ms: Some(tried.took_ms), ..before.clone() };
    match tried.outcome {
        Ok(gave) => {
            standing.health = Health::Up;
            standing.trouble.clear();
            if let Gave::Page(format, families) = gave {
                let page = Page { format, families: &families, at };
                (standing.samples, standing.left_out) = keep(tx, ctx, &held, &page, anew).await?;
            }
        }
        Err(why) => (standing.health, standing.trouble) = (Health::Down, why),
    }
    if standing.health != before.health {
        standing.since = at;
    }
    store::set_standing(tx, &held.id, &standing).await?;
    if standing.health == Health::Down || before.health == Health::Down {
        tell(tx, ctx, &held, &standing).await?;
    }
    let team = systems::brief(tx, &held.system).await?.team;
    tx.announce(Topic::Sources, &held.id, Some(&team));
    Ok(true)
}

struct Page<'a> {
    format: Format,
    families: &'a [Family],
    at: Timestamp,
}

/// Keeps what was chosen of a page; gives how many samples it had, and how many chosen series there was no room for.
async fn keep(tx: &mut WriteTx, ctx: &Context, source: &Stored, page: &Page<'_>, anew: bool) -> Result<(Option<i64>, i64), Fault> {
    let samples: usize = page.families.iter().map(|family| family.samples.len()).sum();
    if anew || page.at.since(store::catalogued_at(tx, &source.id).await?) >= CATALOGUE_MS {
        let offered = catalogue(page.families, page.format, page.at);
        let body = serde_json::to_string(&offered).map_err(|_| Fault::Internal)?;
        store::set_catalogue(tx, &source.id, page.at, &body).await?;
    }
    let samples = i64::try_from(samples).ok();
    let selectors: Vec<Selector> = source.choices.iter().filter_map(|text| Selector::parse(text).ok()).collect();
    if selectors.is_empty() {
        return Ok((samples, 0));
    }
    let known = store::lines(tx, &source.id).await?;
    let count = known.len();
    let mut known: BTreeMap<(String, Labels), Line> =
        known.into_iter().map(|line| ((line.kept.metric.clone(), line.kept.labels.clone()), line)).collect();
    let (mut fresh, mut changed, mut readings) = (Vec::new(), Vec::new(), Vec::new());
    let mut take = |mut line: Line, family: &Family, name: &str, value: f64| {
        line.kept.counts = family.counts(name);
        if let Some(value) = take_in(&mut line, value, page.at) {
            readings.push((line.kept.id.clone(), KeptPoint::one(page.at, value)));
        }
        changed.push(line);
    };
    let mut said = BTreeSet::new();
    for family in page.families {
        for sample in &family.samples {
            let chosen = selectors.iter().any(|one| one.selects(&sample.name, &sample.labels));
            // Of what a page says twice, the first counts.
            if !chosen || !said.insert((&sample.name, &sample.labels)) {
                continue;
            }
            let key = (sample.name.clone(), sample.labels.clone());
            match known.remove(&key) {
                // It is on the page all the same.
                _ if !sample.value.is_finite() => {}
                Some(line) => take(line, family, &sample.name, sample.value),
                None => fresh.push((family, sample)),
            }
        }
    }
    // Where there is no room, what is on no page any more leaves, unseen the longest first, some of it with every page.
    let room = MOST_SERIES.saturating_sub(count);
    let mut unseen: Vec<(Option<Timestamp>, SeriesId)> = known
        .into_values()
        .map(|line| (line.seen_at(), line.kept.id))
        .filter(|(seen, _)| seen.is_none_or(|at| page.at.since(at) > UNSEEN_MS))
        .collect();
    unseen.sort();
    unseen.truncate(fresh.len().saturating_sub(room).min(LEAVE));
    let places = room + unseen.len();
    let left_out = i64::try_from(fresh.len().saturating_sub(places)).unwrap_or(i64::MAX);
    for (family, sample) in fresh.into_iter().take(places) {
        let (metric, labels) = (sample.name.clone(), sample.labels.clone());
        let line = Line { kept: Kept { id: ctx.new_id(), metric, labels, counts: false, last: None, last_at: None }, raw: None };
        take(line, family, &sample.name, sample.value);
    }
    let unseen: Vec<SeriesId> = unseen.into_iter().map(|(_, id)| id).collect();
    if !unseen.is_empty() {
        store::forget(tx, &unseen).await?;
    }
    store::save(tx, &source.id, &changed, page.at).await?;
    roll_up(tx, &readings).await?;
    Ok((samples, left_out))
}

/// What is kept of a reading: the value itself, or the rate since the one before; `None` on a counter's first.
fn take_in(line: &mut Line, value: f64, at: Timestamp) -> Option<f64> {
    let value = if line.kept.counts {
        let now = Raw { value, at };
        line.raw.replace(now).and_then(|before| rate(before, now))?
    } else {
        line.raw = None;
        value
    };
    (line.kept.last, line.kept.last_at) = (Some(value), Some(at));
    Some(value)
}

/// Adds readings to their minute, hour and day.
pub(super) async fn roll_up(tx: &mut WriteTx, readings: &[(SeriesId, KeptPoint)]) -> Result<(), Fault> {
    for resolution in Resolution::ALL {
        store::fold(tx, resolution.width_ms(), readings).await?;
    }
    Ok(())
}

/// One alert on the source, whatever depends on it.
async fn tell(tx: &mut WriteTx, ctx: &Context, source: &Stored, standing: &Standing) -> Result<(), Fault> {
    let interval_ms = i64::from(source.interval_s) * SECOND;
    let signal = Signal {
        source_kind: SOURCE,
        source_id: source.id.to_string(),
        system: Some(source.system.clone()),
        team: None,
        holds: Some(standing.health == Health::Down),
        // Whoever cannot see must look soon, but no customer is hurt by it.
        severity: Severity::P2,
        title: format!("metric source {} does not answer", source.name),
        detail: standing.trouble.clone(),
        url: format!("/sources/{}", source.id),
        // One failed try is not enough: the next one must have failed too.
        delays: Some(Delays { hold_ms: (interval_ms * 3 / 2).max(30 * SECOND), recover_ms: 30 * SECOND }),
        labels: [(ALERTNAME.to_owned(), "MetricSourceDown".to_owned()), (SOURCE.to_owned(), source.name.clone())].into(),
        annotations: Labels::new(),
        late: String::new(),
        rule: [Some(Term::new(TermName::Reads, source.url.clone())), Term::span(TermName::Every, interval_ms)]
            .into_iter()
            .flatten()
            .collect(),
    };
    alerts::observe(tx, ctx, &signal).await
}

/// What was told of a source is over.
pub(super) async fn withdraw(tx: &mut WriteTx, ctx: &Context, id: &SourceId) -> Result<(), Fault> {
    alerts::withdraw(tx, ctx, SOURCE, id.as_str()).await
}
