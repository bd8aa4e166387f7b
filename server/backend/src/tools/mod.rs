//! The service of the area `tools`: definitions, requests, and the processes that run them.
//!
//! A run is asked for ([`service`]), claimed by the engine ([`engine`]) and watched to its end ([`watch`]); what
//! touches processes stands in [`process`], and for each run there is a process of our own that keeps it together
//! ([`keeper`]). **Architecture invariants:** a command is started once or never — a run
//! whose watcher is gone is `lost`, not started again; what a run started is gone when the run is over, or the run
//! says `kill-unconfirmed`.

mod account;
mod asking;
mod engine;
mod joined;
mod keeper;
mod launch;
mod log;
mod process;
mod request;
mod service;
mod store;
mod switch;
mod wall;
mod watch;

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use domain::{
    Fault, Timestamp,
    audit::Object,
    id::{RunId, ToolId},
    live::Topic,
    tools::Definition,
};
use sqlx::AnyConnection;

use crate::{Context, WriteTx, audit, incidents};
pub use engine::Runner;
pub(crate) use joined::{Purpose, meant};
pub use launch::{conceal, launch};
pub use service::Service;
pub use switch::choose;

/// How tools are run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What the configuration says: runs allowed, refused, or `None`: as set-up or an administrator chose.
    pub enabled: Option<bool>,
    /// Account of the machine under which commands run. Needed, and looked at, only where the portal runs as root;
    /// otherwise commands run under its own account.
    pub account: Option<String>,
    /// Accounts of their own for teams, by key of the team; `account` for all others.
    pub accounts: BTreeMap<String, String>,
    /// Whether commands may run under the account of the portal where nothing else keeps them from what is its own.
    pub share_account: bool,
    /// Whether Landlock is used where this machine has it; tests try what happens without.
    pub walls: bool,
    /// Files and folders that commands shall never see: data, keys, configuration.
    pub hidden: Vec<PathBuf>,
    /// Folder in which every run gets a folder of its own, which is removed when it is over.
    pub work_dir: PathBuf,
    /// `PATH` of commands.
    pub path: String,
    /// Runs at the same time at most; more wait.
    pub max_running: usize,
    /// Bytes of output that are kept per run.
    pub log_bytes: u64,
    /// Bytes of memory (private data) that each process of a run may have.
    pub memory_bytes: u64,
    /// Processes and threads that the account of a run may have beyond those it has when the run starts; 0 for any number.
    /// The system does not hold root to this.
    pub processes: u64,
    /// Our own program, which limits itself and then becomes the command; see [`launch`](launch()).
    pub launcher: PathBuf,
    /// Time between the request to end (SIGTERM) and the end (SIGKILL).
    pub kill_grace: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: None,
            account: None,
            accounts: BTreeMap::new(),
            share_account: false,
            walls: true,
            hidden: Vec::new(),
            work_dir: std::env::temp_dir().join("evenkeel-runs"),
            path: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned(),
            max_running: 8,
            log_bytes: 4 * 1024 * 1024,
            memory_bytes: 2 * 1024 * 1024 * 1024,
            processes: 512,
            // The same program, even where its file was replaced meanwhile.
            launcher: "/proc/self/exe".into(),
            kill_grace: Duration::from_secs(3),
        }
    }
}

/// Whether this machine has such an account, as `/etc/passwd` lists them.
pub fn has_account(name: &str) -> bool {
    account::account(name).is_some()
}

/// Runs on these systems that started in the span, whoever asks; the latest 50.
pub(crate) async fn began(
    conn: &mut AnyConnection,
    systems: &[domain::id::SystemId],
    span: domain::Span,
) -> Result<Vec<store::near::Began>, Fault> {
    store::near::began(conn, systems, span).await
}

/// Forgets pieces of logs of runs that ended before, at most `limit`; gives how many.
pub async fn forget_logs(conn: &mut AnyConnection, before: Timestamp, limit: u32) -> Result<u64, Fault> {
    let open = incidents::open_ids(conn).await?;
    store::old::forget_logs(conn, before, &open, limit).await
}

/// Forgets runs that ended before and whose logs are forgotten, at most `limit`; gives how many.
pub async fn forget(conn: &mut AnyConnection, before: Timestamp, limit: u32) -> Result<u64, Fault> {
    let open = incidents::open_ids(conn).await?;
    store::old::forget(conn, before, &open, limit).await
}

/// Tools within reach that are in use, by name, each with its version: what a plan may name.
pub(crate) async fn usable(conn: &mut AnyConnection, reach: &domain::Reach) -> Result<Vec<(ToolId, i64, Definition)>, Fault> {
    store::tools::usable(conn, reach).await
}

/// These tools as they are defined, each with its version, whoever asks; those that are not there are left out.
pub(crate) async fn named(conn: &mut AnyConnection, ids: &[ToolId]) -> Result<Vec<(ToolId, i64, Definition)>, Fault> {
    if ids.is_empty() { Ok(Vec::new()) } else { store::tools::named(conn, ids).await }
}

/// Every version of a tool, the newest first.
pub(crate) async fn versions(conn: &mut AnyConnection, id: &ToolId) -> Result<Vec<domain::tools::Version>, Fault> {
    store::tools::versions(conn, id).await
}

/// The latest 50 runs for a change, the newest first, whoever asks; their logs are another matter.
pub(crate) async fn of_change(conn: &mut AnyConnection, change: &domain::id::ChangeId) -> Result<Vec<domain::tools::Run>, Fault> {
    let filter = domain::tools::RunFilter { change: Some(change.clone()), ..domain::tools::RunFilter::default() };
    store::runs::list(conn, &domain::Reach::All, &filter, &domain::PageRequest { after: None, limit: 50 }).await
}

/// Demands the right to run a tool.
pub(crate) async fn demand(conn: &mut AnyConnection, actor: &domain::Actor, id: &domain::id::ToolId) -> Result<(), Fault> {
    let tool = store::tools::get(conn, &domain::Reach::All, id).await?;
    service::demand_run(actor, &tool.team, tool.definition.first_line, "tool")
}

/// Takes back a run that has not started.
pub(crate) async fn take_back(tx: &mut WriteTx, ctx: &Context, actor: &domain::Actor, run: &domain::tools::Run) -> Result<(), Fault> {
    if store::runs::withdraw(tx, &run.id, ctx.now()).await? {
        tx.announce(Topic::Runs, &run.id, Some(&run.team));
        let object = Object::new("run", &run.id, &run.tool_name, Some(&run.team));
        audit::record(tx, ctx, actor, "run.withdraw", object, &serde_json::json!({})).await?;
    }
    Ok(())
}

/// How runs stand, whoever asks; those that are not there are left out.
pub(crate) async fn runs_of(conn: &mut AnyConnection, ids: &[RunId]) -> Result<Vec<domain::tools::Run>, Fault> {
    if ids.is_empty() { Ok(Vec::new()) } else { store::runs::these(conn, ids).await }
}
