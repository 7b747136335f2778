//! The file store on disks that fail. After every failure: what was acknowledged is there, in order, with nothing
//! between; and what was refused for good is not.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "what fails here fails the test")]

mod devices;

use std::collections::BTreeMap;
use std::sync::Arc;

use devices::{Dice, FaultDisk, Plan};
use keyward_state::{Expect, Record, RecordKey, Revision, Txn, Write};
use keyward_store::{FileStore, FileStoreOptions, Outcome, Store, StoreError, WatchEnd, WatchEvent};

fn key(name: &str) -> RecordKey {
    RecordKey::setting(name)
}

fn put(name: &str, text: &str) -> Write {
    Write::Put(key(name), Arc::new(Record::Setting(Arc::new(text.into()))))
}

fn options(verify: bool) -> FileStoreOptions {
    // A short log, so that trimming is under test too.
    FileStoreOptions { log_commits: 12, verify, ..FileStoreOptions::default() }
}

fn open(disk: &FaultDisk, verify: bool) -> Result<FileStore, StoreError> {
    FileStore::on_devices(Arc::new(disk.clone()), &options(verify))
}

/// The n-th transaction of the workload: a record of its own, one that every transaction rewrites, and a deletion.
fn nth(n: u64) -> Txn {
    let mut write = vec![
        put(&format!("own{n:04}"), &"x".repeat(usize::try_from(n % 7 * 300).unwrap())),
        put("last", &n.to_string()),
    ];
    if n.is_multiple_of(3) && n > 3 {
        write.push(Write::Delete(key(&format!("own{:04}", n - 3))));
    }
    Txn { expect: vec![Expect::Absent(key(&format!("own{n:04}")))], write }
}

/// What the first `count` transactions of the workload make.
fn model(count: u64) -> BTreeMap<RecordKey, (Revision, Vec<u8>)> {
    let mut model = BTreeMap::new();
    for n in 1..=count {
        for write in nth(n).write {
            match write {
                Write::Put(key, record) => drop(model.insert(key, (Revision::new(n), record.encode()))),
                Write::Delete(key) => drop(model.remove(&key)),
            }
        }
    }
    model
}

async fn contents(store: &FileStore) -> (Revision, BTreeMap<RecordKey, (Revision, Vec<u8>)>) {
    let snapshot = store.snapshot().await.unwrap();
    let revision = snapshot.revision();
    let records = snapshot.collect().await.unwrap();
    (revision, records.into_iter().map(|(key, at, record)| (key, (at, record.encode()))).collect())
}

/// Runs the workload one commit after the other; gives how many were acknowledged.
async fn workload(store: &FileStore, from: u64, to: u64) -> u64 {
    for n in from..=to {
        match store.commit(nth(n)).await {
            Ok(outcome) => assert_eq!(outcome, Outcome::Committed(Revision::new(n))),
            Err(_) => return n - 1,
        }
    }
    to
}

/// A store with a few commits on a disk that has not failed yet.
async fn prepared(commits: u64) -> Vec<u8> {
    let disk = FaultDisk::default();
    let store = open(&disk, true).unwrap();
    assert_eq!(workload(&store, 1, commits).await, commits);
    store.close().await;
    disk.image()
}

async fn check_after_crash(image: Vec<u8>, acknowledged: u64, begun: u64, verify: bool, context: &str) {
    let disk = FaultDisk::from_image(image);
    let store = open(&disk, verify).unwrap_or_else(|error| panic!("{context}: {error}"));
    let (revision, records) = contents(&store).await;
    let count = revision.get();
    assert!(count >= acknowledged, "{context}: {count} commits are left of {acknowledged} acknowledged ones");
    assert!(count <= begun, "{context}: {count} commits, but only {begun} were begun");
    assert_eq!(records, model(count), "{context}: the records are not those of {count} commits");
    // The log fits, and the store goes on.
    let mut watch = store.watch(Revision::new(count.saturating_sub(3))).await.unwrap();
    for expected in count.saturating_sub(3) + 1..=count {
        match watch.next().await {
            Ok(WatchEvent::Commit(commit)) => assert_eq!(commit.revision.get(), expected, "{context}"),
            other => panic!("{context}: {other:?} instead of commit {expected}"),
        }
    }
    assert_eq!(workload(&store, count + 1, count + 2).await, count + 2, "{context}");
    assert_eq!(contents(&store).await.1, model(count + 2), "{context}");
}

