//! Locations: made by people, heard of by their agents, missed when they fall silent.
//!
//! A token of a location opens two doors: what it is to check, and its results. A batch of results is counted once, by its
//! number, in the transaction that writes it: whatever is sent again after a lost answer changes nothing.

use async_trait::async_trait;
use domain::{
    Actor, Fault, Permission, Timestamp, Wording,
    alerts::{Delays, Labels, Severity, Signal, labels::ALERTNAME},
    audit::Object,
    form::Typed,
    id::{LocationId, MonitorId},
    live::{Event, Topic},
    monitors::{
        Assignment, Assignments, CheckResult, LOST_MS, Location, LocationDraft, Locations, NewLocation, Place, PlaceStanding, Reason,
        Report, State, Target, Verdict,
    },
};
use secrecy::ExposeSecret;
use serde_json::json;
use std::time::Duration;
use tokio::{sync::broadcast, time::Instant};

use super::{
    Service, acts, reads,
    record::{self, Finding, Source},
    store::{locations, places},
};
use crate::{Context, WriteTx, alerts, audit, people, seal::digest};

/// How long an agent waits for a change at most.
const WAIT: Duration = Duration::from_secs(20);
/// From one look to the next: at least where something happens, at most where nothing is heard.
const LOOK: Duration = Duration::from_secs(1);
const QUIET: Duration = Duration::from_secs(10);
/// Results in one batch.
const BATCH: usize = 1_000;
/// What a location is to alerts.
const SOURCE: &str = "location";

fn new_token() -> String {
    format!("evl_{}", hex::encode(rand::random::<[u8; 24]>()))
}

/// The location whose agent shows this token.
async fn agent(ctx: &Context, token: &str) -> Result<LocationId, Fault> {
    if !token.starts_with("evl_") || token.len() > 100 {
        return Err(Fault::NotFound("location"));
    }
    locations::by_token(&mut *ctx.db.read().await?, &digest(token)).await?.ok_or(Fault::NotFound("location"))
}

/// What a location is called and whose it is, held against all others.
async fn fits(tx: &mut WriteTx, id: &LocationId, draft: &LocationDraft) -> Result<(), Fault> {
    if people::team_key(tx, &draft.team).await.is_err() {
        return Err(Fault::invalid("team", &draft.team, Wording::new("expect-id")));
    }
    if locations::named(tx, draft.name.as_str(), id).await? > 0 {
        return Err(Fault::invalid("name", draft.name.as_str(), Wording::new("monitors-expect-other-name")));
    }
    Ok(())
}

#[async_trait]
impl Locations for Service {
    async fn locations(&self, actor: &Actor) -> Result<Vec<Location>, Fault> {
        actor.authenticated()?;
        locations::list(&mut *self.ctx.db.read().await?).await
    }

    async fn create(&self, actor: &Actor, typed: &Typed) -> Result<NewLocation, Fault> {
        actor.require_everywhere(Permission::ManageSettings)?;
        let draft = LocationDraft::parse(typed)?;
        let (id, token): (LocationId, _) = (self.ctx.new_id(), new_token());
        let mut tx = self.ctx.begin_write().await?;
        fits(&mut tx, &id, &draft).await?;
        locations::insert(&mut tx, &id, &draft, &digest(&token), self.ctx.now()).await?;
        let object = Object::new("location", &id, draft.name.as_str(), Some(&draft.team));
        audit::record(&mut tx, &self.ctx, actor, "location.create", object, &json!({})).await?;
        tx.commit().await?;
        Ok(NewLocation { id, token })
    }

    async fn edit(&self, actor: &Actor, id: &LocationId, typed: &Typed) -> Result<Location, Fault> {
        actor.require_everywhere(Permission::ManageSettings)?;
        let draft = LocationDraft::parse(typed)?;
        let mut tx = self.ctx.begin_write().await?;
        let before = locations::one(&mut tx, id).await?;
        fits(&mut tx, id, &draft).await?;
        let revision = typed.upon("revision", before.revision)?;
        if before.name == draft.name.as_str() && before.team == draft.team {
            return Ok(before);
        }
        if !locations::update(&mut tx, (id, revision), &draft).await? {
            return Err(Fault::conflict("monitors-conflict-location-edited"));
        }
        if let Some(lost) = locations::told_lost(&mut tx, id).await? {
            // To another team it is told anew; the team before hears that it is over.
            if draft.team != before.team {
                alerts::withdraw(&mut tx, &self.ctx, SOURCE, id.as_str()).await?;
            }
            alerts::observe(&mut tx, &self.ctx, &signal(&lost)).await?;
        }
        let detail = json!({
            "from": { "name": before.name, "team": before.team },
            "to": { "name": draft.name.as_str(), "team": draft.team },
        });
        let object = Object::new("location", id, draft.name.as_str(), Some(&draft.team));
        audit::record(&mut tx, &self.ctx, actor, "location.edit", object, &detail).await?;
        let after = locations::one(&mut tx, id).await?;
        tx.announce(Topic::Monitors, "", None);
        tx.commit().await?;
        Ok(after)
    }

