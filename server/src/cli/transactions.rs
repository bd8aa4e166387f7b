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
    streams::content_key,
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
/// Bytes of one line.
const LONGEST: u64 = 1 << 20;

/// With `--url` and `--token` to a portal elsewhere; else into the database of the settings, which no portal may be serving.
#[derive(Args)]
pub(super) struct Transactions {
    /// NDJSON, or CSV (`.csv`, `.tsv`) with a header whose columns are the fields, either packed too (`.gz`, `.zst`); `-` for NDJSON on
    /// standard input.
    file: PathBuf,
    #[command(flatten)]
    portal: Portal,
}

/// Where batches go.
enum Way {
    There(super::post::Poster),
    Here(Box<ground::Ground>, Option<String>),
}

impl Way {
    async fn post(&self, key: String, body: Vec<u8>) -> Result<Counted, Failure> {
        match self {
            Self::There(poster) => poster.post(&key, body).await,
            Self::Here(ground, stream) => {
                let batch = Batch { body, key: Some(key), stream_name: stream.clone(), ..Batch::default() };
                let receipt = ground.house.portal.transactions.ingest(&Actor::engine("command line"), batch).await.map_err(told)?;
                let says = |line: &LineProblem| {
                    let problems: Vec<String> =
                        line.problems.iter().map(|p| format!("{} {:?} ({})", p.field, p.value, p.expected.key)).collect();
                    format!("line {} of the batch: {}", line.line, problems.join(", "))
                };
                Ok(Counted {
                    accepted: receipt.accepted,
                    refused: receipt.refused,
                    replayed: receipt.replayed,
                    errors: receipt.problems.iter().take(3).map(says).collect(),
                })
            }
        }
    }
}

pub(super) async fn import(settings: &Settings, command: &Transactions) -> Result<(), Failure> {
    let way = if command.portal.url.is_some() {
        Way::There(command.portal.poster()?)
    } else {
        Way::Here(Box::new(ground::open(settings, false).await?), command.portal.stream.clone())
    };
    let of = command.portal.stream.as_deref().unwrap_or_default();
    let (mut number, mut accepted, mut refused, mut again) = (0_u64, 0, 0, 0);
    let mut lines = lines_of(&command.file)?;
    loop {
        let mut body = Vec::new();
        let mut count = 0;
        while count < LINES {
            let Some(line) = lines.next() else { break };
            body.extend_from_slice(line?.as_bytes());
            body.push(b'\n');
            count += 1;
        }
        if count == 0 {
            break;
        }
        // The place is part of it: a file may hold the same lines twice.
        let key = content_key("import", &[of.as_bytes(), &number.to_le_bytes(), &body].concat());
        let counted = way.post(key, body).await?;
        for error in &counted.errors {
            eprintln!("batch {}: {error}", number + 1);
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

type Lines = Box<dyn Iterator<Item = Result<String, Failure>>>;

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

fn ndjson(mut from: impl BufRead + 'static) -> impl Iterator<Item = Result<String, Failure>> {
    std::iter::from_fn(move || {
        loop {
            let mut line = Vec::new();
            match from.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
                Ok(0) => return None,
                Ok(_) => {
                    let line = String::from_utf8_lossy(&line).trim().to_owned();
                    if !line.is_empty() {
                        return Some(Ok(line));
                    }
                }
                Err(error) => return Some(Err(error.into())),
            }
        }
    })
}

fn table(file: impl Read + 'static, delimiter: u8) -> Result<impl Iterator<Item = Result<String, Failure>>, Failure> {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(file);
    let header: Vec<String> = reader.headers()?.iter().map(|name| name.trim().trim_start_matches('\u{feff}').to_owned()).collect();
    Ok(reader.into_records().map(move |record| -> Result<String, Failure> {
        let record = record?;
        let object: serde_json::Map<String, serde_json::Value> = header
            .iter()
            .zip(record.iter())
            .filter(|(name, value)| !name.is_empty() && !value.trim().is_empty())
            .map(|(name, value)| (name.clone(), value.trim().into()))
            .collect();
        Ok(serde_json::Value::Object(object).to_string())
    }))
}
