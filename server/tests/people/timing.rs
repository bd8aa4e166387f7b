//! How long a refused log-in takes must not tell whether there is such a user.

use std::time::{Duration, Instant};

use super::*;

/// Wrong passwords that a login may have before it is refused unread.
const TRIES: usize = 8;

/// The times of refused log-ins of a known and of an unknown user, pair by pair, so that whatever else the machine does falls on both
/// alike. Each series has users of its own.
async fn pairs(app: &TestApp, admin: &Actor, series: usize, users: usize) -> Vec<[Duration; 2]> {
    for n in 0..users {
        user(app, admin, &format!("known{series}-{n}"), "viewer").await;
    }
    let mut pairs = Vec::new();
    for round in 0..users * TRIES {
        // Now the one first, now the other.
        let order = if round % 2 == 0 { [0, 1] } else { [1, 0] };
        let mut pair = [Duration::ZERO; 2];
        for which in order {
            let login = format!("{}{series}-{}", ["known", "other"][which], round % users);
            let peer = format!("10.{series}.{}.{}", round / 250, round % 250);
            let begun = Instant::now();
            assert!(app.portal.people.login(&login, "wrong password", &peer, "").await.is_err());
            pair[which] = begun.elapsed();
        }
        pairs.push(pair);
    }
    pairs
}

/// The one in the middle.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

both! {
    async fn a_known_and_an_unknown_user_take_the_same_time(app: TestApp) {
        let admin = begin(&app).await;
        // Which of a pair a busy machine holds up is chance, so that half of them are longer for the known one. A shortcut for unknown
        // users would make nearly all of them many times as long, in every series. The 5 % of the median are a figure: `cargo xtask
        // bench login`.
        let mut found = Vec::new();
        for series in 0..3 {
            let pairs = pairs(&app, &admin, series, 4).await;
            let times = median(pairs.iter().map(|[known, unknown]| known.as_secs_f64() / unknown.as_secs_f64()));
            if (0.67..1.5).contains(&times) {
                return;
            }
            found.push(times);
        }
        panic!("a known user takes so many times as long as an unknown one: {found:.2?}");
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
    let admin = begin(&app).await;
    let pairs = pairs(&app, &admin, 0, 50).await;
    let [known, unknown] = [0, 1].map(|which| median(pairs.iter().map(|pair| pair[which].as_secs_f64() * 1e3)));
    let apart = (known / unknown - 1.0).abs() * 100.0;
    println!("login refused, {kind:?}: median {known:.2} ms for known users, {unknown:.2} ms for unknown ones: {apart:.1} % apart");
    assert!(apart < 5.0, "the time tells who is known");
}
