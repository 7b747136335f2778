//! Records to write, a model to compare with, and the shortest ways to do either.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use keyward_state::{Commit, Expect, Record, RecordKey, Revision, Txn, Write};

use super::Failure;
use crate::{Outcome, Store, Watch, WatchEnd, WatchEvent};

/// The state as a plain map: key to the revision that wrote it and the record's bytes.
pub(super) type Model = BTreeMap<RecordKey, (Revision, Vec<u8>)>;

/// How long something may take before it counts as never.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn key(name: &str) -> RecordKey {
    RecordKey::setting(name)
}

pub(super) fn record(text: &str) -> Arc<Record> {
    Arc::new(Record::Setting(Arc::new(text.into())))
}

pub(super) fn put(name: &str, text: &str) -> Write {
    Write::Put(key(name), record(text))
}

pub(super) fn delete(name: &str) -> Write {
    Write::Delete(key(name))
}

/// Commits without expectations.
pub(super) async fn commit(store: &dyn Store, write: Vec<Write>) -> Result<Revision, Failure> {
    expecting(store, Vec::new(), write).await
}

/// Commits; a conflict is a failure.
pub(super) async fn expecting(store: &dyn Store, expect: Vec<Expect>, write: Vec<Write>) -> Result<Revision, Failure> {
    match store.commit(Txn { expect, write }).await? {
        Outcome::Committed(revision) => Ok(revision),
        Outcome::Conflict(key) => Err(Failure(format!("unexpected conflict at {key:?}"))),
    }
}

/// Commits; anything but a conflict is a failure.
pub(super) async fn conflicting(
    store: &dyn Store,
    expect: Vec<Expect>,
    write: Vec<Write>,
) -> Result<RecordKey, Failure> {
    match store.commit(Txn { expect, write }).await? {
        Outcome::Conflict(key) => Ok(key),
        Outcome::Committed(revision) => Err(Failure(format!("committed at {revision:?} instead of conflicting"))),
    }
}

/// The newest revision and everything at it.
pub(super) async fn everything(store: &dyn Store) -> Result<(Revision, Model), Failure> {
    let snapshot = store.snapshot().await?;
    let revision = snapshot.revision();
    let mut model = Model::new();
    for (key, modified, record) in snapshot.collect().await? {
        if modified > revision {
            return Err(Failure(format!("{key:?} is newer than the snapshot it is in")));
        }
        if model.insert(key.clone(), (modified, record.encode())).is_some() {
            return Err(Failure(format!("{key:?} is in the snapshot twice")));
        }
    }
    Ok((revision, model))
}

/// Applies a commit to the model.
pub(super) fn apply(model: &mut Model, commit: &Commit) {
    for write in &commit.writes {
        match write {
            Write::Put(key, record) => {
                model.insert(key.clone(), (commit.revision, record.encode()));
            }
            Write::Delete(key) => {
                model.remove(key);
            }
        }
    }
}

/// The next event, within patience.
pub(super) async fn next(watch: &mut Watch) -> Result<Result<WatchEvent, WatchEnd>, Failure> {
    tokio::time::timeout(PATIENCE, watch.next()).await.map_err(|_| Failure("the watch tells nothing".to_owned()))
}

/// The commits up to and including `until`.
pub(super) async fn commits_until(watch: &mut Watch, until: Revision) -> Result<Vec<Arc<Commit>>, Failure> {
    let mut commits: Vec<Arc<Commit>> = Vec::new();
    while commits.last().is_none_or(|commit| commit.revision < until) {
        match next(watch).await? {
            Ok(WatchEvent::Commit(commit)) => {
                if commits.last().is_some_and(|last| last.revision >= commit.revision) {
                    return Err(Failure(format!("{:?} is told out of order", commit.revision)));
                }
                commits.push(commit);
            }
            Ok(WatchEvent::Progress(at)) => {
                if commits.last().is_some_and(|last| last.revision > at) {
                    return Err(Failure("progress runs backwards".to_owned()));
                }
                if at >= until && commits.last().is_none_or(|last| last.revision < until) {
                    return Err(Failure(format!("progress is at {at:?} but {until:?} was never told")));
                }
            }
            Err(end) => return Err(Failure(format!("the watch ended: {end:?}"))),
        }
    }
    Ok(commits)
}
