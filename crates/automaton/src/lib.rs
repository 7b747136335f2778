//! Sets of names, closed under the boolean operations: Elasticsearch's patterns as automata.
//!
//! Authorization asks two kinds of questions about names (of indices, actions, users, fields, application resources).
//! *Is this name in the set?* is asked on every request and has to be answered in tens of nanoseconds. *Is this set
//! within that one?*, *what is left of it without the restricted names?* are asked when privileges are compared, and no
//! ordinary pattern library answers them. An [`Automaton`] is an immutable, cheaply cloned set of strings that answers
//! both:
//!
//! ```
//! use keyward_automaton::Automaton;
//!
//! let granted = Automaton::patterns(["logs-*", "/metrics-(a|b)[0-9]+/"])?;
//! let restricted = Automaton::patterns(["logs-secret*"])?;
//! assert!(granted.matches("logs-7"));
//! assert!(granted.minus(&restricted)?.is_subset_of(&granted)?);
//! assert!(!granted.is_subset_of(&granted.minus(&restricted)?)?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Elasticsearch has three pattern dialects, and mixing them up opens holes. Each has its type here:
//!
//! | Type | Used for | Syntax |
//! | --- | --- | --- |
//! | [`Automaton::patterns`] | actions, fields, run-as, application resources, everything in a privilege check | `*`, `?`, `\` escapes, `/regular expressions/` |
//! | [`StringMatcher`] | names in role entries, when they are enforced | the same, but a text without `*`, `?` or a leading `/` is compared literally, backslashes included |
//! | [`RequestPattern`] | index expressions of requests | `*` only |
//!
//! # How it works
//!
//! Exact names live in a hash set and plain prefixes (`logs-*`) in a sorted list; neither ever becomes a table unless
//! an operation demands it. Everything else is parsed (`lucene.rs`, `wildcard.rs`), lowered to hash-consed expressions
//! (`expr.rs`) over the few classes of characters that the patterns can tell apart (`alphabet.rs`), and explored by
//! Brzozowski derivatives (`derivative.rs`) into an immutable table (`table.rs`), within the limits of `limit.rs`.
//! Operations on tables are product constructions (`product.rs`). Characters are Unicode scalar values throughout.
//!
//! This crate knows nothing of roles, indices or privileges.

mod alphabet;
mod automaton;
mod derivative;
mod expr;
mod limit;
mod lucene;
mod pattern;
mod product;
mod request_pattern;
mod string_matcher;
mod syntax;
mod table;
mod wildcard;

pub use automaton::Automaton;
pub use limit::TooComplex;
pub use lucene::RegexError;
pub use pattern::PatternError;
pub use request_pattern::RequestPattern;
pub use string_matcher::StringMatcher;
