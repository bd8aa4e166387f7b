//! Senders as they are: the very bodies and headers that log shippers send.

use std::io::Write as _;

use backend::db::sql;
use serde_json::json;

use super::{MAY, PATH, analyse, stage, table};
use crate::app::TestApp;

/// A stream that takes an application's log as it is.
async fn declared(app: &TestApp, actor: &domain::Actor, system: &domain::id::SystemId, time: &str, format: &str) -> String {
    let body = json!({
        "system": system.to_string(), "key": "app", "name": "Application log",
        "dimensions": [{"key": "bank", "field": "bank"}, {"key": "host", "field": "host"}],
        "success_codes": ["00"], "time": time, "time_format": format, "code": "rc", "latency": "ms"
    });
    app.ask("POST", PATH).as_(actor).json(&body).send().await.is(201).json()["id"].as_str().unwrap().to_owned()
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn packed(packing: &str, body: &[u8]) -> Vec<u8> {
    match packing {
        "gzip" => gzip(body),
        "zstd" => zstd::encode_all(body, 3).unwrap(),
        "deflate" => {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(body).unwrap();
            encoder.finish().unwrap()
        }
        _ => body.to_vec(),
    }
}

both! {
    async fn fluent_bit_sends_json_json_lines_and_object_after_object(app: TestApp) {
        let (_, system, actor) = stage(&app).await;
        let id = declared(&app, &actor, &system, "date", "epoch-s").await;
        #[expect(clippy::cast_precision_loss, reason = "a time of this century")]
        let date = app.now().0 as f64 / 1_000.0;
        // `date` first, as a float of seconds; out_http: application/json, or application/x-ndjson for json_lines.
        let record = |rc: &str| format!(r#"{{"date":{date:.6},"log":"paid","bank":"icbc","host":"pay-1","rc":"{rc}","ms":12}}"#);
        for (kind, body) in [
            ("application/json", format!("[{},{}]", record("00"), record("91"))),
            ("application/x-ndjson", format!("{}\n{}\n", record("00"), record("91"))),
            ("application/json", format!("{}{}", record("00"), record("91"))),
        ] {
            let ask = app.ask("POST", &format!("{PATH}/{id}/transactions")).as_(&actor).header("user-agent", "Fluent-Bit");
            ask.header("content-type", kind).header("content-encoding", "gzip").body(gzip(body.as_bytes())).send().await.is(200).has("\"accepted\":2");
        }
        let json = analyse(&app, &actor, "stream=pay%2Fapp").await;
        assert_eq!(table(&json, "bank"), [("icbc".to_owned(), 6, 3)]);
        // Its MessagePack (`[[time, {}], {"rc": "00"}]`) is told what would be taken, and its chunk is given up, not sent again.
        let msgpack: &[u8] = &[0x92, 0x92, 0xd7, 0x00, 0x68, 0x4e, 0xd1, 0x80, 0, 0, 0, 0, 0x80, 0x81, 0xa2, b'r', b'c', 0xa2, b'0', b'0'];
        let ask = app.ask("POST", &format!("{PATH}/{id}/transactions")).as_(&actor).header("user-agent", "Fluent-Bit");
        ask.header("content-type", "application/msgpack").body(msgpack.to_vec()).send().await.is(415).has("json_lines").has("application/msgpack");
    }

    async fn vector_sends_arrays_and_lines(app: TestApp) {
        let (team, system, actor) = stage(&app).await;
        let id = declared(&app, &actor, &system, "timestamp", "rfc3339").await;
        // Its timestamps have nanoseconds.
        let at = app.now().rfc3339().replace('Z', "456789Z");
        let event = |rc: &str| format!(
            r#"{{"bank":"abc","file":"/var/log/pay.log","host":"pay-2","message":"paid","ms":7.5,"rc":"{rc}","source_type":"file","timestamp":"{at}"}}"#
        );
        // The http sink: codec json without framing is an array; with newline_delimited framing lines; packed as `compression` says.
        for packing in ["", "gzip", "zstd", "deflate"] {
            for (kind, body) in [
                ("application/json", format!("[{},{}]", event("00"), event("05"))),
                ("application/x-ndjson", format!("{}\n{}", event("00"), event("05"))),
            ] {
                let ask = app.ask("POST", &format!("{PATH}/{id}/transactions")).as_(&actor).header("user-agent", "Vector/0.41.1 (x86_64-unknown-linux-gnu)");
                let ask = if packing.is_empty() { ask } else { ask.header("content-encoding", packing) };
                ask.header("content-type", kind).body(packed(packing, body.as_bytes())).send().await.is(200).has("\"accepted\":2");
            }
        }
        let json = analyse(&app, &actor, "stream=pay%2Fapp").await;
        assert_eq!(table(&json, "host"), [("pay-2".to_owned(), 16, 8)]);
        let ask = app.ask("POST", &format!("{PATH}/{id}/transactions")).as_(&actor).header("content-encoding", "snappy");
        ask.body("x").send().await.is(415).has("gzip, zstd, deflate");
        // A refusal says which line and which field, in the shipper's own names.
        let other = app.user("shipper", MAY, Some(&team)).await;
        let body = event("00").replace(&at, "noon");
        app.ask("POST", &format!("{PATH}/{id}/transactions")).as_(&other).body(body).send().await.is(422).has("\"field\":\"timestamp\"").has("noon");
    }

    async fn logstash_sends_json_and_batches(app: TestApp) {
        let (_, system, actor) = stage(&app).await;
        let id = declared(&app, &actor, &system, "@timestamp", "rfc3339").await;
        let at = app.now().rfc3339();
        let event = |rc: &str| format!(
            r#"{{"@timestamp":"{at}","@version":"1","bank":"ccb","host":"pay-3","message":"paid","rc":"{rc}","ms":"31","event":{{"original":"paid"}}}}"#
        );
        for (body, packing) in [(event("00"), ""), (event("00"), "gzip"), (format!("[{},{}]", event("00"), event("96")), "")] {
            let ask = app.ask("POST", &format!("{PATH}/{id}/transactions")).as_(&actor).header("user-agent", "Manticore 0.9.1");
            let ask = if packing.is_empty() { ask } else { ask.header("content-encoding", packing) };
            ask.header("content-type", "application/json").body(packed(packing, body.as_bytes())).send().await.is(200);
        }
        let json = analyse(&app, &actor, "stream=pay%2Fapp&bank=ccb").await;
        assert_eq!((&json["totals"]["total"], &json["totals"]["failed"], &json["codes"][0]["code"]), (&json!(4), &json!(1), &json!("96")));
    }

    async fn curl_sends_a_file(app: TestApp) {
        let (_, _, actor) = stage(&app).await;
        let line = format!(r#"{{"time":{},"system":"pay","link":"L1","code":"00"}}"#, app.now().0);
        // `--data-binary` calls everything a form; `-T` calls it nothing; a table goes another way.
        let path = "/api/v1/transactions";
        app.ask("POST", path).as_(&actor).header("content-type", "application/x-www-form-urlencoded").body(line.clone()).send().await.is(200);
        app.ask("POST", path).as_(&actor).body(line.clone()).send().await.is(200).has("\"accepted\":1");
        for kind in ["text/csv", "multipart/form-data; boundary=b"] {
            app.ask("POST", path).as_(&actor).header("content-type", kind).body(line.clone()).send().await.is(415).has("import transactions");
        }
        // In a shell `-d` takes the line breaks out: objects in a row are told apart all the same.
        app.ask("POST", path).as_(&actor).body(format!("{line}{line}")).send().await.is(200).has("\"accepted\":2");
    }

    async fn what_is_sent_again_counts_once_where_its_content_is_its_key(app: TestApp) {
        let (team, system, actor) = stage(&app).await;
        let id = declared(&app, &actor, &system, "timestamp", "rfc3339").await;
        let body = format!("{{\"timestamp\":\"{}\",\"bank\":\"abc\",\"rc\":\"00\"}}\nbroken\n", app.now().rfc3339());
        let post = async |who: &domain::Actor, query: &str, packing: &str, body: &str| {
            let ask = app.ask("POST", &format!("{PATH}/{id}/transactions{query}")).as_(who).header("content-type", "application/x-ndjson");
            let ask = if packing.is_empty() { ask } else { ask.header("content-encoding", packing) };
            ask.body(packed(packing, body.as_bytes())).send().await
        };
        let first = post(&actor, "?key=content", "gzip", &body).await.is(200).json();
        assert_eq!((&first["replayed"], &first["accepted"], &first["refused"]), (&json!(false), &json!(1), &json!(1)));
        // The answer was lost: the same again, packed anew or otherwise, is answered as it was.
        for packing in ["gzip", "zstd", ""] {
            let again = post(&actor, "?key=content", packing, &body).await.is(200).json();
            assert_eq!((&again["replayed"], &again["accepted"], &again["refused"]), (&json!(true), &json!(1), &json!(1)));
        }
        let counted = async || analyse(&app, &actor, "stream=pay%2Fapp").await["totals"]["total"].clone();
        assert_eq!(counted().await, 1);
        // Other content, another sender, other columns, a name of its own, and no key at all are other batches.
        post(&actor, "?key=content", "", &format!("{body}\n")).await.is(200).has("\"replayed\":false");
        let other = app.user("other", MAY, Some(&team)).await;
        post(&other, "?key=content", "", &body).await.is(200).has("\"replayed\":false");
        post(&actor, "?key=content&map=bank%3Dhost", "", &body).await.is(200).has("\"replayed\":false");
        post(&actor, "", "", &body).await.is(200).has("\"replayed\":false");
        post(&actor, "", "", &body).await.is(200).has("\"replayed\":false");
        assert_eq!(counted().await, 6);
        let ask = || app.ask("POST", &format!("{PATH}/{id}/transactions?key=content")).as_(&actor).header("idempotency-key", "k").body(body.clone());
        ask().send().await.is(200).has("\"replayed\":false");
        ask().send().await.is(200).has("\"replayed\":true");
        // So it goes where lines name their stream themselves.
        let line = format!(r#"{{"time":{},"system":"pay","link":"L1","code":"00"}}"#, app.now().0);
        for replayed in ["\"replayed\":false", "\"replayed\":true"] {
            app.ask("POST", "/api/v1/transactions?key=content").as_(&actor).body(line.clone()).send().await.is(200).has(replayed);
        }
        post(&actor, "?key=day", "", &body).await.is(422).has("\"field\":\"key\"").has("content");
        // Those who send so are set up so.
        let page = app.get(&format!("/streams/{id}")).as_(&actor).send().await;
        assert_eq!(page.is(200).body.matches("/transactions?key=content").count(), 3);
    }

    async fn a_key_is_of_one_stream_and_one_sender(app: TestApp) {
        let (_, system, actor) = stage(&app).await;
        let id = declared(&app, &actor, &system, "time", "epoch-ms").await;
        let body = format!(r#"{{"time":{},"bank":"icbc","link":"L1","rc":"00","code":"00"}}"#, app.now().0);
        let post = async |path: &str, key: &str, body: &str| {
            app.ask("POST", path).as_(&actor).header("idempotency-key", key).body(body.to_owned()).send().await
        };
        // The same bytes under the same key go to two streams; each counts them, once, by whichever way it is named.
        let (own, usual) = (format!("{PATH}/{id}/transactions"), format!("{PATH}/{system}/transactions"));
        let replayed = ["\"replayed\":false", "\"replayed\":true"];
        for again in replayed {
            post(&own, "k-1", &body).await.is(200).has(again);
            post(&usual, "k-1", &body).await.is(200).has(again);
        }
        post("/api/v1/transactions?stream=pay%2Fapp", "k-1", &body).await.is(200).has(replayed[1]);
        post("/api/v1/transactions?stream=pay", "k-1", &body).await.is(200).has(replayed[1]);
        for stream in ["pay%2Fapp", "pay"] {
            assert_eq!(analyse(&app, &actor, &format!("stream={stream}")).await["totals"]["total"], 1, "{stream}");
        }
        // Where lines name their stream themselves it is a key of its own.
        let line = body.replace("\"bank\"", "\"system\":\"pay\",\"bank\"");
        for again in replayed {
            post("/api/v1/transactions", "k-1", &line).await.is(200).has(again);
        }
        post(&own, "k-1", &line).await.is(409);
        // What was kept before keys were of a stream is sent again as it was, and counts once; other bytes are of another stream.
        post(&own, "k-2", &body).await.is(200).has(replayed[0]);
        sql("UPDATE transaction_batches SET key = 'k-2' WHERE key LIKE 'k-2 %'").run(&mut app.ctx.db.read().await.unwrap()).await.unwrap();
        post(&own, "k-2", &body).await.is(200).has(replayed[1]);
        post(&usual, "k-2", &line).await.is(200).has(replayed[0]);
        // A stretch of a followed log was under way then: however it is read now, it counts once.
        let stretch = "follow-0a1b2c-100-0-100";
        post(&own, stretch, &body).await.is(200).has(replayed[0]);
        let bare = "UPDATE transaction_batches SET key = 'follow-0a1b2c-100-0-100' WHERE key LIKE 'follow-%'";
        sql(bare).run(&mut app.ctx.db.read().await.unwrap()).await.unwrap();
        post(&own, stretch, &line).await.is(409);
        post(&own, stretch, &body).await.is(200).has(replayed[1]);
    }

    async fn wall_times_are_those_of_a_zone(app: TestApp) {
        let (_, system, actor) = stage(&app).await;
        let declare = async |zone: &str| {
            let body = json!({
                "system": system.to_string(), "key": "till", "name": "Till", "dimensions": ["bank"], "success_codes": ["00"], "code": "rc",
                "time": "date", "time_format": "local", "time_zone": zone
            });
            app.ask("POST", PATH).as_(&actor).json(&body).send().await
        };
        for wrong in ["", "Nowhere/Here"] {
            declare(wrong).await.is(422).has("\"field\":\"time_zone\"").has("Asia/Shanghai");
        }
        let id = declare("Asia/Shanghai").await.is(201).json()["id"].as_str().unwrap().to_owned();
        // As Fluent Bit's java_sql_timestamp.
        let at = app.now().wall(&domain::time::zone("Asia/Shanghai").unwrap());
        let path = format!("{PATH}/{id}/transactions");
        let post = async |body: String| app.ask("POST", &path).as_(&actor).body(body).send().await;
        post(format!(r#"{{"date":"{at}.000000","bank":"icbc","rc":"00"}}"#)).await.is(200).has("\"newest_lag_ms\":0");
        post(r#"{"date":"noon","rc":"00"}"#.into()).await.is(422).has("on the clock of Asia/Shanghai");
        // A table's columns are named with how their time is written, in its address and in its form; another zone's clock is another time.
        let table = format!("When,bank,rc\n{},icbc,51\n", at.replace('-', "/"));
        for (zone, lag) in [("Asia/Shanghai", "\"newest_lag_ms\":0"), ("Asia/Tokyo", "\"newest_lag_ms\":3600000")] {
            let ask = app.ask("POST", &format!("{path}?map=When%3Dtime:local:{zone}")).as_(&actor).header("content-type", "text/csv");
            ask.body(table.clone()).send().await.is(200).has(lag);
        }
        let ask = app.ask("POST", &format!("{path}?map=When%3Dtime:noon")).as_(&actor).header("content-type", "text/csv");
        ask.body(table.clone()).send().await.is(422).has("When=time:noon").has("epoch-ms");
        let rows = format!("/streams/{id}/upload/rows");
        let form = |zone| [
            ("table", table.as_str()), ("time", "When"), ("code", "rc"), ("dimension.bank", "bank"), ("time_format", "local"), ("time_zone", zone),
            ("latency_unit", "ms"), ("amount_unit", "major"), ("act", "take"),
        ];
        app.ask("POST", &rows).as_(&actor).form(&form("Nowhere")).send().await.is(422).has("Zone of wall times").has("Nowhere");
        app.ask("POST", &rows).as_(&actor).form(&form("Asia/Shanghai")).send().await.is(200).has("1 rows counted");
        assert_eq!(self::table(&analyse(&app, &actor, "stream=pay%2Ftill&from=now-2h").await, "bank"), [("icbc".to_owned(), 4, 3)]);
        // What is declared stands on its page and in its form; as YAML it is the same.
        app.get(&format!("/streams/{id}")).as_(&actor).send().await.is(200).has("local:Asia/Shanghai");
        app.get(&format!("/streams/{id}/edit")).as_(&actor).send().await.is(200).has("value=\"Asia/Shanghai\"");
        let yaml = "streams:\n- {system: pay, key: till, name: Till, dimensions: [bank], success_codes: ['00'], code: rc, time: date, time_format: local, time_zone: Asia/Shanghai}\n";
        app.ask("POST", &format!("{PATH}/import")).as_(&actor).json(&json!({"yaml": yaml})).send().await.is(200).has("\"same\"");
    }

    async fn who_sends_only_what_is_refused_is_shown(app: TestApp) {
        let (_, system, actor) = stage(&app).await;
        let id = declared(&app, &actor, &system, "timestamp", "rfc3339").await;
        let path = format!("{PATH}/{id}");
        let post = async |at: String| {
            let body = format!(r#"{{"timestamp":"{at}","rc":"00"}}{{"timestamp":"{at}","rc":"51"}}"#);
            app.ask("POST", &format!("{path}/transactions")).as_(&actor).body(body).send().await
        };
        let sender = async || app.get(&path).as_(&actor).send().await.is(200).json()["senders"][0].clone();
        post("noon".into()).await.is(422);
        let told = sender().await;
        assert_eq!((&told["name"], &told["accepted"], &told["refused"]), (&json!("dora"), &json!(0), &json!(2)));
        app.get(&format!("/streams/{id}")).as_(&actor).send().await.is(200).has("dora").has("nothing counted");
        // Refusals say nothing of a clock.
        post(app.now().plus(-90_000).rfc3339()).await.is(200);
        post("noon".into()).await.is(422);
        let told = sender().await;
        assert_eq!((&told["accepted"], &told["refused"], &told["skew_ms"], &told["newest_lag_ms"]), (&json!(2), &json!(4), &json!(90_000), &json!(90_000)));
    }
}
