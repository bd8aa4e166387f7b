//! Which routes take an alert, and why the others do not.

use serde::{Deserialize, Serialize};

use super::{Receiver, Route, Routing};
use crate::{
    alerts::{Labels, matcher::print_matchers},
    words::words,
};

words! {
    /// What became of a route when an alert came by.
    pub enum Verdict {
        /// It took the alert.
        Taken = "taken",
        /// It matched, and one of its children took the alert.
        Passed = "passed",
        /// A matcher was not satisfied.
        Refused = "refused",
        /// A sibling before it took the alert and did not say `continue`.
        Unreached = "unreached",
    }
}

/// One route, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Considered {
    /// Where it stands: `route.routes[0]`.
    pub place: String,
    /// How deep.
    pub depth: u32,
    /// Its matchers.
    pub matchers: String,
    /// Its receiver.
    pub receiver: String,
    /// What became of it.
    pub verdict: Verdict,
    /// The first matcher that was not satisfied, and what the label said.
    pub why: String,
}

impl Routing {
    /// The routes that take an alert with these labels: the root at least.
    pub fn routes_of<'a>(&'a self, labels: &Labels) -> Vec<&'a Route> {
        fn walk<'a>(route: &'a Route, labels: &Labels, found: &mut Vec<&'a Route>) -> bool {
            if !route.matchers.iter().all(|matcher| matcher.matches(labels)) {
                return false;
            }
            let before = found.len();
            for child in &route.routes {
                if walk(child, labels, found) && !child.goes_on {
                    break;
                }
            }
            if found.len() == before {
                found.push(route);
            }
            true
        }
        let mut found = Vec::new();
        walk(&self.route, labels, &mut found);
        found
    }

    /// The receivers of an alert with these labels, where none of them is there to tell anybody; `None` where one is.
    pub fn nobody(&self, labels: &Labels) -> Option<String> {
        if !self.receivers.iter().any(Receiver::tells_nobody) {
            return None;
        }
        let mut names: Vec<&str> = self.routes_of(labels).into_iter().map(|route| route.receiver.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let none = names.iter().all(|name| self.receiver(name).is_some_and(Receiver::tells_nobody));
        none.then(|| names.join(", "))
    }

    /// Every route in order, and what becomes of it for these labels; below what was refused nothing is told.
    pub fn consider(&self, labels: &Labels) -> Vec<Considered> {
        fn walk(route: &Route, labels: &Labels, depth: u32, reached: bool, told: &mut Vec<Considered>) -> bool {
            let failed = route.matchers.iter().find(|matcher| !matcher.matches(labels));
            let at = told.len();
            told.push(Considered {
                place: route.place.clone(),
                depth,
                matchers: print_matchers(&route.matchers),
                receiver: route.receiver.clone(),
                verdict: Verdict::Unreached,
                why: String::new(),
            });
            if !reached {
                return false;
            }
            if let Some(matcher) = failed {
                told[at].verdict = Verdict::Refused;
                told[at].why = format!("{matcher} ≠ \"{}\"", labels.get(matcher.name()).map_or("", String::as_str));
                return false;
            }
            let (mut reached, mut taken) = (true, false);
            for child in &route.routes {
                if walk(child, labels, depth + 1, reached, told) {
                    taken = true;
                    reached = child.goes_on;
                }
            }
            told[at].verdict = if taken { Verdict::Passed } else { Verdict::Taken };
            true
        }
        let mut told = Vec::new();
        walk(&self.route, labels, 0, true, &mut told);
        told
    }
}
