//! `cargo xtask bench transactions`: a month of transactions loaded, the disk they take, and how long what pages ask takes.

use std::{
    fmt::Write as _,
    fs,
    time::{Duration, Instant},
};

use backend::{Engine as _, transactions::Compactor};
use domain::{
    Span, Timestamp,
    time::{DAY, HOUR, MINUTE},
    transactions::{Batch, Filter, Question, Sort, Tables, Transactions as _},
};

use super::stage;
use crate::app::TestApp;

const DAYS: i64 = 30;
const MERCHANTS: u32 = 5_000;
/// Lines of one batch.
const LINES: u64 = 20_000;
/// Questions of each kind.
const ASKED: u64 = 40;

/// Chance that is the same every time (xorshift).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: u64) -> u64 {
        (self.next() >> 11) % n
    }

    #[expect(clippy::cast_precision_loss, reason = "53 bits of chance")]
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn at(took: &mut [Duration], share: usize) -> f64 {
    took.sort();
    took[(took.len() - 1) * share / 100].as_secs_f64() * 1_000.0
}

fn question(from: Timestamp, to: Timestamp, tables: &[&str], sort: Sort) -> Question {
    Question {
        span: Span::new(from, to).expect("in order"),
        filter: Filter::default(),
        zone: "UTC".into(),
        sort,
        top: 50,
        tables: Tables::Of(tables.iter().map(|name| (*name).to_owned()).collect()),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement; run by `cargo xtask bench transactions`"]
async fn bench_transactions() {
    let kind = if std::env::var("EVENKEEL_BENCH_DATABASE").is_ok_and(|v| v == "postgres") {
        backend::db::Kind::Postgres
    } else {
        backend::db::Kind::Sqlite
    };
    let millions: u64 = std::env::var("EVENKEEL_BENCH_MILLIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(100);
    let app = TestApp::new(kind).await;
    let (_, _, sender) = stage(&app).await;
    let begin = app.now().floor(DAY);
    app.advance(DAYS * DAY + HOUR);
    let mut zipf = Vec::new();
    let mut sum = 0.0;
    for rank in 1..=MERCHANTS {
        sum += f64::from(rank).powf(-1.05);
        zipf.push(sum);
    }
    let compactor = Compactor::new(app.ctx.clone(), backend::transactions::Settings::default());
    let settings = backend::transactions::Settings::default();
    let service = backend::transactions::Service::new(app.ctx.clone(), settings);
    let total = millions * 1_000_000;
    let batches = total.div_ceil(LINES);
    let mut dice = Dice(88_172_645_463_325_252);
    // The exact latencies of one link in the last day's noon, to hold the sketch against.
    let (noon, mut exact) = (begin.plus((DAYS - 1) * DAY + 12 * HOUR), Vec::new());
    let begun = Instant::now();
    for batch in 0..batches {
        let mut body = String::with_capacity(180 * 20_000);
        for line in 0..LINES {
            let share = i64::try_from(batch * LINES + line).unwrap() * (DAYS * DAY / 1_000) / i64::try_from(batches * LINES).unwrap();
            let at = begin.plus(share * 1_000 + i64::try_from(dice.below(1_000)).unwrap());
            let chance = dice.share() * sum;
            let merchant = zipf.partition_point(|s| *s < chance).min(4_999);
            let (link, channel) = (dice.below(18), dice.below(8));
            let code = if dice.below(100) < 4 { 1 + dice.below(39) } else { 0 };
            let latency = 40.0 * (dice.share() * 3.0).exp() * (1.0 + f64::from(u32::try_from(link).unwrap()) / 20.0);
            if link == 3 && (noon..noon.plus(HOUR)).contains(&at) {
                exact.push(latency);
            }
            writeln!(
                body,
                r#"{{"time":{},"system":"pay","link":"L{link}","merchant":"M{merchant}","channel":"C{channel}","code":"{code:02}","latency_ms":{latency:.3},"amount":{},"currency":"CNY"}}"#,
                at.0,
                dice.below(50_000)
            )
            .unwrap();
        }
        service.ingest(&sender, Batch { body: body.into_bytes(), ..Batch::default() }).await.expect("counted");
        if batch % 50 == 49 {
            compactor.tick(app.now()).await.expect("merged");
        }
    }
    let loaded = begun.elapsed();
    for _ in 0..40 {
        app.advance(11 * MINUTE);
        if compactor.tick(app.now()).await.expect("merged") == 0 {
            break;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "figures for people to read")]
    let rate = (batches * LINES) as f64 / loaded.as_secs_f64();
    println!(
        "{kind:?}: {millions} million transactions in {:.0} s, {rate:.0} a second, merged after {:.0} s",
        loaded.as_secs_f64(),
        begun.elapsed().as_secs_f64()
    );
    if kind == backend::db::Kind::Sqlite {
        let size: u64 = fs::read_dir(app.database.folder()).unwrap().filter_map(|file| Some(file.ok()?.metadata().ok()?.len())).sum();
        println!("{kind:?}: {} MiB on disk", size >> 20);
    } else {
        let query = backend::db::sql("SELECT pg_database_size(current_database())");
        let size = query.count(&mut app.ctx.db.read().await.unwrap()).await.unwrap();
        println!("{kind:?}: {} MiB on disk", size >> 20);
    }
    let reader = &sender;
    for (name, length, tables, sort) in [
        ("volume and rate of a day", DAY, &[][..], Sort::Failures),
        ("a day with its codes, merchants, links", DAY, &["code", "merchant", "link"][..], Sort::Failures),
        ("codes of an hour", HOUR, &["code"][..], Sort::Failures),
        ("top merchants and links of an hour", HOUR, &["merchant", "link"][..], Sort::Rate),
        ("p99 by link over a week", 7 * DAY, &["link"][..], Sort::Volume),
    ] {
        let mut took = Vec::new();
        for _ in 0..ASKED {
            let latest = DAYS * DAY - length;
            let from = begin.plus(i64::try_from(dice.below(u64::try_from((latest / HOUR).max(1)).unwrap())).unwrap() * HOUR);
            let each = Instant::now();
            let analysis = service.analyse(reader, &question(from, from.plus(length), tables, sort)).await.expect("an answer");
            took.push(each.elapsed());
            assert!(analysis.totals.total > 0);
        }
        println!("{kind:?}: {name:<36} p50 {:>7.1} ms, p95 {:>7.1} ms", at(&mut took, 50), at(&mut took, 95));
    }
    exact.sort_by(f64::total_cmp);
    let analysis = service.analyse(reader, &question(noon, noon.plus(HOUR), &["link"], Sort::Volume)).await.expect("an answer");
    let told = analysis.rows("link").iter().find(|row| row.value == "L3").and_then(|row| row.p99).expect("a p99");
    let truth = exact[(exact.len() - 1) * 99 / 100];
    println!(
        "{kind:?}: p99 of a link in an hour {told:.2} ms, exactly {truth:.2} ms: off by {:.2} %",
        (told - truth).abs() / truth * 100.0
    );
}
