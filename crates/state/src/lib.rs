//! The security state as one immutable value, and the rules that change it.

mod record;
mod revision;
mod txn;

pub use record::{
    ApiKeyStatus, DecodeError, Decoder, Record, RecordKey, RecordKeyError, RecordKind, StoredApplicationPrivilege,
    StoredRole,
};
pub use revision::Revision;
pub use txn::{Commit, Expect, Txn, Write};
