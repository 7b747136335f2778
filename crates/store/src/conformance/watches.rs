//! What a watch tells: everything, once, in order, or that it cannot.

use std::time::Duration;

use keyward_state::Revision;

use super::sample::{PATIENCE, commit, commits_until, delete, next, put};
use super::{Failure, Subject, ensure};
use crate::{Store, WatchEnd, WatchEvent};

async fn ten(store: &dyn Store) -> Result<Vec<Revision>, Failure> {
    let mut revisions = Vec::new();
    for n in 0..10 {
        revisions.push(commit(store, vec![put(&format!("k{n}"), "v")]).await?);
    }
    Ok(revisions)
}

fn last(revisions: &[Revision]) -> Result<Revision, Failure> {
    revisions.last().copied().ok_or_else(|| Failure("no commits".to_owned()))
}

pub(super) async fn a_watch_tells_every_commit_in_order(subject: &dyn Subject) -> Result<(), Failure> {
    let store = subject.fresh().await?;
    let start = store.snapshot().await?.revision();
    let mut revisions = ten(&*store).await?;
    revisions.push(commit(&*store, vec![put("k1", "w"), delete("k2")]).await?);
    let mut watch = store.watch(start).await?;
    let commits = commits_until(&mut watch, last(&revisions)?).await?;
    let told: Vec<Revision> = commits.iter().map(|commit| commit.revision).collect();
    ensure!(told == revisions, "told {told:?} of {revisions:?}");
    let writes = commits.last().map_or(0, |commit| commit.writes.len());
    ensure!(writes == 2, "the last commit is told with {writes} writes instead of 2");
    Ok(())
}

pub(super) async fn a_watch_starts_where_it_is_told(subject: &dyn Subject) -> Result<(), Failure> {
    let store = subject.fresh().await?;
    let revisions = ten(&*store).await?;
    for (index, after) in revisions.iter().enumerate().take(9) {
        let mut watch = store.watch(*after).await?;
        let commits = commits_until(&mut watch, last(&revisions)?).await?;
        let told: Vec<Revision> = commits.iter().map(|commit| commit.revision).collect();
        ensure!(revisions.get(index + 1..) == Some(told.as_slice()), "after {after:?} it tells {told:?}");
    }
    Ok(())
}

pub(super) async fn a_watch_waits_for_what_comes(subject: &dyn Subject) -> Result<(), Failure> {
    let store = subject.fresh().await?;
    let start = store.snapshot().await?.revision();
    let mut watch = store.watch(start).await?;
    ensure!(matches!(next(&mut watch).await?, Ok(WatchEvent::Progress(at)) if at == start), "no progress at the start");
    let (told, committed) = tokio::join!(
        async {
            loop {
                match next(&mut watch).await? {
                    Ok(WatchEvent::Commit(commit)) => return Ok::<_, Failure>(commit.revision),
                    Ok(WatchEvent::Progress(_)) => {}
                    Err(end) => return Err(Failure(format!("the watch ended: {end:?}"))),
                }
            }
        },
        async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            commit(&*store, vec![put("a", "1")]).await
        }
    );
    let (told, committed) = (told?, committed?);
    ensure!(told == committed, "told {told:?}, committed {committed:?}");
    Ok(())
}

pub(super) async fn progress_is_told_when_caught_up_and_while_quiet(subject: &dyn Subject) -> Result<(), Failure> {
    let store = subject.fresh().await?;
    let start = store.snapshot().await?.revision();
    let revisions = ten(&*store).await?;
    let head = last(&revisions)?;
    let mut watch = store.watch(start).await?;
    commits_until(&mut watch, head).await?;
    for _ in 0..2 {
        let event = next(&mut watch).await?;
        ensure!(matches!(event, Ok(WatchEvent::Progress(at)) if at == head), "{event:?} instead of progress");
    }
    Ok(())
}

pub(super) async fn an_unknown_revision_is_compacted(subject: &dyn Subject) -> Result<(), Failure> {
    let store = subject.fresh().await?;
    let revisions = ten(&*store).await?;
    let mut watch = store.watch(Revision::new(last(&revisions)?.get().saturating_add(1_000))).await?;
    let event = next(&mut watch).await?;
    ensure!(matches!(event, Err(WatchEnd::Compacted)), "{event:?} instead of an end");
    Ok(())
}

