//! The ground that commands stand on: database, services, no engine started.

use std::sync::Arc;

use backend::{Context, Db, Seal, SystemClock};
use domain::Clock;

use super::{Failure, lock};
use crate::{boot, config::hide_password, settings::Settings};

/// An opened house. While a portal serves on the same SQLite file the tables are left as they are.
pub(super) struct Ground {
    pub(super) ctx: Context,
    pub(super) house: boot::House,
    _lock: Option<lock::Lock>,
}

/// Opens the database of the settings, alone (`serve`) or beside a serving process (all other commands).
pub(super) async fn open(settings: &Settings, alone: bool) -> Result<Ground, Failure> {
    open_with(settings, alone, Arc::new(SystemClock)).await
}

/// The same for commands that only look: where there is no database they make none, for a folder was mistyped.
pub(super) async fn look(settings: &Settings) -> Result<Ground, Failure> {
    there(settings)?;
    open(settings, false).await
}

/// Fails where there is no database.
pub(super) fn there(settings: &Settings) -> Result<(), Failure> {
    if let Some(file) = settings.sqlite_file()
        && !file.is_file()
    {
        return Err(format!("there is no database at {}; say with --data where it is", file.display()).into());
    }
    Ok(())
}

/// The same with another clock.
pub(super) async fn open_with(settings: &Settings, alone: bool, clock: Arc<dyn Clock>) -> Result<Ground, Failure> {
    let url = settings.database_url();
    let lock = lock::take(settings)?;
    let opened = match &lock {
        Some(_) => Db::open(&url).await,
        None if alone => {
            return Err(
                format!("another process serves on {url}; SQLite takes one. Stop it, or use another --data folder or Postgres.").into()
            );
        }
        None => Db::connect(&url).await,
    };
    let db = opened.map_err(|error| format!("the database {} does not open: {error}", hide_password(&url)))?;
    let key = settings.key_path();
    if let Some(folder) = key.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let seal = Seal::open(&key).map_err(|error| format!("{}: {error}", key.display()))?;
    let ctx = Context::new(db, clock).with_seal(seal);
    let house = boot::house(&ctx, settings);
    house.furnish().await?;
    Ok(Ground { ctx, house, _lock: lock.flatten() })
}
