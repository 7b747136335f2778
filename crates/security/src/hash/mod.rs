//! Stored hashes of passwords and key secrets, in the formats that Elasticsearch writes, so that hashes can move
//! between the two: `{SSHA256}`, `{PBKDF2}`, `{PBKDF2_STRETCH}` and bcrypt's `$2a$`.

mod algorithm;
mod pbkdf2;

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

pub use algorithm::{Algorithm, Drawn};
use pbkdf2::Pbkdf2;

use crate::secret::Secret;

const SSHA256: &str = "{SSHA256}";

/// A hash of a secret. It prints as `[redacted]`; its text is what is stored.
#[derive(Clone)]
pub struct Hash(Repr);

#[derive(Clone)]
enum Repr {
    /// One round over secret and salt: fit for secrets of 128 random bits only.
    Ssha256(SaltedSha256),
    Pbkdf2(Arc<Pbkdf2>),
    Bcrypt {
        cost: u8,
        text: Arc<str>,
    },
}

/// The parts of a fast hash, as they lie in a table of keys.
#[derive(Clone, Copy)]
pub struct SaltedSha256 {
    /// Eight characters that are hashed after the secret.
    pub salt: [u8; 8],
    /// SHA-256 over secret and salt.
    pub digest: [u8; 32],
}

impl SaltedSha256 {
    /// Hashes a secret with a salt.
    pub fn make(secret: &Secret, salt: [u8; 8]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(secret.expose().as_bytes());
        hasher.update(salt);
        Self { salt, digest: hasher.finalize().into() }
    }

    /// Whether this is the hash of `secret`; compared in constant time.
    #[must_use]
    pub fn verify(&self, secret: &Secret) -> bool {
        Self::make(secret, self.salt).digest.ct_eq(&self.digest).into()
    }
}

impl fmt::Debug for SaltedSha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Text that is no hash, or one of an algorithm that is not supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a supported hash")]
pub struct NotAHash;

impl Hash {
    /// Reads the stored text of a hash.
    pub fn parse(text: &str) -> Result<Self, NotAHash> {
        if let Some(rest) = text.strip_prefix(SSHA256) {
            let (salt, digest) = rest.split_at_checked(8).ok_or(NotAHash)?;
            let salt = salt.as_bytes().try_into().map_err(|_| NotAHash)?;
            let digest = STANDARD.decode(digest).map_err(|_| NotAHash)?.try_into().map_err(|_| NotAHash)?;
            Ok(Self(Repr::Ssha256(SaltedSha256 { salt, digest })))
        } else if text.starts_with("{PBKDF2") {
            Pbkdf2::parse(text).map(|hash| Self(Repr::Pbkdf2(Arc::new(hash)))).ok_or(NotAHash)
        } else {
            let cost = algorithm::bcrypt_cost(text).ok_or(NotAHash)?;
            Ok(Self(Repr::Bcrypt { cost, text: text.into() }))
        }
    }

    /// Hashes a secret. Slow for every algorithm but SSHA256.
    pub fn make(algorithm: Algorithm, secret: &Secret, drawn: Drawn) -> Self {
        match algorithm {
            Algorithm::Ssha256 => Self::from_ssha256(SaltedSha256::make(secret, drawn.printable_salt())),
            Algorithm::Pbkdf2 { rounds, stretch } => {
                Self(Repr::Pbkdf2(Arc::new(Pbkdf2::make(rounds, stretch, secret, drawn.bytes()))))
            }
            Algorithm::Bcrypt { cost } => {
                let text = algorithm::bcrypt(cost, secret, drawn);
                Self(Repr::Bcrypt { cost: cost.get(), text })
            }
        }
    }

    /// Wraps a fast hash.
    pub const fn from_ssha256(hash: SaltedSha256) -> Self {
        Self(Repr::Ssha256(hash))
    }

    /// A hash that no secret has.
    pub fn of_nothing() -> Self {
        Self(Repr::Bcrypt { cost: 0, text: "!".into() })
    }

    /// The parts of a fast hash; `None` for the slow ones.
    pub const fn as_ssha256(&self) -> Option<&SaltedSha256> {
        match &self.0 {
            Repr::Ssha256(hash) => Some(hash),
            Repr::Pbkdf2(_) | Repr::Bcrypt { .. } => None,
        }
    }

    /// Whether this is the hash of `secret`. Compared in constant time; see [`Hash::is_slow`] for where to run it.
    #[must_use]
    pub fn verify(&self, secret: &Secret) -> bool {
        match &self.0 {
            Repr::Ssha256(hash) => hash.verify(secret),
            Repr::Pbkdf2(hash) => hash.verify(secret),
            Repr::Bcrypt { text, .. } => bcrypt::verify(secret.expose(), text).unwrap_or(false),
        }
    }

    /// Whether checking takes milliseconds, and so belongs on the pool for slow work.
    pub const fn is_slow(&self) -> bool {
        !matches!(self.0, Repr::Ssha256(_))
    }

    /// Whether this is fit to keep a password: the fast hash is not.
    pub const fn is_fit_for_passwords(&self) -> bool {
        self.is_slow()
    }

    /// The name of the algorithm, as settings write it.
    pub fn algorithm_name(&self) -> String {
        match &self.0 {
            Repr::Ssha256(_) => "ssha256".to_owned(),
            Repr::Pbkdf2(hash) => hash.algorithm_name(),
            Repr::Bcrypt { cost: 10, .. } => "bcrypt".to_owned(),
            Repr::Bcrypt { cost, .. } => format!("bcrypt{cost}"),
        }
    }

    /// The text to store.
    pub fn to_stored(&self) -> String {
        match &self.0 {
            Repr::Ssha256(SaltedSha256 { salt, digest }) => {
                format!("{SSHA256}{}{}", String::from_utf8_lossy(salt), STANDARD.encode(digest))
            }
            Repr::Pbkdf2(hash) => hash.to_stored(),
            Repr::Bcrypt { text, .. } => text.as_ref().to_owned(),
        }
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Two hashes are equal when their stored texts are.
impl PartialEq for Hash {
    fn eq(&self, other: &Self) -> bool {
        self.to_stored().as_bytes().ct_eq(other.to_stored().as_bytes()).into()
    }
}

impl Eq for Hash {}

#[cfg(test)]
mod tests;
