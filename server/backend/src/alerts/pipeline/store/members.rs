//! Table `alert_members`: which alert is in which group, and what was told of it there.

use domain::{
    Fault, Reach, Timestamp,
    alerts::Told,
    id::{SystemId, TeamId},
};
use sqlx::AnyConnection;

use super::{GroupRow, TOGETHER, list, read_list};
use crate::{
    alerts::store::{AlertRow, COLUMNS},
    db::{sql, stored},
};

/// An alert in a group, and what was told of it.
pub(in crate::alerts::pipeline) struct Member {
    pub(in crate::alerts::pipeline) group: String,
    pub(in crate::alerts::pipeline) alert: String,
    pub(in crate::alerts::pipeline) told: Told,
    pub(in crate::alerts::pipeline) at: Option<i64>,
    /// Channels that were told that it fires before it was led here.
    pub(in crate::alerts::pipeline) owed: Vec<String>,
    /// Those whom the group tells now were not.
    pub(in crate::alerts::pipeline) anew: bool,
    /// How bad it was when it was told last that it fires.
    pub(in crate::alerts::pipeline) severity: Option<i64>,
}

impl Member {
    /// One of which nobody has heard.
    pub(in crate::alerts::pipeline) fn fresh(group: &str, alert: &str) -> Self {
        Self {
            group: group.to_owned(),
            alert: alert.to_owned(),
            told: Told::Nothing,
            at: None,
            owed: Vec::new(),
            anew: false,
            severity: None,
        }
    }
}

/// Adds alerts to groups; twice is once.
pub(in crate::alerts::pipeline) async fn add(conn: &mut AnyConnection, members: &[Member]) -> Result<(), Fault> {
    for chunk in members.chunks(TOGETHER) {
        sql("INSERT INTO alert_members (group_id, alert_id, told, told_at, owed, anew, severity) VALUES ")
            .rows(chunk, |r, one| {
                r.bind(&one.group)
                    .bind(&one.alert)
                    .bind(one.told.name())
                    .bind(one.at)
                    .bind(list(&one.owed))
                    .bind(i64::from(one.anew))
                    .bind(one.severity)
            })
            .push(" ON CONFLICT (group_id, alert_id) DO NOTHING")
            .run(conn)
            .await?;
    }
    Ok(())
}

/// Ids of the groups of these alerts.
pub(in crate::alerts::pipeline) async fn group_ids(conn: &mut AnyConnection, alerts: &[&str]) -> Result<Vec<String>, Fault> {
    let mut ids = Vec::new();
    for chunk in alerts.chunks(5_000) {
        let query = sql("SELECT DISTINCT group_id FROM alert_members WHERE 1 = 1").and_in("alert_id", chunk.iter().copied());
        ids.extend(query.texts(conn).await?);
    }
    ids.sort();
    ids.dedup();
    Ok(ids)
}

/// One alert in one group.
#[derive(sqlx::FromRow)]
pub(in crate::alerts) struct Membership {
    pub(in crate::alerts) group_id: String,
    pub(in crate::alerts) alert_id: String,
}

/// Who is in these groups, as far as the reach goes; of each the oldest alert first.
pub(in crate::alerts) async fn memberships(conn: &mut AnyConnection, reach: &Reach, groups: &[GroupRow]) -> Result<Vec<Membership>, Fault> {
    let mut found = Vec::new();
    for some in groups.chunks(5_000) {
        let rows: Vec<Membership> =
            sql("SELECT m.group_id, m.alert_id FROM alert_members m JOIN alerts a ON a.id = m.alert_id WHERE 1 = 1")
                .within("a.team_id", reach)
                .and_in("m.group_id", some.iter().map(|group| &group.id))
                .push(" ORDER BY a.started_at, a.id")
                .all(conn)
                .await?;
        found.extend(rows);
    }
    Ok(found)
}

#[derive(sqlx::FromRow)]
struct ToldRow {
    group_id: String,
    alert_id: String,
    told: String,
    told_at: Option<i64>,
    owed: String,
    anew: i64,
    severity: Option<i64>,
}

impl ToldRow {
    fn read(self) -> Result<Member, Fault> {
        let (told, owed) = (stored(&self.told)?, read_list(&self.owed));
        let (at, anew, severity) = (self.told_at, self.anew == 1, self.severity);
        Ok(Member { told, group: self.group_id, alert: self.alert_id, at, owed, anew, severity })
    }
}

/// What was told to whom, of the alerts in these groups.
pub(in crate::alerts::pipeline) async fn members_in(conn: &mut AnyConnection, groups: &[&str]) -> Result<Vec<Member>, Fault> {
    members(conn, "group_id", groups).await
}

