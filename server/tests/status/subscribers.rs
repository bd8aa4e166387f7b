//! Subscribers of status pages: asked first, told once, gone when they say so; known to nobody.

use backend::db::Kind;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{
    Actor,
    deliveries::{Delivery, Notify, State},
    people::Locale,
    time::{DAY, HOUR, MINUTE},
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use server::{boot, settings::MailSecurity};

use super::EDITOR;
use crate::{
    app::{Ask, TestApp},
    deliveries::{
        Receiver,
        mail::{self, Server},
    },
    secrets::everything,
};

/// A public page, and who may publish on it.
pub(super) struct Page {
    pub(super) app: TestApp,
    lena: Actor,
    id: String,
    slug: &'static str,
}

impl Page {
    async fn of(app: TestApp, slug: &'static str, host: &str) -> Self {
        let (team, _) = app.team_with_system("gateway").await;
        let lena = app.user("lena", EDITOR, Some(&team)).await;
        let admin = app.admin().await;
        let body =
            json!({ "slug": slug, "title": "Payments", "team": team, "public": true, "host": host, "components": ["Cards = gateway"] });
        let made = app.api("POST", "/api/v1/status-pages", &body).as_(&admin).send().await;
        let id = made.is(201).json()["id"].as_str().unwrap().to_owned();
        Self { app, lena, id, slug }
    }

    /// A process with a mail server and with a way to webhooks on this host.
    pub(super) async fn with_mail(kind: Kind) -> (Self, Server) {
        let server = Server::begin(true, false).await;
        (Self::of(mail::app(kind, &server, MailSecurity::Starttls).await, "pay", "").await, server)
    }

    async fn publish(&self, text: &str) {
        let path = format!("/api/v1/status-pages/{}/notices", self.id);
        let body = json!({ "title": "Cards are slow", "state": "identified", "impact": "degraded", "affects": ["Cards"], "text": text });
        self.app.api("POST", &path, &body).as_(&self.lena).send().await.is(201);
        self.app.settle().await;
    }

    pub(super) fn subscribe(&self, fields: &[(&str, &str)]) -> Ask {
        self.app.post_form(&format!("/status/{}/subscriptions", self.slug), fields)
    }

    /// How many are told, by mail and by webhook.
    async fn count(&self) -> (i64, i64) {
        let told = self.app.get(&format!("/api/v1/status-pages/{}", self.id)).as_(&self.lena).send().await.is(200).json();
        (told["subscribers"]["email"].as_i64().unwrap(), told["subscribers"]["webhook"].as_i64().unwrap())
    }

    async fn of_status(&self) -> Vec<Delivery> {
        self.app.ledger().await.into_iter().filter(|delivery| delivery.event.is_of_status()).collect()
    }

    /// Somebody asks for webhooks and confirms; gives the secret.
    pub(super) async fn hook(&self, receiver: &Receiver) -> String {
        self.subscribe(&[("kind", "webhook"), ("url", &receiver.url)]).send().await.is(303);
        self.app.settle().await;
        let asked: Value = serde_json::from_str(&receiver.got().last().expect("a message").1).unwrap();
        assert_eq!(asked["type"], "status.confirm");
        let answer = self.app.ask("POST", &token(asked["data"]["confirm"].as_str().unwrap())).send().await;
        let secret = answer.is(200).body.split("whsec_").nth(1).expect("its secret").split('<').next().unwrap().to_owned();
        format!("whsec_{secret}")
    }
}

/// The path of the link in a text.
pub(super) fn token(text: &str) -> String {
    let rest = text.split("/subscriptions/").nth(1).unwrap_or_else(|| panic!("no link in {text}"));
    format!("/subscriptions/{}", rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').next().unwrap())
}

/// What was sent, without the breaks that make long lines short.
pub(super) fn mails(server: &Server) -> Vec<String> {
    server.talks().into_iter().map(|talk| talk.mail.replace("=\r\n", "").replace("\r\n ", " ")).filter(|mail| !mail.is_empty()).collect()
}

/// A test that takes the kind of the database becomes two.
macro_rules! on_both {
    ($($name:ident)+) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name(backend::db::Kind::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if crate::app::Database::postgres_is_there() {
                    super::$name(backend::db::Kind::Postgres).await;
                }
            }
        }
    )+};
}

