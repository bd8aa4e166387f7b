//! Entering: who shows a credential, who begins a session, who ends one.

use domain::{
    Actor, Fault, Timestamp, Who,
    audit::Object,
    id::{SessionId, TokenId, UserId},
    live::Topic,
    people::{
        Credential, Identity, LOCK_AFTER, LOCK_EVERYWHERE_AFTER, LOCK_MS, LoggedIn, REFUSE_AFTER, grants_of, home_of, locked_after,
        parse_login, token_grants,
    },
    time::DAY,
};
use secrecy::ExposeSecret;
use serde_json::json;
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
pub(super) const KEY: &str = "session.key";

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
            password_due: row.account.password_due != 0,
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
            // A token was made for a program, by whoever knew what for.
            password_due: false,
            login: row.account.login,
            home: home_of(&memberships),
        })
    }

    pub(super) async fn enter(&self, login: &str, password: &str, peer: &str, agent: &str) -> Result<LoggedIn, Fault> {
        let now = self.ctx.now();
        let origin = attempts::origin(peer);
        self.peers.take(&origin, now)?;
        let entered = self.enter_from(&origin, login, password, peer, agent).await;
        // Only what was found wrong stays counted.
        if !matches!(entered, Err(Fault::Unauthenticated)) {
            self.peers.give_back(&origin);
        }
        entered
    }

    async fn enter_from(&self, origin: &str, login: &str, password: &str, peer: &str, agent: &str) -> Result<LoggedIn, Fault> {
        // A login that could not exist takes the same way as one that does not.
        let login: String = parse_login(login).unwrap_or_else(|_| login.to_lowercase().chars().take(64).collect());
        let tried = self.take_try(&login, origin).await?;
        let mut conn = self.ctx.db.read().await?;
        let account = store::users::account_by_login(&mut conn, &login).await?;
        drop(conn);
        let opens = self.judge(&tried, password, account.as_ref()).await?;
        match account {
            Some(account) if opens && account.disabled == 0 => {
                let mut tx = self.ctx.begin_write().await?;
                sessions::forget_tries(&mut tx, &login, origin).await?;
                let entered = self.begin_session(&mut tx, &account, peer, agent).await?;
                tx.commit().await?;
                Ok(entered)
            }
            account => {
                self.note_failure(&tried, account.as_ref()).await?;
                Err(Fault::Unauthenticated)
            }
        }
    }

    /// Counts a try before the password is looked at, or refuses it unread where there were too many wrong ones. Tries
    /// made at once see each other: each counts before any is judged.
    pub(super) async fn take_try(&self, login: &str, origin: &str) -> Result<Tried, Fault> {
        let now = self.ctx.now();
        let mut conn = self.ctx.db.read().await?;
        refuse_worn_out(&sessions::tries(&mut conn, login, origin, now).await?, now)?;
        drop(conn);
        let mut tx = self.ctx.begin_write().await?;
        sessions::count_try(&mut tx, login, origin, now).await?;
        let mut before = sessions::tries(&mut tx, login, origin, now).await?;
        before.here -= 1;
        before.everywhere -= 1;
        // Refused now, it is not counted: the transaction ends with it.
        refuse_worn_out(&before, now)?;
        tx.commit().await?;
        let locked = locked_after(before.here, before.everywhere, now).is_some();
        Ok(Tried { login: login.to_owned(), origin: origin.to_owned(), here: before.here + 1, everywhere: before.everywhere + 1, locked })
    }

    /// Whether the password opens, which takes the same time for a locked and an unknown account. A try that comes to no
    /// verdict is taken back.
    pub(super) async fn judge(&self, tried: &Tried, password: &str, account: Option<&AccountRow>) -> Result<bool, Fault> {
        match self.passwords.verify(password, account.map(|a| a.password_hash.clone())).await {
            Ok(opens) => Ok(opens && !tried.locked),
            Err(fault) => {
                let mut tx = self.ctx.begin_write().await?;
                sessions::give_back(&mut tx, &tried.login, &tried.origin).await?;
                tx.commit().await?;
                Err(fault)
            }
        }
    }

    /// A wrong password, which is counted already; the one that locks the account is put on record.
    pub(super) async fn note_failure(&self, tried: &Tried, account: Option<&AccountRow>) -> Result<(), Fault> {
        let Tried { origin, here, everywhere, .. } = tried;
        tracing::info!(peer = origin, here, everywhere, "log-in refused");
        let Some(account) = account.filter(|_| *here == LOCK_AFTER || *everywhere == LOCK_EVERYWHERE_AFTER) else { return Ok(()) };
        let mut tx = self.ctx.begin_write().await?;
        let object = Object::new("user", &account.id, &account.login, None);
        let detail = json!({"peer": origin, "failures": here, "everywhere": everywhere});
        audit::record(&mut tx, &self.ctx, &Actor::engine("login"), "user.lock", object, &detail).await?;
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

/// A try that was counted.
pub(super) struct Tried {
    login: String,
    /// What it is counted by: see [`attempts::origin`].
    origin: String,
    /// Which one it is from there, and of all.
    here: i64,
    everywhere: i64,
    /// Whether those before it locked the account: it opens to no password then, and does not say so.
    locked: bool,
}

/// Refuses, unread, a login that had too many wrong passwords, from one address or from all.
fn refuse_worn_out(tries: &sessions::Tries, now: Timestamp) -> Result<(), Fault> {
    if tries.here >= REFUSE_AFTER {
        Err(attempts::too_many(Timestamp(tries.here_at).plus(LOCK_MS), now))
    } else if tries.everywhere >= LOCK_EVERYWHERE_AFTER {
        Err(attempts::too_many(Timestamp(tries.everywhere_at).plus(LOCK_MS), now))
    } else {
        Ok(())
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
