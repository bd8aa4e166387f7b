//! `evenkeel follow FILE`: sends the lines of a log as they are written.
//!
//! **Invariant:** a stretch of the log is named by what the log begins with and by its place and bytes, not by how it is read; before it
//! is sent its end is kept, and after a crash exactly that stretch is sent again under the same name. So each line counts once, through
//! restarts, with whatever options, and through turning the log over, by renaming or by copying and cutting, also more than once while
//! nobody followed. One stretch is in memory at a time.

mod place;
mod turned;

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Read, Seek, SeekFrom},
    path::PathBuf,
    time::{Duration, SystemTime},
};

use clap::Args;
use domain::streams::{LogFormat, Reader};
use tokio_util::sync::CancellationToken;

use super::{
    Failure,
    post::{Portal, Posted, Poster},
};
use crate::settings;
use place::{Passed, Place, Print};
use turned::{Turned, inode, whole_lines};

/// Bytes of one stretch.
const STRETCH: u64 = 2 << 20;
/// Pause where nothing new was written.
const PAUSE: Duration = Duration::from_millis(500);

/// Looks after which a log that was turned over is left.
const QUIET: u32 = 3;
/// Looks after which it is said again that something cannot be read: ten minutes.
const AGAIN: u32 = 1_200;

#[derive(Args)]
pub(super) struct Follow {
    /// The log.
    file: PathBuf,
    /// How it is written: `nginx` (or Apache), `json` (one object a line), `regex`.
    #[arg(long, default_value = "json")]
    format: String,
    /// For `regex`: an expression whose named groups are the fields.
    #[arg(long, value_name = "REGEX")]
    pattern: Option<String>,
    /// For `nginx`: codes that are a success, `2*` for all that begin with 2; empty: as the stream says.
    #[arg(long, default_value = "1*,2*,3*", value_name = "CODES")]
    success: String,
    /// Where it is kept how far the log was sent; beside the log where it is not given, one for each portal and stream.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Begin at the end of a log that was never followed; of one that is not there yet, or empty, nothing is left out.
    #[arg(long)]
    from_end: bool,
    /// Send a log from its beginning that another follower sends to another portal or stream.
    #[arg(long, conflicts_with = "from_end")]
    from_beginning: bool,
    /// End when everything that is there was sent.
    #[arg(long)]
    once: bool,
    #[command(flatten)]
    portal: Portal,
}

/// Follows until SIGTERM or SIGINT; what was being sent then is sent again as it was. Knows no settings: it runs where the log is.
pub(super) fn run(command: &Follow) -> Result<(), Failure> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(follow(command))
}

async fn follow(command: &Follow) -> Result<(), Failure> {
    let format = LogFormat::parse(&command.format, command.pattern.as_deref())
        .map_err(|_| "--format is nginx or json, or regex with a --pattern that is a regular expression")?;
    let poster = command.portal.poster(&settings::Egress::default(), &[])?;
    let target = poster.target();
    let state = command.state.clone().unwrap_or_else(|| place::file_for(&command.file, &target));
    let _held = place::hold(&state)?;
    if command.state.is_none() {
        place::take_over(&command.file, &state, &target)?;
    }
    let place = Place::read(&state)?.map(|place| place.toward(&target, &state)).transpose()?;
    // The same portal may be spelt otherwise: to send all of it once more is for people to say.
    let is_said = command.from_beginning || command.from_end || command.state.is_some();
    if let Some(other) = place::another(&command.file, &state).filter(|_| place.is_none() && !is_said) {
        let (log, other) = (command.file.display(), other.display());
        return Err(format!(
            "{log}: followed to {target} for the first time, and by another follower before; say --state {other} to go on where that one \
             stands, --from-beginning to send all of the log, or --from-end to send what is written from now on"
        )
        .into());
    }
    let follower = Follower {
        log: command.file.clone(),
        reader: format.reader(),
        good: command.success.clone(),
        poster,
        target,
        place,
        state,
        from_end: command.from_end,
        once: command.once,
        unpacked: None,
        quiet: 0,
        unread: 0,
    };
    let stop = super::until_signal()?;
    follower.run(&stop).await
}

