//! Evidence is of what runs at a target, and not of a hash that somebody types: where CI says what runs there, that decides.

use domain::{
    Fault, Reach, Wording,
    changes::same_sha,
    deployments::Deployment,
    id::SystemId,
    load::{Run, Subject, Target},
};
use sqlx::AnyConnection;

use super::store;
use crate::deployments;

/// What the deployments of a system in an environment say runs there, where that is another artifact; where nothing is known of that, none.
async fn other(conn: &mut AnyConnection, system: &SystemId, environment: &str, subject: &Subject) -> Result<Option<Deployment>, Fault> {
    let made = deployments::standing(conn, system, environment).await?;
    Ok(made.filter(|made| !made.sha.is_empty() && !same_sha(&made.sha, &subject.artifact_sha)))
}

/// Refuses an order for another artifact than the one that runs there.
pub(super) async fn refuse_other(conn: &mut AnyConnection, target: &Target, subject: &Subject) -> Result<(), Fault> {
    let Some(made) = other(conn, &target.system, &target.environment, subject).await? else { return Ok(()) };
    let expected = Wording::new("load-expect-deployed").with("sha", &made.sha).with("deployment", made.label());
    Err(Fault::invalid("artifact_sha", &subject.artifact_sha, expected))
}

/// Why a run shows nothing of its artifact: another one came to its target since it was asked for.
pub(super) async fn came_since(conn: &mut AnyConnection, run: &Run) -> Result<Option<String>, Fault> {
    let target = store::targets::get(conn, &Reach::All, &run.target).await?;
    let made = other(conn, &target.system, &run.environment, &run.subject).await?;
    Ok(made.map(|made| format!("another artifact runs there by now: {}, as the deployment {} says", made.sha, made.label())))
}
