//! A port: that it takes a connection, and what is said there.

use domain::monitors::{FactKind, Reason, Step, TcpTarget, TcpTls, heard, spoken};

use super::{Asking, Miss, Sight, wire::Wire};
use crate::egress::{EgressError, Phase, Security};

pub(super) async fn probe(asking: &Asking<'_>, target: &TcpTarget) -> Result<Sight, Miss> {
    let how = Security { accept_invalid: target.accept_invalid, ..Security::default() };
    let mut wire = Wire::open(asking, &target.address).await?;
    if target.tls == TcpTls::Now {
        wire = wire.secure(asking, target.address.host(), how).await?;
    }
    let mut last = Vec::new();
    for step in &target.dialogue {
        match step {
            Step::Send(text) => wire.send(&spoken(text, &last)).await?,
            Step::Starttls => wire = wire.secure(asking, target.address.host(), how).await?,
            Step::Expect(pattern) => {
                last = wait_for(&mut wire, pattern).await?;
                let line = last.first().cloned().unwrap_or_default();
                wire.sight().tell(FactKind::Answer, line);
            }
        }
    }
    Ok(wire.finish())
}

/// Reads lines until one matches. That none does until the end of the connection or of the time is the answer's fault; the
/// last line that came says more than that the time was over. Some end it with a word that is no whole line.
async fn wait_for(wire: &mut Wire, pattern: &str) -> Result<Vec<String>, Miss> {
    let mut before: Option<String> = None;
    loop {
        let line = match wire.line_or_rest().await {
            Ok(line) => line,
            Err(Miss::Egress(EgressError::Timeout(Phase::Body)) | Miss::Told(..)) if before.is_some() => {
                let said = before.unwrap_or_default();
                return Err(Miss::Told(Reason::Answer, format!("“{said}”, expected “{pattern}”")));
            }
            Err(miss) => return Err(miss),
        };
        if let Some(groups) = heard(pattern, &line) {
            return Ok(groups);
        }
        before = Some(line);
    }
}
