//! Killed under load, again and again: everything that was acknowledged is there, and nothing else than what was asked.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::needless_range_loop, reason = "a test may fail so")]

mod common;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::Node;
use keyward_engine_tantivy::EngineConfig;

const NAME: &str = "killed_under_load_nothing_acknowledged_is_lost";
/// Set in the process that is killed: where it works, and from which operation on each writer goes.
const CHILD: &str = "KEYWARD_CRASH_CHILD";
const WRITERS: usize = 4;
const ROUNDS: u32 = 10;

/// One step of a writer. What it leaves behind depends on its number only, so it can be repeated.
enum Step {
    Put(u64),
    Delete(u64),
    Bulk(Vec<u64>),
    CreateIndex(u64),
    DeleteIndex(u64),
}

fn step(number: u64) -> Step {
    match number % 40 {
        11 => Step::CreateIndex(number / 40),
        31 => Step::DeleteIndex(number / 40),
        n if n % 10 == 7 => Step::Delete(number * 7 % 50),
        n if n % 10 == 3 => Step::Bulk((0..20).map(|i| (number + i * 3) % 50).collect()),
        _ => Step::Put(number * 7 % 50),
    }
}

/// What a writer's documents and indices are after its steps below `next`.
#[derive(Debug, Clone, Default, PartialEq)]
struct Expected {
    /// Document → the step that wrote it.
    documents: BTreeMap<u64, Option<u64>>,
    indices: BTreeMap<u64, bool>,
}

impl Expected {
    fn take(&mut self, number: u64) {
        match step(number) {
            Step::Put(document) => {
                self.documents.insert(document, Some(number));
            }
            Step::Delete(document) => {
                self.documents.insert(document, None);
            }
            Step::Bulk(documents) => {
                for document in documents {
                    self.documents.insert(document, Some(number));
                }
            }
            Step::CreateIndex(index) => {
                self.indices.insert(index, true);
            }
            Step::DeleteIndex(index) => {
                self.indices.insert(index, false);
            }
        }
    }
}

fn config() -> EngineConfig {
    // Short files, so that many are begun and let go while the process is killed.
    EngineConfig { translog_file_bytes: 20_000, ..EngineConfig::default() }
}

#[test]
fn killed_under_load_nothing_acknowledged_is_lost() {
    if let Ok(task) = std::env::var(CHILD) {
        return child(&task);
    }
    let directory = tempfile::tempdir().unwrap();
    let mut next = [0u64; WRITERS];
    let mut expected: Vec<Expected> = vec![Expected::default(); WRITERS];
    for round in 0..ROUNDS {
        let life = Duration::from_millis(300 + u64::from(round * 397 % 1400));
        let before: u64 = next.iter().sum();
        for (writer, acknowledged) in live_and_kill(directory.path(), &next, life) {
            assert_eq!(acknowledged, next[writer], "writer {writer} skips a step");
            expected[writer].take(acknowledged);
            next[writer] += 1;
        }
        assert!(next.iter().sum::<u64>() > before, "round {round} did nothing");
        if round % 3 == 1 {
            tear(directory.path());
        }
        check(directory.path(), &next, &expected);
    }
}

/// Lets a process work for some time, kills it, and tells what it has been told is done, in order.
fn live_and_kill(directory: &Path, next: &[u64; WRITERS], life: Duration) -> Vec<(usize, u64)> {
    let task = format!("{}|{}", directory.display(), next.map(|number| number.to_string()).join(","));
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", NAME, "--nocapture"])
        .env(CHILD, task)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let lines = BufReader::new(stdout).lines().map_while(Result::ok);
        let parse = |line: String| {
            let (writer, number) = line.strip_prefix("done ")?.split_once(' ')?;
            Some((writer.parse().ok()?, number.parse().ok()?))
        };
        lines.filter_map(parse).collect::<Vec<(usize, u64)>>()
    });
    std::thread::sleep(life);
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

