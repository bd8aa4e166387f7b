//! Scripts whose headers say who asks: sealed until they are sent, and forgotten then.

use domain::{
    Fault,
    id::LoadRunId,
    load::{Run, Script},
};

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
    ctx.seal.seal_value(&purpose(&run.id), script)
}

/// The script to send.
pub(super) fn open(ctx: &Context, run: &Run, sealed: &str) -> Result<Script, Fault> {
    if sealed.is_empty() {
        return Ok(run.script.clone());
    }
    ctx.seal.unseal_value(&purpose(&run.id), sealed)
}
