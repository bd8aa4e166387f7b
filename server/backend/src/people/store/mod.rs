//! Tables of the area: one file per noun.

pub(super) mod feeds;
pub(super) mod roles;
pub(super) mod sessions;
pub(super) mod setup;
pub(super) mod teams;
pub(super) mod tokens;
pub(super) mod users;
