//! The command line of `evenkeel`.

mod backup;
mod catalogue;
mod config;
mod demo;
mod evidence;
mod files;
mod follow;
mod gate;
mod ground;
mod health;
mod load;
mod lock;
mod normal;
mod people;
mod post;
mod probe;
mod quiet;
mod serve;
mod slices;
mod transactions;
mod verify;
mod way;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use domain::{Fault, people::Locale};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::{
    config::{Wrong, load},
    settings::Settings,
};

/// Evenkeel, the operations portal: what broke, for whom, what changed, who is on it, what to run.
#[derive(Parser)]
#[command(name = "evenkeel", version)]
struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

// Options of every command; each setting can be given by `--set`. Not a doc comment: it would stand for the program's.
#[derive(Args, Clone)]
pub(crate) struct Options {
    /// TOML file with settings.
    #[arg(long, global = true, env = "EVENKEEL_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of the database (setting `data`).
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<String>,
    /// URL of the database (setting `database`).
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
    /// Address to listen on (setting `listen`).
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Any setting, e.g. `--set limits.timeout_s=60`; may be repeated.
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

#[derive(Subcommand)]
enum Command {
    #[command(flatten)]
    Portal(Portal),
    /// Find the slices that explain failures, or a measure that left its forecast, in CSV files.
    Slices(slices::Slices),
    /// Judge a candidate against a baseline, two CSV files: PASS, FAIL or INCONCLUSIVE.
    Verify(verify::Verify),
    /// Load a target at a constant rate and measure its latency from when each request was due.
    Load(load::Load),
    /// Read what load tests of k6, JMeter, Gatling, oha, wrk2 and Locust measured; and compare runs that took turns.
    Evidence(evidence::Evidence),
    /// Find the cheapest windows for work after four weeks of volume or more, a CSV file.
    Quiet(quiet::Quiet),
    /// Forecast series in CSV files, with an interval.
    Forecast(normal::Forecasting),
    /// Score what is out of the ordinary in CSV files, row by row as if it came in.
    Anomalies(normal::Anomalies),
    /// Find where series in CSV files took another level.
    #[command(name = "changepoints")]
    ChangePoints(normal::ChangePoints),
    /// Ask a portal whether work on a change may begin or go on: exit code 0 go, 1 no go, 2 not asked.
    Gate(gate::Gate),
    /// Send the lines of a log to a portal as they are written, each once.
    Follow(follow::Follow),
}

/// Commands that know the settings.
#[derive(Subcommand)]
enum Portal {
    /// Serve the portal.
    Serve(serve::Serve),
    /// Check, show or document the settings.
    #[command(subcommand)]
    Config(config::Command),
    /// Write a consistent copy of the database, also while the portal is serving.
    Backup(backup::Backup),
    /// Put a copy made by `backup` in place.
    Restore(backup::Restore),
    /// Keep users.
    #[command(subcommand)]
    User(people::UserCommand),
    /// Keep API tokens.
    #[command(subcommand)]
    Token(people::TokenCommand),
    /// Check the audit trail.
    #[command(subcommand)]
    Audit(catalogue::AuditCommand),
    /// Bring the catalogue of systems, or streams, to what a YAML file says; take monitors over from another tool; count a file of
    /// transactions.
    Import(catalogue::Import),
    /// Write the catalogue of systems as YAML.
    Export(catalogue::Export),
    /// Show everything alive: a simulated payment company in a folder of its own, ./demo-data.
    Demo(demo::Demo),
    /// Break, mend or look at a service of a demonstration.
    #[command(hide = true)]
    DemoFault(demo::Fault),
    /// Check from here what a portal elsewhere says, and tell it: a location.
    Probe(probe::Probe),
    /// Ask the serving process whether it is ready.
    Health,
}

/// Why a command failed, in words for the person at the terminal.
#[derive(Debug)]
pub struct Failure(String);

impl<E: std::fmt::Display> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// Is cancelled at SIGTERM or SIGINT; within a runtime.
fn until_signal() -> Result<CancellationToken, Failure> {
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
        stopped.cancel();
    });
    Ok(stop)
}

/// A fault in the language of the terminal (`LC_ALL`, `LANG`).
fn told(fault: Fault) -> Failure {
    let tag = ["LC_ALL", "LANG"].iter().filter_map(|name| std::env::var(name).ok()).find(|tag| !tag.is_empty()).unwrap_or_default();
    let (title, sentences) = app::fault::words(Locale::parse(&tag).unwrap_or_default(), &fault, "");
    let noun = if let Fault::NotFound(noun) = &fault { format!(" ({noun})") } else { String::new() };
    Failure(format!("{title}{noun}\n{}", sentences.join("\n")))
}

