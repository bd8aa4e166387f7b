//! Where the one outbound client may go, and whom it trusts.

use std::path::PathBuf;

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the one outbound client may reach.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Egress {
    /// Private or loopback networks that probes and webhooks may reach, e.g. `10.1.0.0/16`. Link-local and metadata addresses never.
    #[serde(deserialize_with = "crate::list::read")]
    pub allow: Vec<String>,
    /// Private or loopback networks that contact methods of persons (webhooks, chats, browsers) may reach beside the open internet;
    /// everybody who has an account enters their own, so that `allow` does not hold for them.
    #[serde(deserialize_with = "crate::list::read")]
    pub contacts: Vec<String>,
    /// Private or loopback networks that webhooks of a status page's subscribers may reach beside the open internet; anybody enters
    /// their addresses, so that `allow` does not hold for them.
    #[serde(deserialize_with = "crate::list::read")]
    pub subscribers: Vec<String>,
    /// Networks in which targets of load tests may be, e.g. `10.9.0.0/16`. Nothing else is ever loaded, not even the open internet;
    /// `allow` does not hold for it.
    #[serde(deserialize_with = "crate::list::read")]
    pub load: Vec<String>,
    /// PEM file with certificates of the house's own authorities, trusted beside Mozilla's wherever the portal goes: monitors, metric
    /// sources, channels, load tests. Mail has `mail.ca`. Empty: none. It is read at the start.
    #[schema(value_type = String)]
    pub ca: PathBuf,
}

impl Egress {
    /// The certificates in `ca`; an error names what cannot be read or is none of an authority.
    pub fn roots(&self) -> Result<Vec<CertificateDer<'static>>, String> {
        if self.ca.as_os_str().is_empty() {
            return Ok(Vec::new());
        }
        let roots =
            CertificateDer::pem_file_iter(&self.ca).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(|error| error.to_string())?;
        if roots.is_empty() {
            return Err("there is no certificate in it".to_owned());
        }
        let mut store = RootCertStore::empty();
        for root in &roots {
            store.add(root.clone()).map_err(|error| error.to_string())?;
        }
        Ok(roots)
    }
}
