//! Monitors out of other tools, and one act on several at once.

use domain::{
    Fault, PageRequest, Permission,
    monitors::{Fate, Filter, ImportItem, ImportPlan, Target},
};

use super::{fields, scene};

const KUMA: &str = r#"{"version":"1.23.11","notificationList":[{"id":1,"name":"Telegram ops","config":"{}"}],"monitorList":[
 {"id":1,"name":"gateway","type":"group","parent":null,"active":true},
 {"id":2,"name":"Shop","type":"http","url":"https://user:pw%21@shop.example.org/","method":"GET","interval":60,"timeout":48,"maxretries":2,
  "retryInterval":60,"accepted_statuscodes":["200-299","304"],"maxredirects":3,"ignoreTls":true,"expiryNotification":true,"active":1,
  "headers":"{\"X-Team\":\"ops\",\"Cookie\":\"a=b\"}","parent":1,"notificationIDList":{"1":true},"tags":[{"name":"prod","value":"eu"}]},
 {"id":3,"name":"Words","type":"keyword","url":"http://shop.example.org/","keyword":"welcome","invertKeyword":false,"interval":20,"active":false,"maxretries":0},
 {"id":4,"name":"Json","type":"json-query","url":"http://shop.example.org/health","jsonPath":"checks[0].status","expectedValue":"UP","interval":30},
 {"id":5,"name":"Clever","type":"json-query","url":"http://shop.example.org/health","jsonPath":"$sum(a)","expectedValue":"3","interval":30},
 {"id":6,"name":"Upside","type":"port","hostname":"db.example.org","port":5432,"upsideDown":true,"interval":60},
 {"id":7,"name":"Port","type":"port","hostname":"db.example.org","port":"5432","interval":60},
 {"id":8,"name":"Ping","type":"ping","hostname":"10.0.0.9","interval":60},
 {"id":9,"name":"Names","type":"dns","hostname":"example.org","dns_resolve_type":"MX","dns_resolve_server":"1.1.1.1,8.8.8.8","port":53,"interval":60},
 {"id":10,"name":"Nightly","type":"push","interval":3600,"maxretries":1,"retryInterval":300,"pushToken":"abc"},
 {"id":11,"name":"Base","type":"postgres","databaseConnectionString":"postgres://watch:s3cret-canary@db.example.org:5433/shop","databaseQuery":"SELECT 1","interval":60},
 {"id":12,"name":"Broker","type":"mqtt","hostname":"mq","interval":60},
 {"id":13,"name":"Trace","type":"http","url":"http://x.example.org/","method":"TRACE","interval":7200}
]}"#;

/// What the API of version 2 lists: no backup, fields of its own.
const KUMA_2: &str = r#"[
 {"id":1,"name":"Database","type":"mysql","databaseConnectionString":"mysql://watch@db.example.org:3306/shop","radiusPassword":"s3cret-canary","interval":60,"active":true,"notificationIDList":[3]},
 {"id":2,"name":"Hook","type":"http","url":"https://shop.example.org/hook","method":"POST","body":"{\"a\":1}","httpBodyEncoding":null,"headers":null,"interval":60,"conditions":[]},
 {"id":3,"name":"Named","type":"dns","hostname":"example.org","dns_resolve_type":"A","dns_resolve_server":"1.1.1.1","port":53,"interval":60,
  "conditions":[{"type":"expression","andOr":"and","variable":"record","operator":"equals","value":"192.0.2.1"}]},
 {"id":4,"name":"Form","type":"keyword","keyword":"ok","url":"https://shop.example.org/f","method":"POST","body":"a=1","httpBodyEncoding":"form","interval":60}
]"#;

