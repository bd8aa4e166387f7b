//! Logs beside the one that is followed: what was turned over, by number or by date, and perhaps packed since.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, Read, Seek as _, SeekFrom},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::SystemTime,
};

use flate2::read::MultiGzDecoder;
use jiff::civil::Date;

use super::place::{self, HEAD, PASSED, Passed, Print};

/// Digits that may stand behind a date before the ending of a log: a time of day and a counter. More may name another log.
const BEHIND_DATE: usize = 9;

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

    /// Whether it was packed and can be read anywhere: it changes no more.
    pub(super) fn is_unpacked(&self) -> bool {
        self.is_over && self.packing.is_none()
    }

    /// The same to be read anywhere: what is packed is unpacked into a file without a name, never beside the log. Before a byte that file has
    /// nothing but what the log begins with, and takes no room.
    pub(super) fn unpacked(mut self, from: u64) -> io::Result<Self> {
        if self.packing.is_none() {
            return Ok(self);
        }
        let (path, mut plain) = place::beside(&std::env::temp_dir().join("evenkeel-follow"), 0o600)?;
        fs::remove_file(path)?;
        let mut reader = self.reader()?;
        io::copy(&mut reader.by_ref().take(HEAD), &mut plain)?;
        let gap = from.saturating_sub(HEAD);
        if gap > 0 && io::copy(&mut reader.by_ref().take(gap), &mut io::sink())? == gap {
            plain.set_len(from)?;
            plain.seek(SeekFrom::Start(from))?;
        }
        io::copy(&mut reader, &mut plain)?;
        drop(reader);
        Ok(Self { file: plain, packing: None, ..self })
    }
}

/// The number that the file system gave a file.
pub(super) fn inode(file: &File) -> u64 {
    file.metadata().map_or(0, |data| data.ino())
}

