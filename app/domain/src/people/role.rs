//! Roles: named sets of permissions, and the seven that every portal begins with.

use serde::{Deserialize, Serialize};

use crate::{Permission, PermissionSet, id::*};
use Permission as P;

/// A named set of permissions and the page its holder sees first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Role {
    /// Which.
    pub id: RoleId,
    /// Short handle; unique.
    pub key: String,
    /// Name in English; unique.
    pub name: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Path of the first screen, e.g. `/alerts?mine=1`.
    pub home: String,
    /// What it allows.
    pub permissions: PermissionSet,
    /// How many memberships give it.
    pub members: i64,
}

/// A role that a user has, in one team or in all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Membership {
    /// The team; `None` stands for every team, those to come included.
    pub team: Option<TeamId>,
    /// The team's name; empty for every team.
    pub team_name: String,
    /// The role.
    pub role: RoleId,
    /// The role's handle.
    pub role_key: String,
    /// The role's name in English.
    pub role_name: String,
    /// The role's name in Chinese.
    pub role_name_zh: String,
    /// First screen of the role.
    pub home: String,
    /// What the role allows.
    pub permissions: PermissionSet,
}

/// A role that is there from the beginning.
pub struct DefaultRole {
    /// Short handle.
    pub key: &'static str,
    /// Name in English.
    pub name: &'static str,
    /// Name in Chinese.
    pub name_zh: &'static str,
    /// Path of the first screen.
    pub home: &'static str,
    /// What it allows.
    pub permissions: &'static [Permission],
}

/// The seven roles of an operations department. Only the first start writes them; afterwards they are edited freely.
pub const DEFAULT_ROLES: [DefaultRole; 7] = [
    DefaultRole { key: "viewer", name: "Viewer", name_zh: "只读观察", home: "/", permissions: &[P::Read] },
    DefaultRole {
        key: "operator",
        name: "First-line operator",
        name_zh: "一线值班",
        home: "/alerts?mine=1",
        permissions: &[P::Read, P::AcknowledgeAlerts, P::SilenceAlerts, P::WorkIncidents, P::RunSafeTools, P::Export],
    },
    DefaultRole {
        key: "engineer",
        name: "Operations engineer",
        name_zh: "运维工程师",
        home: "/",
        permissions: &[
            P::Read,
            P::AcknowledgeAlerts,
            P::SilenceAlerts,
            P::IngestAlerts,
            P::WorkIncidents,
            P::EditMonitors,
            P::EditSystems,
            P::RequestChanges,
            P::RunSafeTools,
            P::RunTools,
            P::IngestTransactions,
            P::Export,
            P::ManageOnCall,
            P::ManageTokens,
        ],
    },
    DefaultRole {
        key: "release-manager",
        name: "Release manager",
        name_zh: "投产经理",
        home: "/changes",
        permissions: &[
            P::Read,
            P::RequestChanges,
            P::ExecuteChanges,
            P::SetFreezes,
            P::WorkIncidents,
            P::PostDeployments,
            P::Export,
            P::ManageTokens,
        ],
    },
    DefaultRole {
        key: "analyst",
        name: "Business analyst",
        name_zh: "业务分析",
        home: "/transactions",
        permissions: &[P::Read, P::Export, P::ManageTokens],
    },
    DefaultRole {
        key: "approver",
        name: "Approver",
        name_zh: "审批人",
        home: "/approvals",
        permissions: &[P::Read, P::ApproveChanges, P::ApproveRuns, P::Export],
    },
    DefaultRole { key: "administrator", name: "Administrator", name_zh: "系统管理员", home: "/admin/health", permissions: P::ALL },
];

/// The first screen of someone with these memberships: that of the role that allows most; `/` without any.
pub fn home_of(memberships: &[Membership]) -> String {
    memberships
        .iter()
        .max_by(|a, b| a.permissions.iter().count().cmp(&b.permissions.iter().count()).then_with(|| b.role_key.cmp(&a.role_key)))
        .map_or_else(|| "/".to_owned(), |m| m.home.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(key: &str, permissions: &[Permission]) -> Membership {
        Membership {
            team: None,
            team_name: String::new(),
            role: RoleId::parse("00000000-0000-7000-8000-000000000001").unwrap(),
            role_key: key.into(),
            role_name: key.into(),
            role_name_zh: key.into(),
            home: format!("/{key}"),
            permissions: permissions.iter().copied().collect(),
        }
    }

    #[test]
    fn the_strongest_role_decides_the_first_screen() {
        assert_eq!(home_of(&[]), "/");
        let memberships = [member("viewer", &[P::Read]), member("approver", &[P::Read, P::ApproveChanges])];
        assert_eq!(home_of(&memberships), "/approver");
        // Equal ones: the same answer whatever their order.
        let (a, b) = (member("a", &[P::Read]), member("b", &[P::Read]));
        assert_eq!(home_of(&[a.clone(), b.clone()]), home_of(&[b, a]));
    }

    #[test]
    fn defaults_are_what_the_product_promises() {
        let of = |key: &str| DEFAULT_ROLES.iter().find(|r| r.key == key).unwrap();
        assert_eq!(of("viewer").permissions, [P::Read]);
        assert!(DEFAULT_ROLES.iter().all(|r| r.permissions.contains(&P::Read) && r.home.starts_with('/')));
        assert!(DEFAULT_ROLES.iter().filter(|r| r.permissions.contains(&P::ManagePeople)).count() == 1);
        assert!(!of("approver").permissions.contains(&P::RequestChanges));
    }
}
