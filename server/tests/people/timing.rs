//! How long a refused log-in takes must not tell whether there is such a user.

use std::time::{Duration, Instant};

use super::*;

/// Wrong passwords that a login may have before it is refused unread.
const TRIES: usize = 8;

/// The times of refused log-ins of known and of unknown users, pair by pair: whatever else the machine does falls on
/// both alike.
async fn pairs(app: &TestApp, users: usize) -> [Vec<Duration>; 2] {
    let admin = begin(app).await;
    for n in 0..users {
        user(app, &admin, &format!("known{n}"), "viewer").await;
    }
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..users * TRIES {
        // Now the one first, now the other.
        let order = if round % 2 == 0 { [0, 1] } else { [1, 0] };
        for which in order {
            let login = format!("{}{}", ["known", "other"][which], round % users);
            let peer = format!("10.0.{}.{}", round / 250, round % 250);
            let begun = Instant::now();
            assert!(app.portal.people.login(&login, "wrong password", &peer, "").await.is_err());
            times[which].push(begun.elapsed());
        }
    }
    times
}

both! {
    async fn a_known_and_an_unknown_user_take_the_same_time(app: TestApp) {
        // The shortest of many is what the work itself takes, on a machine that is busy with other tests. A shortcut for
        // unknown users would save nearly all of it. The 5 % of the median are a figure: `cargo xtask bench login`.
        let [known, unknown] = pairs(&app, 4).await.map(|times| times.into_iter().min().unwrap_or_default().as_secs_f64());
        assert!((known / unknown - 1.0).abs() < 0.5, "known {known:.4} s, unknown {unknown:.4} s");
    }
}

/// `cargo xtask bench login`. Prints the medians, and fails where they differ by 5 % or more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement; run by `cargo xtask bench login`"]
async fn bench_login() {
    let kind = if std::env::var("EVENKEEL_BENCH_DATABASE").is_ok_and(|v| v == "postgres") {
        backend::db::Kind::Postgres
    } else {
        backend::db::Kind::Sqlite
    };
    let app = TestApp::new(kind).await;
    let [known, unknown] = pairs(&app, 50).await.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2].as_secs_f64() * 1e3
    });
    let apart = (known / unknown - 1.0).abs() * 100.0;
    println!("login refused, {kind:?}: median {known:.2} ms for known users, {unknown:.2} ms for unknown ones: {apart:.1} % apart");
    assert!(apart < 5.0, "the time tells who is known");
}
