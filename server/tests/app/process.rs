//! The program as a process of its own, on the database of a test.

use std::{process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use super::TestApp;

/// The program that was built with these tests, on the test's database.
pub fn program(app: &TestApp) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_evenkeel"));
    command.arg("--data").arg(app.database.folder()).arg("--database").arg(&app.database.url).args(["--listen", "127.0.0.1:0"]);
    command.env("EVENKEEL_EGRESS__ALLOW", "127.0.0.0/8").kill_on_drop(true).stdin(Stdio::null());
    command
}

/// A serving process and its address.
pub async fn serve(app: &TestApp) -> (Child, String) {
    let mut child = program(app).arg("serve").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let line =
        tokio::time::timeout(Duration::from_secs(30), lines.next_line()).await.expect("ready in time").expect("a line").expect("a line");
    let address = line.rsplit("//").next().expect("an address").trim().to_owned();
    // Whatever else it says must not fill the pipe.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (child, address)
}
