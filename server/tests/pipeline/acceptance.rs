//! What whoever replaces an Alertmanager by us relies on: the behaviour that its acceptance tests of the API, version 2, hold it
//! to, said in our own words. Alerts come in as Prometheus posts them, notifications go out as its webhooks hear them, and the
//! clock is moved by hand.

use super::{posted::alert, *};
use crate::deliveries::sink::Sink;

mod ends;
mod quiet;
mod telling;

/// Somebody who posts, silences and reads, with receivers that hear what the routes lead to them.
pub(super) struct House<'a> {
    app: &'a TestApp,
    pub(super) prometheus: Actor,
    pub(super) admin: Actor,
}

impl<'a> House<'a> {
    /// A house whose routes are these, with one channel in the form of Alertmanager's webhook for each name.
    pub(super) async fn new(app: &'a TestApp, channels: &[&str], routes: &str) -> (Self, Vec<Sink>) {
        let team = app.team("shop").await;
        let rights = [Permission::Read, Permission::IngestAlerts, Permission::SilenceAlerts];
        let prometheus = app.user("prometheus", &rights, Some(&team)).await;
        // Whose channels hear nothing by themselves.
        let (mut sinks, nobody) = (Vec::new(), app.team("nobody").await);
        for name in channels {
            let sink = Sink::begin("").await;
            app.channel_of(
                "alertmanager",
                json!({ "name": name, "url": format!("{}/", sink.url), "team": nobody, "events": ["alert.firing"] }),
            )
            .await;
            sinks.push(sink);
        }
        let admin = app.admin().await;
        app.portal.routes.put(&admin, routes, 0).await.expect("routes");
        (Self { app, prometheus, admin }, sinks)
    }

    pub(super) async fn post(&self, alerts: &[Value]) {
        self.app.api("POST", "/api/v2/alerts", &json!(alerts)).as_(&self.prometheus).send().await.is(200);
    }

    /// The clock goes on, minute by minute where it is longer, and every engine does its work each time.
    pub(super) async fn after(&self, ms: i64) {
        let mut left = ms;
        while left > 0 {
            let step = left.min(MINUTE);
            self.app.advance(step);
            self.app.settle().await;
            left -= step;
        }
    }

    pub(super) async fn list(&self, query: &str) -> Vec<Value> {
        let list = self.app.get(&format!("/api/v2/alerts{query}")).as_(&self.prometheus).send().await.is(200).json();
        list.as_array().expect("a list").clone()
    }

    /// The names of the alerts that a query lists, in order.
    pub(super) async fn names(&self, query: &str) -> String {
        names(&self.list(query).await)
    }

    /// `active`, `suppressed` or nothing.
    pub(super) async fn state(&self, name: &str) -> String {
        let found = self.list(&format!("?filter=alertname%3D{name}")).await;
        found.first().map_or_else(String::new, |alert| alert["status"]["state"].as_str().unwrap_or("?").to_owned())
    }

    pub(super) async fn silence(&self, silence: &Value) -> String {
        let made = self.app.api("POST", "/api/v2/silences", silence).as_(&self.prometheus).send().await.is(200).json();
        made["silenceID"].as_str().expect("an id").to_owned()
    }
}

/// What a route says of one group that speaks soon.
pub(super) fn routes(more: &str) -> String {
    format!(
        "global:\n  resolve_timeout: 12h\nroute:\n  receiver: hook\n  group_wait: 10s\n  group_interval: 1m\n  repeat_interval: 4h\n{more}receivers:\n  - name: hook\n    channels: [hook]\n"
    )
}

pub(super) fn names(alerts: &[Value]) -> String {
    let mut names: Vec<&str> = alerts.iter().map(|alert| alert["labels"]["alertname"].as_str().unwrap_or("?")).collect();
    names.sort_unstable();
    names.join(" ")
}

/// What came since the last time: of each message the alerts and how they stand, `A+` that it fires, `A-` that it is over.
pub(super) fn heard(sink: &Sink) -> Vec<String> {
    sink.take()
        .iter()
        .map(|got| {
            let body = got.json();
            let mut alerts: Vec<String> = body["alerts"]
                .as_array()
                .expect("alerts")
                .iter()
                .map(|alert| {
                    let sign = if alert["status"] == "firing" { '+' } else { '-' };
                    format!("{}{sign}", alert["labels"]["alertname"].as_str().unwrap_or("?"))
                })
                .collect();
            alerts.sort();
            alerts.join(" ")
        })
        .collect()
}

/// With an end, after so long from now.
pub(super) fn ending(app: &TestApp, name: &str, ms: i64) -> Value {
    let begun = app.now().plus(ms.min(0) - MINUTE);
    alert(name, json!({ "startsAt": begun.rfc3339(), "endsAt": app.now().plus(ms).rfc3339() }))
}
