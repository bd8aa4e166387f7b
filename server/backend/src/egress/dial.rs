//! Connections as such, for probes that speak something else than HTTP: a name is resolved once, checked, pinned; then a
//! stream, TLS over it, or datagrams. What is said over them is the business of whoever dials.

use std::{
    future::Future,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, UdpSocket},
    time::{Instant, timeout_at},
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use url::Host;

use super::{
    Certificate, Egress, EgressError, Inner, Phase, ResolveError,
    tls::{ChainLink, chain},
};

/// Where to go.
#[derive(Debug, Clone, Copy)]
pub enum Whither<'a> {
    /// To a host (a name, an IPv4 address, an IPv6 address in brackets) and a port.
    Host(&'a str, u16),
    /// To the name server that the machine itself asks.
    NameServer,
}

/// An open connection.
pub struct Line {
    /// The stream.
    pub stream: TcpStream,
    /// The address that answered.
    pub peer: SocketAddr,
    /// Name to address; zero for an address literal.
    pub dns: Duration,
    /// Opening the connection.
    pub connect: Duration,
}

/// How a connection is to be secured.
#[derive(Debug, Clone, Copy, Default)]
pub struct Security {
    /// Whether to go on with a certificate that is not valid, and report what is wrong.
    pub accept_invalid: bool,
    /// Whether nothing older than TLS 1.3 will do.
    pub only_13: bool,
    /// Whether HTTP/2 is to be spoken over it.
    pub h2: bool,
}

/// A secured connection.
pub struct Secured<S> {
    /// The stream.
    pub stream: TlsStream<S>,
    /// What was shown.
    pub certificate: Certificate,
    /// The version spoken, e.g. `TLSv1_3`.
    pub version: String,
    /// The handshake.
    pub took: Duration,
}

impl<S> Secured<S> {
    /// Every certificate that was shown, the server's own first.
    pub fn chain(&self) -> Vec<ChainLink> {
        chain(self.stream.get_ref().1.peer_certificates().unwrap_or_default())
    }
}

/// Awaits one phase until a deadline.
pub(super) async fn within<T>(deadline: Instant, phase: Phase, work: impl Future<Output = T>) -> Result<T, EgressError> {
    timeout_at(deadline, work).await.map_err(|_| EgressError::Timeout(phase))
}

/// The addresses of a host that may be connected to: those of a literal as they are, those of a name by one question.
pub(super) async fn addresses<T: AsRef<str>>(
    egress: &Inner,
    host: Host<T>,
    port: u16,
    deadline: Instant,
) -> Result<Vec<SocketAddr>, EgressError> {
    let (said, found): (String, Vec<IpAddr>) = match host {
        Host::Ipv4(v4) => (v4.to_string(), vec![v4.into()]),
        Host::Ipv6(v6) => (v6.to_string(), vec![v6.into()]),
        Host::Domain(name) => {
            let name = name.as_ref().to_owned();
            match within(deadline, Phase::Dns, egress.resolver.resolve(&name)).await? {
                Ok(found) => (name, found),
                Err(ResolveError::NoSuchName) => return Err(EgressError::NoSuchName(name)),
                Err(ResolveError::Failed(why)) => return Err(EgressError::Resolver(why)),
            }
        }
    };
    let good: Vec<_> = found.iter().filter(|a| egress.permits(**a)).map(|address| SocketAddr::new(*address, port)).collect();
    match (good.is_empty(), found.first()) {
        (false, _) => Ok(good),
        (true, Some(first)) => Err(EgressError::Refused { host: said, address: *first }),
        (true, None) => Err(EgressError::NoSuchName(said)),
    }
}

