//! The health of the process, for people and for probes.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    Actor, Fault, Permission, Timestamp, Wording,
    health::{Apart, EngineHealth, Health, Report, is_late},
};

use crate::{Context, Engines, alerts, db::Kind, transactions};

/// Implements [`Health`].
pub struct Service {
    ctx: Context,
    engines: Engines,
    transactions: Arc<transactions::Service>,
    started_at: Timestamp,
    tools: Apart,
}

impl Service {
    /// The service over the common ground and what it watches; the process counts as started now. `tools` says how far
    /// their commands are kept from it.
    pub fn new(ctx: Context, engines: Engines, transactions: Arc<transactions::Service>, tools: Apart) -> Self {
        let started_at = ctx.now();
        Self { ctx, engines, transactions, started_at, tools }
    }
}

#[async_trait]
impl Health for Service {
    async fn ready(&self) -> Result<(), Fault> {
        self.ctx.db.ping().await?;
        if self.transactions.is_written() { Ok(()) } else { Err(Fault::Unavailable(Wording::new("unavailable-writer-gone"))) }
    }

    async fn report(&self, actor: &Actor) -> Result<Report, Fault> {
        actor.require_everywhere(Permission::ManageSettings)?;
        let now = self.ctx.now();
        let mut engines: Vec<EngineHealth> = self
            .engines
            .pulses()
            .into_iter()
            .map(|(name, period, pulse)| {
                let period_ms = i64::try_from(period.as_millis()).unwrap_or(i64::MAX);
                let since = pulse.as_ref().map_or(self.started_at, |p| p.at);
                EngineHealth {
                    name: name.to_owned(),
                    period_ms,
                    ticked_at: pulse.as_ref().map(|p| p.at),
                    done: pulse.as_ref().and_then(|p| p.outcome.as_ref().ok().copied()),
                    fault: pulse.as_ref().and_then(|p| p.outcome.as_ref().err().map(ToString::to_string)),
                    late: is_late(since, period_ms, now),
                }
            })
            .collect();
        engines.sort_by(|a, b| a.name.cmp(&b.name));
        let database = match self.ctx.db.kind() {
            Kind::Sqlite => "sqlite",
            Kind::Postgres => "postgres",
        };
        Ok(Report {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            database: database.to_owned(),
            started_at: self.started_at,
            tools: self.tools,
            refused: alerts::refused(&mut *self.ctx.db.read().await?).await?,
            engines,
        })
    }
}
