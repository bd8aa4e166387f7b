//! Debian's syslog-ng reads a log of JSON and ships it.
//!
//! Left out, aloud, where it is not installed and this is not CI; `cargo xtask test` installs it.

use std::{fs, io::Write as _, path::Path};

use domain::form::Typed;

use super::{MAY, PATH, analyse, stage, table};
use crate::app::counterpart::Counterpart;

/// What it reads, what it sends, and where to: lines in batches of forty, as its manual has it.
fn configuration(folder: &Path, url: &str, token: &str) -> String {
    let log = folder.join("pay.log");
    format!(
        r#"@version: 3.38
source pay {{ file("{}" flags(no-parse) follow-freq(1)); }};
parser objects {{ json-parser(); }};
destination portal {{ http(
  url("{url}") method("POST") headers("Authorization: Bearer {token}", "Content-Type: application/x-ndjson")
  body("$(format-json time=$ISODATE bank=$bank host=$host rc=$rc ms=$ms)")
  batch-lines(40) batch-timeout(500) delimiter("\n") workers(2) retries(3)); }};
log {{ source(pay); parser(objects); destination(portal); }};
"#,
        log.display()
    )
}

both! {
    async fn syslog_ng_ships_a_log(app: TestApp) {
        let (team, system, actor) = stage(&app).await;
        app.to_wall_clock();
        let body = serde_json::json!({
            "system": system.to_string(), "key": "app", "name": "Application log", "dimensions": ["bank", "host"],
            "success_codes": ["00"], "time": "time", "time_format": "rfc3339", "code": "rc", "latency": "ms"
        });
        let id = app.ask("POST", PATH).as_(&actor).json(&body).send().await.is(201).json()["id"].as_str().unwrap().to_owned();
        let rights: Vec<_> = MAY.iter().copied().chain([domain::Permission::ManageTokens]).collect();
        let owner = app.user("shipper", &rights, Some(&team)).await;
        let fields = [("name", "syslog-ng"), ("days", "30"), ("permissions", "transactions.ingest")];
        let fields = Typed::from_pairs(fields.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let token = app.portal.people.create_token(&owner, &fields).await.expect("a token").secret;
        let url = format!("http://{}{PATH}/{id}/transactions?key=content", app.listen().await);
        let shipper = Counterpart::start("syslog-ng", |_, folder| {
            fs::write(folder.join("pay.log"), "").expect("a log");
            fs::write(folder.join("its.conf"), configuration(folder, &url, &token)).expect("a configuration");
            ["-F", "--no-caps", "-f", "its.conf", "-R", "its.persist", "-p", "its.pid", "-c", "its.ctl"].map(str::to_owned).to_vec()
        });
        let Some(shipper) = shipper else { return };
        let mut log = fs::OpenOptions::new().append(true).open(shipper.folder.join("pay.log")).expect("the log");
        for n in 0..200 {
            let (bank, code) = (if n % 4 == 0 { "abc" } else { "icbc" }, if n % 10 == 0 { "91" } else { "00" });
            writeln!(log, r#"{{"bank":"{bank}","host":"pay-1","rc":"{code}","ms":{}}}"#, 10 + n % 7).expect("a line");
        }
        for _ in 0..300 {
            app.to_wall_clock();
            app.settle().await;
            let found = analyse(&app, &actor, "stream=pay%2Fapp").await;
            if found["totals"]["total"] == 200 {
                assert_eq!((&found["totals"]["failed"], table(&found, "bank")), (&20.into(), vec![("abc".to_owned(), 50, 10), ("icbc".to_owned(), 150, 10)]));
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("{}", analyse(&app, &actor, "stream=pay%2Fapp").await);
    }
}
