//! Why nobody knows, in the language of the reader.

use super::*;

both! {
    async fn why_nobody_knows_is_told_in_the_language_of_the_reader(app: TestApp) {
        let server = Server::plain().await;
        let (_, system, editor) = scene(&app).await;
        let id = source(&app, &editor, &system, "query", &server.url("")).await;
        server.set(vector(&[("a", "1")]));
        let rule = watching(&app, &editor, &system, &id, &[]).await;
        let asks = [
            ("name", "Payments"), ("system", system.as_str()), ("kind", "query"), ("source", id.as_str()), ("target", "99"), ("days", "28"),
            ("good", "sum(increase(a[$window]))"), ("total", "sum(increase(b[$window]))"),
        ];
        let objective = app.portal.objectives.create(&editor, &fields(&asks)).await.expect("an objective");
        app.settle().await;
        let matrix = json!({ "status": "success", "data": { "resultType": "matrix", "result": [] } });
        let answers = [
            (matrix, "the answer is a matrix; expected a vector or a number", "应答类型为 matrix，应为向量或数值"),
            (json!({}), "the answer is none of a query API", "指标来源 figures 无应答：应答并非出自查询 API"),
        ];
        for (body, en, zh) in answers {
            server.set(Reply { body: body.to_string(), ..Reply::status(200) });
            minute(&app).await;
            for path in [format!("/rules/{rule}"), "/rules".to_owned(), format!("/objectives/{objective}")] {
                app.get(&path).as_(&editor).send().await.is(200).has(en);
                app.get(&path).as_(&editor).in_(Locale::Zh).send().await.is(200).has(zh).lacks(en);
            }
        }
        // What is tried says so, too.
        let tried = [
            ("name", "Tried"), ("system", system.as_str()), ("kind", "query"), ("source", id.as_str()), ("expr", "failing"),
            ("compare", "above"), ("fire", "10"), ("act", "try"),
        ];
        let page = app.post_form("/rules/new", &tried).as_(&editor).in_(Locale::Zh).send().await;
        page.is(503).has("应答并非出自查询 API").lacks("none of a query API");
    }
}
