//! `evenkeel demo`: a small simulated payment company that can be broken on purpose.
//!
//! Nothing here is shown that is not real for the portal: four HTTP services answer on loopback ([`company`]), their
//! past goes in through the same services as everything else, with the clock set back ([`past`]), and every live
//! transaction is a call of the gateway before it is posted ([`live`]). The same seed gives the same past.

mod booking;
mod burned;
mod business;
mod clock;
pub(crate) mod company;
mod customers;
mod dice;
mod duty;
mod live;
mod loaded;
mod merchants;
mod pair;
mod past;
mod people;
mod planned;
mod reviewed;
mod tour;
mod verified;
mod watching;
mod world;

use backend::Context;
use domain::{Actor, Fault, Portal, form::Typed};

pub use business::Business;
pub use clock::ShiftedClock;
pub use company::Company;
pub(crate) use live::{Alive, backfill, run as keep_alive};
pub(crate) use tour::tell;

/// Password of every user of the demonstration.
pub const PASSWORD: &str = "demo-evenkeel";
/// What all chance begins with.
const SEED: u64 = 20_250_314;
/// Where the company works.
const ZONE: &str = "Asia/Shanghai";

/// The engine in whose name the demonstration acts where no person does.
pub(crate) fn me() -> Actor {
    Actor::engine("demo")
}

/// Fields and values as they would be typed.
fn typed(pairs: &[(&str, &str)]) -> Typed {
    Typed::from_pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

/// Everything that a part of the demonstration needs.
pub struct Stage<'a> {
    /// The ground.
    pub ctx: &'a Context,
    /// All ports.
    pub portal: &'a Portal,
    /// The clock that can be set back.
    pub clock: &'a ShiftedClock,
    /// The services.
    pub company: &'a Company,
    /// Who pays whom.
    pub business: &'a Business,
    /// What works by itself while the past is told: see [`burned`].
    pub engines: &'a backend::Engines,
}

/// Builds the world and its past; by the end the clock shows the present. Needs an empty database.
pub async fn furnish(stage: &Stage<'_>) -> Result<(), Fault> {
    let now = domain::Clock::now(stage.clock);
    stage.clock.set(past::beginning(now));
    let crew = people::hire(stage).await?;
    let world = world::build(stage).await?;
    past::tell(stage, &crew, &world, now).await?;
    stage.clock.release();
    world::channel(stage).await?;
    duty::roster(stage, &crew).await?;
    duty::doors(stage).await?;
    watching::set_up(stage, &world).await?;
    merchants::write_down(stage, &world).await?;
    past::monitors(stage, &world).await?;
    booking::set_up(stage, &world).await?;
    past::recent_transactions(stage).await?;
    burned::tell(stage, &crew, &world, now).await?;
    loaded::set_up(stage, &crew, &world).await?;
    verified::tell(stage, &crew, now).await
}
