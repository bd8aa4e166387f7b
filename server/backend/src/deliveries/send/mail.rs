//! Mail, handed to the house's mail server by SMTP. The connection is made by the one way out, so that the rules for
//! addresses hold; what is spoken over it is lettre's.

use std::{
    fmt,
    io::Result as IoResult,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context as Task, Poll},
    time::Duration,
};

use domain::{
    deliveries::{
        Outcome, mailboxes,
        message::{html, plain},
    },
    time::SECOND,
};
use lettre::{
    Address, Message,
    address::Envelope,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::{
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, AsyncTokioStream, Certificate, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::{ClientId, Extension, MailBodyParameter, MailParameter},
    },
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};
use secrecy::{ExposeSecret, SecretString};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, timeout},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::Ready;
use crate::egress::{Egress, Whither};

/// How long one mail may take, from the connection to the answer.
const PATIENCE: Duration = Duration::from_millis(PATIENCE_MS.unsigned_abs());
pub(in crate::deliveries) const PATIENCE_MS: i64 = 30 * SECOND;

/// How the connection to the mail server is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailSecurity {
    /// In clear text first, then TLS; without TLS nothing is sent.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// Clear text.
    Plain,
}

/// The house's mail server.
#[derive(Clone)]
pub struct MailServer {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is secured.
    pub security: MailSecurity,
    /// The account; empty: none.
    pub user: String,
    /// Its password.
    pub password: SecretString,
    /// Whom mail comes from: `Evenkeel <ops@example.org>` or an address.
    pub from: String,
    /// Certificates of the house's own authority in PEM, trusted beside Mozilla's; empty: none.
    pub ca: Vec<u8>,
}

/// The address in `Evenkeel <ops@example.org>` or `ops@example.org`; `None` where that is neither.
pub fn sender_of(from: &str) -> Option<String> {
    from.parse::<Mailbox>().ok().map(|mailbox| mailbox.email.to_string())
}

/// What is kept of how the mail server calls a mail; whom it did not take comes after it.
const RECEIPT: usize = 200;

/// Sends one mail to all recipients of the channel. It has arrived where one of them was taken: the others are named in the receipt, and
/// trying again would tell twice whoever has it.
pub(super) async fn send(egress: &Egress, server: &MailServer, ready: &Ready<'_>) -> Outcome {
    match timeout(PATIENCE, Box::pin(talk(egress, server, ready))).await {
        Ok(Ok(receipt)) => Outcome::Arrived { status: None, receipt: receipt.chars().take(3 * RECEIPT).collect() },
        Ok(Err(why)) => Outcome::Refused { status: None, why, wait_ms: None, gone: false },
        Err(_) => Outcome::Failed(format!("the mail server did not answer within {} s", PATIENCE.as_secs())),
    }
}

async fn talk(egress: &Egress, server: &MailServer, ready: &Ready<'_>) -> Result<String, String> {
    let said = |error: lettre::transport::smtp::Error| error.to_string();
    let (envelope, text) = mail(server, ready)?;
    let hello = ClientId::Domain(domain_of(&server.from).to_owned());
    let place = Whither::Host(&server.host, server.port);
    let stream = egress.dial(place, Instant::now() + PATIENCE).await.map_err(|error| error.told())?.stream;
    let mut line = match server.security {
        MailSecurity::Tls => {
            let secured = Box::new(secure(server, stream).await?);
            AsyncSmtpConnection::connect_with_transport(secured, &hello).await.map_err(said)?
        }
        MailSecurity::StartTls | MailSecurity::Plain => {
            AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello).await.map_err(said)?
        }
    };
    if server.security == MailSecurity::StartTls {
        if !line.can_starttls() {
            line.abort().await;
            return Err("the mail server does not offer STARTTLS".to_owned());
        }
        line.starttls(parameters(server)?, &hello).await.map_err(said)?;
    }
    if !server.user.is_empty() {
        let account = Credentials::new(server.user.clone(), server.password.expose_secret().to_owned());
        line.auth(&[Mechanism::Plain, Mechanism::Login], &account).await.map_err(said)?;
    }
    let receipt = match hand_over(&mut line, &envelope, &text).await {
        Ok(receipt) => receipt,
        Err(why) => {
            line.abort().await;
            return Err(why);
        }
    };
    // It has been taken: that the farewell fails changes nothing.
    let _ = line.quit().await;
    Ok(receipt)
}

