//! What people type around an incident, and what the API sends.

use super::{COMMANDER, LinkKind, WINDOW_MS};
use crate::{
    Fault, Timestamp, Wording,
    form::{Check, Typed},
    id::{SystemId, UserId},
    incidents::{Ref, filter::one_of, moment},
    text::{Key, Name, Prose},
    time::MINUTE,
};

/// Names of the fields of a task.
pub const TASK_FIELDS: &[&str] = &["task", "assignee", "due", "zone"];

/// Who shall hold a role, or no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponderInput {
    /// They.
    pub user: UserId,
    /// Key of the role.
    pub role: Key,
}

impl ResponderInput {
    /// Reads `user` (an id, or `me`) and `role`. `me` is the person who asks.
    pub fn parse(typed: &Typed, me: Option<&UserId>) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(&["user", "role"]);
        let user = check.field("user", |text| match (text, me) {
            ("me", Some(me)) => Ok(me.clone()),
            (text, _) => UserId::parse(text).ok_or_else(|| Wording::new("expect-id")),
        });
        let role = check.field("role", Key::parse);
        let (user, role) = check.finish((user, role))?;
        Ok(Self { user, role })
    }

    /// Whether it is about the lead.
    pub fn leads(&self) -> bool {
        self.role.as_str() == COMMANDER
    }
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskInput {
    /// What, in a line.
    pub text: Name,
    /// By whom.
    pub assignee: Option<UserId>,
    /// By when.
    pub due: Option<Timestamp>,
}

impl TaskInput {
    /// Reads `task`, `assignee` (an id, `me` or empty), `due` (RFC 3339, or wall time in `zone`; may be empty).
    pub fn parse(typed: &Typed, me: Option<&UserId>) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(TASK_FIELDS);
        let text = check.field("task", Name::parse);
        let assignee = check.optional("assignee", |text| match (text, me) {
            ("me", Some(me)) => Ok(me.clone()),
            (text, _) => UserId::parse(text).ok_or_else(|| Wording::new("expect-id")),
        });
        let due = check.optional("due", |text| moment(text, typed.get("zone")));
        let (text, assignee, due) = check.finish((text, assignee, due))?;
        Ok(Self { text, assignee, due })
    }
}

/// Which runbook is pinned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunbookInput {
    /// That of the first system, whatever it is.
    Usual,
    /// That of this system.
    Of(SystemId),
    /// This text.
    Own(Prose),
}

impl RunbookInput {
    /// Reads `runbook_of`: empty, `own`, or the id of a system; and with `own`, `runbook` (Markdown).
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(&["runbook_of", "runbook"]);
        let chosen = match typed.get("runbook_of") {
            "" => Some(Self::Usual),
            "own" => check
                .field("runbook", |text| if text.trim().is_empty() { Err(Wording::new("expect-something")) } else { Prose::parse(text) })
                .map(Self::Own),
            _ => check.field("runbook_of", |text| SystemId::parse(text).ok_or_else(|| Wording::new("expect-id"))).map(Self::Of),
        };
        let (chosen,) = check.finish((chosen,))?;
        Ok(chosen)
    }
}

/// How an incident belongs to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkInput {
    /// The other one.
    pub other: Ref,
    /// How.
    pub kind: LinkKind,
}

impl LinkInput {
    /// Reads `other` (`INC-42`, `42` or an id) and `kind`.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(&["other", "kind"]);
        let other = check.field("other", incident);
        let kind = check.field("kind", |text| LinkKind::parse(text).ok_or_else(|| one_of(LinkKind::ALL.iter().map(|k| k.name()))));
        let (other, kind) = check.finish((other, kind))?;
        Ok(Self { other, kind })
    }
}

/// Reads `into`: the incident that this one turned out to be.
pub fn read_merge(typed: &Typed) -> Result<Ref, Fault> {
    let mut check = Check::new(typed);
    check.only(&["into"]);
    let into = check.field("into", incident);
    let (into,) = check.finish((into,))?;
    Ok(into)
}

fn incident(text: &str) -> Result<Ref, Wording> {
    Ref::parse(text.trim()).ok_or_else(|| Wording::new("incidents-expect-incident"))
}

