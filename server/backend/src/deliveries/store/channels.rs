//! Table `channels`: those of teams. Contact methods of persons and subscribers of status pages lie in the same table, see
//! `contacts` and `subscribers`.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::{
    Fault, Reach, Timestamp,
    deliveries::{Channel, ChannelInput, Kind, Manner, Notify, max_alerts},
    id::{ChannelId, TeamId},
};
use sqlx::AnyConnection;

use crate::db::{Sql, sql, stored};

/// One row of `channels`, without what is sealed.
#[derive(sqlx::FromRow)]
struct ChannelRow {
    id: String,
    name: String,
    kind: String,
    target: String,
    config: String,
    manner: String,
    team_id: String,
    events: String,
    enabled: i64,
    failing_since: Option<i64>,
    version: i64,
    created_at: i64,
}

/// How a channel of all teams is stored.
pub(in crate::deliveries) const ALL_TEAMS: &str = "*";

pub(in crate::deliveries) fn team_column(team: Option<&TeamId>) -> &str {
    team.map_or(ALL_TEAMS, TeamId::as_str)
}

/// Reads JSON that we wrote.
pub(in crate::deliveries) fn read_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| {
        tracing::error!(%error, "what is stored of a channel does not read");
        Fault::Internal
    })
}

pub(in crate::deliveries) fn write_json(value: &impl serde::Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|_| Fault::Internal)
}

impl ChannelRow {
    fn read(self) -> Result<Channel, Fault> {
        Ok(Channel {
            id: stored(&self.id)?,
            name: self.name,
            kind: stored(&self.kind)?,
            target: self.target,
            settings: read_json::<BTreeMap<String, String>>(&self.config)?,
            manner: read_json::<Manner>(&self.manner)?,
            team: if self.team_id == ALL_TEAMS { None } else { Some(stored(&self.team_id)?) },
            events: self.events.split(' ').filter_map(Notify::parse).collect(),
            enabled: self.enabled == 1,
            failing_since: self.failing_since.map(Timestamp),
            version: self.version,
            created_at: Timestamp(self.created_at),
        })
    }
}

fn select() -> Sql {
    sql("SELECT id, name, kind, target, config, manner, team_id, events, enabled, failing_since, version, created_at FROM channels \
         WHERE removed_at IS NULL AND user_id = '' AND page_id = ''")
}

/// Channels of teams within reach that are not removed; those of all teams only where the reach is everything.
pub(in crate::deliveries) async fn all(conn: &mut AnyConnection, reach: &Reach) -> Result<Vec<Channel>, Fault> {
    let rows: Vec<ChannelRow> = select().within("team_id", reach).push(" ORDER BY name, id").all(conn).await?;
    rows.into_iter().map(ChannelRow::read).collect()
}

/// One channel within reach.
pub(in crate::deliveries) async fn get(conn: &mut AnyConnection, reach: &Reach, id: &ChannelId) -> Result<Channel, Fault> {
    let row: Option<ChannelRow> = select().within("team_id", reach).push(" AND id = ").bind(id).first(conn).await?;
    row.ok_or(Fault::NotFound("channel"))?.read()
}

/// What is sealed of a channel or contact method.
pub(in crate::deliveries) async fn sealed(conn: &mut AnyConnection, id: &ChannelId) -> Result<String, Fault> {
    let mut texts = sql("SELECT secret FROM channels WHERE id = $1 AND removed_at IS NULL").value(id).texts(conn).await?;
    texts.pop().ok_or(Fault::NotFound("channel"))
}

/// Whether another channel has this name.
pub(in crate::deliveries) async fn name_is_taken(conn: &mut AnyConnection, name: &str, but: Option<&ChannelId>) -> Result<bool, Fault> {
    let count = sql("SELECT COUNT(*) FROM channels WHERE name = $1 AND id <> $2")
        .value(name)
        .value(but.map_or("", ChannelId::as_str))
        .count(conn)
        .await?;
    Ok(count > 0)
}

/// `target` is what may be told of where messages go, `sealed` what is not.
pub(in crate::deliveries) async fn insert(
    conn: &mut AnyConnection,
    id: &ChannelId,
    input: &ChannelInput,
    target: &str,
    sealed: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    sql("INSERT INTO channels (id, name, kind, target, config, manner, secret, team_id, events, enabled, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)")
    .value(id)
    .value(&input.name)
    .value(input.kind.name())
    .value(target)
    .value(write_json(&input.settings)?)
    .value(write_json(&input.manner)?)
    .value(sealed)
    .value(team_column(input.team.as_ref()))
    .value(names(&input.events))
    .value(input.enabled)
    .value(now)
    .value(now)
    .run(conn)
    .await
    .map(|_| ())
}

/// Writes an edit on top of `version`; `false` where somebody was faster.
pub(in crate::deliveries) async fn update(
    conn: &mut AnyConnection,
    id: &ChannelId,
    version: i64,
    input: &ChannelInput,
    target: &str,
    sealed: &str,
    now: Timestamp,
) -> Result<bool, Fault> {
    let changed = sql("UPDATE channels SET name = $1, target = $2, config = $3, manner = $4, team_id = $5, events = $6, enabled = $7, \
         secret = $8, version = version + 1, updated_at = $9 WHERE id = $10 AND version = $11 AND removed_at IS NULL")
    .value(&input.name)
    .value(target)
    .value(write_json(&input.settings)?)
    .value(write_json(&input.manner)?)
    .value(team_column(input.team.as_ref()))
    .value(names(&input.events))
    .value(input.enabled)
    .value(sealed)
    .value(now)
    .value(id)
    .value(version)
    .run(conn)
    .await?;
    Ok(changed == 1)
}

