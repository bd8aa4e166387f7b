//! The curl that is installed here sends lines: one object, lines packed by gzip and by zstd, and again when the portal tells it to wait.

use std::{fs, io::Write as _, path::Path, process::Output, time::Duration};

use domain::{Fault, Permission, form::Typed, transactions::Intake};

use super::{MAY, analyse, stage};
use crate::app::counterpart;

async fn curl(program: &Path, token: &str, url: &str, file: &Path, more: &[&str]) -> Output {
    let mut command = tokio::process::Command::new(program);
    command.args(["--no-progress-meter", "--max-time", "30", "--write-out", "\n%{http_code}", "--header"]);
    command.arg(format!("Authorization: Bearer {token}")).args(more);
    command.arg("--data-binary").arg(format!("@{}", file.display())).arg(url).output().await.expect("curl runs")
}

fn code(out: &Output) -> String {
    String::from_utf8_lossy(&out.stdout).lines().last().unwrap_or_default().to_owned()
}

both! {
    async fn curl_sends_packed_lines_and_comes_again_when_told_to(app: TestApp) {
        let Some(program) = counterpart::program("curl") else { return };
        let (team, _, actor) = stage(&app).await;
        let rights: Vec<_> = MAY.iter().copied().chain([Permission::ManageTokens]).collect();
        let owner = app.user("shipper", &rights, Some(&team)).await;
        let fields = [("name", "curl"), ("days", "30"), ("permissions", "transactions.ingest")];
        let fields = Typed::from_pairs(fields.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let token = app.portal.people.create_token(&owner, &fields).await.expect("a token").secret;
        let url = format!("http://{}/api/v1/transactions", app.listen().await);
        let folder = std::env::temp_dir().join(format!("evenkeel-curl-{}-{:?}", std::process::id(), app.ctx.db.kind()));
        fs::create_dir_all(&folder).expect("a folder");
        let line = |code: &str| format!(r#"{{"time":{},"system":"pay","link":"L1","code":"{code}"}}"#, app.now().0);
        let lines = format!("{}\n{}\n", line("00"), line("91"));
        let (one, gzip, zstd) = (folder.join("one.json"), folder.join("lines.ndjson.gz"), folder.join("lines.ndjson.zst"));
        fs::write(&one, line("00")).expect("a file");
        let mut packer = flate2::write::GzEncoder::new(fs::File::create(&gzip).expect("a file"), flate2::Compression::fast());
        packer.write_all(lines.as_bytes()).and_then(|()| packer.finish().map(drop)).expect("packed");
        fs::write(&zstd, zstd::encode_all(lines.as_bytes(), 3).expect("packed")).expect("a file");
        for (file, more, accepted) in [
            (&one, &[][..], 1),
            (&gzip, &["--header", "Content-Encoding: gzip", "--header", "Idempotency-Key: gz-1"][..], 2),
            (&gzip, &["--header", "Content-Encoding: gzip", "--header", "Idempotency-Key: gz-1"][..], 2),
            (&zstd, &["--header", "Content-Encoding: zstd", "--header", "Content-Type: application/x-ndjson"][..], 2),
        ] {
            let out = curl(&program, &token, &url, file, more).await;
            let said = String::from_utf8_lossy(&out.stdout);
            assert!(code(&out) == "200" && said.contains(&format!("\"accepted\":{accepted}")), "{said} {}", String::from_utf8_lossy(&out.stderr));
        }
        // Sent again under its key it counts once.
        assert_eq!(analyse(&app, &actor, "from=now-1h").await["totals"]["total"], 5);
        // Every place is taken: it is told to come back, and does.
        let mut taken: Vec<Box<dyn Intake>> = Vec::new();
        let full = loop {
            match app.portal.transactions.reserve(&owner, 0).await {
                Ok(place) => taken.push(place),
                Err(fault) => break fault,
            }
        };
        assert_eq!(full, Fault::TooMany { retry_after_s: 1 });
        let out = curl(&program, &token, &url, &one, &["--dump-header", "-"]).await;
        let said = String::from_utf8_lossy(&out.stdout).to_lowercase();
        assert!(code(&out) == "429" && said.contains("retry-after: 1"), "{said}");
        let heads = folder.join("heads");
        let more = ["--retry", "5", "--dump-header", heads.to_str().expect("a path")];
        let again = async { curl(&program, &token, &url, &one, &more).await };
        // The places are free once it was told to wait, not before.
        let free = async {
            let told = async {
                while !fs::read_to_string(&heads).is_ok_and(|heads| heads.contains(" 429")) {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            tokio::time::timeout(Duration::from_secs(20), told).await.expect("it is told to wait");
            drop(taken);
        };
        let (out, ()) = tokio::join!(again, free);
        assert_eq!(code(&out), "200", "{} {}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        assert_eq!(analyse(&app, &actor, "from=now-1h").await["totals"]["total"], 6);
        fs::remove_dir_all(&folder).expect("gone");
    }
}
