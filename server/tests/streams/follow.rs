//! A web server's log, followed by the program itself: through renaming, copying and cutting, and `kill -9` in the middle. Every line
//! counts once.

mod ending;
mod turned;

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use backend::{
    Context, SystemClock,
    db::{Kind, sql},
};
use domain::{
    Actor, Clock as _, Permission, Span,
    time::{HOUR, MINUTE},
    transactions::{Filter, Question, Sort, Tables},
};

use tokio::process::{Child, Command};

use crate::app::{Database, TestApp, process};

/// Writes so many requests as nginx does; every tenth is answered with 502.
fn write(log: &Path, from: u32, count: u32) {
    let mut file = OpenOptions::new().create(true).append(true).open(log).unwrap();
    for i in from..from + count {
        let status = if i % 10 == 0 { 502 } else { 200 };
        let at = SystemClock.now().plus(-MINUTE).jiff().to_zoned(jiff::tz::TimeZone::UTC).strftime("%d/%b/%Y:%H:%M:%S +0000").to_string();
        writeln!(file, r#"10.0.0.{} - - [{at}] "GET /pay/{i}?x=1 HTTP/1.1" {status} 157 "-" "curl/8.5.0" 0.0{:02}"#, i % 200, i % 90 + 1)
            .unwrap();
    }
}

async fn until_counted(app: &TestApp, wanted: i64) {
    for _ in 0..600 {
        let count = sql("SELECT CAST(COALESCE(SUM(accepted), 0) AS BIGINT) FROM transaction_batches")
            .count(&mut app.ctx.db.read().await.unwrap())
            .await;
        if count == Ok(wanted) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{wanted} lines were not counted within a minute");
}

/// A portal that serves as a process of its own, and a log to be followed.
struct Scene {
    app: TestApp,
    reader: Actor,
    token: String,
    portal: Child,
    url: String,
    folder: PathBuf,
    log: PathBuf,
    stream: &'static str,
}

async fn scene(kind: Kind, of: &str) -> Scene {
    let app = TestApp::new(kind).await;
    app.to_wall_clock();
    let (team, _, sender) = super::stage(&app).await;
    app.system("ledger", &team).await;
    let reader = app.user("reader", &[Permission::Read], None).await;
    sql("DELETE FROM settings").run(&mut app.ctx.db.read().await.unwrap()).await.unwrap();
    let token = process::program(&app)
        .args(["token", "add", &sender.name, "--name", "log", "--permission", "transactions.ingest"])
        .output()
        .await
        .expect("a token");
    assert!(token.status.success(), "{}", String::from_utf8_lossy(&token.stderr));
    let token = String::from_utf8(token.stdout).unwrap().trim().to_owned();
    let (portal, address) = process::serve(&app).await;
    let folder = std::env::temp_dir().join(format!("evenkeel-follow-{of}-{}-{kind:?}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let log = folder.join("access.log");
    Scene { app, reader, token, portal, url: format!("http://{address}"), folder, log, stream: "pay" }
}

impl Scene {
    fn follow(&self, more: &[&str]) -> Command {
        let mut command = process::program(&self.app);
        command.args(["follow", self.log.to_str().unwrap(), "--stream", self.stream, "--url", &self.url]).args(more);
        command.env("EVENKEEL_TOKEN", &self.token);
        command
    }

    /// Sends what there is; whether that went well, and what was said.
    async fn once(&self, more: &[&str]) -> (bool, String) {
        let out = self.follow(&[&["--once", "--format", "nginx"][..], more].concat()).output().await.expect("it follows");
        (out.status.success(), String::from_utf8_lossy(&out.stderr).into_owned())
    }

    /// Where it is kept by itself where a follower stands.
    fn states(&self) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = fs::read_dir(&self.folder).unwrap().map(|file| file.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|end| end == "evenkeel"));
        files.sort();
        files
    }

    /// Changes what it keeps of where it stands.
    fn stand(&self, change: impl FnOnce(&mut serde_json::Value)) {
        let state = self.states().remove(0);
        let mut place: serde_json::Value = serde_json::from_slice(&fs::read(&state).unwrap()).unwrap();
        change(&mut place);
        fs::write(&state, place.to_string()).unwrap();
    }
}

async fn a_log_is_followed(kind: Kind) {
    let mut scene = scene(kind, "log").await;
    let (app, token, url, folder, log) = (&scene.app, &scene.token, &scene.url, &scene.folder, &scene.log);
    let follow = || {
        let mut command = scene.follow(&["--format", "nginx"]);
        command.stdout(Stdio::null()).stderr(Stdio::inherit()).kill_on_drop(true).spawn().expect("it follows")
    };
    write(log, 0, 500);
    // In a wrong format nothing is passed over.
    let wrong = scene.follow(&["--format", "json", "--once"]).output().await.expect("it looks");
    assert!(!wrong.status.success() && String::from_utf8_lossy(&wrong.stderr).contains("none of the first 500 lines"));
    // What is refused as a whole is refused line by line, and no success.
    let file = folder.join("three.ndjson");
    fs::write(&file, "{\"code\":\"00\"}\n".repeat(3)).unwrap();
    let mut refused = process::program(app);
    refused.args(["import", "transactions", file.to_str().unwrap(), "--stream", "pay", "--map", "When=moment", "--url", url]);
    let refused = refused.env("EVENKEEL_TOKEN", token).output().await.expect("it is refused");
    assert_eq!(String::from_utf8_lossy(&refused.stdout).trim(), "0 counted, 0 counted before, 3 refused, 1 batches");
    assert!(refused.status.code() == Some(1) && String::from_utf8_lossy(&refused.stderr).contains("When=moment"));
    let mut follower = follow();
    until_counted(app, 500).await;
    // Renamed, as logrotate does; the server writes a little more to the old one.
    write(log, 500, 250);
    fs::rename(log, folder.join("access.log.1")).unwrap();
    write(&folder.join("access.log.1"), 750, 50);
    write(log, 800, 200);
    until_counted(app, 1_000).await;
    // Killed while it sends, again and again.
    for round in 0..8_u32 {
        write(log, 1_000 + round * 500, 500);
        tokio::time::sleep(Duration::from_millis(u64::from(round) * 37 % 150 + 20)).await;
        follower.kill().await.expect("kill -9");
        follower = follow();
    }
    until_counted(app, 5_000).await;
    // Turned over while nobody follows, then copied and cut while somebody does.
    follower.kill().await.expect("kill -9");
    write(log, 5_000, 100);
    fs::rename(log, folder.join("access.log.2")).unwrap();
    write(log, 5_100, 100);
    follower = follow();
    until_counted(app, 5_200).await;
    write(log, 5_200, 100);
    fs::copy(log, folder.join("access.log.3")).unwrap();
    OpenOptions::new().write(true).open(log).unwrap().set_len(0).unwrap();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    write(log, 5_300, 100);
    until_counted(app, 5_400).await;
    follower.kill().await.expect("kill -9");
    scene.portal.kill().await.expect("the portal ends");

    let ctx = Context::new(app.database.open().await, app.clock.clone());
    app.advance(10 * MINUTE);
    let portal = server::boot::house(&ctx, &server::settings::Settings::default()).portal;
    let now = SystemClock.now();
    let question = Question {
        span: Span::new(now.plus(-2 * HOUR), now.plus(MINUTE)).unwrap(),
        filter: Filter::default(),
        zone: "UTC".into(),
        sort: Sort::Volume,
        top: 10,
        tables: Tables::All,
    };
    let analysis = portal.transactions.analyse(&scene.reader, &question).await.unwrap();
    assert_eq!((analysis.totals.total, analysis.totals.failed), (5_400, 540));
    assert_eq!(analysis.codes[0].code, "502");
    let streams = portal.streams.get(&Actor::engine("test"), &domain::id::StreamId::of_system(&analysis_system(app).await)).await.unwrap();
    assert_eq!(streams.senders[0].refused, 0);
    ctx.db.close().await;
    fs::remove_dir_all(folder).unwrap();
}

async fn analysis_system(app: &TestApp) -> domain::id::SystemId {
    let ids = sql("SELECT id FROM systems WHERE key = 'pay'").texts(&mut app.ctx.db.read().await.unwrap()).await.unwrap();
    domain::id::SystemId::parse(&ids[0]).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_is_followed_on_sqlite() {
    a_log_is_followed(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_is_followed_on_postgres() {
    if Database::postgres_is_there() {
        a_log_is_followed(Kind::Postgres).await;
    }
}

async fn a_stretch_under_way_counts_once_with_other_options(kind: Kind) {
    let scene = scene(kind, "options").await;
    write(&scene.log, 0, 100);
    assert!(scene.once(&[]).await.0);
    until_counted(&scene.app, 100).await;
    // Killed before it heard that the stretch was counted, and begun again with lines that say something else.
    let killed = |place: &mut serde_json::Value| {
        (place["sending"], place["offset"]) = (place["offset"].clone(), 0.into());
    };
    scene.stand(killed);
    write(&scene.log, 100, 10);
    let (went_on, said) = scene.once(&["--success", ""]).await;
    assert!(went_on && said.contains("were counted before"), "{said}");
    until_counted(&scene.app, 110).await;
    // With the same options it is the same batch.
    write(&scene.log, 110, 10);
    assert!(scene.once(&[]).await.0);
    scene.stand(|place| {
        let from = fs::read_to_string(&scene.log).unwrap().lines().take(110).map(|line| line.len() as u64 + 1).sum::<u64>();
        (place["sending"], place["offset"]) = (place["offset"].clone(), from.into());
    });
    let (went_on, said) = scene.once(&[]).await;
    assert!(went_on && !said.contains("before"), "{said}");
    until_counted(&scene.app, 120).await;
    fs::remove_dir_all(&scene.folder).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stretch_under_way_counts_once_with_other_options_on_sqlite() {
    a_stretch_under_way_counts_once_with_other_options(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stretch_under_way_counts_once_with_other_options_on_postgres() {
    if Database::postgres_is_there() {
        a_stretch_under_way_counts_once_with_other_options(Kind::Postgres).await;
    }
}

async fn followers_of_one_log_do_not_meet(kind: Kind) {
    let mut scene = scene(kind, "two").await;
    let shared = scene.folder.join("access.log.evenkeel");
    write(&scene.log, 0, 100);
    assert!(scene.once(&[]).await.0);
    until_counted(&scene.app, 100).await;
    // As it was kept when all shared one file: taken over by the first, and no more.
    scene.stand(|place| drop(place.as_object_mut().unwrap().remove("target")));
    fs::rename(scene.states().remove(0), &shared).unwrap();
    write(&scene.log, 100, 10);
    assert!(scene.once(&[]).await.0);
    until_counted(&scene.app, 110).await;
    assert!(!shared.exists() && scene.states().len() == 1);
    scene.stream = "ledger";
    // All of it once more is sent only where somebody says so.
    let (fine, said) = scene.once(&[]).await;
    assert!(!fine && said.contains("for the first time") && said.contains("--from-beginning"), "{said}");
    assert!(scene.once(&["--from-beginning"]).await.0);
    until_counted(&scene.app, 220).await;
    write(&scene.log, 110, 10);
    for stream in ["pay", "ledger"] {
        scene.stream = stream;
        let (fine, said) = scene.once(&[]).await;
        assert!(fine && !said.contains("for the first time"), "{said}");
    }
    until_counted(&scene.app, 240).await;
    assert_eq!(scene.states().len(), 2);
    // No second process goes by the same file.
    let mut follower = scene.follow(&["--format", "nginx"]).stderr(Stdio::inherit()).kill_on_drop(true).spawn().expect("it follows");
    write(&scene.log, 120, 10);
    until_counted(&scene.app, 250).await;
    let (fine, said) = scene.once(&[]).await;
    assert!(!fine && said.contains("another process"), "{said}");
    follower.kill().await.expect("kill -9");
    // What is under way to one stream is not sent to another one, however the file is named.
    let mut states = scene.states();
    fs::rename(states.remove(0), &shared).unwrap();
    fs::remove_file(states.remove(0)).unwrap();
    let state = shared.to_str().unwrap().to_owned();
    let under_way: serde_json::Value = serde_json::from_slice(&fs::read(&shared).unwrap()).unwrap();
    scene.stream = if under_way["target"].as_str().unwrap().ends_with("ledger") { "pay" } else { "ledger" };
    scene.stand(|place| {
        (place["sending"], place["offset"]) = (place["offset"].clone(), 0.into());
    });
    let (fine, said) = scene.once(&["--state", state.as_str()]).await;
    assert!(!fine && said.contains("on their way to") && said.contains("remove the file"), "{said}");
    until_counted(&scene.app, 250).await;
    fs::remove_dir_all(&scene.folder).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn followers_of_one_log_do_not_meet_on_sqlite() {
    followers_of_one_log_do_not_meet(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn followers_of_one_log_do_not_meet_on_postgres() {
    if Database::postgres_is_there() {
        followers_of_one_log_do_not_meet(Kind::Postgres).await;
    }
}

async fn the_end_of_a_log_that_has_not_begun_is_its_beginning(kind: Kind) {
    let mut scene = scene(kind, "end").await;
    let mut counted = 0_u32;
    for (name, before) in [("none.log", None), ("empty.log", Some(0)), ("full.log", Some(7))] {
        scene.log = scene.folder.join(name);
        if let Some(before) = before {
            write(&scene.log, 0, before);
        }
        // Nobody follows while the first lines are written; and then somebody mistakes their format.
        assert!(scene.once(&["--from-end"]).await.0, "{name}");
        until_counted(&scene.app, counted.into()).await;
        write(&scene.log, 100 + counted, 5);
        let wrong = scene.follow(&["--once", "--from-end", "--format", "json"]).output().await.expect("it looks");
        assert!(!wrong.status.success(), "{name}");
        assert!(scene.once(&["--from-end"]).await.0, "{name}");
        counted += 5;
        until_counted(&scene.app, counted.into()).await;
    }
    // An empty one is turned over while nobody follows, with its first lines, or still without any.
    for (name, first) in [("turned.log", 5), ("idle.log", 0)] {
        scene.log = scene.folder.join(name);
        write(&scene.log, 0, 0);
        assert!(scene.once(&["--from-end"]).await.0, "{name}");
        write(&scene.log, 200 + counted, first);
        fs::rename(&scene.log, scene.folder.join(format!("{name}.1"))).unwrap();
        write(&scene.log, 300 + counted, 5);
        assert!(scene.once(&["--from-end"]).await.0, "{name}");
        counted += first + 5;
        until_counted(&scene.app, counted.into()).await;
    }
    // Half a line was its last one when it was turned over.
    scene.log = scene.folder.join("half.log");
    write(&scene.log, 400, 5);
    assert!(scene.once(&["--from-end"]).await.0);
    fs::write(&scene.log, format!("{}half a line", fs::read_to_string(&scene.log).unwrap())).unwrap();
    fs::rename(&scene.log, scene.folder.join("half.log.1")).unwrap();
    write(&scene.log, 500 + counted, 5);
    let (fine, said) = scene.once(&["--from-end"]).await;
    assert!(fine, "{said}");
    until_counted(&scene.app, i64::from(counted) + 5).await;
    fs::remove_dir_all(&scene.folder).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_a_log_that_has_not_begun_is_its_beginning_on_sqlite() {
    the_end_of_a_log_that_has_not_begun_is_its_beginning(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_a_log_that_has_not_begun_is_its_beginning_on_postgres() {
    if Database::postgres_is_there() {
        the_end_of_a_log_that_has_not_begun_is_its_beginning(Kind::Postgres).await;
    }
}
