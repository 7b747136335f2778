//! What all use cases have in common: they see their own writes, and none is lost to another.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use keyward_node::{Node, UseCaseError};
use keyward_state::{Expect, Record, RecordKey, Revision, Txn, View, Write};
use keyward_store::{BoxFuture, MemoryStore, Outcome, Snapshot, Store, StoreError, Watch};

use crate::support::{config, node, node_on, put_user, store, user};

fn counter() -> RecordKey {
    RecordKey::setting("counter")
}

fn value(view: &View) -> u64 {
    view.setting("counter").and_then(|stored| stored.value.as_u64()).unwrap_or(0)
}

async fn increment(node: &Node) -> Result<u64, UseCaseError<String>> {
    node.perform(|view| {
        let next = value(view) + 1;
        let expect = match view.setting("counter") {
            Some(stored) => Expect::At(counter(), stored.modified),
            None => Expect::Absent(counter()),
        };
        let write = vec![Write::Put(counter(), Arc::new(Record::Setting(Arc::new(next.into()))))];
        Ok((Txn { expect: vec![expect], write }, next))
    })
    .await
}

/// A store that takes its time, as disks do: so others have planned on the same state before a commit is made.
#[derive(Debug)]
struct Slow(MemoryStore);

impl Store for Slow {
    fn snapshot(&self) -> BoxFuture<'_, Result<Snapshot, StoreError>> {
        self.0.snapshot()
    }

    fn watch(&self, after: Revision) -> BoxFuture<'_, Result<Watch, StoreError>> {
        self.0.watch(after)
    }

    fn commit(&self, txn: Txn) -> BoxFuture<'_, Result<Outcome, StoreError>> {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            self.0.commit(txn).await
        })
    }
}

#[tokio::test]
async fn a_writer_sees_what_it_wrote() {
    let (node, _, _) = node().await;
    for n in 1..=50 {
        assert_eq!(increment(&node).await.unwrap(), n);
        assert_eq!(value(&node.view()), n);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_storm_of_conflicts_every_change_is_made_once() {
    let (node, _) = node_on(Arc::new(Slow(store())), config()).await;
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let node = Arc::clone(&node);
            tokio::spawn(async move {
                for _ in 0..4 {
                    increment(&node).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(value(&node.view()), 256);
    assert!(node.metrics().conflicts.get() > 0);
    assert_eq!(node.metrics().contended.get(), 0);
}

#[tokio::test]
async fn a_plan_that_can_never_hold_is_given_up() {
    let (node, _, store) = node().await;
    increment(&node).await.unwrap();
    let attempts = AtomicU32::new(0);
    let outcome: Result<(), UseCaseError<String>> = node
        .perform(|_| {
            // Each time something else has changed meanwhile, as under a store that is never quiet.
            attempts.fetch_add(1, Ordering::Relaxed);
            let (store, write) = (store.clone(), vec![put_user(user("ada", &[]), "x")]);
            tokio::spawn(async move { Store::commit(&store, Txn { expect: Vec::new(), write }).await });
            Ok((Txn { expect: vec![Expect::Absent(counter())], write: vec![Write::Delete(counter())] }, ()))
        })
        .await;
    assert!(matches!(outcome, Err(UseCaseError::Contended { attempts: 16 })), "{outcome:?}");
    assert_eq!(attempts.into_inner(), 16);
    assert_eq!(value(&node.view()), 1);
}

#[tokio::test]
async fn what_the_rules_refuse_is_not_committed() {
    let (node, _, _) = node().await;
    let before = node.view().revision();
    let outcome: Result<(), _> = node.perform(|_| Err(UseCaseError::Refused("no".to_owned()))).await;
    assert!(matches!(outcome, Err(UseCaseError::Refused(text)) if text == "no"));
    let outcome: Result<u8, UseCaseError<String>> = node.perform(|_| Ok((Txn::default(), 7))).await;
    assert_eq!(outcome.unwrap(), 7);
    assert_eq!(node.view().revision(), before);
}
