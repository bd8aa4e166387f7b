//! What people see: pages, islands and the forms that act.

#[cfg(feature = "ssr")]
pub mod routes;

/// Every page and act.
#[cfg(feature = "ssr")]
pub fn routes() -> routes::Routes {
    routes::Routes::new()
}
