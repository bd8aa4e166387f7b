//! Mail, spoken to a mail server that speaks SMTP for real: STARTTLS, a certificate of the house's own, an account.

use std::sync::{Arc, Mutex};

use backend::db::Kind;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{deliveries::State, time::MINUTE};
use rustls::{ServerConfig, crypto::ring};
use serde_json::json;
use server::settings::MailSecurity;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufStream},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

use super::*;

/// What happened on one connection.
#[derive(Clone, Default, Debug)]
pub(crate) struct Talk {
    pub(crate) secured: bool,
    pub(crate) lines: Vec<String>,
    pub(crate) account: String,
    pub(crate) mail: String,
}

#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) port: u16,
    /// The certificate in PEM.
    ca: String,
    talks: Arc<Mutex<Vec<Talk>>>,
    /// Recipients that it does not know.
    refuses: Arc<Mutex<String>>,
}

impl Server {
    /// `offers` whether it offers STARTTLS; `at_once` whether it speaks TLS from the first byte.
    pub(crate) async fn begin(offers: bool, at_once: bool) -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let this = Self { port, ca: made.cert.pem(), talks: Arc::default(), refuses: Arc::default() };
        let (server, acceptor) = (this.clone(), TlsAcceptor::from(Arc::new(config)));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (server, acceptor) = (server.clone(), acceptor.clone());
                tokio::spawn(async move { server.serve(stream, acceptor, offers, at_once).await });
            }
        });
        this
    }

    async fn serve(&self, stream: TcpStream, acceptor: TlsAcceptor, offers: bool, at_once: bool) {
        let mut talk = Talk::default();
        if at_once {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            talk.secured = true;
            let mut stream = BufStream::new(stream);
            say(&mut stream, "220 mail.test ESMTP").await;
            self.speak(&mut stream, &mut talk, false).await;
        } else {
            let mut plain = BufStream::new(stream);
            say(&mut plain, "220 mail.test ESMTP").await;
            if self.speak(&mut plain, &mut talk, offers).await {
                let Ok(stream) = acceptor.accept(plain.into_inner()).await else { return };
                talk.secured = true;
                self.speak(&mut BufStream::new(stream), &mut talk, false).await;
            }
        }
        self.talks.lock().unwrap().push(talk);
    }

    /// Speaks until the client leaves, or begins TLS: then it gives `true`.
    async fn speak<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: &mut BufStream<S>, talk: &mut Talk, offers: bool) -> bool {
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return false;
            }
            let line = line.trim_end().to_owned();
            talk.lines.push(line.clone());
            let refused = self.refuses.lock().unwrap().clone();
            let answer = match line.split([' ', ':']).next().unwrap_or_default().to_uppercase().as_str() {
                "EHLO" if offers => "250-mail.test\r\n250-STARTTLS\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME",
                "EHLO" => "250-mail.test\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME",
                "STARTTLS" => {
                    say(stream, "220 go ahead").await;
                    return true;
                }
                "AUTH" => {
                    let given = line.rsplit(' ').next().unwrap_or_default();
                    talk.account = String::from_utf8_lossy(&STANDARD.decode(given).unwrap_or_default()).replace('\0', "|");
                    if talk.account == "|ops|pa55" { "235 welcome" } else { "535 who are you" }
                }
                "RCPT" if !refused.is_empty() && line.contains(&refused) => "550 5.1.1 no such user",
                "MAIL" | "RCPT" | "RSET" | "NOOP" => "250 ok",
                "DATA" => {
                    say(stream, "354 go on").await;
                    loop {
                        let mut line = String::new();
                        if stream.read_line(&mut line).await.unwrap_or(0) == 0 || line.trim_end() == "." {
                            break;
                        }
                        talk.mail.push_str(&line);
                    }
                    "250 2.0.0 queued as 4F1B2"
                }
                "QUIT" => {
                    say(stream, "221 bye").await;
                    return false;
                }
                _ => "502 what?",
            };
            say(stream, answer).await;
        }
    }

    pub(crate) fn talks(&self) -> Vec<Talk> {
        std::mem::take(&mut *self.talks.lock().unwrap())
    }
}

