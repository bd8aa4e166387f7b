//! What lines are held against: which streams there are, where their fields stand, and everything that can be wrong with them.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use foldhash::fast::RandomState;
use jiff::tz::TimeZone;

use super::{
    names::{CODE_AT, CURRENCY_AT, FIXED, LocalNames},
    record::{Line, Scalar},
    roll::Row,
    samples::Samples,
    sketch::bin_of,
    values::{read_amount, read_code, read_currency, read_failed, read_latency, read_time, read_value},
};
use crate::{
    Problem, Timestamp, Wording,
    streams::{AmountUnit, Dims, LatencyUnit, Layout, TimeFormat},
    time::{MINUTE, zone},
};

/// The number of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FieldId(pub(super) u16);

const SYSTEM: FieldId = FieldId(1);
const STREAM: FieldId = FieldId(11);

/// The fields that are wanted: the usual ones, and those that some stream names.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields {
    others: HashMap<String, u16, RandomState>,
    /// What other fields lie within.
    within: HashSet<String, RandomState>,
}

impl Fields {
    /// Fields with a usual name.
    pub(super) const USUAL: usize = 12;

    fn usual(name: &str) -> Option<u16> {
        Some(match name {
            "time" => 0,
            "system" => 1,
            "link" => 2,
            "merchant" => 3,
            "channel" => 4,
            "code" => 5,
            "success" => 6,
            "latency_ms" => 7,
            "amount" => 8,
            "currency" => 9,
            "id" => 10,
            "stream" => 11,
            _ => return None,
        })
    }

    pub(super) fn find(&self, path: &str) -> Option<FieldId> {
        Self::usual(path).or_else(|| if self.others.is_empty() { None } else { self.others.get(path).copied() }).map(FieldId)
    }

    pub(super) fn has_within(&self, path: &str) -> bool {
        !self.within.is_empty() && self.within.contains(path)
    }

    /// The number of a field; a new one where nobody wanted it so far.
    fn want(&mut self, path: &str) -> FieldId {
        if let Some(id) = self.find(path) {
            return id;
        }
        let id = u16::try_from(Self::USUAL + self.others.len()).unwrap_or(u16::MAX);
        self.others.insert(path.to_owned(), id);
        for (at, _) in path.match_indices('.') {
            self.within.insert(path[..at].to_owned());
        }
        FieldId(id)
    }
}

/// A field by its number and its name.
#[derive(Debug, Clone)]
struct Column {
    id: FieldId,
    name: String,
}

/// Where the fields of a stream's lines stand.
#[derive(Debug, Clone)]
struct Columns {
    time: Column,
    code: Column,
    success: Column,
    latency: Column,
    amount: Column,
    currency: Column,
    id: FieldId,
    /// With the place of the dimension.
    dimensions: Vec<(usize, Column)>,
}

impl Columns {
    fn of(layout: &Layout, fields: &mut Fields) -> Self {
        let mut column = |name: &str, usual: &str| {
            let name = if name.is_empty() { usual } else { name };
            Column { id: fields.want(name), name: name.to_owned() }
        };
        let mapping = &layout.mapping;
        Self {
            time: column(&mapping.time, "time"),
            code: column(&mapping.code, "code"),
            success: column(&mapping.success, "success"),
            latency: column(&mapping.latency, "latency_ms"),
            amount: column(&mapping.amount, "amount"),
            currency: column(&mapping.currency, "currency"),
            id: column(&mapping.id, "id").id,
            dimensions: layout.dimensions.iter().map(|dimension| (dimension.at(), column(dimension.source(), ""))).collect(),
        }
    }
}

/// A stream within the sender's reach.
#[derive(Debug, Clone)]
pub struct Target {
    /// What lines call it: `system/key`, or the key of the system.
    pub name: String,
    /// How it is read.
    pub layout: Layout,
    /// Whether the sender may post to it; else it may only be seen.
    pub open: bool,
    /// The oldest time that is still kept.
    pub oldest: Timestamp,
}

/// A target with the numbers of its fields.
#[derive(Debug, Clone)]
struct Taking {
    target: Target,
    columns: Columns,
    /// That of its wall times.
    zone: Option<TimeZone>,
}

