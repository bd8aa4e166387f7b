//! The same modules on the same targets: the blackbox exporter and our monitors, made of its file, come to the same verdicts.

use domain::{
    PageRequest,
    monitors::{Filter, Verdict},
};

use super::{
    fields,
    kinds::talker,
    scene,
    target::{Reply, Server},
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
"#;

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

        let http = ["answers", "statuses", "stays", "well", "posts", "trusting", "cached"];
        let urls = [fine.url("/"), lost.url("/"), broken.url("/"), moved.url("/"), own, format!("http://{nobody}/")];
        let mut pairs: Vec<(&str, String)> = http.iter().flat_map(|module| urls.iter().map(|url| (*module, url.clone()))).collect();
        for (module, targets) in [("port", vec![&ssh, &nobody]), ("banner", vec![&ssh, &mail, &nobody]), ("mail", vec![&mail, &old, &ssh])] {
            pairs.extend(targets.into_iter().map(|target| (module, target.clone())));
        }

        let (system, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let targets = pairs.iter().map(|(module, target)| format!("{module} {target}")).collect::<Vec<_>>().join("\n");
        let typed = fields(&[("text", MODULES), ("targets", &targets), ("system", system.as_str())]);
        let plan = app.portal.monitors.import(&editor, &typed).await.unwrap();
        assert_eq!(plan.items.len(), pairs.len());
        app.settle().await;
        let made = app.portal.monitors.list(&editor, &Filter::default(), &PageRequest { after: None, limit: 100 }).await.unwrap().items;

        let mut differ = Vec::new();
        for (module, target) in &pairs {
            let escaped: String = url::form_urlencoded::byte_serialize(target.as_bytes()).collect();
            let said = exporter.get(&format!("/probe?module={module}&target={escaped}")).await.expect("an answer");
            let theirs = said.contains("\nprobe_success 1");
            assert!(theirs || said.contains("\nprobe_success 0"), "{module} {target}: {said}");
            let name = format!("{target} ({module})");
            let monitor = &made.iter().find(|row| row.monitor.name == name).unwrap_or_else(|| panic!("no {name}")).monitor;
            let ours = monitor.standing.last.as_ref().expect("checked");
            if (ours.verdict == Verdict::Up) != theirs {
                differ.push(format!("{name}: {ours:?}, but the exporter says {theirs}"));
            }
        }
        assert!(differ.is_empty(), "{differ:#?}");
    }
}
