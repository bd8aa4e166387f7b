//! Teams, roles and tokens as CSV; they are never so many that they need pages.

use domain::{Permission, Timestamp};

use crate::{csv::whole_csv, fault::Answer, visit::Visit};

fn at(moment: Option<Timestamp>) -> String {
    moment.map(Timestamp::rfc3339).unwrap_or_default()
}

pub(super) async fn teams(visit: Visit) -> Answer {
    visit.actor.require_everywhere(Permission::ManagePeople)?;
    let teams = visit.portal.people.teams(&visit.actor).await?;
    let rows = teams.into_iter().map(|team| vec![team.key, team.name, team.members.to_string(), team.created_at.rfc3339()]);
    Ok(whole_csv("teams.csv", &["key", "name", "members", "created_at"], rows)?)
}

pub(super) async fn roles(visit: Visit) -> Answer {
    let roles = visit.portal.people.roles(&visit.actor).await?;
    let rows = roles
        .into_iter()
        .map(|role| vec![role.key, role.name, role.name_zh, role.home, role.permissions.to_names(), role.members.to_string()]);
    Ok(whole_csv("roles.csv", &["key", "name", "name_zh", "home", "permissions", "members"], rows)?)
}

pub(super) async fn tokens(visit: Visit) -> Answer {
    let everybody = visit.actor.require_everywhere(Permission::ManagePeople).is_ok();
    let tokens = visit.portal.people.tokens(&visit.actor, everybody).await?;
    let head = ["id", "name", "owner", "permissions", "created_at", "expires_at", "used_at", "revoked_at"];
    let rows = tokens.into_iter().map(|token| {
        vec![
            token.id.to_string(),
            token.name,
            token.owner.name,
            token.permissions.to_names(),
            token.created_at.rfc3339(),
            token.expires_at.rfc3339(),
            at(token.used_at),
            at(token.revoked_at),
        ]
    });
    Ok(whole_csv("tokens.csv", &head, rows)?)
}
