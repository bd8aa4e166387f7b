//! The real thing: Prometheus and vmalert with a rule that fires point at us, amtool lists and silences.
//!
//! Left out, aloud, where the programs are missing and this is not CI; `cargo xtask test` installs them.

use std::{
    path::Path,
    process::{Command, Output},
    time::{Duration, Instant},
};

use backend::SystemClock;
use domain::Clock as _;

use super::*;
use crate::{
    app::counterpart::{Counterpart, program},
    sources::real::victoria_metrics,
};

async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !done().await {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what} did not happen");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// What others say of time is the time of the machine: ours is that, too, and goes on.
fn catch_up(app: &TestApp) {
    app.advance(SystemClock.now().since(app.now()).max(0));
}

/// A token of somebody who may post and silence in one team.
async fn token(app: &TestApp, team: &domain::id::TeamId) -> String {
    let rights = [Permission::Read, Permission::IngestAlerts, Permission::SilenceAlerts, Permission::ManageTokens];
    let owner = app.user("prometheus", &rights, Some(team)).await;
    let mut fields = vec![("name", "prometheus"), ("days", "30")];
    fields.extend(["read", "alerts.ingest", "alerts.silence"].map(|right| ("permissions", right)));
    app.portal.people.create_token(&owner, &typed(&fields)).await.expect("a token").secret
}

/// The rule that fires, or does not.
fn write_rule(folder: &Path, fires: bool) {
    let rules = format!(
        "groups:\n  - name: test\n    interval: 1s\n    rules:\n      - alert: GatewayDown\n        expr: vector({}) > 0\n        labels: {{ severity: critical, system: gateway }}\n        annotations: {{ summary: the gateway is down }}\n",
        u8::from(fires)
    );
    std::fs::write(folder.join("rules.yml"), rules).expect("rules");
}

/// Prometheus with the rule, which points at us.
fn prometheus(target: &str, token: &str) -> Option<Counterpart> {
    Counterpart::start("prometheus", |port, folder| {
        write_rule(folder, true);
        let config = format!(
            "global:\n  evaluation_interval: 1s\nrule_files: [rules.yml]\nalerting:\n  alertmanagers:\n    - api_version: v2\n      basic_auth: {{ username: prometheus, password: {token} }}\n      static_configs:\n        - targets: ['{target}']\n"
        );
        std::fs::write(folder.join("prometheus.yml"), config).expect("a configuration");
        let given = ["--config.file=prometheus.yml", "--storage.tsdb.path=data", "--rules.alert.resend-delay=1s"].map(str::to_owned);
        given.into_iter().chain([format!("--web.listen-address=127.0.0.1:{port}")]).collect()
    })
}

/// The program of VictoriaMetrics that judges rules: it asks a VictoriaMetrics, and points at us.
fn vmalert(metrics: &Counterpart, target: &str, token: &str) -> Option<Counterpart> {
    Counterpart::start("vmalert", |port, folder| {
        write_rule(folder, true);
        let given = ["-rule=rules.yml", "-evaluationInterval=1s", "-notifier.basicAuth.username=prometheus"].map(str::to_owned);
        let made = [
            format!("-datasource.url=http://{}", metrics.address()),
            format!("-notifier.url=http://{target}"),
            format!("-notifier.basicAuth.password={token}"),
            format!("-httpListenAddr=127.0.0.1:{port}"),
        ];
        given.into_iter().chain(made).collect()
    })
}

