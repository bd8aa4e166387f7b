//! Who is on call, and who is paged when something breaks.

use domain::{Clock, Fault, deliveries::Channel, time::DAY};
use serde_json::{Value, json};

use super::{Stage, ZONE, me, people::Crew};

/// Reads an object as the API does.
fn typed(json: Value) -> Result<domain::form::Typed, Fault> {
    serde_json::from_value(json).map_err(|_| Fault::Internal)
}

/// Ways in: Grafana's webhook, and the sensors of the computing centre, which post JSON of their own.
pub async fn doors(stage: &Stage<'_>) -> Result<(), Fault> {
    let teams = stage.portal.systems.teams(&me(), domain::Permission::RouteAlerts).await?;
    let team = teams.iter().find(|team| team.name.starts_with("Payments")).ok_or(Fault::Internal)?;
    let grafana = json!({ "name": "Grafana", "kind": "grafana", "team": team.id, "enabled": true });
    stage.portal.integrations.create(&me(), &typed(grafana)?).await?;
    let sensors = json!({
        "name": "Machine room 机房动环", "kind": "webhook", "team": team.id, "enabled": true, "key": "/sensor/id", "title": "/text",
        "severity": "/level", "status": "/state", "over": "normal", "labels": "room=/sensor/room\nrack=/sensor/rack",
    });
    let one = stage.portal.integrations.create(&me(), &typed(sensors)?).await?;
    let (_, secret) = stage.portal.integrations.get(&me(), &one.id).await?;
    let warm = json!({ "sensor": { "id": "t-17", "room": "B2", "rack": "07" }, "text": "Cold aisle 27.4 °C 冷通道偏热", "level": "warning", "state": "high" });
    let cool = json!({ "sensor": { "id": "t-17" }, "state": "normal" });
    for message in [warm, cool] {
        stage.portal.integrations.take(&secret, None, message.to_string().as_bytes()).await?;
    }
    Ok(())
}

/// A schedule with weeks, nights and a cover, and the policy that pages through it.
pub async fn roster(stage: &Stage<'_>, crew: &Crew) -> Result<(), Fault> {
    let now = stage.clock.now();
    let zone = domain::time::zone(ZONE).ok_or(Fault::Internal)?;
    let day = |ms: i64| now.plus(ms).jiff().to_zoned(zone.clone()).date().to_string();
    let (oncall, escalations) = (&stage.portal.oncall, &stage.portal.escalations);
    let choices = oncall.choices(&me(), None).await?;
    let (team, _) = choices.teams.iter().find(|(_, name)| name.starts_with("Payments")).ok_or(Fault::Internal)?;
    let person = |login: &str| crew.actor(login).user().map(ToString::to_string);
    let (first, second, third) = (person("operations"), person("firstline"), person("release"));
    // Their phones are played by the company itself: what an escalation sends arrives.
    let phone = stage.company.url("gateway", "/hook");
    for login in ["operations", "firstline", "release"] {
        let contact = json!({ "name": "Phone 手机", "kind": "webhook", "url": phone, "enabled": true });
        stage.portal.contacts.add(&crew.actor(login), &typed(contact)?).await?;
    }
    let plan = json!({
        "name": "Payments primary 支付主班", "team": team, "zone": ZONE, "holidays": ["2026-10-01 国庆节", "2027-01-01 元旦"],
        "layers": [
            { "name": "Weeks 周班", "rotation": "weekly", "handoff": "09:00", "start": day(-28 * DAY), "people": [first, third] },
            { "name": "Nights 夜班", "rotation": "daily", "handoff": "20:00", "start": day(-28 * DAY), "people": [second, first],
              "hours": [{ "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "20:00", "to": "08:00" }] },
        ],
    });
    let schedule = oncall.create(&me(), &typed(plan)?).await?;
    let tomorrow = day(DAY);
    let cover = json!({
        "person": second, "start": format!("{tomorrow}T13:00"), "end": format!("{tomorrow}T18:00"), "reason": "dentist 看牙医",
    });
    oncall.cover(&me(), &schedule, &typed(cover)?).await?;
    let channels: Vec<Channel> = stage.portal.deliveries.channels(&me()).await?;
    let mut targets = vec![format!("schedule:{schedule}")];
    targets.extend(channels.first().map(|channel| format!("channel:{}", channel.id)));
    let policy = json!({
        "name": "Payments 支付", "team": team, "default": true, "skip_empty": true, "repeat": 1, "again_min": 15,
        "steps": [
            { "after_min": 0, "severities": ["P1", "P2"], "targets": targets },
            { "after_min": 5, "severities": ["P1", "P2"], "targets": [format!("team:{team}")] },
            { "after_min": 15, "severities": ["P3"], "targets": [format!("schedule:{schedule}")] },
        ],
    });
    escalations.create(&me(), &typed(policy)?).await.map(drop)
}
