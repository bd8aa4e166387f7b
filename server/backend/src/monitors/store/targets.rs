//! The column `monitors.target`: what is checked, sealed as a whole. Addresses, headers and bodies carry keys of others.

use domain::{
    Fault,
    id::MonitorId,
    monitors::{Kind, Target},
};
use sqlx::AnyConnection;

use super::write_json;
use crate::{
    Seal,
    db::{sql, stored},
};

/// What targets are sealed for.
const PURPOSE: &str = "monitors.target";

/// Whether it still stands in clear text, as an older version of the program wrote it: JSON begins with a brace, and what
/// is sealed with the name of its key.
fn is_clear(text: &str) -> bool {
    text.starts_with('{')
}

/// As it is stored.
pub(super) fn seal(seal: &Seal, target: &Target) -> Result<String, Fault> {
    seal.seal(PURPOSE, write_json(target)?.as_bytes())
}

/// The text of a target; what no key opens stays as it is, and does not read as one.
pub(super) fn open(seal: &Seal, text: String) -> String {
    if is_clear(&text) || !seal.opens(PURPOSE, &text) {
        return text;
    }
    seal.unseal_text(PURPOSE, &text).unwrap_or(text)
}

/// A target that does not parse (another version wrote it, or a hand, or its key is lost) is shown as unreadable, and holds
/// up no other.
pub(super) fn read(kind: &str, text: &str) -> Target {
    let why = match serde_json::from_str(text) {
        Ok(target) => return target,
        Err(error) if is_clear(text) => error.to_string(),
        Err(_) => "it was sealed with a key that is not in the key file".to_owned(),
    };
    Target::Unreadable { of: Kind::parse(kind).unwrap_or(Kind::Http), why }
}

#[derive(sqlx::FromRow)]
struct ClearRow {
    id: String,
    target: String,
}

/// Targets that still stand in clear text.
pub(in crate::monitors) async fn clear_targets(conn: &mut AnyConnection) -> Result<Vec<(MonitorId, String)>, Fault> {
    let rows: Vec<ClearRow> = sql("SELECT id, target FROM monitors WHERE target LIKE '{%'").all(conn).await?;
    rows.into_iter().map(|row| Ok((stored(&row.id)?, row.target))).collect()
}

/// Seals one of them. It is the same target: the version stays.
pub(in crate::monitors) async fn seal_target(conn: &mut AnyConnection, keys: &Seal, id: &MonitorId, clear: &str) -> Result<(), Fault> {
    let sealed = keys.seal(PURPOSE, clear.as_bytes())?;
    sql("UPDATE monitors SET target = $1 WHERE id = $2 AND target = $3").value(sealed).value(id).value(clear).run(conn).await.map(drop)
}
