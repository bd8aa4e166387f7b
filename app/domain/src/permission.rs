//! What a person may do. Roles are named sets of these; a membership gives a role in one team or in all.

use serde::{Deserialize, Serialize};

macro_rules! permissions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// One thing that can be allowed. The text names are stable: they stand in roles, tokens and the API.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum Permission { $($(#[$doc])* #[serde(rename = $name)] $variant),+ }

        impl Permission {
            /// All of them, in the order in which pages list them.
            pub const ALL: &[Permission] = &[$(Permission::$variant),+];
            /// Stable text name, e.g. `changes.approve`.
            pub fn name(self) -> &'static str { match self { $(Self::$variant => $name),+ } }
            /// Reads a stable text name.
            pub fn parse(name: &str) -> Option<Self> { match name { $($name => Some(Self::$variant),)+ _ => None } }
        }
    };
}

permissions! {
    /// See the systems of a team and everything that belongs to them.
    Read = "read",
    /// Acknowledge alerts.
    AcknowledgeAlerts = "alerts.acknowledge",
    /// Silence alerts.
    SilenceAlerts = "alerts.silence",
    /// Say who is told of alerts: routes, receivers, what keeps what quiet; where alerts come in.
    RouteAlerts = "alerts.route",
    /// Post alerts.
    IngestAlerts = "alerts.ingest",
    /// Open, update and comment incidents.
    WorkIncidents = "incidents.work",
    /// Create and edit monitors.
    EditMonitors = "monitors.edit",
    /// Create and edit systems.
    EditSystems = "systems.edit",
    /// Request changes.
    RequestChanges = "changes.request",
    /// Approve or reject changes (never one's own).
    ApproveChanges = "changes.approve",
    /// Schedule, start and finish changes.
    ExecuteChanges = "changes.execute",
    /// Set freeze windows.
    SetFreezes = "freezes.set",
    /// Run tools marked safe for the first line.
    RunSafeTools = "tools.run-safe",
    /// Run any tool of the team.
    RunTools = "tools.run",
    /// Approve tool runs that ask for it (never one's own).
    ApproveRuns = "runs.approve",
    /// Define tools.
    DefineTools = "tools.define",
    /// Post transactions.
    IngestTransactions = "transactions.ingest",
    /// Post deployments, as CI does.
    PostDeployments = "deployments.post",
    /// Export lists and reports.
    Export = "export",
    /// Keep schedules of who is on call, and policies of escalation.
    ManageOnCall = "oncall.manage",
    /// Manage notification channels.
    ManageChannels = "channels.manage",
    /// Manage users, teams, roles and memberships.
    ManagePeople = "people.manage",
    /// Make API tokens.
    ManageTokens = "tokens.manage",
    /// Read the audit trail.
    ReadAudit = "audit.read",
    /// Change settings; see the health of the process.
    ManageSettings = "settings.manage",
}

/// A set of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PermissionSet(u64);

impl PermissionSet {
    /// Nothing.
    pub const NONE: Self = Self(0);

    /// Everything there is.
    pub fn all() -> Self {
        Permission::ALL.iter().copied().collect()
    }

    /// Whether the set permits it. Who may run any tool may run the safe ones.
    pub fn has(self, permission: Permission) -> bool {
        let holds = |p: Permission| self.0 & (1 << p as u64) != 0;
        holds(permission) || permission == Permission::RunSafeTools && holds(Permission::RunTools)
    }

    /// Both sets together.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What both sets hold.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Its members in listing order.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |p| self.has(*p))
    }

    /// Whether it holds nothing.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Space-separated stable names, as stored.
    pub fn to_names(self) -> String {
        self.iter().map(Permission::name).collect::<Vec<_>>().join(" ")
    }

    /// Reads what [`Self::to_names`] wrote; names it does not know are left out.
    pub fn from_names(names: &str) -> Self {
        names.split_whitespace().filter_map(Permission::parse).collect()
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |set, p| set | 1 << p as u64))
    }
}

impl Serialize for PermissionSet {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for PermissionSet {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Ok(Vec::<Permission>::deserialize(d)?.into_iter().collect())
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for PermissionSet {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        Vec::<Permission>::schema()
    }
}
#[cfg(feature = "openapi")]
impl utoipa::ToSchema for PermissionSet {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        let set: PermissionSet = [Permission::Read, Permission::ApproveChanges].into_iter().collect();
        assert_eq!(set.to_names(), "read changes.approve");
        assert_eq!(PermissionSet::from_names(&set.to_names()), set);
        assert_eq!(PermissionSet::from_names("read no.such"), [Permission::Read].into_iter().collect());
    }
}
