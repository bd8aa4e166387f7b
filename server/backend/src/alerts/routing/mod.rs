//! The routing file: kept in all its versions, the last one in force; and what it did, or would do.

mod service;
mod store;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use domain::{
    Fault, Problem, Timestamp, Wording,
    alerts::{Labels, Routing, RoutingVersion, labels::bounded, routing::File},
};
use sqlx::AnyConnection;

pub use service::Routes;

/// Longest file, in bytes.
const LONGEST: usize = 1 << 20;

/// Files that were read, by their text: the same text always means the same, so it is read once.
static READ: Mutex<BTreeMap<String, Arc<Routing>>> = Mutex::new(BTreeMap::new());

/// A routing file that cannot be put into force, and why.
fn unread(why: String) -> Fault {
    let expected = Wording::new("routing-expect").with("why", why);
    Fault::Invalid(vec![Problem::unsaid("yaml", Wording::new("unsaid-text-wrong"), expected)])
}

/// Why these are no labels of an alert; the first reason.
fn bounded_names(labels: &Labels) -> Result<(), String> {
    let named = |name: &str| {
        let mut letters = name.chars();
        letters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
            && letters.all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '.' | '-' | ':'))
    };
    if labels.is_empty() {
        return Err("no labels".to_owned());
    }
    bounded(labels)?;
    match labels.iter().find(|(name, value)| !named(name) || value.is_empty()) {
        Some((name, _)) => Err(format!("{name:?}")),
        None => Ok(()),
    }
}

/// Reads a file; the fault names the field `yaml` and everything that is wrong. The empty text is no routes.
pub(super) fn read(yaml: &str) -> Result<Arc<Routing>, Fault> {
    if yaml.trim().is_empty() {
        return Ok(Arc::new(Routing::standing()));
    }
    if let Some(known) = READ.lock().unwrap_or_else(PoisonError::into_inner).get(yaml) {
        return Ok(known.clone());
    }
    if yaml.len() > LONGEST {
        return Err(unread(format!("{} bytes, at most {LONGEST}", yaml.len())));
    }
    crate::yaml::bounded(yaml)?;
    let file: File = crate::yaml::read(yaml).map_err(unread)?;
    let routing = Arc::new(file.read().map_err(|all| unread(all.join("; ")))?);
    let mut known = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if known.len() >= 16 {
        known.clear();
    }
    known.insert(yaml.to_owned(), routing.clone());
    Ok(routing)
}

/// The routes in force and their version. A file that does not read any more, because an older program wrote it, is as none: the
/// teams hear everything.
pub(super) async fn in_force(conn: &mut AnyConnection) -> Result<(i64, Arc<Routing>), Fault> {
    Ok(lenient(&store::current(conn).await?))
}

/// The routes that were in force at an earlier moment.
pub(super) async fn in_force_then(conn: &mut AnyConnection, then: Timestamp) -> Result<(i64, Arc<Routing>), Fault> {
    Ok(lenient(&store::then(conn, then).await?))
}

fn lenient(current: &RoutingVersion) -> (i64, Arc<Routing>) {
    let routing = read(&current.yaml).unwrap_or_else(|fault| {
        tracing::error!(version = current.version, %fault, "the routing file does not read; the team of every alert hears of it");
        Arc::new(Routing::standing())
    });
    (current.version, routing)
}
