//! The program `evenkeel` as a process.

use std::{
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use tokio_util::sync::CancellationToken;

use crate::app::TestApp;

fn evenkeel(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_evenkeel"));
    command.args(["--data", data.to_str().unwrap()]).args(arguments).env_remove("DATABASE_URL").env("LANG", "en");
    command
}

fn done(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

#[track_caller]
fn said(output: &Output, text: &str) {
    let all = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(all.contains(text), "{text:?} is not in {all}");
}

/// A serving process; killed when dropped.
struct Serving(Child);

impl Serving {
    fn start(data: &Path) -> (Self, String) {
        Self::start_with(data, &["serve"])
    }

    fn start_with(data: &Path, command: &[&str]) -> (Self, String) {
        let child =
            evenkeel(data, &["--listen", "127.0.0.1:0"]).args(command).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut this = Self(child);
        let out = std::io::BufReader::new(this.0.stdout.take().unwrap());
        let mut lines = std::io::BufRead::lines(out).map_while(Result::ok);
        let first = lines.next().expect("it says where it is");
        let setup = lines.next().unwrap_or_default();
        assert!(setup.contains("/setup/"), "{setup}");
        (this, first.rsplit(' ').next().unwrap_or_default().to_owned())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_made_while_others_write_is_whole_and_can_be_put_back() {
    let app = TestApp::new(backend::db::Kind::Sqlite).await;
    let folder = app.database.folder().to_owned();
    let (data, copy) = (folder.join("data"), folder.join("copy.db"));
    let (serving, url) = Serving::start(&data);
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");

    // One process at a time.
    let second = done(&mut evenkeel(&data, &["--listen", "127.0.0.1:0", "serve"]));
    assert!(!second.status.success());
    said(&second, "another process serves");

    let stop = CancellationToken::new();
    let writer = tokio::task::spawn_blocking({
        let (data, stop) = (data.clone(), stop.clone());
        move || {
            let mut made = 0;
            while !stop.is_cancelled() && made < 50 {
                let mut add = evenkeel(&data, &["user", "add", &format!("u{made}")]);
                let mut child = add.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
                std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"correct horse battery staple\n").unwrap();
                assert!(child.wait().unwrap().success());
                made += 1;
            }
        }
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    let backup = tokio::task::spawn_blocking({
        let (data, copy) = (data.clone(), copy.clone());
        move || done(&mut evenkeel(&data, &["backup", copy.to_str().unwrap()]))
    });
    let backup = backup.await.unwrap();
    stop.cancel();
    writer.await.unwrap();
    assert!(backup.status.success(), "{backup:?}");
    said(&done(&mut evenkeel(&data, &["backup", copy.to_str().unwrap()])), "is there already");
    said(&done(&mut evenkeel(&data, &["audit", "verify"])), "the chain is whole");

    said(&done(&mut evenkeel(&data, &["restore", "--force", copy.to_str().unwrap()])), "stop it first");
    drop(serving);
    said(&done(&mut evenkeel(&data, &["restore", copy.to_str().unwrap()])), "say --force");
    let restored = done(&mut evenkeel(&data, &["restore", "--force", copy.to_str().unwrap()]));
    assert!(restored.status.success(), "{restored:?}");
    said(&done(&mut evenkeel(&data, &["audit", "verify"])), "the chain is whole");
    let whole = done(&mut evenkeel(&data, &["audit", "verify"]));
    let text = String::from_utf8_lossy(&whole.stdout).into_owned();
    let head = text.trim().rsplit(' ').next().unwrap();
    said(&done(&mut evenkeel(&data, &["audit", "verify", "--expect", head])), "the chain is whole");
    let longer = format!("9999:{}", head.split(':').next_back().unwrap());
    said(&done(&mut evenkeel(&data, &["audit", "verify", "--expect", &longer])), "is not the one that was noted");
    let (key, away) = (data.join("evenkeel.key"), folder.join("away.key"));
    std::fs::rename(&key, &away).unwrap();
    let blind = done(&mut evenkeel(&data, &["audit", "verify"]));
    assert!(!blind.status.success());
    said(&blind, "the key file is not there");
    assert!(!key.exists(), "looking makes no key");
    std::fs::rename(&away, &key).unwrap();
    let rubbish = folder.join("rubbish.db");
    std::fs::write(&rubbish, b"not a database").unwrap();
    said(&done(&mut evenkeel(&data, &["restore", "--force", rubbish.to_str().unwrap()])), "is not a sound copy");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_of_the_old_database_is_not_played_into_the_new_one() {
    use backend::{Db, db::sql};
    let app = TestApp::new(backend::db::Kind::Sqlite).await;
    let folder = app.database.folder().join("store");
    std::fs::create_dir_all(&folder).unwrap();
    // A name with a space, an ending of the operator's own.
    let (database, copy) = (folder.join("my data.sqlite"), folder.join("copy"));
    let url = format!("sqlite:{}", database.display().to_string().replace(' ', "%20"));
    let users = async |file: &Path| {
        let db = Db::connect(&format!("sqlite:{}", file.display())).await.unwrap();
        let logins = sql("SELECT login FROM users ORDER BY login").texts(&mut db.read().await.unwrap()).await.unwrap();
        db.close().await;
        logins
    };
    let with_url = |arguments: &[&str]| {
        let mut command = evenkeel(&folder, arguments);
        command.env("DATABASE_URL", &url);
        command
    };
    let add = |db: Db, login: &'static str| async move {
        sql("INSERT INTO users (id, login, name, email, password_hash, created_at) VALUES ($1, $2, '', '', '', 0)")
            .value(login)
            .value(login)
            .run(&mut db.read().await.unwrap())
            .await
            .unwrap();
    };
    let db = Db::open(&url).await.unwrap();
    add(db.clone(), "first").await;
    assert!(done(&mut with_url(&["backup", copy.to_str().unwrap()])).status.success());
    // A process that was killed: what it committed last stands in the log only.
    add(db.clone(), "second").await;
    let (log, killed) = (folder.join("my data.sqlite-wal"), folder.join("killed"));
    std::fs::create_dir_all(&killed).unwrap();
    for file in [&database, &log] {
        std::fs::copy(file, killed.join(file.file_name().unwrap())).unwrap();
    }
    db.close().await;
    for file in [&database, &log] {
        std::fs::copy(killed.join(file.file_name().unwrap()), file).unwrap();
    }
    let restored = done(&mut with_url(&["restore", "--force", copy.to_str().unwrap()]));
    assert!(restored.status.success(), "{restored:?}");
    said(&restored, "my data.sqlite-replaced");
    assert_eq!(users(&database).await, ["first"]);
    assert_eq!(users(&folder.join("my data.sqlite-replaced")).await, ["first", "second"], "no commit of the old one is lost");
    assert!(!folder.join("my data.sqlite-restoring").exists());
}

#[test]
fn what_lies_in_the_data_folder_is_nobody_elses() {
    use std::os::unix::fs::PermissionsExt;
    let folder = std::env::temp_dir().join(format!("ek_modes_{}", std::process::id()));
    let data = folder.join("data");
    std::fs::create_dir_all(&data).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let open = |path: &Path, mode: u32| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    open(&data, 0o755);
    drop(Serving::start(&data));
    assert_eq!(mode(&data), 0o700);
    let database = data.join("evenkeel.db");
    for name in ["evenkeel.db", "evenkeel.key", "evenkeel.lock"] {
        assert_eq!(mode(&data.join(name)), 0o600, "{name}");
    }
    // As an earlier version left them; the files beside the database are there while somebody serves.
    open(&data, 0o755);
    open(&database, 0o644);
    let (serving, _) = Serving::start(&data);
    assert_eq!(mode(&data), 0o700);
    for name in ["evenkeel.db", "evenkeel.db-wal", "evenkeel.db-shm"] {
        assert_eq!(mode(&data.join(name)), 0o600, "{name}");
    }
    let (copy, yaml) = (folder.join("copy.db"), folder.join("systems.yaml"));
    assert!(done(&mut evenkeel(&data, &["backup", copy.to_str().unwrap()])).status.success());
    assert!(done(&mut evenkeel(&data, &["export", yaml.to_str().unwrap()])).status.success());
    assert_eq!((mode(&copy), mode(&yaml)), (0o600, 0o600));
    drop(serving);
    // A copy that others may read does not make such a database.
    open(&copy, 0o644);
    assert!(done(&mut evenkeel(&data, &["restore", "--force", copy.to_str().unwrap()])).status.success());
    assert_eq!(mode(&database), 0o600);
    let _ = std::fs::remove_dir_all(folder);
}

#[test]
fn a_lost_key_is_not_replaced_silently() {
    let folder = std::env::temp_dir().join(format!("ek_lost_key_{}", std::process::id()));
    let (data, copy, away) = (folder.join("data"), folder.join("copy.db"), folder.join("away.key"));
    std::fs::create_dir_all(&data).unwrap();
    drop(Serving::start(&data));
    let key = data.join("evenkeel.key");
    std::fs::rename(&key, &away).unwrap();
    let serve = |data: &Path| done(&mut evenkeel(data, &["--listen", "127.0.0.1:0", "serve"]));
    // Gone; and another one, as from another database.
    let refused = serve(&data);
    assert!(!refused.status.success());
    said(&refused, "the key file is not there");
    said(&refused, "serve --key-lost");
    assert!(!key.exists(), "no key was made");
    said(&done(&mut evenkeel(&data, &["user", "list"])), "the key file is not there");
    std::fs::write(&key, format!("{}\n", "11".repeat(32))).unwrap();
    said(&serve(&data), "this key file does not open the secrets of this database");
    // A copy in a new folder, without its key.
    std::fs::rename(&away, &key).unwrap();
    assert!(done(&mut evenkeel(&data, &["backup", copy.to_str().unwrap()])).status.success());
    let moved = folder.join("moved");
    assert!(done(&mut evenkeel(&moved, &["restore", copy.to_str().unwrap()])).status.success());
    said(&serve(&moved), "the key file is not there");
    // Given up on purpose: it serves, and from now on with its own key.
    let (serving, url) = Serving::start_with(&moved, &["serve", "--key-lost"]);
    assert!(url.starts_with("http://"), "{url}");
    drop(serving);
    drop(Serving::start(&moved));
    assert!(done(&mut evenkeel(&data, &["audit", "verify"])).status.success());
    let _ = std::fs::remove_dir_all(folder);
}

#[test]
fn a_wrong_setting_names_itself() {
    let folder = std::env::temp_dir().join(format!("ek_config_{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("evenkeel.toml");
    std::fs::write(&file, "[limits]\ntimeout_s = \"soon\"\n").unwrap();
    let output = done(&mut evenkeel(&folder, &["--config", file.to_str().unwrap(), "config", "check"]));
    assert_eq!(output.status.code(), Some(2));
    said(&output, "limits.timeout_s: string \"soon\" is wrong; expected a whole number");
    said(&output, "evenkeel.toml");
    said(&done(evenkeel(&folder, &["config", "check"]).env("EVENKEEL_LIMITS__TIMEOUTS", "1")), "limits.timeouts: this key is wrong");
    assert!(done(&mut evenkeel(&folder, &["config", "check"])).status.success());
    let _ = std::fs::remove_dir_all(folder);
}

#[tokio::test]
async fn commands_that_only_look_make_no_database() {
    let app = TestApp::new(backend::db::Kind::Sqlite).await;
    let data = app.database.folder().join("mistyped");
    let commands: [&[&str]; 5] = [&["user", "list"], &["token", "list"], &["audit", "verify"], &["export"], &["user", "unlock", "kim"]];
    for arguments in commands {
        let output = done(&mut evenkeel(&data, arguments));
        assert!(!output.status.success(), "{arguments:?}");
        said(&output, "there is no database at");
    }
    assert!(!data.exists(), "nothing was made");
    let help = done(&mut evenkeel(&data, &["--help"]));
    assert!(String::from_utf8_lossy(&help.stdout).starts_with("Evenkeel, the operations portal"), "{help:?}");
    let help = done(&mut evenkeel(&data, &["slices", "--help"]));
    assert!(String::from_utf8_lossy(&help.stdout).contains("each on one thread"), "{help:?}");
}

#[test]
fn slices_are_found_in_files_and_what_does_not_read_is_said() {
    let folder = std::env::temp_dir().join(format!("ek-slices-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, text: &str| {
        let file = folder.join(name);
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let mut rows = "link,merchant,total,failed,hist_total,hist_failed\n".to_owned();
    for (link, merchant) in (0..5).flat_map(|link| (0..8).map(move |merchant| (link, merchant))) {
        rows += &format!("L{link},\"M,{merchant}\",500,{},10000,100\n", if (link, merchant) == (2, 7) { 300 } else { 5 });
    }
    let (good, calm) = (file("good.csv", &rows), file("calm.csv", &rows.replace(",300,", ",5,")));
    let (bad, missing) = (file("bad.csv", "link,real,predict\nL1,1,x\n"), folder.join("none.csv"));
    let out = done(&mut evenkeel(&folder, &["slices", "--threads", "3", &good, &bad, missing.to_str().unwrap(), &calm]));
    assert!(!out.status.success() && String::from_utf8_lossy(&out.stderr).contains("2 of 4 files did not read"), "{out:?}");
    let text = String::from_utf8(out.stdout).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), &lines[0]["file"], &lines[0]["verdict"]), (4, &good.into(), &"slices".into()));
    assert_eq!(lines[0]["causes"][0]["slice"], serde_json::json!({ "link": "L2", "merchant": "M,7" }));
    assert!(lines[0]["cpu_ms"].is_number() && lines[0]["causes"][0]["share_of_excess"].as_f64() > Some(0.9), "{}", lines[0]);
    assert!(lines[1]["error"].as_str().unwrap().contains("line 2, column predict: \"x\""), "{}", lines[1]);
    assert!(lines[2]["error"].is_string() && lines[3]["verdict"] == "none");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn what_is_normal_is_told_of_files() {
    let folder = std::env::temp_dir().join(format!("ek-normal-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, text: &str| {
        let file = folder.join(name);
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let value = |at: usize| 50.0 + 20.0 * (at as f64 / 24.0 * std::f64::consts::TAU).sin() + (at * 7_919 % 101) as f64 / 50.0;
    let mut timed = "timestamp,value\n".to_owned();
    for at in 0..24 * 21 {
        let value = if at == 400 { 500.0 } else { value(at) + if at >= 250 { 30.0 } else { 0.0 } };
        timed += &format!("2026-05-{:02} {:02}:00:00,{value}\n", 1 + at / 24, at % 24);
    }
    let wide: String =
        (1..=2).map(|row| format!("H{row},{}\n", (0..100).map(|at| value(at).to_string()).collect::<Vec<_>>().join(","))).collect();
    let (timed, wide, bad) = (file("timed.csv", &timed), file("wide.csv", &wide), file("bad.csv", "a,b\nx,y\n"));
    let lines = |arguments: &[&str]| {
        let out = done(&mut evenkeel(&folder, arguments));
        (out.status.success(), String::from_utf8(out.stdout).unwrap().lines().map(str::to_owned).collect::<Vec<_>>())
    };
    let read = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
    let (fine, said) = lines(&["forecast", "--horizon", "24", "--threads", "2", &timed, &bad, &wide]);
    assert!(!fine && said.len() == 4 && read(&said[1])["error"].is_string(), "{said:?}");
    let one = read(&said[0]);
    assert_eq!((one["mean"].as_array().map(Vec::len), &one["season"][0], &one["level"]), (Some(24), &24.into(), &0.9.into()), "{one}");
    assert!(one["backtest"]["coverage"].is_number() && one["cpu_ms"].is_number() && one["model"].is_object());
    assert_eq!((&read(&said[2])["series"], &read(&said[3])["series"]), (&"H1".into(), &"H2".into()));
    let (fine, said) = lines(&["forecast", "--horizon", "3", "--format", "csv", &wide]);
    assert!(fine && said.len() == 7 && said[0] == "file,series,step,mean,lower,upper", "{said:?}");
    let (fine, said) = lines(&["anomalies", &timed]);
    assert!(fine && said.len() == 505 && said[0] == "timestamp,value,anomaly_score,anomaly", "{}", said.len());
    assert!(said[401].starts_with("2026-05-17 16:00:00,500,0.") && said[401].ends_with(",1"), "{}", said[401]);
    let (_, said) = lines(&["anomalies", "--format", "json", &timed]);
    assert!(read(&said[0])["anomalies"].as_array().unwrap().iter().any(|one| one["row"] == 400), "{said:?}");
    assert_eq!(read(&said[0])["learning"], 150);
    // Of two columns one is asked for; rows in any order are taken in that of time, and gaps are counted.
    let mixed = file(
        "mixed.csv",
        &(0..200)
            .rev()
            .map(|at| {
                format!(
                    "2026-05-{:02} {:02}:00:00,{},{}\n",
                    1 + at / 24,
                    at % 24,
                    if at % 9 == 0 { String::new() } else { value(at).to_string() },
                    at * 2
                )
            })
            .collect::<String>(),
    );
    let (fine, said) = lines(&["forecast", &mixed]);
    assert!(!fine && read(&said[0])["error"].as_str().is_some_and(|why| why.contains("2, 3; say which with --column")), "{said:?}");
    let (fine, said) = lines(&["forecast", "--column", "2", "--horizon", "3", &mixed]);
    let one = read(&said[0]);
    assert!(fine && one["sorted"] == true && one["missing"] == 23 && one["values"] == 200, "{one}");
    let (fine, said) = lines(&["forecast", "--column", "paid", &mixed]);
    assert!(!fine && read(&said[0])["error"] == "no column \"paid\" holds numbers; there are: 2, 3", "{said:?}");
    let (_, said) = lines(&["changepoints", &timed]);
    let found = read(&said[0]);
    assert_eq!(found["change_points"].as_array().map(Vec::len), Some(1), "{found}");
    assert!(found["change_points"][0]["row"].as_i64().unwrap().abs_diff(250) <= 3, "{found}");
    let rubbish = file("rubbish.bin", "\u{1}\u{2}7\n3,\u{8}\n");
    for command in ["forecast", "anomalies", "changepoints"] {
        let (fine, said) = lines(&[command, &rubbish]);
        assert!(!fine && read(&said[0])["error"] == "this is no text", "{said:?}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_candidate_is_held_against_systems_that_were_not_touched() {
    let folder = std::env::temp_dir().join(format!("ek_controls_{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, failed: u32| {
        let path = folder.join(name);
        let rows: Vec<String> = (0..60).map(|_| format!("1000,{failed}")).collect();
        std::fs::write(&path, format!("total,failed\n{}\n", rows.join("\n"))).unwrap();
        path.display().to_string()
    };
    let (base, bad, other, other_bad) = (file("base.csv", 5), file("bad.csv", 15), file("other.csv", 4), file("other_bad.csv", 14));
    let verify = |more: &[&str]| {
        let mut arguments = vec!["verify", base.as_str(), bad.as_str()];
        arguments.extend_from_slice(more);
        done(&mut evenkeel(&folder, &arguments))
    };
    assert_eq!(verify(&[]).status.code(), Some(1));
    let held = verify(&["--control-baseline", &other, "--control-candidate", &other_bad, "--format", "json"]);
    assert_eq!(held.status.code(), Some(3), "{held:?}");
    let told: serde_json::Value = serde_json::from_slice(&held.stdout).unwrap();
    let metric = &told["metrics"][0];
    let near = |value: &serde_json::Value, expected: f64| (value.as_f64().unwrap() - expected).abs() < 1e-6;
    assert_eq!(metric["controls"]["n"], 1, "{told:#}");
    assert!(near(&metric["alone"]["estimate"], 0.01) && near(&metric["estimate"], 0.0), "{told:#}");
    said(&verify(&["--control-baseline", &other, "--control-candidate", &other_bad]), "not to be laid on the change alone");
    assert_eq!(verify(&["--control-baseline", &other, "--control-candidate", &other]).status.code(), Some(1));
    let odd = verify(&["--control-baseline", &other]);
    assert_eq!(odd.status.code(), Some(2));
    said(&odd, "expected one of each for a control");
    let _ = std::fs::remove_dir_all(folder);
}
