//! Changes: planned work on systems in a window, who approved exactly what, and when it may not run.
//!
//! A change is requested, approved by somebody else, scheduled, executed inside its window, observed and closed.
//! **Invariants:** an approval binds the hash of what was approved, so an edit afterwards voids it; nobody
//! approves what they requested or wrote; a change starts only inside its window and never into a freeze.

mod absence;
mod approving;
mod bounds;
mod carrying;
mod clock;
mod conflict;
mod content;
mod delegation;
mod demand;
mod diff;
#[cfg(test)]
mod dst;
mod figures;
mod filter;
mod freeze;
mod gate;
mod look;
mod moving;
mod no_go;
mod outlook;
mod policy;
mod port;
mod powers;
mod quiet_hours;
mod quieting;
mod record;
mod requirement;
mod score;
mod shape;
mod slot;
mod state;
mod step;
mod step_run;
mod suspect;
mod template;
mod undoing;
mod verification;
mod watch;
mod window;

pub use absence::{Absence, Away, DayOff, Lack, hands, names_of_hands};
pub use approving::{Answered, ApprovalLink, Approving, DemandStatus, WhatIf, work_refused};
pub use bounds::{Bound, BoundOf, Bounds, Broken};
pub use carrying::{
    Carrying, FreezeBreak, GateAnswer, LONGEST_NOTE, SHORT_SHA, StepResult, Tick, WHOLE_SHA, asked_sha, parse_tick, read_reason, same_sha,
};
pub use clock::{StepClock, failed_step, open_step, step_clocks, tick_refusal};
pub use conflict::{Conflict, ConflictKind, Neighbour, OpenIncident, Other, Subject, Surroundings, are_mild, conflicts};
pub use content::{CONTENT_FIELDS, Content, SUBMIT_FIELD};
pub use delegation::{Delegation, NewDelegation};
pub use demand::{Demand, Demands};
pub use diff::{FILES_FIELD, FieldDiff, diff_content};
pub use figures::{ChangeFigureRow, ChangeFigures, Ended, GonePast, Past};
pub use filter::Filter;
pub use freeze::{Freeze, FreezeContent, Scope};
pub use gate::{FROZEN, Gate, Question, Refusal};
pub use look::{
    Look, LookAlone, LookControl, LookDoubt, LookDrift, LookFigure, LookMeasure, LookWarning, NewCode, SlotSeen, SystemSeen, Verified, look,
};
pub use moving::{Moving, WindowCost, conflicts_changed};
pub use no_go::NoGo;
pub use outlook::{Expected as ExpectedVerdict, Outlook, drop_points, time_to_verdict};
pub use policy::{MOST_STAGES, Policy, PolicyContent, STAGE_PARTS, Side, Stage};
pub use port::Changes;
pub use powers::Powers;
pub use quiet_hours::{HourlyVolume, QUIET_GRADES, QuietSpan, quiet_spans};
pub use quieting::{ExpectedAmount, QuietAnswer, QuietAsk, QuietLack, QuietWindow, Tried};
pub use record::{
    Approval, Calendar, Choices, Detail, Entry, EntryKind, Feed, Override, Revised, Summary, SystemRef, TeamRef, ToolRef, Waiting,
    number_text, parse_number,
};
pub use requirement::{Requirement, RequirementStatus, Shown, Waiver, Wanted, parse_waiver};
pub use score::{Factor, Facts, Points, Score, evidence_used, score};
pub use shape::{LaneBy, Shape};
pub use slot::{SLOT_FIELDS, SLOT_HORIZON, SlotAnswer, free_slot, slot_asked};
pub use state::{Act, Kind, Outcome, Risk, State, Verdict, word as read_word};
pub use step::{Artifact, Given, MOST_STEPS, STEP_PARTS, Step, read_sha};
pub use step_run::{StepRun, step_of};
pub use suspect::RecentChange;
pub use template::{Template, Templates};
pub use undoing::{Rollback, Undo, UndoAct, UndoState, UndoTrouble, parse_undo, to_undo};
pub use verification::{DrawnSlot, Judged, Verification, Verifying, parse_judgement};
pub use watch::{Course, WATCH_FIELDS, Watch, WatchStage};
pub use window::{Doubt, Window};
