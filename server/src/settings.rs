//! Every setting of the process, with its default. Flags win over environment, environment over the file.

mod egress;
mod mail;
mod tools;

use std::{net::SocketAddr, path::PathBuf};

use domain::time::DAY;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use egress::Egress;
pub use mail::{Mail, MailSecurity};
pub use tools::Tools;

/// What can be set. The doc comments are the reference that `evenkeel config docs` prints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Folder of the database, its lock and generated keys.
    #[schema(value_type = String)]
    pub data: PathBuf,
    /// `sqlite:PATH` or `postgres://user:password@host/name`; empty: `evenkeel.db` in the data folder.
    pub database: String,
    /// File with the keys that seal secrets in the database; made at the first start. Empty: `evenkeel.key` in the data
    /// folder. Replicas on one Postgres share it; it belongs into the backup, apart from the database.
    #[schema(value_type = String)]
    pub key_file: PathBuf,
    /// Address and port to listen on.
    #[schema(value_type = String)]
    pub listen: SocketAddr,
    /// How people reach the portal from outside, e.g. `https://ops.example.org`; empty: `http://` and the address listened on.
    pub url: String,
    /// Addresses or networks of reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed, e.g. `10.0.0.0/8`.
    #[serde(deserialize_with = "crate::list::read")]
    pub trusted_proxies: Vec<String>,
    /// Addresses or networks that may read `/metrics`.
    #[serde(deserialize_with = "crate::list::read")]
    pub metrics_from: Vec<String>,
    /// Transport encryption by ourselves.
    pub tls: Tls,
    /// What is logged and how.
    pub log: Log,
    /// Bounds on what callers may ask for.
    pub limits: Limits,
    /// Running of tools.
    pub tools: Tools,
    /// What probes and webhooks may reach.
    pub egress: Egress,
    /// The mail server through which mail leaves.
    pub mail: Mail,
    /// Checking of monitors, and how long their results are kept.
    pub monitors: Monitors,
    /// Taking and keeping of transactions.
    pub transactions: Transactions,
    /// How long what is over is kept.
    pub keep: Keep,
    /// Whether every reader reads for themselves: tests move the clock by hand and want to see at once.
    #[serde(skip)]
    pub by_hand: bool,
    /// The file that the settings were read from, if any.
    #[serde(skip)]
    pub file: Option<PathBuf>,
}

/// Transport encryption; both files or none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    /// PEM file with the certificate chain; empty: no TLS, stand behind a proxy.
    #[schema(value_type = String)]
    pub certificate: PathBuf,
    /// PEM file with the private key.
    #[schema(value_type = String)]
    pub key: PathBuf,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Logs, on standard error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `text` or `json`.
    pub format: LogFormat,
    /// Filter in the language of `RUST_LOG`, e.g. `info` or `warn,backend=debug`.
    pub filter: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "info,sqlx::query=error".into() }
    }
}

/// Bounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Bytes a request body may have.
    pub body_bytes: usize,
    /// Bytes the body of an ingestion request may have.
    pub ingest_bytes: usize,
    /// Bytes a file may have that is attached to an incident or a change.
    pub file_bytes: usize,
    /// Seconds until a request that has no answer is given 503.
    pub timeout_s: u64,
    /// Seconds within which a connection must have sent its request headers.
    pub header_timeout_s: u64,
    /// Seconds within which the body of a request must have arrived.
    pub body_timeout_s: u64,
    /// Seconds for which a reader may take nothing of an answer before the connection is closed.
    pub write_timeout_s: u64,
    /// Requests worked on at once; more are given 503.
    pub concurrency: usize,
    /// Connections open at once; more wait in the accept queue.
    pub connections: usize,
    /// API requests per minute and credential (per address for those without), and wrong secrets of ways in per address. Alerts and
    /// measurements that are posted do not count.
    pub api_per_minute: u32,
    /// Pages and forms per minute and person (per address for those who are not logged in), beside the API. A stream of a live page
    /// counts once, when it opens; assets, status pages and signs of life do not count.
    pub pages_per_minute: u32,
    /// Seconds that running requests have to finish when the process is told to stop.
    pub drain_s: u64,
    /// Load tests that this process runs at once; more wait. They take from each other's processor, and so from what they measure.
    pub load_runs: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1 << 20,
            ingest_bytes: 32 << 20,
            file_bytes: 10 << 20,
            timeout_s: 30,
            header_timeout_s: 10,
            body_timeout_s: 20,
            write_timeout_s: 30,
            concurrency: 512,
            connections: 4_096,
            api_per_minute: 1_200,
            pages_per_minute: 6_000,
            drain_s: 20,
            load_runs: 1,
        }
    }
}

/// Checking of monitors, and how long their results are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Monitors {
    /// Checks under way at a time; fewer where the process may not open so many files (`ulimit -n`). Monitors whose last
    /// check hung take half of the places at most.
    pub concurrency: usize,
    /// Newest results of each monitor that are kept at full detail.
    pub results: u32,
    /// Days for which results are kept by the minute.
    pub minutes_days: u32,
    /// Days for which results are kept by the hour.
    pub hours_days: u32,
    /// Days for which results are kept by the day.
    pub days_days: u32,
    /// Whether a tick waits for every result: tests drive the scheduler by hand.
    #[serde(skip)]
    pub by_hand: bool,
}

impl Default for Monitors {
    fn default() -> Self {
        Self { concurrency: 4_000, results: 500, minutes_days: 2, hours_days: 90, days_days: 1_098, by_hand: false }
    }
}

