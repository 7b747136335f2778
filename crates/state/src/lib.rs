//! The security state as one immutable value, and the rules that change it.

mod keys;
mod map;
pub mod plan;
mod record;
mod resolve;
mod revision;
pub mod search;
mod select;
mod txn;
mod view;

pub use keys::{ApiKeys, KeyRef, KeysInOrder};
pub use record::{
    ApiKeyStatus, DecodeError, Decoder, Record, RecordKey, RecordKeyError, RecordKind, StoredApplicationPrivilege,
    StoredRole,
};
pub use resolve::ResolvedRoles;
pub use revision::Revision;
pub use select::KeySelection;
pub use txn::{Commit, Expect, Txn, Write};
pub use view::{ApplyError, Stored, View};
