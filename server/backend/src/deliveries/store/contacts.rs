//! Table `channels`: the contact methods of persons. Their names hold a place only; what is shown is their label.

use domain::{
    Fault, Timestamp,
    deliveries::{Contact, ContactInput, Manner},
    id::{ChannelId, UserId},
};
use sqlx::AnyConnection;

use super::channels::{read_json, write_json};
use crate::db::{Sql, sql, stored};

#[derive(sqlx::FromRow)]
struct ContactRow {
    id: String,
    user_id: String,
    label: String,
    kind: String,
    target: String,
    config: String,
    manner: String,
    enabled: i64,
    account: i64,
    place: i64,
    verified_at: Option<i64>,
    failing_since: Option<i64>,
    version: i64,
    created_at: i64,
}

impl ContactRow {
    fn read(self) -> Result<Contact, Fault> {
        Ok(Contact {
            id: stored(&self.id)?,
            user: stored(&self.user_id)?,
            name: self.label,
            kind: stored(&self.kind)?,
            target: self.target,
            settings: read_json(&self.config)?,
            manner: read_json(&self.manner)?,
            enabled: self.enabled == 1,
            account: self.account == 1,
            place: self.place,
            verified_at: self.verified_at.map(Timestamp),
            failing_since: self.failing_since.map(Timestamp),
            version: self.version,
            created_at: Timestamp(self.created_at),
        })
    }
}

fn select(user: &UserId) -> Sql {
    sql(
        "SELECT id, user_id, label, kind, target, config, manner, enabled, account, place, verified_at, failing_since, version, created_at \
         FROM channels WHERE removed_at IS NULL AND user_id = $1",
    )
    .value(user)
}

/// The contact methods of a person, in the person's order.
pub(in crate::deliveries) async fn all(conn: &mut AnyConnection, user: &UserId) -> Result<Vec<Contact>, Fault> {
    let rows: Vec<ContactRow> = select(user).push(" ORDER BY place, id").all(conn).await?;
    rows.into_iter().map(ContactRow::read).collect()
}

/// One of them.
pub(in crate::deliveries) async fn get(conn: &mut AnyConnection, user: &UserId, id: &ChannelId) -> Result<Contact, Fault> {
    let row: Option<ContactRow> = select(user).push(" AND id = ").bind(id).first(conn).await?;
    row.ok_or(Fault::NotFound("contact"))?.read()
}

#[derive(sqlx::FromRow)]
struct Usable {
    id: String,
    manner: String,
}

async fn usable_rows(conn: &mut AnyConnection, user: &UserId, mail: bool) -> Result<Vec<Usable>, Fault> {
    sql("SELECT id, manner FROM channels WHERE user_id = $1 AND enabled = 1 AND removed_at IS NULL AND verified_at IS NOT NULL \
         AND (account = 0 OR 1 = $2) ORDER BY place, id")
    .value(user)
    .value(mail)
    .all(conn)
    .await
}

/// Those that are on and verified; the address of the account only where mail leaves this house.
pub(in crate::deliveries) async fn usable(conn: &mut AnyConnection, user: &UserId, mail: bool) -> Result<Vec<ChannelId>, Fault> {
    usable_rows(conn, user, mail).await?.iter().map(|row| stored(&row.id)).collect()
}

/// Of those, the ones that are told at once: a reserve is told where another fails, unless there is nothing else.
pub(in crate::deliveries) async fn told_at_once(conn: &mut AnyConnection, user: &UserId, mail: bool) -> Result<Vec<ChannelId>, Fault> {
    let (mut first, mut reserve) = (Vec::new(), Vec::new());
    for row in usable_rows(conn, user, mail).await? {
        let place = if read_json::<Manner>(&row.manner)?.reserve { &mut reserve } else { &mut first };
        place.push(stored(&row.id)?);
    }
    Ok(if first.is_empty() { reserve } else { first })
}

/// The mail address of the account, where it has become a contact method.
pub(in crate::deliveries) async fn account(conn: &mut AnyConnection, user: &UserId) -> Result<Option<Contact>, Fault> {
    let row: Option<ContactRow> = select(user).push(" AND account = 1").first(conn).await?;
    row.map(ContactRow::read).transpose()
}

/// Says whether it is the mail address of the account.
pub(in crate::deliveries) async fn set_account(conn: &mut AnyConnection, id: &ChannelId, account: bool) -> Result<(), Fault> {
    sql("UPDATE channels SET account = $1 WHERE id = $2").value(account).value(id).run(conn).await.map(drop)
}

