//! Which check is due when, in memory. Rebuilt from the tables at start and whenever a monitor changes.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use domain::{
    Fault, Timestamp,
    id::MonitorId,
    monitors::{HttpTarget, Target, rule},
};

use super::store::PlannedRow;
use crate::db::stored;

/// One monitor as the scheduler knows it.
pub(super) struct Planned {
    pub(super) version: i64,
    pub(super) target: Arc<HttpTarget>,
    phase: u64,
    due: Timestamp,
    /// Whether a check is under way.
    pub(super) flying: bool,
}

impl Planned {
    fn interval_ms(&self) -> i64 {
        i64::from(self.target.interval_s) * 1_000
    }
}

/// Every monitor that is checked, by when it is due.
#[derive(Default)]
pub(super) struct Schedule {
    plan: HashMap<MonitorId, Planned>,
    due: BTreeSet<(Timestamp, MonitorId)>,
    /// The latest moment it was asked at: an earlier one says that the clock jumped back.
    asked_at: Timestamp,
}

/// A check to begin now.
pub(super) struct Launch {
    pub(super) monitor: MonitorId,
    pub(super) version: i64,
    pub(super) target: Arc<HttpTarget>,
    /// When it should have begun.
    pub(super) due: Timestamp,
}

impl Schedule {
    /// Takes the tables' word. What is new or edited is due at once; what was checked before keeps its grid, so that a
    /// restart does not ask everybody in the same moment.
    pub(super) fn rebuild(&mut self, rows: Vec<PlannedRow>, now: Timestamp) -> Result<(), Fault> {
        let mut before = std::mem::take(&mut self.plan);
        self.due.clear();
        for row in rows {
            let id: MonitorId = stored(&row.id)?;
            let Target::Http(target) = row.target()? else { continue };
            let known = before.remove(&id);
            let phase = rule::phase(id.as_str());
            let interval = i64::from(target.interval_s) * 1_000;
            let due = match &known {
                Some(known) if known.version == row.version => known.due,
                None if row.last_at.is_some() => rule::next_due(now, interval, phase),
                _ => now,
            };
            self.due.insert((due, id.clone()));
            let flying = known.is_some_and(|known| known.flying);
            self.plan.insert(id, Planned { version: row.version, target: Arc::new(target), phase, due, flying });
        }
        Ok(())
    }

    /// The next check that is due, which is thereby under way; its next moment is set. `None` where nothing is due.
    /// What is due while its check is still under way is passed over: the second value counts those.
    pub(super) fn launch(&mut self, now: Timestamp, passed_over: &mut u64) -> Option<Launch> {
        if now < self.asked_at {
            self.come_back(now);
        }
        self.asked_at = now;
        loop {
            let (due, id) = self.due.first().cloned()?;
            let planned = self.plan.get_mut(&id)?;
            if due > now {
                return None;
            }
            self.due.pop_first();
            planned.due = rule::next_due(now, planned.interval_ms(), planned.phase);
            self.due.insert((planned.due, id.clone()));
            if planned.flying {
                *passed_over += 1;
                continue;
            }
            planned.flying = true;
            return Some(Launch { monitor: id, version: planned.version, target: planned.target.clone(), due });
        }
    }

    /// After a jump backwards of the clock everything would lie far ahead: what does begins anew on the grid.
    fn come_back(&mut self, now: Timestamp) {
        for (id, planned) in &mut self.plan {
            if planned.due.since(now) > planned.interval_ms() {
                self.due.remove(&(planned.due, id.clone()));
                planned.due = rule::next_due(now, planned.interval_ms(), planned.phase);
                self.due.insert((planned.due, id.clone()));
            }
        }
    }

    /// The check of a monitor has ended.
    pub(super) fn landed(&mut self, id: &MonitorId) {
        if let Some(planned) = self.plan.get_mut(id) {
            planned.flying = false;
        }
    }

    /// The next moment at which something is due.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.due.first().map(|(due, _)| *due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(n: u32, version: i64, last_at: Option<i64>) -> PlannedRow {
        let target = r#"{"kind":"http","method":"GET","url":"http://x/","interval_s":10,"timeout_s":5,"expected":"200",
            "body_match":{"mode":"none","text":""},"tls_days":null,"follow":false,"accept_invalid":false,"headers":[],"body":""}"#;
        PlannedRow { id: format!("0193f2a0-7b1c-7def-8abc-{n:012x}"), target: target.into(), version, last_at }
    }

    fn launched(schedule: &mut Schedule, now: i64) -> (usize, u64) {
        let (mut count, mut passed) = (0, 0);
        while let Some(launch) = schedule.launch(Timestamp(now), &mut passed) {
            schedule.landed(&launch.monitor);
            count += 1;
        }
        (count, passed)
    }

    #[test]
    fn new_at_once_then_once_in_every_interval() {
        let mut schedule = Schedule::default();
        schedule.rebuild((0..20).map(|n| row(n, 1, None)).collect(), Timestamp(1_000_000)).unwrap();
        assert_eq!(launched(&mut schedule, 1_000_000), (20, 0));
        assert_eq!(launched(&mut schedule, 1_000_000), (0, 0));
        for i in 1..=5 {
            assert_eq!(launched(&mut schedule, 1_000_000 + i * 10_000), (20, 0));
        }
    }

    #[test]
    fn no_storm_after_a_jump_of_the_clock_in_either_direction() {
        let mut schedule = Schedule::default();
        let now = 10_000_000;
        schedule.rebuild((0..20).map(|n| row(n, 1, Some(now - 5_000))).collect(), Timestamp(now)).unwrap();
        assert_eq!(launched(&mut schedule, now), (0, 0), "a restart keeps the grid");
        assert_eq!(launched(&mut schedule, now + 3_600_000), (20, 0), "an hour ahead: once each");
        assert_eq!(launched(&mut schedule, now), (0, 0), "an hour back: on the grid again");
        assert_eq!(launched(&mut schedule, now + 10_000), (20, 0));
    }

    #[test]
    fn an_edit_is_due_at_once_and_a_slow_check_is_not_doubled() {
        let mut schedule = Schedule::default();
        schedule.rebuild(vec![row(1, 1, Some(0))], Timestamp(1_000)).unwrap();
        schedule.rebuild(vec![row(1, 2, Some(0))], Timestamp(1_000)).unwrap();
        let mut passed = 0;
        assert!(schedule.launch(Timestamp(1_000), &mut passed).is_some());
        assert!(schedule.launch(Timestamp(11_000), &mut passed).is_none());
        assert_eq!(passed, 1);
    }
}
