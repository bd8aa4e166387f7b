//! Starting a command with nothing of ours around it, and making sure that nothing of it is left.
//!
//! Beneath its [`keeper`] a run can hide nothing. Every process of a run carries `RUN_ID=<id>` in its environment too: by
//! this mark remains are found in `/proc` should a keeper itself have come to harm.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use domain::id::RunId;
use rustix::process::{Pid, Signal};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf, pipe::Receiver},
    },
    process::{Child, Command},
    time::{Instant, sleep, timeout},
};

use super::{
    Settings,
    account::{Account, Standing},
    keeper::{self, END, News, PATIENCE},
    launch::Terms,
    wall::Wall,
};

/// Environment variable that marks every process of a run.
const MARK: &str = "RUN_ID";
/// Longest time from the start of our own program to the start of the command.
const BEGIN: Duration = Duration::from_secs(10);

/// The name of this machine.
pub(super) fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// A command that was started. Dropped, it is ended.
pub(super) struct Started {
    keeper: Child,
    /// What its keeper tells.
    pub(super) told: Told,
    tell: OwnedWriteHalf,
    /// What it writes, standard output and errors in one.
    pub(super) output: Receiver,
    /// Its own folder.
    pub(super) dir: PathBuf,
}

/// What a keeper tells, line by line.
pub(super) struct Told(Lines<BufReader<OwnedReadHalf>>);

impl Told {
    /// What it tells next; `None` where it tells no more. May be given up and asked again.
    pub(super) async fn news(&mut self) -> Option<News> {
        let line = self.0.next_line().await.ok().flatten()?;
        serde_json::from_str(&line).ok()
    }
}

impl Started {
    /// Has the run ended. A keeper that does not hear this is gone already.
    pub(super) async fn end(&mut self) {
        let _ = self.tell.write_all(format!("{END}\n").as_bytes()).await;
    }

    /// Waits for the keeper, which goes when everything else is gone.
    pub(super) async fn part(&mut self) {
        let _ = timeout(PATIENCE, self.keeper.wait()).await;
    }
}

/// What a command is given.
pub(super) struct Order<'a> {
    pub(super) run: &'a RunId,
    pub(super) argv: &'a [String],
    /// Environment variables that carry secrets.
    pub(super) secrets: &'a [(String, String)],
    pub(super) timeout_s: i64,
    pub(super) standing: Standing,
}

/// Starts a command: argument array, no shell, clean environment, own folder, own process group, limits. What is started
/// first is our own program as its [`keeper`]; it starts our program again, which limits itself and then becomes the
/// command ([`super::launch`]): so the command never runs without its limits. Returns when it has become it, or with the
/// reason why it could not.
pub(super) async fn start(settings: &Settings, order: &Order<'_>) -> io::Result<Started> {
    if order.argv.is_empty() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let dir = make_dir(&settings.work_dir, order.run, order.standing.account)?;
    let started = start_in(settings, order, &dir).await;
    if started.is_err() {
        remove_dir(&dir);
    }
    started
}

async fn start_in(settings: &Settings, order: &Order<'_>, dir: &Path) -> io::Result<Started> {
    let (reader, writer) = io::pipe()?;
    let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    let mut command = Command::new(&settings.launcher);
    command
        .arg(keeper::COMMAND)
        .arg(order.run.as_str())
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::from(std::os::fd::OwnedFd::from(theirs)))
        .stdout(writer.try_clone()?)
        .stderr(writer);
    let child = command.spawn()?;
    // The command holds the write ends; the streams must end with the processes that write.
    drop(command);
    let (told, tell) = UnixStream::from_std(ours)?.into_split();
    let output = Receiver::from_owned_fd(reader.into())?;
    let mut started = Started { keeper: child, told: Told(BufReader::new(told).lines()), tell, output, dir: dir.to_owned() };
    let mut line = serde_json::to_vec(&order.whole(settings, dir))?;
    line.push(b'\n');
    let begun = async {
        started.tell.write_all(&line).await?;
        match started.told.news().await {
            Some(News::Begun) => Ok(()),
            Some(News::Trouble(trouble)) => Err(io::Error::other(trouble)),
            _ => Err(io::Error::other("the keeper of the run ended")),
        }
    };
    timeout(BEGIN, begun).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))?;
    Ok(started)
}

