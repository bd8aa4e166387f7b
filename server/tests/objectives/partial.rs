//! Answers that are only a part of what was asked for.

use super::*;

both! {
    async fn a_part_of_an_answer_counts_nothing(app: TestApp) {
        let server = Server::plain().await;
        let (_, system, editor) = scene(&app).await;
        let source = source(&app, &editor, &system, "query", &server.url("")).await;
        server.set(vector("90"));
        let query = [("kind", "query"), ("source", source.as_str()), ("good", "sum(increase(a[$window]))"), ("total", "sum(increase(b[$window]))")];
        let id = objective(&app, &editor, &system, &query).await;
        app.settle().await;
        let standing = async || app.portal.objectives.get(&editor, &id).await.unwrap().standing;
        assert_eq!(standing().await.shown, Shown::Met);
        // An empty answer is nought; one of which a part is missing is not.
        let data = json!({ "resultType": "vector", "result": [] });
        let parts = [
            (json!({ "status": "success", "isPartial": true, "data": data.clone() }), "the answer is only a part of what was asked for"),
            (json!({ "status": "success", "warnings": ["store-2 is gone"], "data": data }), "the answer is only a part of what was asked for: store-2 is gone"),
        ];
        for (body, why) in parts {
            server.set(Reply { body: body.to_string(), ..Reply::status(200) });
            app.advance(MINUTE);
            app.settle().await;
            let standing = standing().await;
            assert_eq!((standing.shown, standing.why.as_str()), (Shown::Unknown, why));
            assert!(standing.burns.iter().all(|burn| burn.holds.is_none()));
            app.get(&format!("/api/v1/objectives/{id}/hours")).as_(&editor).send().await.is(503).has("only a part");
            app.get(&format!("/objectives/{id}")).as_(&editor).in_(Locale::Zh).send().await.is(200).has("应答不完整").lacks("only a part");
        }
        server.set(vector("90"));
        app.advance(MINUTE);
        app.settle().await;
        assert_eq!(standing().await.shown, Shown::Met);
    }
}
