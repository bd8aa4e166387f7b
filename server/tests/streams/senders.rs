//! Senders as they are: the very bodies and headers that log shippers send.

use std::io::Write as _;

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
    }

    async fn vector_sends_arrays_and_lines(app: TestApp) {
        let (team, system, actor) = stage(&app).await;
        let id = declared(&app, &actor, &system, "timestamp", "rfc3339").await;
        let at = app.now().rfc3339();
        let event = |rc: &str| format!(
            r#"{{"bank":"abc","file":"/var/log/pay.log","host":"pay-2","message":"paid","ms":7.5,"rc":"{rc}","source_type":"file","timestamp":"{at}"}}"#
        );
        // The http sink: codec json without framing is an array; with newline_delimited framing lines, either in gzip or not.
        for (kind, body, packed) in [
            ("application/json", format!("[{},{}]", event("00"), event("05")), true),
            ("application/x-ndjson", format!("{}\n{}", event("00"), event("05")), false),
        ] {
            let ask = app.ask("POST", &format!("{PATH}/{id}/transactions")).as_(&actor).header("user-agent", "Vector/0.41.1").header("content-type", kind);
            let ask = if packed { ask.header("content-encoding", "gzip").body(gzip(body.as_bytes())) } else { ask.body(body) };
            ask.send().await.is(200).has("\"accepted\":2");
        }
        let json = analyse(&app, &actor, "stream=pay%2Fapp").await;
        assert_eq!(table(&json, "host"), [("pay-2".to_owned(), 4, 2)]);
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
        for body in [event("00"), format!("[{},{}]", event("00"), event("96"))] {
            let ask = app.ask("POST", &format!("{PATH}/{id}/transactions")).as_(&actor).header("user-agent", "Manticore 0.9.1");
            ask.header("content-type", "application/json").body(body).send().await.is(200);
        }
        let json = analyse(&app, &actor, "stream=pay%2Fapp&bank=ccb").await;
        assert_eq!((&json["totals"]["total"], &json["totals"]["failed"], &json["codes"][0]["code"]), (&json!(3), &json!(1), &json!("96")));
    }
}
