//! How a command comes to run: our own program is started once more, takes the limits and the account of the command upon
//! itself, and then becomes the command. Limits that are set from outside would come a moment too late.
//!
//! Its standard input is not for the command: it is where trouble is reported. On success it is closed with nothing in it.

use std::{
    env, fmt, fs,
    io::{self, Write},
    os::unix::process::CommandExt,
    process::{Command, ExitCode, Stdio},
    str::FromStr,
};

use rustix::process::{Resource, Rlimit, setrlimit};

use super::process::Account;

/// The word on the command line, before everything else, that asks for this.
pub(super) const COMMAND: &str = "launch-run";

/// Bytes of a file, and open files, of each process of a run.
const FILE_BYTES: u64 = 1 << 30;
const FILES: u64 = 1_024;

/// What a command may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// Under which account it runs; `None` for ours.
    pub(super) account: Option<Account>,
    /// Seconds of processor time of each process.
    pub(super) cpu_s: u64,
    /// Bytes of private data of each process.
    pub(super) memory_bytes: u64,
    /// Processes and threads of the account beyond those that it has at the start; 0 for any number.
    pub(super) processes: u64,
}

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{},{}", self.cpu_s, self.memory_bytes, self.processes)?;
        self.account.map_or(Ok(()), |account| write!(f, ",{},{}", account.uid, account.gid))
    }
}

impl FromStr for Limits {
    type Err = io::Error;

    fn from_str(text: &str) -> Result<Self, io::Error> {
        let wrong = || io::Error::from(io::ErrorKind::InvalidInput);
        let numbers = text.split(',').map(str::parse::<u64>).collect::<Result<Vec<_>, _>>().map_err(|_| wrong())?;
        let id = |id: u64| u32::try_from(id).map_err(|_| wrong());
        match numbers[..] {
            [cpu_s, memory_bytes, processes] => Ok(Self { account: None, cpu_s, memory_bytes, processes }),
            [cpu_s, memory_bytes, processes, uid, gid] => {
                Ok(Self { account: Some(Account { uid: id(uid)?, gid: id(gid)? }), cpu_s, memory_bytes, processes })
            }
            _ => Err(wrong()),
        }
    }
}

impl Limits {
    /// Takes the limits upon this process; whatever it becomes or starts has them too.
    fn take(&self) -> io::Result<()> {
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

/// What the process does that was started to become a command, if it was: the first thing in `main`, before threads and
/// logs. Returns only if it was not, or if it cannot become it.
pub fn launch() -> Option<ExitCode> {
    let mut arguments = env::args_os().skip(1);
    if arguments.next()? != COMMAND {
        return None;
    }
    let limits = arguments.next().and_then(|limits| limits.to_str().and_then(|limits| limits.parse::<Limits>().ok()));
    let program = arguments.next();
    // The command gets an empty input; the report must survive that, and end with the command's beginning.
    let report = rustix::io::fcntl_dupfd_cloexec(io::stdin(), 3);
    let (Some(limits), Some(program), Ok(report)) = (limits, program, report) else { return Some(ExitCode::from(127)) };
    let error = match limits.take() {
        Ok(()) => {
            let mut command = Command::new(program);
            command.args(arguments).stdin(Stdio::null());
            if let Some(account) = limits.account {
                command.uid(account.uid).gid(account.gid);
            }
            command.exec()
        }
        Err(error) => error,
    };
    let trouble = error.raw_os_error().map_or_else(|| error.to_string(), |code| code.to_string());
    // Nobody is left to be told if this fails; the exit code says it too.
    let _ = fs::File::from(report).write_all(trouble.as_bytes());
    Some(ExitCode::from(127))
}

/// Reads what [`launch`] reported.
pub(super) fn read_trouble(text: &str) -> io::Error {
    text.parse().map_or_else(|_| io::Error::other(text.to_owned()), io::Error::from_raw_os_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_arrive_as_they_were_sent() {
        for account in [None, Some(Account { uid: 65_534, gid: 7 })] {
            let limits = Limits { account, cpu_s: 90, memory_bytes: 1 << 31, processes: 512 };
            assert_eq!(limits.to_string().parse::<Limits>().unwrap(), limits);
        }
        assert!("1,2".parse::<Limits>().is_err());
        assert!("1,2,3,4294967296,0".parse::<Limits>().is_err());
    }

    #[test]
    fn trouble_keeps_its_code() {
        assert_eq!(read_trouble("2").kind(), io::ErrorKind::NotFound);
        assert_eq!(read_trouble("odd").to_string(), "odd");
        assert!(tasks_of(rustix::process::getuid().as_raw()) >= 1);
    }
}
