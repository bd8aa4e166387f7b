//! A page of the house: whoever may read it is told by mail, by webhook and in a feed of their own, as long as they may.

use backend::db::{Kind, sql};
use domain::{
    Actor, PageRequest,
    deliveries::{Notify, State},
    id::TeamId,
    people::Locale,
    time::{HOUR, MINUTE, SECOND},
};
use serde_json::{Value, json};
use server::settings::MailSecurity;

use super::{
    EDITOR,
    subscribers::{mails, token},
};
use crate::{
    app::{Ask, TestApp},
    deliveries::{
        Receiver,
        mail::{self, Server},
    },
};

const SUBSCRIPTIONS: &str = "/status/desk/subscriptions";

/// A page of a team, who writes on it, who may read it, and who may not.
struct Inside {
    app: TestApp,
    team: TeamId,
    lena: Actor,
    vera: Actor,
    otto: Actor,
    id: String,
}

fn fields(team: &TeamId, public: bool) -> Value {
    json!({ "slug": "desk", "title": "Service desk", "team": team, "public": public, "components": ["Cards = gateway"] })
}

impl Inside {
    async fn of(app: TestApp) -> Self {
        let (team, _) = app.team_with_system("gateway").await;
        let lena = app.user("lena", EDITOR, Some(&team)).await;
        let vera = app.viewer("vera", &team).await;
        let otto = app.viewer("otto", &app.team("elsewhere").await).await;
        let made = app.api("POST", "/api/v1/status-pages", &fields(&team, false)).as_(&lena).send().await;
        let id = made.is(201).json()["id"].as_str().unwrap().to_owned();
        Self { app, team, lena, vera, otto, id }
    }

    async fn with_mail(kind: Kind) -> (Self, Server) {
        let server = Server::begin(true, false).await;
        (Self::of(mail::app(kind, &server, MailSecurity::Starttls).await).await, server)
    }

    fn path(&self) -> String {
        format!("/api/v1/status-pages/{}", self.id)
    }

    async fn turn(&self, public: bool) {
        self.app.api("PUT", &self.path(), &fields(&self.team, public)).as_(&self.lena).send().await.is(204);
    }

    async fn publish(&self, text: &str) {
        let body = json!({ "title": "Cards are slow", "state": "identified", "impact": "degraded", "affects": ["Cards"], "text": text });
        self.app.api("POST", &format!("{}/notices", self.path()), &body).as_(&self.lena).send().await.is(201);
        self.app.settle().await;
    }

    /// The notice that was tried is given up, though it would be taken now.
    async fn gave_up_on(&self, receiver: &Receiver) {
        receiver.answer(200);
        self.app.advance(HOUR);
        self.app.settle().await;
        assert!(receiver.got().is_empty());
        let ledger = self.app.ledger().await;
        let notices: Vec<_> =
            ledger.iter().filter(|delivery| delivery.event == Notify::StatusNotice).map(|delivery| delivery.state).collect();
        assert_eq!(notices, [State::Dead]);
    }

    fn subscribe(&self, who: &Actor, fields: &[(&str, &str)]) -> Ask {
        self.app.post_form(SUBSCRIPTIONS, fields).as_(who)
    }

    /// Somebody has a webhook told, and confirms that.
    async fn hook(&self, who: &Actor, receiver: &Receiver) {
        self.subscribe(who, &[("kind", "webhook"), ("url", &receiver.url)]).send().await.is(303);
        self.app.settle().await;
        self.app.ask("POST", &asked(receiver)).send().await.is(200).has("whsec_");
        receiver.answer(200);
    }

    /// They are in no team any more.
    async fn leaves(&self, who: &Actor) {
        let mut conn = self.app.ctx.db.read().await.unwrap();
        sql("DELETE FROM memberships WHERE user_id = $1").value(who.user().unwrap()).run(&mut conn).await.unwrap();
    }

