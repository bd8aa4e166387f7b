//! Tables `users` and `memberships`.

use std::collections::BTreeMap;

use domain::{
    Fault, PageRequest, Permission, PermissionSet, Timestamp,
    id::*,
    people::{LOCK_MS, Locale, Membership, MembershipDraft, Preferences, ProfileDraft, Theme, User, UserBrief, UserFilter, locked_after},
};
use sqlx::AnyConnection;

use crate::{
    db::{Sql, sql, stored},
    people::seams::Named,
};

/// How the table says "every team".
const EVERY_TEAM: &str = "*";

fn team_column(team: Option<&TeamId>) -> &str {
    team.map_or(EVERY_TEAM, TeamId::as_str)
}

#[derive(sqlx::FromRow)]
pub(crate) struct AccountRow {
    pub(crate) id: String,
    pub(crate) login: String,
    pub(crate) name: String,
    pub(crate) password_hash: String,
    pub(crate) disabled: i64,
    pub(crate) epoch: i64,
    pub(crate) password_due: i64,
    language: String,
    zone: String,
    theme: String,
    keyboard: i64,
}

impl AccountRow {
    pub(crate) fn id(&self) -> Result<UserId, Fault> {
        stored(&self.id)
    }

    pub(crate) fn prefs(&self) -> Preferences {
        Preferences {
            locale: Locale::parse(&self.language),
            zone: Some(self.zone.clone()).filter(|zone| !zone.is_empty()),
            theme: Theme::parse(&self.theme),
            keyboard: self.keyboard != 0,
        }
    }
}

fn select_accounts() -> Sql {
    sql("SELECT id, login, name, password_hash, disabled, epoch, password_due, language, zone, theme, keyboard FROM users WHERE 1 = 1")
}

pub(crate) async fn account(conn: &mut AnyConnection, id: &UserId) -> Result<Option<AccountRow>, Fault> {
    select_accounts().push(" AND id = ").bind(id).first(conn).await
}

#[derive(sqlx::FromRow)]
struct NamedRow {
    id: String,
    name: String,
    disabled: i64,
    zone: String,
}

/// These people, by name.
pub(crate) async fn named(conn: &mut AnyConnection, ids: &[UserId]) -> Result<Vec<Named>, Fault> {
    let rows: Vec<NamedRow> =
        sql("SELECT id, name, disabled, zone FROM users WHERE 1 = 1").and_in("id", ids).push(" ORDER BY name, id").all(conn).await?;
    rows.into_iter().map(|row| Ok(Named { id: stored(&row.id)?, name: row.name, disabled: row.disabled != 0, zone: row.zone })).collect()
}

pub(crate) async fn account_by_login(conn: &mut AnyConnection, login: &str) -> Result<Option<AccountRow>, Fault> {
    select_accounts().push(" AND login = ").bind(login).first(conn).await
}

pub(crate) async fn is_empty(conn: &mut AnyConnection) -> Result<bool, Fault> {
    Ok(sql("SELECT COUNT(*) FROM users").count(conn).await? == 0)
}

#[derive(sqlx::FromRow)]
struct UserRow {
    id: String,
    login: String,
    name: String,
    email: String,
    disabled: i64,
    password_due: i64,
    created_at: i64,
    most: i64,
    failures: i64,
    last_at: i64,
}

fn select_users(now: Timestamp) -> Sql {
    sql("SELECT u.id, u.login, u.name, u.email, u.disabled, u.password_due, u.created_at, COALESCE(f.most, 0) AS most, \
         COALESCE(f.failures, 0) AS failures, COALESCE(f.last_at, 0) AS last_at FROM users u LEFT JOIN (SELECT login, \
         MAX(failures) AS most, CAST(SUM(failures) AS BIGINT) AS failures, MAX(last_at) AS last_at FROM login_tries \
         WHERE last_at > ")
    .bind(now.plus(-LOCK_MS))
    .push(" GROUP BY login) f ON f.login = u.login WHERE 1 = 1")
}

/// Whether there is a user who was made before this moment.
pub(crate) async fn any_before(conn: &mut AnyConnection, moment: Timestamp) -> Result<bool, Fault> {
    Ok(sql("SELECT COUNT(*) FROM users WHERE created_at < $1").value(moment).count(conn).await? > 0)
}

/// One row more than the page holds, if there is one.
pub(crate) async fn list(conn: &mut AnyConnection, filter: &UserFilter, page: &PageRequest, now: Timestamp) -> Result<Vec<User>, Fault> {
    let mut query = select_users(now);
    if !filter.text.trim().is_empty() {
        query = query.push(" AND (").holds("u.login", &filter.text).push(" OR ").holds("u.name", &filter.text);
        query = query.push(" OR ").holds("u.email", &filter.text).push(")");
    }
    if let Some(team) = &filter.team {
        query = query.push(" AND EXISTS (SELECT 1 FROM memberships m WHERE m.user_id = u.id AND m.team_id IN ('*', ").bind(team).push("))");
    }
    if let Some(disabled) = filter.disabled {
        query = query.push(" AND u.disabled = ").bind(disabled);
    }
    if let Some((_, login)) = page.position()? {
        query = query.push(" AND u.login > ").bind(login);
    }
    let rows = query.push(" ORDER BY u.login LIMIT ").bind(i64::from(page.limit) + 1).all(conn).await?;
    with_memberships(conn, rows, now).await
}

