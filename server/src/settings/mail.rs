//! The mail server.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How the connection to the mail server is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MailSecurity {
    /// In clear text first, then TLS; a server that does not offer it is not told anything.
    #[default]
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// Clear text, for a server on this machine.
    None,
}

/// The mail server through which mail leaves. Private addresses need `egress.allow` as everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Mail {
    /// Name or address of the mail server; empty: no mail is sent.
    pub host: String,
    /// Its port; 0: 587 for `starttls`, 465 for `tls`, 25 for `none`.
    pub port: u16,
    /// `starttls`, `tls` or `none`.
    pub security: MailSecurity,
    /// Account to log in with; empty: none.
    pub user: String,
    /// File that holds the password of the account and nothing else.
    #[schema(value_type = String)]
    pub password_file: PathBuf,
    /// Whom mail comes from, e.g. `Evenkeel <evenkeel@example.org>`.
    pub from: String,
    /// PEM file with certificates of the house's own authority, trusted beside Mozilla's; empty: none.
    #[schema(value_type = String)]
    pub ca: PathBuf,
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: 0,
            security: MailSecurity::Starttls,
            user: String::new(),
            password_file: PathBuf::new(),
            from: String::new(),
            ca: PathBuf::new(),
        }
    }
}

impl Mail {
    /// As the service takes it; `None` where no mail is sent. A file that cannot be read has been told with the configuration.
    pub fn of_service(&self) -> Option<backend::deliveries::MailServer> {
        use backend::deliveries::MailSecurity as Secured;
        if self.host.is_empty() {
            return None;
        }
        let (security, usual) = match self.security {
            MailSecurity::Starttls => (Secured::StartTls, 587),
            MailSecurity::Tls => (Secured::Tls, 465),
            MailSecurity::None => (Secured::Plain, 25),
        };
        let read = |file: &PathBuf| if file.as_os_str().is_empty() { Vec::new() } else { std::fs::read(file).unwrap_or_default() };
        let password = String::from_utf8_lossy(&read(&self.password_file)).trim_end_matches(['\r', '\n']).to_owned();
        Some(backend::deliveries::MailServer {
            host: self.host.clone(),
            port: if self.port == 0 { usual } else { self.port },
            security,
            user: self.user.clone(),
            password: password.into(),
            from: self.from.clone(),
            ca: read(&self.ca),
        })
    }
}
