//! Against the real ones: Debian's Prometheus, VictoriaMetrics and node exporter. Left out where they are missing, but in CI that is a failure.

use std::collections::BTreeMap;

use domain::{
    sources::{
        AnswerKind, Health, Labels, Query,
        exposition::{self, Format, Limits, Sample},
    },
    time::SECOND,
};
use serde::Deserialize;

use super::{fields, scene, source};
use crate::{
    app::{counterpart, counterpart::Counterpart},
    monitors::target::{Reply, Server},
};

/// Metrics of every type, as the Python client writes them.
const METRICS: &str = include_str!("metrics.py");

#[derive(Deserialize)]
struct Metrics {
    samples: Vec<Said>,
    pages: Vec<Page>,
}

#[derive(Deserialize)]
struct Page {
    #[serde(rename = "type")]
    kind: String,
    page: String,
}

/// Name, labels, value, and labels and value of the exemplar.
#[derive(Deserialize, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Said(String, Labels, String, Option<(Labels, String)>);

impl Said {
    fn of(sample: &Sample) -> Self {
        let exemplar = sample.exemplar.as_ref().map(|example| (example.labels.clone(), example.value.to_string()));
        Self(sample.name.clone(), sample.labels.clone(), sample.value.to_string(), exemplar)
    }

    /// With its numbers as Rust writes them.
    fn even(mut self, with_exemplar: bool) -> Self {
        let number = |text: &str| text.parse::<f64>().expect("a number").to_string();
        self.2 = number(&self.2);
        self.3 = self.3.filter(|_| with_exemplar).map(|(labels, value)| (labels, number(&value)));
        self
    }
}

async fn node_exporter() -> Option<Counterpart> {
    let listen = |port, _: &std::path::Path| vec![format!("--web.listen-address=127.0.0.1:{port}"), "--log.level=error".to_owned()];
    let running = Counterpart::start("prometheus-node-exporter", listen)?;
    running.answers("/").await;
    Some(running)
}

/// What a server that stands at a port scrapes each second: itself, and one that is not there.
fn scrapes(port: u16, folder: &std::path::Path) {
    let config = format!(
        "global:\n  scrape_interval: 1s\nscrape_configs:\n  - job_name: itself\n    static_configs:\n      - targets: ['127.0.0.1:{port}']\n  \
         - job_name: gone\n    static_configs:\n      - targets: ['127.0.0.1:9']\n"
    );
    std::fs::write(folder.join("prometheus.yml"), config).expect("a file");
}

/// Prometheus that scrapes itself every second.
pub async fn prometheus() -> Option<Counterpart> {
    let running = Counterpart::start("prometheus", |port, folder| {
        scrapes(port, folder);
        let given = ["--config.file=prometheus.yml", "--storage.tsdb.path=data", "--log.level=error"].map(str::to_owned);
        given.into_iter().chain([format!("--web.listen-address=127.0.0.1:{port}")]).collect()
    })?;
    running.answers("/-/ready").await;
    Some(running)
}

/// VictoriaMetrics that scrapes itself every second, and hides nothing of the last seconds, as it would by default.
pub async fn victoria_metrics() -> Option<Counterpart> {
    let running = Counterpart::start("victoria-metrics", |port, folder| {
        scrapes(port, folder);
        let given = ["-promscrape.config=prometheus.yml", "-storageDataPath=data", "-memory.allowedBytes=64MB", "-search.latencyOffset=0s"];
        given.map(str::to_owned).into_iter().chain([format!("-httpListenAddr=127.0.0.1:{port}")]).collect()
    })?;
    running.answers("/health").await;
    Some(running)
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

    async fn what_the_python_client_says_is_understood(app: TestApp) {
        let Some(python) = counterpart::python("prometheus_client") else { return };
        let written = std::process::Command::new(python).args(["-c", METRICS]).output().expect("it runs");
        assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stderr));
        let written: Metrics = serde_json::from_slice(&written.stdout).expect("what it says");
        let (_, system, editor) = scene(&app).await;
        let mut formats = Vec::new();
        for Page { kind, page } in written.pages {
            let format = Format::of(&kind);
            let families = exposition::parse(page.as_bytes(), format, Limits::default()).unwrap_or_else(|wrong| panic!("{kind}: {wrong}"));
            let mut found: Vec<_> = families.iter().flat_map(|family| &family.samples).map(Said::of).collect();
            let mut expected: Vec<_> =
                written.samples.iter().cloned().map(|said| said.even(format == Format::OpenMetrics)).collect();
            found.sort();
            expected.sort();
            assert_eq!(found, expected, "{kind}");
            let kinds: BTreeMap<_, _> = families.iter().map(|family| (family.name.as_str(), family.kind.name())).collect();
            let orders = if format == Format::Text { "orders_total" } else { "orders" };
            assert_eq!((kinds[orders], kinds["queue"], kinds["lasted_seconds"], kinds["size"]), ("counter", "gauge", "histogram", "summary"));
            // And over the wire, by a source.
            let server = Server::plain().await;
            server.set(Reply { body: page, headers: format!("content-type: {kind}\r\n"), ..Reply::status(200) });
            let id = source(&app, &editor, &system, "scrape", &server.url(&format!("/{format}"))).await;
            app.settle().await;
            let standing = app.portal.sources.get(&editor, &id).await.unwrap().standing;
            assert_eq!((standing.health, standing.trouble.as_str(), standing.samples), (Health::Up, "", Some(found.len().try_into().unwrap())));
            app.portal.sources.delete(&editor, &id).await.unwrap();
            formats.push(format);
        }
        assert_eq!(formats, [Format::Text, Format::OpenMetrics]);
    }

    async fn a_real_prometheus_is_asked(app: TestApp) {
        let Some(prometheus) = prometheus().await else { return };
        app.to_wall_clock();
        let (_, system, editor) = scene(&app).await;
        let id = source(&app, &editor, &system, "query", &format!("http://127.0.0.1:{}", prometheus.port)).await;
        app.settle().await;
        assert_eq!(app.portal.sources.get(&editor, &id).await.unwrap().standing.health, Health::Up);
        let answer = app.portal.sources.query(&editor, &id, &Query::instant("1 + 1", app.now()).unwrap()).await.unwrap();
        assert_eq!((answer.kind, answer.series[0].points[0].1), (AnswerKind::Scalar, 2.0));
        let page = app.get(&format!("/sources/{id}/query?q=sum%28&mode=instant")).as_(&editor).send().await;
        page.is(422).has("parse error");
    }
    async fn a_real_victoria_metrics_is_asked(app: TestApp) {
        let Some(victoria) = victoria_metrics().await else { return };
        app.to_wall_clock();
        let (_, system, editor) = scene(&app).await;
        let id = source(&app, &editor, &system, "query", &format!("http://127.0.0.1:{}", victoria.port)).await;
        app.settle().await;
        let standing = app.portal.sources.get(&editor, &id).await.unwrap().standing;
        assert_eq!((standing.health, standing.trouble.as_str()), (Health::Up, ""));
        // It has no scalars: a number is a series without labels.
        let answer = app.portal.sources.query(&editor, &id, &Query::instant("1 + 1", app.now()).unwrap()).await.unwrap();
        assert_eq!((answer.kind, answer.series[0].labels.len(), answer.series[0].points[0].1), (AnswerKind::Vector, 0, 2.0));
        let page = app.get(&format!("/sources/{id}/query?q=sum%28&mode=instant")).as_(&editor).send().await;
        page.is(422).has("unexpected token");
    }
}
