//! Columns named by whoever sends them, in the place of those that the stream declares: `Bank=link`, `Result=code`; of a time also how it
//! is written: `When=time:local:Asia/Shanghai`; of a latency and an amount in which unit: `Sum=amount:major-comma`. Two columns may be one
//! time: `Date+Time=time`.

use super::{AmountUnit, COLUMNS, LatencyUnit, Layout, Mapping, Sheet, column_of, guess, input::one_of, read_as};
use crate::{Fault, Wording};

/// Which column is what: pairs of a column (or field) of the lines and what it holds, and the header of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ColumnMap {
    /// Names of all columns where the lines were a table; those that nobody named are guessed then.
    pub header: Option<Vec<String>>,
    pairs: Vec<(String, String)>,
    /// How its time is written, where that was said.
    time: Option<String>,
}

impl ColumnMap {
    /// Reads `column=what`, each.
    ///
    /// # Errors
    /// [`Fault::Invalid`] names the field `map`.
    pub fn parse<'t>(pairs: impl IntoIterator<Item = &'t str>) -> Result<Self, Fault> {
        let mut time = None;
        let read = |text: &str| {
            // What stands for itself: a column may have any name, even one with this sign.
            let (column, what) = text.rsplit_once('=').map(|(column, what)| (column.trim(), what.trim())).unwrap_or_default();
            if column.is_empty() || what.is_empty() {
                return Err(Fault::invalid("map", text, Wording::new("streams-expect-map")));
            }
            if let Some(word) = what.strip_prefix("time:") {
                Mapping::default().set_time_word(word).map_err(|expected| Fault::invalid("map", text, expected))?;
                time = Some(word.to_owned());
                return Ok((column.to_owned(), "time".to_owned()));
            }
            if let Some((of, unit)) = what.split_once(':') {
                set_unit(&mut Mapping::default(), of, unit).map_err(|expected| Fault::invalid("map", text, expected))?;
            }
            Ok((column.to_owned(), what.to_owned()))
        };
        let pairs = pairs.into_iter().map(read).collect::<Result<Vec<_>, Fault>>()?;
        Ok(Self { header: None, pairs, time })
    }

    /// Names of two columns that are one time together, `Date+Time`, unless a table has one of that very name.
    pub fn joins(&self) -> Vec<String> {
        let times = self.pairs.iter().filter(|(column, what)| what == "time" && column.contains('+'));
        times.map(|(column, _)| column.clone()).collect()
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.header.is_none() && self.pairs.is_empty()
    }

    /// The stream read so.
    ///
    /// # Errors
    /// [`Fault::Invalid`] names a column that the table has not, or something that the stream has no place for.
    pub fn applied(&self, layout: &Layout) -> Result<Layout, Fault> {
        let mut layout = layout.clone();
        if let Some(word) = &self.time {
            layout.mapping.set_time_word(word).map_err(|expected| Fault::invalid("map", format!("time:{word}"), expected))?;
        }
        for (of, unit) in self.pairs.iter().filter_map(|(_, what)| what.split_once(':')) {
            set_unit(&mut layout.mapping, of, unit).map_err(|expected| Fault::invalid("map", format!("{of}:{unit}"), expected))?;
        }
        let mut layout = match &self.header {
            Some(header) => {
                let layout = &layout;
                let sheet = Sheet { header: header.clone(), ..Sheet::default() };
                let mut typed = guess(layout, &sheet);
                for (column, what) in &self.pairs {
                    if !header.contains(column) {
                        let expected = Wording::new("expect-one-of").with("choices", header.join(", "));
                        return Err(Fault::invalid("map", format!("{column}={what}"), expected));
                    }
                    // One column is one thing: what was guessed of it is no longer so.
                    let guessed: Vec<String> = typed.names().filter(|name| typed.get(name) == column).map(str::to_owned).collect();
                    guessed.iter().for_each(|name| typed.set(name.clone(), ""));
                    typed.set(named(layout, what), column);
                }
                read_as(layout, &sheet, &typed)?
            }
            None => layout,
        };
        for (column, what) in &self.pairs {
            let named = named(&layout, what);
            if let Some(dimension) = layout.dimensions.iter_mut().find(|dimension| column_of(&dimension.key) == named) {
                dimension.field.clone_from(column);
                continue;
            }
            let mapping = &mut layout.mapping;
            let field = match named.as_str() {
                "time" => &mut mapping.time,
                "code" => &mut mapping.code,
                "success" => &mut mapping.success,
                "latency" => &mut mapping.latency,
                "amount" => &mut mapping.amount,
                "currency" => &mut mapping.currency,
                "id" => &mut mapping.id,
                _ => {
                    let keys = layout.dimensions.iter().map(|dimension| dimension.key.as_str());
                    let choices = COLUMNS.into_iter().chain(keys).collect::<Vec<_>>().join(", ");
                    return Err(Fault::invalid("map", format!("{column}={what}"), Wording::new("expect-one-of").with("choices", choices)));
                }
            };
            field.clone_from(column);
        }
        Ok(layout)
    }
}

