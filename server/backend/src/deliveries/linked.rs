//! What opens behind a signed link: as whom, and what is acknowledged.
//!
//! The link of a message that told of several alerts acknowledges those that it told of by name, each with its incident.
//!
//! The link of a contact method acts as its person. The link of a channel of teams acts as whoever is logged in; where the channel
//! lets its readers acknowledge, whoever is not acts by way of the channel, and reaches no further than the channel hears.

use domain::{
    Actor, Fault, Permission, PermissionSet, Who,
    actor::Grants,
    alerts::{self, Alert, State},
    deliveries::{Channel, Kind, Link, LinkAs, LinkFor, LinkTold},
    id::{AlertId, ChannelId, DeliveryId, IncidentId, UserId},
    incidents::Ref,
};
use serde_json::Value;
use sqlx::AnyConnection;

use super::{
    contacts::Contacts,
    links::{self, Noun},
    store::{self, channels, contacts},
};
use crate::{alerts as backend_alerts, escalations, people};

/// A link that opens.
pub(super) struct Opened {
    noun: Noun,
    /// The channel whose message it stood in.
    channel: ChannelId,
    /// Who looks, and acts where `who` lets them.
    actor: Actor,
    who: LinkAs,
    /// How the trail calls the actor: by which link.
    trail: String,
}

impl Contacts {
    /// What a link opens: refused where the person may not enter any more, or has removed the contact method that it was sent to;
    /// where the channel is gone or off, or has no such links any more.
    pub(super) async fn open(&self, visitor: &Actor, token: &str) -> Result<Opened, Fault> {
        let closed = || Fault::NotFound("link");
        let conn = &mut *self.ctx.db.read().await?;
        let said = links::read(&self.ctx.seal, token, self.ctx.now())?.ok_or_else(closed)?;
        let Some(user) = &said.user else {
            let channel = channels::get(conn, &domain::Reach::All, &said.channel).await.map_err(|_| closed())?;
            return of_channel(visitor, &channel, said.noun).ok_or_else(closed);
        };
        let (actor, trail) = person(conn, user, &said.channel).await?;
        Ok(Opened { noun: said.noun, channel: said.channel, who: LinkAs::Person(actor.name.clone()), actor, trail })
    }
}

/// The person whom a link was sent to, and how the trail calls them; refused where they may not enter any more, or have removed the
/// contact method.
pub(super) async fn person(conn: &mut AnyConnection, user: &UserId, channel: &ChannelId) -> Result<(Actor, String), Fault> {
    let closed = || Fault::NotFound("link");
    let actor = people::actor_of(conn, user).await?.ok_or_else(closed)?;
    let contact = contacts::get(conn, user, channel).await.map_err(|_| closed())?;
    let trail = by_link(&actor, contact.kind, &contact.name);
    Ok((actor, trail))
}

/// How the trail calls somebody who came by a link: through what it was sent.
fn by_link(actor: &Actor, kind: Kind, name: &str) -> String {
    format!("{} ({kind} → {name})", actor.name)
}

/// Whoever came by the link of a channel.
fn of_channel(visitor: &Actor, channel: &Channel, noun: Noun) -> Option<Opened> {
    if !channel.enabled || channel.manner.acknowledge == LinkFor::Nobody {
        return None;
    }
    if let Who::User(_) = &visitor.who {
        let trail = by_link(visitor, channel.kind, &channel.name);
        return Some(Opened {
            noun,
            channel: channel.id.clone(),
            who: LinkAs::Person(visitor.name.clone()),
            actor: visitor.clone(),
            trail,
        });
    }
    let trail = format!("via channel {}", channel.name);
    let readers = channel.manner.acknowledge == LinkFor::Readers;
    let may: &[Permission] = if readers {
        &[Permission::Read, Permission::AcknowledgeAlerts, Permission::WorkIncidents]
    } else {
        // What was told in the channel is shown; to act takes somebody.
        &[Permission::Read]
    };
    let set: PermissionSet = may.iter().copied().collect();
    let grants = match &channel.team {
        None => Grants { everywhere: set, ..Grants::default() },
        Some(team) => Grants { everywhere: PermissionSet::NONE, teams: [(team.clone(), set)].into() },
    };
    let who = if readers { LinkAs::Channel(channel.name.clone()) } else { LinkAs::LogIn };
    Some(Opened {
        noun,
        channel: channel.id.clone(),
        actor: Actor { who: Who::Engine("deliveries"), name: trail.clone(), grants },
        who,
        trail,
    })
}

impl Opened {
    /// What stands on its page.
    pub(super) async fn show(&self, contacts: &Contacts) -> Result<Link, Fault> {
        let (who, actor) = (self.who.clone(), &self.actor);
        match &self.noun {
            Noun::Alert(id) => {
                let alert = contacts.alerts.get(actor, id).await?.alert;
                Ok(Link {
                    who,
                    incident: false,
                    title: alert.title,
                    severity: alert.severity,
                    state: alert.state.name().to_owned(),
                    over: alert.state == State::Resolved,
                    acknowledged_at: alert.acknowledged_at,
                    path: format!("/alerts/{id}"),
                    told: Vec::new(),
                    beyond: 0,
                })
            }
            Noun::Told(id) => self.show_told(contacts, id).await,
            Noun::Incident(id) => {
                let incident = contacts.incidents.get(actor, &Ref::Id(id.clone())).await?.incident;
                // While people are paged for it there is something to acknowledge, whoever was there at its beginning.
                let climbs = escalations::climbs(&mut *contacts.ctx.db.read().await?, id).await?;
                Ok(Link {
                    who,
                    incident: true,
                    title: format!("#{} {}", incident.number, incident.title),
                    severity: incident.severity,
                    state: incident.state.name().to_owned(),
                    over: !incident.state.is_open(),
                    acknowledged_at: incident.acknowledged_at.filter(|_| !climbs),
                    path: format!("/incidents/{}", incident.number),
                    told: Vec::new(),
                    beyond: 0,
                })
            }
            Noun::Change(_) => Err(Fault::NotFound("link")),
        }
    }

