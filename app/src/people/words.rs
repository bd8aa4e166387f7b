//! Words for permissions, roles and memberships in the language being rendered.

use domain::{
    Permission,
    people::{Locale, Membership, Role, Team},
};

use crate::{t, visit::current_locale};

/// What a permission allows, in words.
pub(super) fn permission_word(permission: Permission) -> String {
    t!(&format!("permission-{}", permission.name().replace('.', "-")))
}

/// Permissions as the choices of a form, each with the name that programs know it by.
pub(super) fn permission_choices(permissions: impl Iterator<Item = Permission>) -> Vec<(String, String)> {
    permissions.map(|p| (p.name().to_owned(), format!("{} ({})", permission_word(p), p.name()))).collect()
}

/// A role's name in the language being rendered.
pub(super) fn role_word(role: &Role) -> String {
    if current_locale() == Locale::Zh { role.name_zh.clone() } else { role.name.clone() }
}

/// Roles as the choices of a form.
pub(super) fn role_choices(roles: &[Role]) -> Vec<(String, String)> {
    roles.iter().map(|role| (role.id.to_string(), role_word(role))).collect()
}

/// Every team and each team, as the choices of a form.
pub(super) fn team_choices(teams: &[Team]) -> Vec<(String, String)> {
    std::iter::once(("*".to_owned(), t!("people-every-team")))
        .chain(teams.iter().map(|team| (team.id.to_string(), team.name.clone())))
        .collect()
}

/// `Operations engineer · Payments`.
pub(super) fn membership_word(membership: &Membership) -> String {
    let role = if current_locale() == Locale::Zh { &membership.role_name_zh } else { &membership.role_name };
    let team = if membership.team.is_none() { t!("people-every-team") } else { membership.team_name.clone() };
    format!("{role} · {team}")
}
