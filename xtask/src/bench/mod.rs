//! `cargo xtask bench NAME`: figures, on this machine, of a release build.

mod alerting;
mod ground;
mod ingest;
mod load;
mod login;
mod normal;
mod overview;
mod pages;
mod probes;
mod respond;
mod slices;
mod transactions;
mod verification;

use std::sync::OnceLock;

use crate::{
    postgres::{Postgres, program},
    shell::{Done, cargo, must},
};

/// Name, what it measures, and the function.
type Bench = (&'static str, &'static str, fn() -> Done);

/// One line for each; areas add theirs.
const ALL: &[Bench] = &[
    ("pages", "pages a second with wrk: login, overview, a list of 50 rows; both databases, beside a static file", pages::run),
    ("overview", "the overview with 2,000 monitors and 50 live readers: p50, p95; both databases", overview::run),
    (
        "respond",
        "the pages of the first line with 2,000 monitors and 100,000 past alerts, ten readers at once: p50, p95; both databases",
        respond::run,
    ),
    ("alerting", "alert fire to webhook received, p50 and p95; both databases", alerting::run),
    ("alerts", "alerts a second acknowledged by /api/v2/alerts, new and repeated, in batches of 100; both databases", alerts),
    ("storm", "10,000 alerts a minute for ten minutes (--minutes 2): pages, notifications, the interface; both databases", storm),
    ("race", "fifty approvals at once of each of 1,000 changes: not one too many counts; both databases", race),
    ("ingest", "transactions a second acknowledged at full durability, in batches of 100, 1,000 and 5,000; both databases", ingest::run),
    (
        "transactions",
        "a month of 100 million transactions (--millions N): disk, what pages ask, p99 against exact; both databases, beside DuckDB",
        transactions::run,
    ),
    ("login", "how far a refused log-in's time tells whether there is such a user, in medians; both databases", login::run),
    ("load", "the load runner at 20,000 requests a second, and its quantiles beside those of oha", load::run),
    ("slices", "the search for slices on cases whose causes are known: quality and time", slices::run),
    ("verification", "how often a verification errs: 1,000 times each, with and without a change", verification::run),
    ("forecast", "forecasts of drawn series like the hourly ones of M4: OWA, what the interval holds, time", normal::forecast),
    ("anomalies", "the search for anomalies on drawn series, scored as the Numenta benchmark does", normal::anomalies),
    ("probes", "2,000 monitors every 10 s for five minutes: missed deadlines, lateness, memory; both databases", probes::run),
];

/// How many minutes a storm lasts.
static MINUTES: OnceLock<u32> = OnceLock::new();

/// Runs the named ones; `--minutes N` says how long a storm lasts, `--millions N` how many transactions are loaded.
pub fn bench(arguments: &[String]) -> Done {
    let mut names = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if argument == "--minutes" {
            let minutes = rest.next().and_then(|text| text.parse().ok()).filter(|minutes| (1..=60).contains(minutes));
            MINUTES.get_or_init(|| minutes.unwrap_or(0));
        } else if argument == "--millions" {
            let millions = rest.next().and_then(|text| text.parse().ok()).ok_or("--millions takes a whole number")?;
            transactions::MILLIONS.get_or_init(|| millions);
        } else {
            names.push(argument);
        }
    }
    if MINUTES.get() == Some(&0) {
        return Err("--minutes expects 1 to 60".into());
    }
    if names.is_empty() {
        for (name, what, _) in ALL {
            println!("{name:<14}{what}");
        }
        return Ok(());
    }
    for name in names {
        let (_, _, run) = ALL.iter().find(|(known, ..)| known == name).ok_or_else(|| format!("there is no bench {name:?}"))?;
        run()?;
    }
    Ok(())
}

fn alerts() -> Done {
    measurement("pipeline::bench::bench_alerts")
}

fn storm() -> Done {
    measurement("pipeline::bench::bench_storm")
}

/// A test that does a few changes on ordinary days.
fn race() -> Done {
    let postgres = program("initdb").map(|_| Postgres::start_durable()).transpose()?;
    if postgres.is_none() {
        println!("postgres left out: not installed");
    }
    let mut run = cargo();
    run.args(["test", "--release", "--locked", "--workspace", "--test", "it", "--", "changes::race"]);
    run.env("EVENKEEL_RACE_CHANGES", "1000").env("EVENKEEL_TEST_POSTGRES", postgres.as_ref().map_or("", |p| &p.url));
    must(&mut run)
}

/// Runs a measurement that stands among the tests, on a release build and on both databases.
fn measurement(test: &str) -> Done {
    measurement_with(test, &[])
}

/// The same with further variables of the environment.
fn measurement_with(test: &str, more: &[(&str, String)]) -> Done {
    let measure = |database: &str, url: &str| {
        let build = ["test", "--release", "--locked", "--workspace", "--test", "it", "--"];
        let only = ["--ignored", "--nocapture", "--exact", test];
        let mut run = cargo();
        run.args(build).args(only).env("EVENKEEL_BENCH_DATABASE", database).env("EVENKEEL_TEST_POSTGRES", url);
        must(run.env("EVENKEEL_STORM_MINUTES", MINUTES.get().unwrap_or(&10).to_string()).envs(more.iter().cloned()))
    };
    measure("sqlite", "")?;
    if program("initdb").is_none() {
        println!("postgres left out: not installed");
        return Ok(());
    }
    let postgres = Postgres::start_durable()?;
    measure("postgres", &postgres.url)
}
