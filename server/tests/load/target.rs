//! A server on loopback that is loaded: it counts, and answers as it is told.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// How it answers.
#[derive(Clone)]
pub struct Manner {
    pub status: u16,
    pub delay: Duration,
    pub location: String,
}

impl Default for Manner {
    fn default() -> Self {
        Self { status: 200, delay: Duration::ZERO, location: String::new() }
    }
}

struct Inner {
    manner: Manner,
    paths: Vec<String>,
    heads: Vec<String>,
}

/// The server; it runs until the test ends.
#[derive(Clone)]
pub struct Loaded {
    address: SocketAddr,
    inner: Arc<Mutex<Inner>>,
}

impl Loaded {
    pub async fn new(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let this = Self { address, inner: Arc::new(Mutex::new(Inner { manner, paths: Vec::new(), heads: Vec::new() })) };
        let server = this.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = server.clone();
                tokio::spawn(async move { server.serve(stream).await });
            }
        });
        this
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn manner(&self, manner: Manner) {
        self.inner.lock().unwrap().manner = manner;
    }

    pub fn hits(&self) -> usize {
        self.inner.lock().unwrap().paths.len()
    }

    pub fn paths(&self) -> Vec<String> {
        self.inner.lock().unwrap().paths.clone()
    }

    pub fn heads(&self) -> Vec<String> {
        self.inner.lock().unwrap().heads.clone()
    }

    async fn serve(&self, mut stream: TcpStream) {
        let (mut had, mut buffer) = (Vec::new(), [0; 4_096]);
        loop {
            let Some(end) = had.windows(4).position(|four| four == b"\r\n\r\n") else {
                match stream.read(&mut buffer).await {
                    Ok(0) | Err(_) => return,
                    Ok(n) => had.extend_from_slice(&buffer[..n]),
                }
                continue;
            };
            let head = String::from_utf8_lossy(&had[..end]).into_owned();
            let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok());
            let whole = end + 4 + length.unwrap_or(0);
            while had.len() < whole {
                match stream.read(&mut buffer).await {
                    Ok(0) | Err(_) => return,
                    Ok(n) => had.extend_from_slice(&buffer[..n]),
                }
            }
            had.drain(..whole);
            let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
            let manner = {
                let mut inner = self.inner.lock().unwrap();
                inner.paths.push(path);
                inner.heads.push(head);
                inner.manner.clone()
            };
            tokio::time::sleep(manner.delay).await;
            let location = if manner.location.is_empty() { String::new() } else { format!("location: {}\r\n", manner.location) };
            let answer = format!("HTTP/1.1 {} X\r\n{location}content-length: 2\r\n\r\nok", manner.status);
            if stream.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}
