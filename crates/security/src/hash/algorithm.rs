//! The algorithms by name, with the costs that settings may ask for, and bcrypt's own text form.

use std::sync::Arc;

use crate::secret::Secret;

/// How to hash a secret that is to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// One salted round of SHA-256, for key secrets.
    Ssha256,
    /// PBKDF2 with HMAC-SHA-512; `stretch` hashes the secret with SHA-512 first.
    Pbkdf2 {
        /// How many rounds.
        rounds: Rounds,
        /// Whether the secret is hashed first.
        stretch: bool,
    },
    /// bcrypt with a cost from 4 to 14.
    Bcrypt {
        /// The binary logarithm of the rounds.
        cost: Cost,
    },
}

/// A number of PBKDF2 rounds that settings may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rounds(u32);

impl Rounds {
    const ALLOWED: [u32; 6] = [1000, 10_000, 50_000, 100_000, 500_000, 1_000_000];

    /// Accepts one of the known numbers only: what is stored decides how long a sign-in takes.
    pub fn new(rounds: u32) -> Option<Self> {
        Self::ALLOWED.contains(&rounds).then_some(Self(rounds))
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// A bcrypt cost that settings may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost(u8);

impl Cost {
    /// Accepts 4 to 14 only: what is stored decides how long a sign-in takes.
    pub fn new(cost: u8) -> Option<Self> {
        (4..=14).contains(&cost).then_some(Self(cost))
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl Algorithm {
    /// The default for passwords: bcrypt with cost 10.
    pub const BCRYPT: Self = Self::Bcrypt { cost: Cost(10) };

    /// Reads the name that settings use, in any case: `bcrypt`, `bcrypt9`, `pbkdf2_50000`, `pbkdf2_stretch`, `ssha256`.
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        if name == "ssha256" {
            Some(Self::Ssha256)
        } else if name == "bcrypt" {
            Some(Self::BCRYPT)
        } else if let Some(cost) = name.strip_prefix("bcrypt") {
            Cost::new(cost.parse().ok()?).filter(|_| !cost.starts_with(['0', '+'])).map(|cost| Self::Bcrypt { cost })
        } else {
            let rest = name.strip_prefix("pbkdf2")?;
            let (stretch, rest) = rest.strip_prefix("_stretch").map_or((false, rest), |rest| (true, rest));
            let rounds = match rest.strip_prefix('_') {
                Some(rounds) => rounds.parse().ok().filter(|_| !rounds.starts_with(['0', '+']))?,
                None if rest.is_empty() => 10_000,
                None => return None,
            };
            Rounds::new(rounds).map(|rounds| Self::Pbkdf2 { rounds, stretch })
        }
    }

    /// The names of all algorithms that may keep a password.
    pub fn password_algorithm_names() -> Vec<String> {
        let bcrypt = std::iter::once("bcrypt".to_owned()).chain((4..=14).map(|cost| format!("bcrypt{cost}")));
        let pbkdf2 = ["pbkdf2", "pbkdf2_stretch"].into_iter().flat_map(|name| {
            std::iter::once(name.to_owned()).chain(Rounds::ALLOWED.iter().map(move |rounds| format!("{name}_{rounds}")))
        });
        let mut names: Vec<String> = bcrypt.chain(pbkdf2).collect();
        names.sort_unstable();
        names
    }
}

/// Drawn bits for the salt of one hash.
#[derive(Clone, Copy)]
pub struct Drawn([u8; 32]);

impl Drawn {
    /// Takes 256 drawn bits.
    pub const fn new(bits: [u8; 32]) -> Self {
        Self(bits)
    }

    pub(super) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Eight characters out of 64, of six bits each.
    pub(super) fn printable_salt(&self) -> [u8; 8] {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut salt = [0; 8];
        for (to, from) in salt.iter_mut().zip(self.0) {
            *to = LETTERS.get(usize::from(from % 64)).copied().unwrap_or(b'A');
        }
        salt
    }
}

impl std::fmt::Debug for Drawn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// The cost of a bcrypt text, if that is what it is and the cost is one we are willing to pay.
pub(super) fn bcrypt_cost(text: &str) -> Option<u8> {
    let known = ["$2a$", "$2b$", "$2y$"].iter().any(|version| text.starts_with(version));
    if !known || text.len() != 60 {
        return None;
    }
    let parts: bcrypt::HashParts = text.parse().ok()?;
    u8::try_from(parts.get_cost()).ok().and_then(Cost::new).map(Cost::get)
}

pub(super) fn bcrypt(cost: Cost, secret: &Secret, drawn: Drawn) -> Arc<str> {
    let [salt @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = drawn.0;
    // INVARIANT: `Cost` is within what bcrypt allows, and longer secrets are cut, so this cannot fail. Were it to, the
    // text that is stored instead matches no secret at all.
    bcrypt::hash_with_salt(secret.expose(), u32::from(cost.get()), salt)
        .map_or_else(|_| Arc::from("!"), |parts| parts.format_for_version(bcrypt::Version::TwoA).into())
}
