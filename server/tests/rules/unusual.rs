//! Rules on what is unusual: few transactions and many by the same number, each value of a dimension by itself, leaks too.

use domain::{
    Actor, Permission,
    id::SystemId,
    time::{DAY, HOUR, MINUTE},
};
use serde_json::{Value, json};

use crate::{
    app::TestApp,
    sources::{alerts, fields},
};

/// Four transactions a minute of each of two merchants, from one moment to another around now; whoever asks says which fail.
async fn send(app: &TestApp, editor: &Actor, from: i64, to: i64, failing: impl Fn(&str, i64) -> bool) {
    let mut lines = Vec::new();
    let mut at = app.now().floor(MINUTE).plus(from);
    let end = app.now().floor(MINUTE).plus(to);
    while at.0 < end.0 {
        for merchant in ["M1", "M2"] {
            for second in 0..4 {
                let number = (at.0 / MINUTE) * 4 + second;
                let code = if failing(merchant, number) { "51" } else { "00" };
                let time = at.0 + second * 10_000;
                lines.push(
                    json!({ "time": time, "system": "pay", "link": "L1", "merchant": merchant, "code": code, "latency_ms": 20 })
                        .to_string(),
                );
            }
        }
        at = at.plus(MINUTE);
    }
    let ask = app.ask("POST", "/api/v1/transactions").header("content-type", "application/x-ndjson");
    ask.body(lines.join("\n")).as_(editor).send().await.is(200).has("\"refused\":0");
}

/// A transaction of each merchant every so often, in a span around now.
async fn send_of(app: &TestApp, editor: &Actor, merchants: &[String], (from, to): (i64, i64), every: i64) {
    let (begin, end) = (app.now().floor(MINUTE).plus(from), app.now().floor(MINUTE).plus(to));
    let moments = (0..).map(|number| begin.plus(number * every)).take_while(|at| at.0 < end.0);
    let line = |time: i64, merchant: &String| json!({ "time": time, "system": "pay", "link": "L1", "merchant": merchant, "code": "00", "latency_ms": 20 });
    let lines: Vec<String> = moments.flat_map(|at| merchants.iter().map(move |merchant| line(at.0, merchant).to_string())).collect();
    for part in lines.chunks(5_000) {
        let ask = app.ask("POST", "/api/v1/transactions").header("content-type", "application/x-ndjson");
        ask.body(part.join("\n")).as_(editor).send().await.is(200).has("\"refused\":0");
    }
}

/// Every hundredth transaction fails, whoever asks.
fn usual(_: &str, number: i64) -> bool {
    number.rem_euclid(101) == 7
}

/// Four days of transactions around this hour, and today's up to now.
async fn history(app: &TestApp, editor: &Actor) {
    for day in 1..=4 {
        send(app, editor, -day * DAY - 4 * HOUR, -day * DAY + HOUR + 10 * MINUTE, usual).await;
    }
    send(app, editor, -4 * HOUR, 0, usual).await;
}

async fn scene(app: &TestApp) -> (SystemId, Actor) {
    let team = app.team("payments").await;
    let system = app.system("pay", &team).await;
    let rights = [Permission::Read, Permission::EditMonitors, Permission::IngestTransactions];
    (system, app.user("ines", &rights, Some(&team)).await)
}

async fn rule(app: &TestApp, editor: &Actor, system: &SystemId, more: &[(&str, &str)]) -> String {
    let mut pairs = vec![("name", "Unusual"), ("system", system.as_str()), ("kind", "unusual"), ("measure", "success"), ("over", "5m")];
    pairs.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    pairs.extend(more);
    app.portal.rules.create(editor, &fields(&pairs)).await.expect("a rule").to_string()
}

/// The detail of the alerts that fire, as the API tells it.
async fn firing(app: &TestApp, editor: &Actor) -> Vec<Value> {
    let list = app.get("/api/v1/alerts").as_(editor).send().await.json();
    list["items"].as_array().unwrap().iter().filter(|alert| alert["state"] == "firing").cloned().collect()
}

