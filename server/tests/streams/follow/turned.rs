//! A log that was turned over more than once while nobody followed.

use std::{
    fs::{self, File},
    io,
};

use backend::db::Kind;

use super::{scene, until_counted, write};
use crate::app::Database;

async fn what_was_turned_over_twice_is_sent(kind: Kind) {
    let mut scene = scene(kind, "turned").await;
    let mut counted = 0_u32;
    // Numbers go up, days stay; other logs of the folder are none of it.
    for (name, first, second) in [
        ("shop.log", "shop.log.2", "shop.log.1"),
        ("days.log", "days-2025-03-14.log", "days-2025-03-15.log"),
        ("packed.log", "packed.log.2.gz", "packed.log.1"),
    ] {
        scene.log = scene.folder.join(name);
        let log = &scene.log;
        let before = scene.folder.join(format!("{name}.9"));
        write(&before, 9_000 + counted, 5);
        write(log, counted, 100);
        assert!(scene.once(&[]).await.0, "{name}");
        until_counted(&scene.app, i64::from(counted) + 100).await;
        write(log, counted + 100, 10);
        let turned = scene.folder.join(first);
        if first.ends_with("gz") {
            let mut packer = flate2::write::GzEncoder::new(File::create(&turned).unwrap(), flate2::Compression::fast());
            io::copy(&mut File::open(log).unwrap(), &mut packer).unwrap();
            packer.finish().unwrap();
            fs::remove_file(log).unwrap();
        } else {
            fs::rename(log, &turned).unwrap();
        }
        write(log, counted + 110, 10);
        fs::rename(log, scene.folder.join(second)).unwrap();
        write(log, counted + 120, 10);
        write(&scene.folder.join(name.replace('.', "-errors.")), 8_000 + counted, 5);
        let (fine, said) = scene.once(&[]).await;
        assert!(fine && !said.contains("lost"), "{name}: {said}");
        counted += 130;
        until_counted(&scene.app, counted.into()).await;
        assert!(scene.once(&[]).await.0, "{name}");
        until_counted(&scene.app, counted.into()).await;
    }
    // Of a log that is gone it is said from where on, and the one after it is sent.
    scene.log = scene.folder.join("gone.log");
    write(&scene.log, counted, 10);
    let length = fs::metadata(&scene.log).unwrap().len();
    assert!(scene.once(&[]).await.0);
    write(&scene.log, 7_000, 10);
    fs::remove_file(&scene.log).unwrap();
    write(&scene.log, counted + 10, 10);
    fs::rename(&scene.log, scene.folder.join("gone.log.1")).unwrap();
    write(&scene.log, counted + 20, 10);
    let (fine, said) = scene.once(&[]).await;
    assert!(fine && said.contains(&format!("from byte {length} on, is lost")), "{said}");
    until_counted(&scene.app, i64::from(counted) + 30).await;
    fs::remove_dir_all(&scene.folder).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_turned_over_twice_is_sent_on_sqlite() {
    what_was_turned_over_twice_is_sent(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_turned_over_twice_is_sent_on_postgres() {
    if Database::postgres_is_there() {
        what_was_turned_over_twice_is_sent(Kind::Postgres).await;
    }
}
