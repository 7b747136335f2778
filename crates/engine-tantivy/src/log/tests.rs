//! What survives, what is cut, what is refused.

use std::fs;
use std::path::PathBuf;

use super::*;
use crate::document::Stamp;

fn record(seq_no: u64, source: &[u8]) -> Record<'_> {
    let stamp = Stamp { seq_no, primary_term: 1, version: 1 };
    Record::Index { index: IndexId::from_drawn([1; 16]), stamp, id: "a", source }
}

/// Appends records one by one, each durable before the next.
fn write(directory: &Path, last: Batch, roll_at: u64, sources: &[&[u8]]) -> Batch {
    let log = Log::start(directory, last, Vec::new(), roll_at).unwrap();
    let mut batch = last;
    for (seq_no, source) in (0..).zip(sources) {
        batch = log.append(&[record(seq_no, source)]).unwrap();
        log.durable_blocking(batch).unwrap();
    }
    batch
}

fn read(directory: &Path, after: Batch) -> Result<(Vec<Vec<u8>>, recover::Recovered), LogError> {
    let mut sources = Vec::new();
    let recovered = recover::<LogError>(directory, after, |_, record| {
        if let Record::Index { source, .. } = record {
            sources.push(source.to_vec());
        }
        Ok(())
    })?;
    Ok((sources, recovered))
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn what_was_appended_is_read_back_over_restarts() {
    let directory = tempfile::tempdir().unwrap();
    let last = write(directory.path(), Batch(0), ROLL_AT, &[b"one", b"two"]);
    assert_eq!(last, Batch(2));
    let (sources, recovered) = read(directory.path(), Batch(0)).unwrap();
    assert_eq!((sources.len(), recovered.last, recovered.cut), (2, Batch(2), 0));
    write(directory.path(), recovered.last, ROLL_AT, &[b"three"]);
    let (sources, recovered) = read(directory.path(), Batch(0)).unwrap();
    assert_eq!(sources, [b"one".to_vec(), b"two".to_vec(), b"three".to_vec()]);
    assert_eq!(recovered.last, Batch(3));
    assert_eq!(recovered.files[0].contents.documents[&IndexId::from_drawn([1; 16])], 1);
}

#[test]
fn a_tail_cut_anywhere_loses_only_the_last_batch() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), Batch(0), ROLL_AT, &[b"one", b"two"]);
    let path = files(directory.path()).remove(0);
    let whole = fs::read(&path).unwrap();
    let batch = (whole.len() - frame::FILE_HEADER) / 2;
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let (sources, recovered) = read(directory.path(), Batch(0)).unwrap();
        let expected = length.saturating_sub(frame::FILE_HEADER) / batch;
        assert_eq!(sources.len(), expected, "cut at {length}");
        assert_eq!(recovered.last, Batch(u64::try_from(expected).unwrap()));
        // What was cut off is gone: the second reading finds nothing to cut.
        assert_eq!(read(directory.path(), Batch(0)).unwrap().1.cut, 0);
    }
}

#[test]
fn a_damaged_tail_is_cut_and_a_damaged_middle_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), Batch(0), ROLL_AT, &[b"one", b"two"]);
    let path = files(directory.path()).remove(0);
    let whole = fs::read(&path).unwrap();
    let batch = (whole.len() - frame::FILE_HEADER) / 2;
    for at in frame::FILE_HEADER..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x40;
        fs::write(&path, &damaged).unwrap();
        let read = read(directory.path(), Batch(0));
        if at < frame::FILE_HEADER + batch {
            let error = read.unwrap_err();
            assert!(matches!(error, LogError::Damaged { offset: 16, .. }), "{at}: {error}");
            assert_eq!(fs::read(&path).unwrap(), damaged, "a damaged file is left as it is");
        } else {
            assert_eq!(read.unwrap().0.len(), 1, "{at}");
        }
    }
}

#[test]
fn a_document_that_looks_like_a_batch_is_not_one() {
    let directory = tempfile::tempdir().unwrap();
    let header = frame::batch_header([7; 8], Batch(9), b"x").unwrap();
    let forged = [&header[..], b"x"].concat();
    write(directory.path(), Batch(0), ROLL_AT, &[b"one", &forged]);
    let path = files(directory.path()).remove(0);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    assert_eq!(read(directory.path(), Batch(0)).unwrap().0.len(), 1);
}