on_both! { mail_is_asked_for_first_and_told_once webhooks_are_signed_repeated_and_nobody_hears_of_them }

async fn mail_is_asked_for_first_and_told_once(kind: Kind) {
    let (page, server) = Page::with_mail(kind).await;
    let app = &page.app;
    app.get("/status/pay").send().await.is(200).has("name=\"email\"").has("name=\"url\"");
    page.subscribe(&[("kind", "email"), ("email", "ada@example.org, bea@example.org")])
        .send()
        .await
        .is(422)
        .has("value=\"ada@example.org, bea@example.org\"");
    page.subscribe(&[("kind", "slack")]).send().await.is(422);
    let asked = page.subscribe(&[("kind", "email"), ("email", "Ada@example.org")]).send().await;
    assert_eq!(asked.is(303).location(), "/status/pay?asked=email&lang=en#subscribe");
    app.get("/status/pay?asked=email").send().await.is(200).has("Almost done");
    // Whoever edits the page may end it for somebody who asks; others may not, and nobody ends what is not there.
    let stop_telling = |who: &Actor, address: &str| {
        app.api("POST", &format!("/api/v1/status-pages/{}/subscriptions/end", page.id), &json!({ "kind": "email", "email": address }))
            .as_(who)
            .send()
    };
    let sven = app.viewer("sven", &app.team("other").await).await;
    stop_telling(&sven, "ada@example.org").await.is(403);
    stop_telling(&page.lena, "nobody@example.org").await.is(422).has("email");
    app.settle().await;
    let asking = mails(&server).remove(0);
    assert!(asking.contains("To: Ada@example.org") && asking.contains("Payments: Confirm your subscription"), "{asking}");
    assert!(!asking.contains("List-Unsubscribe"), "{asking}");
    let confirm = token(&asking);
    // Before, and while somebody or something only looks at the link, nothing is told.
    app.get(&confirm).send().await.is(200).has("method=\"post\"").has("Confirm");
    app.get(&confirm).in_(Locale::Zh).send().await.is(200).has("确认订阅").lacks("<script");
    app.ask("HEAD", &confirm).send().await.is(200);
    page.publish("first").await;
    assert_eq!((mails(&server).len(), page.count().await), (0, (0, 0)));
    app.ask("POST", &confirm).header("sec-fetch-site", "cross-site").send().await.is(403);
    app.ask("POST", &confirm).send().await.is(200).has("You will be told.").lacks("whsec_");
    app.ask("POST", &confirm).send().await.is(200).has("You will be told.");
    assert_eq!(page.count().await, (1, 0));
    page.publish("Some payments *fail* <script>").await;
    let told = mails(&server);
    assert_eq!(told.len(), 1, "{told:#?}");
    let head = told[0].split("\r\n\r\n").next().unwrap();
    assert!(head.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"), "{head}");
    assert!(head.contains("List-Unsubscribe: <http://127.0.0.1:8080/subscriptions/"), "{head}");
    assert!(
        told[0].contains("Cards are slow")
            && told[0].contains("Some payments *fail*")
            && !told[0].contains("<p>Some payments *fail* <script>")
    );
    // Nothing comes twice: not by itself, not in another process, not for the same address once more.
    app.advance(HOUR);
    app.settle().await;
    boot::house(&app.ctx, &app.edge.settings).engines.settle().await.unwrap();
    page.subscribe(&[("kind", "email"), ("email", "ada@EXAMPLE.org")]).send().await.is(303);
    app.settle().await;
    assert_eq!((mails(&server).len(), page.count().await), (0, (1, 0)));
    // The address stands nowhere in the clear, not in the ledger and not in the audit.
    let stored = everything(app).await;
    assert!(!format!("{stored:?}").to_lowercase().contains("ada@example"), "an address is stored in the clear");
    let viewer = app.viewer("vera", &app.portal.status.pages(&page.lena).await.unwrap()[0].team).await;
    for path in ["/admin/deliveries", "/api/v1/deliveries", &format!("/admin/status/{}", page.id)] {
        app.get(path).as_(&viewer).send().await.is(200).lacks("example.org");
    }
    app.get(&format!("/admin/status/{}", page.id)).as_(&viewer).send().await.is(200).has("1 by mail");
    app.get("/api/v1/channels").as_(&app.user("root", domain::Permission::ALL, None).await).send().await.is(200).lacks("Payments");
    // Looking at the other link ends nothing; one click of a mail program does, whatever it sends.
    let end = token(head);
    app.get(&end).send().await.is(200).has("Unsubscribe");
    page.publish("second").await;
    assert_eq!(mails(&server).len(), 1);
    let click = || app.ask("POST", &end).header("content-type", "multipart/form-data; boundary=x").body("--x--");
    click().send().await.is(200).has("You are told no more.");
    click().send().await.is(200).has("You are told no more.");
    page.publish("third").await;
    assert_eq!((mails(&server).len(), page.count().await), (0, (0, 0)));
    // An old link does not begin it again.
    app.ask("POST", &confirm).send().await.is(404).has("does not open");
    app.get("/subscriptions/rubbish").send().await.is(404).has("does not open");
    // By the page as by the API.
    page.subscribe(&[("kind", "email"), ("email", "zoe@example.org")]).send().await.is(303);
    app.settle().await;
    let act = format!("/admin/status/{}/subscriptions/end", page.id);
    app.get(&format!("/admin/status/{}", page.id)).as_(&page.lena).send().await.is(200).has("End a subscription");
    app.post_form(&act, &[("kind", "email"), ("address", "nobody@example.org")])
        .as_(&page.lena)
        .send()
        .await
        .is(422)
        .has("nobody@example.org");
    app.post_form(&act, &[("kind", "email"), ("address", "Zoe@example.org")]).as_(&page.lena).send().await.is(303);
    stop_telling(&page.lena, "zoe@example.org").await.is(422);
}

async fn webhooks_are_signed_repeated_and_nobody_hears_of_them(kind: Kind) {
    let (page, _server) = Page::with_mail(kind).await;
    let (app, receiver) = (&page.app, Receiver::begin(200).await);
    let secret = page.hook(&receiver).await;
    receiver.answer(500);
    // The ledger orders by moment: the notice is not of that of the confirmation.
    app.advance(MINUTE);
    page.publish("We mend it.").await;
    let refused = receiver.keys();
    assert_eq!(refused.len(), 1);
    for _ in 0..5 {
        app.advance(MINUTE);
        app.settle().await;
    }
    let waiting = page.of_status().await.remove(0);
    assert_eq!((waiting.event, waiting.state), (Notify::StatusNotice, State::Waiting));
    assert!(!waiting.last_error.contains("127.0.0.1"), "{}", waiting.last_error);
    assert!(app.alerts().await.is_empty(), "whom a stranger cannot be told of is no alert");
    receiver.answer(200);
    app.advance(15 * MINUTE);
    app.settle().await;
    let got = receiver.got();
    assert_eq!((receiver.keys(), got.len()), (refused, 1));
    let (headers, body) = &got[0];
    let text = |name: &str| headers[name].to_str().unwrap().to_owned();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap()).unwrap();
    mac.update(format!("{}.{}.{body}", text("webhook-id"), text("webhook-timestamp")).as_bytes());
    assert_eq!(text("webhook-signature"), format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())));
    let told: Value = serde_json::from_str(body).unwrap();
    assert_eq!(
        (told["data"]["notice"]["text"].as_str(), told["data"]["page"]["url"].as_str()),
        (Some("We mend it."), Some("http://127.0.0.1:8080/status/pay"))
    );
    assert!(told["data"]["notice"]["incident"].is_null());
    // A page that is no longer for everybody tells nobody; one that is gone has none.
    let body = json!({ "slug": "pay", "title": "Payments", "team": app.portal.status.pages(&page.lena).await.unwrap()[0].team, "components": ["Cards = gateway"] });
    app.api("PUT", &format!("/api/v1/status-pages/{}", page.id), &body).as_(&page.lena).send().await.is(204);
    page.publish("inside").await;
    assert_eq!(receiver.got().len(), 1);
    page.subscribe(&[("kind", "webhook"), ("url", &receiver.url)]).send().await.is(404);
    app.ask("DELETE", &format!("/api/v1/status-pages/{}", page.id)).as_(&page.lena).send().await.is(204);
    app.get(&token(told["data"]["unsubscribe"].as_str().unwrap())).send().await.is(404);
}

