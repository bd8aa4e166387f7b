//! Tools against those who mean harm: options that arrive as values, timelines of other teams, processes that hide.

use std::collections::BTreeMap;

use domain::actor::Grants;

use super::*;

/// A user with other permissions in another team.
fn and(mut actor: Actor, permissions: &[Permission], team: &TeamId) -> Actor {
    let Grants { mut teams, everywhere } = actor.grants;
    teams.insert(team.clone(), permissions.iter().copied().collect());
    actor.grants = Grants { everywhere, teams: BTreeMap::from_iter(teams) };
    actor
}

both! {
    async fn no_value_becomes_an_option(app: TestApp) {
        let team = app.team("ops").await;
        let admin = app.admin().await;
        let free = json!([{"key": "u", "kind": "text"}, {"key": "h", "kind": "text", "rule": ".+"}]);
        let env = tool(&app, &admin, "env", &["/usr/bin/env", "{u}{h}"], free.clone(), json!({})).await;
        let ssh = tool(&app, &admin, "ssh", &["/usr/bin/printf", "%s", "{u}@{h}"], free, json!({})).await;
        let choice = json!([{"key": "u", "kind": "choice", "rule": "-S, a"}, {"key": "h", "kind": "text"}]);
        let chosen = tool(&app, &admin, "chosen", &["/usr/bin/env", "{u}{h}"], choice, json!({})).await;
        let actor = runner(&app, "rita", &team).await;
        for (tool, u, h, blamed) in [
            (&env, "-S", "sh -c \"id\"", "p.u"),
            (&env, "", "-S id", "p.h"),
            (&ssh, "-oProxyCommand=id", "x", "p.u"),
            (&chosen, "-S", "sh -c id", "p.u"),
        ] {
            let given = typed(json!({"p.u": u, "p.h": h}));
            let fault = app.portal.tools.run(&actor, tool, &given).await.unwrap_err();
            assert_eq!(fault.problems()[0].field, blamed, "{u}{h}");
            assert!(app.portal.tools.preview(&actor, tool, &given).await.is_err());
        }
        let run = app.portal.tools.run(&actor, &ssh, &typed(json!({"p.u": "root", "p.h": "-x"}))).await.expect("a run");
        let run = over(&app, &actor, &run).await;
        assert_eq!(log(&app, &actor, &run.id).await, ["root@-x"]);
    }

    async fn a_run_is_told_only_where_its_asker_may_write(app: TestApp) {
        let (alpha, beta) = (app.team("alpha").await, app.team("ops").await);
        let system = app.system("gateway", &alpha).await;
        let admin = app.admin().await;
        let plain = tool(&app, &admin, "plain", &["true"], json!([]), json!({})).await;
        let runner = runner(&app, "rita", &beta).await;
        let fields = typed(json!({"title": "Cards are refused", "severity": "P2", "system": system.as_str()}));
        let incident = app.portal.incidents.open(&admin, &fields).await.expect("an incident");
        let change = json!({
            "title": "New routing", "systems": ["gateway"], "start": "2025-03-14T07:00", "end": "2025-03-14T09:00", "zone": "UTC",
            "plan": "drain", "rollback": "back", "impact": "", "risk": "low", "risk_reason": "done weekly", "submit": true,
        });
        let change = app.api("POST", "/api/v1/changes", &change).as_(&admin).send().await.is(201).json();
        let change = change["id"].as_str().expect("an id");
        let path = format!("/api/v1/tools/{plain}/runs");
        let bodies = [json!({"incident": incident.id.as_str()}), json!({"change": change})];
        let viewer = and(runner.clone(), &[Permission::Read], &alpha);
        for body in &bodies {
            app.api("POST", &path, body).as_(&runner).send().await.is(422);
            app.api("POST", &path, body).as_(&viewer).send().await.is(403);
        }
        let page = format!("/incidents/{}", incident.number);
        app.settle().await;
        app.get(&page).as_(&viewer).send().await.lacks("plain: running").lacks("plain: succeeded");
        let worker = and(runner.clone(), &[Permission::Read, Permission::WorkIncidents], &alpha);
        app.api("POST", &path, &bodies[0]).as_(&worker).send().await.is(201);
        app.api("POST", &path, &bodies[1]).as_(&worker).send().await.is(403);
        for permission in [Permission::RequestChanges, Permission::ExecuteChanges] {
            let changer = and(runner.clone(), &[Permission::Read, permission], &alpha);
            app.api("POST", &path, &bodies[1]).as_(&changer).send().await.is(201);
        }
    }
    async fn what_hides_is_gone_with_the_run(app: TestApp) {
        let team = app.team("ops").await;
        let admin = app.admin().await;
        let hide = "setsid env -i /bin/sh -c 'echo hidden $$; (sleep 417 & echo deeper $!); exec sleep 417' & ";
        let [endless, short] = ["sleep 400", "sleep 1"].map(|rest| format!("{hide}{rest}"));
        let endless = tool(&app, &admin, "endless", &["/bin/sh", "-c", &endless], json!([]), json!({"timeout_s": 120})).await;
        let short = tool(&app, &admin, "short", &["/bin/sh", "-c", &short], json!([]), json!({})).await;
        let actor = runner(&app, "rita", &team).await;
        for (tool, killed, state) in [(endless, true, RunState::Killed), (short, false, RunState::Succeeded)] {
            let run = app.portal.tools.run(&actor, &tool, &typed(json!({}))).await.expect("a run");
            let mut pids = Vec::new();
            for word in ["hidden ", "deeper "] {
                pids.push(until_line(&app, &actor, &run, word).await[word.len()..].to_owned());
            }
            assert!(pids.iter().all(|pid| is_alive(pid)));
            if killed {
                app.portal.tools.kill(&actor, &run).await.expect("killed");
            }
            assert_eq!(over(&app, &actor, &run).await.state, state);
            assert!(!pids.iter().any(|pid| is_alive(pid)), "{pids:?}");
        }
    }

    async fn a_run_that_ends_its_keeper_is_not_called_killed(app: TestApp) {
        let team = app.team("ops").await;
        let admin = app.admin().await;
        let script = "echo keeper $PPID; echo self $$; sleep 400";
        let sleep = tool(&app, &admin, "sleep", &["/bin/sh", "-c", script], json!([]), json!({"timeout_s": 120})).await;
        let actor = runner(&app, "rita", &team).await;
        let run = app.portal.tools.run(&actor, &sleep, &typed(json!({}))).await.expect("a run");
        let keeper = until_line(&app, &actor, &run, "keeper ").await;
        let own = until_line(&app, &actor, &run, "self ").await;
        let ended = std::process::Command::new("kill").args(["-9", &keeper["keeper ".len()..]]).status().expect("kill");
        assert!(ended.success());
        assert_eq!(over(&app, &actor, &run).await.state, RunState::KillUnconfirmed);
        assert!(!is_alive(&own["self ".len()..]));
    }

    async fn a_command_submits_to_its_terms(app: TestApp) {
        let team = app.team("ops").await;
        let admin = app.admin().await;
        let folder = app.database.folder().to_owned();
        let beside = folder.with_extension("beside");
        std::fs::create_dir_all(&beside).expect("a folder beside");
        std::fs::write(folder.join("evenkeel.key"), "the key of all keys").expect("a key");
        let script = format!(
            "umask; grep NoNewPrivs /proc/self/status; cat {0}/evenkeel.key; echo x >> {0}/evenkeel.key; echo y > {0}/new; \
             kill -0 {1}; echo mine > $HOME/own; cat $HOME/own; cat /etc/hostname > /dev/null && echo open; \
             echo z > {0}.beside/z; cat {0}.beside/z; echo new > {0}.new",
            folder.display(),
            std::process::id()
        );
        let look = tool(&app, &admin, "look", &["/bin/sh", "-c", &script], json!([]), json!({})).await;
        let actor = runner(&app, "rita", &team).await;
        let run = app.portal.tools.run(&actor, &look, &typed(json!({}))).await.expect("a run");
        assert_eq!(over(&app, &actor, &run).await.trouble, "");
        let lines = log(&app, &actor, &run).await;
        assert_eq!((lines[0].as_str(), lines[1].as_str()), ("0077", "NoNewPrivs:\t1"));
        if app.portal.health.report(&admin).await.expect("a report").tools != domain::health::Apart::Wall {
            eprintln!("left out: Landlock");
            return;
        }
        let told: Vec<&str> = lines[2..].iter().map(String::as_str).filter(|line| !line.is_empty() && !line.contains("ermi")).collect();
        std::fs::remove_dir_all(beside).expect("removed");
        assert_eq!(told, ["mine", "open", "z"], "{lines:?}");
        assert_eq!(std::fs::read_to_string(folder.join("evenkeel.key")).expect("the key"), "the key of all keys");
        assert!(!folder.join("new").exists());
    }
}

