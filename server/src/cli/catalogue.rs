//! `evenkeel import FILE`, `evenkeel export [FILE]`, `evenkeel audit verify`.

use std::{fs, path::PathBuf};

use clap::{Args, Subcommand};
use domain::{
    Actor,
    audit::Damage,
    systems::{Plan, StepKind},
};

use super::{Failure, ground, told};
use crate::settings::Settings;

#[derive(Args)]
pub(super) struct Import {
    /// YAML file as `export` writes it; `-` for standard input.
    file: PathBuf,
    /// Show the difference; change nothing.
    #[arg(long)]
    plan: bool,
}

#[derive(Args)]
pub(super) struct Export {
    /// File to write; standard output where it is not given.
    file: Option<PathBuf>,
}

#[derive(Subcommand)]
pub(super) enum AuditCommand {
    /// Compute the chain of hashes anew; fails where a row was edited, deleted or cut off.
    Verify,
}

fn me() -> Actor {
    Actor::engine("command line")
}

pub(super) async fn import(settings: &Settings, command: &Import) -> Result<(), Failure> {
    let yaml = if command.file.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin())?
    } else {
        fs::read_to_string(&command.file).map_err(|error| format!("{}: {error}", command.file.display()))?
    };
    let ground = ground::open(settings, false).await?;
    let systems = &ground.house.portal.systems;
    let plan = if command.plan { systems.plan(&me(), &yaml).await } else { systems.apply(&me(), &yaml, None).await };
    show(&plan.map_err(told)?);
    Ok(())
}

fn show(plan: &Plan) {
    for step in &plan.steps {
        let sign = if step.kind == StepKind::Create { '+' } else { '~' };
        println!("{sign} {}", step.key);
        for change in &step.fields {
            println!("    {}: {:?} -> {:?}", change.field, change.before, change.after);
        }
    }
    println!("{} to write, {} unchanged, {} not in the file", plan.steps.len(), plan.unchanged, plan.absent.len());
}

pub(super) async fn export(settings: &Settings, command: &Export) -> Result<(), Failure> {
    let ground = ground::open(settings, false).await?;
    let yaml = ground.house.portal.systems.export(&me()).await.map_err(told)?;
    match &command.file {
        None => print!("{yaml}"),
        Some(file) => fs::write(file, yaml).map_err(|error| format!("{}: {error}", file.display()))?,
    }
    Ok(())
}

pub(super) async fn audit(settings: &Settings, command: &AuditCommand) -> Result<(), Failure> {
    let AuditCommand::Verify = command;
    let ground = ground::open(settings, false).await?;
    let verdict = ground.house.portal.audit.verify(&me()).await.map_err(told)?;
    match verdict.broken {
        None => {
            println!("{} rows, the chain is whole; head {}", verdict.rows, verdict.head);
            Ok(())
        }
        Some((row, damage)) => {
            let what = match damage {
                Damage::Edited => "was edited",
                Damage::Missing => "is missing",
                Damage::Truncated => "is where the trail ends, against what its head says",
            };
            Err(format!("row {row} {what}; {} rows checked", verdict.rows).into())
        }
    }
}