    /// Acknowledges; the trail says by which link.
    pub(super) async fn acknowledge(&self, contacts: &Contacts) -> Result<(), Fault> {
        if self.who == LinkAs::LogIn {
            return Err(Fault::Unauthenticated);
        }
        let actor = &Actor { name: self.trail.clone(), ..self.actor.clone() };
        match &self.noun {
            Noun::Change(_) => Err(Fault::NotFound("link")),
            Noun::Alert(id) => contacts.alerts.acknowledge(actor, id).await.map(drop),
            Noun::Incident(id) => incident(contacts, actor, id).await,
            Noun::Told(id) => {
                let mut lasting = self.told(contacts, id).await?.0;
                lasting.retain(|alert| alert.state != State::Resolved);
                acknowledge_told(contacts, actor, lasting).await
            }
        }
    }

    /// The alerts that a message told of by name and that may be seen, the worst of those that last first; and how many more it told of.
    async fn told(&self, contacts: &Contacts, message: &DeliveryId) -> Result<(Vec<Alert>, u64), Fault> {
        let conn = &mut *contacts.ctx.db.read().await?;
        let said = store::said(conn, message, &self.channel).await?.ok_or(Fault::NotFound("link"))?;
        let said: Value = channels::read_json(&said)?;
        let data = &said["data"];
        let firing = data["alerts"].as_array().into_iter().flatten().filter(|alert| alert["status"] == "firing");
        let ids: Vec<AlertId> = firing.filter_map(|alert| AlertId::parse(alert["id"].as_str()?)).collect();
        let mut found = backend_alerts::named(conn, &self.actor.reach(Permission::Read), &ids).await?;
        found.sort_by_key(|alert| (alert.state == State::Resolved, alert.severity.rank(), alert.started_at));
        Ok((found, data["truncatedAlerts"].as_u64().unwrap_or(0)))
    }

    async fn show_told(&self, contacts: &Contacts, message: &DeliveryId) -> Result<Link, Fault> {
        let (all, beyond) = self.told(contacts, message).await?;
        let worst = all.first().ok_or(Fault::NotFound("link"))?;
        let lasting = || all.iter().filter(|alert| alert.state != State::Resolved);
        let mut acknowledged_at =
            lasting().map(|alert| alert.acknowledged_at).collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().max());
        let conn = &mut *contacts.ctx.db.read().await?;
        for incident in incidents_of(lasting()) {
            if escalations::climbs(conn, &incident).await? {
                acknowledged_at = None;
            }
        }
        let told = |alert: &Alert| LinkTold {
            title: alert.title.clone(),
            severity: alert.severity,
            over: alert.state == State::Resolved,
            acknowledged_at: alert.acknowledged_at,
            path: format!("/alerts/{}", alert.id),
            incident: alert.incident.as_ref().map(|id| format!("/incidents/{id}")),
        };
        Ok(Link {
            who: self.who.clone(),
            incident: false,
            title: worst.title.clone(),
            severity: worst.severity,
            state: worst.state.name().to_owned(),
            over: lasting().next().is_none(),
            acknowledged_at,
            path: "/alerts".to_owned(),
            told: all.iter().map(told).collect(),
            beyond,
        })
    }
}

/// The incidents of these alerts, each once.
fn incidents_of<'a>(alerts: impl Iterator<Item = &'a Alert>) -> Vec<IncidentId> {
    let mut ids: Vec<IncidentId> = alerts.filter_map(|alert| alert.incident.clone()).collect();
    ids.sort();
    ids.dedup();
    ids
}

/// Acknowledges an incident as far as the actor may.
async fn incident(contacts: &Contacts, actor: &Actor, id: &IncidentId) -> Result<(), Fault> {
    let lacking = match contacts.incidents.acknowledge(actor, id).await {
        Err(fault @ Fault::Forbidden(_)) => fault,
        done => return done,
    };
    // Whoever may acknowledge alerts alone, acknowledges those; of an incident without any there is nothing for them.
    let detail = contacts.incidents.get(actor, &Ref::Id(id.clone())).await?;
    let open = detail.alerts.into_iter().filter(|alert| alert.state != State::Resolved);
    let ids: Vec<_> = open.map(|alert| alert.id).collect();
    if ids.is_empty() {
        return Err(lacking);
    }
    for ids in ids.chunks(alerts::MOST_AT_ONCE) {
        contacts.alerts.acknowledge_all(actor, ids).await?;
    }
    Ok(())
}

/// Acknowledges alerts that last, each with its incident; what of them the actor may not is left out, and the fault of it told where
/// nothing else was to be done.
async fn acknowledge_told(contacts: &Contacts, actor: &Actor, lasting: Vec<Alert>) -> Result<(), Fault> {
    let (mut done, mut fault) = (false, Fault::conflict("conflict-link-over"));
    let mut note = |result: Result<(), Fault>| match result {
        Ok(()) => done = true,
        Err(refused) => fault = refused,
    };
    for id in incidents_of(lasting.iter()) {
        note(incident(contacts, actor, &id).await);
    }
    // Those of no incident, and those whose incident is over although they last.
    for alert in lasting {
        note(contacts.alerts.acknowledge(actor, &alert.id).await.map(drop));
    }
    if done { Ok(()) } else { Err(fault) }
}
