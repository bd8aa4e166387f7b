//! Where a follower stands in a log, kept in a file of its own so that a restart goes on there; and how a log is known again after it
//! was turned over: by what it begins with, whatever it is called now.
//!
//! A file is of one follower: beside the log it is named after the portal and the stream that lines go to, and no second process takes it.

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    super::lock::{self, Lock},
    turned::{self, Turned, neighbours},
};

/// Bytes at its beginning by which a log is known.
pub(super) const HEAD: u64 = 1_024;
/// Logs that were passed of which it is kept what they begin with.
pub(super) const PASSED: usize = 100;
/// How long a server may write to a log that was turned over and passed.
const LATE: Duration = Duration::from_secs(600);

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
        Ok(Self::of_head(&head))
    }

    /// Of what was read of a log's beginning.
    pub(super) fn of_head(head: &[u8]) -> Self {
        Self { length: head.len() as u64, hash: digest(head) }
    }

    /// Whether a log that begins so is this one.
    pub(super) fn is_of(&self, head: &[u8]) -> bool {
        let length = usize::try_from(self.length).unwrap_or(usize::MAX);
        length > 0 && head.get(..length).is_some_and(|head| digest(head) == self.hash)
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

/// A log that is done with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Passed {
    #[serde(flatten)]
    print: Print,
    /// When it was written last; it was not always kept.
    #[serde(default)]
    written: Option<SystemTime>,
}

impl Passed {
    pub(super) fn new(print: Print, written: Option<SystemTime>) -> Self {
        Self { print, written }
    }

    /// Whether a log that begins so is this one. A short one was no longer than what is known of it: others may begin alike, unless
    /// little later something was added to it.
    pub(super) fn is(&self, head: &[u8], written: SystemTime) -> bool {
        let is_whole = self.print.length >= HEAD || self.print.length == head.len() as u64;
        let is_late = |was: SystemTime| !written.duration_since(was).is_ok_and(|since| since > LATE);
        self.print.is_of(head) && (is_whole || self.written.is_none_or(is_late))
    }
}

/// A fresh file beside a place, of this mode: of this writer only, whoever else keeps a place in the folder.
pub(super) fn beside(path: &Path, mode: u32) -> std::io::Result<(PathBuf, File)> {
    let mut number = 0_u32;
    loop {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{}-{number}", std::process::id()));
        match File::options().read(true).write(true).create_new(true).mode(mode).open(&name) {
            // Left behind by a process that was killed, or another writer of the same place.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && number < 10_000 => number += 1,
            made => return made.map(|file| (name.into(), file)),
        }
    }
}

