//! After the fact: impact, times, review, actions.

use domain::{
    Actor, Fault, Permission,
    form::Typed,
    incidents::{EntryKind, ImpactVerdict, State},
    time::{DAY, HOUR, MINUTE},
    transactions::Batch,
};

use super::{kinds, typed};
use crate::{alerts::signal, app::TestApp};

const WORKER: &[Permission] = &[Permission::Read, Permission::WorkIncidents];

impl TestApp {
    /// So many payments of a system a minute for a while before now, every one in `nth` of them failed.
    async fn payments(&self, system: &str, minutes: i64, each: i64, nth: i64) {
        let mut body = String::new();
        for minute in 1..=minutes {
            for n in 0..each {
                let at = self.now().plus(-minute * MINUTE + n * 100);
                let code = if n % nth == 0 { "91" } else { "00" };
                body.push_str(&format!(
                    "{{\"time\":{},\"system\":\"{system}\",\"code\":\"{code}\",\"latency_ms\":20,\"amount\":10,\"currency\":\"CNY\"}}\n",
                    at.0
                ));
            }
        }
        let batch = Batch { body: body.into_bytes(), ..Batch::default() };
        assert_eq!(self.portal.transactions.ingest(&Actor::engine("test"), batch).await.unwrap().refused, 0);
    }

    async fn impact(&self, number: i64) -> Option<domain::incidents::Impact> {
        let id = self.incident(number).await.incident.id;
        self.portal.incidents.impacts(&Actor::engine("test"), &[id]).await.unwrap().pop().unwrap()
    }
}

fn when(at: domain::Timestamp) -> String {
    at.rfc3339()
}