/// A system that an incident concerns, or no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemInput {
    /// The system.
    pub system: SystemId,
    /// Whether it concerns it.
    pub concerns: bool,
}

impl SystemInput {
    /// Reads `add_system` or `remove_system`, one of the two.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(&["add_system", "remove_system"]);
        let concerns = !typed.has("remove_system");
        let field = if concerns { "add_system" } else { "remove_system" };
        let system = check.field(field, |text| SystemId::parse(text).ok_or_else(|| Wording::new("expect-id")));
        let (system,) = check.finish((system,))?;
        Ok(Self { system, concerns })
    }
}

/// A role of the house, new or under its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleInput {
    /// Its handle.
    pub key: Key,
    /// Its English name.
    pub name: Name,
    /// Its Chinese name.
    pub name_zh: Name,
}

impl RoleInput {
    /// Reads `key`, `name`, `name_zh`.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(&["key", "name", "name_zh"]);
        let key = check.field("key", Key::parse);
        let name = check.field("name", Name::parse);
        let name_zh = check.field("name_zh", Name::parse);
        let (key, name, name_zh) = check.finish((key, name, name_zh))?;
        Ok(Self { key, name, name_zh })
    }
}

/// Reads `reopen_minutes`; gives milliseconds.
pub fn read_window(typed: &Typed) -> Result<i64, Fault> {
    let mut check = Check::new(typed);
    check.only(&["reopen_minutes"]);
    let minutes = check.number("reopen_minutes", WINDOW_MS.start() / MINUTE, WINDOW_MS.end() / MINUTE);
    let (minutes,) = check.finish((minutes,))?;
    Ok(minutes * MINUTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(pairs: &[(&str, &str)]) -> Typed {
        Typed::from_pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn a_task_is_due_at_a_wall_time_or_a_moment() {
        let at = |due: &str, zone: &str| TaskInput::parse(&typed(&[("task", "Call the bank"), ("due", due), ("zone", zone)]), None);
        let shanghai = at("2025-03-14T14:05", "Asia/Shanghai").unwrap().due;
        assert_eq!(shanghai, Timestamp::parse_rfc3339("2025-03-14T06:05:00Z"));
        assert_eq!(at("2025-03-14T06:05:00Z", "").unwrap().due, shanghai);
        assert_eq!(at("", "").unwrap().due, None);
        assert_eq!(at("soon", "UTC").unwrap_err().problems()[0].value, "soon");
        assert_eq!(at("2025-03-14T14:05", "Mars").unwrap_err().problems()[0].field, "due");
        assert_eq!(TaskInput::parse(&typed(&[("task", " ")]), None).unwrap_err().problems()[0].field, "task");
    }

    #[test]
    fn a_runbook_of_its_own_says_something() {
        assert_eq!(RunbookInput::parse(&typed(&[])), Ok(RunbookInput::Usual));
        assert_eq!(RunbookInput::parse(&typed(&[("runbook_of", "own")])).unwrap_err().problems()[0].field, "runbook");
        assert!(matches!(RunbookInput::parse(&typed(&[("runbook_of", "own"), ("runbook", "1. call")])), Ok(RunbookInput::Own(_))));
        assert_eq!(RunbookInput::parse(&typed(&[("runbook_of", "x")])).unwrap_err().problems()[0].value, "x");
    }

    #[test]
    fn other_incidents_are_named_as_people_say_them() {
        assert_eq!(read_merge(&typed(&[("into", " INC-7 ")])), Ok(Ref::Number(7)));
        assert_eq!(read_merge(&typed(&[("into", "seven")])).unwrap_err().problems()[0].value, "seven");
        assert_eq!(LinkInput::parse(&typed(&[("other", "7"), ("kind", "like")])).unwrap_err().problems()[0].field, "kind");
        assert_eq!(read_window(&typed(&[("reopen_minutes", "1441")])).unwrap_err().problems()[0].value, "1441");
        assert_eq!(read_window(&typed(&[("reopen_minutes", "30")])), Ok(30 * MINUTE));
    }
}