#[tokio::test]
async fn acknowledged_commits_survive_a_power_cut_at_every_operation() {
    const BEFORE: u64 = 10;
    const AFTER: u64 = 16;
    let image = prepared(BEFORE).await;
    let mut at = 0;
    loop {
        let disk = FaultDisk::from_image(image.clone());
        disk.plan(Plan { power_cut_at: Some(at), ..Plan::default() });
        let acknowledged = match open(&disk, at % 2 == 0) {
            Ok(store) => workload(&store, BEFORE + 1, AFTER).await,
            Err(_) => BEFORE,
        };
        for seed in 0..3 {
            let mut dice = Dice::new(at * 31 + seed);
            let left = disk.after_power_cut(&mut dice);
            let begun = (acknowledged + 1).min(AFTER);
            check_after_crash(left, acknowledged, begun, seed == 1, &format!("cut at {at}, dice {seed}")).await;
        }
        if acknowledged == AFTER && disk.operations() < at {
            break;
        }
        at += 1;
    }
    assert!(at > 50, "only {at} operations were tried");
}

#[tokio::test]
async fn a_power_cut_while_a_store_is_made_leaves_something_that_opens() {
    let mut at = 0;
    loop {
        let disk = FaultDisk::default();
        disk.plan(Plan { power_cut_at: Some(at), ..Plan::default() });
        let made = open(&disk, true).is_ok();
        if made && disk.operations() < at {
            break;
        }
        // A directory keeps an unfinished file under a passing name, so all that is asked here is a plain answer.
        let left = disk.after_power_cut(&mut Dice::new(at));
        match open(&FaultDisk::from_image(left), true) {
            Ok(store) => assert_eq!(store.revision(), Revision::ZERO),
            Err(error) => assert!(matches!(error, StoreError::Damaged(_)), "cut at {at}: {error}"),
        }
        at += 1;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_power_cut_under_many_writers_keeps_what_was_acknowledged() {
    let image = prepared(0).await;
    for round in 0..60_u64 {
        let disk = FaultDisk::from_image(image.clone());
        let mut dice = Dice::new(round);
        let cut = disk.operations() + 40 + dice.roll(400);
        disk.plan(Plan { power_cut_at: Some(cut), ..Plan::default() });
        let Ok(store) = open(&disk, false) else { continue };
        let store = Arc::new(store);
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    let mut acknowledged = Vec::new();
                    for n in 0..40 {
                        let name = format!("w{writer}-{n:03}");
                        let txn = Txn { expect: vec![Expect::Absent(key(&name))], write: vec![put(&name, "x")] };
                        match store.commit(txn).await {
                            Ok(Outcome::Committed(revision)) => acknowledged.push((name, revision)),
                            Ok(Outcome::Conflict(_)) => panic!("nobody else writes {name}"),
                            Err(_) => break,
                        }
                    }
                    acknowledged
                })
            })
            .collect();
        let mut acknowledged = Vec::new();
        for writer in writers {
            acknowledged.extend(writer.await.unwrap());
        }
        let left = disk.after_power_cut(&mut dice);
        let store = open(&FaultDisk::from_image(left), true).unwrap();
        let (head, records) = contents(&store).await;
        for (name, revision) in &acknowledged {
            assert!(
                *revision <= head,
                "round {round}: {name} was acknowledged at {revision:?}, the store is at {head:?}"
            );
            assert_eq!(records.get(&key(name)).map(|(at, _)| at), Some(revision), "round {round}: {name}");
        }
        assert_eq!(records.len() as u64, head.get(), "round {round}: each commit wrote one record");
        for writer in 0..8 {
            let mut at: Vec<_> =
                (0..40).map(|n| records.get(&key(&format!("w{writer}-{n:03}"))).map(|(at, _)| *at)).collect();
            while at.last() == Some(&None) {
                at.pop();
            }
            assert!(at.iter().all(Option::is_some), "round {round}: writer {writer} has a hole");
            assert!(at.is_sorted(), "round {round}: writer {writer} is out of order");
        }
    }
}

#[tokio::test]
async fn a_full_disk_refuses_and_then_goes_on() {
    let disk = FaultDisk::from_image(prepared(5).await);
    let store = open(&disk, true).unwrap();
    let mut watch = store.watch(Revision::new(5)).await.unwrap();
    assert_eq!(workload(&store, 6, 8).await, 8);
    disk.plan(Plan { capacity: Some(8192), ..Plan::default() });
    for _ in 0..3 {
        let error = store.commit(nth(9)).await.unwrap_err();
        assert!(matches!(error, StoreError::Full | StoreError::Uncertain(_)), "{error:?}");
    }
    disk.plan(Plan::default());
    assert_eq!(workload(&store, 9, 12).await, 12);
    assert_eq!(contents(&store).await, (Revision::new(12), model(12)));
    let mut told = Vec::new();
    while told.len() < 7 {
        if let WatchEvent::Commit(commit) = watch.next().await.unwrap() {
            told.push(commit.revision.get());
        }
    }
    assert_eq!(told, [6, 7, 8, 9, 10, 11, 12]);
}

