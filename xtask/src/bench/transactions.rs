//! A month of transactions: disk, what pages ask, and the same asked of DuckDB over the raw table where Python can have it.

use std::{process::Command, sync::OnceLock};

use crate::shell::{Done, must};

/// The same shape of data and the same questions, over raw rows.
const DUCKDB: &str = r#"
import os, sys, time, tempfile, duckdb
n = int(sys.argv[1]) * 1_000_000
path = os.path.join(tempfile.mkdtemp(), "raw.duckdb")
db = duckdb.connect(path, config={"threads": 2})
db.execute("SET enable_progress_bar = false")
begun = time.time()
db.execute(f"""CREATE TABLE tx AS SELECT
    TIMESTAMP '2025-03-14' + to_milliseconds(i * {30 * 86_400_000} // {n}) AS time,
    'L' || CAST(floor(random() * 18) AS INT) AS link,
    'M' || CAST(least(4999, floor(pow(5000, random())) - 1) AS INT) AS merchant,
    'C' || CAST(floor(random() * 8) AS INT) AS channel,
    CASE WHEN random() < 0.04 THEN CAST(1 + floor(random() * 39) AS INT) ELSE 0 END AS code,
    CAST(40 * exp(random() * 3) AS REAL) AS latency,
    CAST(random() * 50000 AS BIGINT) AS amount
    FROM range({n}) t(i)""")
db.execute("CHECKPOINT")
print(f"DuckDB {duckdb.__version__}: loaded in {time.time() - begun:.0f} s, {os.path.getsize(path) >> 20} MiB on disk")
asked = {
    "volume and rate of a day": (1, "SELECT time_bucket(INTERVAL 15 minute, time) b, count(*), count(*) FILTER (code <> 0) FROM tx WHERE {w} GROUP BY b"),
    "codes of an hour": (1 / 24, "SELECT code, count(*) FROM tx WHERE {w} AND code <> 0 GROUP BY code ORDER BY 2 DESC"),
    "top merchants and links of an hour": (1 / 24, "SELECT merchant, link, count(*), count(*) FILTER (code <> 0) f FROM tx WHERE {w} GROUP BY ALL ORDER BY f DESC LIMIT 50"),
    "p99 by link over a week": (7, "SELECT link, quantile_disc(latency, 0.99) FROM tx WHERE {w} GROUP BY link"),
}
for name, (days, text) in asked.items():
    took = []
    for i in range(20):
        start = (i * 7) % 22
        where = f"time >= TIMESTAMP '2025-03-14' + INTERVAL {start} day AND time < TIMESTAMP '2025-03-14' + INTERVAL {start} day + to_seconds({int(days * 86400)})"
        begun = time.time()
        db.execute(text.format(w=where)).fetchall()
        took.append((time.time() - begun) * 1000)
    took.sort()
    print(f"DuckDB: {name:<36} p50 {took[9]:7.1f} ms, p95 {took[18]:7.1f} ms")
os.remove(path)
"#;

/// How many, as `--millions N` says; 100 where it does not.
pub static MILLIONS: OnceLock<u32> = OnceLock::new();

/// On both databases, then in DuckDB.
pub fn run() -> Done {
    let millions = MILLIONS.get().copied().unwrap_or(100).to_string();
    super::measurement_with("transactions::bench::bench_transactions", &[("EVENKEEL_BENCH_MILLIONS", millions.clone())])?;
    let place = std::env::temp_dir().join("evenkeel-bench-duckdb");
    let python = place.join("bin/python");
    let has = |python: &std::path::Path| Command::new(python).args(["-c", "import duckdb"]).output().is_ok_and(|out| out.status.success());
    if !has(&python) {
        let made = Command::new("python3").args(["-m", "venv"]).arg(&place).status().is_ok_and(|status| status.success())
            && Command::new(&python).args(["-m", "pip", "install", "--quiet", "duckdb"]).status().is_ok_and(|status| status.success());
        if !made {
            println!("DuckDB left out: python3 with venv and the package duckdb is not to be had");
            return Ok(());
        }
    }
    must(Command::new(&python).args(["-c", DUCKDB, &millions]))
}
