//! Who is owed an end: those who were told that an alert fires, wherever an edit of the routes or of the catalogue leads it meanwhile.
//! Whoever hears of it from now on is told anew that it fires, and of its end then.

use std::collections::{BTreeMap, HashMap};

use domain::{
    Fault,
    alerts::Told,
    deliveries::Notice,
    id::{ChannelId, SystemId, TeamId},
};
use sqlx::AnyConnection;

use super::{
    NAME,
    flush::Moved,
    payload,
    store::{self, GroupRow, Member},
};
use crate::{
    Context, WriteTx,
    alerts::store::AlertRow,
    deliveries::{self, To},
};

/// Whether the same channels hear by way of both.
pub(super) fn tell_alike(one: &GroupRow, other: &GroupRow) -> bool {
    one.channels == other.channels && one.tells_team == other.tells_team && one.standing == other.standing
}

/// Who hears of an alert, each list asked for once.
#[derive(Default)]
pub(super) struct Hearers {
    chosen: HashMap<String, Vec<ChannelId>>,
    teams: HashMap<TeamId, Vec<ChannelId>>,
}

impl Hearers {
    /// Those whom a group tells beginnings and ends of an alert of this team.
    async fn of(&mut self, conn: &mut AnyConnection, group: &GroupRow, team: &TeamId) -> Result<Vec<ChannelId>, Fault> {
        let mut all = if let Some(known) = self.chosen.get(&group.channels) {
            known.clone()
        } else {
            let found = deliveries::named(conn, &store::read_list(&group.channels)).await?;
            self.chosen.insert(group.channels.clone(), found.clone());
            found
        };
        if group.standing == 1 || group.tells_team == 1 {
            if !self.teams.contains_key(team) {
                self.teams.insert(team.clone(), deliveries::hearing_ends(conn, team).await?);
            }
            all.extend(self.teams.get(team).into_iter().flatten().cloned());
        }
        Ok(all)
    }

    /// Others than before hear of an alert of which its group told that it fires: those who heard it are owed the end.
    pub(super) async fn turn(
        &mut self,
        conn: &mut AnyConnection,
        member: &mut Member,
        group: &GroupRow,
        team: &TeamId,
    ) -> Result<(), Fault> {
        if member.told != Told::Firing {
            return Ok(());
        }
        if !member.anew && group.send_resolved == 1 {
            let told = self.of(conn, group, team).await?;
            member.owed.extend(told.iter().map(ToString::to_string));
            member.owed.sort();
            member.owed.dedup();
        }
        member.anew = true;
        Ok(())
    }
}

/// A system has another team from now on; before its alerts have.
pub(in crate::alerts) async fn follow(tx: &mut WriteTx, ctx: &Context, system: &SystemId, team: &TeamId) -> Result<(), Fault> {
    let told = store::told_to_team(tx, system).await?;
    let mut ids: Vec<&str> = told.iter().filter(|(_, before)| before != team).map(|(member, _)| member.group.as_str()).collect();
    ids.dedup();
    if ids.is_empty() {
        return Ok(());
    }
    let groups: HashMap<String, GroupRow> =
        store::take(tx, ids.iter().copied()).await?.into_iter().map(|group| (group.id.clone(), group)).collect();
    let (mut hearers, mut turned) = (Hearers::default(), Vec::new());
    for (mut member, before) in told {
        let Some(group) = groups.get(&member.group).filter(|_| before != *team) else { continue };
        hearers.turn(tx, &mut member, group, &before).await?;
        turned.push(member);
    }
    store::owe(tx, &turned).await?;
    // Those at rest have something to say.
    let next: Vec<_> = groups.values().filter(|group| group.next_at.is_none()).map(|group| (group.id.clone(), ctx.now())).collect();
    store::set_next(tx, &next).await?;
    tx.ring(NAME);
    Ok(())
}

/// The key of what is told to those who heard by way of another group.
pub(super) fn key_of_former(key: &str) -> String {
    format!("{key}-former")
}

/// Ends told to some, and of which alerts.
pub(super) struct Ends<'a> {
    pub(super) to: To,
    pub(super) notice: Notice,
    pub(super) alerts: Vec<&'a str>,
}

/// The ends that a group tells to those who heard of the beginning before it was led here, and hear nothing by way of the group now.
pub(super) async fn ends<'a>(
    tx: &mut WriteTx,
    ctx: &Context,
    group: &GroupRow,
    over: &[(&'a AlertRow, &Moved)],
    key: &str,
    names: &HashMap<SystemId, String>,
) -> Result<Vec<Ends<'a>>, Fault> {
    let mut hearers = Hearers::default();
    let mut told: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, (alert, moved)) in over.iter().enumerate() {
        let hear = if moved.anew { Vec::new() } else { hearers.of(tx, group, &alert.team()?).await? };
        for channel in moved.owed.iter().filter(|owed| hear.iter().all(|channel| channel.as_str() != *owed)) {
            told.entry(channel).or_default().push(place);
        }
    }
    // Channels that are told the same share a message.
    let mut shared: BTreeMap<Vec<usize>, Vec<ChannelId>> = BTreeMap::new();
    for (channel, places) in told {
        shared.entry(places).or_default().extend(ChannelId::parse(channel));
    }
    let mut ends = Vec::new();
    for (places, channels) in shared {
        let news: Vec<(&'a AlertRow, Told)> = places.into_iter().map(|place| (over[place].0, Told::Over)).collect();
        if group.standing == 1 {
            for (alert, told) in news {
                let notice = payload::alone(alert, told, false, names)?;
                ends.push(Ends { to: To::These(channels.clone()), notice, alerts: vec![&alert.id] });
            }
        } else {
            let alerts: Vec<&str> = news.iter().map(|(alert, _)| alert.id.as_str()).collect();
            for notice in payload::notices(ctx, group, &news, &key_of_former(key), names)? {
                ends.push(Ends { to: To::These(channels.clone()), notice, alerts: alerts.clone() });
            }
        }
    }
    Ok(ends)
}
