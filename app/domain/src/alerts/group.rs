//! What a group says when its time has come, and what stops an alert from being told.
//!
//! **Invariant:** whoever was told that an alert fires is told exactly once that it is over, whatever became of it in between:
//! silenced, inhibited, moved to another group by an edit of the routes, deleted. Nobody hears that something is over that they
//! were not told of.

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    id::TeamId,
    time::{HOUR, MINUTE, SECOND},
    words::words,
};

words! {
    /// What the receiver of a group has been told of an alert.
    pub enum Told {
        /// Nothing yet.
        Nothing = "nothing",
        /// That it fires: they are owed the end of it.
        Firing = "firing",
        /// That it is over.
        Over = "over",
    }
    /// Why an alert tells nobody.
    pub enum Cause {
        /// Somebody silenced it.
        Silence = "silence",
        /// Something else fires that says the same.
        Inhibition = "inhibition",
        /// What its system needs is down.
        Dependency = "dependency",
        /// What its system needs is being looked at: for some seconds it waits whether that is down too.
        Unsettled = "unsettled",
        /// A change is being carried out on its system, or on one that it needs.
        Maintenance = "maintenance",
        /// Its monitor is under maintenance.
        Monitor = "monitor",
        /// It comes and goes.
        Flapping = "flapping",
        /// The routes lead it to nobody: to receivers with neither channels nor the team.
        Nobody = "nobody",
    }
}

/// How long an alert waits at most until what its system needs was looked at since it fired.
pub const SETTLES: i64 = 15 * SECOND;

/// One reason why an alert tells nobody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reason {
    /// The kind.
    pub cause: Cause,
    /// Id of the silence, of the alert, of the change or of the monitor; empty for none.
    pub by: String,
    /// What it is called, or the receivers that tell nobody; empty where it is another team's, whose things are not named here.
    pub name: String,
}

/// What fires, as far as it may keep another alert quiet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Side<'a> {
    /// The team that it belongs to.
    pub team: &'a TeamId,
    /// Who posted it; empty where our own sources observe it.
    pub sender: &'a str,
}

impl Side<'_> {
    /// Whether one may keep the other quiet: both are of one team, or somebody posts both who may post for both teams. Else a team
    /// could silence another by a set of labels.
    pub fn trusts(self, source: Side<'_>) -> bool {
        self.team == source.team || !self.sender.is_empty() && self.sender == source.sender
    }
}

/// One alert in a group, as far as telling is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Whether it is over.
    pub over: bool,
    /// Whether something keeps it quiet.
    pub quiet: bool,
    /// What was told of it.
    pub told: Told,
    /// Whether it is worse by now than it was told to be.
    pub worse: bool,
}

/// What is said of each member now; nothing of any is no notification.
///
/// A group speaks when something is new: an alert that was not told of or is worse than was told, an end that is owed, or
/// (`repeat`) simply again. Then it
/// says everything that fires and is not kept quiet, and every end that is owed. An end is said even of what is kept quiet by now:
/// it was told that it fires.
pub fn speak(members: &[Member], repeat: bool) -> Vec<Option<Told>> {
    let say = |member: &Member| match (member.over, member.told) {
        (true, Told::Firing) => Some(Told::Over),
        (false, _) if !member.quiet => Some(Told::Firing),
        _ => None,
    };
    let said: Vec<Option<Told>> = members.iter().map(say).collect();
    let is_news = |member: &Member, said: Told| said != member.told || member.worse && said == Told::Firing;
    let news = members.iter().zip(&said).any(|(member, said)| said.is_some_and(|said| is_news(member, said)));
    let again = repeat && said.contains(&Some(Told::Firing));
    if news || again { said } else { vec![None; members.len()] }
}

/// Whether nothing more will be said of the member: it may leave the group.
pub fn is_done(member: &Member) -> bool {
    member.over && member.told != Told::Firing
}

/// Firings within [`FLAP_SPAN`] from which on a condition flaps.
pub const FLAP_FROM: i64 = 5;
/// The span that firings are counted in, in milliseconds.
pub const FLAP_SPAN: i64 = HOUR;
/// How long a flapping condition must stay before it is told all the same.
pub const FLAP_STAYS: i64 = 15 * MINUTE;

