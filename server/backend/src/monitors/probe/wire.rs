//! A connection that a probe speaks over: one deadline, bounded reads, TLS from the first byte or from the middle on.

use bytes::{Buf, Bytes, BytesMut};
use domain::{
    Timestamp,
    monitors::{FactKind, HostPort},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{Instant, timeout_at},
};

use super::{Asking, Miss, Phases, Sight};
use crate::egress::{EgressError, Phase, Security, Whither};

/// Bytes that one probe reads at most.
const MOST: usize = 256 << 10;
/// Bytes of one line at most.
const LINE: usize = 16 << 10;

/// A stream of either kind.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A connection.
pub(super) struct Wire {
    stream: Box<dyn Stream>,
    buffer: BytesMut,
    read: usize,
    deadline: Instant,
    opened: Instant,
    phases: Phases,
    tls_expires_at: Option<Timestamp>,
    facts: Sight,
}

/// A line in words, without its end.
fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line).trim_end_matches(['\r', '\n']).to_owned()
}

impl Wire {
    /// Opens a connection.
    pub(super) async fn open(asking: &Asking<'_>, address: &HostPort) -> Result<Self, Miss> {
        let line = asking.egress.dial(Whither::Host(address.host(), address.port()), asking.deadline).await?;
        let mut facts = Sight::default();
        facts.tell(FactKind::Peer, line.peer);
        Ok(Self {
            stream: Box::new(line.stream),
            buffer: BytesMut::new(),
            read: 0,
            deadline: asking.deadline,
            opened: Instant::now(),
            phases: Phases { dns: line.dns, connect: line.connect, ..Phases::default() },
            tls_expires_at: None,
            facts,
        })
    }

    /// Secures the connection.
    pub(super) async fn secure(mut self, asking: &Asking<'_>, name: &str, how: Security) -> Result<Self, Miss> {
        if !self.buffer.is_empty() {
            // Whatever came in clear before the handshake could be anybody's.
            return Err(Miss::protocol("something was said between STARTTLS and the handshake"));
        }
        let secured = asking.egress.secure(self.stream, name, how, self.deadline).await?;
        self.phases.tls = secured.took;
        self.opened = Instant::now();
        self.tls_expires_at = secured.certificate.expires_at;
        self.facts.tell(FactKind::TlsVersion, secured.version.replace('_', "."));
        if let Some(problem) = &secured.certificate.problem {
            self.facts.tell(FactKind::Accepted, problem);
        }
        self.stream = Box::new(secured.stream);
        Ok(self)
    }

    /// The connection before its handshake, with what is known of it so far.
    pub(super) fn bare(self) -> Result<(Box<dyn Stream>, Sight), Miss> {
        if !self.buffer.is_empty() {
            // Whatever came in clear before the handshake could be anybody's.
            return Err(Miss::protocol("something was said between STARTTLS and the handshake"));
        }
        Ok((self.stream, Sight { phases: self.phases, ..self.facts }))
    }

    fn over() -> Miss {
        Miss::Egress(EgressError::Timeout(Phase::Body))
    }

    /// Sends bytes.
    pub(super) async fn send(&mut self, bytes: &[u8]) -> Result<(), Miss> {
        let work = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        timeout_at(self.deadline, work).await.map_err(|_| Self::over())?.map_err(Miss::protocol)
    }

    /// Reads some more; fails where the other side has ended the connection.
    async fn more(&mut self) -> Result<(), Miss> {
        if self.read >= MOST {
            return Err(Miss::protocol(format!("more than {MOST} bytes")));
        }
        let read = timeout_at(self.deadline, self.stream.read_buf(&mut self.buffer)).await.map_err(|_| Self::over())?;
        match read.map_err(Miss::protocol)? {
            0 => Err(Miss::protocol("the connection was ended")),
            length => {
                self.read += length;
                Ok(())
            }
        }
    }

    /// The next line, without its end.
    pub(super) async fn line(&mut self) -> Result<String, Miss> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                return Ok(text(&self.buffer.split_to(end + 1)));
            }
            if self.buffer.len() > LINE {
                return Err(Miss::protocol(format!("a line of more than {LINE} bytes")));
            }
            self.more().await?;
        }
    }

    /// The next line, or what came of it before the other side ended the connection.
    pub(super) async fn line_or_rest(&mut self) -> Result<String, Miss> {
        match self.line().await {
            Err(Miss::Told(..)) if (1..=LINE).contains(&self.buffer.len()) => Ok(text(&self.buffer.split())),
            line => line,
        }
    }

    /// So many bytes.
    pub(super) async fn exactly(&mut self, length: usize) -> Result<Bytes, Miss> {
        if length > MOST {
            return Err(Miss::protocol(format!("a message of {length} bytes")));
        }
        while self.buffer.len() < length {
            self.more().await?;
        }
        Ok(self.buffer.split_to(length).freeze())
    }

    /// One byte.
    pub(super) async fn byte(&mut self) -> Result<u8, Miss> {
        Ok(self.exactly(1).await?.get_u8())
    }

    /// What was seen, once all has been said.
    pub(super) fn finish(self) -> Sight {
        let phases = Phases { answer: self.opened.elapsed(), ..self.phases };
        Sight { phases, tls_expires_at: self.tls_expires_at, ..self.facts }
    }

    /// What was seen so far.
    pub(super) fn sight(&mut self) -> &mut Sight {
        &mut self.facts
    }

    /// The stream itself, with what was seen so far.
    pub(super) fn into_stream(self) -> (Box<dyn Stream>, Sight) {
        let sight = Sight { phases: self.phases, tls_expires_at: self.tls_expires_at, ..self.facts };
        (self.stream, sight)
    }
}
