//! Whether tools run at all: the configuration decides, or else what was chosen in set-up.

use domain::{Fault, Timestamp, tools::Switch};
use sqlx::AnyConnection;

use super::Settings;
use crate::settings;

/// Name of the setting.
pub(super) const SETTING: &str = "tools.enabled";

pub(super) async fn read(conn: &mut AnyConnection, fixed: &Settings) -> Result<Switch, Fault> {
    Ok(match fixed.enabled {
        Some(true) => Switch::FixedOn,
        Some(false) => Switch::FixedOff,
        None if settings::read(conn, SETTING).await?.as_deref() == Some("1") => Switch::On,
        None => Switch::Off,
    })
}

/// Notes the choice of a person. The caller's act has the authority and writes the audit row.
pub async fn choose(conn: &mut AnyConnection, on: bool, now: Timestamp) -> Result<(), Fault> {
    settings::write(conn, SETTING, if on { "1" } else { "0" }, now).await
}
