//! What every use case has in common: plan on the view, commit, plan again if somebody was faster, and answer only
//! when the own view shows the change.

use std::time::Duration;

use keyward_state::{Revision, Txn, View};
use keyward_store::{Outcome, StoreError};

use crate::entropy::NoEntropy;
use crate::hasher::HasherError;
use crate::node::Node;

/// How often a plan is made before giving up.
const ATTEMPTS: u32 = 16;
/// How long the own view may take to show what was committed.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long it may take to show what was in the way.
const CONFLICT_PATIENCE: Duration = Duration::from_secs(1);

/// Why a use case did not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum UseCaseError<E> {
    /// A rule is against it.
    #[error(transparent)]
    Refused(E),
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
    /// Others changed the same things all the time.
    #[error("lost the race against other changes {attempts} times")]
    Contended {
        /// How often it was tried.
        attempts: u32,
    },
    /// The view may be out of date, so nothing is changed on its grounds.
    #[error("the state of this node was last known to be current {} ms ago", .0.as_millis())]
    Stale(Duration),
    /// It is done and durable, but this node does not show it yet.
    #[error("the change was made at revision {0}, but this node does not show it yet")]
    NotYetVisible(Revision),
    /// Too many passwords are being hashed.
    #[error("server is too busy to respond")]
    Overloaded,
    /// No random bits.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}

impl<E> UseCaseError<E> {
    /// The same with another kind of refusal.
    pub fn map_refusal<F>(self, with: impl FnOnce(E) -> F) -> UseCaseError<F> {
        match self {
            Self::Refused(refusal) => UseCaseError::Refused(with(refusal)),
            Self::Store(error) => UseCaseError::Store(error),
            Self::Contended { attempts } => UseCaseError::Contended { attempts },
            Self::Stale(age) => UseCaseError::Stale(age),
            Self::NotYetVisible(revision) => UseCaseError::NotYetVisible(revision),
            Self::Overloaded => UseCaseError::Overloaded,
            Self::NoEntropy(error) => UseCaseError::NoEntropy(error),
        }
    }
}

impl<E> From<HasherError> for UseCaseError<E> {
    fn from(error: HasherError) -> Self {
        match error {
            HasherError::Overloaded => Self::Overloaded,
            HasherError::NoEntropy(error) => Self::NoEntropy(error),
        }
    }
}

impl Node {
    /// Plans and commits until it is done. `plan` is called once per attempt, each time on a newer view.
    pub async fn perform<A, E>(
        &self,
        mut plan: impl FnMut(&View) -> Result<(Txn, A), UseCaseError<E>> + Send,
    ) -> Result<A, UseCaseError<E>> {
        // Those who lost a race go on one after the other. Each of them then has the newest state almost for itself,
        // instead of all of them losing again and again to one another.
        let mut lane = None;
        for _ in 0..ATTEMPTS {
            if let Some(age) = self.too_stale() {
                self.metrics().refused_stale.increment();
                return Err(UseCaseError::Stale(age));
            }
            let (planned_on, planned) = {
                let view = self.view();
                (view.revision(), plan(&view)?)
            };
            let (txn, answer) = planned;
            if txn.is_empty() {
                return Ok(answer);
            }
            self.metrics().commits.increment();
            match self.store().commit(txn).await.map_err(UseCaseError::Store)? {
                Outcome::Committed(revision) => {
                    self.wait_for(revision).await.map_err(|_| UseCaseError::NotYetVisible(revision))?;
                    return Ok(answer);
                }
                Outcome::Conflict(key) => {
                    tracing::debug!(%key, "a plan conflicted with another change");
                    self.metrics().conflicts.increment();
                    // What was in the way is committed: it is on its way here, if it is not here yet.
                    let _in_vain = self.reach(planned_on.next(), CONFLICT_PATIENCE).await;
                    if lane.is_none() {
                        lane = Some(self.lane().lock().await);
                    }
                }
            }
        }
        self.metrics().contended.increment();
        Err(UseCaseError::Contended { attempts: ATTEMPTS })
    }

    /// Waits until the own view is at `revision` or later.
    pub async fn wait_for(&self, revision: Revision) -> Result<(), NotReached> {
        self.reach(revision, PATIENCE).await
    }

    async fn reach(&self, revision: Revision, patience: Duration) -> Result<(), NotReached> {
        let mut reached = self.revisions();
        match tokio::time::timeout(patience, reached.wait_for(|at| *at >= revision)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(NotReached(revision)),
        }
    }
}

/// The view did not get to a revision in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("revision {0} was not reached in time")]
pub struct NotReached(pub Revision);
