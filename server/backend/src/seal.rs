//! Sealing of secrets at rest: XChaCha20-Poly1305 with a key that lies beside the database, never in it.
//!
//! A sealed text names its key, so that keys can be changed: the first line of the key file seals, every line opens.
//! It also names what it is for (as associated data), so that a sealed secret moved to another column does not open.

use std::{
    io::{self, Write},
    path::Path,
    sync::Arc,
};

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use domain::Fault;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretSlice};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

/// The keys; cheap to clone, without `Debug`.
#[derive(Clone)]
pub struct Seal {
    keys: Arc<Vec<Key>>,
}

/// A key for keyed hashes of one purpose; without `Debug`.
pub struct MacKey(Hmac<Sha256>);

impl MacKey {
    /// HMAC-SHA-256 over the parts, each with its length, in hexadecimal.
    pub fn mac(&self, parts: &[&[u8]]) -> String {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        hex::encode(mac.finalize().into_bytes())
    }
}

struct Key {
    id: String,
    bytes: SecretSlice<u8>,
}

impl Key {
    fn new(bytes: [u8; 32]) -> Self {
        let id = hex::encode(&Sha256::new().chain_update(b"evenkeel key id").chain_update(bytes).finalize()[..4]);
        Self { id, bytes: bytes.to_vec().into() }
    }

    fn cipher(&self) -> Result<XChaCha20Poly1305, Fault> {
        XChaCha20Poly1305::new_from_slice(self.bytes.expose_secret()).map_err(|_| Fault::Internal)
    }
}

impl Seal {
    /// A key that lives as long as the process: for tests.
    pub fn random() -> Self {
        Self { keys: Arc::new(vec![Key::new(rand::random())]) }
    }

