//! The table of needs at the door: whoever holds a route's permission in no team at all does not reach its handler.
//!
//! The service behind it asks again, on the object: this here is the second lock, not the first. What it catches is a
//! page that shows something without asking a service.

use std::{collections::HashMap, sync::Arc};

use app::routes::{Need, RouteEntry};
use axum::{
    extract::{MatchedPath, Request},
    http::Method,
};
use domain::{Fault, people::Identity};

/// What each route needs, by method and pattern.
#[derive(Clone)]
pub struct Needs(Arc<HashMap<(String, String), Need>>);

impl Needs {
    /// Out of the table.
    pub fn new(table: &[RouteEntry]) -> Self {
        Self(Arc::new(table.iter().map(|entry| ((entry.method.to_owned(), entry.path.clone()), entry.need)).collect()))
    }

    /// Why the caller may not pass; [`Fault::Unauthenticated`] for nobody.
    pub fn refuse(&self, request: &Request) -> Option<Fault> {
        let path = request.extensions().get::<MatchedPath>()?.as_str();
        let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
        let need = self.0.get(&(method.to_string(), path.to_owned())).copied()?;
        let actor = request.extensions().get::<Identity>().map(|identity| &identity.actor);
        match need {
            Need::Public => None,
            Need::LoggedIn => actor.map_or(Some(Fault::Unauthenticated), |actor| actor.authenticated().err()),
            Need::Permission(permission) => actor.map_or(Some(Fault::Unauthenticated), |actor| actor.require_somewhere(permission).err()),
        }
    }
}
