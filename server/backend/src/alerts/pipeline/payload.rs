//! What is said: of one alert in our form, of a group in the form of Alertmanager's webhook, version 4, with our fields beside.

use std::collections::HashMap;

use domain::{
    Fault, Timestamp,
    alerts::{Labels, Severity, Told, labels::fingerprint},
    deliveries::{Notice, message::BESIDE},
    id::SystemId,
};
use serde_json::{Value, json};

use super::{groups::labels_of, store::GroupRow};
use crate::{
    Context,
    alerts::{
        step::name_of,
        store::{AlertRow, read_labels},
    },
};

/// The key under which an alert that is told by itself is told. `worse`: than it was told to be.
pub(super) fn key_alone(alert: &AlertRow, told: Told, worse: bool) -> String {
    match told {
        // Whoever was told that it fires is told once more, how bad it is now.
        Told::Firing if worse => format!("alert-{}-firing-{}", alert.id, Severity::from_rank(alert.severity)),
        Told::Firing => format!("alert-{}-firing", alert.id),
        Told::Over | Told::Nothing => format!("alert-{}-resolved", alert.id),
    }
}

/// One alert and what it belongs to.
fn parts(row: &AlertRow, system_name: &str) -> Result<Value, Fault> {
    let (system, team, incident) = (row.system()?, row.team()?, row.incident()?);
    let alert = row.read(system_name)?;
    let mut parts = json!({
        "alert": {
            "id": alert.id,
            "title": alert.title,
            "detail": alert.detail,
            "severity": alert.severity,
            "state": alert.state,
            "started_at": alert.started_at.rfc3339(),
            "fired_at": alert.fired_at.map(Timestamp::rfc3339),
            "resolved_at": alert.resolved_at.map(Timestamp::rfc3339),
            "labels": alert.labels,
            "annotations": alert.annotations,
            "path": format!("/alerts/{}", alert.id),
        },
        "system": system.as_ref().map(|id| json!({ "id": id, "name": system_name })),
        "team": { "id": team },
        "incident": incident.as_ref().map(|id| json!({ "id": id, "path": format!("/incidents/{id}") })),
    });
    late(&mut parts["alert"], row);
    Ok(parts)
}

/// Puts what is told late of an alert beside the facts of it, where there is any.
fn late(alert: &mut Value, row: &AlertRow) {
    if !row.late.is_empty() {
        alert["late"] = row.late();
    }
}

/// One alert by itself, for whoever hears its team.
pub(super) fn alone(row: &AlertRow, told: Told, worse: bool, names: &HashMap<SystemId, String>) -> Result<Notice, Fault> {
    Ok(Notice {
        event: if told == Told::Firing { "alert.firing" } else { "alert.resolved" },
        system: row.system()?,
        team: row.team()?,
        incident: row.incident()?,
        payload: parts(row, name_of(row, names)?)?,
        key: key_alone(row, told, worse),
    })
}

/// What all of these say alike.
fn common(all: &[Labels]) -> Labels {
    let Some((first, rest)) = all.split_first() else { return Labels::new() };
    first
        .iter()
        .filter(|(name, value)| rest.iter().all(|labels| labels.get(*name) == Some(*value)))
        .map(|(n, v)| (n.clone(), v.clone()))
        .collect()
}

/// Alerts in one message. What goes on from there comes in further messages, to programs alone.
pub(super) const EACH: usize = 500;

/// The keys of all messages that told of so many alerts.
pub(in crate::alerts) fn keys_of(key: &str, alerts: usize) -> impl Iterator<Item = String> {
    (0..alerts.max(1)).step_by(EACH).map(move |before| key_of_part(key, before))
}

/// The key of the message that goes on from so many others with this key.
fn key_of_part(key: &str, before: usize) -> String {
    if before == 0 { key.to_owned() } else { format!("{key}-after-{before}") }
}

/// One alert among others, as Alertmanager tells it, with what is ours beside.
fn among(row: &AlertRow, told: Told) -> Result<Value, Fault> {
    let labels = row.labels()?;
    let end =
        row.resolved_at.filter(|_| told == Told::Over).map_or_else(|| "0001-01-01T00:00:00Z".to_owned(), |at| Timestamp(at).rfc3339());
    Ok(json!({
        "status": if told == Told::Firing { "firing" } else { "resolved" },
        "fingerprint": fingerprint(&labels),
        "labels": labels,
        "annotations": read_labels(&row.annotations)?,
        "startsAt": Timestamp(row.started_at).rfc3339(),
        "endsAt": end,
        "generatorURL": row.url,
        "id": row.id,
        "title": row.title,
        "severity": Severity::from_rank(row.severity),
        "path": format!("/alerts/{}", row.id),
    }))
}

/// Tells of a group, in as many messages as it takes; in each of the first of all, the worst that fires, also in our own form.
pub(super) fn notices(
    ctx: &Context,
    group: &GroupRow,
    news: &[(&AlertRow, Told)],
    key: &str,
    names: &HashMap<SystemId, String>,
) -> Result<Vec<Notice>, Fault> {
    let firing = news.iter().any(|(_, told)| *told == Told::Firing);
    let worst = |(row, told): &&(&AlertRow, Told)| (*told != Told::Firing, row.severity, row.started_at);
    let (first, _) = news.iter().min_by_key(worst).ok_or(Fault::Internal)?;
    let mut payload = parts(first, name_of(first, names)?)?;
    let labels: Vec<Labels> = news.iter().map(|(row, _)| row.labels()).collect::<Result<_, _>>()?;
    let annotations: Vec<Labels> = news.iter().map(|(row, _)| read_labels(&row.annotations)).collect::<Result<_, _>>()?;
    let fields = json!({
        "version": "4",
        "groupKey": group.group_key,
        "truncatedAlerts": 0,
        "status": if firing { "firing" } else { "resolved" },
        "receiver": group.receiver,
        "groupLabels": labels_of(group)?,
        "commonLabels": common(&labels),
        "commonAnnotations": common(&annotations),
        "externalURL": ctx.url.as_ref(),
    });
    if let (Value::Object(payload), Value::Object(fields)) = (&mut payload, fields) {
        payload.extend(fields);
    }
    let same_system = news.iter().all(|(row, _)| row.system_id == first.system_id);
    let mut notices = Vec::with_capacity(news.len().div_ceil(EACH));
    for (place, part) in news.chunks(EACH).enumerate() {
        let before = place * EACH;
        let mut payload = payload.clone();
        let mut alerts = part.iter().map(|(row, told)| among(row, *told)).collect::<Result<Vec<Value>, _>>()?;
        // Those that are named by their titles, beside the one that the message is about.
        for (alert, (row, _)) in alerts.iter_mut().zip(part).take(BESIDE + 1) {
            late(alert, row);
        }
        payload["alerts"] = Value::Array(alerts);
        payload["group"] = json!({ "id": group.id, "number": group.said, "alerts": news.len(), "before": before });
        notices.push(Notice {
            event: if firing { "alert.firing" } else { "alert.resolved" },
            system: if same_system { first.system()? } else { None },
            team: first.team()?,
            incident: first.incident()?,
            payload,
            key: key_of_part(key, before),
        });
    }
    Ok(notices)
}
