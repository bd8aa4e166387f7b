//! Evidence: brought with its file, asked for by policies, held against exactly the artifact of a change; waived by two people.

use domain::{people::Locale, time::DAY};

use super::*;
use crate::deliveries::sink::Sink;

const WRK: &str = "Running 10s test @ http://127.0.0.1:1/\n  2 threads and 10 connections\n  Thread Stats   Avg      Stdev     Max   +/- Stdev\n    Latency     1.10ms    0.50ms  12.00ms   90.00%\n    Req/Sec     1.00k   100.00     1.20k    80.00%\n  Latency Distribution\n     50%    1.00ms\n     90%    2.00ms\n     99%    9.00ms\n  20000 requests in 10.00s, 2.00MB read\nRequests/sec:   2000.00\nTransfer/sec:    200.00KB\n";

/// A policy that asks for these kinds, and a change of two days on that names an artifact.
async fn scene(room: &Room, kinds: &[&str]) -> Value {
    let keeper = room.app.user("keeper", &[Permission::Read, Permission::ManageSettings], None).await;
    let policy = json!({ "name": "Shown first", "stages": [{ "count": 1, "of": "owners" }], "rollback": true, "evidence": kinds });
    room.send(&keeper, "POST", "/api/v1/approval-policies", &policy).await.is(201);
    room.request(&room.with(&[
        ("artifact", json!("gateway")),
        ("artifact_version", json!("4.12")),
        ("artifact_sha", json!("ab12cd34ef56")),
        ("start", json!("2025-03-16T07:00")),
        ("end", json!("2025-03-16T09:00")),
    ]))
    .await
}

async fn bring(room: &Room, who: &Actor, query: &str, body: &str) -> Answer {
    let path = format!("/api/v1/evidence?artifact=gateway&artifact_version=4.12&environment=pre&name=result.txt&{query}");
    room.app.ask("POST", &path).header("content-type", "application/octet-stream").body(body.to_owned()).as_(who).send().await
}

async fn statuses(room: &Room, change: &Value) -> Vec<String> {
    let now = room.read(&room.rita, change).await;
    now["evidence"].as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap().to_owned()).collect()
}

async fn approve(room: &Room, change: &Value) -> Answer {
    room.act(&room.alan, change, "approve", &json!({ "hash": change["hash"] })).await
}