#[test]
fn files_follow_each_other_and_a_missing_one_is_noticed() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), Batch(0), 1, &[b"one", b"two", b"three", b"four"]);
    // Each batch has a file of its own; the last is empty, and goes when the log is read.
    let paths = files(directory.path());
    assert_eq!(paths.len(), 5);
    assert_eq!(read(directory.path(), Batch(0)).unwrap().0.len(), 4);
    assert_eq!(files(directory.path()).len(), 4);
    // The front may go when its content is elsewhere.
    fs::remove_file(&paths[0]).unwrap();
    assert!(matches!(read(directory.path(), Batch(0)), Err(LogError::Missing { expected: 1, .. })));
    assert_eq!(read(directory.path(), Batch(1)).unwrap().0.len(), 3);
    fs::remove_file(&paths[2]).unwrap();
    assert!(matches!(read(directory.path(), Batch(1)), Err(LogError::Missing { expected: 3, .. })));
}

#[test]
fn damage_in_a_file_before_the_last_is_refused_even_at_its_end() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), Batch(0), 1, &[b"one", b"two"]);
    let path = files(directory.path()).remove(1);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    assert!(matches!(read(directory.path(), Batch(0)), Err(LogError::Damaged { .. })));
    fs::write(&path, b"KWTL\x02\0\0\0saltsalt").unwrap();
    assert!(matches!(read(directory.path(), Batch(0)), Err(LogError::UnknownFormat { .. })));
}

#[test]
fn closed_files_go_from_the_front() {
    let directory = tempfile::tempdir().unwrap();
    let log = Log::start(directory.path(), Batch(0), Vec::new(), 1).unwrap();
    for seq_no in 0..3 {
        let batch = log.append(&[record(seq_no, b"x")]).unwrap();
        log.durable_blocking(batch).unwrap();
    }
    let closed = log.closed_files();
    assert_eq!(closed.len(), 3);
    log.remove(&closed[1]).unwrap();
    assert_eq!(log.closed_files().len(), 3, "only the front goes");
    log.remove(&closed[0]).unwrap();
    assert_eq!((log.closed_files().len(), files(directory.path()).len()), (2, 3));
}

#[test]
fn many_writers_share_syncs_and_keep_their_order() {
    let directory = tempfile::tempdir().unwrap();
    let log = Log::start(directory.path(), Batch(0), Vec::new(), ROLL_AT).unwrap();
    std::thread::scope(|scope| {
        for writer in 0..8u8 {
            let log = &log;
            scope.spawn(move || {
                for number in 0..50u8 {
                    let batch = log.append(&[record(0, &[writer, number])]).unwrap();
                    log.durable_blocking(batch).unwrap();
                }
            });
        }
    });
    assert_eq!(log.appended(), log.shared.lock().progress.durable);
    drop(log);
    let (sources, _) = read(directory.path(), Batch(0)).unwrap();
    assert_eq!(sources.len(), 400);
    for writer in 0..8 {
        let numbers: Vec<u8> = sources.iter().filter(|source| source[0] == writer).map(|source| source[1]).collect();
        assert_eq!(numbers, (0..50).collect::<Vec<u8>>());
    }
}

#[test]
fn dropping_the_log_writes_what_is_waiting() {
    let directory = tempfile::tempdir().unwrap();
    let log = Log::start(directory.path(), Batch(0), Vec::new(), ROLL_AT).unwrap();
    log.append(&[record(0, b"x"), record(1, b"y")]).unwrap();
    drop(log);
    assert_eq!(read(directory.path(), Batch(0)).unwrap().0.len(), 2);
}

#[test]
fn a_log_that_cannot_go_on_says_so_and_keeps_what_it_has() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("log");
    fs::create_dir(&directory).unwrap();
    let log = Log::start(&directory, Batch(0), Vec::new(), 1).unwrap();
    let moved = parent.path().join("moved");
    fs::rename(&directory, &moved).unwrap();
    // The batch is on disk; the file after it cannot be made.
    let batch = log.append(&[record(0, b"x")]).unwrap();
    assert_eq!(log.durable_blocking(batch), Ok(()));
    assert!(log.has_failed());
    assert_eq!(log.append(&[record(1, b"y")]), Err(LogFailed));
    assert_eq!(log.durable_blocking(Batch(batch.0 + 1)), Err(LogFailed));
    drop(log);
    assert_eq!(read(&moved, Batch(0)).unwrap().0.len(), 1);
}
