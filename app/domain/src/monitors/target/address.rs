//! Where something listens: a host and a port.

use std::net::Ipv6Addr;

use serde::{Deserialize, Serialize};

use crate::Wording;

/// A host and a port, written `db.example.org:5432` or `[2001:db8::1]:5432`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, example = "db.example.org:5432"))]
#[serde(try_from = "String", into = "String")]
pub struct HostPort(String);

impl HostPort {
    /// Reads host and port; the port may be left out where there is a usual one.
    pub fn parse(text: &str, usual: Option<u16>) -> Result<Self, Wording> {
        let text = text.trim();
        let wrong = || match usual {
            Some(port) => Wording::new("monitors-expect-address-usual").with("port", port.to_string()),
            None => Wording::new("monitors-expect-address"),
        };
        let bare = text.parse::<Ipv6Addr>().is_ok();
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !bare && !port.ends_with(']') => (host, port.parse().ok().filter(|port| *port > 0).ok_or_else(wrong)?),
            _ => (text, usual.ok_or_else(wrong)?),
        };
        Ok(Self(format!("{}:{port}", parse_host(host).map_err(|_| wrong())?)))
    }

    /// The host: a name or an address; an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        self.0.rsplit_once(':').map_or("", |(host, _)| host)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.0.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or_default()
    }
}

/// Reads a host: a name, an IPv4 address, an IPv6 address (which is given back in brackets).
pub fn parse_host(text: &str) -> Result<String, Wording> {
    let text = text.trim();
    let wrong = || Wording::new("monitors-expect-host");
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    if let Ok(v6) = inner.unwrap_or(text).parse::<Ipv6Addr>() {
        return Ok(format!("[{v6}]"));
    }
    let label = |label: &str| {
        (1..=63).contains(&label.chars().count())
            && !label.starts_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
    };
    let name = text.strip_suffix('.').unwrap_or(text);
    if text.len() <= 253 && name.split('.').all(label) { Ok(text.to_owned()) } else { Err(wrong()) }
}

impl std::fmt::Display for HostPort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<HostPort> for String {
    fn from(address: HostPort) -> Self {
        address.0
    }
}

impl TryFrom<String> for HostPort {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text, None).map_err(|wording| wording.key.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports() {
        for (text, usual, right) in [
            ("db.example.org:5432", None, "db.example.org:5432"),
            (" db ", Some(5_432), "db:5432"),
            ("[::1]:6379", None, "[::1]:6379"),
            ("::1", Some(6_379), "[::1]:6379"),
            ("[::1]", Some(6_379), "[::1]:6379"),
            ("10.0.0.1:25", None, "10.0.0.1:25"),
            ("_sip._tcp.example.org:1", None, "_sip._tcp.example.org:1"),
        ] {
            assert_eq!(HostPort::parse(text, usual).unwrap().to_string(), right, "{text}");
        }
        for bad in ["", ":", "db", "db:", "db:0", "db:65536", "http://db:1", "a b:1", "-a:1", "db:1/x", "[::1", "a@b:1", "a..b:1"] {
            assert!(HostPort::parse(bad, None).is_err(), "{bad}");
        }
    }
}
