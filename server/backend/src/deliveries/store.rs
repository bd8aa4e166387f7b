//! Tables `channels` and `deliveries`.

use domain::{
    Fault, Timestamp,
    deliveries::{Notice, Notify},
    id::{ChannelId, DeliveryId, TeamId},
};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

#[derive(sqlx::FromRow)]
struct Wants {
    id: String,
    events: String,
}

/// Enabled channels that hear this team and want this event.
pub(super) async fn listening(conn: &mut AnyConnection, team: &TeamId, event: Notify) -> Result<Vec<ChannelId>, Fault> {
    let rows: Vec<Wants> = sql("SELECT id, events FROM channels WHERE enabled = 1 AND (team_id = '*' OR team_id = $1) ORDER BY id")
        .value(team)
        .all(conn)
        .await?;
    rows.iter().filter(|row| row.events.split(' ').any(|name| name == event.name())).map(|row| stored(&row.id)).collect()
}

/// Writes a row; `false` where the channel has one with this key.
pub(super) async fn enqueue(
    conn: &mut AnyConnection,
    id: &DeliveryId,
    channel: &ChannelId,
    notice: &Notice,
    now: Timestamp,
) -> Result<bool, Fault> {
    let body = serde_json::json!({ "type": notice.event, "timestamp": now.rfc3339(), "data": notice.payload }).to_string();
    let inserted = sql(
        "INSERT INTO deliveries (id, channel_id, key, event, team_id, system_id, incident_id, payload, state, next_at, created_at) VALUES ",
    )
    .rows([notice], |r, notice| {
        r.bind(id)
            .bind(channel)
            .bind(&notice.key)
            .bind(notice.event)
            .bind(&notice.team)
            .bind(notice.system.as_ref())
            .bind(notice.incident.as_ref())
            .bind(body.as_str())
            .bind("waiting")
            .bind(now)
            .bind(now)
    })
    .push(" ON CONFLICT (channel_id, key) DO NOTHING")
    .run(conn)
    .await?;
    Ok(inserted == 1)
}
