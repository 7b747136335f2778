//! Slow hashes: checked and made on a few threads, with a limit on how many wait.
//!
//! A password costs milliseconds to check, on purpose. So a flood of wrong ones would stop a server that checked them
//! where it serves requests. Here at most [`HasherConfig::threads`] are checked at a time and at most
//! [`HasherConfig::queue`] more wait; the next one is turned away. Whoever signed in a moment ago does not wait: a
//! password that was right is remembered, as a digest under a key that never leaves the process, for a while.
//!
//! An unknown user costs as much as a known one with a wrong password: both check one hash.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use keyward_security::hash::{Algorithm, Drawn, Hash};
use keyward_security::secret::Secret;
use quick_cache::sync::Cache;
use sha2::Sha256;
use tokio::sync::Semaphore;

use crate::clock::Clock;
use crate::entropy::{Entropy, NoEntropy};

/// How slow hashes are dealt with.
#[derive(Clone, Debug)]
pub struct HasherConfig {
    /// How passwords are hashed.
    pub algorithm: Algorithm,
    /// Hashes that are computed at a time.
    pub threads: usize,
    /// Hashes that may wait.
    pub queue: usize,
    /// Passwords that are remembered.
    pub remembered: usize,
    /// For how long.
    pub remember_for: Duration,
}

/// Computes slow hashes.
pub struct Hasher {
    config: HasherConfig,
    clock: Clock,
    entropy: Entropy,
    /// Who may wait or run.
    admitted: Arc<Semaphore>,
    /// Who may run.
    running: Arc<Semaphore>,
    remembered: Cache<[u8; 32], Duration>,
    key: Hmac<Sha256>,
    /// The hash of a password that nobody has.
    nobody: Hash,
}

/// Whose password it is.
#[derive(Clone, Copy, Debug)]
pub struct Holder<'a> {
    /// The realm.
    pub realm: &'a str,
    /// The user.
    pub username: &'a str,
}

/// Why a hash was not computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HasherError {
    /// Too many wait already.
    #[error("server is too busy to respond")]
    Overloaded,
    /// No salt could be drawn.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}

/// How a password fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    /// It is right.
    Right,
    /// It is right, and was so a moment ago.
    Remembered,
    /// It is wrong.
    Wrong,
}

// === impl HasherConfig ===

impl Default for HasherConfig {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            algorithm: Algorithm::BCRYPT,
            threads: cores.saturating_sub(1).max(1),
            queue: 200,
            remembered: 10_000,
            remember_for: Duration::from_secs(20 * 60),
        }
    }
}

// === impl Hasher ===

impl Hasher {
    /// Slow: hashes once, to have something to compare strangers with.
    pub fn new(config: HasherConfig, clock: Clock, entropy: Entropy) -> Result<Self, NoEntropy> {
        let mut key = [0; 64];
        entropy.fill(&mut key)?;
        let unknown: [u8; 16] = entropy.draw()?;
        let unknown: String = unknown.iter().map(|byte| format!("{byte:02x}")).collect();
        let nobody = Hash::make(config.algorithm, &Secret::new(unknown), Drawn::new(entropy.draw()?));
        let key = Hmac::<Sha256>::new(&key.into());
        Ok(Self {
            admitted: Arc::new(Semaphore::new(config.threads.saturating_add(config.queue))),
            running: Arc::new(Semaphore::new(config.threads.max(1))),
            remembered: Cache::new(config.remembered.max(1)),
            key,
            nobody,
            clock,
            entropy,
            config,
        })
    }

    /// How passwords are hashed.
    pub fn algorithm(&self) -> Algorithm {
        self.config.algorithm
    }

    /// Checks a password. What is remembered is bound to the stored hash: a new password, or the same one stored
    /// anew, is checked again.
    pub async fn check(&self, holder: Holder<'_>, hash: &Hash, password: &Secret) -> Result<Checked, HasherError> {
        if !hash.is_slow() {
            return Ok(if hash.verify(password) { Checked::Right } else { Checked::Wrong });
        }
        let digest = self.digest(holder, hash, password);
        let now = self.clock.monotonic();
        match self.remembered.get(&digest) {
            Some(until) if now < until => return Ok(Checked::Remembered),
            Some(_) => drop(self.remembered.remove(&digest)),
            None => {}
        }
        if self.verify(hash.clone(), password.clone()).await? {
            self.remembered.insert(digest, now.saturating_add(self.config.remember_for));
            Ok(Checked::Right)
        } else {
            Ok(Checked::Wrong)
        }
    }

    /// Takes as long as checking the password of a user that exists; the answer is always no.
    pub async fn check_nobody(&self, password: &Secret) -> Result<(), HasherError> {
        self.verify(self.nobody.clone(), password.clone()).await.map(drop)
    }

    /// Checks a slow hash that belongs to no user.
    pub async fn verify(&self, hash: Hash, secret: Secret) -> Result<bool, HasherError> {
        self.run(move || hash.verify(&secret)).await
    }

    /// Hashes a new password.
    pub async fn make(&self, password: &Secret) -> Result<Hash, HasherError> {
        self.make_with(self.config.algorithm, password).await
    }

    /// Hashes something else than a password.
    pub async fn make_with(&self, algorithm: Algorithm, secret: &Secret) -> Result<Hash, HasherError> {
        let drawn = Drawn::new(self.entropy.draw()?);
        let secret = secret.clone();
        self.run(move || Hash::make(algorithm, &secret, drawn)).await
    }

