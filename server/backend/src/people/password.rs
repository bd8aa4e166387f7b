//! Passwords: argon2id (19 MiB, 2 passes, 1 lane: OWASP's second choice), off the async threads, few at a time.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier},
};
use domain::Fault;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{OnceCell, Semaphore};

/// Tries that may wait for their turn; more are told to come back.
const QUEUE: usize = 64;

/// The hasher of the process.
pub(super) struct Passwords {
    turns: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    /// A hash that no password opens, so that an unknown user costs the same work as a known one.
    dummy: OnceCell<String>,
}

fn argon() -> Result<Argon2<'static>, Fault> {
    let params = Params::new(19 * 1024, 2, 1, Some(32)).map_err(|_| Fault::Internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

impl Passwords {
    pub(super) fn new(turns: usize) -> Self {
        Self { turns: Arc::new(Semaphore::new(turns.max(1))), queue: Arc::new(Semaphore::new(QUEUE)), dummy: OnceCell::new() }
    }

    /// Runs the work when its turn comes; [`Fault::TooMany`] where the queue is full.
    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T, Fault> + Send + 'static) -> Result<T, Fault> {
        let Ok(place) = self.queue.clone().try_acquire_owned() else { return Err(Fault::TooMany { retry_after_s: 2 }) };
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| Fault::Internal)?;
        // Place and turn travel with the work: a caller who goes away does not free them while it still runs.
        tokio::task::spawn_blocking(move || {
            let _held = (place, turn);
            work()
        })
        .await
        .map_err(|_| Fault::Internal)?
    }

    /// The PHC text to store.
    pub(super) async fn hash(&self, password: String) -> Result<String, Fault> {
        let password = SecretString::from(password);
        self.work(move || {
            let hash = argon()?.hash_password(password.expose_secret().as_bytes()).map_err(|_| Fault::Internal)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether the password opens the hash. Without a hash the same work is done, and the answer is no.
    pub(super) async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool, Fault> {
        let known = hash.is_some();
        // Made by the first try of all, whoever it is for.
        let dummy = self.dummy.get_or_try_init(|| self.hash(crate::seal::random_hex())).await?;
        let hash = hash.unwrap_or_else(|| dummy.clone());
        let password = SecretString::from(password.to_owned());
        let opens = self.work(move || Ok(argon()?.verify_password(password.expose_secret().as_bytes(), hash.as_str()).is_ok())).await?;
        Ok(opens && known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn hashes_open_only_with_their_password() {
        let passwords = Passwords::new(1);
        let hash = passwords.hash("correct horse battery".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("correct horse battery", Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("wrong", Some(hash)).await.unwrap());
        assert!(!passwords.verify("wrong", None).await.unwrap());
    }

    #[tokio::test]
    async fn a_full_queue_says_so() {
        let passwords = Passwords::new(1);
        let _held = passwords.queue.clone().acquire_many_owned(64).await.unwrap();
        assert_eq!(passwords.verify("x", None).await, Err(Fault::TooMany { retry_after_s: 2 }));
    }
}