/// Where the last whole line ends.
pub(super) fn whole_lines(file: &mut File) -> io::Result<u64> {
    let length = file.metadata()?.len();
    let mut at = length;
    while at > 0 {
        let from = at.saturating_sub(1 << 16);
        let mut bytes = vec![0; usize::try_from(at - from).unwrap_or(0)];
        file.seek(SeekFrom::Start(from))?;
        file.read_exact(&mut bytes)?;
        if let Some(last) = bytes.iter().rposition(|byte| *byte == b'\n') {
            return Ok(from + last as u64 + 1);
        }
        at = from;
    }
    Ok(0)
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

/// A number of so many digits at the beginning of a text, and the rest.
fn part(text: &str, length: usize) -> Option<(i16, &str)> {
    let (digits, rest) = text.split_at_checked(length)?;
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { digits.parse().ok().map(|number| (number, rest)) } else { None }
}

/// Whether a text is the mark and the date that stand before the ending of a log: a day, or a month in two parts; behind it there may be
/// a time of day and a counter. Other digits there name other logs.
fn is_date(text: &str) -> bool {
    let is_mark = |sign: char| matches!(sign, '.' | '-' | '_');
    let Some(text) = text.strip_prefix(is_mark) else { return false };
    let Some((year, rest)) = part(text, 4).filter(|(year, _)| (1900..2100).contains(year)) else { return false };
    let behind_year = rest.strip_prefix(is_mark);
    let Some((month, rest)) = part(behind_year.unwrap_or(rest), 2) else { return false };
    let of = |day: i16| Date::new(year, i8::try_from(month).unwrap_or(0), i8::try_from(day).unwrap_or(0)).is_ok();
    if rest.is_empty() {
        return behind_year.is_some() && of(1);
    }
    let Some((day, rest)) = part(rest.strip_prefix(is_mark).unwrap_or(rest), 2) else { return false };
    of(day) && rest.bytes().filter(u8::is_ascii_digit).count() <= BEHIND_DATE
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
    name.strip_prefix(log).is_some_and(is_number) || within().is_some_and(|text| is_number(text) && is_date(text))
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

/// Whether an error may be another one by the next time, or none: the system's, not one of what stands in a file.
pub(super) fn is_passing(error: &io::Error) -> bool {
    error.raw_os_error().is_some()
}

/// The same error, with the file.
pub(super) fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// Whether a file is the log, or one that was turned over of it, and was last written at some time or later.
pub(super) fn is_one_since(log: &Path, path: &Path, since: Option<SystemTime>) -> bool {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let (own, other) = (name(log), name(path));
    let is_late = |written: SystemTime| since.is_none_or(|since| written >= since);
    let written = fs::metadata(path).ok().filter(fs::Metadata::is_file).and_then(|data| data.modified().ok());
    (own == other || is_turned(&own, &other)) && written.is_some_and(is_late)
}

/// Opens a log and looks at what it begins with; says why where that can never be done.
fn begun(path: &Path) -> io::Result<Option<(Turned, Vec<u8>)>> {
    match Turned::open(path).and_then(|mut turned| turned.head().map(|head| (turned, head))) {
        Ok(begun) => Ok(Some(begun)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if is_passing(&error) => Err(named(path, &error)),
        Err(error) => {
            eprintln!("{}: {error}", path.display());
            Ok(None)
        }
    }
}

/// The oldest log that was turned over since, in which something stands, and that is none of those that were passed.
pub(super) fn after(log: &Path, since: SystemTime, passed: &[Passed]) -> io::Result<Option<Turned>> {
    for path in turned_since(log, since) {
        let Some((turned, head)) = begun(&path)? else { continue };
        if !head.is_empty() && !passed.iter().any(|one| one.is(&head, turned.written)) {
            return Ok(Some(turned));
        }
    }
    Ok(None)
}

/// What was turned over before anybody followed, the newest last.
pub(super) fn before(log: &Path) -> Vec<Passed> {
    let paths = turned_since(log, SystemTime::UNIX_EPOCH);
    let one = |path: &PathBuf| {
        let begun = begun(path).inspect_err(|error| eprintln!("{error}")).ok()?;
        begun.map(|(turned, head)| Passed::new(Print::of_head(&head), Some(turned.written)))
    };
    paths[paths.len().saturating_sub(PASSED)..].iter().filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn of_what_is_packed_only_the_rest_takes_room() {
        let folder = std::env::temp_dir().join(format!("evenkeel-turned-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("shop.log.1.gz");
        let text: Vec<u8> = (0..20_000_u32).flat_map(|number| format!("line {number}\n").into_bytes()).collect();
        let mut packer = flate2::write::GzEncoder::new(File::create(&path).unwrap(), flate2::Compression::fast());
        packer.write_all(&text).unwrap();
        packer.finish().unwrap();
        let read = |from: usize| {
            let mut turned = Turned::open(&path).unwrap().unpacked(from as u64).unwrap();
            let mode = turned.file.metadata().unwrap().mode();
            assert!(turned.is_unpacked() && mode & 0o077 == 0, "{mode:o}");
            turned.file.rewind().unwrap();
            let mut bytes = Vec::new();
            turned.file.read_to_end(&mut bytes).unwrap();
            bytes
        };
        let head = usize::try_from(HEAD).unwrap();
        for from in [0, 1, head, head + 1, text.len() - 1, text.len()] {
            let bytes = read(from);
            assert_eq!((bytes.len(), &bytes[..head], &bytes[from..]), (text.len(), &text[..head], &text[from..]), "{from}");
            assert!(from <= head || bytes[head..from].iter().all(|byte| *byte == 0), "{from}");
        }
        assert!(read(text.len() + 1).len() < text.len(), "it is another one");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn numbers_and_dates_are_of_a_log_and_other_logs_are_not() {
        for name in [
            "shop.log.1",
            "shop.log.12.gz",
            "shop.log-20250314",
            "shop.log-20250314.zst",
            "shop-2025-03-14.log",
            "shop.2025-03-14.1.log.gz",
            "shop_20250314T120000.log",
            "shop-2025031412.log",
            "shop-2025-03.log",
        ] {
            assert!(is_turned("shop.log", name), "{name}");
        }
        for name in [
            "shop.log",
            "shop-2.log",
            "shop-error.log",
            "shop-error.log.1",
            "shopping-20250314.log",
            "shop.log.1.evenkeel",
            "shop.log.gz",
            "shop-100234.log",
            "shop-10023456.log",
            "shop-20251399.log",
            "shop-202503.log",
            "shop-127.0.0.1.log",
            "shop-20250314-1234567890.log",
        ] {
            assert!(!is_turned("shop.log", name), "{name}");
        }
        assert!(is_turned("access", "access.1") && !is_turned("access", "access_log.1"));
    }
}
