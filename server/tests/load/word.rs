//! What is known of load tests from before it was kept whose word they are held to.

use backend::db::{Kind, sql};

use super::*;

#[derive(sqlx::FromRow)]
struct Plan {
    detail: String,
}

both! {
    async fn evidence_of_before_is_the_word_of_whoever_asked(app: TestApp) {
        let ground = Ground::new(app).await;
        let server = Loaded::new(Manner::default()).await;
        let target = ground.register("Gateway", &server.url()).await;
        let run = ground.start(&target, &json!({ "max_failed": 50 })).await;
        let known = ground.over(&run, "finished").await;
        let own = known["evidence"].as_str().unwrap().to_owned();
        let mut tx = ground.app.ctx.begin_write().await.unwrap();
        let id = |last: u8| format!("01941f29-7c00-7000-8000-00000000000{last}");
        // Of a run that nobody knows any more; of a comparison by the usual limits; of one that bore more.
        for (last, slower) in [(1, None), (2, Some(1.10)), (3, Some(1.5))] {
            sql("INSERT INTO evidence (id, team_id, kind, artifact, version, sha, environment, verdict, measured, note, file, size, file_sha256, \
                 expires_at, by_name, at) SELECT $1, team_id, kind, artifact, version, sha, environment, verdict, measured, note, file, size, \
                 file_sha256, expires_at, by_name, at FROM evidence WHERE id = $2")
                .value(id(last))
                .value(own.as_str())
                .run(&mut tx)
                .await
                .unwrap();
            let Some(slower) = slower else { continue };
            sql("INSERT INTO load_comparisons (id, baseline_id, candidate_id, team_id, turns, slower, throughput, state, evidence_id, by_name, asked_at) \
                 SELECT $1, target_id, target_id, team_id, 1, $2, 0.95, 'finished', $3, by_name, asked_at FROM load_runs WHERE id = $4")
                .value(id(last))
                .value(slower)
                .value(id(last))
                .value(run.as_str())
                .run(&mut tx)
                .await
                .unwrap();
            sql("INSERT INTO load_runs (id, target_id, team_id, url, environment, comparison_id, side, state, script, subject, by_name, asked_at) \
                 SELECT $1, target_id, team_id, url, environment, $2, 'baseline', state, script, subject, by_name, asked_at FROM load_runs WHERE id = $3")
                .value(id(last))
                .value(id(last))
                .value(run.as_str())
                .run(&mut tx)
                .await
                .unwrap();
            let object = "INSERT INTO audit (seq, at, actor_kind, actor_id, actor_name, act, object_kind, object_id, object_name, detail, hash) \
                          SELECT $1, at, actor_kind, actor_id, actor_name, 'load.compare', 'load-comparison', $2, '', '{}', '' FROM audit WHERE act = 'load.ask'";
            sql(object).value(1_000 + i64::from(last)).value(id(last)).run(&mut tx).await.unwrap();
        }
        for before in ["UPDATE load_runs SET by_id = ''", "UPDATE evidence SET by_id = '', computed = 1"] {
            sql(before).run(&mut tx).await.unwrap();
        }
        for statement in include_str!("../../../migrations/postgres/0092_load_word.sql").split(';').filter(|text| !text.trim().is_empty()) {
            sql(statement).run(&mut tx).await.unwrap();
        }
        tx.commit().await.unwrap();
        let rita = ground.rita.user().unwrap().as_str();
        for (evidence, by, computed) in
            [(own, Some(rita), true), (id(1), None, false), (id(2), None, true), (id(3), Some(rita), true)]
        {
            let told = ground.read(&format!("/api/v1/evidence/{evidence}")).await;
            assert_eq!((told["by_id"].as_str(), told["computed"].as_bool()), (by, Some(computed)), "{told}");
        }
    }

    async fn what_waits_is_found_by_its_index(app: TestApp) {
        if app.ctx.db.kind() == Kind::Sqlite {
            let plan = "EXPLAIN QUERY PLAN SELECT r.id FROM load_runs r WHERE r.state = 'queued' ORDER BY r.asked_at, r.turn, r.id LIMIT 1";
            let plan: Vec<Plan> = sql(plan).all(&mut app.ctx.db.read().await.unwrap()).await.unwrap();
            assert!(plan.iter().any(|step| step.detail.contains("load_runs_queued")), "{:?}", plan.iter().map(|step| &step.detail).collect::<Vec<_>>());
        }
    }

    async fn a_trouble_that_passes_ends_no_run(app: TestApp) {
        let ground = Ground::new(app).await;
        let server = Loaded::new(Manner::default()).await;
        let target = ground.register("Gateway", &server.url()).await;
        let run = ground.start(&target, &json!({})).await;
        let rename = async |statement: &'static str| {
            let mut tx = ground.app.ctx.begin_write().await.unwrap();
            sql(statement).run(&mut tx).await.unwrap();
            tx.commit().await.unwrap();
        };
        rename("ALTER TABLE load_targets RENAME TO load_targets_away").await;
        ground.app.engines.settle().await.expect_err("nothing is found");
        rename("ALTER TABLE load_targets_away RENAME TO load_targets").await;
        ground.over(&run, "finished").await;
    }
}
