//! What is secret does not stand in the database: it is hashed, or sealed with a key that lies elsewhere.

use backend::db::{Kind, sql};
use domain::{Permission, form::Typed, id::MonitorId};
use serde_json::json;

use crate::app::TestApp;

/// Every text that stands anywhere in the database.
pub async fn everything(app: &TestApp) -> Vec<String> {
    let columns = match app.ctx.db.kind() {
        Kind::Sqlite => {
            "SELECT m.name || ' ' || p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND p.type = 'TEXT'"
        }
        Kind::Postgres => {
            "SELECT CAST(table_name || ' ' || column_name AS TEXT) FROM information_schema.columns \
             WHERE table_schema = 'public' AND data_type = 'text'"
        }
    };
    let mut conn = app.ctx.db.read().await.unwrap();
    let columns = sql(columns).texts(&mut conn).await.unwrap();
    assert!(columns.len() > 50, "{columns:?}");
    let mut texts = Vec::new();
    for (table, column) in columns.iter().filter_map(|name| name.split_once(' ')).filter(|(table, _)| !table.starts_with('_')) {
        let query: &'static str = format!("SELECT COALESCE({column}, '') FROM {table}").leak();
        texts.extend(sql(query).texts(&mut conn).await.unwrap().into_iter().map(|text| format!("{table}.{column}: {text}")));
    }
    texts
}

fn typed(json: serde_json::Value) -> Typed {
    serde_json::from_value(json).expect("an object")
}

/// A heartbeat with its secret.
async fn heartbeat(app: &TestApp, admin: &domain::Actor) -> (MonitorId, String) {
    let team = app.team("payments").await;
    let system = app.system("gateway", &team).await;
    let beat = json!({"name": "batch", "system": system, "kind": "heartbeat", "deadline": "5m"});
    let id = app.portal.monitors.create(admin, &typed(beat)).await.expect("a heartbeat");
    let secret = app.portal.monitors.secret(admin, &id).await.unwrap().expect("a secret");
    (id, secret)
}

both! {
    async fn no_secret_stands_in_the_database(app: TestApp) {
        let admin = app.user("admin", Permission::ALL, None).await;
        let (_, beat) = heartbeat(&app, &admin).await;
        let mut secrets = vec![beat];
        app.portal.people.add_team(&admin, &typed(json!({"key": "cards", "name": "Cards"}))).await.unwrap();
        secrets.extend(app.portal.changes.feeds(&admin).await.unwrap().into_iter().map(|feed| feed.secret));
        assert_eq!(secrets.len(), 3);
        let token = json!({"name": "shipper", "days": 30, "permissions": ["read"]});
        let made = app.api("POST", "/api/v1/tokens", &token).as_(&admin).header("idempotency-key", "k-1").send().await;
        secrets.push(made.is(201).json()["secret"].as_str().expect("a secret").to_owned());
        let channel = json!({"name": "hook", "url": "http://127.0.0.1:9/", "secret": "whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnktMTIzNDU2Nzg=", "team": "*", "events": ["alert.firing"], "enabled": true});
        app.api("POST", "/api/v1/channels", &channel).as_(&admin).send().await.is(201);
        secrets.push("Y2FuYXJ5LWNhbmFyeS1jYW5hcnktMTIzNDU2Nzg".to_owned());
        let system = app.system("cards", &app.team("issuing").await).await;
        let monitor = json!({"name": "card API", "system": system, "kind": "http", "method": "POST", "url": "http://127.0.0.1:9/health?key=canary-in-the-query", "interval": "10s", "timeout": "2s",
            "headers": "x-api-key: canary-in-a-header", "body": "canary-in-the-body"});
        let made = app.api("POST", "/api/v1/monitors", &monitor).as_(&admin).send().await;
        let path = made.is(201).location().to_owned();
        let keys = ["canary-in-the-query", "canary-in-a-header", "canary-in-the-body"];
        secrets.extend(keys.map(str::to_owned));
        // Shown to those who may edit it, to nobody else.
        let viewer = app.user("vera", &[Permission::Read, Permission::Export], None).await;
        let page = path.replace("/api/v1", "");
        for key in keys {
            app.get(&path).as_(&admin).send().await.is(200).has(key);
            for there in [path.as_str(), &page, "/monitors", "/monitors.csv", "/api/v1/monitors"] {
                app.get(there).as_(&viewer).send().await.is(200).lacks(key);
            }
            app.get("/audit").as_(&admin).send().await.is(200).lacks(key);
        }
        let way_in = json!({"name": "Grafana", "kind": "grafana", "team": app.team("risk").await, "enabled": true});
        let made = app.portal.integrations.create(&admin, &typed(way_in)).await.expect("a way in");
        secrets.push(app.portal.integrations.get(&admin, &made.id).await.expect("its secret").1);
        let texts = everything(&app).await;
        for secret in &secrets {
            assert!(secret.len() > 10, "{secret}");
            let found: Vec<_> = texts.iter().filter(|text| text.contains(secret.as_str())).collect();
            assert!(found.is_empty(), "{found:#?}");
        }
    }

    async fn what_an_older_version_left_in_clear_text_is_sealed_at_the_start(app: TestApp) {
        let admin = app.user("admin", Permission::ALL, None).await;
        let (id, _) = heartbeat(&app, &admin).await;
        let old = "0123456789abcdef0123456789abcdef01234567";
        let mut conn = app.ctx.db.read().await.unwrap();
        sql("UPDATE monitors SET secret = $1, secret_sealed = ''").value(old).run(&mut conn).await.unwrap();
        let target = json!({"kind": "heartbeat", "deadline_s": 300, "grace_s": 60}).to_string();
        sql("UPDATE monitors SET target = $1").value(&target).run(&mut conn).await.unwrap();
        drop(conn);
        // Not by the clear text, and not by what stands in the column.
        app.get(&format!("/beat/{old}")).send().await.is(404);
        for _ in 0..2 {
            backend::monitors::seal_secrets(&app.ctx).await.unwrap();
        }
        app.get(&format!("/beat/{old}")).send().await.is(200);
        assert_eq!(app.portal.monitors.secret(&admin, &id).await.unwrap().as_deref(), Some(old));
        assert_eq!(app.portal.monitors.get(&admin, &id).await.unwrap().target.interval_ms(), 300_000);
        let texts = everything(&app).await;
        assert!(!texts.iter().any(|text| text.contains(&target)), "targets are sealed, too");
        assert!(!texts.iter().any(|text| text.contains(old)));
        for hash in texts.iter().filter(|text| text.starts_with("monitors.secret:")).filter_map(|text| text.split_once(": ")) {
            app.get(&format!("/beat/{}", hash.1)).send().await.is(404);
        }
    }
}
