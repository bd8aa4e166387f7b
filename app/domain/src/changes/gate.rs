//! Whether a change may go ahead now, and if not, every reason. The window is exact: a millisecond early is early.
//!
//! One place decides for pages, the API and CI alike. Whoever knows of another reason (evidence that lacks) hands it in
//! with [`Gate::further`].

use super::{Act, Content, Freeze, Kind, OpenIncident, Override, State};
use crate::{Fault, Span, Timestamp, Wording, id::FreezeId, systems::Brief, time::MINUTE};

/// That there is a freeze.
pub const FROZEN: &str = "conflict-change-frozen";
/// That an incident is open.
const INCIDENT: &str = "conflict-change-incident";

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// May it be approved?
    Approve,
    /// May it be taken into the plan?
    Schedule,
    /// May the work begin?
    Start,
    /// May the work that has begun go on?
    GoOn,
}

/// One reason against it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub why: Wording,
    /// Whether somebody may go ahead all the same, for a reason that is kept.
    pub yields: bool,
}

impl Refusal {
    /// A reason that nobody overrides.
    pub fn firm(why: Wording) -> Self {
        Self { why, yields: false }
    }

    /// A reason that yields to a better one.
    pub fn yielding(why: Wording) -> Self {
        Self { why, yields: true }
    }

    /// The thing itself, e.g. an incident by number and title.
    pub fn what(&self) -> &str {
        self.why.args.first().map_or("", |(_, value)| value.as_str())
    }

    /// Whether somebody went past this very thing when the work began.
    pub fn is_among(&self, past: &[Override]) -> bool {
        let own = mark(self.why.key, self.what());
        self.yields && past.iter().any(|one| one.kind == self.why.key && mark(&one.kind, &one.what) == own)
    }
}

/// What tells a thing from others of its kind: of an incident its number, as its title may change and is not for everybody.
fn mark<'a>(kind: &str, what: &'a str) -> &'a str {
    if kind == INCIDENT { what.split(' ').next().unwrap_or(what) } else { what }
}

/// A change before its gate.
#[derive(Debug, Clone, Copy)]
pub struct Gate<'a> {
    /// Where it stands.
    pub state: State,
    /// Whether it ran first and its approval is owed.
    pub owed: bool,
    /// What it says.
    pub content: &'a Content,
    /// The systems it touches, for their teams.
    pub systems: &'a [Brief],
    /// Until when its approval holds, where that ends.
    pub approval_until: Option<Timestamp>,
    /// Freezes around its window, at each of their times.
    pub freezes: &'a [Freeze],
    /// Those that two people have broken for it.
    pub broken: &'a [FreezeId],
    /// Open incidents; only those on its systems matter.
    pub incidents: &'a [OpenIncident],
    /// What others have against approving or starting it.
    pub further: &'a [Refusal],
    /// Whether a pipeline brought it in its window with a go, when nobody had begun the work: it is begun when that is over, to be ended and
    /// verified.
    pub brought: bool,
    /// The present moment.
    pub now: Timestamp,
}

