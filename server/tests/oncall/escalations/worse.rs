//! What gets worse: alerts that fire already, and relapses.

use domain::{
    Permission,
    alerts::{Severity, Signal},
    incidents::State,
    time::MINUTE,
};
use serde_json::json;

use super::Ward;
use crate::alerts::signal;

both! {
    async fn what_gets_worse_pages_for_as_bad_as_it_is_now(app: TestApp) {
        let ward = Ward::new(app).await;
        let made = ward.make(&ward.policy()).await;
        let app = &ward.room.app;
        let told = async |severity: Severity, holds: bool| {
            app.observe(&Signal { severity, ..signal(&ward.system, "m1", Some(holds)) }).await.unwrap();
            ward.climb().await;
        };
        use Severity::{P1, P2, P3};
        told(P3, true).await;
        assert_eq!(ward.pages().await, 0, "its severity calls nobody");
        ward.room.send(&ward.room.kim, "POST", "/api/v1/incidents/1/acknowledge", &json!({})).await.is(204);
        // An alert that fires already gets worse: its incident does, but somebody is there.
        told(P2, true).await;
        assert_eq!((app.incident(1).await.incident.severity, ward.pages().await), (P2, 0));
        let history = ward.room.read(&ward.room.lena, &format!("/api/v1/alerts/{}", app.alerts().await.remove(0).id)).await;
        assert!(history["history"].as_array().unwrap().iter().any(|event| event["kind"] == "worsened" && event["detail"] == "P3 → P2"), "{history}");
        let over = async |severity| {
            told(severity, false).await;
            app.advance(11_000);
            app.settle().await;
            assert_eq!(app.incident(1).await.incident.state, State::Resolved);
            app.advance(MINUTE);
        };
        over(P2).await;
        // Whoever saw the one before need not have seen its relapse.
        app.get("/incidents/1").as_(&ward.room.kim).send().await.is(200).lacks("/incidents/1/acknowledge");
        let mut silent = ward.policy();
        silent["steps"][0]["severities"] = json!(["P1"]);
        silent["steps"][1]["severities"] = json!(["P1"]);
        let policy = format!("/api/v1/oncall/policies/{made}");
        silent["version"] = json!(1);
        ward.room.send(&ward.room.kim, "PUT", &policy, &silent).await.is(200);
        told(P2, true).await;
        assert_eq!((app.incident(1).await.incident.state, ward.pages().await), (State::Triage, 0));
        app.get("/incidents/1").as_(&ward.room.kim).send().await.is(200).has("/incidents/1/acknowledge");
        told(P1, true).await;
        assert_eq!((app.incident(1).await.incident.severity, ward.pages().await), (P1, 1), "nobody has seen the relapse");
        // A relapse that is worse than what was over.
        over(P1).await;
        told(P1, true).await;
        assert_eq!(ward.pages().await, 2);
    }

    async fn something_worse_that_joins_what_was_acknowledged_pages_anew(app: TestApp) {
        let ward = Ward::new(app).await;
        ward.make(&ward.policy()).await;
        let app = &ward.room.app;
        let sender = app.user("prom", &[Permission::Read, Permission::IngestAlerts], Some(&ward.room.team)).await;
        // What names no system is one incident by its name, however many there are.
        let fires = async |instance: &str, severity: &str| {
            let labels = json!({ "alertname": "Down", "instance": instance, "severity": severity });
            app.api("POST", "/api/v2/alerts", &json!([{ "labels": labels }])).as_(&sender).send().await.is(200);
            ward.climb().await;
        };
        let acknowledge = async || {
            ward.room.send(&ward.room.kim, "POST", "/api/v1/incidents/1/acknowledge", &json!({})).await.is(204);
        };
        fires("a", "P3").await;
        acknowledge().await;
        fires("b", "P3").await;
        assert_eq!(ward.pages().await, 0, "as bad as what was seen");
        fires("c", "P2").await;
        assert_eq!((app.incident(1).await.incident.severity, ward.pages().await), (Severity::P2, 1), "nobody has seen this");
        app.get("/incidents/1").as_(&ward.room.kim).send().await.is(200).has("people are called anew").has("/incidents/1/acknowledge");
        acknowledge().await;
        fires("d", "P2").await;
        assert_eq!(ward.pages().await, 1, "as bad as what was seen");
        assert_eq!(ward.state().await, "acknowledged");
    }

    async fn a_relapse_is_as_bad_as_what_relapses(app: TestApp) {
        let ward = Ward::new(app).await;
        ward.make(&ward.policy()).await;
        let app = &ward.room.app;
        let told = async |severity: Severity, holds: bool| {
            app.observe(&Signal { severity, ..signal(&ward.system, "m1", Some(holds)) }).await.unwrap();
        };
        told(Severity::P3, true).await;
        told(Severity::P3, false).await;
        app.advance(11_000);
        app.settle().await;
        told(Severity::P1, true).await;
        ward.climb().await;
        let incident = app.incident(1).await.incident;
        assert_eq!((incident.reopened, incident.severity, ward.pages().await), (1, Severity::P1, 1));
    }
}
