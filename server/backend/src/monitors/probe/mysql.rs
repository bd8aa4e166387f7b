//! MySQL and MariaDB (<https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html>): that it greets and, where
//! there is a user, that it lets them in and answers a ping.

use bytes::{BufMut, Bytes, BytesMut};
use domain::monitors::{DatabaseTarget, FactKind, Reason};
use sha1::{Digest, Sha1};
use sha2::Sha256;

use super::{
    Asking, Miss, Sight,
    database::{password, refused, secure, text_until_zero, unwell},
    wire::Wire,
};

/// Capabilities: long password, protocol 4.1, secure connection, plugins.
const CAPABILITIES: u32 = 1 | 0x200 | 0x8000 | 0x8_0000;
const WITH_DATABASE: u32 = 8;
const TLS: u32 = 0x800;

/// What a server says of itself.
struct Greeting {
    version: String,
    capabilities: u32,
    nonce: Vec<u8>,
    plugin: String,
}

pub(super) async fn probe(asking: &Asking<'_>, target: &DatabaseTarget) -> Result<Sight, Miss> {
    let mut wire = Wire::open(asking, &target.address).await?;
    let (mut number, packet) = next(&mut wire).await?;
    let greeting = greeting(&packet)?;
    wire.sight().tell(FactKind::ServerVersion, &greeting.version);
    let mut capabilities = CAPABILITIES | if target.database.is_empty() { 0 } else { WITH_DATABASE };
    if target.tls {
        if greeting.capabilities & TLS == 0 {
            return Err(Miss::Told(Reason::Tls, "the server does not offer TLS".to_owned()));
        }
        capabilities |= TLS;
        number = number.wrapping_add(1);
        send(&mut wire, number, &head(capabilities)).await?;
        wire = secure(wire, asking, target).await?;
    }
    if !target.user.is_empty() {
        let password = password(asking);
        let mut login = BytesMut::from(&head(capabilities)[..]);
        login.extend_from_slice(target.user.as_bytes());
        login.put_u8(0);
        let proof = proof(&greeting.plugin, password, &greeting.nonce);
        login.put_u8(u8::try_from(proof.len()).unwrap_or_default());
        login.extend_from_slice(&proof);
        if !target.database.is_empty() {
            login.extend_from_slice(target.database.as_bytes());
            login.put_u8(0);
        }
        login.extend_from_slice(greeting.plugin.as_bytes());
        login.put_u8(0);
        send(&mut wire, number.wrapping_add(1), &login).await?;
        log_in(&mut wire, password, target.tls).await?;
        send(&mut wire, 0, &[0x0e]).await?;
        match next(&mut wire).await?.1.first() {
            Some(0) => {}
            _ => return Err(unwell("the ping was not answered with OK")),
        }
        send(&mut wire, 0, &[0x01]).await?;
    }
    Ok(wire.finish())
}

/// The next packet and its number. An error of the server is one of ours.
async fn next(wire: &mut Wire) -> Result<(u8, Bytes), Miss> {
    let head = wire.exactly(4).await?;
    let length = usize::from(head[0]) | usize::from(head[1]) << 8 | usize::from(head[2]) << 16;
    let body = wire.exactly(length).await?;
    if body.first() == Some(&0xff) {
        let code = body.get(1..3).map_or(0, |code| u16::from_le_bytes([code[0], code[1]]));
        let text = String::from_utf8_lossy(body.get(3..).unwrap_or_default()).into_owned();
        // After the greeting a state of six letters stands before the words.
        let words = text.strip_prefix('#').and_then(|rest| rest.get(5..)).unwrap_or(&text);
        let said = format!("{code} {words}");
        // Access denied, unknown database, unknown plugin, host not allowed.
        return Err(if [1044, 1045, 1049, 1130, 1251, 1698].contains(&code) { refused(said) } else { unwell(said) });
    }
    Ok((head[3], body))
}

async fn send(wire: &mut Wire, number: u8, body: &[u8]) -> Result<(), Miss> {
    let mut packet = BytesMut::new();
    packet.put_uint_le(body.len() as u64, 3);
    packet.put_u8(number);
    packet.extend_from_slice(body);
    wire.send(&packet).await
}

/// The head of a login, which is all that is said before TLS: capabilities, 16 MiB at most, UTF-8.
fn head(capabilities: u32) -> Vec<u8> {
    let mut head = BytesMut::new();
    head.put_u32_le(capabilities);
    head.put_u32_le(1 << 24);
    head.put_u8(45);
    head.put_bytes(0, 23);
    head.to_vec()
}

