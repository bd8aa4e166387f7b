//! What is true in Evenkeel: identifiers, time, vocabulary, rules and ports.
//!
//! **Architecture invariant:** nothing here does I/O, reads a clock or knows HTTP. Every rule is a pure
//! function of values and `now`, so it is tested without a runtime. `backend` implements the ports,
//! `app` and `server` speak to them; neither sees the other.

pub mod actor;
pub mod blank;
pub mod fault;
pub mod form;
pub mod id;
mod outcome;
pub mod page;
pub mod permission;
pub mod portal;
pub mod text;
pub mod time;
pub mod words;

pub mod alerts;
pub mod anomalies;
pub mod audit;
pub mod bands;
pub mod calendars;
pub mod changepoints;
pub mod changes;
pub mod deliveries;
pub mod deployments;
pub mod escalations;
pub mod evidence;
pub mod files;
pub mod forecast;
pub mod health;
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
pub mod quiet;
pub mod reports;
pub mod rules;
pub mod series;
pub mod slices;
pub mod sources;
pub mod statistics;
pub mod status;
pub mod streams;
pub mod systems;
pub mod tools;
pub mod transactions;
pub mod unusual;
pub mod verification;
pub mod views;

pub use actor::{Actor, Reach, Who};
pub use fault::{Fault, Problem, Wording};
pub use page::{Page, PageRequest};
pub use permission::{Permission, PermissionSet};
pub use portal::Portal;
pub use time::{Clock, Span, Timestamp};