/// What a version 2 writes of an HTTP check where nobody chose anything but its URL: there is nothing to say of it.
const USUAL: &str = r#"{"id":1,"name":"usual","description":null,"path":["usual"],"pathName":"usual","parent":null,"childrenIDs":[],
 "url":"http://x.example.org/","method":"GET","hostname":null,"port":null,"location":null,"protocol":null,"maxretries":0,"weight":2000,
 "active":true,"forceInactive":false,"type":"http","subtype":null,"timeout":48,"interval":60,"retryInterval":60,
 "retryOnlyOnStatusCodeFailure":false,"resendInterval":0,"keyword":null,"invertKeyword":false,"expiryNotification":false,
 "domainExpiryNotification":false,"ignoreTls":false,"upsideDown":false,"packetSize":56,"maxredirects":10,
 "accepted_statuscodes":["200-299"],"dns_resolve_type":"A","dns_resolve_server":"1.1.1.1","dns_last_result":null,"docker_container":"",
 "docker_host":null,"proxyId":null,"notificationIDList":{},"tags":[],"maintenance":false,"mqttTopic":"","mqttSuccessMessage":"",
 "mqttCheckType":"keyword","databaseQuery":null,"authMethod":null,"grpcUrl":null,"grpcProtobuf":null,"grpcMethod":null,
 "grpcServiceName":null,"grpcEnableTls":false,"radiusCalledStationId":null,"radiusCallingStationId":null,"game":null,
 "gamedigGivenPortOnly":true,"httpBodyEncoding":"json","jsonPath":"$","expectedValue":null,"system_service_name":null,
 "kafkaProducerTopic":null,"kafkaProducerBrokers":[],"kafkaProducerSsl":false,"kafkaProducerAllowAutoTopicCreation":false,
 "kafkaProducerMessage":null,"screenshot":null,"cacheBust":false,"remote_browser":null,"screenshot_delay":0,"snmpOid":null,
 "jsonPathOperator":"==","snmpVersion":"2c","smtpSecurity":null,"rabbitmqNodes":[],"conditions":[],"ntpStratumThreshold":null,
 "ntpTimeOffsetThreshold":null,"ntpRootDispersionThreshold":null,"ipFamily":null,"expectedTlsAlert":null,"ping_numeric":true,
 "ping_count":1,"ping_per_request_timeout":2,"saveResponse":false,"saveErrorResponse":true,"responseMaxLength":1024,"headers":null,
 "body":null,"grpcBody":null,"grpcMetadata":null,"basic_auth_user":null,"basic_auth_pass":null,"oauth_client_id":null,
 "oauth_client_secret":null,"oauth_token_url":null,"oauth_scopes":null,"oauth_audience":null,"oauth_auth_method":"client_secret_basic",
 "bearer_token":null,"gamedigToken":null,"pushToken":null,"databaseConnectionString":null,"radiusUsername":null,"radiusPassword":null,
 "radiusSecret":null,"mqttUsername":"","mqttPassword":"","mqttWebsocketPath":null,"authWorkstation":null,"authDomain":null,"tlsCa":null,
 "tlsCert":null,"tlsKey":null,"kafkaProducerSaslOptions":{"mechanism":"None"},"rabbitmqUsername":null,"rabbitmqPassword":null,
 "includeSensitiveData":true}"#;

const BLACKBOX: &str = r#"modules:
  http_2xx:
    prober: http
    timeout: 5s
    http:
      preferred_ip_protocol: ip4
      valid_status_codes: [200, 204]
      fail_if_body_not_matches_regexp: ["\"ok\":\\s*true"]
      tls_config: { insecure_skip_verify: true }
      basic_auth: { username: watch, password: s3cret-canary }
  smtp_starttls:
    prober: tcp
    tcp:
      query_response:
        - expect: "^220 ([^ ]+) ESMTP"
        - send: "EHLO prober\r"
        - expect: "^250-STARTTLS"
        - send: "STARTTLS\r"
        - expect: "^220"
        - starttls: true
  dns_soa:
    prober: dns
    dns: { query_name: example.org, query_type: SOA, transport_protocol: tcp, valid_rcodes: [NOERROR] }
  proxied:
    prober: http
    http: { proxy_url: "http://proxy:3128", method: TRACE }
  unused: { prober: icmp }
"#;

fn item<'a>(plan: &'a ImportPlan, name: &str) -> &'a ImportItem {
    plan.items.iter().find(|item| item.name == name).unwrap_or_else(|| panic!("no {name}"))
}

fn notes(item: &ImportItem) -> Vec<&str> {
    item.notes.iter().map(|note| note.what.as_str()).collect()
}