pub(super) async fn a_forgotten_revision_is_compacted_or_complete(subject: &dyn Subject) -> Result<(), Failure> {
    let store = subject.forgetful(4).await?;
    let start = store.snapshot().await?.revision();
    let mut revisions = Vec::new();
    for _ in 0..40 {
        revisions.push(commit(&*store, vec![put("a", "1")]).await?);
    }
    for (index, after) in std::iter::once(start).chain(revisions.iter().copied()).enumerate() {
        let mut watch = store.watch(after).await?;
        let mut told = Vec::new();
        loop {
            match next(&mut watch).await? {
                Ok(WatchEvent::Commit(commit)) => told.push(commit.revision),
                Ok(WatchEvent::Progress(_)) => {
                    ensure!(revisions.get(index..) == Some(told.as_slice()), "after {after:?} it tells only {told:?}");
                    break;
                }
                Err(WatchEnd::Compacted) => {
                    ensure!(told.is_empty(), "after {after:?} it tells {told:?} and then ends");
                    break;
                }
                Err(end) => return Err(Failure(format!("after {after:?} it ends: {end:?}"))),
            }
        }
    }
    Ok(())
}

pub(super) async fn a_slow_watch_has_no_gap(subject: &dyn Subject) -> Result<(), Failure> {
    let store = subject.forgetful(8).await?;
    let mut watch = store.watch(store.snapshot().await?.revision()).await?;
    let mut expected = Vec::new();
    let mut told = Vec::new();
    for round in 0..200_u32 {
        expected.push(commit(&*store, vec![put("a", "1")]).await?);
        if round % 3 == 0 {
            match next(&mut watch).await? {
                Ok(WatchEvent::Commit(commit)) => told.push(commit.revision),
                Ok(WatchEvent::Progress(_)) => {}
                Err(WatchEnd::Compacted) => break,
                Err(end) => return Err(Failure(format!("the watch ended: {end:?}"))),
            }
        }
    }
    ensure!(expected.starts_with(&told), "a slow watch told {told:?} of {expected:?}");
    Ok(())
}

pub(super) async fn a_dropped_wait_loses_nothing(subject: &dyn Subject) -> Result<(), Failure> {
    let store = subject.fresh().await?;
    let mut watch = store.watch(store.snapshot().await?.revision()).await?;
    let writing = async {
        let mut revisions = Vec::new();
        for _ in 0..10 {
            revisions.extend(ten(&*store).await?);
        }
        Ok::<_, Failure>(revisions)
    };
    let reading = async {
        let mut told = Vec::new();
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while told.len() < 100 && tokio::time::Instant::now() < deadline {
            match tokio::time::timeout(Duration::from_micros(50), watch.next()).await {
                Ok(Ok(WatchEvent::Commit(commit))) => told.push(commit.revision),
                Ok(Ok(WatchEvent::Progress(_))) | Err(_) => {}
                Ok(Err(end)) => return Err(Failure(format!("the watch ended: {end:?}"))),
            }
        }
        Ok(told)
    };
    let (revisions, told) = tokio::join!(writing, reading);
    let (revisions, told) = (revisions?, told?);
    ensure!(told == revisions, "an impatient reader was told {told:?} of {revisions:?}");
    Ok(())
}

pub(super) async fn progress_reaches_the_impatient(subject: &dyn Subject) -> Result<(), Failure> {
    let store = subject.fresh().await?;
    let mut watch = store.watch(store.snapshot().await?.revision()).await?;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let mut told = 0;
    while told < 3 && tokio::time::Instant::now() < deadline {
        match tokio::time::timeout(Duration::from_millis(1), watch.next()).await {
            Ok(Ok(WatchEvent::Progress(_))) => told += 1,
            Ok(Ok(WatchEvent::Commit(commit))) => return Err(Failure(format!("nobody made {:?}", commit.revision))),
            Ok(Err(end)) => return Err(Failure(format!("the watch ended: {end:?}"))),
            Err(_given_up) => {}
        }
    }
    ensure!(told == 3, "a reader who waits a moment at a time hears {told} of 3 times that it is current");
    Ok(())
}
