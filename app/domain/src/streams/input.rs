//! What is typed to declare a stream.

use super::{
    AmountUnit, Dimension, Keeping, LatencyUnit, Mapping, Stream, TimeFormat,
    dimensions::{DraftDimension, dimensions, field_name},
};
use crate::{
    Fault, Wording,
    form::{Check, Typed, whole},
    id::SystemId,
    people::parse_zone,
    text::{Key, Name, one_line},
};

/// Every field there is. A dimension is an object (or its key alone) in `dimensions`, or a row of `dimension_key`,
/// `dimension_label`, `dimension_field`, `dimension_limit`, and its number in `dimension_wide`.
pub const FIELDS: &[&str] = &[
    "system",
    "key",
    "name",
    "dimensions",
    "dimension_key",
    "dimension_label",
    "dimension_field",
    "dimension_limit",
    "dimension_wide",
    "success_codes",
    "currency",
    "time",
    "time_format",
    "time_zone",
    "code",
    "success",
    "latency",
    "latency_unit",
    "amount",
    "amount_unit",
    "currency_field",
    "id",
    "minute_days",
    "hour_days",
    "day_days",
    "sample_days",
    "samples_per_minute",
    "sample",
    "version",
];

/// A stream as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its system.
    pub system: SystemId,
    /// Key within the system; empty for the usual stream.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// Its dimensions in order.
    pub dimensions: Vec<DraftDimension>,
    /// Codes that mean success.
    pub success_codes: Vec<String>,
    /// Currency of lines that name none.
    pub currency: String,
    /// Where a line says what.
    pub mapping: Mapping,
    /// How long counts are kept.
    pub keeping: Keeping,
}

fn code(text: &str) -> Result<String, Wording> {
    let text = text.trim();
    if text.chars().count() > 80 {
        return Err(Wording::new("expect-at-most-characters").with("max", 80));
    }
    one_line(text).map(|()| text.to_owned())
}

/// Codes that mean success, one by one or with commas.
pub(super) fn success_codes(typed: &Typed) -> Result<Vec<String>, Wording> {
    let codes: Vec<&str> =
        typed.all("success_codes").iter().flat_map(|text| text.split([',', '\n'])).map(str::trim).filter(|t| !t.is_empty()).collect();
    if codes.len() > 100 {
        return Err(Wording::new("expect-transaction-at-most-values").with("max", 100));
    }
    codes.iter().map(|text| code(text)).collect()
}

/// A currency (ISO 4217) in capitals; empty for none.
pub(crate) fn parse_currency(text: &str) -> Result<String, Wording> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(String::new());
    }
    if text.len() == 3 && text.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Ok(text.to_ascii_uppercase());
    }
    Err(Wording::new("expect-transaction-currency"))
}

/// What would be right where it is none of these.
pub(super) fn one_of(names: impl Iterator<Item = &'static str>) -> Wording {
    Wording::new("expect-one-of").with("choices", names.collect::<Vec<_>>().join(", "))
}

/// Longest time for which counts are kept, in days.
const MOST_DAYS: u32 = 3_700;
/// Longest time for which single failures are kept, in days.
const MOST_SAMPLE_DAYS: u32 = 90;
/// Most of one minute.
const MOST_PER_MINUTE: u32 = 600;

