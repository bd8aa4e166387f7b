//! Who may approve: what a change still takes, and for whom somebody speaks.
//!
//! A person speaks for themselves, within what their log-in or token allows, and for those who delegated their approval to
//! them and have not requested or written the change, or a part of it. Nobody is counted twice.

use std::collections::BTreeSet;

use domain::{
    Actor, Fault, Permission, Reach, Timestamp, Who, Wording,
    changes::{Approval, DemandStatus, Demands, Verdict},
    id::{TeamId, UserId},
    people::{Membership, UserBrief},
};
use sqlx::AnyConnection;

use super::{loaded::Loaded, store};
use crate::people;

/// Somebody for whom the actor may speak.
struct Voice {
    id: UserId,
    name: String,
    memberships: Vec<Membership>,
}

/// An actor as an approver.
pub(super) struct Approver {
    user: UserId,
    voices: Vec<Voice>,
}

/// What somebody may do about the approval of one change.
pub(super) enum Stance {
    /// None of it is theirs.
    Nothing,
    /// They would be asked, but not for this, or not now.
    Refused(Wording),
    /// They have approved already.
    Already,
    /// Their approval meets this demand, in the place of that person.
    May { place: usize, principal: UserId, name: String },
}

impl Approver {
    /// Reads for whom the actor speaks.
    pub(super) async fn read(conn: &mut AnyConnection, actor: &Actor, now: Timestamp) -> Result<Option<Self>, Fault> {
        let Some(user) = actor.user() else { return Ok(None) };
        // What a token may not, its owner's roles do not give back.
        let mut own = people::memberships(conn, user).await?;
        for membership in &mut own {
            let may = match &membership.team {
                Some(team) => actor.may(Permission::ApproveChanges, team),
                None => actor.may_somewhere(Permission::ApproveChanges),
            };
            membership.permissions = if may { membership.permissions } else { domain::PermissionSet::NONE };
        }
        let mut voices = vec![Voice { id: user.clone(), name: actor.name.clone(), memberships: own }];
        // A delegation is to the person; what they made a token for is not told by it.
        let person = matches!(actor.who, Who::User(_));
        let lent = if person { store::delegations_to(conn, user, now).await? } else { Vec::new() };
        for delegation in lent {
            // Only whoever may still enter can lend their voice.
            if people::actor_of(conn, &delegation.from).await?.is_some() {
                let memberships = people::memberships(conn, &delegation.from).await?;
                voices.push(Voice { id: delegation.from, name: delegation.from_name, memberships });
            }
        }
        Ok(Some(Self { user: user.clone(), voices }))
    }

    /// Whether they speak for anybody at all who may approve something.
    pub(super) fn may_somewhere(&self) -> bool {
        self.voices.iter().flat_map(|voice| &voice.memberships).any(|m| m.permissions.has(Permission::ApproveChanges))
    }

    /// Whether one of the demands could be theirs, whatever stands against it.
    fn concerned(&self, demands: &Demands) -> bool {
        self.voices.iter().any(|voice| demands.list.iter().any(|demand| demand.fits(&voice.memberships)))
    }

    /// What they may do about this change; `given` is what approvers said of its present content.
    pub(super) fn stance(&self, change: &Loaded, given: &[Approval]) -> Stance {
        let demands = change.demands();
        if !self.concerned(&demands) {
            return Stance::Nothing;
        }
        let user = &self.user;
        if change.stored.requester == *user {
            return Stance::Refused(Wording::new("conflict-change-own"));
        }
        if change.writers.contains(user) {
            return Stance::Refused(Wording::new("conflict-change-own-edit"));
        }
        if change.hands.contains(user) {
            return Stance::Refused(Wording::new("conflict-change-own-work"));
        }
        let mut present = given.iter().filter(|a| !a.void);
        match present.find(|a| a.approver == *user) {
            Some(said) if said.verdict == Verdict::Approve => return Stance::Already,
            Some(_) => return Stance::Refused(Wording::new("conflict-change-approved-already")),
            None => {}
        }
        let hands: Vec<&str> = change.writers.iter().chain(&change.hands).map(UserId::as_str).collect();
        let spoke: Vec<&str> = given.iter().filter(|a| !a.void).flat_map(|a| [a.principal.as_str(), a.approver.as_str()]).collect();
        match self.turn(&demands, &counts(&demands, given), &hands, &spoke) {
            Some((place, voice)) => Stance::May { place, principal: voice.id.clone(), name: voice.name.clone() },
            None => Stance::Refused(Wording::new("conflict-change-not-your-turn")),
        }
    }

