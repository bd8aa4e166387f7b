//! Files and folders that only their owner reads: the database, its copies, the key.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

/// Read and written by the owner.
const FILE: u32 = 0o600;
/// A folder that only the owner enters.
pub const FOLDER: u32 = 0o700;
/// A folder that others may pass through to what they know the name of, but not list: where tools run under another
/// account in a folder below.
pub const PASSAGE: u32 = 0o711;

/// What this process makes from now on is its owner's alone, unless it says otherwise.
pub fn by_default() {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
}

/// Makes a new, empty file; fails where there is one.
pub fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(FILE).open(path)
}

/// Makes the file empty and private, whether it was there or not.
pub fn overwrite(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(FILE).open(path)?;
    tighten(path, FILE)?;
    Ok(file)
}

/// Makes the folder, and those above it that are missing, with this mode; one that is there and ours is tightened to it.
pub fn folder(path: &Path, mode: u32) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(mode).create(path)?;
    // The process may make folders tighter than asked.
    let held = fs::metadata(path)?.permissions().mode();
    if held & 0o777 & !FOLDER != mode & !FOLDER && ours(path)? {
        fs::set_permissions(path, Permissions::from_mode((held & !0o077) | mode))?;
    }
    Ok(())
}

/// Prepares the file of a SQLite database: made private before SQLite does it (which gives the files beside it the same
/// mode), or tightened with the files beside it where it was made by an earlier version.
pub fn database(path: &Path) -> io::Result<()> {
    match create(path) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => tighten(path, FILE)?,
        Err(error) => return Err(error),
    }
    for rest in ["-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(rest);
        tighten(Path::new(&name), FILE)?;
    }
    Ok(())
}

/// Takes away what others may do with a file of ours; one that is not there, or not ours, is left alone.
fn tighten(path: &Path, mode: u32) -> io::Result<()> {
    let held = match fs::metadata(path) {
        Ok(held) => held,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if held.is_file() && held.mode() & 0o077 != 0 && ours(path)? {
        fs::set_permissions(path, Permissions::from_mode(held.mode() & mode))?;
    }
    Ok(())
}

fn ours(path: &Path) -> io::Result<bool> {
    Ok(fs::metadata(path)?.uid() == rustix::process::geteuid().as_raw())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn what_was_open_is_closed() {
        let place = std::env::temp_dir().join(format!("ek_private_{}", std::process::id()));
        fs::create_dir_all(&place).unwrap();
        fs::set_permissions(&place, Permissions::from_mode(0o755)).unwrap();
        folder(&place, FOLDER).unwrap();
        assert_eq!(mode(&place), 0o700);
        folder(&place, PASSAGE).unwrap();
        assert_eq!(mode(&place), 0o711);
        let file = place.join("x.db");
        database(&file).unwrap();
        assert_eq!(mode(&file), 0o600);
        for name in ["x.db", "x.db-wal", "x.db-shm"] {
            fs::write(place.join(name), b"x").unwrap();
            fs::set_permissions(place.join(name), Permissions::from_mode(0o644)).unwrap();
        }
        database(&file).unwrap();
        for name in ["x.db", "x.db-wal", "x.db-shm"] {
            assert_eq!(mode(&place.join(name)), 0o600, "{name}");
        }
        assert_eq!(fs::read(&file).unwrap(), b"x", "what it holds stays");
        assert!(create(&file).is_err());
        fs::set_permissions(&file, Permissions::from_mode(0o666)).unwrap();
        overwrite(&file).unwrap();
        assert_eq!((mode(&file), fs::read(&file).unwrap().len()), (0o600, 0));
        fs::remove_dir_all(&place).unwrap();
    }
}
