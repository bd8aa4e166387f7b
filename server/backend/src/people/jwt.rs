//! The session cookie: a JWT of one fixed algorithm, whose every claim is demanded.
//!
//! It proves only that we issued it; whether the session still stands is asked of the database on each request.

use domain::{
    Fault, Timestamp,
    id::{SessionId, UserId},
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

const ISSUER: &str = "evenkeel";
const AUDIENCE: &str = "evenkeel-session";

/// Signs and checks; without `Debug`.
pub(super) struct Keys {
    sign: EncodingKey,
    check: DecodingKey,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: UserId,
    sid: SessionId,
    iat: i64,
    nbf: i64,
    exp: i64,
}

impl Keys {
    pub(super) fn new(secret: &[u8]) -> Self {
        Self { sign: EncodingKey::from_secret(secret), check: DecodingKey::from_secret(secret) }
    }

    /// The cookie value of a session.
    pub(super) fn sign(&self, user: &UserId, session: &SessionId, now: Timestamp, expires: Timestamp) -> Result<String, Fault> {
        let (now, exp) = (now.0.div_euclid(1000), expires.0.div_euclid(1000));
        let (iss, aud) = (ISSUER.to_owned(), AUDIENCE.to_owned());
        let claims = Claims { iss, aud, sub: user.clone(), sid: session.clone(), iat: now, nbf: now, exp };
        encode(&Header::new(Algorithm::HS256), &claims, &self.sign).map_err(|_| Fault::Internal)
    }

    /// The user and session that a cookie value names, if we signed it and `now` lies within `[nbf, exp)`.
    pub(super) fn check(&self, cookie: &str, now: Timestamp) -> Option<(UserId, SessionId)> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp", "nbf"]);
        // Times are compared below, with the clock of the process and without leeway.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let claims = decode::<Claims>(cookie, &self.check, &validation).ok()?.claims;
        let now = now.0.div_euclid(1000);
        (claims.nbf <= now && now < claims.exp).then_some((claims.sub, claims.sid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids() -> (UserId, SessionId) {
        let id = "00000000-0000-7000-8000-000000000001";
        (UserId::parse(id).unwrap(), SessionId::parse(id).unwrap())
    }

    fn b64(bytes: &[u8]) -> String {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut text = String::new();
        for chunk in bytes.chunks(3) {
            let n = chunk.iter().fold(0_u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
            for i in 0..=chunk.len() {
                text.push(char::from(DIGITS[(n >> (18 - 6 * i) & 63) as usize]));
            }
        }
        text
    }

    #[test]
    fn only_what_we_signed_and_only_in_its_time() {
        let keys = Keys::new(&[7; 32]);
        let (user, session) = ids();
        let cookie = keys.sign(&user, &session, Timestamp(10_000), Timestamp(20_000)).unwrap();
        assert_eq!(keys.check(&cookie, Timestamp(10_000)), Some((user.clone(), session.clone())));
        assert!(keys.check(&cookie, Timestamp(19_999)).is_some());
        assert!(keys.check(&cookie, Timestamp(20_000)).is_none(), "expired, without leeway");
        assert!(keys.check(&cookie, Timestamp(9_000)).is_none(), "not yet");
        assert!(Keys::new(&[8; 32]).check(&cookie, Timestamp(10_000)).is_none(), "wrong key");
        let mut tampered: Vec<_> = cookie.split('.').map(str::to_owned).collect();
        tampered[1] = tampered[1].replacen('e', "f", 1);
        assert!(keys.check(&tampered.join("."), Timestamp(10_000)).is_none(), "tampered");
    }

    #[test]
    fn other_algorithms_and_missing_claims_are_refused() {
        let keys = Keys::new(&[7; 32]);
        let (user, session) = ids();
        let now = Timestamp(10_000);
        let cookie = keys.sign(&user, &session, now, Timestamp(20_000)).unwrap();
        let payload = cookie.split('.').nth(1).unwrap();
        for header in [r#"{"alg":"none","typ":"JWT"}"#, r#"{"alg":"None"}"#, r#"{"alg":"HS512"}"#, r#"{"alg":"RS256"}"#] {
            let signature = cookie.split('.').nth(2).unwrap();
            for signature in ["", signature] {
                assert!(keys.check(&format!("{}.{payload}.{signature}", b64(header.as_bytes())), now).is_none(), "{header}");
            }
        }
        let hs512 = encode(&Header::new(Algorithm::HS512), &serde_json::json!({}), &EncodingKey::from_secret(&[7; 32])).unwrap();
        assert!(keys.check(&hs512, now).is_none());
        let whole = serde_json::json!({"iss": ISSUER, "aud": AUDIENCE, "sub": user, "sid": session, "iat": 10, "nbf": 10, "exp": 20});
        let sign =
            |claims: &serde_json::Value| encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(&[7; 32])).unwrap();
        assert!(keys.check(&sign(&whole), now).is_some());
        for claim in ["iss", "aud", "sub", "sid", "nbf", "exp"] {
            let mut less = whole.clone();
            less.as_object_mut().unwrap().remove(claim);
            assert!(keys.check(&sign(&less), now).is_none(), "{claim}");
        }
        for (claim, value) in [("iss", "other"), ("aud", "other"), ("sub", "../x")] {
            let mut other = whole.clone();
            other[claim] = value.into();
            assert!(keys.check(&sign(&other), now).is_none(), "{claim}");
        }
    }
}