/// What was told to whom of these alerts.
pub(in crate::alerts::pipeline) async fn members_of(conn: &mut AnyConnection, alerts: &[&str]) -> Result<Vec<Member>, Fault> {
    members(conn, "alert_id", alerts).await
}

async fn members(conn: &mut AnyConnection, column: &'static str, ids: &[&str]) -> Result<Vec<Member>, Fault> {
    let mut found = Vec::new();
    for chunk in ids.chunks(5_000) {
        let rows: Vec<ToldRow> = sql("SELECT group_id, alert_id, told, told_at, owed, anew, severity FROM alert_members WHERE 1 = 1")
            .and_in(column, chunk.iter().copied())
            .push(" ORDER BY group_id, alert_id")
            .all(conn)
            .await?;
        for row in rows {
            found.push(row.read()?);
        }
    }
    Ok(found)
}

/// The alerts of these groups, the oldest first.
pub(in crate::alerts::pipeline) async fn alerts_in(conn: &mut AnyConnection, groups: &[&str]) -> Result<Vec<AlertRow>, Fault> {
    let mut found: Vec<AlertRow> = Vec::new();
    for chunk in groups.chunks(5_000) {
        let rows: Vec<AlertRow> = sql("SELECT ")
            .push(COLUMNS)
            .push(" FROM alerts WHERE id IN (SELECT alert_id FROM alert_members WHERE 1 = 1")
            .and_in("group_id", chunk.iter().copied())
            .push(")")
            .all(conn)
            .await?;
        found.extend(rows);
    }
    found.sort_by(|a, b| (a.started_at, &a.id).cmp(&(b.started_at, &b.id)));
    found.dedup_by(|a, b| a.id == b.id);
    Ok(found)
}

/// Writes what was told of alerts now, and how bad each is.
pub(in crate::alerts::pipeline) async fn tell(
    conn: &mut AnyConnection,
    told: &[(&str, &str, Told, i64)],
    now: Timestamp,
) -> Result<(), Fault> {
    for chunk in told.chunks(TOGETHER) {
        sql("UPDATE alert_members SET told_at = $1, told = v.column3, severity = v.column4, anew = 0 FROM (VALUES ")
            .value(now)
            .rows(chunk, |r, (group, alert, told, severity)| r.bind(*group).bind(*alert).bind(told.name()).bind(*severity))
            .push(") AS v WHERE alert_members.group_id = v.column1 AND alert_members.alert_id = v.column2")
            .run(conn)
            .await?;
    }
    Ok(())
}

/// What was told of the lasting alerts of a system in groups that tell their team, and the team of each.
pub(in crate::alerts::pipeline) async fn told_to_team(conn: &mut AnyConnection, system: &SystemId) -> Result<Vec<(Member, TeamId)>, Fault> {
    #[derive(sqlx::FromRow)]
    struct Row {
        #[sqlx(flatten)]
        told: ToldRow,
        team_id: String,
    }
    let rows: Vec<Row> = sql("SELECT m.group_id, m.alert_id, m.told, m.told_at, m.owed, m.anew, m.severity, a.team_id FROM alerts a \
         JOIN alert_members m ON m.alert_id = a.id JOIN alert_groups g ON g.id = m.group_id WHERE a.system_id = $1 \
         AND a.state <> 'resolved' AND m.told = 'firing' AND (g.standing = 1 OR g.tells_team = 1) ORDER BY m.group_id, m.alert_id")
    .value(system)
    .all(conn)
    .await?;
    rows.into_iter().map(|row| Ok((row.told.read()?, stored(&row.team_id)?))).collect()
}

/// Writes who is owed an end.
pub(in crate::alerts::pipeline) async fn owe(conn: &mut AnyConnection, members: &[Member]) -> Result<(), Fault> {
    for chunk in members.chunks(TOGETHER) {
        sql("UPDATE alert_members SET owed = v.column3, anew = v.column4 FROM (VALUES ")
            .rows(chunk, |r, one| r.bind(&one.group).bind(&one.alert).bind(list(&one.owed)).bind(i64::from(one.anew)))
            .push(") AS v WHERE alert_members.group_id = v.column1 AND alert_members.alert_id = v.column2")
            .run(conn)
            .await?;
    }
    Ok(())
}

/// Takes alerts out of groups: pairs of group and alert.
pub(in crate::alerts::pipeline) async fn remove(conn: &mut AnyConnection, gone: &[(&str, &str)]) -> Result<(), Fault> {
    for chunk in gone.chunks(TOGETHER) {
        sql("DELETE FROM alert_members WHERE (group_id, alert_id) IN (VALUES ")
            .rows(chunk, |r, (group, alert)| r.bind(*group).bind(*alert))
            .push(")")
            .run(conn)
            .await?;
    }
    Ok(())
}