    /// The demand that they may meet now, and in whose place: somebody's who had no hand in the change and of whom nothing was heard.
    fn turn(&self, demands: &Demands, counts: &[u32], hands: &[&str], spoke: &[&str]) -> Option<(usize, &Voice)> {
        let took_part = |id: &UserId| hands.contains(&id.as_str()) || spoke.contains(&id.as_str());
        let open = demands.open(counts);
        let free = self.voices.iter().filter(|voice| !took_part(&voice.id));
        let place = |voice: &Voice| open.iter().copied().find(|place| demands.list[*place].fits(&voice.memberships));
        free.filter_map(|voice| Some((place(voice)?, voice))).next()
    }

    /// Whether a change waits for them: the same rule on what the list of candidates says.
    pub(super) fn is_awaited(&self, candidate: &store::Candidate) -> bool {
        let owners: Vec<TeamId> = {
            let mut owners: Vec<_> = candidate.owners.split_whitespace().filter_map(TeamId::parse).collect();
            owners.sort();
            owners.dedup();
            owners
        };
        let stored = serde_json::from_str::<Demands>(&candidate.demand).ok().filter(|demands| !demands.list.is_empty());
        let demands = stored.unwrap_or_else(|| Demands::usual(&owners, u32::try_from(candidate.needed).unwrap_or(1)));
        let mut counts = vec![0; demands.list.len()];
        for place in candidate.places.split_whitespace().filter_map(|place| place.parse::<usize>().ok()) {
            if let Some(count) = counts.get_mut(place) {
                *count += 1;
            }
        }
        let hands: Vec<&str> = candidate.writers.split_whitespace().chain(candidate.hands.split_whitespace()).collect();
        let spoke: Vec<&str> = candidate.spoke.split_whitespace().collect();
        let own = [hands.as_slice(), spoke.as_slice()].concat().contains(&self.user.as_str());
        !own && self.turn(&demands, &counts, &hands, &spoke).is_some()
    }
}

/// How many have agreed to each demand.
pub(super) fn counts(demands: &Demands, given: &[Approval]) -> Vec<u32> {
    let mut counts = vec![0; demands.list.len()];
    for approval in given.iter().filter(|a| !a.void && a.verdict == Verdict::Approve) {
        if let Some(count) = counts.get_mut(approval.place) {
            *count += 1;
        }
    }
    counts
}

impl Loaded {
    /// What it takes; for what was written before there were policies: its owners.
    pub(super) fn demands(&self) -> Demands {
        if self.stored.demands.list.is_empty() && self.content.template.is_none() {
            Demands::usual(&self.owners(), self.stored.summary.needed)
        } else {
            self.stored.demands.clone()
        }
    }
}

/// Persons who could meet a demand: who may enter and approve in all of its teams with one of its roles.
pub(super) async fn persons(conn: &mut AnyConnection, demand: &domain::changes::Demand) -> Result<Vec<UserBrief>, Fault> {
    let mut found: Option<Vec<UserBrief>> = None;
    for team in &demand.teams {
        let here = people::holders_with(conn, Permission::ApproveChanges, team, &demand.roles).await?;
        found = Some(match found {
            None => here,
            Some(before) => before.into_iter().filter(|person| here.iter().any(|other| other.id == person.id)).collect(),
        });
    }
    Ok(found.unwrap_or_default())
}

/// The demands with the names of their teams, how far they are met, and who could meet them.
pub(super) async fn status(
    conn: &mut AnyConnection,
    demands: &Demands,
    counts: &[u32],
    not: &[&UserId],
) -> Result<Vec<DemandStatus>, Fault> {
    let teams = people::teams(conn, &Reach::All).await?;
    let open: BTreeSet<usize> = demands.open(counts).into_iter().collect();
    let mut told = Vec::with_capacity(demands.list.len());
    for (i, demand) in demands.list.iter().enumerate() {
        let names = demand.teams.iter().filter_map(|id| teams.iter().find(|t| t.id == *id)).map(|t| t.name.clone()).collect();
        let who = persons(conn, demand).await?;
        told.push(DemandStatus {
            stage: demand.stage,
            count: demand.count,
            given: counts.get(i).copied().unwrap_or(0),
            open: open.contains(&i),
            teams: names,
            roles: demand.roles.clone(),
            who: who.into_iter().filter(|person| !not.contains(&&person.id)).map(|person| person.name).collect(),
        });
    }
    Ok(told)
}