/// The portal's end of what it and the keeper of a run speak through is closed by the system, however the portal ends.
#[test]
fn a_run_does_not_outlive_the_portal() {
    use std::io::{BufRead, BufReader, Write};
    let (mut portal, theirs) = std::os::unix::net::UnixStream::pair().expect("a pair");
    let mut keeper = std::process::Command::new(env!("CARGO_BIN_EXE_evenkeel"))
        .args(["keep-run", "019"])
        .env_clear()
        .stdin(std::process::Stdio::from(std::os::fd::OwnedFd::from(theirs)))
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("a keeper");
    let script = "setsid env -i /bin/sh -c 'trap \"\" TERM; echo $$; while :; do sleep 417; done' & sleep 400";
    let terms = json!({"account": null, "cpu_s": 60, "memory_bytes": 1_u64 << 30, "processes": 0, "wall": null});
    let env = [["PATH", "/usr/bin:/bin"]];
    let order = json!({"argv": ["/bin/sh", "-c", script], "env": env, "dir": "/", "terms": terms, "grace_ms": 200});
    portal.write_all(format!("{order}\n").as_bytes()).expect("an order");
    let mut pid = String::new();
    BufReader::new(keeper.stdout.take().expect("output")).read_line(&mut pid).expect("a line");
    assert!(is_alive(pid.trim()));
    drop(portal);
    assert!(keeper.wait().expect("an end").success());
    assert!(!is_alive(pid.trim()), "{pid}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_runs_beside_the_keys_unless_somebody_said_so() {
    let app = TestApp::with(backend::db::Kind::Sqlite, |settings| {
        settings.tools.share_account = false;
        settings.tools.walls = false;
        settings.tools.enabled = None;
    })
    .await;
    let admin = app.admin().await;
    let refused = Fault::Unavailable(domain::Wording::new("tools-unavailable-shared"));
    assert_eq!(app.portal.tools.set_switch(&admin, true).await.unwrap_err(), refused);
    app.get("/admin/health").as_(&admin).send().await.is(200).has("tools.share_account");
    let app = TestApp::with(backend::db::Kind::Sqlite, |settings| {
        settings.tools.share_account = false;
        settings.tools.walls = false;
    })
    .await;
    let team = app.team("ops").await;
    let admin = app.admin().await;
    let id = tool(&app, &admin, "true", &["true"], json!([]), json!({})).await;
    let actor = runner(&app, "rita", &team).await;
    assert_eq!(app.portal.tools.run(&actor, &id, &typed(json!({}))).await.unwrap_err(), refused);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn teams_may_have_accounts_of_their_own() {
    if std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) != 0) {
        eprintln!("left out: only root can change accounts");
        return;
    }
    let app = TestApp::with(backend::db::Kind::Sqlite, |settings| {
        settings.tools.accounts = [("ops".to_owned(), "nobody".to_owned())].into();
    })
    .await;
    let (ops, admin) = (app.team("ops").await, app.admin().await);
    app.team("other").await;
    let argv = ["/bin/sh", "-c", "id -un; ulimit -n; touch $HOME/x && echo home; sleep 300 & kill -9 $PPID || echo kept"];
    let mine = tool(&app, &admin, "mine", &argv, json!([]), json!({})).await;
    let theirs = tool(&app, &admin, "theirs", &["id", "-un"], json!([]), json!({"team": "other"})).await;
    let actor = runner(&app, "rita", &ops).await;
    for (tool, actor, lines) in [(mine, &actor, &["nobody", "1024", "home", "kept"][..]), (theirs, &admin, &["root"])] {
        let run = app.portal.tools.run(actor, &tool, &typed(json!({}))).await.expect("a run");
        let run = over(&app, actor, &run).await;
        assert_eq!(run.state, RunState::Succeeded, "{}", run.trouble);
        let mut said = log(&app, actor, &run.id).await;
        said.retain(|line| !line.is_empty() && !line.contains("kill:"));
        assert_eq!(said, lines);
    }
}

