//! `evenkeel import transactions FILE`: a file of NDJSON, of an array or of CSV in batches, each under a key that its place and content
//! make: the same file again counts once.

mod file;

use std::path::PathBuf;

use clap::Args;
use domain::{
    Actor,
    streams::{ColumnMap, Passed, content_key},
    transactions::{Batch, LineProblem},
};

use super::{
    Failure, ground,
    post::{Counted, Portal, Posted},
    told,
};
use crate::settings::Settings;

/// Lines of one batch; never altered, for keys stand for batches.
const LINES: usize = 5_000;
/// Refused lines of a batch that are told.
pub(super) const TOLD: usize = 10;

/// With `--url` and `--token` to a portal elsewhere; else into the database of the settings, which no portal may be serving. The same file
/// again counts nothing twice as long as counts by day are kept. Ends with 1 where anything was refused.
#[derive(Args)]
pub(super) struct Transactions {
    /// NDJSON or a JSON array, or CSV (`.csv`, `.tsv`) with a header whose columns are the fields, parted by comma, semicolon, tab or bar,
    /// either packed too (`.gz`, `.zst`); `-` for standard input.
    file: PathBuf,
    /// What parts the cells of CSV: comma, semicolon, tab, bar, or another sign; where it is not said, what the header has most of. With it
    /// the file is CSV whatever its name, and so is standard input.
    #[arg(long, value_name = "SIGN", value_parser = delimiter)]
    delimiter: Option<u8>,
    /// The line in which the header of CSV stands, from 1; where it is not said, lines before it are seen by their cells.
    #[arg(long, value_name = "N", value_parser = header_line)]
    header_line: Option<usize>,
    /// A column (or field) and what it holds: `Bank=link`, `Result=code`; time, code, success, latency, amount, currency, id, or the key of a
    /// dimension. Of a time also how it is written: `When=time:local:Asia/Shanghai`, `at=time:epoch-s`, of a latency and
    /// an amount in which unit: `took=latency:ns`, `Sum=amount:major-comma`. A day and a time of day in two columns of CSV are one:
    /// `Date+Time=time`. May be repeated; needs --stream.
    #[arg(long, value_name = "COLUMN=WHAT", requires = "stream")]
    map: Vec<String>,
    /// The same from a file, one a line; what follows # is passed over.
    #[arg(long, value_name = "FILE", requires = "stream")]
    map_file: Option<PathBuf>,
    #[command(flatten)]
    portal: Portal,
}

/// Where batches go.
enum Way {
    There(super::post::Poster),
    Here(Box<ground::Ground>, Option<String>, Option<Box<ColumnMap>>),
}

impl Way {
    async fn post(&self, key: String, body: Vec<u8>) -> Result<Counted, Failure> {
        match self {
            Self::There(poster) => match poster.post(&key, body).await? {
                Posted::Counted(counted) => Ok(counted),
                // Their content is in their key.
                Posted::Otherwise => Err("the portal says that it counted another batch under the key of this one".into()),
            },
            Self::Here(ground, stream, columns) => {
                let columns = columns.clone();
                let batch = Batch { body, key: Some(key), stream_name: stream.clone(), columns, ..Batch::default() };
                let receipt = ground.house.portal.transactions.ingest(&Actor::engine("command line"), batch).await.map_err(told)?;
                let says = |line: &LineProblem| {
                    let problems: Vec<String> =
                        line.problems.iter().map(|p| format!("{} {:?} ({})", p.field, p.value, p.expected.key)).collect();
                    (line.line, problems.join(", "))
                };
                Ok(Counted {
                    accepted: receipt.accepted,
                    refused: receipt.refused,
                    replayed: receipt.replayed,
                    errors: receipt.problems.iter().take(TOLD).map(says).collect(),
                })
            }
        }
    }
}

