//! Builds every service and engine once, and hands out the ports.

use std::sync::Arc;

use backend::{Context, Engines};
use domain::Portal;

use crate::settings::Settings;

/// All ports over one ground, and the engines that work behind them (not started).
pub fn portal(ctx: &Context, _settings: &Settings) -> (Portal, Engines) {
    // One line for each engine.
    let engines = Engines::new(ctx.clone(), vec![]);
    let portal = Portal {
        clock: ctx.clock.clone(),
        alerts: Arc::new(backend::alerts::Service::new(ctx.clone())),
        audit: Arc::new(backend::audit::Service::new(ctx.clone())),
        changes: Arc::new(backend::changes::Service::new(ctx.clone())),
        deliveries: Arc::new(backend::deliveries::Service::new(ctx.clone())),
        health: Arc::new(backend::health::Service::new(ctx.clone(), engines.clone())),
        incidents: Arc::new(backend::incidents::Service::new(ctx.clone())),
        live: Arc::new(backend::live::Service::new(ctx.clone())),
        monitors: Arc::new(backend::monitors::Service::new(ctx.clone())),
        overview: Arc::new(backend::overview::Service::new(ctx.clone())),
        people: Arc::new(backend::people::Service::new(ctx.clone())),
        systems: Arc::new(backend::systems::Service::new(ctx.clone())),
        tools: Arc::new(backend::tools::Service::new(ctx.clone())),
        transactions: Arc::new(backend::transactions::Service::new(ctx.clone())),
    };
    (portal, engines)
}