/// Under an account of their own: root with all its powers is not kept from the memory of others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_cannot_read_each_others_secrets() {
    let app = TestApp::with(backend::db::Kind::Sqlite, |settings| settings.tools.account = "nobody".into()).await;
    let team = app.team("ops").await;
    let admin = app.admin().await;
    if !can_wall().await {
        eprintln!("left out: Landlock");
        return;
    }
    let parameters = json!([{"key": "password", "kind": "secret", "required": true}]);
    let holds = tool(&app, &admin, "holds", &["/bin/sh", "-c", "echo here; sleep 300"], parameters, json!({"timeout_s": 120})).await;
    let script = "cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -c RUN_SECRET; cat /proc/[0-9]*/cmdline 2>/dev/null | grep -c c[a]nary";
    let steals = tool(&app, &admin, "steals", &["/bin/sh", "-c", script], json!([]), json!({})).await;
    let actor = runner(&app, "rita", &team).await;
    let held = app.portal.tools.run(&actor, &holds, &typed(json!({"p.password": "canary-4711"}))).await.expect("a run");
    until_line(&app, &actor, &held, "here").await;
    let theft = app.portal.tools.run(&actor, &steals, &typed(json!({}))).await.expect("a run");
    over(&app, &actor, &theft).await;
    assert_eq!(log(&app, &actor, &theft).await, ["0", "0"]);
    app.portal.tools.kill(&actor, &held).await.expect("killed");
    assert_eq!(over(&app, &actor, &held).await.state, RunState::Killed);
}

/// Whether this machine has Landlock.
async fn can_wall() -> bool {
    let app = TestApp::new(backend::db::Kind::Sqlite).await;
    let admin = app.admin().await;
    app.portal.health.report(&admin).await.expect("a report").tools == domain::health::Apart::Wall
}
