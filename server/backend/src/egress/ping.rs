//! ICMP echo (RFC 792, RFC 4443): over a datagram socket, which needs no powers where the machine lets this group
//! (`net.ipv4.ping_group_range`), else over a raw one, which needs `CAP_NET_RAW`.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use rustix::net::{AddressFamily, SocketFlags, SocketType, ipproto, socket_with};
use tokio::{
    net::UdpSocket,
    time::{Instant, timeout_at},
};

use super::{Egress, EgressError, Whither};

/// Bytes of an echo request beside its header.
const PAYLOAD: usize = 32;
/// Between two requests of which the first was answered.
const PAUSE: Duration = Duration::from_millis(50);

/// What came of some echo requests.
#[derive(Debug, Clone)]
pub struct Echoes {
    /// Where they went.
    pub peer: IpAddr,
    /// Name to address; zero for an address literal.
    pub dns: Duration,
    /// Requests sent.
    pub sent: u32,
    /// Time of each answer.
    pub rtts: Vec<Duration>,
}

/// A socket for echo requests, and whether it is a raw one.
fn open(v4: bool) -> Result<(std::net::UdpSocket, bool), EgressError> {
    let (family, protocol) = if v4 { (AddressFamily::INET, ipproto::ICMP) } else { (AddressFamily::INET6, ipproto::ICMPV6) };
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let of = |kind| socket_with(family, kind, flags, Some(protocol));
    of(SocketType::DGRAM).map(|socket| (socket.into(), false)).or_else(|_| of(SocketType::RAW).map(|socket| (socket.into(), true))).map_err(
        |error| EgressError::NotPermitted(format!("ICMP ({error}): needs net.ipv4.ping_group_range to hold our group, or CAP_NET_RAW")),
    )
}

impl Egress {
    /// Whether this machine lets us send echo requests; else why not.
    pub fn may_ping() -> Result<(), String> {
        open(true).map(drop).map_err(|error| error.to_string())
    }

    /// Sends echo requests one after another; each waits for its share of the time that is left.
    pub async fn ping(&self, host: &str, count: u32, deadline: Instant) -> Result<Echoes, EgressError> {
        let (places, dns) = self.places(Whither::Host(host, 0), deadline).await?;
        let peer = places.first().ok_or_else(|| EgressError::Connect("no address".to_owned()))?.ip();
        let (socket, raw) = open(peer.is_ipv4())?;
        let failed = |error: std::io::Error| EgressError::Connect(format!("{peer}: {error}"));
        let socket = UdpSocket::from_std(socket).map_err(failed)?;
        socket.connect(SocketAddr::new(peer, 0)).await.map_err(failed)?;
        let (id, token): (u16, [u8; PAYLOAD]) = (rand::random(), rand::random());
        let mut echoes = Echoes { peer, dns, sent: 0, rtts: Vec::new() };
        for sequence in 0..count {
            let begin = Instant::now();
            let share = deadline.saturating_duration_since(begin) / (count - sequence);
            if share.is_zero() {
                break;
            }
            socket.send(&request(peer, id, sequence, &token)).await.map_err(failed)?;
            echoes.sent += 1;
            if let Ok(came) = timeout_at(begin + share, answer(&socket, raw && peer.is_ipv4(), sequence, &token)).await {
                came.map_err(failed)?;
                echoes.rtts.push(begin.elapsed());
                tokio::time::sleep(PAUSE.min(share / 4)).await;
            }
        }
        Ok(echoes)
    }
}

fn request(peer: IpAddr, id: u16, sequence: u32, token: &[u8; PAYLOAD]) -> Vec<u8> {
    let sequence = u16::try_from(sequence).unwrap_or(u16::MAX).to_be_bytes();
    let mut packet = vec![if peer.is_ipv4() { 8 } else { 128 }, 0, 0, 0];
    packet.extend(id.to_be_bytes());
    packet.extend(sequence);
    packet.extend(token);
    if peer.is_ipv4() {
        // Of ICMPv6 the machine computes it: it covers the addresses.
        let sum = checksum(&packet);
        packet[2..4].copy_from_slice(&sum.to_be_bytes());
    }
    packet
}

/// The checksum of the internet (RFC 1071).
fn checksum(packet: &[u8]) -> u16 {
    let mut sum: u32 = packet.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or_default())).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or_default()
}

/// Waits for the answer to one request; a raw socket of IPv4 gives the IP header too, and what is meant for others.
async fn answer(socket: &UdpSocket, with_header: bool, sequence: u32, token: &[u8; PAYLOAD]) -> std::io::Result<()> {
    let mut buffer = [0; 256];
    loop {
        let length = socket.recv(&mut buffer).await?;
        let mut packet = &buffer[..length];
        if with_header {
            let header = usize::from(packet.first().copied().unwrap_or_default() & 0xf) * 4;
            packet = packet.get(header..).unwrap_or_default();
        }
        let is_answer = matches!(packet.first(), Some(0 | 129));
        let ours = packet.get(6..8) == Some(&u16::try_from(sequence).unwrap_or(u16::MAX).to_be_bytes()[..]);
        if is_answer && ours && packet.get(8..) == Some(&token[..]) {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_sums_to_nothing() {
        let packet = request("127.0.0.1".parse().unwrap(), 7, 1, &[3; PAYLOAD]);
        assert_eq!((packet[0], packet.len(), checksum(&packet)), (8, 8 + PAYLOAD, 0));
        assert_eq!(request("::1".parse().unwrap(), 7, 1, &[3; PAYLOAD])[..4], [128, 0, 0, 0]);
    }
}
