//! The scheduler of checks: 2,000 monitors every 10 s against a server on loopback, for five minutes or for
//! `EVENKEEL_BENCH_SECONDS`.

use std::process::Command;

use crate::{
    postgres::{Postgres, program},
    shell::{Done, cargo, must, target},
};

/// On both databases.
pub fn run() -> Done {
    must(cargo().args(["build", "--locked", "--release", "--package", "server", "--example", "probes"]))?;
    let seconds = std::env::var("EVENKEEL_BENCH_SECONDS").unwrap_or_else(|_| "300".into());
    let measure = |database: &str| {
        println!("{}", if database == "sqlite" { "sqlite" } else { "postgres" });
        must(Command::new(target().join("release/examples/probes")).args(["--seconds", &seconds, "--database", database]))
    };
    measure("sqlite")?;
    if program("initdb").is_none() {
        println!("postgres left out: not installed");
        return Ok(());
    }
    let postgres = Postgres::start_durable()?;
    measure(&postgres.url)
}
