//! Many at once: nothing lost, nothing twice, one order for all.

use std::sync::Arc;
use std::time::Duration;

use keyward_state::{Expect, Revision, Txn};

use super::sample::{apply, commit, commits_until, everything, key, next, put, record};
use super::{Failure, Subject, ensure};
use crate::{Outcome, Store, WatchEvent};

fn joined<T>(result: Result<Result<T, Failure>, tokio::task::JoinError>) -> Result<T, Failure> {
    result.unwrap_or_else(|error| Err(Failure(format!("a task ended: {error}"))))
}

/// Writes `rounds` commits on keys of its own; gives the last revision.
async fn write(store: Arc<dyn Store>, writer: usize, rounds: usize) -> Result<Revision, Failure> {
    let mut last = Revision::ZERO;
    for round in 0..rounds {
        let writes = vec![put(&format!("w{writer}"), &round.to_string()), put(&format!("w{writer}-{round}"), "x")];
        let revision = commit(&*store, writes).await?;
        ensure!(revision > last, "{revision:?} was given out after {last:?}");
        last = revision;
    }
    Ok(last)
}

pub(super) async fn no_update_is_lost(subject: &dyn Subject) -> Result<(), Failure> {
    let store = subject.fresh().await?;
    commit(&*store, vec![put("counter", "0")]).await?;
    let mut tasks = Vec::new();
    for _ in 0..6 {
        let store = Arc::clone(&store);
        tasks.push(tokio::spawn(async move {
            let mut done = 0;
            while done < 10 {
                let (_, model) = everything(&*store).await?;
                let (at, _) = model.get(&key("counter")).ok_or_else(|| Failure("no counter".to_owned()))?;
                let count = model.len();
                let expect = vec![Expect::At(key("counter"), *at), Expect::Absent(key(&format!("n{count:04}")))];
                let write = vec![put("counter", &count.to_string()), put(&format!("n{count:04}"), "x")];
                if let Outcome::Committed(_) = store.commit(Txn { expect, write }).await? {
                    done += 1;
                }
            }
            Ok(())
        }));
    }
    for task in tasks {
        joined(task.await)?;
    }
    let (_, model) = everything(&*store).await?;
    ensure!(model.len() == 61, "{} of 60 updates are left", model.len().saturating_sub(1));
    let (_, counter) = model.get(&key("counter")).ok_or_else(|| Failure("no counter".to_owned()))?;
    ensure!(*counter == record("60").encode(), "the counter is not at 60");
    Ok(())
}

pub(super) async fn all_watches_tell_the_same(subject: &dyn Subject) -> Result<(), Failure> {
    let store = subject.fresh().await?;
    let start = store.snapshot().await?.revision();
    let mut early = store.watch(start).await?;
    let writers: Vec<_> = (0..4).map(|writer| tokio::spawn(write(Arc::clone(&store), writer, 40))).collect();
    tokio::time::sleep(Duration::from_millis(5)).await;
    let mut late = store.watch(start).await?;
    let mut last = start;
    for writer in writers {
        last = last.max(joined(writer.await)?);
    }
    let mut latest = store.watch(start).await?;
    let mut told = Vec::new();
    for watch in [&mut early, &mut late, &mut latest] {
        let commits = commits_until(watch, last).await?;
        ensure!(commits.len() == 160, "{} of 160 commits are told", commits.len());
        told.push(commits.iter().map(|commit| commit.revision).collect::<Vec<_>>());
    }
    ensure!(told.windows(2).all(|pair| pair.first() == pair.last()), "watches tell different orders");
    Ok(())
}

pub(super) async fn snapshot_and_watch_fit(subject: &dyn Subject) -> Result<(), Failure> {
    let store = subject.fresh().await?;
    let writers: Vec<_> = (0..3).map(|writer| tokio::spawn(write(Arc::clone(&store), writer, 40))).collect();
    let mut taken = Vec::new();
    for _ in 0..5 {
        let (revision, model) = everything(&*store).await?;
        let mut watch = store.watch(revision).await?;
        // The first event at once: a snapshot must not be ahead of what can be watched.
        let first = next(&mut watch).await?;
        let first = first.map_err(|end| Failure(format!("a watch from a new snapshot ends: {end:?}")))?;
        taken.push((revision, model, first, watch));
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    let mut last = Revision::ZERO;
    for writer in writers {
        last = last.max(joined(writer.await)?);
    }
    let (head, expected) = everything(&*store).await?;
    ensure!(head == last, "the snapshot is at {head:?}, the last commit at {last:?}");
    for (revision, mut model, first, mut watch) in taken {
        let mut at = revision;
        if let WatchEvent::Commit(commit) = first {
            apply(&mut model, &commit);
            at = commit.revision;
        }
        if at < last {
            for commit in commits_until(&mut watch, last).await? {
                apply(&mut model, &commit);
            }
        }
        ensure!(model == expected, "the snapshot at {revision:?} and the watch do not make the state at {last:?}");
    }
    Ok(())
}

pub(super) async fn a_dropped_commit_leaves_order(subject: &dyn Subject) -> Result<(), Failure> {
    let store = subject.fresh().await?;
    let start = store.snapshot().await?.revision();
    for n in 0..50_u64 {
        let txn = Txn { expect: Vec::new(), write: vec![put(&format!("d{n}"), "x")] };
        let _given_up = tokio::time::timeout(Duration::from_micros(20 * n), store.commit(txn)).await;
    }
    let last = commit(&*store, vec![put("last", "x")]).await?;
    let (head, expected) = everything(&*store).await?;
    ensure!(head == last, "a commit that was given up came after a later one");
    let mut model = super::sample::Model::new();
    let mut watch = store.watch(start).await?;
    for commit in commits_until(&mut watch, last).await? {
        apply(&mut model, &commit);
    }
    ensure!(model == expected, "the watch and the snapshot differ after commits that were given up");
    Ok(())
}
