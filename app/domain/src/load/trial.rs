//! A trial of high availability: under steady load something is taken away, and what that costs is measured.
//!
//! Each request carries [`MARK`] with the id of the run and a number. What was answered well and is not in the ledger of the
//! target was lost; what stands there more than once was done twice. Requests count for the second in which they were due.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::{Plan, Subject};
use crate::{
    Fault, Problem, Timestamp, Wording,
    evidence::{EvidenceKind, EvidenceVerdict, Submission},
    form::{Check, Typed},
    id::{RunId, ToolId, UserId},
};

/// The fields of a trial beside those of an order.
pub const TRIAL_FIELDS: &[&str] = &["fault_tool", "fault_values", "fault_after", "mend_tool", "mend_values", "mend_after", "ledger"];
/// The header that numbers requests: `RUN/NUMBER`.
pub const MARK: &str = "evenkeel-request";
/// Seconds before the fault, and after the last act: less shows neither how it was nor that it stays well.
pub const CALM: i64 = 5;
/// A second in which more than this share of what was due failed is not well.
const WELL: f64 = 0.01;
/// Share of the error budget of thirty days that one fault may use.
const BUDGET: f64 = 0.2;
/// Seconds of thirty days.
const MONTH: f64 = 30.0 * 86_400.0;
/// Letters of what is given to a tool.
const LONGEST: usize = 2_000;

/// What a tier is held to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = LoadTrialBounds))]
pub struct Bounds {
    /// Share of requests that go well over thirty days.
    pub objective: f64,
    /// Seconds after which all must be well again.
    pub recovery_s: f64,
    /// Share of the error budget of thirty days that the fault may use.
    pub budget: f64,
}

impl Bounds {
    /// Of a tier, 1 to 4.
    pub fn of(tier: u8) -> Self {
        let (objective, recovery_s) = match tier {
            0 | 1 => (0.9999, 30.0),
            2 => (0.9995, 60.0),
            3 => (0.999, 300.0),
            _ => (0.99, 900.0),
        };
        Self { objective, recovery_s, budget: BUDGET }
    }
}

/// A tool that is run at its moment, in the name of whoever asked for the trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = LoadTrialAct))]
pub struct Act {
    /// The tool.
    pub tool: ToolId,
    /// Its name, as it was when this was asked for.
    pub tool_name: String,
    /// What it is given, by key of the parameter.
    pub values: BTreeMap<String, String>,
    /// Seconds after the first request.
    pub after_s: i64,
    /// When it was asked for, in seconds after the first request; `null` before.
    pub asked_s: Option<f64>,
    /// That run of the tool.
    pub run: Option<RunId>,
    /// Why it was not run.
    pub trouble: String,
}

impl Act {
    /// What the tool is given, as its form would.
    pub fn typed(&self) -> Typed {
        Typed::from_pairs(self.values.iter().map(|(key, value)| (format!("p.{key}"), value.clone())))
    }
}

/// What is taken away, and how what came of it is counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = LoadTrial))]
pub struct Trial {
    /// Takes something away: kills an instance, cuts a link.
    pub fault: Act,
    /// Gives it back, where nothing else does. Once the fault was asked for this is run whatever happens.
    pub mend: Option<Act>,
    /// Path at the target under which it tells the marks that it has received; empty where it does not.
    pub ledger: String,
    /// What the tier of the system is held to.
    pub bounds: Bounds,
    /// In whose name tools are run.
    pub by: UserId,
}

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
    pub(super) fn read(check: &mut Check<'_>, typed: &Typed) -> Option<Option<Self>> {
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

/// What became of each request, by number and by the second in which it was due.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trace {
    /// Ended, and of those failed, in each second.
    seconds: Vec<(u64, u64)>,
    /// A bit for each number that was answered well.
    good: Vec<u64>,
}

impl Trace {
    /// A request ended.
    pub fn count(&mut self, n: u64, due_s: u64, good: bool) {
        let (second, word) = (usize::try_from(due_s).unwrap_or(0), usize::try_from(n / 64).unwrap_or(0));
        if self.seconds.len() <= second {
            self.seconds.resize(second + 1, (0, 0));
        }
        self.seconds[second].0 += 1;
        self.seconds[second].1 += u64::from(!good);
        if good {
            if self.good.len() <= word {
                self.good.resize(word + 1, 0);
            }
            self.good[word] |= 1 << (n % 64);
        }
    }

    fn was_good(&self, n: u64) -> bool {
        usize::try_from(n / 64).ok().and_then(|word| self.good.get(word)).is_some_and(|word| word >> (n % 64) & 1 == 1)
    }

