//! What opens behind a signed link: as whom, and what is acknowledged.
//!
//! The link of a contact method acts as its person. The link of a channel of teams acts as whoever is logged in; where the channel
//! lets its readers acknowledge, whoever is not acts by way of the channel, and reaches no further than the channel hears.

use domain::{
    Actor, Fault, Permission, PermissionSet, Who,
    actor::Grants,
    alerts,
    deliveries::{Channel, Kind, Link, LinkAs, LinkFor},
    id::{ChannelId, UserId},
    incidents::Ref,
};
use sqlx::AnyConnection;

use super::{
    contacts::Contacts,
    links::{self, Noun},
    store::{channels, contacts},
};
use crate::{escalations, people};

/// A link that opens.
pub(super) struct Opened {
    noun: Noun,
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
        Ok(Opened { noun: said.noun, who: LinkAs::Person(actor.name.clone()), actor, trail })
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
        return Some(Opened { noun, who: LinkAs::Person(visitor.name.clone()), actor: visitor.clone(), trail });
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
    Some(Opened { noun, actor: Actor { who: Who::Engine("deliveries"), name: trail.clone(), grants }, who, trail })
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
                    over: alert.state == alerts::State::Resolved,
                    acknowledged_at: alert.acknowledged_at,
                    path: format!("/alerts/{id}"),
                })
            }
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
            Noun::Incident(id) => {
                let lacking = match contacts.incidents.acknowledge(actor, id).await {
                    Err(fault @ Fault::Forbidden(_)) => fault,
                    done => return done,
                };
                // Whoever may acknowledge alerts alone, acknowledges those; of an incident without any there is nothing for them.
                let detail = contacts.incidents.get(actor, &Ref::Id(id.clone())).await?;
                let open = detail.alerts.into_iter().filter(|alert| alert.state != alerts::State::Resolved);
                let ids: Vec<_> = open.map(|alert| alert.id).collect();
                if ids.is_empty() {
                    return Err(lacking);
                }
                for ids in ids.chunks(alerts::MOST_AT_ONCE) {
                    contacts.alerts.acknowledge_all(actor, ids).await?;
                }
                Ok(())
            }
        }
    }
}
