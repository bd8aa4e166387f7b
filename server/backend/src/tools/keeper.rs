//! The keeper of a run: our own program, started once for each run, beneath which everything that the run starts stays.
//!
//! It is a *child subreaper*: whatever a command starts, leaves behind, moves into another group or session, or strips of
//! its environment, remains beneath it, and the system itself tells it – by having no child left to wait for – when
//! nothing remains. It ends all of it when the command has ended, when it is told to, and when the portal is gone.
//!
//! It speaks with the portal over its standard input, a socket. It is given an [`Order`], as JSON in one line, and later
//! perhaps `end`; it answers with [`News`], a line each. Secrets come this way too, so that it carries none in its environment.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::{net::UnixStream, process::CommandExt},
    path::PathBuf,
    process::{Command, ExitCode},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{DumpableBehavior, Pid, Signal, WaitOptions};
use serde::{Deserialize, Serialize};

use super::launch::{self, Terms};

/// The word on the command line, before everything else, that asks for this; the id of the run follows.
pub(super) const COMMAND: &str = "keep-run";
/// What the portal says to have the run ended.
pub(super) const END: &str = "end";
/// How long what was killed may take to vanish before it is said that it does not.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks at what is left.
const LOOK: Duration = Duration::from_millis(20);
/// The same, once nobody waits for it any more.
const LOOK_LATER: Duration = Duration::from_secs(1);

/// What a run is to be.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    /// Every argument, the program first.
    pub(super) argv: Vec<String>,
    /// The whole environment of the command, secrets included.
    pub(super) env: Vec<(String, String)>,
    /// Where it begins.
    pub(super) dir: PathBuf,
    /// What the command must submit to.
    pub(super) terms: Terms,
    /// Milliseconds between the request to end and the end.
    pub(super) grace_ms: u64,
}

/// What the portal is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum News {
    /// The command runs.
    Begun,
    /// The command could not be started.
    Trouble(String),
    /// The command ended, with this code or by a signal.
    Ended(Option<i32>),
    /// Nothing that it started is left.
    Gone,
    /// Something does not go away; it is tried on.
    Left,
}

/// What happens to a keeper.
enum Event {
    News(News),
    /// The portal wants an end of it, or is gone.
    End,
}

/// What the process does that was started as a keeper.
pub(super) fn keep() -> ExitCode {
    let Ok(socket) = rustix::io::fcntl_dupfd_cloexec(io::stdin(), 3) else { return ExitCode::from(127) };
    let mut portal = UnixStream::from(socket);
    match begin(&portal) {
        Ok((grace, events)) => {
            attend(&portal, grace, &events);
            ExitCode::SUCCESS
        }
        Err(error) => {
            tell(&mut portal, &News::Trouble(error.to_string()));
            tell(&mut portal, &News::Gone);
            ExitCode::from(127)
        }
    }
}

/// Starts the command, and whoever waits for news of it and of the portal.
fn begin(portal: &UnixStream) -> io::Result<(Duration, Receiver<Event>)> {
    // A session of its own: no process of another run, and none of the portal, can join a group of this one.
    rustix::process::setsid()?;
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    let mut lines = BufReader::new(portal.try_clone()?);
    let mut line = String::new();
    lines.read_line(&mut line)?;
    let order: Order = serde_json::from_str(&line)?;
    let (mut outcome, report) = io::pipe()?;
    let mut command = Command::new("/proc/self/exe");
    command
        .arg(launch::COMMAND)
        .arg(serde_json::to_string(&order.terms)?)
        .args(&order.argv)
        .env_clear()
        .envs(order.env)
        .current_dir(&order.dir)
        .stdin(report)
        .process_group(0);
    let child = command.spawn()?.id();
    // The outcome ends when the command has taken the place of our program.
    drop(command);
    let (events, received) = channel();
    let wishes = events.clone();
    thread::spawn(move || {
        let mut line = String::new();
        // Whatever is said or not: the end of the stream is the end of the portal.
        let _ = lines.read_line(&mut line);
        let _ = wishes.send(Event::End);
    });
    thread::spawn(move || {
        let mut trouble = String::new();
        let read = outcome.read_to_string(&mut trouble);
        let begun = read.is_ok() && trouble.is_empty();
        let _ = events.send(Event::News(if begun { News::Begun } else { News::Trouble(trouble) }));
        reap(i32::try_from(child).unwrap_or_default(), &events);
    });
    Ok((Duration::from_millis(order.grace_ms), received))
}

