//! TLS towards the outside: the roots of Mozilla (and of the house), checked strictly, or reported for probes that accept
//! what is wrong.

use std::sync::Arc;

use domain::Timestamp;
use rustls::{
    ClientConfig, DEFAULT_VERSIONS, DigitallySignedStruct, Error, RootCertStore, SignatureScheme, SupportedProtocolVersion,
    client::{
        Resumption, WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    version::TLS13,
};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::Security;

/// What a TLS connection showed of its certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// When the leaf certificate ends; `None` where it cannot be read.
    pub expires_at: Option<Timestamp>,
    /// What is wrong with it; only ever set where the request accepts invalid certificates.
    pub problem: Option<String>,
}

/// One certificate of a chain, as it says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainLink {
    /// Whose it is.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// When it ends.
    pub ends_at: Timestamp,
}

/// Reads a chain; what cannot be read is left out.
pub(super) fn chain(certificates: &[CertificateDer<'_>]) -> Vec<ChainLink> {
    let read = |der: &CertificateDer<'_>| {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        Some(ChainLink {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            ends_at: Timestamp(certificate.validity().not_after.timestamp().saturating_mul(1_000)),
        })
    };
    certificates.iter().filter_map(read).collect()
}

/// The ways to speak TLS, built once.
pub(super) struct Tls {
    verifier: Arc<WebPkiServerVerifier>,
    strict: Arc<ClientConfig>,
    lenient: Arc<ClientConfig>,
    /// The same two, for nothing older than TLS 1.3.
    strict_13: Arc<ClientConfig>,
    lenient_13: Arc<ClientConfig>,
}

impl Tls {
    /// `extra_roots` are trusted beside Mozilla's.
    pub(super) fn new(extra_roots: &[CertificateDer<'static>]) -> Result<Self, String> {
        let provider = Arc::new(ring::default_provider());
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        for root in extra_roots {
            roots.add(root.clone()).map_err(|error| error.to_string())?;
        }
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build().map_err(|e| e.to_string())?;
        let config =
            |verifier: Arc<dyn ServerCertVerifier>, versions: &[&'static SupportedProtocolVersion]| -> Result<Arc<ClientConfig>, String> {
                let mut config = ClientConfig::builder_with_provider(provider.clone())
                    .with_protocol_versions(versions)
                    .map_err(|error| error.to_string())?
                    .dangerous()
                    .with_custom_certificate_verifier(verifier)
                    .with_no_client_auth();
                config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
                // Every handshake is a whole one: its time and its certificate are what a probe asks for.
                config.resumption = Resumption::disabled();
                Ok(Arc::new(config))
            };
        let lenient = Arc::new(AcceptAny(provider.clone()));
        Ok(Self {
            strict: config(verifier.clone(), DEFAULT_VERSIONS)?,
            lenient: config(lenient.clone(), DEFAULT_VERSIONS)?,
            strict_13: config(verifier.clone(), &[&TLS13])?,
            lenient_13: config(lenient, &[&TLS13])?,
            verifier,
        })
    }

    /// The configuration for a connection over which something else than any HTTP is spoken.
    pub(super) fn config_for(&self, how: Security) -> Arc<ClientConfig> {
        let mut config = ClientConfig::clone(&self.config(how.accept_invalid, how.only_13));
        config.alpn_protocols = if how.h2 { vec![b"h2".to_vec()] } else { Vec::new() };
        Arc::new(config)
    }

    /// The configuration for a connection over which HTTP is spoken, in either version.
    pub(super) fn config(&self, accept_invalid: bool, only_13: bool) -> Arc<ClientConfig> {
        match (accept_invalid, only_13) {
            (false, false) => &self.strict,
            (true, false) => &self.lenient,
            (false, true) => &self.strict_13,
            (true, true) => &self.lenient_13,
        }
        .clone()
    }

    /// Reads the chain a server showed; where it was not checked in the handshake, it is checked here and the finding kept.
    pub(super) fn examine(&self, chain: Option<&[CertificateDer<'static>]>, name: &ServerName<'_>, accept_invalid: bool) -> Certificate {
        let Some((leaf, rest)) = chain.and_then(<[_]>::split_first) else {
            return Certificate { expires_at: None, problem: None };
        };
        let expires_at =
            X509Certificate::from_der(leaf).ok().map(|(_, c)| Timestamp(c.validity().not_after.timestamp().saturating_mul(1_000)));
        let problem = accept_invalid
            .then(|| self.verifier.verify_server_cert(leaf, rest, name, &[], UnixTime::now()).err())
            .flatten()
            .map(|error| error.to_string());
        Certificate { expires_at, problem }
    }
}

/// Accepts any certificate, but not a peer that lacks its key.
#[derive(Debug)]
struct AcceptAny(Arc<CryptoProvider>);

impl ServerCertVerifier for AcceptAny {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
