//! Tables `status_pages`, `status_components`, `status_notices` and `status_updates`, and that of [`work`].

pub(super) mod work;

use std::collections::HashMap;

use domain::{
    Fault, Reach, Timestamp,
    id::{IncidentId, StatusNoticeId, StatusPageId, SystemId},
    status::{Component, Notice, NoticeInput, NoticeState, PageInput, StatusPage, Update, UpdateInput},
};
use sqlx::AnyConnection;

use crate::db::{Sql, sql, stored};

#[derive(sqlx::FromRow)]
struct PageRow {
    id: String,
    slug: String,
    title: String,
    about: String,
    team_id: String,
    public: i64,
    host: String,
    zone: String,
    version: i64,
}

#[derive(sqlx::FromRow)]
struct ComponentRow {
    page_id: String,
    group_name: String,
    name: String,
    system_id: String,
    system_key: String,
}

fn select() -> Sql {
    sql("SELECT id, slug, title, about, team_id, public, host, zone, version FROM status_pages WHERE 1 = 1")
}

/// Reads rows with their components, however many they are in one look.
async fn read_all(conn: &mut AnyConnection, rows: Vec<PageRow>) -> Result<Vec<StatusPage>, Fault> {
    let found: Vec<ComponentRow> =
        sql("SELECT c.page_id, c.group_name, c.name, c.system_id, s.key AS system_key FROM status_components c \
         JOIN systems s ON s.id = c.system_id WHERE 1 = 1")
        .and_in("c.page_id", rows.iter().map(|row| &row.id))
        .push(" ORDER BY c.page_id, c.place")
        .all(conn)
        .await?;
    let mut components: HashMap<String, Vec<Component>> = HashMap::new();
    for row in found {
        let component = Component { group: row.group_name, name: row.name, system: stored(&row.system_id)?, system_key: row.system_key };
        components.entry(row.page_id).or_default().push(component);
    }
    rows.into_iter()
        .map(|row| {
            Ok(StatusPage {
                id: stored(&row.id)?,
                components: components.remove(&row.id).unwrap_or_default(),
                slug: row.slug,
                title: row.title,
                about: row.about,
                team: stored(&row.team_id)?,
                public: row.public == 1,
                host: row.host,
                zone: row.zone,
                version: row.version,
            })
        })
        .collect()
}

async fn read(conn: &mut AnyConnection, row: PageRow) -> Result<StatusPage, Fault> {
    read_all(conn, vec![row]).await?.pop().ok_or(Fault::Internal)
}

/// The pages within reach, by title.
pub(super) async fn pages(conn: &mut AnyConnection, reach: &Reach) -> Result<Vec<StatusPage>, Fault> {
    let rows: Vec<PageRow> = select().within("team_id", reach).push(" ORDER BY title, id LIMIT 500").all(conn).await?;
    read_all(conn, rows).await
}

/// One page within reach.
pub(super) async fn page(conn: &mut AnyConnection, reach: &Reach, id: &StatusPageId) -> Result<StatusPage, Fault> {
    let row = select().within("team_id", reach).push(" AND id = ").bind(id).first(conn).await?;
    read(conn, row.ok_or(Fault::NotFound("status page"))?).await
}

/// One page by its place, whoever asks.
pub(super) async fn by_slug(conn: &mut AnyConnection, slug: &str) -> Result<Option<StatusPage>, Fault> {
    match select().push(" AND slug = ").bind(slug).first(conn).await? {
        Some(row) => read(conn, row).await.map(Some),
        None => Ok(None),
    }
}

#[derive(sqlx::FromRow)]
struct HostRow {
    host: String,
    slug: String,
}

/// Hosts of public pages with the places of these.
pub(super) async fn hosts(conn: &mut AnyConnection) -> Result<Vec<(String, String)>, Fault> {
    let rows: Vec<HostRow> = sql("SELECT host, slug FROM status_pages WHERE public = 1 AND host <> ''").all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.host, row.slug)).collect())
}

pub(super) async fn insert(
    conn: &mut AnyConnection,
    id: &StatusPageId,
    input: &PageInput,
    (host, zone): (&str, &str),
    now: Timestamp,
) -> Result<(), Fault> {
    sql("INSERT INTO status_pages (id, slug, title, about, team_id, public, host, zone, created_at, updated_at) VALUES ")
        .rows([input], |r, input| {
            r.bind(id)
                .bind(&input.slug)
                .bind(&input.title)
                .bind(&input.about)
                .bind(&input.team)
                .bind(input.public)
                .bind(host)
                .bind(zone)
                .bind(now)
                .bind(now)
        })
        .run(conn)
        .await
        .map(|_| ())
}

/// Writes an edit on top of `version`; `false` where somebody was faster.
pub(super) async fn edit(
    conn: &mut AnyConnection,
    id: &StatusPageId,
    version: i64,
    input: &PageInput,
    (host, zone): (&str, &str),
    now: Timestamp,
) -> Result<bool, Fault> {
    let changed = sql("UPDATE status_pages SET slug = $1, title = $2, about = $3, team_id = $4, public = $5, host = $6, zone = $7, \
         version = version + 1, updated_at = $8 WHERE id = $9 AND version = $10")
    .value(&input.slug)
    .value(&input.title)
    .value(&input.about)
    .value(&input.team)
    .value(input.public)
    .value(host)
    .value(zone)
    .value(now)
    .value(id)
    .value(version)
    .run(conn)
    .await?;
    Ok(changed == 1)
}