pub(crate) async fn user(conn: &mut AnyConnection, id: &UserId, now: Timestamp) -> Result<Option<User>, Fault> {
    let rows = select_users(now).push(" AND u.id = ").bind(id).all(conn).await?;
    Ok(with_memberships(conn, rows, now).await?.pop())
}

async fn with_memberships(conn: &mut AnyConnection, rows: Vec<UserRow>, now: Timestamp) -> Result<Vec<User>, Fault> {
    let mut of = memberships(conn, rows.iter().map(|r| r.id.as_str())).await?;
    rows.into_iter()
        .map(|r| {
            Ok(User {
                memberships: of.remove(&r.id).unwrap_or_default(),
                id: stored(&r.id)?,
                login: r.login,
                name: r.name,
                email: r.email,
                disabled: r.disabled != 0,
                password_due: r.password_due != 0,
                locked_until: locked_after(r.most, r.failures, Timestamp(r.last_at)).filter(|until| *until > now),
                created_at: Timestamp(r.created_at),
            })
        })
        .collect()
}

#[derive(sqlx::FromRow)]
struct MembershipRow {
    user_id: String,
    team_id: String,
    team_name: String,
    role_id: String,
    role_key: String,
    role_name: String,
    role_name_zh: String,
    home: String,
    permissions: String,
}

/// The memberships of these users, by user; those in every team first.
pub(crate) async fn memberships<'a>(
    conn: &mut AnyConnection,
    users: impl Iterator<Item = &'a str>,
) -> Result<BTreeMap<String, Vec<Membership>>, Fault> {
    let rows: Vec<MembershipRow> = sql("SELECT m.user_id, m.team_id, COALESCE(t.name, '') AS team_name, m.role_id, r.key AS role_key, \
         r.name AS role_name, r.name_zh AS role_name_zh, r.home, r.permissions FROM memberships m \
         JOIN roles r ON r.id = m.role_id LEFT JOIN teams t ON t.id = m.team_id WHERE 1 = 1")
    .and_in("m.user_id", users)
    .push(" ORDER BY m.user_id, COALESCE(t.name, ''), r.name")
    .all(conn)
    .await?;
    let mut of: BTreeMap<String, Vec<Membership>> = BTreeMap::new();
    for r in rows {
        let team = if r.team_id == EVERY_TEAM { None } else { Some(stored(&r.team_id)?) };
        of.entry(r.user_id).or_default().push(Membership {
            team,
            team_name: r.team_name,
            role: stored(&r.role_id)?,
            role_key: r.role_key,
            role_name: r.role_name,
            role_name_zh: r.role_name_zh,
            home: r.home,
            permissions: PermissionSet::from_names(&r.permissions),
        });
    }
    Ok(of)
}

pub(crate) async fn memberships_of(conn: &mut AnyConnection, user: &UserId) -> Result<Vec<Membership>, Fault> {
    Ok(memberships(conn, std::iter::once(user.as_str())).await?.remove(user.as_str()).unwrap_or_default())
}

pub(crate) struct New<'a> {
    pub(crate) id: &'a UserId,
    pub(crate) login: &'a str,
    pub(crate) name: &'a str,
    pub(crate) email: &'a str,
    pub(crate) password_hash: &'a str,
    pub(crate) password_due: bool,
    pub(crate) locale: &'a str,
    pub(crate) now: Timestamp,
}