/// Hands the mail over to all whom the server takes, at once: one whom it does not know keeps it from nobody else.
async fn hand_over(line: &mut AsyncSmtpConnection, envelope: &Envelope, text: &[u8]) -> Result<String, String> {
    let said = |error: lettre::transport::smtp::Error| error.to_string();
    let is_ascii = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
    let mut options = Vec::new();
    if !envelope.to().iter().chain(envelope.from()).all(is_ascii) {
        if !line.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err("the mail server does not take addresses beyond ASCII (SMTPUTF8)".to_owned());
        }
        options.push(MailParameter::SmtpUtfEight);
    }
    if !text.is_ascii() {
        if !line.server_info().supports_feature(Extension::EightBitMime) {
            return Err("the mail server does not take text beyond ASCII (8BITMIME)".to_owned());
        }
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    line.command(Mail::new(envelope.from().cloned(), options)).await.map_err(said)?;
    let (alone, mut refused) = (envelope.to().len() == 1, Vec::new());
    for address in envelope.to() {
        match line.command(Rcpt::new(address.clone(), Vec::new())).await {
            Ok(_) => {}
            Err(error) if error.status().is_none() || alone => return Err(said(error)),
            Err(error) => refused.push(format!("{address}: {error}")),
        }
    }
    let told = refused.join("; ");
    if refused.len() == envelope.to().len() {
        return Err(told);
    }
    line.command(Data).await.map_err(said)?;
    let answer = line.message(text).await.map_err(said)?;
    let receipt: String = answer.message().collect::<Vec<_>>().join(" ").chars().take(RECEIPT).collect();
    Ok(if told.is_empty() { receipt } else { format!("{receipt} · not taken: {told}") })
}

/// The mail with its envelope. The same key gives the same `Message-ID`, so that repeats are known as such.
fn mail(server: &MailServer, ready: &Ready<'_>) -> Result<(Envelope, Vec<u8>), String> {
    let from: Mailbox = server.from.parse().map_err(|error| format!("mail.from: {error}"))?;
    let to = mailboxes(ready.setting("to")).map_err(|_| "the recipients are no mail addresses".to_owned())?;
    let to = to.iter().map(|address| address.parse()).collect::<Result<Vec<Address>, _>>().map_err(|error| error.to_string())?;
    let key = ready.job.key.replace(':', ".");
    let mut builder = Message::builder()
        .from(from.clone())
        .subject(ready.message.title.clone())
        .message_id(Some(format!("<{key}.{}@{}>", ready.job.channel_id, domain_of(&server.from))))
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("X-Evenkeel-Event"), ready.message.event.name().to_owned()));
    if let Some(url) = &ready.message.unsubscribe {
        // RFC 8058: one click in the mail program, a POST to the same address that its page posts to.
        for (name, value) in [("List-Unsubscribe", format!("<{url}>")), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned())]
        {
            builder = builder.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value));
        }
    }
    if ready.is_urgent() {
        builder = builder.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Importance"), "high".to_owned()));
    }
    for address in &to {
        builder = builder.to(Mailbox::new(None, address.clone()));
    }
    let parts = MultiPart::alternative_plain_html(plain(&ready.message), html(&ready.message));
    let mail = builder.multipart(parts).map_err(|error| error.to_string())?;
    let envelope = Envelope::new(Some(from.email), to).map_err(|error| error.to_string())?;
    Ok((envelope, mail.formatted()))
}

/// The domain of `Evenkeel <ops@example.org>`.
fn domain_of(from: &str) -> &str {
    from.trim_end_matches('>').rsplit_once('@').map_or("localhost", |(_, domain)| domain)
}

fn parameters(server: &MailServer) -> Result<TlsParameters, String> {
    let mut builder = TlsParameters::builder(server.host.clone());
    for certificate in certificates(server)? {
        let certificate = Certificate::from_der(certificate.to_vec()).map_err(|error| format!("mail.ca: {error}"))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build_rustls().map_err(|error| error.to_string())
}

fn certificates(server: &MailServer) -> Result<Vec<CertificateDer<'static>>, String> {
    CertificateDer::pem_slice_iter(&server.ca).collect::<Result<_, _>>().map_err(|error| format!("mail.ca: {error}"))
}

/// Agrees on TLS before anything is said.
async fn secure(server: &MailServer, stream: TcpStream) -> Result<Secured, String> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in certificates(server)? {
        roots.add(certificate).map_err(|error| format!("mail.ca: {error}"))?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(server.host.clone()).map_err(|error| format!("mail.host: {error}"))?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(|error| error.to_string())?;
    Ok(Secured(stream))
}

/// A secured stream in the form that lettre takes.
struct Secured(TlsStream<TcpStream>);

impl fmt::Debug for Secured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secured")
    }
}

impl AsyncTokioStream for Secured {
    fn peer_addr(&self) -> IoResult<SocketAddr> {
        self.0.get_ref().0.peer_addr()
    }
}

impl AsyncRead for Secured {
    fn poll_read(mut self: Pin<&mut Self>, task: &mut Task<'_>, buffer: &mut ReadBuf<'_>) -> Poll<IoResult<()>> {
        Pin::new(&mut self.0).poll_read(task, buffer)
    }
}

impl AsyncWrite for Secured {
    fn poll_write(mut self: Pin<&mut Self>, task: &mut Task<'_>, bytes: &[u8]) -> Poll<IoResult<usize>> {
        Pin::new(&mut self.0).poll_write(task, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<IoResult<()>> {
        Pin::new(&mut self.0).poll_flush(task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<IoResult<()>> {
        Pin::new(&mut self.0).poll_shutdown(task)
    }
}
