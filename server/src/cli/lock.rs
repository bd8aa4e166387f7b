//! Only one process serves on a SQLite database: a lock on a file beside it, gone with the process.

use std::{
    fs::{File, TryLockError},
    io,
    path::PathBuf,
};

use percent_encoding::percent_decode_str;

use crate::settings::Settings;

/// The lock; dropped, it is free.
pub(super) struct Lock(#[expect(dead_code, reason = "held, not read: closing it frees the lock")] File);

/// Where the SQLite file is; `None` for Postgres.
pub(super) fn sqlite_file(settings: &Settings) -> Option<PathBuf> {
    let url = settings.database_url();
    let path = url.strip_prefix("sqlite:")?.trim_start_matches("//");
    let path = percent_decode_str(path.split('?').next().unwrap_or(path)).decode_utf8_lossy();
    Some(PathBuf::from(path.into_owned()))
}

/// Takes the lock: `Ok(None)` where another process has it. Postgres needs none.
pub(super) fn take(settings: &Settings) -> io::Result<Option<Option<Lock>>> {
    let Some(database) = sqlite_file(settings) else { return Ok(Some(None)) };
    if let Some(folder) = database.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| io::Error::other(format!("{}: {error}", folder.display())))?;
    }
    let path = database.with_extension("lock");
    let file =
        File::options().create(true).append(true).open(&path).map_err(|error| io::Error::other(format!("{}: {error}", path.display())))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Some(Lock(file)))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
