//! Changes: planned work on systems in a window, who approved exactly what, and when it may not run.
//!
//! A change is requested, approved by somebody else, scheduled, executed inside its window, observed and closed.
//! **Invariants:** an approval binds the hash of what was approved, so an edit afterwards voids it; nobody
//! approves what they requested or wrote; a change starts only inside its window and never into a freeze.

mod conflict;
mod content;
mod diff;
mod filter;
mod freeze;
mod gate;
mod port;
mod record;
mod state;
mod window;

pub use conflict::{Conflict, ConflictKind, Neighbour, OpenIncident, Other, Subject, Surroundings, conflicts};
pub use content::{CONTENT_FIELDS, Content, SUBMIT_FIELD};
pub use diff::{FieldDiff, diff_content};
pub use filter::Filter;
pub use freeze::{Freeze, FreezeContent, Scope};
pub use gate::{blocking_freeze, may_schedule, may_start};
pub use port::Changes;
pub use record::{
    Approval, Calendar, Choices, Detail, Entry, EntryKind, Feed, Powers, RecentChange, Revised, Summary, SystemRef, TeamRef, Waiting,
    number_text, parse_number,
};
pub use state::{Act, Outcome, Risk, State, Verdict};
pub use window::{Doubt, Window};
