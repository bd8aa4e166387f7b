//! What people do with routes.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use domain::{
    Actor, Fault, Permission, Reach, Timestamp, Wording,
    alerts::{
        Alert, Group, Labels, Manners, Reached, RoutingVersion, Untold, WhatIf, Why,
        labels::{Known, complete, read_severity},
        matcher::{Op, parse_matchers},
        routing::{Carried, carry, is_routing},
    },
    audit::Object,
    deliveries::Deliveries,
    form::Typed,
    id::{AlertId, SystemId, TeamId},
    live::Topic,
    oncall::is_told,
};
use serde_json::json;
use sqlx::AnyConnection;

use super::{bounded_names, read, store, unread};
use crate::{
    Context,
    alerts::{
        pipeline::{self, Judge, Subject, store as kept},
        service::{judged, named_all},
        silences,
        store::{get as alert, seen_at_first},
    },
    audit,
    db::stored,
    deliveries, escalations, incidents, monitors, people, systems,
};

/// Implements [`domain::alerts::Routes`].
pub struct Routes {
    ctx: Context,
    channels: Arc<dyn Deliveries>,
}

impl Routes {
    /// The service over the common ground; channels are made by their own service.
    pub fn new(ctx: Context, channels: Arc<dyn Deliveries>) -> Self {
        Self { ctx, channels }
    }
}

/// Alerts of each group that are told beside why one of them was.
const BESIDE: usize = 200;
/// Alerts of all groups that are judged for one list. What keeps the others quiet is told as it was when somebody looked last.
const JUDGED: usize = 20_000;

/// Groups with so many of their alerts each, as far as the reach goes; one of which nothing may be read is left out. `at`: what keeps the
/// alerts quiet is judged at that moment.
async fn read_groups(
    conn: &mut AnyConnection,
    reach: &Reach,
    rows: Vec<kept::GroupRow>,
    most: usize,
    at: Option<Timestamp>,
) -> Result<Vec<Group>, Fault> {
    let mut members: HashMap<String, Vec<String>> = HashMap::new();
    for one in kept::memberships(conn, reach, &rows).await? {
        let group = members.entry(one.group_id).or_default();
        if group.len() < most {
            group.push(one.alert_id);
        }
    }
    let mut wanted: Vec<&String> = members.values().flatten().collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut found = kept::alerts_of(conn, &wanted).await?;
    let found = match at {
        Some(now) => {
            let others = found.split_off(found.len().min(JUDGED));
            let mut alerts = judged(conn, now, &found).await?;
            alerts.extend(named_all(conn, &others).await?);
            alerts
        }
        None => named_all(conn, &found).await?,
    };
    let found: HashMap<String, Alert> = found.into_iter().map(|alert| (alert.id.to_string(), alert)).collect();
    let mut groups = Vec::new();
    for row in rows {
        let ids = members.remove(&row.id).unwrap_or_default();
        let alerts: Vec<Alert> = ids.iter().filter_map(|id| found.get(id).cloned()).collect();
        if alerts.is_empty() {
            continue;
        }
        groups.push(Group {
            id: stored(&row.id)?,
            receiver: row.receiver.clone(),
            place: row.place.clone(),
            labels: crate::alerts::store::read_labels(&row.labels)?,
            next_at: row.next_at.map(Timestamp),
            told_at: row.told_at.map(Timestamp),
            said: row.said,
            leaving: row.leaving == 1,
            standing: row.standing == 1,
            alerts,
        });
    }
    Ok(groups)
}

/// Labels as somebody pastes them: a JSON object, `{a="b"}`, or lines `a=b`.
fn read_labels(text: &str) -> Result<Labels, Fault> {
    let wrong = |why: String| Fault::invalid("labels", text, Wording::new("routing-expect-labels").with("why", why));
    let text = text.trim();
    if let Ok(labels) = serde_json::from_str::<Labels>(text) {
        bounded_names(&labels).map_err(wrong)?;
        return Ok(labels);
    }
    let mut labels = Labels::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        for matcher in parse_matchers(line).map_err(wrong)? {
            if matcher.op() != Op::Equal {
                return Err(wrong(matcher.to_string()));
            }
            labels.insert(matcher.name().to_owned(), matcher.value().to_owned());
        }
    }
    bounded_names(&labels).map_err(wrong)?;
    Ok(labels)
}

