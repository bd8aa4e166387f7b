//! The shell: language and theme, the search, the frame, live events.

use std::time::Duration;

use domain::{live::Topic, people::Locale};
use http_body_util::BodyExt;

both! {
    async fn language_and_theme_are_chosen_by_a_form_and_lead_nobody_away(app: TestApp) {
        let answer = app.post_form("/preferences", &[("language", "zh-CN"), ("theme", "dark"), ("next", "//evil.example")]).send().await;
        answer.is(303);
        assert_eq!(answer.location(), "/");
        assert_eq!(answer.cookie("ek_lang").as_deref(), Some("ek_lang=zh-CN"));
        assert_eq!(answer.cookie("ek_theme").as_deref(), Some("ek_theme=dark"));

        let admin = app.admin().await;
        let answer = app.post_form("/preferences", &[("theme", "light"), ("next", "/systems?q=a")]).as_(&admin).send().await;
        answer.is(303);
        assert_eq!(answer.location(), "/systems?q=a");
        let (_, kept) = app.portal.people.me(&admin).await.unwrap();
        assert_eq!(kept.theme, Some(domain::people::Theme::Light));
    }

    async fn the_frame_speaks_both_languages_and_shows_what_one_may_see(app: TestApp) {
        let team = app.team("payments").await;
        let (admin, viewer) = (app.admin().await, app.viewer("vera", &team).await);
        let page = app.get("/search").as_(&admin).in_(Locale::Zh).send().await;
        page.is(200).has("lang=\"zh-CN\"").has("审计").has("/admin/users");
        let page = app.get("/search").as_(&viewer).send().await;
        page.is(200).has("lang=\"en\"").has("/incidents").lacks("href=\"/admin/users\"").lacks("href=\"/audit\"");
    }

    async fn things_are_found_by_name_and_only_within_reach(app: TestApp) {
        let (ours, theirs) = (app.team("payments").await, app.team("network").await);
        app.system("bank-link", &ours).await;
        app.system("bank-hub", &theirs).await;
        let viewer = app.viewer("vera", &ours).await;
        let found = app.get("/search?q=bank").header("accept", "application/json").as_(&viewer).send().await;
        found.is(200);
        let rows = found.json();
        let titles: Vec<_> = rows.as_array().unwrap().iter().map(|row| row["title"].as_str().unwrap()).collect();
        assert_eq!(titles, ["bank-link"]);
        app.get("/search?q=bank").as_(&viewer).send().await.is(200).has("bank-link").lacks("bank-hub");
        app.get("/search?q=gjgd").as_(&viewer).send().await.is(200).lacks("bank-link");
        app.get("/search?q=x").send().await.is(303);
    }

    async fn every_component_is_shown_to_administrators_only(app: TestApp) {
        let team = app.team("payments").await;
        let viewer = app.viewer("vera", &team).await;
        app.get("/admin/components").as_(&viewer).send().await.is(403);
        let admin = app.admin().await;
        for locale in Locale::ALL {
            let page = app.get("/admin/components").as_(&admin).in_(locale).send().await;
            page.is(200).has("sample-chart").has("error-summary").lacks(" style=\"");
        }
    }

    async fn events_reach_those_who_may_read_and_carry_nothing(app: TestApp) {
        let (ours, theirs) = (app.team("payments").await, app.team("network").await);
        let viewer = app.viewer("vera", &ours).await;
        app.get("/live?topics=alerts").send().await.is(303);
        app.get("/live?topics=alerts,weather").as_(&viewer).send().await.is(422).has("weather");
        let stream = app.get("/live?topics=alerts,incidents").as_(&viewer).open().await;
        assert_eq!(stream.status(), 200);
        let mut body = stream.into_body();
        let mut heard = String::new();
        for (topic, team) in [(Topic::Alerts, &theirs), (Topic::Changes, &ours), (Topic::Incidents, &ours)] {
            app.ctx.bus.send(domain::live::Event { topic, id: format!("{topic:?}"), team: Some(team.clone()) });
        }
        while !heard.contains("Incidents") {
            let frame = tokio::time::timeout(Duration::from_secs(5), body.frame()).await.expect("an event in time").expect("an open stream");
            heard.push_str(std::str::from_utf8(&frame.unwrap().into_data().unwrap()).unwrap());
        }
        assert!(heard.contains("event: hello") && heard.contains(r#"{"id":"Incidents","topic":"incidents"}"#), "{heard}");
        assert!(!heard.contains("Alerts") && !heard.contains("Changes"), "{heard}");
    }
}
