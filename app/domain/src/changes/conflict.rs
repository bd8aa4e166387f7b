//! What else happens where and when a change wants to run: reasons, computed from facts and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Away, Freeze, Lack, Risk};
use crate::{
    Span,
    id::{ChangeId, SystemId, TeamId},
    words::words,
};

words! {
    /// Why two things do not go together, the worst first.
    pub enum ConflictKind {
        /// A freeze covers a part of the window: it will not start.
        Freeze = "freeze",
        /// Another change works on the same system at that time.
        SameSystem = "same-system",
        /// Another change works on a system that one of ours needs, or that needs one of ours.
        Dependency = "dependency",
        /// A step of another change at that time is done by somebody who does one of ours.
        SamePeople = "same-people",
        /// Until the window opens too few are there who could give an approval that is lacking.
        AbsentApprover = "absent-approver",
        /// The same team has another change at that time.
        SameTeam = "same-team",
        /// Both are of high risk: should something fail, it is harder to tell which of them it was, and who could help is busy.
        SameWindow = "same-window",
        /// An incident is open on one of the systems.
        Incident = "incident",
        /// One of both is of high risk: whoever watches it should know of the other.
        OneRisky = "one-risky",
        /// Both touch systems of tier 1: should something fail, it is harder to tell which of them it was.
        BothVital = "both-vital",
    }
}

impl ConflictKind {
    /// Whether it only warns: another window is not looked for because of it.
    pub fn is_mild(self) -> bool {
        matches!(self, Self::OneRisky | Self::BothVital)
    }

    /// Whether it keeps another window from being offered: an incident that is open now will be over by then.
    pub fn takes_window(self) -> bool {
        self != Self::Incident && !self.is_mild()
    }
}

/// Whether these only warn, so that nobody looks for another window.
pub fn are_mild(conflicts: &[Conflict]) -> bool {
    conflicts.iter().all(|conflict| conflict.kind.is_mild())
}

/// The change that is looked at.
#[derive(Debug, Clone)]
pub struct Subject<'a> {
    /// Its id, once it has one.
    pub id: Option<&'a ChangeId>,
    /// The team that does the work.
    pub team: &'a TeamId,
    /// The systems it touches.
    pub systems: &'a [SystemId],
    /// The teams that own them.
    pub owners: &'a [TeamId],
    /// When.
    pub span: Span,
    /// How risky, as its requester says.
    pub risk: Risk,
    /// Who does its steps, by what tells them apart, with their names.
    pub people: &'a BTreeMap<String, String>,
    /// Approvals that it still lacks.
    pub lacks: &'a [Lack],
}

static NOBODY: BTreeMap<String, String> = BTreeMap::new();

impl<'a> Subject<'a> {
    /// A change of low risk of whose people nothing is known.
    pub fn new(id: Option<&'a ChangeId>, team: &'a TeamId, (systems, owners): (&'a [SystemId], &'a [TeamId]), span: Span) -> Self {
        Self { id, team, systems, owners, span, risk: Risk::Low, people: &NOBODY, lacks: &[] }
    }
}

/// Another change that is still to run or runs.
#[derive(Debug, Clone)]
pub struct Neighbour {
    /// Its id.
    pub id: ChangeId,
    /// `CHG-12`, and its title where the reader may know it.
    pub label: String,
    /// Whether the reader may open it.
    pub readable: bool,
    /// The team that does the work.
    pub team: TeamId,
    /// The systems it touches.
    pub systems: Vec<SystemId>,
    /// When.
    pub span: Span,
    /// How risky, as its requester says.
    pub risk: Risk,
    /// Who does its steps, by what tells them apart, with their names.
    pub people: BTreeMap<String, String>,
}

/// An incident that is open now.
#[derive(Debug, Clone)]
pub struct OpenIncident {
    /// Its id as text, for the link.
    pub id: String,
    /// Number and title.
    pub label: String,
    /// Whether the reader may open it.
    pub readable: bool,
    /// The system it is on.
    pub system: SystemId,
}

/// Everything that could be in the way.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// Other changes.
    pub neighbours: Vec<Neighbour>,
    /// Freezes.
    pub freezes: Vec<Freeze>,
    /// Open incidents.
    pub incidents: Vec<OpenIncident>,
    /// Systems that ours need or that need ours, with the distance in steps (1 = directly).
    pub linked: BTreeMap<SystemId, u32>,
    /// Systems of tier 1.
    pub vital: BTreeSet<SystemId>,
    /// Names of systems.
    pub names: BTreeMap<SystemId, String>,
    /// Who is not there to approve.
    pub away: Away,
}

/// The thing that is in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Other {
    /// `change`, `freeze`, `incident` or `team`.
    pub noun: String,
    /// Its id; absent where the reader may not open it.
    pub id: Option<String>,
    /// How people call it.
    pub label: String,
}

