//! Evidence is of what runs at a target, and not of a hash that somebody types: where CI says what runs there, that decides.

use domain::{
    Fault, Wording,
    changes::same_sha,
    load::{Subject, Target},
};
use sqlx::AnyConnection;

use crate::deployments;

/// Refuses an order for another artifact than the deployments of the target's system in its environment say runs there; where nothing is
/// known of that, any.
pub(super) async fn refuse_other(conn: &mut AnyConnection, target: &Target, subject: &Subject) -> Result<(), Fault> {
    let Some(made) = deployments::standing(conn, &target.system, &target.environment).await? else { return Ok(()) };
    if made.sha.is_empty() || same_sha(&made.sha, &subject.artifact_sha) {
        return Ok(());
    }
    let expected = Wording::new("load-expect-deployed").with("sha", &made.sha).with("deployment", made.label());
    Err(Fault::invalid("artifact_sha", &subject.artifact_sha, expected))
}
