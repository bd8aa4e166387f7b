//! The same modules on the same targets: the blackbox exporter and our monitors, made of its file, come to the same verdicts.

use domain::{
    PageRequest,
    monitors::{Filter, Verdict},
};

use super::{
    fields,
    kinds::{health, talker},
    resolver::{self, Says},
    scene,
    target::{Reply, Server, last_words},
};
use crate::app::counterpart::Counterpart;

const MODULES: &str = r#"modules:
  answers: { prober: http, timeout: 5s, http: { preferred_ip_protocol: ip4 } }
  statuses: { prober: http, timeout: 5s, http: { valid_status_codes: [200, 404], preferred_ip_protocol: ip4 } }
  stays: { prober: http, timeout: 5s, http: { follow_redirects: false, valid_status_codes: [302], preferred_ip_protocol: ip4 } }
  well: { prober: http, timeout: 5s, http: { fail_if_body_not_matches_regexp: ["all is w.ll"], preferred_ip_protocol: ip4 } }
  posts: { prober: http, timeout: 5s, http: { method: POST, body: "ping", preferred_ip_protocol: ip4 } }
  trusting: { prober: http, timeout: 5s, http: { tls_config: { insecure_skip_verify: true }, preferred_ip_protocol: ip4 } }
  cached:
    prober: http
    timeout: 5s
    http:
      preferred_ip_protocol: ip4
      fail_if_header_not_matches: [{ header: Cache-Control, regexp: no-store }]
  port: { prober: tcp, timeout: 5s, tcp: { preferred_ip_protocol: ip4 } }
  banner:
    prober: tcp
    timeout: 3s
    tcp: { preferred_ip_protocol: ip4, query_response: [{ expect: "^SSH-2.0-" }] }
  word:
    prober: tcp
    timeout: 2s
    tcp: { preferred_ip_protocol: ip4, query_response: [{ expect: "AMQP" }] }
  mail:
    prober: tcp
    timeout: 3s
    tcp:
      preferred_ip_protocol: ip4
      query_response:
        - { expect: "^220 ([^ ]+) ESMTP", send: "EHLO ${1}\r" }
        - expect: "^250-STARTTLS"
        - send: "QUIT\r"
        - expect: "^221"
  name: { prober: dns, timeout: 2s, dns: { preferred_ip_protocol: ip4, query_name: api.test, query_type: A } }
  several: { prober: dns, timeout: 2s, dns: { preferred_ip_protocol: ip4, query_name: pair.test, query_type: A, validate_answer_rrs: { fail_if_none_matches_regexp: ["192.0.2.8"] } } }
  all: { prober: dns, timeout: 2s, dns: { preferred_ip_protocol: ip4, query_name: pair.test, query_type: A, validate_answer_rrs: { fail_if_not_matches_regexp: ["192.0.2.8"] } } }
  each: { prober: dns, timeout: 2s, dns: { preferred_ip_protocol: ip4, query_name: pair.test, query_type: A, validate_answer_rrs: { fail_if_not_matches_regexp: [".*IN\tA\t192.0.2.[78]$"] } } }
  lacks: { prober: dns, timeout: 2s, dns: { preferred_ip_protocol: ip4, query_name: pair.test, query_type: A, validate_answer_rrs: { fail_if_matches_regexp: ["192.0.2.8"] } } }
  bare: { prober: dns, timeout: 2s, dns: { preferred_ip_protocol: ip4, query_name: api.test, query_type: AAAA } }
  bare_none: { prober: dns, timeout: 2s, dns: { preferred_ip_protocol: ip4, query_name: api.test, query_type: AAAA, validate_answer_rrs: { fail_if_none_matches_regexp: [".*"] } } }
  nobody: { prober: dns, timeout: 2s, dns: { preferred_ip_protocol: ip4, query_name: none.test, query_type: A } }
  nobody_meant: { prober: dns, timeout: 2s, dns: { preferred_ip_protocol: ip4, query_name: none.test, query_type: A, valid_rcodes: [NXDOMAIN] } }
  there_after_all: { prober: dns, timeout: 2s, dns: { preferred_ip_protocol: ip4, query_name: api.test, query_type: A, valid_rcodes: [NXDOMAIN] } }
  fails: { prober: dns, timeout: 2s, dns: { preferred_ip_protocol: ip4, query_name: fails.test, query_type: A } }
  mute: { prober: dns, timeout: 2s, dns: { preferred_ip_protocol: ip4, query_name: mute.test, query_type: A } }
  healthy: { prober: grpc, timeout: 5s, grpc: { preferred_ip_protocol: ip4 } }
  serves: { prober: grpc, timeout: 5s, grpc: { preferred_ip_protocol: ip4, service: up } }
  serves_not: { prober: grpc, timeout: 5s, grpc: { preferred_ip_protocol: ip4, service: down } }
  serves_unheard: { prober: grpc, timeout: 5s, grpc: { preferred_ip_protocol: ip4, service: other } }
  pings: { prober: icmp, timeout: 5s, icmp: { preferred_ip_protocol: ip4 } }
"#;

/// Modules that ask the name server of the test.
const NAMES: [&str; 12] =
    ["name", "several", "all", "each", "lacks", "bare", "bare_none", "nobody", "nobody_meant", "there_after_all", "fails", "mute"];

