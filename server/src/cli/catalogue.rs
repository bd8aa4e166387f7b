//! `evenkeel import FILE`, `evenkeel export [FILE]`, `evenkeel audit verify`.

use std::{fs, io::Write, path::PathBuf};

use app::i18n::say_wording;
use backend::private;
use clap::{Args, Subcommand};
use domain::{
    Actor, Permission, Portal,
    alerts::routing::is_routing,
    audit::{Damage, Mark},
    form::Typed,
    monitors::Fate,
    people::Locale,
    rules::import::Fate as RuleFate,
    sources::SourceKind,
    streams::StreamFate,
    systems::{Plan, StepKind},
};

use super::{
    Failure, ground, told,
    transactions::{self, Transactions},
};
use crate::settings::Settings;

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Import {
    #[command(subcommand)]
    what: Option<What>,
    /// YAML file as `export` writes it, one with a list of `streams`, an `alertmanager.yml`, a backup of Uptime Kuma (JSON), the modules of a blackbox exporter with
    /// `--targets`, or Prometheus rules (`groups:`) with `--system` and `--source`; `-` for standard input.
    #[arg(required = true)]
    file: Option<PathBuf>,
    /// Key of the system to which monitors go that belong to no group named like a system, and which rules concern.
    #[arg(long, value_name = "KEY")]
    system: Option<String>,
    /// File of lines `MODULE TARGET [NAME]`, with the modules of a blackbox exporter.
    #[arg(long, value_name = "FILE")]
    targets: Option<PathBuf>,
    /// Show the difference; change nothing.
    #[arg(long)]
    plan: bool,
    /// For Prometheus rules: name of the query source that they will ask.
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
}

#[derive(Subcommand)]
enum What {
    /// Count a file of transactions: NDJSON or CSV, in batches that count once however often they are sent.
    Transactions(Transactions),
}

#[derive(Args)]
pub(super) struct Export {
    /// File to write; standard output where it is not given.
    file: Option<PathBuf>,
}

#[derive(Subcommand)]
pub(super) enum AuditCommand {
    /// Compute the chain of keyed hashes anew; fails where a row was edited, deleted or cut off. Needs the key file.
    Verify {
        /// What an earlier check printed: fails also where the trail no longer begins with those rows.
        #[arg(long, value_name = "COUNT:HASH", value_parser = mark)]
        expect: Option<Mark>,
    },
}

fn mark(text: &str) -> Result<Mark, String> {
    Mark::parse(text).ok_or_else(|| "expected COUNT:HASH, as `audit verify` prints it".to_owned())
}

fn me() -> Actor {
    Actor::engine("command line")
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Rules,
    Streams,
    Monitors,
    Routes,
    Systems,
}

impl Holds {
    /// By the words that it has. JSON is YAML, too; what cannot be read at all is told by whoever it is for.
    fn of(yaml: &str) -> Self {
        let file: serde_json::Value = backend::yaml::read(yaml).unwrap_or_default();
        if file.get("groups").or_else(|| file.pointer("/spec/groups")).is_some() {
            Self::Rules
        } else if file.get("streams").is_some() {
            Self::Streams
        } else if yaml.trim_start().starts_with(['{', '[']) || file.get("modules").is_some() {
            Self::Monitors
        } else if is_routing(&file) {
            Self::Routes
        } else {
            Self::Systems
        }
    }
}

pub(super) async fn import(settings: &Settings, command: &Import) -> Result<(), Failure> {
    if let Some(What::Transactions(command)) = &command.what {
        return transactions::import(settings, command).await;
    }
    let file = command.file.clone().unwrap_or_default();
    let yaml = if file.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin())?
    } else {
        fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?
    };
    let ground = ground::open(settings, false).await?;
    let portal = &ground.house.portal;
    match Holds::of(&yaml) {
        Holds::Rules => rules(portal, command, &yaml).await,
        Holds::Streams => streams(portal, command.plan, &yaml).await,
        Holds::Monitors => monitors(portal, command, &yaml).await,
        _ if command.targets.is_some() => monitors(portal, command, &yaml).await,
        Holds::Routes => routes(portal, command.plan, &yaml).await,
        Holds::Systems => {
            let plan = if command.plan { portal.systems.plan(&me(), &yaml).await } else { portal.systems.apply(&me(), &yaml, None).await };
            show(&plan.map_err(told)?);
            Ok(())
        }
    }
}

async fn routes(portal: &Portal, plan: bool, yaml: &str) -> Result<(), Failure> {
    let carried = portal.routes.import(&me(), yaml, plan).await.map_err(told)?;
    let report = carried.told(!plan);
    for channel in &report.channels {
        println!("{} channel {} ({}): {}", if channel.there { '=' } else { '+' }, channel.name, channel.kind, channel.target);
    }
    println!(
        "= routes from {}, {} receivers, {} inhibitions, {} intervals",
        report.root, report.receivers, report.inhibitions, report.intervals
    );
    for left in &report.left {
        println!("! {}", say_wording(Locale::En, left));
    }
    println!("{} channels, {} not carried over", report.channels.len(), report.left.len());
    Ok(())
}

async fn monitors(portal: &Portal, command: &Import, text: &str) -> Result<(), Failure> {
    let mut typed = Typed::default();
    typed.set("text", text);
    typed.set("system", command.system.as_deref().unwrap_or_default());
    if let Some(file) = &command.targets {
        typed.set("targets", fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?);
    }
    let plan = if command.plan { portal.monitors.plan_import(&me(), &typed).await } else { portal.monitors.import(&me(), &typed).await };
    let plan = plan.map_err(told)?;
    for item in &plan.items {
        let sign = match item.fate {
            Fate::Create => '+',
            Fate::Exists => '=',
            Fate::Skip => '!',
        };
        println!("{sign} {} -> {}: {}", item.name, item.system, item.what);
        for note in &item.notes {
            println!("    {} {}", note.what, note.text);
        }
    }
    for note in &plan.notes {
        println!("{} {}", note.what, note.text);
    }
    println!(
        "{} to make, {} there already, {} cannot be carried over",
        plan.count(Fate::Create),
        plan.count(Fate::Exists),
        plan.count(Fate::Skip)
    );
    Ok(())
}

