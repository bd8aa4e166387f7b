//! `evenkeel user …` and `evenkeel token …`: for whoever has the host, whoever is locked out, and scripts.
//!
//! It acts as the engine `command line`, and the audit trail says so.

use std::io::{BufRead, IsTerminal};

use clap::{Args, Subcommand};
use domain::{
    Actor, Fault, Page, PageRequest, Permission, Timestamp, Wording,
    form::Typed,
    id::TokenId,
    people::{User, UserFilter},
};

use super::{Failure, ground, told};
use crate::settings::Settings;

#[derive(Subcommand)]
pub(super) enum UserCommand {
    /// Make a user; the password is read from standard input.
    Add(AddUser),
    /// Set a user's password, read from standard input; their sessions end, and they choose their own when they next enter.
    Passwd(Passwd),
    /// Keep a user out from the next request on.
    Disable(Login),
    /// Let a disabled user in again.
    Enable(Login),
    /// Forget a user's wrong passwords.
    Unlock(Login),
    /// List users.
    List,
}

#[derive(Args)]
pub(super) struct Login {
    /// The name they log in with.
    login: String,
}

#[derive(Args)]
pub(super) struct Passwd {
    /// The name they log in with.
    login: String,
    /// They may keep this password.
    #[arg(long)]
    keep: bool,
}

#[derive(Args)]
pub(super) struct AddUser {
    /// The name they log in with.
    login: String,
    /// Their name as people read it; the login where it is not given.
    #[arg(long)]
    name: Option<String>,
    /// Their mail address.
    #[arg(long, default_value = "")]
    email: String,
    /// Key of their role, e.g. `administrator`.
    #[arg(long)]
    role: Option<String>,
    /// Key of the team in which they have it; every team where it is not given.
    #[arg(long, requires = "role")]
    team: Option<String>,
    /// They may keep this password; else they choose their own when they first enter.
    #[arg(long)]
    keep: bool,
}

#[derive(Subcommand)]
pub(super) enum TokenCommand {
    /// Make an API token in the name of a user; it is shown once.
    Add(AddToken),
    /// Revoke a token by its id.
    Revoke {
        /// Id of the token, as `token list` shows it.
        id: String,
    },
    /// List tokens.
    List,
}

#[derive(Args)]
pub(super) struct AddToken {
    /// The user in whose name it acts.
    login: String,
    /// What it is for.
    #[arg(long)]
    name: String,
    /// Days until it ends by itself, 1 to 365.
    #[arg(long, default_value = "90")]
    days: String,
    /// A permission it holds, e.g. `transactions.ingest`; may be repeated.
    #[arg(long = "permission", required = true)]
    permissions: Vec<String>,
}

fn me() -> Actor {
    Actor::engine("command line")
}

pub(super) async fn user(settings: &Settings, command: UserCommand) -> Result<(), Failure> {
    // Only who makes a user may mean a database that is still to be made.
    let ground = if matches!(command, UserCommand::Add(_)) { ground::open(settings, false).await? } else { ground::look(settings).await? };
    let (people, me) = (&ground.house.people, me());
    let port = &ground.house.portal.people;
    match command {
        UserCommand::Add(add) => {
            let mut typed = typed(&[("login", &add.login), ("name", add.name.as_deref().unwrap_or(&add.login)), ("email", &add.email)]);
            if let Some(key) = &add.role {
                let roles = port.roles(&me).await.map_err(told)?;
                let role = roles
                    .iter()
                    .find(|role| role.key == *key)
                    .ok_or_else(|| unknown("--role", key, roles.iter().map(|r| r.key.as_str())))?;
                typed.set("role", &role.id);
                typed.set("team", "*");
            }
            if let Some(key) = &add.team {
                let teams = port.teams(&me).await.map_err(told)?;
                let team = teams
                    .iter()
                    .find(|team| team.key == *key)
                    .ok_or_else(|| unknown("--team", key, teams.iter().map(|t| t.key.as_str())))?;
                typed.set("team", &team.id);
            }
            typed.set("password", password()?);
            if add.keep {
                typed.set("keep", "on");
            }
            println!("{}", port.add_user(&me, &typed).await.map_err(told)?);
        }
        UserCommand::Passwd(Passwd { login, keep }) => {
            let user = people.user_by_login(&me, &login).await.map_err(|fault| nobody(fault, &login))?;
            let password = password()?;
            let mut typed = typed(&[("password", &password), ("again", &password)]);
            if keep {
                typed.set("keep", "on");
            }
            port.set_password(&me, &user.id, &typed).await.map_err(told)?;
        }
        UserCommand::Disable(Login { login }) => {
            let user = people.user_by_login(&me, &login).await.map_err(|fault| nobody(fault, &login))?;
            port.set_disabled(&me, &user.id, true).await.map_err(told)?;
        }
        UserCommand::Enable(Login { login }) => {
            let user = people.user_by_login(&me, &login).await.map_err(|fault| nobody(fault, &login))?;
            port.set_disabled(&me, &user.id, false).await.map_err(told)?;
        }
        UserCommand::Unlock(Login { login }) => {
            let user = people.user_by_login(&me, &login).await.map_err(|fault| nobody(fault, &login))?;
            port.unlock(&me, &user.id).await.map_err(told)?;
        }
        UserCommand::List => {
            let mut request = PageRequest { after: None, limit: 500 };
            loop {
                let Page { items, next } = port.users(&me, &UserFilter::default(), &request).await.map_err(told)?;
                for User { login, name, disabled, password_due, memberships, .. } in items {
                    let roles: Vec<_> = memberships
                        .iter()
                        .map(|m| format!("{}@{}", m.role_key, if m.team.is_some() { m.team_name.as_str() } else { "*" }))
                        .collect();
                    let roles = if roles.is_empty() { "no role".to_owned() } else { roles.join(", ") };
                    let state = match (disabled, password_due) {
                        (true, _) => "disabled",
                        (false, true) => "has yet to choose a password",
                        (false, false) => "may enter",
                    };
                    println!("{login}\t{name}\t{roles}\t{state}");
                }
                let Some(after) = next else { break };
                request.after = Some(after);
            }
        }
    }
    Ok(())
}

