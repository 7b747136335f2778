//! Who may do what: privileges, roles, decisions. Pure.
//!
//! Nothing here reads a clock, draws a number, opens a file or knows what HTTP is. Everything a decision depends on is
//! an argument, so that a decision can be tested, replayed and explained.
//!
//! # The words
//!
//! * An [`Action`](action::Action) is the internal name of an operation, such as `indices:data/read/search`. A REST call
//!   maps to one or more of them; which, is for the endpoint catalogue to say.
//! * A [privilege] is a set of actions with a name (`read`), or a pattern of actions. The tables of named privileges are
//!   data, in `data/`.
//! * A [`RoleDescriptor`](role::RoleDescriptor) is a role as somebody wrote it: privileges on patterns of names. A
//!   [`Role`](role::Role) is what descriptors compile to. It has *sides*: a user's role has one, the role of an API key
//!   has the key's own descriptors and the ones its owner had, and only what every side permits is permitted.
//! * An [`Authentication`](authentication::Authentication) says who showed a credential and who acts.
//! * An [`ActionRequest`](request::ActionRequest) is what is asked: an action, the index expressions, and the few facts
//!   that some privileges look at.
//! * [`IndexNames`](index_names::IndexNames) are the indices, aliases and data streams there are.
//!
//! [`decide`](decide::decide) takes these and answers with a [`Decision`](decide::Decision). Only it makes a
//! [`Permit`](decide::Permit), and without one no engine and no handler does anything.
//!
//! # An example
//!
//! Bob may read all logs. A key of his is for the logs of one application, of which it sees one team's documents.
//!
//! ```
//! use keyward_security::action::Action;
//! use keyward_security::authentication::{Authentication, RealmRef};
//! use keyward_security::decide::{Asker, Decision, decide};
//! use keyward_security::index_names::{IndexFlags, IndexNames};
//! use keyward_security::privilege::ApplicationPrivileges;
//! use keyward_security::request::{ActionRequest, IndicesOptions, RequestedNames, TargetTraits};
//! use keyward_security::role::descriptor::RoleDescriptors;
//! use keyward_security::role::Role;
//! # use keyward_security::user::User;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let none = ApplicationPrivileges::default();
//! let compile = |text| Role::compile(&RoleDescriptors::parse_stored(text).expect("valid"), &none);
//! let owner = compile(r#"{"reader":{"indices":[{"names":["logs-*"],"privileges":["read"]}]}}"#)?;
//! let assigned = compile(
//!     r#"{"shop":{"indices":[{"names":["logs-shop*","users"],"privileges":["read","write"],"query":"{\"term\":{\"team\":\"a\"}}"}]}}"#,
//! )?;
//! let key = Role::limited(&assigned, &owner);
//!
//! let names = ["logs-shop", "logs-other", "users"];
//! let names = names.iter().fold(IndexNames::builder(), |all, name| all.index(name, IndexFlags::default())).build();
//! # let user = User { username: "bob".into(), roles: [].into(), full_name: None, email: None, metadata: Default::default(), enabled: true };
//! # let bob = Authentication::realm(user, RealmRef::new("native1", "native"));
//! let search = |expression: &str| {
//!     let names = RequestedNames::new([expression], IndicesOptions::EXPAND_OPEN, TargetTraits::SEARCH);
//!     ActionRequest::on(Action::from_static("indices:data/read/search"), names)
//! };
//!
//! // A wildcard finds what is permitted, and nothing else.
//! let Decision::Permitted(permit) = decide(Asker::new(&bob, &key), &search("*"), &names) else { panic!() };
//! assert_eq!(permit.concrete().iter().map(|name| &**name).collect::<Vec<_>>(), ["logs-shop"]);
//! assert!(permit.access().of("logs-shop").is_some_and(|access| access.documents.is_some()));
//!
//! // A name that only one of the two sides covers is refused, and the sentence says what would have helped.
//! let Decision::Denied(denial) = decide(Asker::new(&bob, &key), &search("users"), &names) else { panic!() };
//! assert!(denial.to_string().ends_with("on indices [users], this action is granted by the index privileges [read,all]"));
//! # Ok(())
//! # }
//! ```
//!
//! # What to hold on to
//!
//! * What is unknown is refused: unknown privileges, unknown actions, sets too complex to compare.
//! * A wildcard never fails for want of privileges, an explicit name never passes without them, and neither reveals
//!   whether a name exists.
//! * Documents and fields are hidden by the groups that grant *this* action; other groups have no say.
//! * The three dialects of patterns differ on purpose; see [`keyward_automaton`].

pub mod action;
pub mod api_key;
pub mod authentication;
pub mod credentials;
pub mod decide;
mod grants;
pub mod has_privileges;
pub mod hash;
pub mod index_names;
mod name_unions;
pub mod names;
mod ownership;
pub mod permission;
pub mod privilege;
pub mod request;
pub mod reserved;
mod resolve;
pub mod role;
pub mod secret;
pub mod time;
pub mod user;

pub use ownership::can_access_resources_of;
pub use resolve::resolve_aliases;
