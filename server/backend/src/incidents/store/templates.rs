//! Table `review_templates`, and what a review took from one.

use domain::{
    Fault, Reach, Timestamp,
    id::{IncidentId, ReviewTemplateId},
    incidents::{ReviewSection, ReviewTemplate, TemplateInput},
};
use serde::de::DeserializeOwned;
use sqlx::AnyConnection;

use crate::db::{Sql, sql, stored};

#[derive(sqlx::FromRow)]
struct TemplateRow {
    id: String,
    name: String,
    team_id: Option<String>,
    team_name: String,
    severities: String,
    sections: String,
    version: i64,
    changed_by: String,
    changed_at: i64,
}

/// Reads what was written as JSON.
pub(super) fn json<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| {
        tracing::error!(%error, "stored sections do not parse");
        Fault::Internal
    })
}

/// As JSON; these types always have one.
pub(super) fn to_json(value: &impl serde::Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|_| Fault::Internal)
}

impl TemplateRow {
    fn read(self) -> Result<ReviewTemplate, Fault> {
        Ok(ReviewTemplate {
            id: stored(&self.id)?,
            name: self.name,
            team: self.team_id.as_deref().map(stored).transpose()?,
            team_name: self.team_name,
            severities: json(&self.severities)?,
            sections: json(&self.sections)?,
            version: self.version,
            changed_by: self.changed_by,
            changed_at: Timestamp(self.changed_at),
        })
    }
}

fn select(reach: &Reach) -> Sql {
    sql("SELECT t.id, t.name, t.team_id, COALESCE(m.name, '') AS team_name, t.severities, t.sections, t.version, t.changed_by, t.changed_at \
         FROM review_templates t LEFT JOIN teams m ON m.id = t.team_id WHERE (t.team_id IS NULL OR (1 = 1")
    .within("t.team_id", reach)
    .push("))")
}

/// The templates for everybody and those of teams within reach, by name.
pub(in crate::incidents) async fn templates(conn: &mut AnyConnection, reach: &Reach) -> Result<Vec<ReviewTemplate>, Fault> {
    let rows: Vec<TemplateRow> = select(reach).push(" ORDER BY LOWER(t.name), t.id").all(conn).await?;
    rows.into_iter().map(TemplateRow::read).collect()
}

/// One of them.
pub(in crate::incidents) async fn template(
    conn: &mut AnyConnection,
    reach: &Reach,
    id: &ReviewTemplateId,
) -> Result<Option<ReviewTemplate>, Fault> {
    let row: Option<TemplateRow> = select(reach).push(" AND t.id = ").bind(id).first(conn).await?;
    row.map(TemplateRow::read).transpose()
}

/// Whether another template of the same team, or of everybody, has this name.
pub(in crate::incidents) async fn template_named(
    conn: &mut AnyConnection,
    id: &ReviewTemplateId,
    input: &TemplateInput,
) -> Result<bool, Fault> {
    let query = sql("SELECT COUNT(*) FROM review_templates WHERE LOWER(name) = LOWER(").bind(&input.name).push(") AND id <> ").bind(id);
    let query = match &input.team {
        Some(team) => query.push(" AND team_id = ").bind(team),
        None => query.push(" AND team_id IS NULL"),
    };
    Ok(query.count(conn).await? > 0)
}

pub(in crate::incidents) async fn add_template(
    conn: &mut AnyConnection,
    id: &ReviewTemplateId,
    input: &TemplateInput,
    by: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    let (severities, sections) = (to_json(&input.severities)?, to_json(&input.sections)?);
    sql("INSERT INTO review_templates (id, name, team_id, severities, sections, version, changed_by, changed_at) VALUES ")
        .rows([input], |r, input| {
            r.bind(id).bind(&input.name).bind(input.team.as_ref()).bind(&severities).bind(&sections).bind(1_i64).bind(by).bind(now)
        })
        .run(conn)
        .await
        .map(|_| ())
}

/// Changes a template over `version`; `false` where somebody was faster.
pub(in crate::incidents) async fn change_template(
    conn: &mut AnyConnection,
    id: &ReviewTemplateId,
    input: &TemplateInput,
    version: i64,
    by: &str,
    now: Timestamp,
) -> Result<bool, Fault> {
    let changed = sql("UPDATE review_templates SET name = $1, team_id = $2, severities = $3, sections = $4, version = version + 1, \
         changed_by = $5, changed_at = $6 WHERE id = $7 AND version = $8")
    .value(&input.name)
    .value(input.team.as_ref())
    .value(to_json(&input.severities)?)
    .value(to_json(&input.sections)?)
    .value(by)
    .value(now)
    .value(id)
    .value(version)
    .run(conn)
    .await?;
    Ok(changed == 1)
}

pub(in crate::incidents) async fn remove_template(conn: &mut AnyConnection, id: &ReviewTemplateId) -> Result<(), Fault> {
    sql("DELETE FROM review_templates WHERE id = $1").value(id).run(conn).await.map(|_| ())
}

/// The review has these sections from now on; `false` where somebody has written in it already.
pub(in crate::incidents) async fn begin_review(
    conn: &mut AnyConnection,
    id: &IncidentId,
    (template, sections): (&str, &[ReviewSection]),
    by: &str,
    now: Timestamp,
) -> Result<bool, Fault> {
    let sections = if sections.is_empty() { String::new() } else { to_json(&sections)? };
    let changed = sql("INSERT INTO incident_reviews (incident_id, summary, went_well, went_badly, causes, template, sections, version, \
         written_by, written_at) VALUES ($1, '', '', '', '', $2, $3, 0, $4, $5) ON CONFLICT (incident_id) DO UPDATE \
         SET template = EXCLUDED.template, sections = EXCLUDED.sections WHERE incident_reviews.version = 0")
    .value(id)
    .value(template)
    .value(sections)
    .value(by)
    .value(now)
    .run(conn)
    .await?;
    Ok(changed == 1)
}
