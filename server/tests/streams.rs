//! Streams: declared in the page, by the API and as YAML; lines as shippers send them; what was counted keeps its meaning.

mod curl;
mod follow;
mod imported;
mod senders;
mod shipped;
mod uploaded;

use backend::db::sql;
use domain::{
    Actor, Permission, Timestamp,
    id::{SystemId, TeamId},
    time::{DAY, HOUR, MINUTE},
};
use serde_json::{Value, json};

use crate::app::TestApp;

const PATH: &str = "/api/v1/streams";
const MAY: &[Permission] = &[Permission::Read, Permission::IngestTransactions, Permission::EditSystems];

/// A team with a system `pay`, and one who may declare and post.
async fn stage(app: &TestApp) -> (TeamId, SystemId, Actor) {
    app.advance(30_000);
    let team = app.team("payments").await;
    let system = app.system("pay", &team).await;
    let actor = app.user("dora", MAY, Some(&team)).await;
    (team, system, actor)
}

/// Declares a stream `pay/web` of a web server's log; gives its id.
async fn declared(app: &TestApp, actor: &Actor, system: &SystemId) -> String {
    let body = json!({
        "system": system.to_string(), "key": "web", "name": "Web shop 网店",
        "dimensions": [{"key": "region", "field": "geo.region", "label": "Region 地区"}, {"key": "buyer", "wide": true, "limit": 3}, "device"],
        "success_codes": ["2*", "3*"], "currency": "CNY", "time": "date", "time_format": "epoch-s", "code": "status",
        "latency": "took", "latency_unit": "s", "amount": "price", "amount_unit": "major"
    });
    let answer = app.ask("POST", PATH).as_(actor).json(&body).send().await;
    answer.is(201).json()["id"].as_str().unwrap().to_owned()
}

fn web(at: Timestamp, region: &str, buyer: &str, status: u16) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a time of this century")]
    let date = at.0 as f64 / 1_000.0;
    json!({"date": date, "geo": {"region": region}, "buyer": buyer, "device": "phone", "status": status, "took": 0.25, "price": 12.5})
        .to_string()
}

async fn analyse(app: &TestApp, actor: &Actor, query: &str) -> Value {
    app.get(&format!("/api/v1/transactions?{query}")).as_(actor).send().await.is(200).json()
}

