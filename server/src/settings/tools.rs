//! Running of tools.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Running of tools.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tools {
    /// Whether tools may be run at all on this host; set-up may switch it on when this is not set.
    pub enabled: Option<bool>,
    /// Account under which tools run; needs a portal that runs as root, which must name one. Otherwise tools run under the
    /// portal's own account, and Landlock keeps them from its data, keys and memory.
    pub account: String,
    /// Accounts of their own for the tools of some teams, by key of the team, e.g. `{ payments = "tools-payments" }`; `account`
    /// for all others. Tools of one account can reach each other's processes, secrets included, where Landlock is missing.
    pub accounts: BTreeMap<String, String>,
    /// Whether tools may run under the portal's own account even where this machine has no Landlock, so that nothing keeps
    /// them from its data and keys.
    pub share_account: bool,
    /// Processes and threads that this account may have beyond those it has when a run starts, so that a tool that goes
    /// wild cannot fill the machine; 0: any number. The system does not hold root to it.
    pub processes: u64,
    /// The program that becomes the command; tests are not it themselves.
    #[serde(skip)]
    pub launcher: Option<PathBuf>,
    /// Whether Landlock is used; tests try what happens without.
    #[serde(skip, default = "yes")]
    pub walls: bool,
}

fn yes() -> bool {
    true
}

impl Default for Tools {
    fn default() -> Self {
        Self {
            enabled: None,
            account: String::new(),
            accounts: BTreeMap::new(),
            share_account: false,
            processes: backend::tools::Settings::default().processes,
            launcher: None,
            walls: true,
        }
    }
}
