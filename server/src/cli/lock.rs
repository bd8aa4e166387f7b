//! Only one process serves on a SQLite database, or follows a log from one place: a lock on a file beside it, gone with the process.

use std::{
    fs::{File, TryLockError},
    io,
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use backend::private;

use crate::settings::Settings;

/// The lock; dropped, it is free.
pub(super) struct Lock(#[expect(dead_code, reason = "held, not read: closing it frees the lock")] File);

/// Makes the data folder, or tightens it: what lies in it is nobody else's. Tools under another account pass through it
/// to the folders of their runs.
fn data_folder(settings: &Settings) -> io::Result<()> {
    let mode = if settings.tools.account.is_empty() { private::FOLDER } else { private::PASSAGE };
    private::folder(&settings.data, mode).map_err(|error| named(&settings.data, &error))
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::other(format!("{}: {error}", path.display()))
}

/// Takes the lock: `Ok(None)` where another process has it. Postgres needs none.
pub(super) fn take(settings: &Settings) -> io::Result<Option<Option<Lock>>> {
    data_folder(settings)?;
    let Some(database) = settings.sqlite_file() else { return Ok(Some(None)) };
    if let Some(folder) = database.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| named(folder, &error))?;
    }
    Ok(hold(&database.with_extension("lock"))?.map(Some))
}

/// Takes the lock on a file: `None` where another process has it.
pub(super) fn hold(path: &Path) -> io::Result<Option<Lock>> {
    let file = File::options().create(true).append(true).mode(0o600).open(path).map_err(|error| named(path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(named(path, &error)),
    }
}
