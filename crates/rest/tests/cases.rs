//! Every case of `data/rest-actions-cases.tsv`: from a request line and a body to the actions and names that are asked
//! for, or to a refusal.
//!
//! The table is kept as it was received. Where the project has settled a point differently, the case is amended below,
//! with the reason. Cases about headers and framing are the server's (its own tests have them); here they must still
//! classify.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test tells what is wrong by panicking"
)]

use std::collections::BTreeSet;

use bytes::Bytes;
use http::Method;
use keyward_rest::classify::route;
use keyward_rest::date_math;
use keyward_rest::requirements::OpaqueKind;
use keyward_rest::{NameRole, Needed, Requirements, When, classify, requirements};
use keyward_security::time::Timestamp;
use keyward_xcontent::Limits;
use serde_json::Value;

/// 2024-03-22T23:59:30.5Z.
const NOW: Timestamp = Timestamp::from_millis(1_711_151_970_500);

/// Names that do not exist when the cases run; all others do.
const MISSING: &[&str] = &["newidx"];

/// How a case ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// Well formed: privileges decide.
    Ok,
    /// Refused before privileges are looked at.
    Refused,
    /// Never for an ordinary caller.
    Forbidden,
    /// Not for this layer: what is wrong with the request is its headers or its framing.
    Framing,
}

/// Settled differently, and why.
const AMENDED: &[(&str, Verdict, &str)] = &[
    (
        "c224",
        Verdict::Refused,
        "unknown routes answer as the embedded engine settles it: 400, and never reach an engine",
    ),
    ("c225", Verdict::Refused, "so do methods that no row has"),
    ("c226", Verdict::Refused, "so does OPTIONS, which is answered without a call"),
    ("c216", Verdict::Framing, "a method override is refused with the headers"),
    ("c217", Verdict::Framing, "two lengths are refused with the framing"),
    ("c031", Verdict::Framing, "media types are refused with the headers, by 406"),
    ("c032", Verdict::Framing, "media types are refused with the headers, by 406"),
    ("c119", Verdict::Framing, "content codings are taken off before, or refused"),
    ("c232", Verdict::Framing, "content codings are taken off before, or refused"),
];

/// Routed without the check of parameters, and why.
const ROUTED_ONLY: &[(&str, &str)] = &[("c053", "the table of parameters has no rows for OpenSearch's own routes")];

struct Case {
    name: String,
    method: Method,
    url: String,
    body: Bytes,
    api: String,
    actions: String,
    indices: Value,
    verdict: Verdict,
}

fn cases() -> Vec<Case> {
    let text = include_str!("data/rest-actions-cases.tsv");
    let rows = text.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
    rows.map(|row| {
        let [name, method, url, _, body, api, actions, indices, verdict, _] = row[..] else { panic!("{row:?}") };
        let amended = AMENDED.iter().find(|(amended, ..)| *amended == name);
        let written = match verdict {
            "ok" => Verdict::Ok,
            "400" => Verdict::Refused,
            "403" => Verdict::Forbidden,
            other => panic!("{other}"),
        };
        Case {
            name: name.to_owned(),
            method: method.parse().unwrap(),
            url: url.to_owned(),
            body: bytes(body),
            api: api.to_owned(),
            actions: actions.to_owned(),
            indices: serde_json::from_str(indices).unwrap(),
            verdict: amended.map_or(written, |(_, verdict, _)| *verdict),
        }
    })
    .collect()
}

/// The body of a case. A coding named in front is one that the server has taken off before.
fn bytes(written: &str) -> Bytes {
    if written == "-" {
        return Bytes::new();
    }
    let unescaped = |text: &str| {
        let (mut plain, mut rest) = (String::new(), text.chars().peekable());
        while let Some(character) = rest.next() {
            let escaped = match (character, rest.peek()) {
                ('\\', Some('n')) => '\n',
                ('\\', Some('r')) => '\r',
                ('\\', Some('\\')) => '\\',
                (other, _) => {
                    plain.push(other);
                    continue;
                }
            };
            rest.next();
            plain.push(escaped);
        }
        plain
    };
    match written.strip_prefix("UTF16:") {
        Some(text) => unescaped(text).encode_utf16().flat_map(u16::to_be_bytes).collect(),
        None => unescaped(written.trim_start_matches("GZIP:")).into(),
    }
}

fn split(url: &str) -> (&str, Option<&str>) {
    url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)))
}

