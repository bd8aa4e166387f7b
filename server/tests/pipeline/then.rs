//! What would have happened at a moment that is over: by the alerts, silences and routes of then.

use domain::Timestamp;

use super::*;

const INHIBIT: &str = "route:\n  receiver: duty\nreceivers:\n  - name: duty\n    team: true\ninhibit_rules:\n  - source_matchers: [kind=core]\n    target_matchers: [kind=edge]\n";

impl TestApp {
    /// What would have kept an alert with these labels quiet: the causes; and what no history tells of.
    async fn judged(&self, who: &Actor, labels: &str, at: Timestamp) -> (Vec<Cause>, Vec<String>) {
        let found = self.portal.routes.what_if(who, labels, Some(at)).await.expect("an answer");
        (found.reasons.iter().map(|reason| reason.cause).collect(), found.untold.iter().map(ToString::to_string).collect())
    }
}

both! {
    async fn alerts_silences_and_routes_are_read_as_they_were(app: TestApp) {
        let (team, gateway) = app.team_with_system("gateway").await;
        let (_, shop) = app.team_with_system("shop").await;
        app.needs(&shop, &gateway).await;
        let admin = app.admin().await;
        let start = app.now();
        app.advance(10 * MINUTE);
        app.portal.routes.put(&admin, INHIBIT, 0).await.unwrap();
        let silence = typed(&[("matchers", "kind=batch"), ("team", team.as_str()), ("comment", "night run"), ("duration", "2h")]);
        let silence = app.portal.silences.create(&admin, &silence).await.unwrap();
        app.observe(&named(&gateway, "probe", &[("kind", "core")], true)).await.unwrap();
        app.settle().await;
        app.advance(10 * MINUTE);
        let during = app.now();
        app.advance(10 * MINUTE);
        app.observe(&named(&gateway, "probe", &[("kind", "core")], false)).await.unwrap();
        app.advance(10 * SECOND);
        app.settle().await;
        app.portal.silences.expire(&admin, &silence.id).await.unwrap();
        app.portal.routes.put(&admin, "", 1).await.unwrap();
        app.advance(10 * MINUTE);
        let judged = async |labels: &str, at| app.judged(&admin, labels, at).await.0;
        let (edge, batch, needs) = ("kind=\"edge\"\nsystem=\"gateway\"", "kind=\"batch\"\nsystem=\"gateway\"", "system=\"shop\"");
        let then = (judged(edge, during).await, judged(batch, during).await, judged(needs, during).await);
        assert_eq!(then, (vec![Cause::Inhibition], vec![Cause::Silence], vec![Cause::Dependency]));
        for at in [start, app.now().plus(-MINUTE), app.now(), app.now().plus(HOUR)] {
            let quiet = (judged(edge, at).await, judged(batch, at).await, judged(needs, at).await);
            assert_eq!(quiet, (vec![], vec![], vec![]), "{at:?}");
        }
        // What no history tells of is said: always of links and channels, of alerts before the first one.
        assert_eq!(app.judged(&admin, batch, app.now()).await.1, Vec::<String>::new());
        assert_eq!(app.judged(&admin, batch, during).await.1, ["links", "channels"]);
        assert_eq!(app.judged(&admin, batch, start).await.1, ["links", "channels", "alerts"]);
        // A silence that was edited since may have said something else.
        let other = typed(&[("matchers", "kind=batch"), ("team", team.as_str()), ("comment", "x"), ("duration", "2h")]);
        let made = app.portal.silences.create(&admin, &other).await.unwrap();
        app.advance(MINUTE);
        let at = app.now();
        app.advance(MINUTE);
        app.portal.silences.edit(&admin, &made.id, &typed(&[("matchers", "kind=other"), ("team", team.as_str()), ("comment", "x"), ("duration", "2h")])).await.unwrap();
        assert_eq!(app.judged(&admin, batch, at).await.1, ["links", "channels", "silences"]);
    }
}
