//! Logs beside the one that is followed: what was turned over, by number or by date, and perhaps packed since.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, Read, Seek as _},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::SystemTime,
};

use flate2::read::MultiGzDecoder;

use super::place::{self, HEAD, PASSED, Print};

/// Digits before the ending of a log by which a name is one of a day: fewer may name another log.
const DATED: usize = 6;

/// How a log was packed.
#[derive(Clone, Copy)]
enum Packing {
    Gzip,
    Zstd,
}

impl Packing {
    fn of(path: &Path) -> Option<Self> {
        match path.extension().and_then(OsStr::to_str) {
            Some("gz") => Some(Self::Gzip),
            Some("zst") => Some(Self::Zstd),
            _ => None,
        }
    }
}

/// A log, whatever it is called by now.
pub(super) struct Turned {
    pub(super) file: File,
    /// When it was written last.
    pub(super) written: SystemTime,
    /// Whether nobody writes to it any more, because it was packed.
    pub(super) is_over: bool,
    packing: Option<Packing>,
}

impl Turned {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let packing = Packing::of(path);
        let file = File::open(path)?;
        let written = file.metadata()?.modified()?;
        Ok(Self { file, written, is_over: packing.is_some(), packing })
    }

    fn reader(&mut self) -> io::Result<Box<dyn Read + '_>> {
        self.file.rewind()?;
        Ok(match self.packing {
            None => Box::new(&self.file),
            Some(Packing::Gzip) => Box::new(MultiGzDecoder::new(&self.file)),
            Some(Packing::Zstd) => Box::new(zstd::stream::read::Decoder::new(&self.file)?),
        })
    }

    /// What it begins with.
    pub(super) fn head(&mut self) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        self.reader()?.take(HEAD).read_to_end(&mut head)?;
        Ok(head)
    }

    /// The same to be read anywhere: what is packed is unpacked into a file without a name, never beside the log.
    pub(super) fn unpacked(mut self) -> io::Result<Self> {
        if self.packing.is_none() {
            return Ok(self);
        }
        let (path, mut plain) = place::beside(&std::env::temp_dir().join("evenkeel-follow"))?;
        fs::remove_file(path)?;
        io::copy(&mut self.reader()?, &mut plain)?;
        Ok(Self { file: plain, packing: None, ..self })
    }
}

/// The files in the folder of a log whose names begin as its own does before its ending, by name.
pub(super) fn neighbours(log: &Path) -> Vec<PathBuf> {
    let folder = log.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Some(stem) = log.file_stem().map(|stem| stem.to_string_lossy().into_owned()) else { return Vec::new() };
    let alike = |path: &PathBuf| path.file_name().is_some_and(|other| other.to_string_lossy().starts_with(&stem));
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(alike);
    paths.sort();
    paths
}

/// Whether a name is one that a log gets when it is turned over: with a number or a date after its name, or a date before its ending.
fn is_turned(log: &str, name: &str) -> bool {
    let name = [".gz", ".zst"].iter().find_map(|end| name.strip_suffix(*end)).unwrap_or(name);
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
    let is_number = |text: &str| {
        text.starts_with(['.', '-', '_']) && text.bytes().all(|byte| byte.is_ascii_digit() || b".-_:T".contains(&byte)) && digits(text) > 0
    };
    let within = || {
        let at = log.rfind('.').filter(|at| *at > 0)?;
        name.strip_prefix(&log[..at])?.strip_suffix(&log[at..])
    };
    name.strip_prefix(log).is_some_and(is_number) || within().is_some_and(|text| is_number(text) && digits(text) >= DATED)
}

/// What was turned over of a log and was last written at some time or later, the oldest first.
fn turned_since(log: &Path, since: SystemTime) -> Vec<PathBuf> {
    let Some(own) = log.file_name().map(|name| name.to_string_lossy().into_owned()) else { return Vec::new() };
    let number = fs::metadata(log).ok().map(|data| data.ino());
    let one = |path: PathBuf| {
        let data = fs::metadata(&path).ok().filter(|data| data.is_file() && data.len() > 0 && Some(data.ino()) != number)?;
        let written = data.modified().ok()?;
        // While it is being packed it lies beside what is packed of it.
        let is_half = Packing::of(&path).is_some() && path.with_extension("").exists();
        let is_one = written >= since && !is_half && is_turned(&own, &path.file_name()?.to_string_lossy());
        is_one.then_some((written, path))
    };
    let mut found: Vec<(SystemTime, PathBuf)> = neighbours(log).into_iter().filter_map(one).collect();
    found.sort();
    found.into_iter().map(|(_, path)| path).collect()
}

/// Opens a log and looks at what it begins with; says why where that cannot be done.
fn begun(path: &Path) -> Option<(Turned, Vec<u8>)> {
    let opened = Turned::open(path).and_then(|mut turned| turned.head().map(|head| (turned, head)));
    opened.inspect_err(|error| eprintln!("{}: {error}", path.display())).ok()
}

/// The oldest log that was turned over since, and is none of those that were passed.
pub(super) fn after(log: &Path, since: SystemTime, passed: &[Print]) -> Option<Turned> {
    turned_since(log, since).iter().find_map(|path| {
        let (turned, head) = begun(path)?;
        (!passed.iter().any(|print| print.is_of(&head))).then_some(turned)
    })
}

/// What was turned over before anybody followed, the newest last.
pub(super) fn before(log: &Path) -> Vec<Print> {
    let paths = turned_since(log, SystemTime::UNIX_EPOCH);
    paths[paths.len().saturating_sub(PASSED)..].iter().filter_map(|path| Some(Print::of_head(&begun(path)?.1))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_dates_are_of_a_log_and_other_logs_are_not() {
        for name in [
            "shop.log.1",
            "shop.log.12.gz",
            "shop.log-20250314",
            "shop.log-20250314.zst",
            "shop-2025-03-14.log",
            "shop.2025-03-14.1.log.gz",
        ] {
            assert!(is_turned("shop.log", name), "{name}");
        }
        for name in
            ["shop.log", "shop-2.log", "shop-error.log", "shop-error.log.1", "shopping-20250314.log", "shop.log.1.evenkeel", "shop.log.gz"]
        {
            assert!(!is_turned("shop.log", name), "{name}");
        }
        assert!(is_turned("access", "access.1") && !is_turned("access", "access_log.1"));
    }
}
