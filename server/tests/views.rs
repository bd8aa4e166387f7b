//! Saved views: one's own, those of a team, the one that is shown first; limits and refusals.

use domain::{Permission, people::Locale};
use serde_json::{Value, json};

const ARRANGES: &[Permission] = &[Permission::Read, Permission::RequestChanges];

fn names(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

both! {
    async fn a_view_is_its_owners_until_it_is_shared(app: TestApp) {
        let (team, others) = (app.team("payments").await, app.team("others").await);
        let rita = app.user("rita", ARRANGES, Some(&team)).await;
        let vera = app.viewer("vera", &team).await;
        let head = app.user("head", &[Permission::Read, Permission::ManagePeople], Some(&team)).await;
        let sam = app.user("sam", ARRANGES, Some(&others)).await;
        let list = async |who| app.get("/api/v1/views?place=changes").as_(who).send().await.is(200).json();
        let body = json!({ "place": "changes", "name": "Ours", "query": "?state=pending&view=week&date=2025-01-01" });
        let made = app.api("POST", "/api/v1/views", &body).as_(&rita).send().await.is(201).json();
        assert_eq!((made["query"].as_str(), made["mine"].as_bool(), made["preferred"].as_bool()), (Some("view=week&state=pending"), Some(true), Some(false)));
        let path = format!("/api/v1/views/{}", made["id"].as_str().unwrap());
        for who in [&vera, &head, &sam] {
            assert_eq!(list(who).await, json!([]));
            app.get(&path).as_(who).send().await.is(404);
            app.api("DELETE", &path, &json!({})).as_(who).send().await.is(404);
        }
        // Sharing takes what arranging the list takes, in a team that one is of.
        let shared = |team: &str| json!({ "place": "changes", "name": "Ours", "query": "view=week&state=pending", "team": team, "version": 1 });
        app.api("PUT", &path, &shared(others.as_str())).as_(&rita).send().await.is(422).has("team");
        let theirs = json!({ "place": "changes", "name": "Seen", "query": "view=list", "team": team });
        app.api("POST", "/api/v1/views", &theirs).as_(&vera).send().await.is(403);
        app.api("PUT", &path, &shared(team.as_str())).as_(&rita).send().await.is(200);
        app.api("PUT", &path, &shared(team.as_str())).as_(&rita).send().await.is(409).has("changed since you read it");
        assert_eq!((names(&list(&vera).await), names(&list(&sam).await)), (vec!["Ours".to_owned()], vec![]));
        app.get(&path).as_(&vera).send().await.is(200).has("payments").has("\"mine\":false");
        app.api("PUT", &path, &json!({ "name": "Mine now", "query": "view=week" })).as_(&vera).send().await.is(403);
        app.api("DELETE", &path, &json!({})).as_(&vera).send().await.is(403);
        // Everybody has a view of their own that comes first.
        app.api("PUT", &format!("{path}/preferred"), &json!({})).as_(&vera).send().await.is(204);
        assert_eq!((list(&vera).await[0]["preferred"].as_bool(), list(&rita).await[0]["preferred"].as_bool()), (Some(true), Some(false)));
        app.api("DELETE", &format!("{path}/preferred"), &json!({})).as_(&vera).send().await.is(204);
        assert_eq!(list(&vera).await[0]["preferred"], false);
        // Whoever manages the people of the team keeps its views in order.
        app.api("DELETE", &path, &json!({})).as_(&head).send().await.is(204);
        assert_eq!(list(&rita).await, json!([]));
        let acts = backend::db::sql("SELECT COUNT(*) FROM audit WHERE object_kind = 'view'").count(&mut app.ctx.db.read().await.unwrap()).await.unwrap();
        assert_eq!(acts, 5, "saved, shared, preferred, not any more, removed");
    }

    async fn whoever_keeps_a_teams_views_in_order_names_them_among_those_of_their_owner(app: TestApp) {
        let team = app.team("payments").await;
        let rita = app.user("rita", ARRANGES, Some(&team)).await;
        let head = app.user("head", &[Permission::Read, Permission::ManagePeople], Some(&team)).await;
        let save = async |who, name: &str, team: &str| {
            let body = json!({ "place": "changes", "name": name, "query": "view=week", "team": team });
            let made = app.api("POST", "/api/v1/views", &body).as_(who).send().await.is(201).json();
            format!("/api/v1/views/{}", made["id"].as_str().unwrap())
        };
        let path = save(&rita, "Ours", team.as_str()).await;
        save(&rita, "Night", "").await;
        save(&head, "Mine", "").await;
        let change = async |name: &str, team: &str| {
            app.api("PUT", &path, &json!({ "name": name, "query": "view=week", "team": team })).as_(&head).send().await
        };
        change("Night", team.as_str()).await.is(422).has("another name");
        change("Mine", team.as_str()).await.is(200).has("\"name\":\"Mine\"");
        // What they take back from the team is told to them once more.
        let last = change("Day", "").await.is(200).json();
        assert_eq!((last["name"].as_str(), last["mine"].as_bool(), last["version"].as_i64()), (Some("Day"), Some(false), Some(3)), "{last}");
        app.get(&path).as_(&head).send().await.is(404);
        app.get(&path).as_(&rita).send().await.is(200).has("Day");
    }

    async fn of_a_name_that_is_given_twice_at_once_one_is_kept(app: TestApp) {
        let team = app.team("payments").await;
        let rita = app.user("rita", ARRANGES, Some(&team)).await;
        let save = async |name: String| app.api("POST", "/api/v1/views", &json!({ "place": "changes", "name": name, "query": "view=week" })).as_(&rita).send().await.status;
        for round in 0..8 {
            let name = || save(format!("View {round}"));
            let (a, b, c, d) = tokio::join!(name(), name(), name(), name());
            let mut all = [a, b, c, d];
            all.sort_unstable();
            assert_eq!(all, [201, 422, 422, 422]);
        }
    }

    async fn views_that_had_the_same_name_are_told_apart(app: TestApp) {
        let mut tx = app.ctx.begin_write().await.unwrap();
        backend::db::sql("DROP INDEX saved_views_name").run(&mut tx).await.unwrap();
        backend::db::sql("CREATE INDEX saved_views_owner ON saved_views (owner_id, place)").run(&mut tx).await.unwrap();
        for (owner, last) in [("a", 1), ("a", 2), ("a", 3), ("b", 4)] {
            backend::db::sql("INSERT INTO saved_views (id, place, owner_id, owner_name, team_id, name, query, created_at, updated_at) \
                 VALUES ($1, 'changes', $2, '', '', 'Ours', '', 0, 0)")
            .value(format!("01941f29-7c00-7000-8000-00000000000{last}"))
            .value(owner)
            .run(&mut tx)
            .await
            .unwrap();
        }
        for statement in include_str!("../../migrations/postgres/0083_view_names.sql").split(';').filter(|statement| !statement.trim().is_empty()) {
            backend::db::sql(statement).run(&mut tx).await.unwrap();
        }
        let again = backend::db::sql("SELECT COUNT(*) FROM saved_views WHERE name = 'Ours'").count(&mut tx).await.unwrap();
        let all = backend::db::sql("SELECT COUNT(DISTINCT name) FROM saved_views").count(&mut tx).await.unwrap();
        assert_eq!((again, all), (2, 3), "one of each owner, and two that were given names of their own");
    }

    async fn what_is_wrong_or_too_much_is_refused(app: TestApp) {
        let team = app.team("payments").await;
        let rita = app.user("rita", ARRANGES, Some(&team)).await;
        let save = async |name: &str, query: &str| app.api("POST", "/api/v1/views", &json!({ "place": "changes", "name": name, "query": query })).as_(&rita).send().await;
        save("", "view=week").await.is(422).has("name");
        save("Odd", "view=spiral").await.is(422).has("query").has("lanes, week");
        save("Long", &format!("q={}", "a".repeat(121))).await.is(422).has("query");
        app.api("POST", "/api/v1/views", &json!({ "place": "moon", "name": "x", "query": "" })).as_(&rita).send().await.is(422).has("place");
        for n in 0..50 {
            save(&format!("View {n}"), "view=week").await.is(201);
        }
        save("View 3", "view=month").await.is(409);
        save("One more", "view=week").await.is(409).has("50");
        app.get("/api/v1/views").send().await.is(401);
    }

    async fn the_calendar_keeps_shows_and_opens_them(app: TestApp) {
        let team = app.team("payments").await;
        let rita = app.user("rita", ARRANGES, Some(&team)).await;
        let get = async |path: &str| app.get(path).as_(&rita).send().await;
        let post = async |path: &str, fields: &[(&str, &str)]| app.post_form(path, fields).as_(&rita).send().await;
        get("/changes").await.is(200).lacks("Manage views");
        get("/changes?view=week&state=pending").await.is(200).has("/views/new?place=changes&amp;query=view%3Dweek%26state%3Dpending").has("Keep this view");
        get("/views").await.is(200).has("No views");
        get("/views/new?place=changes&query=view%3Dweek").await.is(200).has("view=week").has("payments");
        post("/views/new", &[("place", "changes"), ("name", ""), ("query", "view=week&state=pending")]).await.is(422).has("error-summary").has("view=week");
        let fields = [("place", "changes"), ("name", "Waiting"), ("query", "view=week&state=pending"), ("team", team.as_str()), ("preferred", "on")];
        let made = post("/views/new", &fields).await;
        assert_eq!((made.status, made.location()), (303, "/changes?view=week&state=pending"));
        post("/views/new", &fields).await.is(422).has("another name");
        let here = get("/changes?state=pending&view=week&date=2025-03-14").await;
        here.is(200).has("aria-current=\"true\">Waiting").lacks("Keep this view");
        // The bare address leads to what comes first; everything is one word away.
        let first = get("/changes").await;
        assert_eq!((first.status, first.location()), (303, "/changes?view=week&state=pending"));
        get("/changes?view=lanes").await.is(200).has("Waiting").has("Keep this view");
        let listed = get("/views").await;
        listed.is(200).has("shown first").has("/views/");
        let at = listed.body.find("id=\"view-").unwrap() + 9;
        let id = listed.body[at..at + 36].to_owned();
        let shared = get(&format!("/views/{id}")).await;
        assert_eq!((shared.status, shared.location()), (303, "/changes?view=week&state=pending"));
        get(&format!("/views/{id}/edit")).await.is(200).has("Waiting");
        post(&format!("/views/{id}/edit"), &[("name", "Late"), ("query", "view=nowhere"), ("version", "1")]).await.is(422).has("view=nowhere");
        post(&format!("/views/{id}/edit"), &[("name", "Late"), ("query", "view=list"), ("team", ""), ("version", "1")]).await.is(303);
        app.get("/views").as_(&rita).in_(Locale::Zh).send().await.is(200).has("Late").has("首先显示").has("不共享");
        let vera = app.viewer("vera", &team).await;
        app.get(&format!("/views/{id}")).as_(&vera).send().await.is(404);
        post(&format!("/views/{id}/prefer"), &[("preferred", "")]).await.is(303);
        get("/changes").await.is(200);
        post(&format!("/views/{id}/delete"), &[]).await.is(303);
        get(&format!("/views/{id}")).await.is(404);
    }
}