/// The monitor of a system that labels name; an error where the system has none of that name, or several.
async fn monitor_of(conn: &mut AnyConnection, system: Option<&SystemId>, labels: &Labels) -> Result<Result<Option<String>, Untold>, Fault> {
    let (Some(system), Some(name)) = (system, labels.get(monitors::SOURCE)) else { return Ok(Ok(None)) };
    let mut found = monitors::named(conn, system, name).await?;
    Ok(if found.len() == 1 { Ok(found.pop()) } else { Err(Untold::Maintenance) })
}

/// What no history tells of at a moment that is over.
async fn untold(conn: &mut AnyConnection, team: Option<&TeamId>, then: Timestamp) -> Result<Vec<Untold>, Fault> {
    let mut untold = vec![Untold::Links, Untold::Channels];
    if let Some(team) = team
        && silences::edited_since(conn, team, then).await?
    {
        untold.push(Untold::Silences);
    }
    if !kept::any_until(conn, then).await? {
        untold.push(Untold::Alerts);
    }
    Ok(untold)
}

#[async_trait]
impl domain::alerts::Routes for Routes {
    async fn current(&self, actor: &Actor) -> Result<RoutingVersion, Fault> {
        actor.require_somewhere(Permission::Read)?;
        store::current(&mut *self.ctx.db.read().await?).await
    }

    async fn manners(&self, actor: &Actor) -> Result<Manners, Fault> {
        actor.require_somewhere(Permission::Read)?;
        Ok(super::in_force(&mut *self.ctx.db.read().await?).await?.1.manners)
    }

    async fn versions(&self, actor: &Actor) -> Result<Vec<RoutingVersion>, Fault> {
        actor.require_everywhere(Permission::RouteAlerts)?;
        store::versions(&mut *self.ctx.db.read().await?).await
    }

    async fn put(&self, actor: &Actor, yaml: &str, version: i64) -> Result<RoutingVersion, Fault> {
        actor.require_everywhere(Permission::RouteAlerts)?;
        let routing = read(yaml)?;
        let mut tx = self.ctx.begin_write().await?;
        let before = store::current(&mut tx).await?;
        if before.version != version {
            return Err(Fault::conflict("conflict-routing-edited"));
        }
        let mut unknown = Vec::new();
        for receiver in &routing.receivers {
            for channel in &receiver.channels {
                if deliveries::named(&mut tx, std::slice::from_ref(channel)).await?.is_empty() {
                    unknown.push(format!("receiver \"{}\": there is no channel \"{channel}\"", receiver.name));
                }
            }
        }
        if !unknown.is_empty() {
            return Err(unread(unknown.join("; ")));
        }
        let after = RoutingVersion { version: version + 1, yaml: yaml.to_owned(), author: actor.name.clone(), at: self.ctx.now() };
        if !store::append(&mut tx, &after).await? {
            return Err(Fault::conflict("conflict-routing-edited"));
        }
        pipeline::reroute(&mut tx).await?;
        tx.announce(Topic::Alerts, "", None);
        let object = Object::new("routing", after.version, "alert routing", None);
        audit::record(&mut tx, &self.ctx, actor, "routing.put", object, &json!({ "from": before.yaml, "to": after.yaml })).await?;
        tx.commit().await?;
        Ok(after)
    }

    async fn reload(&self, actor: &Actor) -> Result<(), Fault> {
        actor.require_everywhere(Permission::RouteAlerts)?;
        let mut tx = self.ctx.begin_write().await?;
        let called = pipeline::call_spoken(&mut tx, self.ctx.now()).await?;
        let version = store::current(&mut tx).await?.version;
        let object = Object::new("routing", version, "alert routing", None);
        audit::record(&mut tx, &self.ctx, actor, "routing.reload", object, &json!({ "groups": called })).await?;
        tx.commit().await
    }

