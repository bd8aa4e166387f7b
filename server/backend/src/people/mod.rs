//! The service of the area `people`, and what sibling areas may ask of it on their own connection.
//!
//! | file | tells |
//! |---|---|
//! | `access` | entering: log-in, log-out, recognising a session or token |
//! | `password`, `jwt`, `attempts`, `seen` | its parts: hashing, signing, counting wrong tries, noting who was there |
//! | `profile` | what concerns oneself |
//! | `users`, `teams`, `roles`, `tokens` | what administrators keep |
//! | `calendars` | the addresses that the teams' calendars have for each person |
//! | `witness` | whether the key file belongs to this database |
//! | `setup` | the first start: default roles, the link for the first person |

mod access;
mod attempts;
mod calendars;
pub(crate) mod feeds;
mod jwt;
mod password;
mod port;
mod profile;
mod roles;
mod seams;
mod seen;
mod setup;
mod store;
mod teams;
mod tokens;
mod users;
mod witness;

use domain::{Actor, Fault, Who, id::UserId, time::HOUR};
use tokio::sync::OnceCell;

pub use attempts::origin as network_of;
pub use calendars::{TeamCalendar, calendars, renew_calendar, team_of_calendar};
pub use seams::{Address, Named, actor_of, address, any_before, forget_tokens, holders, named, team_key, team_name, teams, user_name};
pub(crate) use seams::{called, expect_team, holders_everywhere, holders_with, memberships, role_names, token_stands};
pub use setup::{ensure_defaults, setup_secret};
pub use witness::{opens, renounce, was_sealed};

use crate::Context;

/// What the operator of the process may choose.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long a session lives, in milliseconds.
    pub session_ms: i64,
    /// Passwords hashed at the same time; each takes 19 MiB and one core for a moment.
    pub hashers: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { session_ms: 12 * HOUR, hashers: std::thread::available_parallelism().map_or(2, usize::from) }
    }
}

/// Implements [`domain::people::People`].
pub struct Service {
    ctx: Context,
    settings: Settings,
    passwords: password::Passwords,
    peers: attempts::Peers,
    seen: seen::Seen,
    keys: OnceCell<jwt::Keys>,
}

impl Service {
    /// The service over the common ground. Boot calls [`Service::ensure_defaults`] before the first request.
    pub fn new(ctx: Context, settings: Settings) -> Self {
        let passwords = password::Passwords::new(settings.hashers);
        Self { ctx, settings, passwords, peers: attempts::Peers::default(), seen: seen::Seen::default(), keys: OnceCell::new() }
    }

    /// Writes what every portal begins with, and makes sure that the key which signs sessions opens: a key file that
    /// does not belong to this database shows at the start, not at the first log-in.
    pub async fn ensure_defaults(&self) -> Result<(), Fault> {
        ensure_defaults(&self.ctx).await?;
        self.keys().await.map(|_| ())
    }

    /// See [`setup_secret`].
    pub async fn setup_secret(&self) -> Result<Option<String>, Fault> {
        setup_secret(&self.ctx).await
    }
}

/// The person who acts through a session. What concerns oneself is not done by token or engine.
pub fn person(actor: &Actor) -> Result<&UserId, Fault> {
    match &actor.who {
        Who::User(user) => Ok(user),
        Who::Nobody => Err(Fault::Unauthenticated),
        Who::Token(..) | Who::Engine(_) => Err(Fault::conflict("conflict-needs-session")),
    }
}
