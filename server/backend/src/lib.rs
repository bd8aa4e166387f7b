//! What happens in Evenkeel: services, SQL and engines behind the ports of `domain`.
//!
//! **Architecture invariants:** every service method begins with authority and ends with its audit row in the
//! same transaction; nothing is acknowledged before commit; no network call inside a transaction; SQL stands
//! only in `<area>/store.rs`. This crate does not know Leptos, axum or the configuration file.

mod claims;
pub mod context;
pub mod db;
pub mod egress;
pub mod engines;
pub mod events;
mod ical;
mod personal;
pub mod private;
pub mod replicas;
pub mod seal;
pub mod settings;
mod shared;
mod turns;

pub mod alerts;
pub mod audit;
pub mod bands;
pub mod calendars;
pub mod changes;
pub mod deliveries;
pub mod deployments;
pub mod escalations;
pub mod evidence;
pub mod explanations;
pub mod files;
pub mod health;
pub mod idempotency;
pub mod incidents;
pub mod live;
pub mod load;
pub mod merchants;
pub mod monitors;
pub mod objectives;
pub mod occasions;
pub mod oncall;
pub mod overview;
pub mod people;
pub mod retention;
pub mod rules;
pub mod sources;
pub mod status;
pub mod streams;
pub mod systems;
pub mod tools;
pub mod transactions;
pub mod views;
pub mod yaml;

pub use context::{Context, SystemClock};
pub use db::{Db, WriteTx};
pub use engines::{Engine, Engines};
pub use seal::Seal;
