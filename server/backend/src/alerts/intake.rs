//! Alerts that come from outside: whose they are, and how they become signals.

use std::collections::HashMap;

use domain::{
    Actor, Fault, Permission, Reach, Wording,
    alerts::{
        Alert, Filter, Labels, Matcher, Posted, SeenFrom, Severity, Signal, Timing,
        inbound::{Integration, bound},
        labels::{fingerprint, not_ours, read_severity},
    },
    audit::Object,
    id::{TeamId, UserId},
    people::Team,
    systems::Brief,
    text::parse_url,
};
use serde_json::json;
use sqlx::AnyConnection;

use super::{
    integrations,
    observed::{Said, Tally, folded, observe, rounds},
    pipeline::Judge,
    routing,
    service::{first, judged},
    store,
};
use crate::{Context, WriteTx, audit, db::stored, people, systems};

/// Alerts that one call may post.
const MOST: usize = 10_000;
/// Alerts written in one transaction: others get their turn in between.
const TOGETHER: usize = 250;
/// Bytes of what is kept of why alerts were refused.
const TOLD: usize = 500;
/// Alerts that last, in one answer.
const STANDING: u32 = 20_000;

/// Where alerts may go: read once for a call.
struct Places {
    systems: HashMap<String, Brief>,
    teams: Vec<Team>,
    own: Option<TeamId>,
}

impl Places {
    async fn read(conn: &mut AnyConnection, actor: &Actor, from: &SeenFrom) -> Result<Self, Fault> {
        let reach = actor.reach(Permission::IngestAlerts);
        let teams = people::teams(conn, &reach).await?;
        // The first one by name of those that the actor belongs to; of somebody who may everywhere, the oldest there is.
        let named = teams.iter().find(|team| actor.grants.teams.get(&team.id).is_some_and(|set| set.has(Permission::IngestAlerts)));
        let own = named.or_else(|| teams.iter().min_by_key(|team| &team.id)).map(|team| team.id.clone());
        let systems = systems::all(conn, &reach).await?.into_iter().map(|brief| (brief.key.clone(), brief)).collect();
        Ok(Self { systems, teams, own: from.team.clone().or(own) })
    }

    /// System and team of an alert.
    fn of(&self, labels: &Labels, from: &SeenFrom) -> (Option<Brief>, Option<TeamId>) {
        let named = labels.get("system").and_then(|key| self.systems.get(key));
        let usual = || from.system.as_ref().and_then(|id| self.systems.values().find(|system| system.id == *id));
        if let Some(system) = named.or_else(usual) {
            return (Some(system.clone()), Some(system.team.clone()));
        }
        let team = labels.get("team").and_then(|key| self.teams.iter().find(|team| team.key == *key)).map(|team| team.id.clone());
        (None, team.or_else(|| self.own.clone()))
    }

    /// The labels that it goes by: as they were sent, but for names that only the house writes, or, through a way in that is bound to a team, within that.
    fn labels(&self, posted: &Posted, from: &SeenFrom, system: Option<&Brief>, team: &TeamId) -> Labels {
        let key = from.team.as_ref().and_then(|_| self.teams.iter().find(|known| known.id == *team)).map(|team| team.key.as_str());
        let labels = not_ours(posted.labels.clone());
        match key {
            Some(key) => bound(labels, key, system.map(|system| system.key.as_str())),
            None => labels,
        }
    }
}

fn signal(posted: &Posted, from: &SeenFrom, places: &Places, system: Option<Brief>, team: TeamId, holds: bool) -> Signal {
    let labels = places.labels(posted, from, system.as_ref(), &team);
    let severity = posted.labels.get("severity").or_else(|| posted.labels.get("priority"));
    // Two teams may post the same labels: each has an alert of its own, which no other can end. A way in of one team gives keys that
    // are its own, and by which it tells the end.
    let place = system.as_ref().map_or(team.as_str(), |system| system.id.as_str());
    let key = posted.key.clone().unwrap_or_else(|| fingerprint(&posted.labels));
    Signal {
        source_kind: from.kind,
        source_id: if from.team.is_some() { key } else { format!("{place}:{key}") },
        system: system.map(|system| system.id),
        team: Some(team),
        holds: Some(holds),
        severity: severity.and_then(|word| read_severity(word)).unwrap_or(Severity::P3),
        title: posted.line(),
        detail: posted.seen(),
        url: parse_url(&posted.url).unwrap_or_default(),
        delays: None,
        labels,
        annotations: posted.annotations.clone(),
        late: String::new(),
        rule: posted.rule(),
    }
}