/// The components of a page are these.
pub(super) async fn set_components(
    conn: &mut AnyConnection,
    id: &StatusPageId,
    components: &[(String, String, SystemId)],
) -> Result<(), Fault> {
    sql("DELETE FROM status_components WHERE page_id = $1").value(id).run(conn).await?;
    if components.is_empty() {
        return Ok(());
    }
    sql("INSERT INTO status_components (page_id, place, group_name, name, system_id) VALUES ")
        .rows((0_i64..).zip(components), |r, (place, (group, name, system))| r.bind(id).bind(place).bind(group).bind(name).bind(system))
        .run(conn)
        .await
        .map(|_| ())
}

pub(super) async fn remove(conn: &mut AnyConnection, id: &StatusPageId) -> Result<(), Fault> {
    sql("DELETE FROM status_pages WHERE id = $1").value(id).run(conn).await.map(|_| ())
}

#[derive(sqlx::FromRow)]
struct NoticeRow {
    id: String,
    incident_id: Option<String>,
    title: String,
    state: String,
    impact: String,
    components: String,
    began_at: i64,
    resolved_at: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct UpdateRow {
    notice_id: String,
    at: i64,
    state: String,
    text: String,
}

fn notices_of() -> Sql {
    sql("SELECT id, incident_id, title, state, impact, components, began_at, resolved_at FROM status_notices WHERE ")
}

async fn with_updates(conn: &mut AnyConnection, rows: Vec<NoticeRow>) -> Result<Vec<Notice>, Fault> {
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let updates: Vec<UpdateRow> = sql("SELECT notice_id, at, state, text FROM status_updates WHERE 1 = 1")
        .and_in("notice_id", &ids)
        .push(" ORDER BY at DESC, id DESC")
        .all(conn)
        .await?;
    rows.into_iter()
        .map(|row| {
            let said = updates.iter().filter(|update| update.notice_id == row.id);
            let said = said.map(|update| Ok(Update { at: Timestamp(update.at), state: stored(&update.state)?, text: update.text.clone() }));
            Ok(Notice {
                updates: said.collect::<Result<_, Fault>>()?,
                id: stored(&row.id)?,
                title: row.title,
                state: stored(&row.state)?,
                impact: stored(&row.impact)?,
                components: row.components.lines().map(str::to_owned).collect(),
                began_at: Timestamp(row.began_at),
                resolved_at: row.resolved_at.map(Timestamp),
                incident: row.incident_id.as_deref().map(stored).transpose()?,
            })
        })
        .collect()
}

/// Open notices of a page, and those that ended since; newest first, 100 at most.
pub(super) async fn notices(conn: &mut AnyConnection, page: &StatusPageId, since: Timestamp) -> Result<Vec<Notice>, Fault> {
    let query = notices_of().push("page_id = ").bind(page).push(" AND (resolved_at IS NULL OR resolved_at >= ").bind(since);
    let rows = query.push(") ORDER BY CASE WHEN resolved_at IS NULL THEN 0 ELSE 1 END, began_at DESC, id DESC LIMIT 100").all(conn).await?;
    with_updates(conn, rows).await
}

/// One notice and the page that it stands on, whoever asks.
pub(super) async fn notice(conn: &mut AnyConnection, id: &StatusNoticeId) -> Result<(Notice, StatusPageId), Fault> {
    let rows: Vec<NoticeRow> = notices_of().push("id = ").bind(id).all(conn).await?;
    let page = sql("SELECT page_id FROM status_notices WHERE id = $1").value(id).texts(conn).await?.pop();
    let found = with_updates(conn, rows).await?.pop();
    let (found, page) = found.zip(page).ok_or(Fault::NotFound("status notice"))?;
    Ok((found, stored(&page)?))
}

pub(super) async fn publish(
    conn: &mut AnyConnection,
    id: &StatusNoticeId,
    page: &StatusPageId,
    input: &NoticeInput,
    incident: Option<&IncidentId>,
    now: Timestamp,
) -> Result<(), Fault> {
    sql("INSERT INTO status_notices (id, page_id, incident_id, title, state, impact, components, began_at, resolved_at, updated_at) VALUES ")
        .rows([input], |r, input| {
            r.bind(id)
                .bind(page)
                .bind(incident)
                .bind(&input.title)
                .bind(input.state.name())
                .bind(input.impact.name())
                .bind(input.affects.join("\n"))
                .bind(input.began.unwrap_or(now))
                .bind((input.state == NoticeState::Resolved).then_some(now))
                .bind(now)
        })
        .run(conn)
        .await
        .map(|_| ())
}

/// Adds what is said of a notice, and moves it on.
pub(super) async fn say(
    conn: &mut AnyConnection,
    update: &domain::id::EntryId,
    notice: &StatusNoticeId,
    input: &UpdateInput,
    by: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    sql("INSERT INTO status_updates (id, notice_id, at, state, text, said_by) VALUES ($1, $2, $3, $4, $5, $6)")
        .value(update)
        .value(notice)
        .value(now)
        .value(input.state.name())
        .value(&input.text)
        .value(by)
        .run(conn)
        .await?;
    let over = (input.state == NoticeState::Resolved).then_some(now);
    sql("UPDATE status_notices SET state = $1, resolved_at = $2, updated_at = $3 WHERE id = $4")
        .value(input.state.name())
        .value(over)
        .value(now)
        .value(notice)
        .run(conn)
        .await
        .map(|_| ())
}