    async fn disable(&self, who: &Actor, disabled: bool) {
        let mut conn = self.app.ctx.db.read().await.unwrap();
        sql("UPDATE users SET disabled = $1 WHERE id = $2").value(disabled).value(who.user().unwrap()).run(&mut conn).await.unwrap();
    }
}

/// The link with which a webhook that was asked is confirmed.
fn asked(receiver: &Receiver) -> String {
    let asked: Value = serde_json::from_str(&receiver.got().last().expect("a message").1).unwrap();
    assert_eq!(asked["data"]["page"]["url"], "http://127.0.0.1:8080/status/desk");
    token(asked["data"]["confirm"].as_str().unwrap())
}

on_both! {
    readers_are_told_as_long_as_they_may_read
    what_waits_for_somebody_who_left_is_given_up
    links_begin_nothing_for_whoever_may_not_read
    outsiders_hear_nothing_once_the_page_is_of_the_house
    a_broken_subscriber_keeps_nobody_else_from_being_told
}

async fn readers_are_told_as_long_as_they_may_read(kind: Kind) {
    let (page, server) = Inside::with_mail(kind).await;
    let (app, receiver) = (&page.app, Receiver::begin(200).await);
    let mail = [("kind", "email"), ("email", "desk@example.org")];
    let api = "/api/v1/status/desk/subscriptions";
    let by_api = |who: &Actor, body: Value| app.api("POST", api, &body).as_(who).send();
    // Whoever may not read it learns nothing of it.
    page.subscribe(&page.otto, &mail).send().await.is(404);
    app.post_form(SUBSCRIPTIONS, &mail).send().await.is(404);
    by_api(&page.otto, json!({ "kind": "email", "email": "desk@example.org" })).await.is(404);
    let shown = app.get("/status/desk").as_(&page.vera).send().await;
    shown.is(200).has("for as long as you may read").has("name=\"email\"").has("name=\"url\"").lacks("<script").lacks("feed.atom");
    app.get("/status/desk?lang=zh-CN").as_(&page.vera).send().await.is(200).has("只要您可以查看此页面");
    page.subscribe(&page.vera, &[("kind", "email"), ("email", "desk")]).send().await.is(422).has("value=\"desk\"");
    by_api(&page.vera, json!({ "kind": "webhook", "url": "ftp://example.org" })).await.is(422).has("url");
    by_api(&page.vera, json!({ "kind": "slack" })).await.is(422).has("kind");
    app.settle().await;
    assert!(mails(&server).is_empty());
    // Whoever may is asked first, as anybody is.
    let answer = page.subscribe(&page.vera, &mail).send().await;
    assert_eq!(answer.is(303).location(), "/status/desk?asked=email&lang=en#subscribe");
    by_api(&page.vera, json!({ "kind": "webhook", "url": receiver.url })).await.is(202);
    app.settle().await;
    page.publish("before").await;
    app.ask("POST", &asked(&receiver)).send().await.is(200).has("whsec_");
    let asking = mails(&server);
    assert_eq!((asking.len(), receiver.got().len()), (1, 1), "nobody has confirmed yet");
    app.ask("POST", &token(&asking[0])).send().await.is(200).has("You will be told.");
    // The same address may hang on somebody else, too.
    page.subscribe(&page.lena, &mail).send().await.is(303);
    app.settle().await;
    app.ask("POST", &token(&mails(&server)[0])).send().await.is(200);
    receiver.answer(200);
    page.publish("We mend it").await;
    assert_eq!((mails(&server).len(), receiver.got().len()), (2, 1));
    assert!(receiver.got()[0].1.contains("We mend it"));
    app.get(&format!("/admin/status/{}", page.id)).as_(&page.vera).send().await.is(200).has("2 by mail").has("1 by webhook");
    page.leaves(&page.vera).await;
    receiver.answer(200);
    page.publish("over").await;
    assert_eq!((mails(&server).len(), receiver.got().len()), (1, 0), "Lena may read it");
    let told = app.get(&page.path()).as_(&page.lena).send().await.is(200).json();
    assert_eq!(told["subscribers"], json!({ "email": 1, "webhook": 0 }));
    // Whoever edits the page ends what an address was told, on whomever that hung.
    let end = format!("{}/subscriptions/end", page.path());
    let body = json!({ "kind": "email", "email": "Desk@example.org" });
    app.api("POST", &end, &body).as_(&page.lena).send().await.is(204);
    app.api("POST", &end, &body).as_(&page.lena).send().await.is(422);
    page.publish("at last").await;
    assert!(mails(&server).is_empty());
}

