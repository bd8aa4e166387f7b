//! Whom a target means at a moment, and paging them.

use std::collections::BTreeMap;

use domain::{
    Fault, Permission, Timestamp,
    alerts::Severity,
    deliveries::Notice,
    escalations::{Called, Content, Planned, Taken, Target, Trouble},
    id::{EscalationId, TeamId, UserId},
    incidents::EntryKind,
    time::MINUTE,
};
use serde_json::json;
use sqlx::AnyConnection;

use super::{ENGINE, store};
use crate::{
    Context, WriteTx, deliveries,
    incidents::{self, Facts},
    oncall, people,
};

/// The people who may work for a team, by id.
type Workers = BTreeMap<UserId, String>;

async fn workers(conn: &mut AnyConnection, team: &TeamId) -> Result<Workers, Fault> {
    let holders = people::holders(conn, Permission::WorkIncidents, team).await?;
    Ok(holders.into_iter().map(|holder| (holder.id, holder.name)).collect())
}

fn called(target: &Target, name: &str, trouble: Option<Trouble>) -> Called {
    Called { target: target.clone(), name: name.into(), person: None, person_name: String::new(), sent: 0, trouble }
}

/// A person whom a target means: named, and told where the pager would not reach them for who they are.
async fn person(conn: &mut AnyConnection, target: &Target, name: &str, id: &UserId, workers: &Workers) -> Result<Called, Fault> {
    let found = people::named(conn, std::slice::from_ref(id)).await?.pop();
    let person_name = found.map(|named| named.name).unwrap_or_default();
    let trouble = (!workers.contains_key(id)).then_some(Trouble::Absent);
    let name = if name.is_empty() { person_name.clone() } else { name.to_owned() };
    Ok(Called { target: target.clone(), name, person: Some(id.clone()), person_name, sent: 0, trouble })
}

/// Whom these targets mean at a moment, for an incident of a team.
pub(super) async fn resolve(conn: &mut AnyConnection, team: &TeamId, targets: &[Target], at: Timestamp) -> Result<Vec<Called>, Fault> {
    let works = workers(conn, team).await?;
    let mut found = Vec::new();
    for target in targets {
        match target {
            Target::User(id) => found.push(person(conn, target, "", id, &works).await?),
            Target::Schedule(id) => match oncall::present(conn, id, at).await? {
                None => found.push(called(target, "", Some(Trouble::Gone))),
                Some((name, None)) => found.push(called(target, &name, Some(Trouble::Gap))),
                Some((name, Some(id))) => found.push(person(conn, target, &name, &id, &works).await?),
            },
            Target::Channel(id) => found.push(match deliveries::channel(conn, id).await? {
                None => called(target, "", Some(Trouble::Gone)),
                Some((name, enabled)) => called(target, &name, (!enabled).then_some(Trouble::Off)),
            }),
            Target::Team(id) => {
                let name = people::teams(conn, &domain::Reach::Teams(vec![id.clone()])).await?.pop().map(|team| team.name);
                let Some(name) = name else {
                    found.push(called(target, "", Some(Trouble::Gone)));
                    continue;
                };
                let all = workers(conn, id).await?;
                if all.is_empty() {
                    found.push(called(target, &name, Some(Trouble::Empty)));
                }
                found.extend(all.into_iter().map(|(id, person_name)| Called {
                    person: Some(id),
                    person_name,
                    ..called(target, &name, None)
                }));
            }
        }
    }
    Ok(found)
}

/// The same, with how many ways lead to each: what would be sent, if it were now.
pub(super) async fn foresee(
    conn: &mut AnyConnection,
    ctx: &Context,
    team: &TeamId,
    targets: &[Target],
    at: Timestamp,
) -> Result<Vec<Called>, Fault> {
    let mut found = resolve(conn, team, targets, at).await?;
    // Many targets mean the same people.
    let mut ways: BTreeMap<UserId, i64> = BTreeMap::new();
    for called in found.iter_mut().filter(|called| called.trouble.is_none()) {
        called.sent = match &called.person {
            Some(id) => match ways.get(id) {
                Some(known) => *known,
                None => *ways.entry(id.clone()).or_insert(deliveries::ways(conn, ctx, id).await?),
            },
            None => 1,
        };
        called.trouble = (called.sent == 0).then_some(Trouble::NoContact);
    }
    Ok(found)
}

