//! What opens behind a signed link: as whom, and what is acknowledged.
//!
//! The link of a message that told of several alerts or incidents acknowledges those that it told of by name, each alert with its
//! incident.
//!
//! The link of a contact method acts as its person. The link of a channel of teams acts as whoever is logged in; where the channel
//! lets its readers acknowledge, whoever is not acts by way of the channel, and reaches no further than the channel hears.

use domain::{
    Actor, Fault, Permission, PermissionSet, Who,
    actor::Grants,
    alerts::{self, Alert, State},
    deliveries::{Channel, Kind, Link, LinkAs, LinkFor, LinkTold, Notify},
    id::{AlertId, ChannelId, DeliveryId, IncidentId, UserId},
    incidents::{Incident, Ref},
};
use serde_json::Value;
use sqlx::AnyConnection;

use super::{
    contacts::Contacts,
    links::{self, Noun},
    store::{self, channels, contacts},
};
use crate::{alerts as backend_alerts, escalations, incidents, people};

/// What a message told of by name and may be seen.
struct Told {
    /// The worst of those that last first.
    alerts: Vec<Alert>,
    /// With their alerts, which are not among the others.
    incidents: Vec<Incident>,
    /// How many more alerts it told of.
    beyond: u64,
}

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
        let actor = &self.actor;
        match &self.noun {
            Noun::Alert(id) => Ok(self.link(of_alert(contacts.alerts.get(actor, id).await?.alert, false))),
            Noun::Told(id) => self.show_told(contacts, id).await,
            Noun::Incident(id) => {
                let incident = contacts.incidents.get(actor, &Ref::Id(id.clone())).await?.incident;
                // While people are paged for it there is something to acknowledge, whoever was there at its beginning.
                let climbs = escalations::climbs(&mut *contacts.ctx.db.read().await?, id).await?;
                Ok(self.link(of_incident(incident, climbs)))
            }
            Noun::Change(_) => Err(Fault::NotFound("link")),
        }
    }

    /// The page about one alert or incident.
    fn link(&self, one: LinkTold) -> Link {
        Link {
            who: self.who.clone(),
            acknowledged_at: one.acknowledged_at,
            path: one.path.clone(),
            about: one,
            told: Vec::new(),
            beyond: 0,
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
                let told = self.told(contacts, id).await?;
                acknowledge_told(contacts, actor, &told).await
            }
        }
    }

    /// What a message told of by name, and what was told along with it.
    async fn told(&self, contacts: &Contacts, message: &DeliveryId) -> Result<Told, Fault> {
        let conn = &mut *contacts.ctx.db.read().await?;
        let said = store::said(conn, message, &self.channel).await?;
        let (mut ids, mut opened, mut beyond) = (Vec::new(), Vec::new(), 0);
        for said in said {
            let said: Value = channels::read_json(&said)?;
            let (event, data) = (said["type"].as_str().and_then(Notify::parse), &said["data"]);
            if event == Some(Notify::AlertFiring) {
                let firing = data["alerts"].as_array().into_iter().flatten().filter(|alert| alert["status"] == "firing");
                let own = std::iter::once(&data["alert"]);
                ids.extend(firing.chain(own).filter_map(|alert| AlertId::parse(alert["id"].as_str()?)));
                let listed = data["alerts"].as_array().map_or(0, Vec::len) as u64;
                beyond += data["group"]["alerts"].as_u64().unwrap_or(0).saturating_sub(listed);
            } else if event.is_some_and(links::asks) {
                opened.extend(data["incident"]["id"].as_str().and_then(IncidentId::parse));
            }
        }
        sort_once(&mut ids);
        sort_once(&mut opened);
        let reach = self.actor.reach(Permission::Read);
        let mut alerts = backend_alerts::named(conn, &reach, &ids).await?;
        let mut incidents = incidents::named(conn, &reach, &opened).await?;
        alerts.retain(|alert| {
            !alert.incident.as_ref().is_some_and(|of| incidents.iter().any(|incident| incident.id == *of && incident.state.is_open()))
        });
        alerts.sort_by_key(|alert| (alert.state == State::Resolved, alert.severity.rank(), alert.started_at));
        incidents.sort_by_key(|incident| (!incident.state.is_open(), incident.severity.rank(), incident.opened_at));
        Ok(Told { alerts, incidents, beyond })
    }

    async fn show_told(&self, contacts: &Contacts, message: &DeliveryId) -> Result<Link, Fault> {
        let Told { alerts, incidents, beyond } = self.told(contacts, message).await?;
        let conn = &mut *contacts.ctx.db.read().await?;
        let mut told = Vec::with_capacity(incidents.len() + alerts.len());
        for incident in incidents {
            let climbs = escalations::climbs(conn, &incident.id).await?;
            told.push(of_incident(incident, climbs));
        }
        for alert in alerts {
            let climbs = match alert.incident.as_ref().filter(|_| alert.state != State::Resolved) {
                Some(incident) => escalations::climbs(conn, incident).await?,
                None => false,
            };
            told.push(of_alert(alert, climbs));
        }
        let lasting = || told.iter().filter(|one| !one.over);
        let worst = lasting().min_by_key(|one| one.severity.rank()).or(told.first()).ok_or(Fault::NotFound("link"))?;
        let acknowledged_at = lasting().map(|one| one.acknowledged_at).collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().max());
        let path = if told.iter().all(|one| one.number.is_some()) { "/incidents" } else { "/alerts" }.to_owned();
        let link = self.link(worst.clone());
        Ok(Link { acknowledged_at, path, told, beyond, ..link })
    }
}

