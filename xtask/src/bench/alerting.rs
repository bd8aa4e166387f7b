//! From the commit of what a monitor saw to the receiver's hands: real clock, real engines, a receiver on loopback.

use crate::shell::{Done, cargo, must};

/// On SQLite, and on Postgres where `EVENKEEL_TEST_POSTGRES` names one.
pub(super) fn run() -> Done {
    for database in ["sqlite", "postgres"] {
        if database == "postgres" && std::env::var_os("EVENKEEL_TEST_POSTGRES").is_none() {
            println!("postgres: left out, EVENKEEL_TEST_POSTGRES is not set");
            continue;
        }
        let build = ["test", "--release", "--locked", "-p", "server", "--test", "it", "--"];
        let only = ["--ignored", "--nocapture", "--exact", "deliveries::bench_alerting"];
        must(cargo().args(build).args(only).env("EVENKEEL_BENCH_DATABASE", database))?;
    }
    Ok(())
}
