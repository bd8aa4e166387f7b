//! `evenkeel health`: asks the serving process whether it is ready; for containers and scripts.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::Failure;
use crate::settings::Settings;

/// Succeeds where `/readyz` answers 200. With TLS only the connection is tried: certificates name the public host.
pub(super) async fn run(settings: &Settings) -> Result<(), Failure> {
    let mut address = settings.listen;
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() });
    }
    let asked = timeout(Duration::from_secs(3), async {
        let mut stream = TcpStream::connect(address).await?;
        let mut answer = String::new();
        if settings.tls.certificate.as_os_str().is_empty() {
            stream.write_all(format!("GET /readyz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").as_bytes()).await?;
            stream.read_to_string(&mut answer).await?;
        }
        Ok::<_, std::io::Error>(answer)
    });
    let answer =
        asked.await.map_err(|_| format!("{address} does not answer within 3 s"))?.map_err(|error| format!("{address}: {error}"))?;
    if answer.is_empty() || answer.starts_with("HTTP/1.1 200") {
        println!("ready");
        return Ok(());
    }
    Err(answer.rsplit("\r\n").next().unwrap_or("not ready").trim().into())
}
