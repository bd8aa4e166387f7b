//! A log that was turned over more than once while nobody followed.

use std::{
    fs::{self, File},
    io,
    path::Path,
    process::Stdio,
};

use backend::db::Kind;

use super::{scene, until_counted, write};
use crate::app::Database;

/// Packs a log, which is gone then.
fn pack(log: &Path, to: &Path) {
    let mut packer = flate2::write::GzEncoder::new(File::create(to).unwrap(), flate2::Compression::fast());
    io::copy(&mut File::open(log).unwrap(), &mut packer).unwrap();
    packer.finish().unwrap();
    fs::remove_file(log).unwrap();
}

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
            pack(log, &turned);
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
    // A day without a line lies between, packed.
    scene.log = scene.folder.join("quiet.log");
    write(&scene.log, counted, 10);
    assert!(scene.once(&[]).await.0);
    write(&scene.log, counted + 10, 5);
    pack(&scene.log, &scene.folder.join("quiet.log.3.gz"));
    write(&scene.log, 0, 0);
    pack(&scene.log, &scene.folder.join("quiet.log.2.gz"));
    write(&scene.log, counted + 15, 10);
    fs::rename(&scene.log, scene.folder.join("quiet.log.1")).unwrap();
    write(&scene.log, counted + 25, 10);
    let (fine, said) = scene.once(&[]).await;
    assert!(fine && !said.contains("lost"), "{said}");
    counted += 35;
    until_counted(&scene.app, counted.into()).await;
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

async fn what_is_packed_is_unpacked_once_and_not_given_up(kind: Kind) {
    let mut scene = scene(kind, "packed").await;
    write(&scene.log, 0, 100);
    assert!(scene.once(&[]).await.0);
    write(&scene.log, 100, 5);
    pack(&scene.log, &scene.folder.join("access.log.1.gz"));
    write(&scene.log, 105, 5);
    // There is no room for what is unpacked: nothing is passed over.
    let mut narrow = scene.follow(&["--once", "--format", "nginx"]);
    let out = narrow.env("TMPDIR", scene.folder.join("nowhere")).output().await.expect("it looks");
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(!out.status.success() && said.contains("nothing was passed over") && !said.contains("lost"), "{said}");
    until_counted(&scene.app, 100).await;
    let (fine, said) = scene.once(&[]).await;
    assert!(fine && !said.contains("lost"), "{said}");
    until_counted(&scene.app, 110).await;
    // The new log has no line yet. What was unpacked is kept at hand, even where the file goes.
    scene.log = scene.folder.join("shop.log");
    write(&scene.log, 200, 10);
    assert!(scene.once(&[]).await.0);
    write(&scene.log, 210, 5);
    let packed = scene.folder.join("shop.log.1.gz");
    pack(&scene.log, &packed);
    write(&scene.log, 0, 0);
    let mut command = scene.follow(&["--format", "nginx"]);
    let mut follower = command.stderr(Stdio::piped()).kill_on_drop(true).spawn().expect("it follows");
    until_counted(&scene.app, 125).await;
    fs::remove_file(&packed).unwrap();
    write(&scene.log, 215, 5);
    until_counted(&scene.app, 130).await;
    follower.start_kill().expect("kill -9");
    let out = follower.wait_with_output().await.expect("it ends");
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(!said.contains("lost"), "{said}");
    fs::remove_dir_all(&scene.folder).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_packed_is_unpacked_once_and_not_given_up_on_sqlite() {
    what_is_packed_is_unpacked_once_and_not_given_up(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_packed_is_unpacked_once_and_not_given_up_on_postgres() {
    if Database::postgres_is_there() {
        what_is_packed_is_unpacked_once_and_not_given_up(Kind::Postgres).await;
    }
}
