//! Commands that look at one file after the other: in order, side by side, and each with the time that it took.

use std::{
    io::Write as _,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
};

use clap::{Args, ValueEnum};
use domain::{
    series::{Series, read},
    streams::{Head, decoded, unwrapped},
    text::is_grouped,
};
use rustix::time::{ClockId, Timespec, clock_gettime};
use serde_json::json;

use super::Failure;

// Not a doc comment: it would stand for the commands that take it.
#[derive(Args, Clone, Copy)]
pub(super) struct Threads {
    /// Files looked at side by side, each on one thread: a single file takes one, however large it is.
    #[arg(long, default_value = "1", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
}

// Not a doc comment, as above.
#[derive(Args)]
pub(super) struct Columns {
    /// The column of values by its name, or its number from 1; needed where several hold numbers and none is called value.
    #[arg(long, value_name = "COLUMN")]
    column: Option<String>,
    /// The columns that tell several series apart, by name or number, e.g. link,channel; else they are found.
    #[arg(long, value_delimiter = ',', value_name = "COLUMN")]
    series: Vec<String>,
}

/// Answers go out in the order of the files, each as soon as it is known; where a file does not read `unread` says so, of its name and why.
/// Fails after the last one then.
pub(super) fn each(
    files: &[PathBuf],
    side: Threads,
    look: impl Fn(&Path) -> Result<String, String> + Sync,
    unread: impl Fn(&str, &str) -> String + Sync,
) -> Result<(), Failure> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::sync_channel::<(usize, Result<String, String>)>(64);
    let sender = Mutex::new(sender);
    std::thread::scope(|scope| {
        for _ in 0..side.threads {
            let own = sender.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let (next, look, unread) = (&next, &look, &unread);
            scope.spawn(move || {
                while let Some((at, file)) = Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, files.get(at)?))) {
                    if own.send((at, answer(file, look, unread))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        tell(receiver)
    })
}

/// What is said of one file. One on which the search itself fails takes no others with it.
fn answer(file: &Path, look: impl Fn(&Path) -> Result<String, String>, unread: impl Fn(&str, &str) -> String) -> Result<String, String> {
    let said = catch_unwind(AssertUnwindSafe(|| look(file))).unwrap_or_else(|_| Err("evenkeel itself failed on it".to_owned()));
    said.map_err(|why| unread(&file.display().to_string(), &why))
}

/// The line of JSON of a file that does not read.
pub(super) fn unread(file: &str, why: &str) -> String {
    json!({ "file": file, "error": why }).to_string()
}

fn tell(receiver: mpsc::Receiver<(usize, Result<String, String>)>) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let mut waiting = std::collections::BTreeMap::new();
    let (mut due, mut unread) = (0, 0);
    for (at, answer) in receiver {
        waiting.insert(at, answer);
        while let Some(answer) = waiting.remove(&due) {
            due += 1;
            unread += usize::from(answer.is_err());
            let (Ok(line) | Err(line)) = answer;
            writeln!(out, "{line}")?;
        }
        out.flush()?;
    }
    if unread > 0 { Err(format!("{unread} of {due} files did not read").into()) } else { Ok(()) }
}

/// The time of the processor that this thread has used.
pub(super) struct Stopwatch(Timespec);

impl Stopwatch {
    pub(super) fn start() -> Self {
        Self(clock_gettime(ClockId::ThreadCPUTime))
    }

    /// Milliseconds, to the microsecond.
    pub(super) fn ms(&self) -> f64 {
        let now = clock_gettime(ClockId::ThreadCPUTime);
        let ns = (now.tv_sec - self.0.tv_sec) * 1_000_000_000 + (now.tv_nsec - self.0.tv_nsec);
        #[expect(clippy::cast_precision_loss, reason = "a search does not take a month")]
        let ms = (ns as f64 / 1e3).round() / 1e3;
        ms
    }
}

/// How a judgement is said.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// The rows of a CSV file, parted as its first line says. Where the comma parts, numbers in quotes lose those of their thousands.
pub(super) fn rows(file: &Path) -> Result<Vec<Vec<String>>, String> {
    let (mark, mut rows) = cells(file, Some(b'#'))?;
    if mark == b',' {
        rows.iter_mut().flatten().for_each(without_thousands);
    }
    Ok(rows)
}

