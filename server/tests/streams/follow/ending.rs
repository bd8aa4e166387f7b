//! What a log ends with, though its line has no end.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
};

use backend::db::Kind;

use super::{scene, until_counted, write};
use crate::app::Database;

async fn the_last_line_of_a_log_is_sent(kind: Kind) {
    let scene = scene(kind, "ending").await;
    let log = &scene.log;
    write(log, 0, 10);
    // The end of the last line is still to be written.
    let half = |length: u64| OpenOptions::new().write(true).open(log).unwrap().set_len(length).unwrap();
    let length = || fs::metadata(log).unwrap().len();
    half(length() - 1);
    let (fine, said) = scene.once(&[]).await;
    let last = fs::read_to_string(log).unwrap().lines().last().unwrap().len();
    assert!(fine && said.contains(&format!("the last line, {last} bytes, has no end yet and was not sent")), "{said}");
    until_counted(&scene.app, 9).await;
    OpenOptions::new().append(true).open(log).unwrap().write_all(b"\n").unwrap();
    let (fine, said) = scene.once(&[]).await;
    assert!(fine && !said.contains("no end"), "{said}");
    until_counted(&scene.app, 10).await;
    // Turned over, nobody writes it any more: it counts.
    write(log, 10, 5);
    half(length() - 1);
    fs::rename(log, scene.folder.join("access.log.1")).unwrap();
    write(log, 20, 5);
    let (fine, said) = scene.once(&[]).await;
    assert!(fine && !said.contains("no end"), "{said}");
    until_counted(&scene.app, 20).await;
    assert!(scene.once(&[]).await.0);
    until_counted(&scene.app, 20).await;
    fs::remove_dir_all(&scene.folder).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_line_of_a_log_is_sent_on_sqlite() {
    the_last_line_of_a_log_is_sent(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_line_of_a_log_is_sent_on_postgres() {
    if Database::postgres_is_there() {
        the_last_line_of_a_log_is_sent(Kind::Postgres).await;
    }
}
