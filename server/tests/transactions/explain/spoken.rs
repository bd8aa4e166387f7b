//! What was found is told each reader in their language and zone, in texts that people wrote, too.

use domain::{
    Actor, PageRequest,
    deliveries::{
        Filter, Notify,
        message::{Message, Speech, Telling, Template},
    },
    people::Locale,
    time::MINUTE,
};
use jiff::tz::TimeZone;
use serde_json::Value;

use super::{Bad, fails, stage, trade};
use crate::sources::fields;

both! {
    async fn texts_of_a_rule_tell_a_finding_as_their_reader_reads(app: TestApp) {
        let (system, lena) = stage(&app).await;
        let engine = Actor::engine("test");
        let pager = [("name", "pager"), ("url", "http://127.0.0.1:9/hook"), ("team", "*"), ("enabled", "on"), ("events", "alert.resolved")];
        app.portal.deliveries.create_channel(&engine, &fields(&pager)).await.expect("a channel");
        fails(&app, &lena, &system).await;
        let alert = app.get("/api/v1/alerts").as_(&lena).send().await.json()["items"][0].clone();
        let said = |name: &str| alert["annotations"][name].as_str().unwrap_or_default().to_owned();
        assert!(said("why").starts_with("Look at this: Merchant M3 on link L1"), "{alert}");
        assert!(said("why_zh").starts_with("请看：商户 M3、链路 L1"), "{alert}");
        assert!(alert["late"].is_null(), "{alert}");
        let page = format!("/alerts/{}", alert["id"].as_str().unwrap());
        app.get(&page).as_(&lena).send().await.is(200).has("Look at this: Merchant M3").lacks("请看");
        app.get(&page).as_(&lena).in_(Locale::Zh).send().await.is(200).has("请看：商户 M3、链路 L1").lacks("Look at this");
        for _ in 0..12 {
            app.advance(MINUTE);
            trade(&app, &lena, app.now(), 1, 10, |_| Bad::Nothing).await;
            app.settle().await;
        }
        let told = app.portal.deliveries.list(&engine, &Filter::default(), &PageRequest { after: None, limit: 50 }).await.unwrap();
        let over = told.items.into_iter().find(|delivery| delivery.event == Notify::AlertResolved).expect("it is over");
        let (_, body) = app.portal.deliveries.get(&engine, &over.id).await.unwrap();
        let body: Value = serde_json::from_str(&body).unwrap();
        let text = Template::parse("{annotation.why}").unwrap();
        let zone = domain::time::zone("Asia/Shanghai").unwrap();
        let told = |locale: Locale, zone: &TimeZone| {
            Message::of(&Telling {
                event: Notify::AlertResolved,
                key: "k",
                at: app.now(),
                data: &body["data"],
                channel: "pager",
                locale,
                speech: Speech::default(),
                zone,
                base: "",
                acknowledge: None,
                unsubscribe: None,
                title: None,
                body: Some(&text),
            })
            .text
        };
        assert!(told(Locale::Zh, &zone).starts_with("请看：商户 M3、链路 L1"), "{body}");
        let (here, there) = (told(Locale::En, &zone), told(Locale::En, &TimeZone::UTC));
        assert!(here.starts_with("Look at this: Merchant M3") && there.starts_with("Look at this: Merchant M3"), "{here}");
        assert_ne!(here, there, "times are those of the reader");
    }
}
