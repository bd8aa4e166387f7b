//! Objectives, and the hours of one, as CSV.

use axum::extract::Path;
use domain::{Permission, objectives::ALARMS};

use super::{list::matching, read_id, words::left};
use crate::{csv::whole_csv, fault::Answer, visit::Visit};

fn number(value: Option<f64>) -> String {
    value.map(|value| format!("{value:.6}")).unwrap_or_default()
}

/// `GET /objectives.csv`: every objective that the filter matches.
pub(super) async fn objectives(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::Export)?;
    let (_, found) = matching(&visit, visit.portal.objectives.list(&visit.actor).await?);
    let rows = found.into_iter().map(|objective| {
        let standing = &objective.standing;
        let count = |of: fn(domain::objectives::Count) -> f64| number(standing.counted.map(of));
        let mut cells = vec![
            objective.name.clone(),
            objective.system.key.clone(),
            objective.sli.kind().name().to_owned(),
            objective.target.to_string(),
            if objective.month.is_empty() { objective.days.to_string() } else { String::new() },
            standing.shown.name().to_owned(),
            count(|count| count.total),
            count(|count| count.bad()),
            number(left(&objective)),
        ];
        let burns = standing.burns.iter().map(|burn| number(burn.long)).chain(std::iter::repeat(String::new()));
        cells.extend(burns.take(ALARMS.len()));
        cells.push(standing.evaluated_at.map(domain::Timestamp::rfc3339).unwrap_or_default());
        cells.push(objective.month.clone());
        cells
    });
    let head = [
        "name",
        "system",
        "kind",
        "target_percent",
        "days",
        "state",
        "total",
        "bad",
        "budget_left",
        "burn_rate_1h",
        "burn_rate_6h",
        "burn_rate_3d",
        "evaluated_at",
        "month_zone",
    ];
    Ok(whole_csv("objectives.csv", &head, rows)?)
}

/// `GET /objectives/{id}/hours.csv`: the hours of its window.
pub(super) async fn hours(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = read_id(&id)?;
    let objective = visit.portal.objectives.get(&visit.actor, &id).await?;
    visit.actor.require(Permission::Export, &objective.system.team, "objective")?;
    let hours = visit.portal.objectives.hours(&visit.actor, &id).await?;
    let rows = hours.into_iter().filter(|hour| hour.at <= visit.now).map(|hour| {
        let numbers = [hour.count.total, hour.count.bad(), hour.left].map(|value| number(Some(value)));
        [hour.at.rfc3339(), visit.wall(hour.at)].into_iter().chain(numbers).collect()
    });
    Ok(whole_csv("objective-hours.csv", &["from_utc", "from_local", "total", "bad", "budget_left"], rows)?)
}
