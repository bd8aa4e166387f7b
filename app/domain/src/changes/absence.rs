//! Who does the work of a change, and who is not there to approve it.
//!
//! Whoever delegates their approval says that they are away until then, and whose voice stands for theirs. On a holiday of a team
//! nobody approves for it. **Rule:** an approver is lacking where at no moment from now until the window opens as many of those who may
//! give an approval are there, or covered by somebody who is, as it still takes; and as many would be if nobody were away.

use std::collections::{BTreeMap, BTreeSet};

use super::Step;
use crate::{
    Span, Timestamp,
    id::{TeamId, UserId},
    people::UserBrief,
};

/// What parts one name from the next where a step is done by several.
const BETWEEN: [char; 9] = [',', ';', '/', '&', '+', '、', '，', '；', '\n'];

/// Names of those who do these steps, as the steps say them.
pub fn names_of_hands(steps: &[Step]) -> BTreeSet<String> {
    let names = steps.iter().flat_map(|step| step.who.split(BETWEEN));
    names.map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// The same by what tells them apart: a person by their id, whether a step says their name or their log-in; a team, or somebody whom
/// the portal does not know, by the name itself, whatever its case.
pub fn hands(names: &BTreeSet<String>, known: &[UserBrief]) -> BTreeMap<String, String> {
    let person = |name: &String| {
        let by_login = known.iter().find(|user| user.login.eq_ignore_ascii_case(name));
        let mut by_name = known.iter().filter(|user| user.name == *name);
        // Of two people of one name it is not known which is meant.
        by_login.or_else(|| by_name.next().filter(|_| by_name.next().is_none()))
    };
    let one = |name: &String| match person(name) {
        Some(user) => (user.id.to_string(), user.name.clone()),
        None => (name.to_lowercase(), name.clone()),
    };
    names.iter().map(one).collect()
}

/// Somebody who has delegated their approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    /// Who is away.
    pub person: UserId,
    /// When they are back.
    pub until: Timestamp,
    /// Who gives their approval meanwhile.
    pub cover: UserId,
}

/// A holiday of a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayOff {
    /// Whose.
    pub team: TeamId,
    /// Its name.
    pub name: String,
    /// When.
    pub span: Span,
}

/// Who is not there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Away {
    /// People who are away from now on.
    pub absences: Vec<Absence>,
    /// Holidays of teams, now and later.
    pub days_off: Vec<DayOff>,
    /// The moment that is now.
    pub now: Timestamp,
}

/// Approvals that a change still lacks, and who could give them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    /// How many.
    pub count: usize,
    /// Teams for which they are given.
    pub teams: Vec<TeamId>,
    /// Their names.
    pub label: String,
    /// Who could give them; those who had a hand in the change, or have spoken, left out.
    pub persons: Vec<UserBrief>,
    /// Those who are left out, in the place of others too.
    pub barred: Vec<UserId>,
}

impl Lack {
    /// Whether enough of them are there, or covered, at a moment.
    fn is_met(&self, away: &Away, at: Timestamp) -> bool {
        if away.days_off.iter().any(|day| self.teams.contains(&day.team) && day.span.contains(at)) {
            return false;
        }
        let holds = |absence: &&Absence| at < absence.until;
        let is_away = |person: &UserId| away.absences.iter().filter(holds).any(|absence| absence.person == *person);
        let mut there: BTreeSet<&UserId> = BTreeSet::new();
        for person in self.persons.iter().map(|person| &person.id) {
            if !is_away(person) {
                there.insert(person);
                continue;
            }
            let covers = away.absences.iter().filter(holds).filter(|absence| absence.person == *person).map(|absence| &absence.cover);
            there.extend(covers.filter(|cover| !is_away(cover) && !self.barred.contains(cover)));
        }
        there.len() >= self.count
    }

