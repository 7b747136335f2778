//! What a commit does, seen from snapshots.

use keyward_state::{Expect, Revision, Txn};

use super::sample::{commit, conflicting, delete, everything, expecting, key, put, record};
use super::{Failure, Subject, ensure};

pub(super) async fn an_empty_store_has_nothing(subject: &dyn Subject) -> Result<(), Failure> {
    let store = subject.fresh().await?;
    let (_, model) = everything(&*store).await?;
    ensure!(model.is_empty(), "an empty store has {} records", model.len());
    Ok(())
}

pub(super) async fn a_commit_is_in_the_next_snapshot(subject: &dyn Subject) -> Result<(), Failure> {
    let store = subject.fresh().await?;
    let (start, _) = everything(&*store).await?;
    let first = commit(&*store, vec![put("a", "1"), put("b", "1")]).await?;
    ensure!(first > start, "revision {first:?} does not follow {start:?}");
    let second = commit(&*store, vec![put("a", "2"), delete("b"), put("c", "2")]).await?;
    ensure!(second > first, "revision {second:?} does not follow {first:?}");
    let (at, model) = everything(&*store).await?;
    ensure!(at == second, "the snapshot is at {at:?}, not {second:?}");
    let expected = [(key("a"), (second, record("2").encode())), (key("c"), (second, record("2").encode()))];
    ensure!(model == expected.into(), "the snapshot holds {model:?}");
    Ok(())
}

pub(super) async fn a_snapshot_is_complete_and_in_order(subject: &dyn Subject) -> Result<(), Failure> {
    let store = subject.fresh().await?;
    for hundred in (0..50).rev() {
        let writes = (0..100).map(|n| put(&format!("{:05}", hundred * 100 + n), "x"));
        commit(&*store, writes.collect()).await?;
    }
    let records = store.snapshot().await?.collect().await?;
    ensure!(records.len() == 5000, "{} of 5000 records are in the snapshot", records.len());
    ensure!(records.is_sorted_by(|(a, _, _), (b, _, _)| a < b), "the snapshot is not in the order of keys");
    Ok(())
}

pub(super) async fn an_absent_key_is_expected_absent(subject: &dyn Subject) -> Result<(), Failure> {
    let store = subject.fresh().await?;
    let absent = || vec![Expect::Absent(key("a"))];
    expecting(&*store, absent(), vec![put("a", "1")]).await?;
    let at = conflicting(&*store, absent(), vec![put("a", "2")]).await?;
    ensure!(at == key("a"), "the conflict names {at:?}");
    commit(&*store, vec![delete("a")]).await?;
    expecting(&*store, absent(), vec![put("a", "3")]).await?;
    Ok(())
}

pub(super) async fn a_record_is_expected_at_its_revision(subject: &dyn Subject) -> Result<(), Failure> {
    let store = subject.fresh().await?;
    let first = commit(&*store, vec![put("a", "1")]).await?;
    commit(&*store, vec![put("other", "1")]).await?;
    let second = expecting(&*store, vec![Expect::At(key("a"), first)], vec![put("a", "2")]).await?;
    let at = conflicting(&*store, vec![Expect::At(key("a"), first)], vec![put("a", "3")]).await?;
    ensure!(at == key("a"), "the conflict names {at:?}");
    expecting(&*store, vec![Expect::At(key("a"), second)], vec![delete("a")]).await?;
    conflicting(&*store, vec![Expect::At(key("a"), second)], vec![put("a", "4")]).await?;
    conflicting(&*store, vec![Expect::At(key("never"), Revision::ZERO)], vec![put("a", "5")]).await?;
    Ok(())
}

pub(super) async fn a_conflict_writes_nothing(subject: &dyn Subject) -> Result<(), Failure> {
    let store = subject.fresh().await?;
    let at = commit(&*store, vec![put("a", "1")]).await?;
    let expect = vec![Expect::At(key("a"), at), Expect::Absent(key("b")), Expect::At(key("c"), at)];
    let conflict = conflicting(&*store, expect, vec![put("a", "2"), put("b", "2")]).await?;
    ensure!(conflict == key("c"), "the conflict names {conflict:?}");
    let (revision, model) = everything(&*store).await?;
    ensure!(revision == at, "a conflict moved the revision to {revision:?}");
    ensure!(model == [(key("a"), (at, record("1").encode()))].into(), "a conflict left {model:?}");
    Ok(())
}

pub(super) async fn deleting_what_is_not_there_is_no_conflict(subject: &dyn Subject) -> Result<(), Failure> {
    let store = subject.fresh().await?;
    commit(&*store, vec![delete("a"), put("b", "1")]).await?;
    let (_, model) = everything(&*store).await?;
    ensure!(model.len() == 1, "{} records instead of 1", model.len());
    Ok(())
}

pub(super) async fn a_key_written_twice_is_refused(subject: &dyn Subject) -> Result<(), Failure> {
    let store = subject.fresh().await?;
    let outcome = store.commit(Txn { expect: Vec::new(), write: vec![put("a", "1"), delete("a")] }).await;
    ensure!(outcome.is_err(), "a transaction that writes a key twice gave {outcome:?}");
    let (_, model) = everything(&*store).await?;
    ensure!(model.is_empty(), "a refused transaction left {model:?}");
    Ok(())
}

pub(super) async fn a_large_transaction_is_one_commit(subject: &dyn Subject) -> Result<(), Failure> {
    let store = subject.fresh().await?;
    let writes = (0..5000).map(|n| put(&format!("{n:05}"), "x")).collect();
    let at = commit(&*store, writes).await?;
    let (_, model) = everything(&*store).await?;
    ensure!(model.len() == 5000, "{} of 5000 records were written", model.len());
    ensure!(model.values().all(|(modified, _)| *modified == at), "the records are of several revisions");
    Ok(())
}