/// Removes a channel or contact method: it sends and hears nothing more, its name is free, its ledger stays. `false` where it
/// was removed before.
pub(in crate::deliveries) async fn remove(conn: &mut AnyConnection, id: &ChannelId, now: Timestamp) -> Result<bool, Fault> {
    let changed =
        sql("UPDATE channels SET removed_at = $1, enabled = 0, label = CASE WHEN label = '' THEN name ELSE label END, name = id, \
         secret = '', version = version + 1, updated_at = $2 WHERE id = $3 AND removed_at IS NULL")
        .value(now)
        .value(now)
        .value(id)
        .run(conn)
        .await?;
    Ok(changed == 1)
}

/// Forgets channels that were removed before and whose ledger is forgotten; gives how many.
pub(in crate::deliveries) async fn forget(conn: &mut AnyConnection, before: Timestamp) -> Result<u64, Fault> {
    sql("DELETE FROM channels WHERE removed_at < $1 AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.channel_id = channels.id)")
        .value(before)
        .run(conn)
        .await
}

fn names(events: &[Notify]) -> String {
    events.iter().map(|event| event.name()).collect::<Vec<_>>().join(" ")
}

#[derive(sqlx::FromRow)]
struct Wants {
    id: String,
    events: String,
}

/// Whether an enabled channel hears this team, whatever it wants.
pub(in crate::deliveries) async fn any_hears(conn: &mut AnyConnection, team: &TeamId) -> Result<bool, Fault> {
    let count = sql("SELECT COUNT(*) FROM channels WHERE enabled = 1 AND removed_at IS NULL AND (team_id = '*' OR team_id = $1)");
    Ok(count.value(team).count(conn).await? > 0)
}

/// Enabled channels that hear this team and want this event.
pub(in crate::deliveries) async fn listening(conn: &mut AnyConnection, team: &TeamId, event: Notify) -> Result<Vec<ChannelId>, Fault> {
    let rows: Vec<Wants> =
        sql("SELECT id, events FROM channels WHERE enabled = 1 AND removed_at IS NULL AND (team_id = '*' OR team_id = $1) ORDER BY id")
            .value(team)
            .all(conn)
            .await?;
    rows.iter().filter(|row| row.events.split(' ').any(|name| name == event.name())).map(|row| stored(&row.id)).collect()
}

/// Those of these channels that are on, in the order given.
pub(in crate::deliveries) async fn enabled(conn: &mut AnyConnection, ids: &[ChannelId]) -> Result<Vec<ChannelId>, Fault> {
    let on = sql("SELECT id FROM channels WHERE enabled = 1 AND removed_at IS NULL AND user_id = '' AND page_id = ''")
        .and_in("id", ids.iter().map(ChannelId::as_str))
        .texts(conn)
        .await?;
    Ok(ids.iter().filter(|id| on.iter().any(|found| found == id.as_str())).cloned().collect())
}

/// Enabled channels of teams that are not told of ends.
pub(in crate::deliveries) async fn firing_only(conn: &mut AnyConnection) -> Result<HashSet<ChannelId>, Fault> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: String,
        manner: String,
    }
    let rows: Vec<Row> =
        sql("SELECT id, manner FROM channels WHERE enabled = 1 AND removed_at IS NULL AND user_id = '' AND page_id = ''").all(conn).await?;
    let mut found = HashSet::new();
    for row in rows {
        if read_json::<Manner>(&row.manner)?.firing_only {
            found.insert(stored(&row.id)?);
        }
    }
    Ok(found)
}

/// Enabled channels of teams that programs read, each with how many alerts of a group it takes.
pub(in crate::deliveries) async fn programs(conn: &mut AnyConnection) -> Result<HashMap<ChannelId, u64>, Fault> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: String,
        config: String,
    }
    let kinds = Kind::ALL.iter().filter(|kind| kind.is_for_programs()).map(|kind| kind.name());
    let rows: Vec<Row> = sql("SELECT id, config FROM channels WHERE enabled = 1 AND removed_at IS NULL AND user_id = '' AND page_id = ''")
        .and_in("kind", kinds)
        .all(conn)
        .await?;
    let read = |row: Row| Ok((stored(&row.id)?, max_alerts(&read_json(&row.config)?).unwrap_or(u64::MAX)));
    rows.into_iter().map(read).collect()
}

/// How a channel has fared, after an attempt.
#[derive(sqlx::FromRow)]
pub(in crate::deliveries) struct Faring {
    pub(in crate::deliveries) failing_since: Option<i64>,
    pub(in crate::deliveries) failures: i64,
}

/// Counts an attempt; gives how the channel fared before.
pub(in crate::deliveries) async fn count(conn: &mut AnyConnection, id: &str, well: bool, now: Timestamp) -> Result<Option<Faring>, Fault> {
    let before = sql("SELECT failing_since, failures FROM channels WHERE id = $1").value(id).first(conn).await?;
    if well {
        sql("UPDATE channels SET failing_since = NULL, failures = 0 WHERE id = $1 AND failures > 0").value(id).run(conn).await?;
    } else {
        sql("UPDATE channels SET failing_since = COALESCE(failing_since, $1), failures = failures + 1 WHERE id = $2")
            .value(now)
            .value(id)
            .run(conn)
            .await?;
    }
    Ok(before)
}
