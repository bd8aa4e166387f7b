//! Transactions a second: batches of 100, 1,000 and 5,000 lines over four connections for ten seconds each, every batch
//! acknowledged after its commit.

use std::{
    fmt::Write as _,
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use super::ground::{Ground, Kind};
use crate::{
    postgres,
    shell::{Done, build_server},
};

const BATCHES: [u64; 3] = [100, 1_000, 5_000];
const CONNECTIONS: u64 = 4;
const SPAN: Duration = Duration::from_secs(10);

/// On both databases.
pub fn run() -> Done {
    let binary = build_server(true)?;
    println!("{:<10}{:>8}{:>12}{:>14}{:>12}{:>12}{:>12}", "database", "lines", "tx/s", "tx/s a core", "batch p50", "batch p95", "memory");
    for kind in [Kind::Sqlite, Kind::Postgres] {
        if kind == Kind::Postgres && postgres::program("initdb").is_none() {
            println!("postgres  left out: not installed");
            continue;
        }
        let ground = Ground::start(&binary, kind)?;
        for lines in BATCHES {
            let (acknowledged, times, wrong) = (AtomicU64::new(0), Mutex::new(Vec::new()), Mutex::new(None));
            let (began, used) = (Instant::now(), ground.processor_s());
            thread::scope(|scope| {
                for connection in 0..CONNECTIONS {
                    let (ground, acknowledged, times, wrong) = (&ground, &acknowledged, &times, &wrong);
                    scope.spawn(move || {
                        if let Err(what) = pour(ground, lines, connection, began, acknowledged, times) {
                            *wrong.lock().unwrap_or_else(PoisonError::into_inner) = Some(what);
                        }
                    });
                }
            });
            let span = began.elapsed().as_secs_f64();
            if let Some(what) = wrong.into_inner().unwrap_or_else(PoisonError::into_inner) {
                return Err(what);
            }
            let mut times = times.into_inner().unwrap_or_else(PoisonError::into_inner);
            times.sort();
            let at = |percent: usize| times.get(times.len() * percent / 100).map_or(0, Duration::as_millis);
            #[expect(clippy::cast_precision_loss, reason = "a rate for people to read")]
            let count = acknowledged.load(Ordering::SeqCst) as f64;
            // What one core of the server's would take: what was taken, by the seconds of processor that it cost.
            let (rate, of_core) = (count / span, count / (ground.processor_s() - used).max(0.01));
            println!(
                "{:<10}{lines:>8}{rate:>12.0}{of_core:>14.0}{:>10}ms{:>10}ms{:>10}MB",
                format!("{kind:?}").to_lowercase(),
                at(50),
                at(95),
                ground.resident_mb()
            );
        }
    }
    Ok(())
}

fn pour(ground: &Ground, lines: u64, connection: u64, began: Instant, acknowledged: &AtomicU64, times: &Mutex<Vec<Duration>>) -> Done {
    let host = ground.url.trim_start_matches("http://");
    let fail = |error: std::io::Error| format!("{host}: {error}");
    let mut stream = TcpStream::connect(host).map_err(fail)?;
    stream.set_nodelay(true).map_err(fail)?;
    let mut answers = BufReader::new(stream.try_clone().map_err(fail)?);
    // Written before the clock starts to matter: what is measured is the server, which shares these cores with us.
    let bodies: Vec<String> = (0..4).map(|number| batch(lines, connection, number)).collect();
    let mut number = 0;
    for body in bodies.iter().cycle().take_while(|_| began.elapsed() < SPAN) {
        number += 1;
        let head = format!(
            "POST /api/v1/transactions HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {}\r\ncontent-type: application/x-ndjson\r\n\
             idempotency-key: bench-{lines}-{connection}-{number}\r\ncontent-length: {}\r\n\r\n",
            ground.token,
            body.len()
        );
        let sent = Instant::now();
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).map_err(fail)?;
        let (status, answer) = read_answer(&mut answers).map_err(fail)?;
        match status {
            200..=299 => {
                acknowledged.fetch_add(lines, Ordering::SeqCst);
                times.lock().unwrap_or_else(PoisonError::into_inner).push(sent.elapsed());
            }
            429 | 503 => thread::sleep(Duration::from_millis(100)),
            _ => return Err(format!("status {status}: {answer}")),
        }
    }
    Ok(())
}

fn batch(lines: u64, connection: u64, number: u64) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_millis());
    let mut body = String::new();
    for n in 0..lines {
        let mix = (n * 7_919 + number * 31 + connection * 17) % 1_000;
        let (code, success) = if mix < 15 { ("51", false) } else { ("00", true) };
        let _ = writeln!(
            body,
            "{{\"time\":{now},\"system\":\"system-{:02}\",\"merchant\":\"m{}\",\"link\":\"l{}\",\"code\":\"{code}\",\"success\":{success},\
             \"latency_ms\":{},\"amount\":\"{}.50\",\"currency\":\"CNY\"}}",
            mix % 50,
            mix % 300,
            mix % 5,
            20 + mix % 180,
            100 + mix
        );
    }
    body
}

fn read_answer(answers: &mut impl BufRead) -> std::io::Result<(u16, String)> {
    let (mut status, mut length) = (0, 0);
    loop {
        let mut line = String::new();
        if answers.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end();
        if line.starts_with("HTTP/") {
            status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        } else if let Some(given) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = given.trim().parse().unwrap_or(0);
        } else if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    answers.read_exact(&mut body)?;
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}