/// One reason to think again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Conflict {
    /// Why.
    pub kind: ConflictKind,
    /// With what.
    pub with: Other,
    /// Name of the system on which they meet, where there is one.
    pub system: Option<String>,
    /// Who does both, or is away; a holiday by its name.
    #[serde(default)]
    pub person: Option<String>,
    /// The part of the window that is concerned; the whole window for an incident.
    pub span: Span,
}

fn common(a: Span, b: Span) -> Option<Span> {
    Span::new(a.from.max(b.from), a.to.min(b.to))
}

/// All conflicts of a change, the worst first and then by time; one for each other thing, by its strongest reason.
pub fn conflicts(subject: &Subject<'_>, around: &Surroundings) -> Vec<Conflict> {
    let name = |id: &SystemId| around.names.get(id).cloned();
    let vital = |systems: &[SystemId]| systems.iter().any(|id| around.vital.contains(id));
    let mut found = Vec::new();
    for freeze in &around.freezes {
        let concerned = freeze.covers(subject.systems, |team| subject.team == team || subject.owners.contains(team));
        if let Some(span) = common(subject.span, freeze.content.window.span).filter(|_| concerned) {
            let with = Other { noun: "freeze".into(), id: Some(freeze.id.to_string()), label: freeze.content.reason.clone() };
            found.push(Conflict { kind: ConflictKind::Freeze, with, system: None, person: None, span });
        }
    }
    for other in around.neighbours.iter().filter(|n| Some(&n.id) != subject.id) {
        let Some(span) = common(subject.span, other.span) else { continue };
        let shared = other.systems.iter().find(|s| subject.systems.contains(s));
        let near = other.systems.iter().filter_map(|s| around.linked.get(s).map(|steps| (steps, s))).min();
        let both = subject.people.iter().find(|(key, _)| other.people.contains_key(*key)).map(|(_, name)| name.clone());
        let (kind, system) = if let Some(system) = shared {
            (ConflictKind::SameSystem, name(system))
        } else if let Some((_, system)) = near {
            (ConflictKind::Dependency, name(system))
        } else if both.is_some() {
            (ConflictKind::SamePeople, None)
        } else if other.team == *subject.team {
            (ConflictKind::SameTeam, None)
        } else if subject.risk == Risk::High && other.risk == Risk::High {
            (ConflictKind::SameWindow, None)
        } else if subject.risk == Risk::High || other.risk == Risk::High {
            (ConflictKind::OneRisky, None)
        } else if vital(subject.systems) && vital(&other.systems) {
            (ConflictKind::BothVital, None)
        } else {
            continue;
        };
        let with = Other { noun: "change".into(), id: other.readable.then(|| other.id.to_string()), label: other.label.clone() };
        let person = both.filter(|_| kind == ConflictKind::SamePeople);
        found.push(Conflict { kind, with, system, person, span });
    }
    for lack in subject.lacks {
        if let Some(person) = lack.absent(&around.away, subject.span.from) {
            let with = Other { noun: "team".into(), id: None, label: lack.label.clone() };
            found.push(Conflict { kind: ConflictKind::AbsentApprover, with, system: None, person: Some(person), span: subject.span });
        }
    }
    for incident in around.incidents.iter().filter(|i| subject.systems.contains(&i.system)) {
        let with = Other { noun: "incident".into(), id: incident.readable.then(|| incident.id.clone()), label: incident.label.clone() };
        let system = name(&incident.system);
        found.push(Conflict { kind: ConflictKind::Incident, with, system, person: None, span: subject.span });
    }
    found.sort_by(|a, b| (a.kind, a.span.from, &a.with.label).cmp(&(b.kind, b.span.from, &b.with.label)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Timestamp,
        changes::{Absence, FreezeContent, Scope, Window},
        id::UserId,
        people::UserBrief,
    };

    fn id(n: u8) -> String {
        format!("00000000-0000-7000-8000-0000000000{n:02x}")
    }
    fn sys(n: u8) -> SystemId {
        SystemId::parse(&id(n)).unwrap()
    }
    fn team(n: u8) -> TeamId {
        TeamId::parse(&id(n)).unwrap()
    }
    fn span(from: i64, to: i64) -> Span {
        Span { from: Timestamp(from), to: Timestamp(to) }
    }
    fn other(n: u8, team_no: u8, systems: &[u8], at: Span) -> Neighbour {
        Neighbour {
            id: ChangeId::parse(&id(n)).unwrap(),
            label: format!("CHG-{n}"),
            readable: true,
            team: team(team_no),
            systems: systems.iter().copied().map(sys).collect(),
            span: at,
            risk: Risk::Low,
            people: BTreeMap::new(),
        }
    }

    #[test]
    fn each_other_thing_once_by_its_strongest_reason_and_the_worst_first() {
        let (mine, my_team, systems, owners) = (ChangeId::parse(&id(50)).unwrap(), team(1), [sys(10)], [team(1)]);
        let rita: BTreeMap<String, String> = [("rita".to_owned(), "Rita".to_owned())].into();
        let absent = UserBrief { id: UserId::parse(&id(90)).unwrap(), login: "alan".into(), name: "Alan".into() };
        let lacks = [Lack {
            count: 1,
            teams: vec![team(1)],
            label: "Payments".into(),
            persons: vec![absent.clone()],
            barred: vec![UserId::parse(&id(91)).unwrap()],
        }];
        let subject = Subject {
            risk: Risk::High,
            people: &rita,
            lacks: &lacks,
            ..Subject::new(Some(&mine), &my_team, (&systems, &owners), span(100, 200))
        };
        let window = Window { start: String::new(), end: String::new(), zone: "UTC".into(), span: span(150, 400) };
        let around = Surroundings {
            neighbours: vec![
                other(50, 1, &[10], span(100, 200)), // itself
                other(51, 1, &[10, 11], span(0, 110)),
                other(52, 2, &[11], span(120, 130)),
                other(53, 1, &[20], span(130, 300)),
                other(54, 2, &[20], span(130, 300)), // nothing in common but the time
                other(55, 2, &[10], span(200, 300)), // begins when we end
                Neighbour { people: rita.clone(), ..other(56, 1, &[20], span(150, 300)) },
                Neighbour { risk: Risk::High, ..other(57, 2, &[20], span(160, 300)) },
            ],
            freezes: vec![Freeze {
                id: crate::id::FreezeId::parse(&id(70)).unwrap(),
                content: FreezeContent {
                    scope: Scope::Team(team(1)),
                    window,
                    reason: "Double Eleven".into(),
                    hard: true,
                    recurrence: None,
                },
                author: String::new(),
                version: 1,
                systems: vec![],
                team_name: String::new(),
            }],
            incidents: vec![OpenIncident { id: id(80), label: "INC-4".into(), readable: false, system: sys(10) }],
            linked: [(sys(11), 1)].into(),
            vital: BTreeSet::new(),
            away: Away {
                absences: vec![Absence { person: absent.id.clone(), until: Timestamp(500), cover: UserId::parse(&id(91)).unwrap() }],
                days_off: Vec::new(),
                now: Timestamp(0),
            },
            names: [(sys(10), "gateway".to_owned()), (sys(11), "ledger".to_owned())].into(),
        };
        let told: Vec<_> = conflicts(&subject, &around)
            .into_iter()
            .map(|c| format!("{} {} {:?} {}–{}", c.kind, c.with.label, c.system.or(c.person).as_deref(), c.span.from.0, c.span.to.0))
            .collect();
        assert_eq!(
            told,
            [
                "freeze Double Eleven None 150–200",
                "same-system CHG-51 Some(\"gateway\") 100–110",
                "dependency CHG-52 Some(\"ledger\") 120–130",
                "same-people CHG-56 Some(\"Rita\") 150–200",
                "absent-approver Payments Some(\"Alan\") 100–200",
                "same-team CHG-53 None 130–200",
                "same-window CHG-57 None 160–200",
                "incident INC-4 Some(\"gateway\") 100–200",
                "one-risky CHG-54 None 130–200",
            ]
        );
    }

    #[test]
    fn what_only_runs_at_the_same_time_warns_where_much_is_at_stake() {
        let (my_team, systems) = (team(1), [sys(10)]);
        let low = Subject::new(None, &my_team, (&systems, &[]), span(100, 200));
        let high = Subject { risk: Risk::High, ..low.clone() };
        let told = |subject: &Subject<'_>, other: &Neighbour, vital: &[u8]| {
            let vital = vital.iter().copied().map(sys).collect();
            let around = Surroundings { neighbours: vec![other.clone()], vital, ..Surroundings::default() };
            conflicts(subject, &around).iter().map(|conflict| conflict.kind).collect::<Vec<_>>()
        };
        let plain = other(51, 2, &[20], span(150, 300));
        let risky = Neighbour { risk: Risk::High, ..plain.clone() };
        assert_eq!(told(&low, &plain, &[10]), []);
        assert_eq!(told(&low, &plain, &[20]), []);
        assert_eq!(told(&low, &plain, &[10, 20]), [ConflictKind::BothVital]);
        assert_eq!(told(&low, &risky, &[10, 20]), [ConflictKind::OneRisky]);
        assert_eq!(told(&high, &plain, &[]), [ConflictKind::OneRisky]);
        assert_eq!(told(&high, &risky, &[10, 20]), [ConflictKind::SameWindow]);
        assert!(ConflictKind::ALL.iter().all(|kind| kind.is_mild() == (*kind > ConflictKind::Incident)));
    }
}