fn amtool(target: &str, token: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new("amtool");
    command.arg(format!("--alertmanager.url=http://prometheus:{token}@{target}")).args(arguments);
    command.output().expect("amtool runs")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// What `start` starts, pointed at an address of ours with a token, fires once, and ends when its rule does.
async fn fires_and_resolves(app: &TestApp, start: impl FnOnce(&str, &str) -> Option<Counterpart>) {
    let (team, system) = app.team_with_system("gateway").await;
    // What they say of time is the time of the machine.
    catch_up(app);
    let token = token(app, &team).await;
    let target = app.listen().await.to_string();
    let Some(started) = start(&target, &token) else { return };
    until("the alert", async || app.alerts().await.iter().any(|alert| alert.state == State::Firing)).await;
    let alert = app.alerts().await.remove(0);
    assert_eq!((alert.title.as_str(), alert.system.as_ref(), alert.severity), ("the gateway is down", Some(&system), Severity::P1));
    assert!(alert.url.starts_with("http://") && alert.incident.is_some());
    write_rule(&started.folder, false);
    // SIGHUP reads the file anew.
    let hung_up = Command::new("kill").args(["-HUP", &started.process().to_string()]).status().expect("kill runs");
    assert!(hung_up.success());
    until("the end", async || {
        catch_up(app);
        app.settle().await;
        app.alerts().await.iter().all(|alert| alert.state == State::Resolved)
    })
    .await;
    assert_eq!(app.alerts().await.len(), 1, "one alert, from its firing to its end");
}

both! {
    async fn prometheus_fires_into_us_and_resolves(app: TestApp) {
        fires_and_resolves(&app, prometheus).await;
    }

    async fn vmalert_fires_into_us_and_resolves(app: TestApp) {
        let Some(metrics) = victoria_metrics().await else { return };
        fires_and_resolves(&app, |target, token| vmalert(&metrics, target, token)).await;
    }

    async fn amtool_lists_and_silences(app: TestApp) {
        if program("amtool").is_none() {
            return;
        }
        let (team, _) = app.team_with_system("gateway").await;
        // What they say of time is the time of the machine.
        catch_up(&app);
        let token = token(&app, &team).await;
        let target = app.listen().await.to_string();
        let run = async |arguments: &[&str]| {
            let (target, token) = (target.clone(), token.clone());
            let arguments: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
            let output = tokio::task::spawn_blocking(move || amtool(&target, &token, &arguments.iter().map(String::as_str).collect::<Vec<_>>())).await.expect("it ran");
            assert!(output.status.success(), "{}: {}", output.status, said(&output));
            String::from_utf8_lossy(&output.stdout).into_owned()
        };
        run(&["alert", "add", "Slow", "severity=warning", "system=gateway", "--annotation=summary=it is slow"]).await;
        assert!(run(&["alert", "query"]).await.contains("Slow"));
        assert!(!run(&["alert", "query", "severity=critical"]).await.contains("Slow"));
        let id = run(&["silence", "add", "alertname=Slow", "system=~gate.*", "--comment=we know", "--duration=1h"]).await;
        catch_up(&app);
        app.settle().await;
        let silences = run(&["silence", "query"]).await;
        assert!(silences.contains(id.trim()) && silences.contains("we know"), "{silences}");
        assert!(!run(&["alert", "query"]).await.contains("Slow"), "silenced alerts are not shown by default");
        assert!(run(&["alert", "query", "--silenced"]).await.contains("Slow"));
        run(&["silence", "expire", id.trim()]).await;
        catch_up(&app);
        app.settle().await;
        assert!(run(&["alert", "query"]).await.contains("Slow"));
    }

    async fn alertmanager_posts_into_us_as_to_any_webhook_and_as_to_pagerduty(app: TestApp) {
        if program("amtool").is_none() {
            return;
        }
        let (team, system) = app.team_with_system("gateway").await;
        catch_up(&app);
        let target = app.listen().await.to_string();
        let admin = app.admin().await;
        let open = async |kind: &str| {
            let fields = [("name", kind), ("kind", kind), ("team", team.as_str()), ("system", system.as_str()), ("enabled", "on")];
            let one = app.portal.integrations.create(&admin, &typed(&fields)).await.expect("a way in");
            app.portal.integrations.get(&admin, &one.id).await.expect("its secret").1
        };
        let (hook, key) = (open("alertmanager").await, open("pagerduty").await);
        let alertmanager = Counterpart::start("prometheus-alertmanager", |port, folder| {
            let config = format!(
                "route:\n  receiver: both\n  group_wait: 0s\n  group_interval: 1s\nreceivers:\n  - name: both\n    webhook_configs:\n      - url: http://{target}/hooks/{hook}\n    pagerduty_configs:\n      - routing_key: {key}\n        url: http://{target}/v2/enqueue\n"
            );
            std::fs::write(folder.join("alertmanager.yml"), config).expect("a configuration");
            let given = ["--config.file=alertmanager.yml", "--storage.path=data", "--cluster.listen-address="].map(str::to_owned);
            given.into_iter().chain([format!("--web.listen-address=127.0.0.1:{port}")]).collect()
        });
        let Some(alertmanager) = alertmanager else { return };
        let at = format!("--alertmanager.url=http://{}", alertmanager.address());
        let add = |end: &str| {
            let mut command = Command::new("amtool");
            command.arg(&at).args(["alert", "add", "Slow", "severity=critical", "--annotation=summary=it is slow"]);
            if !end.is_empty() {
                command.arg(format!("--end={end}"));
            }
            command.output().is_ok_and(|output| output.status.success())
        };
        let states = async || {
            let mut states: Vec<_> = app.alerts().await.into_iter().map(|alert| (alert.source_kind, alert.state)).collect();
            states.sort();
            states
        };
        let both = |state: State| vec![("alertmanager".to_owned(), state), ("pagerduty".to_owned(), state)];
        until("the alert", async || add("")).await;
        until("both messages", async || states().await == both(State::Firing)).await;
        let alerts = app.alerts().await;
        assert!(alerts.iter().all(|alert| alert.team == team && alert.system.as_ref() == Some(&system)));
        assert!(alerts.iter().any(|alert| alert.title == "it is slow") && alerts.iter().any(|alert| alert.title.contains("[FIRING:1]")));
        catch_up(&app);
        let now = app.now().rfc3339();
        until("the end", async || add(&now) && states().await == both(State::Resolved)).await;
        let refused: Vec<_> = app.portal.integrations.list(&admin).await.unwrap().into_iter().map(|one| one.last_error).collect();
        assert_eq!(refused, ["", ""], "nothing of it was refused");
    }
}
