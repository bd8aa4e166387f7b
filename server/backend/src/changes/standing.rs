//! Whose hands a change is in, and whose agreement it lacks: what conflicts of people are computed from.

use std::collections::BTreeMap;

use domain::{
    Fault, Reach, Span,
    changes::{Absence, Away, DayOff, Demands, Kind, Lack, State, Step, Subject, hands, names_of_hands},
    id::{TeamId, UserId},
    people::UserBrief,
};
use sqlx::AnyConnection;

use super::{authority, loaded::Loaded, store, surroundings::Around};
use crate::{occasions, people};

/// Persons who could meet a demand, by its teams and roles.
pub(super) type Fitting = BTreeMap<(Vec<TeamId>, Vec<String>), Vec<UserBrief>>;

/// What is known of the people of one change.
#[derive(Default)]
pub(super) struct Standing {
    pub people: BTreeMap<String, String>,
    pub lacks: Vec<Lack>,
}

impl Standing {
    /// The same change with its people.
    pub(super) fn of<'a>(&'a self, subject: Subject<'a>) -> Subject<'a> {
        Subject { people: &self.people, lacks: &self.lacks, ..subject }
    }
}

/// Who is away from now on, and the holidays of teams until the end of a span.
pub(super) async fn away(conn: &mut AnyConnection, span: Span, now: domain::Timestamp) -> Result<Away, Fault> {
    let made = store::delegations_now(conn, now).await?;
    let absences = made.into_iter().map(|one| Absence { person: one.from, until: one.until, cover: one.to }).collect();
    let days = occasions::holidays(conn, Span { from: now, to: span.to.max(now.plus(1)) }).await?;
    let days_off = days.into_iter().map(|(team, time)| DayOff { team, name: time.name, span: time.span }).collect();
    Ok(Away { absences, days_off, now })
}

impl Around {
    /// Who does these steps, as far as the portal knows them.
    async fn people(&mut self, conn: &mut AnyConnection, steps: &[Step]) -> Result<BTreeMap<String, String>, Fault> {
        let names = names_of_hands(steps);
        let new: Vec<String> = names.difference(&self.asked).cloned().collect();
        self.known.extend(people::called(conn, &new).await?);
        self.asked.extend(new);
        Ok(hands(&names, &self.known))
    }

    /// The people of a content that takes these approvals, of which so many are given; `barred` had a hand in it, or have spoken.
    pub(super) async fn foreseen(
        &mut self,
        conn: &mut AnyConnection,
        (kind, steps): (Kind, &[Step]),
        (demands, given): (&Demands, &[u32]),
        barred: &[&UserId],
    ) -> Result<Standing, Fault> {
        let people = self.people(conn, steps).await?;
        let mut lacks = Vec::new();
        // An emergency does not wait for its approval.
        if kind != Kind::Emergency && self.anybody_is_away() {
            for (i, demand) in demands.list.iter().enumerate() {
                let count = demand.count.saturating_sub(given.get(i).copied().unwrap_or(0)) as usize;
                if count == 0 {
                    continue;
                }
                let key = (demand.teams.clone(), demand.roles.clone());
                if !self.fitting.contains_key(&key) {
                    self.fitting.insert(key.clone(), authority::persons(conn, demand).await?);
                }
                let fitting = self.fitting.get(&key).into_iter().flatten();
                let persons = fitting.filter(|person| !barred.contains(&&person.id)).cloned().collect();
                let names = self.team_names(conn).await?;
                let label = demand.teams.iter().filter_map(|team| names.get(team)).cloned().collect::<Vec<_>>().join(", ");
                let barred = barred.iter().map(|id| (*id).clone()).collect();
                lacks.push(Lack { count, teams: demand.teams.clone(), label, persons, barred });
            }
        }
        Ok(Standing { people, lacks })
    }

    /// The people of a change as it stands.
    pub(super) async fn standing(&mut self, conn: &mut AnyConnection, change: &Loaded) -> Result<Standing, Fault> {
        let waits = matches!(change.stored.summary.state, State::Draft | State::Pending);
        if !waits || !self.anybody_is_away() {
            return self.foreseen(conn, (change.content.kind, &change.content.steps), (&Demands::default(), &[]), &[]).await;
        }
        let given = store::approvals(conn, change.id(), change.stored.version).await?;
        let demands = change.demands();
        let spoken = given.iter().filter(|one| !one.void).flat_map(|one| [&one.approver, &one.principal]);
        let barred: Vec<&UserId> = change.writers.iter().chain(spoken).collect();
        self.foreseen(conn, (change.content.kind, &change.content.steps), (&demands, &authority::counts(&demands, &given)), &barred).await
    }

    async fn team_names(&mut self, conn: &mut AnyConnection) -> Result<&BTreeMap<TeamId, String>, Fault> {
        if self.teams.is_empty() {
            self.teams = people::teams(conn, &Reach::All).await?.into_iter().map(|team| (team.id, team.name)).collect();
        }
        Ok(&self.teams)
    }
}