    /// Who is away, or which holiday it is, where that leaves too few until a moment; `None` where it does not.
    pub fn absent(&self, away: &Away, opens: Timestamp) -> Option<String> {
        if self.persons.len() < self.count {
            return None;
        }
        let ends = away.absences.iter().map(|absence| absence.until).chain(away.days_off.iter().map(|day| day.span.to));
        let moments = std::iter::once(away.now).chain(ends.filter(|end| away.now < *end && *end < opens));
        if moments.into_iter().any(|at| self.is_met(away, at)) {
            return None;
        }
        let gone = |person: &&UserBrief| away.absences.iter().any(|absence| absence.person == person.id && away.now < absence.until);
        let days = away.days_off.iter().filter(|day| self.teams.contains(&day.team) && day.span.from < opens.max(away.now.plus(1)));
        let names: BTreeSet<&str> =
            self.persons.iter().filter(gone).map(|person| person.name.as_str()).chain(days.map(|day| day.name.as_str())).collect();
        Some(names.into_iter().collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::changes::content::tests::id;

    fn user(n: u8, name: &str) -> UserBrief {
        UserBrief { id: UserId::parse(&id(n)).unwrap(), login: name.to_lowercase(), name: name.to_owned() }
    }

    fn away(who: u8, until: i64, cover: u8) -> Absence {
        Absence { person: UserId::parse(&id(who)).unwrap(), until: Timestamp(until), cover: UserId::parse(&id(cover)).unwrap() }
    }

    #[test]
    fn a_name_and_a_log_in_are_one_person() {
        let step = |who: &str| Step { what: "x".into(), who: who.into(), ..Step::default() };
        let names = names_of_hands(&[step("Rita, DBA on duty"), step(""), step("rita"), step("Sam/kim")]);
        let told: Vec<_> = hands(&names, &[user(1, "Rita"), user(2, "Sam"), user(3, "Sam")]).into_iter().collect();
        let told: Vec<_> = told.iter().map(|(key, name)| (key.as_str(), name.as_str())).collect();
        // Sam is a log-in of the first of the two; nobody is called kim.
        let rita = id(1);
        let sam = id(2);
        assert_eq!(told, [(rita.as_str(), "Rita"), (sam.as_str(), "Sam"), ("dba on duty", "DBA on duty"), ("kim", "kim")]);
    }

    #[test]
    fn lacking_only_where_nobody_comes_back_or_covers_in_time() {
        let team = TeamId::parse(&id(9)).unwrap();
        let lack = Lack {
            count: 1,
            teams: vec![team.clone()],
            label: "Payments".into(),
            persons: vec![user(1, "Alan"), user(2, "Olga")],
            barred: vec![UserId::parse(&id(3)).unwrap()],
        };
        let told = |absences: &[Absence], opens: i64| {
            lack.absent(&Away { absences: absences.to_vec(), days_off: Vec::new(), now: Timestamp(0) }, Timestamp(opens))
        };
        assert_eq!(told(&[away(1, 500, 3)], 100), None, "Olga is there");
        assert_eq!(told(&[away(1, 500, 3), away(2, 500, 3)], 100).as_deref(), Some("Alan, Olga"), "who requested it covers nobody");
        assert_eq!(told(&[away(1, 500, 3), away(2, 500, 3)], 600), None, "back before it opens");
        assert_eq!(told(&[away(1, 500, 3), away(2, 500, 4)], 100), None, "covered");
        assert_eq!(told(&[away(1, 500, 2), away(2, 500, 1)], 100).as_deref(), Some("Alan, Olga"), "who is away covers nobody");
        let two = Lack { count: 2, ..lack.clone() };
        let one_away = Away { absences: vec![away(1, 500, 2)], days_off: Vec::new(), now: Timestamp(0) };
        assert_eq!(two.absent(&one_away, Timestamp(100)).as_deref(), Some("Alan"), "nobody is counted twice");
        let nobody = Lack { count: 3, ..lack.clone() };
        assert_eq!(nobody.absent(&one_away, Timestamp(100)), None, "it is not for absence that they are too few");
        let day = DayOff { team, name: "Qingming".into(), span: Span { from: Timestamp(-10), to: Timestamp(200) } };
        let off = Away { absences: Vec::new(), days_off: vec![day], now: Timestamp(0) };
        assert_eq!(lack.absent(&off, Timestamp(200)).as_deref(), Some("Qingming"));
        assert_eq!(lack.absent(&off, Timestamp(201)), None);
    }
}
