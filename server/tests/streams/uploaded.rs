//! Tables as banks, wallets and spreadsheets write them: uploaded in the page, and sent to the API.

use std::collections::BTreeMap;

use domain::{Actor, people::Locale};
use serde_json::json;

use super::{analyse, stage, table};
use crate::app::{Answer, TestApp};

/// The fields of the form by which a table is taken, and those that are said otherwise.
fn fields<'t>(table: &'t str, more: &[(&'t str, &'t str)]) -> Vec<(&'t str, &'t str)> {
    let usual =
        [("time", "Time"), ("code", "Status"), ("time_format", "auto"), ("latency_unit", "ms"), ("amount_unit", "major"), ("act", "look")];
    let all: BTreeMap<&str, &str> = usual.into_iter().chain(more.iter().copied()).chain([("table", table)]).collect();
    all.into_iter().collect()
}

/// A file as a form without JavaScript sends it.
async fn uploaded(app: &TestApp, actor: &Actor, path: &str, table: &[u8], locale: Locale) -> Answer {
    let head = b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"t.csv\"\r\n\r\n";
    let form = [head.as_slice(), table, b"\r\n--b--\r\n".as_slice()].concat();
    let ask = app.ask("POST", path).as_(actor).in_(locale).header("content-type", "multipart/form-data; boundary=b");
    ask.body(form).send().await
}

