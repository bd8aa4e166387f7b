//! A certificate: shown whole, whether it is valid or not, then judged.

use domain::monitors::{Chain, FactKind, TlsTarget, TlsVersion};

use super::{Asking, Miss, Sight, starttls, wire::Wire};
use crate::egress::Security;

pub(super) async fn probe(asking: &Asking<'_>, target: &TlsTarget) -> Result<Sight, Miss> {
    let mut wire = Wire::open(asking, &target.address).await?;
    starttls::begin(&mut wire, target.starttls).await?;
    let (stream, mut sight) = wire.bare()?;
    // What is not valid is looked at too: the page shows what is there.
    let how = Security { accept_invalid: true, only_13: target.tls_min == TlsVersion::V13, h2: false };
    let secured = asking.egress.secure(stream, target.name(), how, asking.deadline).await?;
    let links = secured.chain();
    sight.phases.tls = secured.took;
    sight.tls_expires_at = secured.certificate.expires_at;
    sight.tell(FactKind::TlsVersion, secured.version.replace('_', "."));
    for link in links.iter().take(5) {
        sight.tell(FactKind::Certificate, format!("{} ← {} · {}", link.subject, link.issuer, link.ends_at.rfc3339()));
    }
    let chain = Chain {
        problem: secured.certificate.problem.clone(),
        issuer: links.first().map(|link| link.issuer.clone()).unwrap_or_default(),
        ends_at: links.iter().map(|link| link.ends_at).min(),
    };
    sight.judged(target.judge(&chain, asking.at));
    Ok(sight)
}
