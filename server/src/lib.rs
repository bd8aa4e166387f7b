//! The process: configuration, boot, command line, HTTP edge, embedded assets.
//!
//! A request walks through the house like this: [`serve`] accepts the connection and drives HTTP; [`layers`] bound
//! its size and time, give it a name, refuse what other sites forge and find out who asks; [`router`] finds the
//! page (`app`) or the [`api`] handler; that asks a port of `domain`, which `backend` implements.
//!
//! **Architecture invariant:** HTTP status codes are chosen here and in `app`, never below.

pub mod api;
pub mod assets;
pub mod boot;
pub mod cli;
pub mod config;
pub mod demo;
pub mod error;
pub mod layers;
mod list;
pub mod router;
pub mod serve;
pub mod settings;