impl Gate<'_> {
    /// The state that follows if the answer is yes; a fault where the state itself does not allow it.
    pub fn next(&self, question: Question) -> Result<State, Fault> {
        match question {
            Question::Approve if self.owed => Ok(self.state),
            Question::Approve => self.state.step(Act::Approve),
            Question::Schedule => self.state.step(Act::Schedule),
            // An emergency does not wait to be approved.
            Question::Start if self.content.kind == Kind::Emergency && matches!(self.state, State::Draft | State::Pending) => {
                Ok(State::Executing)
            }
            Question::Start => self.state.step(Act::Start),
            Question::GoOn if self.state == State::Executing => Ok(self.state),
            Question::GoOn => Err(Fault::conflict("conflict-change-not-under-way")),
        }
    }

    /// Everything that is against it, the firmest first; nothing where it may go ahead.
    pub fn refusals(&self, question: Question) -> Vec<Refusal> {
        let mut found = Vec::new();
        if let Err(Fault::Conflict(why)) = self.next(question) {
            found.push(Refusal::firm(why));
        }
        let window = &self.content.window;
        let brought = self.brought && question == Question::Start && self.now >= window.span.to;
        let rest = match question {
            Question::Approve => None,
            Question::Start if brought => Some(Span { from: self.now, to: self.now.plus(1) }),
            Question::Schedule => Some(window.span),
            Question::Start | Question::GoOn => Some(Span { from: self.now.max(window.span.from), to: window.span.to }),
        };
        if question == Question::Start {
            found.extend(self.early());
        }
        if !brought {
            found.extend(self.late(question));
        }
        if matches!(question, Question::Schedule | Question::Start) && !brought {
            found.extend(self.unapproved());
        }
        if matches!(question, Question::Approve | Question::Start) {
            found.extend(self.further.iter().cloned());
        }
        for freeze in rest.into_iter().flat_map(|rest| self.blocking(rest)) {
            let why = frozen(freeze);
            // A plan is not refused for what a reason may go past later.
            if freeze.content.hard {
                found.push(Refusal::firm(why));
            } else if question != Question::Schedule {
                found.push(Refusal::yielding(why));
            }
        }
        // What mends an incident is not kept from it.
        if matches!(question, Question::Start | Question::GoOn) && self.content.kind != Kind::Emergency {
            let mut labels: Vec<&str> =
                self.incidents.iter().filter(|i| self.content.systems.contains(&i.system)).map(|i| i.label.as_str()).collect();
            labels.dedup();
            found.extend(labels.into_iter().map(|label| Refusal::yielding(Wording::new(INCIDENT).with("incident", label))));
        }
        found.sort_by_key(|refusal| refusal.yields);
        found
    }

    /// Freezes that cover a moment of the span for this content and were not broken, the earliest first, each once.
    pub fn blocking(&self, span: Span) -> Vec<&Freeze> {
        let teams = |team: &_| self.content.team == *team || self.systems.iter().any(|s| s.team == *team);
        let covers = |f: &&Freeze| f.content.window.span.overlaps(span) && f.covers(&self.content.systems, teams);
        let mut found: Vec<&Freeze> = self.freezes.iter().filter(covers).filter(|f| !self.broken.contains(&f.id)).collect();
        found.sort_by_key(|f| f.content.window.span.from);
        let mut seen: Vec<&FreezeId> = Vec::new();
        found.retain(|f| {
            if seen.contains(&&f.id) {
                false
            } else {
                seen.push(&f.id);
                true
            }
        });
        found
    }

    /// The state that follows, or the first reason against it. `overridden`: those that yield do not count.
    pub fn decide(&self, question: Question, overridden: bool) -> Result<State, Fault> {
        let next = self.next(question)?;
        match self.refusals(question).into_iter().find(|refusal| !(overridden && refusal.yields)) {
            Some(refusal) => Err(Fault::Conflict(refusal.why)),
            None => Ok(next),
        }
    }

    fn early(&self) -> Option<Refusal> {
        let window = &self.content.window;
        (self.now < window.span.from).then(|| {
            let length = (window.span.from.since(self.now) + MINUTE - 1) / MINUTE * MINUTE;
            Refusal::firm(
                Wording::new("conflict-change-too-early")
                    .with("opens", window.start.replace('T', " "))
                    .with("zone", &window.zone)
                    .with("length_ms", length),
            )
        })
    }

    fn late(&self, question: Question) -> Option<Refusal> {
        let window = &self.content.window;
        // What was done in an emergency is judged when it is over; it does not go on for that.
        let judged = self.owed && question == Question::Approve;
        (self.now >= window.span.to && !judged).then(|| {
            let length = self.now.since(window.span.to) / MINUTE * MINUTE;
            Refusal::firm(
                Wording::new("conflict-change-too-late")
                    .with("closed", window.end.replace('T', " "))
                    .with("zone", &window.zone)
                    .with("length_ms", length),
            )
        })
    }

    fn unapproved(&self) -> Option<Refusal> {
        let until = self.approval_until.filter(|until| self.now >= *until)?;
        let length = self.now.since(until) / MINUTE * MINUTE;
        Some(Refusal::firm(Wording::new("conflict-change-approval-over").with("until", until.rfc3339()).with("length_ms", length)))
    }
}

