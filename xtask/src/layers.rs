//! The layering check: a crate may use the crates that the table names, and no other of ours.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, ExitCode};

/// Each crate of ours with those it may use, as in docs/architecture.md §2. `testkit` and `xtask` stand outside.
const MAY_USE: &[(&str, &[&str])] = &[
    ("automaton", &[]),
    ("xcontent", &[]),
    ("security", &["automaton", "xcontent"]),
    ("query", &["automaton", "xcontent"]),
    ("rest", &["security", "automaton", "xcontent"]),
    ("state", &["security", "query"]),
    ("store", &["state"]),
    ("node", &["store", "state", "query", "security"]),
    ("engine", &["rest", "security"]),
    ("engine-tantivy", &["engine", "query", "rest", "security", "automaton", "xcontent"]),
    ("api", &["node", "rest", "query", "security", "state", "xcontent"]),
    ("gateway", &["node", "engine", "query", "rest", "security", "xcontent"]),
    ("server", &["api", "gateway", "node", "state", "rest", "security"]),
];

/// Libraries that pure crates must stay free of: async, I/O, clocks, entropy, HTTP servers.
const PURE: &[&str] = &["automaton", "xcontent", "security", "query", "rest", "state"];
const IMPURE_LIBRARIES: &[&str] =
    &["tokio", "hyper", "hyper-util", "redb", "tantivy", "getrandom", "rustls", "arc-swap"];

/// Runs the check and tells every violation.
pub(crate) fn run() -> ExitCode {
    let output = match Command::new("cargo").args(["metadata", "--format-version", "1", "--no-deps"]).output() {
        Ok(output) if output.status.success() => output.stdout,
        Ok(output) => return fail(&[format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr))]),
        Err(error) => return fail(&[format!("cargo metadata cannot be run: {error}")]),
    };
    match serde_json::from_slice(&output) {
        Ok(metadata) => match violations(&metadata) {
            found if found.is_empty() => {
                println!("layers: every crate uses only what is below it");
                ExitCode::SUCCESS
            }
            found => fail(&found),
        },
        Err(error) => fail(&[format!("cargo metadata printed something else than JSON: {error}")]),
    }
}

fn fail(found: &[String]) -> ExitCode {
    for line in found {
        eprintln!("layers: {line}");
    }
    ExitCode::FAILURE
}

/// What in the workspace does not follow the table.
fn violations(metadata: &serde_json::Value) -> Vec<String> {
    let table: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        let Some(short) = name.strip_prefix("keyward-") else { continue };
        if short == "testkit" {
            continue;
        }
        let Some(may_use) = table.get(short) else {
            found.push(format!("{name} has no row in the table: give it a layer"));
            continue;
        };
        seen.insert(short.to_owned());
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            // Tests and benches may look down from anywhere.
            if dependency["kind"].as_str() == Some("dev") {
                continue;
            }
            let used = dependency["name"].as_str().unwrap_or_default();
            match used.strip_prefix("keyward-") {
                Some(ours) if !may_use.contains(&ours) => found.push(format!("{name} must not use {used}")),
                None if PURE.contains(&short) && IMPURE_LIBRARIES.contains(&used) => {
                    found.push(format!("{name} is pure and must not use {used}"));
                }
                _ => {}
            }
        }
    }
    found.extend(table.keys().filter(|short| !seen.contains(**short)).map(|short| format!("crate {short} is missing")));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace(packages: &[(&str, &[&str])]) -> serde_json::Value {
        let mut all: BTreeMap<&str, Vec<&str>> = MAY_USE.iter().map(|(name, _)| (*name, Vec::new())).collect();
        for (name, uses) in packages {
            all.insert(name, uses.to_vec());
        }
        serde_json::json!({"packages": all.into_iter().map(|(name, uses)| serde_json::json!({
            "name": format!("keyward-{name}"),
            "dependencies": uses.iter().map(|name| serde_json::json!({"name": name, "kind": null})).collect::<Vec<_>>(),
        })).collect::<Vec<_>>()})
    }

    #[test]
    fn looking_down_is_allowed() {
        assert_eq!(violations(&workspace(&[("node", &["keyward-store", "tokio"])])), Vec::<String>::new());
    }

    #[test]
    fn looking_up_beside_or_out_is_told() {
        assert_eq!(violations(&workspace(&[("state", &["keyward-node"])])).len(), 1, "up");
        assert_eq!(violations(&workspace(&[("api", &["keyward-gateway"])])).len(), 1, "beside");
        assert_eq!(violations(&workspace(&[("security", &["tokio"])])).len(), 1, "a pure crate with a runtime");
        assert_eq!(violations(&workspace(&[("helpers", &[])])).len(), 1, "a crate without a layer");
    }

    #[test]
    fn the_table_itself_has_no_cycle() {
        let rows: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
        for (index, (name, uses)) in MAY_USE.iter().enumerate() {
            for used in *uses {
                let below = MAY_USE.iter().position(|(other, _)| other == used);
                assert!(
                    rows.contains_key(used) && below < Some(index),
                    "{name} uses {used}, which does not stand below it"
                );
            }
        }
    }
}