fn table(json: &Value, dimension: &str) -> Vec<(String, u64, u64)> {
    let tables = json["dimensions"].as_array().unwrap();
    let Some(table) = tables.iter().find(|t| t["dimension"] == dimension) else { return Vec::new() };
    let mut rows: Vec<_> = table["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["value"].as_str().unwrap().to_owned(), row["total"].as_u64().unwrap(), row["failed"].as_u64().unwrap()))
        .collect();
    rows.sort();
    rows
}

fn row(value: &str, total: u64, failed: u64) -> (String, u64, u64) {
    (value.to_owned(), total, failed)
}

async fn count(app: &TestApp, text: &'static str) -> i64 {
    sql(text).count(&mut app.ctx.db.read().await.unwrap()).await.unwrap()
}

both! {
    async fn a_stream_counts_by_its_own_dimensions(app: TestApp) {
        let (_, system, actor) = stage(&app).await;
        let id = declared(&app, &actor, &system).await;
        let now = app.now();
        let lines = [web(now, "eu", "b1", 200), web(now, "eu", "b2", 500), web(now, "us", "b1", 302)].join("\n");
        let answer = app.ask("POST", &format!("{PATH}/{id}/transactions")).as_(&actor).body(lines).send().await;
        answer.is(200).has("\"accepted\":3").has("\"newest_lag_ms\":0");
        // The usual stream of the system counts beside it, as it always did.
        let usual = format!(r#"{{"time":{},"system":"pay","link":"L1","merchant":"M1","channel":"app","code":"91"}}"#, now.0);
        app.ask("POST", "/api/v1/transactions").as_(&actor).body(usual).send().await.is(200).has("\"accepted\":1");
        let json = analyse(&app, &actor, "stream=pay%2Fweb").await;
        assert_eq!((&json["totals"]["total"], &json["totals"]["failed"]), (&json!(3), &json!(1)));
        assert_eq!(json["totals"]["money"], json!([{"currency": "CNY", "amount": 3_750, "failed_amount": 1_250}]));
        assert_eq!(table(&json, "region"), [row("eu", 2, 1), row("us", 1, 0)]);
        assert_eq!(table(&json, "buyer"), [row("b1", 2, 0), row("b2", 1, 1)]);
        assert_eq!(json["codes"][0]["code"], "500");
        let p99 = json["dimensions"][0]["rows"][0]["p99"].as_f64().unwrap();
        assert!((p99 - 250.0).abs() < 2.6, "{p99}");
        // Of the system all streams together; a choice takes those that have the dimension.
        let json = analyse(&app, &actor, "system=pay").await;
        assert_eq!((&json["totals"]["total"], json["streams"].as_array().unwrap().len()), (&json!(4), 2));
        assert_eq!((&json["systems"][0]["value"], &json["systems"][0]["total"]), (&json!("pay"), &json!(4)));
        assert_eq!(analyse(&app, &actor, "region=eu&buyer=b2").await["totals"]["total"], 1);
        assert_eq!(analyse(&app, &actor, "link=L1").await["totals"]["total"], 1);
        let none = app.get("/api/v1/transactions?colour=red").as_(&actor).send().await;
        none.is(422).has("\"field\":\"colour\"").has("region");
        assert_eq!(analyse(&app, &actor, "tables=region").await["dimensions"].as_array().unwrap().len(), 1);
        // Merged, nothing is different.
        app.advance(2 * HOUR);
        app.settle().await;
        let json = analyse(&app, &actor, "from=now-5h&stream=pay%2Fweb").await;
        assert_eq!(table(&json, "region"), [row("eu", 2, 1), row("us", 1, 0)]);
        let page = app.get("/transactions?from=now-5h&stream=pay%2Fweb&region=eu").as_(&actor).send().await;
        page.is(200).has("Region 地区").has("buyer=b1").has("p99");
        let csv = app.user("ana", &[Permission::Read, Permission::Export], None).await;
        app.get("/transactions.csv?from=now-5h&by=region").as_(&csv).send().await.is(200).has("eu,2,1,");
    }

    async fn what_was_counted_keeps_its_meaning(app: TestApp) {
        let (_, system, actor) = stage(&app).await;
        let id = declared(&app, &actor, &system).await;
        let post = async |lines: String| {
            app.ask("POST", &format!("{PATH}/{id}/transactions")).as_(&actor).body(lines).send().await.is(200);
        };
        post(web(app.now(), "eu", "b1", 200)).await;
        let edit = async |dimensions: Value| {
            let mut body = app.get(&format!("{PATH}/{id}")).as_(&actor).send().await.is(200).json();
            let version = body["version"].clone();
            body = json!({"name": "Web", "success_codes": ["2*"], "time": "date", "time_format": "epoch-s", "code": "status",
                "dimensions": dimensions, "version": version});
            app.ask("PUT", &format!("{PATH}/{id}")).as_(&actor).json(&body).send().await
        };
        // One goes, one comes, the order changes.
        edit(json!(["device", "host", {"key": "buyer", "wide": true}])).await.is(200).has("\"retired_at\"");
        post(web(app.now(), "us", "b1", 200).replace('{', r#"{"host":"h1","#).replacen(r#"{"host":"h1","region""#, r#"{"region""#, 1)).await;
        let json = analyse(&app, &actor, "stream=pay%2Fweb").await;
        assert_eq!(table(&json, "buyer"), [row("b1", 2, 0)]);
        assert_eq!(table(&json, "host"), [row("", 1, 0), row("h1", 1, 0)]);
        assert!(table(&json, "region").is_empty());
        // What comes back knows what it knew.
        edit(json!(["device", {"key": "region", "field": "geo.region"}, {"key": "buyer", "wide": true}])).await.is(200);
        let json = analyse(&app, &actor, "stream=pay%2Fweb").await;
        assert_eq!(table(&json, "region"), [row("", 1, 0), row("eu", 1, 0)]);
        // Wide stays wide; another's edit is not lost; nonsense is named.
        edit(json!(["buyer"])).await.is(422).has("latency was not kept");
        let stale = json!({"name": "Web", "dimensions": ["device"], "version": 1});
        app.ask("PUT", &format!("{PATH}/{id}")).as_(&actor).json(&stale).send().await.is(409);
        edit(json!(["from", "A B"])).await.is(422).has("means something else").has("beginning with a letter");
    }

    async fn beyond_its_limit_a_dimension_says_other(app: TestApp) {
        let (_, system, actor) = stage(&app).await;
        let id = declared(&app, &actor, &system).await;
        let lines: String = (0..6).map(|i| web(app.now(), "eu", &format!("b{i}"), 200) + "\n").collect();
        app.ask("POST", &format!("{PATH}/{id}/transactions")).as_(&actor).body(lines).send().await.is(200);
        let json = analyse(&app, &actor, "stream=pay%2Fweb").await;
        assert_eq!(table(&json, "buyer"), [row("(other)", 3, 0), row("b0", 1, 0), row("b1", 1, 0), row("b2", 1, 0)]);
        let detail = app.get(&format!("{PATH}/{id}")).as_(&actor).send().await.is(200).json();
        let fill = detail["fills"].as_array().unwrap().iter().find(|fill| fill["dimension"] == "buyer").unwrap().clone();
        assert_eq!((&fill["values"], &fill["limit"]), (&json!(3), &json!(3)));
        assert!(fill["other_at"].is_i64());
        let page = app.get(&format!("/streams/{id}")).as_(&actor).send().await;
        page.is(200).has("further values are (other)").has("Region 地区").has("Fluent Bit");
    }

    async fn clocks_of_senders_are_told(app: TestApp) {
        let (team, system, actor) = stage(&app).await;
        let id = declared(&app, &actor, &system).await;
        let fast = app.user("fast", MAY, Some(&team)).await;
        let post = async |who: &Actor, at: Timestamp| {
            let answer = app.ask("POST", &format!("{PATH}/{id}/transactions")).as_(who).body(web(at, "eu", "b", 200)).send().await;
            answer.is(200).json()["newest_lag_ms"].as_i64().unwrap()
        };
        assert_eq!(post(&actor, app.now().plus(-20_000)).await, 20_000);
        assert_eq!(post(&fast, app.now().plus(90_000)).await, -90_000);
        // Somebody sends the past: that is no clock's fault.
        assert_eq!(post(&actor, app.now().plus(-3 * DAY)).await, 3 * DAY);
        let detail = app.get(&format!("{PATH}/{id}")).as_(&actor).send().await.is(200).json();
        let mut skews: Vec<_> = detail["senders"].as_array().unwrap().iter().map(|s| (s["name"].as_str().unwrap().to_owned(), s["skew_ms"].as_i64().unwrap(), s["accepted"].as_i64().unwrap())).collect();
        skews.sort();
        assert_eq!(skews, [("dora".to_owned(), 20_000, 2), ("fast".to_owned(), -90_000, 1)]);
        app.get(&format!("/streams/{id}")).as_(&actor).send().await.is(200).has("ahead").has("behind");
    }

    async fn a_stream_keeps_its_counts_as_long_as_it_says(app: TestApp) {
        let (_, system, actor) = stage(&app).await;
        let id = declared(&app, &actor, &system).await;
        let body = json!({"name": "Web", "success_codes": ["2*"], "time": "date", "time_format": "epoch-s", "code": "status",
            "dimensions": [{"key": "region", "field": "geo.region"}, {"key": "buyer", "wide": true}], "minute_days": 40, "hour_days": 200});
        app.ask("PUT", &format!("{PATH}/{id}")).as_(&actor).json(&body).send().await.is(200);
        let at = app.now();
        let usual = format!(r#"{{"time":{},"system":"pay","link":"L1","code":"00"}}"#, at.0);
        app.ask("POST", "/api/v1/transactions").as_(&actor).body(usual).send().await.is(200);
        app.ask("POST", &format!("{PATH}/{id}/transactions")).as_(&actor).body(web(at, "eu", "b", 200)).send().await.is(200);
        app.advance(HOUR);
        app.settle().await;
        assert_eq!(count(&app, "SELECT COUNT(DISTINCT system) FROM transaction_segments WHERE grain = 60000").await, 2);
        app.advance(20 * DAY);
        app.settle().await;
        assert_eq!(count(&app, "SELECT COUNT(DISTINCT system) FROM transaction_segments WHERE grain = 60000").await, 1);
        let span = format!("from={}&to={}", at.plus(-MINUTE).rfc3339(), at.plus(MINUTE).rfc3339());
        let json = analyse(&app, &actor, &format!("{span}&stream=pay%2Fweb")).await;
        assert_eq!((&json["resolution"], &json["totals"]["total"]), (&json!("minute"), &json!(1)));
        // Both together are told as coarsely as the one of which less is kept.
        assert_eq!(analyse(&app, &actor, &span).await["resolution"], "hour");
        app.advance(30 * DAY);
        app.settle().await;
        assert_eq!(count(&app, "SELECT COUNT(*) FROM transaction_segments WHERE grain = 60000").await, 0);
        let wrong = json!({"name": "Web", "dimensions": ["region"], "minute_days": 40, "hour_days": 20});
        app.ask("PUT", &format!("{PATH}/{id}")).as_(&actor).json(&wrong).send().await.is(422).has("hour_days");
    }

    async fn the_usual_stream_may_be_declared_and_be_usual_again(app: TestApp) {
        let (_, system, actor) = stage(&app).await;
        let path = format!("{PATH}/{system}");
        app.get(&path).as_(&actor).send().await.is(200).has("\"declared\":false").has("\"link\"");
        let body = json!({"dimensions": ["link", {"key": "merchant", "wide": true}, "channel", "region"], "success_codes": "OK"});
        app.ask("PUT", &path).as_(&actor).json(&body).send().await.is(200).has("\"declared\":true");
        let line = format!(r#"{{"time":{},"system":"pay","link":"L1","merchant":"M1","region":"eu","code":"OK"}}"#, app.now().0);
        app.ask("POST", "/api/v1/transactions").as_(&actor).body(line).send().await.is(200).has("\"accepted\":1");
        let json = analyse(&app, &actor, "region=eu").await;
        assert_eq!((&json["totals"]["total"], &json["totals"]["failed"], &json["merchants"][0]["value"]), (&json!(1), &json!(0), &json!("M1")));
        app.ask("DELETE", &path).as_(&actor).send().await.is(204);
        app.ask("DELETE", &path).as_(&actor).send().await.is(409);
        assert_eq!(analyse(&app, &actor, "link=L1").await["totals"]["total"], 1);
        app.get("/api/v1/transactions?region=eu").as_(&actor).send().await.is(422);
    }

    async fn another_teams_stream_is_not_there(app: TestApp) {
        let (team, system, actor) = stage(&app).await;
        let id = declared(&app, &actor, &system).await;
        let others = app.team("others").await;
        let stranger = app.user("stranger", MAY, Some(&others)).await;
        let viewer = app.viewer("vera", &team).await;
        for path in [format!("{PATH}/{id}"), format!("/streams/{id}"), format!("/streams/{id}/edit"), format!("/streams/{id}/upload")] {
            app.get(&path).as_(&stranger).send().await.is(404);
        }
        app.get(PATH).as_(&stranger).send().await.is(200).lacks("pay");
        app.ask("POST", &format!("{PATH}/{id}/transactions")).as_(&stranger).body("{}").send().await.is(404);
        app.ask("POST", &format!("{PATH}/{id}/transactions")).as_(&viewer).body("{}").send().await.is(403);
        app.ask("PUT", &format!("{PATH}/{id}")).as_(&stranger).json(&json!({"name": "x"})).send().await.is(404);
        app.ask("PUT", &format!("{PATH}/{id}")).as_(&viewer).json(&json!({"name": "x"})).send().await.is(403);
        app.ask("DELETE", &format!("{PATH}/{id}")).as_(&stranger).send().await.is(404);
        app.ask("POST", PATH).as_(&viewer).json(&json!({"system": system.to_string(), "key": "x", "name": "x"})).send().await.is(403);
        app.ask("POST", PATH).as_(&stranger).json(&json!({"system": system.to_string(), "key": "x", "name": "x"})).send().await.is(422).has("system");
        app.ask("POST", PATH).as_(&actor).json(&json!({"system": system.to_string(), "key": "web", "name": "x"})).send().await.is(422).has("no other stream");
        // Where no key is typed it is made of the name.
        app.ask("POST", PATH).as_(&actor).json(&json!({"system": system.to_string(), "name": "Web"})).send().await.is(422).has("no other stream");
        app.ask("POST", PATH).as_(&actor).json(&json!({"system": system.to_string(), "name": "网店"})).send().await.is(422).has("key");
        app.get(PATH).send().await.is(401);
        app.get(&format!("{PATH}/0193f2a0-7b1c-7def-8abc-0123456789ab")).as_(&actor).send().await.is(404);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM audit WHERE act = 'stream.create'").await, 1);
    }

    async fn streams_come_as_yaml(app: TestApp) {
        let (team, _, actor) = stage(&app).await;
        let yaml = "streams:\n- system: pay\n  key: web\n  name: Web\n  dimensions: [region, {key: buyer, wide: true}]\n  success_codes: ['2*']\n- system: pay\n  dimensions: [link, {key: merchant, wide: true}, channel]\n  currency: CNY\n";
        let post = async |who: &Actor, body: Value| app.ask("POST", &format!("{PATH}/import")).as_(who).json(&body).send().await;
        post(&actor, json!({"yaml": yaml, "plan": true})).await.is(200).has("\"new\"");
        assert_eq!(count(&app, "SELECT COUNT(*) FROM streams").await, 0);
        post(&actor, json!({"yaml": yaml})).await.is(200);
        let again = post(&actor, json!({"yaml": yaml})).await.is(200).json();
        assert_eq!(again, json!([{"stream": "pay/web", "fate": "same"}, {"stream": "pay", "fate": "same"}]));
        post(&actor, json!({"yaml": yaml.replace("region", "zone_of")})).await.is(200).has("\"changed\"");
        post(&actor, json!({"yaml": yaml.replace("pay", "nope")})).await.is(422).has("streams[nope/web].system");
        post(&actor, json!({"yaml": "streams: 7"})).await.is(422).has("yaml");
        post(&app.viewer("vera", &team).await, json!({"yaml": yaml})).await.is(403);
    }

    async fn the_form_shows_what_lines_would_count_as(app: TestApp) {
        let (team, system, actor) = stage(&app).await;
        app.get("/streams").as_(&actor).send().await.is(200).has("pay: usual stream");
        app.get("/streams").as_(&actor).in_(domain::people::Locale::Zh).send().await.is(200).has("常规交易流");
        app.get("/streams/new").as_(&app.viewer("vera", &team).await).send().await.is(403);
        let system = system.to_string();
        let line = web(app.now(), "eu", "b1", 503);
        let mut form = vec![
            ("system", system.as_str()), ("key", "web"), ("name", "Web"), ("dimension_key", "region"), ("dimension_key", "buyer"),
            ("dimension_label", ""), ("dimension_label", "Buyer 买家"), ("dimension_field", "geo.region"), ("dimension_wide", "1"),
            ("success_codes", "2*, 3*"), ("time", "date"), ("time_format", "epoch-s"), ("code", "status"), ("latency", "took"),
            ("latency_unit", "s"), ("sample", line.as_str()),
        ];
        form.push(("act", "preview"));
        let page = app.ask("POST", "/streams/new").as_(&actor).form(&form).send().await;
        page.is(200).has("failed: 503").has("eu").has("1 lines would be counted").has("Buyer 买家");
        form.pop();
        let wrong: Vec<_> = form.iter().map(|(n, v)| if *n == "key" { ("key", "Web Shop") } else { (*n, *v) }).collect();
        app.ask("POST", "/streams/new").as_(&actor).form(&wrong).send().await.is(422).has("Web Shop").has("geo.region");
        app.ask("POST", "/streams/new").as_(&actor).form(&form).send().await.is(303);
        let id = app.get(PATH).as_(&actor).send().await.json().as_array().unwrap().iter().find(|s| s["key"] == "web").unwrap()["id"].as_str().unwrap().to_owned();
        app.get(&format!("/streams/{id}/edit")).as_(&actor).send().await.is(200).has("geo.region").has("Buyer 买家");
        // To take it away, its name is typed.
        app.ask("POST", &format!("/streams/{id}/delete")).as_(&actor).form(&[("confirm", "web")]).send().await.is(422);
        app.ask("POST", &format!("/streams/{id}/delete")).as_(&actor).form(&[("confirm", "pay/web")]).send().await.is(303);
        app.get(&format!("/streams/{id}")).as_(&actor).send().await.is(404);
    }

    async fn a_table_comes_by_the_api_with_its_columns_named(app: TestApp) {
        let (_, system, actor) = stage(&app).await;
        let now = app.now().rfc3339();
        let table = format!("When;Bank;Merchant;Result;Note\n{now};L1;M1;00;\"two\nlines\"\n{now};L2;M1;51;\nnoon;L2;M2;51;\n");
        let path = format!("{PATH}/{system}/transactions");
        let post = async |query: &str, key: &str| {
            let ask = app.ask("POST", &format!("{path}?{query}")).as_(&actor).header("content-type", "text/csv; charset=utf-8");
            ask.header("idempotency-key", key).body(table.clone()).send().await
        };
        let map = "map=When%3Dtime&map=Bank%3Dlink&map=Result=code";
        // Its third row begins in the fifth line of the file.
        for _ in 0..2 {
            let answer = post(map, "t-1").await;
            answer.is(200).has("\"accepted\":2").has("\"line\":5").has("\"field\":\"When\"").has("noon");
        }
        let json = analyse(&app, &actor, "").await;
        assert_eq!((self::table(&json, "link"), self::table(&json, "merchant")), (vec![row("L1", 1, 0), row("L2", 1, 1)], vec![row("M1", 2, 1)]));
        // What is not there, and what the stream has not, is named.
        post("map=Bank%3Dlink&map=Result=code", "t-2").await.is(422).has("\"field\":\"time\"");
        post("map=Nope%3Dlink", "t-3").await.is(422).has("Nope=link").has("When, Bank, Merchant, Result, Note");
        post("map=Bank%3Dregion&map=When%3Dtime&map=Result=code", "t-4").await.is(422).has("Bank=region").has("link, merchant, channel");
        post("map=Bank", "t-5").await.is(422).has("a column and what it holds");
        // Lines of JSON are read so, too; without a stream nobody knows whose columns they are.
        let line = format!(r#"{{"When":"{now}","Bank":"L9","code":"00"}}"#);
        app.ask("POST", &format!("{path}?map=When%3Dtime&map=Bank%3Dlink")).as_(&actor).body(line.clone()).send().await.is(200).has("\"accepted\":1");
        app.ask("POST", "/api/v1/transactions?map=Bank%3Dlink").as_(&actor).body(line.clone()).send().await.is(422).has("stream");
        app.ask("POST", "/api/v1/transactions?stream=pay&map=When%3Dtime&map=Bank%3Dlink").as_(&actor).body(line).send().await.is(200);
        assert_eq!(self::table(&analyse(&app, &actor, "link=L9").await, "link"), [row("L9", 2, 0)]);
        // As a Chinese spreadsheet saves it (GBK), two banks are two.
        let bank = |name: &[u8]| [format!("{now},").as_bytes(), name, b",00\n"].concat();
        let table = [b"When,Bank,Result\n".to_vec(), bank(b"\xb9\xa4\xd0\xd0"), bank(b"\xd5\xd0\xd0\xd0")].concat();
        let ask = app.ask("POST", &format!("{path}?{map}")).as_(&actor).header("content-type", "text/csv");
        ask.body(table.clone()).send().await.is(200).has("\"accepted\":2");
        let json = analyse(&app, &actor, "link=%E5%B7%A5%E8%A1%8C&link=%E6%8B%9B%E8%A1%8C").await;
        assert_eq!(json["totals"]["total"], 2, "{json}");
        let form = [b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"t.csv\"\r\n\r\n".to_vec(), table, b"\r\n--b--\r\n".to_vec()].concat();
        // Which column is the time is still to be chosen.
        let ask = app.ask("POST", &format!("/streams/{system}/upload")).as_(&actor).header("content-type", "multipart/form-data; boundary=b");
        ask.body(form).send().await.is(422).has("工行").has("招行");
    }

    async fn a_table_is_looked_at_and_counted_once(app: TestApp) {
        let (_, system, actor) = stage(&app).await;
        let now = app.now().rfc3339();
        let table = format!("Time;Bank;Merchant;Result;Sum;Cur\n{now};L1;M1;00;12.50;CNY\n{now};L1;<b>;51;7,00;CNY\n{now};L2;M3;51;3.00;CNY\n");
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"t.csv\"\r\nContent-Type: text/csv\r\n\r\n{table}\r\n--b--\r\n"
        );
        let path = format!("/streams/{system}/upload");
        app.get(&path).as_(&actor).send().await.is(200).has("CSV");
        let ask = app.ask("POST", &path).as_(&actor).header("content-type", "multipart/form-data; boundary=b").body(body);
        ask.send().await.is(200).has("Bank").has("3 rows");
        let mut form = vec![
            ("table", table.as_str()), ("time", "Time"), ("code", "Result"), ("amount", "Sum"), ("currency", "Cur"),
            ("dimension.link", "Bank"), ("dimension.merchant", "Merchant"), ("dimension.channel", ""), ("time_format", "auto"),
            ("latency_unit", "ms"), ("amount_unit", "major"), ("act", "look"),
        ];
        let rows = format!("{path}/rows");
        let page = app.ask("POST", &rows).as_(&actor).form(&form).send().await;
        page.is(200).has("2 lines would be counted, 1 refused").has("7,00").has("12.50 CNY").lacks("<b>");
        assert_eq!(count(&app, "SELECT COUNT(*) FROM transaction_segments").await, 0);
        form.pop();
        form.push(("act", "take"));
        app.ask("POST", &rows).as_(&actor).form(&form).send().await.is(200).has("2 rows counted, 1 refused");
        app.ask("POST", &rows).as_(&actor).form(&form).send().await.is(200).has("counted before");
        let json = analyse(&app, &actor, "").await;
        assert_eq!((&json["totals"]["total"], &json["totals"]["failed"], &json["totals"]["money"][0]["amount"]), (&json!(2), &json!(1), &json!(1_550)));
    }
}
