//! A fresh database for each test; gone when the test is over.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use backend::{Db, db::Kind};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::sync::OnceCell;

/// Where the server of the tests is.
pub const SERVER: &str = "EVENKEEL_TEST_POSTGRES";

/// One database, and a folder for what belongs to the process.
pub struct Database {
    folder: PathBuf,
    pub url: String,
    name: Option<String>,
}

static NUMBER: AtomicU32 = AtomicU32::new(0);
/// Migrated once a run; every test copies it.
static TEMPLATE: OnceCell<String> = OnceCell::const_new();
/// The file of SQLite, likewise.
static FILE: OnceCell<Vec<u8>> = OnceCell::const_new();

impl Database {
    /// Whether Postgres is there; panics in CI where it is not.
    pub fn postgres_is_there() -> bool {
        let there = server().is_some();
        assert!(there || std::env::var("CI").as_deref() != Ok("true"), "CI=true, but {SERVER} is not set");
        if !there {
            eprintln!("skipped: {SERVER} is not set");
        }
        there
    }

    /// An empty, migrated database.
    pub async fn fresh(kind: Kind) -> Self {
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let mark = format!("ek_{}_{number}", std::process::id());
        let folder = std::env::temp_dir().join(&mark);
        std::fs::create_dir_all(&folder).expect("a folder for the test");
        match kind {
            Kind::Sqlite => {
                let file = folder.join("evenkeel.db");
                let template = FILE.get_or_init(|| make_file(&folder)).await;
                std::fs::write(&file, template).expect("a database for the test");
                Self { folder, url: format!("sqlite:{}", file.display()), name: None }
            }
            Kind::Postgres => {
                let template = TEMPLATE.get_or_init(make_template).await;
                let server = server().expect("postgres_is_there was asked");
                let mut conn = PgConnection::connect(&server).await.expect("the test server answers");
                // Copying needs the template for itself; two tests may want it at once.
                for attempt in 0.. {
                    let made = conn.execute(AssertSqlSafe(format!("CREATE DATABASE {mark} TEMPLATE {template}"))).await;
                    match made {
                        Ok(_) => break,
                        Err(error) if attempt < 100 => {
                            assert!(error.to_string().contains("being accessed"), "{error}");
                            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                        }
                        Err(error) => panic!("{error}"),
                    }
                }
                Self { folder, url: with_name(&server, &mark), name: Some(mark) }
            }
        }
    }

    /// Opens it; brings the tables up to date where that is still to do.
    pub async fn open(&self) -> Db {
        Db::open(&self.url).await.expect("the database opens")
    }

    /// The folder of the process: `data`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
        let (Some(name), Some(server)) = (self.name.take(), server()) else { return };
        // Dropping is synchronous and the test's runtime may be gone: a thread with its own.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            runtime.block_on(async {
                let mut conn = PgConnection::connect(&server).await.ok()?;
                conn.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))).await.ok()
            })
        });
        let _ = dropped.join();
    }
}

/// A migrated file, whole: who closes it last brings its journal in.
async fn make_file(folder: &Path) -> Vec<u8> {
    let file = folder.join("template.db");
    let db = Db::open(&format!("sqlite:{}", file.display())).await.expect("the template is migrated");
    db.close().await;
    let journal = std::fs::metadata(folder.join("template.db-wal")).map_or(0, |journal| journal.len());
    assert_eq!(journal, 0, "the template is closed");
    let whole = std::fs::read(&file).expect("the template");
    std::fs::remove_file(&file).expect("the template is not needed any more");
    whole
}

async fn make_template() -> String {
    let server = server().expect("postgres_is_there was asked");
    let name = format!("ek_{}_template", std::process::id());
    let mut conn = PgConnection::connect(&server).await.expect("the test server answers");
    // Templates of runs that are over; those of runs under way are in nobody's way.
    let old: Vec<String> = sqlx::query_scalar("SELECT datname::text FROM pg_database WHERE datname LIKE 'ek\\_%\\_template'")
        .fetch_all(&mut conn)
        .await
        .expect("a list of databases");
    for old in old {
        let process = old.trim_start_matches("ek_").trim_end_matches("_template");
        if !Path::new("/proc").join(process).exists() {
            let _ = conn.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {old}"))).await;
        }
    }
    conn.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.expect("a template");
    let db = Db::open(&with_name(&server, &name)).await.expect("the template is migrated");
    db.close().await;
    name
}

fn server() -> Option<String> {
    std::env::var(SERVER).ok().filter(|url| !url.is_empty())
}

/// The same server, another database.
fn with_name(server: &str, name: &str) -> String {
    let (base, query) = server.split_once('?').map_or((server, None), |(b, q)| (b, Some(q)));
    let base = base.rsplit_once('/').filter(|(head, _)| !head.ends_with('/')).map_or(base, |(head, _)| head);
    query.map_or_else(|| format!("{base}/{name}"), |query| format!("{base}/{name}?{query}"))
}
