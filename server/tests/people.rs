//! People: entering, and who may do what to whom.

mod access;
mod keeping;
mod pages;
mod timing;
mod tokens;

use domain::{Actor, form::Typed, people::Credential};

use crate::app::TestApp;

/// A password that will do.
const PASSWORD: &str = "correct horse battery";

fn typed(pairs: &[(&str, &str)]) -> Typed {
    Typed::from_pairs(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())))
}

/// A portal with the default roles, and its administrator.
pub async fn begin(app: &TestApp) -> Actor {
    backend::people::ensure_defaults(&app.ctx).await.unwrap();
    app.admin().await
}

/// The id of a default role.
async fn role(app: &TestApp, admin: &Actor, key: &str) -> String {
    let roles = app.portal.people.roles(admin).await.unwrap();
    roles.iter().find(|r| r.key == key).unwrap_or_else(|| panic!("no role {key}")).id.to_string()
}

/// A user with a password and a default role everywhere.
pub async fn user(app: &TestApp, admin: &Actor, login: &str, key: &str) -> domain::id::UserId {
    let role = role(app, admin, key).await;
    let fields = [("login", login), ("name", login), ("password", PASSWORD), ("keep", "on"), ("team", "*"), ("role", role.as_str())];
    app.portal.people.add_user(admin, &typed(&fields)).await.unwrap()
}

/// Logs in and gives the cookie's value.
pub async fn log_in(app: &TestApp, login: &str) -> String {
    app.portal.people.login(login, PASSWORD, "192.0.2.7", "a browser").await.unwrap().cookie
}

/// Who shows this cookie.
async fn who(app: &TestApp, cookie: &str) -> Result<domain::people::Identity, domain::Fault> {
    app.portal.people.authenticate(Credential::Session(cookie)).await
}
