//! Evidence is of what runs at a target, and not of a hash that somebody types: where CI says what runs there, that decides. An environment
//! may have several places: a deployment that names one of them says nothing of the others.

use domain::{
    Fault, Reach, Wording,
    changes::same_sha,
    deployments::Deployment,
    load::{Run, Subject, Target},
};
use sqlx::AnyConnection;

use super::store;
use crate::deployments;

/// What deployments say runs at a target in this environment, where that is another artifact; where nothing is known of that, none.
async fn other(conn: &mut AnyConnection, target: &Target, environment: &str, subject: &Subject) -> Result<Option<Deployment>, Fault> {
    let made = deployments::standing(conn, &target.system, environment, (&target.id, target.name.as_str())).await?;
    Ok(made.filter(|made| !made.sha.is_empty() && !same_sha(&made.sha, &subject.artifact_sha)))
}

/// Refuses an order for another artifact than the one that runs there. Where the baseline of a comparison stands in the same environment,
/// and the deployment does not say to which of both it came, that is told.
pub(super) async fn refuse_other(
    conn: &mut AnyConnection,
    target: &Target,
    baseline: Option<&Target>,
    subject: &Subject,
) -> Result<(), Fault> {
    let Some(made) = other(conn, target, &target.environment, subject).await? else { return Ok(()) };
    let beside = baseline.is_some_and(|one| one.environment.to_lowercase() == target.environment.to_lowercase());
    let key = if beside && made.target.is_empty() { "load-expect-deployed-beside" } else { "load-expect-deployed" };
    let expected = Wording::new(key).with("sha", &made.sha).with("deployment", made.label()).with("target", &target.name);
    Err(Fault::invalid("artifact_sha", &subject.artifact_sha, expected))
}

/// Why a run shows nothing of its artifact: another one came to its target since it was asked for.
pub(super) async fn came_since(conn: &mut AnyConnection, run: &Run) -> Result<Option<String>, Fault> {
    let target = store::targets::get(conn, &Reach::All, &run.target).await?;
    let made = other(conn, &target, &run.environment, &run.subject).await?;
    Ok(made.map(|made| format!("another artifact runs there by now: {}, as the deployment {} says", made.sha, made.label())))
}
