//! Merchants: the list with search, order and paging; contacts that a team writes down; what they are told.

use std::fmt::Write as _;

use domain::{
    Actor, Permission,
    id::TeamId,
    people::Locale,
    time::{DAY, MINUTE},
};
use serde_json::json;

use crate::app::TestApp;

const ALL: &[Permission] =
    &[Permission::Read, Permission::IngestTransactions, Permission::EditSystems, Permission::WorkIncidents, Permission::Export];

async fn stage(app: &TestApp) -> (TeamId, Actor) {
    app.advance(30_000);
    let team = app.team("payments").await;
    app.system("pay", &team).await;
    let lena = app.user("lena", ALL, Some(&team)).await;
    let mut body = String::new();
    for week in 0..2_i64 {
        for merchant in 0..120_i64 {
            for n in 0..5_i64 {
                // M007 fails this week; M008 always did.
                let code = if merchant == 8 || merchant == 7 && week == 0 { "91" } else { "00" };
                let at = app.now().plus(-5 * MINUTE - week * 7 * DAY + n);
                writeln!(body, r#"{{"time":{},"system":"pay","link":"L1","merchant":"M{merchant:03}","code":"{code}"}}"#, at.0).unwrap();
            }
        }
    }
    app.ask("POST", "/api/v1/transactions").as_(&lena).body(body).send().await.is(200);
    (team, lena)
}

both! {
    async fn merchants_are_listed_searched_and_paged(app: TestApp) {
        let (_, lena) = stage(&app).await;
        let page = app.get("/merchants").as_(&lena).send().await;
        page.is(200).has("120 merchants").has("Page 1 of 3");
        let place = |name: &str| page.text().find(name).unwrap_or(usize::MAX);
        assert!(place("/merchants/M007") < place("/merchants/M008"), "what fails more than it did comes first");
        app.get("/merchants?page=3&sort=name").as_(&lena).send().await.is(200).has("M119").lacks("M001");
        app.get("/merchants?q=m11").as_(&lena).send().await.is(200).has("10 merchants").has("M115").lacks("Page 1 of");
        app.get("/merchants?q=nobody").as_(&lena).in_(Locale::Zh).send().await.is(200).has("没有商户");
        app.get("/merchants?sort=luck").as_(&lena).send().await.is(422);
        app.get("/merchants?page=0").as_(&lena).send().await.is(422);
        app.get("/merchants.csv?q=M007").as_(&lena).send().await.is(200).has("M007,,").has(",5,5,0.000000,0,5,1.000000");
        let vera = app.viewer("vera", &app.team("other").await).await;
        app.get("/merchants").as_(&vera).send().await.is(200).has("0 merchants");
        app.get("/merchants.csv").as_(&vera).send().await.is(403);
        app.get("/merchants.xlsx").as_(&vera).send().await.is(403);
        app.get("/merchants.xlsx?q=M007").as_(&lena).send().await.is(200);
    }

    async fn merchants_are_listed_by_the_api_page_by_page(app: TestApp) {
        let (team, lena) = stage(&app).await;
        app.portal.merchants.edit(&lena, "M007", &crate::sources::fields(&[("team", team.as_str()), ("name", "Corner shop")])).await.unwrap();
        let of = async |query: &str| app.get(&format!("/api/v1/merchants?{query}")).as_(&lena).send().await.is(200).json();
        let first = of("").await;
        assert_eq!((first["items"].as_array().map(Vec::len), &first["items"][0]["row"]["value"]), (Some(50), &json!("M007")));
        let worst = &first["items"][0];
        assert_eq!((&worst["name"], &worst["row"]["failed"], &worst["row"]["before_failed"]), (&json!("Corner shop"), &json!(5), &json!(0)));
        assert!(worst["excess"].as_f64() > Some(3.0), "{worst}");
        let (mut seen, mut query) = (Vec::new(), "sort=name&limit=50".to_owned());
        loop {
            let page = of(&query).await;
            seen.extend(page["items"].as_array().unwrap().iter().map(|one| one["row"]["value"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            query = format!("sort=name&limit=50&after={next}");
        }
        assert_eq!((seen.len(), seen[0].as_str(), seen[119].as_str()), (120, "M000", "M119"));
        assert!(seen.is_sorted());
        assert_eq!(of("q=CORNER").await["items"].as_array().map(Vec::len), Some(1));
        assert_eq!(of("merchant=M001&merchant=M002&system=pay").await["items"].as_array().map(Vec::len), Some(2));
        assert_eq!(of("from=now-20d&to=now-10d").await["items"], json!([]));
        for (query, word) in [("sort=luck", "sort"), ("limit=0", "limit"), ("after=x", "after"), ("colour=red", "colour"), ("from=soon", "from")] {
            app.get(&format!("/api/v1/merchants?{query}")).as_(&lena).send().await.is(422).has(word);
        }
        let vera = app.viewer("vera", &app.team("other").await).await;
        assert_eq!(app.get("/api/v1/merchants").as_(&vera).send().await.is(200).json()["items"], json!([]));
        app.get("/api/v1/merchants").send().await.is(401);
    }

    async fn without_a_last_week_nothing_is_beyond_the_usual(app: TestApp) {
        app.advance(30_000);
        let team = app.team("payments").await;
        app.system("pay", &team).await;
        let lena = app.user("lena", ALL, Some(&team)).await;
        let body: String = (0..300_i64).map(|n| format!("{{\"time\":{},\"system\":\"pay\",\"merchant\":\"M1\",\"code\":\"00\"}}\n", app.now().0 - n)).collect();
        app.ask("POST", "/api/v1/transactions").as_(&lena).body(body).send().await.is(200);
        app.get("/merchants").as_(&lena).send().await.is(200).has("There is no last week to compare with").lacks("-149").lacks("-150");
        app.get("/merchants.csv").as_(&lena).send().await.is(200).has("M1,,,0,300,");
    }

    async fn a_team_writes_down_whom_to_call(app: TestApp) {
        let (team, lena) = stage(&app).await;
        app.get("/merchants/M007").as_(&lena).send().await.is(200).has("Nobody has written down whom to call").has("Codes against peers");
        let form = [("team", team.as_str()), ("name", "Corner shop"), ("contact", "Ms Li"), ("phone", "+86 10 1234"), ("email", "ops@shop.example"), ("notes", "Calls **back**")];
        app.post_form("/merchants/M007", &form).as_(&lena).send().await.is(303);
        app.get("/merchants/M007").as_(&lena).send().await.is(200).has("Corner shop").has("mailto:ops@shop.example").has("<strong>back</strong>").has("Edited by lena");
        app.get("/merchants?q=corner").as_(&lena).send().await.is(200).has("M007").has("Corner shop");
        // What was typed is kept where it is refused.
        let bad = [("team", team.as_str()), ("name", "Corner shop"), ("phone", "call me"), ("email", "ops"), ("version", "1")];
        app.post_form("/merchants/M007", &bad).as_(&lena).send().await.is(422).has("value=\"call me\"").has("a telephone number").has("a mail address");
        // Whoever was overtaken hears so; the same again over the API.
        app.post_form("/merchants/M007", &[("team", team.as_str()), ("name", "Two"), ("version", "1")]).as_(&lena).send().await.is(303);
        app.post_form("/merchants/M007", &[("team", team.as_str()), ("name", "Three"), ("version", "1")]).as_(&lena).send().await.is(409).has("Somebody has edited it since").has("value=\"Three\"");
        let body = json!({ "team": team, "name": "Four", "version": 2 });
        app.api("PUT", "/api/v1/merchants/M007", &body).as_(&lena).send().await.is(204);
        app.api("PUT", "/api/v1/merchants/M007", &body).as_(&lena).send().await.is(409);
        app.api("PUT", "/api/v1/merchants/M007", &json!({ "team": team, "nmae": "x", "version": 3 })).as_(&lena).send().await.is(422).has("nmae");
        let known = app.get("/api/v1/merchants/M007").as_(&lena).send().await.is(200).json();
        assert_eq!((known["records"][0]["name"].as_str(), known["records"][0]["version"].as_i64()), (Some("Four"), Some(3)));
        // Another team reads and writes its own only.
        let other = app.team("other").await;
        let theirs = app.user("otto", ALL, Some(&other)).await;
        assert_eq!(app.get("/api/v1/merchants/M007").as_(&theirs).send().await.is(200).json()["records"], json!([]));
        app.api("PUT", "/api/v1/merchants/M007", &json!({ "team": team, "name": "Mine" })).as_(&theirs).send().await.is(404);
        let vera = app.viewer("vera", &team).await;
        app.api("PUT", "/api/v1/merchants/M007", &body).as_(&vera).send().await.is(403);
        app.get("/merchants/M007").as_(&vera).send().await.is(200).has("Four").lacks("Write down whom to call").lacks("Tell the merchant");
    }

    async fn a_merchant_is_told_and_that_is_noted(app: TestApp) {
        let (team, lena) = stage(&app).await;
        app.portal.merchants.edit(&lena, "M007", &crate::sources::fields(&[("team", team.as_str()), ("contact", "Ms Li"), ("email", "ops@shop.example")])).await.unwrap();
        let page = app.get("/merchants/M007/tell?from=now-1h&to=now").as_(&lena).send().await;
        page.is(200).has("Dear Ms Li").has("5 of 5 failed").has("The code that stands out is 91").has("value=\"ops@shop.example\"");
        app.get("/merchants/M007/tell").as_(&lena).in_(Locale::Zh).send().await.is(200).has("Ms Li，您好");
        let form = [("team", team.as_str()), ("to", "ops@shop.example"), ("subject", "Payments fail"), ("text", "Please look & tell us.\nThanks")];
        app.post_form("/merchants/M007/tell", &form).as_(&lena).send().await.is(200).has("mailto:ops@shop.example?subject=Payments%20fail&amp;body=Please%20look%20%26%20tell%20us.%0D%0AThanks");
        app.get("/merchants/M007").as_(&lena).send().await.is(200).has("What it was told").has("Payments fail");
        app.post_form("/merchants/M007/tell", &[("team", team.as_str()), ("to", ""), ("subject", "Kept"), ("text", "")]).as_(&lena).send().await.is(422).has("value=\"Kept\"");
        app.post_form("/merchants/M007/tell", &[("team", ""), ("to", "a@b.cd"), ("subject", "s"), ("text", "t")]).as_(&lena).send().await.is(422);
        let admin = app.admin().await;
        app.get("/api/v1/audit?act=merchant").as_(&admin).send().await.is(200).has("merchant.tell").has("merchant.edit");
        let vera = app.viewer("vera", &team).await;
        app.post_form("/merchants/M007/tell", &form).as_(&vera).send().await.is(403);
        let theirs = app.user("otto", ALL, Some(&app.team("other").await)).await;
        app.post_form("/merchants/M007/tell", &form).as_(&theirs).send().await.is(404);
        app.get("/merchants/M007").as_(&theirs).send().await.is(200).lacks("Payments fail");
    }
}
