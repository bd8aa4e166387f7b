//! From the commit of what a monitor saw to the receiver's hands: real clock, real engines, a receiver on loopback.

use crate::{
    postgres::{Postgres, program},
    shell::{Done, cargo, must},
};

/// On both databases.
pub(super) fn run() -> Done {
    let measure = |database: &str, url: &str| {
        let build = ["test", "--release", "--locked", "-p", "server", "--test", "it", "--"];
        let only = ["--ignored", "--nocapture", "--exact", "deliveries::bench_alerting"];
        must(cargo().args(build).args(only).env("EVENKEEL_BENCH_DATABASE", database).env("EVENKEEL_TEST_POSTGRES", url))
    };
    measure("sqlite", "")?;
    if program("initdb").is_none() {
        println!("postgres left out: not installed");
        return Ok(());
    }
    let postgres = Postgres::start_durable()?;
    measure("postgres", &postgres.url)
}
