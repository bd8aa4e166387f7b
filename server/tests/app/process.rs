//! The program as a process of its own, on the database of a test.

use std::{process::Stdio, time::Duration};

use backend::db::sql;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
};

use super::TestApp;

/// The program that was built with these tests, on the test's database.
pub fn program(app: &TestApp) -> Command {
    program_on(app, &app.database.url)
}

/// The same, on the database behind an address.
pub fn program_on(app: &TestApp, url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_evenkeel"));
    command.arg("--data").arg(app.database.folder()).args(["--database", url, "--listen", "127.0.0.1:0"]);
    command.env("EVENKEEL_EGRESS__ALLOW", "127.0.0.0/8").kill_on_drop(true).stdin(Stdio::null());
    command
}

/// Leaves the database to the program: closes what the harness holds open, and gives a token of a user with permissions.
pub async fn hand_over(app: &TestApp, user: &str, permissions: &[&str]) -> String {
    // What the harness sealed with a key of its own, the program seals anew with the key in its folder.
    sql("DELETE FROM settings").run(&mut app.ctx.db.read().await.expect("a connection")).await.expect("no settings");
    app.ctx.db.close().await;
    let mut command = program(app);
    command.args(["token", "add", user, "--name", "trial"]);
    command.args(permissions.iter().flat_map(|permission| ["--permission", permission]));
    let token = command.output().await.expect("a token");
    assert!(token.status.success(), "{}", String::from_utf8_lossy(&token.stderr));
    String::from_utf8(token.stdout).expect("text").trim().to_owned()
}

/// A serving process and its address.
pub async fn serve(app: &TestApp) -> (Child, String) {
    begin(&mut program(app)).await
}

/// A serving process of the program as it is given, and its address.
pub async fn begin(program: &mut Command) -> (Child, String) {
    let mut child = program.arg("serve").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let line =
        tokio::time::timeout(Duration::from_secs(30), lines.next_line()).await.expect("ready in time").expect("a line").expect("a line");
    let address = line.rsplit("//").next().expect("an address").trim().to_owned();
    // Whatever else it says must not fill the pipe.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (child, address)
}

/// Posts to it; the status and the body, or nothing where the connection broke. Each of `headers` ends its line.
pub async fn post(address: &str, token: &str, path: &str, headers: &str, body: &str) -> Option<(u16, String)> {
    ask(address, token, &format!("POST {path}"), &format!("{headers}Content-Length: {}\r\n", body.len()), body).await
}

/// Reads from it, likewise.
pub async fn get(address: &str, token: &str, path: &str) -> Option<(u16, String)> {
    ask(address, token, &format!("GET {path}"), "", "").await
}

async fn ask(address: &str, token: &str, what: &str, headers: &str, body: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    let head = format!("{what} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n{headers}Connection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(body.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let (head, text) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, text.to_owned()))
}
