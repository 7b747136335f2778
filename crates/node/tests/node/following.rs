//! How a node keeps up with its store, and what it does when it cannot.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use keyward_node::{Clock, Entropy, Node, NodeConfig, UseCaseError};
use keyward_security::authentication::AuthenticationFailure;
use keyward_state::{RecordKey, Revision, Txn, Write};
use keyward_store::{BoxFuture, MemoryStore, Outcome, Snapshot, Store, StoreError, Watch};

use crate::support::{NOW, config, key, node, node_on, put_key, put_user, shown, store, user, write};
use crate::unsteady::{Unsteady, eventually};

#[tokio::test]
async fn a_node_starts_from_what_is_there_and_follows() {
    let store = store();
    let (first, _) = node_on(Arc::new(store.clone()), config()).await;
    write(&first, &store, vec![put_user(user("ada", &[]), "x"), put_key(key(1))]).await;
    let (second, _) = node_on(Arc::new(store.clone()), config()).await;
    for node in [&first, &second] {
        assert!(node.view().user("ada").is_some() && node.view().api_key(&key(1).id).is_some());
        assert!(node.is_ready());
    }
    let revision = write(&first, &store, vec![Write::Delete(RecordKey::user("ada"))]).await;
    second.wait_for(revision).await.unwrap();
    assert!(second.view().user("ada").is_none());
    assert_eq!(second.view().revision(), revision);
}

#[tokio::test]
async fn the_clock_learns_from_the_store() {
    let (node, clock, store) = node().await;
    let late = keyward_security::api_key::ApiKey { creation: NOW.plus_seconds(500), ..key(1) };
    write(&node, &store, vec![put_key(late)]).await;
    assert_eq!(clock.now(), NOW.plus_seconds(500));
    let (_, other) = node_on(Arc::new(store), config()).await;
    assert_eq!(other.now(), NOW.plus_seconds(500));
}

#[tokio::test]
async fn a_lost_watch_is_taken_up_again() {
    let store = Unsteady::new();
    let (node, _) = node_on(Arc::clone(&store) as Arc<dyn Store>, config()).await;
    store.cut.store(true, Ordering::SeqCst);
    eventually("the end of the watch", || node.metrics().watch_ends.get() > 0).await;
    // More than the store keeps: only a new snapshot helps.
    for _ in 0..20 {
        let txn = Txn { expect: Vec::new(), write: vec![put_user(user("ada", &[]), "x")] };
        store.commit(txn).await.unwrap();
    }
    store.cut.store(false, Ordering::SeqCst);
    node.wait_for(Revision::new(21)).await.unwrap();
    assert!(node.view().user("ada").is_some());
    assert!(node.metrics().snapshots.get() >= 2);
}

#[tokio::test]
async fn a_node_that_may_be_out_of_date_says_so_and_changes_nothing() {
    let store = Unsteady::new();
    let closed = NodeConfig { max_staleness: Duration::from_millis(150), fail_closed: true, ..config() };
    let (node, _) = node_on(Arc::clone(&store) as Arc<dyn Store>, closed).await;
    write(&node, &*store, vec![put_key(key(1))]).await;
    let view = Arc::clone(&node.view());
    assert!(node.is_ready());
    assert!(node.authenticate(&view, &shown(&key(1).id, "secret-1"), None, NOW).await.is_ok());
    store.disappear(true);
    eventually("unreadiness", || !node.is_ready()).await;
    assert!(node.staleness() > Duration::from_millis(150));
    let failure = node.authenticate(&view, &shown(&key(1).id, "secret-1"), None, NOW).await.unwrap_err();
    assert_eq!(failure, AuthenticationFailure::Unavailable);
    let before = store.inner.snapshot().await.unwrap().revision();
    let txn = || Txn { expect: Vec::new(), write: vec![put_user(user("ada", &[]), "x")] };
    let outcome: Result<(), UseCaseError<()>> = node.perform(|_| Ok((txn(), ()))).await;
    assert!(matches!(outcome, Err(UseCaseError::Stale(_))), "{outcome:?}");
    assert_eq!(store.inner.snapshot().await.unwrap().revision(), before);
    store.disappear(false);
    eventually("readiness", || node.is_ready()).await;
    node.perform::<_, ()>(|_| Ok((txn(), ()))).await.unwrap();
    assert!(node.view().user("ada").is_some());
}

#[tokio::test]
async fn a_quiet_node_stays_current() {
    let quick = NodeConfig { max_staleness: Duration::from_millis(150), ..config() };
    let (node, _) = node_on(Arc::new(store()), quick).await;
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(node.is_ready(), "stale for {:?}", node.staleness());
    }
}

#[tokio::test]
async fn a_closed_store_ends_readiness() {
    let (node, _, store) = node().await;
    store.close();
    eventually("the end", || !node.is_ready()).await;
}

#[tokio::test]
async fn a_store_that_lost_commits_is_not_followed_back() {
    // Two stores behind one face: the second has less than the first.
    #[derive(Debug)]
    struct Restored {
        old: MemoryStore,
        new: Arc<Unsteady>,
        swapped: AtomicBool,
    }
    impl Store for Restored {
        fn snapshot(&self) -> BoxFuture<'_, Result<Snapshot, StoreError>> {
            if self.swapped.load(Ordering::SeqCst) { self.old.snapshot() } else { self.new.snapshot() }
        }
        fn watch(&self, after: Revision) -> BoxFuture<'_, Result<Watch, StoreError>> {
            if self.swapped.load(Ordering::SeqCst) { self.old.watch(after) } else { self.new.watch(after) }
        }
        fn commit(&self, txn: Txn) -> BoxFuture<'_, Result<Outcome, StoreError>> {
            self.new.commit(txn)
        }
    }
    let store = Arc::new(Restored { old: store(), new: Unsteady::new(), swapped: AtomicBool::new(false) });
    let quick = NodeConfig { max_staleness: Duration::from_millis(150), ..config() };
    let (node, _) = node_on(Arc::clone(&store) as Arc<dyn Store>, quick).await;
    let revision = write(&node, &*store, vec![put_key(key(1))]).await;
    store.swapped.store(true, Ordering::SeqCst);
    store.new.cut.store(true, Ordering::SeqCst);
    eventually("unreadiness", || !node.is_ready()).await;
    assert_eq!(node.view().revision(), revision);
    assert!(node.view().api_key(&key(1).id).is_some());
}

#[tokio::test]
async fn nothing_starts_on_a_store_that_does_not_answer() {
    let store = Unsteady::new();
    store.disappear(true);
    let started = Node::start(store, config(), Clock::fixed(NOW), Entropy::counted()).await;
    assert!(started.is_err());
}

#[tokio::test]
async fn a_view_is_made_denser_beside_the_traffic() {
    let (node, _, store) = node().await;
    for batch in 0..6_u16 {
        let writes = (0..1000_u16).map(|n| {
            let [high, low] = (batch * 1000 + n).to_be_bytes();
            let mut drawn = [0; 9];
            [drawn[0], drawn[1]] = [high, low];
            put_key(keyward_security::api_key::ApiKey {
                id: keyward_security::api_key::ApiKeyId::from_drawn(NOW, drawn),
                ..key(0)
            })
        });
        write(&node, &store, writes.collect()).await;
    }
    eventually("compaction", || node.view().api_keys().delta_len() < 4096).await;
    assert_eq!(node.view().api_keys().len(), 6000);
}
