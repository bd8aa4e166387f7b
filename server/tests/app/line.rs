//! A way to Postgres that can be cut: connections break in the middle of whatever was said, and whoever comes is turned away at once.

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// The way, and the address of the database at its end.
pub struct Line {
    pub url: String,
    open: watch::Sender<bool>,
}

impl Line {
    /// To the database of an address `postgres://USER@HOST:PORT/NAME`.
    pub async fn to_postgres(url: &str) -> Self {
        let (scheme, rest) = url.split_once("://").expect("an address");
        let (server, name) = rest.split_once('/').expect("a database");
        let (user, server) = server.rsplit_once('@').map_or((String::new(), server), |(user, server)| (format!("{user}@"), server));
        let server = if server.contains(':') { server.to_owned() } else { format!("{server}:5432") };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("{scheme}://{user}{}/{name}", listener.local_addr().expect("its address"));
        let (open, watched) = watch::channel(true);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                if !*watched.borrow() {
                    continue;
                }
                let (server, mut watched) = (server.clone(), watched.clone());
                tokio::spawn(async move {
                    let Ok(mut far) = TcpStream::connect(&server).await else { return };
                    tokio::select! {
                        _ = copy_bidirectional(&mut near, &mut far) => {}
                        _ = watched.wait_for(|open| !open) => {}
                    }
                });
            }
        });
        Self { url, open }
    }

    pub fn cut(&self) {
        self.open.send_replace(false);
    }

    pub fn mend(&self) {
        self.open.send_replace(true);
    }
}
