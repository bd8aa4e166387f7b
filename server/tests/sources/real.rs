//! Against the real ones: Debian's Prometheus and node exporter. Left out where they are missing, but in CI that is a failure.

use std::{
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use domain::{
    sources::{AnswerKind, Health, Query},
    time::SECOND,
};

use super::{fields, scene, source};
use crate::app::TestApp;

/// A program that runs until the test ends.
pub struct Running {
    child: Child,
    pub port: u16,
    folder: PathBuf,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Where a program is; `None`, said aloud, where it is not installed.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file());
    assert!(found.is_some() || std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{name} is not installed");
    if found.is_none() {
        eprintln!("left out: {name} is not installed");
    }
    found
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

/// An empty folder of its own.
fn folder(port: u16) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("evenkeel-real-{}-{port}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

async fn answers(port: u16, path: &str) {
    let begin = Instant::now();
    loop {
        let stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await;
        if let Ok(mut stream) = stream {
            use tokio::io::{AsyncReadExt, AsyncWriteExt};
            let asked = stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).await;
            let mut text = String::new();
            if asked.is_ok() && stream.read_to_string(&mut text).await.is_ok() && text.contains(" 200 OK") {
                return;
            }
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "port {port} does not answer");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

pub async fn node_exporter() -> Option<Running> {
    let program = program("prometheus-node-exporter")?;
    let port = free_port();
    let child = Command::new(program)
        .args([&format!("--web.listen-address=127.0.0.1:{port}"), "--log.level=error"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("node exporter runs");
    let running = Running { child, port, folder: folder(port) };
    answers(port, "/").await;
    Some(running)
}

/// Prometheus that scrapes itself every second.
pub async fn prometheus() -> Option<Running> {
    let program = program("prometheus")?;
    let port = free_port();
    let folder = folder(port);
    let config = format!(
        "global:\n  scrape_interval: 1s\nscrape_configs:\n  - job_name: itself\n    static_configs:\n      - targets: ['127.0.0.1:{port}']\n  \
         - job_name: gone\n    static_configs:\n      - targets: ['127.0.0.1:9']\n"
    );
    std::fs::write(folder.join("prometheus.yml"), config).expect("a file");
    let child = Command::new(program)
        .arg(format!("--config.file={}", folder.join("prometheus.yml").display()))
        .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .arg("--log.level=error")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("Prometheus runs");
    let running = Running { child, port, folder };
    answers(port, "/-/ready").await;
    Some(running)
}

/// The wall clock: real counterparts do not follow the clock of a test.
pub fn to_wall_clock(app: &TestApp) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    app.advance(i64::try_from(now.as_millis()).expect("milliseconds") - app.now().0);
}

both! {
    async fn a_real_node_exporter_is_scraped(app: TestApp) {
        let Some(node) = node_exporter().await else { return };
        let (_, system, editor) = scene(&app).await;
        let id = source(&app, &editor, &system, "scrape", &format!("http://127.0.0.1:{}/metrics", node.port)).await;
        app.settle().await;
        let found = app.portal.sources.get(&editor, &id).await.unwrap();
        assert_eq!((found.standing.health, found.standing.trouble.as_str()), (Health::Up, ""));
        assert!(found.standing.samples.unwrap() > 200, "{:?}", found.standing);
        let typed = fields(&[("metric", "node_load1"), ("selectors", "node_cpu_seconds_total{mode=~\"user|system\"}")]);
        app.portal.sources.choose(&editor, &id, &typed).await.unwrap();
        for _ in 0..2 {
            app.settle().await;
            app.advance(15 * SECOND);
        }
        let kept = app.portal.sources.kept(&editor, &id).await.unwrap();
        assert!(kept.iter().any(|one| one.metric == "node_load1" && one.last.is_some()));
        assert!(kept.iter().filter(|one| one.metric == "node_cpu_seconds_total").all(|one| one.counts && one.last.is_some_and(|rate| rate >= 0.0)));
    }

    async fn a_real_prometheus_is_asked(app: TestApp) {
        let Some(prometheus) = prometheus().await else { return };
        to_wall_clock(&app);
        let (_, system, editor) = scene(&app).await;
        let id = source(&app, &editor, &system, "query", &format!("http://127.0.0.1:{}", prometheus.port)).await;
        app.settle().await;
        assert_eq!(app.portal.sources.get(&editor, &id).await.unwrap().standing.health, Health::Up);
        let answer = app.portal.sources.query(&editor, &id, &Query::instant("1 + 1", app.now()).unwrap()).await.unwrap();
        assert_eq!((answer.kind, answer.series[0].points[0].1), (AnswerKind::Scalar, 2.0));
        let page = app.get(&format!("/sources/{id}/query?q=sum%28&mode=instant")).as_(&editor).send().await;
        page.is(422).has("parse error");
    }
}
