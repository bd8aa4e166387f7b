//! When things were: by the facts, and as somebody corrected it. Both are kept; what was corrected holds.

use serde::{Deserialize, Serialize};

use crate::{Fault, Timestamp, Wording, words::words};

words! {
    /// The moments of an incident, in their order.
    pub enum TimeKind {
        /// The first sign.
        Began = "began",
        /// Somebody, or a monitor, noticed.
        Detected = "detected",
        /// A person took it on.
        Acknowledged = "acknowledged",
        /// Customers were no longer hurt.
        Mitigated = "mitigated",
        /// It was over.
        Resolved = "resolved",
    }
}

/// A moment as somebody corrected it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Correction {
    /// When it really was.
    pub at: Timestamp,
    /// Why it is known better.
    pub reason: String,
    /// By whom.
    pub by: String,
    /// When it was corrected.
    pub corrected_at: Timestamp,
}

/// One moment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = IncidentMoment))]
pub struct Moment {
    /// By the facts.
    pub fact: Option<Timestamp>,
    /// As it was corrected.
    pub correction: Option<Correction>,
}

impl Moment {
    /// The moment that holds.
    pub fn at(&self) -> Option<Timestamp> {
        self.correction.as_ref().map(|correction| correction.at).or(self.fact)
    }
}

/// The moments of an incident.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = IncidentTimes))]
pub struct Times {
    /// The first sign.
    pub began: Moment,
    /// Noticed.
    pub detected: Moment,
    /// Taken on.
    pub acknowledged: Moment,
    /// No longer hurting.
    pub mitigated: Moment,
    /// Over.
    pub resolved: Moment,
}

/// How long each step took, in milliseconds; absent where it has not come so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Took {
    /// From the first sign until it was noticed.
    pub detect: Option<i64>,
    /// From there until somebody took it on.
    pub acknowledge: Option<i64>,
    /// From the first sign until customers were no longer hurt.
    pub mitigate: Option<i64>,
    /// From the first sign until it was over.
    pub resolve: Option<i64>,
}

impl Times {
    /// One of them.
    pub fn of(&self, kind: TimeKind) -> &Moment {
        match kind {
            TimeKind::Began => &self.began,
            TimeKind::Detected => &self.detected,
            TimeKind::Acknowledged => &self.acknowledged,
            TimeKind::Mitigated => &self.mitigated,
            TimeKind::Resolved => &self.resolved,
        }
    }

    /// One of them, to be filled.
    pub fn of_mut(&mut self, kind: TimeKind) -> &mut Moment {
        match kind {
            TimeKind::Began => &mut self.began,
            TimeKind::Detected => &mut self.detected,
            TimeKind::Acknowledged => &mut self.acknowledged,
            TimeKind::Mitigated => &mut self.mitigated,
            TimeKind::Resolved => &mut self.resolved,
        }
    }

    /// How long each step took.
    pub fn took(&self) -> Took {
        let between = |from: &Moment, to: &Moment| Some(to.at()?.since(from.at()?).max(0));
        Took {
            detect: between(&self.began, &self.detected),
            acknowledge: between(&self.detected, &self.acknowledged),
            mitigate: between(&self.began, &self.mitigated),
            resolve: between(&self.began, &self.resolved),
        }
    }

    /// Refuses a moment in the future, before the first sign, or a mitigation after the end.
    pub fn check(&self, kind: TimeKind, now: Timestamp) -> Result<(), Fault> {
        let wrong = |key: &'static str| {
            let at = self.of(kind).at().map(Timestamp::rfc3339).unwrap_or_default();
            Err(Fault::invalid("at", at, Wording::new(key)))
        };
        let moments = TimeKind::ALL.iter().filter_map(|kind| self.of(*kind).at());
        if self.of(kind).at().is_some_and(|at| at > now) {
            return wrong("deployments-expect-past");
        }
        if self.began.at().is_some_and(|began| moments.clone().any(|at| at < began)) {
            return wrong("incidents-expect-after-beginning");
        }
        match (self.mitigated.at(), self.resolved.at()) {
            (Some(mitigated), Some(resolved)) if mitigated > resolved => wrong("incidents-expect-before-end"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(at: i64) -> Moment {
        Moment { fact: Some(Timestamp(at)), correction: None }
    }

    #[test]
    fn corrections_hold_and_facts_stay() {
        let mut times =
            Times { began: moment(0), detected: moment(60), acknowledged: moment(90), mitigated: moment(200), resolved: moment(300) };
        assert_eq!(times.took(), Took { detect: Some(60), acknowledge: Some(30), mitigate: Some(200), resolve: Some(300) });
        let by = |at: i64| Some(Correction { at: Timestamp(at), reason: "r".into(), by: "b".into(), corrected_at: Timestamp(400) });
        times.mitigated.correction = by(150);
        assert_eq!((times.took().mitigate, times.mitigated.fact), (Some(150), Some(Timestamp(200))));
        assert!(times.check(TimeKind::Mitigated, Timestamp(400)).is_ok());
        times.mitigated.correction = by(301);
        assert!(times.check(TimeKind::Mitigated, Timestamp(400)).is_err(), "after the end");
        times.mitigated.correction = by(-1);
        assert!(times.check(TimeKind::Mitigated, Timestamp(400)).is_err(), "before the beginning");
        times.mitigated.correction = None;
        times.resolved.correction = by(500);
        assert!(times.check(TimeKind::Resolved, Timestamp(400)).is_err(), "in the future");
        assert_eq!(Times::default().took(), Took::default());
    }
}
