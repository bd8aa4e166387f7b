//! What is said in the clear before TLS begins.

use domain::monitors::{Reason, StartTls};

use super::{Miss, wire::Wire};

/// Talks until the server is ready for the handshake.
pub(super) async fn begin(wire: &mut Wire, how: StartTls) -> Result<(), Miss> {
    match how {
        StartTls::Never => Ok(()),
        StartTls::Smtp => {
            reply(wire, "220").await?;
            wire.send(b"EHLO localhost\r\n").await?;
            let offers = reply(wire, "250").await?;
            if !offers.iter().any(|line| line.get(4..).is_some_and(|word| word.trim().eq_ignore_ascii_case("STARTTLS"))) {
                return Err(unoffered("STARTTLS is not among what it offers"));
            }
            wire.send(b"STARTTLS\r\n").await?;
            reply(wire, "220").await.map(drop)
        }
        StartTls::Imap => {
            begins(&wire.line().await?, "* OK")?;
            wire.send(b"a1 STARTTLS\r\n").await?;
            loop {
                let line = wire.line().await?;
                if line.starts_with("a1 ") {
                    return begins(&line, "a1 OK");
                }
            }
        }
        StartTls::Pop3 => {
            begins(&wire.line().await?, "+OK")?;
            wire.send(b"STLS\r\n").await?;
            begins(&wire.line().await?, "+OK")
        }
        StartTls::Postgres => {
            wire.send(&[0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f]).await?;
            match wire.byte().await? {
                b'S' => Ok(()),
                b'N' => Err(unoffered("the server does not offer TLS")),
                other => Err(Miss::protocol(format!("not PostgreSQL: {other:#04x}"))),
            }
        }
    }
}

/// All lines of a reply of SMTP, whose code must be this one.
async fn reply(wire: &mut Wire, code: &str) -> Result<Vec<String>, Miss> {
    let mut lines = Vec::new();
    loop {
        let line = wire.line().await?;
        begins(&line, code)?;
        let last = line.as_bytes().get(3) != Some(&b'-');
        lines.push(line);
        if last {
            return Ok(lines);
        }
    }
}

fn begins(line: &str, with: &str) -> Result<(), Miss> {
    let said = line.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    if said { Ok(()) } else { Err(unoffered(&format!("“{line}”, expected “{with}”"))) }
}

fn unoffered(why: &str) -> Miss {
    Miss::Told(Reason::Tls, why.to_owned())
}
