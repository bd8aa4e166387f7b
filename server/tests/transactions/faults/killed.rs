//! `kill -9` twenty times (`EVENKEEL_CRASHES=200` for two hundred) at random moments while batches come in.

use super::*;

/// How often the process is killed.
fn kills() -> u64 {
    std::env::var("EVENKEEL_CRASHES").ok().and_then(|text| text.parse().ok()).unwrap_or(20)
}

async fn many_kills(kind: Kind) {
    let kills = kills();
    let mut trial = Trial::begin(kind).await;
    let mut seed = 88_172_645_463_325_252_u64;
    for round in 0..=kills {
        let (mut child, address) = process::serve(&trial.app).await;
        let senders = trial.send_to(&address);
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        // Every third round as it comes; else not before something was acknowledged, so that a slow start proves something, too.
        if round % 3 != 0 {
            trial.until_more(Trial::acknowledged).await;
        }
        tokio::time::sleep(Duration::from_millis(seed % 120)).await;
        if round < kills {
            child.kill().await.expect("kill -9");
        }
        trial.stop(senders).await;
        if round == kills {
            trial.last(&address).await;
            child.kill().await.expect("kill -9");
        }
    }
    trial.check(kills / 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_kills_lose_and_double_nothing_on_sqlite() {
    many_kills(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_kills_lose_and_double_nothing_on_postgres() {
    if Database::postgres_is_there() {
        many_kills(Kind::Postgres).await;
    }
}
