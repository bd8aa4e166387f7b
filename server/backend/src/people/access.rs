//! Entering: who shows a credential, who begins a session, who ends one.

use domain::{
    Actor, Fault, Timestamp, Who,
    audit::Object,
    id::{SessionId, TokenId, UserId},
    live::Topic,
    people::{Credential, Identity, LOCK_AFTER, LoggedIn, REFUSE_AFTER, grants_of, home_of, locked_after, parse_login, token_grants},
    time::DAY,
};
use secrecy::ExposeSecret;
use serde_json::json;
use sqlx::AnyConnection;
use subtle::ConstantTimeEq;

use super::{
    Service, attempts,
    jwt::Keys,
    seen::By,
    store::{self, sessions, users::AccountRow},
};
use crate::{
    WriteTx, audit,
    seal::{digest, random_hex},
    settings,
};

/// What the setting that signs cookies is sealed for.
const KEY: &str = "session.key";

/// The actor that a user is in the audit trail before they hold anything.
pub(super) fn oneself(account: &AccountRow) -> Result<Actor, Fault> {
    Ok(Actor { who: Who::User(account.id()?), name: account.name.clone(), ..Actor::nobody() })
}

impl Service {
    pub(super) async fn keys(&self) -> Result<&Keys, Fault> {
        self.keys
            .get_or_try_init(|| async {
                let mut tx = self.ctx.begin_write().await?;
                if settings::read(&mut tx, KEY).await?.is_none() {
                    let sealed = self.ctx.seal.seal(KEY, random_hex().as_bytes())?;
                    settings::write_first(&mut tx, KEY, &sealed, self.ctx.now()).await?;
                }
                let sealed = settings::read(&mut tx, KEY).await?.ok_or(Fault::Internal)?;
                tx.commit().await?;
                Ok(Keys::new(self.ctx.seal.unseal(KEY, &sealed)?.expose_secret()))
            })
            .await
    }

    pub(super) async fn recognise(&self, credential: Credential<'_>) -> Result<Identity, Fault> {
        match credential {
            Credential::Session(cookie) => self.recognise_session(cookie).await,
            Credential::Token(secret) => self.recognise_token(secret).await,
        }
    }

    async fn recognise_session(&self, cookie: &str) -> Result<Identity, Fault> {
        let now = self.ctx.now();
        let (user, session) = self.keys().await?.check(cookie, now).ok_or(Fault::Unauthenticated)?;
        let mut conn = self.ctx.db.read().await?;
        let row = sessions::open(&mut conn, &session, &user, now).await?.ok_or(Fault::Unauthenticated)?;
        let memberships = store::users::memberships_of(&mut conn, &user).await?;
        drop(conn);
        self.seen.note(&self.ctx, By::Session(session.clone()), Some(row.seen_at)).await;
        Ok(Identity {
            actor: Actor { who: Who::User(user.clone()), name: row.account.name.clone(), grants: grants_of(&memberships) },
            session: Some(session),
            user: Some(user),
            preferences: row.account.prefs(),
            login: row.account.login,
            home: home_of(&memberships),
        })
    }

    async fn recognise_token(&self, secret: &str) -> Result<Identity, Fault> {
        let now = self.ctx.now();
        let id = token_id(secret).ok_or(Fault::Unauthenticated)?;
        let mut conn = self.ctx.db.read().await?;
        let row = store::tokens::open(&mut conn, &id, now).await?.ok_or(Fault::Unauthenticated)?;
        if !bool::from(digest(secret).as_bytes().ct_eq(row.hash.as_bytes())) {
            return Err(Fault::Unauthenticated);
        }
        let owner = row.account.id()?;
        let memberships = store::users::memberships_of(&mut conn, &owner).await?;
        drop(conn);
        self.seen.note(&self.ctx, By::Token(id.clone()), row.used_at).await;
        let scope = domain::PermissionSet::from_names(&row.permissions);
        Ok(Identity {
            actor: Actor {
                who: Who::Token(id, owner.clone()),
                name: format!("{} ({})", row.account.name, row.token_name),
                grants: token_grants(&grants_of(&memberships), scope),
            },
            session: None,
            user: Some(owner),
            preferences: row.account.prefs(),
            login: row.account.login,
            home: home_of(&memberships),
        })
    }