/// Tries the addresses one after another; each gets an equal share of the time that is left.
pub(super) async fn connect(deadline: Instant, addresses: &[SocketAddr]) -> Result<(TcpStream, SocketAddr), EgressError> {
    let mut last = EgressError::Timeout(Phase::Connect);
    for (i, address) in addresses.iter().enumerate() {
        let left = deadline.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(addresses.len() - i).unwrap_or(1);
        match tokio::time::timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // A failure only costs latency.
                let _ = stream.set_nodelay(true);
                return Ok((stream, *address));
            }
            Ok(Err(error)) => last = EgressError::Connect(format!("{address}: {error}")),
            Err(_) => last = EgressError::Timeout(Phase::Connect),
        }
    }
    Err(last)
}

impl Egress {
    /// The addresses of a place, and how long it took to find them.
    pub(super) async fn places(&self, to: Whither<'_>, deadline: Instant) -> Result<(Vec<SocketAddr>, Duration), EgressError> {
        match to {
            // The house's own: names are asked of it all the time.
            Whither::NameServer => match self.0.resolver.servers().first() {
                Some(server) => Ok((vec![*server], Duration::ZERO)),
                None => Err(EgressError::Resolver("this machine names no name server".to_owned())),
            },
            Whither::Host(host, port) => {
                let host = Host::parse(host).map_err(|error| EgressError::Invalid(format!("{host}: {error}")))?;
                let begin = Instant::now();
                let named = matches!(host, Host::Domain(_));
                let found = addresses(&self.0, host, port, deadline).await?;
                Ok((found, if named { begin.elapsed() } else { Duration::ZERO }))
            }
        }
    }

    /// Whether a place may be connected to: its addresses, without a connection.
    pub async fn look(&self, to: Whither<'_>, deadline: Instant) -> Result<Vec<SocketAddr>, EgressError> {
        self.places(to, deadline).await.map(|(found, _)| found)
    }

    /// Opens a connection.
    pub async fn dial(&self, to: Whither<'_>, deadline: Instant) -> Result<Line, EgressError> {
        let (places, dns) = self.places(to, deadline).await?;
        let begin = Instant::now();
        let (stream, peer) = connect(deadline, &places).await?;
        Ok(Line { stream, peer, dns, connect: begin.elapsed() })
    }

    /// Secures a connection for a name: a host as in [`Whither::Host`].
    pub async fn secure<S>(&self, stream: S, name: &str, how: Security, deadline: Instant) -> Result<Secured<S>, EgressError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let wrong = |why: String| EgressError::Invalid(format!("{name}: {why}"));
        let name = match Host::parse(name).map_err(|error| wrong(error.to_string()))? {
            Host::Ipv4(v4) => ServerName::from(IpAddr::from(v4)),
            Host::Ipv6(v6) => ServerName::from(IpAddr::from(v6)),
            Host::Domain(domain) => ServerName::try_from(domain).map_err(|error| wrong(error.to_string()))?,
        };
        let begin = Instant::now();
        let connector = TlsConnector::from(self.0.tls.config_for(how));
        let stream = within(deadline, Phase::Tls, connector.connect(name.clone(), stream))
            .await?
            .map_err(|error| EgressError::Tls(super::hop::cause(&error)))?;
        let took = begin.elapsed();
        let session = stream.get_ref().1;
        let certificate = self.0.tls.examine(session.peer_certificates(), &name, how.accept_invalid);
        let version = session.protocol_version().and_then(|v| v.as_str()).unwrap_or("?").to_owned();
        Ok(Secured { stream, certificate, version, took })
    }

    /// A socket for datagrams to and from one place, the first of its addresses; with that, and the time of the name.
    pub async fn datagrams(&self, to: Whither<'_>, deadline: Instant) -> Result<(UdpSocket, SocketAddr, Duration), EgressError> {
        let (places, dns) = self.places(to, deadline).await?;
        let peer = *places.first().ok_or_else(|| EgressError::Connect("no address".to_owned()))?;
        let own: IpAddr = if peer.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        let failed = |error: std::io::Error| EgressError::Connect(format!("{peer}: {error}"));
        let socket = UdpSocket::bind(SocketAddr::new(own, 0)).await.map_err(failed)?;
        // From here on only what comes from there is received.
        socket.connect(peer).await.map_err(failed)?;
        Ok((socket, peer, dns))
    }
}