/// Sets in which unit a latency or an amount is.
fn set_unit(mapping: &mut Mapping, of: &str, unit: &str) -> Result<(), Wording> {
    match of {
        "latency" | "latency_ms" => {
            mapping.latency_unit = LatencyUnit::parse(unit).ok_or_else(|| one_of(LatencyUnit::ALL.iter().map(|unit| unit.name())))?;
        }
        "amount" => mapping.amount_unit = AmountUnit::parse(unit).ok_or_else(|| one_of(AmountUnit::ALL.iter().map(|unit| unit.name())))?,
        _ => return Err(Wording::new("streams-expect-map")),
    }
    Ok(())
}

/// What a form calls it: a dimension may be named by its key alone, and a latency by the usual name of its field. Its unit is left out.
fn named(layout: &Layout, what: &str) -> String {
    let what = what.split_once(':').map_or(what, |(what, _)| what);
    match layout.dimension(what.strip_prefix("dimension.").unwrap_or(what)) {
        Some(dimension) => column_of(&dimension.key),
        None if what == "latency_ms" => "latency".to_owned(),
        None => what.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::SystemId;

    fn layout() -> Layout {
        Layout::usual(&SystemId::parse("0193f2a0-7b1c-7def-8abc-0123456789ab").unwrap())
    }

    #[test]
    fn columns_are_named_and_the_others_guessed() {
        let mut map = ColumnMap::parse(["Bank = link", "a=b=code", "took=latency_ms"]).unwrap();
        let read = map.applied(&layout()).unwrap();
        assert_eq!((read.dimension("link").unwrap().source(), read.mapping.code.as_str()), ("Bank", "a=b"));
        assert_eq!((read.mapping.latency.as_str(), read.mapping.time.as_str()), ("took", ""), "lines say the rest as they always did");
        map.header = Some(["Time", "Bank", "a=b", "took", "Merchant"].map(str::to_owned).to_vec());
        let read = map.applied(&layout()).unwrap();
        assert_eq!((read.mapping.time.as_str(), read.dimension("merchant").unwrap().source()), ("Time", "Merchant"));
    }

    #[test]
    fn a_time_is_written_as_the_map_says() {
        let mut map = ColumnMap::parse(["When=time:local:Asia/Shanghai", "RC=code"]).unwrap();
        for header in [None, Some(["When", "RC"].map(str::to_owned).to_vec())] {
            map.header = header;
            let mapping = map.applied(&layout()).unwrap().mapping;
            assert_eq!((mapping.time.as_str(), mapping.time_word().as_str()), ("When", "local:Asia/Shanghai"));
        }
        assert_eq!(ColumnMap::parse(["t=time:epoch-s"]).unwrap().applied(&layout()).unwrap().mapping.time_word(), "epoch-s");
        for (wrong, expected) in
            [("t=time:noon", "expect-one-of"), ("t=time:local", "expect-zone"), ("t=time:local:Nowhere", "expect-zone")]
        {
            let fault = ColumnMap::parse([wrong]).unwrap_err();
            assert_eq!((fault.problems()[0].value.as_str(), fault.problems()[0].expected.key), (wrong, expected));
        }
    }

    #[test]
    fn units_are_named_as_the_map_says() {
        let mut map = ColumnMap::parse(["Sum=amount:major-comma", "took=latency:ns", "Day+Clock=time:local:UTC", "RC=code"]).unwrap();
        assert_eq!(map.joins(), ["Day+Clock"]);
        for header in [None, Some(["Day", "Clock", "RC", "Sum", "took", "Day+Clock"].map(str::to_owned).to_vec())] {
            map.header = header;
            let mapping = map.applied(&layout()).unwrap().mapping;
            assert_eq!((mapping.amount.as_str(), mapping.amount_unit), ("Sum", AmountUnit::MajorComma));
            assert_eq!((mapping.latency.as_str(), mapping.latency_unit, mapping.time.as_str()), ("took", LatencyUnit::Nanos, "Day+Clock"));
        }
        for (wrong, expected) in [("s=amount:eur", "expect-one-of"), ("s=latency:", "expect-one-of"), ("s=code:x", "streams-expect-map")] {
            assert_eq!(ColumnMap::parse([wrong]).unwrap_err().problems()[0].expected.key, expected, "{wrong}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for text in ["Bank", "=link", "Bank="] {
            assert_eq!(ColumnMap::parse([text]).unwrap_err().problems()[0].field, "map", "{text}");
        }
        let fault = ColumnMap::parse(["Bank=bank"]).unwrap().applied(&layout()).unwrap_err();
        assert_eq!(fault.problems()[0].value, "Bank=bank");
        let mut map = ColumnMap::parse(["Bank=link"]).unwrap();
        map.header = Some(vec!["Time".into(), "Code".into()]);
        assert_eq!(map.applied(&layout()).unwrap_err().problems()[0].value, "Bank=link");
    }
}