/// Adds what a write that was interrupted in the middle could have left.
fn tear(directory: &Path) {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(directory.join("translog")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let last = files.last().unwrap();
    let head: Vec<u8> = std::fs::read(last).unwrap().into_iter().skip(8).take(8).chain(*b"torn").collect();
    std::fs::OpenOptions::new().append(true).open(last).unwrap().write_all(&head).unwrap();
}

/// Opens what is left: each writer's documents are as after its last acknowledged step or the one it was at.
fn check(directory: &Path, next: &[u64; WRITERS], expected: &[Expected]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let node = Node::open_with(directory, config());
        for writer in 0..WRITERS {
            let sure = &expected[writer];
            let mut maybe = sure.clone();
            maybe.take(next[writer]);
            for document in 0..50 {
                let found = node.call(&format!("GET /w{writer}/_doc/{document}"), "").await;
                let found = found.body["_source"]["step"].as_u64();
                let (sure, maybe) = (sure.documents.get(&document), maybe.documents.get(&document));
                let fits = |expected: Option<&Option<u64>>| expected.copied().flatten() == found;
                assert!(
                    fits(sure) || fits(maybe),
                    "writer {writer} document {document}: {found:?}, not {sure:?} or {maybe:?}"
                );
            }
            for (index, is_there) in &sure.indices {
                let found = node.call(&format!("HEAD /w{writer}-{index}"), "").await.status == 200;
                assert!(found == *is_there || maybe.indices[index] == found, "writer {writer} index {index}");
            }
        }
        // Searches see the same as reading by id.
        node.call("POST /_refresh", "").await;
        for writer in 0..WRITERS {
            let mut there = 0;
            for document in 0..50 {
                there += u64::from(node.call(&format!("HEAD /w{writer}/_doc/{document}"), "").await.status == 200);
            }
            if next[writer] > 0 {
                let rows = node.call(&format!("GET /_cat/count/w{writer}"), "").await.rows();
                assert_eq!(rows[0][2], there.to_string());
            }
        }
    });
}

fn child(task: &str) {
    let (directory, next) = task.split_once('|').unwrap();
    let next: Vec<u64> = next.split(',').map(|number| number.parse().unwrap()).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let node = Arc::new(Node::open_with(Path::new(directory), config()));
        let until = Instant::now() + Duration::from_secs(20);
        let writers: Vec<_> = next
            .into_iter()
            .enumerate()
            .map(|(writer, first)| tokio::spawn(write(Arc::clone(&node), writer, first, until)))
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
    });
}

async fn write(node: Arc<Node>, writer: usize, first: u64, until: Instant) {
    for number in first.. {
        if Instant::now() > until {
            return;
        }
        let refresh = if number % 23 == 5 { "?refresh=true" } else { "" };
        let source = format!("{{\"step\":{number},\"text\":\"some words of writer {writer}\"}}");
        let (answer, fine): (_, &[u16]) = match step(number) {
            Step::Put(document) => {
                (node.call(&format!("PUT /w{writer}/_doc/{document}{refresh}"), source).await, &[200, 201])
            }
            Step::Delete(document) => {
                (node.call(&format!("DELETE /w{writer}/_doc/{document}{refresh}"), "").await, &[200, 404])
            }
            Step::Bulk(documents) => {
                let lines =
                    documents.iter().map(|document| format!("{{\"index\":{{\"_id\":\"{document}\"}}}}\n{source}\n"));
                let answer = node.call(&format!("POST /w{writer}/_bulk{refresh}"), lines.collect::<String>()).await;
                assert_eq!(answer.body["errors"], false, "{answer:?}");
                (answer, &[200])
            }
            // Repeated after a crash, it may be done already.
            Step::CreateIndex(index) => (node.call(&format!("PUT /w{writer}-{index}"), "").await, &[200, 400]),
            Step::DeleteIndex(index) => (node.call(&format!("DELETE /w{writer}-{index}"), "").await, &[200, 404]),
        };
        assert!(fine.contains(&answer.status), "{number}: {answer:?}");
        let mut out = std::io::stdout().lock();
        writeln!(out, "done {writer} {number}").unwrap();
        out.flush().unwrap();
    }
}