both! {
    async fn nobody_is_pestered_in_somebody_elses_name(app: TestApp) {
        let page = Page::of(app, "pay", "").await;
        let app = &page.app;
        // Without a mail server nobody is asked for an address.
        app.get("/status/pay").send().await.is(200).lacks("name=\"email\"").has("name=\"url\"");
        page.subscribe(&[("kind", "email"), ("email", "ada@example.org")]).send().await.is(422).has("no mail server");
        // What is open to monitors is not open to strangers.
        let receiver = Receiver::begin(200).await;
        for _ in 0..4 {
            page.subscribe(&[("kind", "webhook"), ("url", &receiver.url)]).send().await.is(303);
        }
        page.subscribe(&[("kind", "webhook"), ("url", "http://169.254.169.254/latest")]).send().await.is(303);
        app.settle().await;
        assert!(receiver.got().is_empty());
        let asked = page.of_status().await;
        assert_eq!(asked.len(), 4, "three for one address, however often somebody asks, and one for the other");
        for delivery in &asked {
            assert!(delivery.state == State::Waiting && delivery.attempts == 1, "{delivery:?}");
            assert!(!delivery.last_error.contains("127.0.0.1") && !delivery.last_error.contains("169.254"), "{}", delivery.last_error);
        }
        // One network asks so often an hour.
        let mut answers = Vec::new();
        for n in 0..8 {
            answers.push(page.subscribe(&[("kind", "webhook"), ("url", &format!("https://hooks.example.org/{n}"))]).send().await.status);
        }
        assert_eq!(answers.iter().filter(|status| **status == 429).count(), 3, "{answers:?}");
        // What nobody confirms is forgotten.
        assert_eq!(page.count().await, (0, 0));
        app.advance(2 * DAY + HOUR);
        app.settle().await;
        let left = backend::db::sql("SELECT COUNT(*) FROM channels WHERE page_id <> '' AND (removed_at IS NULL OR secret <> '')");
        assert_eq!(left.count(&mut app.ctx.db.read().await.unwrap()).await.unwrap(), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_its_own_host_links_lead_there() {
    let server = Server::begin(true, false).await;
    let page = Page::of(mail::app(Kind::Sqlite, &server, MailSecurity::Starttls).await, "pay", "status.example.org").await;
    let app = &page.app;
    let at = |ask: Ask| ask.host("status.example.org");
    at(app.get("/")).send().await.is(200).has("action=\"/subscriptions?lang=en\"");
    let fields = [("kind", "email"), ("email", "ada@example.org")];
    let asked = at(app.post_form("/subscriptions?lang=zh-CN", &fields)).send().await;
    assert_eq!(asked.is(303).location(), "/?asked=email&lang=zh-CN#subscribe");
    at(app.post_form("/subscriptions", &[("kind", "email"), ("email", "nobody")])).send().await.is(422).has("value=\"nobody\"");
    app.settle().await;
    let asking = mails(&server).remove(0);
    let link = token(&asking);
    assert!(asking.contains(&format!("http://status.example.org:8080{link}")), "{asking}");
    at(app.get(&link)).send().await.is(200).has("Confirm");
    at(app.ask("POST", &link)).send().await.is(200).has("You will be told.");
    at(app.get("/subscriptions/rubbish")).send().await.is(404);
    at(app.get("/admin/status")).send().await.is(404);
    page.publish("now").await;
    let told = mails(&server).remove(0);
    assert!(told.contains(&format!("http://status.example.org:8080{}", token(&told))), "{told}");
}
