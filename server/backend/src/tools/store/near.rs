//! Runs that began before something happened.

use domain::{
    Fault, Span, Timestamp,
    id::{IncidentId, RunId, SystemId, TeamId, ToolId},
    tools::RunState,
};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

/// A run that began in a span, in short.
pub(crate) struct Began {
    /// Its id.
    pub(crate) id: RunId,
    /// The tool.
    pub(crate) tool: ToolId,
    /// Name of the tool.
    pub(crate) tool_name: String,
    /// The team of the tool.
    pub(crate) team: TeamId,
    /// How it stands.
    pub(crate) state: RunState,
    /// The system that it was run on.
    pub(crate) system: SystemId,
    /// The incident that it was run for.
    pub(crate) incident: Option<IncidentId>,
    /// When it started.
    pub(crate) at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    tool_id: String,
    tool_name: String,
    team_id: String,
    state: String,
    system_id: String,
    incident_id: Option<String>,
    started_at: i64,
}

/// Runs on these systems that started in the span, the latest 50.
pub(in crate::tools) async fn began(conn: &mut AnyConnection, systems: &[SystemId], span: Span) -> Result<Vec<Began>, Fault> {
    let rows: Vec<Row> =
        sql("SELECT id, tool_id, tool_name, team_id, state, system_id, incident_id, started_at FROM runs WHERE started_at >= ")
            .bind(span.from)
            .push(" AND started_at < ")
            .bind(span.to)
            .and_in("system_id", systems)
            .push(" ORDER BY started_at DESC, id LIMIT 50")
            .all(conn)
            .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Began {
                id: stored(&row.id)?,
                tool: stored(&row.tool_id)?,
                tool_name: row.tool_name,
                team: stored(&row.team_id)?,
                state: stored(&row.state)?,
                system: stored(&row.system_id)?,
                incident: row.incident_id.as_deref().map(stored).transpose()?,
                at: Timestamp(row.started_at),
            })
        })
        .collect()
}
