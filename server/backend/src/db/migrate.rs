//! Brings the tables up to date from `migrations/{sqlite,postgres}`, which are part of the binary.

use std::borrow::Cow;

use rust_embed::RustEmbed;
use sqlx::{
    AnyPool, AssertSqlSafe, SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};

use super::Kind;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../migrations/sqlite"]
struct Sqlite;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../migrations/postgres"]
struct Postgres;

pub(super) async fn run(pool: &AnyPool, kind: Kind) -> Result<(), sqlx::Error> {
    let migrations = match kind {
        Kind::Sqlite => read::<Sqlite>(),
        Kind::Postgres => read::<Postgres>(),
    };
    let migrator = Migrator { migrations: Cow::Owned(migrations), ..Migrator::DEFAULT };
    migrator.run(pool).await.map_err(|error| sqlx::Error::Migrate(Box::new(error)))
}

/// Files named `NNNN_what.sql`, in the order of their numbers.
fn read<Folder: RustEmbed>() -> Vec<Migration> {
    let mut migrations: Vec<_> = Folder::iter()
        .filter_map(|file| {
            let (number, what) = file.strip_suffix(".sql")?.split_once('_')?;
            let text = String::from_utf8(Folder::get(&file)?.data.into_owned()).ok()?;
            Some(Migration::new(
                number.parse().ok()?,
                Cow::Owned(what.replace('_', " ")),
                MigrationType::Simple,
                AssertSqlSafe(text).into_sql_str(),
                false,
            ))
        })
        .collect();
    migrations.sort_by_key(|m| m.version);
    migrations
}
