//! Identifiers. Every noun has its own type; on the wire and in the database each is a UUIDv7 in text.

/// Declares identifier types: text newtypes that parse only canonical UUIDs.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Reads a canonical lower-case UUID; anything else is `None`.
            pub fn parse(text: &str) -> Option<Self> {
                is_uuid(text).then(|| Self(text.to_owned()))
            }
            /// The text of it.
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(&self.0) }
        }
        impl std::str::FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> { Self::parse(text).ok_or(NotAnId) }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = String::deserialize(d)?;
                Self::parse(&text).ok_or_else(|| serde::de::Error::custom("expected a lower-case UUID"))
            }
        }
    )+};
}

/// The text is not a canonical lower-case UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a lower-case UUID")]
pub struct NotAnId;

fn is_uuid(text: &str) -> bool {
    let b = text.as_bytes();
    b.len() == 36
        && b.iter().enumerate().all(|(i, c)| match i {
            8 | 13 | 18 | 23 => *c == b'-',
            _ => matches!(c, b'0'..=b'9' | b'a'..=b'f'),
        })
}

ids! {
    /// A person who logs in.
    UserId
    /// A team; owns systems, tools and changes.
    TeamId
    /// A named set of permissions.
    RoleId
    /// One login of one person.
    SessionId
    /// An API token.
    TokenId
    /// A service of the business.
    SystemId
    /// Something that is checked.
    MonitorId
    /// A place from which checks are run.
    LocationId
    /// A condition that holds now.
    AlertId
    /// A time in which alerts tell nobody.
    SilenceId
    /// A way in for alerts.
    IntegrationId
    /// Alerts that are told together.
    GroupId
    /// The ticket for one disturbance.
    IncidentId
    /// Planned work on systems in a window.
    ChangeId
    /// A span in which changes may not run.
    FreezeId
    /// A policy that says who approves changes.
    ApprovalPolicyId
    /// Approval given into other hands.
    DelegationId
    /// What standard changes are made from.
    TemplateId
    /// A tool definition.
    ToolId
    /// One execution of a tool.
    RunId
    /// Where notifications go.
    ChannelId
    /// One notification to one channel.
    DeliveryId
    /// A row of a timeline.
    EntryId
    /// Something to be done in an incident.
    TaskId
    /// A schedule of who is on call.
    ScheduleId
    /// A person in place of whoever a schedule says.
    CoverId
    /// An offer to take each other's shift.
    SwapId
    /// A policy of escalation.
    PolicyId
    /// One run of a policy, for one incident.
    EscalationId
    /// A file attached to an incident or a change.
    FileId
    /// Something that was shown of an artifact.
    EvidenceId
    /// What may be loaded.
    LoadTargetId
    /// One run against such a target.
    LoadRunId
    /// Runs against two targets that take turns.
    LoadComparisonId
    /// A version that was brought into an environment.
    DeploymentId
    /// Something to be done after an incident.
    ActionId
    /// What reviews are begun from.
    ReviewTemplateId
    /// Where metrics come from.
    SourceId
    /// A series of a scraped endpoint that is kept.
    SeriesId
    /// An alert rule.
    RuleId
    /// An objective.
    ObjectiveId
    /// What a system sends.
    StreamId
    /// Days that are not like others.
    OccasionId
    /// A foreign calendar.
    CalendarId
    /// A list as somebody wants to see it again.
    ViewId
    /// A status page.
    StatusPageId
    /// Something that a status page tells of.
    StatusNoticeId
}

impl StreamId {
    /// The usual stream of a system, which has the system's id.
    pub fn of_system(system: &SystemId) -> Self {
        Self(system.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_canonical_uuids_parse() {
        assert!(UserId::parse("0193f2a0-7b1c-7def-8abc-0123456789ab").is_some());
        for bad in [
            "",
            "0193F2A0-7B1C-7DEF-8ABC-0123456789AB",
            "0193f2a07b1c7def8abc0123456789ab",
            "../../etc/passwd",
            "0193f2a0-7b1c-7def-8abc-0123456789a'",
        ] {
            assert!(UserId::parse(bad).is_none(), "{bad}");
        }
    }
}