async fn what_waits_for_somebody_who_left_is_given_up(kind: Kind) {
    let (page, _server) = Inside::with_mail(kind).await;
    let (app, receiver) = (&page.app, Receiver::begin(200).await);
    page.hook(&page.vera, &receiver).await;
    receiver.answer(500);
    page.publish("We look for the cause").await;
    assert_eq!(receiver.got().len(), 1, "it was tried");
    page.disable(&page.vera, true).await;
    page.gave_up_on(&receiver).await;
    let rows = app.portal.audit.list(&Actor::engine("test"), &Default::default(), &PageRequest::default()).await.unwrap().items;
    let lost: Vec<_> = rows.iter().filter(|row| row.act == "status-page.lose-subscriber").collect();
    assert_eq!(lost.len(), 1);
    let told = format!("{:?}", lost[0]);
    assert!(told.contains(page.vera.user().unwrap().as_str()) && !told.contains(&receiver.url), "{told}");
    // Whoever comes back subscribes anew.
    page.disable(&page.vera, false).await;
    page.publish("The cause is known").await;
    assert!(receiver.got().is_empty());
    page.hook(&page.vera, &receiver).await;
    page.publish("It is over").await;
    assert_eq!(receiver.got().len(), 1);
}

async fn links_begin_nothing_for_whoever_may_not_read(kind: Kind) {
    let (page, _server) = Inside::with_mail(kind).await;
    let (app, outside, inside) = (&page.app, Receiver::begin(200).await, Receiver::begin(200).await);
    // Asked for while everybody might read it.
    page.turn(true).await;
    let fields = [("kind", "webhook"), ("url", outside.url.as_str())];
    app.post_form(SUBSCRIPTIONS, &fields).send().await.is(303);
    app.settle().await;
    let confirm = asked(&outside);
    page.turn(false).await;
    app.get(&confirm).send().await.is(404);
    app.ask("POST", &confirm).send().await.is(404);
    // Asked for by a reader who is one no more.
    page.subscribe(&page.vera, &[("kind", "webhook"), ("url", &inside.url)]).send().await.is(303);
    app.settle().await;
    let late = asked(&inside);
    app.get(&late).send().await.is(200);
    page.leaves(&page.vera).await;
    app.get(&late).send().await.is(404);
    app.ask("POST", &late).send().await.is(404);
    // What began while everybody might read it rests while they may not; it can be ended all the same.
    page.turn(true).await;
    app.ask("POST", &confirm).send().await.is(200);
    page.publish("for everybody").await;
    let told: Value = serde_json::from_str(&outside.got().last().unwrap().1).unwrap();
    assert_eq!(told["data"]["notice"]["text"], "for everybody");
    page.turn(false).await;
    outside.answer(200);
    inside.answer(200);
    page.publish("for the house").await;
    assert!(outside.got().is_empty() && inside.got().is_empty());
    let end = token(told["data"]["unsubscribe"].as_str().unwrap());
    app.ask("POST", &end).send().await.is(200).has("You are told no more.");
}

