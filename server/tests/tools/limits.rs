//! What a run may use at most, and that nothing delays its end.

use super::*;

both! {
    async fn deadline_and_kill_do_not_wait_for_the_database(app: TestApp) {
        let team = app.team("ops").await;
        let admin = app.admin().await;
        let script = "echo pid $$; while :; do echo talking; sleep 0.02; done";
        let talk = |timeout: u32| json!({ "timeout_s": timeout });
        let short = tool(&app, &admin, "short", &["/bin/sh", "-c", script], json!([]), talk(3)).await;
        let long = tool(&app, &admin, "long", &["/bin/sh", "-c", script], json!([]), talk(60)).await;
        let actor = runner(&app, "rita", &team).await;
        let tools = &app.portal.tools;
        let pid = |line: &str| line.split(' ').nth(1).expect("a pid").to_owned();
        let (timed, killed) = (
            tools.run(&actor, &short, &typed(json!({}))).await.expect("a run"),
            tools.run(&actor, &long, &typed(json!({}))).await.expect("a run"),
        );
        let timed_pid = pid(&until_line(&app, &actor, &timed, "pid").await);
        let killed_pid = pid(&until_line(&app, &actor, &killed, "pid").await);
        // The wish to kill is on record; then nobody can write any more.
        let mut conn = app.ctx.db.read().await.expect("a connection");
        let wish = "UPDATE runs SET killed_name = 'rita' WHERE id = $1";
        assert_eq!(backend::db::sql(wish).value(&killed).run(&mut conn).await.unwrap(), 1);
        drop(conn);
        let mut held = app.ctx.begin_write().await.expect("the writer");
        backend::db::sql("UPDATE runs SET log_cut = log_cut").run(&mut held).await.expect("every run is held");
        tokio::time::sleep(Duration::from_millis(600)).await;
        assert!(is_alive(&killed_pid));
        let engines = app.engines.clone();
        let ticking = tokio::spawn(async move { engines.settle().await });
        let begin = std::time::Instant::now();
        while is_alive(&killed_pid) {
            assert!(begin.elapsed() < Duration::from_secs(1), "a kill takes effect within a second");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let begin = std::time::Instant::now();
        while is_alive(&timed_pid) {
            assert!(begin.elapsed() < Duration::from_secs(4), "so does a deadline");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        drop(held);
        let _ = ticking.await;
        assert_eq!(over(&app, &actor, &killed).await.state, RunState::Killed);
        assert_eq!(over(&app, &actor, &timed).await.state, RunState::TimedOut);
        let lines = log(&app, &actor, &killed).await;
        assert!(lines.len() > 10 && lines.iter().skip(1).all(|line| line == "talking"), "nothing of the output is missing");
    }

    async fn limits_hold_from_the_first_moment(app: TestApp) {
        let team = app.team("ops").await;
        let admin = app.admin().await;
        let limits = tool(&app, &admin, "limits", &["/bin/sh", "-c", "ulimit -c; ulimit -n; ulimit -t; cat"], json!([]), json!({})).await;
        let actor = runner(&app, "rita", &team).await;
        let run = app.portal.tools.run(&actor, &limits, &typed(json!({}))).await.expect("a run");
        let run = over(&app, &actor, &run).await;
        assert_eq!(run.state, RunState::Succeeded, "its input is empty: {}", run.trouble);
        assert_eq!(log(&app, &actor, &run.id).await, ["0", "1024", "90"]);
    }
}

/// As an account of its own where the tests run as root, whom the system does not hold to the number.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_multiplies_comes_to_an_end() {
    let app = TestApp::with(backend::db::Kind::Sqlite, |settings| {
        settings.tools.account = "nobody".into();
        settings.tools.processes = 20;
    })
    .await;
    let team = app.team("ops").await;
    let admin = app.admin().await;
    let script = "i=0; while [ $i -lt 400 ]; do sleep 20 & i=$((i+1)); echo $i; done; echo all";
    let bomb = tool(&app, &admin, "bomb", &["/bin/sh", "-c", script], json!([]), json!({})).await;
    let actor = runner(&app, "rita", &team).await;
    let run = app.portal.tools.run(&actor, &bomb, &typed(json!({}))).await.expect("a run");
    let run = over(&app, &actor, &run).await;
    let lines = log(&app, &actor, &run.id).await;
    assert_eq!(run.state, RunState::Failed, "{lines:?}");
    assert!(lines.len() < 60 && lines.iter().any(|line| line.contains("fork")), "{lines:?}");
}
