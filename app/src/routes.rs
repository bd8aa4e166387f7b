//! The list of what can be called. Every area registers its pages and acts here, each with what it needs, so that
//! a test can hold the running router against a checked-in table of authority.
//!
//! ```ignore
//! pub fn routes() -> Routes {
//!     Routes::new()
//!         .get("/incidents", Need::LoggedIn, list)
//!         .post("/incidents/{id}/comments", Need::Permission(Permission::WorkIncidents), comment)
//! }
//! ```
//!
//! **Architecture invariant:** the need written here is a declaration that tests hold the handler to; the handler's
//! service asks for authority itself, on the object, as its first line.

use std::sync::LazyLock;

use axum::{Router, handler::Handler, routing};
use domain::{Permission, Portal};

/// What a caller must be or hold for a route to do anything for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing: login page, calendar feeds with a secret in the URL, heartbeats.
    Public,
    /// A session or token; what is shown is cut to the caller's reach.
    LoggedIn,
    /// This permission, on the team of the object or (where there is none) everywhere.
    Permission(Permission),
}

impl Need {
    /// How it stands in the table: `public`, `logged-in` or the permission's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::LoggedIn => "logged-in",
            Self::Permission(permission) => permission.name(),
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteEntry {
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// As axum reads it, e.g. `/incidents/{id}`.
    pub path: String,
    /// What it needs.
    pub need: Need,
}

/// A router that knows what is in it.
#[derive(Default)]
pub struct Routes {
    router: Router<Portal>,
    table: Vec<RouteEntry>,
}

impl Routes {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A page, a fragment, a download: changes nothing. `HEAD` comes with it.
    #[must_use]
    pub fn get<H: Handler<T, Portal>, T: 'static>(self, path: &str, need: Need, handler: H) -> Self {
        self.add("GET", path, need, routing::get(handler))
    }

    /// An act.
    #[must_use]
    pub fn post<H: Handler<T, Portal>, T: 'static>(self, path: &str, need: Need, handler: H) -> Self {
        self.add("POST", path, need, routing::post(handler))
    }

    fn add(mut self, method: &'static str, path: &str, need: Need, route: routing::MethodRouter<Portal>) -> Self {
        self.router = self.router.route(path, route);
        self.table.push(RouteEntry { method, path: path.to_owned(), need });
        self
    }

    /// These and those.
    #[must_use]
    pub fn merge(mut self, others: Self) -> Self {
        self.router = self.router.merge(others.router);
        self.table.extend(others.table);
        self
    }

    /// The router and the table of what is in it.
    pub fn into_parts(self) -> (Router<Portal>, Vec<RouteEntry>) {
        (self.router, self.table)
    }
}

/// Patterns of what can be read. Files are none of it: nobody comes back to one.
static READ: LazyLock<Vec<String>> = LazyLock::new(|| {
    let (_, table) = crate::routes().into_parts();
    let pages = table.into_iter().filter(|entry| entry.method == "GET" && !entry.path.ends_with("/files/{file}"));
    pages.map(|entry| entry.path).collect()
});

/// The page on which an act stands: its own path where that can be read, otherwise the nearest above it.
pub(crate) fn page_of(path: &str) -> &str {
    let fits = |path: &str| {
        READ.iter().any(|pattern| {
            let parts = || pattern.split('/').zip(path.split('/'));
            pattern.split('/').count() == path.split('/').count() && parts().all(|(want, part)| want == part || want.starts_with('{'))
        })
    };
    let above = std::iter::successors(Some(path), |path| path.rsplit_once('/').map(|(above, _)| above));
    above.take_while(|path| !path.is_empty()).find(|path| fits(path)).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::page_of;

    #[test]
    fn an_act_stands_on_the_nearest_page() {
        for (act, page) in [
            ("/incidents/1/move", "/incidents/1"),
            ("/incidents/1/suspects/change/x", "/incidents/1"),
            ("/incidents/1/files/x/remove", "/incidents/1"),
            ("/incidents/1/review/finish", "/incidents/1/review"),
            ("/oncall/swaps/x/accept", "/oncall"),
            ("/changes/new", "/changes/new"),
            ("/logout", "/logout"),
        ] {
            assert_eq!(page_of(act), page, "{act}");
        }
    }
}
