//! The report of a day: its figures against the day before and last week, its files, what it refuses, who sees what.

use std::fmt::Write as _;

use domain::{
    Actor, Permission, Timestamp,
    people::Locale,
    time::{DAY, HOUR},
};

use crate::{app::TestApp, sources::fields};

const ALL: &[Permission] = &[Permission::Read, Permission::IngestTransactions, Permission::WorkIncidents, Permission::Export];

async fn day(app: &TestApp, sender: &Actor, at: Timestamp, total: i64, failed: i64) {
    let mut body = String::new();
    for n in 0..total {
        let (merchant, code) = if n < failed {
            ("M1", "91")
        } else if n % 2 == 0 {
            ("M1", "00")
        } else {
            ("M2", "00")
        };
        writeln!(
            body,
            r#"{{"time":{},"system":"pay","link":"L1","merchant":"{merchant}","code":"{code}","amount":"2.50","currency":"CNY"}}"#,
            at.0 + n
        )
        .unwrap();
    }
    app.ask("POST", "/api/v1/transactions").as_(sender).body(body).send().await.is(200);
}

both! {
    async fn a_day_is_told_against_the_day_before_and_last_week(app: TestApp) {
        let team = app.team("payments").await;
        let system = app.system("pay", &team).await;
        let lena = app.user("lena", ALL, Some(&team)).await;
        // It is Friday, 06:00 UTC; yesterday is told of.
        let yesterday = app.now().plus(-DAY);
        day(&app, &lena, yesterday, 400, 100).await;
        day(&app, &lena, yesterday.plus(-DAY), 200, 2).await;
        day(&app, &lena, yesterday.plus(-7 * DAY), 300, 3).await;
        day(&app, &lena, app.now().plus(-HOUR), 10, 0).await;
        app.portal.incidents.open(&lena, &fields(&[("title", "Cards fail"), ("severity", "P2"), ("system", system.as_str())])).await.unwrap();

        let report = app.get("/api/v1/reports/day").as_(&lena).send().await.is(200).json();
        assert_eq!((report["date"].as_str(), report["over"].as_bool()), (Some("2025-03-13"), Some(true)));
        assert_eq!([&report["totals"]["total"], &report["yesterday"]["total"], &report["last_week"]["total"]], [400, 200, 300]);
        assert_eq!((report["merchants"][0]["row"]["value"].as_str(), report["links"][0]["row"]["failed"].as_u64()), (Some("M1"), Some(100)));
        assert_eq!((report["codes"][0]["code"].as_str(), report["codes"][0]["yesterday"].as_u64()), (Some("91"), Some(2)));
        let page = app.get("/reports/day").as_(&lena).send().await;
        page.is(200).has("Day report 2025-03-13").has("| Transactions | 400 | 200 | 300 |").has("/merchants/M1").has("No incident");
        app.get("/reports/day?date=today").as_(&lena).in_(Locale::Zh).send().await.is(200).has("日报 2025-03-14").has("Cards fail").has("统计到同一时刻");
        // In the reader's zone the day begins elsewhere.
        let shanghai = app.get("/api/v1/reports/day?zone=Asia/Shanghai&date=2025-03-13").as_(&lena).send().await.is(200).json();
        assert_eq!(shanghai["span"]["from"].as_i64(), Some(Timestamp::parse_rfc3339("2025-03-13T00:00:00+08:00").unwrap().0));
        app.get("/reports/day.csv").as_(&lena).send().await.is(200).has("totals,transactions,400,200,300,").has("codes,91,100,2,3,").has("links,L1,0.750000,0.990000,0.990000,").has("totals,amount CNY,1000.00,500.00,750.00,");
        app.get("/reports/day.xlsx").as_(&lena).send().await.is(200);
        for date in ["2025-03-15", "2025-02-30", "friday"] {
            app.get(&format!("/reports/day?date={date}")).as_(&lena).send().await.is(422);
            app.get(&format!("/api/v1/reports/day?date={date}")).as_(&lena).send().await.is(422).has("not in the future");
        }
        let vera = app.viewer("vera", &app.team("other").await).await;
        assert_eq!(app.get("/api/v1/reports/day").as_(&vera).send().await.is(200).json()["totals"]["total"], 0);
        app.get("/reports/day.csv").as_(&vera).send().await.is(403);
        app.get("/").as_(&lena).send().await.is(200).has("/reports/day");
    }

    async fn a_day_whose_hours_are_gone_is_one_day_not_two(app: TestApp) {
        let team = app.team("payments").await;
        app.system("pay", &team).await;
        let lena = app.user("lena", ALL, Some(&team)).await;
        // Hours are kept since the 5th of December. At noon of UTC it is the same date in Shanghai.
        let noon = |date: &str| Timestamp::parse_rfc3339(&format!("2024-{date}T12:00:00Z")).unwrap();
        for (date, total, failed) in [("11-12", 10, 0), ("11-13", 30, 3), ("11-19", 20, 2), ("11-20", 40, 4), ("12-09", 7, 0), ("12-10", 9, 0), ("12-20", 5, 0)] {
            day(&app, &lena, noon(date), total, failed).await;
        }
        let of = async |date: &str| app.get(&format!("/api/v1/reports/day?zone=Asia/Shanghai&date=2024-{date}")).as_(&lena).send().await.is(200).json();
        let report = of("11-20").await;
        assert_eq!([&report["totals"]["total"], &report["yesterday"]["total"], &report["last_week"]["total"]], [40, 20, 30]);
        assert_eq!((report["zone"].as_str(), report["counted_zone"].as_str()), (Some("Asia/Shanghai"), Some("UTC")));
        assert_eq!(report["span"]["from"].as_i64(), Some(Timestamp::parse_rfc3339("2024-11-20T00:00:00+08:00").unwrap().0));
        // Of the one there are hours, but not of the week before; of the other there are hours of all.
        let (near, known) = (of("12-10").await, of("12-20").await);
        assert_eq!((&near["totals"]["total"], &near["last_week"]["total"], near["counted_zone"].as_str()), (&9.into(), &0.into(), Some("UTC")));
        assert_eq!((&known["totals"]["total"], known["counted_zone"].as_str()), (&5.into(), Some("Asia/Shanghai")));
    }
}
