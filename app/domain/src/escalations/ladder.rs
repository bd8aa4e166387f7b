//! The steps of one severity, and which comes next.

use super::{Content, Step};
use crate::{Timestamp, alerts::Severity, time::MINUTE};

/// Where a run stands: which time round, and which rung of the ladder is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// 0, then 1, 2 … with each repetition.
    pub round: i64,
    /// The rung, from 0.
    pub rung: i64,
}

impl Place {
    /// The first rung.
    pub const FIRST: Self = Self { round: 0, rung: 0 };
}

/// One rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung<'a> {
    /// Number of the step within the policy, from 1.
    pub number: i64,
    /// The step.
    pub step: &'a Step,
    /// Milliseconds to wait for it.
    pub wait_ms: i64,
}

impl Content {
    /// Whether this severity pages anybody.
    pub fn pages(&self, severity: Severity) -> bool {
        self.steps.iter().any(|step| step.severities.contains(&severity))
    }

    /// The rung at a place; `None` beyond the last one of the last round, and where the severity pages nobody.
    pub fn rung(&self, severity: Severity, place: Place) -> Option<Rung<'_>> {
        let ladder = (1_i64..).zip(&self.steps).filter(|(_, step)| step.severities.contains(&severity));
        let (number, step) = ladder.into_iter().nth(usize::try_from(place.rung).ok()?)?;
        let wait = if place.rung == 0 && place.round > 0 { self.again_min } else { step.after_min };
        (0..=self.repeat).contains(&place.round).then(|| Rung { number, step, wait_ms: wait * MINUTE })
    }

    /// The place after this one.
    pub fn after(&self, severity: Severity, place: Place) -> Option<Place> {
        let next = Place { rung: place.rung + 1, ..place };
        let again = Place { round: place.round + 1, rung: 0 };
        [next, again].into_iter().find(|place| self.rung(severity, *place).is_some())
    }

    /// Every step, with its moment, if nobody acknowledges and none is skipped.
    pub fn climb(&self, severity: Severity, begin: Timestamp) -> Vec<(Timestamp, Place, Rung<'_>)> {
        let mut climbed = Vec::new();
        let (mut place, mut at) = (Some(Place::FIRST), begin);
        while let Some((here, rung)) = place.and_then(|here| Some((here, self.rung(severity, here)?))) {
            at = at.plus(rung.wait_ms);
            climbed.push((at, here, rung));
            place = self.after(severity, here);
        }
        climbed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{escalations::Target, id::TeamId};

    fn content() -> Content {
        let team = TeamId::parse("00000000-0000-7000-8000-000000000000").unwrap();
        let step = |after_min, severities: &[Severity]| Step {
            after_min,
            severities: severities.to_vec(),
            targets: vec![Target::Team(team.clone())],
        };
        use Severity::{P1, P2, P3};
        Content {
            name: "Payments".into(),
            team: team.clone(),
            steps: vec![step(0, &[P1]), step(5, &[P1, P2]), step(10, &[P1, P2, P3])],
            repeat: 1,
            again_min: 15,
            skip_empty: true,
            default: true,
            systems: Vec::new(),
        }
    }

    #[test]
    fn each_severity_has_its_ladder() {
        let content = content();
        let told = |severity| -> Vec<_> {
            content.climb(severity, Timestamp(0)).into_iter().map(|(at, place, rung)| (at.0 / MINUTE, place.round, rung.number)).collect()
        };
        assert_eq!(told(Severity::P1), [(0, 0, 1), (5, 0, 2), (15, 0, 3), (30, 1, 1), (35, 1, 2), (45, 1, 3)]);
        assert_eq!(told(Severity::P2), [(5, 0, 2), (15, 0, 3), (30, 1, 2), (40, 1, 3)]);
        assert_eq!(told(Severity::P3), [(10, 0, 3), (25, 1, 3)]);
        assert_eq!(told(Severity::P4), []);
        assert!(!content.pages(Severity::P4) && content.pages(Severity::P3));
    }

    #[test]
    fn targets_are_text_with_their_kind() {
        let text = "schedule:00000000-0000-7000-8000-000000000001";
        assert_eq!(Target::parse(text).unwrap().to_string(), text);
        for bad in ["", "user:", "user:lena", "pager:00000000-0000-7000-8000-000000000001"] {
            assert_eq!(Target::parse(bad), None, "{bad}");
        }
    }
}
