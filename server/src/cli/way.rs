//! The way out of commands that go somewhere: whoever sits at the terminal reaches what the machine reaches, and trusts whom they name.

use std::{path::PathBuf, sync::Arc};

use backend::egress::{self, Egress, NameResolver};
use clap::Args;

use crate::settings;

// Not a doc comment: it would stand for the commands that take it.
#[derive(Args, Clone)]
pub(super) struct Trust {
    /// PEM file with certificates of the house's own authorities, trusted beside Mozilla's; goes before the setting `egress.ca`.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

impl Trust {
    /// The settings with those who are trusted by the command line.
    pub(super) fn over(&self, settings: &settings::Egress) -> settings::Egress {
        settings::Egress { ca: self.ca.clone().unwrap_or_else(|| settings.ca.clone()), ..settings.clone() }
    }

    /// The way of a command that knows no settings.
    pub(super) fn anywhere(&self) -> Result<Egress, String> {
        anywhere(&self.over(&settings::Egress::default()))
    }
}

/// A way to wherever the machine reaches; an error names the file of authorities.
pub(super) fn anywhere(settings: &settings::Egress) -> Result<Egress, String> {
    let allow = ["0.0.0.0/0", "::/0"].iter().filter_map(|block| block.parse().ok()).collect();
    let roots = settings.roots().map_err(|error| format!("{}: {error}", settings.ca.display()))?;
    Egress::new(egress::Settings { allow, roots }, Arc::new(NameResolver::of_the_system()))
}
