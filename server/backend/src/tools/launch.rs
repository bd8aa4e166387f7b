//! How a command comes to run: our own program is started once more, takes limits, walls and account of the command upon
//! itself, and then becomes the command. What is set from outside would come a moment too late.
//!
//! Its standard input is not for the command: it is where trouble is reported. On success it is closed with nothing in it.
//! Terms that cannot be kept are trouble: a command runs on all of them or not at all.

use std::{
    env, fs,
    io::{self, Write},
    os::unix::process::CommandExt,
    process::{Command, ExitCode, Stdio},
};

use rustix::{
    fs::Mode,
    process::{Resource, Rlimit, Signal, setrlimit},
};
use serde::{Deserialize, Serialize};

use super::{account::Account, keeper, wall::Wall};

/// The word on the command line, before everything else, that asks for this.
pub(super) const COMMAND: &str = "launch-run";

/// Bytes of a file, and open files, of each process of a run.
const FILE_BYTES: u64 = 1 << 30;
const FILES: u64 = 1_024;

/// What a command must submit to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Terms {
    /// Under which account it runs; `None` for ours.
    pub(super) account: Option<Account>,
    /// Seconds of processor time of each process.
    pub(super) cpu_s: u64,
    /// Bytes of private data of each process.
    pub(super) memory_bytes: u64,
    /// Processes and threads of the account beyond those that it has at the start; 0 for any number.
    pub(super) processes: u64,
    /// What is out of its reach.
    pub(super) wall: Option<Wall>,
}

impl Terms {
    /// Takes them upon this process; whatever it becomes or starts has them too. The account comes last, with the command.
    fn take(&self) -> io::Result<()> {
        // Where the keeper is killed from outside, at least the command goes with it. (A change of account forgets this.)
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
        rustix::process::umask(Mode::RWXG | Mode::RWXO);
        self.limit().map_err(|error| told("the limits of a run cannot be set", &error))?;
        rustix::thread::set_no_new_privs(true)?;
        let Some(wall) = &self.wall else { return Ok(()) };
        wall.build().map_err(|error| told("a run cannot be kept from what is the portal's own", &error))
    }

    fn limit(&self) -> io::Result<()> {
        let uid = self.account.map_or_else(|| rustix::process::getuid().as_raw(), |account| account.uid);
        let processes = (self.processes > 0).then(|| tasks_of(uid).saturating_add(self.processes));
        for (resource, value) in [
            (Resource::Core, Some(0)),
            (Resource::Cpu, Some(self.cpu_s)),
            (Resource::Data, Some(self.memory_bytes)),
            (Resource::Fsize, Some(FILE_BYTES)),
            (Resource::Nofile, Some(FILES)),
            (Resource::Nproc, processes),
        ] {
            let Some(value) = value else { continue };
            // Where less is permitted than we would allow, less it is.
            let value = rustix::process::getrlimit(resource).maximum.map_or(value, |maximum| value.min(maximum));
            setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) })?;
        }
        Ok(())
    }
}

fn told(what: &str, error: &io::Error) -> io::Error {
    io::Error::other(format!("{what}: {error}"))
}

/// Processes and threads of an account, as far as this machine (or container) shows them: what its limit counts.
fn tasks_of(uid: u32) -> u64 {
    let Ok(entries) = fs::read_dir("/proc") else { return 0 };
    let number = |status: &str, field: &str| -> Option<u64> {
        status.lines().find_map(|line| line.strip_prefix(field))?.split_whitespace().next()?.parse().ok()
    };
    entries
        .flatten()
        .filter(|entry| entry.file_name().as_encoded_bytes().first().is_some_and(u8::is_ascii_digit))
        .filter_map(|entry| fs::read_to_string(entry.path().join("status")).ok())
        .filter(|status| number(status, "Uid:") == Some(u64::from(uid)))
        .filter_map(|status| number(&status, "Threads:"))
        .sum()
}

/// What the process does that was started for a run, as its keeper or to become its command, if it was: the first thing
/// in `main`, before threads and logs. `None` if it was not.
pub fn launch() -> Option<ExitCode> {
    let mut arguments = env::args_os().skip(1);
    let word = arguments.next()?;
    if word == keeper::COMMAND {
        return Some(keeper::keep());
    }
    if word != COMMAND {
        return None;
    }
    let terms = arguments.next().and_then(|terms| serde_json::from_str::<Terms>(terms.to_str()?).ok());
    let program = arguments.next();
    // The command gets an empty input; the report must survive that, and end with the command's beginning.
    let report = rustix::io::fcntl_dupfd_cloexec(io::stdin(), 3);
    let (Some(terms), Some(program), Ok(report)) = (terms, program, report) else { return Some(ExitCode::from(127)) };
    let error = match terms.take() {
        Ok(()) => {
            let mut command = Command::new(program);
            command.args(arguments).stdin(Stdio::null());
            if let Some(account) = terms.account {
                command.uid(account.uid).gid(account.gid);
            }
            command.exec()
        }
        Err(error) => error,
    };
    // Nobody is left to be told if this fails; the exit code says it too.
    let _ = fs::File::from(report).write_all(error.to_string().as_bytes());
    Some(ExitCode::from(127))
}

/// Closes memory and environment of this process to others of its account. The first thing in `main` of the portal.
pub fn conceal() {
    // Where it fails it is as open as any other program.
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_arrive_as_they_were_sent() {
        for account in [None, Some(Account { uid: 65_534, gid: 7 })] {
            let wall = Wall { hidden: vec!["/var/lib/evenkeel".into()], dir: "/x".into(), signals: true, must: true };
            let terms = Terms { account, cpu_s: 90, memory_bytes: 1 << 31, processes: 512, wall: Some(wall) };
            assert_eq!(serde_json::from_str::<Terms>(&serde_json::to_string(&terms).unwrap()).unwrap(), terms);
        }
        assert!(tasks_of(rustix::process::getuid().as_raw()) >= 1);
    }
}