both! {
    async fn failures_beyond_chance_fire_and_say_what_was_expected(app: TestApp) {
        let (system, editor) = scene(&app).await;
        history(&app, &editor).await;
        let id = rule(&app, &editor, &system, &[]).await;
        app.settle().await;
        assert_eq!(alerts(&app, &editor).await, []);
        let calm = app.get(&format!("/api/v1/rules/{id}")).as_(&editor).send().await.json();
        assert_eq!((calm["standing"]["shown"].as_str(), calm["condition"]["fire"].as_f64()), (Some("quiet"), Some(6.0)), "{calm}");
        // Fourteen of forty fail.
        app.advance(5 * MINUTE);
        send(&app, &editor, -5 * MINUTE, 0, |_, number| number % 3 == 0).await;
        app.advance(MINUTE);
        app.settle().await;
        let found = firing(&app, &editor).await;
        assert_eq!(found.len(), 1, "{found:?}");
        let detail = found[0]["detail"].as_str().unwrap();
        assert!(detail.contains(" of 40 failed where 0–") && detail.contains("surprise"), "{detail}");
        assert!(detail.contains("; it began about ") && detail.contains(" min later"), "{detail}");
        // Calm again, it is over by itself.
        app.advance(9 * MINUTE);
        send(&app, &editor, -10 * MINUTE, 0, usual).await;
        app.advance(MINUTE);
        app.settle().await;
        assert_eq!(firing(&app, &editor).await, Vec::<Value>::new());
        let page = app.get(&format!("/rules/{id}")).as_(&editor).send().await;
        page.is(200).has("against the days before").has("Bad above 6, good again at 3");
    }

    async fn each_merchant_is_judged_by_itself_and_volume_on_both_sides(app: TestApp) {
        let (system, editor) = scene(&app).await;
        history(&app, &editor).await;
        rule(&app, &editor, &system, &[("by", "merchant"), ("fire", "4")]).await;
        let stops = rule(&app, &editor, &system, &[("name", "Stopped"), ("measure", "volume"), ("over", "15m"), ("by", "merchant"), ("fire", "3")]).await;
        app.settle().await;
        assert_eq!(firing(&app, &editor).await, Vec::<Value>::new());
        app.advance(15 * MINUTE);
        send(&app, &editor, -15 * MINUTE, 0, |merchant, number| if merchant == "M2" { number % 2 == 0 } else { usual(merchant, number) }).await;
        app.advance(MINUTE);
        app.settle().await;
        let found = firing(&app, &editor).await;
        assert_eq!(found.iter().map(|alert| alert["labels"]["merchant"].as_str().unwrap()).collect::<Vec<_>>(), ["M2"], "{found:?}");
        let detail = found[0]["detail"].as_str().unwrap();
        assert!(detail.contains("; it began about ") && detail.contains(" min later"), "{detail}");
        // It is explained by the transactions of that merchant, and says so.
        let id = found[0]["id"].as_str().unwrap();
        let told = app.get(&format!("/api/v1/alerts/{id}/explanation")).as_(&editor).send().await.is(200).json();
        assert_eq!(told["explanation"]["filter"]["merchant"], json!(["M2"]), "{told}");
        app.get(&format!("/alerts/{id}")).as_(&editor).send().await.is(200).has("Merchant M2 as a whole");
        // Nothing at all comes any more: volume says so, of both.
        app.advance(20 * MINUTE);
        app.settle().await;
        let found = firing(&app, &editor).await;
        let stopped: Vec<_> = found.iter().filter(|alert| alert["title"].as_str().unwrap().starts_with("Stopped")).collect();
        assert_eq!(stopped.len(), 2, "{found:?}");
        assert!(stopped[0]["detail"].as_str().unwrap().starts_with("0 transactions where "), "{stopped:?}");
        let instances = app.get(&format!("/api/v1/rules/{stops}/instances")).as_(&editor).send().await.json();
        assert_eq!(instances.as_array().unwrap().len(), 2, "{instances}");
    }

    async fn a_merchant_that_leaks_for_hours_is_found_though_no_window_shows_it(app: TestApp) {
        let (system, editor) = scene(&app).await;
        // Five of a hundred fail where one does: one in five minutes.
        let leaking = |merchant: &str, number: i64| if merchant == "M2" { number.rem_euclid(20) == 7 } else { usual(merchant, number) };
        for day in 1..=4 {
            send(&app, &editor, -day * DAY - 7 * HOUR, -day * DAY + HOUR + 10 * MINUTE, usual).await;
        }
        send(&app, &editor, -7 * HOUR, -5 * HOUR, usual).await;
        send(&app, &editor, -5 * HOUR, 0, leaking).await;
        rule(&app, &editor, &system, &[("by", "merchant"), ("fire", "4")]).await;
        app.advance(MINUTE);
        app.settle().await;
        let found = firing(&app, &editor).await;
        assert_eq!(found.iter().map(|alert| alert["labels"]["merchant"].as_str().unwrap()).collect::<Vec<_>>(), ["M2"], "{found:?}");
        let detail = found[0]["detail"].as_str().unwrap();
        let since = app.now().plus(-5 * HOUR).floor(HOUR);
        assert!(detail.contains("; more than expected since ") && detail.contains(&since.rfc3339()), "{detail}, not {}", since.rfc3339());
    }

    async fn only_a_value_that_is_missing_has_stopped_however_many_there_are(app: TestApp) {
        let (system, editor) = scene(&app).await;
        let named = |letter: char, count: usize| (0..count).map(|number| format!("{letter}{number:03}")).collect::<Vec<_>>();
        let old = named('A', 10);
        for day in 1..=4 {
            send_of(&app, &editor, &old, (-day * DAY - 2 * HOUR, -day * DAY + 2 * HOUR), 3 * MINUTE).await;
        }
        // Today more merchants than are judged are new, and each is busier than the old ones, of which one has stopped.
        send_of(&app, &editor, &old[..9], (-65 * MINUTE, 0), 3 * MINUTE).await;
        send_of(&app, &editor, &named('B', 510), (-59 * MINUTE, 0), 2 * MINUTE).await;
        rule(&app, &editor, &system, &[("measure", "volume"), ("over", "1h"), ("by", "merchant"), ("fire", "3")]).await;
        app.advance(MINUTE);
        app.settle().await;
        let found = firing(&app, &editor).await;
        assert_eq!(found.iter().map(|alert| alert["labels"]["merchant"].as_str().unwrap()).collect::<Vec<_>>(), ["A009"], "{found:?}");
    }

    async fn a_payday_is_held_against_paydays_or_not_judged(app: TestApp) {
        let (system, editor) = scene(&app).await;
        history(&app, &editor).await;
        let volume = [("measure", "volume"), ("over", "15m"), ("fire", "3"), ("zone", "Asia/Shanghai"), ("no_data", "ok")];
        rule(&app, &editor, &system, &volume).await;
        // Four times as much as on the days before, and nobody said that today is a day of its own.
        app.advance(15 * MINUTE);
        for _ in 0..4 {
            send(&app, &editor, -15 * MINUTE, 0, usual).await;
        }
        app.advance(MINUTE);
        app.settle().await;
        assert_eq!(firing(&app, &editor).await.len(), 1);
        // Said, it is not judged any more, from the next hour on.
        let planner = app.user("hal", &[Permission::Read, Permission::SetFreezes], None).await;
        let (first, last) = (app.now().plus(-6 * HOUR).rfc3339()[..10].to_owned(), app.now().plus(DAY).rfc3339()[..10].to_owned());
        let occasion = json!({"name": "Payday", "kind": "payday", "first": first, "last": last, "zone": "UTC"});
        app.ask("POST", "/api/v1/occasions").as_(&planner).json(&occasion).send().await.is(201);
        app.advance(HOUR);
        for _ in 0..4 {
            send(&app, &editor, -HOUR, 0, usual).await;
        }
        app.advance(MINUTE);
        app.settle().await;
        assert_eq!(firing(&app, &editor).await, Vec::<Value>::new());
    }

    async fn a_rule_is_tried_before_it_is_saved_and_what_does_not_fit_is_refused(app: TestApp) {
        let (system, editor) = scene(&app).await;
        history(&app, &editor).await;
        app.advance(5 * MINUTE);
        send(&app, &editor, -5 * MINUTE, 0, |_, number| number % 3 == 0).await;
        app.advance(MINUTE);
        let base = [("name", "Unusual"), ("system", system.as_str()), ("kind", "unusual"), ("measure", "success"), ("over", "5m"), ("for", "0s"), ("compare", "above")];
        let with = |more: &[(&'static str, &'static str)]| {
            let mut all: Vec<(&str, &str)> = base.iter().copied().filter(|(name, _)| more.iter().all(|(other, _)| other != name)).collect();
            all.extend(more);
            all.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<Vec<_>>()
        };
        let post = |pairs: Vec<(String, String)>| {
            let (app, editor) = (&app, &editor);
            async move {
                let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                app.post_form("/rules/new", &pairs).as_(editor).send().await
            }
        };
        post(with(&[("act", "try")])).await.is(200).has("It would have fired once").has("(it began about ").has(" later)");
        post(with(&[("zone", "Mars/Base")])).await.is(422).has("Mars/Base");
        post(with(&[("by", "merchant"), ("act", "try")])).await.is(200).has("2 label sets, 98 moments").lacks("97 of them without a value");
        post(with(&[("weeks", "4")])).await.is(422).has("held against the days before");
        post(with(&[("over", "2h")])).await.is(422).has("an hour at most");
        post(with(&[("measure", "p99"), ("by", "merchant")])).await.is(422).has("judged of the whole only");
        post(with(&[("by", "No Such Key")])).await.is(422);
        post(with(&[("by", "shop")])).await.is(422).has("channel, link, merchant");
        post(with(&[("fire", "0")])).await.is(422);
        post(with(&[("compare", "below")])).await.is(422);
        app.get("/rules/new?kind=unusual").as_(&editor).send().await.is(200).has("Fires at a surprise of").lacks("Against past weeks");
        let zh = app.get("/rules/new?kind=unusual").as_(&editor).in_(domain::people::Locale::Zh).send().await;
        zh.is(200).has("触发的意外度").has("逐个取值");
    }
}
