//! SCRAM-SHA-256 (RFC 5802, RFC 7677) from the side of the client, which checks the server too.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// Rounds that are computed at most: a server must not make us work for long.
const ROUNDS: u32 = 200_000;

/// An exchange under way.
pub(super) struct Scram {
    nonce: String,
    first: String,
}

/// What the server must prove at the end.
pub(super) struct Proof {
    /// The message to send.
    pub(super) message: String,
    signature: Vec<u8>,
}

fn mac(key: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(text);
    Some(mac.finalize().into_bytes().to_vec())
}

/// PBKDF2 with HMAC-SHA-256 for one block (RFC 8018).
fn salted(password: &[u8], salt: &[u8], rounds: u32) -> Option<Vec<u8>> {
    let keyed = Hmac::<Sha256>::new_from_slice(password).ok()?;
    let one = |parts: &[&[u8]]| {
        let mut mac = keyed.clone();
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes()
    };
    let mut last = one(&[salt, &1_u32.to_be_bytes()]);
    let mut sum = last.to_vec();
    for _ in 1..rounds {
        last = one(&[&last]);
        sum.iter_mut().zip(last.iter()).for_each(|(sum, byte)| *sum ^= byte);
    }
    Some(sum)
}

impl Scram {
    /// Begins with a nonce of printable letters without a comma.
    pub(super) fn begin(nonce: &str) -> Self {
        Self { nonce: nonce.to_owned(), first: format!("n=,r={nonce}") }
    }

    /// The first message; the name of the user is told otherwise.
    pub(super) fn first_message(&self) -> String {
        format!("n,,{}", self.first)
    }

    /// Answers the server's first message; `None` where that is not one.
    pub(super) fn answer(&self, password: &str, server: &str) -> Option<Proof> {
        let part = |name: char| server.split(',').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        let (nonce, salt, rounds) = (part('r')?, BASE64.decode(part('s')?).ok()?, part('i')?.parse::<u32>().ok()?);
        if !nonce.starts_with(&self.nonce) || !(1..=ROUNDS).contains(&rounds) {
            return None;
        }
        let salted = salted(password.as_bytes(), &salt, rounds)?;
        let without_proof = format!("c=biws,r={nonce}");
        let all = format!("{},{server},{without_proof}", self.first);
        let client_key = mac(&salted, b"Client Key")?;
        let signature = mac(&Sha256::digest(&client_key), all.as_bytes())?;
        let proof: Vec<u8> = client_key.iter().zip(&signature).map(|(key, sign)| key ^ sign).collect();
        let message = format!("{without_proof},p={}", BASE64.encode(proof));
        Some(Proof { message, signature: mac(&mac(&salted, b"Server Key")?, all.as_bytes())? })
    }
}

impl Proof {
    /// Whether the server's last message shows that it knows the password too.
    pub(super) fn holds(&self, server: &str) -> bool {
        let said = server.split(',').find_map(|part| part.strip_prefix("v=")).and_then(|text| BASE64.decode(text).ok());
        said.is_some_and(|said| said == self.signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc() {
        // RFC 7677, section 3; there the name of the user stands in the first message.
        let mut scram = Scram::begin("rOprNGfwEbeRWgbNEkqO");
        scram.first = "n=user,r=rOprNGfwEbeRWgbNEkqO".into();
        let server = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        let proof = scram.answer("pencil", server).unwrap();
        assert!(proof.message.ends_with("p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="), "{}", proof.message);
        assert!(proof.holds("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
        assert!(!proof.holds("v=AAAA") && !proof.holds("e=other-error"));
        assert!(scram.answer("pencil", "r=another,s=AA==,i=4096").is_none());
        assert!(scram.answer("pencil", &server.replace("4096", "4000000000")).is_none());
    }
}