/// Taking and keeping of transactions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Transactions {
    /// Codes that mean success where a transaction does not say so itself; compared without case.
    #[serde(deserialize_with = "crate::list::read")]
    pub success_codes: Vec<String>,
    /// Batches that may wait to be written; one more is answered with 429.
    pub queue: usize,
    /// Bytes of batches, as they travel, that may be in memory at a time; what comes beyond is answered with 429.
    pub queue_bytes: usize,
    /// Different values of one dimension (merchants, say) that one system may bring; further ones are counted as `(other)`.
    pub max_values: usize,
    /// Days that counts by minute are kept; at least 8, so that last week can be compared.
    pub minute_days: u32,
    /// Days that counts by hour are kept.
    pub hour_days: u32,
    /// Days that counts by day are kept; older transactions are refused.
    pub day_days: u32,
}

impl Default for Transactions {
    fn default() -> Self {
        let of = backend::transactions::Settings::default();
        Self {
            success_codes: of.success_codes,
            queue: of.queue,
            queue_bytes: of.queue_bytes,
            max_values: of.max_values,
            minute_days: of.minute_days,
            hour_days: of.hour_days,
            day_days: of.day_days,
        }
    }
}

impl Transactions {
    /// As the service takes them.
    pub fn of_service(&self) -> backend::transactions::Settings {
        backend::transactions::Settings {
            success_codes: self.success_codes.clone(),
            queue: self.queue,
            queue_bytes: self.queue_bytes,
            max_values: self.max_values,
            minute_days: self.minute_days,
            hour_days: self.hour_days,
            day_days: self.day_days,
            ..backend::transactions::Settings::default()
        }
    }
}

/// How long what is over is kept. Nothing that still runs, and nothing that an open incident needs, is ever forgotten.
/// Incidents with their timelines, changes, and the audit are the record: they stay for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Keep {
    /// Days that an alert and its history are kept after it is over. Incidents are not forgotten: the timeline goes on
    /// telling which alerts there were.
    pub alerts_days: u32,
    /// Days that a delivery and the message that was sent are kept after its last attempt; a removed channel stays in
    /// the ledger as long.
    pub deliveries_days: u32,
    /// Days that the log of a tool's run is kept after the run, never longer than the run itself; and the seconds of a load test.
    pub run_logs_days: u32,
    /// Days that a run is kept after its end: what ran, with what, and how it ended. Incidents and changes are not
    /// forgotten: their timelines go on telling that it ran.
    pub runs_days: u32,
    /// Days that an API token stays listed after it has expired or was revoked.
    pub tokens_days: u32,
}

impl Default for Keep {
    fn default() -> Self {
        Self { alerts_days: 400, deliveries_days: 90, run_logs_days: 180, runs_days: 400, tokens_days: 90 }
    }
}

impl Keep {
    /// As the engine takes them.
    pub fn of_engine(&self) -> backend::retention::Settings {
        let ms = |days: u32| i64::from(days) * DAY;
        backend::retention::Settings {
            alerts_ms: ms(self.alerts_days),
            deliveries_ms: ms(self.deliveries_days),
            run_logs_ms: ms(self.run_logs_days),
            runs_ms: ms(self.runs_days),
            tokens_ms: ms(self.tokens_days),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            data: "data".into(),
            database: String::new(),
            key_file: PathBuf::new(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            url: String::new(),
            trusted_proxies: Vec::new(),
            metrics_from: vec!["127.0.0.0/8".into(), "::1".into()],
            tls: Tls::default(),
            log: Log::default(),
            limits: Limits::default(),
            tools: Tools::default(),
            egress: Egress::default(),
            mail: Mail::default(),
            monitors: Monitors::default(),
            transactions: Transactions::default(),
            keep: Keep::default(),
            by_hand: false,
            file: None,
        }
    }
}

impl Settings {
    /// The URL of the database.
    pub fn database_url(&self) -> String {
        if self.database.is_empty() { format!("sqlite:{}", self.data.join("evenkeel.db").display()) } else { self.database.clone() }
    }

    /// The SQLite file; `None` for Postgres.
    pub fn sqlite_file(&self) -> Option<PathBuf> {
        let url = self.database_url();
        let path = url.strip_prefix("sqlite:")?.trim_start_matches("//");
        let path = percent_decode_str(path.split('?').next().unwrap_or(path)).decode_utf8_lossy();
        Some(PathBuf::from(path.into_owned()))
    }

    /// Files and folders that hold secrets: no tool may see them.
    pub fn hidden(&self) -> Vec<PathBuf> {
        let mut all = vec![self.data.clone(), self.key_path()];
        all.extend(self.file.clone());
        all.extend([&self.tls.key, &self.mail.password_file].into_iter().filter(|file| !file.as_os_str().is_empty()).cloned());
        if let Some(file) = self.sqlite_file() {
            all.extend(["", "-wal", "-shm", "-journal"].iter().map(|end| PathBuf::from(format!("{}{end}", file.display()))));
        }
        all.into_iter().map(|path| std::path::absolute(&path).unwrap_or(path)).collect()
    }

    /// The file with the keys that seal secrets.
    pub fn key_path(&self) -> PathBuf {
        if self.key_file.as_os_str().is_empty() { self.data.join("evenkeel.key") } else { self.key_file.clone() }
    }

    /// The URL under which people reach the portal, without a slash at the end.
    pub fn public_url(&self) -> String {
        if !self.url.is_empty() {
            return self.url.trim_end_matches('/').to_owned();
        }
        let scheme = if self.tls.certificate.as_os_str().is_empty() { "http" } else { "https" };
        format!("{scheme}://{}", self.listen)
    }
}
