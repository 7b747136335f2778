//! Group commit: one thread takes every transaction that waits, writes them in one durable step, and answers all.
//!
//! A lone writer pays one flush of the disk; sixty-four that write at the same time pay about one flush together.
//! The thread is also where commits get their order, so preconditions are checked here and nowhere else.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use keyward_state::{Commit, Revision, Write};
use tokio::sync::{mpsc, oneshot};

use super::Shared;
use super::log_entry;
use super::tables::{EncodedTxn, LogSizes, Tables, Verdict};
use crate::{Outcome, StoreError};

/// A transaction on its way to the writer.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) txn: EncodedTxn,
    /// The same writes as values, for the watches.
    pub(super) writes: Vec<Write>,
    pub(super) answer: oneshot::Sender<Result<Outcome, StoreError>>,
}

/// The most that goes into one group.
#[derive(Clone, Copy, Debug)]
pub(super) struct GroupLimits {
    pub(super) transactions: usize,
    pub(super) bytes: usize,
}

/// The thread's own state.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) shared: Arc<Shared>,
    pub(super) sizes: LogSizes,
    pub(super) limits: GroupLimits,
}

// === impl Writer ===

impl Writer {
    /// Serves until every sender is gone. Should it break, nobody goes on as if it had not.
    pub(super) fn run_to_the_end(self, requests: mpsc::Receiver<Request>) {
        let shared = Arc::clone(&self.shared);
        if panic::catch_unwind(AssertUnwindSafe(|| self.run(requests))).is_err() {
            shared.stop(StoreError::Stopped("the writer broke down".into()));
        }
    }

    fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        let mut group = Vec::with_capacity(self.limits.transactions);
        while let Some(first) = requests.blocking_recv() {
            let mut bytes = first.txn.entry.len();
            group.push(first);
            while group.len() < self.limits.transactions && bytes < self.limits.bytes {
                let Ok(next) = requests.try_recv() else { break };
                bytes = bytes.saturating_add(next.txn.entry.len());
                group.push(next);
            }
            self.commit(&mut group);
        }
        self.shared.history.close();
    }

    fn commit(&mut self, group: &mut Vec<Request>) {
        let verdicts = match self.write(group) {
            Ok(verdicts) => verdicts,
            Err(error) => {
                tracing::error!(%error, transactions = group.len(), "a group of commits failed");
                for request in group.drain(..) {
                    let _gone = request.answer.send(Err(error.clone()));
                }
                return;
            }
        };
        let mut answers = Vec::with_capacity(group.len());
        let mut commits = Vec::with_capacity(group.len());
        for (request, verdict) in group.drain(..).zip(verdicts) {
            let outcome = match verdict {
                Verdict::Conflict(key) => Outcome::Conflict(key),
                Verdict::Committed(revision) => {
                    commits.push(Arc::new(Commit { revision, writes: request.writes }));
                    Outcome::Committed(revision)
                }
            };
            answers.push((request.answer, outcome));
        }
        // First to the watches, then to the writers: who is told of a commit finds it on its way.
        self.shared.history.publish(commits);
        for (answer, outcome) in answers {
            let _gone = answer.send(Ok(outcome));
        }
    }

    fn write(&mut self, group: &[Request]) -> Result<Vec<Verdict>, StoreError> {
        if let Some(error) = self.shared.failure() {
            return Err(error);
        }
        if !self.shared.is_open() {
            self.reopen()?;
        }
        let transactions: Vec<&EncodedTxn> = group.iter().map(|request| &request.txn).collect();
        let error = match self
            .shared
            .with_tables(|tables| tables.write(&transactions, &mut self.sizes, self.shared.log_limits))
        {
            Ok(verdicts) => return Ok(verdicts),
            Err(error) => error,
        };
        if self.shared.sync_failed() {
            return Err(self.shared.stop(StoreError::Stopped(error.to_string().into())));
        }
        if matches!(error, StoreError::Damaged(_)) {
            return Err(self.shared.stop(error));
        }
        // The device refused, a full disk most likely. Open anew and see what became of the group.
        let before = self.shared.history.head();
        match self.reopen() {
            Err(_) => Err(StoreError::Uncertain(error.to_string())),
            Ok(head) if head == before => Err(error),
            // The group lasts after all, and `reopen` has told the watches so; but who conflicted is not known.
            Ok(_) => Err(StoreError::Uncertain(error.to_string())),
        }
    }

    /// Opens the tables anew after a failure, and tells the watches of commits that turn out to have lasted.
    fn reopen(&mut self) -> Result<Revision, StoreError> {
        self.shared.close_tables();
        let tables = self.shared.open_tables()?;
        let (head, sizes, lasting) = inspect(&tables, self.shared.history.head())?;
        self.sizes = sizes;
        self.shared.put_tables(tables);
        self.shared.history.publish(lasting);
        tracing::info!(revision = head.get(), "the store was opened anew after a failure");
        Ok(head)
    }
}

type Inspected = (Revision, LogSizes, Vec<Arc<Commit>>);

fn inspect(tables: &Tables, known: Revision) -> Result<Inspected, StoreError> {
    let reading = tables.read()?;
    let head = reading.head()?;
    let mut lasting = Vec::new();
    if head > known {
        let entries = reading.log_after(known, usize::MAX)?;
        let entries = entries.ok_or_else(|| StoreError::Damaged("the log has a gap".to_owned()))?;
        for (revision, entry) in entries {
            lasting.push(Arc::new(log_entry::decode(revision, &entry).map_err(StoreError::Damaged)?));
        }
    }
    if head < known {
        return Err(StoreError::Damaged(format!("commits after revision {} are missing", head.get())));
    }
    Ok((head, reading.log_sizes()?, lasting))
}
