//! Web push: a message for one browser of one person, through the push service of that browser (RFC 8030), encrypted for it
//! alone (RFC 8291 with the content coding of RFC 8188) and signed as ours (RFC 8292). No other party is involved.

use aes_gcm::{
    Aes128Gcm,
    aead::{Aead, Nonce},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use domain::{Fault, deliveries::message::push, time::SECOND};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderName, HeaderValue, Method, header};
use p256::{
    PublicKey, SecretKey,
    ecdsa::{Signature, SigningKey, signature::Signer},
    elliptic_curve::sec1::ToEncodedPoint,
};
use secrecy::ExposeSecret;
use serde_json::json;
use sha2::Sha256;

use super::Ready;
use crate::{Context, deliveries::engine::TIMEOUT, egress::Request, settings};

/// The setting that holds our key, sealed.
const SETTING: &str = "webpush.key";
/// How long a push service keeps a message for a browser that is away: a page of yesterday helps nobody.
const KEPT_S: &str = "14400";
/// How long a signature is good; 24 hours at most.
const SIGNED_S: i64 = 12 * 3_600;
/// Size of a record; a push service takes 4,096 bytes.
const RECORD: u32 = 4_096;

/// The key that we sign with; made once, by whichever process is first.
pub(super) async fn key(ctx: &Context) -> Result<SecretKey, Fault> {
    let stored = settings::read(&mut *ctx.db.read().await?, SETTING).await?;
    let sealed = match stored {
        Some(sealed) => sealed,
        None => {
            let sealed = ctx.seal.seal(SETTING, &fresh().to_bytes())?;
            let mut tx = ctx.begin_write().await?;
            settings::write_first(&mut tx, SETTING, &sealed, ctx.now()).await?;
            let first = settings::read(&mut tx, SETTING).await?;
            tx.commit().await?;
            first.ok_or(Fault::Internal)?
        }
    };
    SecretKey::from_slice(ctx.seal.unseal(SETTING, &sealed)?.expose_secret()).map_err(|_| Fault::Internal)
}

/// Its public half, as browsers take it.
pub(in crate::deliveries) async fn public_key(ctx: &Context) -> Result<String, Fault> {
    Ok(URL_SAFE_NO_PAD.encode(point(&key(ctx).await?.public_key())))
}

fn fresh() -> SecretKey {
    loop {
        // All but one of 2³² random numbers are keys.
        if let Ok(key) = SecretKey::from_slice(&rand::random::<[u8; 32]>()) {
            return key;
        }
    }
}

fn point(key: &PublicKey) -> Vec<u8> {
    key.to_encoded_point(false).as_bytes().to_vec()
}

/// The request to the push service. `contact` is where its operators reach us: a mail address or our URL.
pub(super) fn request(key: &SecretKey, contact: &str, ready: &Ready<'_>) -> Result<Request, Fault> {
    let endpoint = ready.secrets.get("endpoint");
    let decode = |name: &str| URL_SAFE_NO_PAD.decode(ready.secrets.get(name)).map_err(|_| Fault::Internal);
    let text = push(&ready.message).to_string();
    let body = encrypt(text.as_bytes(), &decode("p256dh")?, &decode("auth")?, &fresh(), rand::random()).ok_or_else(|| {
        tracing::error!(delivery = ready.job.id, "the keys of a browser are no keys");
        Fault::Internal
    })?;
    let signed = vapid(key, endpoint, contact, ready.now.0.div_euclid(SECOND))?;
    let mut request = Request::new(Method::POST, endpoint);
    for (name, value) in [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CONTENT_ENCODING, "aes128gcm"),
        (HeaderName::from_static("ttl"), KEPT_S),
        (HeaderName::from_static("urgency"), if ready.is_urgent() { "high" } else { "normal" }),
        (header::AUTHORIZATION, signed.as_str()),
    ] {
        request.headers.insert(name, HeaderValue::from_str(value).map_err(|_| Fault::Internal)?);
    }
    request.body = Bytes::from(body);
    request.timeout = TIMEOUT;
    request.body_cap = 1 << 12;
    Ok(request)
}