    /// Forgets every password that was right: from now on each is checked again.
    pub fn forget_all(&self) {
        self.remembered.clear();
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, HasherError> {
        let place = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| HasherError::Overloaded)?;
        let turn = Arc::clone(&self.running).acquire_owned().await.map_err(|_| HasherError::Overloaded)?;
        let done = tokio::task::spawn_blocking(move || {
            // Both are kept until the work is done, also when nobody waits for it any more.
            let _held = (place, turn);
            work()
        });
        done.await.map_err(|_| HasherError::Overloaded)
    }

    fn digest(&self, holder: Holder<'_>, hash: &Hash, password: &Secret) -> [u8; 32] {
        let mut mac = self.key.clone();
        let stored = hash.to_stored();
        for part in [holder.realm, holder.username, &stored, password.expose()] {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher").field("config", &self.config).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use keyward_security::hash::{Algorithm, Drawn, Hash};
    use keyward_security::secret::Secret;
    use keyward_security::time::Timestamp;

    use super::{Checked, Hasher, HasherConfig, HasherError, Holder};
    use crate::clock::Clock;
    use crate::entropy::Entropy;

    const ADA: Holder<'_> = Holder { realm: "default_native", username: "ada" };

    fn quick() -> Algorithm {
        Algorithm::parse("bcrypt4").unwrap()
    }

    fn hasher(threads: usize, queue: usize, algorithm: Algorithm, clock: &Clock) -> Hasher {
        let config = HasherConfig { algorithm, threads, queue, ..HasherConfig::default() };
        Hasher::new(config, clock.clone(), Entropy::counted()).unwrap()
    }

    #[tokio::test]
    async fn what_was_right_is_remembered_for_a_while() {
        let clock = Clock::fixed(Timestamp::EPOCH);
        let hasher = hasher(1, 1, quick(), &clock);
        let right = Secret::new("correct horse");
        let hash = hasher.make(&right).await.unwrap();
        assert_eq!(hasher.check(ADA, &hash, &Secret::new("wrong")).await, Ok(Checked::Wrong));
        assert_eq!(hasher.check(ADA, &hash, &right).await, Ok(Checked::Right));
        assert_eq!(hasher.check(ADA, &hash, &right).await, Ok(Checked::Remembered));
        assert_eq!(hasher.check(ADA, &hash, &Secret::new("wrong")).await, Ok(Checked::Wrong));
        let bea = Holder { username: "bea", ..ADA };
        assert_eq!(hasher.check(bea, &hash, &right).await, Ok(Checked::Right));
        clock.advance(Duration::from_secs(20 * 60));
        assert_eq!(hasher.check(ADA, &hash, &right).await, Ok(Checked::Right));
        hasher.forget_all();
        assert_eq!(hasher.check(ADA, &hash, &right).await, Ok(Checked::Right));
    }

    #[tokio::test]
    async fn a_new_hash_of_the_same_password_is_checked_again() {
        let hasher = hasher(1, 1, quick(), &Clock::fixed(Timestamp::EPOCH));
        let password = Secret::new("correct horse");
        let (old, new) = (hasher.make(&password).await.unwrap(), hasher.make(&password).await.unwrap());
        assert_eq!(hasher.check(ADA, &old, &password).await, Ok(Checked::Right));
        assert_eq!(hasher.check(ADA, &new, &password).await, Ok(Checked::Right));
    }

    #[tokio::test]
    async fn those_beyond_the_queue_are_turned_away() {
        let hasher = hasher(1, 2, Algorithm::parse("bcrypt8").unwrap(), &Clock::fixed(Timestamp::EPOCH));
        let password = Secret::new("x");
        let (a, b, c, d) = tokio::join!(
            hasher.check_nobody(&password),
            hasher.check_nobody(&password),
            hasher.check_nobody(&password),
            hasher.check_nobody(&password)
        );
        assert_eq!([a, b, c, d], [Ok(()), Ok(()), Ok(()), Err(HasherError::Overloaded)]);
        assert_eq!(hasher.check_nobody(&password).await, Ok(()));
    }

    #[tokio::test]
    async fn a_place_is_given_back_when_nobody_waits_any_more() {
        let hasher = hasher(1, 0, quick(), &Clock::fixed(Timestamp::EPOCH));
        let password = Secret::new("x");
        for _ in 0..5 {
            let _given_up = tokio::time::timeout(Duration::ZERO, hasher.check_nobody(&password)).await;
        }
        let mut outcome = Err(HasherError::Overloaded);
        for _ in 0..200 {
            outcome = hasher.check_nobody(&password).await;
            if outcome.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(outcome, Ok(()));
    }

    #[tokio::test]
    async fn fast_hashes_take_no_place() {
        let hasher = hasher(1, 0, quick(), &Clock::fixed(Timestamp::EPOCH));
        let hash = Hash::make(Algorithm::Ssha256, &Secret::new("s"), Drawn::new([7; 32]));
        let held = hasher.admitted.clone().acquire_many_owned(1).await.unwrap();
        assert_eq!(hasher.check(ADA, &hash, &Secret::new("s")).await, Ok(Checked::Right));
        assert_eq!(hasher.check_nobody(&Secret::new("s")).await, Err(HasherError::Overloaded));
        drop(held);
    }
}