async fn say<S: AsyncWrite + Unpin>(stream: &mut S, text: &str) {
    let _ = stream.write_all(format!("{text}\r\n").as_bytes()).await;
    let _ = stream.flush().await;
}

/// A process with this mail server.
pub(crate) async fn app(kind: Kind, server: &Server, security: MailSecurity) -> TestApp {
    let (port, ca) = (server.port, server.ca.clone());
    TestApp::with(kind, |settings| {
        let file = |name: &str, text: &str| {
            let path = settings.data.join(name);
            std::fs::write(&path, text).expect("a file");
            path
        };
        settings.mail.password_file = file("mail.password", "pa55\n");
        settings.mail.ca = file("mail.pem", &ca);
        settings.egress.subscribers = vec!["127.0.0.0/8".into()];
        settings.mail.host = "localhost".to_owned();
        settings.mail.port = port;
        settings.mail.security = security;
        settings.mail.user = "ops".to_owned();
        settings.mail.from = "Evenkeel 稳舵 <ops@example.org>".to_owned();
    })
    .await
}

async fn mail_arrives(kind: Kind) {
    let server = Server::begin(true, false).await;
    let app = app(kind, &server, MailSecurity::Starttls).await;
    app.channel_of("email", json!({ "to": "a@example.org, b@example.net", "language": "zh-CN", "zone": "Asia/Shanghai" })).await;
    let (_, system) = app.team_with_system("gateway").await;
    app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
    app.settle().await;
    let talks = server.talks();
    assert_eq!(talks.len(), 1, "{talks:#?}");
    let talk = &talks[0];
    assert!(talk.secured && talk.account == "|ops|pa55", "{talk:#?}");
    let before_tls: Vec<_> = talk.lines.iter().take_while(|line| *line != "STARTTLS").collect();
    assert!(before_tls.iter().all(|line| line.starts_with("EHLO ")), "nothing in clear text: {before_tls:?}");
    assert!(talk.lines.iter().any(|line| line.contains("MAIL FROM:<ops@example.org>")));
    assert!(talk.lines.iter().any(|line| line.contains("RCPT TO:<b@example.net>")));
    let head = talk.mail.split("\r\n\r\n").next().unwrap().to_lowercase();
    for part in [
        "auto-submitted: auto-generated",
        "importance: high",
        "to: a@example.org, b@example.net",
        "message-id: <alert-",
        "multipart/alternative",
    ] {
        assert!(head.contains(part), "{part} is not in {head}");
    }
    let delivery = app.ledger().await.remove(0);
    assert_eq!(delivery.state, State::Delivered);
    assert!(delivery.receipt.contains("queued as 4F1B2"), "{}", delivery.receipt);
    // All refused for an hour, then taken: the same message by its id.
    *server.refuses.lock().unwrap() = "@example.".to_owned();
    app.observe(&signal(&system, "m2", Some(true))).await.unwrap();
    for _ in 0..60 {
        app.settle().await;
        app.advance(MINUTE);
    }
    let refused = app.ledger().await.into_iter().find(|d| d.state == State::Waiting).unwrap();
    assert!(refused.last_error.contains("no such user"), "{}", refused.last_error);
    assert!(server.talks().iter().all(|talk| talk.mail.is_empty()));
    server.refuses.lock().unwrap().clear();
    app.advance(16 * MINUTE);
    app.settle().await;
    let mails: Vec<_> = server.talks().into_iter().filter(|talk| talk.mail.contains(&refused.key)).collect();
    assert_eq!(mails.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_arrives_by_starttls_on_sqlite() {
    mail_arrives(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_arrives_by_starttls_on_postgres() {
    if crate::app::Database::postgres_is_there() {
        mail_arrives(Kind::Postgres).await;
    }
}

async fn one_unknown_mailbox_keeps_mail_from_nobody_else(kind: Kind) {
    let server = Server::begin(false, true).await;
    let app = app(kind, &server, MailSecurity::Tls).await;
    app.channel_of("email", json!({ "to": "gone@example.org, b@example.net, c@example.net" })).await;
    *server.refuses.lock().unwrap() = "gone@".to_owned();
    let (_, system) = app.team_with_system("gateway").await;
    app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
    for _ in 0..20 {
        app.settle().await;
        app.advance(MINUTE);
    }
    let talks = server.talks();
    assert_eq!(talks.len(), 1, "once: {talks:#?}");
    for to in ["RCPT TO:<gone@example.org>", "RCPT TO:<b@example.net>", "RCPT TO:<c@example.net>"] {
        assert!(talks[0].lines.iter().any(|line| line.contains(to)), "{to}");
    }
    assert!(talks[0].mail.replace("=\r\n", "").contains("m1 is down"));
    let delivery = app.ledger().await.remove(0);
    assert_eq!((delivery.state, delivery.attempts, delivery.last_error.as_str()), (State::Delivered, 1, ""));
    assert!(delivery.receipt.contains("queued as 4F1B2 · not taken: gone@example.org: "), "{}", delivery.receipt);
    assert!(delivery.receipt.contains("no such user") && !delivery.receipt.contains("b@example.net"), "{}", delivery.receipt);
    // Whoever looks at the ledger sees whom it did not reach.
    let admin = app.admin().await;
    app.get(&format!("/admin/deliveries/{}", delivery.id)).as_(&admin).send().await.is(200).has("not taken: gone@example.org");
    app.get(&format!("/admin/deliveries/{}", delivery.id))
        .as_(&admin)
        .in_(Locale::Zh)
        .send()
        .await
        .is(200)
        .has("未被接收：gone@example.org");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_unknown_mailbox_keeps_mail_from_nobody_else_on_sqlite() {
    one_unknown_mailbox_keeps_mail_from_nobody_else(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_unknown_mailbox_keeps_mail_from_nobody_else_on_postgres() {
    if crate::app::Database::postgres_is_there() {
        one_unknown_mailbox_keeps_mail_from_nobody_else(Kind::Postgres).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_starttls_nothing_is_said() {
    let server = Server::begin(false, false).await;
    let app = app(Kind::Sqlite, &server, MailSecurity::Starttls).await;
    let id = app.channel_of("email", json!({ "to": "a@example.org" })).await;
    app.portal.deliveries.test_channel(&Actor::engine("test"), &id).await.unwrap();
    app.settle().await;
    assert_eq!(app.ledger().await[0].last_error, "the mail server does not offer STARTTLS");
    let talks = server.talks();
    assert!(talks.iter().all(|talk| talk.account.is_empty() && talk.mail.is_empty()), "{talks:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_from_the_first_byte_and_a_code_by_mail() {
    let server = Server::begin(false, true).await;
    let app = app(Kind::Sqlite, &server, MailSecurity::Tls).await;
    let vera = app.viewer("vera", &app.team("payments").await).await;
    let form = typed(&[("name", "mail"), ("kind", "email"), ("to", "vera@example.org"), ("enabled", "on"), ("language", "en")]);
    let contact = app.portal.contacts.add(&vera, &form).await.unwrap();
    app.settle().await;
    let talk = server.talks().remove(0);
    assert!(talk.secured);
    let subject = talk.mail.lines().find(|line| line.starts_with("Subject: ")).unwrap().to_owned();
    let code: String = subject.chars().filter(char::is_ascii_digit).collect();
    app.portal.contacts.verify(&vera, &contact.id, &typed(&[("code", &code)])).await.unwrap();
    assert!(app.portal.contacts.mine(&vera).await.unwrap()[0].verified_at.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let (server, other) = (Server::begin(true, false).await, Server::begin(true, false).await);
    let stranger = Server { ca: other.ca.clone(), ..server.clone() };
    let app = app(Kind::Sqlite, &stranger, MailSecurity::Starttls).await;
    let id = app.channel_of("email", json!({ "to": "a@example.org" })).await;
    app.portal.deliveries.test_channel(&Actor::engine("test"), &id).await.unwrap();
    app.settle().await;
    assert_eq!(app.ledger().await[0].state, State::Waiting);
    assert!(server.talks().iter().all(|talk| talk.account.is_empty()));
}

async fn the_address_of_an_account_is_paged(kind: Kind) {
    let server = Server::begin(false, true).await;
    let app = app(kind, &server, MailSecurity::Tls).await;
    let (team, system) = app.team_with_system("gateway").await;
    let lena = app.user("lena", &[Permission::Read, Permission::WorkIncidents], Some(&team)).await;
    let admin = app.admin().await;
    let user = lena.user().unwrap();
    app.portal.people.edit_user(&admin, user, &typed(&[("name", "Lena"), ("email", "lena@example.org")])).await.unwrap();
    let steps = json!([{ "after_min": 0, "severities": ["P1"], "targets": [format!("user:{user}")] }]);
    let policy = json!({ "team": team, "name": "Nights", "default": true, "repeat": 0, "again_min": 10, "steps": steps });
    app.api("POST", "/api/v1/oncall/policies", &policy).as_(&admin).send().await.is(201);
    app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
    app.settle().await;
    let page = app.ledger().await.into_iter().find(|delivery| delivery.event.name() == "page").expect("a page");
    assert_eq!(page.state, State::Delivered, "{page:?}");
    let (_, body) = app.portal.deliveries.get(&Actor::engine("test"), &page.id).await.unwrap();
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["data"]["alerts"][0]["detail"], "status 503, expected 200");
    assert_eq!((&body["data"]["page"]["called"], &body["data"]["systems"][0]["name"]), (&json!(["Lena"]), &json!("gateway")));
    let told = server.talks().into_iter().find(|talk| talk.mail.contains("To: lena@example.org")).expect("a mail");
    let text = told.mail.replace("=\r\n", "");
    for part in ["m1 is down", "status 503, expected 200", "gateway", "/ack/"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    // It is there by itself, and is turned off, not removed; one's own change of it is to be proved.
    let contact = app.portal.contacts.mine(&lena).await.unwrap().remove(0);
    assert!(contact.account && contact.verified_at.is_some() && contact.target == "lena@example.org", "{contact:?}");
    app.get(&format!("/profile/contacts/{}", contact.id))
        .as_(&lena)
        .send()
        .await
        .is(200)
        .has("The address of your account")
        .lacks("/remove");
    assert_eq!(app.portal.contacts.remove(&lena, &contact.id).await, Err(Fault::conflict("conflict-contact-account")));
    let mine = app.get("/api/v1/contacts").as_(&lena).send().await.is(200).json();
    assert_eq!((mine[0]["account"].as_bool(), mine[0]["kind"].as_str()), (Some(true), Some("email")));
    let off = app.api("PUT", &format!("/api/v1/contacts/{}", contact.id), &json!({ "to": "other@example.org" })).as_(&lena).send().await;
    assert_eq!((off.is(200).json()["enabled"].as_bool(), off.json()["target"].as_str()), (Some(false), Some("lena@example.org")));
    app.api("PUT", &format!("/api/v1/contacts/{}", contact.id), &json!({ "version": "x" })).as_(&lena).send().await.is(422).has("version");
    app.post_form("/profile", &[("name", "Lena"), ("email", "len@example.org")]).as_(&lena).send().await.is(303);
    let moved = app.portal.contacts.mine(&lena).await.unwrap().remove(0);
    assert_eq!((moved.target.as_str(), moved.verified_at, moved.enabled), ("len@example.org", None, false));
    app.get("/api/v1/contacts").send().await.is(401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_address_of_an_account_is_paged_on_sqlite() {
    the_address_of_an_account_is_paged(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_address_of_an_account_is_paged_on_postgres() {
    if crate::app::Database::postgres_is_there() {
        the_address_of_an_account_is_paged(Kind::Postgres).await;
    }
}

#[test]
fn what_is_wrong_with_the_mail_settings_is_told() {
    let flags = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<Vec<_>>();
    let wrong = server::config::load(None, &flags(&[("mail.host", "mail.example.org"), ("mail.user", "ops"), ("mail.ca", "/nowhere.pem")]))
        .unwrap_err();
    let keys: Vec<_> = wrong.iter().map(|wrong| wrong.key.as_str()).collect();
    assert_eq!(keys, ["mail.from", "mail.password_file", "mail.ca"]);
    assert!(server::config::load(None, &flags(&[("mail.security", "ssl")])).is_err());
    assert!(server::config::load(None, &flags(&[("mail.host", "m.example.org"), ("mail.from", "Ops <ops@example.org>")])).is_ok());
}
