//! Tables `changes`, `change_systems`, `change_revisions`, `change_approvals`, `change_entries`, `change_counter`,
//! `change_overrides`, `change_ticks`, `change_hands`, `freeze_breaks`, `change_demand_teams`, `approval_policies`, `approval_delegations`, `freezes`, `freeze_systems`,
//! `change_verifications`, `change_looks`, `change_templates`, `change_template_writers`, `evidence_waivers`.

mod carrying;
mod contents;
mod figures;
mod freezes;
mod history;
mod overdue;
mod overrides;
mod owners;
mod policies;
mod read;
mod templates;
mod under_way;
mod undoing;
mod verification;
mod waiting;
mod waivers;
mod write;

pub(super) use carrying::{agree_break, ask_break, breaks, put_hand, put_tick, set_paused, ticks};
pub(super) use contents::{Approved, Written, contents, last_approved, written_at};
pub(super) use figures::{ended, gone_past};
pub(super) use freezes::{delete_freeze, freeze, freezes, insert_freeze, keep_breaks, list_freezes, update_freeze};
pub(super) use history::{past, recent};
pub(super) use overdue::{brought_at, chased, ran_out, to_chase};
pub(super) use overrides::{insert_override, overrides};
pub(super) use owners::give;
pub(super) use policies::{
    delegation, delegations_from, delegations_now, delegations_to, delete_policy, end_delegation, insert_delegation, insert_policy,
    named_so, policies, policy, update_policy,
};
pub(crate) use read::Standing;
pub(super) use read::{Stored, approvals, awaiting, by_id, entries, list, of_team, open_on, overlapping, readers, standings, system_rows};
pub(super) use templates::{agree_template, insert_template, insert_writers, retire_template, template, templates};
pub(super) use under_way::{maintain, maintained, maintained_then, maintained_too_long, touched_since};
pub(super) use undoing::{Turn, begin_rollback, end_rollback, rollback, set_undo_run, turn, undoing};
pub(super) use verification::{begin_watch, course, end_watch, keep_judged, keep_look, set_outcome, to_look_at, verification};
pub(super) use waiting::{Candidate, candidates};
pub(super) use waivers::{agree_waiver, ask_waiver, waivers};
pub(super) use write::{
    Counted, Move, NewApproval, Terms, approve, hold, insert, insert_entry, next_number, refuse, revise, set_terms, step,
};
