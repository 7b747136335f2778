//! The decision against the slow model, on random roles, names and requests.
//!
//! Each run makes 500 roles with 240 requests each. The seed is fixed and printed with what fails; set
//! `KEYWARD_TEST_SEED` to try another one.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "what fails here fails the test")]

#[cfg(test)]
mod common;
#[cfg(test)]
mod random;
#[cfg(test)]
mod reference;

use std::collections::{BTreeMap, BTreeSet};

use keyward_security::decide::{Asker, Decision, decide, decide_item};
use keyward_security::privilege::ApplicationPrivileges;
use keyward_security::role::Role;
use random::Random;
use reference::role::{Side, Tables};
use reference::{FIELDS, Outcome, Seen};
use serde_json::Map;

const ROLES: u32 = 500;
const REQUESTS: u32 = 240;

fn outcome(decision: Decision) -> Outcome {
    match decision {
        Decision::Permitted(permit) => {
            let targets: BTreeSet<String> = permit.targets().iter().map(|target| target.expression()).collect();
            let mut access = BTreeMap::new();
            for (index, seen) in permit.access().restrictions() {
                let sets = seen.documents.iter().flat_map(|documents| documents.sets());
                let queries = sets.map(|set| set.iter().map(|query| query.to_string()).collect()).collect();
                let visible = |field: &&&str| seen.fields.as_ref().is_none_or(|fields| fields.grants(field));
                let fields = FIELDS.iter().filter(visible).copied().collect();
                access.insert(index.to_string(), Seen { queries, fields });
            }
            for index in permit.concrete() {
                assert!(permit.access().of(index).is_some(), "nothing is said of {index}");
            }
            Outcome::Permitted { targets, access, only_own: permit.only_own_api_keys() }
        }
        Decision::Empty(_) => Outcome::Empty,
        Decision::NotFound(missing) => Outcome::NotFound(missing.index().to_owned()),
        Decision::Refused(refusal) => Outcome::Refused(refusal.to_string()),
        Decision::Denied(denial) => Outcome::Denied(denial.to_string()),
    }
}

/// Compares `roles` × `requests` decisions and counts the outcomes.
fn compare(seed: u64, roles: u32, requests: u32, crowded: bool) -> BTreeMap<&'static str, u32> {
    let tables = Tables::read();
    let stored = ApplicationPrivileges::default();
    let mut random = Random::new(seed);
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for number in 0..roles {
        let (world, sides) =
            if crowded { (random.crowded_world(), random.rich_sides()) } else { (random.world(), random.sides()) };
        let names = world.index_names();
        let run_as = random.run_as();
        let who = run_as.as_ref().map_or_else(|| random.subject(), |(who, _)| who.clone());
        let runner = run_as.map(|(_, descriptor)| Map::from_iter([("runner".to_owned(), descriptor)]));
        let run_by = runner.as_ref().map(|side| Role::compile(&random::parsed(side), &stored).expect("it compiles"));
        let plain_run_by = runner.map(|side| [Side::of(&[side["runner"].clone()], &tables)]);
        let mut role = Role::compile(&random::parsed(&sides[0]), &stored).expect("the role compiles");
        for limit in &sides[1..] {
            role = Role::limited(&role, &Role::compile(&random::parsed(limit), &stored).expect("the role compiles"));
        }
        let plain: Vec<Side> =
            sides.iter().map(|side| Side::of(&side.values().cloned().collect::<Vec<_>>(), &tables)).collect();
        let role_names: Vec<String> = sides.last().into_iter().flat_map(|side| side.keys().cloned()).collect();
        for attempt in 0..requests {
            let request = random.request();
            let workflow = random.workflow();
            let asker = Asker { workflow, run_as_by: run_by.as_ref(), ..Asker::new(&who, &role) };
            let item = random.is_item();
            let decide = if item { decide_item } else { decide };
            let actual = outcome(decide(asker, &request, &names));
            let asker = reference::Asker {
                who: &who,
                role_names: &role_names,
                sides: &plain,
                run_as_by: plain_run_by.as_ref().map(|sides| sides.as_slice()),
                workflow,
            };
            let expected = reference::decide(&tables, &world, &asker, &request, item);
            let kind = match &expected {
                Outcome::Permitted { access, .. } if !access.is_empty() => "restricted",
                Outcome::Permitted { .. } => "permitted",
                Outcome::Empty => "empty",
                Outcome::NotFound(_) => "not found",
                Outcome::Refused(_) => "refused",
                Outcome::Denied(_) => "denied",
            };
            *counts.entry(kind).or_default() += 1;
            assert_eq!(
                actual, expected,
                "seed {seed}, role {number}, request {attempt}, item {item}\n{request:?}\n{sides:#?}\n{world:#?}"
            );
        }
    }
    counts
}

fn seed() -> u64 {
    std::env::var("KEYWARD_TEST_SEED").ok().map_or(20_260_101, |text| text.parse().expect("a number"))
}

#[test]
fn decisions_are_those_of_the_model() {
    let counts = compare(seed(), ROLES, REQUESTS, false);
    let total: u32 = counts.values().sum();
    assert!(total >= 100_000);
    // A comparison that never reaches an outcome proves nothing about it.
    for kind in ["permitted", "restricted", "empty", "not found", "refused", "denied"] {
        assert!(counts.get(kind).copied().unwrap_or(0) > total / 200, "{kind}: {counts:?}");
    }
}

/// Wildcards over many names take another way through roles of many groups.
#[test]
fn decisions_over_many_names_are_those_of_the_model() {
    let counts = compare(seed(), 60, 60, true);
    assert!(["permitted", "restricted", "denied"].iter().all(|kind| counts.contains_key(kind)), "{counts:?}");
}
