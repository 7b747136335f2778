//! What lasts. Stores that end with the process have nothing to show here.

use keyward_state::Expect;

use super::sample::{commit, commits_until, conflicting, delete, everything, expecting, key, put};
use super::{Failure, Subject, ensure};

pub(super) async fn everything_is_there_again(subject: &dyn Subject) -> Result<(), Failure> {
    let store = subject.fresh().await?;
    for n in 0..300 {
        commit(&*store, vec![put(&format!("{n:03}"), "x"), put("same", &n.to_string())]).await?;
    }
    commit(&*store, vec![delete("007")]).await?;
    let before = everything(&*store).await?;
    let Some(store) = subject.reopen(store).await? else { return Ok(()) };
    let after = everything(&*store).await?;
    ensure!(before == after, "{} records at {:?} became {} at {:?}", before.1.len(), before.0, after.1.len(), after.0);
    Ok(())
}

pub(super) async fn revisions_go_on(subject: &dyn Subject) -> Result<(), Failure> {
    let store = subject.fresh().await?;
    let first = commit(&*store, vec![put("a", "1")]).await?;
    let Some(store) = subject.reopen(store).await? else { return Ok(()) };
    conflicting(&*store, vec![Expect::Absent(key("a"))], vec![put("a", "2")]).await?;
    let second = expecting(&*store, vec![Expect::At(key("a"), first)], vec![put("a", "2")]).await?;
    ensure!(second > first, "{second:?} was given out after {first:?}");
    Ok(())
}

pub(super) async fn watches_go_on(subject: &dyn Subject) -> Result<(), Failure> {
    let store = subject.fresh().await?;
    let mut revisions = Vec::new();
    for n in 0..20 {
        revisions.push(commit(&*store, vec![put("a", &n.to_string())]).await?);
    }
    let Some(store) = subject.reopen(store).await? else { return Ok(()) };
    let last = commit(&*store, vec![put("b", "1")]).await?;
    revisions.push(last);
    let after = revisions.get(4).copied().ok_or_else(|| Failure("no commits".to_owned()))?;
    let mut watch = store.watch(after).await?;
    let told: Vec<_> = commits_until(&mut watch, last).await?.iter().map(|commit| commit.revision).collect();
    ensure!(revisions.get(5..) == Some(told.as_slice()), "after reopening it tells {told:?}");
    Ok(())
}
