//! The one test binary: every area on both databases, through the whole process but the network.

#[macro_use]
mod app;

mod alerts;
mod audit;
mod changes;
mod deliveries;
mod edge;
mod incidents;
mod monitors;
mod overview;
mod people;
mod retention;
mod routes;
mod schema;
mod serve;
mod shell;
mod systems;
mod tools;
mod transactions;
