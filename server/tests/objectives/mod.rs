//! Objectives: what burns too fast fires, what is left is told, another team sees nothing.

mod alarms;
mod months;
mod partial;
mod real;
mod turns;

use domain::{
    Actor, Permission,
    id::{ObjectiveId, SystemId},
    objectives::Shown,
    people::Locale,
    time::{DAY, HOUR, MINUTE},
};
use serde_json::json;

use crate::{
    app::TestApp,
    monitors::target::{Reply, Server},
    sources::{alerts, fields, scene, source},
};

async fn objective(app: &TestApp, editor: &Actor, system: &SystemId, more: &[(&str, &str)]) -> ObjectiveId {
    let mut pairs = vec![("name", "Payments succeed"), ("system", system.as_str()), ("kind", "success"), ("target", "99"), ("days", "28")];
    pairs.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    pairs.extend(more);
    app.portal.objectives.create(editor, &fields(&pairs)).await.expect("an objective")
}

/// Transactions so many minutes ago.
async fn post(app: &TestApp, actor: &Actor, minutes: i64, total: usize, failed: usize, latency: u32) {
    let at = app.now().plus(-minutes * MINUTE).rfc3339();
    let line = |i: usize| json!({ "time": at, "system": "gateway", "link": "bank", "code": if i < failed { "51" } else { "00" }, "latency_ms": latency });
    let lines: Vec<String> = (0..total).map(|i| line(i).to_string()).collect();
    let answer = app
        .ask("POST", "/api/v1/transactions")
        .header("content-type", "application/x-ndjson")
        .body(lines.join("\n"))
        .as_(actor)
        .send()
        .await;
    assert!(answer.status < 300, "{}", answer.body);
}