/// See [`domain::alerts::Alerts::post`]. `through`: a way in, which takes nothing once it is closed.
pub(super) async fn post(
    ctx: &Context,
    actor: &Actor,
    from: &SeenFrom,
    alerts: Vec<Posted>,
    through: Option<&Integration>,
) -> Result<u64, Fault> {
    actor.require_somewhere(Permission::IngestAlerts)?;
    let wrong = |why: String| Fault::invalid("alerts", "", Wording::new("alerts-expect-posted").with("why", why));
    if alerts.len() > MOST {
        return Err(wrong(format!("at most {MOST} at a time")));
    }
    let sender = actor.user().map_or("", UserId::as_str);
    let now = ctx.now();
    let (places, timeout) = {
        let conn = &mut *ctx.db.read().await?;
        (Places::read(conn, actor, from).await?, routing::in_force(conn).await?.1.resolve_timeout)
    };
    let mut taken = Vec::with_capacity(alerts.len());
    let mut wrongs = Vec::new();
    for posted in alerts {
        match posted.settle(now, timeout) {
            Ok(posted) => taken.push(posted),
            Err(why) => wrongs.push(why),
        }
    }
    let (mut count, mut forbidden) = (0, 0);
    // Of two that post the same alerts neither waits for what the other holds: all are locked in one order.
    taken.sort_by_cached_key(|posted| posted.key.clone().unwrap_or_else(|| fingerprint(&posted.labels)));
    for together in taken.chunks(TOGETHER) {
        let mut said = Vec::with_capacity(together.len());
        for posted in together {
            let (system, team) = places.of(&posted.labels, from);
            let Some(team) = team else {
                wrongs.push("no team to give it to".to_owned());
                continue;
            };
            if !actor.may(Permission::IngestAlerts, &team) {
                forbidden += 1;
                continue;
            }
            let ends = posted.ends_at.unwrap_or(now);
            let timing = Timing {
                starts_at: posted.starts_at,
                expires_at: (ends > now && !from.tells_end).then_some(ends),
                named: !posted.timeout,
                ended_at: posted.ends_at.filter(|at| *at <= now),
            };
            said.push(Said::new(signal(posted, from, &places, system, team, ends > now), timing, sender));
        }
        count += said.len() as u64;
        let rounds = rounds(folded(said));
        let last = rounds.len().saturating_sub(1);
        let mut tally = Tally::default();
        for (at, once) in rounds.into_iter().enumerate() {
            let mut tx = ctx.begin_write().await?;
            if let Some(one) = through
                && !integrations::hold(&mut tx, one).await?
            {
                return Err(Fault::NotFound("integration that listens here"));
            }
            let mut judge = Judge::begin(&mut tx, now).await?;
            tally.add(observe(&mut tx, ctx, &mut judge, once).await?);
            // What begins and ends again and again is in the trail twice: with the first round, and with the last one all that came after it.
            if at == 0 || at == last {
                note(&mut tx, ctx, actor, from.kind, &std::mem::take(&mut tally)).await?;
            }
            tx.commit().await?;
        }
    }
    // As upstream: what is right is taken, and then what is wrong is told.
    let refused = wrongs.len() + forbidden;
    if refused == 0 {
        return Ok(count);
    }
    wrongs.dedup();
    if forbidden > 0 && !wrongs.is_empty() {
        wrongs.push(format!("{forbidden} of teams that the poster may not post to"));
    }
    let fault = if wrongs.is_empty() { Fault::Forbidden(Permission::IngestAlerts) } else { wrong(wrongs.join("; ")) };
    // A way in notes it by itself.
    if through.is_none() {
        let why = if wrongs.is_empty() { fault.to_string() } else { wrongs.join("; ") };
        let told = (actor.name.as_str(), &why[..why.floor_char_boundary(TOLD)]);
        let mut tx = ctx.begin_write().await?;
        store::refuse(&mut tx, from.kind, i64::try_from(refused).unwrap_or(i64::MAX), told, now).await?;
        tx.commit().await?;
    }
    Err(fault)
}

/// Who posted, and what came of it: one row for a write and team, and none where nothing began or ended, because most of what
/// is posted is a repetition.
pub(super) async fn note(tx: &mut WriteTx, ctx: &Context, actor: &Actor, kind: &str, tally: &Tally) -> Result<(), Fault> {
    for (team, counts) in tally.news() {
        let object = Object::new("alerts", "", kind, Some(&stored(team)?));
        let detail = json!({ "began": counts.began, "ended": counts.ended, "again": counts.again });
        audit::record(tx, ctx, actor, "alert.post", object, &detail).await?;
    }
    Ok(())
}

/// See [`domain::alerts::Alerts::standing`].
pub(super) async fn standing(ctx: &Context, actor: &Actor, labels: &[Matcher]) -> Result<Vec<(Alert, Vec<String>)>, Fault> {
    actor.require_somewhere(Permission::Read)?;
    let conn = &mut *ctx.db.read().await?;
    let filter = Filter { labels: labels.to_vec(), ..Filter::default() };
    let reach: Reach = actor.reach(Permission::Read);
    let (_, routing) = routing::in_force(conn).await?;
    let rows = first(conn, &filter, &reach, STANDING).await?;
    let alerts = judged(conn, ctx.now(), &rows).await?;
    let receivers = |alert: &Alert| {
        let mut names: Vec<String> = routing.routes_of(&alert.labels).into_iter().map(|route| route.receiver.clone()).collect();
        names.dedup();
        names
    };
    Ok(alerts
        .into_iter()
        .map(|alert| {
            let names = receivers(&alert);
            (alert, names)
        })
        .collect())
}