pub(super) async fn import(settings: &Settings, command: &Transactions) -> Result<(), Failure> {
    let pairs = pairs_of(command)?;
    let columns = ColumnMap::parse(pairs.iter().map(String::as_str)).map_err(|fault| {
        let given = fault.problems().first().map(|problem| problem.value.clone()).unwrap_or_default();
        Failure(format!("{given:?} does not say what a column holds; --map takes COLUMN=WHAT, such as Bank=link"))
    })?;
    let said = file::Said { delimiter: command.delimiter, header: command.header_line, joins: columns.joins() };
    let way = if command.portal.url.is_some() {
        Way::There(command.portal.poster(&settings.egress, &pairs)?)
    } else {
        let columns = (!columns.is_empty()).then(|| Box::new(columns));
        Way::Here(Box::new(ground::open(settings, false).await?), command.portal.stream.clone(), columns)
    };
    let of = command.portal.stream.as_deref().unwrap_or_default();
    let (mut number, mut accepted, mut refused, mut again) = (0_u64, 0, 0, 0);
    let (noun, mut lines) = file::lines_of(&command.file, said)?;
    let mut passed = Passed::default();
    loop {
        let mut body = Vec::new();
        let mut numbers = Vec::new();
        while numbers.len() < LINES {
            let Some(line) = lines.next() else { break };
            let (place, line) = line?;
            if line.is_empty() {
                passed.add(place);
                continue;
            }
            body.extend_from_slice(line.as_bytes());
            body.push(b'\n');
            numbers.push(place);
        }
        if numbers.is_empty() {
            break;
        }
        // The place is part of it: a file may hold the same lines twice.
        let key = content_key("import", &[of.as_bytes(), pairs.join("\n").as_bytes(), &number.to_le_bytes(), &body].concat());
        let counted = way.post(key, body).await?;
        for (line, error) in &counted.errors {
            match usize::try_from(*line).ok().and_then(|line| numbers.get(line.wrapping_sub(1))) {
                Some(place) => eprintln!("{noun} {place}: {error}"),
                // It is wrong with all of them.
                None => eprintln!("{error}"),
            }
        }
        if counted.replayed {
            again += counted.accepted;
        } else {
            accepted += counted.accepted;
        }
        refused += counted.refused;
        number += 1;
    }
    if !passed.is_empty() {
        eprintln!("lines {passed} hold no rows and were passed over");
    }
    println!("{accepted} counted, {again} counted before, {refused} refused, {number} batches");
    if accepted > 0 {
        eprintln!("the same file again counts nothing twice, as long as the portal keeps counts by day");
    }
    match refused {
        0 => Ok(()),
        _ => Err(format!("{refused} of {} {noun}s were refused", accepted + again + refused).into()),
    }
}

/// The number of a line.
fn header_line(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|line| *line > 0).ok_or_else(|| "expected the number of a line, from 1".to_owned())
}

/// The sign that parts cells, by its name or as it is.
fn delimiter(text: &str) -> Result<u8, String> {
    match (text, text.as_bytes()) {
        ("comma", _) => Ok(b','),
        ("semicolon", _) => Ok(b';'),
        ("tab" | "\\t", _) => Ok(b'\t'),
        ("bar" | "pipe", _) => Ok(b'|'),
        (_, [sign]) if *sign == b'\t' || (sign.is_ascii_punctuation() && *sign != b'"') => Ok(*sign),
        _ => Err("expected comma, semicolon, tab, bar, or a sign such as ^".to_owned()),
    }
}

/// What columns hold, as the command line and its file say.
fn pairs_of(command: &Transactions) -> Result<Vec<String>, Failure> {
    let mut pairs = command.map.clone();
    if let Some(path) = &command.map_file {
        let text = std::fs::read_to_string(path).map_err(|error| Failure(format!("{}: {error}", path.display())))?;
        let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
        pairs.extend(lines.filter(|line| !line.is_empty()).map(str::to_owned));
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::delimiter;

    #[test]
    fn signs_are_named_or_given() {
        for (text, sign) in [("tab", b'\t'), ("\\t", b'\t'), ("\t", b'\t'), (";", b';'), ("semicolon", b';'), ("pipe", b'|'), ("^", b'^')] {
            assert_eq!(delimiter(text), Ok(sign), "{text:?}");
        }
        for wrong in ["", "\"", "x", "\n", ";;", "、"] {
            assert!(delimiter(wrong).is_err(), "{wrong:?}");
        }
    }
}
