//! The first password of `elastic`, and a new one when it is forgotten.

use std::sync::Arc;

use keyward_security::hash::{Algorithm, Drawn, Hash};
use keyward_security::reserved::{ELASTIC, is_reserved_username};
use keyward_security::secret::Secret;
use keyward_security::user::{NativeUser, ReservedUserState};
use keyward_state::{Expect, Record, RecordKey, Revision, Txn, View, Write};
use keyward_store::{Outcome, Store, StoreError};

use crate::clock::Clock;
use crate::entropy::{Entropy, NoEntropy};
use crate::feed::{LoadError, load};

/// The fewest characters that a password has.
const SHORTEST: usize = 6;
/// Characters of a drawn password. None of them needs quoting, none is easily taken for another.
const LETTERS: &[u8; 64] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789-_+=.:*";
/// How many it has: 120 bits.
const DRAWN_LENGTH: usize = 20;
/// How often a reset is tried when others write at the same time.
const ATTEMPTS: u32 = 8;

/// What became of the first password at the start of the node.
#[derive(Debug)]
pub enum Bootstrap {
    /// The store was empty and no password was given: this one was made. It is nowhere else, so show it once.
    Generated(Secret),
    /// The store was empty and has the password that was given.
    Given,
    /// A password was given but the store was not empty: it means nothing any more.
    Ignored,
    /// There was nothing to do.
    NotNeeded,
}

/// Why there is no first password.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// The one that was given is too short.
    #[error("the password given for [elastic] is shorter than {SHORTEST} characters")]
    TooShort,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No random bits.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}

/// Why a password was not reset.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    /// The new one is too short.
    #[error("passwords must be at least [{SHORTEST}] characters long")]
    TooShort,
    /// There is no such user.
    #[error("there is no user [{0}]")]
    UnknownUser(String),
    /// Others changed the user all the time.
    #[error("the user is being changed by somebody else: try again")]
    Contended,
    /// The state cannot be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No random bits.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}

/// Gives `elastic` a password if the store is empty.
pub(crate) async fn bootstrap(
    store: &dyn Store,
    view: &View,
    given: Option<&Secret>,
    algorithm: Algorithm,
    entropy: &Entropy,
) -> Result<(Bootstrap, Option<Revision>), BootstrapError> {
    if view.revision() != Revision::ZERO {
        let outcome = if given.is_some() { Bootstrap::Ignored } else { Bootstrap::NotNeeded };
        return Ok((outcome, None));
    }
    let (password, outcome) = match given {
        Some(given) if !is_long_enough(given) => return Err(BootstrapError::TooShort),
        Some(given) => (given.clone(), Bootstrap::Given),
        None => {
            let drawn = draw_password(entropy)?;
            (drawn.clone(), Bootstrap::Generated(drawn))
        }
    };
    let hash = hash(algorithm, &password, entropy).await?;
    let key = RecordKey::reserved_user(ELASTIC);
    let state = ReservedUserState { password: Some(hash), enabled: true };
    let txn = Txn {
        expect: vec![Expect::Absent(key.clone())],
        write: vec![Write::Put(key, Arc::new(Record::ReservedUser(Arc::new(state))))],
    };
    match store.commit(txn).await? {
        Outcome::Committed(revision) => Ok((outcome, Some(revision))),
        // Another node on the same store was faster, and its password counts.
        Outcome::Conflict(_) => Ok((if given.is_some() { Bootstrap::Ignored } else { Bootstrap::NotNeeded }, None)),
    }
}

/// Gives a user a new password and lets the user sign in again, in a store that no node needs to run on. Without a
/// password one is drawn; the one that counts is returned.
pub async fn reset_password(
    store: &dyn Store,
    username: &str,
    password: Option<Secret>,
    algorithm: Algorithm,
    entropy: &Entropy,
) -> Result<Secret, ResetError> {
    let password = match password {
        Some(given) if !is_long_enough(&given) => return Err(ResetError::TooShort),
        Some(given) => given,
        None => draw_password(entropy)?,
    };
    let hash = hash(algorithm, &password, entropy).await?;
    for _ in 0..ATTEMPTS {
        let view = load(store, &Clock::system()).await?;
        let txn = plan_reset(&view, username, &hash).ok_or_else(|| ResetError::UnknownUser(username.to_owned()))?;
        if let Outcome::Committed(_) = store.commit(txn).await? {
            return Ok(password);
        }
    }
    Err(ResetError::Contended)
}

fn plan_reset(view: &View, username: &str, hash: &Hash) -> Option<Txn> {
    let (key, at, record) = if is_reserved_username(username) {
        let state = ReservedUserState { password: Some(hash.clone()), enabled: true };
        let at = view.reserved_user_state(username).map(|stored| stored.modified);
        (RecordKey::reserved_user(username), at, Record::ReservedUser(Arc::new(state)))
    } else {
        let stored = view.user(username)?;
        let mut user = NativeUser { password: hash.clone(), ..NativeUser::clone(&stored.value) };
        user.user.enabled = true;
        (RecordKey::user(username), Some(stored.modified), Record::User(Arc::new(user)))
    };
    let expect = match at {
        Some(at) => Expect::At(key.clone(), at),
        None => Expect::Absent(key.clone()),
    };
    Some(Txn { expect: vec![expect], write: vec![Write::Put(key, Arc::new(record))] })
}

fn is_long_enough(password: &Secret) -> bool {
    password.expose().chars().count() >= SHORTEST
}

fn draw_password(entropy: &Entropy) -> Result<Secret, NoEntropy> {
    let drawn: [u8; DRAWN_LENGTH] = entropy.draw()?;
    let letters = drawn.iter().filter_map(|byte| LETTERS.get(usize::from(byte % 64)));
    Ok(Secret::new(letters.map(|letter| char::from(*letter)).collect::<String>()))
}

/// Hashes beside the async threads. There is no pool yet, and nobody to compete with.
async fn hash(algorithm: Algorithm, password: &Secret, entropy: &Entropy) -> Result<Hash, NoEntropy> {
    let drawn = Drawn::new(entropy.draw()?);
    let password = password.clone();
    tokio::task::spawn_blocking(move || Hash::make(algorithm, &password, drawn)).await.map_err(|_| NoEntropy)
}

#[cfg(test)]
mod tests {
    use super::{DRAWN_LENGTH, LETTERS, draw_password};
    use crate::entropy::Entropy;

    #[test]
    fn drawn_passwords_are_long_and_differ() {
        let entropy = Entropy::system();
        let (one, other) = (draw_password(&entropy).unwrap(), draw_password(&entropy).unwrap());
        assert_eq!(one.expose().len(), DRAWN_LENGTH);
        assert!(!one.matches(&other));
        let mut letters = LETTERS.to_vec();
        letters.sort_unstable();
        letters.dedup();
        assert_eq!(letters.len(), 64, "each value of six bits is a letter of its own");
    }
}
