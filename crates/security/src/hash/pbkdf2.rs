//! `{PBKDF2}rounds$salt$hash`: HMAC-SHA-512, salt and hash in base64. The stretched form hashes the secret with SHA-512
//! first and goes on with the hexadecimal text of that.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha512};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::algorithm::Rounds;
use crate::secret::Secret;

#[derive(Clone)]
pub(super) struct Pbkdf2 {
    rounds: Rounds,
    stretch: bool,
    salt: Box<[u8]>,
    hash: Box<[u8]>,
}

impl Pbkdf2 {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (stretch, rest) = match text.strip_prefix("{PBKDF2}") {
            Some(rest) => (false, rest),
            None => (true, text.strip_prefix("{PBKDF2_STRETCH}")?),
        };
        let (rounds, rest) = rest.split_once('$')?;
        let (salt, hash) = rest.split_once('$')?;
        let rounds = Rounds::new(rounds.parse().ok().filter(|_| !rounds.starts_with(['0', '+']))?)?;
        let salt = STANDARD.decode(salt).ok().filter(|salt| (8..=64).contains(&salt.len()))?;
        let hash = STANDARD.decode(hash).ok().filter(|hash| (16..=64).contains(&hash.len()))?;
        Some(Self { rounds, stretch, salt: salt.into(), hash: hash.into() })
    }

    pub(super) fn make(rounds: Rounds, stretch: bool, secret: &Secret, salt: &[u8; 32]) -> Self {
        let hash = derive(rounds, stretch, secret, salt, 32);
        Self { rounds, stretch, salt: salt.as_slice().into(), hash: hash.as_slice().into() }
    }

    pub(super) fn verify(&self, secret: &Secret) -> bool {
        derive(self.rounds, self.stretch, secret, &self.salt, self.hash.len()).as_slice().ct_eq(&self.hash).into()
    }

    pub(super) fn algorithm_name(&self) -> String {
        let name = if self.stretch { "pbkdf2_stretch" } else { "pbkdf2" };
        match self.rounds.get() {
            10_000 => name.to_owned(),
            rounds => format!("{name}_{rounds}"),
        }
    }

    pub(super) fn to_stored(&self) -> String {
        let name = if self.stretch { "PBKDF2_STRETCH" } else { "PBKDF2" };
        format!("{{{name}}}{}${}${}", self.rounds.get(), STANDARD.encode(&self.salt), STANDARD.encode(&self.hash))
    }
}

fn derive(rounds: Rounds, stretch: bool, secret: &Secret, salt: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
    let mut hash = Zeroizing::new(vec![0; length]);
    if stretch {
        let mut hex = Zeroizing::new(String::with_capacity(128));
        for byte in Sha512::digest(secret.expose().as_bytes()) {
            for digit in [byte >> 4, byte & 15] {
                hex.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
            }
        }
        pbkdf2::pbkdf2_hmac::<Sha512>(hex.as_bytes(), salt, rounds.get(), &mut hash);
    } else {
        pbkdf2::pbkdf2_hmac::<Sha512>(secret.expose().as_bytes(), salt, rounds.get(), &mut hash);
    }
    hash
}
