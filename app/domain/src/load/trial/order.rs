//! What is typed of a trial.

use std::collections::BTreeMap;

use super::CALM;
use crate::{
    Fault, Problem, Wording,
    form::{Check, Typed},
    id::ToolId,
};

/// The fields of a trial beside those of an order.
pub const TRIAL_FIELDS: &[&str] = &["fault_tool", "fault_values", "fault_after", "mend_tool", "mend_values", "mend_after", "ledger"];
/// Letters of what is given to a tool.
const LONGEST: usize = 2_000;

/// What was typed of a trial; whether the tools are there, and may be run, is another matter.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialOrder {
    /// Tool, values, and after how many seconds.
    pub fault: ActOrder,
    /// Likewise, where it was asked for.
    pub mend: Option<ActOrder>,
    /// Path of the ledger.
    pub ledger: String,
}

/// A tool, what it is given, and after how many seconds.
pub type ActOrder = (ToolId, BTreeMap<String, String>, Option<i64>);

impl TrialOrder {
    /// Reads the [`TRIAL_FIELDS`]: `Some(None)` where no fault was asked for, `None` where something is wrong.
    pub(in crate::load) fn read(check: &mut Check<'_>, typed: &Typed) -> Option<Option<Self>> {
        if TRIAL_FIELDS.iter().all(|name| typed.get(name).trim().is_empty()) {
            return Some(None);
        }
        let fault = read_act(check, typed, ["fault_tool", "fault_values", "fault_after"]);
        let mend = if ["mend_tool", "mend_values", "mend_after"].iter().all(|name| typed.get(name).trim().is_empty()) {
            Some(None)
        } else {
            read_act(check, typed, ["mend_tool", "mend_values", "mend_after"]).map(Some)
        };
        let ledger = check.field("ledger", |text| match text.trim() {
            "" => Ok(String::new()),
            path if path.len() <= 500 && path.starts_with('/') && !path.starts_with("//") && path.bytes().all(|b| b.is_ascii_graphic()) => {
                Ok(path.to_owned())
            }
            _ => Err(Wording::new("load-expect-ledger")),
        });
        Some(Some(Self { fault: fault?, mend: mend?, ledger: ledger? }))
    }

    /// After how many seconds fault and mending come in a run of this length: as asked for, or after a third and two thirds.
    ///
    /// # Errors
    /// Moments too near to the begin, the end or each other, each with its field.
    pub fn moments(&self, seconds: f64) -> Result<(i64, i64), Fault> {
        #[expect(clippy::cast_possible_truncation, reason = "a run has four hours at most")]
        let whole = seconds as i64;
        let fault = self.fault.2.unwrap_or(whole / 3);
        let mend = self.mend.as_ref().map(|mend| mend.2.unwrap_or(fault + (whole - fault) / 2));
        let last = whole - CALM;
        let mut problems = Vec::new();
        let mut within = |field: &str, value: i64, from: i64| {
            if !(from..=last).contains(&value) {
                problems.push(Problem::new(field, value, Wording::new("load-expect-moment").with("from", from).with("to", last)));
            }
        };
        within("fault_after", fault, CALM);
        if let Some(mend) = mend {
            within("mend_after", mend, fault + 1);
        }
        if problems.is_empty() { Ok((fault, mend.unwrap_or(fault))) } else { Err(Fault::Invalid(problems)) }
    }
}

fn read_act(check: &mut Check<'_>, typed: &Typed, [tool, values, after]: [&'static str; 3]) -> Option<ActOrder> {
    let id = check.field(tool, |text| ToolId::parse(text.trim()).ok_or_else(|| Wording::new("load-expect-tool")));
    let given = check.field(values, read_values);
    let moment = if typed.get(after).trim().is_empty() { Some(None) } else { check.number(after, 1, 4 * 3_600).map(Some) };
    Some((id?, given?, moment?))
}

/// Lines of `key=value`.
fn read_values(text: &str) -> Result<BTreeMap<String, String>, Wording> {
    let wrong = || Wording::new("load-expect-values");
    if text.len() > LONGEST {
        return Err(Wording::new("expect-at-most-characters").with("max", LONGEST));
    }
    let mut values = BTreeMap::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let (key, value) = line.split_once('=').ok_or_else(wrong)?;
        let key = key.trim();
        if key.is_empty() || values.insert(key.to_owned(), value.trim().to_owned()).is_some() {
            return Err(wrong());
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_leave_room_before_and_after() {
        let id = ToolId::parse("0193f2a0-7b1c-7def-8abc-0123456789ab").unwrap();
        let order = |fault, mend: Option<i64>| TrialOrder {
            fault: (id.clone(), BTreeMap::new(), fault),
            mend: Some((id.clone(), BTreeMap::new(), mend)),
            ledger: String::new(),
        };
        let fields = |order: TrialOrder, seconds| {
            order.moments(seconds).map_err(|fault| fault.problems().iter().map(|p| p.field.clone()).collect::<Vec<_>>())
        };
        assert_eq!(fields(order(None, None), 60.0), Ok((20, 40)));
        assert_eq!(fields(order(Some(5), Some(55)), 60.0), Ok((5, 55)));
        assert_eq!(fields(order(Some(4), Some(56)), 60.0), Err(vec!["fault_after".into(), "mend_after".into()]));
        assert_eq!(fields(order(Some(30), Some(30)), 60.0), Err(vec!["mend_after".into()]));
        assert_eq!(read_values("a = b=c\n\n d=").unwrap(), BTreeMap::from([("a".into(), "b=c".into()), ("d".into(), String::new())]));
        assert!(read_values("a").is_err() && read_values("a=1\na=2").is_err() && read_values("=1").is_err());
    }
}