    async fn import(&self, actor: &Actor, yaml: &str, plan: bool) -> Result<Carried, Fault> {
        actor.require_everywhere(Permission::RouteAlerts)?;
        actor.require_everywhere(Permission::ManageChannels)?;
        crate::yaml::bounded(yaml)?;
        let file: serde_json::Value = crate::yaml::read(yaml).map_err(unread)?;
        if !is_routing(&file) {
            return Err(unread("expected a tree of routes under route:".to_owned()));
        }
        let mut carried = carry(file, &|kind| self.channels.ready(kind));
        let text = serde_norway::to_string(&carried.file).map_err(|error| unread(error.to_string()))?;
        read(&text)?;
        for needed in &mut carried.channels {
            let there = deliveries::named(&mut *self.ctx.db.read().await?, std::slice::from_ref(&needed.name)).await?;
            needed.there = !there.is_empty();
        }
        if plan {
            return Ok(carried);
        }
        for needed in &carried.channels {
            if !needed.there {
                let mut typed = Typed::default();
                // It wants nothing by itself: what is told to a receiver of another team is none of its business.
                let what = [("name", needed.name.as_str()), ("kind", needed.kind.name()), ("team", "*"), ("enabled", "on")];
                if needed.firing_only {
                    typed.set("firing_only", "on");
                }
                for (field, value) in what.into_iter().chain(needed.fields.iter().map(|(field, value)| (field.as_str(), value.as_str()))) {
                    typed.set(field, value);
                }
                self.channels.create_channel(actor, &typed).await?;
            }
        }
        let version = store::current(&mut *self.ctx.db.read().await?).await?.version;
        self.put(actor, &text, version).await?;
        Ok(carried)
    }

