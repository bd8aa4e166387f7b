//! The connection is lost while results are committed: whether they were or not, each counts once.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use backend::{
    Context, Db,
    db::{Kind, sql},
    monitors::Prober,
};
use domain::monitors::Shown;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::{engine::by_hand, monitor, scene, target::Server};
use crate::app::{Database, TestApp};

/// Whether these bytes hold those.
fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

/// Stands before the database until results are committed for the first time: that is passed on, or not, and the connection is cut.
async fn between(server: &str, passes: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (head, rest) = server.split_once('@').unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let (host, url) = (host.to_owned(), format!("{head}@127.0.0.1:{port}/{path}"));
    let cut = Arc::new(AtomicBool::new(false));
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(&host).await.unwrap();
            tokio::spawn(carry(client, server, cut.clone(), passes));
        }
    });
    url
}

async fn carry(mut client: TcpStream, mut server: TcpStream, cut: Arc<AtomicBool>, passes: bool) {
    let (mut up, mut down) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    let mut wrote = false;
    loop {
        tokio::select! {
            read = client.read(&mut up) => {
                let Ok(length @ 1..) = read else { return };
                let bytes = &up[..length];
                wrote |= holds(bytes, "INSERT INTO monitor_results");
                if wrote && holds(bytes, "COMMIT") && !cut.swap(true, Ordering::SeqCst) {
                    if passes {
                        server.write_all(bytes).await.unwrap();
                        let _ = server.read(&mut down).await;
                    }
                    return;
                }
                server.write_all(bytes).await.unwrap();
            }
            read = server.read(&mut down) => {
                let Ok(length @ 1..) = read else { return };
                if client.write_all(&down[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_of_which_nobody_knows_counts_once() {
    if !Database::postgres_is_there() {
        return;
    }
    for passes in [true, false] {
        let app = TestApp::new(Kind::Postgres).await;
        let target = Server::plain().await;
        let (_, editor, id) = scene(&app, &target.url("/"), &[]).await;
        let db = Db::connect(&between(&app.database.url, passes).await).await.expect("a connection");
        let ctx = Context::new(db, app.clock.clone()).with_seal(app.ctx.seal.clone());
        let settings = by_hand();
        let prober = Prober::new(ctx.clone(), server::boot::egress(&settings), server::boot::checking(&settings));
        let engines = backend::Engines::new(ctx, vec![Arc::new(prober)]);
        engines.settle().await.expect_err("the connection is lost");
        engines.settle().await.expect("it is there again");
        let count = async |question: &'static str| sql(question).count(&mut app.ctx.db.read().await.unwrap()).await.unwrap();
        assert_eq!((target.hits(), count("SELECT COUNT(*) FROM monitor_results").await), (1, 1), "passes: {passes}");
        assert_eq!(count("SELECT CAST(SUM(checks) AS BIGINT) FROM monitor_rollups").await, 3, "in its minute, its hour and its day");
        assert_eq!(monitor(&app, &editor, &id).await.shown, Shown::Up);
    }
}