/// What a policy would do for an incident that begins at a moment and that nobody acknowledges, if its first step is taken so much later
/// than it says.
pub(super) async fn climb(
    conn: &mut AnyConnection,
    ctx: &Context,
    policy: &Content,
    severity: Severity,
    begin: Timestamp,
    later_ms: i64,
) -> Result<Vec<Planned>, Fault> {
    let mut planned = Vec::new();
    for (at, place, rung) in policy.climb(severity, begin.plus(later_ms)) {
        let called = foresee(conn, ctx, &policy.team, &rung.step.targets, at).await?;
        planned.push(Planned { at, after_min: at.since(begin) / MINUTE, round: place.round, step: rung.number, called });
    }
    Ok(planned)
}

/// What is done, and how it is told.
pub(super) struct Page<'a> {
    /// With each repetition one more.
    pub(super) round: i64,
    /// Number of the step within the policy; 0 by hand.
    pub(super) step: i64,
    /// Who pages by hand; empty for a step.
    pub(super) by: &'a str,
    /// The run, if one pages.
    pub(super) run: Option<&'a EscalationId>,
    /// Name of the policy.
    pub(super) policy: &'a str,
    /// Whom.
    pub(super) targets: &'a [Target],
}

/// Pages: writes the deliveries, the record, and the timeline of the incident, which is locked.
pub(super) async fn page(tx: &mut WriteTx, ctx: &Context, incident: &Facts, page: &Page<'_>) -> Result<Taken, Fault> {
    let now = ctx.now();
    let place = store::next_place(tx, &incident.id).await?;
    let key = format!("page-{}-{place}", incident.id);
    let mut called = resolve(tx, &incident.team, page.targets, now).await?;
    let mut payload = incident.payload.clone();
    let names = reached(&called);
    let mut before: Vec<String> = store::taken(tx, &incident.id).await?.iter().rev().flat_map(|taken| reached(&taken.called)).collect();
    before.retain(|name| !names.contains(name));
    let mut seen = std::collections::BTreeSet::new();
    before.retain(|name| seen.insert(name.clone()));
    payload["page"] = json!({ "run": page.run, "step": page.step, "policy": page.policy, "called": names, "before": before });
    let notice = || Notice {
        event: "page",
        system: incident.system.clone(),
        team: incident.team.clone(),
        incident: Some(incident.id.clone()),
        payload: payload.clone(),
        key: key.clone(),
    };
    // Whoever is meant twice is called once.
    let mut sent: BTreeMap<UserId, i64> = BTreeMap::new();
    for called in called.iter_mut().filter(|called| called.trouble.is_none()) {
        let ways = match (&called.person, &called.target) {
            (Some(id), _) => match sent.get(id) {
                Some(ways) => *ways,
                None => {
                    let ways = i64::try_from(deliveries::enqueue_to_user(tx, ctx, id, notice()).await?).unwrap_or(i64::MAX);
                    sent.insert(id.clone(), ways);
                    ways
                }
            },
            (None, Target::Channel(id)) => {
                i64::try_from(deliveries::enqueue_to(tx, ctx, std::slice::from_ref(id), notice()).await?).unwrap_or(i64::MAX)
            }
            (None, _) => 0,
        };
        called.sent = ways;
        called.trouble = (ways == 0).then_some(if called.person.is_some() { Trouble::NoContact } else { Trouble::Off });
    }
    let taken = Taken { at: now, round: page.round, step: page.step, by: page.by.to_owned(), called, key };
    store::insert_calls(tx, (&incident.id, &incident.team, place), &taken, || ctx.new_id()).await?;
    let actor = if page.by.is_empty() { ENGINE } else { page.by };
    for (kind, reached) in [(EntryKind::Paged, true), (EntryKind::PagedNobody, false)] {
        let mut names: Vec<String> = taken.called.iter().filter(|called| called.trouble.is_none() == reached).map(name).collect();
        names.dedup();
        if !names.is_empty() {
            incidents::note(tx, ctx, &incident.id, actor, kind, &names.join(", "), None).await?;
        }
    }
    Ok(taken)
}

/// Names of those who are meant and can be called, each once.
fn reached(called: &[Called]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for one in called.iter().filter(|one| one.trouble.is_none()) {
        let name = if one.person_name.is_empty() { &one.name } else { &one.person_name };
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// `Lena (Payments primary)`, or the one name there is.
fn name(called: &Called) -> String {
    match (called.person_name.as_str(), called.name.as_str()) {
        ("", name) => name.to_owned(),
        (person, name) if name == person => person.to_owned(),
        (person, name) => format!("{person} ({name})"),
    }
}