both! {
    async fn what_failed_beyond_the_usual_is_counted_while_it_lasts_and_after(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let lena = app.user("lena", WORKER, Some(&team)).await;
        let viewer = app.viewer("vera", &team).await;
        // Two weeks in which one of fifty fails, at the same minutes.
        app.advance(20 * MINUTE);
        app.payments("gateway", 20, 50, 50).await;
        app.advance(7 * DAY);
        app.payments("gateway", 20, 50, 50).await;
        app.advance(7 * DAY - 20 * MINUTE);
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        app.settle().await;
        app.get("/incidents/1").as_(&viewer).send().await.is(200).has("What it cost");
        app.advance(20 * MINUTE);
        app.payments("gateway", 20, 50, 2).await;
        app.settle().await;
        let impact = app.impact(1).await.unwrap();
        assert_eq!((impact.verdict, impact.total, impact.failed, impact.weeks, impact.settled), (ImpactVerdict::Told, 1_000, 500, 2, false));
        assert_eq!((impact.expected, impact.excess), (20, 480));
        assert!(impact.low > 400 && impact.low <= 480 && impact.high >= 480 && impact.high <= 500, "{impact:?}");
        assert_eq!(impact.money[0].amount, 4_800);
        app.get("/incidents/1").as_(&viewer).send().await.is(200).has("480").has("48.00").has("at least").has("20 were to be expected");
        app.get("/incidents").as_(&viewer).send().await.is(200).has("480 · CNY 48.00");
        assert_eq!(app.get("/api/v1/incidents/1/impact").as_(&viewer).send().await.is(200).json()["excess"], 480);
        // It is over: counted once more, then it stands, and the timeline says so, once.
        app.recover(&system, "m1").await;
        app.advance(5 * MINUTE);
        app.settle().await;
        app.advance(5 * MINUTE);
        app.settle().await;
        let detail = app.incident(1).await;
        assert!(app.impact(1).await.unwrap().settled);
        let told: Vec<_> = detail.timeline.iter().filter(|e| e.kind == EntryKind::Impact).map(|e| e.text.clone()).collect();
        assert_eq!(told.len(), 1);
        assert!(told[0].starts_with("480 (") && told[0].ends_with("CNY 48.00"), "{told:?}");
        // A moment corrected: it is counted anew.
        let half = detail.incident.opened_at.plus(10 * MINUTE);
        let correct = [("what", "mitigated"), ("at", &when(half)), ("reason", "Traffic was moved")];
        app.post_form("/incidents/1/times", &correct).as_(&lena).send().await.is(303);
        app.advance(MINUTE);
        app.settle().await;
        let impact = app.impact(1).await.unwrap();
        assert!(impact.total < 600 && impact.settled, "{impact:?}");
    }

    /// Clocks in Berlin go forward between: what was there at this time of the wall in the weeks before was an hour later in UTC.
    async fn the_usual_is_that_of_the_same_time_of_the_wall(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        app.on_call_in("Europe/Berlin", &team).await;
        app.advance(7 * DAY + HOUR + 20 * MINUTE);
        app.payments("gateway", 20, 50, 50).await;
        app.advance(7 * DAY);
        app.payments("gateway", 20, 50, 50).await;
        app.advance(7 * DAY - HOUR - 20 * MINUTE);
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        app.settle().await;
        app.advance(20 * MINUTE);
        app.payments("gateway", 20, 50, 2).await;
        app.settle().await;
        let impact = app.impact(1).await.unwrap();
        assert_eq!((impact.total, impact.weeks, impact.expected, impact.excess), (1_000, 2, 20, 480), "{impact:?}");
    }

    async fn what_two_incidents_count_is_added_up_once(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let lena = app.user("lena", WORKER, Some(&team)).await;
        let viewer = app.viewer("vera", &team).await;
        app.advance(20 * MINUTE);
        app.payments("gateway", 20, 50, 50).await;
        app.advance(7 * DAY - 20 * MINUTE);
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        app.settle().await;
        app.advance(10 * MINUTE);
        let fields = [("title", "Cards are refused"), ("severity", "P2"), ("system", system.as_str())];
        app.post_form("/incidents", &fields).as_(&lena).send().await.is(303);
        app.advance(10 * MINUTE);
        app.payments("gateway", 20, 50, 2).await;
        app.settle().await;
        app.advance(MINUTE);
        app.settle().await;
        let (first, second) = (app.impact(1).await.unwrap(), app.impact(2).await.unwrap());
        assert_eq!((first.failed, first.own_failed, first.also.as_slice()), (500, 500, &[2_i64][..]));
        assert_eq!((second.own_failed, second.also.as_slice()), (0, &[1_i64][..]), "{second:?}");
        assert!(second.excess > 200);
        let span = domain::Span { from: app.now().plus(-DAY), to: app.now().plus(1) };
        let all = app.portal.incidents.figures(&Actor::engine("test"), span).await.unwrap().all;
        assert_eq!((all.incidents, all.cost.incidents, all.cost.excess), (2, 2, first.excess));
        assert_eq!(all.cost.money[0].amount, first.money[0].amount);
        app.get("/incidents/2").as_(&viewer).send().await.is(200).has("Also counted in").has("INC-1");
        app.get("/incidents").as_(&viewer).send().await.is(200).has("Also counted in");
        app.get("/incidents/figures").as_(&viewer).send().await.is(200).has("each transaction once");
        app.get("/incidents/figures").as_(&viewer).in_(domain::people::Locale::Zh).send().await.is(200).has("每笔交易只计一次");
        // Merged into the second, the first counts nothing any more.
        app.post_form("/incidents/1/merge", &[("into", "2")]).as_(&lena).send().await.is(303);
        app.advance(MINUTE);
        app.settle().await;
        let merged = app.impact(2).await.unwrap();
        assert_eq!((merged.own_failed, merged.also.len()), (merged.failed, 0), "{merged:?}");
    }

    async fn too_little_traffic_is_said_plainly(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let viewer = app.viewer("vera", &team).await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        app.settle().await;
        assert_eq!(app.impact(1).await.unwrap().verdict, ImpactVerdict::None);
        app.get("/incidents/1").as_(&viewer).send().await.is(200).has("nothing can be said in figures");
        app.advance(10 * MINUTE);
        app.payments("gateway", 5, 10, 2).await;
        app.settle().await;
        let page = app.get("/incidents/1").as_(&viewer).send().await;
        page.is(200).has("Not enough traffic to tell: 25 of 50 transactions failed");
        app.get("/incidents/1").as_(&viewer).in_(domain::people::Locale::Zh).send().await.is(200).has("流量不足");
    }

    async fn moments_are_corrected_with_a_reason_and_both_values_kept(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let lena = app.user("lena", WORKER, Some(&team)).await;
        let viewer = app.viewer("vera", &team).await;
        let stranger = app.user("otto", WORKER, Some(&app.team("other").await)).await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        let opened = app.now();
        app.advance(10 * MINUTE);
        let correct = async |who: &Actor, what: &str, at: &str, reason: &str| {
            app.post_form("/incidents/1/times", &[("what", what), ("at", at), ("zone", "UTC"), ("reason", reason)]).as_(who).send().await
        };
        correct(&viewer, "began", "2025-03-14T05:50", "x").await.is(403);
        correct(&stranger, "began", "2025-03-14T05:50", "x").await.is(404);
        correct(&lena, "began", "2025-03-14T05:50", "").await.is(422).has("Reason").has("2025-03-14T05:50");
        correct(&lena, "dawn", "2025-03-14T05:50", "x").await.is(422).has("dawn");
        correct(&lena, "detected", "2025-03-15T05:50", "x").await.is(422).has("not in the future");
        correct(&lena, "acknowledged", "2025-03-14T05:50", "x").await.is(422).has("not before the first sign");
        correct(&lena, "began", "2025-03-14T05:50", "Customers called before").await.is(303);
        let times = app.get("/api/v1/incidents/1/times").as_(&viewer).send().await.is(200).json();
        assert_eq!((times["began"]["fact"].as_i64(), times["began"]["correction"]["at"].as_i64()), (Some(opened.0), Some(opened.0 - 10 * MINUTE)));
        let page = app.get("/incidents/1").as_(&viewer).send().await;
        page.is(200).has("corrected by lena: Customers called before").has("10 min").has("First sign → 2025-03-14 05:50:00");
        correct(&lena, "began", "", "It was another thing").await.is(303);
        let times = app.portal.incidents.times(&viewer, &app.incident(1).await.incident.id).await.unwrap();
        assert_eq!((times.began.at(), times.began.correction), (Some(opened), None));
    }

    async fn a_review_is_written_finished_and_what_was_promised_is_chased(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let (lena, max) = (app.user("lena", WORKER, Some(&team)).await, app.user("max", WORKER, Some(&team)).await);
        let viewer = app.viewer("vera", &team).await;
        let fields = [("title", "Cards are | refused"), ("severity", "P2"), ("system", system.as_str()), ("impact", "Nobody could **pay**")];
        app.portal.incidents.open(&lena, &typed(&fields)).await.unwrap();
        let path = "/incidents/1/review";
        app.get(path).as_(&viewer).send().await.is(200).has("It lasts").lacks("<textarea");
        app.post_form(path, &[("summary", "early words"), ("causes", "")]).as_(&lena).send().await.is(409).has("It lasts");
        app.advance(MINUTE);
        app.post_form("/incidents/1/move", &[("state", "resolved")]).as_(&lena).send().await.is(303);
        app.post_form("/incidents/1/move", &[("state", "reviewed")]).as_(&lena).send().await.is(409).has("finish the review first").has("data-address=\"/incidents/1\"");
        // The button that would be refused is not there; what leads to it is.
        app.get("/incidents/1").as_(&lena).send().await.is(200).has("Write the review").lacks("value=\"reviewed\"").lacks("data-address");
        // Filled from the facts.
        app.get(path).as_(&lena).send().await.is(200).has("Nobody could **pay**").has("name=\"version\" value=\"0\"");
        let write = async |who: &Actor, version: &str, summary: &str, causes: &str| {
            app.post_form(path, &[("version", version), ("summary", summary), ("causes", causes), ("went_well", "Quick"), ("went_badly", "")]).as_(who).send().await
        };
        write(&viewer, "0", "x", "y").await.is(403);
        write(&lena, "0", "The pool was empty", "").await.is(303);
        write(&max, "0", "my own words", "").await.is(409).has("my own words").has("name=\"version\" value=\"1\"");
        app.post_form("/incidents/1/review/finish", &[]).as_(&lena).send().await.is(409).has("what contributed");
        write(&max, "1", "The pool was empty", "- a leak").await.is(303);
        // What is done about it.
        let due = when(app.now().plus(3 * DAY));
        let add = |owner: &Actor| vec![("action", "Watch the pool"), ("owner", owner.user().unwrap().as_str()), ("due", due.as_str())]
            .into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect::<Vec<_>>();
        let post = async |fields: Vec<(String, String)>| {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            app.post_form("/incidents/1/review/actions", &fields).as_(&lena).send().await
        };
        post(add(&viewer)).await.is(422).has("may work incidents in this team");
        post(vec![("action".into(), "kept words".into()), ("due".into(), "soon".into())]).await.is(422).has("kept words").has("soon");
        post(add(&max)).await.is(303);
        app.post_form("/incidents/1/review/finish", &[]).as_(&lena).send().await.is(303);
        let detail = app.incident(1).await;
        assert_eq!(detail.incident.state, State::Reviewed);
        assert!(kinds(&detail).contains(&EntryKind::ReviewBegun) && kinds(&detail).contains(&EntryKind::ActionAdded));
        app.post_form("/incidents/1/move", &[("state", "closed")]).as_(&lena).send().await.is(409).has("still to be done");
        app.get("/incidents/actions?mine=on").as_(&max).send().await.is(200).has("Watch the pool");
        app.get("/incidents/actions?mine=on").as_(&lena).send().await.is(200).lacks("Watch the pool");
        app.get("/incidents/actions?overdue=on").as_(&max).send().await.is(200).lacks("Watch the pool");
        app.get("/").as_(&max).send().await.is(200).lacks("Late, and yours");
        app.advance(4 * DAY);
        app.get("/incidents/actions?overdue=on").as_(&viewer).send().await.is(200).has("Watch the pool").has("overdue").lacks("Drop");
        app.get("/").as_(&max).send().await.is(200).has("Late, and yours: 1");
        app.get("/").as_(&lena).send().await.is(200).lacks("Late, and yours");
        // On paper and as Markdown.
        app.get("/incidents/1/review/print").as_(&viewer).send().await.is(200).has("The pool was empty").has("Watch the pool");
        let document = app.get("/incidents/1/review.md").as_(&viewer).send().await;
        document.is(200).has("# INC-1 Cards are \\| refused").has("## What happened\n\nThe pool was empty").has("- [ ] Watch the pool (max,");
        assert!(document.header("content-disposition").starts_with("attachment"));
        app.get("/incidents/1/review.md").as_(&viewer).in_(domain::people::Locale::Zh).send().await.is(200).has("## 促成原因");
        // Programs get the same.
        let told = app.get("/api/v1/incidents/1/review.md").as_(&viewer).send().await;
        told.is(200).has("## What happened\n\nThe pool was empty");
        assert_eq!((told.header("content-type"), told.text()), ("text/markdown; charset=utf-8", document.text()));
        app.get("/api/v1/incidents/1/review.md").as_(&viewer).in_(domain::people::Locale::Zh).send().await.is(200).has("## 促成原因");
        let elsewhere = app.viewer("nora", &app.team("elsewhere").await).await;
        app.get("/api/v1/incidents/1/review.md").as_(&elsewhere).send().await.is(404);
        app.get("/api/v1/incidents/99/review.md").as_(&viewer).send().await.is(404);
        // Whoever owns it says that it is done; then the incident closes.
        let action = app.portal.incidents.actions(&max, &domain::incidents::ActionFilter::default(), &domain::PageRequest::default()).await.unwrap().items[0].id.clone();
        let end = format!("/incidents/actions/{action}");
        let stranger = app.viewer("otto", &app.team("other").await).await;
        app.post_form(&end, &[]).as_(&stranger).send().await.is(404);
        app.post_form(&end, &[]).as_(&viewer).send().await.is(403);
        assert_eq!(app.post_form(&end, &[("back", "//evil.test")]).as_(&max).send().await.is(303).location(), "/incidents/actions");
        app.post_form(&end, &[]).as_(&max).send().await.is(303);
        assert_eq!(kinds(&app.incident(1).await).iter().filter(|kind| **kind == EntryKind::ActionDone).count(), 1, "done twice is done once");
        app.post_form("/incidents/1/move", &[("state", "closed")]).as_(&lena).send().await.is(303);
        post(add(&max)).await.is(409);
    }

    async fn owners_are_reminded_until_it_is_done(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let lena = app.user("lena", WORKER, Some(&team)).await;
        let fields = [("title", "Slow"), ("severity", "P3"), ("system", system.as_str())];
        let id = app.portal.incidents.open(&lena, &typed(&fields)).await.unwrap().id;
        let due = when(app.now().plus(2 * DAY));
        let made = app.portal.incidents.add_action(&lena, &id, &typed(&[("action", "Mend it"), ("owner", "me"), ("due", &due)])).await.unwrap();
        let reminded = async || {
            let mut conn = app.ctx.db.read().await.unwrap();
            backend::db::sql("SELECT reminded FROM incident_actions").count(&mut conn).await.unwrap()
        };
        app.settle().await;
        assert_eq!(reminded().await, 0);
        for expected in [1, 1, 2, 3] {
            app.advance(if expected == 1 { DAY / 2 + HOUR } else { DAY + MINUTE });
            app.settle().await;
            app.settle().await;
            assert_eq!(reminded().await, if expected == 1 && app.now() < made.due.plus(-DAY) { 0 } else { expected });
        }
        app.portal.incidents.end_action(&lena, &made.id, &typed(&[("reason", "Replaced by another")])).await.unwrap();
        app.advance(3 * DAY);
        app.settle().await;
        assert_eq!(reminded().await, 3);
        assert_eq!(app.portal.incidents.end_action(&lena, &made.id, &Typed::default()).await, Ok::<(), Fault>(()));
    }
}
