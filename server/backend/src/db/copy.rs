//! A consistent copy of a SQLite database, made while others read and write.

use std::path::Path;

use domain::{Fault, Wording};
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{Db, Kind, OrFault};

impl Db {
    /// Writes a compact copy into a new file that only its owner reads, and syncs it. Refused on Postgres, which has `pg_dump`.
    pub async fn copy_to(&self, file: &Path) -> Result<(), Fault> {
        if self.kind != Kind::Sqlite {
            return Err(Fault::Unavailable(Wording::new("unavailable-sqlite-only")));
        }
        let mut conn = self.read().await?;
        crate::private::create(file).map_err(|error| {
            tracing::error!(%error, file = %file.display(), "the copy could not be made");
            Fault::Internal
        })?;
        sqlx::query("VACUUM INTO $1").bind(file.display().to_string()).execute(&mut *conn).await.or_fault()?;
        let synced = std::fs::File::open(file).and_then(|file| file.sync_all());
        synced.map_err(|error| {
            tracing::error!(%error, "the copy could not be synced");
            Fault::Internal
        })
    }

    /// Brings what the write-ahead log of a SQLite file holds into the file, and empties the log. Says what hinders it.
    pub async fn fold(file: &Path) -> Result<(), String> {
        let options = SqliteConnectOptions::new().filename(file);
        let mut conn = SqliteConnection::connect_with(&options).await.map_err(|error| error.to_string())?;
        let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut conn).await.map_err(|error| error.to_string())?;
        let busy: i64 = row.try_get(0).map_err(|error| error.to_string())?;
        conn.close().await.map_err(|error| error.to_string())?;
        if busy == 0 { Ok(()) } else { Err("another process uses it".to_owned()) }
    }

    /// Says what is wrong with a SQLite file: damage, or not a database of ours.
    pub async fn verify(file: &Path) -> Result<(), String> {
        let options = SqliteConnectOptions::new().filename(file).read_only(true);
        let mut conn = SqliteConnection::connect_with(&options).await.map_err(|error| error.to_string())?;
        let row = sqlx::query(AssertSqlSafe("PRAGMA integrity_check")).fetch_one(&mut conn).await.map_err(|error| error.to_string())?;
        let verdict: String = row.try_get(0).map_err(|error| error.to_string())?;
        if verdict != "ok" {
            return Err(verdict);
        }
        sqlx::query("SELECT seq FROM audit_head").fetch_one(&mut conn).await.map_err(|_| "not a database of Evenkeel".to_owned())?;
        Ok(())
    }
}
