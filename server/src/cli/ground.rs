//! The ground that commands stand on: database, services, no engine started.

use std::sync::Arc;

use backend::{Context, Db, Seal, SystemClock, people};
use domain::Clock;

use super::{Failure, lock};
use crate::{boot, config::hide_password, settings::Settings};

/// An opened house. While a portal serves on the same SQLite file the tables are left as they are.
pub(super) struct Ground {
    pub(super) ctx: Context,
    pub(super) house: boot::House,
    _lock: Option<lock::Lock>,
}

/// What happens where the key file does not open what the database has sealed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LostKey {
    /// The command is refused with what to do.
    Refuse,
    /// What was sealed is given up: somebody said that the key is lost for good.
    Renounce,
}

const WAYS: &str = "Put the file back from your backup, or say with `--set key_file=FILE` where it is. If it is lost for good, start \
                    once with `evenkeel serve --key-lost`: everybody has to log in again, calendar feeds get new addresses, channels and \
                    monitors with secrets need them typed anew, and `audit verify` can no longer vouch for the rows written so far.";

/// Opens the database of the settings, alone (`serve`) or beside a serving process (all other commands).
pub(super) async fn open(settings: &Settings, alone: bool) -> Result<Ground, Failure> {
    open_with(settings, alone, Arc::new(SystemClock), LostKey::Refuse).await
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

/// The same with another clock, and a way out where the key is lost.
pub(super) async fn open_with(settings: &Settings, alone: bool, clock: Arc<dyn Clock>, lost: LostKey) -> Result<Ground, Failure> {
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
    if lost == LostKey::Refuse && !key.exists() && people::was_sealed(&db).await? {
        let (key, says) = (key.display(), "the key file is not there, but this database holds secrets that it sealed");
        return Err(format!("{key}: {says}. {WAYS}").into());
    }
    if let Some(folder) = key.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let seal = Seal::open(&key).map_err(|error| format!("{}: {error}", key.display()))?;
    let ctx = Context::new(db, clock).with_seal(seal).with_url(&settings.public_url()).with_mail(settings.mail.of_service().is_some());
    if !people::opens(&ctx).await? {
        if lost == LostKey::Refuse {
            let (key, says) = (key.display(), "this key file does not open the secrets of this database; it belongs to another one");
            return Err(format!("{key}: {says}. {WAYS}").into());
        }
        people::renounce(&ctx).await?;
        tracing::warn!(
            "the old key was given up: sessions ended, calendar feeds have new addresses, the audit trail can no longer be checked"
        );
    }
    let house = boot::house(&ctx, settings);
    house.furnish().await?;
    Ok(Ground { ctx, house, _lock: lock.flatten() })
}