    /// Holds what the ledger of the target says against what was answered: the body may be lines, JSON, CSV or a log; every
    /// `RUN/NUMBER` in it is one request that was done.
    pub fn against(&self, run: &str, ledger: &str) -> Tallied {
        let mut done: HashMap<u64, u64> = HashMap::new();
        let mark = format!("{run}/");
        for (at, _) in ledger.match_indices(&mark) {
            let digits = &ledger[at + mark.len()..];
            let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            if let Ok(n) = digits[..end].parse() {
                *done.entry(n).or_default() += 1;
            }
        }
        let answered: u64 = self.good.iter().map(|word| u64::from(word.count_ones())).sum();
        let found = done.keys().filter(|n| self.was_good(**n)).count() as u64;
        Tallied {
            answered,
            lost: answered - found,
            duplicated: done.values().filter(|times| **times > 1).count() as u64,
            unanswered: done.len() as u64 - found,
        }
    }

    /// What came of the fault at this second of the run.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    pub fn after(&self, fault_s: f64, seconds: f64, bounds: Bounds) -> Outage {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a run has four hours at most")]
        let (begin, whole) = (fault_s.max(0.0) as usize, seconds.max(0.0) as usize);
        let well = |&(ended, failed): &(u64, u64)| failed as f64 <= WELL * ended as f64;
        let (before, after) = self.seconds.split_at(begin.min(self.seconds.len()));
        let sum = |part: &[(u64, u64)]| part.iter().fold((0, 0), |(a, b), (ended, failed)| (a + ended, b + failed));
        let last = after.iter().rposition(|second| !well(second));
        let recovery_s = match last {
            None => Some(0.0),
            // What went wrong until the end has not been seen to be well again.
            Some(last) if begin + last + usize::try_from(CALM).unwrap_or(0) >= whole.min(self.seconds.len()) => None,
            Some(last) => Some((begin + last + 1) as f64 - fault_s),
        };
        let ((requests_before, failed_before), (_, failed)) = (sum(before), sum(after));
        let rate = sum(&self.seconds).0 as f64 / seconds.max(1.0);
        let budget_used = failed as f64 / (rate * (1.0 - bounds.objective) * MONTH).max(f64::MIN_POSITIVE);
        Outage { requests_before, failed_before, failed, recovery_s, budget_used }
    }
}

/// What came of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Outage {
    /// Requests that were due before it.
    pub requests_before: u64,
    /// Those of them that failed.
    pub failed_before: u64,
    /// Requests due from then on that failed.
    pub failed: u64,
    /// Seconds until all stayed well; `null` where that was not seen. A second is well in which at most 1 % failed.
    pub recovery_s: Option<f64>,
    /// What failed, as a share of the error budget of thirty days at the rate of this run.
    pub budget_used: f64,
}

/// What was answered, held against what was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tallied {
    /// Requests answered well.
    pub answered: u64,
    /// Those of them that were not done.
    pub lost: u64,
    /// Requests that were done more than once.
    pub duplicated: u64,
    /// Done, but not answered well: whoever sent them does not know.
    pub unanswered: u64,
}

/// Everything that a trial has shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// What the tier is held to.
    pub bounds: Bounds,
    /// What came of the fault; `null` where none was put in.
    pub outage: Option<Outage>,
    /// Lost and duplicated requests; `null` where the target told of none.
    pub tallied: Option<Tallied>,
    /// Whether every request only reads (RFC 9110, section 9.2.1): then nothing can be lost or done twice.
    pub reads_only: bool,
    /// Why nothing can be said.
    pub trouble: String,
}

impl Shown {
    /// As it stands in the report of a run.
    pub fn of(report: &serde_json::Value) -> Option<Self> {
        serde_json::from_value(report.get("trial")?.clone()).ok()
    }

    /// What it comes to, and why.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    pub fn verdict(&self, held: bool) -> (EvidenceVerdict, String) {
        use EvidenceVerdict::{Failed, Inconclusive, Passed};
        let Some(outage) = self.outage.filter(|_| self.trouble.is_empty()) else {
            return (Inconclusive, format!("no fault: {}", self.trouble));
        };
        let bounds = self.bounds;
        let mut lines = Vec::new();
        let mut verdict = Passed;
        let mut say = |good: bool, line: String| {
            if !good {
                verdict = Failed;
            }
            lines.push(line);
        };
        match outage.recovery_s {
            Some(seconds) => say(seconds <= bounds.recovery_s, format!("well again after {seconds:.1} s, ≤ {} s", bounds.recovery_s)),
            None => say(false, "not well again by the end of the run".to_owned()),
        }
        let (used, most) = (100.0 * outage.budget_used, 100.0 * bounds.budget);
        let objective = 100.0 * bounds.objective;
        say(
            outage.budget_used <= bounds.budget,
            format!("{} failed: {used:.2} % of 30 days' error budget of {objective} %, ≤ {most} %", outage.failed),
        );
        if let Some(counts) = self.tallied {
            let Tallied { answered, lost, duplicated, unanswered } = counts;
            say(
                lost == 0 && duplicated == 0,
                format!("{lost} of {answered} answered lost, {duplicated} done twice, {unanswered} done unanswered"),
            );
        }
        let uneven = outage.requests_before == 0 || outage.failed_before as f64 > WELL * outage.requests_before as f64;
        let doubts = [
            (uneven, "it was not steady before the fault"),
            (!held, "the rate was not held"),
            (self.tallied.is_none() && !self.reads_only, "the target told no ledger, so nobody knows what was lost or done twice"),
        ];
        for (_, doubt) in doubts.into_iter().filter(|(stands, _)| *stands) {
            // What failed has failed; what passed has not.
            if verdict == Passed {
                verdict = Inconclusive;
            }
            lines.push(doubt.to_owned());
        }
        (verdict, lines.join("; "))
    }
}

