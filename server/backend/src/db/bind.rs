//! What may be bound to a placeholder. Booleans travel as 0/1, moments as epoch-milliseconds, ids as text.

use domain::{
    Timestamp,
    id::*,
    text::{Key, Name, Prose},
};
use sqlx::{Arguments, any::AnyArguments};

/// A value for a placeholder.
pub trait Bind {
    /// Adds the value.
    fn add_to(self, arguments: &mut AnyArguments);
    /// Adds a typed NULL.
    fn add_null(arguments: &mut AnyArguments);
}

/// Encoding into the argument buffer cannot fail for these types.
fn add<'q, T: sqlx::Encode<'q, sqlx::Any> + sqlx::Type<sqlx::Any>>(arguments: &mut AnyArguments, value: T) {
    if let Err(error) = arguments.add(value) {
        tracing::error!(%error, "value does not encode");
    }
}

macro_rules! bind_as {
    ($($type:ty => |$value:ident| $as:expr, $null:ty;)+) => {$(
        impl Bind for $type {
            fn add_to(self, arguments: &mut AnyArguments) { let $value = self; add(arguments, $as); }
            fn add_null(arguments: &mut AnyArguments) { add(arguments, None::<$null>); }
        }
    )+};
}

bind_as! {
    i64 => |v| v, i64;
    i32 => |v| i64::from(v), i64;
    u32 => |v| i64::from(v), i64;
    u16 => |v| i64::from(v), i64;
    bool => |v| i64::from(v), i64;
    String => |v| v, String;
    &String => |v| v.clone(), String;
    &str => |v| v.to_owned(), String;
    Vec<u8> => |v| v, Vec<u8>;
    &[u8] => |v| v.to_vec(), Vec<u8>;
    Timestamp => |v| v.0, i64;
}

/// "Not there" travels as NaN. A NULL of this type would be declared to Postgres as a number of four bytes, and the statement,
/// which is kept for the next time, would then refuse the eight bytes of a value. SQLite writes NaN as NULL; whoever reads such a
/// column takes what is not finite for "not there".
impl Bind for f64 {
    fn add_to(self, arguments: &mut AnyArguments) {
        add(arguments, self);
    }
    fn add_null(arguments: &mut AnyArguments) {
        add(arguments, f64::NAN);
    }
}

macro_rules! bind_text {
    ($($type:ty)+) => {$(
        impl Bind for &$type {
            fn add_to(self, arguments: &mut AnyArguments) { add(arguments, self.as_str().to_owned()); }
            fn add_null(arguments: &mut AnyArguments) { add(arguments, None::<String>); }
        }
    )+};
}

bind_text! {
    FileId SilenceId IntegrationId DeploymentId ActionId ReviewTemplateId
    UserId TeamId RoleId SessionId TokenId SystemId LocationId MonitorId AlertId IncidentId ChangeId FreezeId ToolId RunId
    ApprovalPolicyId DelegationId TemplateId
    ChannelId DeliveryId EntryId TaskId ScheduleId CoverId SwapId PolicyId EscalationId SourceId SeriesId
    RuleId ObjectiveId OccasionId CalendarId ViewId StreamId EvidenceId LoadTargetId LoadRunId LoadComparisonId StatusPageId StatusNoticeId
    Name Key Prose
}

impl<T: Bind> Bind for Option<T> {
    fn add_to(self, arguments: &mut AnyArguments) {
        match self {
            Some(value) => value.add_to(arguments),
            None => T::add_null(arguments),
        }
    }
    fn add_null(arguments: &mut AnyArguments) {
        T::add_null(arguments);
    }
}
