//! Which check is due when, in memory. Rebuilt from the tables at start and whenever a monitor changes.
//!
//! Two lanes: a monitor whose last check gave no answer for long goes by the slow one, which never holds more than half of
//! the places. So however many targets hang, those that answer are still asked in time; what hangs waits for its like.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use domain::{
    Timestamp,
    id::MonitorId,
    monitors::{Target, rule},
};

use super::store::PlannedRow;
use crate::db::stored;

/// By which way a monitor goes to its next check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// It answered, or nothing is known of it.
    Quick,
    /// Its last check ended without an answer, and took long to do so.
    Slow,
}

const LANES: [Lane; 2] = [Lane::Quick, Lane::Slow];

/// One monitor as the scheduler knows it.
struct Planned {
    version: i64,
    target: Arc<Target>,
    credential: Arc<str>,
    phase: u64,
    due: Timestamp,
    lane: Lane,
    /// Whether a check is under way.
    flying: bool,
}

/// Every monitor that is checked, by when it is due.
#[derive(Default)]
pub(super) struct Schedule {
    plan: HashMap<MonitorId, Planned>,
    /// What is due, by lane.
    due: [BTreeSet<(Timestamp, MonitorId)>; 2],
    /// Checks under way, by lane.
    flying: [usize; 2],
    /// The latest moment it was asked at: an earlier one says that the clock jumped back.
    asked_at: Timestamp,
}

/// A check to begin now.
pub(super) struct Launch {
    pub(super) monitor: MonitorId,
    pub(super) version: i64,
    pub(super) target: Arc<Target>,
    /// The secret that goes with it, sealed; empty for none.
    pub(super) credential: Arc<str>,
    /// When it should have begun.
    pub(super) due: Timestamp,
    /// The lane in which it takes its place.
    pub(super) lane: Lane,
}

impl Schedule {
    /// Takes the tables' word. What is new or edited is due at once; what was checked before keeps its grid, so that a
    /// restart does not ask everybody in the same moment. A target that cannot be read is planned too: its check says so.
    pub(super) fn rebuild(&mut self, rows: Vec<PlannedRow>, now: Timestamp) {
        let mut before = std::mem::take(&mut self.plan);
        for lane in &mut self.due {
            lane.clear();
        }
        for row in rows {
            // An id that does not parse has been logged by `stored`; it is nobody's fault but its own.
            let Ok(id) = stored::<MonitorId>(&row.id) else { continue };
            let target = row.target();
            match &target {
                Target::Heartbeat(_) => continue,
                Target::Unreadable { why, .. } => tracing::error!(monitor = %id, why, "a target cannot be read; the monitor is unknown"),
                _ => {}
            }
            let known = before.remove(&id);
            let phase = rule::phase(id.as_str());
            let due = match &known {
                Some(known) if known.version == row.version => known.due,
                None if row.last_at.is_some() && target.pace().is_some() => rule::next_due(now, target.interval_ms(), phase),
                _ => now,
            };
            // Whoever edits a monitor may have mended what hung.
            let lane = known.as_ref().filter(|known| known.version == row.version).map_or(Lane::Quick, |known| known.lane);
            self.due[lane as usize].insert((due, id.clone()));
            let flying = known.is_some_and(|known| known.flying);
            let (target, credential) = (Arc::new(target), row.credential.into());
            self.plan.insert(id, Planned { version: row.version, target, credential, phase, due, lane, flying });
        }
    }

    /// Whether a lane has a place left, of `room` in all.
    fn has_place(&self, lane: Lane, room: usize) -> bool {
        let all: usize = self.flying.iter().sum();
        all < room && (lane == Lane::Quick || self.flying[Lane::Slow as usize] < (room / 2).max(1))
    }

    /// The lane with a place left whose first monitor is due first, and when that is.
    fn first(&self, room: usize) -> Option<(Timestamp, Lane)> {
        let open = LANES.into_iter().filter(|lane| self.has_place(*lane, room));
        open.filter_map(|lane| self.due[lane as usize].first().map(|(due, _)| (*due, lane))).min_by_key(|(due, _)| *due)
    }

    /// The next check that is due and has a place among `room`, which is thereby under way; its next moment is set. `None`
    /// where there is none. What is due while its check is still under way is passed over: `passed_over` counts those.
    pub(super) fn launch(&mut self, now: Timestamp, room: usize, passed_over: &mut u64) -> Option<Launch> {
        if now < self.asked_at {
            self.come_back(now);
        }
        self.asked_at = now;
        loop {
            let (_, lane) = self.first(room).filter(|(due, _)| *due <= now)?;
            let (due, id) = self.due[lane as usize].pop_first()?;
            let planned = self.plan.get_mut(&id)?;
            planned.due = rule::next_due(now, planned.target.interval_ms(), planned.phase);
            self.due[lane as usize].insert((planned.due, id.clone()));
            if planned.flying {
                *passed_over += 1;
                continue;
            }
            planned.flying = true;
            self.flying[lane as usize] += 1;
            let (target, credential) = (planned.target.clone(), planned.credential.clone());
            return Some(Launch { monitor: id, version: planned.version, target, credential, due, lane });
        }
    }

    /// After a jump backwards of the clock everything would lie far ahead: what does begins anew on the grid.
    fn come_back(&mut self, now: Timestamp) {
        for (id, planned) in &mut self.plan {
            if planned.due.since(now) > planned.target.interval_ms() {
                let due = &mut self.due[planned.lane as usize];
                due.remove(&(planned.due, id.clone()));
                planned.due = rule::next_due(now, planned.target.interval_ms(), planned.phase);
                due.insert((planned.due, id.clone()));
            }
        }
    }

