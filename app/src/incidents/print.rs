//! `/incidents/{id}/print`: the whole incident on paper.

use axum::extract::Path;
use domain::incidents::{IncidentDetail, Verdict};
use http::StatusCode;
use leptos::prelude::*;

use super::{
    acts::read,
    cost::{cost, times},
    detail::Overview,
    say::{IncidentStateBadge, who},
    suspects::reason,
    timeline::Happened,
};
use crate::{alerts::level, components::SeverityBadge, fault::Answer, form::FormState, t, visit::Visit};

/// `GET /incidents/{id}/print`
pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Answer {
    let detail = visit.portal.incidents.get(&visit.actor, &read(&id)?).await?;
    let moments = visit.portal.incidents.times(&visit.actor, &detail.incident.id).await?;
    let impact = visit.portal.incidents.impacts(&visit.actor, std::slice::from_ref(&detail.incident.id)).await?.pop().flatten();
    let title =
        format!("{} {}", detail.incident.label(), crate::alerts::spoken_title_to(&visit, &detail.incident.title, &detail.incident.told));
    let foot = format!("{}{} · {} · {}", visit.origin, visit.path_and_query, visit.wall(visit.now), visit.offset_label());
    Ok(visit.bare_page(StatusCode::OK, title, move || {
        let IncidentDetail { incident, team_name, previous_number, timeline, timeline_left_out: left_out, suspects, together, .. } = detail;
        let (level, state) = (level(incident.severity), incident.state);
        let suspects = suspects
            .into_iter()
            .map(|suspect| {
                let said = match suspect.verdict {
                    Some(Verdict::Confirmed) => t!("incidents-cause-confirmed", name = who(&suspect.judged_by)),
                    Some(Verdict::Rejected) => t!("incidents-cause-rejected", name = who(&suspect.judged_by)),
                    None => String::new(),
                };
                let why = reason(&suspect);
                view! { <li>{crate::alerts::title_words(&suspect.title)}" — "{why}" "<strong>{said}</strong></li> }
            })
            .collect_view();
        view! {
            <article class="incident-print">
                <h1>{incident.label()}" "{crate::alerts::spoken_title(&incident.title, &incident.told)}</h1>
                <p><SeverityBadge level/>" "<IncidentStateBadge state/></p>
                <h2>{t!("incidents-facts")}</h2>
                <Overview incident team_name previous_number/>
                <h2>{t!("incidents-times")}</h2>
                {times("", &moments, false, &FormState::default(), false)}
                <h2>{t!("incidents-cost")}</h2>
                {cost(impact.as_ref())}
                <h2>{t!("incidents-suspects")}</h2>
                <ul>{suspects}</ul>
                <h2>{t!("incidents-timeline")}</h2>
                <Happened label=t!("incidents-timeline") entries=timeline left_out roles=together.roles/>
                <footer class="incident-print-foot">{foot}</footer>
            </article>
        }
    }))
}