    /// Keys of 64 hexadecimal digits, one on each line; `None` where one does not parse or none is there.
    pub fn parse(text: &str) -> Option<Self> {
        let mut keys = Vec::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            keys.push(Key::new(hex::decode(line).ok()?.try_into().ok()?));
        }
        (!keys.is_empty()).then(|| Self { keys: Arc::new(keys) })
    }

    /// Reads the key file, or makes it with a random key, readable by its owner only.
    pub fn open(path: &Path) -> io::Result<Self> {
        let wrong = || io::Error::new(io::ErrorKind::InvalidData, format!("{}: expected lines of 64 hexadecimal digits", path.display()));
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text).ok_or_else(wrong),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut options = std::fs::OpenOptions::new();
                options.write(true).create_new(true);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                let text =
                    format!("# Seals the secrets in the database. Back it up with the database; keep it secret.\n{}\n", random_hex());
                let mut file = options.open(path)?;
                file.write_all(text.as_bytes())?;
                file.sync_all()?;
                Self::parse(&text).ok_or_else(wrong)
            }
            Err(error) => Err(error),
        }
    }

    /// Seals a secret for one purpose, e.g. `channels.secret`.
    pub fn seal(&self, purpose: &str, secret: &[u8]) -> Result<String, Fault> {
        let key = self.keys.first().ok_or(Fault::Internal)?;
        let nonce: [u8; 24] = rand::random();
        let sealed =
            key.cipher()?.encrypt(&XNonce::from(nonce), Payload { msg: secret, aad: purpose.as_bytes() }).map_err(|_| Fault::Internal)?;
        Ok(format!("{}.{}.{}", key.id, hex::encode(nonce), hex::encode(sealed)))
    }

    /// A keyed hash (HMAC-SHA-256, hexadecimal) of the parts, each with its length: without the key nobody can find out
    /// by guessing what was hashed.
    pub fn fingerprint(&self, purpose: &str, parts: &[&[u8]]) -> Result<String, Fault> {
        let key = self.keys.first().ok_or(Fault::Internal)?;
        let mut mac = Hmac::<Sha256>::new_from_slice(key.bytes.expose_secret()).map_err(|_| Fault::Internal)?;
        for part in std::iter::once(purpose.as_bytes()).chain(parts.iter().copied()) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        Ok(hex::encode(mac.finalize().into_bytes()))
    }

    /// Keys for keyed hashes of one purpose, one of each sealing key, the newest first: a key that is used for many things
    /// is used for each through one of these.
    pub fn mac_keys(&self, purpose: &str) -> Result<Vec<MacKey>, Fault> {
        self.keys
            .iter()
            .map(|key| {
                let mut mac = Hmac::<Sha256>::new_from_slice(key.bytes.expose_secret()).map_err(|_| Fault::Internal)?;
                mac.update(b"evenkeel sub-key for ");
                mac.update(purpose.as_bytes());
                let sub: SecretSlice<u8> = mac.finalize().into_bytes().to_vec().into();
                Hmac::<Sha256>::new_from_slice(sub.expose_secret()).map(MacKey).map_err(|_| Fault::Internal)
            })
            .collect()
    }

    /// Opens what [`Self::seal`] sealed for the same purpose; a [`Fault::Conflict`] that says so, logged, where no key opens it.
    pub fn unseal(&self, purpose: &str, sealed: &str) -> Result<SecretSlice<u8>, Fault> {
        self.try_unseal(purpose, sealed).ok_or_else(|| {
            tracing::error!(purpose, "no key opens this sealed secret; is this the key file that belongs to the database?");
            Fault::conflict("conflict-sealed")
        })
    }

    /// The same for what is text.
    pub fn unseal_text(&self, purpose: &str, sealed: &str) -> Result<String, Fault> {
        String::from_utf8(self.unseal(purpose, sealed)?.expose_secret().to_vec()).map_err(|_| Fault::Internal)
    }

    /// Seals a value as JSON.
    pub fn seal_value<T: Serialize + ?Sized>(&self, purpose: &str, value: &T) -> Result<String, Fault> {
        self.seal(purpose, &serde_json::to_vec(value).map_err(|_| Fault::Internal)?)
    }

    /// Opens what [`Seal::seal_value`] sealed.
    pub fn unseal_value<T: DeserializeOwned>(&self, purpose: &str, sealed: &str) -> Result<T, Fault> {
        serde_json::from_slice(self.unseal(purpose, sealed)?.expose_secret()).map_err(|_| Fault::Internal)
    }

    /// Whether a key opens it, for whoever has an answer to that it does not.
    pub fn opens(&self, purpose: &str, sealed: &str) -> bool {
        self.try_unseal(purpose, sealed).is_some()
    }

    /// A secret as it is stored where it is looked up and somebody may see it again.
    pub fn stow(&self, purpose: &str, secret: &str) -> Result<Stowed, Fault> {
        Ok(Stowed { hash: digest(secret), sealed: self.seal(purpose, secret.as_bytes())? })
    }

    fn try_unseal(&self, purpose: &str, sealed: &str) -> Option<SecretSlice<u8>> {
        let (id, rest) = sealed.split_once('.')?;
        let (nonce, sealed) = rest.split_once('.')?;
        let nonce: [u8; 24] = hex::decode(nonce).ok()?.try_into().ok()?;
        let key = self.keys.iter().find(|key| key.id == id)?;
        let opened =
            key.cipher().ok()?.decrypt(&XNonce::from(nonce), Payload { msg: &hex::decode(sealed).ok()?, aad: purpose.as_bytes() }).ok()?;
        Some(opened.into())
    }
}

/// What stands in the database for a secret that is looked up and shown again.
pub struct Stowed {
    /// By which it is found: see [`digest`].
    pub hash: String,
    /// From which it is shown: see [`Seal::unseal_text`].
    pub sealed: String,
}

/// Hex SHA-256 of a secret: what is stored of secrets with so many random bits that nobody guesses them.
pub fn digest(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

/// 256 random bits in hexadecimal.
pub fn random_hex() -> String {
    hex::encode(rand::random::<[u8; 32]>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_only_with_its_key_for_its_purpose() {
        let seal = Seal::random();
        let sealed = seal.seal("a", b"secret").unwrap();
        assert!(!sealed.contains("secret"));
        assert_eq!(seal.unseal("a", &sealed).unwrap().expose_secret(), b"secret");
        assert!(seal.unseal("b", &sealed).is_err());
        assert!(Seal::random().unseal("a", &sealed).is_err());
        assert!(seal.unseal("a", "rubbish").is_err());
        let mut bent = sealed.clone();
        let last = if bent.pop() == Some('0') { '1' } else { '0' };
        bent.push(last);
        assert!(seal.unseal("a", &bent).is_err());
    }

    #[test]
    fn an_old_key_still_opens() {
        let (old, new) = ("11".repeat(32), "22".repeat(32));
        let sealed = Seal::parse(&old).unwrap().seal("a", b"x").unwrap();
        let both = Seal::parse(&format!("{new}\n{old}\n")).unwrap();
        assert_eq!(both.unseal("a", &sealed).unwrap().expose_secret(), b"x");
        assert!(Seal::parse("").is_none() && Seal::parse("zz").is_none());
    }
}
