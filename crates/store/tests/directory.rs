//! The data directory: lock, format, permissions, and what is said when something is wrong with it.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use keyward_state::{Record, RecordKey, Revision, Txn, Write};
use keyward_store::{FileStore, FileStoreOptions, OpenError, Outcome, Store, StoreError, WatchEnd};

/// A directory that goes away at the end.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("keyward-directory-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn open(place: &Place) -> Result<FileStore, OpenError> {
    FileStore::open(&place.0, FileStoreOptions::default())
}

fn txn(name: &str) -> Txn {
    let key = RecordKey::setting(name);
    Txn { expect: Vec::new(), write: vec![Write::Put(key, Arc::new(Record::Setting(Arc::new("x".into()))))] }
}

async fn filled(place: &Place) {
    let store = open(place).unwrap();
    for n in 0..50 {
        store.commit(txn(&n.to_string())).await.unwrap();
    }
    store.close().await;
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn nobody_else_may_read_it() {
    let place = Place::new("modes");
    filled(&place).await;
    assert_eq!(mode(&place.0), 0o700);
    for name in ["LOCK", "FORMAT", "state.redb"] {
        assert_eq!(mode(&place.file(name)), 0o600, "{name}");
    }
    fs::set_permissions(&place.0, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(place.file("state.redb"), fs::Permissions::from_mode(0o644)).unwrap();
    drop(open(&place).unwrap());
    assert_eq!((mode(&place.0), mode(&place.file("state.redb"))), (0o700, 0o600));
}

#[tokio::test]
async fn a_second_holder_is_told_who_the_first_is() {
    let place = Place::new("held");
    let store = open(&place).unwrap();
    let error = open(&place).unwrap_err();
    assert!(matches!(error, OpenError::InUse { pid: Some(pid), .. } if pid == std::process::id()), "{error:?}");
    assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
    drop(store);
    drop(open(&place).unwrap());
}

#[tokio::test]
async fn another_process_is_told_too_and_the_lock_ends_with_its_holder() {
    let place = Place::new("processes");
    filled(&place).await;
    // `flock` holds the lock of the file as another process would.
    let mut holder = Command::new("flock")
        .arg(place.file("LOCK"))
        .args(["sh", "-c", "echo held; read line"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "held\n");
    let error = open(&place).unwrap_err();
    assert!(matches!(error, OpenError::InUse { .. }), "{error:?}");
    drop(holder.stdin.take());
    holder.wait().unwrap();
    drop(open(&place).unwrap());
}

#[tokio::test]
async fn what_was_written_is_there_after_a_restart() {
    let place = Place::new("restart");
    filled(&place).await;
    let store = open(&place).unwrap();
    assert_eq!(store.revision(), Revision::new(50));
    assert_eq!(store.snapshot().await.unwrap().collect().await.unwrap().len(), 50);
    assert_eq!(store.commit(txn("more")).await.unwrap(), Outcome::Committed(Revision::new(51)));
    // Dropped without being closed, and opened at once.
    drop(store);
    assert_eq!(open(&place).unwrap().revision(), Revision::new(51));
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let place = Place::new("closed");
    let store = open(&place).unwrap();
    let mut watch = store.watch(Revision::ZERO).await.unwrap();
    store.close().await;
    assert!(matches!(store.commit(txn("a")).await, Err(StoreError::Closed)));
    assert!(matches!(store.snapshot().await, Err(StoreError::Closed)));
    let end = loop {
        if let Err(end) = watch.next().await {
            break end;
        }
    };
    assert!(matches!(end, WatchEnd::Closed), "{end:?}");
}

#[tokio::test]
async fn a_damaged_file_is_refused_and_left_alone() {
    let place = Place::new("damaged");
    filled(&place).await;
    let path = place.file("state.redb");
    let good = fs::read(&path).unwrap();
    for cut in [0, 10, 5000, good.len() / 2] {
        let bad = good.get(..cut).unwrap();
        fs::write(&path, bad).unwrap();
        let error = open(&place).unwrap_err();
        assert!(matches!(error, OpenError::Damaged { .. }), "cut to {cut}: {error:?}");
        assert!(error.to_string().contains("restore it from a backup"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), bad, "cut to {cut}: the file was changed");
    }
    fs::write(&path, "not a database at all".repeat(1000)).unwrap();
    assert!(matches!(open(&place).unwrap_err(), OpenError::Damaged { .. }));
    fs::write(&path, &good).unwrap();
    assert_eq!(open(&place).unwrap().revision(), Revision::new(50));
}

#[tokio::test]
async fn lost_data_is_never_taken_for_an_empty_store() {
    let place = Place::new("lost");
    filled(&place).await;
    let kept = fs::read(place.file("state.redb")).unwrap();
    fs::remove_file(place.file("state.redb")).unwrap();
    let error = open(&place).unwrap_err();
    assert!(matches!(error, OpenError::Missing { .. }), "{error:?}");
    fs::write(place.file("state.redb"), kept).unwrap();
    let format = fs::read_to_string(place.file("FORMAT")).unwrap();
    fs::remove_file(place.file("FORMAT")).unwrap();
    let error = open(&place).unwrap_err();
    assert!(matches!(error, OpenError::Unmarked { .. }), "{error:?}");
    fs::write(place.file("FORMAT"), "keyward-store 99\n").unwrap();
    let error = open(&place).unwrap_err();
    assert!(matches!(&error, OpenError::Format { found, .. } if found == "keyward-store 99"), "{error:?}");
    assert!(error.to_string().contains("use the version of Keyward that wrote it"), "{error}");
    fs::write(place.file("FORMAT"), format).unwrap();
    assert_eq!(open(&place).unwrap().revision(), Revision::new(50));
}

#[tokio::test]
async fn a_directory_whose_making_was_cut_short_is_finished() {
    let place = Place::new("unfinished");
    drop(open(&place).unwrap());
    fs::remove_file(place.file("FORMAT")).unwrap();
    fs::write(place.file("state.redb.new"), "half").unwrap();
    drop(open(&place).unwrap());
    assert!(place.file("FORMAT").exists());
    // The same with nothing but the passing file.
    let place = Place::new("unfinished-too");
    fs::create_dir_all(&place.0).unwrap();
    fs::write(place.file("state.redb.new"), "half").unwrap();
    drop(open(&place).unwrap());
    assert!(!place.file("state.redb.new").exists());
}

#[tokio::test]
async fn what_cannot_be_made_is_said() {
    let place = Place::new("file-in-the-way");
    fs::write(&place.0, "a file").unwrap();
    let error = open(&place).unwrap_err();
    assert!(matches!(error, OpenError::Io { .. }), "{error:?}");
    fs::remove_file(&place.0).unwrap();
}