async fn outsiders_hear_nothing_once_the_page_is_of_the_house(kind: Kind) {
    let (page, _server) = Inside::with_mail(kind).await;
    let (app, receiver) = (&page.app, Receiver::begin(200).await);
    let count = async || app.get(&page.path()).as_(&page.lena).send().await.is(200).json()["subscribers"]["webhook"].clone();
    page.turn(true).await;
    page.hook(&page.vera, &receiver).await;
    assert_eq!(count().await, 1);
    receiver.answer(500);
    page.publish("We look for the cause").await;
    assert_eq!(receiver.got().len(), 1, "it was tried");
    // What is on its way is given up; nobody says that they are told.
    page.turn(false).await;
    page.gave_up_on(&receiver).await;
    assert_eq!(count().await, 0);
    let shown = format!("/admin/status/{}", page.id);
    app.get(&shown).as_(&page.lena).send().await.is(200).has("0 by webhook").has("until everybody can again");
    app.get(&shown).as_(&page.lena).in_(Locale::Zh).send().await.is(200).has("再次公开之前不会收到通知");
    // The same address as a reader's, then with everybody again: it is told once.
    page.hook(&page.vera, &receiver).await;
    page.publish("for the house").await;
    assert_eq!((receiver.got().len(), count().await), (1, json!(1)));
    page.turn(true).await;
    receiver.answer(200);
    page.publish("for everybody").await;
    assert_eq!((receiver.got().len(), count().await), (1, json!(1)));
}

async fn a_broken_subscriber_keeps_nobody_else_from_being_told(kind: Kind) {
    let (page, _server) = Inside::with_mail(kind).await;
    let (app, inside, pager) = (&page.app, Receiver::begin(200).await, Receiver::begin(200).await);
    page.hook(&page.vera, &inside).await;
    inside.answer(500);
    page.publish("We look for the cause").await;
    let broken = sql("UPDATE channels SET reader_id = 'nobody' WHERE page_id <> ''");
    broken.run(&mut app.ctx.db.read().await.unwrap()).await.unwrap();
    inside.answer(200);
    app.advance(HOUR);
    let admin = app.admin().await;
    let channel = json!({ "name": "pager", "kind": "webhook", "url": pager.url, "team": "*", "events": ["alert.firing"], "enabled": true });
    let made = app.api("POST", "/api/v1/channels", &channel).as_(&admin).send().await.is(201).location().to_owned();
    app.api("POST", &format!("{made}/test"), &json!({})).as_(&admin).send().await.is(201);
    app.settle().await;
    assert_eq!((pager.got().len(), inside.got().len()), (1, 0));
}

/// The path of an address that was told.
fn path(told: &Value, form: &str) -> String {
    told[form].as_str().unwrap().split_once("://evenkeel.test").unwrap().1.to_owned()
}