    async fn renew(&self, actor: &Actor, id: &LocationId) -> Result<NewLocation, Fault> {
        actor.require_everywhere(Permission::ManageSettings)?;
        let mut tx = self.ctx.begin_write().await?;
        let location = locations::one(&mut tx, id).await?;
        let token = new_token();
        if !locations::set_token(&mut tx, id, &digest(&token)).await? {
            return Err(Fault::NotFound("location"));
        }
        let object = Object::new("location", id, &location.name, Some(&location.team));
        audit::record(&mut tx, &self.ctx, actor, "location.renew-token", object, &json!({})).await?;
        tx.commit().await?;
        Ok(NewLocation { id: id.clone(), token })
    }

    async fn delete(&self, actor: &Actor, id: &LocationId) -> Result<(), Fault> {
        actor.require_everywhere(Permission::ManageSettings)?;
        let mut tx = self.ctx.begin_write().await?;
        let location = locations::one(&mut tx, id).await?;
        if location.monitors > 0 {
            return Err(Fault::conflict("monitors-conflict-location-named"));
        }
        alerts::withdraw(&mut tx, &self.ctx, SOURCE, id.as_str()).await?;
        locations::delete(&mut tx, id).await?;
        let object = Object::new("location", id, &location.name, Some(&location.team));
        audit::record(&mut tx, &self.ctx, actor, "location.delete", object, &json!({})).await?;
        tx.commit().await
    }

    async fn places(&self, actor: &Actor, id: &MonitorId) -> Result<Vec<PlaceStanding>, Fault> {
        let monitor = reads::get(&self.ctx, actor, id, Permission::Read).await?;
        if monitor.places.is_here() {
            return Ok(Vec::new());
        }
        let mut conn = self.ctx.db.read().await?;
        let standings = places::load(&mut conn, std::slice::from_ref(id)).await?;
        let mut recent = places::recent(&mut conn, id).await?;
        let known = locations::list(&mut conn).await?;
        let now = self.ctx.now();
        let of = |place: Place| {
            let location = place.location().and_then(|id| known.iter().find(|location| location.id == *id));
            let standing = standings.get(&(id.clone(), place.clone()));
            let lost = location.is_some_and(|location| location.is_lost(now));
            PlaceStanding {
                name: location.map(|location| location.name.clone()).unwrap_or_default(),
                state: if lost { State::Unknown } else { standing.map_or(State::New, |standing| standing.state) },
                since: standing.map_or(monitor.updated_at, |standing| standing.since),
                lost,
                recent: recent.remove(&place).unwrap_or_default(),
                place,
            }
        };
        Ok(monitor.places.places.clone().into_iter().map(of).collect())
    }

    async fn assignments(&self, token: &str, tag: &str) -> Result<Assignments, Fault> {
        let begin = Instant::now();
        let mut events = self.ctx.bus.subscribe();
        loop {
            let id = agent(&self.ctx, token).await?;
            let versions = locations::versions_at(&mut *self.ctx.db.read().await?, &id).await?;
            let current = digest(&json!(versions).to_string());
            if current == tag && begin.elapsed() + LOOK > WAIT {
                // Nothing has changed: what they are is not said again.
                return Ok(Assignments { tag: current, monitors: Vec::new() });
            }
            if current != tag {
                let rows = locations::planned_at(&mut *self.ctx.db.read().await?, &self.ctx.seal, &id).await?;
                // It may have changed since: what is said is what is tagged.
                let now: Vec<_> = rows.iter().map(|row| (row.id.clone(), row.version)).collect();
                let current = digest(&json!(now).to_string());
                let mut monitors = Vec::with_capacity(rows.len());
                let mut sealed = Vec::new();
                for row in rows {
                    let target = row.target();
                    let Some(monitor) = MonitorId::parse(&row.id).filter(|_| !matches!(target, Target::Unreadable { .. })) else {
                        continue;
                    };
                    match acts::open_secret(&self.ctx, &row.credential) {
                        Ok(secret) => {
                            let secret = secret.map(|secret| secret.expose_secret().to_owned());
                            monitors.push(Assignment { monitor, version: row.version, target, secret });
                        }
                        // Nobody can check it; the agent checks the others.
                        Err(_) => sealed.push(Finding {
                            monitor,
                            place: Place::at(id.clone()),
                            source: Source::Check(row.version),
                            result: acts::sealed_result(self.ctx.now()),
                        }),
                    }
                }
                if !sealed.is_empty() {
                    let mut tx = self.ctx.begin_write().await?;
                    record::apply(&mut tx, &self.ctx, &sealed).await?;
                    tx.commit().await?;
                }
                return Ok(Assignments { tag: current, monitors });
            }
            tokio::time::sleep(LOOK).await;
            let left = WAIT.saturating_sub(begin.elapsed()).min(QUIET);
            let _ = tokio::time::timeout(left, heard(&mut events)).await;
        }
    }