impl Draft {
    /// Reads the fields of [`FIELDS`].
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(FIELDS);
        let system = check.field("system", |text| SystemId::parse(text).ok_or_else(|| Wording::new("expect-id")));
        let key = check.optional("key", |text| Key::parse(text).map(Key::into_string));
        let name = if typed.get("key").trim().is_empty() && typed.get("name").trim().is_empty() {
            Some(String::new())
        } else {
            check.field("name", |text| Name::parse(text).map(Name::into_string))
        };
        let dimensions = dimensions(&mut check, typed);
        let success_codes = check.field("success_codes", |_| success_codes(typed));
        let currency = check.field("currency", parse_currency);
        let mapping = mapping(&mut check);
        let minute = check.optional("minute_days", |text| whole(text, 1, MOST_DAYS));
        let hour = check.optional("hour_days", |text| whole(text, 1, MOST_DAYS));
        let day = check.optional("day_days", |text| whole(text, 1, MOST_DAYS));
        if let (Some(minute), Some(hour), Some(day)) = (minute, hour, day) {
            let order = [("hour_days", minute, hour), ("day_days", hour, day), ("day_days", minute, day)];
            for (field, finer, coarser) in order {
                if let (Some(finer), Some(coarser)) = (finer, coarser)
                    && finer > coarser
                {
                    check.problem(field, Wording::new("streams-expect-longer").with("days", finer));
                }
            }
        }
        let sample_days = check.optional("sample_days", |text| whole(text, 1, MOST_SAMPLE_DAYS));
        let per_minute = check.optional("samples_per_minute", |text| whole(text, 1, MOST_PER_MINUTE));
        if let (Some(None), Some(Some(_))) = (sample_days, per_minute) {
            check.problem("sample_days", Wording::new("streams-expect-sample-days"));
        }
        let read = (system, key, name, dimensions, success_codes, currency, mapping, minute, hour, day, sample_days, per_minute);
        let (system, key, name, dimensions, success_codes, currency, mapping, minute, hour, day, sample_days, per_minute) =
            check.finish(read)?;
        let keeping = Keeping { minute_days: minute, hour_days: hour, day_days: day, sample_days, samples_per_minute: per_minute };
        Ok(Self { system, key: key.unwrap_or_default(), name, dimensions, success_codes, currency, mapping, keeping })
    }

    /// The fields of what is declared, to fill a form.
    pub fn typed(stream: &Stream) -> Typed {
        let mut typed = Typed::default();
        let mapping = &stream.mapping;
        for (field, value) in [
            ("system", stream.system.id.as_str()),
            ("key", stream.key.as_str()),
            ("name", stream.name.as_str()),
            ("currency", stream.currency.as_str()),
            ("time", mapping.time.as_str()),
            ("time_format", mapping.time_format.name()),
            ("time_zone", mapping.time_zone.as_str()),
            ("code", mapping.code.as_str()),
            ("success", mapping.success.as_str()),
            ("latency", mapping.latency.as_str()),
            ("latency_unit", mapping.latency_unit.name()),
            ("amount", mapping.amount.as_str()),
            ("amount_unit", mapping.amount_unit.name()),
            ("currency_field", mapping.currency.as_str()),
            ("id", mapping.id.as_str()),
        ] {
            typed.set(field, value);
        }
        let keeping = stream.keeping;
        for (field, days) in [
            ("minute_days", keeping.minute_days),
            ("hour_days", keeping.hour_days),
            ("day_days", keeping.day_days),
            ("sample_days", keeping.sample_days),
            ("samples_per_minute", keeping.samples_per_minute),
        ] {
            typed.set(field, days.map_or_else(String::new, |days| days.to_string()));
        }
        typed.set("success_codes", stream.success_codes.join(", "));
        typed.set("version", stream.version);
        for (row, dimension) in stream.open_dimensions().enumerate() {
            let Dimension { key, label, limit, wide, field, .. } = dimension;
            typed.add("dimension_key", key);
            typed.add("dimension_label", label);
            typed.add("dimension_field", field);
            typed.add("dimension_limit", limit.map_or_else(String::new, |limit| limit.to_string()));
            if *wide {
                typed.add("dimension_wide", row);
            }
        }
        typed
    }
}

