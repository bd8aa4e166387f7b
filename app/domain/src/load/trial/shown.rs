//! What a trial comes to.

use serde::{Deserialize, Serialize};

use super::{Bounds, Outage, Tallied, trace::WELL};
use crate::{
    Fault, Timestamp, Wording,
    evidence::{EvidenceKind, EvidenceVerdict, Submission},
    load::{Plan, Subject},
};

/// Everything that a trial has shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// What the tier is held to.
    pub bounds: Bounds,
    /// What came of the fault; `null` where none was put in.
    pub outage: Option<Outage>,
    /// When the fault began and what it took away was given back, in seconds after the first request; `null` where it was not.
    pub spans: (Option<f64>, Option<f64>),
    /// Lost and duplicated requests; `null` where the target told of none.
    pub tallied: Option<Tallied>,
    /// Whether every request only reads (RFC 9110, section 9.2.1): then nothing can be lost or done twice.
    pub reads_only: bool,
    /// Why nothing can be said.
    pub trouble: String,
}

/// One reason: in English as it is kept with the evidence, and as a key for the reader's language.
struct Reason {
    text: String,
    wording: Wording,
}

impl Shown {
    /// As it stands in the report of a run.
    pub fn of(report: &serde_json::Value) -> Option<Self> {
        serde_json::from_value(report.get("trial")?.clone()).ok()
    }

    /// What it comes to, and why, as it is kept.
    pub fn verdict(&self, held: bool) -> (EvidenceVerdict, String) {
        let (verdict, reasons) = self.reasons(held);
        (verdict, reasons.into_iter().map(|reason| reason.text).collect::<Vec<_>>().join("; "))
    }

    /// What it comes to, and why, for people.
    pub fn wordings(&self, held: bool) -> (EvidenceVerdict, Vec<Wording>) {
        let (verdict, reasons) = self.reasons(held);
        (verdict, reasons.into_iter().map(|reason| reason.wording).collect())
    }

    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    fn reasons(&self, held: bool) -> (EvidenceVerdict, Vec<Reason>) {
        use EvidenceVerdict::{Failed, Inconclusive, Passed};
        let Some(outage) = self.outage.filter(|_| self.trouble.is_empty()) else {
            let wording = Wording::new("load-why-no-fault").with("why", &self.trouble);
            return (Inconclusive, vec![Reason { text: format!("no fault: {}", self.trouble), wording }]);
        };
        let bounds = self.bounds;
        let mut reasons = Vec::new();
        let mut verdict = Passed;
        let mut say = |good: bool, text: String, wording: Wording| {
            if !good {
                verdict = Failed;
            }
            reasons.push(Reason { text, wording });
        };
        match outage.recovery_s {
            Some(seconds) => say(
                seconds <= bounds.recovery_s,
                format!("well again after {seconds:.1} s, ≤ {} s", bounds.recovery_s),
                Wording::new("load-why-well").with("seconds", format!("{seconds:.1}")).with("most", bounds.recovery_s),
            ),
            None => say(false, "not well again by the end of the run".to_owned(), Wording::new("load-why-not-well")),
        }
        let (used, most) = (100.0 * outage.budget_used, 100.0 * bounds.budget);
        let objective = 100.0 * bounds.objective;
        say(
            outage.budget_used <= bounds.budget,
            format!("{} failed: {used:.2} % of 30 days' error budget of {objective} %, ≤ {most} %", outage.failed),
            Wording::new("load-why-budget")
                .with("failed", outage.failed)
                .with("used", format!("{used:.2}"))
                .with("objective", objective)
                .with("most", most),
        );
        if let Some(counts) = self.tallied {
            let Tallied { answered, lost, duplicated, unanswered } = counts;
            say(
                lost == 0 && duplicated == 0,
                format!("{lost} of {answered} answered lost, {duplicated} done twice, {unanswered} done unanswered"),
                Wording::new("load-why-ledger")
                    .with("lost", lost)
                    .with("answered", answered)
                    .with("duplicated", duplicated)
                    .with("unanswered", unanswered),
            );
        }
        let uneven = outage.requests_before == 0 || outage.failed_before as f64 > WELL * outage.requests_before as f64;
        // What is well only once it was given back has been repaired, and has not held out without.
        let repaired = match (outage.recovery_s, self.spans) {
            (Some(seconds), (Some(fault), Some(mend))) => seconds > 0.0 && fault + seconds > mend,
            _ => false,
        };
        let doubts = [
            (outage.silent > 0, "in some seconds after the fault no request was due", "load-why-silent"),
            (repaired, "it was well only after what was taken away was given back", "load-why-repaired"),
            (uneven, "it was not steady before the fault", "load-why-uneven"),
            (!held, "the rate was not held", "load-why-not-held"),
            (
                self.tallied.is_none() && !self.reads_only,
                "the target told no ledger, so nobody knows what was lost or done twice",
                "load-why-no-ledger",
            ),
        ];
        for (_, doubt, key) in doubts.into_iter().filter(|(stands, ..)| *stands) {
            // What failed has failed; what passed has not.
            if verdict == Passed {
                verdict = Inconclusive;
            }
            reasons.push(Reason { text: doubt.to_owned(), wording: Wording::new(key) });
        }
        (verdict, reasons)
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
    use crate::load::Trace;

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
        Shown {
            bounds,
            outage: Some(trace.after(20.2, 60.0, bounds)),
            spans: (Some(20.2), None),
            tallied,
            reads_only: false,
            trouble: String::new(),
        }
        .verdict(true)
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
        let none = Shown {
            bounds: Bounds::of(1),
            outage: None,
            spans: (None, None),
            tallied: None,
            reads_only: true,
            trouble: "the tool failed".into(),
        };
        assert_eq!(none.verdict(true), (EvidenceVerdict::Inconclusive, "no fault: the tool failed".to_owned()));
    }

    #[test]
    fn what_nobody_looked_at_or_somebody_repaired_has_not_passed() {
        let bounds = Bounds::of(2);
        let shown = |trace: &Trace, mended: Option<f64>| {
            let outage = Some(trace.after(20.2, 60.0, bounds));
            Shown { bounds, outage, spans: (Some(20.2), mended), tallied: Some(NONE_LOST), reads_only: false, trouble: String::new() }
                .verdict(true)
        };
        assert_eq!(shown(&trace(20..24), Some(30.0)).0, EvidenceVerdict::Passed);
        let (verdict, why) = shown(&trace(20..24), Some(23.0));
        assert_eq!((verdict, why.contains("given back")), (EvidenceVerdict::Inconclusive, true), "{why}");
        // One request in ten seconds falls between the instance and its return.
        let mut sparse = Trace::default();
        (0..6).for_each(|n| sparse.count(n, n * 10, true));
        let (verdict, why) = shown(&sparse, None);
        assert_eq!((verdict, why.contains("no request was due")), (EvidenceVerdict::Inconclusive, true), "{why}");
    }
}
