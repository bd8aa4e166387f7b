//! `cargo xtask dev`: debug build, built and started anew whenever a source changes. Times of change are polled: a
//! second's delay, no dependency, and it works in every container.

use std::{
    process::{Child, Command},
    thread::sleep,
    time::{Duration, SystemTime},
};

use crate::{
    shell::{Done, root, server},
    site::{self, Islands},
};

const SERVER: [&str; 6] = ["server", "app/src", "app/domain", "app/locales", "migrations", "Cargo.toml"];
const LOOKS: [&str; 3] = ["style", "app/js", "app/icons"];
const ISLANDS: [&str; 2] = ["app/src/islands", "app/domain/src"];

/// Until interrupted.
pub fn dev(arguments: &[String]) -> Done {
    let mut running: Option<Child> = None;
    let (mut looks, mut islands, mut code) = (SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH);
    loop {
        let now = (newest(&LOOKS), newest(&ISLANDS), newest(&SERVER));
        if now.0 > looks || now.1 > islands {
            // A debug server reads the site from its folder; it starts anew below because the hash in URLs changes.
            say("site", &site::build(if now.1 > islands { Islands::Build } else { Islands::Keep }));
        }
        if (now.0, now.1, now.2) != (looks, islands, code) {
            (looks, islands, code) = now;
            match server(false) {
                Err(what) => eprintln!("xtask: {what}; waiting for a change"),
                Ok(binary) => {
                    stop(running.take());
                    let started = Command::new(binary).arg("serve").args(arguments).spawn();
                    running = Some(started.map_err(|error| error.to_string())?);
                }
            }
        }
        sleep(Duration::from_secs(1));
    }
}

fn say(what: &str, outcome: &Done) {
    if let Err(error) = outcome {
        eprintln!("xtask: {what}: {error}");
    }
}

/// SIGTERM, so that the lock and the database are let go in order.
fn stop(child: Option<Child>) {
    let Some(mut child) = child else { return };
    let _ = Command::new("kill").arg(child.id().to_string()).status();
    let _ = child.wait();
}

/// When the newest file of these was changed.
fn newest(paths: &[&str]) -> SystemTime {
    let mut newest = SystemTime::UNIX_EPOCH;
    for path in paths {
        let path = root().join(path);
        for file in if path.is_dir() { site::files(&path) } else { vec![path] } {
            if let Ok(changed) = std::fs::metadata(&file).and_then(|m| m.modified()) {
                newest = newest.max(changed);
            }
        }
    }
    newest
}
