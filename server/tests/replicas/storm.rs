//! Alerts while the replica that does the work is stopped, or killed: each is told once, and so is each step of an escalation.

use std::collections::BTreeMap;

use domain::Clock as _;

use super::*;

const RIGHTS: [Permission; 5] =
    [Permission::Read, Permission::ManageChannels, Permission::ManageOnCall, Permission::IngestAlerts, Permission::AcknowledgeAlerts];
/// Messages that are under way to one channel at most: what was sent when the replica was killed, and not written down.
const UNDER_WAY: usize = 4;

/// Two replicas, the first of which does the work, and a channel that hears of alerts and is paged in steps.
struct House {
    app: TestApp,
    token: String,
    target: Target,
    first: tokio::process::Child,
    at_first: String,
    second: tokio::process::Child,
    at_second: String,
}

impl House {
    async fn new(steps: usize) -> Self {
        let app = TestApp::new(Kind::Postgres).await;
        let team = app.team("payments").await;
        let token = token(&app, &RIGHTS, Some(&team)).await;
        let target = Target::default();
        let url = target.begin().await;
        let (first, at_first) = process::serve(&app).await;
        until(20, "the first one works", async || !holder(&app.ctx, "deliveries").await.is_empty()).await;
        let (second, at_second) = process::serve(&app).await;
        let events = ["alert.firing", "alert.resolved"];
        let channel = json!({ "name": "pager", "url": format!("{url}/hook"), "team": team, "events": events, "enabled": true });
        let channel = post(&at_first, &token, "/api/v1/channels", &channel).await;
        let target_of_steps = format!("channel:{}", channel["channel"]["id"].as_str().expect("a channel"));
        let step = json!({ "after_min": 0, "severities": ["P1"], "targets": [target_of_steps] });
        let policy = json!({
            "name": "Payments", "team": team, "default": true, "skip_empty": true, "repeat": 0, "again_min": 60, "steps": vec![step; steps],
        });
        post(&at_first, &token, "/api/v1/oncall/policies", &policy).await;
        Self { app, token, target, first, at_first, second, at_second }
    }

    /// Posts alerts as Prometheus does: those of one name are one incident.
    async fn alerts(&self, at: &str, names: &[String], each: usize, ends: Option<&str>) {
        let mut alerts = Vec::new();
        for name in names {
            for n in 0..each {
                let mut alert = json!({ "labels": { "alertname": name, "severity": "critical", "instance": n.to_string() } });
                if let Some(ends) = ends {
                    alert["endsAt"] = json!(ends);
                }
                alerts.push(alert);
            }
        }
        post(at, &self.token, "/api/v2/alerts", &json!(alerts)).await;
    }

    /// How often each thing was told, under however many keys.
    fn told(&self) -> BTreeMap<String, usize> {
        let mut told = BTreeMap::new();
        let mut keys = BTreeMap::new();
        for (key, body) in self.target.told.lock().unwrap().iter() {
            let data = &body["data"];
            let what = match body["type"].as_str().unwrap() {
                "page" => format!("page {} {}", data["incident"]["id"], data["page"]["step"]),
                event => format!("{event} {} {}", data["alert"]["labels"]["alertname"], data["alert"]["labels"]["instance"]),
            };
            let known: &String = keys.entry(key.clone()).or_insert_with(|| {
                *told.entry(what.clone()).or_default() += 1;
                what.clone()
            });
            assert_eq!(*known, what, "a key says one thing");
        }
        told
    }

    /// Things told that begin so.
    fn count(&self, event: &str) -> usize {
        self.told().keys().filter(|what| what.starts_with(event)).count()
    }

    fn repeats(&self) -> usize {
        let keys: BTreeSet<String> = self.target.told.lock().unwrap().iter().map(|(key, _)| key.clone()).collect();
        self.target.delivered() - keys.len()
    }

    /// Waits until so many alerts, and steps, were told; fails after so many seconds.
    async fn hears(&self, seconds: u64, what: &str, event: &str, count: usize) -> Duration {
        let told = async || self.count(event) >= count;
        let took = until(seconds, &format!("{what}: {event}"), told).await;
        assert_eq!(self.count(event), count, "{what}: {event}");
        took
    }

    fn each_once(&self) {
        let twice: Vec<_> = self.told().into_iter().filter(|(_, times)| *times != 1).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }
}

fn names(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{prefix}{n}")).collect()
}

#[tokio::test]
async fn alerts_while_the_leader_is_stopped_are_told_once() {
    if !Database::postgres_is_there() {
        return;
    }
    let house = House::new(3).await;
    let before = holder(&house.app.ctx, "deliveries").await;
    let (early, late) = (names("early", 2), names("late", 2));
    house.alerts(&house.at_second, &early, 2, None).await;
    house.hears(20, "before", "alert.firing", 4).await;
    house.hears(20, "before", "page", 6).await;

    signal(&house.first, "-STOP");
    house.alerts(&house.at_second, &late, 2, None).await;
    let took = house.hears(15, "while it is stopped", "alert.firing", 8).await;
    eprintln!("told after {took:?}");
    house.hears(20, "while it is stopped", "page", 12).await;
    assert_ne!(holder(&house.app.ctx, "deliveries").await, before);

    signal(&house.first, "-CONT");
    let ends = backend::SystemClock.now().rfc3339();
    house.alerts(&house.at_first, &early, 2, Some(&ends)).await;
    house.alerts(&house.at_second, &late, 2, Some(&ends)).await;
    house.hears(20, "when it goes on", "alert.resolved", 8).await;
    // What it had in its hands when it was stopped, it would have sent by now.
    tokio::time::sleep(Duration::from_secs(5)).await;
    house.each_once();
    assert_eq!((house.count("alert.firing"), house.count("page"), house.count("alert.resolved")), (8, 12, 8));
    assert_eq!(house.repeats(), 0);
}

#[tokio::test]
async fn of_a_storm_in_which_the_leader_is_killed_nothing_is_lost() {
    if !Database::postgres_is_there() {
        return;
    }
    let mut house = House::new(2).await;
    let before = holder(&house.app.ctx, "deliveries").await;
    let all = names("storm", 50);
    let (mut killed, mut at_kill) = (None, 0);
    for (n, some) in all.chunks(5).enumerate() {
        house.alerts(&house.at_second, some, 4, None).await;
        if n == 5 {
            until(20, "it is in the middle of it", async || house.target.delivered() >= 20).await;
            house.first.kill().await.unwrap();
            (killed, at_kill) = (Some(Instant::now()), house.target.delivered());
        }
    }
    let killed = killed.unwrap();
    until(15, "the second one takes over", async || house.target.delivered() > at_kill + UNDER_WAY).await;
    eprintln!("taken over in {:?}, {at_kill} told before", killed.elapsed());
    assert_ne!(holder(&house.app.ctx, "deliveries").await, before);
    let took = house.hears(100, "the storm", "alert.firing", 200).await;
    eprintln!("all told {took:?} later");
    house.hears(60, "the storm", "page", 100).await;
    let ends = backend::SystemClock.now().rfc3339();
    for some in all.chunks(10) {
        house.alerts(&house.at_second, some, 4, Some(&ends)).await;
    }
    house.hears(60, "after the storm", "alert.resolved", 200).await;
    house.each_once();
    assert_eq!((house.count("alert.firing"), house.count("page"), house.count("alert.resolved")), (200, 100, 200));
    assert!(house.repeats() <= UNDER_WAY, "{} twice, under one key each", house.repeats());
    assert!(house.second.try_wait().unwrap().is_none());
}