/// Failures with a code.
async fn post_coded(app: &TestApp, actor: &Actor, minutes: i64, count: usize, code: &str) {
    let at = app.now().plus(-minutes * MINUTE).rfc3339();
    let line = json!({ "time": at, "system": "gateway", "link": "bank", "code": code, "latency_ms": 20 }).to_string();
    let ask = app.ask("POST", "/api/v1/transactions").header("content-type", "application/x-ndjson");
    let answer = ask.body(vec![line; count].join("\n")).as_(actor).send().await;
    assert!(answer.status < 300, "{}", answer.body);
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn float(number: u64) -> f64 {
    number as f64
}

fn vector(value: &str) -> Reply {
    let body = json!({ "status": "success", "data": { "resultType": "vector", "result": [{ "metric": {}, "value": [1, value] }] } });
    Reply { body: body.to_string(), ..Reply::status(200) }
}

async fn sender(app: &TestApp, team: &domain::id::TeamId) -> Actor {
    app.user("ingrid", &[Permission::Read, Permission::EditMonitors, Permission::IngestTransactions], Some(team)).await
}

both! {
    async fn what_burns_too_fast_fires_and_is_over_when_it_stops(app: TestApp) {
        let (team, system, _) = scene(&app).await;
        let editor = sender(&app, &team).await;
        for minutes in [2_000, 1_000] {
            post(&app, &editor, minutes, 300, 0, 20).await;
        }
        for minutes in [50, 40, 30, 20, 10, 4, 3] {
            post(&app, &editor, minutes, 20, 8, 20).await;
        }
        let id = objective(&app, &editor, &system, &[]).await;
        app.settle().await;
        let found = app.portal.objectives.get(&editor, &id).await.unwrap();
        assert_eq!(found.standing.shown, Shown::Burning);
        let counted = found.standing.counted.unwrap();
        assert_eq!((counted.total, counted.bad()), (740.0, 56.0));
        let burns: Vec<_> = found.standing.burns.iter().map(|burn| (burn.long.map(f64::round), burn.short.map(f64::round), burn.holds)).collect();
        assert_eq!(burns[0], (Some(40.0), Some(40.0), Some(true)));
        let mut states = alerts(&app, &editor).await;
        states.sort();
        let titles: Vec<_> = states.iter().map(|(title, _)| title.as_str()).collect();
        assert!(titles.contains(&"Payments succeed burns its error budget more than 1× too fast (3 d)"), "{titles:?}");
        assert!(states.iter().all(|(_, state)| state == "firing") && states.len() == 3, "{states:?}");
        let page = app.get(&format!("/objectives/{id}")).as_(&editor).send().await;
        page.is(200).has("56 of 740 went wrong").has("objective-budget").has("burns too fast");
        app.get("/objectives").as_(&editor).in_(Locale::Zh).send().await.is(200).has("消耗过快");
        let hours = app.get(&format!("/api/v1/objectives/{id}/hours")).as_(&editor).send().await.json();
        assert!(hours.as_array().unwrap().last().unwrap()["left"].as_f64().unwrap() < 0.0);
        // The trouble is over: the short stretches are, and then the alarms.
        for _ in 0..8 {
            app.advance(MINUTE);
            post(&app, &editor, 1, 40, 0, 20).await;
            app.settle().await;
        }
        let fast = alerts(&app, &editor).await.into_iter().find(|(title, _)| title.contains("14.4")).unwrap();
        assert_eq!(fast.1, "resolved");
    }

    async fn a_clock_that_is_set_back_keeps_none_waiting(app: TestApp) {
        let (team, system, _) = scene(&app).await;
        let editor = sender(&app, &team).await;
        let id = objective(&app, &editor, &system, &[]).await;
        app.settle().await;
        app.advance(-60 * MINUTE);
        app.settle().await;
        app.advance(MINUTE);
        app.settle().await;
        let looked = app.portal.objectives.get(&editor, &id).await.unwrap().standing.evaluated_at;
        assert_eq!(looked, Some(app.now()), "a minute later, whatever the clock shows");
    }

    async fn one_failure_of_little_traffic_does_not_fire_and_none_is_unknown(app: TestApp) {
        let (team, system, _) = scene(&app).await;
        let editor = sender(&app, &team).await;
        let id = objective(&app, &editor, &system, &[("target", "99.9")]).await;
        app.settle().await;
        assert_eq!(app.portal.objectives.get(&editor, &id).await.unwrap().standing.shown, Shown::Unknown);
        post(&app, &editor, 2, 3, 1, 20).await;
        app.advance(MINUTE);
        app.settle().await;
        assert_eq!(app.portal.objectives.get(&editor, &id).await.unwrap().standing.shown, Shown::Spent);
        assert_eq!(alerts(&app, &editor).await, Vec::new());
    }

    async fn latency_counts_what_is_quick_enough_and_editing_ends_what_fired(app: TestApp) {
        let (team, system, _) = scene(&app).await;
        let editor = sender(&app, &team).await;
        post(&app, &editor, 3, 50, 0, 900).await;
        post(&app, &editor, 2, 50, 0, 50).await;
        let id = objective(&app, &editor, &system, &[("kind", "latency"), ("within", "300"), ("target", "99")]).await;
        app.settle().await;
        let found = app.portal.objectives.get(&editor, &id).await.unwrap();
        assert_eq!(found.standing.counted.map(|count| (count.good, count.total)), Some((50.0, 100.0)));
        assert_eq!(alerts(&app, &editor).await.len(), 3);
        let edited = [("name", "Quick"), ("system", system.as_str()), ("kind", "latency"), ("within", "1000"), ("target", "99"), ("version", "1")];
        app.post_form(&format!("/objectives/{id}/edit"), &edited).as_(&editor).send().await.is(303);
        assert!(alerts(&app, &editor).await.iter().all(|(_, state)| state == "resolved"));
        app.post_form(&format!("/objectives/{id}/edit"), &edited).as_(&editor).send().await.is(409);
        app.settle().await;
        assert_eq!(app.portal.objectives.get(&editor, &id).await.unwrap().standing.shown, Shown::Met);
    }

    async fn refusals_that_are_no_fault_of_ours_went_well(app: TestApp) {
        let (team, system, _) = scene(&app).await;
        let editor = sender(&app, &team).await;
        post(&app, &editor, 30, 100, 40, 20).await;
        let strict = objective(&app, &editor, &system, &[]).await;
        let fair = objective(&app, &editor, &system, &[("name", "Fair"), ("excused", "51, 54")]).await;
        let other = objective(&app, &editor, &system, &[("name", "Other"), ("excused", "54"), ("link", "bank")]).await;
        let elsewhere = objective(&app, &editor, &system, &[("name", "Elsewhere"), ("excused", "51"), ("link", "nowhere")]).await;
        app.settle().await;
        let mut bad = Vec::new();
        for id in [&strict, &fair, &other, &elsewhere] {
            let standing = app.portal.objectives.get(&editor, id).await.unwrap().standing;
            bad.push(standing.counted.map(|count| (count.total, count.bad())));
            let hours = app.portal.objectives.hours(&editor, id).await.unwrap();
            let sum = hours.iter().fold((0.0, 0.0), |sum, hour| (sum.0 + hour.count.total, sum.1 + hour.count.bad()));
            assert_eq!(Some(sum), *bad.last().unwrap(), "the hours are the whole");
        }
        assert_eq!(bad, [Some((100.0, 40.0)), Some((100.0, 0.0)), Some((100.0, 40.0)), Some((0.0, 0.0))]);
        app.get(&format!("/objectives/{fair}")).as_(&editor).send().await.is(200).has("no fault of ours").has("51, 54");
        let form = app.get(&format!("/objectives/{fair}/edit")).as_(&editor).in_(Locale::Zh).send().await;
        form.is(200).has("value=\"51, 54\"").has("非我方原因的返回码");
        let one = app.get(&format!("/api/v1/objectives/{fair}")).as_(&editor).send().await.json();
        assert_eq!(one["sli"]["excused"], json!(["51", "54"]));
        // A failure of ours counts again.
        post_coded(&app, &editor, 3, 10, "91").await;
        app.advance(MINUTE);
        app.settle().await;
        let counted = app.portal.objectives.get(&editor, &fair).await.unwrap().standing.counted.unwrap();
        assert_eq!((counted.total, counted.bad()), (110.0, 10.0));
    }

    async fn promql_is_asked_with_the_length_of_each_stretch(app: TestApp) {
        let server = Server::plain().await;
        let (_, system, editor) = scene(&app).await;
        let source = source(&app, &editor, &system, "query", &server.url("")).await;
        server.set(vector("90"));
        let query = [("kind", "query"), ("source", source.as_str()), ("good", "sum(increase(a[$window]))"), ("total", "sum(increase(b[$window]))")];
        let id = objective(&app, &editor, &system, &query).await;
        let second = [query[0], query[1], query[2], query[3], ("name", "Second")];
        objective(&app, &editor, &system, &second).await;
        app.settle().await;
        let found = app.portal.objectives.get(&editor, &id).await.unwrap();
        assert_eq!((found.standing.shown, found.standing.counted.map(|count| count.total)), (Shown::Met, Some(90.0)));
        let last = server.request.lock().unwrap().clone();
        assert!(last.contains("query=sum%28increase%28b%5B672h%5D%29%29"), "{last}");
        // What is no number is missing, and nothing failed for that.
        server.set(vector("NaN"));
        app.advance(MINUTE);
        app.settle().await;
        let found = app.portal.objectives.get(&editor, &id).await.unwrap();
        assert_eq!((found.standing.shown, found.standing.why.as_str()), (Shown::Unknown, "a value of the answer is no number"));
        assert_eq!(alerts(&app, &editor).await, Vec::new());
        // A source that does not answer is one alert on the source, none for each objective; they are unknown.
        server.set(Reply::status(502));
        for _ in 0..3 {
            app.advance(MINUTE);
            app.settle().await;
        }
        let found = app.portal.objectives.get(&editor, &id).await.unwrap();
        assert_eq!(found.standing.shown, Shown::Unknown);
        assert_eq!(alerts(&app, &editor).await, [("metric source figures does not answer".to_owned(), "firing".to_owned())]);
        let page = app.get(&format!("/objectives/{id}")).as_(&editor).send().await;
        page.is(200).has("Nobody can count it now").has("status 502").has("cannot be counted now");
        app.get(&format!("/api/v1/objectives/{id}/hours")).as_(&editor).send().await.is(503);
        // It is told of when it comes back.
        server.set(vector("90"));
        for _ in 0..2 {
            app.advance(MINUTE);
            app.settle().await;
        }
        assert_eq!(app.portal.objectives.get(&editor, &id).await.unwrap().standing.shown, Shown::Met);
        assert!(alerts(&app, &editor).await.iter().all(|(_, state)| state == "resolved"));
        let wrong = app.post_form("/objectives/new", &[("name", "x"), ("kind", "query"), ("good", "sum(a)"), ("target", "101")]).as_(&editor).send().await;
        wrong.is(422).has("field-good").has("field-target").has("sum(a)");
    }

    async fn the_hours_of_promql_fall_into_their_places(app: TestApp) {
        let server = Server::plain().await;
        let (_, system, editor) = scene(&app).await;
        let source = source(&app, &editor, &system, "query", &server.url("")).await;
        let query = [("kind", "query"), ("source", source.as_str()), ("good", "sum(increase(a[$window]))"), ("total", "sum(increase(b[$window]))")];
        let id = objective(&app, &editor, &system, &query).await;
        let end = app.now().floor(HOUR).0 / 1_000;
        let values = json!([[end - 7_200, "5"], [end, "7"]]);
        let body = json!({ "status": "success", "data": { "resultType": "matrix", "result": [{ "metric": {}, "values": values }] } });
        server.set(Reply { body: body.to_string(), ..Reply::status(200) });
        let hours = app.portal.objectives.hours(&editor, &id).await.unwrap();
        assert_eq!(hours.len(), 28 * 24);
        let counted: Vec<_> = hours.iter().filter(|hour| hour.count.total > 0.0).map(|hour| ((hour.at.0 / 1_000 - end) / 3_600, hour.count.total)).collect();
        assert_eq!(counted, [(-3, 5.0), (-1, 7.0)]);
        let last = server.request.lock().unwrap().clone();
        assert!(last.contains("/query_range ") && last.contains("step=3600s") && last.contains("b%5B1h%5D"), "{last}");
    }

    async fn the_alarms_are_what_adding_up_by_hand_gives(app: TestApp) {
        let (team, system, _) = scene(&app).await;
        let editor = sender(&app, &team).await;
        let id = objective(&app, &editor, &system, &[("target", "97.5"), ("days", "7")]).await;
        // A fixed sequence that looks like chance: every few minutes some, now and then many failures.
        let (mut state, mut posted) = (42_u64, Vec::new());
        let mut dice = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        // A week and a half, in which New York went over to summer time: windows are lengths, whatever walls show.
        let steps = [9 * 24 * 60_i64, 7 * 24 * 60 - 5, 4_000, 1_500, 700, 350, 90, 45, 20, 8, 4, 2];
        for minutes in steps {
            let total = 10 + dice(40);
            let failed = dice(5).min(total);
            post(&app, &editor, minutes, usize::try_from(total).unwrap(), usize::try_from(failed).unwrap(), 20).await;
            posted.push((app.now().plus(-minutes * MINUTE), total, failed));
        }
        for _ in 0..12 {
            let (total, failed) = (20 + dice(20), dice(8));
            post(&app, &editor, 0, usize::try_from(total).unwrap(), usize::try_from(failed).unwrap(), 20).await;
            posted.push((app.now(), total, failed));
            app.advance(MINUTE * i64::try_from(1 + dice(30)).unwrap());
            app.settle().await;
            let standing = app.portal.objectives.get(&editor, &id).await.unwrap().standing;
            let end = app.now().plus(-30_000).floor(MINUTE);
            let add = |length: i64| {
                let from = end.plus(-length).floor(if length > 6 * HOUR { HOUR } else { MINUTE });
                let inside = posted.iter().filter(|(at, ..)| from <= *at && *at < end);
                inside.fold((0_u64, 0_u64), |sum, (_, total, failed)| (sum.0 + total, sum.1 + failed))
            };
            let burn = |(total, failed): (u64, u64)| (total > 0).then(|| float(failed) / float(total) / 0.025);
            let whole = add(7 * DAY);
            assert_eq!(standing.counted.map(|count| (count.total, count.bad())), Some((float(whole.0), float(whole.1))));
            for (found, (factor, long, short)) in
                standing.burns.iter().zip([(14.4, HOUR, 5 * MINUTE), (6.0, 6 * HOUR, 30 * MINUTE), (1.0, 3 * DAY, 6 * HOUR)])
            {
                let (long, short) = (add(long), add(short));
                let near = |a: Option<f64>, b: Option<f64>| a.is_some() == b.is_some() && a.zip(b).is_none_or(|(a, b)| (a - b).abs() < 1e-6);
                assert!(near(found.long, burn(long)) && near(found.short, burn(short)), "{found:?} {long:?} {short:?}");
                let holds = burn(long).zip(burn(short)).map(|(a, b)| {
                    let steady = long.1 > 1 && burn((long.0, long.1 - 1)).is_some_and(|burn| burn > factor);
                    a > factor && b > factor && steady
                });
                assert_eq!(found.holds, holds, "{factor} {long:?} {short:?}");
            }
        }
        // What went wrong leaves the window with its days, whatever the month is long.
        app.advance(9 * DAY);
        app.settle().await;
        let standing = app.portal.objectives.get(&editor, &id).await.unwrap().standing;
        assert_eq!((standing.shown, standing.counted.map(|count| count.total)), (Shown::Unknown, Some(0.0)));
    }

    async fn lists_are_searched_and_exported(app: TestApp) {
        let (team, system, _) = scene(&app).await;
        let editor = sender(&app, &team).await;
        post(&app, &editor, 3, 50, 1, 20).await;
        let id = objective(&app, &editor, &system, &[("name", "=Odd")]).await;
        objective(&app, &editor, &system, &[("name", "Quick"), ("kind", "latency"), ("within", "300")]).await;
        app.settle().await;
        app.get("/objectives?q=quick").as_(&editor).send().await.is(200).has("Quick").lacks("=Odd").lacks("objectives.csv");
        app.get("/objectives?q=nothing").as_(&editor).send().await.is(200).has("No objective matches");
        app.get("/objectives.csv").as_(&editor).send().await.is(403);
        let analyst = app.user("anna", &[Permission::Read, Permission::Export], Some(&team)).await;
        let csv = app.get("/objectives.csv?q=odd").as_(&analyst).send().await;
        csv.is(200).has("'=Odd,gateway,success,99,28,spent,50.000000,1.000000,-1.000000,2.000000").lacks("Quick");
        let hours = app.get(&format!("/objectives/{id}/hours.csv")).as_(&analyst).send().await;
        hours.is(200).has("2025-03-14T05:00:00.000Z,").has(",50.000000,1.000000,-1.000000");
        let page = app.get(&format!("/objectives/{id}")).as_(&analyst).send().await;
        page.is(200).has("hours.csv").has("data-table").lacks(&format!("/objectives/{id}/edit"));
    }

    async fn another_teams_objective_is_not_there(app: TestApp) {
        let (team, system, editor) = scene(&app).await;
        let id = objective(&app, &editor, &system, &[]).await;
        let other = app.team("other").await;
        let stranger = app.user("sam", &[Permission::Read, Permission::EditMonitors], Some(&other)).await;
        let exporter = app.user("elsa", &[Permission::Read, Permission::Export], Some(&other)).await;
        for path in ["", "/edit"] {
            app.get(&format!("/objectives/{id}{path}")).as_(&stranger).send().await.is(404);
        }
        for act in ["edit", "pause", "resume", "delete"] {
            app.post_form(&format!("/objectives/{id}/{act}"), &[]).as_(&stranger).send().await.is(404);
        }
        for path in [format!("/api/v1/objectives/{id}"), format!("/api/v1/objectives/{id}/hours"), format!("/objectives/{id}/hours.csv")] {
            app.get(&path).as_(&exporter).send().await.is(404);
        }
        app.get("/objectives.csv").as_(&exporter).send().await.is(200).lacks("Payments succeed");
        let moved = json!({ "name": "x", "system": system, "kind": "success", "target": 99 });
        app.api("PUT", &format!("/api/v1/objectives/{id}"), &moved).as_(&stranger).send().await.is(404);
        app.api("DELETE", &format!("/api/v1/objectives/{id}"), &json!({})).as_(&stranger).send().await.is(404);
        for act in ["pause", "resume"] {
            app.api("POST", &format!("/api/v1/objectives/{id}/{act}"), &json!({})).as_(&stranger).send().await.is(404);
        }
        app.get("/objectives").as_(&stranger).send().await.is(200).lacks("Payments succeed");
        let typed = json!({ "name": "x", "system": system, "kind": "success", "target": 99 });
        app.api("POST", "/api/v1/objectives", &typed).as_(&stranger).send().await.is(422).has("\"system\"");
        let viewer = app.viewer("vera", &team).await;
        app.get(&format!("/objectives/{id}")).as_(&viewer).send().await.is(200).lacks("/delete");
        app.post_form(&format!("/objectives/{id}/pause"), &[]).as_(&viewer).send().await.is(403);
        app.post_form(&format!("/objectives/{id}/delete"), &[("confirm", "Payments succeed")]).as_(&editor).send().await.is(303);
        app.get(&format!("/objectives/{id}")).as_(&editor).send().await.is(404);
    }
}
