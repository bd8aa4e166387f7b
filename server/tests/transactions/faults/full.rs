//! The disk is full: what would be written is refused with 503, what is there can be read, and when there is room again work goes on
//! by itself. A limit on the size of files stands in for the disk, as nobody needs to be root for it.

use std::{ffi::OsStr, process::Stdio};

use tokio::process::Command;

use super::*;

/// Bytes that may be added before the disk is full.
const ROOM: u64 = 300_000;

/// A command whose files grow no further. A writer that comes to the limit is told so, instead of being ended.
fn limited(command: &Command, bytes: u64) -> Command {
    let inner = command.as_std();
    let mut outer = Command::new("sh");
    outer.args(["-c", r#"trap "" XFSZ; limit=$1; shift; exec prlimit --fsize="$limit:unlimited" -- "$@""#, "sh"]).arg(bytes.to_string());
    outer.arg(inner.get_program()).args(inner.get_args()).kill_on_drop(true).stdin(Stdio::null());
    for (name, value) in inner.get_envs() {
        outer.env(name, value.unwrap_or(OsStr::new("")));
    }
    outer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_and_recovers() {
    let mut trial = Trial::begin(Kind::Sqlite).await;
    let file = trial.app.database.folder().join("evenkeel.db");
    let size = std::fs::metadata(&file).expect("the database").len();
    let (mut child, address) = process::begin(&mut limited(&process::program(&trial.app), size + ROOM)).await;
    let pid = child.id().expect("it runs").to_string();
    let token = trial.token.clone();
    let read = async || process::get(&address, &token, "/api/v1/transactions?from=now-1h").await.expect("an answer");

    let senders = trial.send_to(&address);
    trial.until_more(Trial::acknowledged).await;
    let full = async || {
        for _ in 0..3_000 {
            let before = (trial.acknowledged(), trial.refused());
            tokio::time::sleep(Duration::from_millis(100)).await;
            if trial.refused() > before.1 && trial.acknowledged() == before.0 {
                return;
            }
        }
        panic!("never full");
    };
    full().await;
    // Room for one batch may be left, or made: what is refused three times in a row is refused.
    trial.stop(senders).await;
    let (mut tries, mut refused) = (0, 0);
    while refused < 3 {
        let key = format!("s0-{}", trial.numbers[0]);
        match send(&address, &token, &key, &batch(&key, trial.began)).await {
            Some(503) => refused += 1,
            Some(200) => {
                trial.numbers[0] += 1;
                trial.acknowledged.fetch_add(1, Ordering::SeqCst);
                refused = 0;
            }
            other => panic!("{other:?}, expected 503 where the disk is full"),
        }
        tries += 1;
        assert!(tries < 3_000, "never full");
    }
    let (status, text) = read().await;
    assert_eq!(status, 200, "what is there can be read: {text}");
    let raised = Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited"]).status().await.expect("prlimit");
    assert!(raised.success());
    let senders = trial.send_to(&address);
    let back = trial.until_more(Trial::acknowledged).await;
    eprintln!("acknowledged again {back:?} after there was room");
    assert_eq!(read().await.0, 200);
    trial.stop(senders).await;
    trial.last(&address).await;
    child.kill().await.expect("its end");
    trial.check(1).await;
}
