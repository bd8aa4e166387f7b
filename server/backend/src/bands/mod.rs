//! Expected bands: fitted by the engine, read by pages and the API.

mod engine;
mod store;

use async_trait::async_trait;
use domain::{
    Actor, Fault, Permission, Span,
    bands::{Band, Bands, Measure},
    time::HOUR,
};

pub use engine::Forecaster;

use crate::{Context, systems};

/// The service behind the port.
pub struct Service {
    ctx: Context,
}

impl Service {
    /// The service over the common ground.
    pub fn new(ctx: Context) -> Self {
        Self { ctx }
    }
}

#[async_trait]
impl Bands for Service {
    async fn over(&self, actor: &Actor, system: &str, span: Span) -> Result<Vec<Band>, Fault> {
        actor.authenticated()?;
        let mut conn = self.ctx.db.read().await?;
        let seen = systems::all(&mut conn, &actor.reach(Permission::Read)).await?;
        let system = seen.into_iter().find(|brief| brief.key == system).ok_or(Fault::NotFound("system"))?.id;
        let span = Span { from: span.from.floor(HOUR), to: span.to };
        let mut bands = Vec::new();
        for &measure in Measure::ALL {
            if let Some(fit) = store::fit(&mut conn, &system, measure).await? {
                bands.push(Band { measure, hours: store::hours(&mut conn, &system, measure, span).await?, fit });
            }
        }
        Ok(bands)
    }
}