impl Order<'_> {
    /// As the keeper takes it.
    fn whole(&self, settings: &Settings, dir: &Path) -> keeper::Order {
        let at = dir.display().to_string();
        let usual = [("PATH", settings.path.as_str()), ("LANG", "C.UTF-8"), ("HOME", &at), ("TMPDIR", &at), (MARK, self.run.as_str())];
        let usual = usual.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let shared = self.standing.shared;
        keeper::Order {
            argv: self.argv.to_vec(),
            env: usual.chain(self.secrets.iter().cloned()).collect(),
            dir: dir.to_owned(),
            terms: Terms {
                account: self.standing.account,
                cpu_s: u64::try_from(self.timeout_s).unwrap_or(1).saturating_mul(4).saturating_add(10),
                memory_bytes: settings.memory_bytes,
                processes: settings.processes,
                wall: settings.walls.then(|| Wall {
                    hidden: settings.hidden.clone(),
                    dir: dir.to_owned(),
                    signals: shared,
                    must: shared && !settings.share_account,
                }),
            },
            grace_ms: u64::try_from(settings.kill_grace.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

fn make_dir(work_dir: &Path, run: &RunId, account: Option<Account>) -> io::Result<PathBuf> {
    let work_dir = std::path::absolute(work_dir)?;
    let dir = work_dir.join(run.as_str());
    crate::private::folder(&work_dir, if account.is_some() { crate::private::PASSAGE } else { crate::private::FOLDER })?;
    let mut builder = fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&dir)?;
    if let Some(account) = account {
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

/// What is left of a run.
#[derive(Default)]
struct Remains {
    /// Whether its keeper still is at work.
    kept: bool,
    /// Processes with its mark that are there and not merely waiting to be reaped.
    marked: Vec<Pid>,
}

fn remains(run: &RunId) -> Remains {
    let mark = format!("{MARK}={run}");
    let kept = [keeper::COMMAND.as_bytes(), run.as_str().as_bytes()];
    let mut left = Remains::default();
    let Ok(entries) = fs::read_dir("/proc") else { return left };
    for pid in entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok()) {
        let read = |name: &str| fs::read(format!("/proc/{pid}/{name}")).unwrap_or_default();
        // Of a process that waits to be reaped both are empty.
        left.kept |= read("cmdline").split(|byte| *byte == 0).skip(1).take(2).eq(kept);
        if read("environ").split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes()) {
            left.marked.extend(Pid::from_raw(pid));
        }
    }
    left
}

async fn look(run: &RunId) -> Remains {
    let run = run.clone();
    tokio::task::spawn_blocking(move || remains(&run)).await.unwrap_or_default()
}

/// Ends everything that is left of a run whose portal is gone: its keeper does, and what it may have missed gets SIGTERM,
/// and SIGKILL after the grace. Whether nothing is left.
pub(super) async fn end_all(run: &RunId, grace: Duration) -> bool {
    for (signal, patience) in [(Signal::TERM, grace), (Signal::KILL, PATIENCE)] {
        let until = Instant::now() + patience;
        let mut told = false;
        loop {
            let left = look(run).await;
            if left.marked.is_empty() && !left.kept {
                return true;
            }
            if !told || signal == Signal::KILL {
                told = true;
                for pid in left.marked {
                    let _ = rustix::process::kill_process(pid, signal);
                }
            }
            if Instant::now() >= until {
                break;
            }
            sleep(Duration::from_millis(40)).await;
        }
    }
    let left = look(run).await;
    left.marked.is_empty() && !left.kept
}