#[tokio::test]
async fn a_write_refused_at_any_operation_is_a_clean_failure() {
    const BEFORE: u64 = 5;
    let image = prepared(BEFORE).await;
    let mut refusals = 0;
    for at in 0..400 {
        let disk = FaultDisk::from_image(image.clone());
        let store = open(&disk, false).unwrap();
        let first = disk.operations() + at;
        disk.plan(Plan { refuse_at: Some(first), ..Plan::default() });
        let mut watch = store.watch(Revision::new(BEFORE)).await.unwrap();
        let mut head = BEFORE;
        let mut n = BEFORE;
        while n < BEFORE + 6 {
            n += 1;
            let name = format!("n{n}");
            let outcome = store.commit(Txn { expect: Vec::new(), write: vec![put(&name, "x")] }).await;
            let (after, records) = contents(&store).await;
            match outcome {
                Ok(outcome) => {
                    head += 1;
                    assert_eq!(outcome, Outcome::Committed(Revision::new(head)), "refused at {at}");
                }
                Err(error) if error.is_uncertain() => {
                    refusals += 1;
                    head = after.get();
                }
                Err(error) => {
                    refusals += 1;
                    assert!(matches!(error, StoreError::Full), "refused at {at}: {error:?}");
                    assert!(!records.contains_key(&key(&name)), "refused at {at}: what was refused is there");
                }
            }
            assert_eq!(after.get(), head, "refused at {at}");
        }
        let mut told = BEFORE;
        while told < head {
            if let WatchEvent::Commit(commit) = watch.next().await.unwrap() {
                told += 1;
                assert_eq!(commit.revision.get(), told, "refused at {at}");
            }
        }
        if disk.operations() < first {
            break;
        }
    }
    assert!(refusals > 10, "only {refusals} operations were refused");
}

#[tokio::test]
async fn after_a_failed_sync_nothing_is_promised_any_more() {
    let disk = FaultDisk::from_image(prepared(5).await);
    let store = open(&disk, true).unwrap();
    let mut watch = store.watch(Revision::new(5)).await.unwrap();
    disk.plan(Plan { syncs_fail_from: Some(0), ..Plan::default() });
    let error = store.commit(nth(6)).await.unwrap_err();
    assert!(matches!(error, StoreError::Stopped(_)), "{error:?}");
    // The disk works again, but what it would answer is not what it kept.
    disk.plan(Plan::default());
    let error = store.commit(nth(6)).await.unwrap_err();
    assert!(matches!(error, StoreError::Stopped(_)), "{error:?}");
    assert!(matches!(store.snapshot().await, Err(StoreError::Stopped(_))));
    let end = loop {
        if let Err(end) = watch.next().await {
            break end;
        }
    };
    assert!(matches!(end, WatchEnd::Disconnected(StoreError::Stopped(_))), "{end:?}");
    drop(store);
    let left = disk.after_power_cut(&mut Dice::new(9));
    check_after_crash(left, 5, 6, true, "after a failed sync").await;
}

#[tokio::test]
async fn damage_is_found_at_the_start() {
    let image = prepared(12).await;
    let mut dice = Dice::new(4);
    let (mut refused, mut harmless) = (0, 0);
    for _ in 0..300 {
        let mut damaged = image.clone();
        let at = usize::try_from(dice.roll(damaged.len() as u64)).unwrap();
        let bit = 1 << dice.roll(8);
        damaged[at] ^= bit;
        match open(&FaultDisk::from_image(damaged), true) {
            Err(error) => {
                assert!(matches!(error, StoreError::Damaged(_)), "byte {at}: {error:?}");
                refused += 1;
            }
            // The byte belongs to no page in use: then everything must be as it was.
            Ok(store) => {
                assert_eq!(contents(&store).await, (Revision::new(12), model(12)), "byte {at}");
                harmless += 1;
            }
        }
    }
    assert!(harmless > 0);
    for keep in [0, 1, 100, 4096, 65_536, image.len() / 2, image.len() - 1] {
        let mut cut = image.clone();
        cut.truncate(keep);
        match open(&FaultDisk::from_image(cut), true) {
            Err(error) => assert!(matches!(error, StoreError::Damaged(_)), "cut to {keep}: {error:?}"),
            Ok(store) => {
                assert!(keep == 0, "a file cut to {keep} bytes opened");
                assert_eq!(store.revision(), Revision::ZERO);
            }
        }
    }
    println!("{refused} of 300 damaged bytes were refused, {harmless} were of no page in use");
}
