//! Which slices explain a span: named with code, beginning and money; global, nothing, too little; by itself for alerts and
//! incidents; what one click makes of it; who may see it.

mod amount;
mod excused;
mod several;
mod spoken;

use std::fmt::Write as _;

use backend::db::sql;
use domain::{
    Actor, Permission, Timestamp,
    id::SystemId,
    incidents::EntryKind,
    people::Locale,
    time::{DAY, MINUTE},
};
use serde_json::Value;

use crate::{app::TestApp, sources::fields};

const ALL: &[Permission] = &[
    Permission::Read,
    Permission::IngestTransactions,
    Permission::EditMonitors,
    Permission::WorkIncidents,
    Permission::Export,
    Permission::EditSystems,
];

/// What fails, beside one of a hundred everywhere.
#[derive(Clone, Copy)]
enum Bad {
    Nothing,
    Everything,
    /// Merchant M3 on link L1.
    Slice,
}

/// Twelve merchants on two links, each so often a minute, over whole minutes that end at a moment.
async fn trade(app: &TestApp, sender: &Actor, until: Timestamp, minutes: i64, each: i64, bad: impl Fn(i64) -> Bad) {
    post(app, sender, (until, minutes, each), bad, |_| true).await;
}

/// The same with one merchant away.
async fn trade_without(app: &TestApp, sender: &Actor, until: Timestamp, minutes: i64, each: i64, away: i64) {
    post(app, sender, (until, minutes, each), |_| Bad::Nothing, |merchant| merchant != away).await;
}

async fn post(
    app: &TestApp,
    sender: &Actor,
    (until, minutes, each): (Timestamp, i64, i64),
    bad: impl Fn(i64) -> Bad,
    trades: impl Fn(i64) -> bool,
) {
    let mut body = String::new();
    for minute in 1..=minutes {
        let start = until.plus(-minute * MINUTE);
        for merchant in (0..12_i64).filter(|merchant| trades(*merchant)) {
            for n in 0..each {
                let link = if (merchant + n) % 2 == 0 { "L0" } else { "L1" };
                let hit = match bad(minute) {
                    Bad::Nothing => false,
                    Bad::Everything => n % 3 == 0,
                    Bad::Slice => merchant == 3 && link == "L1",
                };
                let usual = (minute * 7 + merchant * 31 + n * 13) % 100 == 0;
                let code = if hit {
                    "91"
                } else if usual {
                    "05"
                } else {
                    "00"
                };
                let at = start.plus(n * 50 + merchant);
                writeln!(
                    body,
                    r#"{{"time":{},"system":"pay","link":"{link}","merchant":"M{merchant}","channel":"app","code":"{code}","amount":1000,"currency":"CNY"}}"#,
                    at.0
                )
                .unwrap();
            }
        }
    }
    app.ask("POST", "/api/v1/transactions").as_(sender).body(body).send().await.is(200).has("\"refused\":0");
}

/// A team with a system `pay`, one who may do everything there, and two usual weeks.
async fn stage(app: &TestApp) -> (SystemId, Actor) {
    let team = app.team("payments").await;
    let system = app.system("pay", &team).await;
    let lena = app.user("lena", ALL, Some(&team)).await;
    for week in 1..=2 {
        trade(app, &lena, app.now().plus(-7 * DAY * week + 60 * MINUTE), 120, 10, |_| Bad::Nothing).await;
    }
    (system, lena)
}

