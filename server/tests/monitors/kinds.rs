//! Every kind of monitor against a counterpart within this process: what it takes for right, what for wrong, and why.

use bytes::Bytes;
use domain::{
    Actor, Fault, Permission,
    form::Typed,
    id::SystemId,
    monitors::{CheckResult, FactKind, Reason, Verdict},
    time::DAY,
};
use http_body_util::{BodyExt, StreamBody};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
};

use super::{
    fields, resolver, scene,
    target::{Reply, Server, last_words},
};
use crate::app::TestApp;

/// One check of a monitor with these fields.
pub(super) async fn check(app: &TestApp, editor: &Actor, system: &SystemId, more: &[(&str, &str)]) -> CheckResult {
    let mut typed = fields(&[("name", "checked"), ("system", system.as_str()), ("timeout", "3")]);
    for (name, value) in more {
        typed.set(*name, value);
    }
    let id = app.portal.monitors.create(editor, &typed).await.expect("a monitor");
    app.portal.monitors.check_now(editor, &id).await.expect("a result")
}

pub(super) fn fact(result: &CheckResult, kind: FactKind) -> Option<&str> {
    result.facts.iter().find(|fact| fact.kind == kind).map(|fact| fact.text.as_str())
}

/// Answers each line with the first of these whose beginning it has; greets first.
pub(super) async fn talker(greeting: &'static str, answers: &'static [(&'static str, &'static str)]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (reader, mut writer) = stream.into_split();
                let _ = writer.write_all(greeting.as_bytes()).await;
                let mut lines = BufReader::new(reader).lines();
                while let Ok(Some(line)) = lines.next_line().await {
                    if let Some((_, answer)) = answers.iter().find(|(begin, _)| line.starts_with(begin)) {
                        let _ = writer.write_all(answer.as_bytes()).await;
                    }
                }
            });
        }
    });
    address
}

/// A health service of gRPC: it knows `up` and `down`, and what is not named is up.
pub(super) async fn health() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let answer = hyper::service::service_fn(|request: hyper::Request<hyper::body::Incoming>| async move {
                assert_eq!(request.uri().path(), "/grpc.health.v1.Health/Check");
                let asked = request.into_body().collect().await.expect("a body").to_bytes();
                let service = String::from_utf8_lossy(asked.get(7..).unwrap_or_default()).into_owned();
                let (status, serving) = match service.as_str() {
                    "" | "up" => ("0", Some(1)),
                    "down" => ("0", Some(2)),
                    _ => ("5", None),
                };
                let mut frames = Vec::new();
                if let Some(serving) = serving {
                    frames.push(Ok(hyper::body::Frame::data(Bytes::copy_from_slice(&[0, 0, 0, 0, 2, 8, serving]))));
                }
                let mut trailers = http::HeaderMap::new();
                trailers.insert("grpc-status", http::HeaderValue::from_static(status));
                frames.push(Ok::<_, std::convert::Infallible>(hyper::body::Frame::trailers(trailers)));
                let body = StreamBody::new(futures::stream::iter(frames));
                Ok::<_, std::convert::Infallible>(
                    hyper::Response::builder().header("content-type", "application/grpc").body(body).expect("an answer"),
                )
            });
            tokio::spawn(async move {
                let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), answer).await;
            });
        }
    });
    address
}