/// Whether a condition that has begun to fire so often within the span, the last time at `fired`, is damped now.
pub fn flaps(firings: i64, fired: Timestamp, now: Timestamp) -> bool {
    firings >= FLAP_FROM && now.since(fired) < FLAP_STAYS
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_table() {
        let member = |over, quiet, told| Member { over, quiet, told, worse: false };
        let worse = |over, quiet, told| Member { over, quiet, told, worse: true };
        use Told::*;
        for (members, repeat, expected) in [
            (vec![member(false, false, Nothing)], false, vec![Some(Firing)]),
            (vec![member(false, true, Nothing)], true, vec![None]),
            (vec![member(false, false, Firing)], false, vec![None]),
            (vec![member(false, false, Firing)], true, vec![Some(Firing)]),
            (vec![worse(false, false, Firing), member(false, false, Firing)], false, vec![Some(Firing), Some(Firing)]),
            (vec![worse(false, true, Firing), member(false, false, Firing)], false, vec![None, None]),
            (vec![worse(true, false, Firing)], false, vec![Some(Over)]),
            (vec![worse(true, false, Over)], false, vec![None]),
            (vec![member(true, true, Firing)], false, vec![Some(Over)]),
            (vec![member(true, false, Nothing)], true, vec![None]),
            (vec![member(true, false, Over)], true, vec![None]),
            (vec![member(false, false, Firing), member(true, false, Firing)], false, vec![Some(Firing), Some(Over)]),
            (vec![member(false, true, Firing), member(false, false, Nothing)], false, vec![None, Some(Firing)]),
        ] {
            assert_eq!(speak(&members, repeat), expected, "{members:?} {repeat}");
        }
    }

    #[test]
    fn damping() {
        let fired = Timestamp(0);
        assert!(!flaps(4, fired, fired) && flaps(5, fired, fired.plus(MINUTE)) && !flaps(5, fired, fired.plus(FLAP_STAYS)));
    }

    /// What may happen to one of a few alerts of one receiver.
    #[derive(Debug, Clone)]
    enum Happens {
        Fires(usize),
        Ends(usize),
        Quiet(usize, bool),
        /// The routes were edited: the alerts are in another group of the same receiver.
        Rerouted,
        /// The receiver is gone from the routes: what it is owed stays with the old group, what it was not told leaves.
        Dropped,
        Flush(bool),
    }

    fn happens() -> impl Strategy<Value = Happens> {
        prop_oneof![
            (0..4_usize).prop_map(Happens::Fires),
            (0..4_usize).prop_map(Happens::Ends),
            (0..4_usize, any::<bool>()).prop_map(|(n, quiet)| Happens::Quiet(n, quiet)),
            Just(Happens::Rerouted),
            Just(Happens::Dropped),
            any::<bool>().prop_map(Happens::Flush),
        ]
    }

    proptest! {
        /// The model hears everything that is said and keeps the books by itself.
        #[test]
        fn every_firing_that_was_told_ends_exactly_once(history in prop::collection::vec(happens(), 0..60)) {
            // Runs of alerts, each from its firing to its end; the place of the one that runs, for each alert.
            let mut runs: Vec<Member> = Vec::new();
            let mut heard: Vec<Vec<Told>> = Vec::new();
            let mut running: [Option<usize>; 4] = [None; 4];
            let mut quiet = [false; 4];
            let mut inside: Vec<usize> = Vec::new();
            let flush = |runs: &mut Vec<Member>, inside: &mut Vec<usize>, heard: &mut Vec<Vec<Told>>, repeat: bool| {
                let members: Vec<Member> = inside.iter().map(|run| runs[*run]).collect();
                for (run, said) in inside.iter().zip(speak(&members, repeat)) {
                    if let Some(said) = said {
                        heard[*run].push(said);
                        runs[*run].told = said;
                    }
                }
                inside.retain(|run| !is_done(&runs[*run]));
            };
            for event in history {
                match event {
                    Happens::Fires(n) if running[n].is_none() => {
                        running[n] = Some(runs.len());
                        inside.push(runs.len());
                        runs.push(Member { over: false, quiet: quiet[n], told: Told::Nothing, worse: false });
                        heard.push(Vec::new());
                    }
                    Happens::Fires(_) => {}
                    Happens::Ends(n) => if let Some(run) = running[n].take() { runs[run].over = true },
                    Happens::Quiet(n, is) => {
                        quiet[n] = is;
                        if let Some(run) = running[n] { runs[run].quiet = is }
                    }
                    Happens::Rerouted => inside = inside.iter().rev().copied().collect(),
                    Happens::Dropped => inside.retain(|run| runs[*run].told == Told::Firing),
                    Happens::Flush(repeat) => flush(&mut runs, &mut inside, &mut heard, repeat),
                }
            }
            for run in running.into_iter().flatten() { runs[run].over = true }
            flush(&mut runs, &mut inside, &mut heard, false);
            prop_assert!(inside.is_empty());
            for heard in heard {
                let ends = heard.iter().filter(|told| **told == Told::Over).count();
                prop_assert_eq!(ends, usize::from(!heard.is_empty()), "{:?}", heard);
                prop_assert!(heard.is_empty() || heard.last() == Some(&Told::Over));
                prop_assert!(heard.iter().rev().skip(1).all(|told| *told == Told::Firing));
            }
        }
    }
}
