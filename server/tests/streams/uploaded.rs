//! Tables as banks, wallets and spreadsheets write them: uploaded in the page, and sent to the API.

use super::stage;

both! {
    async fn refused_rows_are_named_by_their_line(app: TestApp) {
        let (_, system, actor) = stage(&app).await;
        let now = app.now().rfc3339();
        let table = format!("Time;Result;Note\n{now};00;\"a\nb\"\n\n{now};51;\nnoon;51;\n");
        let rows = format!("/streams/{system}/upload/rows");
        for (act, counted) in [("look", "2 lines would be counted, 1 refused"), ("take", "2 rows counted, 1 refused")] {
            let form = [
                ("table", table.as_str()), ("time", "Time"), ("code", "Result"), ("time_format", "auto"), ("latency_unit", "ms"),
                ("amount_unit", "major"), ("act", act),
            ];
            app.ask("POST", &rows).as_(&actor).form(&form).send().await.is(200).has(counted).has("Line 6, Time").lacks("Line 3");
        }
    }
}
