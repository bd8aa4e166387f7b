//! Where a follower stands in a log, kept in a file of its own so that a restart goes on there; and how a log is known again after it
//! was turned over: by what it begins with, whatever it is called now.

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Bytes at its beginning by which a log is known.
const HEAD: u64 = 1_024;

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

/// What a log begins with.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Print {
    /// How many bytes were looked at.
    pub(super) length: u64,
    hash: String,
}

impl Print {
    /// What the file begins with, as far as there is something; never more than was looked at before if `like` is given.
    pub(super) fn of(file: &mut File, like: Option<&Self>) -> std::io::Result<Self> {
        file.seek(SeekFrom::Start(0))?;
        let mut head = Vec::new();
        file.take(like.map_or(HEAD, |like| like.length)).read_to_end(&mut head)?;
        Ok(Self { length: head.len() as u64, hash: digest(&head) })
    }

    /// Whether the file begins with the same.
    pub(super) fn fits(&self, file: &mut File) -> bool {
        self.length > 0 && Self::of(file, Some(self)).is_ok_and(|now| now == *self)
    }

    /// A name for a stretch of the log, the same whenever it is sent: logs that begin alike are told apart by what stands in it.
    pub(super) fn key(&self, from: u64, bytes: &[u8]) -> String {
        format!("{}-{}", self.bare_key(from, bytes), digest(bytes))
    }

    /// The name that stretches had before: one that was being sent then keeps it.
    pub(super) fn bare_key(&self, from: u64, bytes: &[u8]) -> String {
        format!("follow-{}-{}-{from}-{}", self.hash, self.length, from + bytes.len() as u64)
    }
}

/// A fresh file beside a place: of this writer only, whoever else keeps a place in the folder.
fn beside(path: &Path) -> std::io::Result<(PathBuf, File)> {
    let mut number = 0_u32;
    loop {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{}-{number}", std::process::id()));
        match File::create_new(&name) {
            // Left behind by a process that was killed, or another writer of the same place.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && number < 10_000 => number += 1,
            made => return made.map(|file| (name.into(), file)),
        }
    }
}

/// Where a follower stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Place {
    /// The number that the file system gave the log; 0 where it was not there.
    pub(super) inode: u64,
    /// What the log begins with; of no length as long as it is empty.
    pub(super) print: Print,
    /// All lines before this byte are counted.
    pub(super) offset: u64,
    /// The end of the stretch that was being sent: whether it arrived is not known, so exactly it is sent again.
    pub(super) sending: Option<u64>,
    /// Whether that stretch is named by its bytes, too; it was not always.
    #[serde(default)]
    pub(super) by_bytes: bool,
    /// Whether no line was ever understood: then it is the format that is wrong, and no line is passed over.
    #[serde(default)]
    pub(super) is_new: bool,
}

impl Place {
    /// What was kept; nowhere where nothing was.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, String> {
        match fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| format!("{}: {error}", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!("{}: {error}", path.display())),
        }
    }

    /// Keeps it: when this returns, a restart finds it.
    pub(super) fn write(&self, path: &Path) -> Result<(), String> {
        let says = |error: std::io::Error| format!("{}: {error}", path.display());
        let bytes = serde_json::to_vec(self).map_err(|error| error.to_string())?;
        let (beside, mut file) = beside(path).map_err(says)?;
        let written = file.write_all(&bytes).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&beside, path));
        written.map_err(|error| {
            // It holds nothing that anybody needs.
            let _ = fs::remove_file(&beside);
            says(error)
        })
    }

    /// The log at which it stands, among its neighbours: it may have been renamed, or copied away and cut.
    pub(super) fn find(&self, log: &Path) -> Option<File> {
        let folder = log.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = log.file_name()?.to_string_lossy().into_owned();
        let mut paths: Vec<PathBuf> = fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        paths.into_iter().filter(|path| path.file_name().is_some_and(|other| other.to_string_lossy().starts_with(&name))).find_map(|path| {
            let mut file = File::open(path).ok()?;
            let long = file.metadata().is_ok_and(|data| data.is_file() && data.len() >= self.offset);
            (long && self.knows(&mut file)).then_some(file)
        })
    }

    /// Whether a file is the log: by what it begins with; by its number where it was empty.
    fn knows(&self, file: &mut File) -> bool {
        match self.print.length {
            0 => self.inode != 0 && file.metadata().is_ok_and(|data| data.ino() == self.inode),
            _ => self.print.fits(file),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writers_of_places_do_not_meet() {
        let folder = std::env::temp_dir().join(format!("evenkeel-place-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let [one, two, neighbour] = ["shop.one", "shop.two", "shop.new"].map(|name| folder.join(name));
        fs::write(&neighbour, "a log").unwrap();
        std::thread::scope(|scope| {
            for (path, offset) in [(&one, 1), (&two, 2), (&two, 2)] {
                scope.spawn(move || {
                    let place = Place { offset, ..Place::default() };
                    (0..100).for_each(|_| place.write(path).unwrap());
                });
            }
        });
        let offset = |path: &Path| Place::read(path).unwrap().map(|place| place.offset);
        assert_eq!((offset(&one), offset(&two)), (Some(1), Some(2)));
        assert_eq!(fs::read_to_string(&neighbour).unwrap(), "a log");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 3, "nothing is left beside them");
        fs::remove_dir_all(&folder).unwrap();
    }
}