both! {
    async fn refused_rows_are_named_by_their_line(app: TestApp) {
        let (_, system, actor) = stage(&app).await;
        let now = app.now().rfc3339();
        let table = format!("Time;Status;Note\n{now};00;\"a\nb\"\n\n{now};51;\nnoon;51;\n{now};00;\n");
        let rows = format!("/streams/{system}/upload/rows");
        for (act, counted) in [("look", "3 lines would be counted, 1 refused"), ("take", "3 rows counted, 1 refused")] {
            let form = fields(&table, &[("act", act)]);
            let page = app.ask("POST", &rows).as_(&actor).form(&form).send().await;
            page.is(200).has(counted).has("Line 6, Time").lacks("Line 4");
            if act == "look" {
                // The rows before a refused one, and behind it.
                for line in [2, 5, 7] {
                    page.has(&format!("data-label=\"Line\" class=\"number\">{line}<"));
                }
            }
        }
    }

    async fn words_of_success_and_amounts_with_commas_are_read(app: TestApp) {
        let (_, system, actor) = stage(&app).await;
        let now = app.now().rfc3339();
        let table = format!("Time;Status;Amount;Currency\n{now};DONE;1.234,50;EUR\n{now};LOST;1,5;EUR\n");
        let path = format!("/streams/{system}/upload");
        // The commas are seen; without other codes every row is a failure.
        for (locale, asked) in [(Locale::En, "Empty: those of the stream."), (Locale::Zh, "留空则用交易流的设置。")] {
            let page = uploaded(&app, &actor, &path, table.as_bytes(), locale).await;
            page.is(200).has(asked).has("1234.50 EUR").has("value=\"major-comma\" selected");
        }
        let amounts = [("amount", "Amount"), ("currency", "Currency"), ("amount_unit", "major-comma")];
        let rows = format!("{path}/rows");
        let form = fields(&table, &[&amounts[..], &[("success_codes", "DONE"), ("act", "take")][..]].concat());
        app.ask("POST", &rows).as_(&actor).form(&form).send().await.is(200).has("2 rows counted, 0 refused");
        let totals = analyse(&app, &actor, "").await["totals"].clone();
        assert_eq!((&totals["total"], &totals["failed"], &totals["money"][0]["amount"]), (&json!(2), &json!(1), &json!(123_600)), "{totals}");
        let wrong = "x".repeat(81);
        let form = fields(&table, &[("success_codes", wrong.as_str())]);
        app.ask("POST", &rows).as_(&actor).form(&form).send().await.is(422).has("Codes of success");
        // A column of success says it by itself.
        let table = format!("Time;Good\n{now};成功\n{now};No\n{now};maybe\n");
        let form = fields(&table, &[("code", ""), ("success", "Good"), ("act", "take")]);
        app.ask("POST", &rows).as_(&actor).form(&form).send().await.is(200).has("2 rows counted, 1 refused").has("Line 4, Good");
    }

    async fn a_day_and_a_time_of_day_are_one_time(app: TestApp) {
        let (_, system, actor) = stage(&app).await;
        let at = app.now().jiff().to_zoned(domain::time::zone("America/New_York").unwrap());
        let (day, clock) = (at.strftime("%m/%d/%Y").to_string(), at.strftime("%I:%M:%S %p").to_string());
        let table = format!("Date,Time,Gross,Currency,Status\n{day},{clock},\"1,234.50\",USD,Completed\n{day},,1.00,USD,Denied\n");
        let path = format!("/streams/{system}/upload");
        uploaded(&app, &actor, &path, table.as_bytes(), Locale::En).await.is(200).has("Time of day").lacks("value=\"Date+Time\"");
        let named = [
            ("time", "Date"), ("clock", "Time"), ("code", ""), ("success", "Status"), ("amount", "Gross"), ("currency", "Currency"),
            ("time_format", "local-mdy"), ("time_zone", "America/New_York"), ("act", "take"),
        ];
        let form = fields(&table, &named);
        let page = app.ask("POST", &format!("{path}/rows")).as_(&actor).form(&form).send().await;
        page.is(200).has("1 rows counted, 1 refused").has("Line 3, Date+Time");
        // The same by the API.
        let map = "map=Date%2BTime%3Dtime:local-mdy:America/New_York&map=Status%3Dsuccess&map=Gross%3Damount";
        let api = format!("/api/v1/streams/{system}/transactions?{map}");
        let ask = app.ask("POST", &api).as_(&actor).header("content-type", "text/csv").body(table);
        ask.send().await.is(200).has("\"accepted\":1").has("\"line\":3").has("\"field\":\"Date+Time\"").has("\"newest_lag_ms\":");
        assert_eq!(analyse(&app, &actor, "").await["totals"]["money"][0]["amount"], 246_900);
        let ask = app.ask("POST", &api.replace("Date%2BTime", "Day%2BTime")).as_(&actor).header("content-type", "text/csv");
        ask.body("Date,Time\n1,2\n").send().await.is(422).has("Day+Time=time").has("Date, Time");
    }

    async fn lines_around_the_rows_are_passed_over(app: TestApp) {
        let (_, system, actor) = stage(&app).await;
        let shanghai = domain::time::zone("Asia/Shanghai").unwrap();
        let at = app.now().wall(&shanghai);
        let wallet = format!(
            "支付宝交易记录明细查询\n账号:[a@example.com]\n------交易记录明细列表------\n交易号 ,商家,交易时间 ,金额（元）,交易状态 ,\n\
             =\"001\",工行,{at}\t,1.00,交易成功,\n=\"002\",招行,{at}\t,2.50,交易失败,\n------------\n共2笔记录\n已收入:2笔,3.50元\n"
        );
        let path = format!("/streams/{system}/upload");
        for (locale, told) in [(Locale::En, "Lines 1-3, 7-9 hold no rows"), (Locale::Zh, "第 1-3, 7-9 行")] {
            // As a spreadsheet saves it. What is the code or the success is still to be chosen.
            let saved: Vec<u8> = "\u{feff}".encode_utf16().chain(wallet.encode_utf16()).flat_map(u16::to_le_bytes).collect();
            uploaded(&app, &actor, &path, &saved, locale).await.is(422).has("金额（元）").has(told);
        }
        let named = [
            ("time", "交易时间"), ("code", ""), ("success", "交易状态"), ("dimension.link", "商家"), ("id", "交易号"), ("time_format", "local"),
            ("time_zone", "Asia/Shanghai"), ("act", "take"),
        ];
        let form = fields(&wallet, &named);
        app.ask("POST", &format!("{path}/rows")).as_(&actor).form(&form).send().await.is(200).has("2 rows counted, 0 refused").has("Lines 1-3, 7-9");
        // The other wallet fills its lines up, and puts a backtick before times.
        let bills = format!("微信支付账单明细,,,\n起始时间：[{at}],,,\n,,,\n----列表----,,,\n交易时间,商家,当前状态,备注\n`{at},`工行,支付成功,/\n`{at},`农行,支付失败,/\n");
        let map = "map=%E4%BA%A4%E6%98%93%E6%97%B6%E9%97%B4%3Dtime:local:Asia/Shanghai&map=%E5%BD%93%E5%89%8D%E7%8A%B6%E6%80%81%3Dsuccess&map=%E5%95%86%E5%AE%B6%3Dlink";
        let ask = app.ask("POST", &format!("/api/v1/streams/{system}/transactions?{map}")).as_(&actor).header("content-type", "text/csv");
        ask.body(bills).send().await.is(200).has("\"accepted\":2,\"refused\":0").has("\"passed\":\"1-4\"");
        assert_eq!(table(&analyse(&app, &actor, "").await, "link"), [("农行".to_owned(), 1, 1), ("工行".to_owned(), 2, 0), ("招行".to_owned(), 1, 1)]);
    }

    async fn rows_of_a_merchant_called_total_count(app: TestApp) {
        let (_, system, actor) = stage(&app).await;
        let seconds = app.now().0 / 1_000;
        // The header ends in a comma, the rows do not.
        let rows = format!("merchant,time,code,\nTOTAL,{seconds},00\nM1,{seconds},00\nM2,{seconds},00\n");
        let path = format!("/api/v1/streams/{system}/transactions?map=time%3Dtime:epoch-s");
        let post = async |body: String| app.ask("POST", &path).as_(&actor).header("content-type", "text/csv").body(body).send().await;
        post(rows.clone()).await.is(200).has("\"accepted\":3,\"refused\":0").lacks("passed");
        // What is passed over is told.
        post(format!("{rows}TOTAL,3\n")).await.is(200).has("\"accepted\":3,\"refused\":0").has("\"passed\":\"5\"");
    }
}