/// The same of a table without comments, whose header says which of its columns are figures: only those lose commas. What the
/// others hold are names, be they written as a number is.
pub(super) fn table_of(file: &Path, figures: fn(&[String]) -> Vec<usize>) -> Result<Vec<Vec<String>>, String> {
    let (mark, mut rows) = cells(file, None)?;
    let columns = match rows.first() {
        Some(header) if mark == b',' => figures(header),
        _ => Vec::new(),
    };
    for row in &mut rows {
        row.iter_mut().enumerate().filter(|(at, _)| columns.contains(at)).for_each(|(_, cell)| without_thousands(cell));
    }
    Ok(rows)
}

/// What parts the cells of a file, and its rows as they stand; what begins with the sign is a comment.
fn cells(file: &Path, comment: Option<u8>) -> Result<(u8, Vec<Vec<String>>), String> {
    let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
    let whole = decoded(&bytes);
    if !is_text(&whole) {
        return Err("this is no text".to_owned());
    }
    let head =
        Head::of(whole.split('\n').enumerate().filter(|(_, line)| comment.is_none_or(|sign| line.bytes().next() != Some(sign))), None);
    let (_, table) = head.parted(&whole);
    let mark = u8::try_from(head.separator).unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(mark).comment(comment).from_reader(table.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        rows.push(record.iter().map(|cell| unwrapped(cell).to_owned()).collect());
    }
    Ok((mark, rows))
}

/// Takes the commas out of a number such as `1,234`, also with a unit behind it: `1,234 ms`.
fn without_thousands(cell: &mut String) {
    let end = cell.rfind(|letter: char| letter.is_ascii_digit()).map_or(0, |at| at + 1);
    if is_grouped(&cell[..end]) && !cell[end..].contains(',') {
        cell.retain(|letter| letter != ',');
    }
}

/// Whether this is somebody's text: signs that nobody types give others away.
fn is_text(whole: &str) -> bool {
    whole.bytes().all(|byte| !byte.is_ascii_control() || matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1a))
}

/// The same; what is wrong begins with the name of the file.
pub(super) fn rows_of(file: &Path) -> Result<Vec<Vec<String>>, String> {
    rows(file).map_err(|why| format!("{}: {why}", file.display()))
}

/// The series of a file.
pub(super) fn series(file: &Path, columns: &Columns) -> Result<Vec<Series>, String> {
    read(&rows(file)?, columns.column.as_deref(), &columns.series).map_err(|wrong| wrong.to_string())
}

/// The same with the rows in the order of time; whether those of each were in another.
pub(super) fn series_in_order(file: &Path, columns: &Columns) -> Result<Vec<(Series, bool)>, String> {
    let all = series(file, columns)?.into_iter().map(|one| one.in_order().map_err(|wrong| wrong.to_string()));
    all.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_other_encodings_stay_apart() {
        let file = std::env::temp_dir().join(format!("evenkeel-cells-{}.csv", std::process::id()));
        let utf_16: Vec<u8> = std::iter::once(0xfeff).chain("a, 支付 \n".encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let cells: [(&[u8], &str); 4] = [
            ("a, 支付 \n".as_bytes(), "支付"),
            (b"a, \xd6\xa7\xb8\xb6 \nb,\xca\xd5\xbf\xee\n", "支付"),
            (b"a,Z\xfcrich\n", "Zürich"),
            (&utf_16, "支付"),
        ];
        for (bytes, text) in cells {
            std::fs::write(&file, bytes).unwrap();
            assert_eq!(rows(&file).unwrap()[0], ["a", text]);
        }
        std::fs::remove_file(file).unwrap();
    }

    #[test]
    fn lines_before_the_header_are_passed_over() {
        let file = std::env::temp_dir().join(format!("evenkeel-head-{}.csv", std::process::id()));
        std::fs::write(&file, "# a comment\nReport of a\n\nday;total\n=\"2025-11-28\";5\n2025-11-29;6\n").unwrap();
        assert_eq!(rows(&file).unwrap(), [["day", "total"], ["2025-11-28", "5"], ["2025-11-29", "6"]]);
        std::fs::remove_file(file).unwrap();
    }

    #[test]
    fn a_file_that_the_search_fails_on_has_its_line() {
        let look = |file: &Path| if file.ends_with("bad") { panic!("a fault") } else { Ok(file.display().to_string()) };
        let said = ["fine", "bad", "well"].map(|file| answer(Path::new(file), look, unread));
        assert_eq!((&said[0], &said[2]), (&Ok("fine".to_owned()), &Ok("well".to_owned())));
        assert_eq!(said[1], Err(r#"{"error":"evenkeel itself failed on it","file":"bad"}"#.to_owned()));
    }
}