impl Options {
    /// A demonstration stands apart: what environment or file say of folder, database and address is not for it.
    fn demonstrate(&mut self) {
        self.data.get_or_insert_with(|| "demo-data".into());
        self.database.get_or_insert_default();
        self.listen.get_or_insert_with(|| "127.0.0.1:8181".into());
    }

    pub(crate) fn settings(&self) -> Result<Settings, Vec<Wrong>> {
        let mut flags = Vec::new();
        for pair in &self.set {
            let Some((key, value)) = pair.split_once('=') else {
                let (key, value) = ("--set".into(), format!("{pair:?}"));
                return Err(vec![Wrong { key, value, expected: "KEY=VALUE".into(), place: String::new() }]);
            };
            flags.push((key.trim().to_owned(), value.to_owned()));
        }
        for (key, value) in [("data", &self.data), ("database", &self.database), ("listen", &self.listen)] {
            if let Some(value) = value {
                // In quotes: a folder named 1 is a text all the same.
                flags.push((key.to_owned(), format!("{value:?}")));
            }
        }
        load(self.config.as_deref(), &flags)
    }
}

/// Runs the command that the arguments name.
pub fn run() -> ExitCode {
    backend::private::by_default();
    let Cli { mut options, command } = Cli::parse();
    if let Command::Gate(command) = &command {
        return gate::run(command);
    }
    ended(match command {
        Command::Gate(_) => Ok(()),
        // Works on files alone, whatever the settings say.
        Command::Slices(command) => slices::run(&command),
        Command::Verify(command) => return verify::run(&command),
        Command::Load(command) => return load::run(&command),
        Command::Evidence(command) => return evidence::run(&command),
        Command::Quiet(command) => return quiet::run(&command),
        Command::Forecast(command) => normal::foretell(&command),
        Command::Anomalies(command) => normal::stand_out(&command),
        Command::ChangePoints(command) => normal::change(&command),
        Command::Follow(command) => follow::run(&command),
        Command::Portal(command) => {
            if matches!(command, Portal::Demo(_)) {
                options.demonstrate();
            }
            match options.settings() {
                Ok(settings) => portal(command, settings),
                Err(wrong) => {
                    for one in wrong {
                        eprintln!("{one}");
                    }
                    return ExitCode::from(2);
                }
            }
        }
    })
}

fn portal(command: Portal, settings: Settings) -> Result<(), Failure> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| Failure(format!("no threads: {error}")))?;
    if !matches!(command, Portal::Serve(_) | Portal::Probe(_)) {
        serve::log("warn", settings.log.format);
    }
    runtime.block_on(async {
        match command {
            Portal::Serve(command) => serve::run(settings, &command).await,
            Portal::Config(command) => config::run(&command, &settings),
            Portal::Backup(command) => backup::backup(&settings, &command).await,
            Portal::Restore(command) => backup::restore(&settings, &command).await,
            Portal::User(command) => people::user(&settings, command).await,
            Portal::Token(command) => people::token(&settings, command).await,
            Portal::Audit(command) => catalogue::audit(&settings, &command).await,
            Portal::Import(command) => catalogue::import(&settings, &command).await,
            Portal::Export(command) => catalogue::export(&settings, &command).await,
            Portal::Demo(command) => demo::run(settings, &command).await,
            Portal::DemoFault(command) => demo::fault(&command).await,
            Portal::Probe(command) => probe::run(&settings, &command).await,
            Portal::Health => health::run(&settings).await,
        }
    })
}

fn ended(outcome: Result<(), Failure>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(text)) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    /// Where a variable of one command stood as an unknown setting, every command that knows the settings would refuse to begin.
    #[test]
    fn what_commands_read_from_the_environment_stops_none_of_them() {
        let mut commands = vec![Cli::command()];
        let mut seen = 0;
        while let Some(command) = commands.pop() {
            for variable in command.get_arguments().filter_map(|argument| argument.get_env()?.to_str()) {
                assert!(crate::config::takes(variable), "{variable} of `{}` is an unknown setting", command.get_name());
                seen += 1;
            }
            commands.extend(command.get_subcommands().cloned());
        }
        assert!(seen > 3);
        assert!(!crate::config::takes("EVENKEEL_NONSENSE"));
    }
}
