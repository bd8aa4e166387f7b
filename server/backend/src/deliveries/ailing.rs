//! A channel through which nothing arrives is a condition like any other: it becomes an alert of its team, told through the
//! other channels.

use domain::{
    Fault, Timestamp,
    alerts::{Delays, Labels, Severity, Signal, Term, TermName},
    id::TeamId,
    time::MINUTE,
};
use serde_json::Value;

use super::store::{
    Job,
    channels::{self, Faring},
};
use crate::{Context, WriteTx, alerts};

/// The noun of the source.
pub(crate) const SOURCE: &str = "channel";
/// The label that says which channel it is, so that the alert is not told through it.
const LABEL: &str = "evenkeel_channel";
/// Attempts that must have failed, and for how long, before it is more than a hiccup.
const FAILURES: i64 = 3;
const PATIENCE: i64 = 5 * MINUTE;

/// Counts an attempt; raises the alert when the channel has failed for long enough or given up, ends it when something arrives.
pub(super) async fn attempted(tx: &mut WriteTx, ctx: &Context, job: &Job, well: bool, dead: bool, error: &str) -> Result<(), Fault> {
    let now = ctx.now();
    let Some(before) = channels::count(tx, &job.channel_id, well, now).await? else { return Ok(()) };
    // Whoever subscribed to a status page is no concern of the team.
    if !job.page_id.is_empty() {
        return Ok(());
    }
    // A person sees on the profile what does not reach them; a channel of all teams ails the team that is not told.
    let Some(team) = TeamId::parse(&job.channel_team).or_else(|| TeamId::parse(&job.team_id)).filter(|_| job.user_id.is_empty()) else {
        return Ok(());
    };
    let holds = if well {
        if before.failures == 0 {
            return Ok(());
        }
        false
    } else if dead || fails(&before, now) {
        true
    } else {
        return Ok(());
    };
    let signal = Signal {
        source_kind: SOURCE,
        source_id: job.channel_id.clone(),
        system: None,
        team: Some(team),
        holds: Some(holds),
        severity: Severity::P2,
        title: format!("{} · {}", job.channel_name, job.kind),
        detail: error.to_owned(),
        url: format!("/admin/channels/{}", job.channel_id),
        delays: Some(Delays { hold_ms: 0, recover_ms: 0 }),
        labels: [("alertname".to_owned(), "ChannelFails".to_owned()), (LABEL.to_owned(), job.channel_id.clone())].into(),
        annotations: Labels::new(),
        late: String::new(),
        rule: vec![Term::new(TermName::Reads, job.kind.clone()), Term::new(TermName::Needed, FAILURES.to_string())],
    };
    alerts::observe(tx, ctx, &signal).await
}

fn fails(before: &Faring, now: Timestamp) -> bool {
    before.failures + 1 >= FAILURES && before.failing_since.is_some_and(|since| now.since(Timestamp(since)) >= PATIENCE)
}

/// The channel was removed or turned off: it ails no more.
pub(super) async fn withdraw(tx: &mut WriteTx, ctx: &Context, channel: &str) -> Result<(), Fault> {
    alerts::withdraw(tx, ctx, SOURCE, channel).await
}

/// The channel that a notice is about, if it is about one: it is not told of itself.
pub(super) fn subject(payload: &Value) -> Option<&str> {
    payload["alert"]["labels"][LABEL].as_str()
}
