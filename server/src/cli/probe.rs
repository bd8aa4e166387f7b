//! `evenkeel probe --join URL --token T`: checks from here what a portal elsewhere says, and tells it.

use backend::monitors::Agent;
use clap::Args;
use secrecy::SecretString;

use super::{
    Failure, serve,
    way::{Trust, anywhere},
};
use crate::{boot, settings::Settings};

#[derive(Args)]
pub(super) struct Probe {
    /// The portal: https://…
    #[arg(long, value_name = "URL")]
    join: String,
    /// The token of the location, as its page told it once.
    #[arg(long, env = "EVENKEEL_PROBE_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    token: String,
    #[command(flatten)]
    trust: Trust,
}

/// Works until SIGTERM or SIGINT. The portal itself may be anywhere; what is checked obeys `egress.allow` of this machine. Whom it trusts
/// holds for both.
pub(super) async fn run(settings: &Settings, command: &Probe) -> Result<(), Failure> {
    serve::log(&settings.log.filter, settings.log.format);
    let settings = Settings { egress: command.trust.over(&settings.egress), ..settings.clone() };
    let portal = anywhere(&settings.egress)?;
    let agent = Agent::new(portal, boot::egress(&settings), &command.join, SecretString::from(command.token.clone()))?;
    let stop = super::until_signal()?;
    agent.run(&stop).await?;
    Ok(())
}
