//! Incidents in figures, and what people say of alerts.

use domain::{
    Actor, Permission,
    time::{DAY, HOUR, MINUTE},
};

use super::typed;
use crate::alerts::signal;

both! {
    async fn means_say_of_how_many_they_are(app: TestApp) {
        let (team, gateway) = app.team_with_system("gateway").await;
        let (other, printer) = app.team_with_system("printer").await;
        let lena = app.user("lena", &[Permission::Read, Permission::WorkIncidents, Permission::Export], Some(&team)).await;
        let stranger = app.user("otto", &[Permission::Read, Permission::WorkIncidents], Some(&other)).await;
        app.get("/incidents/figures").as_(&lena).send().await.is(200).has("No incident was opened in this time").has("No alert fired");
        for minutes in [10, 20, 60] {
            app.observe(&signal(&gateway, "m1", Some(true))).await.unwrap();
            app.advance(minutes * MINUTE);
            app.recover(&gateway, "m1").await;
            app.advance(HOUR);
        }
        app.observe(&signal(&printer, "m2", Some(true))).await.unwrap();
        let id = app.incident(1).await.incident.id;
        let half = app.incident(1).await.incident.opened_at.plus(5 * MINUTE).rfc3339();
        app.portal.incidents.correct(&lena, &id, &typed(&[("what", "mitigated"), ("at", &half), ("reason", "Moved")])).await.unwrap();
        let figures = app.get("/api/v1/incident-figures?from=now-1d").as_(&lena).send().await.is(200).json();
        let all = &figures["all"];
        assert_eq!((all["incidents"].as_i64(), all["resolve"]["count"].as_i64(), all["acknowledge"]["count"].as_i64()), (Some(3), Some(3), Some(0)));
        assert!(all["acknowledge"]["mean"].is_null(), "never an average of nothing");
        let median = all["resolve"]["median"].as_i64().unwrap();
        assert!((20 * MINUTE..21 * MINUTE).contains(&median), "{median}");
        assert_eq!(figures["by_severity"][0]["name"], "P1");
        assert_eq!((figures["by_system"].as_array().unwrap().len(), figures["by_system"][0]["name"].as_str()), (1, Some("gateway")), "another team's is not counted");
        let page = app.get("/incidents/figures").as_(&lena).send().await;
        page.is(200).has("MTTR").has("of 3, median 20 min").has("By severity").lacks("printer");
        app.get("/incidents/figures?from=yesterday").as_(&lena).send().await.is(422).has("yesterday");
        app.get("/incidents/figures.csv").as_(&lena).send().await.is(200).has("system,gateway,3,");
        app.get("/incidents/figures.csv").as_(&stranger).send().await.is(403);
        app.get("/incidents/figures?from=now-60d&to=now-30d").as_(&lena).in_(domain::people::Locale::Zh).send().await.is(200).has("此期间没有故障工单");
        app.advance(DAY);
    }

    async fn people_say_which_alerts_were_worth_it(app: TestApp) {
        let (team, gateway) = app.team_with_system("gateway").await;
        let words = &[Permission::Read, Permission::AcknowledgeAlerts, Permission::WorkIncidents];
        let (lena, max) = (app.user("lena", words, Some(&team)).await, app.user("max", words, Some(&team)).await);
        let viewer = app.viewer("vera", &team).await;
        let stranger = app.user("otto", words, Some(&app.team("other").await)).await;
        app.observe(&signal(&gateway, "m1", Some(true))).await.unwrap();
        app.observe(&signal(&gateway, "m2", Some(true))).await.unwrap();
        let alert = app.alerts().await.into_iter().find(|alert| alert.title == "m1 is down").unwrap();
        app.portal.alerts.acknowledge(&lena, &alert.id).await.unwrap();
        let act = format!("/incidents/alerts/{}/useful", alert.id);
        let say = async |who: &Actor, word: &str| app.post_form(&act, &[("useful", word)]).as_(who).send().await;
        say(&viewer, "on").await.is(403);
        say(&stranger, "on").await.is(404);
        say(&lena, "perhaps").await.is(422).has("perhaps");
        say(&lena, "on").await.is(303);
        say(&lena, "off").await.is(303);
        say(&max, "on").await.is(303);
        let api = format!("/api/v1/alerts/{}/useful", alert.id);
        app.api("PUT", &api, &serde_json::json!({ "useful": true })).as_(&max).send().await.is(204);
        let page = app.get(&format!("/alerts/{}", alert.id)).as_(&viewer).send().await;
        page.is(200).has("Was it worth it?").has("useful: 1, not useful: 1").lacks("/useful\"");
        app.advance(MINUTE);
        let noise = app.get("/api/v1/incident-figures").as_(&viewer).send().await.is(200).json();
        let all = &noise["noise"];
        assert_eq!((all["fired"].as_i64(), all["acted"].as_i64(), all["useful"].as_i64(), all["useless"].as_i64()), (Some(2), Some(1), Some(1), Some(1)));
        assert_eq!(noise["noisiest"][0]["title"], "m2 is down", "what led to nothing comes first");
        app.get("/incidents/figures").as_(&viewer).send().await.is(200).has("1 of 2 alerts (50");
    }
}
