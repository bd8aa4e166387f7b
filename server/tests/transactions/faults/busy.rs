//! Another process holds the file of the database: who writes waits a while and is refused with 503, who reads is answered, and once
//! it is free work goes on by itself.

use sqlx::{Connection as _, Executor as _, SqliteConnection};

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_held_refuses_and_recovers() {
    let mut trial = Trial::begin(Kind::Sqlite).await;
    let (mut child, address) = process::serve(&trial.app).await;
    let senders = trial.send_to(&address);
    trial.until_more(Trial::acknowledged).await;
    let mut other = SqliteConnection::connect(&trial.app.database.url).await.expect("the file");
    other.execute("PRAGMA busy_timeout = 5000").await.expect("a while to wait");
    other.execute("BEGIN IMMEDIATE").await.expect("the file is ours");
    trial.until_more(Trial::refused).await;
    let before = trial.acknowledged();
    let (status, text) = process::get(&address, &trial.token, "/api/v1/transactions?from=now-1h").await.expect("an answer");
    assert_eq!(status, 200, "what is there can be read: {text}");
    assert_eq!(trial.acknowledged(), before, "acknowledged without the file");
    other.execute("ROLLBACK").await.expect("the file is free");
    let back = trial.until_more(Trial::acknowledged).await;
    eprintln!("acknowledged again {back:?} after it was free");
    trial.stop(senders).await;
    trial.last(&address).await;
    child.kill().await.expect("its end");
    trial.check(1).await;
}