pub(crate) async fn insert(conn: &mut AnyConnection, new: New<'_>) -> Result<(), Fault> {
    sql("INSERT INTO users (id, login, name, email, password_hash, password_due, language, created_at) VALUES ")
        .rows([new], |r, n| {
            let r = r.bind(n.id).bind(n.login).bind(n.name).bind(n.email).bind(n.password_hash);
            r.bind(n.password_due).bind(n.locale).bind(n.now)
        })
        .run(conn)
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct AddressRow {
    email: String,
    language: String,
    zone: String,
}

pub(crate) async fn address(conn: &mut AnyConnection, id: &UserId) -> Result<Option<crate::people::Address>, Fault> {
    let row: Option<AddressRow> = sql("SELECT email, language, zone FROM users WHERE id = $1").value(id).first(conn).await?;
    Ok(row.map(|row| crate::people::Address { email: row.email, locale: Locale::parse(&row.language).unwrap_or_default(), zone: row.zone }))
}

pub(crate) async fn edit(conn: &mut AnyConnection, id: &UserId, name: &str, email: &str) -> Result<(), Fault> {
    sql("UPDATE users SET name = $1, email = $2 WHERE id = $3").value(name).value(email).value(id).run(conn).await?;
    Ok(())
}

pub(crate) async fn edit_profile(conn: &mut AnyConnection, id: &UserId, draft: &ProfileDraft) -> Result<(), Fault> {
    sql("UPDATE users SET name = $1, email = $2, language = $3, zone = $4, theme = $5, keyboard = $6 WHERE id = $7")
        .value(&draft.name)
        .value(&draft.email)
        .value(draft.locale.map_or("", Locale::tag))
        .value(draft.zone.as_deref().unwrap_or_default())
        .value(draft.theme.map_or("", Theme::word))
        .value(draft.keyboard)
        .value(id)
        .run(conn)
        .await?;
    Ok(())
}

pub(crate) async fn prefer(conn: &mut AnyConnection, id: &UserId, locale: Option<Locale>, theme: Option<Theme>) -> Result<(), Fault> {
    sql("UPDATE users SET language = COALESCE($1, language), theme = COALESCE($2, theme) WHERE id = $3")
        .value(locale.map(Locale::tag))
        .value(theme.map(Theme::word))
        .value(id)
        .run(conn)
        .await?;
    Ok(())
}

/// Sets the password and begins a new epoch: sessions of the old one are over. `due`: they have to choose another one.
pub(crate) async fn set_password(conn: &mut AnyConnection, id: &UserId, hash: &str, due: bool) -> Result<(), Fault> {
    sql("UPDATE users SET password_hash = $1, password_due = $2, epoch = epoch + 1 WHERE id = $3")
        .value(hash)
        .value(due)
        .value(id)
        .run(conn)
        .await?;
    Ok(())
}

/// Disables or enables, with a new epoch; whether that changed anything.
pub(crate) async fn set_disabled(conn: &mut AnyConnection, id: &UserId, disabled: bool) -> Result<bool, Fault> {
    let changed = sql("UPDATE users SET disabled = $1, epoch = epoch + 1 WHERE id = $2 AND disabled <> $1")
        .value(disabled)
        .value(id)
        .run(conn)
        .await?;
    Ok(changed == 1)
}

/// Whether that changed anything.
pub(crate) async fn add_membership(conn: &mut AnyConnection, user: &UserId, draft: &MembershipDraft) -> Result<bool, Fault> {
    let added = sql("INSERT INTO memberships (user_id, team_id, role_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .value(user)
        .value(team_column(draft.team.as_ref()))
        .value(&draft.role)
        .run(conn)
        .await?;
    Ok(added == 1)
}

/// Whether that changed anything.
pub(crate) async fn remove_membership(conn: &mut AnyConnection, user: &UserId, draft: &MembershipDraft) -> Result<bool, Fault> {
    let removed = sql("DELETE FROM memberships WHERE user_id = $1 AND team_id = $2 AND role_id = $3")
        .value(user)
        .value(team_column(draft.team.as_ref()))
        .value(&draft.role)
        .run(conn)
        .await?;
    Ok(removed == 1)
}

#[derive(sqlx::FromRow)]
struct BriefRow {
    id: String,
    login: String,
    name: String,
}

fn briefs(rows: Vec<BriefRow>) -> Result<Vec<UserBrief>, Fault> {
    rows.into_iter().map(|r| Ok(UserBrief { id: stored(&r.id)?, login: r.login, name: r.name })).collect()
}

pub(crate) async fn enabled(conn: &mut AnyConnection) -> Result<Vec<UserBrief>, Fault> {
    briefs(sql("SELECT id, login, name FROM users WHERE disabled = 0 ORDER BY name, login").all(conn).await?)
}

/// Those who are not locked out and have one of these as their name, or in lower case as their log-in.
pub(crate) async fn called(conn: &mut AnyConnection, names: &[String]) -> Result<Vec<UserBrief>, Fault> {
    let all = || sql("SELECT id, login, name FROM users WHERE disabled = 0");
    let logins: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let mut found = briefs(all().and_in("LOWER(login)", logins.iter().map(String::as_str)).all(conn).await?)?;
    found.extend(briefs(all().and_in("name", names.iter().map(String::as_str)).all(conn).await?)?);
    found.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    found.dedup_by(|a, b| a.id == b.id);
    Ok(found)
}

/// Users who may enter and hold the permission in the team, or (without one) in every team.
pub(crate) async fn holders(conn: &mut AnyConnection, permission: Permission, team: Option<&TeamId>) -> Result<Vec<UserBrief>, Fault> {
    holders_with(conn, permission, team, &[]).await
}

pub(crate) async fn holders_with(
    conn: &mut AnyConnection,
    permission: Permission,
    team: Option<&TeamId>,
    roles: &[String],
) -> Result<Vec<UserBrief>, Fault> {
    let statement = sql("SELECT id, login, name FROM users u WHERE disabled = 0 AND EXISTS (SELECT 1 FROM memberships m \
         JOIN roles r ON r.id = m.role_id WHERE m.user_id = u.id AND (' ' || r.permissions || ' ') LIKE ")
    .bind(format!("% {} %", permission.name()))
    .and_in("m.team_id", std::iter::once(EVERY_TEAM).chain(team.map(TeamId::as_str)));
    let statement = if roles.is_empty() { statement } else { statement.and_in("r.key", roles.iter().map(String::as_str)) };
    briefs(statement.push(") ORDER BY name, login").all(conn).await?)
}
