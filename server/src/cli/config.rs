//! `evenkeel config check | show | docs`.

use clap::Subcommand;

use super::Failure;
use crate::{config, settings::Settings};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Say whether the settings are right; every fault names its key, its value and what would be right.
    Check,
    /// Print the settings in force, wherever they come from.
    Show,
    /// Print a file with every setting, what it means and its default.
    Docs,
}

/// Reading has checked already: whoever comes here has good settings.
pub(super) fn run(command: &Command, settings: &Settings) -> Result<(), Failure> {
    match command {
        Command::Check => println!("the settings are right"),
        Command::Show => print!("{}", config::show(settings)),
        Command::Docs => print!("{}", config::docs()),
    }
    Ok(())
}