enum Outcome {
    Refused(String),
    Read(&'static str, Box<Requirements>),
}

fn run(case: &Case) -> Outcome {
    let (path, query) = split(&case.url);
    let routed_only = ROUTED_ONLY.iter().any(|(name, _)| *name == case.name);
    let read = if routed_only { route } else { classify };
    let call = match read(&case.method, path, query) {
        Ok(call) => call,
        Err(unroutable) => return Outcome::Refused(format!("{:?}", unroutable.into_reply())),
    };
    let api = call.endpoint.api;
    let read = call.body(case.body.clone()).and_then(|body| requirements(&call, &body, NOW, Limits::default()));
    match read {
        Ok(requirements) => Outcome::Read(api, Box::new(requirements)),
        Err(error) => Outcome::Refused(error.to_string()),
    }
}

/// The needs of a call as the table writes them: those of the whole, and those of item n as `#n:`.
fn applies(needed: &&Needed) -> bool {
    needed.when == When::Always || needed.names.iter().any(|name| MISSING.contains(&name.as_str()))
}

/// Document section 5: what more_like_this fetches is checked for each shard too, which the table leaves out.
fn is_shard_of_reference(needed: &Needed) -> bool {
    needed.role == NameRole::Reference && needed.action.as_str().ends_with("[shard]")
}

fn whole(requirements: &Requirements) -> Vec<&Needed> {
    let document = requirements.document.iter().flat_map(|item| &item.needs);
    requirements.whole.iter().chain(document).filter(applies).filter(|needed| !is_shard_of_reference(needed)).collect()
}

fn actions(requirements: &Requirements) -> BTreeSet<String> {
    let mut actions: BTreeSet<String> =
        whole(requirements).iter().map(|needed| needed.action.as_str().to_owned()).collect();
    for item in &requirements.items {
        for needed in item.needs.iter().filter(applies) {
            let action = needed.action.as_str();
            // The table writes what every item needs without a number.
            let prefix = if action.ends_with("/bulk[s]") { String::new() } else { format!("#{}:", item.position) };
            actions.insert(format!("{prefix}{action}"));
        }
    }
    actions
}

fn evaluated(names: &Value) -> Vec<String> {
    let evaluate = |name: &Value| date_math::evaluate(name.as_str().unwrap(), NOW).unwrap();
    names.as_array().unwrap().iter().map(evaluate).collect()
}

/// Names of some needs, in order, each once.
fn union<'n>(needs: impl IntoIterator<Item = &'n Needed>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in needs.into_iter().flat_map(|needed| &needed.names) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

fn opaque(requirements: &Requirements) -> Vec<String> {
    let shown = requirements.opaque.iter().filter_map(|opaque| {
        let kind = match opaque.kind {
            OpaqueKind::Scroll => "scroll",
            OpaqueKind::PointInTime => "pit",
            OpaqueKind::Cursor => "cursor",
            OpaqueKind::EnrichPolicy => "enrich",
            // The table has no mark for these.
            OpaqueKind::Async => return None,
        };
        Some(format!("{kind}:{}", opaque.id))
    });
    shown.collect()
}

fn check_names(case: &Case, requirements: &Requirements) {
    let needs = whole(requirements);
    let Some(by_kind) = case.indices.as_object() else {
        let mut found = union(needs.iter().copied());
        // Clearing all scrolls is a cluster action: the ids beside `_all` do not matter.
        if !case.actions.starts_with("cluster:admin/indices/scroll") {
            found.extend(opaque(requirements));
        }
        assert_eq!(found, evaluated(&case.indices), "{}: names", case.name);
        return;
    };
    for (kind, expected) in by_kind {
        let expected = evaluated(expected);
        let of_role = |role: NameRole| union(needs.iter().copied().filter(|needed| needed.role == role));
        let found = match kind.as_str() {
            "indices" => of_role(NameRole::Main),
            "aliases" => of_role(NameRole::Alias),
            "source" => of_role(NameRole::Source),
            "dest" => of_role(NameRole::Dest),
            item if item.starts_with('#') => {
                let position: usize = item[1..].parse().unwrap();
                requirements.items[position].names().to_vec()
            }
            action => union(needs.iter().copied().filter(|needed| needed.action.as_str() == action)),
        };
        assert_eq!(found, expected, "{}: {kind}", case.name);
    }
    // Nothing is asked for on names that the table does not have.
    let every: BTreeSet<String> = by_kind.values().flat_map(evaluated).collect();
    let items = requirements.items.iter().flat_map(|item| &item.needs);
    for name in union(needs.iter().copied().chain(items)) {
        assert!(every.contains(&name), "{}: [{name}] is not expected", case.name);
    }
    let numbered = by_kind.keys().filter(|kind| kind.starts_with('#')).count();
    assert_eq!(requirements.items.len(), numbered, "{}: items", case.name);
}

#[test]
fn every_case_asks_for_what_the_table_says() {
    let cases = cases();
    assert_eq!(cases.len(), 238);
    let mut wrong = Vec::new();
    for case in &cases {
        let outcome = std::panic::catch_unwind(|| judge(case));
        if let Err(panic) = outcome {
            let text = panic.downcast_ref::<String>().cloned().unwrap_or_else(|| format!("{}: panicked", case.name));
            wrong.push(text);
        }
    }
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}

fn judge(case: &Case) {
    match (case.verdict, run(case)) {
        (Verdict::Refused, Outcome::Refused(_)) => {}
        (Verdict::Refused, Outcome::Read(..)) => panic!("{}: should be refused", case.name),
        (Verdict::Forbidden, Outcome::Read(api, requirements)) => {
            assert_eq!(api, case.api, "{}", case.name);
            assert!(requirements.is_unclassified, "{}: should be for superusers only", case.name);
        }
        (Verdict::Framing, _) => {}
        (Verdict::Ok, Outcome::Read(api, requirements)) => {
            assert_eq!(api, case.api, "{}", case.name);
            assert!(!requirements.is_unclassified, "{}", case.name);
            let expected: BTreeSet<String> =
                case.actions.split(" + ").filter(|action| *action != "-").map(str::to_owned).collect();
            assert_eq!(actions(&requirements), expected, "{}: actions", case.name);
            check_names(case, &requirements);
        }
        (Verdict::Ok | Verdict::Forbidden, Outcome::Refused(text)) => panic!("{}: refused: {text}", case.name),
    }
}

#[test]
fn each_amendment_names_a_case_and_its_reason() {
    let names: BTreeSet<String> = cases().into_iter().map(|case| case.name).collect();
    for (name, _, reason) in AMENDED {
        assert!(names.contains(*name) && !reason.is_empty());
    }
}
