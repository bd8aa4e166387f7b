//! Tables `changes`, `change_systems`, `change_revisions`, `change_approvals`, `change_entries`, `change_counter`,
//! `freezes`, `freeze_systems`.

mod freezes;
mod owners;
mod read;
mod under_way;
mod waiting;
mod write;

pub(super) use freezes::{delete_freeze, freeze, freezes, insert_freeze, list_freezes, update_freeze};
pub(super) use owners::give;
pub(super) use read::{
    Stored, approvals, by_id, contents, entries, last_approved, list, of_team, overlapping, readable_live, readers, recent, system_rows,
};
pub(super) use under_way::under_way_on;
pub(super) use waiting::{count_waiting, judged_by};
pub(super) use write::{Counted, Move, NewApproval, approve, insert, insert_entry, next_number, refuse, revise, step};
