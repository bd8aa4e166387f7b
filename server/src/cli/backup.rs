//! `evenkeel backup FILE` and `evenkeel restore FILE`.
//!
//! SQLite: `VACUUM INTO` gives a consistent, compact copy while others read and write. Postgres: `pg_dump` and
//! `pg_restore` in the custom format, from the same host; the password travels in the environment, not in arguments.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use backend::Db;
use clap::Args;
use tokio::process::Command;

use super::{Failure, lock};
use crate::{config::hide_password, settings::Settings};

#[derive(Args)]
pub(super) struct Backup {
    /// File to write; must not be there yet.
    file: PathBuf,
}

#[derive(Args)]
pub(super) struct Restore {
    /// File that `backup` wrote.
    file: PathBuf,
    /// Overwrite the database that is there.
    #[arg(long)]
    force: bool,
}

pub(super) async fn backup(settings: &Settings, command: &Backup) -> Result<(), Failure> {
    let file = &command.file;
    if file.exists() {
        return Err(format!("{} is there already; give the name of a new file", file.display()).into());
    }
    let url = settings.database_url();
    let Some(database) = lock::sqlite_file(settings) else {
        run("pg_dump", &["--format=custom", "--no-owner", "--file"], file, &url).await?;
        println!("{}", file.display());
        return Ok(());
    };
    if !database.is_file() {
        return Err(format!("there is no database at {}", database.display()).into());
    }
    let db = Db::connect(&url).await.map_err(|error| format!("{}: {error}", database.display()))?;
    db.copy_to(file).await?;
    db.close().await;
    Db::verify(file).await.map_err(|what| format!("the copy {} is not sound: {what}", file.display()))?;
    println!("{}", file.display());
    eprintln!("Secrets in it are sealed with {}; keep that file too, in another place.", settings.key_path().display());
    Ok(())
}

pub(super) async fn restore(settings: &Settings, command: &Restore) -> Result<(), Failure> {
    let file = &command.file;
    if !file.is_file() {
        return Err(format!("{} is not there", file.display()).into());
    }
    let url = settings.database_url();
    let Some(database) = lock::sqlite_file(settings) else {
        if !command.force {
            return Err(format!("restoring replaces what is in {}; say --force if that is meant", hide_password(&url)).into());
        }
        return run(
            "pg_restore",
            &["--clean", "--if-exists", "--no-owner", "--single-transaction", "--dbname", &without_password(&url)],
            file,
            &url,
        )
        .await;
    };
    Db::verify(file).await.map_err(|what| format!("{} is not a sound copy: {what}", file.display()))?;
    let Some(_lock) = lock::take(settings)? else {
        return Err("the portal is serving on this database; stop it first".into());
    };
    if database.exists() && !command.force {
        return Err(format!("{} is there already; say --force to replace it", database.display()).into());
    }
    // First beside it, then in its place at once: a crash leaves the old database or the new one.
    let beside = database.with_extension("restoring");
    fs::copy(file, &beside).map_err(|error| format!("{}: {error}", beside.display()))?;
    fs::File::open(&beside)?.sync_all()?;
    for rest in ["db-wal", "db-shm"] {
        remove_if_there(&database.with_extension(rest))?;
    }
    fs::rename(&beside, &database)?;
    println!("{}", database.display());
    Ok(())
}

fn remove_if_there(path: &Path) -> Result<(), Failure> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(format!("{}: {error}", path.display()).into()),
        _ => Ok(()),
    }
}

/// The URL as an argument: other users of the host can read arguments.
fn without_password(url: &str) -> String {
    hide_password(url).replace(":…@", "@")
}

fn password(url: &str) -> Option<&str> {
    let (credential, _) = url.split_once("://")?.1.rsplit_once('@')?;
    credential.split_once(':').map(|(_, password)| password)
}

async fn run(program: &str, arguments: &[&str], file: &Path, url: &str) -> Result<(), Failure> {
    let mut command = Command::new(program);
    command.args(arguments).arg(file).stdin(Stdio::null());
    if program == "pg_dump" {
        command.arg(without_password(url));
    }
    if let Some(password) = password(url) {
        command.env("PGPASSWORD", password);
    }
    let status = command.status().await.map_err(|error| format!("{program}: {error}; install the client programs of Postgres"))?;
    if status.success() { Ok(()) } else { Err(format!("{program} failed: {status}").into()) }
}
