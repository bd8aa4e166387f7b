//! What each place knows of the monitors that are checked from several, and what that comes to.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Fault,
    id::{LocationId, MonitorId},
    monitors::{CheckResult, LOST_MS, Place, Reason, Standing, State, Verdict, rule},
};

use super::{
    record::Finding,
    store::{Kept, locations, places},
};
use crate::{Context, WriteTx};

/// What the portal itself is called among its locations: a name, so that it needs no translation.
const PORTAL: &str = "Evenkeel";

/// The standings of some monitors by place, while results are taken in.
pub(super) struct Elsewhere {
    standings: BTreeMap<(MonitorId, Place), Standing>,
    /// Locations that are not lost, with their names.
    alive: BTreeMap<LocationId, String>,
    changed: BTreeSet<(MonitorId, Place)>,
    results: Vec<(MonitorId, Place, CheckResult)>,
}

impl Elsewhere {
    /// Reads what is known of those that are checked from elsewhere too.
    pub(super) async fn load(tx: &mut WriteTx, ctx: &Context, kept: &BTreeMap<MonitorId, Kept>) -> Result<Self, Fault> {
        let ids: Vec<MonitorId> = kept.values().filter(|kept| !kept.places.is_here()).map(|kept| kept.id.clone()).collect();
        let mut this = Self { standings: BTreeMap::new(), alive: BTreeMap::new(), changed: BTreeSet::new(), results: Vec::new() };
        if !ids.is_empty() {
            this.standings = places::load(tx, &ids).await?;
            this.alive = locations::alive(tx, ctx.now().plus(-LOST_MS)).await?.into_iter().collect();
        }
        Ok(this)
    }

    fn state(&self, id: &MonitorId, place: &Place) -> State {
        let lost = place.location().is_some_and(|location| !self.alive.contains_key(location));
        if lost { State::Unknown } else { self.standings.get(&(id.clone(), place.clone())).map_or(State::New, |standing| standing.state) }
    }

    fn name(&self, place: &Place) -> String {
        place
            .location()
            .and_then(|location| self.alive.get(location).cloned())
            .unwrap_or_else(|| if *place == Place::here() { PORTAL.to_owned() } else { place.to_string() })
    }

    /// Takes a result of one place in; gives what all places say after it, where the result counts at all.
    pub(super) fn take_in(&mut self, kept: &Kept, finding: &Finding) -> Option<CheckResult> {
        let key = (kept.id.clone(), finding.place.clone());
        let last = self.standings.get(&key).and_then(|standing| standing.last.as_ref()).map(|last| last.at);
        let stands = finding.source.is_check_of(kept.version, finding.result.at, last) && !kept.paused;
        if !stands || !kept.places.has(&finding.place) {
            return None;
        }
        let before = self.standings.get(&key).cloned().unwrap_or_else(|| Standing::fresh(finding.result.at));
        let mut result = finding.result.clone();
        if let Some(last) = &before.last {
            result.at = result.at.max(last.at.plus(1));
        }
        self.standings.insert(key.clone(), rule::judge(&before, result.clone(), kept.needed));
        self.results.push((key.0.clone(), key.1.clone(), result.clone()));
        self.changed.insert(key);
        self.together(kept, Some((&finding.place, result)))
    }

    /// What all places say; with the result that has just come, where one has.
    pub(super) fn together(&self, kept: &Kept, came: Option<(&Place, CheckResult)>) -> Option<CheckResult> {
        let states: Vec<(&Place, State)> = kept.places.places.iter().map(|place| (place, self.state(&kept.id, place))).collect();
        let verdict = kept.places.verdict(states.iter().map(|(_, state)| *state));
        // Before any place knows anything there is nothing to say.
        if verdict == Verdict::Unknown && states.iter().any(|(_, state)| *state == State::New) {
            return None;
        }
        let (place, mut result) = came?;
        if result.verdict == verdict && result.reason == Reason::LocationLost {
            return Some(result);
        }
        if result.verdict == verdict {
            // What the portal itself saw needs no saying where.
            if place.location().is_some() {
                result.detail = format!("[{}] {}", self.name(place), result.detail).trim_end().to_owned();
            }
        } else {
            let down: Vec<String> = states.iter().filter(|(_, state)| *state == State::Down).map(|(place, _)| self.name(place)).collect();
            result.verdict = verdict;
            result.reason = Reason::Quorum;
            result.detail = format!("{} of {}: {}", down.len(), states.len(), down.join(", ")).trim_end_matches([':', ' ']).to_owned();
        }
        Some(result)
    }

    /// Writes what has changed.
    pub(super) async fn save(self, tx: &mut WriteTx) -> Result<(), Fault> {
        let changed: Vec<_> = self
            .changed
            .into_iter()
            .filter_map(|key| Some((self.standings.get(&key)?.clone(), key)))
            .map(|(s, (m, p))| (m, p, s))
            .collect();
        places::save(tx, &changed).await?;
        places::insert_results(tx, &self.results).await
    }
}
