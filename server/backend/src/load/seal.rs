//! Scripts whose headers say who asks: sealed until they are sent, and forgotten then.

use domain::{
    Fault,
    id::LoadRunId,
    load::{Run, Script},
};
use secrecy::ExposeSecret as _;

use crate::Context;

/// What a script is sealed for; a sealed text moved to another run does not open.
fn purpose(run: &LoadRunId) -> String {
    format!("load_runs.script.{run}")
}

/// Seals a script that is shown masked; the empty text where it is shown whole.
pub(super) fn close(ctx: &Context, run: &Run, script: &Script) -> Result<String, Fault> {
    if run.script == *script {
        return Ok(String::new());
    }
    let plain = serde_json::to_vec(script).map_err(|_| Fault::Internal)?;
    ctx.seal.seal(&purpose(&run.id), &plain)
}

/// The script to send.
pub(super) fn open(ctx: &Context, run: &Run, sealed: &str) -> Result<Script, Fault> {
    if sealed.is_empty() {
        return Ok(run.script.clone());
    }
    let plain = ctx.seal.unseal(&purpose(&run.id), sealed)?;
    serde_json::from_slice(plain.expose_secret()).map_err(|_| Fault::Internal)
}
