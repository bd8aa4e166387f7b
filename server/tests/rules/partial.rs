//! Answers that are only a part of what was asked for, as Thanos and a cluster of VictoriaMetrics give them.

use super::*;

const PART: &str = "the answer is only a part of what was asked for";
const LOST: &str = "the answer is only a part of what was asked for: receive series from store-2:10901: unavailable";

/// An answer with more said beside its values.
fn beside(values: &[(&str, &str)], more: &serde_json::Value) -> Reply {
    let whole = vector(values);
    let mut body: serde_json::Value = serde_json::from_str(&whole.body).expect("an answer");
    body.as_object_mut().expect("an object").extend(more.as_object().expect("more").clone());
    Reply { body: body.to_string(), ..whole }
}

both! {
    async fn a_part_of_an_answer_fires_and_ends_nothing(app: TestApp) {
        let server = Server::plain().await;
        let (_, system, editor) = scene(&app).await;
        let id = source(&app, &editor, &system, "query", &server.url("")).await;
        server.set(vector(&[("a", "11"), ("b", "12")]));
        let above = watching(&app, &editor, &system, &id, &[("no_data", "ok")]).await;
        let imported = [("name", "Imported"), ("compare", "present"), ("fire", ""), ("recover", ""), ("annotations", "summary: {{ $labels.link }} is there")];
        let present = watching(&app, &editor, &system, &id, &imported).await;
        let firing = async || {
            let mut found = alerts(&app, &editor).await;
            found.retain(|(_, state)| state == "firing");
            found.len()
        };
        app.settle().await;
        assert_eq!(firing().await, 4);
        let lost = json!({ "warnings": ["PromQL warning: a mix", "receive series from store-2:10901: unavailable"] });
        let part = json!({ "isPartial": true });
        // What is missing may be in the rest, and a sum over what is left is lower: nothing ends.
        for (more, why) in [(&lost, LOST), (&part, PART)] {
            for (values, there) in [(vec![("a", "1")], Shown::Holding), (Vec::new(), Shown::Unknown)] {
                server.set(beside(&values, more));
                minute(&app).await;
                assert_eq!((firing().await, shown(&app, &editor, &present).await), (4, there), "{why}");
                let standing = app.portal.rules.get(&editor, &above).await.unwrap().standing;
                assert_eq!((standing.shown, standing.why.as_str(), standing.holding), (Shown::Unknown, why, 2));
            }
        }
        // What is seen to be bad is.
        server.set(beside(&[("a", "1"), ("c", "13")], &lost));
        minute(&app).await;
        assert_eq!((firing().await, shown(&app, &editor, &above).await), (6, Shown::Holding));
        app.get(&format!("/rules/{above}")).as_(&editor).send().await.is(200).has("only a part of what was asked for: receive series");
        for path in [format!("/rules/{above}"), "/rules".to_owned()] {
            app.get(&path).as_(&editor).in_(Locale::Zh).send().await.is(200).has("应答不完整：receive series").lacks("only a part");
        }
        // Whoever asks is told, and nothing is tried on a part of the past.
        let asked = format!("/sources/{id}/query?q=failing&mode=instant");
        app.get(&asked).as_(&editor).send().await.is(200).has("Only a part of what was asked for").has("store-2:10901");
        app.get(&asked).as_(&editor).in_(Locale::Zh).send().await.is(200).has("应答不完整");
        assert_eq!(app.get(&format!("/api/v1/sources/{id}/query?q=failing")).as_(&editor).send().await.json()["partial"], true);
        let tried = json!({ "name": "Tried", "system": system, "kind": "query", "source": id, "expr": "failing", "compare": "above", "fire": 10 });
        app.api("POST", "/api/v1/rules/preview", &tried).as_(&editor).send().await.is(503).has("only a part");
        // What PromQL says of how the question is put is no lack of data: what is over ends.
        let annotated = json!({ "warnings": ["PromQL warning: a mix"], "infos": ["PromQL info: metric might not be a counter"] });
        server.set(beside(&[("a", "1")], &annotated));
        minute(&app).await;
        assert_eq!((firing().await, shown(&app, &editor, &above).await, shown(&app, &editor, &present).await), (1, Shown::Quiet, Shown::Holding));
        assert_eq!(app.get(&format!("/api/v1/sources/{id}/query?q=failing")).as_(&editor).send().await.json()["partial"], false);
        assert_eq!(app.portal.rules.get(&editor, &above).await.unwrap().standing.why, "");
    }
}
