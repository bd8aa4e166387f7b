//! Starting a command with nothing of ours around it, and making sure that nothing of it is left.
//!
//! Every process of a run carries `RUN_ID=<id>` in its environment. By this mark, and by the process group,
//! remains are found in `/proc` even when they left the group or outlived a restart of the portal.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use domain::id::RunId;
use rustix::process::{Pid, Signal};
use tokio::{
    io::AsyncReadExt,
    net::unix::pipe::Receiver,
    process::{Child, Command},
    time::{Instant, sleep, timeout},
};

use super::{
    Settings,
    launch::{self, Limits},
};

/// Environment variable that marks every process of a run.
const MARK: &str = "RUN_ID";
/// Longest time from the start of our own program to the start of the command.
const BEGIN: Duration = Duration::from_secs(10);

/// An account of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

/// Reads an account from `/etc/passwd`.
pub(super) fn account(name: &str) -> Option<Account> {
    let file = fs::read_to_string("/etc/passwd").ok()?;
    let line = file.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut parts = line.split(':').skip(2);
    Some(Account { uid: parts.next()?.parse().ok()?, gid: parts.next()?.parse().ok()? })
}

/// Whether this process is root.
pub(super) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The name of this machine.
pub(super) fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// A command that was started.
pub(super) struct Started {
    pub(super) child: Child,
    /// Id of its process group.
    pub(super) group: i32,
    /// What it writes, standard output and errors in one.
    pub(super) output: Receiver,
    /// Its own folder.
    pub(super) dir: PathBuf,
}

/// What a command is given.
pub(super) struct Order<'a> {
    pub(super) run: &'a RunId,
    pub(super) argv: &'a [String],
    /// Environment variables that carry secrets.
    pub(super) secrets: &'a [(String, String)],
    pub(super) timeout_s: i64,
}

/// Starts a command: argument array, no shell, clean environment, own folder, own process group, limits. What is started
/// first is our own program, which limits itself and then becomes the command ([`super::launch`]): so the command never
/// runs without its limits. Returns when it has become it, or with the reason why it could not.
pub(super) async fn start(settings: &Settings, order: &Order<'_>) -> io::Result<Started> {
    if order.argv.is_empty() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let account = settings.account.as_deref().and_then(account);
    let dir = make_dir(&settings.work_dir, order.run, account)?;
    let (reader, writer) = io::pipe()?;
    let (outcome, report) = io::pipe()?;
    let limits = Limits {
        account: account.filter(|_| is_root()),
        cpu_s: u64::try_from(order.timeout_s).unwrap_or(1).saturating_mul(4).saturating_add(10),
        memory_bytes: settings.memory_bytes,
        processes: settings.processes,
    };
    let mut command = Command::new(&settings.launcher);
    command
        .arg(launch::COMMAND)
        .arg(limits.to_string())
        .args(order.argv)
        .env_clear()
        .env("PATH", &settings.path)
        .env("LANG", "C.UTF-8")
        .env("HOME", &dir)
        .env("TMPDIR", &dir)
        .env(MARK, order.run.as_str())
        .envs(order.secrets.iter().map(|(name, value)| (name, value)))
        .current_dir(&dir)
        .stdin(report)
        .stdout(writer.try_clone()?)
        .stderr(writer)
        .process_group(0)
        .kill_on_drop(true);
    let mut child = command.spawn().inspect_err(|_| remove_dir(&dir))?;
    // The command holds the write ends; the streams must end with the processes that write.
    drop(command);
    let group = child.id().and_then(|id| i32::try_from(id).ok()).ok_or(io::ErrorKind::NotFound)?;
    let begun = async {
        let mut trouble = String::new();
        Receiver::from_owned_fd(outcome.into())?.read_to_string(&mut trouble).await?;
        if trouble.is_empty() { Ok(()) } else { Err(launch::read_trouble(&trouble)) }
    };
    if let Err(error) = timeout(BEGIN, begun).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
        let _ = child.kill().await;
        remove_dir(&dir);
        return Err(error);
    }
    let output = Receiver::from_owned_fd(reader.into())?;
    Ok(Started { child, group, output, dir })
}

fn make_dir(work_dir: &Path, run: &RunId, account: Option<Account>) -> io::Result<PathBuf> {
    let work_dir = std::path::absolute(work_dir)?;
    let dir = work_dir.join(run.as_str());
    fs::create_dir_all(&work_dir)?;
    let mut builder = fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&dir)?;
    if let Some(account) = account.filter(|_| is_root()) {
        std::os::unix::fs::chown(&dir, Some(account.uid), Some(account.gid))?;
    }
    Ok(dir)
}

/// Removes the folder of a run; what cannot be removed is logged.
pub(super) fn remove_dir(dir: &Path) {
    if let Err(error) = fs::remove_dir_all(dir) {
        tracing::warn!(dir = %dir.display(), %error, "folder of a run was not removed");
    }
}

/// Processes of a run that are there and not merely waiting to be reaped. `group` is `None` after a restart: by then
/// its number may belong to another.
fn remains(run: &RunId, group: Option<i32>) -> Vec<Pid> {
    let mark = format!("{MARK}={run}");
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        .filter(|pid| {
            let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
            // The name may hold blanks and brackets: the fields begin after the last bracket.
            let mut fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
            let (state, _parent, of_group) = (fields.next(), fields.next(), fields.next());
            if matches!(state, None | Some("Z" | "X")) {
                return false;
            }
            let same_group = group.is_some() && of_group.and_then(|g| g.parse().ok()) == group;
            same_group
                || fs::read(format!("/proc/{pid}/environ"))
                    .is_ok_and(|environ| environ.split(|b| *b == 0).any(|variable| variable == mark.as_bytes()))
        })
        .filter_map(Pid::from_raw)
        .collect()
}

async fn look(run: &RunId, group: Option<i32>) -> Vec<Pid> {
    let run = run.clone();
    tokio::task::spawn_blocking(move || remains(&run, group)).await.unwrap_or_default()
}

/// Ends everything that is left of a run: SIGTERM, after the grace SIGKILL. Whether nothing is left.
pub(super) async fn end_all(run: &RunId, group: Option<i32>, grace: Duration) -> bool {
    for (signal, patience) in [(Signal::TERM, grace), (Signal::KILL, Duration::from_secs(3))] {
        let until = Instant::now() + patience;
        let mut told = false;
        loop {
            let left = look(run, group).await;
            if left.is_empty() {
                return true;
            }
            if !told || signal == Signal::KILL {
                told = true;
                if let Some(group) = group.and_then(Pid::from_raw) {
                    let _ = rustix::process::kill_process_group(group, signal);
                }
                for pid in left {
                    let _ = rustix::process::kill_process(pid, signal);
                }
            }
            if Instant::now() >= until {
                break;
            }
            sleep(Duration::from_millis(40)).await;
        }
    }
    look(run, group).await.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_read() {
        assert_eq!(account("root").unwrap().uid, 0);
        assert_eq!(account("no such"), None);
        assert!(!host().is_empty());
    }
}