fn greeting(packet: &[u8]) -> Result<Greeting, Miss> {
    let wrong = || Miss::protocol("not MySQL");
    let rest = packet.strip_prefix(&[10]).ok_or_else(wrong)?;
    let (version, rest) = text_until_zero(rest);
    // Thread, first eight bytes of the nonce, filler; then the lower capabilities, charset, status, the upper ones, the
    // length of the nonce, ten of filler.
    let first = rest.get(4..12).ok_or_else(wrong)?;
    let number = |at: usize| rest.get(at..at + 2).map(|two| u32::from(u16::from_le_bytes([two[0], two[1]])));
    let capabilities = number(13).zip(number(18)).map(|(low, high)| low | high << 16).ok_or_else(wrong)?;
    let length = usize::from(*rest.get(20).ok_or_else(wrong)?);
    let second_length = length.saturating_sub(8).max(13);
    let second = rest.get(31..31 + second_length).ok_or_else(wrong)?;
    let mut nonce = first.to_vec();
    nonce.extend_from_slice(second.strip_suffix(&[0]).unwrap_or(second));
    let plugin = text_until_zero(rest.get(31 + second_length..).unwrap_or_default()).0;
    Ok(Greeting { version, capabilities, nonce, plugin })
}

/// What proves the password to a plugin; empty where there is none, or the plugin is not spoken here.
fn proof(plugin: &str, password: &str, nonce: &[u8]) -> Vec<u8> {
    let xor = |a: &[u8], b: &[u8]| a.iter().zip(b).map(|(a, b)| a ^ b).collect();
    match plugin {
        _ if password.is_empty() => Vec::new(),
        "mysql_native_password" => {
            let once = Sha1::digest(password);
            xor(&once, &Sha1::new().chain_update(nonce).chain_update(Sha1::digest(once)).finalize())
        }
        "caching_sha2_password" => {
            let once = Sha256::digest(password);
            xor(&once, &Sha256::new().chain_update(Sha256::digest(once)).chain_update(nonce).finalize())
        }
        _ => Vec::new(),
    }
}

async fn log_in(wire: &mut Wire, password: &str, tls: bool) -> Result<(), Miss> {
    loop {
        let (number, packet) = next(wire).await?;
        let reply = number.wrapping_add(1);
        match packet.first() {
            Some(0) => return Ok(()),
            // Another plugin, with a nonce of its own.
            Some(0xfe) => {
                let (plugin, rest) = text_until_zero(&packet[1..]);
                if !["mysql_native_password", "caching_sha2_password"].contains(&plugin.as_str()) {
                    return Err(refused(format!("the server wants a login by {plugin}, which is not spoken here")));
                }
                let nonce = rest.strip_suffix(&[0]).unwrap_or(rest);
                send(wire, reply, &proof(&plugin, password, nonce)).await?;
            }
            Some(1) => match packet.get(1) {
                Some(3) => {}
                // It does not remember the password: now it wants it whole, which is for secured connections only.
                Some(4) if tls => send(wire, reply, format!("{password}\0").as_bytes()).await?,
                Some(4) => return Err(refused("caching_sha2_password: the server wants the password in clear; choose TLS")),
                _ => return Err(Miss::protocol("a login that cannot be read")),
            },
            _ => return Err(Miss::protocol("a login that cannot be read")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greeting_is_read() {
        let mut packet = vec![10];
        packet.extend(b"8.0.36\0");
        packet.extend([1, 0, 0, 0]);
        packet.extend(b"abcdefgh\0");
        packet.extend([0xff, 0xff, 45, 2, 0, 0xff, 0xdf, 21]);
        packet.extend([0; 10]);
        packet.extend(b"ijklmnopqrst\0");
        packet.extend(b"caching_sha2_password\0");
        let greeting = greeting(&packet).ok().unwrap();
        assert_eq!((greeting.version.as_str(), greeting.plugin.as_str()), ("8.0.36", "caching_sha2_password"));
        assert_eq!(greeting.nonce, b"abcdefghijklmnopqrst");
        assert!(greeting.capabilities & TLS != 0);
        assert!(super::greeting(b"SSH-2.0").is_err() && super::greeting(&[10, 0]).is_err());
    }
}
