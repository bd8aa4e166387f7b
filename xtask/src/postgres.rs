//! A Postgres of our own for a test run: in a temporary folder, on a free port of loopback, gone afterwards.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use crate::shell::{Done, find, is_root, must};

/// The running server; stopped when dropped.
pub struct Postgres {
    child: Child,
    folder: PathBuf,
    /// URL of its database `postgres`.
    pub url: String,
}

/// Where a program of Postgres is: in the path, or where Debian keeps it.
pub fn program(name: &str) -> Option<PathBuf> {
    find(name).or_else(|| {
        let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
        versions.flatten().map(|version| version.path().join("bin").join(name)).filter(|file| file.is_file()).max()
    })
}

impl Postgres {
    /// Starts one for tests. Durability is off: what it holds is thrown away.
    pub fn start() -> Done<Self> {
        let settings = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=256MB", "max_connections=400"];
        Self::start_in(&quickest(), &settings)
    }

    /// Starts one for measuring: as durable as Postgres is by default.
    pub fn start_durable() -> Done<Self> {
        Self::start_in(&std::env::temp_dir(), &["max_connections=100"])
    }

    fn start_in(place: &Path, settings: &[&str]) -> Done<Self> {
        let (Some(initdb), Some(postgres)) = (program("initdb"), program("postgres")) else {
            return Err("Postgres is not installed (initdb and postgres are missing)".into());
        };
        let folder = place.join(format!("evenkeel-postgres-{}", std::process::id()));
        fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        // Postgres refuses to run as root.
        let account = is_root().then(|| if has_account("postgres") { "postgres" } else { "nobody" });
        if let Some(account) = account {
            must(Command::new("chown").arg(account).arg(&folder))?;
        }
        let data = folder.join("data");
        let mut init = as_account(account, &initdb);
        init.args(["--username=evenkeel", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--pgdata"]).arg(&data);
        must(init.current_dir(&folder).stdout(Stdio::null()))?;
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).map_err(|error| error.to_string())?.port();
        let mut server = as_account(account, &postgres);
        server.arg("-D").arg(&data).arg("-k").arg(&folder).args(["-h", "127.0.0.1", "-p", &port.to_string()]);
        for setting in settings.iter().chain(&["log_min_messages=fatal"]) {
            server.args(["-c", setting]);
        }
        let child = server.current_dir(&folder).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let child = child.map_err(|error| format!("{}: {error}", postgres.display()))?;
        let started = Self { child, folder, url: format!("postgres://evenkeel@127.0.0.1:{port}/postgres") };
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if Instant::now() > deadline {
                return Err("Postgres did not start within 30 s".into());
            }
            sleep(Duration::from_millis(100));
        }
        // The port answers a moment before the server takes connections.
        sleep(Duration::from_millis(500));
        Ok(started)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // SIGINT is its fast shutdown.
        let _ = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Memory where there is plenty, else the temporary folder: each test makes and drops some hundred files, of which a disk's file
/// system keeps books for longer than the test runs.
fn quickest() -> PathBuf {
    const PLENTY: u64 = 4 << 30;
    let memory = Path::new("/dev/shm");
    let free = rustix::fs::statvfs(memory).map_or(0, |found| found.f_bavail * found.f_frsize);
    if free >= PLENTY { memory.to_owned() } else { std::env::temp_dir() }
}

fn has_account(name: &str) -> bool {
    Command::new("id").arg(name).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// The program, under an account where one is given; `setpriv` becomes the program, so its pid is the program's.
fn as_account(account: Option<&str>, program: &Path) -> Command {
    let Some(account) = account else { return Command::new(program) };
    let mut command = Command::new("setpriv");
    command.arg(format!("--reuid={account}")).arg(format!("--regid={}", group(account))).arg("--clear-groups").arg(program);
    command
}

fn group(account: &str) -> String {
    let id = Command::new("id").args(["-g", account]).output().map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned());
    id.unwrap_or_else(|_| account.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_starts_and_is_gone_afterwards() {
        if program("initdb").is_none() {
            eprintln!("skipped: Postgres is not installed");
            return;
        }
        let server = Postgres::start().unwrap();
        let (folder, address) = (server.folder.clone(), server.url.split(['@', '/']).nth(3).unwrap().to_owned());
        assert!(TcpStream::connect(&address).is_ok(), "{address}");
        drop(server);
        assert!(TcpStream::connect(&address).is_err() && !folder.exists());
    }
}
