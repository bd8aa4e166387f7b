//! Only one process serves on a SQLite database: a lock on a file beside it, gone with the process.

use std::{
    fs::{File, TryLockError},
    io,
};

use crate::settings::Settings;

/// The lock; dropped, it is free.
pub(super) struct Lock(#[expect(dead_code, reason = "held, not read: closing it frees the lock")] File);

/// Takes the lock: `Ok(None)` where another process has it. Postgres needs none.
pub(super) fn take(settings: &Settings) -> io::Result<Option<Option<Lock>>> {
    let Some(database) = settings.sqlite_file() else { return Ok(Some(None)) };
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