fn mapping(check: &mut Check<'_>) -> Option<Mapping> {
    let time = check.field("time", field_name);
    let time_format = check.optional("time_format", |text| TimeFormat::parse(text).ok_or_else(TimeFormat::expected));
    // Every other format says its zone itself.
    let is_local = time_format.flatten().is_some_and(TimeFormat::is_local);
    let time_zone = if is_local { check.field("time_zone", parse_zone) } else { Some(String::new()) };
    let code = check.field("code", field_name);
    let success = check.field("success", field_name);
    let latency = check.field("latency", field_name);
    let latency_unit =
        check.optional("latency_unit", |text| LatencyUnit::parse(text).ok_or_else(|| one_of(LatencyUnit::ALL.iter().map(|u| u.name()))));
    let amount = check.field("amount", field_name);
    let amount_unit =
        check.optional("amount_unit", |text| AmountUnit::parse(text).ok_or_else(|| one_of(AmountUnit::ALL.iter().map(|u| u.name()))));
    let currency = check.field("currency_field", field_name);
    let id = check.field("id", field_name);
    Some(Mapping {
        time: time?,
        time_format: time_format?.unwrap_or(TimeFormat::Auto),
        time_zone: time_zone?,
        code: code?,
        success: success?,
        latency: latency?,
        latency_unit: latency_unit?.unwrap_or(LatencyUnit::Millis),
        amount: amount?,
        amount_unit: amount_unit?.unwrap_or(AmountUnit::Usual),
        currency: currency?,
        id: id?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0193f2a0-7b1c-7def-8abc-0123456789ab";

    fn typed(json: &str) -> Typed {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn objects_and_rows_say_the_same() {
        let object = typed(&format!(
            r#"{{"system":"{ID}","key":"booking","name":"Booking","success_codes":["2*","OK"],
            "dimensions":["route",{{"key":"agent","wide":true,"limit":500,"field":"agent.id","label":"Agent 代理"}}]}}"#
        ));
        let mut rows = typed(&format!(r#"{{"system":"{ID}","key":"booking","name":"Booking","success_codes":"2*, OK"}}"#));
        for (field, values) in [
            ("dimension_key", ["route", "", "agent"]),
            ("dimension_label", ["", "", "Agent 代理"]),
            ("dimension_field", ["", "", "agent.id"]),
            ("dimension_limit", ["", "", "500"]),
        ] {
            values.iter().for_each(|value| rows.add(field, value));
        }
        rows.add("dimension_wide", 2);
        assert_eq!(Draft::parse(&object).unwrap(), Draft::parse(&rows).unwrap());
        assert_eq!(Draft::parse(&object).unwrap().dimensions[1].limit, Some(500));
    }

    #[test]
    fn only_wall_times_have_a_zone() {
        let draft = |more: &str| Draft::parse(&typed(&format!(r#"{{"system":"{ID}","key":"till","name":"Till"{more}}}"#)));
        let local = draft(r#","time_format":"local","time_zone":"Asia/Shanghai""#).unwrap().mapping;
        assert_eq!(
            (local.time_format, local.time_zone.as_str(), local.time_word().as_str()),
            (TimeFormat::Local, "Asia/Shanghai", "local:Asia/Shanghai")
        );
        assert_eq!(draft(r#","time_format":"epoch-s","time_zone":"Asia/Shanghai""#).unwrap().mapping.time_zone, "");
        for wrong in ["", r#","time_zone":"Nowhere""#] {
            let fault = draft(&format!(r#","time_format":"local"{wrong}"#)).unwrap_err();
            assert_eq!((fault.problems()[0].field.as_str(), fault.problems()[0].expected.key), ("time_zone", "expect-zone"));
        }
    }

    #[test]
    fn every_problem_is_named_at_once() {
        let fault = Draft::parse(&typed(
            r#"{"system":"x","key":"B","name":"","dimensions":["from","A B","x","x",{"key":"y","limit":0}],"currency":"RMBX",
            "time_format":"noon","minute_days":9,"hour_days":3,"colour":1}"#,
        ))
        .unwrap_err();
        let fields: Vec<&str> = fault.problems().iter().map(|p| p.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "colour",
                "system",
                "key",
                "name",
                "dimensions",
                "dimensions",
                "dimensions",
                "dimensions",
                "currency",
                "time_format",
                "hour_days"
            ]
        );
    }
}