/// A file beside another one, whose name goes on.
fn longer(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// The end of the names of files beside a log.
const ENDS: &str = ".evenkeel";

/// The file beside a log for what goes to a target.
pub(super) fn file_for(log: &Path, target: &str) -> PathBuf {
    longer(log, &format!(".{}{ENDS}", digest(target.as_bytes())))
}

/// Holds a file against other processes, as long as what is returned lives.
pub(super) fn hold(path: &Path) -> Result<Lock, String> {
    let lock = lock::hold(&longer(path, ".lock")).map_err(|error| error.to_string())?;
    lock.ok_or_else(|| format!("{}: another process follows by this file; each needs one of its own (--state)", path.display()))
}

/// Takes over what was kept beside the log when all followers shared one file, if there is any and it is not another target's.
pub(super) fn take_over(log: &Path, path: &Path, target: &str) -> Result<(), String> {
    let old = longer(log, ENDS);
    let ours = || Ok::<_, String>(Place::read(&old)?.filter(|place| place.target.is_empty() || place.target == target));
    if path.exists() || ours()?.is_none() {
        return Ok(());
    }
    let _lock = hold(&old)?;
    // Another one may have taken it meanwhile.
    let Some(place) = ours()? else { return Ok(()) };
    // First the target is noted: whatever happens then, nobody else takes it.
    Place { target: target.to_owned(), ..place }.write(&old)?;
    let says = |error: std::io::Error| format!("{}: {error}", old.display());
    fs::rename(&old, path).map_err(says)?;
    fs::remove_file(longer(&old, ".lock")).map_err(says)
}

/// The file of another follower of the log, if there is one beside it.
pub(super) fn another(log: &Path, path: &Path) -> Option<PathBuf> {
    let own = log.file_name()?.to_string_lossy().into_owned();
    let is_one = |name: &str| {
        let between = name.strip_prefix(&own).and_then(|rest| rest.strip_suffix(ENDS));
        between.is_some_and(|between| between.trim_start_matches('.').bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    let of = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    neighbours(log).into_iter().find(|other| of(other) != of(path) && of(other).is_some_and(|name| is_one(&name)))
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
    /// Where the lines go; empty where that was not kept yet.
    #[serde(default)]
    pub(super) target: String,
    /// Logs that were turned over before, the newest last: they are not to be sent.
    #[serde(default)]
    pub(super) passed: Vec<Passed>,
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
        let (beside, mut file) = beside(path, 0o666).map_err(says)?;
        let written = file.write_all(&bytes).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&beside, path));
        written.map_err(|error| {
            // It holds nothing that anybody needs.
            let _ = fs::remove_file(&beside);
            says(error)
        })
    }

    /// The same on the way to a target, kept as such. What is under way to another one may be counted there: it is not sent here, too.
    pub(super) fn toward(self, target: &str, path: &Path) -> Result<Self, String> {
        if self.target == target {
            return Ok(self);
        }
        if let Some(to) = self.sending.filter(|_| !self.target.is_empty()) {
            return Err(format!(
                "{}: the lines from byte {} to byte {to} were on their way to {} and may be counted there; follow once more with that --url and \
                 --stream, or remove the file to begin anew",
                path.display(),
                self.offset,
                self.target
            ));
        }
        if !self.target.is_empty() {
            eprintln!("{}: up to byte {} lines went to {}, from there on to {target}", path.display(), self.offset, self.target);
        }
        let place = Self { target: target.to_owned(), ..self };
        place.write(path)?;
        Ok(place)
    }

    /// The log at which it stands, among its neighbours: it may have been renamed, copied away and cut, or packed. An error where it may
    /// be one that cannot be read now.
    pub(super) fn find(&self, log: &Path) -> std::io::Result<Option<Turned>> {
        let mut unread = None;
        for path in neighbours(log) {
            let known = Turned::open(&path).and_then(|mut turned| Ok(self.knows(&mut turned)?.then_some(turned)));
            let turned = match known {
                Ok(Some(turned)) => turned.unpacked(self.offset),
                Ok(None) => continue,
                Err(error) => {
                    if turned::is_passing(&error) && turned::is_one_since(log, &path, self.since()) {
                        unread = Some(turned::named(&path, &error));
                    }
                    continue;
                }
            };
            match turned {
                Ok(turned) if turned.file.metadata().is_ok_and(|data| data.is_file() && data.len() >= self.offset) => {
                    return Ok(Some(turned));
                }
                Err(error) if turned::is_passing(&error) => unread = Some(turned::named(&path, &error)),
                Ok(_) | Err(_) => {}
            }
        }
        unread.map_or(Ok(None), Err)
    }

    /// When the log before it was written last, where that is known: what comes after that was written later.
    pub(super) fn since(&self) -> Option<SystemTime> {
        self.passed.last().and_then(|passed| passed.written)
    }

    /// Whether a file is the log: by what it begins with; by its number where it was empty.
    fn knows(&self, turned: &mut Turned) -> std::io::Result<bool> {
        match self.print.length {
            0 => Ok(self.inode != 0 && turned.file.metadata()?.ino() == self.inode),
            _ => Ok(self.print.is_of(&turned.head()?)),
        }
    }

    /// Notes that a log is done with.
    pub(super) fn pass(&mut self, log: &mut Turned) -> std::io::Result<()> {
        self.passed.push(Passed::new(Print::of(&mut log.file, None)?, Some(log.written)));
        self.passed.drain(..self.passed.len().saturating_sub(PASSED));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(of: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("evenkeel-place-{of}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn what_all_followers_shared_is_of_the_first_that_comes() {
        let folder = folder("shared");
        let (log, old) = (folder.join("shop.log"), folder.join("shop.log.evenkeel"));
        let [one, two] = ["https://one", "https://two"].map(|target| (file_for(&log, target), target));
        let kept = r#"{"inode":1,"print":{"length":0,"hash":""},"offset":7,"sending":9}"#;
        fs::write(&old, kept).unwrap();
        for (path, target) in [&one, &two] {
            take_over(&log, path, target).unwrap();
        }
        let place = Place::read(&one.0).unwrap().unwrap();
        assert_eq!((place.offset, place.sending, place.target.as_str()), (7, Some(9), one.1));
        assert!(!old.exists() && !two.0.exists() && another(&log, &one.0).is_none());
        assert_eq!(another(&log, &two.0), Some(one.0.clone()));
        // What is kept for another one stays, and so does what is held.
        fs::write(&old, kept).unwrap();
        let held = hold(&old).unwrap();
        assert!(take_over(&log, &two.0, two.1).unwrap_err().contains("another process"));
        drop(held);
        Place { target: one.1.into(), ..Place::default() }.write(&old).unwrap();
        take_over(&log, &two.0, two.1).unwrap();
        assert!(old.exists() && !two.0.exists());
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_is_under_way_to_one_is_not_sent_to_another() {
        let folder = folder("way");
        let path = folder.join("state");
        let place = Place { offset: 7, sending: Some(9), target: "https://one".into(), ..Place::default() };
        assert!(place.clone().toward("https://two", &path).unwrap_err().contains("byte 9 were on their way to https://one"));
        assert_eq!(place.clone().toward("https://one", &path).unwrap(), place);
        let of = |target: &str, sending| Place { sending, target: target.into(), ..place.clone() };
        assert_eq!(of("https://one", None).toward("https://two", &path).unwrap(), of("https://two", None));
        assert_eq!(Place::read(&path).unwrap(), Some(of("https://two", None)));
        // Of what was not kept nothing can be said.
        assert_eq!(of("", Some(9)).toward("https://two", &path).unwrap(), of("https://two", Some(9)));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_short_log_that_was_passed_is_no_other_that_begins_alike() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let passed = Passed::new(Print::of_head(b"#Fields: time\n"), Some(at(1_000)));
        assert!(passed.is(b"#Fields: time\n", at(90_000)) && passed.is(b"#Fields: time\nlate\n", at(1_005)));
        assert!(!passed.is(b"#Fields: time\nline\n", at(90_000)) && !passed.is(b"#Fields", at(1_000)));
        let long = Passed::new(Print::of_head(&[b'x'; 1_024]), Some(at(1_000)));
        assert!(long.is(&[b'x'; 1_024], at(90_000)));
        // As it was kept before.
        let kept = serde_json::to_string(&Print::of_head(b"#Fields: time\n")).unwrap();
        let kept: Passed = serde_json::from_str(&kept).unwrap();
        assert!(kept.written.is_none() && kept.is(b"#Fields: time\nline\n", at(90_000)));
        let again: Passed = serde_json::from_str(&serde_json::to_string(&passed).unwrap()).unwrap();
        assert_eq!(again, passed);
    }

    #[test]
    fn writers_of_places_do_not_meet() {
        let folder = folder("writers");
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