pub(super) async fn token(settings: &Settings, command: TokenCommand) -> Result<(), Failure> {
    let ground = ground::look(settings).await?;
    let me = me();
    match command {
        TokenCommand::Add(add) => {
            let people = &ground.house.people;
            let owner = people.user_by_login(&me, &add.login).await.map_err(|fault| nobody(fault, &add.login))?;
            let mut typed = typed(&[("name", &add.name), ("days", &add.days)]);
            for permission in &add.permissions {
                typed.add("permissions", permission);
            }
            let token = people.create_token_for(&me, &owner.id, &typed).await.map_err(told)?;
            eprintln!("{} ends {}; it is shown this once:", token.id, token.expires_at.rfc3339());
            println!("{}", token.secret);
        }
        TokenCommand::Revoke { id } => {
            let parsed = TokenId::parse(&id).ok_or_else(|| told(Fault::invalid("id", &id, Wording::new("expect-id"))))?;
            ground.house.portal.people.revoke_token(&me, &parsed).await.map_err(told)?;
        }
        TokenCommand::List => {
            let now = ground.ctx.now();
            for token in ground.house.portal.people.tokens(&me, true).await.map_err(told)? {
                let state = match token.revoked_at {
                    Some(_) => "revoked",
                    None if token.expires_at <= now => "expired",
                    None => "valid",
                };
                let permissions = Permission::ALL.iter().filter(|p| token.permissions.has(**p)).map(|p| p.name()).collect::<Vec<_>>();
                let (owner, ends) = (&token.owner.login, Timestamp::rfc3339(token.expires_at));
                println!("{}\t{}\t{owner}\t{}\t{state}\t{ends}", token.id, token.name, permissions.join(","));
            }
        }
    }
    Ok(())
}

/// Nobody of this name is said as that.
fn nobody(fault: Fault, login: &str) -> Failure {
    match fault {
        Fault::NotFound(_) => format!("there is no user {login:?}; `evenkeel user list` shows them").into(),
        other => told(other),
    }
}

fn typed(fields: &[(&str, &str)]) -> Typed {
    Typed::from_pairs(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

fn unknown<'a>(option: &str, given: &str, known: impl Iterator<Item = &'a str>) -> Failure {
    format!("{option}: {given:?} is not known; expected one of {}", known.collect::<Vec<_>>().join(", ")).into()
}

/// One line of standard input; not shown while it is typed.
fn password() -> Result<String, Failure> {
    let echo = |how| {
        if std::io::stdin().is_terminal() {
            // Where there is no `stty` the password shows; it is read all the same.
            let _ = std::process::Command::new("stty").arg(how).status();
        }
    };
    if std::io::stdin().is_terminal() {
        eprint!("Password: ");
    }
    echo("-echo");
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    echo("echo");
    read?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
