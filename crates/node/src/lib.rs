//! The use cases over view and store, with the only clock and the only entropy.
//!
//! A [`Node`] keeps the current [`View`](keyward_state::View) of the security state: it reads it whole from the store
//! when it starts, and applies every commit that the store tells of since. All reading is done on that one immutable
//! value, without asking anybody. A use case that changes something *plans* on the view, which is a pure function of
//! `keyward_state`, *commits* what was planned, waits until its own view shows it, and answers. If somebody else was
//! faster it plans again.
//!
//! Who sends a request is asked of the realms in order ([`Node::authenticate`]), what the sender may do is a compiled
//! role ([`Node::role_of`]). Whether a request is allowed is not decided here.

mod api_keys;
mod application_privileges;
mod bootstrap;
mod cleaning;
mod clock;
mod config;
mod entropy;
mod feed;
mod hasher;
mod metrics;
mod native_roles;
mod node;
mod realms;
mod roles;
mod use_case;
mod users;

pub use bootstrap::{Bootstrap, BootstrapError, ResetError, reset_password};
pub use clock::Clock;
pub use config::{AnonymousUser, ApiKeyConfig, NodeConfig};
pub use entropy::{Entropy, NoEntropy};
pub use feed::LoadError;
pub use hasher::{Checked, Hasher, HasherConfig, HasherError, Holder};
pub use metrics::{Counter, Metrics};
pub use node::{Node, StartError};
pub use roles::RoleResolutionError;
pub use use_case::{NotReached, UseCaseError};
