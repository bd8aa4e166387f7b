//! What a channel must know and nobody may see: names and values, sealed together.

use std::collections::BTreeMap;

use domain::Fault;
use secrecy::{ExposeSecret, SecretString};

use crate::Seal;

/// What the secrets of channels are sealed for.
const PURPOSE: &str = "channels.secret";

/// The secrets of one channel; without `Debug`.
#[derive(Default)]
pub(super) struct Secrets(BTreeMap<String, SecretString>);

impl Secrets {
    /// Opens what is stored; nothing is nothing. Channels of older versions, all of them webhooks, hold the secret itself.
    pub(super) fn open(seal: &Seal, sealed: &str) -> Result<Self, Fault> {
        if sealed.is_empty() {
            return Ok(Self::default());
        }
        let text = seal.unseal_text(PURPOSE, sealed)?;
        let values = match serde_json::from_str::<BTreeMap<String, String>>(&text) {
            Ok(values) => values,
            Err(_) => BTreeMap::from([("secret".to_owned(), text)]),
        };
        Ok(Self(values.into_iter().map(|(name, value)| (name, SecretString::from(value))).collect()))
    }

    /// What of them can be known when somebody edits: nothing where the key was lost, so that all is typed anew.
    pub(super) fn before(seal: &Seal, sealed: &str) -> Result<Self, Fault> {
        if sealed.is_empty() || seal.opens(PURPOSE, sealed) { Self::open(seal, sealed) } else { Ok(Self::default()) }
    }

    /// Takes over what was typed anew; the rest stays.
    pub(super) fn take(&mut self, typed: &BTreeMap<String, String>) {
        self.0.extend(typed.iter().map(|(name, value)| (name.clone(), SecretString::from(value.clone()))));
    }

    /// Sealed, as it is stored.
    pub(super) fn seal(&self, seal: &Seal) -> Result<String, Fault> {
        let values: BTreeMap<&str, &str> = self.0.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
        let text = serde_json::to_string(&values).map_err(|_| Fault::Internal)?;
        seal.seal(PURPOSE, text.as_bytes())
    }

    /// Which there are.
    pub(super) fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The value; empty where there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |value| value.expose_secret())
    }

    /// Together with the settings: for what is told of the target.
    pub(super) fn beside(&self, settings: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut all = settings.clone();
        all.extend(self.0.iter().map(|(name, value)| (name.clone(), value.expose_secret().to_owned())));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_older_version_sealed_opens() {
        let seal = Seal::random();
        let old = seal.seal(PURPOSE, b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let mut secrets = Secrets::open(&seal, &old).unwrap();
        assert_eq!(secrets.get("secret"), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        secrets.take(&BTreeMap::from([("token".to_owned(), "t".to_owned())]));
        let again = Secrets::open(&seal, &secrets.seal(&seal).unwrap()).unwrap();
        assert_eq!((again.names(), again.get("token"), again.get("none")), (vec!["secret".to_owned(), "token".to_owned()], "t", ""));
        assert!(Secrets::open(&seal, "").unwrap().names().is_empty());
    }
}
