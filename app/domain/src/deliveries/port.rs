//! What pages and the API may ask of `deliveries`.

use super::{Attempt, Channel, Contact, Delivery, Filter, Kind, Link, NewChannel, message::Message};
use crate::{
    Actor, Fault, Page, PageRequest,
    form::Typed,
    id::{ChannelId, DeliveryId, IncidentId, TeamId},
};

/// The port of the area `deliveries`; `backend` implements it. A channel of one team needs `channels.manage` in that
/// team, a channel of all teams needs it everywhere.
#[async_trait::async_trait]
pub trait Deliveries: Send + Sync {
    /// The channels that the actor may manage, by name.
    async fn channels(&self, actor: &Actor) -> Result<Vec<Channel>, Fault>;
    /// One channel.
    async fn channel(&self, actor: &Actor, id: &ChannelId) -> Result<Channel, Fault>;
    /// Makes a channel; a secret that the portal made is told once.
    async fn create_channel(&self, actor: &Actor, typed: &Typed) -> Result<NewChannel, Fault>;
    /// Edits a channel. A secret stays where its field is empty.
    async fn edit_channel(&self, actor: &Actor, id: &ChannelId, typed: &Typed) -> Result<Channel, Fault>;
    /// Removes a channel. What waits is given up; the ledger stays until it is old enough to be forgotten.
    async fn remove_channel(&self, actor: &Actor, id: &ChannelId) -> Result<(), Fault>;
    /// Puts a test message into the outbox of a channel.
    async fn test_channel(&self, actor: &Actor, id: &ChannelId) -> Result<DeliveryId, Fault>;
    /// What the typed templates make of sample facts, one message for each of a few events in the language typed, then in the other one;
    /// nothing is stored.
    async fn preview(&self, actor: &Actor, typed: &Typed) -> Result<Vec<Message>, Fault>;
    /// Whether a kind can be used at all here: mail needs a mail server.
    fn ready(&self, kind: Kind) -> bool;
    /// Whether any channel that is on hears this team, whatever it wants to hear. Needs `read` in the team.
    async fn hears(&self, actor: &Actor, team: &TeamId) -> Result<bool, Fault>;
    /// One page of the ledger, newest first: what concerns teams that the actor may read.
    async fn list(&self, actor: &Actor, filter: &Filter, page: &PageRequest) -> Result<Page<Delivery>, Fault>;
    /// What was told of an incident under these keys, oldest first, within the actor's reach: what became of its pages.
    async fn receipts(&self, actor: &Actor, incident: &IncidentId, keys: &[String]) -> Result<Vec<Delivery>, Fault>;
    /// One delivery with the body that was or will be sent.
    async fn get(&self, actor: &Actor, id: &DeliveryId) -> Result<(Delivery, String), Fault>;
    /// The attempts of a delivery, oldest first; of more than a hundred the newest.
    async fn attempts(&self, actor: &Actor, id: &DeliveryId) -> Result<Vec<Attempt>, Fault>;
    /// Sends a dead delivery again, with the same key and attempts counted anew.
    async fn resend(&self, actor: &Actor, id: &DeliveryId) -> Result<(), Fault>;
    /// Sends again everything dead that the filter matches and the actor may resend, at most 1,000; gives how many.
    async fn resend_all(&self, actor: &Actor, filter: &Filter) -> Result<u64, Fault>;
}

/// How persons are reached. Everybody keeps their own contact methods, in a session; nobody sees those of others.
#[async_trait::async_trait]
pub trait Contacts: Send + Sync {
    /// One's own, in order.
    async fn mine(&self, actor: &Actor) -> Result<Vec<Contact>, Fault>;
    /// One of one's own.
    async fn one(&self, actor: &Actor, id: &ChannelId) -> Result<Contact, Fault>;
    /// Adds one; sends the code where the kind needs it.
    async fn add(&self, actor: &Actor, typed: &Typed) -> Result<Contact, Fault>;
    /// Edits one. Where messages go elsewhere now, it must be verified anew.
    async fn edit(&self, actor: &Actor, id: &ChannelId, typed: &Typed) -> Result<Contact, Fault>;
    /// Removes one.
    async fn remove(&self, actor: &Actor, id: &ChannelId) -> Result<(), Fault>;
    /// Moves one before its predecessor.
    async fn raise(&self, actor: &Actor, id: &ChannelId) -> Result<(), Fault>;
    /// Sends a new code.
    async fn send_code(&self, actor: &Actor, id: &ChannelId) -> Result<(), Fault>;
    /// Reads the field `code`.
    async fn verify(&self, actor: &Actor, id: &ChannelId, typed: &Typed) -> Result<(), Fault>;
    /// Puts a test message into the outbox.
    async fn test(&self, actor: &Actor, id: &ChannelId) -> Result<DeliveryId, Fault>;
    /// What was told through it last.
    async fn last(&self, actor: &Actor, id: &ChannelId) -> Result<Option<Delivery>, Fault>;
    /// The key with which browsers subscribe, in base64url.
    async fn push_key(&self, actor: &Actor) -> Result<String, Fault>;
    /// What a signed link acknowledges, and as whom; `NotFound` where it does not open. Changes nothing. The visitor counts
    /// where the link was sent to a channel.
    async fn link(&self, visitor: &Actor, token: &str) -> Result<Link, Fault>;
    /// Acknowledges as the person whom the link was sent to; of the link of a channel as the visitor, or by way of the channel
    /// where its readers may. `Unauthenticated` where somebody has to log in first.
    async fn acknowledge(&self, visitor: &Actor, token: &str) -> Result<Link, Fault>;
}