both! {
    async fn the_answer_of_a_url_is_looked_at_closely(app: TestApp) {
        let server = Server::plain().await;
        let (system, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let url = server.url("/health");
        let with = |more: &[(&'static str, &'static str)]| {
            let mut pairs: Vec<(&str, String)> = vec![("kind", "http".into()), ("url", url.clone())];
            pairs.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
            pairs
        };
        let ask = async |pairs: Vec<(&str, String)>| {
            let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let result = check(&app, &editor, &system, &pairs).await;
            (result.verdict, result.reason)
        };
        server.set(Reply { body: r#"{"status":"UP","lag":3}"#.into(), headers: "x-state: up\r\ncache-control: no-store\r\n".into(), ..Reply::status(200) });
        assert_eq!(ask(with(&[("json_path", "$.status"), ("json_value", "UP")])).await, (Verdict::Up, Reason::Fine));
        assert_eq!(ask(with(&[("json_path", "$.lag"), ("json_op", "above"), ("json_value", "5")])).await, (Verdict::Down, Reason::Json));
        assert_eq!(ask(with(&[("header_name", "X-State"), ("header_text", "up")])).await, (Verdict::Up, Reason::Fine));
        assert_eq!(ask(with(&[("header_name", "Cache-Control"), ("header_match", "lacks"), ("header_text", "no-store")])).await, (Verdict::Down, Reason::Header));
        assert_eq!(ask(with(&[("auth", "basic"), ("user", "watch"), ("password", "hunter2-canary")])).await, (Verdict::Up, Reason::Fine));
        assert!(server.request.lock().unwrap().to_lowercase().contains("authorization: basic d2f0y2g6ahvudgvymi1jyw5hcnk="), "{}", server.request.lock().unwrap());
        assert_eq!(ask(with(&[("auth", "bearer"), ("token", "hunter2-canary")])).await, (Verdict::Up, Reason::Fine));
        assert!(server.request.lock().unwrap().contains("Bearer hunter2-canary"));
        server.set(Reply::redirect("/elsewhere"));
        assert_eq!(ask(with(&[])).await, (Verdict::Down, Reason::Status), "the answer itself counts");
        let mut right = with(&[("redirect", "expect")]);
        right.push(("redirect_to", server.url("/elsewhere")));
        assert_eq!(ask(right).await, (Verdict::Up, Reason::Fine));
        assert_eq!(ask(with(&[("redirect", "expect"), ("redirect_to", "http://example.org/")])).await, (Verdict::Down, Reason::Redirect));
        assert_eq!(ask(with(&[("redirect", "follow"), ("redirects", "2")])).await, (Verdict::Down, Reason::Redirect), "round and round");
        for wrong in [("json_path", "$.a["), ("redirects", "11"), ("header_name", "a b"), ("auth", "digest"), ("tls_min", "1.1")] {
            let mut typed = fields(&[("name", "n"), ("system", system.as_str()), ("kind", "http"), ("url", &url), ("redirect", "follow")]);
            typed.set(wrong.0, wrong.1);
            let fault = app.portal.monitors.create(&editor, &typed).await.unwrap_err();
            assert_eq!(fault.problems()[0].field, wrong.0);
        }
        let (secure, _) = Server::tls(4_000_000_000).await;
        let tls = check(&app, &editor, &system, &[("kind", "http"), ("url", &format!("https://{}/", secure.address)), ("accept_invalid", "on"), ("tls_min", "1.3")]).await;
        assert_eq!((tls.verdict, fact(&tls, FactKind::TlsVersion)), (Verdict::Up, Some("TLSv1.3")), "{tls:?}");
        assert_eq!(fact(&tls, FactKind::HttpVersion), Some("HTTP/1.1"));
    }

    async fn a_large_body_is_looked_at_to_its_end_or_not_judged(app: TestApp) {
        let server = Server::plain().await;
        let (system, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let url = server.url("/");
        for (size, contains, lacks) in [
            (400_000, (Verdict::Up, Reason::Fine), (Verdict::Down, Reason::Body)),
            (5 << 20, (Verdict::Unknown, Reason::Unseen), (Verdict::Unknown, Reason::Unseen)),
        ] {
            server.set(Reply { body: format!("begin {} end", "x".repeat(size)), ..Reply::status(200) });
            for (mode, text, right) in [("contains", "end", contains), ("lacks", "end", lacks), ("contains", "begin", (Verdict::Up, Reason::Fine)), ("lacks", "begin", (Verdict::Down, Reason::Body))] {
                let result = check(&app, &editor, &system, &[("kind", "http"), ("url", &url), ("match", mode), ("match_text", text)]).await;
                assert_eq!((result.verdict, result.reason), right, "{size} {mode} {text}: {result:?}");
            }
            let whole = check(&app, &editor, &system, &[("kind", "http"), ("url", &url)]).await;
            assert_eq!((whole.verdict, whole.reason), (Verdict::Up, Reason::Fine), "nothing is looked for");
        }
    }

    async fn every_method_is_sent_as_it_is_named_with_its_body(app: TestApp) {
        let server = Server::plain().await;
        let (system, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let url = server.url("/orders/7");
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            for body in ["", "{\"state\":\"new\"}"] {
                let seen = check(&app, &editor, &system, &[("kind", "http"), ("url", &url), ("method", method), ("body", body)]).await;
                assert_eq!((seen.verdict, seen.reason), (Verdict::Up, Reason::Fine), "{method}");
                let sent = server.request.lock().unwrap().clone();
                assert!(sent.starts_with(&format!("{method} /orders/7 HTTP/1.1\r\n")) && sent.ends_with(&format!("\r\n\r\n{body}")), "{sent}");
            }
        }
        let form = app.get("/monitors/new?kind=http").as_(&editor).send().await;
        form.is(200).has("value=\"PATCH\"").has("may change something at the target");
    }

    async fn http_2_may_be_demanded(app: TestApp) {
        let (system, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let ((two, _), (one, _)) = (Server::h2().await, Server::tls(4_000_000_000).await);
        let (two, one) = (format!("https://{}/", two.address), format!("https://{}/", one.address));
        for (url, version, verdict, reason, spoken) in [
            (&two, "2", Verdict::Up, Reason::Fine, "HTTP/2.0"),
            (&two, "any", Verdict::Up, Reason::Fine, "HTTP/2.0"),
            (&one, "any", Verdict::Up, Reason::Fine, "HTTP/1.1"),
            (&one, "2", Verdict::Down, Reason::HttpVersion, "HTTP/1.1"),
        ] {
            let seen = check(&app, &editor, &system, &[("kind", "http"), ("url", url), ("accept_invalid", "on"), ("http_version", version)]).await;
            assert_eq!((seen.verdict, seen.reason, fact(&seen, FactKind::HttpVersion)), (verdict, reason, Some(spoken)), "{url} {version}");
            if verdict == Verdict::Down {
                assert_eq!(seen.detail, "HTTP/1.1, expected HTTP/2");
            }
        }
        // What cannot be agreed on without TLS is not asked for; the form says so, and shows what was chosen.
        let wrong = fields(&[("name", "n"), ("system", system.as_str()), ("kind", "http"), ("url", "http://127.0.0.1:1/"), ("http_version", "2")]);
        let fault = app.portal.monitors.create(&editor, &wrong).await.unwrap_err();
        assert_eq!(fault.problems()[0].field, "http_version");
        let mut wrong = wrong;
        wrong.set("http_version", "3");
        assert_eq!(app.portal.monitors.create(&editor, &wrong).await.unwrap_err().problems()[0].field, "http_version");
        let typed = fields(&[("name", "two"), ("system", system.as_str()), ("kind", "http"), ("url", &one), ("accept_invalid", "on"), ("http_version", "2")]);
        let id = app.portal.monitors.create(&editor, &typed).await.unwrap();
        app.portal.monitors.check_now(&editor, &id).await.unwrap();
        app.get(&format!("/monitors/{id}")).as_(&editor).send().await.is(200).has("Another version of HTTP than expected").has("HTTP/2");
        app.get(&format!("/monitors/{id}/edit")).as_(&editor).send().await.is(200).has("name=\"http_version\"").has("value=\"2\" selected");
        app.get(&format!("/monitors/{id}")).as_(&editor).in_(domain::people::Locale::Zh).send().await.is(200).has("HTTP 版本与预期不同");
    }

    async fn a_port_is_connected_to_and_spoken_with(app: TestApp) {
        let (system, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let address = talker("220 mail.test ESMTP\r\n", &[("EHLO mail.test", "250-mail.test\r\n250 STARTTLS\r\n"), ("QUIT", "221 bye\r\n")]).await;
        let plain = check(&app, &editor, &system, &[("kind", "tcp"), ("address", &address)]).await;
        assert_eq!((plain.verdict, plain.reason), (Verdict::Up, Reason::Fine), "{plain:?}");
        assert_eq!(fact(&plain, FactKind::Peer), Some(address.as_str()));
        assert!(plain.connect_us.is_some_and(|us| us > 0) && plain.latency_us >= plain.connect_us);
        let dialogue = "expect: ^220 ([^ ]+)\nsend: EHLO ${1}\\r\nexpect: ^250 STARTTLS\nsend: QUIT\\r\nexpect: ^221";
        let spoken = check(&app, &editor, &system, &[("kind", "tcp"), ("address", &address), ("dialogue", dialogue)]).await;
        assert_eq!((spoken.verdict, fact(&spoken, FactKind::Answer)), (Verdict::Up, Some("220 mail.test")), "{spoken:?}");
        let other = check(&app, &editor, &system, &[("kind", "tcp"), ("address", &address), ("dialogue", "expect: ^SSH-"), ("timeout", "1")]).await;
        assert_eq!((other.verdict, other.reason), (Verdict::Down, Reason::Answer));
        assert!(other.detail.contains("220 mail.test"), "{}", other.detail);
        let closed = check(&app, &editor, &system, &[("kind", "tcp"), ("address", "127.0.0.1:1")]).await;
        assert_eq!((closed.verdict, closed.reason), (Verdict::Down, Reason::Connect));
        for inside in ["169.254.169.254:80", "10.0.0.1:22"] {
            let refused = check(&app, &editor, &system, &[("kind", "tcp"), ("address", inside)]).await;
            assert_eq!((refused.verdict, refused.reason), (Verdict::Unknown, Reason::RefusedAddress), "{inside}");
        }
    }

    async fn a_last_word_without_the_end_of_a_line_is_heard(app: TestApp) {
        let (system, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let (ends, waits) = (last_words("hello\r\nAMQP\0\0\x09\x01").await, talker("AMQP", &[]).await);
        for (address, pattern, verdict, reason, said) in [
            (&ends, "expect: ^AMQP", Verdict::Up, Reason::Fine, ""),
            (&ends, "expect: ^SSH-", Verdict::Down, Reason::Answer, "“AMQP”, expected “^SSH-”"),
            (&waits, "expect: ^AMQP", Verdict::Down, Reason::Timeout, "body"),
        ] {
            let heard = check(&app, &editor, &system, &[("kind", "tcp"), ("address", address), ("dialogue", pattern), ("timeout", "1")]).await;
            assert_eq!((heard.verdict, heard.reason, heard.detail.as_str()), (verdict, reason, said), "{address} {pattern}");
        }
    }

    async fn a_certificate_is_shown_whole_and_judged(app: TestApp) {
        let (system, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let (server, _) = Server::tls(app.now().plus(5 * DAY).0 / 1_000).await;
        let address = server.address.to_string();
        let shown = check(&app, &editor, &system, &[("kind", "tls"), ("address", &address)]).await;
        assert_eq!((shown.verdict, shown.reason), (Verdict::Down, Reason::Tls), "nobody vouches for it: {shown:?}");
        assert!(fact(&shown, FactKind::Certificate).is_some_and(|text| text.contains('←')), "{shown:?}");
        assert!(shown.tls_expires_at.is_some() && shown.tls_us.is_some());
        let plain = check(&app, &editor, &system, &[("kind", "tls"), ("address", &talker("220 hello\r\n", &[]).await)]).await;
        assert_eq!((plain.verdict, plain.reason), (Verdict::Down, Reason::Tls), "{plain:?}");
        let inside = check(&app, &editor, &system, &[("kind", "tcp"), ("address", &address), ("tls", "on"), ("accept_invalid", "on")]).await;
        assert_eq!(inside.verdict, Verdict::Up, "{inside:?}");
        assert!(fact(&inside, FactKind::Accepted).is_some() && fact(&inside, FactKind::TlsVersion) == Some("TLSv1.3"), "{inside:?}");
    }

    async fn mail_and_databases_begin_in_the_clear(app: TestApp) {
        use crate::deliveries::mail::Server as Mail;
        let (system, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let at = async |how: &str, address: &str| check(&app, &editor, &system, &[("kind", "tls"), ("address", address), ("starttls", how)]).await;
        let mail = Mail::begin(true, false).await;
        let shown = at("smtp", &format!("localhost:{}", mail.port)).await;
        assert_eq!((shown.verdict, shown.reason), (Verdict::Down, Reason::Tls), "nobody vouches for it: {shown:?}");
        assert!(fact(&shown, FactKind::Certificate).is_some() && shown.tls_us.is_some(), "the handshake was made: {shown:?}");
        let mute = Mail::begin(false, false).await;
        let shown = at("smtp", &format!("localhost:{}", mute.port)).await;
        assert!(shown.reason == Reason::Tls && shown.detail.contains("STARTTLS") && fact(&shown, FactKind::Certificate).is_none(), "{shown:?}");
        for (how, says) in [("imap", "* BYE\r\n"), ("pop3", "-ERR\r\n"), ("smtp", "554 no\r\n"), ("postgres", "N")] {
            let shown = at(how, &talker(says, &[]).await).await;
            assert_eq!((shown.verdict, shown.reason), (Verdict::Down, Reason::Tls), "{how}: {shown:?}");
        }
    }

    async fn a_name_server_is_asked(app: TestApp) {
        use resolver::Says;
        let (system, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let server = resolver::Server::of(&[("api.test", Says::V4([192, 0, 2, 7])), ("fails.test", Says::Code(2)), ("mute.test", Says::Nothing)]).await;
        let address = server.address.to_string();
        for (lookup, more, verdict, reason) in [
            ("api.test", &[][..], Verdict::Up, Reason::Fine),
            ("api.test", &[("answers", "exactly"), ("answer_text", "192.0.2.7")][..], Verdict::Up, Reason::Fine),
            ("api.test", &[("answers", "regex"), ("answer_text", "^10\\.")][..], Verdict::Down, Reason::Answer),
            ("api.test", &[("record", "AAAA")][..], Verdict::Down, Reason::Answer),
            ("none.test", &[][..], Verdict::Down, Reason::Rcode),
            ("none.test", &[("rcode", "NXDOMAIN")][..], Verdict::Up, Reason::Fine),
            ("fails.test", &[][..], Verdict::Down, Reason::Rcode),
            ("mute.test", &[("timeout", "1")][..], Verdict::Down, Reason::Timeout),
        ] {
            let mut pairs = vec![("kind", "dns"), ("lookup", lookup), ("server", address.as_str())];
            pairs.extend(more);
            let asked = check(&app, &editor, &system, &pairs).await;
            assert_eq!((asked.verdict, asked.reason), (verdict, reason), "{lookup} {more:?}: {asked:?}");
        }
    }

    async fn a_health_service_is_asked(app: TestApp) {
        let (system, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let address = health().await;
        for (service, verdict, reason) in [
            ("", Verdict::Up, Reason::Fine),
            ("up", Verdict::Up, Reason::Fine),
            ("down", Verdict::Down, Reason::Unhealthy),
            ("nobody", Verdict::Down, Reason::Unhealthy),
        ] {
            let asked = check(&app, &editor, &system, &[("kind", "grpc"), ("address", &address), ("service", service)]).await;
            assert_eq!((asked.verdict, asked.reason), (verdict, reason), "{service}: {asked:?}");
        }
        let other = check(&app, &editor, &system, &[("kind", "grpc"), ("address", &talker("220 hello\r\n", &[]).await)]).await;
        assert_eq!((other.verdict, other.reason), (Verdict::Down, Reason::Protocol), "{other:?}");
    }

    async fn redis_is_asked_and_its_password_is_nobodys(app: TestApp) {
        let (system, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let open = talker("", &[("PING", "+PONG\r\n")]).await;
        let result = check(&app, &editor, &system, &[("kind", "redis"), ("address", &open)]).await;
        assert_eq!(result.verdict, Verdict::Up, "{result:?}");
        let locked = talker("", &[("hunter2-canary", "+OK\r\n"), ("wrong", "-WRONGPASS invalid\r\n"), ("PING", "+PONG\r\n")]).await;
        let mut typed = fields(&[("name", "cache"), ("system", system.as_str()), ("kind", "redis"), ("address", &locked), ("password", "hunter2-canary")]);
        let id = app.portal.monitors.create(&editor, &typed).await.unwrap();
        assert_eq!(app.portal.monitors.check_now(&editor, &id).await.unwrap().verdict, Verdict::Up);
        app.settle().await;
        assert_eq!(super::monitor(&app, &editor, &id).await.standing.last.unwrap().verdict, Verdict::Up, "the scheduler has it too");
        for path in [format!("/api/v1/monitors/{id}"), format!("/monitors/{id}"), format!("/monitors/{id}/edit"), "/monitors".to_owned()] {
            let answer = app.get(&path).as_(&editor).send().await;
            answer.is(200);
            assert!(!answer.body.contains("hunter2-canary"), "{path}");
        }
        // It stays where nothing is typed, but goes nowhere else.
        typed.set("password", "");
        typed.set("name", "cache 2");
        app.portal.monitors.edit(&editor, &id, &typed).await.unwrap();
        assert_eq!(app.portal.monitors.check_now(&editor, &id).await.unwrap().verdict, Verdict::Up);
        typed.set("address", &open);
        let moved = app.portal.monitors.edit(&editor, &id, &typed).await.unwrap_err();
        assert_eq!(moved.problems()[0].field, "password");
        typed.set("password", "wrong");
        typed.set("address", &locked);
        app.portal.monitors.edit(&editor, &id, &typed).await.unwrap();
        let refused = app.portal.monitors.check_now(&editor, &id).await.unwrap();
        assert_eq!((refused.verdict, refused.reason), (Verdict::Down, Reason::Login), "{refused:?}");
        typed.set("password", "");
        typed.set("forget", "on");
        app.portal.monitors.edit(&editor, &id, &typed).await.unwrap();
        assert!(!super::monitor(&app, &editor, &id).await.has_secret);
    }

    async fn a_host_is_pinged_where_the_machine_permits_it(app: TestApp) {
        let (system, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let form = app.get("/monitors/new?kind=icmp").as_(&editor).send().await;
        form.is(200);
        let result = check(&app, &editor, &system, &[("kind", "icmp"), ("host", "127.0.0.1"), ("count", "2")]).await;
        match app.portal.monitors.ping_refused() {
            None => {
                assert_eq!(result.verdict, Verdict::Up, "{result:?}");
                assert_eq!(fact(&result, FactKind::Loss), Some("0 % (0 of 2)"));
            }
            Some(_) => {
                assert_eq!((result.verdict, result.reason), (Verdict::Unknown, Reason::NotPermitted));
                form.has("ping_group_range");
            }
        }
        let refused = check(&app, &editor, &system, &[("kind", "icmp"), ("host", "10.0.0.1")]).await;
        assert_eq!((refused.verdict, refused.reason), (Verdict::Unknown, Reason::RefusedAddress), "{refused:?}");
    }

    async fn forms_of_every_kind_keep_what_was_typed(app: TestApp) {
        let (system, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        for (kind, field, wrong) in [
            ("tcp", "address", "no port"),
            ("tls", "address", "http://x/"),
            ("dns", "lookup", "a b"),
            ("icmp", "host", "a b"),
            ("grpc", "address", "api"),
            ("postgres", "address", "a b"),
            ("mysql", "address", "a b"),
            ("redis", "address", "a b"),
        ] {
            app.get(&format!("/monitors/new?kind={kind}")).as_(&editor).send().await.is(200);
            let answer = app.post_form("/monitors/new", &[("name", "kept name"), ("system", system.as_str()), ("kind", kind), (field, wrong)]).as_(&editor).send().await;
            answer.is(422).has("kept name").has(wrong).has(&format!("field-{field}-error"));
        }
        let typed: Typed = fields(&[("name", "port"), ("system", system.as_str()), ("kind", "tcp"), ("address", "127.0.0.1:1"), ("dialogue", "send: hunter2-canary")]);
        let id = app.portal.monitors.create(&editor, &typed).await.unwrap();
        let viewer = app.user("vera", &[Permission::Read], None).await;
        for path in [format!("/api/v1/monitors/{id}"), format!("/monitors/{id}"), "/api/v1/monitors".to_owned()] {
            let answer = app.get(&path).as_(&viewer).send().await;
            answer.is(200);
            assert!(!answer.body.contains("hunter2"), "{path}");
        }
        app.get(&format!("/monitors/{id}/edit")).as_(&editor).send().await.is(200).has("hunter2-canary");
        let mut other = typed.clone();
        other.set("kind", "redis");
        other.set("address", "127.0.0.1:1");
        assert!(matches!(app.portal.monitors.edit(&editor, &id, &other).await.unwrap_err(), Fault::Invalid(_)), "its kind is for good");
    }
}