both! {
    async fn a_reader_has_a_feed_of_their_own_as_long_as_they_may_read(app: TestApp) {
        let page = Inside::of(app).await;
        let (app, vera) = (&page.app, &page.vera);
        let (form, api) = ("/status/desk/feed", "/api/v1/status/desk/feed");
        page.publish("We look for the cause").await;
        // Whoever may not read it makes none, and nobody has one before they make it.
        app.post_form(form, &[]).as_(&page.otto).send().await.is(404);
        app.get(api).as_(&page.otto).send().await.is(404);
        app.get(api).as_(vera).send().await.is(404);
        app.ask("DELETE", api).as_(vera).send().await.is(404);
        app.get("/status/desk").as_(vera).send().await.is(200).has("Make the address").lacks("/status-feeds/");
        let made = app.post_form(&format!("{form}?lang=zh-CN"), &[]).as_(vera).send().await;
        assert_eq!(made.is(303).location(), "/status/desk?lang=zh-CN#own-feed");
        let told = app.get(api).as_(vera).send().await.is(200).json();
        let (atom, rss) = (path(&told, "atom"), path(&told, "rss"));
        let shown = app.get("/status/desk?lang=zh-CN").as_(vera).send().await;
        shown.is(200).has(&atom).has(&rss).has("更换地址").lacks("<script");
        assert_eq!(shown.header("cache-control"), "no-store");
        app.get("/status/desk").as_(&page.lena).send().await.is(200).lacks("/status-feeds/");
        // Without a log-in.
        let feed = app.get(&atom).send().await;
        feed.is(200).has("<feed").has("We look for the cause").has(&format!("{atom}\""));
        assert_eq!(feed.header("content-type"), "application/atom+xml; charset=utf-8");
        assert_eq!(feed.header("cache-control"), "no-store");
        app.get(&format!("{rss}?lang=zh-CN")).send().await.is(200).has("<rss version=\"2.0\"").has("<language>zh-CN</language>");
        app.get("/status/desk/feed.atom").send().await.is(404);
        // It opens this and nothing else.
        let secret = atom.strip_prefix("/status-feeds/").unwrap().strip_suffix(".atom").unwrap();
        let calendar = format!("/oncall/calendar/{secret}.ics");
        let (bare, other) = (format!("/status-feeds/{secret}"), format!("/status-feeds/{secret}.ics"));
        for wrong in [calendar.as_str(), &bare, &other, "/status-feeds/nothing.atom", "/status-feeds/.atom"] {
            app.get(wrong).send().await.is(404);
        }
        app.post_form("/oncall/feed", &[]).as_(vera).send().await.is(303);
        let own = app.get("/api/v1/oncall/feed").as_(vera).send().await.is(200).json();
        let own = path(&own, "address").replace("/oncall/calendar/", "/status-feeds/").replace(".ics", ".atom");
        app.get(&own).send().await.is(404);
        app.get(&atom).send().await.is(200);
        // Pressing twice means one address; in the minute after it there is no other.
        app.post_form(form, &[]).as_(vera).send().await.is(303);
        app.get(&atom).send().await.is(200);
        app.advance(10 * SECOND);
        let soon = app.api("POST", api, &json!({})).as_(vera).send().await;
        assert_eq!(soon.is(429).header("retry-after"), "50");
        app.advance(MINUTE);
        // With a new address the old one is dead.
        let renewed = app.api("POST", api, &json!({})).as_(vera).send().await.is(200).json();
        app.get(&atom).send().await.is(404);
        let atom = path(&renewed, "atom");
        app.get(&atom).send().await.is(200);
        // Of a page that anybody may read there are none to make.
        page.turn(true).await;
        app.api("POST", api, &json!({})).as_(vera).send().await.is(409);
        page.turn(false).await;
        page.disable(vera, true).await;
        app.get(&atom).send().await.is(404);
        page.disable(vera, false).await;
        app.get(&atom).send().await.is(200);
        page.leaves(vera).await;
        app.get(&atom).send().await.is(404);
    }

    async fn a_feed_ends_with_its_page_and_when_its_owner_says_so(app: TestApp) {
        let page = Inside::of(app).await;
        let (app, api) = (&page.app, "/api/v1/status/desk/feed");
        let make = async || path(&app.api("POST", api, &json!({})).as_(&page.lena).send().await.is(200).json(), "atom");
        let feed = make().await;
        app.ask("DELETE", api).as_(&page.lena).send().await.is(204);
        app.get(&feed).send().await.is(404);
        let feed = make().await;
        app.post_form("/status/desk/feed/end", &[]).as_(&page.lena).send().await.is(303);
        app.get(&feed).send().await.is(404);
        let feed = make().await;
        app.get(&feed).send().await.is(200);
        app.ask("DELETE", &page.path()).as_(&page.lena).send().await.is(204);
        app.get(&feed).send().await.is(404);
        let left = sql("SELECT COUNT(*) FROM person_feeds").count(&mut app.ctx.db.read().await.unwrap()).await.unwrap();
        assert_eq!(left, 0);
        // Each act stands in the trail, the secret does not.
        let rows = app.portal.audit.list(&Actor::engine("test"), &Default::default(), &PageRequest::default()).await.unwrap().items;
        let acts: Vec<_> = rows.iter().rev().map(|row| row.act.as_str()).filter(|act| act.ends_with("-feed")).collect();
        let (made, ended) = ("status-page.renew-feed", "status-page.end-feed");
        assert_eq!(acts, [made, ended, made, ended, made]);
        let secret = feed.strip_prefix("/status-feeds/").unwrap().strip_suffix(".atom").unwrap();
        assert!(!format!("{rows:?}").contains(secret));
    }
}