/// Waits for everything beneath this process until nothing is.
fn reap(command: i32, events: &Sender<Event>) {
    loop {
        match rustix::process::wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid.as_raw_nonzero().get() == command => {
                let _ = events.send(Event::News(News::Ended(status.exit_status())));
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            // No child, and so no grandchild: those without a parent would be ours.
            Err(_) => {
                let _ = events.send(Event::News(News::Gone));
                return;
            }
        }
    }
}

/// From the beginning of the command to the end of everything that it started.
fn attend(mut portal: &UnixStream, grace: Duration, events: &Receiver<Event>) {
    while let Ok(Event::News(news)) = events.recv() {
        tell(&mut portal, &news);
        match news {
            News::Gone => return,
            News::Ended(_) => break,
            _ => {}
        }
    }
    for (signal, patience) in [(Signal::TERM, grace), (Signal::KILL, PATIENCE)] {
        let until = Instant::now() + patience;
        end_descendants(signal);
        while Instant::now() < until {
            if is_gone(portal, events, LOOK) {
                return;
            }
            if signal == Signal::KILL {
                end_descendants(signal);
            }
        }
    }
    tell(&mut portal, &News::Left);
    while !is_gone(portal, events, LOOK_LATER) {
        end_descendants(Signal::KILL);
    }
}

/// Hands on what there is to tell; whether it was that nothing is left.
fn is_gone(mut portal: &UnixStream, events: &Receiver<Event>, patience: Duration) -> bool {
    match events.recv_timeout(patience) {
        Ok(Event::News(news)) => {
            tell(&mut portal, &news);
            news == News::Gone
        }
        Ok(Event::End) | Err(RecvTimeoutError::Timeout) => false,
        Err(RecvTimeoutError::Disconnected) => true,
    }
}

/// A portal that is gone hears nothing, and nothing depends on it.
fn tell(mut portal: impl Write, news: &News) {
    if let Ok(mut line) = serde_json::to_vec(news) {
        line.push(b'\n');
        let _ = portal.write_all(&line);
    }
}

/// Sends a signal to everything beneath this process: to groups first, which reaches all of one at once, even while it
/// multiplies.
fn end_descendants(signal: Signal) {
    let own = rustix::process::getpid().as_raw_nonzero().get();
    let found = descendants(own);
    let groups: BTreeSet<i32> = found.iter().map(|(_, group)| *group).filter(|group| *group != own).collect();
    for group in groups.into_iter().filter_map(Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, signal);
    }
    for pid in found.into_iter().filter_map(|(pid, _)| Pid::from_raw(pid)) {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// Everything beneath a process at this moment, as process and group.
fn descendants(of: i32) -> Vec<(i32, i32)> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let mut children: BTreeMap<i32, Vec<(i32, i32)>> = BTreeMap::new();
    for pid in entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok()) {
        if let Some((parent, group)) = fs::read_to_string(format!("/proc/{pid}/stat")).ok().and_then(|stat| parent_and_group(&stat)) {
            children.entry(parent).or_default().push((pid, group));
        }
    }
    let mut found = children.remove(&of).unwrap_or_default();
    let mut at = 0;
    while let Some((pid, _)) = found.get(at) {
        let more = children.remove(pid).unwrap_or_default();
        found.extend(more);
        at += 1;
    }
    found
}

/// Parent and group of a process that is there and not merely waiting to be reaped.
fn parent_and_group(stat: &str) -> Option<(i32, i32)> {
    // The name may hold blanks and brackets: the fields begin after the last bracket.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    fields.next().filter(|state| !matches!(*state, "Z" | "X"))?;
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descendants_are_found_whatever_they_are_called() {
        assert_eq!(parent_and_group("7 (a) (b c) S 3 5 5 0"), Some((3, 5)));
        assert_eq!(parent_and_group("7 (a) Z 3 5 5 0"), None);
        let mut child = Command::new("sleep").arg("20").process_group(0).spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        assert!(descendants(rustix::process::getpid().as_raw_nonzero().get()).contains(&(pid, pid)));
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn news_are_lines() {
        for news in [News::Begun, News::Trouble("no\nsuch".into()), News::Ended(Some(3)), News::Ended(None), News::Gone, News::Left] {
            let mut line = Vec::new();
            tell(&mut line, &news);
            assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
            assert_eq!(serde_json::from_slice::<News>(&line).unwrap(), news);
        }
    }
}
