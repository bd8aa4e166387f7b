//! Real programs that are installed on this machine, beside which the portal is tried.

use std::{
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Where a program is; `None`, said aloud, where it is not installed, which is a failure in CI.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).chain(["/usr/sbin".into()]).map(|folder| folder.join(name)).find(|file| file.is_file());
    assert!(found.is_some() || std::env::var("CI").as_deref() != Ok("true"), "{name} is not installed");
    if found.is_none() {
        eprintln!("left out: {name} is not installed");
    }
    found
}

/// Names the Python that has the packages of the tests.
const PYTHON: &str = "EVENKEEL_TEST_PYTHON";

/// A Python that has a package; `None`, said aloud, where there is none, which is a failure in CI.
pub fn python(package: &str) -> Option<PathBuf> {
    let python = match std::env::var_os(PYTHON).filter(|path| !path.is_empty()) {
        Some(path) => path.into(),
        None => program("python3")?,
    };
    let mut asked = Command::new(&python);
    let has = asked.args(["-c", &format!("import {package}")]).stderr(Stdio::null()).status().is_ok_and(|status| status.success());
    assert!(has || std::env::var("CI").as_deref() != Ok("true"), "Python has no package {package}");
    if !has {
        eprintln!("left out: Python has no package {package}");
    }
    has.then_some(python)
}

/// A program that runs until the test ends, in a folder of its own.
pub struct Counterpart {
    child: Child,
    /// Its port on loopback.
    pub port: u16,
    /// Where it runs; goes when it goes.
    pub folder: PathBuf,
}

impl Drop for Counterpart {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Counterpart {
    /// Starts a program on a free port: `ready` puts files into its folder and gives its arguments.
    pub fn start(name: &str, ready: impl FnOnce(u16, &Path) -> Vec<String>) -> Option<Self> {
        let program = program(name)?;
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
        let folder = std::env::temp_dir().join(format!("evenkeel-{name}-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let arguments = ready(port, &folder);
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Some(Self { child: command.spawn().expect("it runs"), port, folder })
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// Number of its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it takes connections.
    pub async fn listens(&self) {
        self.until(async || TcpStream::connect(self.address()).await.is_ok()).await;
    }

    /// Waits until it answers 200.
    pub async fn answers(&self, path: &str) {
        self.until(async || self.get(path).await.is_some_and(|answer| answer.contains(" 200 OK"))).await;
    }

    /// What it answers, head and body.
    pub async fn get(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(self.address()).await.ok()?;
        stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).await.ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await.ok()?;
        Some(text)
    }

    async fn until(&self, done: impl AsyncFn() -> bool) {
        let begun = Instant::now();
        while !done().await {
            assert!(begun.elapsed() < Duration::from_secs(60), "{} does not answer", self.address());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}
