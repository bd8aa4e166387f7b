//! Tools that were run for the steps of a change, in their place: how they stand, and the log of the one that matters now.

use domain::{
    Fault,
    changes::{Detail, StepRun},
    tools::{LogPart, Run},
};
use leptos::prelude::*;

use super::verification;
use crate::{components::When, t, tools, visit::Visit};

/// Last lines of a log that stand in the page.
const LINES: u32 = 200;

/// The log that stands in the run book: of the run that is under way, else of the last one.
#[derive(Clone)]
pub(super) struct StepLog {
    run: Run,
    part: LogPart,
}

/// A change as its page shows it.
pub(super) async fn whole(visit: &Visit, id: &str) -> Result<(Detail, Option<StepLog>), Fault> {
    let detail = verification::whole(visit, id).await?;
    let seen = || detail.runs.iter().filter(|run| run.run.is_some());
    let Some(id) = seen().find(|run| !run.state.is_over()).or_else(|| seen().next()).and_then(|run| run.run.clone()) else {
        return Ok((detail, None));
    };
    let run = visit.portal.tools.get_run(&visit.actor, &id).await?;
    let part = visit.portal.tools.log(&visit.actor, &id, -i64::from(LINES), LINES).await?;
    Ok((detail, Some(StepLog { run, part })))
}

/// The runs of one step, the newest first.
#[component]
pub(super) fn StepRuns(runs: Vec<StepRun>, log: Option<StepLog>, page: String) -> impl IntoView {
    if runs.is_empty() {
        return ().into_any();
    }
    let items = runs
        .into_iter()
        .map(|run| {
            let badge = tools::state_badge(run.state);
            let link = match &run.run {
                Some(id) => view! { <a href=format!("/runs/{id}")>{t!("changes-step-run-open")}</a> }.into_any(),
                None => view! { <span class="muted">{t!("changes-step-run-hidden")}</span> }.into_any(),
            };
            let code =
                run.exit_code.map(|code| view! { <span class="muted">{t!("changes-step-run-code", code = code.to_string())}</span> });
            let log = log.as_ref().filter(|log| run.run.as_ref() == Some(&log.run.id)).map(|log| {
                let again = (!log.run.state.is_over()).then(|| {
                    view! { <noscript><p><a href=format!("{page}#runbook")>{t!("runs-log-refresh")}</a></p></noscript> }
                });
                view! { {again} {tools::log_in_place(&log.run, &log.part)} }
            });
            view! {
                <li class="stack-tight">
                    <p class="row">
                        {badge}
                        {code}
                        {link}
                        <span class="muted">{run.requested_by}" · "<When at=run.requested_at/></span>
                    </p>
                    {log}
                </li>
            }
        })
        .collect_view();
    view! { <ul class="changes-step-runs">{items}</ul> }.into_any()
}
