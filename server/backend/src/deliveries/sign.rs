//! Signatures after Standard Webhooks (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>):
//! HMAC-SHA-256 over `id.timestamp.body`, base64, with the version `v1` in front.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{Fault, deliveries::signed_content};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// A new secret: `whsec_` and 32 random bytes.
pub(super) fn new_secret() -> String {
    format!("whsec_{}", STANDARD.encode(rand::random::<[u8; 32]>()))
}

/// The value of `webhook-signature`; [`Fault::Internal`], logged, where the secret is no secret.
pub(super) fn signature(secret: &SecretString, id: &str, at_s: i64, body: &str) -> Result<String, Fault> {
    let key = secret.expose_secret().strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok()).ok_or_else(|| {
        tracing::error!("a channel's secret is not whsec_ and base64");
        Fault::Internal
    })?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| Fault::Internal)?;
    mac.update(signed_content(id, at_s, body).as_bytes());
    Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the reference implementations.
    #[test]
    fn the_reference_vector() {
        let secret = SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
        let signature = signature(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#).unwrap();
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_new_secret_signs() {
        let secret = SecretString::from(new_secret());
        assert_eq!(signature(&secret, "a", 1, "b").unwrap().len(), 3 + 44);
        assert!(signature(&SecretString::from("rubbish".to_owned()), "a", 1, "b").is_err());
    }
}
