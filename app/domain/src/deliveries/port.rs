//! What pages and the API may ask of `deliveries`.

use super::{Channel, Delivery, Filter, NewChannel};
use crate::{
    Actor, Fault, Page, PageRequest,
    form::Typed,
    id::{ChannelId, DeliveryId, TeamId},
};

/// The port of the area `deliveries`; `backend` implements it. A channel of one team needs `channels.manage` in that
/// team, a channel of all teams needs it everywhere.
#[async_trait::async_trait]
pub trait Deliveries: Send + Sync {
    /// The channels that the actor may manage, by name.
    async fn channels(&self, actor: &Actor) -> Result<Vec<Channel>, Fault>;
    /// One channel.
    async fn channel(&self, actor: &Actor, id: &ChannelId) -> Result<Channel, Fault>;
    /// Makes a channel; the secret is told once.
    async fn create_channel(&self, actor: &Actor, typed: &Typed) -> Result<NewChannel, Fault>;
    /// Edits a channel. The secret stays where the field is empty.
    async fn edit_channel(&self, actor: &Actor, id: &ChannelId, typed: &Typed) -> Result<Channel, Fault>;
    /// Removes a channel. What waits is given up; the ledger stays until it is old enough to be forgotten.
    async fn remove_channel(&self, actor: &Actor, id: &ChannelId) -> Result<(), Fault>;
    /// Puts a test message into the outbox of a channel.
    async fn test_channel(&self, actor: &Actor, id: &ChannelId) -> Result<DeliveryId, Fault>;
    /// Whether any channel that is on hears this team, whatever it wants to hear. Needs `read` in the team.
    async fn hears(&self, actor: &Actor, team: &TeamId) -> Result<bool, Fault>;
    /// One page of the ledger, newest first: what concerns teams that the actor may read.
    async fn list(&self, actor: &Actor, filter: &Filter, page: &PageRequest) -> Result<Page<Delivery>, Fault>;
    /// One delivery with the body that was or will be sent.
    async fn get(&self, actor: &Actor, id: &DeliveryId) -> Result<(Delivery, String), Fault>;
    /// Sends a dead delivery again, with the same key and attempts counted anew.
    async fn resend(&self, actor: &Actor, id: &DeliveryId) -> Result<(), Fault>;
}
