//! What the database refuses, in the words of `domain`.

use domain::{Fault, Wording};

/// The database has no time for this now.
pub(super) fn busy() -> Fault {
    Fault::Unavailable(Wording::new("unavailable-database-busy"))
}

/// Turns a database error into a fault; internals are logged here, once, and never sent.
pub trait OrFault<T> {
    /// The value, or the fault.
    fn or_fault(self) -> Result<T, Fault>;
}

impl<T> OrFault<T> for Result<T, sqlx::Error> {
    fn or_fault(self) -> Result<T, Fault> {
        self.map_err(|error| {
            let fault = classify(&error);
            match &fault {
                Fault::Internal => tracing::error!(%error, "database error"),
                Fault::Unavailable(_) => tracing::warn!(%error, "database unavailable"),
                _ => {}
            }
            fault
        })
    }
}

fn classify(error: &sqlx::Error) -> Fault {
    match error {
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) | sqlx::Error::Tls(_) => busy(),
        // Whoever hung up in the middle of a word, such as a proxy whose server is gone.
        sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed | sqlx::Error::BeginFailed => busy(),
        sqlx::Error::Database(db) if db.is_unique_violation() => Fault::conflict("conflict-taken"),
        sqlx::Error::Database(db) if db.is_foreign_key_violation() => Fault::conflict("conflict-in-use"),
        sqlx::Error::Database(db) if db.is_check_violation() => Fault::conflict("conflict-rule"),
        sqlx::Error::Database(db) => {
            let (code, text) = (db.code().unwrap_or_default(), db.message());
            let full = text.contains("disk is full") || text.contains("disk I/O error") || code.starts_with("53");
            // 57P*: the server is stopping or starting; 08*: connection lost; 40*: serialisation, deadlock; 55P03: a lock was not
            // to be had in time.
            let away = ["57P", "08", "40", "55P03"].iter().any(|class| code.starts_with(class));
            if full {
                Fault::Unavailable(Wording::new("unavailable-disk-full"))
            } else if away || text.contains("database is locked") || text.contains("database is busy") {
                busy()
            } else {
                Fault::Internal
            }
        }
        _ => Fault::Internal,
    }
}

/// Reads a stored id, key or word back into its type. What the database holds has been parsed on its way in, so a
/// failure is a fault of ours.
pub fn stored<T: std::str::FromStr>(text: &str) -> Result<T, Fault> {
    text.parse().map_err(|_| {
        tracing::error!(text, wanted = std::any::type_name::<T>(), "stored value does not parse");
        Fault::Internal
    })
}
