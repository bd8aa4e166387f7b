//! Planned work is told to those who subscribed and in the feed: announced, begun, over; each once, and never by its name.

use backend::db::Kind;
use domain::{
    Actor, Permission,
    form::Typed,
    id::ChangeId,
    time::{DAY, HOUR, MINUTE},
};
use serde_json::{Value, json};

use super::subscribers::{Page, mails, token};
use crate::{app::TestApp, deliveries::Receiver};

/// Somebody who plans work on the gateway, and somebody who approves it.
struct Works<'a> {
    app: &'a TestApp,
    planner: Actor,
    approver: Actor,
    team: domain::id::TeamId,
}

impl<'a> Works<'a> {
    async fn new(app: &'a TestApp) -> Self {
        let planner = app.user("planner", Permission::ALL, None).await;
        let approver = app.user("paula", Permission::ALL, None).await;
        let systems = app.portal.systems.list(&planner, &Default::default(), &domain::PageRequest::default()).await.unwrap();
        let team = systems.items[0].brief.team.clone();
        Self { app, planner, approver, team }
    }

    async fn planned(&self, start: &str, end: &str) -> ChangeId {
        let body = json!({
            "title": "secret-name-of-the-change", "team": self.team, "systems": ["gateway"], "plan": "1", "rollback": "2", "impact": "",
            "risk": "low", "risk_reason": "weekly", "submit": true, "start": start, "end": end, "zone": "UTC",
        });
        let place = self.app.api("POST", "/api/v1/changes", &body).as_(&self.planner).send().await.is(201).location().to_owned();
        let id = ChangeId::parse(place.rsplit('/').next().unwrap()).unwrap();
        let hash = self.app.portal.changes.detail(&self.approver, id.as_str()).await.unwrap().hash;
        let consent = Typed::from_pairs([("hash".to_owned(), hash), ("remark".to_owned(), String::new())]);
        self.app.portal.changes.approve(&self.approver, &id, &consent).await.unwrap();
        self.app.portal.changes.schedule(&self.planner, &id).await.unwrap();
        id
    }

    /// Minutes go by, and every engine does its work.
    async fn after(&self, minutes: i64) {
        for _ in 0..minutes {
            self.app.advance(MINUTE);
            self.app.settle().await;
        }
    }
}

/// What came of planned work since the last time: its state and components.
fn told(receiver: &Receiver) -> Vec<String> {
    let told = receiver
        .got()
        .iter()
        .map(|(_, body)| {
            assert!(!body.contains("secret-name") && !body.contains("CHG-"), "{body}");
            let work = serde_json::from_str::<Value>(body).unwrap()["data"]["work"].clone();
            format!("{} {}", work["state"].as_str().unwrap_or("?"), work["components"])
        })
        .collect();
    receiver.answer(200);
    told
}

async fn planned_work_is_told_when_it_is_planned_begins_and_ends(kind: Kind) {
    let (page, server) = Page::with_mail(kind).await;
    let (app, receiver) = (&page.app, Receiver::begin(200).await);
    page.hook(&receiver).await;
    page.subscribe(&[("kind", "email"), ("email", "ada@example.org")]).send().await.is(303);
    app.settle().await;
    app.ask("POST", &token(&mails(&server)[0])).send().await.is(200);
    let feed = async || app.get("/status/pay/feed.atom").send().await;
    told(&receiver);
    let works = Works::new(app).await;
    let change = works.planned("2025-03-14T07:00", "2025-03-14T09:00").await;
    works.after(5).await;
    assert_eq!(told(&receiver), ["announced [\"Cards\"]"], "once, however often it is looked at");
    let mail = mails(&server).pop().unwrap();
    for part in ["Planned work", "Cards", "2025-03-14 07:00", "Unsubscribe"] {
        assert!(mail.contains(part), "{part} is not in {mail}");
    }
    let id = |body: &str| body.split("urn:uuid:").nth(1).expect("an entry").split('<').next().unwrap().to_owned();
    let known = id(&feed().await.body);
    works.after(60).await;
    assert!(told(&receiver).is_empty());
    app.portal.changes.start(&works.planner, &change, &Typed::default()).await.unwrap();
    works.after(3).await;
    assert_eq!(told(&receiver), ["begun [\"Cards\"]"]);
    feed().await.is(200).has("nder way: Cards");
    let finish = Typed::from_pairs([("outcome".to_owned(), "success".to_owned()), ("remark".to_owned(), "done".to_owned())]);
    if let Err(fault) = app.portal.changes.finish(&works.planner, &change, &finish).await {
        panic!("{fault:?}");
    }
    works.after(3).await;
    assert_eq!(told(&receiver), ["ended [\"Cards\"]"]);
    let over = feed().await;
    over.is(200).has("Planned work is over: Cards").lacks("nder way: Cards").lacks("secret-name");
    assert_eq!(id(&over.body), known, "the same entry all the way");
    assert!(mails(&server).iter().any(|mail| mail.contains("Planned work is over")));
    app.get("/api/v1/status/pay").as_(&works.planner).send().await.is(200).has("\"past_work\":[{").lacks("secret-name");
    works.after(5).await;
    assert!(told(&receiver).is_empty());
    // Two weeks later the feed is silent of it, and a quarter later nothing of it is left.
    app.advance(15 * DAY);
    app.settle().await;
    feed().await.is(200).lacks("Planned work is over");
    app.advance(90 * DAY);
    app.settle().await;
    let left = backend::db::sql("SELECT COUNT(*) FROM status_work").count(&mut app.ctx.db.read().await.unwrap()).await.unwrap();
    assert_eq!(left, 0);
}

async fn what_does_not_take_place_is_told_too(kind: Kind) {
    let (page, _server) = Page::with_mail(kind).await;
    let (app, receiver) = (&page.app, Receiver::begin(200).await);
    page.hook(&receiver).await;
    told(&receiver);
    let works = Works::new(app).await;
    let change = works.planned("2025-03-15T07:00", "2025-03-15T09:00").await;
    works.after(2).await;
    assert_eq!(told(&receiver), ["announced [\"Cards\"]"]);
    let why = Typed::from_pairs([("remark".to_owned(), "another time".to_owned())]);
    if let Err(fault) = app.portal.changes.cancel(&works.planner, &change, &why).await {
        panic!("{fault:?}");
    }
    works.after(3).await;
    assert_eq!(told(&receiver), ["called-off [\"Cards\"]"]);
    let feed = app.get("/status/pay/feed.atom").send().await;
    feed.is(200).has("Planned work does not take place: Cards");
    // What lies further ahead than anybody is told of is told when it comes nearer.
    works.planned("2025-04-14T07:00", "2025-04-14T09:00").await;
    works.after(2).await;
    assert!(told(&receiver).is_empty());
    app.advance(20 * DAY + HOUR);
    app.settle().await;
    assert_eq!(told(&receiver), ["announced [\"Cards\"]"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn planned_work_on_sqlite() {
    planned_work_is_told_when_it_is_planned_begins_and_ends(Kind::Sqlite).await;
    what_does_not_take_place_is_told_too(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn planned_work_on_postgres() {
    if crate::app::Database::postgres_is_there() {
        planned_work_is_told_when_it_is_planned_begins_and_ends(Kind::Postgres).await;
        what_does_not_take_place_is_told_too(Kind::Postgres).await;
    }
}