both! {
    async fn evidence_that_grows_old_adds_to_the_risk(app: TestApp) {
        let room = Room::new(app).await;
        let change = scene(&room, &["performance"]).await;
        let aged = |read: &Value| {
            let reasons = read["score"]["reasons"].as_array().unwrap().iter().find(|one| one["factor"] == "evidence").cloned();
            reasons.map(|one| (one["found"].as_i64().unwrap(), one["points"].as_i64().unwrap()))
        };
        assert_eq!(aged(&change), None);
        // Brought at 06:00 for three days; the window opens two days and an hour later.
        bring(&room, &room.ruth, "kind=performance&artifact_sha=ab12cd34ef56&max_p99_ms=10&max_failed=1&days=3", WRK).await.is(201);
        let mut again = room.with(&[("version", json!(1)), ("submit", Value::Null)]);
        for (name, value) in [("artifact", "gateway"), ("artifact_version", "4.12"), ("artifact_sha", "ab12cd34ef56"), ("title", "Newer"), ("start", "2025-03-16T07:00"), ("end", "2025-03-16T09:00")] {
            again[name] = json!(value);
        }
        let path = format!("/api/v1/changes/{}", change["id"].as_str().unwrap());
        room.send(&room.rita, "PUT", &path, &again).await.is(200);
        assert_eq!(aged(&room.read(&room.rita, &change).await), Some((68, 5)));
        room.app.get(&format!("/changes/{}", change["id"].as_str().unwrap())).as_(&room.rita).send().await.is(200).has("68 % of the term of its evidence");
    }

    async fn a_change_waits_for_evidence_of_exactly_its_artifact(app: TestApp) {
        let room = Room::new(app).await;
        let change = scene(&room, &["performance"]).await;
        assert_eq!(statuses(&room, &change).await, ["missing"]);
        approve(&room, &change).await.is(409).has("Evidence is missing: performance");
        // Whoever is to approve sees what is lacking where their button is.
        let waiting = async || room.app.get("/api/v1/approvals").as_(&room.alan).send().await.is(200).json()[0]["evidence"][0].clone();
        assert_eq!((waiting().await["kind"].as_str(), waiting().await["status"].as_str()), (Some("performance"), Some("missing")));
        let page = room.app.get("/approvals").as_(&room.alan).send().await;
        page.is(200).has("Evidence that is needed").has("performance").has("missing");
        // Nobody else's evidence opens the gate.
        let others = room.app.team("others").await;
        let sam = room.app.user("sam", Permission::ALL, Some(&others)).await;
        bring(&room, &sam, "kind=performance&artifact_sha=ab12cd34ef56&verdict=passed", WRK).await.is(201);
        assert_eq!(statuses(&room, &change).await, ["missing"]);
        bring(&room, &room.rita, "kind=performance&artifact_sha=ffffffff&max_p99_ms=10", WRK).await.is(201);
        assert_eq!(statuses(&room, &change).await, ["other-artifact"]);
        let slow = bring(&room, &room.rita, "kind=performance&artifact_sha=ab12cd34ef56ab&max_p99_ms=8", WRK).await.is(201).json();
        assert_eq!((slow["verdict"].as_str(), slow["measured"]["p99_ms"].as_f64()), (Some("failed"), Some(9.0)));
        approve(&room, &change).await.is(409).has("Evidence did not pass: performance");
        room.app.advance(MINUTE);
        // A file that its requester brings is their word, whatever limits they held it to.
        let within = "kind=performance&artifact_sha=ab12cd34ef56ab&max_p99_ms=10&max_failed=1&days=1";
        bring(&room, &room.rita, within, WRK).await.is(201);
        assert_eq!(statuses(&room, &change).await, ["failed"]);
        let good = bring(&room, &room.ruth, within, WRK).await.is(201).json();
        assert_eq!((good["verdict"].as_str(), good["measured"]["source"].as_str()), (Some("passed"), Some("wrk")));
        assert_eq!(statuses(&room, &change).await, ["met"]);
        let shown = waiting().await;
        assert_eq!((shown["status"].as_str(), &shown["evidence"], &shown["until"]), (Some("met"), &good["id"], &good["expires_at"]));
        let page = room.app.get("/approvals").as_(&room.alan).in_(Locale::Zh).send().await;
        page.is(200).has(&format!("/evidence/{}\"", good["id"].as_str().unwrap())).has("有效期至");
        // It holds for a day only: then neither approval nor the gate of a pipeline goes past it.
        room.app.advance(DAY);
        let ci = room.app.user("ci", &[Permission::Read, Permission::PostDeployments], Some(&room.team)).await;
        let told = room.send(&ci, "POST", "/api/v1/changes/CHG-1/gate", &json!({})).await.is(200).json();
        let keys: Vec<_> = told["reasons"].as_array().unwrap().iter().map(|r| r["key"].as_str().unwrap().to_owned()).collect();
        assert!(keys.contains(&"conflict-evidence-expired".to_owned()), "{keys:?}");
        approve(&room, &change).await.is(409).has("Evidence holds no more");
        // Somebody who wrote nothing of it may say so.
        bring(&room, &room.ruth, "kind=performance&artifact_sha=ab12cd34ef56&verdict=passed", WRK).await.is(201);
        approve(&room, &change).await.is(200);
        assert_eq!(room.count("SELECT COUNT(*) FROM audit WHERE act = 'evidence.submit'").await, 6);
    }

    async fn however_much_is_brought_of_others_hides_nothing(app: TestApp) {
        let room = Room::new(app).await;
        let change = scene(&room, &["performance"]).await;
        bring(&room, &room.ruth, "kind=performance&artifact_sha=ab12cd34ef56ab&max_p99_ms=10&max_failed=1", WRK).await.is(201);
        assert_eq!(statuses(&room, &change).await, ["met"]);
        // Newer ones by the hundred, of another hash and of another kind.
        let ids: Vec<domain::id::EvidenceId> = (0..500).map(|_| room.app.ctx.new_id()).collect();
        let mut tx = room.app.ctx.begin_write().await.unwrap();
        for (n, id) in ids.iter().enumerate() {
            let (kind, sha) = if n % 2 == 0 { ("performance", "ffffffffffff") } else { ("security-scan", "ab12cd34ef56") };
            backend::db::sql("INSERT INTO evidence (id, team_id, kind, artifact, version, sha, environment, verdict, measured, note, file, size, \
                 file_sha256, expires_at, by_name, by_id, at) SELECT $1, team_id, $2, artifact, version, $3, environment, 'failed', '', '', file, size, \
                 file_sha256, expires_at, by_name, by_id, at + 1 FROM evidence WHERE note <> ''")
                .value(id)
                .value(kind)
                .value(sha)
                .run(&mut tx)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(room.count("SELECT COUNT(*) FROM evidence").await, 501);
        assert_eq!(statuses(&room, &change).await, ["met"]);
        approve(&room, &change).await.is(200);
    }

    async fn names_that_somebody_makes_up_hide_no_failure(app: TestApp) {
        let room = Room::new(app).await;
        let change = scene(&room, &["security-scan"]).await;
        bring(&room, &room.ruth, "kind=security-scan&artifact_sha=ab12cd34ef56&verdict=failed", "x").await.is(201);
        assert_eq!(statuses(&room, &change).await, ["failed"]);
        // Newer ones that passed, each of a name and an environment of its own.
        let ids: Vec<domain::id::EvidenceId> = (0..1_200).map(|_| room.app.ctx.new_id()).collect();
        let mut tx = room.app.ctx.begin_write().await.unwrap();
        for (n, id) in ids.iter().enumerate() {
            backend::db::sql("INSERT INTO evidence (id, team_id, kind, custom, artifact, version, sha, environment, verdict, measured, note, file, size, \
                 file_sha256, expires_at, by_name, by_id, at) SELECT $1, team_id, 'custom', $2, artifact, version, sha, $3, 'passed', '', '', file, size, \
                 file_sha256, expires_at, by_name, by_id, at + 1 FROM evidence WHERE verdict = 'failed'")
                .value(id)
                .value(format!("proof {n}"))
                .value(format!("env {n}"))
                .run(&mut tx)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(room.count("SELECT COUNT(*) FROM evidence").await, 1_201);
        assert_eq!(statuses(&room, &change).await, ["failed"]);
        assert_eq!(room.read(&room.alan, &change).await["shown"].as_array().unwrap().len(), 1_000);
    }

    async fn nobody_opens_the_gate_of_their_own_change_by_saying_so(app: TestApp) {
        let room = Room::new(app).await;
        let change = scene(&room, &["security-scan"]).await;
        let told = async |who: &Actor, verdict: &str| {
            room.app.advance(MINUTE);
            bring(&room, who, &format!("kind=security-scan&artifact_sha=ab12cd34ef56&verdict={verdict}"), "x").await.is(201).json()
        };
        let own = told(&room.rita, "passed").await;
        assert_eq!((own["by_id"].as_str(), own["computed"].as_bool()), (Some(room.rita.user().unwrap().as_str()), Some(false)));
        assert_eq!(statuses(&room, &change).await, ["own"]);
        approve(&room, &change).await.is(409).has("somebody else brings it").has("security scan");
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        room.app.get(&page).as_(&room.rita).in_(Locale::Zh).send().await.is(200).has("仅由撰写者自己声明");
        // Somebody else's failure is not talked away.
        told(&room.ruth, "failed").await;
        approve(&room, &change).await.is(409).has("Evidence did not pass");
        told(&room.rita, "passed").await;
        assert_eq!(statuses(&room, &change).await, ["failed"]);
        approve(&room, &change).await.is(409).has("Evidence did not pass").has("only said by whoever requested");
        // Nor by whoever wrote a part of the change.
        let mut edited = room.with(&[("plan", json!("another")), ("version", json!(1)), ("artifact", json!("gateway")), ("artifact_version", json!("4.12")),
            ("artifact_sha", json!("ab12cd34ef56")), ("start", json!("2025-03-16T07:00")), ("end", json!("2025-03-16T09:00"))]);
        edited.as_object_mut().unwrap().remove("submit");
        room.send(&room.ruth, "PUT", &format!("/api/v1/changes/{}", change["id"].as_str().unwrap()), &edited).await.is(200);
        told(&room.ruth, "passed").await;
        assert_eq!(statuses(&room, &change).await, ["failed"]);
        let pete = room.app.user("pete", REQUESTER, Some(&room.team)).await;
        told(&pete, "passed").await;
        assert_eq!(statuses(&room, &change).await, ["met"]);
        let now = room.read(&room.alan, &change).await;
        approve(&room, &now).await.is(200);
    }

    async fn the_second_who_does_without_evidence_approves_for_every_owner(app: TestApp) {
        let room = Room::new(app).await;
        let change = scene(&room, &["drill"]).await;
        let asked = room.act(&room.ruth, &change, "waive", &json!({ "kind": "drill", "reason": "no line is free" })).await.is(200).json();
        let agree = json!({ "waiver": asked["evidence"][0]["waiver"]["id"] });
        // Setting freezes is another right.
        let fay = room.app.user("fay", MANAGER, Some(&room.team)).await;
        room.act(&fay, &change, "waive/agree", &agree).await.is(403);
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        room.app.get(&page).as_(&fay).send().await.is(200).lacks("/waive/agree\"");
        // Nor does the system of a team for which they do not approve.
        let vault = room.app.team("vault").await;
        let mut tx = room.app.ctx.begin_write().await.unwrap();
        backend::db::sql("UPDATE systems SET team_id = $1").value(&vault).run(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        room.act(&room.alan, &change, "waive/agree", &agree).await.is(403);
        assert_eq!(room.count("SELECT COUNT(*) FROM evidence_waivers WHERE agreed_at IS NOT NULL").await, 0);
    }

    async fn the_file_stays_as_it_came_and_stays_in_its_team(app: TestApp) {
        let room = Room::new(app).await;
        let kept = bring(&room, &room.rita, "kind=drill&artifact_sha=ab12cd34&verdict=passed&note=second+site", "what was seen\n").await.is(201).json();
        let path = format!("/api/v1/evidence/{}", kept["id"].as_str().unwrap());
        let file = room.app.get(&format!("{path}/file")).as_(&room.alan).send().await;
        file.is(200);
        assert_eq!((file.body.as_str(), file.header("content-disposition")), ("what was seen\n", "attachment"));
        assert_eq!(kept["file_sha256"].as_str().unwrap().len(), 64);
        let sam = room.app.user("sam", Permission::ALL, Some(&room.app.team("others").await)).await;
        for path in [path.clone(), format!("{path}/file"), path.replace("/api/v1", ""), format!("{}/file", path.replace("/api/v1", ""))] {
            room.app.get(&path).as_(&sam).send().await.is(404);
        }
        room.app.get("/evidence").as_(&room.rita).send().await.is(200).has("4.12").has("drill").has("passed");
        room.app.get("/evidence").as_(&sam).send().await.is(200).lacks("4.12").has("No evidence was brought");
        room.app.get("/evidence?q=nothing").as_(&room.rita).send().await.is(200).has("No evidence matches");
        room.app.get(&path.replace("/api/v1", "")).as_(&room.rita).in_(Locale::Zh).send().await.is(200).has("演练").has("second site");
        // Refusals.
        bring(&room, &room.alan, "kind=drill&artifact_sha=ab12cd34&verdict=passed", "x").await.is(403);
        bring(&room, &room.rita, "kind=drill&artifact_sha=ab12cd34&verdict=passed", "").await.is(422).has("file");
        bring(&room, &room.rita, "kind=performance&artifact_sha=ab12cd34&verdict=passed", "a cat").await.is(422).has("the result of a load test");
        bring(&room, &room.rita, "kind=cat&artifact_sha=&days=0", "x").await.is(422).has("kind").has("artifact_sha").has("days");
        let head = |name: &str| format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"");
        let form = format!("{}\r\n\r\nperformance\r\n{}\r\n\r\nrouter\r\n{}; filename=\"a.txt\"\r\n\r\na cat\r\n--x--\r\n", head("kind"), head("artifact"), head("file"));
        let ask = room.app.ask("POST", "/evidence/new").header("content-type", "multipart/form-data; boundary=x").body(form);
        ask.as_(&room.rita).send().await.is(422).has("value=\"router\"").has("the result of a load test");
    }

    async fn two_people_do_without_evidence_and_it_is_counted(app: TestApp) {
        let room = Room::new(app).await;
        let change = scene(&room, &["drill", "performance"]).await;
        bring(&room, &room.ruth, "kind=performance&artifact_sha=ab12cd34ef56&max_p99_ms=10", WRK).await.is(201);
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        room.app.get(&page).as_(&room.ruth).send().await.is(200).has("Evidence that is needed").has("Do without").has("/evidence/new?kind=drill&amp;artifact=gateway");
        let eva = room.app.user("eva", &[Permission::Read, Permission::ApproveChanges, Permission::ExecuteChanges], Some(&room.team)).await;
        let ask = json!({ "kind": "drill", "reason": "no line is free", "days": 4 });
        room.act(&room.rita, &change, "waive", &ask).await.is(403);
        room.act(&room.ruth, &change, "waive", &json!({ "kind": "drill" })).await.is(422).has("reason");
        room.act(&room.ruth, &change, "waive", &json!({ "kind": "custom", "reason": "x" })).await.is(422).has("a kind that this change needs");
        room.act(&room.ruth, &change, "waive", &json!({ "kind": "performance", "reason": "x" })).await.is(409);
        let asked = room.act(&eva, &change, "waive", &ask).await.is(200).json();
        room.act(&room.ruth, &change, "waive", &ask).await.is(409).has("asked for already");
        let waiver = asked["evidence"].as_array().unwrap().iter().find(|one| one["kind"] == "drill").unwrap()["waiver"]["id"].clone();
        let agree = json!({ "waiver": waiver });
        approve(&room, &change).await.is(409).has("Evidence is missing: drill");
        room.act(&eva, &change, "waive/agree", &agree).await.is(409).has("second person");
        room.act(&room.rita, &change, "waive/agree", &agree).await.is(403);
        let sam = room.app.user("sam", Permission::ALL, Some(&room.app.team("others").await)).await;
        room.act(&sam, &change, "waive/agree", &agree).await.is(404);
        room.app.get(&page).as_(&room.alan).send().await.is(200).has("Agree as the second person");
        room.act(&room.alan, &change, "waive/agree", &agree).await.is(200);
        room.act(&room.alan, &change, "waive/agree", &agree).await.is(200);
        assert_eq!(room.count("SELECT COUNT(*) FROM audit WHERE act = 'evidence.waive'").await, 1);
        assert_eq!(statuses(&room, &change).await, ["met", "waived"]);
        room.app.get("/approvals").as_(&room.alan).send().await.is(200).has("waived").lacks(">missing<");
        let waived = async || room.app.get("/api/v1/changes/figures?from=2025-03-01T00:00:00Z&to=2025-04-01T00:00:00Z").as_(&room.rita).send().await.is(200).json()["all"]["waivers"].as_i64();
        assert_eq!(waived().await, Some(1), "whatever becomes of its change");
        approve(&room, &change).await.is(200);
        room.app.advance(2 * DAY + HOUR);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        room.act(&room.ruth, &change, "finish", &json!({ "outcome": "success" })).await.is(200);
        assert_eq!(waived().await, Some(1));
        // What ends at this very moment lies after the page's span.
        room.app.advance(HOUR);
        let page = room.app.get("/changes/figures").as_(&room.rita).send().await;
        page.is(200).has("1 times without evidence").has("Change success rate").has("Overrides").has("Freezes broken").has("Evidence waived");
        // Another content needs another waiver.
        room.app.get("/approvals/policies").as_(&room.rita).send().await.is(200).has("Needs evidence: performance, drill");
    }

    async fn a_policy_bounds_what_was_measured(app: TestApp) {
        let room = Room::new(app).await;
        let keeper = room.app.user("keeper", &[Permission::Read, Permission::ManageSettings], None).await;
        let policy = |more: &[(&str, Value)]| {
            let mut policy = json!({ "name": "Fast", "stages": [{ "count": 1, "of": "owners" }], "evidence": ["performance"] });
            more.iter().for_each(|(name, value)| policy[*name] = value.clone());
            policy
        };
        for (field, bad) in [("max_p99_ms", json!(-1)), ("max_p99_ms", json!(0)), ("max_failed", json!("NaN")), ("max_failed", json!(101)), ("min_rate", json!(0))] {
            room.send(&keeper, "POST", "/api/v1/approval-policies", &policy(&[(field, bad)])).await.is(422).has(field);
        }
        let drills = policy(&[("evidence", json!(["drill"])), ("min_rate", json!(5))]);
        room.send(&keeper, "POST", "/api/v1/approval-policies", &drills).await.is(422).has("evidence");
        let bounds = [("max_p99_ms", json!(8)), ("max_failed", json!(1)), ("min_rate", json!(1500))];
        let made = room.send(&keeper, "POST", "/api/v1/approval-policies", &policy(&bounds)).await.is(201).json();
        assert_eq!((made["max_p99_ms"].as_f64(), made["max_failed"].as_f64(), made["min_rate"].as_f64()), (Some(8.0), Some(1.0), Some(1500.0)));
        room.app.get("/approvals/policies").as_(&room.rita).send().await.is(200).has("p99 ≤ 8 ms");
        let form = format!("/approvals/policies/{}/edit", made["id"].as_str().unwrap());
        room.app.get(&form).as_(&keeper).in_(Locale::Zh).send().await.is(200).has("99 分位延迟上限");
        let change = room.request(&room.with(&[
            ("artifact", json!("gateway")), ("artifact_version", json!("4.12")), ("artifact_sha", json!("ab12cd34ef56")),
            ("start", json!("2025-03-16T07:00")), ("end", json!("2025-03-16T09:00")),
        ])).await;
        // The limits of the load test are those of whoever asked for it.
        bring(&room, &room.ruth, "kind=performance&artifact_sha=ab12cd34ef56&max_p99_ms=5000", WRK).await.is(201);
        assert_eq!(statuses(&room, &change).await, ["beyond-policy"]);
        approve(&room, &change).await.is(409).has("p99 9 ms; the policy allows 8 ms.");
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        room.app.get(&page).as_(&room.alan).in_(Locale::Zh).send().await.is(200).has("超出策略允许").has("策略允许 8 ms");
        // What nobody measured is not within: somebody's word tells no figures.
        room.app.advance(MINUTE);
        let silent = WRK.replace("     99%    9.00ms\n", "");
        bring(&room, &room.ruth, "kind=performance&artifact_sha=ab12cd34ef56&verdict=passed", &silent).await.is(201);
        approve(&room, &change).await.is(409).has("tells no p99");
        room.app.advance(MINUTE);
        let slow = WRK.replace("9.00ms", "7.00ms").replace("2000.00", "1499.00");
        bring(&room, &room.ruth, "kind=performance&artifact_sha=ab12cd34ef56&max_p99_ms=5000", &slow).await.is(201);
        approve(&room, &change).await.is(409).has("1499 requests a second; the policy asks for 1500.");
        room.app.advance(MINUTE);
        bring(&room, &room.ruth, "kind=performance&artifact_sha=ab12cd34ef56&max_p99_ms=5000", &WRK.replace("9.00ms", "7.00ms")).await.is(201);
        assert_eq!(statuses(&room, &change).await, ["met"]);
        approve(&room, &change).await.is(200);
    }

    async fn whoever_approves_sees_what_was_shown_and_whoever_requested_hears_when_it_may_start(app: TestApp) {
        let (sink, mine) = (Sink::begin("{}").await, Sink::begin("{}").await);
        let room = Room::new(app).await;
        for (who, url) in [(&room.alan, &sink.url), (&room.rita, &mine.url)] {
            let fields = json!({ "name": "hook", "kind": "webhook", "url": format!("{url}/mine"), "enabled": true });
            room.app.portal.contacts.add(who, &serde_json::from_value(fields).unwrap()).await.unwrap();
        }
        // No policy asks for any.
        bring(&room, &room.rita, "kind=security-scan&artifact_sha=ffffffff&verdict=passed", "x").await.is(201);
        room.app.advance(MINUTE);
        bring(&room, &room.rita, "kind=performance&artifact_sha=ab12cd34ef56&max_p99_ms=8", WRK).await.is(201);
        let change = room.request(&room.with(&[
            ("artifact", json!("gateway")),
            ("artifact_version", json!("4.12")),
            ("artifact_sha", json!("ab12cd34ef56")),
        ]))
        .await;
        let shown = room.read(&room.alan, &change).await["shown"].clone();
        assert_eq!((shown.as_array().unwrap().len(), &shown[0]["kind"], &shown[0]["verdict"]), (1, &json!("performance"), &json!("failed")));
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        room.app.get(&page).as_(&room.alan).send().await.is(200).has("Evidence of this artifact").has("by its file");
        room.app.settle().await;
        let link = sink.one().json()["data"]["ack"].as_str().unwrap().to_owned();
        room.app.get(&link).in_(Locale::Zh).send().await.is(200).has("该制品的证据").has("由文件判定");
        assert_eq!(mine.take().len(), 0, "nothing yet for whoever asks");
        approve(&room, &change).await.is(200);
        room.app.settle().await;
        let told = mine.one().json();
        assert_eq!((told["type"].as_str(), &told["data"]["window"]["start"]), (Some("change.approved"), &change["content"]["window"]["start"]));
        let may = told["data"]["may_start"].as_array().unwrap();
        assert!(may.contains(&json!("ruth")), "{may:?}");
    }

    async fn custom_evidence_is_asked_for_by_name_and_from_one_environment(app: TestApp) {
        let room = Room::new(app).await;
        let keeper = room.app.user("keeper", &[Permission::Read, Permission::ManageSettings], None).await;
        let policy = |more: Value| {
            let mut body = json!({ "name": "Shown first", "stages": [{ "count": 1, "of": "owners" }], "rollback": true, "evidence": ["custom"] });
            more.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
            body
        };
        room.send(&keeper, "POST", "/api/v1/approval-policies", &policy(json!({ "evidence": ["drill"], "custom": ["pen-test report"] }))).await.is(422).has("evidence");
        room.send(&keeper, "POST", "/api/v1/approval-policies", &policy(json!({ "evidence": [], "environment": "prod-like" }))).await.is(422).has("evidence");
        let set = policy(json!({ "custom": ["pen-test report", "licences"], "environment": "prod-like" }));
        let made = room.send(&keeper, "POST", "/api/v1/approval-policies", &set).await.is(201).json();
        assert_eq!((made["custom"].as_array().unwrap().len(), made["environment"].as_str()), (2, Some("prod-like")));
        let page = room.app.get("/approvals/policies").as_(&keeper).send().await;
        page.is(200).has("other proof: pen-test report, other proof: licences").has("Must be shown in the environment “prod-like”");
        let form = room.app.get(&format!("/approvals/policies/{}/edit", made["id"].as_str().unwrap())).as_(&keeper).send().await;
        form.is(200).has("pen-test report").has("prod-like");
        let change = room.request(&room.with(&[("artifact", json!("gateway")), ("artifact_version", json!("4.12")), ("artifact_sha", json!("ab12cd34ef56"))])).await;
        assert_eq!(statuses(&room, &change).await, ["missing", "missing"]);
        approve(&room, &change).await.is(409).has("Evidence is missing: other proof “pen-test report”");
        let some = async |custom: &str, environment: &str| {
            let path = format!(
                "/api/v1/evidence?kind=custom&artifact=gateway&artifact_version=4.12&artifact_sha=ab12cd34ef56&verdict=passed&name=r.pdf&custom={}&environment={environment}",
                custom.replace(' ', "%20")
            );
            room.app.ask("POST", &path).header("content-type", "application/octet-stream").body("%PDF".to_owned()).as_(&room.ruth).send().await.is(201).json()
        };
        // From elsewhere it does not count, and the gate says so.
        let elsewhere = some("pen-test report", "laptop").await;
        assert_eq!((elsewhere["custom"].as_str(), elsewhere["environment"].as_str()), (Some("pen-test report"), Some("laptop")));
        assert_eq!(statuses(&room, &change).await, ["other-environment", "missing"]);
        approve(&room, &change).await.is(409).has("Evidence from the environment “prod-like” is demanded; it is there only from “laptop”");
        let shown = room.app.get(&format!("/changes/{}", change["id"].as_str().unwrap())).as_(&room.rita).send().await;
        shown.is(200).has("Shown in “laptop”, but the policy demands “prod-like”").has("other proof: licences");
        room.app.get("/approvals").as_(&room.alan).in_(Locale::Zh).send().await.is(200).has("而策略要求“prod-like”");
        some("Pen-test report", "prod-like").await;
        some("something else", "prod-like").await;
        assert_eq!(statuses(&room, &change).await, ["met", "missing"]);
        // Each is waived by its own name.
        room.act(&room.ruth, &change, "waive", &json!({ "kind": "custom", "reason": "none bought" })).await.is(422);
        let asked = room.act(&room.ruth, &change, "waive", &json!({ "kind": "custom", "custom": "licences", "reason": "none bought" })).await.is(200).json();
        let waiver = asked["evidence"][1]["waiver"]["id"].as_str().unwrap().to_owned();
        room.act(&room.alan, &change, "waive/agree", &json!({ "waiver": waiver })).await.is(200);
        assert_eq!(statuses(&room, &change).await, ["met", "waived"]);
        approve(&room, &change).await.is(200);
    }
}
