//! Tables `merchant_records` and `merchant_messages`.

use domain::{
    Fault, Reach, Timestamp,
    id::{EntryId, TeamId},
    merchants::{Draft, Message, Record},
};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

/// What merchants were told that is shown of one.
const MESSAGES: i64 = 50;
/// Names that are read at a time.
const NAMES: i64 = 20_000;

#[derive(sqlx::FromRow)]
struct RecordRow {
    team_id: String,
    name: String,
    contact: String,
    phone: String,
    email: String,
    notes: String,
    version: i64,
    updated_by: String,
    updated_at: i64,
}

/// What teams within reach know of a merchant. Names of teams are left empty.
pub(super) async fn records(conn: &mut AnyConnection, reach: &Reach, merchant: &str) -> Result<Vec<Record>, Fault> {
    let rows: Vec<RecordRow> = sql(
        "SELECT team_id, name, contact, phone, email, notes, version, updated_by, updated_at FROM merchant_records WHERE merchant = $1",
    )
    .value(merchant)
    .within("team_id", reach)
    .push(" ORDER BY team_id")
    .all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Record {
                team: stored(&row.team_id)?,
                team_name: String::new(),
                name: row.name,
                contact: row.contact,
                phone: row.phone,
                email: row.email,
                notes: row.notes,
                version: row.version,
                updated_by: row.updated_by,
                updated_at: Timestamp(row.updated_at),
            })
        })
        .collect()
}

#[derive(sqlx::FromRow)]
struct NameRow {
    merchant: String,
    name: String,
}

/// What merchants are called by teams within reach.
pub(super) async fn names(conn: &mut AnyConnection, reach: &Reach) -> Result<Vec<(String, String)>, Fault> {
    let rows: Vec<NameRow> = sql("SELECT merchant, name FROM merchant_records WHERE name <> ''")
        .within("team_id", reach)
        .push(" ORDER BY merchant, team_id LIMIT ")
        .bind(NAMES)
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.merchant, row.name)).collect())
}

/// Whether the record of this version says what the draft says already.
pub(super) async fn is_written(conn: &mut AnyConnection, merchant: &str, draft: &Draft, version: i64) -> Result<bool, Fault> {
    let same =
        sql("SELECT COUNT(*) FROM merchant_records WHERE team_id = $1 AND merchant = $2 AND version = $3 AND name = $4 AND contact = $5 \
                    AND phone = $6 AND email = $7 AND notes = $8")
        .value(&draft.team)
        .value(merchant)
        .value(version)
        .value(&draft.name)
        .value(&draft.contact)
        .value(&draft.phone)
        .value(&draft.email)
        .value(draft.notes.as_str());
    Ok(same.count(conn).await? == 1)
}

/// Writes a record where it still has this version (0 where there is none yet); `false` where somebody was faster.
pub(super) async fn save(
    conn: &mut AnyConnection,
    merchant: &str,
    draft: &Draft,
    version: i64,
    by: &str,
    now: Timestamp,
) -> Result<bool, Fault> {
    let changed = if version == 0 {
        sql("INSERT INTO merchant_records (team_id, merchant, name, contact, phone, email, notes, version, updated_by, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9) ON CONFLICT (team_id, merchant) DO NOTHING")
        .value(&draft.team)
        .value(merchant)
        .value(&draft.name)
        .value(&draft.contact)
        .value(&draft.phone)
        .value(&draft.email)
        .value(draft.notes.as_str())
        .value(by)
        .value(now)
        .run(conn)
        .await?
    } else {
        sql("UPDATE merchant_records SET name = $1, contact = $2, phone = $3, email = $4, notes = $5, version = version + 1, updated_by = $6, \
             updated_at = $7 WHERE team_id = $8 AND merchant = $9 AND version = $10")
        .value(&draft.name)
        .value(&draft.contact)
        .value(&draft.phone)
        .value(&draft.email)
        .value(draft.notes.as_str())
        .value(by)
        .value(now)
        .value(&draft.team)
        .value(merchant)
        .value(version)
        .run(conn)
        .await?
    };
    Ok(changed == 1)
}

#[derive(sqlx::FromRow)]
struct MessageRow {
    told_at: i64,
    told_by: String,
    address: String,
    subject: String,
    message: String,
}

/// What teams within reach told a merchant, the newest first.
pub(super) async fn messages(conn: &mut AnyConnection, reach: &Reach, merchant: &str) -> Result<Vec<Message>, Fault> {
    let rows: Vec<MessageRow> = sql("SELECT told_at, told_by, address, subject, message FROM merchant_messages WHERE merchant = $1")
        .value(merchant)
        .within("team_id", reach)
        .push(" ORDER BY told_at DESC, id DESC LIMIT ")
        .bind(MESSAGES)
        .all(conn)
        .await?;
    let read =
        |row: MessageRow| Message { at: Timestamp(row.told_at), by: row.told_by, to: row.address, subject: row.subject, text: row.message };
    Ok(rows.into_iter().map(read).collect())
}

/// Notes what a merchant was told.
pub(super) async fn add_message(
    conn: &mut AnyConnection,
    id: &EntryId,
    team: &TeamId,
    merchant: &str,
    message: &Message,
) -> Result<(), Fault> {
    sql("INSERT INTO merchant_messages (id, team_id, merchant, told_at, told_by, address, subject, message) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
        .value(id)
        .value(team)
        .value(merchant)
        .value(message.at)
        .value(&message.by)
        .value(&message.to)
        .value(&message.subject)
        .value(&message.text)
        .run(conn)
        .await
        .map(|_| ())
}