    /// The check of a monitor has ended, which had its place in `lane`; the next one goes by `next`.
    pub(super) fn landed(&mut self, id: &MonitorId, lane: Lane, next: Lane) {
        self.flying[lane as usize] = self.flying[lane as usize].saturating_sub(1);
        let Some(planned) = self.plan.get_mut(id) else { return };
        planned.flying = false;
        if planned.lane != next {
            let place = (planned.due, id.clone());
            self.due[planned.lane as usize].remove(&place);
            self.due[next as usize].insert(place);
            planned.lane = next;
        }
    }

    /// The next moment at which something is due that has a place among `room`.
    pub(super) fn next(&self, room: usize) -> Option<Timestamp> {
        self.first(room).map(|(due, _)| due)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BinaryHeap;

    use super::*;

    const ROOM: usize = 1_000;

    fn row(n: u32, version: i64, last_at: Option<i64>) -> PlannedRow {
        let target = r#"{"kind":"http","method":"GET","url":"http://x/","interval_s":10,"timeout_s":5,"expected":"200",
            "body_match":{"mode":"none","text":""},"tls_days":null,"follow":false,"accept_invalid":false,"headers":[],"body":""}"#;
        PlannedRow {
            id: format!("0193f2a0-7b1c-7def-8abc-{n:012x}"),
            kind: "http".into(),
            target: target.into(),
            credential: String::new(),
            version,
            last_at,
        }
    }

    fn launched(schedule: &mut Schedule, now: i64) -> (usize, u64) {
        let (mut count, mut passed) = (0, 0);
        while let Some(launch) = schedule.launch(Timestamp(now), ROOM, &mut passed) {
            schedule.landed(&launch.monitor, launch.lane, Lane::Quick);
            count += 1;
        }
        (count, passed)
    }

    #[test]
    fn new_at_once_then_once_in_every_interval() {
        let mut schedule = Schedule::default();
        schedule.rebuild((0..20).map(|n| row(n, 1, None)).collect(), Timestamp(1_000_000));
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
        schedule.rebuild((0..20).map(|n| row(n, 1, Some(now - 5_000))).collect(), Timestamp(now));
        assert_eq!(launched(&mut schedule, now), (0, 0), "a restart keeps the grid");
        assert_eq!(launched(&mut schedule, now + 3_600_000), (20, 0), "an hour ahead: once each");
        assert_eq!(launched(&mut schedule, now), (0, 0), "an hour back: on the grid again");
        assert_eq!(launched(&mut schedule, now + 10_000), (20, 0));
    }

    #[test]
    fn an_edit_is_due_at_once_and_a_slow_check_is_not_doubled() {
        let mut schedule = Schedule::default();
        schedule.rebuild(vec![row(1, 1, Some(0))], Timestamp(1_000));
        schedule.rebuild(vec![row(1, 2, Some(0))], Timestamp(1_000));
        let mut passed = 0;
        assert!(schedule.launch(Timestamp(1_000), ROOM, &mut passed).is_some());
        assert!(schedule.launch(Timestamp(11_000), ROOM, &mut passed).is_none());
        assert_eq!(passed, 1);
    }

    #[test]
    fn what_cannot_be_read_is_planned_and_holds_up_nobody() {
        let mut schedule = Schedule::default();
        let broken = PlannedRow { target: r#"{"kind":"carrier-pigeon"}"#.into(), ..row(1, 1, None) };
        let nameless = PlannedRow { id: "no id".into(), ..row(2, 1, None) };
        schedule.rebuild(vec![broken, nameless, row(3, 1, None)], Timestamp(1_000));
        assert_eq!(launched(&mut schedule, 1_000), (2, 0));
    }

    /// 2,000 monitors every 10 s over 400 places; the targets of some hang until the timeout of 10 s. How late the checks of
    /// the others begin at most, in milliseconds, once it is known who hangs.
    fn lateness_beside(hanging: u32) -> i64 {
        let (room, begin) = (400, 1_000_000);
        let mut schedule = Schedule::default();
        schedule.rebuild((0..2_000).map(|n| row(n, 1, Some(0))).collect(), Timestamp(begin));
        let hangs = |id: &MonitorId| u32::from_str_radix(&id.as_str()[24..], 16).unwrap() < hanging;
        let mut ends: BinaryHeap<std::cmp::Reverse<(i64, MonitorId, usize)>> = BinaryHeap::new();
        let (mut late, mut passed) = (0, 0);
        for now in (begin..begin + 180_000).step_by(5) {
            while let Some(end) = ends.peek().filter(|end| end.0.0 <= now).cloned() {
                ends.pop();
                let (_, id, lane) = end.0;
                let next = if hangs(&id) { Lane::Slow } else { Lane::Quick };
                schedule.landed(&id, LANES[lane], next);
            }
            while let Some(launch) = schedule.launch(Timestamp(now), room, &mut passed) {
                let hanging = hangs(&launch.monitor);
                if !hanging && now > begin + 120_000 {
                    late = late.max(now - launch.due.0);
                }
                let takes = if hanging { 10_000 } else { 20 };
                ends.push(std::cmp::Reverse((now + takes, launch.monitor, launch.lane as usize)));
            }
        }
        late
    }

    #[test]
    fn however_many_hang_the_others_are_in_time() {
        for hanging in [0, 300, 1_000, 1_900] {
            let late = lateness_beside(hanging);
            assert!(late <= 50, "{hanging} of 2,000 hang: the others are {late} ms late");
        }
    }
}
