//! The pages of silences and of routes.

use super::*;

both! {
    async fn the_pages_of_silences(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let other = app.team("other").await;
        let olga = app.user("olga", &[Permission::Read, Permission::SilenceAlerts], Some(&team)).await;
        let vera = app.viewer("vera", &team).await;
        let otto = app.user("otto", &[Permission::Read, Permission::SilenceAlerts], Some(&other)).await;
        app.get("/alerts/silences").as_(&vera).send().await.is(200).has("No silence").lacks("silences/new");
        app.fires(&system, "m1", true).await;
        let alert = app.alerts().await.remove(0);
        app.get(&format!("/alerts/{}", alert.id)).as_(&olga).send().await.is(200).has(&format!("/alerts/silences/new?alert={}", alert.id));
        app.get(&format!("/alerts/{}", alert.id)).as_(&vera).send().await.is(200).lacks("/alerts/silences/new");
        let page = app.get(&format!("/alerts/silences/new?alert={}", alert.id)).as_(&olga).send().await;
        page.is(200).has("system=\"gateway\"").has("Matches one alert now").has("m1");
        app.get(&format!("/alerts/silences/new?alert={}", alert.id)).as_(&otto).send().await.is(404);
        let fields = [("matchers", "system=gateway"), ("team", team.as_str()), ("comment", "<b>moving</b>"), ("duration", "2h"), ("zone", "UTC")];
        let preview: Vec<_> = fields.iter().copied().chain([("act", "preview")]).collect();
        app.post_form("/alerts/silences", &preview).as_(&olga).send().await.is(200).has("Matches one alert now");
        let bad = [("matchers", "system=~("), ("team", team.as_str()), ("comment", "typed"), ("duration", "soon")];
        app.post_form("/alerts/silences", &bad).as_(&olga).send().await.is(422).has("typed").has("soon").has("matchers such as");
        app.post_form("/alerts/silences", &fields).as_(&vera).send().await.is(403).has("alerts.silence");
        app.post_form("/alerts/silences", &fields).as_(&otto).send().await.is(422);
        app.post_form("/alerts/silences", &fields).as_(&olga).send().await.is(303);
        app.settle().await;
        let page = app.get("/alerts/silences").as_(&vera).send().await;
        page.is(200).has("system=\"gateway\"").has("&lt;b&gt;moving").has("active");
        app.get("/alerts/silences?state=expired").as_(&vera).send().await.is(200).has("No silence");
        app.get("/alerts/silences?state=odd").as_(&vera).send().await.is(422);
        app.get("/alerts/silences").as_(&vera).in_(domain::people::Locale::Zh).send().await.is(200).has("生效中");
        app.get("/alerts").as_(&vera).send().await.is(200).has("suppressed");
        app.get(&format!("/alerts/{}", alert.id)).as_(&vera).send().await.is(200).has("Silenced: &lt;b&gt;moving").has("It was kept quiet");
        let list = app.get("/api/v1/silences?state=active").as_(&vera).send().await.is(200).json();
        let id = list["items"][0]["id"].as_str().unwrap().to_owned();
        app.get(&format!("/alerts/silences/{id}")).as_(&olga).send().await.is(200).has("End now");
        app.get(&format!("/alerts/silences/{id}")).as_(&otto).send().await.is(404);
        let edit = [("matchers", "system=gateway\nseverity=critical"), ("team", team.as_str()), ("comment", "later"), ("duration", "3h"), ("version", "1")];
        app.post_form(&format!("/alerts/silences/{id}"), &edit).as_(&olga).send().await.is(303);
        app.post_form(&format!("/alerts/silences/{id}"), &edit).as_(&olga).send().await.is(409).has("later");
        app.post_form(&format!("/alerts/silences/{id}/expire"), &[]).as_(&vera).send().await.is(403);
        app.post_form(&format!("/alerts/silences/{id}/expire"), &[]).as_(&olga).send().await.is(303);
        let acts = app.portal.audit.list(&Actor::engine("test"), &Default::default(), &PageRequest::default()).await.unwrap();
        let acts: Vec<_> = acts.items.iter().map(|row| row.act.as_str()).filter(|act| act.starts_with("silence.")).collect();
        assert_eq!(acts, ["silence.expire", "silence.edit", "silence.create"]);
    }

    async fn the_pages_of_routing(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let vera = app.viewer("vera", &team).await;
        let admin = app.admin().await;
        app.get("/alerts/what-if?labels=system%3Dgateway").as_(&vera).send().await.is(200).has("nobody would hear").lacks("untold");
        app.line("Duty", true).await;
        app.get("/alerts/routing").as_(&vera).send().await.is(200).has("Every alert is told by itself").lacks("textarea");
        let wrong = "route:\n  receiver: nobody\nreceivers:\n  - name: duty\n    channels: [Gone]\n";
        let page = app.post_form("/alerts/routing", &[("yaml", wrong), ("version", "0")]).as_(&admin).send().await;
        page.is(422).has("none of the receivers").has("receiver: nobody");
        let gone = wrong.replace("nobody", "duty");
        app.post_form("/alerts/routing", &[("yaml", &gone), ("version", "0")]).as_(&admin).send().await.is(422).has("there is no channel");
        let good = "route:\r\n  receiver: duty\r\n  routes:\r\n    - matchers: [severity=warning]\r\n      receiver: quiet\r\nreceivers:\r\n  - name: duty\r\n    channels: [Duty]\r\n  - name: quiet\r\n";
        app.post_form("/alerts/routing", &[("yaml", good), ("version", "0")]).as_(&vera).send().await.is(403).has("alerts.route");
        app.post_form("/alerts/routing", &[("yaml", good), ("version", "0")]).as_(&admin).send().await.is(303);
        app.post_form("/alerts/routing", &[("yaml", good), ("version", "0")]).as_(&admin).send().await.is(409);
        app.fires(&system, "m1", true).await;
        app.settle().await;
        app.get("/alerts/routing").as_(&admin).send().await.is(200).has("Version 1 by admin").has("duty");
        app.get("/alerts/what-if").as_(&vera).send().await.is(200);
        let asked = app.get("/alerts/what-if?labels=severity%3Dwarning%0Asystem%3Dgateway").as_(&vera).send().await;
        asked.is(200).has("quiet").has("none that is on").has("took it").has("a child took it").has("gateway");
        asked.has("It would tell nobody").lacks("untold");
        let heard = app.get("/alerts/what-if?labels=severity%3Dcritical%0Asystem%3Dgateway").as_(&vera).send().await;
        heard.is(200).has("It would be told").lacks("nobody would hear");
        for (at, past) in [(None, false), (Some(app.now().plus(-1)), true)] {
            let answer = app.portal.routes.what_if(&Actor::engine("test"), "severity=critical", at).await.unwrap();
            assert_eq!(answer.untold.is_empty(), !past);
        }
        app.get("/alerts/what-if?labels=severity").as_(&vera).send().await.is(422);
        app.get("/alerts/what-if?labels=a%3Db&at=never").as_(&vera).send().await.is(422);
        let json = app.get("/api/v1/alerts/what-if?labels=%7B%22severity%22%3A%22critical%22%7D").as_(&vera).send().await.is(200).json();
        assert_eq!((json["reached"][0]["receiver"].as_str(), json["routes"][1]["verdict"].as_str()), (Some("duty"), Some("refused")));
        let alert = app.alerts().await.remove(0);
        let why = app.get(&format!("/api/v1/alerts/{}/why", alert.id)).as_(&vera).send().await.is(200).json();
        assert_eq!(why["decisions"][0]["kind"], "routed");
        assert_eq!(app.get("/api/v1/alerts/groups").as_(&vera).send().await.is(200).json()[0]["receiver"], "duty");
        let body = json!({ "yaml": "", "version": 1 });
        app.api("PUT", "/api/v1/alerts/routing", &body).as_(&vera).send().await.is(403);
        assert_eq!(app.api("PUT", "/api/v1/alerts/routing", &body).as_(&admin).send().await.is(200).json()["version"], 2);
    }
}
