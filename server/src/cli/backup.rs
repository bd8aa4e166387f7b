//! `evenkeel backup FILE` and `evenkeel restore FILE`.
//!
//! SQLite: `VACUUM INTO` gives a consistent, compact copy while others read and write. Postgres: `pg_dump` and
//! `pg_restore` in the custom format, from the same host; the password travels in the environment, not in arguments.

use std::{
    ffi::OsString,
    fs,
    os::unix::ffi::OsStringExt,
    path::{Path, PathBuf},
    process::Stdio,
};

use backend::{Db, private};
use clap::Args;
use percent_encoding::percent_decode_str;
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
    let Some(database) = settings.sqlite_file() else {
        private::create(file).map_err(|error| format!("{}: {error}", file.display()))?;
        run("pg_dump", &["--format=custom", "--no-owner", "--file"], file, &url).await?;
        println!("{}", file.display());
        return Ok(());
    };
    if !database.is_file() {
        return Err(format!("there is no database at {}; say with --data where it is", database.display()).into());
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
    let Some(database) = settings.sqlite_file() else {
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
    let replaced = put_in_place(file, &database).await?;
    println!("{}", database.display());
    if let Some(replaced) = replaced {
        eprintln!("What was there before is {}; remove it when it is not needed any more.", replaced.display());
    }
    Ok(())
}

/// Puts a copy of `file` where `database` is; gives where the old one went, if there was one. A crash at any moment
/// leaves the old database or the new one in its place, and loses no commit of either.
async fn put_in_place(file: &Path, database: &Path) -> Result<Option<PathBuf>, Failure> {
    let beside = with_end(database, "-restoring");
    let mut target = private::overwrite(&beside).map_err(|error| format!("{}: {error}", beside.display()))?;
    std::io::copy(&mut fs::File::open(file)?, &mut target).map_err(|error| format!("{}: {error}", beside.display()))?;
    target.sync_all()?;
    let aside = with_end(database, "-replaced");
    let was_there = database.exists();
    if was_there {
        private::database(database)?;
        // What its log still holds comes into the file; where it is too damaged for that, file and log go aside together.
        if let Err(what) = Db::fold(database).await {
            eprintln!("The log of {} could not be folded into it ({what}); it is kept beside it.", database.display());
        }
        remove_if_there(&aside)?;
        // A link, so that there is a database in its place at every moment. Not every file system has them.
        if fs::hard_link(database, &aside).is_err() {
            fs::rename(database, &aside)?;
        }
    }
    // A log belongs to the file that it was written for: beside another one it would be played into that.
    for end in ["-wal", "-shm"] {
        let kept = with_end(&aside, end);
        remove_if_there(&kept)?;
        match fs::rename(with_end(database, end), kept) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    fs::rename(&beside, database)?;
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::File::open(folder)?.sync_all()?;
    Ok(was_there.then_some(aside))
}

/// The path with something after its whole name: `foo.sqlite-wal`.
fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
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

/// The password of the URL as it is meant: in a URL it stands percent-encoded.
fn password(url: &str) -> Option<OsString> {
    let (credential, _) = url.split_once("://")?.1.rsplit_once('@')?;
    let (_, password) = credential.split_once(':')?;
    Some(OsString::from_vec(percent_decode_str(password).collect()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_told_as_it_is_meant() {
        assert_eq!(password("postgres://u:p%40ss%2Fw%25@h/d"), Some("p@ss/w%".into()));
        assert_eq!(password("postgres://u:plain@h/d"), Some("plain".into()));
        assert_eq!(password("postgres://u@h/d"), None);
        assert_eq!(without_password("postgres://u:p%40ss@h/d"), "postgres://u@h/d");
    }

    #[test]
    fn an_end_is_added_to_the_whole_name() {
        assert_eq!(with_end(Path::new("/x/foo.sqlite"), "-wal"), Path::new("/x/foo.sqlite-wal"));
        assert_eq!(with_end(Path::new("foo"), "-shm"), Path::new("foo-shm"));
    }
}