/// A rule on success, half an hour in which nothing happens, and six minutes in which a slice fails.
async fn fails(app: &TestApp, lena: &Actor, system: &SystemId) {
    let rule = [
        ("name", "Success low"),
        ("system", system.as_str()),
        ("kind", "transactions"),
        ("measure", "success"),
        ("over", "5m"),
        ("compare", "below"),
        ("fire", "97"),
        ("recover", "98"),
        ("for", "1m"),
        ("interval", "30s"),
        ("severity", "P2"),
        ("annotations", "why: Look at this{{ with finding }}: {{ . }}{{ end }}"),
        ("annotations_zh", "why: 请看{{ with finding }}：{{ . }}{{ end }}"),
    ];
    app.portal.rules.create(lena, &fields(&rule)).await.unwrap();
    app.advance(30 * MINUTE);
    trade(app, lena, app.now(), 30, 10, |_| Bad::Nothing).await;
    app.settle().await;
    for _ in 0..6 {
        app.advance(MINUTE);
        trade(app, lena, app.now(), 1, 10, |_| Bad::Slice).await;
        app.settle().await;
    }
}

async fn explained(app: &TestApp, actor: &Actor, query: &str) -> Value {
    let answer = app.get(&format!("/api/v1/transactions/explanation?{query}")).as_(actor).send().await;
    answer.is(200);
    answer.json()
}

