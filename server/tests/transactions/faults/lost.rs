//! Postgres goes away under load and comes back: connections break in the middle of whatever was said, and none is taken until it is
//! back. Meanwhile what is asked is refused with 503, not with another fault; afterwards work goes on by itself.

use super::*;
use crate::app::line::Line;

/// How often it goes away.
const TIMES: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_goes_away_under_load_and_nothing_is_lost_or_doubled() {
    if !Database::postgres_is_there() {
        return;
    }
    let mut trial = Trial::begin(Kind::Postgres).await;
    let line = Line::to_postgres(&trial.app.database.url).await;
    let (mut child, address) = process::begin(&mut process::program_on(&trial.app, &line.url)).await;
    let senders = trial.send_to(&address);
    for _ in 0..TIMES {
        trial.until_more(Trial::acknowledged).await;
        line.cut();
        trial.until_more(Trial::refused).await;
        // What is on the way was acknowledged before it was cut, or is in doubt.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let before = trial.acknowledged();
        let body = batch("never", trial.began);
        for _ in 0..5 {
            let (status, text) = process::get(&address, &trial.token, "/api/v1/transactions?from=now-1h").await.expect("an answer");
            assert_eq!(status, 503, "{text}");
            assert_eq!(send(&address, &trial.token, "never", &body).await, Some(503));
        }
        assert_eq!(trial.acknowledged(), before, "acknowledged without a database");
        line.mend();
        let back = trial.until_more(Trial::acknowledged).await;
        eprintln!("acknowledged again {back:?} after Postgres was back");
    }
    trial.stop(senders).await;
    trial.last(&address).await;
    child.kill().await.expect("its end");
    trial.check(TIMES as u64).await;
}
