//! `evenkeel probe --join URL --token T`: checks from here what a portal elsewhere says, and tells it.

use backend::{
    egress::{self, Egress, NameResolver},
    monitors::Agent,
};
use clap::Args;
use secrecy::SecretString;
use std::{path::PathBuf, sync::Arc};

use super::{Failure, serve};
use crate::{boot, settings::Settings};

#[derive(Args)]
pub(super) struct Probe {
    /// The portal: https://…
    #[arg(long, value_name = "URL")]
    join: String,
    /// The token of the location, as its page told it once.
    #[arg(long, env = "EVENKEEL_PROBE_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    token: String,
    /// PEM file with certificates of the house's own authorities: for the portal, and for what is checked (setting `egress.ca`).
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

/// Works until SIGTERM or SIGINT. The portal itself may be anywhere; what is checked obeys `egress.allow` of this machine.
pub(super) async fn run(settings: &Settings, command: &Probe) -> Result<(), Failure> {
    serve::log(&settings.log.filter, settings.log.format);
    let allow = ["0.0.0.0/0", "::/0"].iter().filter_map(|block| block.parse().ok()).collect();
    let mut settings = settings.clone();
    if let Some(ca) = &command.ca {
        settings.egress.ca.clone_from(ca);
    }
    let roots = settings.egress.roots().map_err(|error| format!("{}: {error}", settings.egress.ca.display()))?;
    let portal = Egress::new(egress::Settings { allow, roots }, Arc::new(NameResolver::of_the_system()))?;
    let agent = Agent::new(portal, boot::egress(&settings), &command.join, SecretString::from(command.token.clone()))?;
    let stop = super::until_signal()?;
    agent.run(&stop).await?;
    Ok(())
}
