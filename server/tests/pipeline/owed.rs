//! Whoever was told that an alert fires is told its end, though others hear of it by then.

use super::*;

fn routes(channels: &str) -> String {
    format!("route:\n  receiver: ops\n  group_wait: 20s\n  group_interval: 1m\nreceivers:\n  - name: ops\n    channels: [{channels}]\n")
}

impl TestApp {
    /// What was told since so many lines, in the order of their words.
    async fn told_since(&self, lines: usize) -> Vec<String> {
        let mut told = self.told().await.split_off(lines);
        told.sort();
        told
    }

    async fn after(&self, ms: i64) {
        self.advance(ms);
        self.settle().await;
    }

    /// A channel of one team that hears alerts by itself.
    async fn line_of(&self, name: &str, team: &domain::id::TeamId) {
        let fields = [
            ("name", name),
            ("url", "http://127.0.0.1:9/hook"),
            ("team", team.as_str()),
            ("enabled", "on"),
            ("events", "alert.firing"),
            ("events", "alert.resolved"),
        ];
        self.portal.deliveries.create_channel(&Actor::engine("test"), &typed(&fields)).await.expect("a channel");
    }
}

both! {
    async fn a_receiver_whose_channels_were_edited_owes_ends_to_those_before(app: TestApp) {
        let (_, system) = app.team_with_system("gateway").await;
        for name in ["A", "B", "C"] {
            app.line(name, true).await;
        }
        let admin = app.admin().await;
        app.portal.routes.put(&admin, &routes("A"), 0).await.unwrap();
        app.fires(&system, "x", true).await;
        app.after(20 * SECOND).await;
        assert_eq!(app.told().await, ["alert.firing A x:firing"]);
        app.portal.routes.put(&admin, &routes("B"), 1).await.unwrap();
        app.settle().await;
        app.after(20 * SECOND).await;
        assert_eq!(app.told_since(1).await, ["alert.firing B x:firing"], "whoever hears of it now");
        // Another channel beside it: one firing more to both, and of it all one end.
        app.portal.routes.put(&admin, &routes("B, C"), 2).await.unwrap();
        app.settle().await;
        app.after(20 * SECOND).await;
        assert_eq!(app.told_since(2).await, ["alert.firing B x:firing", "alert.firing C x:firing"]);
        app.fires(&system, "x", false).await;
        app.after(10 * SECOND).await;
        app.after(MINUTE).await;
        app.after(HOUR).await;
        assert_eq!(app.told_since(4).await, ["alert.resolved A x:resolved", "alert.resolved B x:resolved", "alert.resolved C x:resolved"]);
        // A channel that fails is an alert of its own by now.
        let alert = app.alerts().await.into_iter().find(|alert| alert.title == "x").unwrap();
        let why = app.portal.routes.why(&admin, &alert.id).await.unwrap();
        assert_eq!(why.groups.len(), 0, "nobody is owed anything");
    }

    async fn an_end_before_others_heard_of_it_is_told_to_those_who_did(app: TestApp) {
        let (_, system) = app.team_with_system("gateway").await;
        app.line("A", true).await;
        app.line("B", true).await;
        let admin = app.admin().await;
        app.portal.routes.put(&admin, &routes("A"), 0).await.unwrap();
        app.fires(&system, "x", true).await;
        app.after(20 * SECOND).await;
        app.portal.routes.put(&admin, &routes("A, B"), 1).await.unwrap();
        app.settle().await;
        app.fires(&system, "x", false).await;
        app.after(15 * SECOND).await;
        // One that fires just then is told to both.
        app.fires(&system, "y", true).await;
        app.after(20 * SECOND).await;
        app.after(2 * MINUTE).await;
        assert_eq!(app.told_since(1).await, ["alert.firing A y:firing", "alert.firing B y:firing", "alert.resolved A x:resolved"]);
    }

    async fn a_system_that_goes_to_another_team_owes_ends_to_the_team_before(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let other = app.team("other").await;
        app.line_of("before", &team).await;
        app.line_of("after", &other).await;
        app.line("house", false).await;
        let admin = app.admin().await;
        app.fires(&system, "x", true).await;
        app.settle().await;
        assert_eq!(app.told_since(0).await, ["alert.firing before x", "alert.firing house x"]);
        app.advance(SECOND);
        let edit = json!({ "key": "gateway", "name": "gateway", "team": "other", "tier": 2, "version": 1 });
        app.api("PUT", &format!("/api/v1/systems/{system}"), &edit).as_(&admin).send().await.is(200);
        app.settle().await;
        assert_eq!(app.told_since(2).await, ["alert.firing after x"], "who is responsible now");
        app.fires(&system, "x", false).await;
        app.after(10 * SECOND).await;
        app.settle().await;
        assert_eq!(app.told_since(3).await, ["alert.resolved after x", "alert.resolved before x", "alert.resolved house x"]);
    }
}
