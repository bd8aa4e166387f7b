//! Pages of the area `people`: entering, one's own profile, and what administrators keep.

mod browser;
mod due;
mod export;
mod login;
mod profile;
mod roles;
mod setup;
mod teams;
mod tokens;
mod users;
mod words;

use axum::extract::Path;
use domain::{Fault, Permission};

use crate::routes::{Need, Routes};

const KEEP: Need = Need::Permission(Permission::ManagePeople);

/// Its pages and acts.
pub fn routes() -> Routes {
    Routes::new()
        .get("/login", Need::Public, login::page)
        .post("/login", Need::Public, login::enter)
        .post("/logout", Need::LoggedIn, login::leave)
        .get("/password", Need::LoggedIn, due::page)
        .post("/password", Need::LoggedIn, due::choose)
        .get("/setup/{secret}", Need::Public, setup::page)
        .post("/setup/{secret}", Need::Public, setup::finish)
        .get("/profile", Need::LoggedIn, profile::page)
        .post("/profile", Need::LoggedIn, profile::edit)
        .post("/profile/addresses", Need::LoggedIn, profile::renew_addresses)
        .post("/profile/password", Need::LoggedIn, profile::password)
        .post("/profile/sessions/{id}/revoke", Need::LoggedIn, profile::revoke)
        .get("/admin/users", KEEP, users::list)
        .get("/admin/users.csv", KEEP, users::csv)
        .get("/admin/users/new", KEEP, users::new)
        .post("/admin/users", KEEP, users::add)
        .get("/admin/users/{id}", KEEP, users::page)
        .post("/admin/users/{id}", KEEP, users::edit)
        .post("/admin/users/{id}/password", KEEP, users::password)
        .post("/admin/users/{id}/disable", KEEP, users::disable)
        .post("/admin/users/{id}/enable", KEEP, users::enable)
        .post("/admin/users/{id}/unlock", KEEP, users::unlock)
        .post("/admin/users/{id}/memberships", KEEP, users::give)
        .post("/admin/users/{id}/memberships/remove", KEEP, users::take)
        .get("/admin/teams", KEEP, teams::list)
        .get("/admin/teams.csv", KEEP, export::teams)
        .post("/admin/teams", KEEP, teams::add)
        .get("/admin/teams/{id}", KEEP, teams::page)
        .post("/admin/teams/{id}", KEEP, teams::edit)
        .post("/admin/teams/{id}/remove", KEEP, teams::remove)
        .get("/admin/roles", KEEP, roles::list)
        .get("/admin/roles.csv", KEEP, export::roles)
        .get("/admin/roles/new", KEEP, roles::new)
        .post("/admin/roles", KEEP, roles::add)
        .get("/admin/roles/{id}", KEEP, roles::page)
        .post("/admin/roles/{id}", KEEP, roles::edit)
        .post("/admin/roles/{id}/remove", KEEP, roles::remove)
        .get("/admin/tokens", Need::LoggedIn, tokens::list)
        .get("/admin/tokens.csv", Need::LoggedIn, export::tokens)
        .post("/admin/tokens", Need::Permission(Permission::ManageTokens), tokens::create)
        .post("/admin/tokens/{id}/revoke", Need::LoggedIn, tokens::revoke)
}

/// The id in a path; what is no id names nothing.
fn id<T: std::str::FromStr>(text: &str, noun: &'static str) -> Result<T, Fault> {
    text.parse().map_err(|_| Fault::NotFound(noun))
}

/// The id in the path of a page.
type Id = Path<String>;
