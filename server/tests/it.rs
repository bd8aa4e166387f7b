//! The one test binary: every area on both databases, through the whole process but the network.

#[macro_use]
mod app;

mod alerts;
mod audit;
mod bands;
mod calendars;
mod changes;
mod deliveries;
mod edge;
mod endurance;
mod incidents;
mod load;
mod monitors;
mod names;
mod normal;
mod objectives;
mod occasions;
mod offline;
mod oncall;
mod overview;
mod people;
mod pipeline;
mod program;
mod replicas;
mod retention;
mod routes;
mod rules;
mod schema;
mod secrets;
mod serve;
mod services;
mod shell;
mod sources;
mod status;
mod streams;
mod systems;
mod tools;
mod transactions;
mod views;