/// Declares the streams of a file.
async fn streams(portal: &Portal, plan: bool, yaml: &str) -> Result<(), Failure> {
    for (name, fate) in portal.streams.import(&me(), yaml, plan).await.map_err(told)? {
        let sign = match fate {
            StreamFate::New => '+',
            StreamFate::Changed => '~',
            StreamFate::Same => '=',
        };
        println!("{sign} {name}");
    }
    Ok(())
}

/// Takes a file of Prometheus rules over; says of each what became of it.
async fn rules(portal: &Portal, command: &Import, yaml: &str) -> Result<(), Failure> {
    let (Some(key), Some(name)) = (&command.system, &command.source) else {
        return Err(
            "Prometheus rules: say with --system KEY which system they concern, and with --source NAME which source they ask".into()
        );
    };
    let systems = portal.systems.choices(&me(), Permission::EditMonitors).await.map_err(told)?;
    let system = systems.into_iter().find(|system| system.key == *key).ok_or_else(|| format!("--system {key}: there is no such system"))?;
    let sources = portal.sources.list(&me()).await.map_err(told)?;
    let source = sources.into_iter().find(|source| source.name == *name && source.kind == SourceKind::Query);
    let source = source.ok_or_else(|| format!("--source {name}: there is no query source of that name"))?;
    let report = portal.rules.import(&me(), &system.id, &source.id, yaml, command.plan).await.map_err(told)?;
    for line in &report.lines {
        let sign = match line.fate {
            RuleFate::Create => '+',
            RuleFate::Update => '~',
            RuleFate::Same => '=',
            RuleFate::Refused => '!',
        };
        println!("{sign} {} / {}", line.group, line.name);
        for note in &line.notes {
            println!("    {}", say_wording(Locale::En, note));
        }
    }
    let count = |fate| report.count(fate);
    println!(
        "{} new, {} changed, {} as they were, {} not carried over",
        count(RuleFate::Create),
        count(RuleFate::Update),
        count(RuleFate::Same),
        count(RuleFate::Refused)
    );
    Ok(())
}

fn show(plan: &Plan) {
    for step in &plan.steps {
        let sign = if step.kind == StepKind::Create { '+' } else { '~' };
        println!("{sign} {}", step.key);
        for change in &step.fields {
            let after = if change.after.is_empty() { "removed".to_owned() } else { format!("{:?}", change.after) };
            println!("    {}: {:?} -> {after}", change.field, change.before);
        }
    }
    println!("{} to write, {} unchanged, {} not in the file", plan.steps.len(), plan.unchanged, plan.absent.len());
}

pub(super) async fn export(settings: &Settings, command: &Export) -> Result<(), Failure> {
    let ground = ground::look(settings).await?;
    let yaml = ground.house.portal.systems.export(&me()).await.map_err(told)?;
    match &command.file {
        None => print!("{yaml}"),
        Some(file) => private::overwrite(file)
            .and_then(|mut to| to.write_all(yaml.as_bytes()))
            .map_err(|error| format!("{}: {error}", file.display()))?,
    }
    Ok(())
}

pub(super) async fn audit(settings: &Settings, command: &AuditCommand) -> Result<(), Failure> {
    let AuditCommand::Verify { expect } = command;
    ground::there(settings)?;
    let key = settings.key_path();
    if !key.is_file() {
        let says = "the key file is not there; without the key that chained the rows nobody can say whether they are whole";
        return Err(format!("{}: {says}", key.display()).into());
    }
    let ground = ground::look(settings).await?;
    let verdict = ground.house.portal.audit.verify(&me(), expect.as_ref()).await.map_err(told)?;
    match verdict.broken {
        None => {
            println!("{} rows, the chain is whole; head {}", verdict.rows, verdict.mark());
            if verdict.plain > 0 {
                println!("{} of them were written before the chain had a key: who computes their hashes anew is not seen", verdict.plain);
            }
            Ok(())
        }
        Some((row, damage)) => {
            let what = match damage {
                Damage::Edited => "was edited",
                Damage::Missing => "is missing",
                Damage::Truncated => "is where the trail ends, against what its head says",
                Damage::Another => "is not the one that was noted: this is an older or another trail",
            };
            Err(format!("row {row} {what}; {} rows checked", verdict.rows).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Holds;

    #[test]
    fn a_file_is_what_its_words_say_merged_or_not() {
        for (yaml, holds) in [
            ("groups: []\n", Holds::Rules),
            ("spec:\n  groups: []\n", Holds::Rules),
            ("streams: []\n", Holds::Streams),
            ("modules: {}\n", Holds::Monitors),
            ("{\"monitorList\": []}\n", Holds::Monitors),
            ("route:\n  receiver: a\nreceivers:\n- name: a\n", Holds::Routes),
            ("systems: []\n", Holds::Systems),
            ("- :\n: -", Holds::Systems),
        ] {
            assert_eq!(Holds::of(yaml), holds, "{yaml}");
            let merged = format!("x-all: &all\n  {}\n<<: *all\n", yaml.trim_end().replace('\n', "\n  "));
            if !yaml.starts_with(['{', '-']) {
                assert_eq!(Holds::of(&merged), holds, "{merged}");
            }
        }
    }
}