struct Follower {
    log: PathBuf,
    reader: Reader,
    good: String,
    poster: Poster,
    target: String,
    state: PathBuf,
    place: Option<Place>,
    from_end: bool,
    once: bool,
    /// The log at hand where it was packed: it changes no more, and is unpacked once.
    unpacked: Option<Turned>,
    /// Looks in a row at which a log that was turned over had nothing new.
    quiet: u32,
    /// Looks at which something could not be read.
    unread: u32,
}

impl Follower {
    async fn run(mut self, stop: &CancellationToken) -> Result<(), Failure> {
        loop {
            // Dropped in the middle of a stretch, it is sent again as it was.
            let sent = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                sent = self.turn() => sent?,
            };
            if self.once && !sent {
                return Ok(());
            }
            if !sent {
                tokio::select! {
                    () = stop.cancelled() => return Ok(()),
                    () = tokio::time::sleep(PAUSE) => {}
                }
            }
        }
    }

    /// Sends what there is of the log at hand, and goes over to the next one where that is done; `false` where nothing was new.
    async fn turn(&mut self) -> Result<bool, Failure> {
        let Some(mut log) = self.open()? else { return Ok(false) };
        let mut any = false;
        while self.stretch(&mut log.file, false).await? {
            any = true;
        }
        if any {
            (self.quiet, self.unread) = (0, 0);
            self.keep(log);
            return Ok(true);
        }
        // Nothing more here. Is there another log after it?
        let next = self.next(&mut log)?;
        if next.is_none() {
            self.stay(&log.file);
        }
        // A server writes to the old one until it has opened the new one: only what stays quiet is left.
        self.quiet += u32::from(next.is_some());
        let is_left = self.quiet >= QUIET || self.once || log.is_over;
        let next = next.filter(|_| is_left).map(|next| next.unpacked(0)).transpose();
        let Some(mut next) = self.readable(next)?.flatten() else {
            self.keep(log);
            return Ok(false);
        };
        (self.quiet, self.unread) = (0, 0);
        // Nobody writes its last line to an end any more.
        while self.stretch(&mut log.file, true).await? {}
        if let Some(place) = &mut self.place {
            place.pass(&mut log)?;
        }
        self.begin(&mut next.file, 0)?;
        self.keep(next);
        Ok(true)
    }

    /// Keeps the log at hand for the next look, where it was unpacked.
    fn keep(&mut self, log: Turned) {
        self.unpacked = Some(log).filter(Turned::is_unpacked);
    }

    /// What could be read; `None` where it is to be tried again, which is said now and then. Who does not wait fails.
    fn readable<T>(&mut self, read: io::Result<T>) -> Result<Option<T>, Failure> {
        match read {
            Ok(read) => Ok(Some(read)),
            Err(error) if self.once => Err(format!("{}: {error}; nothing was passed over", self.log.display()).into()),
            Err(error) => {
                if self.unread.is_multiple_of(AGAIN) {
                    eprintln!("{}: nothing is sent while a log cannot be read, and it is tried again: {error}", self.log.display());
                }
                self.unread += 1;
                Ok(None)
            }
        }
    }

    /// The log after the one at hand: the oldest that was turned over since, or else the one under the name, where that has begun.
    fn next(&mut self, log: &mut Turned) -> Result<Option<Turned>, Failure> {
        let Some(place) = &self.place else { return Ok(None) };
        let mut under = Turned::open(&self.log).ok();
        if let Some(under) = &mut under
            && inode(&under.file) == inode(&log.file)
            && (place.print.length == 0 || place.print.fits(&mut under.file))
        {
            return Ok(None);
        }
        let mut passed = place.passed.clone();
        passed.push(Passed::new(Print::of(&mut log.file, None)?, Some(log.written)));
        let after = turned::after(&self.log, log.written.min(self.kept_at()), &passed);
        let Some(after) = self.readable(after)? else { return Ok(None) };
        let begun = under.filter(|under| under.file.metadata().is_ok_and(|data| data.len() > 0));
        Ok(after.or(begun))
    }

    /// When it was last kept where we stand: what comes after that log was written later.
    fn kept_at(&self) -> SystemTime {
        fs::metadata(&self.state).and_then(|data| data.modified()).unwrap_or_else(|_| SystemTime::now())
    }

    /// Nothing was sent. Who does not wait hears of a line that is being written.
    fn stay(&self, file: &File) {
        let length = file.metadata().map_or(0, |data| data.len());
        let rest = self.place.as_ref().map_or(0, |place| length.saturating_sub(place.offset));
        if self.once && rest > 0 {
            eprintln!("{}: the last line, {rest} bytes, has no end yet and was not sent", self.log.display());
        }
    }

    /// The log at which we stand, be it called otherwise by now; the one under the name where we stand nowhere.
    fn open(&mut self) -> Result<Option<Turned>, Failure> {
        if let Some(log) = self.unpacked.take() {
            return Ok(Some(log));
        }
        if let Some(place) = self.place.clone() {
            if let Ok(mut log) = Turned::open(&self.log)
                && inode(&log.file) == place.inode
                && place.print.fits(&mut log.file)
                && log.file.metadata().is_ok_and(|data| data.len() >= place.offset)
            {
                return Ok(Some(log));
            }
            let Some(found) = self.readable(place.find(&self.log))? else { return Ok(None) };
            if let Some(mut log) = found {
                // One that was empty begins where its first lines are, whatever it is called by now.
                if place.print.length == 0 && log.file.metadata()?.len() > 0 {
                    self.begin(&mut log.file, 0)?;
                }
                return Ok(Some(log));
            }
            return self.instead(&place);
        }
        let found = Turned::open(&self.log);
        let length = match &found {
            Ok(log) => log.file.metadata()?.len(),
            Err(error) if error.kind() == ErrorKind::NotFound => 0,
            Err(_) => return Ok(None),
        };
        let number = found.as_ref().map_or(0, |log| inode(&log.file));
        let (Ok(mut log), 1..) = (found, length) else {
            // Its end is its beginning, also after a restart: what is written from now on is sent.
            if self.from_end {
                self.wait(number);
            }
            return Ok(None);
        };
        let offset = if self.from_end { whole_lines(&mut log.file)? } else { 0 };
        self.begin(&mut log.file, offset)?;
        Ok(Some(log))
    }

    /// What there is where the log at which we stood is gone: the oldest that was turned over since, or the one under the name.
    fn instead(&mut self, place: &Place) -> Result<Option<Turned>, Failure> {
        let mut passed = place.passed.clone();
        passed.push(Passed::new(place.print.clone(), None));
        let kept = self.kept_at();
        let since = turned::after(&self.log, place.since().map_or(kept, |since| since.min(kept)), &passed);
        let Some(since) = self.readable(since)? else { return Ok(None) };
        let Some(log) = since.or_else(|| Turned::open(&self.log).ok()) else { return Ok(None) };
        if log.file.metadata()?.len() == 0 {
            if place.print.length == 0 {
                self.wait(inode(&log.file));
            }
            return Ok(None);
        }
        let Some(mut log) = self.readable(log.unpacked(0))? else { return Ok(None) };
        // A log of which nothing was seen had not begun.
        if place.print != Print::default() {
            let (name, from) = (self.log.display(), place.offset);
            eprintln!("{name}: the log that was followed is gone; what was not sent of it, from byte {from} on, is lost");
        }
        self.begin(&mut log.file, 0)?;
        Ok(Some(log))
    }

    /// Logs that are not to be sent: those before the first that is followed, and all that are done with.
    fn passed(&self) -> Vec<Passed> {
        self.place.as_ref().map_or_else(|| turned::before(&self.log), |place| place.passed.clone())
    }

    /// Stands before a log that is empty, or not there: then it has no number.
    fn wait(&mut self, inode: u64) {
        let place = Place { inode, is_new: true, target: self.target.clone(), passed: self.passed(), ..Place::default() };
        if let Err(why) = place.write(&self.state) {
            eprintln!("{why}");
        }
        self.place = Some(place);
    }

    fn begin(&mut self, file: &mut File, offset: u64) -> Result<(), Failure> {
        let is_new = self.place.as_ref().is_none_or(|place| place.is_new);
        let (target, passed) = (self.target.clone(), self.passed());
        let place = Place { inode: inode(file), print: Print::of(file, None)?, offset, is_new, target, passed, ..Place::default() };
        place.write(&self.state)?;
        self.place = Some(place);
        Ok(())
    }

    /// Sends one stretch of whole lines, at last also what has no end; `false` where there is none.
    async fn stretch(&mut self, file: &mut File, at_last: bool) -> Result<bool, Failure> {
        // Of a log that was empty nothing is sent before it is known by what it begins with.
        let Some(mut place) = self.place.clone().filter(|place| place.print.length > 0) else { return Ok(false) };
        file.seek(SeekFrom::Start(place.offset))?;
        let mut bytes = Vec::new();
        let length = place.sending.map_or(STRETCH, |to| to.saturating_sub(place.offset));
        file.take(length).read_to_end(&mut bytes)?;
        if place.sending.is_none() {
            match bytes.iter().rposition(|byte| *byte == b'\n') {
                Some(last) => bytes.truncate(last + 1),
                // One line of such a length is none of ours: it is passed over.
                None if bytes.len() as u64 == STRETCH => {}
                None if at_last && !bytes.is_empty() => {}
                None => return Ok(false),
            }
        }
        let to = place.offset + bytes.len() as u64;
        let mut body = Vec::new();
        let mut strange = 0_u64;
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
            match self.reader.line(&String::from_utf8_lossy(line), &self.good) {
                Some(line) => {
                    body.extend_from_slice(line.as_bytes());
                    body.push(b'\n');
                }
                None => strange += 1,
            }
        }
        // What has no end at last is half a line: it says nothing of the format.
        let is_half = !bytes.ends_with(b"\n") && (at_last || place.sending.is_some());
        if strange > 0 && body.is_empty() && place.is_new && !is_half {
            // Of a log that is followed from its end the place is kept: its end will be another one by the next time.
            if !self.from_end {
                fs::remove_file(&self.state)?;
            }
            return Err(
                format!("none of the first {strange} lines is written in the format that was named; nothing was passed over").into()
            );
        }
        if place.sending.is_none() {
            (place.sending, place.by_bytes) = (Some(to), true);
            place.is_new &= body.is_empty();
            place.write(&self.state)?;
        }
        if strange > 0 {
            eprintln!("{strange} lines up to byte {to} are not written in the format that was named, and were left out");
        }
        if !body.is_empty() {
            let key = if place.by_bytes { place.print.key(place.offset, &bytes) } else { place.print.bare_key(place.offset, &bytes) };
            match self.poster.post(&key, body).await? {
                Posted::Counted(counted) => {
                    for (_, error) in counted.errors.iter().take(3) {
                        eprintln!("refused: {error}");
                    }
                    if counted.refused > 0 {
                        eprintln!("{} of {} lines up to byte {to} were refused", counted.refused, counted.refused + counted.accepted);
                    }
                }
                // The same bytes of the log, read otherwise: with options of before, by another version. They count once.
                Posted::Otherwise => eprintln!("the lines up to byte {to} were counted before, as they were read then"),
            }
        }
        (place.offset, place.sending) = (to, None);
        place.write(&self.state)?;
        self.place = Some(place);
        Ok(true)
    }
}
