//! `cargo xtask bench NAME`: figures, on this machine, of a release build.

mod alerting;
mod ground;
mod ingest;
mod pages;
mod probes;

use crate::shell::Done;

/// Name, what it measures, and the function.
type Bench = (&'static str, &'static str, fn() -> Done);

/// One line for each; areas add theirs.
const ALL: &[Bench] = &[
    ("pages", "pages a second with wrk: login, overview, a list of 50 rows; both databases, beside a static file", pages::run),
    ("alerting", "alert fire to webhook received, p50 and p95; both databases", alerting::run),
    ("ingest", "transactions a second acknowledged at full durability, in batches of 100, 1,000 and 5,000; both databases", ingest::run),
    ("probes", "2,000 monitors every 10 s for five minutes: missed deadlines, lateness, memory; both databases", probes::run),
];

/// Runs the named ones.
pub fn bench(names: &[String]) -> Done {
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
