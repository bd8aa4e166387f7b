//! What an alert is: labels, and whose it is.

use super::*;

both! {
    async fn labels_are_kept_shown_and_found_by(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let operator = app.user("olga", &[Permission::Read, Permission::AcknowledgeAlerts, Permission::Export], Some(&team)).await;
        let labelled = |source: &str, zone: &str| Signal {
            labels: [("zone".to_owned(), zone.to_owned())].into(),
            annotations: [("runbook_url".to_owned(), "https://wiki.test/x".to_owned()), ("summary".to_owned(), "<b>bad</b>".to_owned())].into(),
            ..signal(&system, source, Some(true))
        };
        app.observe(&labelled("m1", "east")).await.unwrap();
        app.observe(&labelled("m2", "west")).await.unwrap();
        app.observe(&signal(&system, "m3", Some(true))).await.unwrap();
        let found = async |label: &str| {
            let typed = domain::form::Typed::from_pairs([("label".to_owned(), label.to_owned())]);
            let page = app.portal.alerts.list(&operator, &Filter::parse(&typed).unwrap(), &PageRequest::default()).await.unwrap();
            let mut ids: Vec<_> = page.items.into_iter().map(|alert| alert.source_id).collect();
            ids.sort();
            ids.join(" ")
        };
        for (label, expected) in [
            ("zone=east", "m1"),
            ("zone!=east", "m2 m3"),
            ("zone=~\"east|west\"", "m1 m2"),
            ("zone!~\".+\"", "m3"),
            ("zone=", "m3"),
            ("nothing=x", ""),
            ("nothing!=x", "m1 m2 m3"),
            ("{system=\"gateway\",severity=\"critical\",team=\"team-gateway\",tier=\"2\",zone=~\"w.*\"}", "m2"),
        ] {
            assert_eq!(found(label).await, expected, "{label}");
        }
        app.observe(&labelled("m1", "north")).await.unwrap();
        assert_eq!((found("zone=east").await, found("zone=north").await), (String::new(), "m1".to_owned()));
        let page = app.get("/alerts?label=zone%3D%22north%22").as_(&operator).send().await;
        page.is(200).has("m1 is down").lacks("m2 is down");
        app.get("/alerts?label=zone").as_(&operator).send().await.is(422).has("expected a name");
        app.get("/alerts.csv").as_(&operator).send().await.is(200).has("zone=");
        let id = app.alerts().await.into_iter().find(|alert| alert.source_id == "m1").unwrap().id;
        let page = app.get(&format!("/alerts/{id}")).as_(&operator).send().await;
        page.is(200).has("zone").has("north").has("https://wiki.test/x").has("&lt;b&gt;bad");
        let json = app.get("/api/v1/alerts?label=zone%3D%22west%22").as_(&operator).send().await.is(200).json();
        assert_eq!((json["items"][0]["labels"]["zone"].as_str(), json["items"].as_array().unwrap().len()), (Some("west"), 1));
    }

    async fn an_alert_may_concern_a_team_and_no_system(app: TestApp) {
        let team = app.team("payments").await;
        let other = app.team("other").await;
        let (vera, otto) = (app.viewer("vera", &team).await, app.viewer("otto", &other).await);
        let unplaced = |holds| Signal { system: None, team: Some(team.clone()), source_kind: "rule", delays: Some(domain::alerts::Delays { hold_ms: 0, recover_ms: 0 }), ..signal(&app.ctx.new_id(), "r1", Some(holds)) };
        assert_eq!(app.observe(&Signal { team: None, ..unplaced(true) }).await, Err(Fault::NotFound("team")));
        app.observe(&unplaced(true)).await.unwrap();
        let alert = app.portal.alerts.list(&vera, &Filter::default(), &PageRequest::default()).await.unwrap().items.remove(0);
        assert_eq!((alert.system, alert.incident.is_some(), alert.labels["alertname"].as_str(), alert.state), (None, true, "rule", State::Firing));
        assert!(app.portal.alerts.list(&otto, &Filter::default(), &PageRequest::default()).await.unwrap().items.is_empty());
        app.get(&format!("/alerts/{}", alert.id)).as_(&vera).send().await.is(200);
        app.get("/alerts").as_(&vera).send().await.is(200).has("r1 is down");
        app.get("/").as_(&vera).send().await.is(200);
        app.observe(&unplaced(false)).await.unwrap();
        assert_eq!(app.alerts().await[0].state, State::Resolved);
    }
}
