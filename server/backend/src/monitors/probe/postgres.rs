//! PostgreSQL (<https://www.postgresql.org/docs/current/protocol-message-formats.html>): that it speaks the protocol and,
//! where there is a user, that it lets them in and answers `SELECT 1`.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use bytes::{BufMut, Bytes, BytesMut};
use domain::monitors::{DatabaseTarget, FactKind, Reason};
use md5::{Digest, Md5};

use super::{
    Asking, Miss, Sight,
    database::{password, refused, secure, text_until_zero, unwell},
    scram::{Proof, Scram},
    wire::Wire,
};

pub(super) async fn probe(asking: &Asking<'_>, target: &DatabaseTarget) -> Result<Sight, Miss> {
    let mut wire = Wire::open(asking, &target.address).await?;
    if target.tls || target.user.is_empty() {
        // SSLRequest: whoever speaks the protocol answers with one letter.
        wire.send(&[0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f]).await?;
        match wire.byte().await? {
            b'S' if target.tls => wire = secure(wire, asking, target).await?,
            b'N' if target.tls => return Err(Miss::Told(Reason::Tls, "the server does not offer TLS".to_owned())),
            b'S' | b'N' => {}
            other => return Err(Miss::protocol(format!("not PostgreSQL: {other:#04x}"))),
        }
    }
    if !target.user.is_empty() {
        wire.send(&startup(target)).await?;
        log_in(&mut wire, asking, target).await?;
        wire.send(&message(b'Q', b"SELECT 1\0")).await?;
        until_ready(&mut wire).await?;
        wire.send(&message(b'X', b"")).await?;
    }
    Ok(wire.finish())
}

fn startup(target: &DatabaseTarget) -> Bytes {
    let mut body = BytesMut::new();
    body.put_u32(196_608);
    let database = if target.database.is_empty() { &target.user } else { &target.database };
    for text in ["user", &target.user, "database", database, "application_name", "Evenkeel"] {
        body.extend_from_slice(text.as_bytes());
        body.put_u8(0);
    }
    body.put_u8(0);
    let mut out = BytesMut::new();
    out.put_u32(u32::try_from(body.len() + 4).unwrap_or_default());
    out.extend_from_slice(&body);
    out.freeze()
}

fn message(kind: u8, body: &[u8]) -> Bytes {
    let mut out = BytesMut::new();
    out.put_u8(kind);
    out.put_u32(u32::try_from(body.len() + 4).unwrap_or_default());
    out.extend_from_slice(body);
    out.freeze()
}

/// The next message: its kind and its body. An error of the server is one of ours.
async fn next(wire: &mut Wire) -> Result<(u8, Bytes), Miss> {
    let head = wire.exactly(5).await?;
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
    let length = usize::try_from(length).ok().and_then(|length| length.checked_sub(4)).ok_or_else(|| Miss::protocol("not PostgreSQL"))?;
    let body = wire.exactly(length).await?;
    if head[0] == b'E' { Err(error(&body)) } else { Ok((head[0], body)) }
}

/// What an error says (codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>).
fn error(body: &[u8]) -> Miss {
    let (mut code, mut words) = (String::new(), String::new());
    let mut rest = body;
    while let Some((field, after)) = rest.split_first().filter(|(field, _)| **field != 0) {
        let (text, after) = text_until_zero(after);
        match field {
            b'C' => code = text,
            b'M' => words = text,
            _ => {}
        }
        rest = after;
    }
    let said = format!("{code} {words}");
    match code.get(..2) {
        // Not permitted, or no such database.
        Some("28" | "3D" | "42") => refused(said),
        // Too many connections, shutting down, starting up.
        _ => unwell(said),
    }
}

async fn log_in(wire: &mut Wire, asking: &Asking<'_>, target: &DatabaseTarget) -> Result<(), Miss> {
    let password = password(asking);
    let scram = Scram::begin(&STANDARD_NO_PAD.encode(rand::random::<[u8; 18]>()));
    let mut proof: Option<Proof> = None;
    loop {
        let (kind, body) = next(wire).await?;
        if kind == b'S' {
            let (name, rest) = text_until_zero(&body);
            if name == "server_version" {
                let version = text_until_zero(rest).0;
                wire.sight().tell(FactKind::ServerVersion, version);
            }
        }
        if kind == b'Z' {
            return Ok(());
        }
        if kind != b'R' {
            continue;
        }
        let (step, rest) = body.split_first_chunk::<4>().ok_or_else(|| Miss::protocol("not PostgreSQL"))?;
        match u32::from_be_bytes(*step) {
            0 if proof.is_some() => return Err(refused("the server did not prove that it knows the password")),
            0 => {}
            // In clear only where nobody listens.
            3 if target.tls => wire.send(&message(b'p', format!("{password}\0").as_bytes())).await?,
            3 => return Err(refused("the server wants the password in clear, and the connection is not secured")),
            5 => {
                let hash = |parts: &[&[u8]]| hex::encode(parts.iter().fold(Md5::new(), Md5::chain_update).finalize());
                let inner = hash(&[password.as_bytes(), target.user.as_bytes()]);
                let outer = format!("md5{}\0", hash(&[inner.as_bytes(), rest]));
                wire.send(&message(b'p', outer.as_bytes())).await?;
            }
            10 => {
                let offered = rest.split(|byte| *byte == 0).any(|name| name == b"SCRAM-SHA-256");
                if !offered {
                    return Err(refused("the server offers no SCRAM-SHA-256"));
                }
                let first = scram.first_message();
                let mut body = BytesMut::from(&b"SCRAM-SHA-256\0"[..]);
                body.put_u32(u32::try_from(first.len()).unwrap_or_default());
                body.extend_from_slice(first.as_bytes());
                wire.send(&message(b'p', &body)).await?;
            }
            11 => {
                let server = String::from_utf8_lossy(rest).into_owned();
                let given = scram.answer(password, &server).ok_or_else(|| Miss::protocol("SCRAM: an answer that cannot be read"))?;
                wire.send(&message(b'p', given.message.as_bytes())).await?;
                proof = Some(given);
            }
            12 => {
                let server = String::from_utf8_lossy(rest).into_owned();
                if !proof.take().is_some_and(|proof| proof.holds(&server)) {
                    return Err(refused("the server did not prove that it knows the password"));
                }
            }
            other => return Err(refused(format!("the server wants a login of kind {other}, which is not spoken here"))),
        }
    }
}

/// Reads until the server is ready for more.
async fn until_ready(wire: &mut Wire) -> Result<(), Miss> {
    while next(wire).await?.0 != b'Z' {}
    Ok(())
}
