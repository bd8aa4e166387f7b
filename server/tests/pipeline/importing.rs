//! An `alertmanager.yml` is taken over by whoever has a browser or a token; what-if says whom an incident would page.

use domain::{
    Permission,
    people::Locale,
    time::{MINUTE, SECOND},
};
use serde_json::json;

use super::named;

const YAML: &str = "global:\n  smtp_from: x@y\nroute:\n  receiver: hooks\n  routes:\n    - matchers: [severity=\"info\"]\n      receiver: hooks\n      mute_time_intervals: [nights]\nreceivers:\n  - name: hooks\n    webhook_configs:\n      - url: http://127.0.0.1:9/a\n    slack_configs:\n      - api_url: http://127.0.0.1:9/b\n    email_configs:\n      - to: ops@example.org\n    pagerduty_configs:\n      - routing_key: canary\ninhibit_rules:\n  - source_matchers: [severity=\"critical\"]\n    target_matchers: [severity=\"info\"]\ntime_intervals:\n  - name: nights\n    time_intervals: [{ times: [{ start_time: \"22:00\", end_time: \"24:00\" }] }]\n";

both! {
    async fn an_alertmanager_file_is_taken_over_by_page_and_api(app: TestApp) {
        let admin = app.admin().await;
        let olga = app.user("olga", &[Permission::Read, Permission::RouteAlerts], None).await;
        let path = "/alerts/routing/import";
        app.get(path).as_(&olga).send().await.is(403).has("channels.manage");
        app.post_form(path, &[("yaml", YAML), ("act", "take")]).as_(&olga).send().await.is(403);
        app.api("POST", "/api/v1/alerts/routing/import", &json!({ "yaml": YAML })).as_(&olga).send().await.is(403);
        app.get("/alerts/routing").as_(&olga).send().await.is(200).lacks(path);
        app.get("/alerts/routing").as_(&admin).send().await.is(200).has(path);
        app.get(path).as_(&admin).send().await.is(200).lacks("Take over and put into force");
        // First what would happen: nothing does.
        let plan = app.post_form(path, &[("yaml", YAML)]).as_(&admin).send().await;
        plan.is(200).has("Nothing was changed yet").has("Take over and put into force").has("hooks 2").has("no mail server is set up").has("pagerduty_configs").has("1 inhibition rules");
        app.post_form(path, &[("yaml", YAML)]).as_(&admin).in_(Locale::Zh).send().await.is(200).has("尚未做任何更改").has("新建").has("尚未设置邮件服务器").has("此处没有这种渠道");
        let told = app.api("POST", "/api/v1/alerts/routing/import", &json!({ "yaml": YAML, "plan": true })).as_(&admin).send().await;
        told.is(200).lacks("canary").has("there is no such kind here");
        let told = told.json();
        assert_eq!((&told["done"], &told["root"], &told["intervals"], &told["channels"][0]["there"]), (&json!(false), &json!("hooks"), &json!(1), &json!(false)));
        assert_eq!((app.portal.routes.current(&admin).await.unwrap().version, app.portal.deliveries.channels(&admin).await.unwrap().len()), (0, 0));
        // What is wrong is told, and kept.
        for wrong in ["", "receivers: []", "route: {}", "route: ["] {
            app.post_form(path, &[("yaml", wrong)]).as_(&admin).send().await.is(422).has(wrong);
            app.api("POST", "/api/v1/alerts/routing/import", &json!({ "yaml": wrong })).as_(&admin).send().await.is(422).has("\"yaml\"");
        }
        // What is said once and merged elsewhere stands in both places.
        let merged = "route:\n  receiver: a\n  routes:\n    - &one\n      matchers: [x=y]\n      group_wait: 7s\n      receiver: a\n    - <<: *one\n      matchers: [x=z]\nreceivers:\n  - name: a\n";
        app.portal.routes.import(&admin, merged, true).await.unwrap();
        assert!(app.portal.routes.import(&admin, &merged.replace("*one", "7"), true).await.is_err());
        app.post_form(path, &[("yaml", &YAML.replace('\n', "\r\n")), ("act", "take")]).as_(&admin).send().await.is(200).has("Taken over and in force");
        assert_eq!((app.portal.routes.current(&admin).await.unwrap().version, app.portal.deliveries.channels(&admin).await.unwrap().len()), (1, 2));
        // A second time the channels stay, and the page says what gives way.
        app.post_form(path, &[("yaml", YAML)]).as_(&admin).send().await.is(200).has("is there, stays as it is").has("(version 1)");
        let again = app.api("POST", "/api/v1/alerts/routing/import", &json!({ "yaml": YAML })).as_(&admin).send().await.is(200).json();
        assert_eq!((&again["done"], &again["channels"][1]["there"]), (&json!(true), &json!(true)));
        assert_eq!((app.portal.routes.current(&admin).await.unwrap().version, app.portal.deliveries.channels(&admin).await.unwrap().len()), (2, 2));
    }

    /// Each receiver tells its own channels. One whose integration is none of ours has no channel yet: whoever hears the team is told,
    /// and what was made for other receivers is not among them.
    async fn what_was_made_for_one_receiver_hears_nothing_of_another(app: TestApp) {
        let (_, system) = app.team_with_system("gateway").await;
        let admin = app.admin().await;
        app.line("pager", false).await;
        let yaml = "route:\n  receiver: room\n  group_wait: 0s\n  group_interval: 1m\n  routes:\n    - matchers: [kind=\"paged\"]\n      receiver: others\nreceivers:\n  - name: room\n    webhook_configs:\n      - url: http://127.0.0.1:9/a\n  - name: others\n    pagerduty_configs:\n      - routing_key: canary\n";
        app.portal.routes.import(&admin, yaml, false).await.unwrap();
        let channels = app.portal.deliveries.channels(&admin).await.unwrap();
        let room = channels.iter().find(|channel| channel.name == "room").unwrap();
        assert!(room.events.is_empty() && !room.manner.firing_only);
        app.get("/admin/channels").as_(&admin).send().await.is(200).has("only what is sent to it by name");
        app.get(&format!("/admin/channels/{}", room.id)).as_(&admin).send().await.is(200).has("with nothing ticked it hears that alone");
        let told = async || {
            let mut told = app.told().await;
            // That nobody listens at the other end is an alert of its own.
            told.retain(|told| told.contains("own:") || told.contains("theirs:"));
            told.sort();
            told
        };
        let observe = async |source: &str, kind: &str, holds: bool| app.observe(&named(&system, source, &[("kind", kind)], holds)).await.unwrap();
        observe("own", "plain", true).await;
        observe("theirs", "paged", true).await;
        app.settle().await;
        assert_eq!(told().await, ["alert.firing pager theirs:firing", "alert.firing room own:firing"]);
        observe("own", "plain", false).await;
        observe("theirs", "paged", false).await;
        app.advance(10 * SECOND);
        app.settle().await;
        app.advance(MINUTE);
        app.settle().await;
        assert_eq!(told().await[2..], ["alert.resolved pager theirs:resolved", "alert.resolved room own:resolved"], "an end is told without being wanted");
        // One that is named and listens too is told once.
        let both = "route:\n  receiver: both\n  group_wait: 0s\nreceivers:\n  - name: both\n    channels: [pager]\n    team: true\n";
        app.portal.routes.put(&admin, both, 1).await.unwrap();
        observe("own again", "plain", true).await;
        app.settle().await;
        let told = app.told().await;
        assert_eq!(told.iter().filter(|told| told.contains("own again")).collect::<Vec<_>>(), ["alert.firing pager own again:firing"]);
        let asked = app.portal.routes.what_if(&admin, "system=\"gateway\"", None).await.unwrap();
        assert_eq!(asked.reached[0].channels, ["pager"]);
    }

    /// The API of Slack answers 200 to whoever brings no token: as a hook it would count as reached, and reach nobody.
    async fn a_bot_of_slack_is_left_out_and_told(app: TestApp) {
        let admin = app.admin().await;
        let yaml = "route:\n  receiver: room\nreceivers:\n  - name: room\n    slack_configs:\n      - api_url: https://slack.com/api/chat.postMessage\n        channel: \"#ops\"\n        http_config:\n          authorization:\n            credentials: xoxb-canary\n";
        let path = "/alerts/routing/import";
        app.post_form(path, &[("yaml", yaml)]).as_(&admin).send().await.is(200).has("an incoming webhook");
        app.post_form(path, &[("yaml", yaml)]).as_(&admin).in_(Locale::Zh).send().await.is(200).has("机器人令牌");
        let told = app.api("POST", "/api/v1/alerts/routing/import", &json!({ "yaml": yaml })).as_(&admin).send().await;
        told.is(200).has("slack_configs[0]").has("with the token of a bot").lacks("xoxb-canary");
        assert!(app.portal.deliveries.channels(&admin).await.unwrap().is_empty());
    }

    async fn what_if_says_whom_an_incident_would_page(app: TestApp) {
        let (team, _) = app.team_with_system("gateway").await;
        let lena = app.user("lena", &[Permission::Read, Permission::WorkIncidents], Some(&team)).await;
        let admin = app.admin().await;
        let steps = json!([{ "after_min": 5, "severities": ["P1"], "targets": [format!("user:{}", lena.user().unwrap())] }]);
        let policy = json!({ "team": team, "name": "Nights", "default": true, "repeat": 0, "again_min": 10, "steps": steps });
        app.api("POST", "/api/v1/oncall/policies", &policy).as_(&admin).send().await.is(201);
        let asked = |severity: &str| format!("what-if?labels=severity%3D{severity}%0Asystem%3Dgateway");
        let told = app.get(&format!("/api/v1/alerts/{}", asked("critical"))).as_(&lena).send().await.is(200).json();
        assert_eq!((&told["paging"]["name"], &told["paging"]["steps"][0]["after_min"]), (&json!("Nights"), &json!(5)));
        assert_eq!(told["paging"]["steps"][0]["called"][0]["person"], json!(lena.user().unwrap()));
        app.get(&format!("/alerts/{}", asked("critical"))).as_(&lena).send().await.is(200).has("Who would be paged").has("Nights");
        app.get(&format!("/alerts/{}", asked("warning"))).as_(&lena).send().await.is(200).has("no escalation policy").lacks("Nights");
        let silence = json!({ "matchers": ["severity=critical"], "team": team, "duration": "2h", "comment": "work" });
        app.api("POST", "/api/v1/silences", &silence).as_(&admin).send().await.is(201);
        app.get(&format!("/alerts/{}", asked("critical"))).as_(&lena).in_(Locale::Zh).send().await.is(200).has("被屏蔽的告警不会新建工单").lacks("Nights");
        // Another team's people are not told of.
        let other = app.team("others").await;
        let vera = app.user("vera", &[Permission::Read], Some(&other)).await;
        let told = app.get(&format!("/api/v1/alerts/{}", asked("critical"))).as_(&vera).send().await.is(200).json();
        assert_eq!((&told["team"], &told["paging"]), (&json!(null), &json!(null)));
    }
}
