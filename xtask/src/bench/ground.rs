//! A release build that serves on a fresh database, set up, with an administrator logged in and an API token.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use crate::{
    postgres::Postgres,
    shell::{Done, must, output},
};

/// A serving process; stopped when dropped.
pub struct Ground {
    child: Child,
    folder: PathBuf,
    _postgres: Option<Postgres>,
    /// Where it serves.
    pub url: String,
    /// `name=value` of the administrator's session.
    pub cookie: String,
    /// An API token that may ingest and edit monitors.
    pub token: String,
}

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    Sqlite,
    /// A server of its own, started here, with durability on.
    Postgres,
}

impl Ground {
    /// Starts the program on an empty database, sets it up, brings 50 systems in.
    pub fn start(binary: &Path, kind: Kind) -> Done<Self> {
        let folder = std::env::temp_dir().join(format!("evenkeel-bench-{}-{kind:?}", std::process::id()));
        fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        let postgres = if kind == Kind::Postgres { Some(Postgres::start_durable()?) } else { None };
        let mut place = vec!["--data".to_owned(), folder.join("data").display().to_string()];
        if let Some(postgres) = &postgres {
            place.extend(["--database".to_owned(), postgres.url.clone()]);
        }
        let evenkeel = |arguments: &[&str]| {
            let mut command = Command::new(binary);
            command.args(&place).args(arguments).env_remove("DATABASE_URL").env("LANG", "en");
            command
        };
        let mut child = evenkeel(&["--listen", "127.0.0.1:0", "--set", "log.filter=warn", "serve"])
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", binary.display()))?;
        let mut lines = child.stdout.take().into_iter().flat_map(|out| BufReader::new(out).lines()).map_while(Result::ok);
        let url = lines.next().and_then(|line| line.rsplit(' ').next().map(str::to_owned)).ok_or("the server said nothing")?;
        let setup = lines.next().and_then(|line| line.rsplit(' ').next().map(str::to_owned)).ok_or("there is no set-up link")?;
        let mut this = Self { child, folder, _postgres: postgres, url, cookie: String::new(), token: String::new() };

        let password = "correct horse battery staple";
        let mut curl = Command::new("curl");
        curl.args(["-sS", "-D", "-", "-o", "/dev/null"]);
        for (name, value) in [
            ("login", "bench"),
            ("name", "Bench"),
            ("password", password),
            ("again", password),
            ("team", "Bench"),
            ("team_key", "bench"),
            ("locale", "en"),
        ] {
            curl.arg("--data-urlencode").arg(format!("{name}={value}"));
        }
        let headers = output(curl.arg(&setup))?;
        this.cookie = headers
            .lines()
            .filter_map(|line| line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie")))
            .filter_map(|(_, value)| value.split(';').next())
            .find(|pair| pair.contains("session="))
            .ok_or_else(|| format!("set-up gave no session: {headers}"))?
            .to_owned();
        let mut yaml = String::from("systems:\n");
        for n in 0..50 {
            yaml += &format!("  - key: system-{n:02}\n    name: System {n:02}\n    team: bench\n    tier: {}\n", 1 + n % 4);
        }
        let file = this.folder.join("systems.yaml");
        fs::write(&file, yaml).map_err(|error| error.to_string())?;
        must(evenkeel(&["import"]).arg(&file).stdout(Stdio::null()))?;
        let permissions = ["--permission", "transactions.ingest", "--permission", "monitors.edit", "--permission", "read"];
        let token = output(evenkeel(&["token", "add", "bench", "--name", "bench"]).args(permissions))?;
        this.token = token.trim().to_owned();
        Ok(this)
    }

    /// Seconds of processor that the process has used so far.
    pub fn processor_s(&self) -> f64 {
        ticks_s(&self.child.id().to_string(), 11)
    }

    /// Resident memory of the process in MB, now.
    pub fn resident_mb(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) / 1024
    }
}

/// Seconds of processor that the children of this process have used which it has waited for.
pub fn children_s() -> f64 {
    ticks_s("self", 13)
}

/// Seconds in user and system mode, from the first of two fields of `/proc/PROCESS/stat`, counted behind the name (which may
/// hold blanks); a second has 100 ticks.
fn ticks_s(process: &str, first: usize) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let ticks = stat.rsplit(") ").next().unwrap_or_default().split(' ').skip(first).take(2);
    ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

impl Drop for Ground {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
