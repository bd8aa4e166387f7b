//! Many objectives of one slow source.

use std::time::Duration;

use backend::{
    Engine,
    objectives::{Settings, Watcher},
};
use domain::time::SECOND;

use super::*;
use crate::sources::egress;

/// The engine, for which the objectives of one source may take two seconds together.
fn watcher(app: &TestApp, by_hand: bool) -> Watcher {
    Watcher::new(app.ctx.clone(), egress(), Settings { by_hand, patience: Duration::from_secs(2), ..Default::default() })
}

/// An objective that asks the source for this.
async fn asking(app: &TestApp, editor: &Actor, system: &SystemId, source: &str, name: &str) -> ObjectiveId {
    let expr = format!("sum(increase({}[$window]))", name.to_lowercase().replace(' ', "_"));
    objective(app, editor, system, &[("name", name), ("kind", "query"), ("source", source), ("good", &expr), ("total", &expr)]).await
}

async fn shown(app: &TestApp, editor: &Actor, ids: &[ObjectiveId]) -> Vec<Shown> {
    let mut shown = Vec::new();
    for id in ids {
        shown.push(app.portal.objectives.get(editor, id).await.unwrap().standing.shown);
    }
    shown
}

both! {
    async fn objectives_that_hang_keep_no_other_from_its_turn(app: TestApp) {
        let server = Server::plain().await;
        let (_, system, editor) = scene(&app).await;
        let source = source(&app, &editor, &system, "query", &server.url("")).await;
        server.set(Reply { delay: Duration::from_secs(30), slow: "hangs", ..vector("90") });
        let mut ids = Vec::new();
        for name in ["Hangs 1", "Hangs 2", "Quick 1", "Quick 2"] {
            ids.push(asking(&app, &editor, &system, source.as_str(), name).await);
            // Those that hang are due before the others.
            app.advance(SECOND);
        }
        let watcher = watcher(&app, true);
        watcher.tick(app.now()).await.unwrap();
        assert_eq!(shown(&app, &editor, &ids[2..]).await, [Shown::Unknown, Shown::Unknown], "the source answered nobody");
        // Each that hangs has had all the time once; a slow machine may need a turn more.
        for _ in 0..8 {
            app.advance(MINUTE);
            watcher.tick(app.now()).await.unwrap();
            if shown(&app, &editor, &ids[2..]).await == [Shown::Met, Shown::Met] {
                break;
            }
        }
        assert_eq!(shown(&app, &editor, &ids[2..]).await, [Shown::Met, Shown::Met]);
        assert_eq!(shown(&app, &editor, &ids[..2]).await, [Shown::Unknown, Shown::Unknown]);
    }

    async fn what_is_due_while_its_source_is_busy_has_its_turn_afterwards(app: TestApp) {
        let server = Server::plain().await;
        let (_, system, editor) = scene(&app).await;
        let source = source(&app, &editor, &system, "query", &server.url("")).await;
        server.set(Reply { delay: Duration::from_secs(30), slow: "hangs", ..vector("90") });
        asking(&app, &editor, &system, source.as_str(), "Hangs").await;
        let watcher = watcher(&app, false);
        watcher.tick(app.now()).await.unwrap();
        let quick = [asking(&app, &editor, &system, source.as_str(), "Quick").await];
        // The clock stands still, and with it what is due; the source is free again when its time is over.
        for _ in 0..600 {
            watcher.tick(app.now()).await.unwrap();
            if shown(&app, &editor, &quick).await == [Shown::Met] {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("it is passed over for good");
    }
}