both! {
    async fn a_slice_is_named_with_code_beginning_and_money(app: TestApp) {
        let (_, lena) = stage(&app).await;
        app.advance(40 * MINUTE);
        // Ten minutes of trouble after half an hour of peace.
        trade(&app, &lena, app.now(), 40, 10, |minute| if minute <= 10 { Bad::Slice } else { Bad::Nothing }).await;
        let found = explained(&app, &lena, "from=now-15m").await;
        assert_eq!((found["verdict"].as_str(), found["baseline"]["basis"].as_str(), found["baseline"]["spans"].as_u64()), (Some("slices"), Some("weeks"), Some(2)));
        assert_eq!(found["samples"], serde_json::json!([]), "no stream keeps any");
        let culprit = &found["culprits"][0];
        let slice: Vec<_> = culprit["slice"].as_array().unwrap().iter().map(|c| (c["dimension"].as_str().unwrap(), c["value"].as_str().unwrap())).collect();
        assert_eq!(slice, [("link", "L1"), ("merchant", "M3")]);
        assert_eq!(culprit["codes"][0]["code"], "91");
        assert!((50.0..=53.0).contains(&culprit["observed"].as_f64().unwrap()), "{culprit}");
        assert!(culprit["share"].as_f64().unwrap() > 0.9 && culprit["expected"].as_f64().unwrap() < 3.0, "{culprit}");
        assert_eq!(culprit["since"].as_i64(), Some(app.now().plus(-10 * MINUTE).0));
        assert_eq!(culprit["money"][0]["currency"], "CNY");
        assert!((45_000..=50_000).contains(&culprit["money"][0]["failed_amount"].as_i64().unwrap()), "{culprit}");
        let rest = &found["rest"];
        assert!(rest["observed"].as_f64().unwrap() < rest["total"].as_f64().unwrap() * 0.02);
        assert_eq!(found["dimensions"].as_array().unwrap().len(), 3, "one system and one channel tell nothing apart: {}", found["dimensions"]);
        // The page says it in both languages, and everything is in the URL.
        let path = "/transactions/explanation?from=now-15m&to=now";
        app.get(path).as_(&lena).send().await.is(200).has("Merchant M3 on link L1 fails with code 91").has("The rest without it is normal").has("Make it an alert").has("/merchants/M3/tell?from=").has("Tell the merchant").has("Selection against baseline");
        app.get(path).as_(&lena).in_(Locale::Zh).send().await.is(200).has("商户 M3、链路 L1 返回码 91 失败").has("其余交易正常");
        // Brushed on the page of transactions it stands there at once; a span that follows the clock has a button.
        let from = app.now().plus(-15 * MINUTE).rfc3339();
        app.get(&format!("/transactions?from={from}&to={}", app.now().rfc3339())).as_(&lena).send().await.is(200).has("Merchant M3 on link L1");
        app.get("/transactions").as_(&lena).send().await.is(200).has("Explain this span");
        // One click tells the merchant; who may not sees whom to call.
        let tell = format!("/merchants/M3/tell?from={from}&to={}", app.now().rfc3339());
        app.get(&tell).as_(&lena).send().await.is(200).has("M3").has("91");
        let team = app.portal.systems.teams(&lena, Permission::WorkIncidents).await.unwrap().remove(0).id;
        let reader = app.user("rita", &[Permission::Read], Some(&team)).await;
        app.get(path).as_(&reader).send().await.is(200).has("/merchants/M3?from=").lacks("/merchants/M3/tell");
        let csv = app.get("/transactions/explanation.csv?from=now-15m").as_(&lena).send().await;
        csv.is(200).has("slices,link=L1 merchant=M3,91,");
        app.get("/transactions/explanation.xlsx?from=now-15m").as_(&lena).send().await.is(200);
        // The form of a rule is filled in.
        app.get("/rules/new?kind=transactions&measure=success&merchant=M3&link=L1&compare=below&fire=70&name=Slice").as_(&lena).send().await.is(200).has("value=\"M3\"").has("value=\"70\"").has("value=\"Slice\"");
        // The choice of the page goes along, narrowed to the slice; where codes are chosen, the rule counts them.
        let made = async |query: &str| {
            let page = app.get(&format!("/transactions/explanation?from=now-15m&to=now&{query}")).as_(&lena).send().await;
            let at = page.is(200).text().find("/rules/new?").unwrap_or_else(|| panic!("no link: {query}"));
            page.text()[at..].split('"').next().unwrap_or_default().to_owned()
        };
        let form = made("channel=app&merchant=M3&merchant=M4&merchant=M5").await;
        assert!(form.contains("channel=app") && form.contains("merchant=M3&") && form.contains("link=L1"), "{form}");
        let form = made("code=91&channel=app").await;
        assert!(form.contains("code=91") && form.contains("measure=code") && form.contains("compare=above") && form.contains("channel=app"), "{form}");
        // Before the trouble there was none.
        assert_eq!(explained(&app, &lena, "from=now-35m&to=now-15m").await["verdict"], "none");
    }

    /// Whoever asks about one code hears of that code: codes, money and beginning are its own, whatever else fails there.
    async fn with_a_code_chosen_the_others_are_not_told(app: TestApp) {
        let (_, lena) = stage(&app).await;
        app.advance(40 * MINUTE);
        trade(&app, &lena, app.now(), 40, 10, |minute| if minute <= 10 { Bad::Slice } else { Bad::Nothing }).await;
        // In the same slice more fails with another code, and for longer.
        let mut body = String::new();
        for n in 0..200_i64 {
            let at = app.now().plus(-20 * MINUTE + n * 6_000);
            writeln!(
                body,
                r#"{{"time":{},"system":"pay","link":"L1","merchant":"M3","channel":"app","code":"77","amount":1000,"currency":"CNY"}}"#,
                at.0
            )
            .unwrap();
        }
        app.ask("POST", "/api/v1/transactions").as_(&lena).body(body).send().await.is(200).has("\"refused\":0");
        let all = explained(&app, &lena, "from=now-15m").await;
        assert_eq!(all["culprits"][0]["codes"][0]["code"], "77", "{all}");
        let found = explained(&app, &lena, "from=now-15m&code=91").await;
        let culprit = &found["culprits"][0];
        let slice: Vec<_> = culprit["slice"].as_array().unwrap().iter().map(|choice| choice["value"].as_str().unwrap()).collect();
        assert_eq!(slice, ["L1", "M3"], "{found}");
        let codes = |of: &Value| of["codes"].as_array().unwrap().iter().map(|code| code["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!((codes(culprit), codes(&found)), (vec!["91".to_owned()], vec!["91".to_owned()]), "{found}");
        assert_eq!(culprit["since"].as_i64(), Some(app.now().plus(-10 * MINUTE).0), "{found}");
        assert!((45_000..=50_000).contains(&culprit["money"][0]["failed_amount"].as_i64().unwrap()), "{culprit}");
    }

    async fn global_none_and_too_little_are_said(app: TestApp) {
        let (_, lena) = stage(&app).await;
        app.advance(20 * MINUTE);
        trade(&app, &lena, app.now(), 5, 10, |_| Bad::Everything).await;
        let found = explained(&app, &lena, "from=now-6m").await;
        assert_eq!((found["verdict"].as_str(), found["codes"][0]["code"].as_str()), (Some("global"), Some("91")));
        app.get("/transactions/explanation?from=now-6m&to=now").as_(&lena).send().await.is(200).has("No slice explains it, it is global").has("code 91");
        // Nothing there at all.
        let empty = explained(&app, &lena, "from=now-19m&to=now-18m&merchant=M3").await;
        assert_eq!(empty["verdict"], "too_little");
        app.get("/transactions/explanation?from=now-19m&to=now-18m&merchant=nobody").as_(&lena).send().await.is(200).has("nothing before");
        // Volume: a link that is gone.
        app.advance(30 * MINUTE);
        let found = explained(&app, &lena, "from=now-15m&looked=volume").await;
        assert_eq!(found["verdict"], "global", "nothing was posted at all: {found}");
        for (query, field) in [("looked=speed", "looked"), ("from=never", "from"), ("from=now&to=now-1h", "to"), ("zone=Mars", "zone")] {
            app.get(&format!("/api/v1/transactions/explanation?{query}")).as_(&lena).send().await.is(422).has(field);
        }
        app.get("/transactions/explanation?looked=speed").as_(&lena).send().await.is(422);
        // Another team sees none of it.
        let other = app.team("other").await;
        let vera = app.viewer("vera", &other).await;
        assert_eq!(explained(&app, &vera, "from=now-1h").await["total"], 0.0);
        app.get("/transactions/explanation.csv").as_(&vera).send().await.is(403);
        app.get("/api/v1/transactions/explanation").send().await.is(401);
    }

    /// A merchant whose amounts are gone is named, and since when; the rule that is offered watches amounts in their currency.
    async fn money_that_is_missing_is_named(app: TestApp) {
        let (_, lena) = stage(&app).await;
        app.advance(50 * MINUTE);
        trade(&app, &lena, app.now().plus(-10 * MINUTE), 100, 10, |_| Bad::Nothing).await;
        trade_without(&app, &lena, app.now(), 10, 10, 3).await;
        let found = explained(&app, &lena, "from=now-20m&looked=amount").await;
        let culprit = &found["culprits"][0];
        assert_eq!((culprit["slice"][0]["value"].as_str(), culprit["money"][0]["failed_amount"].as_i64()), (Some("M3"), Some(100_000)), "{found}");
        let since = culprit["since"].as_i64().unwrap();
        assert!((since - app.now().plus(-10 * MINUTE).0).abs() <= MINUTE, "{found}");
        app.get("/transactions/explanation?from=now-20m&to=now&looked=amount").as_(&lena).send().await.is(200).has("Merchant M3").has("Make it an alert").has("measure=amount").has("currency=CNY");
        let rule = "/rules/new?kind=transactions&measure=amount&currency=CNY&compare=below&fire=-50&weeks=4";
        app.get(rule).as_(&lena).send().await.is(200).has("value=\"CNY\"").has("value=\"-50\"");
        app.get("/transactions/explanation?from=now-20m&to=now&looked=volume").as_(&lena).send().await.is(200).has("compare=below");
    }

    async fn it_runs_by_itself_for_alerts_and_incidents(app: TestApp) {
        let (system, lena) = stage(&app).await;
        fails(&app, &lena, &system).await;
        let alerts = app.get("/api/v1/alerts").as_(&lena).send().await.json();
        let alert = alerts["items"][0].clone();
        assert_eq!(alert["state"], "firing", "{alerts}");
        let why = alert["annotations"]["why"].as_str().unwrap();
        assert!(why.starts_with("Look at this: Merchant M3 on link L1 fails with code 91"), "{why}");
        let alert_id = alert["id"].as_str().unwrap().to_owned();
        app.get(&format!("/alerts/{alert_id}")).as_(&lena).send().await.is(200).has("Where failures concentrate").has("Merchant M3 on link L1 fails with code 91");
        let told = app.get(&format!("/api/v1/alerts/{alert_id}/explanation")).as_(&lena).send().await.is(200).json();
        assert_eq!(told["settled"], false);
        assert_eq!(told["explanation"]["filter"]["system"][0], "pay");
        // Known from the pending alert on, it was in the incident when that was opened, once in its timeline.
        app.get("/incidents/1").as_(&lena).send().await.is(200).has("Merchant M3 on link L1 fails with code 91").has("link=L1 merchant=M3 code=91");
        app.get("/incidents/1").as_(&lena).in_(Locale::Zh).send().await.is(200).has("商户 M3、链路 L1");
        let which = domain::incidents::Ref::Number(1);
        let timeline = app.portal.incidents.get(&lena, &which).await.unwrap().timeline;
        let found: Vec<_> = timeline.iter().filter(|entry| entry.kind == EntryKind::Finding).collect();
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].link.starts_with("/transactions/explanation?from="), "{}", found[0].link);
        app.get(&found[0].link).as_(&lena).send().await.is(200).has("Merchant M3 on link L1");
        // It is refreshed while it lasts, and stands when it is over.
        let observed = |told: &Value| told["explanation"]["culprits"][0]["observed"].as_f64().unwrap();
        let before = observed(&app.get("/api/v1/incidents/1/explanation").as_(&lena).send().await.is(200).json());
        app.advance(MINUTE);
        trade(&app, &lena, app.now(), 1, 10, |_| Bad::Slice).await;
        app.settle().await;
        assert!(observed(&app.get("/api/v1/incidents/1/explanation").as_(&lena).send().await.is(200).json()) > before);
        for _ in 0..12 {
            app.advance(MINUTE);
            trade(&app, &lena, app.now(), 1, 10, |_| Bad::Nothing).await;
            app.settle().await;
        }
        let told = app.get("/api/v1/incidents/1/explanation").as_(&lena).send().await.is(200).json();
        assert_eq!(told["settled"], true, "{told}");
        assert_eq!(told["explanation"]["verdict"], "slices");
        // The merchant's page tells of it.
        app.get("/merchants/M3").as_(&lena).send().await.is(200).has("INC-1 ").has("fails with code 91");
        app.get("/merchants/M5").as_(&lena).send().await.is(200).has("No incident has named this merchant");
        // Another team sees neither.
        let other = app.team("other").await;
        let vera = app.viewer("vera", &other).await;
        app.get(&format!("/api/v1/alerts/{alert_id}/explanation")).as_(&vera).send().await.is(404);
        app.get("/api/v1/incidents/1/explanation").as_(&vera).send().await.is(404);
        app.get("/merchants/M3").as_(&vera).send().await.is(200).lacks("INC-1 ");
    }

    /// Clocks in New York went forward five days ago: what was there at this time of the wall a week ago was an hour later in UTC.
    async fn weeks_share_the_wall_time_of_the_team(app: TestApp) {
        let team = app.team("payments").await;
        let system = app.system("pay", &team).await;
        let lena = app.user("lena", ALL, Some(&team)).await;
        app.on_call_in("America/New_York", &team).await;
        // Two weeks of which only what lies beyond two hours of UTC around the trouble is known, and within the same of the wall.
        for week in 1..=2 {
            trade(&app, &lena, app.now().plus(-7 * DAY * week + 150 * MINUTE), 30, 10, |_| Bad::Nothing).await;
        }
        fails(&app, &lena, &system).await;
        let told = app.get("/api/v1/incidents/1/explanation").as_(&lena).send().await.is(200).json();
        let baseline = &told["explanation"]["baseline"];
        assert_eq!((baseline["basis"].as_str(), baseline["spans"].as_u64()), (Some("weeks"), Some(2)), "{told}");
    }

    /// What an incident names while it is young may be a guess; the history of a merchant tells what was found last.
    async fn the_history_of_a_merchant_follows_what_is_found(app: TestApp) {
        let (system, lena) = stage(&app).await;
        fails(&app, &lena, &system).await;
        // However many alerts have named it since.
        for n in 0..120_i64 {
            sql("INSERT INTO explanation_values (subject, subject_id, dimension, value, named_at) VALUES ('alert', $1, 'merchant', 'M3', $2)")
                .value(format!("alert-{n}"))
                .value(app.now().plus(MINUTE))
                .run(&mut app.ctx.db.read().await.unwrap())
                .await
                .unwrap();
        }
        // And however many incidents of a team that the reader does not see.
        let other = app.team("cards").await;
        let (theirs, at) = (app.system("acquirer", &other).await, app.now());
        for n in 1_001..1_121_i64 {
            let id = app.ctx.new_id::<domain::id::IncidentId>();
            let conn = &mut app.ctx.db.read().await.unwrap();
            sql("INSERT INTO incidents (id, number, title, severity, state, is_open, system_id, team_id, cause, impact, opened_at, updated_at) VALUES ")
                .rows([n], |r, n| {
                    r.bind(&id).bind(n).bind("Theirs").bind(3_i64).bind("closed").bind(0_i64).bind(&theirs).bind(&other).bind("").bind("").bind(at).bind(at)
                })
                .run(conn)
                .await
                .unwrap();
            sql("INSERT INTO explanation_values (subject, subject_id, dimension, value, named_at) VALUES ('incident', $1, 'merchant', 'M3', $2)")
                .value(&id)
                .value(at.plus(MINUTE))
                .run(conn)
                .await
                .unwrap();
        }
        app.get("/merchants/M3").as_(&lena).send().await.is(200).has("INC-1 ").has("fails with code 91");
        for _ in 0..10 {
            app.advance(MINUTE);
            trade(&app, &lena, app.now(), 1, 10, |_| Bad::Everything).await;
            app.settle().await;
        }
        let told = app.get("/api/v1/incidents/1/explanation").as_(&lena).send().await.is(200).json();
        assert_eq!(told["explanation"]["verdict"], "global", "{told}");
        app.get("/merchants/M3").as_(&lena).send().await.is(200).has("No incident has named this merchant").lacks("INC-1 ");
    }

    async fn a_finding_is_attached_in_one_click(app: TestApp) {
        let (system, lena) = stage(&app).await;
        app.advance(10 * MINUTE);
        trade(&app, &lena, app.now(), 5, 10, |_| Bad::Slice).await;
        let opened = app.portal.incidents.open(&lena, &fields(&[("title", "Shop calls"), ("severity", "P3"), ("system", system.as_str())])).await.unwrap();
        let page = app.get("/transactions/explanation?from=now-6m&to=now").as_(&lena).send().await;
        page.is(200).has("Attach to the incident").has("Shop calls");
        let path = "/transactions/explanation?from=now-6m&to=now";
        let form = [("incident", "1")];
        app.post_form(path, &form).as_(&lena).send().await.is(303);
        let detail = app.portal.incidents.get(&lena, &domain::incidents::Ref::Id(opened.id)).await.unwrap();
        let said = &detail.timeline.iter().find(|entry| entry.kind == EntryKind::Comment).unwrap().text;
        assert!(said.starts_with("Merchant M3 on link L1 fails with code 91") && said.contains("](/transactions/explanation?from="), "{said}");
        app.post_form(path, &[("incident", "")]).as_(&lena).send().await.is(422).has("one of the open incidents");
        app.post_form(path, &[("incident", "99")]).as_(&lena).send().await.is(404);
        let vera = app.viewer("vera", &app.team("other").await).await;
        app.post_form(path, &form).as_(&vera).send().await.is(403);
    }
}