fn frozen(freeze: &Freeze) -> Wording {
    Wording::new(FROZEN)
        .with("reason", &freeze.content.reason)
        .with("from", freeze.content.window.start.replace('T', " "))
        .with("until", freeze.content.window.end.replace('T', " "))
        .with("zone", &freeze.content.window.zone)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::changes::{FreezeContent, Scope, Window, content::tests::content};

    pub(crate) fn gate(content: &Content, state: State, now: Timestamp) -> Gate<'_> {
        Gate {
            state,
            owed: false,
            content,
            systems: &[],
            approval_until: None,
            freezes: &[],
            broken: &[],
            incidents: &[],
            further: &[],
            brought: false,
            now,
        }
    }

    pub(crate) fn key(result: Result<State, Fault>) -> Result<State, &'static str> {
        result.map_err(|fault| match fault {
            Fault::Conflict(wording) => wording.key,
            _ => "another fault",
        })
    }

    fn freeze(from: Timestamp, to: Timestamp, scope: Scope) -> Freeze {
        freeze_in(Window { start: String::new(), end: String::new(), zone: "UTC".into(), span: Span { from, to } }, scope)
    }

    pub(crate) fn freeze_in(window: Window, scope: Scope) -> Freeze {
        Freeze {
            id: crate::id::FreezeId::parse("00000000-0000-7000-8000-000000000077").unwrap(),
            content: FreezeContent { scope, window, reason: "holiday".into(), hard: true, recurrence: None },
            author: "A".into(),
            version: 1,
            systems: vec![],
            team_name: String::new(),
        }
    }

    #[test]
    fn the_window_is_exact() {
        let content = content();
        let Span { from, to } = content.window.span;
        let start = |state, now| key(gate(&content, state, now).decide(Question::Start, false));
        assert_eq!(start(State::Approved, from.plus(-1)), Err("conflict-change-too-early"));
        assert_eq!(start(State::Approved, from), Ok(State::Executing));
        assert_eq!(start(State::Scheduled, to.plus(-1)), Ok(State::Executing));
        assert_eq!(start(State::Scheduled, to), Err("conflict-change-too-late"));
        assert_eq!(start(State::Pending, from), Err("conflict-change-state"));
    }

    #[test]
    fn an_approval_holds_until_it_ends() {
        let content = content();
        let from = content.window.span.from;
        let start = |until| {
            key(Gate { approval_until: Some(until), ..gate(&content, State::Approved, from.plus(MINUTE)) }.decide(Question::Start, true))
        };
        assert_eq!(start(from.plus(MINUTE)), Err("conflict-change-approval-over"));
        assert_eq!(start(from.plus(MINUTE + 1)), Ok(State::Executing));
    }

    #[test]
    fn what_a_pipeline_brought_is_begun_when_its_window_is_over() {
        let content = content();
        let now = content.window.span.to.plus(MINUTE);
        let gate = Gate { brought: true, approval_until: Some(now), ..gate(&content, State::Approved, now) };
        assert_eq!(key(gate.decide(Question::Start, false)), Ok(State::Executing));
        assert_eq!(key(gate.decide(Question::Schedule, false)), Err("conflict-change-too-late"));
        assert_eq!(key(Gate { state: State::Expired, ..gate }.decide(Question::Start, false)), Err("conflict-change-state"));
        // Neither a freeze of now nor, in the window, an approval that is over is passed.
        let frozen = [freeze(now, now.plus(MINUTE), Scope::All)];
        assert_eq!(key(Gate { freezes: &frozen, ..gate }.decide(Question::Start, true)), Err("conflict-change-frozen"));
        let within = Gate { now: now.plus(-2 * MINUTE), approval_until: Some(now.plus(-3 * MINUTE)), ..gate };
        assert_eq!(key(within.decide(Question::Start, true)), Err("conflict-change-approval-over"));
    }

    #[test]
    fn a_freeze_blocks_what_it_covers_and_what_would_run_into_it() {
        let content = content();
        let Span { from, to } = content.window.span;
        let start = |freeze: Freeze| {
            key(Gate { freezes: &[freeze], ..gate(&content, State::Approved, from.plus(MINUTE)) }.decide(Question::Start, true))
        };
        assert_eq!(start(freeze(from, to, Scope::All)), Err("conflict-change-frozen"));
        assert_eq!(start(freeze(to.plus(-1), to.plus(MINUTE), Scope::Team(content.team.clone()))), Err("conflict-change-frozen"));
        assert_eq!(start(freeze(from, to, Scope::Systems(vec![content.systems[1].clone()]))), Err("conflict-change-frozen"));
        assert_eq!(start(freeze(to, to.plus(MINUTE), Scope::All)), Ok(State::Executing), "begins when the window ends");
        assert_eq!(start(freeze(from.plus(-MINUTE), from.plus(MINUTE), Scope::All)), Ok(State::Executing), "has just ended");
        assert_eq!(start(freeze(from.plus(-MINUTE), from.plus(MINUTE + 1), Scope::All)), Err("conflict-change-frozen"), "a millisecond");
        let other = crate::id::SystemId::parse("00000000-0000-7000-8000-000000000099").unwrap();
        assert_eq!(start(freeze(from, to, Scope::Systems(vec![other]))), Ok(State::Executing));
    }

    #[test]
    fn a_soft_freeze_yields_to_a_reason_and_a_hard_one_to_two_people() {
        let content = content();
        let Span { from, to } = content.window.span;
        let hard = freeze(from, to, Scope::All);
        let mut soft = hard.clone();
        soft.content.hard = false;
        let (hard, soft) = ([hard], [soft]);
        let gate_of = |freezes, broken| Gate { freezes, broken, ..gate(&content, State::Approved, from) };
        assert_eq!(key(gate_of(&soft, &[]).decide(Question::Start, false)), Err("conflict-change-frozen"));
        assert_eq!(key(gate_of(&soft, &[]).decide(Question::Start, true)), Ok(State::Executing));
        assert_eq!(key(gate_of(&soft, &[]).decide(Question::Schedule, false)), Ok(State::Scheduled));
        assert_eq!(key(gate_of(&hard, &[]).decide(Question::Start, true)), Err("conflict-change-frozen"));
        let broken = [hard[0].id.clone()];
        assert_eq!(key(gate_of(&hard, &broken).decide(Question::Start, false)), Ok(State::Executing));
    }

    #[test]
    fn what_has_begun_goes_on_only_within_its_window_and_while_nothing_is_in_the_way() {
        let content = content();
        let Span { from, to } = content.window.span;
        let on = |gate: Gate<'_>| key(gate.decide(Question::GoOn, false));
        assert_eq!(on(gate(&content, State::Executing, to.plus(-1))), Ok(State::Executing));
        assert_eq!(on(gate(&content, State::Executing, to)), Err("conflict-change-too-late"));
        assert_eq!(on(gate(&content, State::Scheduled, from)), Err("conflict-change-not-under-way"));
        let frozen = [freeze(to.plus(-1), to, Scope::All)];
        assert_eq!(on(Gate { freezes: &frozen, ..gate(&content, State::Executing, from) }), Err("conflict-change-frozen"));
        let incident = OpenIncident { id: "1".into(), label: "INC-4".into(), readable: true, system: content.systems[0].clone() };
        let incidents = [incident];
        let hurt = Gate { incidents: &incidents, ..gate(&content, State::Executing, from) };
        assert_eq!((on(hurt), key(hurt.decide(Question::GoOn, true))), (Err("conflict-change-incident"), Ok(State::Executing)));
        // That its approval is owed lets it be judged later, and goes on no longer.
        let owed = Gate { owed: true, ..gate(&content, State::Executing, to) };
        assert_eq!((on(owed), key(owed.decide(Question::Approve, false))), (Err("conflict-change-too-late"), Ok(State::Executing)));
        // That the approval ends meanwhile, or evidence does, stops nobody half-way.
        let over = Gate { approval_until: Some(from), ..gate(&content, State::Executing, from) };
        assert_eq!(on(over), Ok(State::Executing));
    }

    #[test]
    fn a_reason_is_for_what_it_was_given_for() {
        let past = |kind: &str, what: &str| {
            [Override { kind: kind.into(), what: what.into(), reason: "small".into(), by: "A".into(), at: Timestamp(0) }]
        };
        let frozen = Refusal::yielding(Wording::new("conflict-change-frozen").with("reason", "Sale").with("from", "now"));
        let incident = |label: &str| Refusal::yielding(Wording::new(INCIDENT).with("incident", label));
        assert!(frozen.is_among(&past("conflict-change-frozen", "Sale")));
        assert!(!frozen.is_among(&past("conflict-change-frozen", "Sale of the year")) && !frozen.is_among(&[]));
        assert!(!incident("INC-4 Sale").is_among(&past("conflict-change-frozen", "INC-4 Sale")));
        // By whatever name, to whomever may read it.
        let known = past(INCIDENT, "INC-4 Slow");
        assert!(incident("INC-4 Slow").is_among(&known) && incident("INC-4").is_among(&known) && incident("INC-4 Down").is_among(&known));
        assert!(!incident("INC-40 Slow").is_among(&known) && !Refusal::firm(incident("INC-4").why).is_among(&known));
    }

    #[test]
    fn an_emergency_runs_first_and_a_reason_moves_what_yields() {
        let mut content = content();
        let from = content.window.span.from;
        let incident = OpenIncident { id: "1".into(), label: "INC-4".into(), readable: true, system: content.systems[0].clone() };
        let incidents = [incident];
        let gate_of = |content: &Content, state, overridden| {
            key(Gate { incidents: &incidents, ..gate(content, state, from) }.decide(Question::Start, overridden))
        };
        assert_eq!(gate_of(&content, State::Approved, false), Err("conflict-change-incident"));
        assert_eq!(gate_of(&content, State::Approved, true), Ok(State::Executing));
        assert_eq!(gate_of(&content, State::Draft, true), Err("conflict-change-state"));
        content.kind = Kind::Emergency;
        assert_eq!(gate_of(&content, State::Draft, false), Ok(State::Executing));
        assert_eq!(gate_of(&content, State::Pending, false), Ok(State::Executing));
        assert_eq!(gate_of(&content, State::Rejected, false), Err("conflict-change-state"));
        let lacking = [Refusal::firm(Wording::new("conflict-change-own"))];
        let told = Gate { further: &lacking, ..gate(&content, State::Pending, from) };
        assert_eq!(told.refusals(Question::Approve).len(), 1);
        assert_eq!(key(told.decide(Question::Start, true)), Err("conflict-change-own"));
    }
}
