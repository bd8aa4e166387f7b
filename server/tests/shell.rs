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

    async fn a_filter_that_does_not_parse_leads_to_the_list_without_it(app: TestApp) {
        let team = app.team("payments").await;
        let viewer = app.viewer("vera", &team).await;
        let page = app.get("/alerts?severity=P9&mine=1").as_(&viewer).send().await;
        page.is(422).has("P9").has("Clear filters").has("href=\"/alerts\"").has("All clear");
        app.get("/alerts?after=rubbish").as_(&viewer).send().await.is(422).has("rubbish").has("All clear");
        app.get("/incidents?state=x&severity=P1").as_(&viewer).in_(Locale::Zh).send().await.is(422).has("清除筛选");
        // What lies behind the wall stays there.
        app.get("/audit?limit=0").as_(&viewer).send().await.is(403);
    }

    async fn the_first_screen_of_the_first_line_is_all_clear_and_says_whose_it_is(app: TestApp) {
        let team = app.team("payments").await;
        let viewer = app.viewer("vera", &team).await;
        let page = app.get("/alerts?mine=1").as_(&viewer).send().await;
        page.is(200).has("All clear").has("aria-current=\"true\">My teams");
        app.get("/alerts?severity=P1").as_(&viewer).send().await.is(200).lacks("All clear");
    }

    async fn the_description_of_the_api_leads_browsers_to_the_login(app: TestApp) {
        let answer = app.get("/api/docs").header("accept", "text/html,application/xhtml+xml").send().await;
        answer.is(303);
        assert_eq!(answer.location(), "/login?next=%2Fapi%2Fdocs");
        app.get("/api/docs").header("accept", "application/json").send().await.is(401);
    }

    async fn who_may_not_see_the_first_screen_can_log_out(app: TestApp) {
        let nobody = app.user("nemo", &[], None).await;
        let page = app.get("/").as_(&nobody).send().await;
        page.is(403).has("action=\"/logout\"").has("ask an administrator");
    }

    async fn an_empty_house_says_what_to_do_next(app: TestApp) {
        let admin = app.admin().await;
        app.get("/admin/health").as_(&admin).send().await.is(200).has("href=\"/systems/new\"").has("/admin/components");
        app.get("/monitors/new").as_(&admin).send().await.is(200).has("href=\"/systems/new\"").lacks("name=\"url\"");
        app.get("/changes/new").as_(&admin).send().await.is(200).has("href=\"/systems/new\"").lacks("name=\"rollback\"");
        let team = app.team("payments").await;
        app.system("gateway", &team).await;
        app.get("/admin/health").as_(&admin).send().await.is(200).lacks("href=\"/systems/new\"").has("href=\"/monitors/new\"");
        app.get("/monitors/new").as_(&admin).send().await.is(200).has("name=\"url\"");
    }

    async fn every_engine_has_a_word_in_each_language(app: TestApp) {
        let admin = app.admin().await;
        let engines = app.portal.health.report(&admin).await.unwrap().engines;
        assert!(engines.len() > 15);
        let page = app.get("/admin/health").as_(&admin).in_(Locale::Zh).send().await;
        for engine in engines {
            page.is(200).lacks(&format!("<th scope=\"row\">{}</th>", engine.name));
        }
    }

    async fn the_wall_has_a_clock_and_a_way_out(app: TestApp) {
        let admin = app.admin().await;
        app.get("/?wall=1").as_(&admin).send().await.is(200).has("data-clock").has("Leave the wall");
        app.get("/").as_(&admin).send().await.is(200).lacks("data-clock");
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

    async fn nothing_is_missed_between_a_page_and_its_stream(app: TestApp) {
        let (ours, theirs) = (app.team("payments").await, app.team("network").await);
        let viewer = app.viewer("vera", &ours).await;
        let page = app.get("/load").as_(&viewer).send().await.is(200).text();
        let since = page.split("data-heard=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("how far it had heard").to_owned();
        for (topic, team) in [(Topic::Alerts, &theirs), (Topic::Load, &ours)] {
            app.ctx.bus.send(domain::live::Event { topic, id: "early".into(), team: Some(team.clone()) });
        }
        for (since, told, silent) in [(since.as_str(), "load", "alerts"), ("another-7", "alerts", "changes")] {
            let mut body = app.get(&format!("/live?topics=alerts,load&since={since}")).as_(&viewer).open().await.into_body();
            let mut heard = String::new();
            while !heard.contains(&format!(r#""topic":"{told}""#)) {
                let frame = tokio::time::timeout(Duration::from_secs(5), body.frame()).await.expect("an event in time").expect("an open stream");
                heard.push_str(std::str::from_utf8(&frame.unwrap().into_data().unwrap()).unwrap());
            }
            assert!(!heard.contains("early") && !heard.contains(&format!(r#""topic":"{silent}""#)), "{heard}");
        }
    }

    async fn a_stream_taken_up_again_tells_only_what_came_after(app: TestApp) {
        let ours = app.team("payments").await;
        let viewer = app.viewer("vera", &ours).await;
        let since = app.ctx.bus.heard();
        let path = format!("/live?topics=alerts,load,runs&since={since}");
        let speak = |topic| app.ctx.bus.send(domain::live::Event { topic, id: String::new(), team: Some(ours.clone()) });
        // What is read until `word` is told, and the last id in it.
        let until = async |ask: crate::app::Ask, word: &str| {
            let (mut body, mut heard) = (ask.as_(&viewer).open().await.into_body(), String::new());
            while !heard.contains(&format!(r#""topic":"{word}""#)) {
                let frame = tokio::time::timeout(Duration::from_secs(5), body.frame()).await.expect("an event in time").expect("an open stream");
                heard.push_str(std::str::from_utf8(&frame.unwrap().into_data().unwrap()).unwrap());
            }
            let last = heard.lines().rev().find_map(|line| line.strip_prefix("id: ").or(line.strip_prefix("id:"))).map(str::to_owned);
            (heard, last)
        };
        speak(Topic::Alerts);
        let (_, last) = until(app.get(&path), "alerts").await;
        let last = last.expect("how far it had heard");
        speak(Topic::Load);
        // The same address: the id goes before `since`.
        let (heard, next) = until(app.get(&path).header("last-event-id", &last), "load").await;
        assert!(!heard.contains(r#""topic":"alerts""#), "{heard}");
        // As long as not all that was missed is told, coming back tells it again.
        speak(Topic::Runs);
        speak(Topic::Alerts);
        let back = || app.get(&path).header("last-event-id", next.as_deref().expect("an id"));
        let (heard, _) = until(back(), "runs").await;
        let marks = heard.matches("\nid:").count();
        assert!(marks <= 1 && !heard.contains(r#""topic":"load""#), "{heard}");
        // Of another process nothing is known here: everything is told.
        until(app.get(&path).header("last-event-id", "another-7"), "load").await;
    }
}