/// What lines are held against.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The present moment.
    pub now: Timestamp,
    /// The newest time that is believed; beyond it the sender's clock is wrong.
    newest: Timestamp,
    /// Codes that mean success where a stream says nothing else.
    success_codes: Vec<String>,
    takings: Vec<Taking>,
    by_name: HashMap<String, usize>,
    /// Systems with more than their usual stream.
    several: HashSet<String>,
    /// The stream that all lines are of, whatever they say themselves.
    only: Option<usize>,
    /// Where fields stand of which nobody knows the stream.
    unknown: Columns,
    pub(super) fields: Fields,
}

impl Rules {
    /// Rules over the streams within a sender's reach. With `only` (its place in the list) all lines are of that stream.
    pub fn new((now, newest): (Timestamp, Timestamp), success_codes: Vec<String>, targets: Vec<Target>, only: Option<usize>) -> Self {
        let mut fields = Fields::default();
        let usual = targets.first().map(|target| Layout::usual(&target.layout.system));
        let unknown = Columns::of(&usual.unwrap_or_else(nobody), &mut fields);
        let by_name = targets.iter().enumerate().map(|(at, target)| (target.name.clone(), at)).collect();
        let several = targets.iter().filter_map(|target| Some(target.name.split_once('/')?.0.to_owned())).collect();
        // Of others, nothing is wanted.
        let wanted = |at: usize| only.is_none_or(|only| only == at);
        let takings = targets.into_iter().enumerate().map(|(at, target)| {
            let columns = if wanted(at) { Columns::of(&target.layout, &mut fields) } else { unknown.clone() };
            let mapping = &target.layout.mapping;
            let zone = if mapping.time_format.is_local() { zone(&mapping.time_zone) } else { None };
            Taking { target, columns, zone }
        });
        let takings = takings.collect();
        Self { now, newest, success_codes, takings, by_name, several, only, unknown, fields }
    }

    fn columns(&self, at: Option<usize>) -> &Columns {
        at.and_then(|at| self.takings.get(at)).map_or(&self.unknown, |taking| &taking.columns)
    }

    /// The stream that a line is of.
    fn stream(&self, line: &Line<'_>) -> Result<usize, Problem> {
        if let Some(only) = self.only {
            return match self.takings.get(only) {
                Some(taking) if taking.target.open => Ok(only),
                _ => Err(Problem::new("stream", "", Wording::new("expect-transaction-system-open"))),
            };
        }
        let (system, stream) = (line.get(SYSTEM), line.get(STREAM));
        let named = match (system, stream) {
            (Scalar::Null, Scalar::Text(stream)) => ("stream", stream.trim().to_owned()),
            (Scalar::Text(system), Scalar::Text(stream)) if self.several.contains(system.trim()) && !stream.trim().is_empty() => {
                let (system, stream) = (system.trim(), stream.trim());
                let whole = stream == system || stream.strip_prefix(system).is_some_and(|rest| rest.starts_with('/'));
                ("stream", if whole { stream.to_owned() } else { format!("{system}/{stream}") })
            }
            (Scalar::Text(system), _) => return self.found("system", system.trim(), system),
            _ => return Err(Problem::new("system", system.shown(), Wording::new("expect-transaction-system"))),
        };
        self.found(named.0, &named.1, &stream.shown())
    }

    fn found(&self, field: &str, name: &str, given: &str) -> Result<usize, Problem> {
        let expected = match self.by_name.get(name).and_then(|at| Some((*at, self.takings.get(*at)?))) {
            Some((at, taking)) if taking.target.open => return Ok(at),
            Some(_) => "expect-transaction-system-open",
            None if field == "stream" => "expect-transaction-stream",
            None => "expect-transaction-system",
        };
        Err(Problem::new(field, given, Wording::new(expected)))
    }

    /// The line's own id, for its problems.
    pub(super) fn own_id(&self, line: &Line<'_>) -> Option<String> {
        line.own_id(self.columns(self.stream(line).ok()).id)
    }