both! {
    async fn a_backup_of_uptime_kuma_is_planned_then_made(app: TestApp) {
        let (system, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let typed = fields(&[("text", KUMA), ("system", system.as_str())]);
        let plan = app.portal.monitors.plan_import(&editor, &typed).await.unwrap();
        let fate = |name: &str| item(&plan, name).fate;
        for name in ["Shop", "Words", "Json", "Port", "Ping", "Names", "Nightly", "Base"] {
            assert_eq!(fate(name), Fate::Create, "{name}: {:?}", item(&plan, name).notes);
        }
        for (name, note) in [("Clever", "expression"), ("Upside", "upside-down"), ("Broker", "kind"), ("Trace", "method")] {
            assert_eq!(fate(name), Fate::Skip, "{name}");
            assert!(notes(item(&plan, name)).contains(&note), "{name}: {:?}", item(&plan, name).notes);
        }
        assert_eq!(notes(item(&plan, "Shop")), ["tags", "expiry", "header", "notifications"]);
        assert!(notes(item(&plan, "Trace")).contains(&"bounds") && notes(item(&plan, "Names")) == ["servers"]);
        assert!(item(&plan, "Words").paused && notes(item(&plan, "Nightly")).contains(&"push"));
        assert!(!serde_json::to_string(&plan).unwrap().contains("canary"), "a plan tells no secret");
        assert_eq!(app.portal.monitors.list(&editor, &Filter::default(), &PageRequest::default()).await.unwrap().items.len(), 1, "a plan makes nothing");
        let mut stale = typed.clone();
        stale.set("fingerprint", "0".repeat(64));
        assert_eq!(app.portal.monitors.import(&editor, &stale).await.unwrap_err(), Fault::conflict("monitors-conflict-plan"));
        let mut again = typed.clone();
        again.set("fingerprint", &plan.fingerprint);
        app.portal.monitors.import(&editor, &again).await.unwrap();
        let made = app.portal.monitors.list(&editor, &Filter::default(), &PageRequest { after: None, limit: 50 }).await.unwrap();
        assert_eq!(made.items.len(), 9);
        let of = |name: &str| made.items.iter().map(|row| &row.monitor).find(|monitor| monitor.name == name).unwrap();
        let Target::Http(front) = &of("Shop").target else { panic!() };
        assert_eq!((front.url.as_str(), front.user.as_str(), front.follow, front.expected.to_string().as_str()), ("https://shop.example.org/", "user", 3, "200-299,304"));
        assert_eq!((of("Shop").needed, of("Shop").has_secret, front.headers.len(), front.accept_invalid), (3, true, 1, true));
        let Target::Http(json) = &of("Json").target else { panic!() };
        assert_eq!(json.json.as_ref().unwrap().path, "$.checks[0].status");
        assert!(of("Words").paused && of("Base").has_secret);
        let plan = app.portal.monitors.plan_import(&editor, &typed).await.unwrap();
        assert_eq!((plan.count(Fate::Create), plan.count(Fate::Exists)), (0, 8), "twice the same makes nothing anew");
    }

    async fn what_the_api_of_uptime_kuma_lists_is_taken_too(app: TestApp) {
        let (system, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let plan = app.portal.monitors.import(&editor, &fields(&[("text", KUMA_2), ("system", system.as_str())])).await.unwrap();
        assert_eq!(plan.count(Fate::Create), 4, "{:?}", plan.items);
        assert_eq!((item(&plan, "Database").fields.get("password"), notes(item(&plan, "Database"))), ("s3cret-canary", vec!["notifications"]));
        assert_eq!(item(&plan, "Hook").fields.get("headers"), "Content-Type: application/json");
        assert_eq!(item(&plan, "Form").fields.get("headers"), "Content-Type: application/x-www-form-urlencoded");
        assert_eq!((notes(item(&plan, "Named")), item(&plan, "Named").notes[0].text.as_str()), (vec!["condition"], "record equals 192.0.2.1"));
        for wrong in ["[]", "[1]", "{\"a\": {\"b\": 1}}", "{\"monitorList\": 7}"] {
            let fault = app.portal.monitors.plan_import(&editor, &fields(&[("text", wrong), ("system", system.as_str())])).await.unwrap_err();
            assert_eq!(fault.problems()[0].field, "text", "{wrong}");
        }
    }

    async fn monitors_of_one_name_are_all_made_and_found_again(app: TestApp) {
        let (system, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let text = r#"[{"id":1,"name":"web-1","type":"group"},{"id":2,"name":"web-2","type":"group"},
            {"id":3,"name":"Ping","type":"ping","hostname":"10.0.0.1","interval":60,"parent":1},
            {"id":4,"name":"Ping","type":"ping","hostname":"10.0.0.2","interval":60,"parent":2},
            {"id":5,"name":"Ping","type":"ping","hostname":"10.0.0.3","interval":60}]"#;
        let typed = fields(&[("text", text), ("system", system.as_str())]);
        let plan = app.portal.monitors.import(&editor, &typed).await.unwrap();
        assert_eq!(plan.items.iter().map(|item| item.name.as_str()).collect::<Vec<_>>(), ["Ping", "web-2 / Ping", "Ping #3"]);
        assert_eq!((plan.count(Fate::Create), notes(&plan.items[0]).len(), notes(&plan.items[1])), (3, 0, vec!["name"]));
        let again = app.portal.monitors.plan_import(&editor, &typed).await.unwrap();
        assert_eq!((again.count(Fate::Create), again.count(Fate::Exists)), (0, 3), "twice the same makes nothing anew");
    }

    async fn of_uptime_kuma_nothing_is_left_out_without_a_word(app: TestApp) {
        let (system, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let usual: serde_json::Value = serde_json::from_str(USUAL).unwrap();
        let plan = async |changes: serde_json::Value| {
            let mut entry = usual.clone();
            entry.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            let text = serde_json::json!({ "monitorList": [entry] }).to_string();
            app.portal.monitors.plan_import(&editor, &fields(&[("text", &text), ("system", system.as_str())])).await.unwrap()
        };
        let left = |plan: &ImportPlan| plan.items[0].notes.iter().map(|note| format!("{} {}", note.what, note.text)).collect::<Vec<_>>();
        let ping = serde_json::json!({ "type": "ping", "hostname": "10.0.0.9" });
        let port = serde_json::json!({ "type": "port", "hostname": "10.0.0.9", "port": 22 });
        for kind in [&serde_json::json!({}), &ping, &port] {
            let plan = plan(kind.clone()).await;
            assert_eq!((plan.count(Fate::Create), left(&plan)), (1, Vec::<String>::new()), "{kind}");
        }
        for (kind, field, value, said) in [
            ("", "description", serde_json::json!("the shop\nof all"), "setting description: the shopof all"),
            ("", "resendInterval", serde_json::json!(3), "setting resendInterval: 3"),
            ("ping", "packetSize", serde_json::json!(1400), "setting packetSize: 1400"),
            ("ping", "ping_per_request_timeout", serde_json::json!(5), "setting ping_per_request_timeout: 5"),
            ("ping", "ping_count", serde_json::json!(20), "bounds count: 20 → 10"),
            ("port", "smtpSecurity", serde_json::json!("starttls"), "setting smtpSecurity: starttls"),
            ("port", "expectedTlsAlert", serde_json::json!("certificate_required"), "setting expectedTlsAlert: certificate_required"),
            ("port", "expiryNotification", serde_json::json!(true), "setting expiryNotification: true"),
            ("", "ipFamily", serde_json::json!("ipv6"), "setting ipFamily: ipv6"),
            ("", "cacheBust", serde_json::json!(true), "setting cacheBust: true"),
            ("", "maintenance", serde_json::json!(true), "setting maintenance: true"),
            ("", "domainExpiryNotification", serde_json::json!(true), "setting domainExpiryNotification: true"),
            ("", "saveResponse", serde_json::json!(true), "setting saveResponse: true"),
            ("", "body", serde_json::json!("{\"pin\":\"canary\"}"), "setting body"),
            ("", "proxyId", serde_json::json!(4), "proxy 4"),
            ("", "authMethod", serde_json::json!("oauth2-cc"), "auth oauth2-cc"),
            ("", "someNewToken", serde_json::json!("canary"), "setting someNewToken"),
            ("", "someNewThing", serde_json::json!({ "a": 1 }), "setting someNewThing: {\"a\":1}"),
        ] {
            let mut changes = match kind { "ping" => ping.clone(), "port" => port.clone(), _ => serde_json::json!({}) };
            changes[field] = value;
            let plan = plan(changes).await;
            assert_eq!((plan.count(Fate::Create), left(&plan)), (1, vec![said.to_owned()]), "{field}");
            assert!(!serde_json::to_string(&plan).unwrap().contains("canary"));
        }
        // Of what belongs to another type nothing is said.
        assert!(left(&plan(serde_json::json!({ "packetSize": 1400, "mqttTopic": "t", "kafkaProducerSsl": true })).await).is_empty());
        // What has a place here is carried over.
        let bearer = plan(serde_json::json!({ "authMethod": "bearer", "bearer_token": "canary" })).await;
        assert_eq!((left(&bearer).len(), bearer.items[0].fields.get("auth"), bearer.items[0].fields.get("token")), (0, "bearer", "canary"));
        let named = plan(serde_json::json!({ "headers": "{\"Host\":\"a.example.org\"}" })).await;
        assert_eq!((left(&named).len(), named.items[0].fields.get("headers")), (0, "Host: a.example.org"));
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            let plan = plan(serde_json::json!({ "method": method, "body": "{}" })).await;
            let fields = &plan.items[0].fields;
            assert_eq!((plan.count(Fate::Create), left(&plan).len(), fields.get("method"), fields.get("body")), (1, 0, method, "{}"), "{method}");
            assert_eq!(fields.get("headers"), "Content-Type: application/json", "{method}");
        }
        assert!(plan(serde_json::json!({ "forceInactive": true })).await.items[0].paused, "its group was paused");
        let five = plan(serde_json::json!({ "type": "ping", "hostname": "10.0.0.9", "ping_count": 5 })).await;
        assert_eq!((five.items[0].fields.get("count"), five.items[0].fields.get("loss")), ("5", "99"));
        let old = r#"[{"name":"old","type":"http","url":"http://x.example.org/","basic_auth_user":"watch","basic_auth_pass":"canary","interval":60}]"#;
        let old = app.portal.monitors.plan_import(&editor, &fields(&[("text", old), ("system", system.as_str())])).await.unwrap();
        assert_eq!((old.items[0].fields.get("auth"), old.items[0].fields.get("user"), left(&old).len()), ("basic", "watch", 0));
        let group = r#"{"notificationList":[{"id":1,"name":"ops"}],"monitorList":[{"id":7,"name":"all","type":"group","notificationIDList":{"1":true}}]}"#;
        let group = app.portal.monitors.plan_import(&editor, &fields(&[("text", group), ("system", system.as_str())])).await.unwrap();
        assert_eq!(group.notes.iter().map(|note| note.text.as_str()).collect::<Vec<_>>(), ["all", "all: ops"]);
    }

    async fn modules_of_a_blackbox_exporter_become_monitors_of_their_targets(app: TestApp) {
        let (system, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let targets = "# ours\nhttp_2xx https://shop.example.org/ shop\nsmtp_starttls mail.example.org:25\ndns_soa 192.0.2.53\nproxied http://x/\nnone http://x/";
        let typed = fields(&[("text", BLACKBOX), ("targets", targets), ("system", system.as_str())]);
        let plan = app.portal.monitors.import(&editor, &typed).await.unwrap();
        assert_eq!((plan.count(Fate::Create), plan.count(Fate::Skip)), (3, 2), "{:?}", plan.items);
        assert!(plan.notes.iter().any(|note| note.what == "module" && note.text.starts_with("unused")));
        assert!(notes(item(&plan, "http://x/ (proxied)")).contains(&"setting") && notes(item(&plan, "http://x/ (none)")) == ["module"]);
        let made = app.portal.monitors.list(&editor, &Filter::default(), &PageRequest { after: None, limit: 50 }).await.unwrap();
        let of = |name: &str| made.items.iter().map(|row| &row.monitor).find(|monitor| monitor.name == name).unwrap();
        let Target::Http(shop) = &of("shop").target else { panic!() };
        assert_eq!((shop.expected.to_string().as_str(), shop.user.as_str(), shop.pace.timeout_s, of("shop").has_secret), ("200,204", "watch", 5, true));
        let Target::Tcp(mail) = &of("mail.example.org:25 (smtp_starttls)").target else { panic!() };
        assert_eq!(mail.dialogue.len(), 6);
        let Target::Dns(dns) = &of("192.0.2.53 (dns_soa)").target else { panic!() };
        assert_eq!(dns.server.as_ref().unwrap().to_string(), "192.0.2.53:53");
        let without = fields(&[("text", BLACKBOX), ("system", system.as_str())]);
        assert_eq!(app.portal.monitors.plan_import(&editor, &without).await.unwrap_err().problems()[0].field, "targets");
    }

    async fn the_page_shows_the_plan_and_keeps_what_was_pasted(app: TestApp) {
        let (system, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        app.get("/monitors/import").as_(&editor).send().await.is(200);
        let wrong = app.post_form("/monitors/import", &[("text", "neither nor"), ("system", system.as_str())]).as_(&editor).send().await;
        wrong.is(422).has("neither nor").has("field-text-error");
        let plan = app.post_form("/monitors/import", &[("text", KUMA), ("system", system.as_str())]).as_(&editor).send().await;
        plan.is(200).has("Shop").has("monitors-import-outcome").has("Telegram ops");
        let loose = KUMA.replace("Telegram ops", "</textarea><b>loose</b>");
        let plan = app.post_form("/monitors/import", &[("text", &loose), ("system", system.as_str())]).as_(&editor).send().await;
        plan.is(200).has("monitors/import/apply").lacks("<b>loose");
        let made = app.post_form("/monitors/import/apply", &[("text", KUMA), ("system", system.as_str())]).as_(&editor).send().await;
        made.is(303);
        let api = app.api("POST", "/api/v1/monitors/import/plan", &serde_json::json!({ "text": KUMA, "system": "gateway" })).as_(&editor).send().await;
        api.is(200);
        assert_eq!(api.json()["origin"], "kuma");
        let viewer = app.user("vera", &[Permission::Read], None).await;
        app.get("/monitors/import").as_(&viewer).send().await.is(403);
        assert_eq!(app.portal.monitors.import(&viewer, &fields(&[("text", KUMA)])).await.unwrap_err(), Fault::Forbidden(Permission::EditMonitors));
        let team = app.team("other").await;
        let stranger = app.user("olaf", Permission::ALL, Some(&team)).await;
        let typed = fields(&[("text", KUMA), ("system", system.as_str())]);
        assert_eq!(app.portal.monitors.plan_import(&stranger, &typed).await.unwrap_err().problems()[0].field, "system");
    }

    async fn several_at_once_are_all_or_none(app: TestApp) {
        let (system, editor, first) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let typed = fields(&[("name", "second"), ("system", system.as_str()), ("kind", "tcp"), ("address", "127.0.0.1:1")]);
        let second = app.portal.monitors.create(&editor, &typed).await.unwrap();
        let both = |act: &str| fields(&[("id", first.as_str()), ("id", second.as_str()), ("act", act), ("for", "3600")]);
        assert_eq!(app.portal.monitors.many(&editor, &both("pause")).await.unwrap(), 2);
        assert!(super::monitor(&app, &editor, &first).await.paused && super::monitor(&app, &editor, &second).await.paused);
        app.portal.monitors.many(&editor, &both("resume")).await.unwrap();
        app.portal.monitors.many(&editor, &both("maintain")).await.unwrap();
        assert!(super::monitor(&app, &editor, &second).await.maintenance_until.is_some());
        app.portal.monitors.many(&editor, &both("end-maintenance")).await.unwrap();
        assert!(super::monitor(&app, &editor, &second).await.maintenance_until.is_none());
        let team = app.team("other").await;
        let foreign = app.system("foreign", &team).await;
        let other = app.user("olaf", Permission::ALL, Some(&team)).await;
        let theirs = app.portal.monitors.create(&other, &fields(&[("name", "t"), ("system", foreign.as_str()), ("kind", "http"), ("url", "http://x/")])).await.unwrap();
        let mixed = fields(&[("id", first.as_str()), ("id", theirs.as_str()), ("act", "pause")]);
        assert_eq!(app.portal.monitors.many(&editor, &mixed).await.unwrap_err(), Fault::NotFound("monitor"));
        assert!(!super::monitor(&app, &editor, &first).await.paused, "none, where one may not");
        let page = app.get("/monitors").as_(&editor).send().await;
        page.is(200).has("monitors-bulk");
        let done = app.post_form("/monitors/many", &[("id", first.as_str()), ("act", "pause"), ("next", "/monitors?state=up")]).as_(&editor).send().await;
        done.is(303);
        assert!(done.location().starts_with("/monitors?state=up"), "{}", done.location());
        let acted = app.api("POST", "/api/v1/monitors/many", &serde_json::json!({ "id": [first, second], "act": "resume" })).as_(&editor).send().await;
        acted.is(200);
        assert_eq!(acted.json()["monitors"], 2);
    }
}
