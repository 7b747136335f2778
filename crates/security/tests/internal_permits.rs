//! Permits that no decision gave. Each one is a door beside the door; this list is all of them.

use std::fs;
use std::path::{Path, PathBuf};

/// Files of the workspace that make one, and how many.
const USES: &[(&str, usize)] = &[("gateway/src/authorize.rs", 1)];

fn rust_files(directory: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn permits_without_a_decision_are_known() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("crates lie side by side");
    let mut uses = Vec::new();
    for member in fs::read_dir(crates).expect("the crates can be listed").flatten() {
        let mut files = Vec::new();
        rust_files(&member.path().join("src"), &mut files);
        for file in files {
            let text = fs::read_to_string(&file).expect("a source file is text");
            let count = text.matches("Permit::internal(").count();
            if count > 0 {
                let name = file.strip_prefix(crates).expect("it lies below").display().to_string();
                uses.push((name, count));
            }
        }
    }
    uses.sort();
    let uses: Vec<(&str, usize)> = uses.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!(uses, USES, "think twice, then change the list");
}