    /// Holds a line against the rules: a row, or everything that is wrong.
    pub(super) fn read(&self, line: &Line<'_>, names: &mut LocalNames, samples: &mut Samples) -> Result<Row, Vec<Problem>> {
        if !line.object {
            return Err(vec![Problem::new("", "", Wording::new("expect-transaction-object"))]);
        }
        let stream = self.stream(line);
        let taking = stream.as_ref().ok().and_then(|at| self.takings.get(*at));
        let columns = taking.map_or(&self.unknown, |taking| &taking.columns);
        let target = taking.map(|taking| &taking.target);
        let mapping = target.map(|target| &target.layout.mapping);
        let mut bad = Vec::new();
        let note_time = |bad: &mut Vec<Problem>| {
            let format = mapping.map_or(TimeFormat::Auto, |mapping| mapping.time_format);
            let oldest = target.map_or(Timestamp(i64::MIN), |target| target.oldest);
            let given = line.get(columns.time.id);
            let zone = taking.and_then(|taking| taking.zone.as_ref());
            note(bad, &columns.time.name, given, read_time(given, (format, zone), self.newest, oldest))
        };
        let time = note_time(&mut bad);
        if let Err(problem) = stream {
            bad.push(problem);
        }
        let mut texts: [Option<Cow<'_, str>>; crate::streams::PLACES] = Default::default();
        for (place, column) in &columns.dimensions {
            let given = line.get(column.id);
            texts[*place] = note(&mut bad, &column.name, given, read_value(given));
        }
        let given = line.get(columns.code.id);
        let code = note(&mut bad, &columns.code.name, given, read_code(given));
        let good = target.map(|target| &target.layout.success_codes).filter(|codes| !codes.is_empty()).unwrap_or(&self.success_codes);
        let given = line.get(columns.success.id);
        let failed = note(&mut bad, &columns.success.name, given, read_failed(given, code.as_deref(), good));
        let given = line.get(columns.latency.id);
        let unit = mapping.map_or(LatencyUnit::Millis, |mapping| mapping.latency_unit);
        let latency = note(&mut bad, &columns.latency.name, given, read_latency(given, unit));
        let given = line.get(columns.currency.id);
        let usual = target.map_or("", |target| target.layout.currency.as_str());
        let currency = note(&mut bad, &columns.currency.name, given, read_currency(given, usual));
        let given = line.get(columns.amount.id);
        let unit = mapping.map_or(AmountUnit::Usual, |mapping| mapping.amount_unit);
        let amount = note(&mut bad, &columns.amount.name, given, read_amount(given, currency.as_deref().unwrap_or_default(), unit));
        let (Some(time), Some(target), Some(failed), Some(latency), Some(amount), true) =
            (time, target, failed, latency, amount, bad.is_empty())
        else {
            return Err(bad);
        };
        let number = names.stream(&target.layout);
        let Some(local) = names.stream_mut(number) else { return Err(bad) };
        local.accepted += 1;
        local.seen = Some(local.seen.map_or((time, time), |(oldest, newest)| (oldest.min(time), newest.max(time))));
        let (places, wide) = (local.places, local.wide);
        let mut dims = Dims::default();
        for ((dim, text), place) in dims.iter_mut().zip(&texts).zip(places) {
            if let (Some(text), Some(dimension)) = (text, place) {
                *dim = names.number(usize::from(dimension), text);
            }
        }
        let row = Row {
            minute: time.0.div_euclid(MINUTE),
            stream: number,
            dims,
            wide,
            code: if failed { names.number(CODE_AT, &code.unwrap_or_default()) } else { 0 },
            currency: names.number(CURRENCY_AT, &currency.unwrap_or_default()),
            failed,
            amount,
            bin: latency.map(bin_of),
        };
        let keeping = target.layout.keeping;
        // What is too old would be swept again before anybody sees it.
        if failed && keeping.samples_since(self.now).is_some_and(|since| time >= since) {
            let reference = || line.own_id(columns.id).map(|id| id.trim().to_owned()).unwrap_or_default();
            samples.offer(row, keeping.samples(), || (time, latency, reference()));
        }
        Ok(row)
    }
}

/// A layout that stands for none.
fn nobody() -> Layout {
    let id = crate::id::SystemId::parse("00000000-0000-0000-0000-000000000000");
    debug_assert_eq!(FIXED.len(), 3);
    Layout::usual(&id.unwrap_or_else(|| unreachable!("a canonical UUID")))
}

fn note<T>(bad: &mut Vec<Problem>, field: &str, given: &Scalar<'_>, read: Result<T, Wording>) -> Option<T> {
    read.map_err(|expected| bad.push(Problem::new(field, given.shown(), expected))).ok()
}