/// `vapid t=…, k=…`: RFC 8292.
fn vapid(key: &SecretKey, endpoint: &str, contact: &str, now_s: i64) -> Result<String, Fault> {
    let url = url::Url::parse(endpoint).map_err(|_| Fault::Internal)?;
    let contact = match contact.rsplit_once('<') {
        Some((_, address)) => address.trim_end_matches('>'),
        None => contact,
    };
    let subject = if contact.starts_with("https://") {
        contact.to_owned()
    } else if contact.contains('@') {
        format!("mailto:{contact}")
    } else {
        "mailto:evenkeel@localhost".to_owned()
    };
    let claims = json!({ "aud": url.origin().ascii_serialization(), "exp": now_s + SIGNED_S, "sub": subject });
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&json!({ "typ": "JWT", "alg": "ES256" })), part(&claims));
    let signature: Signature = SigningKey::from(key).sign(signed.as_bytes());
    let (signature, public) = (URL_SAFE_NO_PAD.encode(signature.to_bytes()), URL_SAFE_NO_PAD.encode(point(&key.public_key())));
    Ok(format!("vapid t={signed}.{signature}, k={public}"))
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { unreachable!("HMAC takes keys of any length") };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// One record for the browser whose public key and secret these are; `None` where they are no such.
fn encrypt(text: &[u8], theirs: &[u8], auth: &[u8], ours: &SecretKey, salt: [u8; 16]) -> Option<Vec<u8>> {
    let their_key = PublicKey::from_sec1_bytes(theirs).ok()?;
    let our_point = point(&ours.public_key());
    let shared = p256::ecdh::diffie_hellman(ours.to_nonzero_scalar(), their_key.as_affine());
    let mixed = hmac(auth, &[&shared.raw_secret_bytes()[..]]);
    let input = hmac(&mixed, &[b"WebPush: info\0", theirs, &our_point, &[1]]);
    let extracted = hmac(&salt, &[&input]);
    let key = hmac(&extracted, &[b"Content-Encoding: aes128gcm\0", &[1]]);
    let nonce = hmac(&extracted, &[b"Content-Encoding: nonce\0", &[1]]);
    let nonce: [u8; 12] = nonce[..12].try_into().ok()?;
    // The last record ends with a two.
    let padded = [text, &[2]].concat();
    let sealed = Aes128Gcm::new_from_slice(&key[..16]).ok()?.encrypt(&Nonce::<Aes128Gcm>::from(nonce), padded.as_slice()).ok()?;
    let mut record = salt.to_vec();
    record.extend(RECORD.to_be_bytes());
    record.push(u8::try_from(our_point.len()).ok()?);
    record.extend(our_point);
    record.extend(sealed);
    Some(record)
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::{VerifyingKey, signature::Verifier};

    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    /// RFC 8291, section 5 and appendix A.
    #[test]
    fn the_example_of_the_rfc() {
        let theirs = bytes("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
        let ours = SecretKey::from_slice(&bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")).unwrap();
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let text = b"When I grow up, I want to be a watermelon";
        let record = encrypt(text, &theirs, &bytes("BTBZMqHH6r4Tts7J_aSIgg"), &ours, salt).unwrap();
        let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        assert_eq!(URL_SAFE_NO_PAD.encode(record), expected);
        assert!(encrypt(text, &theirs[..64], &[0; 16], &ours, salt).is_none());
    }

    #[test]
    fn a_push_service_can_check_whose_it_is() {
        let key = fresh();
        let header = vapid(&key, "https://push.example.net:8443/send/abc?d=1", "Ops <ops@example.org>", 1_700_000_000).unwrap();
        let (token, public) = header.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let checker = VerifyingKey::from_sec1_bytes(&bytes(public)).unwrap();
        checker.verify(signed.as_bytes(), &Signature::from_slice(&bytes(signature)).unwrap()).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&bytes(signed.split_once('.').unwrap().1)).unwrap();
        assert_eq!(claims, json!({ "aud": "https://push.example.net:8443", "exp": 1_700_043_200, "sub": "mailto:ops@example.org" }));
    }
}