    async fn receivers(&self, actor: &Actor) -> Result<Vec<String>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let (_, routing) = super::in_force(&mut *self.ctx.db.read().await?).await?;
        Ok(routing.receivers.iter().map(|receiver| receiver.name.clone()).collect())
    }

    async fn groups(&self, actor: &Actor) -> Result<Vec<Group>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        let reach = actor.reach(Permission::Read);
        let rows = kept::groups(conn, &reach).await?;
        read_groups(conn, &reach, rows, usize::MAX, Some(self.ctx.now())).await
    }

    async fn why(&self, actor: &Actor, id: &AlertId) -> Result<Why, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let reach = actor.reach(Permission::Read);
        let conn = &mut *self.ctx.db.read().await?;
        let row = alert(conn, &reach, id).await?;
        let (decisions, earlier_decisions) = kept::decisions(conn, id).await?;
        let mut keys = Vec::new();
        for (key, data) in decisions.iter().filter_map(|decision| Some((decision.data["key"].as_str()?, &decision.data))) {
            let alerts = data["alerts"].as_u64().and_then(|alerts| usize::try_from(alerts).ok()).unwrap_or(0);
            // What goes to whoever hears a team carries the team in its key.
            keys.extend(pipeline::keys_of(key, alerts).chain(pipeline::keys_of(&format!("{key}-{}", row.team_id), alerts)));
        }
        let paging = match row.incident()? {
            Some(incident) => match incidents::readable(conn, actor, &incident).await {
                Ok(_) => Some(escalations::record(conn, &incident).await?),
                Err(Fault::NotFound(_)) => None,
                Err(fault) => return Err(fault),
            },
            None => None,
        };
        keys.extend(paging.iter().flat_map(|record| &record.taken).map(|taken| taken.key.clone()));
        let (receipts, earlier_receipts) = deliveries::receipts(conn, &keys).await?;
        let rows = kept::groups_of(conn, id.as_str()).await?;
        let value = seen_at_first(conn, &row).await?;
        let groups = read_groups(conn, &reach, rows, BESIDE, None).await?;
        Ok(Why { rule: row.rule()?, value, decisions, earlier_decisions, receipts, earlier_receipts, groups, paging })
    }

    async fn what_if(&self, actor: &Actor, labels: &str, at: Option<Timestamp>) -> Result<WhatIf, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let mut labels = read_labels(labels)?;
        let now = self.ctx.now();
        let at = at.unwrap_or(now);
        if !is_told(at) {
            return Err(Fault::invalid("at", at.rfc3339(), Wording::new("expect-time")));
        }
        let reach = actor.reach(Permission::Read);
        let conn = &mut *self.ctx.db.read().await?;
        let system = match labels.get("system") {
            Some(key) => systems::all(conn, &reach).await?.into_iter().find(|system| system.key == *key),
            None => None,
        };
        let teams = people::teams(conn, &reach).await?;
        let team = match &system {
            Some(system) => teams.into_iter().find(|team| team.id == system.team),
            None => teams.into_iter().find(|team| Some(&team.key) == labels.get("team")),
        };
        let severity = labels.get("severity").and_then(|word| read_severity(word)).unwrap_or(domain::alerts::Severity::P3);
        if let (Some(system), Some(team)) = (&system, &team) {
            let known = Known { source_kind: "rule", system: Some((system.key.as_str(), system.tier)), team: &team.key, severity };
            complete(&mut labels, &known);
        }
        let past = at < now;
        let monitor = monitor_of(conn, system.as_ref().map(|system| &system.id), &labels).await?;
        let mut judge = if past { Judge::then(conn, at).await? } else { Judge::begin(conn, at).await? };
        let routing = judge.routing.clone();
        let mut reached = Vec::new();
        for route in routing.routes_of(&labels) {
            let receiver = routing.receiver(&route.receiver);
            let mut channels = deliveries::names_on(conn, receiver.map_or(&[], |receiver| &receiver.channels)).await?;
            if let (true, Some(team)) = (receiver.is_some_and(|receiver| receiver.team), &team) {
                let listening = deliveries::names_listening(conn, &team.id).await?;
                let others: Vec<String> = listening.into_iter().filter(|name| !channels.contains(name)).collect();
                channels.extend(others);
            }
            reached.push(Reached {
                receiver: route.receiver.clone(),
                place: route.place.clone(),
                channels,
                group: route.group_labels(&labels),
                wait_ms: route.group_wait,
                interval_ms: route.group_interval,
                repeat_ms: route.repeat_interval,
                mute: routing.mute_by(&route.mute, &route.active, at),
            });
        }
        let reasons = match &team {
            Some(team) => {
                let subject = Subject {
                    id: None,
                    fingerprint: String::new(),
                    team: team.id.clone(),
                    system: system.as_ref().map(|system| system.id.clone()),
                    labels: labels.clone(),
                    sender: String::new(),
                    fired: at,
                    began: at,
                    monitor: monitor.clone().unwrap_or_default(),
                };
                judge.reasons(conn, &subject).await?
            }
            None => Vec::new(),
        };
        // What is kept quiet opens no incident, and without one nobody is paged.
        let paging = match &team {
            Some(team) if reasons.is_empty() => {
                let system = system.as_ref().map(|system| &system.id);
                let wait_ms = reached.iter().map(|reached| reached.wait_ms).min().unwrap_or(0);
                escalations::foreseen(conn, &self.ctx, &team.id, system, severity, (at, wait_ms)).await?
            }
            _ => None,
        };
        let mut untold = if past { untold(conn, team.as_ref().map(|team| &team.id), at).await? } else { Vec::new() };
        untold.extend(monitor.err().filter(|_| past));
        Ok(WhatIf {
            at,
            routes: routing.consider(&labels),
            labels,
            team_name: team.as_ref().map_or_else(String::new, |team| team.name.clone()),
            team: team.map(|team| team.id),
            system_name: system.map_or_else(String::new, |system| system.name),
            reached,
            reasons,
            paging,
            untold,
        })
    }
}