    async fn report(&self, token: &str, report: Report) -> Result<u64, Fault> {
        let id = agent(&self.ctx, token).await?;
        if report.results.len() > BATCH {
            return Err(Fault::invalid("results", report.results.len(), Wording::new("expect-between").with("min", 0).with("max", BATCH)));
        }
        let now = self.ctx.now();
        // Their clock is theirs: what matters is how long before the sending something was found.
        let ours = |at: Timestamp| now.plus(-report.sent_at.since(at).max(0));
        let lag_ms = report.results.last().map_or(0, |last| now.since(ours(last.result.at)).max(0));
        let mut tx = self.ctx.begin_write().await?;
        let (session, version) = (cut(&report.session), cut(&report.version));
        let heard = locations::Heard { session: &session, number: report.number, version: &version, lag_ms };
        if !locations::hear(&mut tx, &id, &heard, now).await? {
            tx.commit().await?;
            return Ok(0);
        }
        let findings: Vec<Finding> = report
            .results
            .into_iter()
            .map(|one| Finding {
                monitor: one.monitor,
                place: Place::at(id.clone()),
                source: Source::Check(one.version),
                result: believable(CheckResult { at: ours(one.result.at), ..one.result }),
            })
            .collect();
        let counted = record::apply(&mut tx, &self.ctx, &findings).await?;
        if counted > 0 {
            tx.announce(Topic::Monitors, "", None);
        }
        tx.commit().await?;
        Ok(counted)
    }
}

/// Waits until something is said of monitors, or until so much was said that some of it was missed.
async fn heard(events: &mut broadcast::Receiver<Event>) {
    while let Ok(event) = events.recv().await {
        if event.topic == Topic::Monitors {
            return;
        }
    }
}

/// What a location says is cut to what a check can have found: a stolen token fills no page and overflows no sum.
fn believable(mut result: CheckResult) -> CheckResult {
    let shorten = |text: &mut String, most: usize| {
        if let Some((cut, _)) = text.char_indices().nth(most) {
            text.truncate(cut);
        }
    };
    shorten(&mut result.detail, 500);
    result.facts.truncate(30);
    result.facts.iter_mut().for_each(|fact| shorten(&mut fact.text, 300));
    let phases = [&mut result.latency_us, &mut result.dns_us, &mut result.connect_us, &mut result.tls_us, &mut result.first_byte_us];
    for took in phases.into_iter().flatten() {
        *took = (*took).clamp(0, LONGEST_US);
    }
    result
}

fn cut(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(60).collect()
}

/// No check takes longer: an hour, in microseconds.
const LONGEST_US: i64 = 3_600_000_000;

/// Tells of locations that have fallen silent or come back; what only a lost one knew, nobody knows any more.
pub(super) async fn look(ctx: &Context, now: Timestamp) -> Result<u64, Fault> {
    let turned = locations::turned(&mut *ctx.db.read().await?, now.plus(-LOST_MS)).await?;
    if turned.is_empty() {
        return Ok(0);
    }
    let mut tx = ctx.begin_write().await?;
    for location in &turned {
        locations::set_told(&mut tx, &location.id, if location.lost { "lost" } else { "" }).await?;
        alerts::observe(&mut tx, ctx, &signal(location)).await?;
        if location.lost {
            let place = Place::at(location.id.clone());
            places::lose(&mut tx, &place, now).await?;
            let monitors = locations::monitors_of(&mut tx, &location.id).await?;
            record::lose(&mut tx, ctx, &monitors, &place, &location.name).await?;
        }
        tx.announce(Topic::Monitors, "", Some(&location.team));
    }
    tx.commit().await?;
    u64::try_from(turned.len()).map_err(|_| Fault::Internal)
}

fn signal(location: &locations::Turned) -> Signal {
    Signal {
        source_kind: SOURCE,
        source_id: location.id.to_string(),
        system: None,
        team: Some(location.team.clone()),
        holds: Some(location.lost),
        severity: Severity::P3,
        title: location.name.clone(),
        detail: format!("{}: {}", Reason::LocationLost, location.seen_at.rfc3339()),
        url: "/admin/locations".to_owned(),
        delays: Some(Delays { hold_ms: 0, recover_ms: 0 }),
        labels: [(ALERTNAME.to_owned(), "LocationLost".to_owned()), (SOURCE.to_owned(), location.name.clone())].into(),
        annotations: Labels::new(),
        late: String::new(),
        rule: Vec::new(),
    }
}

/// What is known of a monitor after a location was lost.
pub(super) fn lost_result(at: Timestamp, name: &str) -> CheckResult {
    CheckResult::bare(at, Verdict::Unknown, Reason::LocationLost, name)
}