both! {
    async fn verdicts_are_the_same(app: TestApp) {
        let exporter = Counterpart::start("prometheus-blackbox-exporter", |port, folder| {
            std::fs::write(folder.join("blackbox.yml"), MODULES).expect("a file");
            vec![format!("--web.listen-address=127.0.0.1:{port}"), "--config.file=blackbox.yml".to_owned()]
        });
        let Some(exporter) = exporter else { return };
        exporter.answers("/-/healthy").await;

        let fine = Server::plain().await;
        fine.set(Reply { headers: "cache-control: no-store\r\n".to_owned(), ..Reply::status(200) });
        let (lost, broken, moved) = (Server::plain().await, Server::plain().await, Server::plain().await);
        lost.set(Reply::status(404));
        broken.set(Reply::status(500));
        moved.set(Reply::redirect(&fine.url("/")));
        let (own, _) = Server::tls(4_000_000_000).await;
        let own = format!("https://{}/", own.address);
        let nobody = "127.0.0.1:1".to_owned();
        let ssh = talker("SSH-2.0-OpenSSH_9.2\r\n", &[]).await;
        let mail = talker(
            "220 mx.example.org ESMTP ready\r\n",
            &[("EHLO mx.example.org", "250-mx.example.org\r\n250-STARTTLS\r\n250 HELP\r\n"), ("QUIT", "221 bye\r\n")],
        )
        .await;
        let old = talker("220 mx.example.org ESMTP ready\r\n", &[("EHLO", "250 mx.example.org\r\n"), ("QUIT", "221 bye\r\n")]).await;

        let (word, waits) = (last_words("AMQP\0\0\x09\x01").await, talker("AMQP", &[]).await);

        let http = ["answers", "statuses", "stays", "well", "posts", "trusting", "cached"];
        let urls = [fine.url("/"), lost.url("/"), broken.url("/"), moved.url("/"), own, format!("http://{nobody}/")];
        let mut pairs: Vec<(&str, String)> = http.iter().flat_map(|module| urls.iter().map(|url| (*module, url.clone()))).collect();
        for (module, targets) in [("port", vec![&ssh, &nobody]), ("banner", vec![&ssh, &mail, &nobody]), ("word", vec![&word, &waits, &ssh]), ("mail", vec![&mail, &old, &ssh])] {
            pairs.extend(targets.into_iter().map(|target| (module, target.clone())));
        }
        let known = [
            ("api.test", Says::V4([192, 0, 2, 7])),
            ("pair.test", Says::Several(&[[192, 0, 2, 7], [192, 0, 2, 8]])),
            ("fails.test", Says::Code(2)),
            ("mute.test", Says::Nothing),
        ];
        let names = resolver::Server::of(&known).await.address.to_string();
        pairs.extend(NAMES.map(|module| (module, names.clone())));
        let service = health().await;
        for module in ["healthy", "serves", "serves_not", "serves_unheard"] {
            pairs.extend([&service, &ssh, &nobody].map(|target| (module, target.clone())));
        }
        match app.portal.monitors.ping_refused() {
            None => pairs.push(("pings", "127.0.0.1".to_owned())),
            Some(_) => eprintln!("left out: this machine permits no pings"),
        }

        let (system, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let targets = pairs.iter().map(|(module, target)| format!("{module} {target}")).collect::<Vec<_>>().join("\n");
        let typed = fields(&[("text", MODULES), ("targets", &targets), ("system", system.as_str())]);
        let plan = app.portal.monitors.import(&editor, &typed).await.unwrap();
        assert_eq!(plan.items.len(), pairs.len());
        app.settle().await;
        let made = app.portal.monitors.list(&editor, &Filter::default(), &PageRequest { after: None, limit: 100 }).await.unwrap().items;

        let (mut differ, mut up) = (Vec::new(), Vec::new());
        for (module, target) in &pairs {
            let escaped: String = url::form_urlencoded::byte_serialize(target.as_bytes()).collect();
            let said = exporter.get(&format!("/probe?module={module}&target={escaped}")).await.expect("an answer");
            let theirs = said.contains("\nprobe_success 1");
            assert!(theirs || said.contains("\nprobe_success 0"), "{module} {target}: {said}");
            if theirs {
                up.push(*module);
            }
            let name = format!("{target} ({module})");
            let monitor = &made.iter().find(|row| row.monitor.name == name).unwrap_or_else(|| panic!("no {name}")).monitor;
            let ours = monitor.standing.last.as_ref().expect("checked");
            if (ours.verdict == Verdict::Up) != theirs {
                differ.push(format!("{name}: {ours:?}, but the exporter says {theirs}"));
            }
        }
        assert!(differ.is_empty(), "{differ:#?}");
        // That the two do not merely agree on asking nobody.
        let (good, bad): (Vec<&str>, Vec<&str>) = NAMES.into_iter().partition(|module| up.contains(module));
        assert_eq!(good, ["name", "several", "each", "bare", "nobody_meant"]);
        assert_eq!(bad, ["all", "lacks", "bare_none", "nobody", "there_after_all", "fails", "mute"]);
        assert!(["healthy", "serves"].iter().all(|module| up.contains(module)) && !up.contains(&"serves_not"), "{up:?}");
    }
}
