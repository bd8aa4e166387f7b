//! `evenkeel import transactions FILE`: a file of NDJSON or CSV in batches, each under a key that its place and content make: the same
//! file again counts once.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use clap::Args;
use domain::{
    Actor,
    streams::{ColumnMap, content_key},
    transactions::{Batch, LineProblem},
};

use super::{
    Failure, ground,
    post::{Counted, Portal},
    told,
};
use crate::settings::Settings;

/// Lines of one batch; never altered, for keys stand for batches.
const LINES: usize = 5_000;
/// Refused lines of a batch that are told.
pub(super) const TOLD: usize = 10;
/// Bytes of one line.
const LONGEST: u64 = 1 << 20;

/// With `--url` and `--token` to a portal elsewhere; else into the database of the settings, which no portal may be serving.
#[derive(Args)]
pub(super) struct Transactions {
    /// NDJSON, or CSV (`.csv`, `.tsv`) with a header whose columns are the fields, either packed too (`.gz`, `.zst`); `-` for NDJSON on
    /// standard input.
    file: PathBuf,
    /// A column (or field) and what it holds: `Bank=link`, `Result=code`; time, code, success, latency, amount, currency, id, or the key of a
    /// dimension. Of a time also how it is written: `When=time:local:Asia/Shanghai`, `at=time:epoch-s`. May be repeated; needs --stream.
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
            Self::There(poster) => poster.post(&key, body).await,
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
    let way = if command.portal.url.is_some() {
        Way::There(command.portal.poster(&pairs)?)
    } else {
        let columns = (!columns.is_empty()).then(|| Box::new(columns));
        Way::Here(Box::new(ground::open(settings, false).await?), command.portal.stream.clone(), columns)
    };
    let of = command.portal.stream.as_deref().unwrap_or_default();
    let (mut number, mut accepted, mut refused, mut again) = (0_u64, 0, 0, 0);
    let mut lines = lines_of(&command.file)?;
    loop {
        let mut body = Vec::new();
        let mut numbers = Vec::new();
        while numbers.len() < LINES {
            let Some(line) = lines.next() else { break };
            let (place, line) = line?;
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
            let place = usize::try_from(*line).ok().and_then(|line| numbers.get(line.wrapping_sub(1))).copied().unwrap_or(*line);
            eprintln!("line {place}: {error}");
        }
        if counted.replayed {
            again += counted.accepted;
        } else {
            accepted += counted.accepted;
        }
        refused += counted.refused;
        number += 1;
    }
    println!("{accepted} counted, {again} counted before, {refused} refused, {number} batches");
    Ok(())
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

/// Lines with their number in the file; of a table the line in which a row begins.
type Lines = Box<dyn Iterator<Item = Result<(u64, String), Failure>>>;

/// The lines of a file as NDJSON, read as they are asked for.
fn lines_of(path: &Path) -> Result<Lines, Failure> {
    let says = |error: std::io::Error| Failure(format!("{}: {error}", path.display()));
    if path.as_os_str() == "-" {
        return Ok(Box::new(ndjson(BufReader::new(std::io::stdin()))));
    }
    let file = File::open(path).map_err(says)?;
    let name = path.to_string_lossy().to_ascii_lowercase();
    let (name, file): (_, Box<dyn Read>) = match name.rsplit_once('.') {
        Some((name, "gz")) => (name, Box::new(flate2::read::MultiGzDecoder::new(file))),
        Some((name, "zst")) => (name, Box::new(zstd::stream::read::Decoder::new(file).map_err(says)?)),
        _ => (name.as_str(), Box::new(file)),
    };
    match name.rsplit_once('.') {
        Some((_, "csv")) => Ok(Box::new(table(file, b',')?)),
        Some((_, "tsv")) => Ok(Box::new(table(file, b'\t')?)),
        _ => Ok(Box::new(ndjson(BufReader::new(file)))),
    }
}

fn ndjson(mut from: impl BufRead + 'static) -> impl Iterator<Item = Result<(u64, String), Failure>> {
    let mut number = 0;
    std::iter::from_fn(move || {
        loop {
            let mut line = Vec::new();
            number += 1;
            match from.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
                Ok(0) => return None,
                Ok(_) => {
                    let line = String::from_utf8_lossy(&line).trim().to_owned();
                    if !line.is_empty() {
                        return Some(Ok((number, line)));
                    }
                }
                Err(error) => return Some(Err(error.into())),
            }
        }
    })
}

fn table(file: impl Read + 'static, delimiter: u8) -> Result<impl Iterator<Item = Result<(u64, String), Failure>>, Failure> {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(file);
    let header: Vec<String> = reader.headers()?.iter().map(|name| name.trim().trim_start_matches('\u{feff}').to_owned()).collect();
    Ok(reader.into_records().map(move |record| -> Result<(u64, String), Failure> {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        let object: serde_json::Map<String, serde_json::Value> = header
            .iter()
            .zip(record.iter())
            .filter(|(name, value)| !name.is_empty() && !value.trim().is_empty())
            .map(|(name, value)| (name.clone(), value.trim().into()))
            .collect();
        Ok((line, serde_json::Value::Object(object).to_string()))
    }))
}