impl Subject {
    /// What a trial has shown, as evidence of high availability.
    ///
    /// # Errors
    /// A result that is none.
    pub fn show(&self, environment: &str, body: &[u8], (shown, held): (&Shown, bool), now: Timestamp) -> Result<Submission, Fault> {
        let mut submission = self.judge(environment, body, None, now)?;
        let (verdict, note) = shown.verdict(held);
        submission.kind = EvidenceKind::Availability;
        (submission.verdict, submission.note, submission.computed) = (verdict, note, true);
        Ok(submission)
    }
}

/// Whether every request of a plan only reads.
pub fn reads_only(plan: &Plan) -> bool {
    plan.requests().iter().all(|request| matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECONDS: u64 = 60;

    /// Ten requests in each second; those due in the span from the fault on fail.
    fn trace(failing: std::ops::Range<u64>) -> Trace {
        let mut trace = Trace::default();
        for n in 0..SECONDS * 10 {
            trace.count(n, n / 10, !failing.contains(&(n / 10)));
        }
        trace
    }

    fn shown(trace: &Trace, tallied: Option<Tallied>, tier: u8) -> (EvidenceVerdict, String) {
        let bounds = Bounds::of(tier);
        Shown { bounds, outage: Some(trace.after(20.2, 60.0, bounds)), tallied, reads_only: false, trouble: String::new() }.verdict(true)
    }

    const NONE_LOST: Tallied = Tallied { answered: 550, lost: 0, duplicated: 0, unanswered: 3 };

    #[test]
    fn recovery_and_budget_are_measured_from_the_fault() {
        let outage = trace(20..25).after(20.2, 60.0, Bounds::of(1));
        assert_eq!((outage.requests_before, outage.failed_before, outage.failed), (200, 0, 50));
        assert!((outage.recovery_s.unwrap() - 4.8).abs() < 1e-9);
        // Five seconds of 259.2 that a month at 99.99 % allows.
        assert!((outage.budget_used - 5.0 / 259.2).abs() < 1e-9);
        assert_eq!(trace(0..0).after(20.2, 60.0, Bounds::of(1)).recovery_s, Some(0.0));
        assert_eq!(trace(20..58).after(20.2, 60.0, Bounds::of(1)).recovery_s, None, "two good seconds show nothing");
    }

    #[test]
    fn every_tier_is_held_to_its_own() {
        let forty = trace(20..54);
        assert_eq!(shown(&forty, Some(NONE_LOST), 1).0, EvidenceVerdict::Failed);
        assert_eq!(shown(&forty, Some(NONE_LOST), 2).0, EvidenceVerdict::Passed);
        let bounds: Vec<f64> = (1..=4).map(|tier| Bounds::of(tier).recovery_s).collect();
        assert!(bounds.is_sorted());
    }

    #[test]
    fn what_is_lost_or_done_twice_fails_and_what_is_not_known_does_not_pass() {
        let good = trace(20..22);
        assert_eq!(shown(&good, Some(NONE_LOST), 1).0, EvidenceVerdict::Passed);
        for bad in [Tallied { lost: 1, ..NONE_LOST }, Tallied { duplicated: 1, ..NONE_LOST }] {
            assert_eq!(shown(&good, Some(bad), 1).0, EvidenceVerdict::Failed);
        }
        assert_eq!(shown(&good, None, 1).0, EvidenceVerdict::Inconclusive);
        assert_eq!(shown(&trace(0..22), Some(NONE_LOST), 1).0, EvidenceVerdict::Inconclusive, "it was not steady");
        assert_eq!(shown(&trace(0..59), Some(NONE_LOST), 1).0, EvidenceVerdict::Failed);
        let none = Shown { bounds: Bounds::of(1), outage: None, tallied: None, reads_only: true, trouble: "the tool failed".into() };
        assert_eq!(none.verdict(true), (EvidenceVerdict::Inconclusive, "no fault: the tool failed".to_owned()));
    }

    #[test]
    fn a_ledger_is_read_whatever_it_looks_like() {
        let mut trace = Trace::default();
        for n in 0..6 {
            trace.count(n, 0, n != 5);
        }
        let told = trace.against("r1", "[\"r1/0\",\"r1/1\"]\nGET /pay r1/2 200\nr1/2,r1/4\nr2/3 r1/5\nr1/x");
        assert_eq!(told, Tallied { answered: 5, lost: 1, duplicated: 1, unanswered: 1 });
    }

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
