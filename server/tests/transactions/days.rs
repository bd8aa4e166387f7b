//! The days of the charts: those of the reader, as far as what is kept tells them apart.

use domain::{
    Timestamp,
    people::Locale,
    time::{DAY, MINUTE},
};
use serde_json::Value;

use super::{analyse, line, post, stage};

/// Beginnings of the points in which something was counted.
fn days(json: &Value) -> Vec<Timestamp> {
    let points = json["points"].as_array().unwrap().iter().filter(|point| point["total"].as_u64() > Some(0));
    points.map(|point| Timestamp(point["span"]["from"].as_i64().unwrap())).collect()
}

both! {
    async fn a_day_is_the_readers_and_where_it_is_not_the_page_says_so(app: TestApp) {
        let (_, _, sender) = stage(&app).await;
        let today = app.now().floor(DAY);
        // Midnight in Kolkata two days ago, of which minutes are kept; in Shanghai seventy days ago, of which hours are.
        let (kolkata, shanghai) = (today.plus(-2 * DAY - 330 * MINUTE), today.plus(-70 * DAY - 480 * MINUTE));
        let around = |midnight: Timestamp| [-10, 10].map(|minutes| line(midnight.plus(minutes * MINUTE), "L1", "M1", "00", 1.0, 1));
        let lines = [around(kolkata), around(shanghai)].concat();
        post(&app, &sender, lines.join("\n"), &[]).await.is(200).has("\"accepted\":4");
        let json = analyse(&app, &sender, "from=now-20d&zone=Asia/Kolkata").await;
        assert_eq!(days(&json), [kolkata.plus(-DAY), kolkata]);
        let json = analyse(&app, &sender, "from=now-90d&to=now-60d&zone=Asia/Shanghai").await;
        assert_eq!(days(&json), [shanghai.plus(-DAY), shanghai]);
        let json = analyse(&app, &sender, "from=now-80d&zone=Asia/Shanghai").await;
        assert_eq!(days(&json)[..2], [shanghai.plus(-DAY), shanghai]);
        // Beyond that only UTC days are known.
        let json = analyse(&app, &sender, "from=now-120d&zone=Asia/Shanghai").await;
        assert_eq!(days(&json)[0], shanghai.floor(DAY));
        app.get("/transactions?from=now-80d").as_(&sender).send().await.is(200).lacks("days of UTC");
        app.get("/transactions?from=now-120d").as_(&sender).send().await.is(200).has("the charts show days of UTC");
        app.get("/transactions?from=now-120d").as_(&sender).in_(Locale::Zh).send().await.is(200).has("图表按 UTC 日显示");
    }

    /// Clocks in New York went forward between.
    async fn a_week_before_is_the_same_time_of_the_readers_wall(app: TestApp) {
        let (_, _, sender) = stage(&app).await;
        let page = app.get("/transactions?from=2025-03-14T01:00&to=2025-03-14T02:00").as_(&sender).cookie("ek_zone=America/New_York");
        page.send().await.is(200).has("from=2025-03-07T01%3A00").has("to=2025-03-07T02%3A00");
    }
}
