//! The overview of a large house under fifty live readers, as a test of the release build.

use crate::{
    postgres::{Postgres, program},
    shell::{Done, cargo, must},
};

/// On both databases.
pub(super) fn run() -> Done {
    let measure = |database: &str, url: &str| {
        let build = ["test", "--release", "--locked", "-p", "server", "--test", "it", "--"];
        let only = ["--ignored", "--nocapture", "--exact", "overview::load::bench_overview"];
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