/// The account has another address: what was chosen for it stays.
pub(in crate::deliveries) async fn redirect(
    conn: &mut AnyConnection,
    id: &ChannelId,
    new: &Written<'_>,
    now: Timestamp,
) -> Result<(), Fault> {
    sql("UPDATE channels SET label = $1, target = $2, config = $3, verified_at = $4, failing_since = NULL, version = version + 1, updated_at = $5 \
         WHERE id = $6")
    .value(&new.input.name)
    .value(new.target)
    .value(write_json(&new.input.settings)?)
    .value(new.verified)
    .value(now)
    .value(id)
    .run(conn)
    .await
    .map(drop)
}

/// What is written of a contact method.
pub(in crate::deliveries) struct Written<'a> {
    pub(in crate::deliveries) input: &'a ContactInput,
    /// What may be told of where messages go.
    pub(in crate::deliveries) target: &'a str,
    pub(in crate::deliveries) sealed: &'a str,
    pub(in crate::deliveries) verified: Option<Timestamp>,
}

/// A new one, behind the others.
pub(in crate::deliveries) async fn insert(
    conn: &mut AnyConnection,
    id: &ChannelId,
    user: &UserId,
    new: &Written<'_>,
    now: Timestamp,
) -> Result<(), Fault> {
    let place = sql("SELECT COALESCE(MAX(place), 0) + 1 FROM channels WHERE user_id = $1").value(user).count(conn).await?;
    sql("INSERT INTO channels (id, name, label, kind, target, config, manner, secret, team_id, events, enabled, user_id, place, verified_at, \
         created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '-', '', 1, $9, $10, $11, $12, $13)")
    .value(id)
    .value(id)
    .value(&new.input.name)
    .value(new.input.kind.name())
    .value(new.target)
    .value(write_json(&new.input.settings)?)
    .value(write_json(&new.input.manner)?)
    .value(new.sealed)
    .value(user)
    .value(place)
    .value(new.verified)
    .value(now)
    .value(now)
    .run(conn)
    .await
    .map(drop)
}

/// Writes an edit on top of `version`; `false` where somebody was faster.
pub(in crate::deliveries) async fn update(
    conn: &mut AnyConnection,
    id: &ChannelId,
    version: i64,
    new: &Written<'_>,
    now: Timestamp,
) -> Result<bool, Fault> {
    let changed =
        sql("UPDATE channels SET label = $1, target = $2, config = $3, manner = $4, secret = $5, enabled = $6, verified_at = $7, \
         version = version + 1, updated_at = $8 WHERE id = $9 AND version = $10 AND removed_at IS NULL")
        .value(&new.input.name)
        .value(new.target)
        .value(write_json(&new.input.settings)?)
        .value(write_json(&new.input.manner)?)
        .value(new.sealed)
        .value(new.input.enabled)
        .value(new.verified)
        .value(now)
        .value(id)
        .value(version)
        .run(conn)
        .await?;
    Ok(changed == 1)
}

/// Gives a contact method its place.
pub(in crate::deliveries) async fn set_place(conn: &mut AnyConnection, id: &ChannelId, place: i64) -> Result<(), Fault> {
    sql("UPDATE channels SET place = $1 WHERE id = $2").value(place).value(id).run(conn).await.map(drop)
}

/// Sets the code that verifies it, until a moment; wrong tries are counted anew.
pub(in crate::deliveries) async fn set_code(conn: &mut AnyConnection, id: &ChannelId, seed: &str, until: Timestamp) -> Result<(), Fault> {
    sql("UPDATE channels SET code_seed = $1, code_until = $2, code_tries = 0 WHERE id = $3")
        .value(seed)
        .value(until)
        .value(id)
        .run(conn)
        .await
        .map(drop)
}

/// Counts a try before it is judged; gives what the code is made of, `None` where there is no code or no try left.
pub(in crate::deliveries) async fn take_try(
    conn: &mut AnyConnection,
    id: &ChannelId,
    most: i64,
    now: Timestamp,
) -> Result<Option<String>, Fault> {
    let taken =
        sql("UPDATE channels SET code_tries = code_tries + 1 WHERE id = $1 AND code_tries < $2 AND code_until > $3 AND code_seed <> ''")
            .value(id)
            .value(most)
            .value(now)
            .run(conn)
            .await?;
    if taken == 0 {
        return Ok(None);
    }
    Ok(sql("SELECT code_seed FROM channels WHERE id = $1").value(id).texts(conn).await?.pop())
}

/// Notes that it is verified; the code is used up.
pub(in crate::deliveries) async fn set_verified(conn: &mut AnyConnection, id: &ChannelId, now: Timestamp) -> Result<(), Fault> {
    sql("UPDATE channels SET verified_at = $1, code_seed = '', code_until = 0 WHERE id = $2").value(now).value(id).run(conn).await.map(drop)
}

/// Turns one off whose other side is gone for good.
pub(in crate::deliveries) async fn turn_off(conn: &mut AnyConnection, id: &str) -> Result<(), Fault> {
    sql("UPDATE channels SET enabled = 0, version = version + 1 WHERE id = $1").value(id).run(conn).await.map(drop)
}
