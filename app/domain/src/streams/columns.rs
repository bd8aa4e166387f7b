//! Which column of a table is what: read from a form, guessed from the header.

use super::{AmountUnit, LatencyUnit, Layout, Sheet, TimeFormat, input::success_codes};
use crate::{Fault, Wording, form::Typed, people::parse_zone};

/// Rows by which it is seen how a table writes times and amounts.
const ROWS: usize = 200;

/// What a column may be, beside the dimensions of the stream (`dimension.KEY`).
pub const COLUMNS: [&str; 7] = ["time", "code", "success", "latency", "amount", "currency", "id"];

/// The name of a dimension's field in the form.
pub fn column_of(dimension: &str) -> String {
    format!("dimension.{dimension}")
}

fn field<'l>(layout: &'l Layout, what: &str) -> (&'l str, &'static [&'static str]) {
    let mapping = &layout.mapping;
    match what {
        "time" => (&mapping.time, &["time", "timestamp", "date", "datetime", "时间", "交易时间"]),
        "code" => (&mapping.code, &["code", "status", "result", "rc", "返回码", "状态"]),
        "success" => (&mapping.success, &["success", "ok", "成功"]),
        "latency" => (&mapping.latency, &["latency_ms", "latency", "duration", "took", "耗时"]),
        "amount" => (&mapping.amount, &["amount", "金额"]),
        "currency" => (&mapping.currency, &["currency", "币种"]),
        _ => (&mapping.id, &["id", "流水号"]),
    }
}

/// Names of columns that hold a day alone, beside which the time of day may stand.
const DAYS: [&str; 5] = ["date", "transaction date", "datum", "日期", "交易日期"];

/// The name of the column that two of a form are together, a day and a time of day; `None` where it names no second one.
pub fn joined(typed: &Typed) -> Option<String> {
    let (day, clock) = (typed.get("time"), typed.get("clock"));
    (!day.is_empty() && !clock.is_empty()).then(|| format!("{day}+{clock}"))
}

/// What the columns of a table most likely are.
pub fn guess(layout: &Layout, sheet: &Sheet) -> Typed {
    let find = |names: &[&str]| {
        let named = names.iter().filter(|name| !name.is_empty());
        named.into_iter().find_map(|name| sheet.header.iter().find(|column| column.eq_ignore_ascii_case(name)))
    };
    let mut typed = Typed::default();
    for what in COLUMNS {
        let (own, usual) = field(layout, what);
        let names: Vec<&str> = std::iter::once(own).chain(usual.iter().copied()).collect();
        typed.set(what, find(&names).cloned().unwrap_or_default());
    }
    // A column of times that are of no day.
    let is_clock = |cell: &String| cell.len() <= 15 && cell.split_once(':').is_some_and(|(hour, _)| matches!(hour.len(), 1 | 2));
    let times = cells(sheet, typed.get("time"));
    if let Some(day) = find(&DAYS).filter(|_| !times.is_empty() && times.iter().all(is_clock)) {
        let clock = typed.get("time").to_owned();
        typed.set("clock", clock);
        typed.set("time", day);
    }
    for dimension in &layout.dimensions {
        let found = find(&[dimension.source(), dimension.key.as_str(), dimension.label.as_str()]);
        typed.set(column_of(&dimension.key), found.cloned().unwrap_or_default());
    }
    typed.set("time_format", layout.mapping.time_format);
    typed.set("time_zone", &layout.mapping.time_zone);
    typed.set("latency_unit", layout.mapping.latency_unit);
    // A table's amounts are what people read.
    let unit = match layout.mapping.amount_unit {
        AmountUnit::Usual if has_commas(sheet, typed.get("amount")) => AmountUnit::MajorComma,
        AmountUnit::Usual => AmountUnit::Major,
        declared => declared,
    };
    typed.set("amount_unit", unit);
    typed
}

/// Whether fractions follow a comma in a column, as far as its first rows tell: one or two digits stand behind one, and behind no point.
fn has_commas(sheet: &Sheet, column: &str) -> bool {
    let after = |cell: &str, mark: char| {
        let cell = cell.trim_end_matches(|sign: char| !sign.is_ascii_digit());
        cell.rsplit_once(mark).is_some_and(|(_, part)| matches!(part.len(), 1 | 2) && part.bytes().all(|b| b.is_ascii_digit()))
    };
    let cells = cells(sheet, column);
    cells.iter().any(|cell| after(cell, ',')) && !cells.iter().any(|cell| after(cell, '.'))
}

/// What stands in a column of the first rows.
fn cells(sheet: &Sheet, column: &str) -> Vec<String> {
    let rows = sheet.lines.lines().take(ROWS).filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    rows.filter_map(|row| Some(row.get(column)?.as_str()?.to_owned())).collect()
}

/// The stream read as the form says its columns are.
pub fn read_as(layout: &Layout, sheet: &Sheet, typed: &Typed) -> Result<Layout, Fault> {
    let column = |name: &str| -> Result<String, Fault> {
        let text = typed.get(name);
        if text.is_empty() || sheet.header.iter().any(|column| column == text) {
            // A name that no table has: nothing stands there.
            Ok(if text.is_empty() { format!("\u{1}{name}") } else { text.to_owned() })
        } else {
            Err(Fault::invalid(name, text, Wording::new("expect-one-of").with("choices", sheet.header.join(", "))))
        }
    };
    let wrong = |name: &'static str| Fault::invalid(name, typed.get(name), Wording::new("expect-choice"));
    if typed.get("time").is_empty() {
        return Err(wrong("time"));
    }
    if typed.get("code").is_empty() && typed.get("success").is_empty() {
        return Err(wrong("code"));
    }
    let mut layout = layout.clone();
    let mapping = &mut layout.mapping;
    mapping.time = column("time")?;
    if let Some(both) = joined(typed) {
        column("clock")?;
        mapping.time = both;
    }
    mapping.code = column("code")?;
    mapping.success = column("success")?;
    mapping.latency = column("latency")?;
    mapping.amount = column("amount")?;
    mapping.currency = column("currency")?;
    mapping.id = column("id")?;
    mapping.time_format = TimeFormat::parse(typed.get("time_format")).ok_or_else(|| wrong("time_format"))?;
    mapping.time_zone = match mapping.time_format {
        format if format.is_local() => {
            parse_zone(typed.get("time_zone")).map_err(|expected| Fault::invalid("time_zone", typed.get("time_zone"), expected))?
        }
        _ => String::new(),
    };
    mapping.latency_unit = LatencyUnit::parse(typed.get("latency_unit")).ok_or_else(|| wrong("latency_unit"))?;
    mapping.amount_unit = AmountUnit::parse(typed.get("amount_unit")).ok_or_else(|| wrong("amount_unit"))?;
    let codes = success_codes(typed).map_err(|expected| Fault::invalid("success_codes", typed.get("success_codes"), expected))?;
    if !codes.is_empty() {
        layout.success_codes = codes;
    }
    for dimension in &mut layout.dimensions {
        dimension.field = column(&column_of(&dimension.key))?;
    }
    Ok(layout)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::SystemId;

    #[test]
    fn what_the_header_says_is_guessed_and_read() {
        let layout = Layout::usual(&SystemId::parse("0193f2a0-7b1c-7def-8abc-0123456789ab").unwrap());
        let sheet = Sheet::read("Timestamp;Merchant;RC;金额\n1;M1;00;12.50\n").unwrap();
        let mut typed = guess(&layout, &sheet);
        assert_eq!((typed.get("time"), typed.get("code"), typed.get("amount")), ("Timestamp", "RC", "金额"));
        assert_eq!((typed.get("dimension.merchant"), typed.get("dimension.link")), ("Merchant", ""));
        let read = read_as(&layout, &sheet, &typed).unwrap();
        assert_eq!((read.mapping.time.as_str(), read.dimension("merchant").unwrap().source()), ("Timestamp", "Merchant"));
        typed.set("success_codes", "OK, 2*");
        assert_eq!(read_as(&layout, &sheet, &typed).unwrap().success_codes, ["OK", "2*"]);
        typed.set("success_codes", "x".repeat(81));
        assert_eq!(read_as(&layout, &sheet, &typed).unwrap_err().problems()[0].field, "success_codes");
        typed.set("success_codes", "");
        assert_eq!(read_as(&layout, &sheet, &typed).unwrap().success_codes, layout.success_codes);
        typed.set("code", "nope");
        assert_eq!(read_as(&layout, &sheet, &typed).unwrap_err().problems()[0].field, "code");
        typed.set("time", "");
        assert_eq!(read_as(&layout, &sheet, &typed).unwrap_err().problems()[0].field, "time");
    }

    #[test]
    fn a_day_and_a_time_of_day_are_one_time() {
        let layout = Layout::usual(&SystemId::parse("0193f2a0-7b1c-7def-8abc-0123456789ab").unwrap());
        let table = "Date,Time,Status\n11/28/2025,14:05:00,OK\n11/28/2025,9:06 AM,OK\n";
        let mut typed = guess(&layout, &Sheet::read(table).unwrap());
        assert_eq!((typed.get("time"), typed.get("clock")), ("Date", "Time"));
        let sheet = Sheet::read_joined(table, &[joined(&typed).unwrap()]).unwrap();
        assert_eq!(read_as(&layout, &sheet, &typed).unwrap().mapping.time, "Date+Time");
        typed.set("clock", "nope");
        assert_eq!(read_as(&layout, &sheet, &typed).unwrap_err().problems()[0].field, "clock");
        // A time that has its day needs no other column.
        let whole = guess(&layout, &Sheet::read("Date,Time,Status\n2025-11-28,2025-11-28 14:05,OK\n").unwrap());
        assert_eq!((whole.get("time"), joined(&whole)), ("Time", None));
    }

    #[test]
    fn fractions_behind_commas_are_seen() {
        let mut layout = Layout::usual(&SystemId::parse("0193f2a0-7b1c-7def-8abc-0123456789ab").unwrap());
        let unit = |layout: &Layout, amounts: [&str; 2]| {
            let table = format!("time;code;amount\n1;00;{}\n2;00;{}\n", amounts[0], amounts[1]);
            guess(layout, &Sheet::read(&table).unwrap()).get("amount_unit").to_owned()
        };
        for (amounts, seen) in [
            (["1.234,50", "7"], "major-comma"),
            (["1,5 €", ""], "major-comma"),
            (["1,250", "7"], "major"),
            (["1.234,50", "1,234.50"], "major"),
            (["12.50", "7"], "major"),
        ] {
            assert_eq!(unit(&layout, amounts), seen, "{amounts:?}");
        }
        layout.mapping.amount_unit = AmountUnit::Minor;
        assert_eq!(unit(&layout, ["1,50", "7"]), "minor", "what is declared holds");
    }
}