    pub(super) async fn enter(&self, login: &str, password: &str, peer: &str, agent: &str) -> Result<LoggedIn, Fault> {
        let now = self.ctx.now();
        self.peers.admit(peer, now)?;
        // A login that could not exist takes the same way as one that does not.
        let login: String = parse_login(login).unwrap_or_else(|_| login.to_lowercase().chars().take(64).collect());
        let mut conn = self.ctx.db.read().await?;
        let locked = refuse_worn_out(&mut conn, &login, now).await?;
        let account = store::users::account_by_login(&mut conn, &login).await?;
        drop(conn);
        let opens = self.passwords.verify(password, account.as_ref().map(|a| a.password_hash.clone())).await?;
        match account {
            Some(account) if opens && !locked && account.disabled == 0 => {
                let mut tx = self.ctx.begin_write().await?;
                sessions::forget_failures(&mut tx, &login).await?;
                let entered = self.begin_session(&mut tx, &account, peer, agent).await?;
                tx.commit().await?;
                Ok(entered)
            }
            account => {
                self.peers.note(peer, now);
                self.note_failure(&login, account.as_ref(), peer).await?;
                Err(Fault::Unauthenticated)
            }
        }
    }

    /// Counts a wrong password; the one that locks the account is put on record.
    pub(super) async fn note_failure(&self, login: &str, account: Option<&AccountRow>, peer: &str) -> Result<(), Fault> {
        let mut tx = self.ctx.begin_write().await?;
        let failures = sessions::note_failure(&mut tx, login, self.ctx.now()).await?;
        tracing::info!(peer, failures, "log-in refused");
        if let (Some(account), LOCK_AFTER) = (account, failures) {
            let object = Object::new("user", &account.id, &account.login, None);
            audit::record(&mut tx, &self.ctx, &Actor::engine("login"), "user.lock", object, &json!({"peer": peer, "failures": failures}))
                .await?;
        }
        tx.commit().await
    }

    /// Begins a session on the transaction of the act that lets the user in.
    pub(super) async fn begin_session(&self, tx: &mut WriteTx, account: &AccountRow, peer: &str, agent: &str) -> Result<LoggedIn, Fault> {
        let now = self.ctx.now();
        let (user, id): (UserId, SessionId) = (account.id()?, self.ctx.new_id());
        let expires = now.plus(self.settings.session_ms);
        let agent: String = agent.chars().filter(|c| !c.is_control()).take(200).collect();
        sessions::prune(tx, now.plus(-30 * DAY)).await?;
        let new = sessions::New { id: &id, user: &user, epoch: account.epoch, now, expires, address: peer, agent: &agent };
        sessions::insert(tx, new).await?;
        let memberships = store::users::memberships_of(tx, &user).await?;
        let object = Object::new("user", &user, &account.login, None);
        audit::record(tx, &self.ctx, &oneself(account)?, "session.begin", object, &json!({"session": id, "peer": peer})).await?;
        let cookie = self.keys.get().ok_or(Fault::Internal)?.sign(&user, &id, now, expires)?;
        Ok(LoggedIn { cookie, expires, home: home_of(&memberships), prefs: account.prefs() })
    }

    pub(super) async fn end_session(&self, actor: &Actor, id: &SessionId, act: &'static str) -> Result<bool, Fault> {
        let user = super::person(actor)?;
        let mut tx = self.ctx.begin_write().await?;
        if !sessions::revoke(&mut tx, user, id, self.ctx.now()).await? {
            return Ok(false);
        }
        tx.announce(Topic::People, user, None);
        audit::record(&mut tx, &self.ctx, actor, act, Object::new("user", user, &actor.name, None), &json!({"session": id})).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Refuses, unread, a login that had too many wrong passwords; says whether it is locked.
pub(super) async fn refuse_worn_out(conn: &mut AnyConnection, login: &str, now: Timestamp) -> Result<bool, Fault> {
    let Some(row) = sessions::failures(conn, login, now).await? else { return Ok(false) };
    match locked_after(row.failures, Timestamp(row.last_at)) {
        Some(until) if row.failures >= REFUSE_AFTER => Err(attempts::too_many(until, now)),
        until => Ok(until.is_some_and(|until| until > now)),
    }
}

/// The id that stands in a token: `evk_<32 hex digits of the id>_<64 hex digits>`.
fn token_id(secret: &str) -> Option<TokenId> {
    let (id, rest) = secret.strip_prefix("evk_")?.split_once('_')?;
    if id.len() != 32 || rest.len() != 64 || !id.is_ascii() {
        return None;
    }
    TokenId::parse(&format!("{}-{}-{}-{}-{}", &id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]))
}

/// The secret of a new token.
pub(super) fn token_secret(id: &TokenId) -> String {
    format!("evk_{}_{}", id.as_str().replace('-', ""), random_hex())
}