/// An alert as its page tells it; while people are paged for its incident, it is not acknowledged.
fn of_alert(alert: Alert, climbs: bool) -> LinkTold {
    LinkTold {
        number: None,
        told: alert.told(),
        title: alert.title,
        severity: alert.severity,
        over: alert.state == State::Resolved,
        acknowledged_at: alert.acknowledged_at.filter(|_| !climbs),
        path: format!("/alerts/{}", alert.id),
        incident: alert.incident.map(|id| format!("/incidents/{id}")),
    }
}

/// The same of an incident.
fn of_incident(incident: Incident, climbs: bool) -> LinkTold {
    LinkTold {
        number: Some(incident.number),
        title: incident.title,
        told: incident.told,
        severity: incident.severity,
        over: !incident.state.is_open(),
        acknowledged_at: incident.acknowledged_at.filter(|_| !climbs),
        path: format!("/incidents/{}", incident.number),
        incident: None,
    }
}

fn sort_once<T: Ord>(ids: &mut Vec<T>) {
    ids.sort();
    ids.dedup();
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

/// Acknowledges what lasts of what was told, alerts with their incidents; what of it the actor may not is left out, and the fault of it
/// told where nothing else was to be done.
async fn acknowledge_told(contacts: &Contacts, actor: &Actor, told: &Told) -> Result<(), Fault> {
    let (mut done, mut fault) = (false, Fault::conflict("conflict-link-over"));
    let mut note = |result: Result<(), Fault>| match result {
        Ok(()) => done = true,
        Err(refused) => fault = refused,
    };
    let lasting = || told.alerts.iter().filter(|alert| alert.state != State::Resolved);
    let open = told.incidents.iter().filter(|incident| incident.state.is_open()).map(|incident| incident.id.clone());
    let mut incidents: Vec<IncidentId> = lasting().filter_map(|alert| alert.incident.clone()).chain(open).collect();
    sort_once(&mut incidents);
    for id in &incidents {
        note(incident(contacts, actor, id).await);
    }
    // Those of no incident, and those whose incident is over although they last.
    for alert in lasting() {
        note(contacts.alerts.acknowledge(actor, &alert.id).await.map(drop));
    }
    if done { Ok(()) } else { Err(fault) }
}
