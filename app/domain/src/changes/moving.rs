//! What moving a change to another time would do, known before it is done.

use serde::{Deserialize, Serialize};

use super::{Conflict, Score, State, Summary, Window};
use crate::Span;

/// What a window is expected to cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WindowCost {
    /// Transactions expected in it and in the time that rolling back takes.
    pub expected: f64,
    /// Transactions expected to be hurt: those × how often changes of these systems fail.
    pub cost: f64,
}

/// A change as it would be at another time.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Moving {
    /// As it is.
    pub change: Summary,
    /// The version that this was reckoned from: the move must name it.
    pub version: i64,
    /// The window that it would have, as long as it has now.
    pub window: Window,
    /// Where it would stand.
    pub state: State,
    /// Approvals that would be void.
    pub voided: u32,
    /// Approvals that it would take.
    pub needed: u32,
    /// How risky it would be, as facts have it.
    pub score: Score,
    /// What would be in the way, the worst first.
    pub conflicts: Vec<Conflict>,
    /// How many of those are not in the way now.
    pub more: usize,
    /// How many that are in the way now would not be.
    pub fewer: usize,
    /// The next moment with nothing in the way, where something is.
    pub free: Option<Span>,
    /// What the present window is expected to cost; absent where too little is known of its hours.
    pub cost_now: Option<WindowCost>,
    /// What the other would.
    pub cost_then: Option<WindowCost>,
}

impl Moving {
    /// Whether the window would be another at all.
    pub fn moves(&self) -> bool {
        self.window != self.change.window
    }
}

/// How many of `after` are not among `before`, and the other way round: the same thing for the same reason counts as one.
pub fn conflicts_changed(before: &[Conflict], after: &[Conflict]) -> (usize, usize) {
    let lacks = |list: &[Conflict], one: &Conflict| !list.iter().any(|other| other.kind == one.kind && other.with == one.with);
    (after.iter().filter(|one| lacks(before, one)).count(), before.iter().filter(|one| lacks(after, one)).count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Timestamp,
        changes::{ConflictKind, Other},
    };

    #[test]
    fn what_stays_in_the_way_is_neither_more_nor_fewer() {
        let conflict = |kind, label: &str, from| Conflict {
            kind,
            with: Other { noun: "change".into(), id: None, label: label.into() },
            system: None,
            person: None,
            span: Span { from: Timestamp(from), to: Timestamp(from + 1) },
        };
        let before = [conflict(ConflictKind::SameSystem, "CHG-1", 1), conflict(ConflictKind::SameTeam, "CHG-2", 1)];
        let after = [conflict(ConflictKind::SameSystem, "CHG-1", 5), conflict(ConflictKind::Dependency, "CHG-2", 1)];
        assert_eq!(conflicts_changed(&before, &after), (1, 1));
        assert_eq!(conflicts_changed(&before, &before), (0, 0));
        assert_eq!(conflicts_changed(&[], &after), (2, 0));
    }
}
